"""Submissions that fit another student's sheet: a swapped sheet, a wrong name, or numbers taken from a neighbour.

Every submission that is mostly wrong on its own sheet is held against the keys of all others who were asked the same
thing, in arrays (submissions, keys, slots). What counts is a box whose number is wrong on the own sheet and right on
the other one, where the two sheets accept different numbers. A pair is reported where that happens too often for
chance.

How likely a box fits by chance is taken from the class: how often one student's right number is right on another's
sheet, never less than `_RAREST`. Only boxes that bring numbers of the other sheet in are multiplied: one that follows
from boxes that fit already proves nothing new.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.assignments.key_slots import stacked, units
from grader.marking import Verdict
from grader.reading.number import READ
from grader.report.classroom import QuestionForm
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import COMPARISON_SLACK, Array, BoolArray

_MOSTLY_WRONG = 0.5
"""A submission with a larger share of its numbers right on its own sheet is nobody else's."""

_FITTING = 0.6
"""Share of the telling boxes that must fit the other sheet."""

_FEWEST = 4
_RAREST = 1e-4
_CHANCE = 1e-6
"""How many pairs like a reported one a class of this size may bring forth by chance."""

_CELLS = 2_000_000


@dataclass(frozen=True, slots=True)
class LikenessToSheet:
    """One question: the slots that fit the other sheet, of those that can tell; right on the own sheet; written alike.

    `alike` counts the fitting slots in which the other student wrote the same characters (None: handed in nothing).
    """

    question: str
    fits: tuple[str, ...]
    telling: int
    own_right: int
    alike: int | None


@dataclass(frozen=True, slots=True)
class Likeness:
    """A student whose numbers fit the other's sheet, and whether the other's fit this student's (`mutual`).

    `chance` is log10 of the number of such pairs that are to be expected by chance in a class of this size.
    """

    student: str
    other: str
    fits: tuple[LikenessToSheet, ...]
    chance: float
    mutual: bool


