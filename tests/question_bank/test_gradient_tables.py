"""Every gradient at once, as matrices: the places and the numbers of an outside library's differentiation."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.gradient_tables import gradient_tables
from question_bank.derivations.layout import Layout
from question_bank.networks.circuit_text import read_circuit
from question_bank.networks.lettering import in_notation
from question_bank.networks.model import Model
from question_bank.networks.notation_presets import preset
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.asked import ALL, asked_symbols, working_of
from question_bank.questions.question import solve
from tests import oracle
from tests.question_bank import random_circuits, random_recurrent
from tests.question_bank.comparison import random_cases


def matrices(model: Model, givens: Mapping[str, float]) -> dict[str, list[list[float]]]:
    asked = asked_symbols(model, ALL)
    question = solve(derive(model, asked, Layout(working=working_of(model, asked, None))), givens)
    return {
        one.table.heading.key: [[question.value(step) for step in row if step is not None] for row in one.cells]
        for one in gradient_tables(question.derivation)
    }


def test_of_dense_networks_they_are_those_of_autograd() -> None:
    """W[to][from], and biases where they stand; held against reverse mode over arrays of the same shape."""
    seen = 0
    for case in random_cases(5, 12):
        truth = oracle.gradients(case.network, case.values)
        if len(truth) < 2:
            continue
        found = matrices(case.architecture, case.values)
        for name, (array, place) in oracle.parameter_names(case.network).items():
            rows = found[array]
            got = rows[place[0]][place[1]] if len(place) == 2 else rows[place[0] if place else 0][0]
            assert got == pytest.approx(truth[name], rel=1e-9, abs=1e-12), name
            seen += 1
        assert sum(len(row) for rows in found.values() for row in rows) == len(truth)
    assert seen > 60


@pytest.mark.parametrize("cell", ["plain", "lstm"])
def test_of_recurrent_networks_as_well(cell: str) -> None:
    model = random_recurrent.random_model(random.Random(3), cell)
    givens = random_recurrent.random_givens(random.Random(4), model)
    truth = random_recurrent.gradients(model, givens)
    found = [number for rows in matrices(model, givens).values() for row in rows for number in row]
    asked = [truth[value.key] for value in asked_symbols(model, ALL)]
    assert sorted(found) == pytest.approx(sorted(asked), rel=1e-9, abs=1e-12)


def test_of_circuits_every_input_has_one() -> None:
    chance = random.Random(1)
    example = next(one for one in iter(lambda: random_circuits.random_example(chance), None) if len(one.inputs) > 2)
    found = matrices(read_circuit(tuple(example.inputs), dict(example.nodes)), example.inputs)
    assert {key: rows[0][0] for key, rows in found.items()} == pytest.approx(example.gradients(), rel=1e-9)


def test_new_values_follow_and_what_is_not_asked_is_left_open() -> None:
    (case,) = random_cases(7, 1, depth=2, loss="squared_error", bias="unit")
    model = case.architecture
    asked = asked_symbols(model, "layer 1")
    layout = Layout(quantity="updated", update=PLAIN_UPDATE, working="table")
    question = solve(derive(model, asked, layout), {**case.values, "eta": 0.5})
    tables = gradient_tables(question.derivation)
    assert [(one.what, one.table.heading.key) for one in tables] == [
        ("gradient", "W1"),
        ("gradient", "b1"),
        ("updated", "W1"),
        ("updated", "b1"),
    ]
    truth = oracle.gradients(case.network, case.values)
    step = tables[2].cells[0][0]
    assert step is not None
    assert question.value(step) == pytest.approx(case.values["w1_11"] - 0.5 * truth["w1_11"], rel=1e-9)


def test_one_value_and_a_forward_pass_have_none() -> None:
    (case,) = random_cases(7, 1, depth=2, loss="squared_error")
    assert gradient_tables(derive(case.architecture, "w1_11", Layout())) == []
    assert gradient_tables(derive(case.architecture, (), Layout(quantity="forward"))) == []
    some = asked_symbols(case.architecture, ["w1_11", "w2_11"])
    for one in gradient_tables(derive(case.architecture, some, Layout(working="table"))):
        cells = np.array([[step is not None for step in row] for row in one.cells])
        assert cells.sum() == 1
        assert cells[0, 0]


@pytest.mark.parametrize(
    ("notation", "turned"), [("gradpath", False), ("nielsen", False), ("circuit", True), ("oslo", True), ("han", True)]
)
def test_they_stand_as_the_notation_has_matrices_with_the_numbers_of_autograd(notation: str, turned: bool) -> None:
    """∂L/∂W of z = Wᵀa + b is the transpose of that of z = Wa + b: held against arrays of reverse mode."""
    (case,) = random_cases(9, 1, depth=2, loss="squared_error", bias="unit")
    model, truth = case.architecture, oracle.gradients(case.network, case.values)
    question = solve(derive(model, asked_symbols(model, ALL), Layout(working="table")), case.values)
    arrays: dict[str, dict[tuple[int, ...], float]] = {}
    for name, (array, place) in oracle.parameter_names(case.network).items():
        arrays.setdefault(array, {})[place] = truth[name]
    with in_notation(preset(notation)):
        printed = {one.table.heading.key: one.rows for one in gradient_tables(question.derivation)}
    for array, numbers in arrays.items():
        rows = [[question.value(step) for step in row if step is not None] for row in printed[array]]
        if array.startswith("W"):
            to, source = (1 + max(place[at] for place in numbers) for at in (0, 1))
            right = np.array([[numbers[unit, before] for before in range(source)] for unit in range(to)])
            np.testing.assert_allclose(rows, right.T if turned else right, rtol=1e-9, atol=1e-12)
        else:
            np.testing.assert_allclose(np.ravel(rows), [numbers[place] for place in sorted(numbers)], rtol=1e-9)
