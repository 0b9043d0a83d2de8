"""Who works half of a sheet and takes the other half from a neighbour is paid what is right in it."""

from __future__ import annotations

from random import Random

import pytest

from tests.classroom.pupils import AT_WORST, ON_AVERAGE, Handed, Kind, Page, Ways, held, pages, work


def late_boxes(page: Page, other: Page, rng: Random) -> Handed:
    theirs = work(other, Ways(), rng).written
    return work(page, Ways(taken={box: float(theirs[box]) for box in page.boxes[len(page.boxes) // 2 :]}), rng)


@pytest.mark.parametrize("recipe", ["adam", "sigmoid-bce", "relu-softmax", "eight-weights"])
def test_a_neighbours_second_half_beside_ones_own_first(recipe: str) -> None:
    """All numbers that begin are right, and what is the neighbour's follows from the neighbour's own."""
    judged = held(recipe, pages(recipe, 6), [Kind("late boxes", "cunning", late_boxes)], 18)
    gifts = [-one.lost for one in judged]
    assert len(gifts) == 18
    assert sum(gifts) <= ON_AVERAGE * len(gifts)
    assert max(gifts) <= AT_WORST
