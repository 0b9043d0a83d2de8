"""The stages of marking, in their order: each looks at one slot where it is still open.

A stage is one row of `STAGES`: the verdict that it gives, and a function that says where it gives it, where that
earns its share, and what it is put down to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import is_bare
from grader.marking.mistaken import Mistaken, distance_to
from grader.marking.slot_view import SlotView
from grader.marking.verdict import Verdict
from question_bank.derivations.kinds import KINDS
from question_bank.derivations.steps import Step
from question_bank.expressions.expression import Call
from question_bank.expressions.interval import Interval
from question_bank.expressions.precision import COMPARISON_SLACK, EXACT_DECIMALS, Array, BoolArray
from question_bank.expressions.program import OnDemand
from question_bank.misconceptions.mistakes import EquivalenceClass
from question_bank.misconceptions.slips import SLIPS, slip_codes

_EARLY_WIDTH = 0.1
"""Half-width over value up to which a value rounded early is told from a wrong one."""

_WIDEST = 0.5
"""Half-width over value up to which a range says something, where all that goes into it is explained."""

_DUST = 1e-14
"""What binary floats make of a written 0 or 1."""

_FEWER_PLACES = (1, 2)

_LESS_THAN_ONE, _HALF = 1.0 - COMPARISON_SLACK, 0.5 + COMPARISON_SLACK
"""Units of the last place within which a number lies that was cut off to it, and that was rounded to it."""

_SUMS = ("preactivation", "sum", "gradient")
"""Kinds of steps that add up: a 0 among their terms leaves the others as they are. So does a circuit's + or −."""

_BITS = 62
"""Classes that one number holds as bits."""

_CUT_WIDTH = 2.0
"""How much wider than an honest range one may be in which every step was cut off: at each a whole unit, not a half."""


@dataclass(frozen=True, slots=True)
class Blame:
    """What a mistaken value is put down to: every misconception that could be meant, or every slip of the pen.

    `tied`: more than one equivalence class gives it, so that it is not known which.
    """

    misconceptions: tuple[str, ...] = ()
    tied: bool = False
    slips: tuple[str, ...] = ()

    @property
    def causes(self) -> tuple[str, ...]:
        """The ids, whichever they are of."""
        return self.misconceptions + self.slips


Blames = NDArray[np.object_]
"""Of every value the `Blame` that it is put down to, or None."""


def nobody_to_blame(shape: tuple[int, ...]) -> Blames:
    """Nothing put down to anything yet."""
    return np.full(shape, None)


_SLIPPED = np.array([None, *(Blame(slips=(kind,)) for kind in SLIPS)])
"""What the codes of slips put a value down to."""


@dataclass(frozen=True, slots=True, eq=False)
class Ruling:
    """Where a stage's verdict holds and where it earns, and what each value is put down to, all (rows,)."""

    holds: BoolArray
    earns: BoolArray
    blames: Blames | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One question that marking asks of every open slot, or (`of_numbers`) of those alone that hold a number.

    A tick and a picked line are right, a known mistake, or wrong: they follow from nothing, and no pen slips in them.
    """

    verdict: Verdict
    judge: Callable[[SlotView], Ruling]
    of_numbers: bool = True


def follow_through(view: SlotView) -> Ruling:
    """Right for the student's own numbers; earned only where that shows that something was worked out."""
    holds = view.holds(view.followed)
    return Ruling(holds, _and_shows_work(view, holds))


def follow_what_was_meant(view: SlotView) -> Ruling:
    """Right for what was meant in an earlier box, where a slip of the pen wrote something else."""
    low, high = view.followed_as_meant
    holds = view.holds((low, high))
    earns = np.zeros_like(holds)
    if np.count_nonzero(holds):
        few = view.only(holds)
        few.followed = low[holds], high[holds]
        earns[holds] = _shows_work(few)
    return Ruling(holds, earns)


def _and_shows_work(view: SlotView, holds: BoolArray) -> BoolArray:
    """Those of some rows that show work as well; the others' is not looked at."""
    shows = np.zeros_like(holds)
    if np.count_nonzero(holds):
        shows[holds] = _shows_work(view.only(holds))
    return shows


