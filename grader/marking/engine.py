"""Marking: verdicts and marks for a batch of submissions, as array code over (submissions × slots).

Blank and unreadable slots are settled by their reading, and what lies in its honest range is correct; only the
submissions that still have open slots go on to the arrangement of their columns and to the stages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from grader.marking.arranging import arrange
from grader.marking.as_read import MORE, explain
from grader.marking.bare import is_one_mistake, misread_bare, mistakenly_bare
from grader.marking.batch import Answers, Batch, Key, Reference, Rows
from grader.marking.classmates import Classmates
from grader.marking.coarse import CoarseRanges
from grader.marking.columns import Arrangement, answered_columns, in_path_order, in_written_order, note_missing
from grader.marking.misreadings import Misread
from grader.marking.other_layouts import other_sign, with_own_sign
from grader.marking.own import OwnNumbers
from grader.marking.slot_view import SlotView
from grader.marking.stages import STAGES, Blame, Blames, nobody_to_blame
from grader.marking.support import (
    Unsupported,
    lone_slots,
    steps_with,
    support,
    ticks_show_work,
    worked_from_sheet,
)
from grader.marking.verdict import SILENT, SOUND, Verdict, among, are
from grader.reading.number import BLANK, UNREADABLE
from grader.rubrics.sets import earned_by_ticks, tick_columns
from grader.rubrics.shares import Shares
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.kinds import KINDS
from question_bank.expressions.names import Name
from question_bank.expressions.precision import Array, BoolArray
from question_bank.expressions.program import silent
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.mistakes import Catalogue, two_slips_at


@dataclass(frozen=True, slots=True, eq=False)
class MarkedBatch:
    """What was said about a batch; arrays are (submissions, slots) in the order in which the slots were written.

    `ticks` were earned out of `worth`. `blames` says what a misconception or a slip of the pen is put down to.
    `misread` says of a submission which of the givens were misread. `unsupported` (submissions,) is the reason where
    what follows from own numbers is not paid, and `whose` the number of the classmate's question that they come from,
    -1 for nobody's. `arrangement` says which path every column was taken for, of `path_count` and perhaps one to spare.
    `turned` (submissions,) are those whose error terms were taken for those of the other sign.
    """

    verdicts: NDArray[np.uint8]
    ticks: NDArray[np.int64]
    worth: NDArray[np.int64]
    blames: dict[tuple[int, int], Blame]
    misread: dict[int, Misread]
    unsupported: NDArray[np.uint8]
    whose: NDArray[np.intp]
    arrangement: Arrangement
    path_count: int
    turned: BoolArray


# What is infinite or undefined lies in no range, which is asked wherever it matters.
@silent()
def mark_batch(
    derivation: Derivation,
    answers: Answers,
    key: Key,
    reference: Callable[[Rows], Reference],
    shares: Shares | None = None,
    catalogue: Catalogue = CATALOGUE,
    only: Sequence[int] | None = None,
    classmates: Callable[[Rows], Classmates] | None = None,
    supported: BoolArray | None = None,
) -> MarkedBatch:
    """Mark submissions to questions of one derivation.

    `reference(rows)` gives the right working of some of the submissions; it is asked only for those that have
    something other than right numbers and blanks in them. With `only`, nothing need be looked for beyond the honest
    range at other slots than these (by number, as written): what is said about those may be no more than `WRONG`,
    columns get no notes, and no misreading is looked for. With `classmates(rows)`, asked for the same submissions,
    numbers are known that are another student's. `supported` (submissions,) is true where a person has seen that what
    follows was worked.
    """
    shares = shares or Shares()
    turned = other_sign(derivation, answers, key)
    answers = with_own_sign(derivation, answers, turned)
    verdicts = settled(answers, key)
    ticks = np.where(are(verdicts, Verdict.CORRECT), key.worth, 0)
    worth = key.worth.copy()
    count = len(answers.values)
    arrangement = Arrangement.as_written(derivation, count)
    unsupported, whose = np.zeros(count, np.uint8), np.full(count, -1, np.intp)
    blames: dict[tuple[int, int], Blame] = {}
    misread: dict[int, Misread] = {}
    rows = np.flatnonzero(are(verdicts, Verdict.WRONG).any(axis=1) | _out_of_place(derivation, verdicts))
    if len(rows):
        batch = Batch(answers.take(rows), key.take(rows), reference(rows))
        coarse = CoarseRanges(batch.reference)
        found = arrange(batch, coarse, shares, catalogue, with_notes=only is None)
        ordered = Batch(in_path_order(batch.answers, derivation, found.sources), batch.key, batch.reference)
        known = _Known(
            shares,
            catalogue,
            None if classmates is None else classmates(rows),
            np.zeros(len(rows), dtype=bool) if supported is None else supported[rows],
        )
        here = range(len(derivation.slots)) if only is None or not found.as_it_stands else only
        judged = _judge(ordered, coarse, known, here)
        part = _paid(judged, known)
        found_misread = {} if only is not None else _as_misread(judged, known, part)
        _as_twice_mistaken(judged, known, part)
        part_ticks = np.where(_moved(derivation, found), _part_of(part.ticks, shares.swapped), part.ticks)
        verdicts[rows] = in_written_order(part.verdicts, derivation, found)
        ticks[rows] = in_written_order(part_ticks, derivation, found)
        worth[rows] = in_written_order(batch.key.worth, derivation, found)
        unsupported[rows], whose[rows] = part.unsupported, part.whose
        arrangement.put(rows, found)
        slot_of = in_written_order(np.tile(np.arange(len(derivation.slots)), (len(rows), 1)), derivation, found)
        for row, one in found_misread.items():
            places = np.flatnonzero(np.isin(slot_of[row], one.slots))
            misread[int(rows[row])] = replace(one, slots=tuple(places.tolist()))
        named = np.nonzero(among(verdicts[rows], (Verdict.MISCONCEPTION, Verdict.SLIP)))
        told = in_written_order(part.blames, derivation, found)[named].tolist()
        blames.update(zip(zip(rows[named[0]].tolist(), named[1].tolist(), strict=True), told, strict=True))
    note_missing(arrangement, answered_columns(answers, derivation), len(derivation.paths))
    if shares.working == "optional":
        asked = [at for at, slot in enumerate(derivation.slots) if slot.step in derivation.answers]
        right = are(verdicts[:, asked], Verdict.CORRECT).all(axis=1)
        ticks[right] = worth[right]
    paths = len(derivation.paths)
    return MarkedBatch(verdicts, ticks, worth, blames, misread, unsupported, whose, arrangement, paths, turned)


def settled(answers: Answers, key: Key) -> NDArray[np.uint8]:
    """Verdicts by reading and honest range alone; what is left open is `WRONG`: (submissions, slots)."""
    verdicts = np.full(answers.values.shape, Verdict.WRONG, np.uint8, order="F")
    verdicts[answers.statuses == BLANK] = Verdict.BLANK
    verdicts[answers.statuses == UNREADABLE] = Verdict.UNREADABLE
    verdicts[key.holds(answers.values)] = Verdict.CORRECT
    return verdicts


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """By what submissions are marked, apart from their questions."""

    shares: Shares
    catalogue: Catalogue
    classmates: Classmates | None
    supported: BoolArray
    twice: bool = False
    """Whether two known mistakes in one number are looked for, too."""

    def take(self, rows: Rows) -> _Known:
        """The same for some of the submissions."""
        classmates = None if self.classmates is None else self.classmates.take(rows)
        return replace(self, classmates=classmates, supported=self.supported[rows])


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """What stands in the boxes of a batch, each judged by itself, before it is asked whether a sheet shows work.

    Arrays are (submissions, slots); `ticks` are those earned so far, `explained` is true where a number is right, paid,
    or a known mistake. Only these `slots` were looked at.
    """

    batch: Batch
    coarse: CoarseRanges
    slots: Sequence[int]
    verdicts: NDArray[np.uint8]
    explained: BoolArray
    ticks: NDArray[np.int64]
    blames: Blames

    def take(self, rows: Rows) -> _Judged:
        """The same of some of the submissions."""
        return _Judged(
            self.batch.take(rows),
            self.coarse.take(rows),
            self.slots,
            self.verdicts[rows],
            self.explained[rows],
            self.ticks[rows],
            self.blames[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _MarkedPart:
    verdicts: NDArray[np.uint8]
    ticks: NDArray[np.int64]
    blames: Blames
    unsupported: NDArray[np.uint8]
    whose: NDArray[np.intp]


def _judge(batch: Batch, coarse: CoarseRanges, known: _Known, slots: Sequence[int]) -> _Judged:
    """What stands in the boxes, looked at once more where a bare number is one mistake like any other."""
    judged = _each_judged(batch, coarse, known, slots)
    rows, bare, ruled = mistakenly_bare(batch, judged.verdicts, judged.explained)
    if not len(rows):
        return judged
    before = judged.take(rows)
    after = _each_judged(before.batch, before.coarse, known, slots, bare)
    mistaken = is_one_mistake(before.batch, bare, ruled, before.verdicts, before.explained, after.explained)
    for name in ("verdicts", "explained", "ticks", "blames"):
        getattr(judged, name)[rows[mistaken]] = getattr(after, name)[mistaken]
    return judged


def _each_judged(
    batch: Batch, coarse: CoarseRanges, known: _Known, slots: Sequence[int], bare: BoolArray | None = None
) -> _Judged:
    """The same of every box by itself; `bare` (submissions, slots) numbers are taken for mistakes like any other."""
    verdicts = settled(batch.answers, batch.key)
    explained: BoolArray = are(verdicts, Verdict.CORRECT)
    ticks = np.where(explained, batch.key.worth, 0)
    blames = nobody_to_blame(verdicts.shape)
    own = OwnNumbers(batch)

    def view_of(at: int, rows: Rows) -> SlotView:
        return SlotView(batch, own, coarse, at, rows, known.catalogue)

    own.misread_bare = (lambda: bare) if bare is not None else lru_cache(lambda: misread_bare(batch, view_of))
    for at in slots:
        # A column by itself: NumPy is slow to index two axes at once.
        verdict, earns, tick, worth = verdicts[:, at], explained[:, at], ticks[:, at], batch.key.worth[:, at]
        rows = np.flatnonzero(are(verdict, Verdict.WRONG))
        view = SlotView(batch, own, coarse, at, rows, known.catalogue, explained)
        for stage in STAGES:
            if stage.of_numbers and batch.derivation.forms[at] != "number":
                continue
            rows = view.rows
            if not len(rows):
                break
            if stage.verdict == Verdict.SLIP:
                own.unexplained[at] = view
            ruling = stage.judge(view)
            if not np.count_nonzero(ruling.holds):
                continue
            held = np.flatnonzero(ruling.holds)
            here = rows[held]
            verdict[here] = stage.verdict
            paid = rows[np.flatnonzero(ruling.holds & ruling.earns)]
            earns[paid] = True
            meant = ruling.holds
            if stage.verdict == Verdict.MISCONCEPTION:
                # A turned sign may be the pen's as well, so that one went on with the other.
                low, high = view.followed
                meant = ruling.holds & view.holds((-high, -low))
            if stage.verdict in (Verdict.SLIP, Verdict.MISCONCEPTION) and np.count_nonzero(meant):
                own.slip(at, rows[np.flatnonzero(meant)], view.only(meant).followed)
            tick[paid] = _part_of(worth[paid], known.shares.of(stage.verdict.word))
            if ruling.blames is not None:
                blames[:, at][here] = ruling.blames[held]
            view = view.only(~ruling.holds)
    return _Judged(batch, coarse, slots, verdicts, explained, ticks, blames)


def _paid(judged: _Judged, known: _Known) -> _MarkedPart:
    """What is paid of what was judged, whatever is written into that later on."""
    batch, coarse = judged.batch, judged.coarse
    own = OwnNumbers(batch)

    def is_twice_mistaken(rows: Rows, at: int) -> BoolArray:
        return SlotView(batch, own, coarse, at, rows, known.catalogue).is_twice_mistaken

    twice = is_twice_mistaken if known.twice else None
    found = support(batch, judged.verdicts, judged.explained, judged.blames, known.classmates, twice)
    ticks = np.where(found.withheld & ~known.supported[:, None], 0, judged.ticks)
    _pay_sets(batch, judged.verdicts, ticks, known.supported | ticks_show_work(batch, judged.verdicts, judged.blames))
    unsupported = np.where(known.supported, Unsupported.NO, found.reasons)
    return _MarkedPart(judged.verdicts.copy(order="K"), ticks, judged.blames.copy(), unsupported, found.whose)


def _pay_sets(batch: Batch, verdicts: NDArray[np.uint8], ticks: NDArray[np.int64], worked: BoolArray) -> None:
    """Put into `ticks` what sets earn; where they show no work, what is counted along them follows from nothing."""
    derivation = batch.derivation
    if not len(columns := tick_columns(derivation.forms)):
        return
    ticks[:, columns] = earned_by_ticks(derivation.forms, batch.answers.values, batch.key.low, batch.key.worth)
    counted = np.array([KINDS[derivation.step(slot.step).kind].counted for slot in derivation.slots])
    counted[columns] = False
    ticks[~worked[:, None] & counted & ~are(verdicts, Verdict.CORRECT)] = 0


def _as_misread(judged: _Judged, known: _Known, part: _MarkedPart) -> dict[int, Misread]:
    """Put into `part` what is right on the givens as they were read, where a misreading explains a sheet.

    A misreading costs once, and no more than the boxes in which it was made; where a habit of the catalogue explains as
    much, whichever costs less counts, and both are named.
    """
    batch = judged.batch
    derivation = batch.derivation
    # Wrong in itself, whether or not it is known how.
    struck = ~among(part.verdicts, (*SOUND, *SILENT))
    open_to, least = np.ones(len(struck), dtype=bool), MORE
    if lone := lone_slots(derivation):
        # Who misread what that is worked from has worked nothing else from it.
        open_to = (part.unsupported == Unsupported.NOTHING_WORKED) & struck[:, lone].any(axis=1)
        least = 1
    wrong = steps_with(derivation, struck)
    rows = np.flatnonzero((wrong >= least) & open_to)
    if not len(rows):
        return {}
    sound = among(part.verdicts, SOUND)
    unnamed = ~are(part.verdicts, Verdict.MISCONCEPTION)
    found = explain(batch.take(rows), struck[rows], sound[rows], unnamed[rows], least)
    # Another student's values are no misreading of one's own, unless it explains all that is wrong, and not all is that
    # student's: a number that was taken for another may be somebody's given by chance.
    own = part.whose[rows] < 0
    if known.classmates is not None and not own.all():
        own |= (found.gain >= wrong[rows]) & ~known.classmates.is_whole(batch.answers.take(rows), part.whose[rows])
    enough = np.flatnonzero((found.gain >= least) & own)
    rows, found = rows[enough], found.take(enough)
    habit = np.array([_most_by_one_habit(derivation, part.blames[row]) for row in rows], dtype=np.intp)
    named = np.flatnonzero(found.gain >= habit)
    if not len(named):
        return {}
    rows, found, both = rows[named], found.take(named), (found.gain < habit + least)[named]
    some = batch.take(rows)
    as_read = Batch(some.answers, some.key, found.reference(some.reference))
    marked = _paid(_judge(as_read, CoarseRanges(as_read.reference), known.take(rows), judged.slots), known.take(rows))
    # What was not seen in a sum is seen elsewhere: the weight that is updated, say.
    explains = np.array([one.kind == "left_out" for one in found.misreadings])
    if lone:
        explains = np.any(are(marked.verdicts[:, lone], Verdict.FOLLOW_THROUGH), axis=1)
    if explains.any():
        worked = replace(known.take(rows), supported=explains)
        _take_better(marked, _paid(judged.take(rows), worked), explains)
    made = struck[rows] & are(marked.verdicts, Verdict.FOLLOW_THROUGH)
    ticks = marked.ticks - _cost(some.key.worth, part.ticks[rows], marked.ticks, made, known.shares)
    better = ticks.sum(axis=1) >= part.ticks[rows].sum(axis=1)
    misread: dict[int, Misread] = {}
    for at, row in enumerate(rows.tolist()):
        if not better[at] and not both[at]:
            continue
        misread[row] = Misread(found.misreadings[at], tuple(np.flatnonzero(made[at]).tolist()))
        if not better[at]:
            continue
        # What a habit explains as well is named by it, too.
        kept = both[at] & made[at] & part.blames[row].astype(bool)
        part.verdicts[row] = np.where(kept, Verdict.MISCONCEPTION, marked.verdicts[at])
        part.blames[row] = np.where(kept, part.blames[row], marked.blames[at])
        part.ticks[row] = ticks[at]
        part.unsupported[row], part.whose[row] = marked.unsupported[at], marked.whose[at]
    return misread


def _as_twice_mistaken(judged: _Judged, known: _Known, part: _MarkedPart) -> None:
    """Put into `part` what rests on two known mistakes in one number, of sheets that show no work otherwise."""
    batch, every = judged.batch, range(len(judged.batch.derivation.slots))
    if not any(two_slips_at(batch.derivation, at, known.catalogue) for at in worked_from_sheet(batch.derivation)):
        return
    rows = np.flatnonzero(part.unsupported == Unsupported.NOTHING_WORKED)
    if not len(rows):
        return
    some = replace(known.take(rows), twice=True)
    if len(judged.slots) == len(every):
        marked = _paid(judged.take(rows), some)
    else:
        # Whether a sheet shows work hangs on all of its boxes.
        marked = _paid(_judge(batch.take(rows), judged.coarse.take(rows), some, every), some)
    shown = marked.unsupported != Unsupported.NOTHING_WORKED
    for name in ("verdicts", "ticks", "blames", "unsupported", "whose"):
        getattr(part, name)[rows[shown]] = getattr(marked, name)[shown]


def _take_better(part: _MarkedPart, other: _MarkedPart, here: BoolArray) -> None:
    """Put into `part` what earns more in `other`, slot by slot, of the submissions that are `here`."""
    for row, at in np.argwhere((other.ticks > part.ticks) & here[:, None]).tolist():
        part.verdicts[row, at], part.ticks[row, at] = other.verdicts[row, at], other.ticks[row, at]
        part.blames[row, at] = other.blames[row, at]


def _cost(
    worth: NDArray[np.int64], before: NDArray[np.int64], after: NDArray[np.int64], made: BoolArray, shares: Shares
) -> NDArray[np.int64]:
    """What a misreading takes off the boxes in which it was made, all alike in parts of what it saved there."""
    saved = np.where(made, np.maximum(after - before, 0), 0)
    whole = saved.sum(axis=1)
    cost = np.minimum(np.rint(worth.sum(axis=1) * shares.misreading), whole)
    return _part_of(saved, (cost / np.maximum(whole, 1))[:, None])


def _most_by_one_habit(derivation: Derivation, blames: Blames) -> int:
    """How many steps of a submission are put down to one and the same misconception: blames are (slots,)."""
    steps: defaultdict[str, set[Name]] = defaultdict(set)
    for slot, blame in zip(derivation.slots, blames, strict=True):
        for name in blame.misconceptions if blame else ():
            steps[name].add(slot.step)
    return max(map(len, steps.values()), default=0)


def _part_of(ticks: NDArray[np.int64], share: float | Array) -> NDArray[np.int64]:
    earned: NDArray[np.int64] = np.rint(ticks * share).astype(np.int64)
    return earned


def _out_of_place(derivation: Derivation, verdicts: NDArray[np.uint8]) -> BoolArray:
    # A column to spare may hold what another was left blank for.
    spare = [at for at, slot in enumerate(derivation.slots) if slot.spare]
    out: BoolArray = np.any(are(verdicts[:, spare], Verdict.CORRECT), axis=1)
    return out


def _moved(derivation: Derivation, found: Arrangement) -> BoolArray:
    """True at the slots of paths that stand in a column with another heading: (submissions, slots) by path."""
    moved = np.zeros((len(found.sources), len(derivation.slots)), dtype=bool)
    if derivation.layout.paths == "given":
        for at, slot in enumerate(derivation.slots):
            if slot.path is not None:
                moved[:, at] = found.sources[:, slot.path - 1] != slot.path - 1
    return moved
