"""What the marking owes classes at tables, circuits, cells, windows, attention and optimisers.

`python -m tests.classroom.pupils` holds larger classes on all of them.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.classroom.pupils import AT_WORST, KINDS, ON_AVERAGE, TRICKS, Judged, held, pages
from tests.classroom.rules import STRUCTURES

ALSO = ("three-two-one", "circuit-edges", "bptt-all", "conv-kernel", "attention", "momentum", "clipping")
"""Tables, error terms, a graph, time, exact numbers, attention, an optimiser; `bank` takes the others."""
RECIPES = [name if name in ALSO else pytest.param(name, marks=pytest.mark.bank) for name in STRUCTURES]


@pytest.fixture(scope="module", params=RECIPES)
def judged(request: pytest.FixtureRequest) -> list[Judged]:
    return held(request.param, pages(request.param, 3), KINDS, 3, seed=2)


def unfair(judged: list[Judged], *families: str) -> list[str]:
    losing = [one for one in judged if one.kind.family in families and one.lost > 1e-6]
    return [f"{one.recipe}, {one.kind.name}: {100 * one.lost:.1f} %" for one in losing]


def test_who_works_rightly_gets_all(judged: list[Judged]) -> None:
    honest = [one for one in judged if one.kind.family == "honest"]
    assert len(honest) == 15
    assert all(one.deserved == 1 for one in honest)
    assert unfair(judged, "honest") == []


def test_a_mistake_planted_once_costs_the_boxes_that_it_strikes(judged: list[Judged]) -> None:
    assert len([one for one in judged if one.kind.family == "weak"]) > 10 or judged[0].recipe == "pool-back"
    assert unfair(judged, "weak") == []


def test_misread_givens_cost_the_boxes_that_they_change(judged: list[Judged]) -> None:
    assert any(one.kind.family == "misreading" for one in judged)
    assert unfair(judged, "misreading") == []


def test_a_rule_of_ones_own_costs_the_boxes_that_it_strikes(judged: list[Judged]) -> None:
    """But where it gives a 0 or 1 by chance, from which everything else is one."""
    habits = [one for one in judged if one.kind.family == "habit"]
    assert len(habits) > 10 or judged[0].recipe == "pool-back"
    assert len(unfair(habits, "habit")) <= 1


def test_tricks_earn_what_is_right_in_them(judged: list[Judged]) -> None:
    gifts: defaultdict[str, list[float]] = defaultdict(list)
    for one in judged:
        if one.kind.name in TRICKS:
            gifts[one.kind.name].append(-one.lost)
    assert len(gifts) > 3
    assert [name for name, some in gifts.items() if sum(some) > ON_AVERAGE * len(some)] == []
    assert [name for name, some in gifts.items() if max(some) > AT_WORST] == []
