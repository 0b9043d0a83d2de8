"""Boxes cut out of a page: what a reader of handwriting and a person are shown."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from grader.scans.blank import PIXELS, BlankPage, PrintedBox
from grader.scans.geometry import Grey, cut_out
from grader.scans.reading.boxes import BoxPicture, Form, Inside, picture_name
from grader.scans.registering import PlacedPage, put_straight

CROP_PIXELS = 5.0
"""A millimetre's, of a box's picture."""
MARGIN = 2.0
"""Millimetres around a box's frame that are shown with it, so that ink outside of it is seen."""
PAGE_PIXELS = 4.0
"""A millimetre's, of the page that a box can be seen in."""
_TICK = 6.0
"""A box narrower than so many millimetres is ticked."""


def box_pictures(evened: Grey, page: PlacedPage) -> Iterator[BoxPicture]:
    """The pictures of a page's boxes, in their order."""
    for placed in page.boxes:
        sides = _around(placed.box)
        grey = cut_out(evened, placed.to_image, *sides, CROP_PIXELS)
        yield BoxPicture(
            picture_name(grey),
            grey,
            printed_at(page.blank, placed.box),
            inside(placed.box),
            CROP_PIXELS,
            form_of(placed.box),
        )


def printed_at(blank: BlankPage, box: PrintedBox) -> Grey:
    """The same place of the blank page."""
    level = np.array([[PIXELS, 0, 0], [0, PIXELS, 0]], float)
    return cut_out(blank.grey, level, *_around(box), CROP_PIXELS)


def inside(box: PrintedBox) -> Inside:
    """A frame's rectangle in its picture."""
    edge = MARGIN * CROP_PIXELS
    return Inside(edge, edge, edge + (box.right - box.left) * CROP_PIXELS, edge + (box.bottom - box.top) * CROP_PIXELS)


def form_of(box: PrintedBox) -> Form:
    """What is written into a box."""
    return "tick" if box.right - box.left < _TICK else "number"


def page_picture(evened: Grey, page: PlacedPage) -> Grey:
    """The whole page, put straight, to see a box in."""
    put = put_straight(evened, page.to_image, page.blank)
    factor = PAGE_PIXELS / PIXELS
    small: Grey = cv2.resize(put, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return small


def _around(box: PrintedBox) -> tuple[float, float, float, float]:
    return box.left - MARGIN, box.top - MARGIN, box.right + MARGIN, box.bottom + MARGIN