def _shows_work(view: SlotView) -> BoolArray:
    """Certification's rules 1 and 3 on the student's numbers: finite, narrow, no plain copy, and no 0 from nowhere.

    Narrow beside the right value will do as well: after a lost sign, terms may all but cancel, and what is left is
    small beside its rounding, or 0, through no fault of whoever added it up. And so will what is made of own numbers
    that each are explained, one of which may have few digits left (an output of 0.0010); of a product's, one need not.
    """
    low, high = view.followed
    shows: BoolArray = np.isfinite(high - low)
    if KINDS[view.step.kind].counted:
        return shows  # few and small numbers, that ticks speak for: see `engine`
    # What comes to a few units of its last place is as narrow as it can be written.
    size = np.maximum(np.abs(0.5 * (low + high)), view.size)
    half = 0.5 * (high - low)
    narrow = half <= np.maximum(view.limit * size, view.unit)
    wide = ~narrow & shows & ((half <= _WIDEST * size) | _comes_of_what_is_written(view))
    if np.count_nonzero(wide):
        narrow |= wide & _all_explained(view)
    # A slope that is 0 or 1: at an output written as 0, rounding leaves it open which.
    shows &= narrow | (view.step.exact & (low == 0) & (high == 1))
    nothing = (low <= 0) & (high >= 0)
    if np.count_nonzero(nothing):
        shows &= ~(nothing & _any_bare(view, view.program.reads))
    for position in view.program.reads:
        copied = _same_size(view.values, _middle(view.own[position]), view.unit)
        if not np.count_nonzero(copied):
            continue
        # Where the reference is a copy as well (one path's sum, an identity's slope, a target of 0), it has to be.
        # A sum of which all terms but one are 0 is a copy of that one, whichever the student took it to be.
        added = view.step.role == "gradient" and not view.step.is_product
        for place in view.program.reads if added else (position,):
            copied &= ~_same_size(view.right, view.reference_value(place), view.unit)
        others = [other for other in view.program.reads if other != position]
        shows &= ~(copied & _any_bare(view, others))
    return shows


def _any_bare(view: SlotView, positions: Sequence[int]) -> BoolArray:
    """True where one of the student's inputs is 0, 1 or -1, should not be, and is neither known nor follows.

    Such a number makes a 0 of everything, or a copy of another input; in a sum only if no other number than such stands
    there. Without one, that a value is as large as an input (0.36 - 0.18, the sigmoid of 0.659) is by chance; and what
    is built upon a 0 that follows from own numbers, or that a known mistake gives, was worked like anything else.
    """
    bare = np.zeros(len(view.values), dtype=bool)
    nothing_else = np.ones_like(bare)
    for position in positions:
        if view.is_given(position):
            continue
        own, right = np.abs(_middle(view.own[position])), np.abs(view.reference_value(position))
        here, other = np.zeros_like(bare), np.ones_like(bare)
        comes = _comes_of_bare(view, position)
        for number in (0.0, 1.0):
            # What is written as another number is none: 0.000000003 was worked out.
            there = np.abs(own - number) <= (_DUST if comes is None else view.unit)
            if comes is not None:
                there &= comes
            here |= there & (np.abs(right - number) > view.unit)
            other &= ~there
        if np.count_nonzero(here):
            here &= ~view.is_explained(position)
        if np.count_nonzero(here):
            bare |= here & ~view.is_misread_bare(position)
        nothing_else &= ~other
    return bare & nothing_else if _adds_up(view.step) else bare


def _comes_of_bare(view: SlotView, position: int) -> BoolArray | None:
    """Where what has no box of its own is worked from a written 0 or 1, or from no box at all; None if it has one."""
    if view.is_written(position):
        return None
    program = view.derivation.programs[position]
    boxes = [read for read in program.reads if view.is_written(read)] if program else []
    sizes = [np.abs(_middle(view.own[read])) for read in boxes]
    found = np.full(len(view.values), not boxes)
    for size in sizes:
        found |= (size <= _DUST) | (np.abs(size - 1) <= _DUST)
    return found


def _adds_up(step: Step) -> bool:
    formula = step.formula
    added = step.kind == "operation" and isinstance(formula, Call) and formula.operation in ("add", "sub")
    return added or step.kind in _SUMS


def _all_explained(view: SlotView) -> BoolArray:
    """True where every own number that goes into this one is right, follows, or is a known mistake.

    Of a product's two factors or more, one need not be.
    """
    own = [position for position in view.program.reads if not view.is_given(position)]
    unexplained = sum((~view.is_explained(position)).astype(int) for position in own)
    explained: BoolArray = unexplained <= np.full(len(view.values), len(own) > 2 and view.step.is_product)
    return explained


def _comes_of_what_is_written(view: SlotView) -> BoolArray:
    """True where own numbers give the response just as they are written: 0 times 82664, say, which leaves it open."""
    values = view.program.values(OnDemand(lambda position: _middle(view.own[position])))
    return np.broadcast_to(_same(view.values, values, view.unit), view.values.shape)


def _middle(interval: Interval) -> Array:
    middle: Array = 0.5 * (interval[0] + interval[1])
    return middle


def _same_size(one: Array, other: Array, unit: Array) -> BoolArray:
    return _same(np.abs(one), np.abs(other), unit)


def _same(one: Array, other: Array, unit: Array) -> BoolArray:
    same: BoolArray = np.abs(one - other) <= (0.5 + COMPARISON_SLACK) * unit
    return same


