"""What a student can do, question by question: a success rate for each skill and lesson, and what should come back.

What a question says of a skill is the mean over the steps that need it. The rate is plain exponential smoothing (Brown
1959), `m + a (credit - m)`, with a larger weight `a` for a success than for a miss, so that one slip takes little away.
It rises with every credit in it: a better outcome of any step never lowers any rate, and nobody is worse off for trying
a step again. What was missed comes back after the growing intervals of a Leitner box (Leitner 1972). Pure functions
over frozen data; the clock is passed in, in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.kinds import KINDS
from question_bank.expressions.expression import Const
from question_bank.expressions.names import Name
from question_bank.language.words import N_

MASTERED = 0.8
READY = 0.5
"""From here on the next lesson is offered: two questions that were right at once."""
CLEAN_QUESTIONS, DAYS = 3, 3
"""Without a mistake standing, that it takes to count as mastered; and the days that they are spread over."""
_RISE = 0.3
_FALL = 0.12
_SUCCESS = 0.6
_MINUTE, _DAY = 60.0, 86_400.0
_NIGHT = 8 * 60 * _MINUTE
"""A pause that begins a new day, wherever one lives."""
INTERVALS = (10 * _MINUTE, 1 * _DAY, 3 * _DAY, 7 * _DAY, 21 * _DAY)
"""After how long a skill that was missed comes back: at once, and later after each success."""


@dataclass(frozen=True, slots=True)
class Skill:
    """What can be practised: the steps of all kinds that need it."""

    id: str
    title: str


SKILLS: tuple[Skill, ...] = (
    Skill("forward", N_("Forward pass")),
    Skill("loss", N_("Slope of the loss")),
    Skill("error", N_("Error at the output")),
    Skill("operation", N_("Slopes of + − × ÷ and other operations")),
    Skill("slope", N_("Slope of an activation")),
    Skill("gate", N_("Slopes inside a cell with gates")),
    Skill("softmax", N_("Slopes of the softmax")),
    Skill("weight", N_("Back through a weight")),
    Skill("input", N_("A weight's own derivative")),
    Skill("bias", N_("A bias's own derivative")),
    Skill("product", N_("Product along a path")),
    Skill("sum", N_("Sum over the paths")),
    Skill("update", N_("Update of the parameter")),
    Skill("paths", N_("Counting paths")),
    Skill("check", N_("Finding and correcting an error")),
)
BY_ID: Mapping[str, Skill] = MappingProxyType({skill.id: skill for skill in SKILLS})


def skill_of(derivation: Derivation, step: Name) -> str:
    """The skill that a step needs."""
    return KINDS[derivation.step(step).kind].skill


def skills_in(derivation: Derivation, slots: Iterable[str]) -> tuple[str, ...]:
    """The skills that these slots need, in the order of the table."""
    wanted = set(slots)
    found = {skill_of(derivation, slot.step) for slot in derivation.slots if slot.name in wanted}
    return tuple(skill.id for skill in SKILLS if skill.id in found)


_SWITCHES = ("slope", "max_part", "largest_part")
"""Kinds of factors that may be one of few numbers, whatever the others are."""


def shows_skill(derivation: Derivation, step: Name) -> bool:
    """Whether an answer shows anything: a 1 that the structure puts there can be written without working it out.

    Nor does a single tick, of which there are but two.
    """
    one = derivation.step(step)
    if one.kind in KINDS and KINDS[one.kind].form == "tick":
        return False
    return one.role != "factor" or not (isinstance(one.formula, Const) or (one.kind in _SWITCHES and one.exact))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One step's outcome: `credit` from 0 (missed, or shown) to 1 (right at once and alone); `at` in seconds.

    `wrong`: a mistake stands there now. `finished`: every step of the question has been right.
    """

    skill: str
    lesson: str
    credit: float
    at: float
    question: str = ""
    wrong: bool = False
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the steps of one question say together: how many mistakes stand there does not matter, one is enough."""

    credit: float
    worst: float
    at: float
    wrong: bool
    clean: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a student is with one skill or lesson; `due` is when it should come back (None: nothing was missed).

    `clean` counts questions that were finished and in which no mistake stands, `days` the days on which they were.
    """

    rate: float = 0.0
    questions: int = 0
    last: float = 0.0
    box: int | None = None
    due: float | None = None
    wrong: bool = False
    clean: int = 0
    days: int = 0
    last_clean: float | None = None

    @property
    def mastered(self) -> bool:
        """Whether it may be taken for granted: from several questions on several days."""
        return self.rate >= MASTERED and self.clean >= CLEAN_QUESTIONS and self.days >= DAYS and not self.wrong

    @property
    def ready(self) -> bool:
        """Whether one may go on to something harder."""
        return self.rate >= READY and not self.wrong

    @property
    def percent(self) -> int:
        """The rate as it is shown, on every page alike."""
        return round(100 * self.rate)


