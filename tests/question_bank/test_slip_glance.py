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
    glance,
    look_again,
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
    units = np.array(pairs).T
    written, right = units / 10.0**decimals
    places = Places(decimals, "d")
    assert len(written) > 3000
    overlooked = ~(glance(right, places)(written[None, :])[0] & look_again(written, right, places))
    # What may be rounding at the end is no slip: the last digit alone.
    last = np.abs(units[0] - units[1]) < 10
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
    places = Places(figures, "s")
    assert glance(right, places)(written[None, :]).all()
    assert look_again(written, right, places).all()


def test_most_unrelated_numbers_are_not_looked_at_again_in_significant_figures():
    generator = np.random.default_rng(2)
    written, right = 10.0 ** generator.uniform(-4, 2, (40, 500)), 10.0 ** generator.uniform(-4, 2, 500)
    places = Places(5, "s")
    assert 0 < glance(places.round(right), places)(written).mean() < 0.12
    nothing = np.array([[np.nan, np.inf, 1.808, -1.808]])
    assert not glance(np.array([1.808, 1.808, np.nan, 1.808]), places)(nothing).any()


@pytest.mark.parametrize("decimals", [4, 6])
def test_most_unrelated_numbers_are_not_looked_at_again(decimals):
    generator, places = np.random.default_rng(1), Places(decimals, "d")
    written, right = generator.uniform(-1, 1, (40, 500)), places.round(generator.uniform(0.1, 1, 500))
    perhaps = glance(right, places)(written)
    assert 0 < perhaps.mean() < 0.05
    number, row = np.nonzero(perhaps)
    assert look_again(places.round(written[number, row]), right[row], places).mean() < 0.5


def test_what_is_no_number_is_like_none():
    written = np.array([[np.nan, np.inf, 0.1808, 0.0]])
    assert not glance(np.array([0.1808, 0.1808, np.nan, 0.1808]), Places(4, "d"))(written).any()


def test_a_0_is_looked_at_again_where_it_may_have_been_another_digit():
    right = np.array([0.3, 0.03, 0.0003, 0.31, 0.1808, -0.3])
    assert glance(right, Places(4, "d"))(np.zeros((1, 6)))[0].tolist() == [True, True, True, False, False, True]


@pytest.mark.parametrize("decimals", [1, 10])
def test_what_is_not_compared_by_a_glance_is_looked_at_again_if_it_is_a_number(decimals):
    places, right = Places(decimals, "d"), np.array([0.5, 0.5, 0.5])
    assert glance(right, places)(np.array([[0.1, np.nan, np.inf]]))[0].tolist() == [True, False, False]
    assert look_again(right, right, places).all()