def likenesses(forms: Sequence[QuestionForm]) -> list[Likeness]:
    """All pairs, the clearest first; for each student the sheet that fits best."""
    found: defaultdict[tuple[str, str], list[tuple[LikenessToSheet, float]]] = defaultdict(list)
    for form in forms:
        for student, other, fit, chance in _fits(form):
            found[student, other].append((fit, chance))
    sheets = len({handed.student for form in forms for handed in form.handed})
    pairs = math.log10(max(sheets * (sheets - 1), 1))
    best: dict[str, tuple[float, str]] = {}
    for (student, other), several in found.items():
        chance = pairs + sum(part for _, part in several)
        if chance < math.log10(_CHANCE):
            best[student] = min(best.get(student, (0.0, "")), (chance, other))
    return [
        Likeness(
            student,
            other,
            tuple(fit for fit, _ in found[student, other]),
            chance,
            best.get(other, (0.0, ""))[1] == student,
        )
        for student, (chance, other) in sorted(best.items(), key=lambda item: (item[1][0], item[0]))
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Sheets:
    """Accepted numbers of all sheets, with the slack of comparing: (sheets, slots)."""

    low: Array
    high: Array

    @classmethod
    def of(cls, form: QuestionForm) -> _Sheets:
        value, low, high, _ = stacked([handed.slots for handed in form.handed])
        slack = COMPARISON_SLACK * units(form.handed[0].slots.precisions, value)
        return cls(low - slack, high + slack)

    def hold(self, values: Array) -> BoolArray:
        """Whether values (rows, slots) lie in the ranges of every sheet: (rows, sheets, slots)."""
        inside: BoolArray = (values[:, None] >= self.low) & (values[:, None] <= self.high)
        return inside

    def apart(self, rows: NDArray[np.intp]) -> BoolArray:
        """Whether the ranges of some sheets have nothing in common with those of the others: (rows, sheets, slots)."""
        found: BoolArray = (self.low[rows][:, None] > self.high) | (self.high[rows][:, None] < self.low)
        return found


def _fits(form: QuestionForm) -> Iterator[tuple[str, str, LikenessToSheet, float]]:
    if len(form.handed) < 2 or not form.graded:
        return
    sheets = _Sheets.of(form)
    place = {handed.student: number for number, handed in enumerate(form.handed)}
    written = np.array([one.readings for one in form.graded])
    read = np.array([one.statuses for one in form.graded]) == READ
    right = read & np.array([one.verdicts == Verdict.CORRECT for one in form.graded])
    suspect = np.flatnonzero((read.sum(axis=1) >= _FEWEST) & (right.sum(axis=1) <= _MOSTLY_WRONG * read.sum(axis=1)))
    own = np.array([place[form.graded[row].handed.student] for row in suspect.tolist()], np.intp)
    by_chance: Array | None = None
    for rows, mine in _chunks(suspect, own, sheets.low.size):
        telling = sheets.apart(mine) & (read[rows] & ~right[rows])[:, None]
        fitting = sheets.hold(written[rows]) & telling
        count, of = fitting.sum(axis=2), telling.sum(axis=2)
        enough = (count >= _FEWEST) & (count >= _FITTING * of) & (count > right[rows].sum(axis=1)[:, None])
        for row, sheet in np.argwhere(enough).tolist():
            if by_chance is None:
                by_chance = _by_chance(sheets)
            yield _fit(form, int(rows[row]), sheet, fitting[row, sheet], int(of[row, sheet]), right, by_chance)


def _chunks(
    rows: NDArray[np.intp], own: NDArray[np.intp], cells: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    size = max(1, _CELLS // max(cells, 1))
    for start in range(0, len(rows), size):
        yield rows[start : start + size], own[start : start + size]


def _by_chance(sheets: _Sheets) -> Array:
    """How likely a number made for one sheet is accepted by another: (slots,).

    The share of pairs of sheets in which it is, or the part of the class's numbers that a range takes in, whichever is
    greater: the second speaks for small classes.
    """
    middle = (sheets.low + sheets.high) / 2
    count = len(middle)
    hits = np.zeros(middle.shape[1])
    for rows, _ in _chunks(np.arange(count), np.arange(count), middle.size):
        hits += sheets.hold(middle[rows]).sum(axis=(0, 1))
    width = (sheets.high - sheets.low).mean(axis=0)
    reach = np.ptp(middle, axis=0)
    taken = np.divide(width, reach, out=np.ones_like(width), where=reach > 0)
    share = (hits - count) / (count * (count - 1))
    found: Array = np.clip(np.maximum(share, taken), _RAREST, 1.0)
    return found


def _fit(
    form: QuestionForm, row: int, sheet: int, fitting: BoolArray, telling: int, right: BoolArray, by_chance: Array
) -> tuple[str, str, LikenessToSheet, float]:
    one, other = form.graded[row], form.handed[sheet].student
    slots = np.flatnonzero(fitting).tolist()
    neighbour = next((their for their in form.graded if their.handed.student == other), None)
    alike = None
    if neighbour is not None:
        alike = sum(one.responses[at].strip() == neighbour.responses[at].strip() for at in slots)
    names = tuple(one.handed.slots.names[at] for at in slots)
    fit = LikenessToSheet(form.question, names, telling, int(right[row].sum()), alike)
    chance = sum(math.log10(by_chance[at]) for at in _new_evidence(form.derivation, slots))
    return one.handed.student, other, fit, chance


def _new_evidence(derivation: Derivation, slots: Sequence[int]) -> list[int]:
    """Of the slots that fit, those that do not follow from others of them: one for each step that reads a given."""
    fitting = {derivation.index[derivation.slots[at].step]: at for at in reversed(slots)}
    found, common = [], derivation.common_givens
    for position, at in fitting.items():
        for read in derivation.program_of(position).reads:
            step = derivation.steps[read]
            own = step.role == "given" and step.name not in common
            if own or (step.role != "given" and read not in fitting):
                found.append(at)
                break
    return sorted(found)
