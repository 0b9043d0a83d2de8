"""Recurrent networks are held to an independent run of the same cells, and to published numbers."""

from __future__ import annotations

import random

import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.errors import NetworkError
from question_bank.expressions.names import Symbol, symbol
from question_bank.networks.cells import CELLS
from question_bank.networks.model import askable
from question_bank.networks.recurrent import Recurrent
from question_bank.questions.question import solve
from tests.question_bank import random_recurrent
from tests.question_bank.one_mistake import mistaken

MOST_PATHS = 100


def disagreements(chance: random.Random, cell: str, draws: int = 1) -> list[str]:
    """Where a random cell's gradients on random numbers are not autograd's: all in a table, and one by its paths."""
    model = random_recurrent.random_model(chance, cell)
    asked = [value for value in askable(model) if value in [*model.givens()]]
    table, one = derive(model, asked, Layout(working="table")), chance.choice(asked)
    by_paths = derive(model, one) if model.graph().count_paths(one) <= MOST_PATHS else None
    wrong = []
    for _ in range(draws):
        givens = random_recurrent.random_givens(chance, model)
        truth = random_recurrent.gradients(model, givens)
        worked = solve(table, givens)
        found = [(value.key, worked.value(table.gradient_of(value))) for value in asked]
        if by_paths is not None:
            found.append((one.key, solve(by_paths, givens).value("gradient")))
        largest = max(map(abs, truth.values()))
        wrong += [
            f"{key} of {model}: {number!r}, not {truth[key]!r}"
            for key, number in found
            if not abs(number - truth[key]) <= 1e-9 * abs(truth[key]) + 1e-13 * largest
        ]
    return wrong


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_autograds(cell: str) -> None:
    chance = random.Random(cell)
    assert [line for _ in range(10) for line in disagreements(chance, cell)] == []


@pytest.mark.bank
@pytest.mark.parametrize("cell", CELLS)
def test_a_thousand_networks(cell: str) -> None:
    chance = random.Random(f"many of {cell}")
    assert [line for _ in range(125) for line in disagreements(chance, cell, draws=8)] == []


def test_a_shared_weight_has_paths_through_every_step_that_uses_it() -> None:
    def steps(model: Recurrent, parameter: str) -> list[list[str]]:
        return [[value.key for value in path.route[1:-1]] for path in derive(model, parameter).paths]

    last = Recurrent(3, "half_squared_error")
    assert steps(last, "u") == [["a@3", "h@3", "yhat@3"], ["a@2", "h@2", "a@3", "h@3", "yhat@3"]]
    assert [route[0] for route in steps(last, "w")] == ["a@3", "a@2", "a@1"]
    assert steps(last, "v") == [["yhat@3"]]
    every = Recurrent(3, "half_squared_error", every=True)
    assert [(route[0], route[-1]) for route in steps(every, "u")] == [
        ("a@2", "yhat@2"),
        ("a@3", "yhat@3"),
        ("a@2", "yhat@3"),
    ]
    assert [route[0] for route in steps(Recurrent(3, "half_squared_error", truncation=2), "w")] == ["a@3", "a@2"]
    assert [route[0] for route in steps(Recurrent(3, "half_squared_error", truncation=1), "w")] == ["a@3"]
    # Every second step ends where paths end, counted from the last: of four, those from 3 to 2.
    assert Recurrent(4, "half_squared_error", every=True, truncation=2).cuts == (3,)
    assert Recurrent(4, "half_squared_error", truncation=1).cuts == (2, 3, 4)


def test_without_a_loss_the_state_is_differentiated() -> None:
    model = Recurrent(2, "none", "lstm", output=None)
    derivation = derive(model, "uf")
    assert derivation.graph.loss == Symbol("h", time=2)
    assert [value.key for value in derivation.paths[0].route] == ["uf", "af@2", "f@2", "c@2", "h@2"]
    assert [given.key for given in model.givens() if given.letter == "y"] == []


def printed(text: str, value: float) -> bool:
    """Whether a number is what a source prints, rounded or cut off."""
    decimals = len(text.partition(".")[2])
    return abs(value - float(text)) < 10.0**-decimals


def test_the_lstm_that_aidan_gomez_works_out() -> None:
    """Backpropogating an LSTM: A Numerical Example, 2016 (blog.aidangomez.ca); its a is the candidate, its state c."""
    model = Recurrent(2, "half_squared_error", "lstm", inputs=2, output=None, every=True, biases=True)
    weights = {"g": (0.45, 0.25, 0.15, 0.2), "i": (0.95, 0.8, 0.8, 0.65), "f": (0.7, 0.45, 0.1, 0.15)}
    weights["o"] = (0.6, 0.4, 0.25, 0.1)
    givens = {"x_1@1": 1.0, "x_2@1": 2.0, "x_1@2": 0.5, "x_2@2": 3.0, "y@1": 0.5, "y@2": 1.25}
    for gate, numbers in weights.items():
        givens |= zip((f"w{gate}_1", f"w{gate}_2", f"u{gate}", f"b{gate}"), numbers, strict=True)
    question = solve(derive(model, "bf"), givens)
    for name, text in {"h@1": ".53631", "h@2": ".77198", "c@1": ".78572", "c@2": "1.5176"}.items():
        assert printed(text, question.value(name)), name


