"""Convolutions: held to HIPS autograd on a thousand random ones, to published examples; what is said of bad ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError, NetworkError
from question_bank.expressions.expression import Ref
from question_bank.expressions.names import symbol
from question_bank.networks.convolution import Convolution
from question_bank.networks.model import askable, givens_of
from question_bank.questions.question import solve
from question_bank.questions.written import read_problem
from tests.question_bank.random_convolutions import Example, random_example, tame


def tame_examples(seed: int, count: int) -> list[Example]:
    rng = np.random.default_rng(seed)
    found: list[Example] = []
    while len(found) < count:
        example = random_example(rng)
        if tame(example):
            found.append(example)
    return found


def close(value: float) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.bank) for seed in range(2, 10))])
def test_a_hundred_random_convolutions_are_as_autograd_has_them(seed: int) -> None:
    seen: set[str] = set()
    for example in tame_examples(seed, 100):
        model = example.model
        asked = [value for value in askable(model) if value in (*model.parameters(), *givens_of(model, "inputs"))]
        derivation = derive(model, asked, Layout(working="table"))
        given, truth, forward = example.values(), example.gradients(), example.forward()
        question = solve(derivation, {key.key: given[key.key] for key in derivation.givens})
        for node in model.graph().nodes:
            if node != model.graph().loss:
                assert question.value(node) == close(forward[node.key]), model
        for value in asked:
            assert question.value(derivation.gradient_of(value)) == close(truth[value.key]), (model, value)
        # What no window reads changes nothing.
        beside = {key for key in truth if key.startswith("x")} - {value.key for value in asked}
        assert all(truth[key] == 0 for key in beside)
        seen |= {node.rule for node in model.graph().nodes.values()}
    assert {"window", "window_before_kink", "max_pooling", "average_pooling", "affine"} <= seen


def test_paths_give_what_the_table_gives() -> None:
    for example in tame_examples(77, 60):
        model = example.model
        values, truth = example.values(), example.gradients()
        for parameter in [*model.parameters()][:1] or model.inputs[:1]:
            if parameter not in askable(model):
                continue
            derivation = derive(model, parameter)
            question = solve(derivation, {key.key: values[key.key] for key in derivation.givens})
            assert question.value("gradient") == close(truth[parameter.key]), (model, parameter)


def test_a_kernel_entry_has_a_path_for_each_window() -> None:
    """Five values, a kernel of three: windows 1 to 3, so k_2 meets x_2, x_3 and x_4."""
    model = Convolution((5,), (3,), "half_squared_error", function="tanh", bias=True, head=True)
    paths = derive(model, "k_2").paths
    assert [[value.key for value in path.route] for path in paths] == [
        ["k_2", f"z_{n}", f"h_{n}", "yhat", "L"] for n in (1, 2, 3)
    ]
    derivation = derive(model, "k_2")
    under = [derivation.step(path.factors[-1]).formula for path in paths]
    assert under == [Ref(symbol(f"x_{n}")) for n in (2, 3, 4)]
    assert len(derive(model, "b").paths) == 3


def test_the_kernel_is_not_flipped_and_zeros_around_add_nothing() -> None:
    """By hand: 1, 2, 4 under the kernel 3, 5 with a zero on each side: 0·3 + 1·5, 1·3 + 2·5, 2·3 + 4·5, 4·3 + 0·5."""
    model = Convolution((3,), (2,), "given_gradient", padding=1)
    givens = {"x_1": 1, "x_2": 2, "x_3": 4, "k_1": 3, "k_2": 5} | {f"g_{n}": 1 for n in range(1, 5)}
    question = solve(derive(model, "k_1"), givens)
    assert [question.value(f"z_{n}") for n in range(1, 5)] == [5, 13, 26, 12]
    assert question.value("gradient") == 1 + 2 + 4


def test_overlapping_windows_add_up() -> None:
    """By hand: of 3, 8, 5, 1 the windows of two, one apart, have the maxima 8, 8, 5; the means pass on halves."""
    givens = {"x_1": 3, "x_2": 8, "x_3": 5, "x_4": 1, "g_1": 10, "g_2": 20, "g_3": 30}
    for pooling, expected in (("max", [0, 30, 30, 0]), ("average", [5, 15, 25, 15])):
        model = Convolution((4,), (), "given_gradient", pooling=pooling, window=(2,), pooling_stride=1)  # type: ignore[arg-type]
        derivation = derive(model, model.inputs, Layout(working="table"))
        question = solve(derivation, givens)
        assert [question.value(f"x_{n}.gradient") for n in range(1, 5)] == expected
        assert [slot.name for slot in question.slots] == [
            "p_1",
            "p_2",
            "p_3",
            *(f"x_{n}.gradient" for n in range(1, 5)),
        ]


def grid(letter: str, rows: Sequence[Sequence[float]]) -> dict[str, float]:
    """Numbers as a page prints them in a grid, by their names."""
    return {f"{letter}_{i},{j}": number for i, row in enumerate(rows, 1) for j, number in enumerate(row, 1)}


COUNTED = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
PUBLISHED: dict[str, tuple[Convolution, dict[str, float], dict[str, float]]] = {
    # A. Zhang et al., Dive into Deep Learning (d2l.ai), 7.2.1: the cross-correlation of X and K.
    "d2l cross-correlation": (
        Convolution((3, 3), (2, 2), "given_gradient"),
        grid("x", COUNTED) | grid("k", [[0, 1], [2, 3]]),
        grid("z", [[19, 25], [37, 43]]),
    ),
    # The same book, 7.5.1: maximum and average pooling in windows of 2×2, one apart.
    "d2l maximum pooling": (
        Convolution((3, 3), (), "given_gradient", pooling="max", window=(2, 2), pooling_stride=1),
        grid("x", COUNTED),
        grid("p", [[4, 5], [7, 8]]),
    ),
    "d2l average pooling": (
        Convolution((3, 3), (), "given_gradient", pooling="average", window=(2, 2), pooling_stride=1),
        grid("x", COUNTED),
        grid("p", [[2, 3], [5, 6]]),
    ),
    # prof.lexailabs.com, "Conv2D backward (dx, dW)", example 1: 0 to 15 in a 4×4 input, kernel 1 to 4; of the
    # derivatives at the map only the first is 1, the others 0.
    "lexai kernel and input gradient": (
        Convolution((4, 4), (2, 2), "given_gradient"),
        grid("x", [[4.0 * row + column for column in range(4)] for row in range(4)])
        | grid("k", [[1, 2], [3, 4]])
        | grid("g", [[1, 0, 0], [0, 0, 0], [0, 0, 0]]),
        grid("dk", [[0, 1], [4, 5]]) | grid("dx", [[1, 2, 0, 0], [3, 4, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]),
    ),
    # Cross Validated, question 414301, "2D max pool gradient propagation": the two filters of its example.
    "cross validated, first filter": (
        Convolution((2, 2), (), "given_gradient", pooling="max", window=(2, 2)),
        grid("x", [[1, 4], [3, 2]]) | {"g_1,1": 1},
        {"p_1,1": 4} | grid("dx", [[0, 1], [0, 0]]),
    ),
    "cross validated, second filter": (
        Convolution((2, 2), (), "given_gradient", pooling="max", window=(2, 2)),
        grid("x", [[2, 6], [7, 2]]) | {"g_1,1": 2},
        {"p_1,1": 7} | grid("dx", [[0, 0], [2, 0]]),
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_examples_to_their_printed_digits(name: str) -> None:
    model, numbers, printed = PUBLISHED[name]
    asked = [*model.parameters(), *givens_of(model, "inputs")]
    derivation = derive(model, asked, Layout(working="table"))
    # Where no derivatives are printed, any will do.
    question = solve(derivation, {given.key: numbers.get(given.key, 1.0) for given in derivation.givens})
    for key, number in printed.items():
        value = symbol(key.removeprefix("d"))
        found = question.value(derivation.gradient_of(value) if key.startswith("d") else value)
        assert found == pytest.approx(number, abs=1e-12), key


BAD: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "kernel longer": (
        {"size": (3,), "kernel": (5,)},
        "kernel",
        "5 entries, where the input has 3",
        "from 1 to 3",
    ),
    "kernel longer than the border": (
        {"size": (2, 4), "kernel": (3, 2)},
        "kernel",
        "3 entries, where the input has 2 along its rows",
        "from 1 to 2",
    ),
    "kernel of other dimensions": ({"size": (3, 3), "kernel": (2,)}, "kernel", "1 numbers", "2, as many"),
    "empty kernel": ({"size": (3,), "kernel": (0,)}, "kernel", "no entries", "from 1 to 3"),
    "stride": (
        {"size": (6,), "kernel": (3,), "stride": 2},
        "stride",
        "a stride of 2 leaves 1 of 6 entries over",
        "1 or 3",
    ),
    "stride 0": ({"size": (6,), "kernel": (3,), "stride": 0}, "stride", "a stride of 0", "1 or more"),
    "border": ({"size": (6,), "kernel": (3,), "padding": 3}, "padding", "a border of 3 zeros", "from 0 to 2"),
    "pooling window larger": (
        {"size": (3,), "kernel": (2,), "pooling": "max", "window": (3,)},
        "window",
        "3 entries, where what is pooled has 2",
        "from 1 to 2",
    ),
    "pooling windows do not fit": (
        {"size": (6,), "kernel": (2,), "pooling": "max", "window": (2,)},
        "pooling_stride",
        "a stride of 2 leaves 1 of 5 entries over",
        "1 or 3",
    ),
    "no window": ({"size": (4,), "kernel": (2,), "pooling": "max"}, "window", "missing", "what is pooled"),
    "window of one": (
        {"size": (4,), "kernel": (2,), "pooling": "max", "window": (1,)},
        "window",
        "a window of [1]",
        "what is pooled, such as [2, 2]: more than one",
    ),
    "pooling": (
        {"size": (4,), "kernel": (2,), "pooling": "min", "window": (3,)},
        "pooling",
        "pooling 'min'",
        '"max" or "average"',
    ),
    "window without pooling": ({"size": (4,), "kernel": (2,), "window": (2,)}, "window", "found without pooling", ""),
    "nothing": ({"size": (4,), "kernel": ()}, "kernel", "neither a kernel nor pooling", "one of them"),
    "bias without kernel": (
        {"size": (4,), "kernel": (), "pooling": "max", "window": (2,), "bias": True},
        "bias",
        "found without a kernel",
        "",
    ),
    "three dimensions": ({"size": (2, 2, 2), "kernel": (1,)}, "input", "an input of [2, 2, 2]", "one length or two"),
    "function": ({"size": (4,), "kernel": (2,), "function": "softmax"}, "function", "function 'softmax'", "sigmoid"),
    "loss": ({"size": (4,), "kernel": (2,), "loss": "cross_entropy"}, "loss", "loss 'cross_entropy'", "squared_error"),
    "channels": ({"size": (4,), "kernel": (2,), "channels": 4}, "channels", "4 channels", "from 1 to 3"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_makes_no_convolution_is_said_with_its_key(name: str) -> None:
    fields, place, found, expected = BAD[name]
    with pytest.raises(NetworkError) as raised:
        Convolution(**{"loss": "half_squared_error", **fields})
    assert len(raised.value.all) == 1
    assert (raised.value.place, raised.value.found[: len(found)]) == (f"convolution.{place}", found)
    assert (raised.value.expected or "").startswith(expected)


def test_what_fits_just_so_is_taken() -> None:
    """The other side of what is refused."""
    assert Convolution((3,), (3,), "half_squared_error").map_shape == (1,)
    assert Convolution((2, 4), (3, 2), "half_squared_error", padding=1).map_shape == (2, 5)
    assert Convolution((6,), (3,), "half_squared_error", stride=3).map_shape == (2,)
    pooled = Convolution((6,), (2,), "half_squared_error", pooling="max", window=(2,), pooling_stride=3)
    assert pooled.last_shape == (2,)


def test_without_a_loss_there_is_nothing_to_differentiate_but_one_output() -> None:
    model = Convolution((4,), (2,), "none", pooling="max", window=(3,))
    assert [table.heading.key for table in model.tables()] == ["k", "x"]
    assert [value.key for value in derive(model, (), Layout(quantity="forward")).answers] == ["p_1"]
    assert "L" not in {cell.key for column in model.picture() for cell in column}
    with pytest.raises(NetworkError, match="3 outputs and no loss"):
        derive(Convolution((4,), (2,), "none"), "k_1")


def test_its_givens_stand_in_tables_and_its_values_in_cells() -> None:
    for example in tame_examples(3, 40):
        model = example.model
        assert {given for table in model.tables() for given in table.symbols} == {*model.givens()}
        assert all(symbol(given.key) == given for given in (*model.givens(), *model.graph().nodes))
        cells = [cell for column in model.picture() for cell in column]
        assert len({*cells}) == len(cells)
        assert {model.circle_of(node) for node in model.graph().nodes} <= {*cells}
        assert {*givens_of(model, "inputs")} <= {*cells}


def test_a_given_loss_without_a_way_back_is_said_of_the_convolutions_key() -> None:
    text = '[convolution]\ninput = [2]\npooling = "max"\nwindow = [2]\nloss = "given_gradient"\nx = [[1, 2]]\ng = [1]\n'
    with pytest.raises(InputError, match=r"mine\.toml, convolution\.loss: the loss's derivatives are given"):
        read_problem(text + '[ask]\nquantity = "forward"\n', "mine.toml")
