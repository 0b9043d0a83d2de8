"""The test of the marking: what was simulated against what was marked.

`check` lets students of every kind work a set's questions, has them marked, and counts. What marking promises becomes a
line that passes or fails: three promises on every certified question, all of them but where there is a single path or
an error is to be found. Everything else is there to be looked at.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.marking import Verdict
from grader.simulation.fairness import asked_of, fairness_lines
from grader.simulation.kinds import KINDS, StudentKind, Wanted
from grader.simulation.marked import Examiner, MarkedStudent, Promise, SlotMark
from grader.simulation.students import Seat, work
from grader.simulation.truth import Struck
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.derivations.deriving import derive
from question_bank.expressions.expression import Ref
from question_bank.expressions.names import Name
from question_bank.expressions.precision import COMPARISON_SLACK, Array, Precision
from question_bank.misconceptions.mistakes import slips_at, steps_inside, struck_values
from question_bank.questions.question import Question, solve


@dataclass(frozen=True, slots=True)
class KindRow:
    """All students of one kind: how often each verdict was given, and the share of the marks that they got."""

    kind: str
    students: int
    verdicts: Mapping[Verdict, int]
    marks: float


Outcome = str
EXACT, AMBIGUOUS, ANOTHER, UNNAMED = "exact", "ambiguous", "another", "unnamed"


@dataclass(frozen=True, slots=True)
class MisconceptionRow:
    """All students with one misconception and no other: how often it was named how, and what most others got."""

    misconception: str
    outcomes: Mapping[Outcome, int]
    instead: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was simulated × what was marked, and the promises."""

    kinds: tuple[KindRow, ...]
    misconceptions: tuple[MisconceptionRow, ...]
    lines: tuple[Promise, ...]

    @property
    def passed(self) -> bool:
        """Whether every promise was kept."""
        return all(line.passed for line in self.lines)


_SHARES: Mapping[str, float] = {"misconception": 0.3, "two misconceptions": 0.1}
"""Kinds that more students are of than of the others, which share the rest evenly."""


def check(
    questions: Sequence[Question],
    examine: Examiner,
    *,
    students: int = 10_000,
    seed: int = 0,
    wanted: Wanted | None = None,
    kinds: Sequence[StudentKind] = KINDS,
) -> CheckReport:
    """Let about so many students of all kinds work the questions in turn, and count how they are marked."""
    seats = list(_seats(questions, students, seed, kinds))
    done = work(seats, wanted or Wanted())
    present = [(seat.question, one) for seat, one in zip(seats, done, strict=True) if one is not None]
    marks = examine([question for question, _ in present], [one.responses for _, one in present])
    marked = [MarkedStudent(question, one, slots) for (question, one), slots in zip(present, marks, strict=True)]
    # Where only some kinds were asked for, promises about the others have no case; where all were, one without a case
    # is not kept.
    lines = tuple(line for line in promises_held(marked) if line.of or len(kinds) == len(KINDS))
    return CheckReport(tuple(_kind_rows(marked)), tuple(_misconception_rows(marked)), lines)


def _seats(questions: Sequence[Question], students: int, seed: int, kinds: Sequence[StudentKind]) -> Iterable[Seat]:
    favoured = sum(_SHARES.get(kind.name, 0.0) for kind in kinds)
    even = (1.0 - favoured) / max(1, sum(kind.name not in _SHARES for kind in kinds))
    neighbours = _neighbours(questions)
    for kind in kinds:
        for number in range(max(1, round(students * _SHARES.get(kind.name, even)))):
            question = questions[number % len(questions)]
            neighbour = neighbours.get(number % len(questions))
            if kind.name == "permuted columns" and question.derivation.paths:
                question = to_be_found(question)
            rng = random.Random(f"{seed} {kind.name} {number}")
            yield Seat(str(number), "", question, rng, (kind,), neighbour)