def cut_off(view: SlotView) -> Ruling:
    """Right but for numbers cut off instead of rounded, here or in what it is worked from.

    At the answer, what comes out over the right numbers counts only where no mistake comes near it.
    """
    holds = np.zeros(len(view.values), dtype=bool)
    for interval in view.cut_off_over_own:
        holds |= view.holds(interval)
    holds = _and_shows_work(view, holds)
    ends = view.step.role in ("gradient", "update")
    # An answer with nothing before it follows from no own numbers.
    doubtful = holds & view.unsupported if ends else np.zeros_like(holds)
    doubtful |= ~holds & _narrowly(view, view.cut_off_over_reference)
    if ends and np.count_nonzero(doubtful):
        # Those that have nothing before them are held against the same mistakes by the next stage.
        few, both = view.only(doubtful), view.only(doubtful | view.unsupported)
        mistaken = both.mistaken_from_start.take(np.searchsorted(both.rows, few.rows))
        doubtful[doubtful] = ~mistaken.meet(few.cut_off_over_reference)
        holds &= ~view.unsupported
    holds |= doubtful
    return Ruling(holds, holds)


def _narrowly(view: SlotView, interval: Interval) -> BoolArray:
    """True where a response lies in a range around the right value that says something."""
    low, high = interval
    held = view.holds(interval)
    if np.count_nonzero(held):
        held &= 0.5 * (high - low) <= _CUT_WIDTH * view.limit * np.abs(view.right)
        held &= (low > 0) | (high < 0)
    return held


def misconception(view: SlotView) -> Ruling:
    """What a catalogued mistaken formula gives: the narrowest range that holds the response, or all that tie.

    Ranges around the same number tie, however wide: on a sheet whose other paths are 0, the one that counts forgotten
    and all of them multiplied both give 0.
    """
    if not np.count_nonzero(view.unsupported):
        return _blame(view, view.mistaken)
    holds, blames = np.zeros(len(view.values), dtype=bool), nobody_to_blame(view.values.shape)
    # Where only the result was written, it is held against each mistake made anywhere from the start on.
    for here, from_start in ((view.unsupported, True), (~view.unsupported, False)):
        if np.count_nonzero(here):
            few = view.only(here)
            found = _blame(few, few.mistaken_from_start if from_start else few.mistaken)
            holds[here], blames[here] = found.holds, found.blames
    return Ruling(holds, holds, blames)


def slip(view: SlotView) -> Ruling:
    """A slip of the pen: what would have been right, or right for own numbers, in another sign, place or order.

    A bare 0 or 1 is one by itself only: whoever has several of them did not lose a digit.
    """
    if KINDS[view.step.kind].form != "number":
        # Of a tick, or of the number of a line, there is nothing that the pen could have made another one of.
        nothing = np.zeros(len(view.values), dtype=bool)
        return Ruling(nothing, nothing, nobody_to_blame(view.values.shape))
    codes = slip_codes(view.values, view.unit, view.accepted, view.beside, exact=view.precision.exact)
    if view.precision.exact and codes.any():
        codes[_rounded_at_all(view).holds] = 0  # of an exact number the end was not dropped, but rounded away
    bare = (codes > 0) & is_bare(view.values)
    if np.count_nonzero(bare):
        bare[bare] = ~view.only(bare).alone_bare
        codes[bare] = 0
    return Ruling(codes > 0, codes > 0, _SLIPPED[codes])


def is_mistake(view: SlotView) -> BoolArray:
    """True where a mistaken formula of this slot gives the response: (rows,)."""
    found: BoolArray = np.any(view.mistaken.held(view.values, view.slack), axis=0)
    return found


