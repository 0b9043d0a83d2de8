"""What a student can do, step by step, and what should come back: a success rate for each skill.

The rate is plain exponential smoothing (Brown 1959), `m + a (credit - m)`, with a larger weight `a` for a success than
for a miss, so that one slip takes little away. It rises with every credit in it: a better outcome of any step never
lowers any rate, and nobody is worse off for trying a step again. What was missed comes back after the growing
intervals of a Leitner box (Leitner 1972). Pure functions over frozen data; the clock is passed in, in seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from question_bank.derivation import Derivation

MASTERED = 0.8
_RISE = 0.3
_FALL = 0.12
_SUCCESS = 0.6
_MINUTE, _DAY = 60.0, 86_400.0
INTERVALS = (10 * _MINUTE, 1 * _DAY, 3 * _DAY, 7 * _DAY, 21 * _DAY)
"""After how long a skill that was missed comes back: at once, and later after each success."""


@dataclass(frozen=True, slots=True)
class Skill:
    """A kind of step that can be practised: a role, and for factors each kind of local derivative."""

    id: str
    title: str
    kinds: tuple[str, ...]


SKILLS: tuple[Skill, ...] = (
    Skill("forward", "Forward pass", ("preactivation", "activation", "exponential", "sum")),
    Skill("loss", "Slope of the loss", ("loss",)),
    Skill("slope", "Slope of an activation", ("slope",)),
    Skill("softmax", "Slopes of the softmax", ("softmax_own", "softmax_cross")),
    Skill("weight", "Back through a weight", ("weight",)),
    Skill("input", "A weight's own derivative", ("input",)),
    Skill("bias", "A bias's own derivative", ("bias",)),
    Skill("product", "Product along a path", ("product",)),
    Skill("sum", "Sum over the paths", ("gradient",)),
    Skill("update", "Update of the parameter", ("update",)),
)
_BY_KIND = {kind: skill.id for skill in SKILLS for kind in skill.kinds}
BY_ID: Mapping[str, Skill] = MappingProxyType({skill.id: skill for skill in SKILLS})


def skill_of(derivation: Derivation, step: str) -> str:
    """The skill that a step needs."""
    return _BY_KIND[derivation.step(step).kind]


def skills_in(derivation: Derivation, slots: Iterable[str]) -> tuple[str, ...]:
    """The skills that these slots need, in the order of the table."""
    wanted = set(slots)
    found = {skill_of(derivation, slot.step) for slot in derivation.slots if slot.name in wanted}
    return tuple(skill.id for skill in SKILLS if skill.id in found)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One step's outcome: `credit` from 0 (missed, or shown) to 1 (right at once and alone); `at` in seconds."""

    skill: str
    lesson: str
    credit: float
    at: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a student is with one skill; `due` is when it should come back (None: nothing was missed)."""

    rate: float = 0.0
    tries: int = 0
    last: float = 0.0
    box: int | None = None
    due: float | None = None

    @property
    def mastered(self) -> bool:
        """Whether it may be taken for granted."""
        return self.rate >= MASTERED


def standings(evidence: Iterable[Evidence]) -> dict[str, Standing]:
    """Every skill's standing after all evidence, whatever order it comes in.

    >>> one = Evidence("loss", "first", 1.0, 0.0)
    >>> standings([one] * 5)["loss"].mastered
    True
    """
    found = {skill.id: Standing() for skill in SKILLS}
    for one in sorted(evidence, key=lambda one: one.at):
        found[one.skill] = after(found[one.skill], one)
    return found


def after(standing: Standing, one: Evidence) -> Standing:
    """A standing with one more outcome."""
    weight = _RISE if one.credit >= standing.rate else _FALL
    rate = standing.rate + weight * (one.credit - standing.rate)
    # A clock that was set back must not make what was learned younger.
    at = max(one.at, standing.last)
    box = _box_after(standing, one.credit, at)
    due = None if box is None else at + INTERVALS[box]
    if box is not None and box == standing.box and one.credit >= _SUCCESS:
        due = standing.due
    return Standing(rate, standing.tries + 1, at, box, due)


def _box_after(standing: Standing, credit: float, at: float) -> int | None:
    if credit < _SUCCESS:
        return 0
    if standing.box is None or standing.due is None:
        return None
    if at < standing.due:
        # Right again within the hour proves little; it comes back when it was to.
        return standing.box
    return standing.box + 1 if standing.box + 1 < len(INTERVALS) else None


def history(evidence: Iterable[Evidence]) -> dict[str, tuple[tuple[float, float], ...]]:
    """For each skill that was tried, its rate after each outcome: (seconds, rate)."""
    now: dict[str, Standing] = {}
    lines: dict[str, list[tuple[float, float]]] = {}
    for one in sorted(evidence, key=lambda one: one.at):
        now[one.skill] = after(now.get(one.skill, Standing()), one)
        lines.setdefault(one.skill, []).append((now[one.skill].last, now[one.skill].rate))
    return {skill.id: tuple(lines[skill.id]) for skill in SKILLS if skill.id in lines}


def lesson_rates(evidence: Iterable[Evidence]) -> dict[str, Standing]:
    """The same success rate over the steps of each lesson."""
    found: dict[str, Standing] = {}
    for one in sorted(evidence, key=lambda one: one.at):
        found[one.lesson] = after(found.get(one.lesson, Standing()), one)
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """What to practise next and why: `start`, `next`, `again` (a skill that was missed comes back) or `keep`."""

    lesson: str
    why: str
    skill: str | None = None


def choose(
    lessons: Sequence[tuple[str, tuple[str, ...]]], evidence: Sequence[Evidence], now: float, *, after_lesson: str = ""
) -> Choice:
    """The lesson to take next: (id, skills) in order of difficulty.

    What was missed and is due comes first, in the easiest lesson begun that has it; else the first lesson that is not
    mastered; with all mastered, the last.
    """
    rates = lesson_rates(evidence)
    skills = standings(evidence)
    begun = [lesson for lesson in lessons if lesson[0] in rates]
    if not begun:
        return Choice(lessons[0][0], "start")
    due = [(standing.due, skill) for skill, standing in skills.items() if standing.due is not None]
    for moment, skill in sorted(due):
        holding = [name for name, has in begun if skill in has and name != after_lesson] or [
            name for name, has in begun if skill in has
        ]
        if moment <= now and holding:
            return Choice(holding[0], "again", skill)
    for name, _ in lessons:
        if name not in rates:
            return Choice(name, "next")
        if not rates[name].mastered:
            return Choice(name, "keep")
    return Choice(lessons[-1][0], "keep")
