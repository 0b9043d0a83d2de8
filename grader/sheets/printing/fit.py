"""How a question is fitted to its paper: on one page where it can be, with a lower drawing or narrower paths."""

from __future__ import annotations

from dataclasses import dataclass, replace

from grader.sheets.content.page import POINTS_A_MILLIMETRE, PaperFit
from grader.sheets.typeset.layout import LayoutKey, natural_fit, page_of, skeleton_of
from grader.sheets.typeset.leaves import leaves_of, lowest, within

LOWEST = 55.0
"""Millimetres that a drawing is made lower to, so that its question stays on a page."""
_LOWEST_AGAIN = 45.0
"""The same where it stands on two pages."""


def fit_to_paper(key: LayoutKey) -> PaperFit:
    """The roomiest fit with which the question stays on one page; else the paths begin a page."""
    natural = natural_fit(key)
    wide = _room(key, natural)
    bottom = lowest(key.paper) / POINTS_A_MILLIMETRE
    if wide.end <= bottom:
        return natural
    least = min(LOWEST, natural.height)
    fit = _lowered(natural, wide.end - bottom)
    if fit.height >= least and _fits(key, fit, pages=1):
        return fit
    # Wherever the paths stand they take the same room: measured once wide and once narrow, below either drawing.
    two = replace(natural, split=True, again=True)
    narrow = _room(key, replace(two, compact=True))
    fit = _lowered(replace(natural, compact=True), wide.above + narrow.paths - bottom)
    if fit.height >= least and _fits(key, fit, pages=1):
        return fit
    split = [
        _lowered(replace(two, compact=room is narrow), max(narrow.first, narrow.above + room.paths) - bottom)
        for room in (wide, narrow)
    ]
    best = max(split, key=lambda fit: fit.height)
    least = min(_LOWEST_AGAIN, natural.height)
    if best.height >= least and _fits(key, best, pages=2):
        return best
    plain = _lowered(replace(natural, split=True), narrow.first - bottom)
    return replace(plain, height=max(plain.height, least))


@dataclass(frozen=True, slots=True)
class _Room:
    """Where a question's parts end, in millimetres from the upper edge of their page."""

    first: float
    """The last before the paths."""
    above: float
    """What the paths stand under: the numbers, or the drawing once more."""
    end: float

    @property
    def paths(self) -> float:
        """The room that the paths take."""
        return self.end - self.above


def _room(key: LayoutKey, fit: PaperFit) -> _Room:
    leaves = leaves_of(skeleton_of(key, page_of(key, fit)).html, key.paper)
    ends = {name: rectangle[3] / POINTS_A_MILLIMETRE for leaf in leaves for name, rectangle in leaf.items()}
    first, above = ("before-work", "drawing2") if fit.again else ("numbers", "numbers")
    return _Room(ends[first], ends[above], ends["end"])


def _lowered(fit: PaperFit, over: float) -> PaperFit:
    """The same with its drawing so many millimetres lower."""
    # Half a millimetre for what rounds.
    return fit if over <= 0 else replace(fit, height=int(2 * (fit.height - over - 0.5)) / 2)


def _fits(key: LayoutKey, fit: PaperFit, *, pages: int) -> bool:
    leaves = leaves_of(skeleton_of(key, page_of(key, fit)).html, key.paper)
    return len(leaves) == pages and within(leaves, key.paper)
