"""How simulated students round."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from grader.simulation.rounding import Rounding, Way, worked_inside
from question_bank.derivations.deriving import derive
from question_bank.expressions.expression import Ref, product
from question_bank.expressions.names import symbol
from question_bank.expressions.precision import Places
from question_bank.networks.dense import Architecture

WAYS: dict[Way, str] = {"half up": ROUND_HALF_UP, "half even": ROUND_HALF_EVEN, "cut off": ROUND_DOWN}


@pytest.mark.parametrize("way", WAYS)
def test_numbers_are_rounded_as_the_decimal_module_does(way: Way) -> None:
    """Thousands of numbers of up to seven decimals, to four; ties only where binary floats have them (…5 / 2^n)."""
    rng = np.random.default_rng(1)
    written = [f"{number:.7f}" for number in rng.uniform(-2, 2, 4000)] + ["0.3", "-0.6700", "0", "0.12345678"]
    found = Rounding(way).record(np.array([float(text) for text in written]), Places(4, "d"))
    expected = [float(Decimal(text).quantize(Decimal("0.0001"), rounding=WAYS[way])) for text in written]
    ties = [text.rstrip("0").endswith("5") and len(text.rstrip("0").partition(".")[2]) == 5 for text in written]
    differs = [one != other and not tie for one, other, tie in zip(found.tolist(), expected, ties, strict=True)]
    assert not any(differs)


@pytest.mark.parametrize(
    ("rounding", "value", "record"),
    [
        (Rounding(), 0.00123456, 0.0012),
        (Rounding(more=2), 0.00123456, 0.001235),
        (Rounding(more=-1), 0.00123456, 0.001),
        (Rounding(more=-9), 1.6, 2.0),
        (Rounding(all_digits=True), 2 / 3, 0.6666666667),
        (Rounding("half up"), 0.00005, 0.0001),
        (Rounding("cut off"), -0.99999, -0.9999),
    ],
)
def test_more_and_fewer_places(rounding: Rounding, value: float, record: float) -> None:
    assert rounding.record(np.array([value]), Places(4, "d")).item() == record


def test_significant_figures() -> None:
    assert Rounding("cut off").record(np.array([0.0019999]), Places(3, "s")).item() == 0.00199
    assert Rounding(more=-9).record(np.array([0.0019999]), Places(3, "s")).item() == 0.002


def test_who_rounds_inside_rounds_after_every_multiplication() -> None:
    """0.75 · 0.75 · 0.75 = 0.421875: 0.4 at once, but 0.5625 → 0.6, then 0.45 → 0.5."""
    chain = derive(Architecture((1, 1), ("linear",), "squared_error"), "w1_11")
    formula = product(tuple(Ref(symbol(key)) for key in ("x_1", "w1_11", "y_1")))
    record = Rounding().record
    columns = [np.array([0.0])] * len(chain.steps)
    for key in ("x_1", "w1_11", "y_1"):
        columns[chain.index[symbol(key)]] = np.array([0.75])
    inside = worked_inside(formula, chain, columns, lambda values: record(values, Places(1, "d")))
    assert inside.item() == 0.5
