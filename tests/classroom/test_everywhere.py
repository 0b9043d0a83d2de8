"""What the marking owes classes whose mistakes are cut into the sheets' own formulas.

`python -m tests.classroom.everywhere` holds larger classes on all recipes.
"""

from __future__ import annotations

from collections import defaultdict
from random import Random

import pytest

from question_bank.questions.recipe import recipe_names
from tests.classroom.everywhere import AT_WORST, KINDS, ON_AVERAGE, Judged, held, papers
from tests.classroom.worksheet import Ways, read_text, work

ALSO = ("three-two-one", "bptt-last", "nudge-circuit", "one-weight")
"""Tables, time, a difference, one weight of many; `bank` takes the others."""

FEW = (
    *("chain", "first", "linear-neuron", "logistic-neuron", "neuron-adam", "neuron-momentum"),
    *("circuit-branch", "clipping", "momentum", "neuron-two-steps", "nudge", "relu-chain"),
)
"""Recipes with one or two worked numbers from which all else follows: with these wrong, all may be invented."""

SPECIAL = ("error-in-chain", "error-in-circuit", "find-the-error", "which-paths")
"""Ticks and lines, to which nothing is carried on."""


@pytest.fixture(
    scope="module",
    params=[
        name if name in ALSO else pytest.param(name, marks=pytest.mark.bank)
        for name in recipe_names()
        if name not in (*FEW, *SPECIAL)
    ],
)
def judged(request: pytest.FixtureRequest) -> list[Judged]:
    return held(request.param, papers(request.param, 3, 7), KINDS, 4, seed=7)


def unfair(judged: list[Judged], *families: str) -> list[str]:
    losing = [one for one in judged if one.kind.family in families and one.lost > 1e-6]
    return [f"{one.recipe}, {one.kind.name}: {100 * one.lost:.1f} %" for one in losing]


def test_the_sheets_own_numbers_are_what_is_worked(judged: list[Judged]) -> None:
    paper = judged[0].paper
    found = work(paper, Ways(), Random(0)).written
    for box, text in found.items():
        low, high = paper.question.range(paper.step[box])
        assert low - 1e-9 <= read_text(text) <= high + 1e-9


def test_who_works_rightly_gets_all(judged: list[Judged]) -> None:
    assert unfair(judged, "honest") == []


def test_a_slip_of_the_pen_costs_its_box(judged: list[Judged]) -> None:
    assert unfair(judged, "pen") == []


def test_misread_givens_cost_the_boxes_that_they_change(judged: list[Judged]) -> None:
    assert unfair(judged, "misreading") == []


def test_mistakes_cost_the_boxes_that_they_strike(judged: list[Judged]) -> None:
    """Of three mistakes and more, one may be what another is known by."""
    assert len(unfair(judged, "weak", "habit", "careless")) <= 1


def test_what_nobody_worked_earns_what_is_right_in_it(judged: list[Judged]) -> None:
    """Where nothing is rounded numbers are short, and one sheet of twenty or of a few is right by chance."""
    gifts: defaultdict[str, list[float]] = defaultdict(list)
    for one in judged:
        if one.kind.family == "cunning":
            gifts[one.kind.name].append(-one.lost)
    by_chance = 1 + sum(map(len, gifts.values())) / 20 if judged[0].paper.exact else 0.0
    assert sum(gift > AT_WORST for some in gifts.values() for gift in some) <= by_chance
    assert by_chance or [name for name, some in gifts.items() if sum(some) > ON_AVERAGE * len(some)] == []


@pytest.mark.parametrize("name", FEW)
def test_where_little_is_worked_sheets_are_right_or_a_neighbours(name: str) -> None:
    kinds = [kind for kind in KINDS if kind.family in ("honest", "pen") or kind.name == "a neighbour's sheet"]
    judged = held(name, papers(name, 6, 7), kinds, 12, seed=7)
    assert unfair(judged, "honest", "pen") == []
    gifts = [-one.lost for one in judged if one.kind.family == "cunning"]
    assert len(gifts) == 12
    assert max(gifts) <= (AT_WORST if not judged[0].paper.exact else 0.5)


def test_a_neighbours_ticks_and_what_is_counted_along_them_earn_what_is_right() -> None:
    """Known mistakes explain them now and then, but all of it is right on the neighbour's sheet."""
    kinds = [kind for kind in KINDS if kind.name == "a neighbour's sheet"]
    judged = held("which-paths", papers("which-paths", 6, 20261201), kinds, 12, seed=20261201)
    assert len(judged) == 12
    assert max(-one.lost for one in judged) <= 0
