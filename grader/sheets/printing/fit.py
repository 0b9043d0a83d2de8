"""How a question is fitted to its paper: on one page where it can be, with a lower drawing or narrower paths.

A layout is what costs, so that as few are made as can be. What stands before the paths takes the same room whether they
follow or begin a page, and so do the paths: either layout says how long the other would be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from grader.sheets.content.drawn_network import PaperFit
from grader.sheets.content.formats import POINTS_A_MILLIMETRE
from grader.sheets.typeset.beside import leaves_beside
from grader.sheets.typeset.layout import LayoutKey, natural_fit, page_of, skeleton_of
from grader.sheets.typeset.leaves import lowest, within
from grader.sheets.typeset.usable import require_anchors

LOWEST = 55.0
"""Millimetres that a drawing is made lower to, so that its question stays on a page."""
_LOWEST_AGAIN = 45.0
"""The same where it stands on two pages."""
_BOX, _TALL_BOX, _EXACT_BOX = 8.0, 9.5, 10.0
"""Height of a box (sheet.css)."""
_AROUND, _A_ROW = 112.0, 9.2
"""About what stands around rows of boxes and the drawing, and about what a row takes: to guess which layout is made."""


def fit_to_paper(key: LayoutKey) -> PaperFit:
    """The roomiest fit with which the question stays on one page; else the paths begin a page.

    Where it is written on by hand its boxes are higher, if that takes no further page.
    """
    low = _fitted(key, natural_fit(key))
    if not key.face.pages.by_hand:
        return low
    high = _fitted(key, replace(natural_fit(key), tall=True))
    same = replace(high, tall=False, height=low.height) == low
    return high if same and _fits(key, high, pages=2 if high.split else 1) else low


def _fitted(key: LayoutKey, natural: PaperFit) -> PaperFit:
    compact = replace(natural, compact=True)
    two = replace(natural, split=True, again=True)
    bottom = lowest(key.paper) / POINTS_A_MILLIMETRE
    least = min(LOWEST, natural.height)

    wide = _room(key, replace(first_layout(key), tall=natural.tall))
    fit = _lowered(natural, wide.on_one_page - bottom)
    if fit.height >= least and _fits(key, fit, pages=1):
        return fit
    narrower = skeleton_of(key, page_of(key, compact)).html != skeleton_of(key, page_of(key, natural)).html
    if narrower and wide.before - (natural.height - least) + least_paths(key, natural) <= bottom:
        fit = _lowered(compact, _room(key, compact).on_one_page - bottom)
        if fit.height >= least and _fits(key, fit, pages=1):
            return fit
    best = _lowered(two, _room(key, two).on_two_pages - bottom)
    if narrower and best.height < natural.height:
        close = replace(two, compact=True)
        best = max(best, _lowered(close, _room(key, close).on_two_pages - bottom), key=lambda fit: fit.height)
    least = min(_LOWEST_AGAIN, natural.height)
    if best.height >= least and _fits(key, best, pages=2):
        return best
    plain = _lowered(replace(natural, split=True), _room(key, two).first - bottom)
    return replace(plain, height=max(plain.height, least))


def first_layout(key: LayoutKey) -> PaperFit:
    """The fit that is laid out first: on one page, or on two where the question seems too long for one."""
    natural = natural_fit(key)
    if natural.boxed:
        return natural
    shown = page_of(key, natural).context()
    rows = [
        shown["forward"],
        *(section["rows"] for section in shown["back"]),
        *(table["rows"] for table in shown["tables"]),
    ]
    guessed = _AROUND + natural.height + _A_ROW * sum(map(len, rows))
    return replace(natural, split=True, again=True) if guessed > lowest(key.paper) / POINTS_A_MILLIMETRE else natural


def least_paths(key: LayoutKey, natural: PaperFit | None = None) -> float:
    """Millimetres that the paths take at least: their rows of boxes, one below the other."""
    tables = page_of(key, natural or natural_fit(key)).context()["tables"]
    rows = sum(len(table["rows"]) + 1 for table in tables)
    return rows * (_EXACT_BOX if key.precision.exact else _TALL_BOX if natural is not None and natural.tall else _BOX)


@dataclass(frozen=True, slots=True)
class _Room:
    """Where a question's parts end, in millimetres from the upper edge of their page."""

    before: float
    """What stands before the paths: the numbers."""
    first: float
    """What stands last on the page before the paths, where they begin one."""
    above: float
    """What the paths stand under on their page: the numbers, or the drawing once more."""
    end: float

    @property
    def on_one_page(self) -> float:
        """Where all would end if the paths followed."""
        return self.before + self.end - self.above

    @property
    def on_two_pages(self) -> float:
        """Where the longer of two pages ends."""
        return max(self.first, self.end)


def _room(key: LayoutKey, fit: PaperFit) -> _Room:
    leaves = leaves_beside(skeleton_of(key, page_of(key, fit)).html, key.paper)
    ends = {name: rectangle[3] / POINTS_A_MILLIMETRE for leaf in leaves for name, rectangle in leaf.items()}
    first, above = ("before-work", "drawing2") if fit.again else ("numbers", "numbers")
    require_anchors(key.face, ends, ("numbers", first, above, "end"))
    return _Room(ends["numbers"], ends[first], ends[above], ends["end"])


def _lowered(fit: PaperFit, over: float) -> PaperFit:
    """The same with its drawing so many millimetres lower."""
    # Half a millimetre for what rounds.
    return fit if over <= 0 else replace(fit, height=int(2 * (fit.height - over - 0.5)) / 2)


def _fits(key: LayoutKey, fit: PaperFit, *, pages: int) -> bool:
    leaves = leaves_beside(skeleton_of(key, page_of(key, fit)).html, key.paper)
    return len(leaves) == pages and within(leaves, key.paper)