def _neighbours(questions: Sequence[Question]) -> dict[int, Question]:
    """Number → another question of the same derivation and precision, where there is one."""
    groups: defaultdict[tuple[Derivation, Precision], list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        groups[question.derivation, question.precision].append(number)
    return {
        number: questions[other]
        for numbers in groups.values()
        for number, other in zip(numbers, [*numbers[1:], numbers[0]], strict=True)
        if other != number
    }


def to_be_found(question: Question) -> Question:
    """The same question with its columns' routes left for the student to find."""
    derivation = question.derivation
    found = derive(derivation.model, derivation.parameter, replace(derivation.layout, paths="find"))
    if derivation.layout.one_box:
        # A blank column ends with a product of its own: there is a step more.
        givens = {name: question.value(name) for name in derivation.givens}
        return replace(solve(found, givens, question.precision), certificate=question.certificate)
    return replace(question, derivation=found)


def _kind_rows(marked: Sequence[MarkedStudent]) -> Iterable[KindRow]:
    groups: defaultdict[str, list[MarkedStudent]] = defaultdict(list)
    for one in marked:
        groups[one.simulated.truth.kind].append(one)
    for kind in KINDS:
        if group := groups.get(kind.name):
            verdicts: Counter[Verdict] = Counter(slot.verdict for one in group for slot in one.slots)
            paid, worth = sum(one.paid for one in group), sum(one.worth for one in group)
            yield KindRow(kind.name, len(group), verdicts, paid / worth if worth else 0.0)


def _misconception_rows(marked: Sequence[MarkedStudent]) -> Iterable[MisconceptionRow]:
    outcomes: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    instead: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in marked:
        truth = one.simulated.truth
        if truth.kind == "misconception":
            (name,) = truth.misconceptions
            outcome, said = how_named(one, truth.struck[0])
            outcomes[name][outcome] += 1
            if outcome != EXACT:
                instead[name][said] += 1
    for name in sorted(outcomes):
        most = instead[name].most_common(1)
        yield MisconceptionRow(name, outcomes[name], most[0][0] if most else "")


def how_named(one: MarkedStudent, struck: Sequence[Struck]) -> tuple[Outcome, str]:
    """How well a mistake was named at the steps that it struck: the worst of them, and what was said there instead."""
    worst: tuple[Outcome, str] = (EXACT, "")
    for strike in struck:
        found = _named_at(one, strike)
        if _BADNESS.index(found[0]) > _BADNESS.index(worst[0]):
            worst = found
    return worst


_BADNESS = (EXACT, AMBIGUOUS, UNNAMED, ANOTHER)


def _named_at(one: MarkedStudent, strike: Struck) -> tuple[Outcome, str]:
    slots = [mark for slot, mark in one.pairs if slot.step == strike.seen]
    blamed = [mark.causes for mark in slots if mark.verdict == Verdict.MISCONCEPTION]
    for causes in blamed:
        if not set(causes) & set(strike.names):
            return ANOTHER, ", ".join(causes)
    for causes in blamed:
        if others := [c for c in causes if c not in strike.names and not _same_number(one.question, strike, c)]:
            return AMBIGUOUS, ", ".join(others)
    return (EXACT, "") if blamed else (UNNAMED, slots[0].verdict.word)


def _same_number(question: Question, strike: Struck, cause: str) -> bool:
    """Whether a mistake gives the very number of the one that was made, on this question and not on every draw.

    With a one-hot target most paths are 0: the one path that counts forgotten and all of them multiplied are both 0.
    """
    derivation = question.derivation
    if strike.step != strike.seen and strike.step not in derivation.inside:
        return False
    position = derivation.index[strike.seen]
    columns = [np.array([value]) for value in question.values]
    here = [one for equivalent in slips_at(derivation, position) for one in equivalent.mistakes]
    box = (*steps_inside(derivation, position), position)

    def numbers(names: Sequence[str]) -> Array:
        made = [one.exchanged for one in here if one.misconception in names]
        return np.array([struck_values(derivation, columns, [one], box)[position][0, 0] for one in made])

    return bool(np.isclose(numbers(strike.names)[:, None], numbers((cause,))[None], rtol=1e-9, atol=1e-12).any())


def promises_held(everybody: Sequence[MarkedStudent]) -> Iterable[Promise]:
    """The promises, held against students who were marked."""
    single = [one for one in everybody if one.simulated.truth.kind == "misconception"]
    honest = [
        mark.verdict == Verdict.CORRECT for one in everybody if one.family == "honest" for _, mark in _of_paths(one)
    ]
    yield Promise.counted("honest students' slots marked correct", honest, 1.0)
    exact = [how_named(one, one.simulated.truth.struck[0])[0] == EXACT for one in single]
    yield Promise.counted("single misconceptions named exactly", exact, 0.99)
    others = [slot.verdict in (Verdict.CORRECT, Verdict.FOLLOW_THROUGH) for one in single for slot in _unstruck(one)]
    yield Promise.counted("other slots of a single mistake correct or follow_through", others, 1.0)
    marked = [one for one in everybody if _is_promised(one.question.derivation)]
    if not marked:
        return
    by_family: defaultdict[str, list[MarkedStudent]] = defaultdict(list)
    by_kind: defaultdict[str, list[MarkedStudent]] = defaultdict(list)
    for one in marked:
        by_family[one.family].append(one)
        by_kind[one.simulated.truth.kind].append(one)
    double = by_kind["two misconceptions"]
    both = [how_named(one, struck)[0] == EXACT for one in double for struck in one.simulated.truth.struck]
    # In a table both may strike one box.
    least = 0.9 if any(one.question.derivation.paths for one in marked) else 0.8
    yield Promise.counted("misconceptions named when two are made at once", both, least)
    same = [one for one in by_family["filled"] if one.simulated.truth.kind != "givens"]
    unpaid = [slot.paid == 0 for one in same for slot in _not_right(one)]
    yield Promise.counted("slots all filled with 0, 1, ½, one given, one number: unpaid unless right", unpaid, 1.0)
    # Now and then some of them happen to agree with each other (0.9 - 0.4 = 0.5), as those of an honest student do.
    unpaid = [slot.paid == 0 for one in by_kind["givens"] for slot in _not_right(one, copies=False)]
    # Of a graph's or a table's derivatives more are copies of each other.
    least = 0.975 if any(one.question.derivation.paths for one in marked) else 0.95
    yield Promise.counted("slots filled with any givens: unpaid unless right or a copy", unpaid, least)
    if any(one.question.derivation.paths for one in marked):
        found = [one.paid == one.worth for one in by_kind["permuted columns"]]
        yield Promise.counted("permuted columns in full marks where paths are to be found", found, 1.0)
    yield from fairness_lines(marked)


def _is_promised(derivation: Derivation) -> bool:
    """Whether a sheet has boxes enough to tell who worked: not along a single path, nor of an error to be found."""
    return derivation.is_forward or derivation.is_local or (len(derivation.paths) != 1 and derivation.solution is None)


def _of_paths(one: MarkedStudent) -> Iterable[tuple[Slot, SlotMark]]:
    """All slots but spare ones, in which nobody who works every path in its own column writes anything."""
    return ((slot, mark) for slot, mark in one.pairs if not slot.spare)


def _unstruck(one: MarkedStudent) -> Iterable[SlotMark]:
    struck = one.struck | one.named_though_hardly_seen
    return (mark for slot, mark in _of_paths(one) if slot.step not in struck)


def _not_right(one: MarkedStudent, *, copies: bool = True) -> Iterable[SlotMark]:
    """The slots that hold no right number; without `copies`, those that show another's by themselves are left out."""
    derivation = one.question.derivation
    for slot, mark, value in one.read:
        if not copies and isinstance(derivation.step(slot.step).formula, Ref):
            continue
        if not any(_is_right(one.question, step, value) for step in asked_of(slot, derivation)):
            yield mark


def _is_right(question: Question, step: Name, value: float) -> bool:
    right = question.value(step)
    low, high = question.range(step)
    unit = float(question.places(step).unit(np.array(value)))
    # The right value is right to two places fewer as well: rounded early, whoever wrote it.
    low, high = min(low, right - 50 * unit), max(high, right + 50 * unit)
    return low - COMPARISON_SLACK * unit <= value <= high + COMPARISON_SLACK * unit
