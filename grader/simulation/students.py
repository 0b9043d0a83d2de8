"""Simulated students: they work a question on their own recorded numbers, write it down, and slip as people do.

Everything about a student is a function of the seed, the student and the question, so that a rerun gives the same.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from grader.assignments.question_set import QuestionSet
from grader.simulation.kinds import KINDS, Draw, StudentKind, Wanted
from grader.simulation.truth import Simulated, Struck, Truth
from grader.simulation.working import SimulatedClass, StudentPlan, taken_elsewhere
from grader.simulation.writing import WorkedPaper, recorded_text
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import Precision
from question_bank.expressions.program import Program
from question_bank.misconceptions.mistakes import Catalogue, mistakes_reaching, slips_at, steps_inside
from question_bank.questions.question import Question

_HONEST = 0.6
_ATTEMPTS = 12
"""How often a student whose mistake changes nothing on these numbers is given another."""


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """Somebody who sits down at a question, with own random numbers and the kinds of student to be drawn from."""

    student: str
    number: str
    question: Question
    rng: Draw
    kinds: tuple[StudentKind, ...]
    neighbour: Question | None = None
    """Another question of the same derivation, to copy from."""


def simulate(
    question_set: QuestionSet,
    *,
    seed: int = 0,
    honest: float = _HONEST,
    kinds: Sequence[StudentKind] = (),
    wanted: Wanted | None = None,
    progress: Callable[[int], None] = lambda count: None,
) -> list[Simulated]:
    """One submission for every question handed out that has a place for its student.

    A share of the students is `honest`; the others slip in one of the ways that people do. With `kinds`, all are of
    one of those.
    """
    upright = tuple(kind for kind in KINDS if kind.family == "honest")
    others = tuple(kinds) or tuple(kind for kind in KINDS if kind.family not in ("honest", "filled", "borrowed"))
    seats = []
    before: dict[tuple[str, Derivation], Question] = {}
    for handed in question_set.questions:
        rng = random.Random(json.dumps([seed, handed.student, handed.question]))
        chosen = upright if not kinds and rng.random() < honest else others
        question = handed.solved()
        # Who sits in front is copied from; the first of all from nobody.
        neighbour = before.get((handed.question, question.derivation))
        before[handed.question, question.derivation] = question
        seats.append(Seat(handed.student, handed.question, question, rng, chosen, neighbour))
        progress(1)
    return [one for one in work(seats, wanted or Wanted()) if one is not None]


def work(seats: Sequence[Seat], wanted: Wanted) -> list[Simulated | None]:
    """What each student hands in, in their order; None where a question has no place for any of the seat's kinds."""
    done: list[Simulated | None] = [None] * len(seats)
    waiting = list(range(len(seats)))
    for _ in range(_ATTEMPTS):
        groups: defaultdict[tuple[Derivation, Precision], list[tuple[int, StudentKind, StudentPlan]]] = defaultdict(
            list
        )
        for number in waiting:
            seat = seats[number]
            found = _plan(seat, wanted)
            if found is not None:
                groups[seat.question.derivation, seat.question.precision].append((number, *found))
        waiting = []
        for (derivation, precision), planned in groups.items():
            givens = np.array([seats[number].question.values[: len(derivation.givens)] for number, _, _ in planned])
            at_work = SimulatedClass(derivation, precision, givens, [plan for _, _, plan in planned])
            numbers = [column.tolist() for column in at_work.slot_numbers()]
            for row, (number, kind, plan) in enumerate(planned):
                if not at_work.worth_handing_in(row):
                    waiting.append(number)
                else:
                    own = [column[row] for column in numbers]
                    done[number] = _handed_in(seats[number], kind, plan, at_work, row, own, wanted.catalogue)
        if not waiting:
            break
    return done


def _plan(seat: Seat, wanted: Wanted) -> tuple[StudentKind, StudentPlan] | None:
    kinds = list(seat.kinds)
    seat.rng.shuffle(kinds)
    for kind in kinds:
        plan = kind.plan(seat.question, seat.neighbour, seat.rng, wanted)
        if plan is not None:
            return kind, plan
    return None


def _handed_in(
    seat: Seat,
    kind: StudentKind,
    plan: StudentPlan,
    at_work: SimulatedClass,
    row: int,
    numbers: Sequence[float],
    catalogue: Catalogue,
) -> Simulated:
    derivation = seat.question.derivation
    worked = {}
    for slot, number in zip(derivation.slots, numbers, strict=True):
        position = derivation.index[slot.step]
        places = plan.rounding.places(at_work.places(derivation.steps[position]))
        worked[slot.name] = recorded_text(number, places, copied=at_work.copied(position, row))
    handed = kind.hand(WorkedPaper(seat.question, worked), seat.rng)
    taken = handed.slots
    if plan.instead is not None:
        steps = derivation.steps
        taken = tuple(slot.name for slot in derivation.slots if taken_elsewhere(steps[derivation.index[slot.step]]))
    # Whoever misreads givens makes one mistake more, without a program of its own.
    made = [(strike.misconception, strike.exchanged) for strike in plan.strikes]
    made += [("", {})] if plan.readings else []
    struck = tuple(
        tuple(
            found
            for position in positions
            for found in _struck(derivation, position, misconception, tuple(exchanged.items()), catalogue)
            if at_work.shows_at(position, derivation.index[found.seen], row)
        )
        for (misconception, exchanged), positions in zip(made, at_work.struck(row), strict=True)
    )
    misconceptions = tuple(misconception for misconception, _ in made)
    seen = {found.step for each in struck for found in each}
    tried = (derivation.steps[position].name for _, exchanged in made for position in sorted(exchanged))
    hardly = tuple(step for step in tried if step not in seen)
    truth = Truth(kind.name, misconceptions, struck, plan.columns, taken, tuple(plan.readings), hardly)
    return Simulated(seat.student, seat.number, handed.responses, truth)


@lru_cache(maxsize=16384)
def _struck(
    derivation: Derivation,
    position: int,
    misconception: str,
    exchanged: tuple[tuple[int, Program], ...],
    catalogue: Catalogue,
) -> tuple[Struck, ...]:
    """Where a mistaken formula at one step is seen, and what it is rightly called there."""
    step = derivation.steps[position].name
    made = dict(exchanged)
    return tuple(
        Struck(step, derivation.steps[seen].name, _names(derivation, position, seen, misconception, made, catalogue))
        for seen in _seen_at(derivation, position)
    )


def _seen_at(derivation: Derivation, position: int) -> list[int]:
    """The step itself if it has a slot, else the first ones with a slot that are worked from it."""
    slots = {derivation.index[slot.step] for slot in derivation.slots}
    found: list[int] = []
    hidden = {position}
    if position in slots:
        return [position]
    for later, program in enumerate(derivation.programs):
        if program is not None and not hidden.isdisjoint(program.reads):
            (found.append if later in slots else hidden.add)(later)
    return found


def _names(
    derivation: Derivation,
    position: int,
    seen: int,
    misconception: str,
    made: Mapping[int, Program],
    catalogue: Catalogue,
) -> tuple[str, ...]:
    if not misconception or position not in made:
        return ()
    classes = slips_at if seen == position else mistakes_reaching
    # Of what is made at several steps inside one box all is seen together.
    inside = {at for at in steps_inside(derivation, seen) if derivation.steps[at].name in derivation.inside}
    together = {at: program for at, program in made.items() if at == position or at in inside}
    for equivalent in classes(derivation, seen, catalogue):
        if any(dict(mistake.exchanged) == together for mistake in equivalent.mistakes):
            return equivalent.misconceptions
    return (misconception,)
