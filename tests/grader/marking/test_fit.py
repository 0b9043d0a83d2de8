"""How columns fit paths: when others are tried at all, and what a box says of the path that it is of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from grader.marking.arranging import _best, _swapped
from grader.marking.coarse import CoarseRanges
from grader.marking.fit import ColumnFit, _ColumnTrial, _may_be_elsewhere, _MayConvince, fit
from grader.rubrics.shares import Shares
from question_bank.derivations.derivation import Derivation
from question_bank.misconceptions import CATALOGUE
from tests.grader.marking import pupil
from tests.grader.marking.test_tried import batch_of

PATHS = pupil.question().derivation
"""Two paths of five factors and a product."""


def earning(*ticks: tuple[int, int]) -> ColumnFit:
    """What two columns earn as they stand, of 600 ticks each."""
    earned = np.zeros((len(ticks), 2, 2), np.int64)
    earned[:, [0, 1], [0, 1]] = ticks
    whole = np.full((len(ticks), 2), 600)
    return ColumnFit(earned, whole, np.zeros(earned.shape), np.zeros(earned.shape, np.intp))


@pytest.mark.parametrize(
    ("here", "elsewhere"),
    [
        # A box and a half of 100 may be more elsewhere in both.
        ((450, 450), True),
        ((451, 450), False),
        ((450, 600), False),
        # Less than three fifths may be another path's, in one alone.
        ((600, 359), True),
        ((600, 360), False),
        ((359, 600), True),
    ],
)
def test_columns_are_tried_elsewhere_where_they_earn_so_much_less(here: tuple[int, int], elsewhere: bool) -> None:
    assert _may_be_elsewhere(earning(here), PATHS).tolist() == [elsewhere]


def convincing(found: ColumnFit, written: list[int]) -> _MayConvince:
    """Boxes of 100 ticks; so many of each column on trial for a path are written or right."""
    read = np.array([[box < count for count in written for box in range(6)]])
    trial = SimpleNamespace(right=np.zeros_like(read), batch=SimpleNamespace(answers=SimpleNamespace(read=read)))
    slots = {path: range(6 * path, 6 * path + 6) for path in (0, 1)}
    return _MayConvince(cast(_ColumnTrial, trial), np.full((1, 12), 100), slots, found, np.array([0]))


def test_a_column_may_hold_enough_of_another_path_as_long_as_three_fifths_are_left() -> None:
    left = convincing(earning((0, 0)), [6, 3])
    assert left.rows.tolist() == [True]
    left.lose(0, np.array([100]))
    left.lose(0, np.array([100]))
    assert left.rows.tolist() == [True]  # 400 of 600
    left.lose(0, np.array([41]))
    assert left.rows.tolist() == [False]
    assert convincing(earning((0, 0)), [3, 3]).rows.tolist() == [False]
    assert convincing(earning((0, 0)), [3, 4]).rows.tolist() == [True]


def test_what_a_column_holds_of_its_own_path_is_not_asked_and_of_another_one_is() -> None:
    assert convincing(earning((600, 600)), [0, 0]).rows.tolist() == [False]
    held = earning((0, 0))
    held.earned[0, 1, 0] = 360
    assert convincing(held, [0, 0]).rows.tolist() == [True]
    held.earned[0, 1, 0] = 359
    assert convincing(held, [0, 0]).rows.tolist() == [False]


def test_columns_that_hold_each_others_paths_are_worth_all_there_and_nothing_here() -> None:
    asked = pupil.question(paths="find", quantity="gradient")
    written = pupil.work()
    papers = [pupil.found_columns(written, order) for order in ((1, 2), (2, 1), (2, 2))]
    blank = [slot.name for slot in asked.slots]
    batch = batch_of(asked, *({name: paper.get(name, "") for name in blank} for paper in papers))
    worth = [0 if slot.spare else 10 for slot in asked.slots]
    key = batch.key
    key.worth[:] = worth
    found = fit(batch, CoarseRanges(batch.reference), Shares())
    assert found.whole.tolist() == [[60, 60]] * 3
    own = [[found.earned[row, column, path] for column in (0, 1)] for row, path in ((0, 0), (0, 1), (1, 0), (1, 1))]
    assert [max(pair) for pair in own] == [60] * 4
    assert [pair.index(60) for pair in own] == [0, 1, 1, 0]
    # The two factors that both paths share are right in either.
    assert min(min(pair) for pair in own) >= 20
    assert found.explained[2, :2, 1].tolist() == [6.0, 6.0]
    assert found.unexplained[2, :2, 1].tolist() == [0, 0]
    # Three columns, the third one blank.
    assert found.earned[:, 2].tolist() == [[0, 0]] * 3
    assert found.unexplained[:, 2].tolist() == [[0, 0]] * 3
    with_mistakes = fit(batch, CoarseRanges(batch.reference), Shares(), CATALOGUE)
    assert (with_mistakes.explained >= found.explained).all()
    assert (with_mistakes.earned == found.earned).all()


@pytest.mark.parametrize(
    ("scores", "at_home", "sources"),
    [
        ([[5.0, 1.0], [1.0, 5.0]], 0.5, [0, 1]),
        ([[1.0, 5.0], [5.0, 1.0]], 0.5, [1, 0]),
        # Between equals, and where another order is worth no more than standing at home, columns stay.
        ([[3.0, 3.0], [3.0, 3.0]], 0.5, [0, 1]),
        ([[3.0, 3.4], [3.4, 3.0]], 0.5, [0, 1]),
        ([[3.0, 3.6], [3.6, 3.0]], 0.5, [1, 0]),
        # Of three columns the one that is worth least stands for no path.
        ([[1.0, 0.0], [0.0, 5.0], [4.0, 0.0]], 0.5, [2, 1, 0]),
        ([[4.0, 0.0], [0.0, 5.0], [4.0, 0.0]], 0.5, [0, 1, 2]),
        ([[0.0, 6.0], [0.0, 5.0], [4.0, 0.0]], 0.5, [2, 0, 1]),
    ],
)
def test_columns_go_where_they_are_worth_most_and_stay_between_equals(
    scores: list[list[float]], at_home: float, sources: list[int]
) -> None:
    assert _best(np.array([scores]), at_home).tolist() == [sources]


@pytest.mark.parametrize(
    ("earned", "sources"),
    [
        # Rows are columns of the sheet: what each earns as either path, of 600 in six boxes.
        ([[0, 600], [600, 0]], [1, 0]),
        ([[600, 0], [0, 600]], [0, 1]),
        # Three fifths have to be there, in both, and a box and a half more than here.
        ([[0, 360], [360, 0]], [1, 0]),
        ([[0, 359], [600, 0]], [0, 1]),
        ([[300, 450], [450, 300]], [1, 0]),
        ([[301, 450], [600, 301]], [0, 1]),
    ],
)
def test_columns_are_swapped_where_they_convincingly_hold_each_others_paths(
    earned: list[list[int]], sources: list[int]
) -> None:
    fitted = ColumnFit(np.array([earned]), np.full((1, 2), 600), np.zeros((1, 2, 2)), np.zeros((1, 2, 2), np.intp))
    assert _swapped(fitted, np.array([6, 6])).tolist() == [sources]


@pytest.mark.parametrize(("lengths", "elsewhere"), [((5, 3), True), ((3, 5), True), ((3, 3), False)])
def test_a_box_is_as_little_as_one_of_the_longest_column(lengths: tuple[int, int], elsewhere: bool) -> None:
    """Of six boxes one and a half are 150 of 600 ticks, of four they are 225."""
    paths = [SimpleNamespace(factors=range(count)) for count in lengths]
    derivation = cast(Derivation, SimpleNamespace(paths=paths))
    assert _may_be_elsewhere(earning((450, 450)), derivation).tolist() == [elsewhere]
