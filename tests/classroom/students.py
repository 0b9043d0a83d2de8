"""The kinds of students: what each hands in, drawn by chance from its own random numbers.

One row of `KINDS` is one kind; `family` says what is to be held against the marking.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Literal

from tests.classroom.cunning import TRICKS
from tests.classroom.misreadings import MISREADINGS, OMISSIONS, read_as
from tests.classroom.mistakes import MISTAKES, Mistake
from tests.classroom.paper import Paper
from tests.classroom.pen import PENS
from tests.classroom.rounding import Rounding
from tests.classroom.working import Deed, Habits, Sheet, Unworkable, work

Family = Literal["honest", "weak", "careless", "cunning"]
_ATTEMPTS = 12


@dataclass(frozen=True)
class Kind:
    """One kind of student; `hand_in` takes the own paper, a neighbour's and luck."""

    name: str
    family: Family
    hand_in: Callable[[Paper, Paper, Random], Sheet]
    wrong: str = ""
    """What goes wrong, where it is one thing that marking should have a name for."""


def handed_in(kind: Kind, paper: Paper, neighbour: Paper, rng: Random) -> Sheet | None:
    """What one student hands in; None where this paper has no place for the kind."""
    for _ in range(_ATTEMPTS):
        try:
            sheet = kind.hand_in(paper, neighbour, rng)
        except Unworkable:
            continue
        if sheet.struck or kind.family in ("honest", "cunning"):
            return sheet
    return None


def _honest(habits: Habits) -> Callable[[Paper, Paper, Random], Sheet]:
    return lambda paper, neighbour, rng: work(paper, habits, rng)


def _some_rounding(rng: Random) -> Rounding:
    more = rng.choice((0, 0, 0, 1, 2, 4))
    return Rounding(rng.choice(("half up", "half even")), more, memory=rng.random() < 0.3)


def _ordinary(rng: Random) -> Habits:
    return Habits(_some_rounding(rng), rng.choice(("h", "h", "a", "joint")))


def _mixed_ways(paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    habits = replace(_ordinary(rng), recompute_from=rng.choice((None, *range(1, paper.last + 1))))
    return work(paper, habits, rng)


def _with_reading(name: str, paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    return work(paper, replace(_ordinary(rng), reading=read_as(name, paper, rng)), rng)


def _with_omission(name: str, paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    if any(key.startswith("yhat") for key in paper.printed):
        raise Unworkable
    return work(paper, replace(_ordinary(rng), deeds=(OMISSIONS[name](paper, rng),)), rng)


def _with_mistake(mistake: Mistake, scope: str, paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    return work(paper, replace(_ordinary(rng), deeds=(mistake.deed(paper, rng, scope),)), rng)


def _deeds(paper: Paper, rng: Random, count: int) -> tuple[Deed, ...]:
    """So many different mistakes, as habits and as slips; raises Unworkable."""
    found: list[Deed] = []
    for mistake in rng.sample(MISTAKES, len(MISTAKES)):
        if len(found) == count:
            break
        try:
            found.append(mistake.deed(paper, rng, rng.choice(("habit", "slip", "slip", "box"))))
        except Unworkable:
            continue
    return tuple(found)


def _with_mistakes(count: int, paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    return work(paper, replace(_ordinary(rng), deeds=_deeds(paper, rng, count)), rng)


def _pen_slips(paper: Paper, rng: Random, names: list[str]) -> Habits:
    boxes = rng.sample(paper.boxes, len(names))
    return Habits(pen=tuple((PENS[name], box) for name, box in zip(names, boxes, strict=True)))


def _with_pen(name: str, on: bool, paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    ordinary = _ordinary(rng)
    slips = _pen_slips(paper, rng, [name])
    return work(paper, replace(ordinary, pen=slips.pen, from_slips=on), rng)


def _careless(paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    """A mistake or two, perhaps a number misread, numbers cut off or not, and a slip of the pen."""
    rounding = rng.choice((_some_rounding(rng), Rounding("cut off")))
    reading = read_as(rng.choice(list(MISREADINGS)), paper, rng) if rng.random() < 0.3 else {}
    pen = _pen_slips(paper, rng, rng.sample(list(PENS), rng.choice((0, 1, 1)))).pen
    deeds = _deeds(paper, rng, rng.choice((0, 1, 1, 2)))
    return work(paper, Habits(rounding, reading=reading, deeds=deeds, pen=pen, from_slips=rng.random() < 0.5), rng)


HONEST: dict[str, Habits] = {
    "rounds half up": Habits(),
    "rounds half even": Habits(Rounding("half even")),
    "two digits more": Habits(Rounding(more=2)),
    "all digits": Habits(Rounding(all_digits=True)),
    "from the calculator's memory": Habits(Rounding(memory=True)),
    "slope from a": Habits(way="a"),
    "slope from a, all digits": Habits(Rounding(all_digits=True), way="a"),
    "recomputes the forward pass": Habits(recompute_from=1),
    "recomputes, from memory": Habits(Rounding(memory=True), recompute_from=1),
    "recomputes the second layer on": Habits(recompute_from=2),
    "recomputes the second layer on, from memory": Habits(Rounding(memory=True), recompute_from=2),
    "recomputes, slope from a": Habits(recompute_from=1, way="a"),
    "loss and output in one": Habits(way="joint"),
    "loss and output in one, from memory": Habits(Rounding(memory=True), "joint", recompute_from=1),
    "cuts off": Habits(Rounding("cut off")),
    "cuts off, one digit more": Habits(Rounding("cut off", 1)),
    "cuts off, slope from a": Habits(Rounding("cut off"), way="a"),
    "cuts off from memory": Habits(Rounding("cut off", memory=True)),
}

KINDS: tuple[Kind, ...] = (
    *(Kind(name, "honest", _honest(habits)) for name, habits in HONEST.items()),
    Kind("any honest way", "honest", _mixed_ways),
    *(Kind(name, "weak", partial(_with_reading, name), "misreading") for name in MISREADINGS),
    *(Kind(name, "weak", partial(_with_omission, name), "misreading") for name in OMISSIONS),
    *(
        Kind(f"{each.name}, {scope}", "weak", partial(_with_mistake, each, scope), "misconception" * each.named)
        for each in MISTAKES
        for scope in ("habit", "slip")
    ),
    *(
        Kind(f"{each.name}, box", "weak", partial(_with_mistake, each, "box"))
        for each in MISTAKES
        if each.kinds[0] in ("slope", "input", "bias")
    ),
    Kind("two mistakes", "weak", partial(_with_mistakes, 2)),
    Kind("three mistakes", "weak", partial(_with_mistakes, 3)),
    *(Kind(f"pen: {name}", "weak", partial(_with_pen, name, False), "slip") for name in PENS),
    *(Kind(f"pen: {name}, and on from it", "weak", partial(_with_pen, name, True), "slip") for name in PENS),
    Kind("careless", "careless", _careless),
    *(Kind(name, "cunning", trick) for name, trick in TRICKS.items()),
)
