"""One slot of a batch, for those submissions in which it is still open: all that the stages ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from grader.marking.batch import Batch, Rows, is_bare
from grader.marking.carried import Carried
from grader.marking.coarse import CoarseRanges, fewer_places
from grader.marking.cutting import cut, perhaps_cut
from grader.marking.exchanged import own_and_right, struck_range, ways_to_exchange
from grader.marking.from_start import ranges_from_start
from grader.marking.mistaken import Mistaken
from grader.marking.neighbours import boxes_beside, boxes_worked_from
from grader.marking.own import Meant, OwnNumbers, column_of, seen_from
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import places_of, recorded, widen
from question_bank.expressions.expression import Call
from question_bank.expressions.interval import Interval, select, shaped
from question_bank.expressions.names import GRADIENT
from question_bank.expressions.precision import COMPARISON_SLACK, Array, BoolArray, Precision
from question_bank.expressions.program import Columns, OnDemand, Program
from question_bank.misconceptions.mistakes import (
    Catalogue,
    Over,
    mistakes_reaching,
    two_slips_at,
)
from question_bank.misconceptions.slips import slip_codes

_DUST = 1e-15
"""What binary floats lose of a sum, as a part of it: it tells where a mistake made numbers of ten digits."""


class SlotView:
    """A slot's values and the ranges that they are held against; arrays are (rows,)."""

    def __init__(
        self,
        batch: Batch,
        own: OwnNumbers,
        coarse: CoarseRanges,
        at: int,
        rows: Rows,
        catalogue: Catalogue,
        explained: BoolArray | None = None,
    ) -> None:
        self._batch, self._coarse, self._catalogue = batch, coarse, catalogue
        self._all_own, self._explained, self._at = own, explained, at
        self.rows = rows
        self.slot = batch.derivation.slots[at]
        self.position = batch.derivation.index[self.slot.step]
        self.step = batch.derivation.steps[self.position]
        self.values: Array = batch.answers.values[:, at][rows]
        self.unit: Array = batch.key.unit[:, at][rows]
        self.own: Columns[Interval] = seen_from(own, column_of(self.slot), rows)

    def only(self, here: BoolArray) -> SlotView:
        """The same for some of its rows; what was worked out already is not worked out again."""
        index = np.flatnonzero(here)
        if len(index) == len(here):
            return self
        rows = self.rows[index]
        some = SlotView(self._batch, self._all_own, self._coarse, self._at, rows, self._catalogue, self._explained)
        known = self.__dict__
        if "followed" in known:
            some.followed = _some_of(self.followed, index)
        if "unsupported" in known:
            some.unsupported = self.unsupported[index]
        if "mistaken" in known:
            some.mistaken = self.mistaken.take(index)
        return some

    @property
    def derivation(self) -> Derivation:
        """The derivation that all questions share."""
        return self._batch.derivation

    @property
    def precision(self) -> Precision:
        """The recorded places."""
        return self._batch.reference.precision

    @property
    def program(self) -> Program:
        """The right formula."""
        return self._batch.derivation.program_of(self.position)

    @property
    def limit(self) -> float:
        """Half-width over value up to which lying in a range shows something."""
        limits = self._batch.reference.limits
        return limits.answer if self.step.role in ("gradient", "update") else limits.elsewhere

    @property
    def honest(self) -> Interval:
        """The honest range of this step."""
        return select(self._batch.reference.ranges[self.position], self.rows)

    @cached_property
    def reference(self) -> Columns[Interval]:
        """Honest ranges of all steps."""
        ranges, rows = self._batch.reference.ranges, self.rows
        return OnDemand(lambda position: select(ranges[position], rows))

    @cached_property
    def right(self) -> Array:
        """The reference value of this step."""
        return self.reference_value(self.position)

    @cached_property
    def size(self) -> Array:
        """How large the right value is, on the givens as they are printed and as they were read."""
        key, at = self._batch.key, self._at
        printed = 0.5 * np.abs(key.low[:, at][self.rows] + key.high[:, at][self.rows])
        larger: Array = np.maximum(printed, np.abs(self.right))
        return larger

    def reference_value(self, position: int) -> Array:
        """The reference value of a step."""
        return self._batch.reference.values[position][self.rows]

    def is_explained(self, position: int) -> BoolArray:
        """Where the own number at a step is right, follows or is a known mistake, or none stands there: (rows,).

        So far as it is known: what is not looked at yet counts as unexplained.
        """
        if self._explained is None:
            return np.zeros(len(self.rows), dtype=bool)
        column = column_of(self.slot)
        return self._all_own.explained(position, column, self._explained, self.rows)

    def is_misread_bare(self, position: int) -> BoolArray:
        """Where the own number at a step is a 0, 1 or -1 that givens come to if they are misread: (rows,)."""
        own, derivation = self._all_own, self._batch.derivation
        found = np.zeros(len(self.rows), dtype=bool)
        program = derivation.programs[position]
        if program and derivation.steps[position].name in derivation.inside:
            # A slope that is worked inside a box is 1 because of what it is worked from.
            for read in program.reads:
                found |= self.is_misread_bare(read)
            return found
        at = own.slot_of(position, column_of(self.slot))
        if at is not None and own.misread_bare is not None:
            found |= own.misread_bare()[:, at][self.rows]
        return found

    def is_written(self, position: int) -> bool:
        """Whether a step has a box of its own: where that is blank, the reference stands for it."""
        return self._all_own.slot_of(position, column_of(self.slot)) is not None

    def is_given(self, position: int) -> bool:
        """Whether a step is a number that the sheet prints."""
        return self._batch.derivation.steps[position].role == "given"

    def recorded(self, interval: Interval) -> Interval:
        """A range after something mistaken was written in this slot."""
        return recorded(interval, self.step, self._batch.derivation, self.precision, mistaken=True)

    @cached_property
    def followed(self) -> Interval:
        """What the right formula gives over the student's own inputs, recorded.

        Of equal formulas (a slope, from h or from a) it is the one that gives the response, the printed one else. Where
        the pen slipped before, somebody may have gone on with what was meant in every box.
        """
        interval, slipped = self._follows_as_written, self._all_own.slipped[self.rows]
        if not np.count_nonzero(slipped):
            return interval
        left = np.flatnonzero(slipped & ~self.holds(interval))
        if not len(left):
            return interval
        meant = seen_from(self._all_own.as_meant, column_of(self.slot), self.rows[left])
        low, high = self._over(meant, left)
        return self._or_others(interval, left, (low, high), self._held(low, high, left))

    def _or_as_carried(self, interval: Interval) -> Interval:
        """The same with all digits of own numbers that have next to none left as they are written, a 0.0000 say."""
        if self.step.role != "forward":
            return interval
        rounded_away = np.zeros(len(self.rows), dtype=bool)
        for position in self.program.reads:
            low, high = self.own[position]
            rounded_away |= high - low > self.limit * np.abs(low + high)
        left = np.flatnonzero(rounded_away & ~np.isnan(self.values))
        left = left[~self.holds(interval)[left]]
        if not len(left):
            return interval
        own = seen_from(self._all_own, column_of(self.slot), self.rows[left])
        low, high = self._over(Carried(own, self._batch.derivation), left)
        return self._or_others(interval, left, (low, high), self._held(low, high, left))

    @cached_property
    def _follows_as_written(self) -> Interval:
        # Worked once for all submissions: the boxes beside this one ask for it as well.
        known = self._all_own.followed
        if self._at not in known:
            known[self._at] = self._for_everybody._worked_as_written
        return _some_of(known[self._at], self.rows)

    @property
    def _worked_as_written(self) -> Interval:
        derivation = self._batch.derivation
        if self.position in derivation.copies:
            return self.reference[self.position]  # what is copied is worked from no own numbers
        low, high = self._recorded_right(self.program)
        for program in derivation.others.get(self.position, ()):
            other = self._recorded_right(program)
            chosen = self.holds(other) & ~self.holds((low, high))
            if self.step.exact:
                # An output of 0.0000 leaves it open which; what enters the unit says it, if the output comes of that.
                chosen &= (other[0] == other[1]) | (low != high) | ~self._comes_of_own(program)
            low, high = np.where(chosen, other[0], low), np.where(chosen, other[1], high)
        if self.step.exact and self.step.role == "factor" and isinstance(self.step.formula, Call):
            # A slope of 0 or 1, and none between.
            between = (self.values > low + self.slack) & (self.values < high - self.slack)
            low, high = np.where(between, np.nan, low), np.where(between, np.nan, high)
        return self._or_as_carried((low, high))

    @cached_property
    def followed_as_meant(self) -> Interval:
        """The same over one number that the pen may have made of what is right, or of what a known mistake gives.

        NaN where that does not give the response.
        """
        low, high = np.full((2, len(self.rows)), np.nan)
        column = column_of(self.slot)
        for position in self.program.reads:
            at = self._all_own.slot_of(position, column)
            before = None if at is None else self._all_own.unexplained.get(at)
            if before is None:
                continue
            there = np.minimum(np.searchsorted(before.rows, self.rows), len(before.rows) - 1)
            left = np.flatnonzero((before.rows[there] == self.rows) & np.isnan(low))
            left = left[~self._repeats_an_input[left]] if len(left) else left
            if not len(left):
                continue
            there = there[left]
            meant = before.meant
            inputs = seen_from(self._all_own, column, self.rows[left])
            over = self._over(Over({position: (meant.low[:, there], meant.high[:, there])}, inputs), left)
            held = self._held(*over, left)
            # What is right by own numbers may have been meant, whatever was written; what is mistaken only where a slip
            # of the pen makes of it what was written.
            held[meant.right :] &= ~held[: meant.right].any(axis=0)
            which, row = np.nonzero(held[meant.right :])
            if len(row):
                held[meant.right + which, row] = before.from_pen(meant.right + which, there[row])
            if np.count_nonzero(held):
                low, high = self._or_others((low, high), left, over, held)
        return low, high

    def _over(self, inputs: Columns[Interval], left: Rows) -> Interval:
        """What comes out over other inputs of the rows `left`: (several, left)."""
        worked = recorded(self.program.ranges(inputs), self.step, self._batch.derivation, self.precision)
        return shaped(worked, (len(worked[0]) if np.ndim(worked[0]) > 1 else 1, len(left)))

    def _held(self, low: Array, high: Array, left: Rows) -> BoolArray:
        """Where ranges, (several, left), hold the responses of the rows `left`."""
        slack = COMPARISON_SLACK * self.unit[left]
        held: BoolArray = (self.values[left] >= low - slack) & (self.values[left] <= high + slack)
        return held

    def _or_others(self, interval: Interval, left: Rows, others: Interval, held: BoolArray) -> Interval:
        """A range, or for rows of `left` the first of others, (several, left), that holds the response."""
        low, high = map(np.array, shaped(interval, self.values.shape))
        here, first = np.flatnonzero(held.any(axis=0)), held.argmax(axis=0)
        low[left[here]], high[left[here]] = (end[first[here], here] for end in others)
        return low, high

    @cached_property
    def _repeats_an_input(self) -> BoolArray:
        """Where the response is 0, 1 or as large as one of its inputs, as in boxes that are merely filled: (rows,)."""
        repeats = is_bare(self.values)
        for position in self.program.reads:
            low, high = self.own[position]
            repeats |= np.abs(np.abs(self.values) - np.abs(0.5 * (low + high))) <= COMPARISON_SLACK * self.unit
        return repeats

    @cached_property
    def meant(self) -> Meant:
        """What is right here, by own numbers too, or what a known mistake gives.

        NaN where a range is too wide to say anything.
        """
        right = [self.honest, self.followed]
        low, high = np.empty((2, len(right) + len(self.mistaken.of), len(self.rows)))
        for number, ends in enumerate(right):
            low[number], high[number] = ends
        low[len(right) :], high[len(right) :] = self.mistaken.low, self.mistaken.high
        return Meant(*self._telling((low, high)), len(right))

    def from_pen(self, which: Rows, row: Rows) -> BoolArray:
        """Where a slip of the pen makes the numbers of some rows of what is `meant`: both (several,).

        What stands in the box beside as well may have been meant for that one.
        """
        values, meant = self.values[row], (self.meant.low[which, row], self.meant.high[which, row])
        slip = slip_codes(values, self.unit[row], [meant], exact=self.precision.exact) > 0
        for at, _ in boxes_beside(self._batch.derivation, self._at):
            slip |= self._batch.answers.values[:, at][self.rows[row]] == values
        return slip & ~is_bare(values)

    @property
    def cut_off_over_own(self) -> list[Interval]:
        """What each right formula gives over the student's own inputs, cut off here or before."""
        derivation = self._batch.derivation
        if self.position in derivation.copies or self.step.exact:
            return []
        own = perhaps_cut(self.own, derivation, self.precision)
        places = places_of(self.step, derivation, self.precision)
        programs = (self.program, *derivation.others.get(self.position, ()))
        return [cut(program.ranges(own), places) for program in programs]

    @property
    def cut_off_over_reference(self) -> Interval:
        """What comes out here where any of the right steps up to here was cut off."""
        return select(self._coarse.cut_off(self.position), self.rows)

    def _comes_of_own(self, program: Program) -> BoolArray:
        """Where all that a formula reads is what it comes to over own numbers: (rows,)."""
        derivation = self._batch.derivation
        agrees = np.ones(len(self.rows), dtype=bool)
        for position in program.reads:
            worked, own = derivation.programs[position], self.own[position]
            if worked is not None:
                low, high = worked.ranges(self.own)
                agrees &= (low <= own[1]) & (high >= own[0])
        return agrees

    def _recorded_right(self, program: Program) -> Interval:
        return recorded(program.ranges(self.own), self.step, self._batch.derivation, self.precision)

    def holds(self, interval: Interval) -> BoolArray:
        """True where the response lies in a range; nothing lies in an undefined or endless one."""
        low, high = interval
        inside: BoolArray = (self.values >= low - self.slack) & (self.values <= high + self.slack)
        if np.count_nonzero(inside):
            inside &= np.isfinite(high - low)
        return inside

    @cached_property
    def slack(self) -> Array:
        """What a comparison with a range gives at each of its ends."""
        slack: Array = COMPARISON_SLACK * self.unit + _DUST * np.abs(self.values)
        return slack

    @property
    def accepted(self) -> list[Interval]:
        """What is right here, and right for own numbers; NaN where that range is too wide to say anything."""
        return [self._telling(interval) for interval in (self.honest, self.followed)]

    @property
    def beside(self) -> list[Interval]:
        """What is accepted in the boxes beside this one, if any response lies there.

        Where one is worked from this one, only the right value. What follows there says nothing: a linear output is
        whatever stands in its pre-activation's box.
        """
        found: list[Interval] = []
        every = np.arange(len(self.rows))
        for at, after in boxes_beside(self._batch.derivation, self._at):
            view = self._at_slot(at)
            if column_of(view.slot) == column_of(self.slot):
                view.own = self.own
            accepted = [view.honest] if after else [view.honest, view.followed]
            found += [view._telling(each) for each in accepted if np.count_nonzero(self._held(*each, every))]
        return found

    @property
    def _for_everybody(self) -> SlotView:
        """The same slot for all submissions."""
        view = self._for(np.arange(len(self._batch.answers.values)))
        view.own = seen_from(self._all_own, column_of(self.slot))  # whole columns, and no copies of them
        return view

    def _for(self, rows: Rows) -> SlotView:
        """The same slot for other submissions."""
        return SlotView(self._batch, self._all_own, self._coarse, self._at, rows, self._catalogue, self._explained)

    def _at_slot(self, at: int) -> SlotView:
        """The same submissions at another slot."""
        return SlotView(self._batch, self._all_own, self._coarse, at, self.rows, self._catalogue, self._explained)

    @property
    def alone_bare(self) -> BoolArray:
        """True where no other factor than this one is a written 0 or 1 that nothing explains: (rows,).

        One that is right, follows from own numbers (from this one, too) or is a known mistake is no sign of filling.
        """
        derivation = self._batch.derivation
        alone = np.ones(len(self.rows), dtype=bool)
        bare: BoolArray = np.any(is_bare(self._batch.answers.values[self.rows]), axis=0)
        for at, slot in enumerate(derivation.slots):
            if bare[at] and slot.step != self.slot.step and derivation.step(slot.step).role == "factor":
                alone &= ~self._at_slot(at).is_unexplained_bare
        return alone

    @property
    def is_unexplained_bare(self) -> BoolArray:
        """Where a wrong 0 or 1 stands that does not follow from own numbers, and is no known mistake: (rows,)."""
        known = self._all_own.unexplained_bare
        if self._at not in known:
            bare = is_bare(self.values)
            if not np.count_nonzero(bare):
                return bare
            # Worked for all submissions once, of which few have such a number here.
            everybody = is_bare(self._batch.answers.values[:, self._at]) & self._batch.answers.read[:, self._at]
            some = self._for(np.flatnonzero(everybody))
            everybody[some.rows] = some._is_bare_as_written
            known[self._at] = everybody
        return self._unless_meant(known[self._at][self.rows])

    @property
    def is_unexplained_bare_here(self) -> BoolArray:
        """The same, worked for these submissions alone."""
        if self._at in self._all_own.unexplained_bare:
            return self.is_unexplained_bare
        bare = is_bare(self.values) & self._batch.answers.read[:, self._at][self.rows]
        if np.count_nonzero(bare):
            bare[bare] = self.only(bare)._is_bare_as_written
        return self._unless_meant(bare)

    def _unless_meant(self, bare: BoolArray) -> BoolArray:
        """Of such numbers those that do not follow from what was meant."""
        # Slips of the pen come to be known one after the other: it may follow from what was meant.
        slipped = bare & self._all_own.slipped[self.rows]
        if np.count_nonzero(slipped):
            few = self.only(slipped)
            bare[slipped] = ~few.holds(few.followed)
        return bare

    @property
    def _is_bare_as_written(self) -> BoolArray:
        """Where that is so of written 0s and 1s, before it is known where the pen slipped: (rows,)."""
        bare: BoolArray = np.abs(self.values) != np.abs(self.right)
        bare &= ~self.holds(self._follows_as_written)
        if np.count_nonzero(bare):
            few = self.only(bare)
            bare[bare] = ~few.mistaken.held(few.values, few.slack).any(axis=0)
        return bare

    def _telling(self, interval: Interval) -> Interval:
        low, high = interval
        tells = (high - low) <= self.limit * np.abs(low + high)
        tells &= np.isfinite(high - low) & ((low > 0) | (high < 0))
        return np.where(tells, low, np.nan), np.where(tells, high, np.nan)

    @cached_property
    def unsupported(self) -> BoolArray:
        """True where none of what this step is worked from was written down, though it could have been."""
        inputs = boxes_worked_from(self._batch.derivation, self.position)
        unsupported = np.full(len(self.rows), bool(inputs))
        for at in inputs:
            unsupported &= ~self._batch.answers.read[:, at][self.rows]
        return unsupported

    @cached_property
    def mistaken(self) -> Mistaken:
        """What each misconception gives here, over own inputs and over reference inputs."""
        classes, strikes = ways_to_exchange(self._batch.derivation, self.position, self._catalogue)
        inputs = own_and_right(self._batch.derivation, self.own, self.reference)
        ranges = [[self._struck(exchanged, inputs) for exchanged in ways] for ways in strikes]
        return Mistaken.stacked(classes, ranges, len(self.rows))

    @cached_property
    def told_apart(self) -> Mistaken:
        """Mistakes from which a number is told that was rounded early.

        At the answer a factor of 1 that was left out is none: it gives what is right. Where a product has a box of its
        own, marks were given by all mistakes, and they stay.
        """
        answers = self._batch.derivation.layout.one_box and self.slot.step == GRADIENT
        return self.mistaken.apart_from(self.honest) if answers else self.mistaken

    @property
    def is_twice_mistaken(self) -> BoolArray:
        """Where two misconceptions together give the response, over own inputs or reference inputs: (rows,)."""
        found = np.zeros(len(self.rows), dtype=bool)
        inputs = own_and_right(self._batch.derivation, self.own, self.reference)
        for exchanged in two_slips_at(self._batch.derivation, self.position, self._catalogue):
            found |= np.atleast_2d(self.holds(self._telling(self._struck(exchanged, inputs)))).any(axis=0)
        return found

    def _struck(self, exchanged: Mapping[int, Program], inputs: Columns[Interval]) -> Interval:
        return struck_range(self._batch.derivation, self.precision, self.position, exchanged, inputs)

    @property
    def mistaken_from_start(self) -> Mistaken:
        """What a misconception at this step or anywhere before it gives here, all else right.

        To work it for few rows costs nearly as much as for many: what was worked for more of them is kept.
        """
        known = self._all_own.from_start.get(self._at)
        if known is not None:
            rows, mistaken = known
            there = np.minimum(np.searchsorted(rows, self.rows), len(rows) - 1)
            if np.array_equal(rows[there], self.rows):
                return mistaken.take(there)
        derivation = self._batch.derivation
        classes = mistakes_reaching(derivation, self.position, self._catalogue)
        mistakes = [mistake for equivalent in classes for mistake in equivalent.mistakes]
        low, high = ranges_from_start(derivation, self.precision, self.reference, mistakes, self.position)
        of = np.repeat(np.arange(len(classes)), [len(equivalent.mistakes) for equivalent in classes])
        mistaken = Mistaken(classes, of, low, high)
        self._all_own.from_start[self._at] = self.rows, mistaken
        return mistaken

    def with_fewer_places(self, fewer: int) -> tuple[Array, list[Interval]] | None:
        """One unit of a place that is fewer than asked, and the ranges that it gives here; None if none is left.

        Over the reference with all records so reduced, and over own inputs with this one reduced, if the response has
        one digit more at the most: whoever writes all of them has not left two off. And whatever its digits, over the
        reference with all records before this one reduced.
        """
        places = fewer_places(self.precision.of(self.step.role), fewer)
        if places is None:
            return None
        reduced = OnDemand(lambda position: select(self._coarse.at(fewer, position), self.rows))
        low, high = reduced[self.position]
        coarse = widen((low, high), places, self.precision) if self.step.exact else (low, high)
        own = widen(self.program.ranges(self.own), places, self.precision)
        unit = places.unit(self.right)
        if fewer == 1:
            return unit, [coarse, own]
        before = self.recorded(self.program.ranges(reduced))
        return unit, [*(_where(self._ends_at(0.1 * unit), each) for each in (coarse, own)), before]

    def _ends_at(self, place: Array) -> BoolArray:
        """Where the response has no digits behind a place."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ends: BoolArray = np.abs(self.values - place * np.rint(self.values / place)) <= self.slack
        return ends

    @cached_property
    def stepwise(self) -> Interval:
        """Over own inputs, with every multiplication inside the slot recorded in the places of the slot."""
        return self.recorded(self.program.stepwise_ranges(self.own, self.recorded))


def _where(here: BoolArray, interval: Interval) -> Interval:
    """A range for some rows, and none for the others."""
    return np.where(here, interval[0], np.nan), np.where(here, interval[1], np.nan)


def _some_of(interval: Interval, rows: Rows) -> Interval:
    # A formula of constants alone gives a scalar.
    return select(interval, rows) if np.ndim(interval[0]) else interval
