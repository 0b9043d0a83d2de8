"""The glance at digits: it overlooks no slip that is made of a number's text, and few unrelated numbers get past it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from question_bank.expressions.precision import Places
from question_bank.misconceptions.slip_glance import (
    FEWEST_DECIMALS,
    FEWEST_FIGURES,
    MOST_DECIMALS,
    MOST_FIGURES,
    may_be_slips,
    may_be_slips_in_figures,
)
from tests.question_bank.slips_of_text import slips_of


@pytest.mark.parametrize("decimals", range(FEWEST_DECIMALS, MOST_DECIMALS + 1))
def test_no_slip_is_overlooked(decimals):
    generator = np.random.default_rng(decimals)
    whole = np.rint(10.0 ** generator.uniform(0.0, decimals + 2.0, 60))
    pairs = []
    for number in [*whole, 10.0**decimals, 10.0 ** (decimals - 1), 9 * 10.0**decimals]:
        text = f"{Decimal(int(number)).scaleb(-decimals):f}"
        for slip in slips_of(text):
            recorded = slip.scaleb(decimals)
            if recorded == recorded.to_integral_value() and recorded != int(number):
                pairs += [(float(recorded), number), (-float(recorded), -number)]
    written, right = np.array(pairs).T
    assert len(written) > 3000
    overlooked = ~may_be_slips(written[None, :], right, decimals)[0]
    # What may be rounding at the end is no slip: the last digit alone.
    last = np.abs(written - right) < 10
    assert not (overlooked & ~last).any()


@pytest.mark.parametrize("figures", range(FEWEST_FIGURES, MOST_FIGURES + 1))
def test_no_slip_is_overlooked_in_significant_figures(figures):
    generator = np.random.default_rng(figures)
    digits = generator.integers(1, 10, (80, figures)) * (generator.random((80, figures)) < 0.7)
    digits[:, 0] = np.maximum(digits[:, 0], 1)
    pairs = []
    for row, before_point in zip(digits, generator.integers(-3, 3, 80).tolist(), strict=True):
        number = Decimal(int("".join(map(str, row.tolist())))).scaleb(before_point - figures)
        for slip in slips_of(f"{number:f}"):
            recorded = slip and slip.normalize()
            if recorded != number and len(recorded.as_tuple().digits) <= figures:
                pairs += [(float(recorded), float(number)), (-float(recorded), -float(number))]
    written, right = np.array(pairs).T
    assert len(written) > 3000
    assert may_be_slips_in_figures(written[None, :], right, Places(figures, "s")).all()


def test_most_unrelated_numbers_are_not_looked_at_again_in_significant_figures():
    generator = np.random.default_rng(2)
    written, right = 10.0 ** generator.uniform(-4, 2, (40, 500)), 10.0 ** generator.uniform(-4, 2, 500)
    places = Places(5, "s")
    assert 0 < may_be_slips_in_figures(written, places.round(right), places).mean() < 0.12
    nothing = np.array([[np.nan, np.inf, 1.808, -1.808]])
    assert not may_be_slips_in_figures(nothing, np.array([1.808, 1.808, np.nan, 1.808]), places).any()


def test_most_unrelated_numbers_are_not_looked_at_again():
    generator = np.random.default_rng(1)
    whole = np.rint(generator.uniform(-1e6, 1e6, (40, 500)))
    share = may_be_slips(whole, np.rint(generator.uniform(1e5, 1e6, 500)), 6).mean()
    assert 0 < share < 0.05


def test_what_is_no_number_is_like_none():
    written = np.array([[np.nan, np.inf, 1808.0, 0.0]])
    assert not may_be_slips(written, np.array([1808.0, 1808.0, np.nan, 1808.0]), 4).any()
