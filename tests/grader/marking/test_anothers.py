"""Whose values stand on a sheet: how many of another student's are needed, and which of several students it is."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pytest

from grader.marking.classmates import Classmates
from grader.marking.support import _anothers
from grader.marking.verdict import Verdict
from tests.grader.marking.test_engine_parts import paper, two_outputs
from tests.grader.marking.test_shows_work import network
from tests.grader.marking.test_tried import batch_of

FORWARD = ["a1_1", "a1_2", "a1_3", "a1_4", "h1_1", "h1_2", "h1_3", "h1_4", "a2_1", "yhat_1"]


def whose(
    question_of: str,
    wrong: Collection[str],
    *held: Collection[str],
    follows: Collection[str] = (),
    alike: bool = False,
    idle: Collection[str] = (),
) -> int:
    """The student whose values these are, -1 for nobody's.

    Of a sheet with `wrong` numbers, and `follows`, each student has those that are `held`; at all other boxes they have
    other right numbers, or where they are `alike` the same as the sheet. What is `idle` shows nothing.
    """
    question = network() if question_of == "network" else two_outputs()
    names = [slot.name for slot in question.slots]
    texts = {name: f"{50 + at}" for at, name in enumerate(names) if name in {*wrong, *follows}}
    batch = batch_of(question, paper(question, **texts))
    verdicts = np.full((1, len(names)), Verdict.CORRECT, np.uint8)
    verdicts[0, [names.index(name) for name in wrong]] = Verdict.WRONG
    verdicts[0, [names.index(name) for name in follows]] = Verdict.FOLLOW_THROUGH
    values, low, high = batch.answers.values[0], [], []
    for some in held:
        theirs = np.array([name in some for name in names])
        away = 0.0 if alike else 1000.0
        low.append(np.where(theirs, values - 0.01, batch.key.low[0] + away))
        high.append(np.where(theirs, values + 0.01, batch.key.high[0] + away))
    mates = Classmates(
        np.array(low),
        np.array(high),
        np.full((len(held), len(names)), 0.01),
        np.arange(1, 1 + len(held)),
        np.array([0]),
    )
    shows = np.array([[name not in idle for name in names]])
    found, of = _anothers(batch, verdicts, shows, mates)
    assert found.tolist() == [of[0] >= 0]
    return int(of[0])


@pytest.mark.parametrize(
    ("wrong", "held", "copied"),
    [
        (FORWARD[:3], FORWARD[:3], True),
        (FORWARD[:3], FORWARD[:2], False),
        (FORWARD[:6], FORWARD[:3], True),  # half of what is wrong
        (FORWARD[:7], FORWARD[:3], False),
        (FORWARD[:7], FORWARD[:4], True),
        (FORWARD, FORWARD, True),
        ([], [], False),
    ],
)
def test_three_of_anothers_values_and_half_of_what_is_not_ones_own_are_a_copy(
    wrong: list[str], held: list[str], copied: bool
) -> None:
    assert whose("network", wrong, held) == (0 if copied else -1)
    # What shows nothing, such as a 0 or a number that fills boxes, is nobody's.
    assert whose("network", wrong, held, idle=held) == -1


def test_what_is_right_on_ones_own_sheet_is_no_copy() -> None:
    assert whose("network", FORWARD[:2], FORWARD[:3]) == -1


def test_what_follows_is_ones_own_before_the_products_and_behind_them_may_be_anothers() -> None:
    """A first sum that is theirs, whose output follows; both products and the gradient follow from their numbers."""
    behind = ["path_1.product", "path_2.product", "gradient"]
    assert whose("network", FORWARD[:2], FORWARD[:3], follows=FORWARD[2:3]) == -1
    assert whose("paths", ["a1_1"], ["a1_1", *behind[:2]], follows=behind[:2]) == 0
    # Products and their sum that follow are one coincidence, if nothing before them is theirs.
    assert whose("paths", [], behind, follows=behind) == -1
    # Where what comes before is right, nothing explains them but a copy of all three.
    assert whose("paths", behind, behind) == 0
    # They are half of what is wrong.
    others = ["a1_1", "h1_1", "a2_1", "yhat_1"]
    assert whose("paths", [*behind, *others[:3]], behind) == 0
    assert whose("paths", [*behind, *others], behind) == -1
    assert whose("paths", behind, behind[:2]) == -1


def test_beside_own_derivatives_of_the_loss_three_numbers_before_the_products_are_enough() -> None:
    """Three of their forward values, and products and a gradient that nobody else has: three of six and more."""
    early = ["a1_1", "h1_1", "a2_1"]
    products = ["path_1.product", "path_2.product", "gradient"]
    assert whose("paths", [*early, *products, "path_1.dL/dyhat_1"], early) == 0
    others = ["path_1.dL/dyhat_1", "path_2.dL/dyhat_2", "yhat_1", "yhat_2"]
    assert whose("paths", [*early, *others[:3]], early) == 0
    assert whose("paths", [*early, *others, *products], early) == -1


@pytest.mark.parametrize(
    ("held", "copied"), [(["a1_1", "h1_1"], True), (["a1_1"], False), (["a1_1", "gradient"], False)]
)
def test_two_are_enough_where_the_questions_differ_in_no_more(held: list[str], copied: bool) -> None:
    """At least two numbers before the products."""
    assert whose("network", held, held, alike=True) == (0 if copied else -1)
    assert whose("network", held, held) == -1


def test_of_several_students_it_is_the_one_with_most_and_between_equals_the_first() -> None:
    three, four = FORWARD[:3], FORWARD[:4]
    assert whose("network", four, three, four, three) == 1
    assert whose("network", four, four, three, four) == 0
    assert whose("network", FORWARD, [], FORWARD[:5], FORWARD[5:]) == 1
    assert whose("network", three, [], [], three) == 2


def test_a_shared_factor_in_two_columns_is_one_step() -> None:
    shared = ["path_1.da1_1/dw1_11", "path_2.da1_1/dw1_11"]
    assert whose("paths", ["a1_1", *shared], ["a1_1", *shared]) == -1
    assert whose("paths", ["a1_1", "h1_1", *shared], ["a1_1", "h1_1", *shared]) == 0
