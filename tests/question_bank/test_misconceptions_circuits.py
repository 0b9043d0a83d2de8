"""What is mistaken in circuits gives what was worked by hand, and not what is right."""

from __future__ import annotations

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.circuits import ON_CIRCUITS
from question_bank.misconceptions.entry import Site
from question_bank.networks.circuit_text import read_circuit
from question_bank.questions.question import solve

X, Y = 1.5, -0.8
MISTAKEN = [
    # A formula with inputs x = 1.5 and y = -0.8, what is asked, the step, the mistake, what it gives by hand.
    ("x - y", "y", "df/dy", "difference_sign", [1.0]),
    ("x + y", "x", "df/dx", "sum_as_product", [-0.8]),
    ("x + 3", "x", "df/dx", "sum_as_product", [3.0]),
    ("x * y", "x", "df/dx", "product_own_value", [1.5]),
    ("x * y", "x", "df/dx", "product_as_sum", [1.0]),
    ("x * y", "x", "df/dx", "operation_is_value", [-1.2]),
    ("x / y", "y", "df/dy", "quotient_sign", [1.5 / 0.64]),
    ("x / y", "x", "df/dx", "quotient_sign", []),
    ("x / y", "y", "df/dy", "quotient_square_forgotten", [1.5 / 0.8]),
    ("x / y", "x", "df/dx", "quotient_as_product", [-0.8]),
    ("x / y", "y", "df/dy", "quotient_dividend_forgotten", [-1 / 0.64]),
    ("max(x, y)", "y", "df/dy", "maximum_to_both", [1.0]),
    ("max(x, y)", "x", "df/dx", "maximum_swapped", [0.0]),
    ("max(x, y)", "y", "df/dy", "maximum_swapped", [1.0]),
    ("max(x, y)", "x", "df/dx", "maximum_shared", [0.5]),
    ("exp(x)", "x", "df/dx", "elementary_forgotten", [1.0]),
    ("exp(x)", "x", "df/dx", "exp_power_rule", [1.5 * np.exp(0.5)]),
    ("exp(x)", "x", "df/dx", "exp_is_input", [1.5]),
    ("exp(x)", "x", "df/dx", "operation_is_value", []),
    ("ln(x)", "x", "df/dx", "ln_inverted", [1.5]),
    ("x**2", "x", "df/dx", "square_two_forgotten", [1.5]),
    ("1 / x", "x", "df/dx", "reciprocal_sign", [1 / 2.25]),
    ("1 / x", "x", "df/dx", "quotient_square_forgotten", [-1 / 1.5]),
    ("x * y", "x", "f", "operation_exchanged", [0.7]),
    ("x + y", "x", "f", "operation_exchanged", [-1.2]),
    ("max(x, y)", "x", "f", "operation_exchanged", [-0.8]),
    ("x - y", "x", "f", "operation_reversed", [-2.3]),
    ("exp(x)", "x", "f", "function_left_out", [1.5]),
    ("x**2", "x", "f", "square_doubled", [3.0]),
    ("2 * exp(x * y)", "x", "path_1.product", "upstream_forgotten", [-0.8]),
    ("2 * exp(x * y)", "x", "path_1.product", "end_left_out", [-0.8 * np.exp(-1.2), 2 * np.exp(-1.2)]),
]


@pytest.mark.parametrize(("formula", "asked", "step", "mistake", "expected"), MISTAKEN)
def test_a_mistake_gives_what_it_gives_by_hand(
    formula: str, asked: str, step: str, mistake: str, expected: list[float]
) -> None:
    inputs = [name for name in "xy" if name in formula.replace("exp", "").replace("max", "")]
    numbers = {name: {"x": X, "y": Y}[name] for name in inputs}
    derivation = derive(read_circuit(inputs, {"f": formula}), asked)
    question = solve(derivation, numbers)
    (entry,) = (one for one in CATALOGUE if one.id == mistake)
    struck = derivation.step(step)
    assert (struck.kind in entry.kinds, struck.role) == (True, entry.role)
    columns = [np.array([value]) for value in question.values]
    formulas = entry.mistaken(Site(derivation, struck))
    found = [float(np.ravel(derivation.program(one).values(columns))[0]) for one in formulas]
    assert found == pytest.approx(expected, rel=1e-12)
    assert all(abs(number - question.value(step)) > 0.001 for number in expected)


def test_every_mistake_in_circuits_is_tried_by_hand() -> None:
    assert {mistake for *_, mistake, _ in MISTAKEN} == {entry.id for entry in ON_CIRCUITS}
