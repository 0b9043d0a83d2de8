"""The printed codes on a picture, and where each lies."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from grader.scans.geometry import Grey
from grader.sheets.content.page_code import PageCode, read_page_code


@dataclass(frozen=True, slots=True, eq=False)
class FoundCode:
    """A code's text, what it says of a page (None where it is none of a sheet's), and its corners (4, 2) in pixels.

    The corners begin at the code's own upper left and go round as a clock does, however it is turned.
    """

    text: str
    says: PageCode | None
    corners: NDArray[np.float64]


def codes_on(picture: Grey, evened: Grey) -> list[FoundCode]:
    """All QR codes, of sheets and others; `evened` is the picture in even light, looked at where the other has none."""
    found = read_codes(picture)
    if not any(each.says for each in found):
        found = found or read_codes(evened)
    if not any(each.says for each in found):
        # A small code that is out of focus is read where its modules are larger than the blur's traces.
        for factor in (0.5, 1.6):
            scaled = cv2.resize(
                evened, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
            )
            again = [FoundCode(one.text, one.says, one.corners / factor) for one in read_codes(scaled)]
            if any(each.says for each in again):
                return again
            found = found or again
    return found


def read_codes(picture: Grey) -> list[FoundCode]:
    """The QR codes on a picture as it is."""
    import zxingcpp

    found: dict[str, FoundCode] = {}
    for one in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode):
        place = one.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        found.setdefault(
            one.text,
            FoundCode(one.text, read_page_code(one.text), np.array([[at.x + 0.5, at.y + 0.5] for at in corners])),
        )
    return list(found.values())