def _outcomes(evidence: Iterable[Evidence], of: Callable[[Evidence], str]) -> list[tuple[str, Outcome]]:
    """What each question says of each skill or lesson, in the order of time."""
    found: dict[tuple[str, str], list[Evidence]] = {}
    for number, one in enumerate(evidence):
        # Evidence of no question in particular stands for itself.
        found.setdefault((of(one), one.question or f"#{number}"), []).append(one)
    outcomes = [(key, _outcome(steps)) for (key, _), steps in found.items()]
    return sorted(outcomes, key=lambda pair: pair[1].at)


def _outcome(steps: Sequence[Evidence]) -> Outcome:
    wrong = any(one.wrong for one in steps)
    return Outcome(
        sum(one.credit for one in steps) / len(steps),
        min(one.credit for one in steps),
        max(one.at for one in steps),
        wrong,
        not wrong and all(one.finished for one in steps),
    )


def standings(evidence: Iterable[Evidence]) -> dict[str, Standing]:
    """Every skill's standing after all evidence, whatever order it comes in.

    >>> days = [Evidence("loss", "first", 1.0, 86_400.0 * n, f"question {n}", finished=True) for n in range(5)]
    >>> standings(days)["loss"].mastered, standings(days[:4])["loss"].mastered
    (True, False)
    """
    found = {skill.id: Standing() for skill in SKILLS}
    for skill, outcome in _outcomes(evidence, lambda one: one.skill):
        found[skill] = standing_after(found[skill], outcome)
    return found


def standing_after(standing: Standing, one: Outcome) -> Standing:
    """A standing with one more question."""
    weight = _RISE if one.credit >= standing.rate else _FALL
    rate = standing.rate + weight * (one.credit - standing.rate)
    # A clock that was set back must not make what was learned younger.
    at = max(one.at, standing.last)
    box = _box_after(standing, one.worst, at)
    due = None if box is None else at + INTERVALS[box]
    if box is not None and box == standing.box and one.worst >= _SUCCESS:
        due = standing.due
    new_day = one.clean and (standing.last_clean is None or at - standing.last_clean >= _NIGHT)
    return Standing(
        rate,
        standing.questions + 1,
        at,
        box,
        due,
        one.wrong,
        standing.clean + one.clean,
        standing.days + new_day,
        at if one.clean else standing.last_clean,
    )


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
    """For each skill that was tried, its rate after each question: (seconds, rate)."""
    now: dict[str, Standing] = {}
    lines: dict[str, list[tuple[float, float]]] = {}
    for skill, outcome in _outcomes(evidence, lambda one: one.skill):
        now[skill] = standing_after(now.get(skill, Standing()), outcome)
        lines.setdefault(skill, []).append((now[skill].last, now[skill].rate))
    return {skill.id: tuple(lines[skill.id]) for skill in SKILLS if skill.id in lines}


def lesson_rates(evidence: Iterable[Evidence]) -> dict[str, Standing]:
    """The same success rate over the questions of each lesson."""
    found: dict[str, Standing] = {}
    for lesson, outcome in _outcomes(evidence, lambda one: one.lesson):
        found[lesson] = standing_after(found.get(lesson, Standing()), outcome)
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """What to practise next and why: `start`, `next`, `again` (a skill that was missed comes back) or `keep`."""

    lesson: str
    why: str
    skill: str | None = None


def choose(lessons: Sequence[tuple[str, tuple[str, ...]]], evidence: Sequence[Evidence], now: float) -> Choice:
    """The lesson to take next: (id, skills) in order of difficulty.

    What was missed and is due comes first, in the easiest lesson begun that has it; else the first lesson that one is
    not ready to leave; after that the first that is not mastered, and with all mastered the last.
    """
    rates = lesson_rates(evidence)
    skills = standings(evidence)
    begun = [lesson for lesson in lessons if lesson[0] in rates]
    if not begun:
        return Choice(lessons[0][0], "start")
    due = [(standing.due, skill) for skill, standing in skills.items() if standing.due is not None]
    for moment, skill in sorted(due):
        holding = [name for name, has in begun if skill in has]
        if moment <= now and holding:
            return Choice(holding[0], "again", skill)
    for name, _ in lessons:
        if name not in rates:
            return Choice(name, "start" if name == lessons[0][0] else "next")
        if not rates[name].ready:
            return Choice(name, "keep")
    open_ones = [name for name, _ in lessons if not rates[name].mastered]
    return Choice(open_ones[0] if open_ones else lessons[-1][0], "keep")
