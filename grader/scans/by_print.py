"""Whose a page is, where its code cannot be read: the print itself says it.

The page is registered against a sheet of the same assignment, since all of them share most of their print. Then what
stands in its foot is compared with the foot of everybody's: one of them must be like it, and no other nearly so.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from grader.scans.blank import PIXELS, BlankPage, BlankSheets, NoBlankSheet
from grader.scans.geometry import Grey
from grader.scans.registering import NotPlaced, PlacedPage, place, put_straight

_LIKE, _APART = 0.75, 0.06
"""How like a foot must be (a correlation), and by how much more than any other."""
_WIDE, _FROM, _TO = 70.0, 14.5, 8.0
"""Of the foot in millimetres: how far it reaches from the right margin, and its edges above the page's lower one."""
_SIDE = 16.0
_SLACK = 5
"""Pixels by which a foot is looked for around its place."""
_TRIED = 2
"""Sheets that a page is registered against: those who were handed other pages."""
_KEY_WIDE = 9.0
"""Millimetres before a foot, in which a key says that it is one."""


class Feet:
    """The feet of all sheets' pages."""

    def __init__(self, sheets: BlankSheets) -> None:
        self._sheets = sheets
        self._feet: dict[tuple[str, int], Grey] | None = None

    def whose(self, evened: Grey) -> PlacedPage | NotPlaced:
        """The page on a picture without a code that can be read, as far as its print says it for certain."""
        refused = NotPlaced("no code could be read on it, and its print is of no sheet of this assignment")
        for page in self._samples():
            placed = place(evened, page, None)
            if isinstance(placed, NotPlaced):
                continue
            put = put_straight(evened, placed.to_image, page)
            if says_key(put, page):
                return NotPlaced("its foot says that it is of the key", of_key=True)
            found = self._named(put, page.number)
            if found is None:
                refused = NotPlaced("no code could be read on it, and its foot does not say for certain whose it is")
                continue
            own = self._sheets.of(found)[page.number - 1]
            again = place(evened, own, None)
            if not isinstance(again, NotPlaced):
                return again
        return refused

    def _samples(self) -> Iterator[BlankPage]:
        for sheet_id in self._sheets.ids[:_TRIED]:
            try:
                yield from (page for page in self._sheets.of(sheet_id) if page.boxes)
            except NoBlankSheet:
                continue

    def _named(self, put: Grey, number: int) -> str | None:
        seen = foot_of(put, _SLACK)
        likes = sorted(
            ((_like(seen, foot), sheet) for (sheet, page), foot in self._all().items() if page == number), reverse=True
        )
        if not likes or likes[0][0] < _LIKE or (len(likes) > 1 and likes[0][0] - likes[1][0] < _APART):
            return None
        return likes[0][1]

    def _all(self) -> dict[tuple[str, int], Grey]:
        if self._feet is None:
            self._feet = {}
            for sheet_id in self._sheets.ids:
                try:
                    pages = self._sheets.of(sheet_id)
                except NoBlankSheet:
                    continue
                for page in pages:
                    self._feet[sheet_id, page.number] = foot_of(page.grey, 0)
        return self._feet


def foot_of(grey: Grey, slack: int) -> Grey:
    """The strip in which a page's foot stands, `slack` pixels wider on all sides."""
    rows, columns = grey.shape
    top, bottom = rows - round(_FROM * PIXELS), rows - round(_TO * PIXELS)
    right = columns - round(_SIDE * PIXELS)
    return grey[top - slack : bottom + slack, right - round(_WIDE * PIXELS) - slack : right + slack]


def says_key(put: Grey, page: BlankPage) -> bool:
    """Whether something is printed before the foot where a key says that it is one."""
    blank, seen = foot_of(page.grey, 0), foot_of(put, 0)
    inked = np.flatnonzero((blank < _INK).any(axis=0))
    if not len(inked):
        return False
    begins = int(inked[0])
    before = seen[:, max(0, begins - round(_KEY_WIDE * PIXELS)) : max(1, begins - 2)]
    return bool((before < _INK).mean() > _KEY_INK)


_INK, _KEY_INK = 140, 0.04


def _like(seen: Grey, foot: Grey) -> float:
    """How like a seen strip is to a printed foot, where it fits best; only where that has print."""
    inked = np.flatnonzero((foot < _INK).any(axis=0))
    if not len(inked):
        return 0.0
    template = cv2.GaussianBlur(foot[:, max(0, int(inked[0]) - 2) :], (0, 0), 0.8)
    strip = seen[:, max(0, int(inked[0]) - 2) :]
    return float(cv2.matchTemplate(strip, template, cv2.TM_CCOEFF_NORMED).max())
