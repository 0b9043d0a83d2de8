"""Numbers moved a little: whether a mistake changes nothing by chance, or because of what the numbers are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import range_columns, value_columns
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Array, Precision
from question_bank.networks.dense import Architecture
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.batch import CandidateBatch
from question_bank.questions.like_slips import ASKED, MistakenValues, like_slips
from question_bank.questions.mistaken_numbers import _nearby, right_by_chance
from question_bank.questions.mistaken_ranges import confusable
from question_bank.questions.recipe import Fairness
from question_bank.questions.tried_mistakes import by_rejection

CHAIN = Architecture((1, 1, 1), ("linear", "linear"), "squared_error")
PLACES = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d"})
GIVENS = {"x_1": 3.0, "w1_11": 0.5, "w2_11": 2.0, "y_1": 0.25, "eta": 0.1}


def chain(forward: str = "asked") -> Derivation:
    return derive(CHAIN, "w1_11", Layout(quantity="updated", update=PLAIN_UPDATE, forward=forward))  # type: ignore[arg-type]


def moved(derivation: Derivation, zeros_move: bool, **changed: float) -> Mapping[str, Array]:
    """Of each step the numbers nearby, as parts of what they were moved from."""
    printed = {"a1_1": 1.5, "h1_1": 1.5, "a2_1": 3.0, "yhat_1": 3.0}
    given = GIVENS | printed | changed
    values = value_columns(derivation, [np.array([given[name.key]]) for name in derivation.givens])
    near = _nearby(derivation, values, zeros_move)
    return {step.key: column for step, column in zip(derivation.steps, near, strict=True)}


def test_all_givens_are_moved_by_up_to_a_thousandth_twice_but_targets() -> None:
    found = moved(chain(), zeros_move=False)
    for name, value in GIVENS.items():
        off = (found[name] / value - 1).ravel()
        assert off.shape == (2,)
        assert (np.abs(off) <= 1e-3).all()
        assert (off == 0).all() == (name == "y_1")
        assert name == "y_1" or (len(np.unique(off)) == 2 and np.abs(off).max() > 1e-5)


def test_what_follows_is_worked_from_the_numbers_that_were_moved() -> None:
    found = moved(chain(), zeros_move=False)
    hidden = found["x_1"] * found["w1_11"]
    assert found["h1_1"] == pytest.approx(hidden)
    loss = 2 * (found["w2_11"] * hidden - 0.25)
    assert found["gradient"] == pytest.approx(loss * found["w2_11"] * found["x_1"])


def test_a_printed_forward_value_moves_with_what_it_is_worked_from() -> None:
    found = moved(chain("given"), zeros_move=False)
    assert found["h1_1"] == pytest.approx(found["x_1"] * found["w1_11"])
    assert found["yhat_1"] == pytest.approx(found["x_1"] * found["w1_11"] * found["w2_11"])


@pytest.mark.parametrize("zeros_move", [False, True])
def test_a_0_stays_but_where_zeros_move(zeros_move: bool) -> None:
    found = moved(chain(), zeros_move, w2_11=0.0)["w2_11"]
    assert (np.abs(found) <= 1e-3).all()
    assert (found != 0).all() == zeros_move
    assert (found == 0).all() != zeros_move
    assert moved(chain(), zeros_move, y_1=0.0)["y_1"].tolist() == [[0.0], [0.0]]


def test_where_the_losss_derivative_is_given_it_is_moved_like_other_numbers() -> None:
    given = derive(Architecture((1, 1), ("linear",), "given_gradient"), "w1_11")
    values = value_columns(given, [np.array([1.5]) for _ in given.givens])
    near = _nearby(given, values, zeros_move=False)
    for name, column in zip(given.givens, near[: len(given.givens)], strict=True):
        assert (column != 1.5).all(), name.key


@pytest.mark.parametrize(("w2", "chance"), [(0.5, True), (2.0, False)])
def test_a_weight_taken_for_another_of_the_same_value_is_right_by_chance(w2: float, chance: bool) -> None:
    """Of the second layer's weight the first one's stands there: on nearby numbers they differ."""
    derivation = derive(CHAIN, "w1_11", Layout())
    given = GIVENS | {"w2_11": w2}
    batch = CandidateBatch(
        np.arange(1),
        value_columns(derivation, [np.array([given[name.key]]) for name in derivation.givens]),
        np.ones(1, dtype=bool),
    )
    batch.ranges = range_columns(derivation, [(column, column) for column in batch.values[: len(given) - 1]], PLACES)
    batch.measures |= {"gap": np.full(1, np.inf), "nearest": np.zeros(1)}
    # Which of them change nothing on these numbers is noted before.
    for number, one in enumerate(by_rejection(derivation)):
        confusable(derivation, batch, PLACES, Fairness(), {number: one})
    for zero_paths in (False, True):
        named = {
            one.misconception
            for some, by_chance in right_by_chance(derivation, batch, Fairness(zero_paths=zero_paths))
            for one, (here,) in zip(some, by_chance, strict=True)
            if here
        }
        assert ("weight_wrong_layer" in named) is chance


@pytest.mark.parametrize(
    ("step", "right", "wrong", "like"),
    [
        ("path_1.product", 1.234567, 12.34567, True),  # the point
        ("path_1.product", 1.234567, 1.243567, True),  # two digits exchanged
        ("path_1.product", 1.234567, 1.234867, True),  # one digit
        ("path_1.product", 1.234567, 1.244667, False),  # two
        ("path_1.product", 1.234567, -1.234567, False),  # the sign is not asked
        ("path_1.product", 1.23456, 1.223456, True),  # one digit twice
        ("path_1.product", 0.0, 5.0, False),  # a 0 has no digits to get wrong
        # In a sum of givens, one of which is left out, one digit cannot be helped; another slip can.
        ("a1_1", 1.5432, 1.5732, False),
        ("a1_1", 1.5432, 1.4532, True),
        ("h1_1", 1.5432, 1.5732, True),
        # An exact copy is told by its digits in any case.
        ("da2_1/dh1_1", 2.0, 20.0, False),
    ],
)
def test_a_mistake_is_like_a_slip_where_one_makes_its_number_of_the_right_one(
    step: str, right: float, wrong: float, like: bool
) -> None:
    """Four decimals, six of products."""
    derivation = derive(CHAIN, "w1_11", Layout())
    values = value_columns(derivation, [np.array([GIVENS[name.key]] * 2) for name in derivation.givens])
    position = next(at for at, each in enumerate(derivation.steps) if each.key == step)
    values[position] = np.array([right, right])
    seen = MistakenValues(position, np.array([7, 4]), np.array([[wrong, 88.8888], [np.nan, 88.8888]]))
    found = like_slips(derivation, values, PLACES, [seen])
    assert found[7].tolist() == [like, False]
    assert not found[4].any()
    assert "slip_sign" not in ASKED
