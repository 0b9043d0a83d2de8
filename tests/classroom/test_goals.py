"""What the marking owes a class, held against the examiner; `python -m tests.classroom` holds larger classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest

from tests.classroom.comparison import Judged, bench, held, rows, unfair
from tests.classroom.students import KINDS, Kind

CLASSES = (("two-paths", "w1_31"), ("chain", "w1_11"), ("softmax", "w2_12"))
_STUDENTS = 3


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    benches = [bench(name, 3, parameters=[parameter], quantity="updated") for name, parameter in CLASSES]
    return [one for seats in benches for one in held(seats, KINDS, _STUDENTS, seed=1)]


def said(losing: list[Judged]) -> list[str]:
    return [f"{one.recipe}, {one.kind.name}, {one.number}: {100 * one.lost:.1f} %" for one in losing]


def cutting(kind: Kind) -> bool:
    return kind.name.startswith("cuts off")


LOSE_NOTHING: dict[str, Callable[[Kind], bool]] = {
    "honest, rounding": lambda kind: kind.family == "honest" and not cutting(kind),
    "honest, cutting off": lambda kind: kind.family == "honest" and cutting(kind),
    "misreading": lambda kind: kind.wrong == "misreading",
    "one mistake": lambda kind: kind.name.endswith((", habit", ", slip", ", box")),
    "two or three mistakes": lambda kind: kind.name in ("two mistakes", "three mistakes"),
    "slip of the pen": lambda kind: kind.wrong == "slip",
}


# What does not hold yet; each name goes as soon as it does.
LOSERS = ("honest, cutting off", "misreading", "one mistake", "slip of the pen")
GIFTS = (
    "a neighbour's factors with own weights",
    "easy boxes, the rest invented",
    "made-up products and their sum",
    "a wrong product repeated",
)
_not_yet = pytest.mark.xfail(strict=False, reason="marking is about to learn this")


def marked(names: Iterable[str], waiting: Sequence[str]) -> list[object]:
    return [pytest.param(name, marks=_not_yet if name in waiting else ()) for name in names]


@pytest.mark.parametrize("group", marked(LOSE_NOTHING, LOSERS))
def test_nobody_loses_more_than_an_examiner_takes(group: str, judged: list[Judged]) -> None:
    some = [one for one in judged if LOSE_NOTHING[group](one.kind)]
    assert len(some) > 15
    assert said(unfair(some)) == []


TRICKS = [kind.name for kind in KINDS if kind.family == "cunning" and "only the start" not in kind.name]


@pytest.mark.parametrize("trick", marked(TRICKS, GIFTS))
def test_tricks_earn_what_is_right_in_them(trick: str, judged: list[Judged]) -> None:
    found = rows(one for one in judged if one.kind.name == trick)
    assert found
    assert [f"{row.recipe}: {100 * row.gift:.1f} %" for row in found if row.gift > 0.05] == []
    assert [f"{row.recipe}: {100 * row.most_gift:.1f} %" for row in found if row.most_gift > 0.15] == []
