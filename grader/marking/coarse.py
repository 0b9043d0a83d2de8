"""The reference's ranges where every record has fewer places than asked, or may be cut off."""

from __future__ import annotations

from dataclasses import replace

from grader.marking.batch import Reference, Rows
from grader.marking.cutting import cut_columns
from question_bank.derivations.evaluate import range_columns
from question_bank.expressions.interval import Interval, select
from question_bank.expressions.precision import RECORDED_ROLES, Places, Precision


class CoarseRanges:
    """Ranges of all steps, worked out once for each way of recording and only when asked for.

    `of` (whole, rows): those of some rows are worked out together with the whole's.
    """

    def __init__(self, reference: Reference, of: tuple[CoarseRanges, Rows] | None = None) -> None:
        self._reference, self._of = reference, of
        self._known: dict[int, list[Interval]] = {}
        self._cut: list[Interval] = []

    def take(self, rows: Rows) -> CoarseRanges:
        """The same for some of the submissions."""
        return CoarseRanges(self._reference, (self, rows))

    def at(self, fewer: int, position: int) -> Interval:
        """A step's range, columns of (submissions,), with this many places fewer everywhere."""
        if self._of is not None:
            whole, rows = self._of
            return select(whole.at(fewer, position), rows)
        if fewer not in self._known:
            derivation, precision = self._reference.derivation, self._reference.precision
            reduced = _reduced(precision, fewer)
            if derivation.layout.forward == "given":
                reduced = replace(reduced, forward=precision.forward)  # printed, in all its places
            self._known[fewer] = range_columns(derivation, self._reference.points, reduced)
        return self._known[fewer][position]

    def cut_off(self, position: int) -> Interval:
        """A step's range, columns of (submissions,), with every record perhaps cut off instead of rounded."""
        if self._of is not None:
            whole, rows = self._of
            return select(whole.cut_off(position), rows)
        if not self._cut:
            self._cut = cut_columns(self._reference)
        return self._cut[position]


def fewer_places(places: Places, count: int) -> Places | None:
    """So many places fewer, None where nothing would be left, or nothing is rounded.

    >>> str(fewer_places(Places.parse("4d"), 1)), fewer_places(Places.parse("2s"), 2)
    ('3d', None)
    """
    if places.exact:
        return None
    left = places.count - count
    return Places(left, places.kind) if left >= (1 if places.kind == "s" else 0) else None


def _reduced(precision: Precision, fewer: int) -> Precision:
    # A role with no place left to give keeps its own: what it holds is then judged by the others.
    reduced = {role: fewer_places(precision.of(role), fewer) or precision.of(role) for role in RECORDED_ROLES}
    return replace(
        precision,
        forward=reduced["forward"],
        factor=reduced["factor"],
        product=reduced["product"],
        gradient=reduced["gradient"],
        update=reduced["update"],
    )
