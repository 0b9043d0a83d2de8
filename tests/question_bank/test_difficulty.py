"""The difficulty score, worked out by hand for one small question, and what makes it rise."""

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.difficulty import difficulty_score
from question_bank.derivations.evaluate import value_columns
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture

CHAIN = Architecture((1, 1, 1), ("linear", "linear"), "half_squared_error")
FOUR = Precision.parse({"forward": "4d", "product": "6d"})


def score(architecture, parameter, givens, precision=FOUR, cancellation=1.0, forward="asked"):
    derivation = derive(architecture, parameter, Layout(forward=forward))
    values = value_columns(derivation, [np.array([givens[given.key]]) for given in derivation.givens])
    return float(difficulty_score(derivation, values, precision, np.array([cancellation]))[0])


def test_a_chain_worked_by_hand():
    # Multiplied: w1 x = -0.5 · 3, w2 h = 0.2 · -1.5000, and the path's -1.3000 · 1 · 0.2 · 1 · 3: three of nine are
    # below 0, and the digits are 1 + 1, 1 + 5, 5 + 1 + 1 + 1 + 1.
    givens = {"x_1": 3.0, "w1_11": -0.5, "w2_11": 0.2, "y_1": 1.0}
    expected = 0.25 * (3 / 9 + 17 / (17 + 60))
    assert score(CHAIN, "w1_11", givens) == pytest.approx(expected)


def test_more_of_anything_is_harder():
    givens = {"x_1": 3.0, "w1_11": 0.5, "w2_11": 0.2, "y_1": 0.0}
    plain = score(CHAIN, "w1_11", givens)
    assert score(CHAIN, "w1_11", {**givens, "w1_11": -0.5}) > plain
    assert score(CHAIN, "w1_11", {**givens, "w1_11": 0.55}) > plain
    assert score(CHAIN, "w1_11", givens, Precision.parse({"forward": "6d"})) > plain
    assert score(CHAIN, "w1_11", givens, cancellation=0.3) > plain
    wide = Architecture((1, 1, 2), ("linear", "linear"), "half_squared_error")
    assert score(wide, "w1_11", {**givens, "w2_21": 0.2, "y_2": 0.0}) > plain


def test_printed_forward_values_leave_less_to_multiply():
    givens = {"x_1": 3.0, "w1_11": -0.5, "w2_11": 0.2, "y_1": 1.0}
    printed = {"a1_1": -1.5, "h1_1": -1.5, "a2_1": -0.3, "yhat_1": -0.3}
    assert score(CHAIN, "w1_11", givens | printed, forward="given") < score(CHAIN, "w1_11", givens)