def _blame(view: SlotView, mistaken: Mistaken) -> Ruling:
    blames = nobody_to_blame(view.values.shape)
    held = mistaken.held(view.values, view.slack)
    holds: BoolArray = np.any(held, axis=0)
    if not np.count_nonzero(holds):
        return Ruling(holds, holds, blames)
    # Most ranges hold nothing: what follows is about (several,) ranges that each hold a response, row by row.
    which, row = held.nonzero()
    low, high, of = mistaken.low[which, row], mistaken.high[which, row], mistaken.of[which]
    width = high - low
    # Of each class the narrowest, and between equals the first.
    order = np.lexsort((width, of, row))
    order = order[_begins(row[order], of[order])]
    row, of, width, middle = row[order], of[order], width[order], 0.5 * (low[order] + high[order])
    first = np.flatnonzero(_begins(row))
    numbers = np.cumsum(_begins(row)) - 1
    narrowest = np.minimum.reduceat(width, first)[numbers]
    best = np.flatnonzero(width == narrowest)
    best = best[_begins(row[best])]
    # Ranges are equally wide, and in the same place, up to the dust of binary floats.
    tie = width <= narrowest * (1 + 1e-9) + 1e-15
    tie |= np.abs(middle - middle[best][numbers]) <= COMPARISON_SLACK * view.unit[row]
    known: dict[tuple[int, ...], Blame] = {}

    def blame_on(classes: tuple[int, ...]) -> Blame:
        if classes not in known:
            known[classes] = _blame_on([mistaken.classes[number] for number in classes])
        return known[classes]

    several = np.add.reduceat(tie, first, dtype=np.intp) > 1
    alone = of[best[~several]]
    # Few classes are meant, each in many rows.
    by_class = np.full(len(mistaken.classes), None)
    for number in set(alone.tolist()):
        by_class[number] = blame_on((number,))
    blames[row[best[~several]]] = by_class[alone]
    if len(mistaken.classes) <= _BITS:
        # Which classes tie, as bits: few sets of them are ever meant.
        tied = np.bitwise_or.reduceat(np.where(tie, np.left_shift(1, of), 0), first)[several]
        sets, set_of = np.unique(tied, return_inverse=True)
        by_set = np.full(len(sets), None)
        for number, bits in enumerate(sets.tolist()):
            by_set[number] = blame_on(tuple(at for at in range(len(mistaken.classes)) if bits >> at & 1))
        blames[row[first[several]]] = by_set[set_of]
        return Ruling(holds, holds, blames)
    ends = np.append(first[1:], len(row))
    for begin, end in zip(first[several].tolist(), ends[several].tolist(), strict=True):
        blames[row[begin]] = blame_on(tuple(of[begin:end][tie[begin:end]].tolist()))
    return Ruling(holds, holds, blames)


def _begins(*columns: NDArray[np.intp]) -> BoolArray:
    """Where another entry begins, of columns of entries in order."""
    begins = np.ones(len(columns[0]), dtype=bool)
    begins[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return begins


def _blame_on(classes: Sequence[EquivalenceClass]) -> Blame:
    names = dict.fromkeys(name for equivalent in classes for name in equivalent.misconceptions)
    return Blame(tuple(names), len(classes) > 1)


def rounded_early(view: SlotView) -> Ruling:
    """What fewer recorded places, or rounding inside the box, would give, where no misconception comes near that."""
    if view.precision.exact:
        return _rounded_at_all(view)
    holds = np.zeros(len(view.values), dtype=bool)
    candidates = [(view.unit, view.stepwise)]
    for fewer in _FEWER_PLACES:
        if (reduced := view.with_fewer_places(fewer)) is not None:
            unit, ranges = reduced
            candidates += [(unit, interval) for interval in ranges]
    for unit, (low, high) in candidates:
        tells = (unit <= np.abs(view.right)) & (0.5 * (high - low) <= _EARLY_WIDTH * np.abs(view.right))
        found = view.holds((low, high)) & tells
        if np.count_nonzero(found):
            holds |= found & ~view.told_apart.meet((low, high))
    return _nearer_than_mistakes(view, holds)


def _rounded_at_all(view: SlotView) -> Ruling:
    """A decimal of fewer places than the exact number that is right, or right for own numbers: rounded or cut to them.

    To a whole number nothing is rounded: of those, each is near some other by chance.
    """
    holds = np.zeros(len(view.values), dtype=bool)
    whole = np.abs(view.values - np.rint(view.values)) <= view.slack
    for right in (_middle(view.honest), _middle(view.followed)):
        error = np.abs(view.values - right)
        for places in range(1, EXACT_DECIMALS + 1):
            written = view.values * 10.0**places
            holds |= (
                (np.abs(written - np.rint(written)) <= COMPARISON_SLACK)
                & (error < np.where(np.abs(view.values) < np.abs(right), _LESS_THAN_ONE, _HALF) * 10.0**-places)
                & (error <= _EARLY_WIDTH * np.abs(right))
            )
    return _nearer_than_mistakes(view, holds & ~whole)


def _nearer_than_mistakes(view: SlotView, holds: BoolArray) -> Ruling:
    if np.count_nonzero(holds):
        # No mistake comes as near to the response as what is right, or right for own numbers, does.
        right = np.minimum(*(distance_to(interval, view.values) for interval in (view.honest, view.followed)))
        holds &= ~view.told_apart.as_near(view.values, right)
    return Ruling(holds, holds)


STAGES: tuple[Stage, ...] = (
    Stage(Verdict.FOLLOW_THROUGH, follow_through),
    Stage(Verdict.FOLLOW_THROUGH, follow_what_was_meant),
    Stage(Verdict.CUT_OFF, cut_off),
    Stage(Verdict.MISCONCEPTION, misconception, of_numbers=False),
    Stage(Verdict.SLIP, slip),
    Stage(Verdict.ROUNDED_EARLY, rounded_early),
)
"""What becomes of a number outside the honest range, in this order; what no stage takes is wrong."""
