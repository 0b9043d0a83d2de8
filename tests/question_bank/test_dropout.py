"""Dropout, and biases that are weights of a constant input: held to HIPS autograd, mistakes worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from question_bank import draw
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError
from question_bank.networks.dense import Dense, mask
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from question_bank.questions.written import read_problem
from question_bank.questions.written_question import WrittenQuestion
from tests import oracle
from tests.question_bank.comparison import NOTHING, RELATIVE, SATURATED, Case, disagreements, random_case
from tests.question_bank.one_mistake import mistaken

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.bank) for seed in range(1, 41))]


def a_case(rng: np.random.Generator) -> Case:
    """A random network with dropout, with a constant input, or with both, not saturated."""
    while True:
        found = _a_case(rng)
        inside = [value for key, value in oracle.forward(found.network, found.values).items() if key.startswith("a")]
        if max(map(abs, inside)) < SATURATED:
            return found


def _a_case(rng: np.random.Generator) -> Case:
    case = random_case(rng, depth=int(rng.integers(2, 4)), bias=str(rng.choice(["unit", "none"])))
    network, values = case.network, dict(case.values)
    keep = round(float(rng.uniform(0.2, 0.9)), 2) if rng.random() < 0.7 else None
    constant = float(rng.choice([-1.0, 1.0])) if "unit" in network.biases else None
    for layer in network.layers[:-1] if keep else ():
        entries = rng.integers(0, 2, network.sizes[layer])
        entries[int(rng.integers(0, len(entries)))] = 1
        values |= {mask(layer, unit).key: float(entry) for unit, entry in enumerate(entries, 1)}
    return Case(replace(network, keep=keep, constant=constant), values, case.asked)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_under_a_mask_and_from_a_constant_are_those_of_autograd(seed: int) -> None:
    """With all seeds a thousand networks, by paths, by error terms and in tables."""
    rng = np.random.default_rng([11, seed])
    zeros = 0
    for _ in range(25):
        case = a_case(rng)
        assert disagreements(case) == [], case
        truth = oracle.gradients(case.network, case.values)
        scale = max(map(abs, truth.values()))
        for working in ("table", "deltas"):
            derivation = derive(case.architecture, [*case.architecture.parameters()], Layout(working=working))
            question = solve(derivation, case.values)
            for value in derivation.asked:
                found, want = question.value(derivation.gradient_of(value)), truth[value.key]
                assert abs(found - want) <= RELATIVE * abs(want) + NOTHING * scale, (case, value)
                zeros += found == 0
    assert zeros > 10


def asked(text: str) -> Question:
    return read_problem(text, "file").solve()


DROPPED = """
[network]
sizes = [2, 2, 1]
activations = ["linear", "linear"]
loss = "half_squared_error"
keep = 0.5
mask = [[1, 0]]
W1 = [[1, 2], [3, -1]]
W2 = [[2, -3]]
x = [1, 2]
y = [10]
[ask]
"""
# h is 5 and 1, what goes on of them 10 and 0; ŷ = 20, so the error is 10 and δ of unit 1 10 · 2 / 0.5.


def by_paths(parameter: str) -> Question:
    return asked(DROPPED + f'parameter = "{parameter}"')


def test_one_unit_kept_by_hand() -> None:
    kept, left = by_paths("w1_12"), by_paths("w1_21")
    assert [kept.value(key) for key in ("h1_1", "htilde1_1", "htilde1_2", "yhat_1")] == [5, 10, 0, 20]
    assert kept.value("dhtilde1_1/dh1_1") == 2
    assert kept.value("gradient") == 10 * 2 * 2 * 2
    assert left.value("gradient") == 0
    assert [value.key for value in kept.derivation.paths[0].route] == [
        *("w1_12", "a1_1", "h1_1", "htilde1_1", "a2_1", "yhat_1", "L")
    ]


def test_mistakes_with_dropout_give_what_they_give_by_hand() -> None:
    question = by_paths("w1_12")
    assert {name: found for name, found in mistaken(question, "htilde1_1").items() if name.startswith("dropout")} == {
        "dropout_forgotten": [5],
        "dropout_mask_forgotten": [10],  # the unit is kept: it changes nothing
        "dropout_scale_forgotten": [5],
        "dropout_scale_multiplied": [2.5],
    }
    assert mistaken(question, "htilde1_2")["dropout_mask_forgotten"] == [2]
    back = mistaken(question, "dhtilde1_1/dh1_1")
    assert back["dropout_back_forgotten"] == back["dropout_back_scale_forgotten"] == [1]
    assert mistaken(by_paths("w1_21"), "dhtilde1_2/dh1_2")["dropout_back_mask_forgotten"] == [2]
    assert mistaken(by_paths("w2_11"), "da2_1/dw2_11")["input_before_dropout"] == [5]
    table = asked(DROPPED + 'parameters = "all"')
    assert mistaken(table, "w2_11.gradient")["gradient_before_dropout"] == [50]


def test_every_student_has_a_mask_that_leaves_a_unit() -> None:
    recipe = load_recipe("dropout")
    questions = draw(recipe, [b"%d" % n for n in range(8)])
    for question in questions:
        entries = [question.value(given) for given in recipe.network.model.mask]
        assert sorted(entries) == [0, 1, 1]
        unit = 1 + entries.index(0)
        assert question.value(f"w1_{unit}1.gradient") == question.value(f"w2_1{unit}.gradient") == 0
    assert len({tuple(question.values) for question in questions}) == len(questions)


def test_units_are_left_out_where_what_dropout_leaves_of_them_is_printed() -> None:
    recipe = load_recipe("dropout-batch")
    assert recipe.forward == "given"
    for question in draw(recipe, [b"%d" % n for n in range(8)]):
        entries = {given: question.value(given) for given in question.derivation.givens if given.letter == "mask"}
        off = [given for given, entry in entries.items() if entry == 0]
        assert len(off) == 1
        for given in off:
            left = question.value(replace(given, letter="htilde"))
            assert left == question.value(f"a1_{given.index[0]}#{given.example}.error") == 0


def test_a_network_with_dropout_is_read_as_it_was_written() -> None:
    question = draw(load_recipe("dropout"), [b"any"])[0]
    written = WrittenQuestion.of(question)
    assert WrittenQuestion.model_validate(written.model_dump()).problem().solve().values == pytest.approx(
        question.values
    )


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("mask = [[1, 0]]", ""), "network.mask"),
        (("keep = 0.5", ""), "network.keep"),
        (("keep = 0.5", "keep = 1"), "network.keep"),
        (("keep = 0.5", "keep = 0"), "network.keep"),
        (("[[1, 0]]", "[[0, 0]]"), "network.mask"),
        (("[[1, 0]]", "[[1, 0.5]]"), "network.mask"),
        (("[[1, 0]]", "[[1, 0, 1]]"), "network.mask, row 1"),
        (("[[1, 0]]", "[[1, 0], [1]]"), "network.mask"),
    ],
)
def test_bad_masks_are_refused_with_their_key(change: tuple[str, str], place: str) -> None:
    with pytest.raises(InputError) as caught:
        asked(DROPPED.replace(*change) + 'parameter = "w1_12"')
    assert caught.value.place == place


CONSTANT = """
[network]
sizes = [1, 1, 1]
activations = ["linear", "linear"]
loss = "half_squared_error"
constant = -1
W1 = [[3]]
W2 = [[2]]
b = [[0.5], [4]]
x = [2]
y = [6]
[ask]
"""
# h = 6 - 0.5 and ŷ = 11 - 4, so the error is 1.


def test_a_threshold_by_hand() -> None:
    first = asked(CONSTANT + 'parameter = "b1_1"')
    assert [first.value(key) for key in ("h1_1", "yhat_1")] == [5.5, 7]
    assert first.value("da1_1/db1_1") == -1
    assert first.value("gradient") == -2
    table = asked(CONSTANT + 'parameters = "all"')
    assert [table.value(f"{key}.gradient") for key in ("b1_1", "b2_1")] == [-2, -1]


def test_the_constants_sign_forgotten_has_a_name_of_its_own() -> None:
    first = asked(CONSTANT + 'parameter = "b1_1"')
    assert mistaken(first, "a1_1")["constant_sign_forward"] == [6.5]
    assert "forward_bias_subtracted" not in mistaken(first, "a1_1")
    assert mistaken(first, "da1_1/db1_1")["constant_sign_factor"] == [1]
    table = asked(CONSTANT + 'parameters = "all"')
    assert mistaken(table, "b1_1.gradient")["constant_sign_gradient"] == [2]
    assert "gradient_sign" not in mistaken(table, "b1_1.gradient")
    added = asked(CONSTANT.replace("constant = -1", "constant = 1") + 'parameter = "b1_1"')
    assert not {"constant_sign_forward", "constant_sign_factor"} & {
        *mistaken(added, "a1_1"),
        *mistaken(added, "da1_1/db1_1"),
    }
    assert mistaken(added, "a1_1")["forward_bias_subtracted"] == [5.5]


@pytest.mark.parametrize(("constant", "biases"), [(2.0, "unit"), (-1.0, "none"), (-1.0, "layer")])
def test_constants_that_are_none_are_refused(constant: float, biases: str) -> None:
    with pytest.raises(InputError) as caught:
        Dense((1, 1), ("linear",), "half_squared_error", None, (biases,), False, None, constant)  # type: ignore[arg-type]
    assert caught.value.place == "network.constant"