def test_the_recurrent_unit_of_a_notebook_with_all_its_gradients() -> None:
    """A notebook in github.com/Sachin860/deep_learing: three steps, the mean of the squared errors, all biases 0."""
    model = Recurrent(3, "mean_squared_error", every=True, biases=True)
    givens = {"w": 0.5, "u": 0.5, "v": 1.0, "b": 0.0, "by": 0.0}
    givens |= {"x@1": 0.1, "x@2": 0.2, "x@3": 0.3, "y@1": 0.2, "y@2": 0.4, "y@3": 0.6}
    question = solve(derive(model, list(model.parameters()), Layout(working="table")), givens)
    states = {"h@1": "0.04995837", "h@2": "0.12433251", "h@3": "0.20903903"}
    gradients = {
        "v": "-0.08233091265892165",
        "by": "-0.5444467220306203",
        "w": "-0.16062445174417353",
        "u": "-0.04615923298359283",
        "b": "-0.8041053042318597",
    }
    for name, text in states.items():
        assert printed(text, question.value(name)), name
    for parameter, text in gradients.items():
        assert question.value(f"{parameter}.gradient") == pytest.approx(float(text), rel=1e-13), parameter


@pytest.mark.parametrize(("inputs", "state"), [(2, "0.175991"), (3, "0.156736")])
def test_the_gru_of_tensorflows_tests(inputs: int, state: str) -> None:
    """GRUCell in rnn_cell_test.py: all weights 0.5, biases of the gates 1, inputs 1, two equal units that were 0.1.

    Two equal units are one whose weight of the state before is twice as large.
    """
    model = Recurrent(2, "half_squared_error", "gru", inputs=inputs, output=None, biases=True, initial=True)
    givens = {given.key: 0.5 for given in model.parameters()}
    givens |= {"ur": 1.0, "uz": 1.0, "un": 1.0, "br": 1.0, "bz": 1.0, "bn": 0.0, "h@0": 0.1, "y@2": 0.0}
    givens |= {given.key: 1.0 for given in model.givens() if given.letter == "x"}
    assert printed(state, solve(derive(model, "wz_1"), givens).value("h@1"))


def test_an_update_gate_that_lets_in_the_new_state_by_hand() -> None:
    """Two steps of which the second has h = z · n + (1 - z) · h before; at the first there is z · n alone."""
    models = [
        Recurrent(2, "half_squared_error", "gru", output=None, takes_new=takes_new) for takes_new in (True, False)
    ]
    givens = {given.key: 0.5 for given in models[0].givens()}
    new, old = (solve(derive(model, "uz", Layout()), givens) for model in models)
    z, n = new.value("z@1"), new.value("n@1")
    assert new.value("h@1") == z * n
    assert old.value("h@1") == pytest.approx((1 - z) * n)
    z, n, before = (new.value(key) for key in ("z@2", "n@2", "h@1"))
    assert new.value("h@2") == pytest.approx(z * n + (1 - z) * before)
    assert new.value("dh@2/dz@2") == pytest.approx(n - before)
    wrong = mistaken(new, "dh@2/dz@2")
    assert wrong["blend_sign"] == pytest.approx([before - n])
    assert wrong["blend_one_term"] == pytest.approx([-before, n])
    assert mistaken(new, "h@2")["gates_exchanged"] == pytest.approx([(1 - z) * n + z * before])
    assert mistaken(new, "h@1")["gates_exchanged"] == pytest.approx([(1 - new.value("z@1")) * new.value("n@1")])


def test_a_reset_after_the_weight_as_torch_has_it() -> None:
    """One of 300 random cells that torch.nn.GRU 2.13.0 and its autograd were run on, in doubles."""
    model = Recurrent(2, "half_squared_error", "gru", output=None, biases=True, resets_after=True)
    numbers = {"wr": 0.39, "ur": -0.36, "br": -0.18, "wz": -0.48, "uz": 1.04, "bz": 1.01, "wn": -0.42, "un": -0.09}
    numbers |= {"bn": -0.74, "cn": 0.37, "x@1": -1.03, "x@2": 0.89, "y@2": 0.89}
    gradients = {
        "wr": -0.0026799037184932917,
        "ur": 0.0005986321404869333,
        "br": -0.03288757499254358,
        "wz": -0.14280782042696333,
        "uz": 0.005909376678150227,
        "bz": -0.21168425726507026,
        "wn": -0.015614900555681599,
        "un": 0.0035249135906907526,
        "bn": -0.36863544898939393,
        "cn": -0.17045547265998878,
    }
    derivation = derive(model, [*gradients], Layout(working="table"))
    question = solve(derivation, numbers)
    assert question.value("h@1") == pytest.approx(-0.03144308086667655, rel=1e-12)
    assert question.value("h@2") == pytest.approx(-0.28390014870639996, rel=1e-12)
    for name, gradient in gradients.items():
        assert question.value(derivation.gradient_of(symbol(name))) == pytest.approx(gradient, rel=1e-10)


def test_no_other_cell_resets_after_the_weight() -> None:
    with pytest.raises(NetworkError, match="reset"):
        Recurrent(2, "half_squared_error", "plain", resets_after=True)


def test_no_other_cell_has_an_update_gate() -> None:
    with pytest.raises(NetworkError, match="update_gate"):
        Recurrent(2, "half_squared_error", "lstm", takes_new=True)


def test_the_first_step_of_a_walkthrough_whose_second_is_misread() -> None:
    """Detailed backpropagation walkthrough, prachub.com: its 0.7790 for tanh(1.04621) is wrong, as all behind."""
    model = Recurrent(2, "half_squared_error", every=True)
    givens = {"w": 0.5, "u": 0.1, "v": 2.0, "x@1": 1.0, "x@2": 2.0, "y@1": 1.0, "y@2": 2.0}
    question = solve(derive(model, "u"), givens)
    for name, text in {"h@1": "0.4621", "yhat@1": "0.9242", "a@2": "1.04621"}.items():
        assert printed(text, question.value(name)), name
    assert question.value("h@2") == pytest.approx(0.78033, abs=5e-6)
