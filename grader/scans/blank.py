"""A page as it was printed: its picture, and where its boxes are.

Both are taken from the student's PDF in the assignment's folder, the one that was handed out: nothing is laid out anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grader.scans.codes import read_codes
from grader.scans.geometry import Grey
from grader.submissions.pdf_form import NotReadable, Rectangle, read_form

PIXELS = 6.0
"""A millimetre's, of a blank page as it is drawn and of a scanned one as it is compared with it."""
POINTS_A_MILLIMETRE = 72 / 25.4
_KEPT = 8


@dataclass(frozen=True, slots=True)
class PrintedBox:
    """A box and its frame's outer edges in millimetres from the page's upper left corner."""

    question: str
    slot: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, eq=False)
class BlankPage:
    """One page of a sheet, from 1, in millimetres; `grey` has `PIXELS` to each."""

    sheet_id: str
    number: int
    of: int
    width: float
    height: float
    grey: Grey
    boxes: tuple[PrintedBox, ...]
    code: NDArray[np.float64] | None
    """The corners (4, 2) of its printed code, in millimetres; None where it has none, as older sheets' second pages."""


class NoBlankSheet(Exception):
    """A sheet that cannot be compared with anything: what was found, and what to do."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found, remedy)
        self.found = found
        self.remedy = remedy


class BlankSheets:
    """The sheets that were handed out, by sheet id; those used last are kept."""

    def __init__(self, paths: dict[str, Path]) -> None:
        self._paths = paths
        self._kept: OrderedDict[str, tuple[BlankPage, ...]] = OrderedDict()

    @property
    def ids(self) -> tuple[str, ...]:
        """All that there are."""
        return tuple(self._paths)

    def of(self, sheet_id: str) -> tuple[BlankPage, ...]:
        """A sheet's pages; raises NoBlankSheet where its PDF is gone, or is another's."""
        found = self._kept.get(sheet_id)
        if found is None:
            found = self._kept[sheet_id] = _drawn(self._paths[sheet_id], sheet_id)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(sheet_id)
        return found


def _drawn(path: Path, sheet_id: str) -> tuple[BlankPage, ...]:
    try:
        form = read_form(path.read_bytes())
    except FileNotFoundError:
        raise NoBlankSheet(f"{path} is not there", "print it again with gradpath make") from None
    except NotReadable as error:
        raise NoBlankSheet(f"{path}: {error.found}", "delete it, and print it again with gradpath make") from None
    if set(form.sheet_ids) != {sheet_id}:
        raise NoBlankSheet(f"{path} is not the sheet {sheet_id}", "delete it, and print it again with gradpath make")
    import pypdfium2

    document = pypdfium2.PdfDocument(form.data)
    try:
        return tuple(_page(document, sheet_id, number, form.laid_out[number].boxes) for number in range(len(document)))
    finally:
        document.close()


def _page(document: object, sheet_id: str, number: int, fields: Mapping[str, Rectangle]) -> BlankPage:
    page = document[number]  # type: ignore[index]  # of a library without types
    points = page.get_size()
    drawn = page.render(scale=PIXELS / POINTS_A_MILLIMETRE, grayscale=True, may_draw_forms=False, draw_annots=False)
    grey = np.ascontiguousarray(drawn.to_numpy().squeeze())
    # A page is drawn onto whole pixels, and so a little larger than it is: so are all places on it.
    width, height = grey.shape[1] / PIXELS, grey.shape[0] / PIXELS
    across, down = width / points[0], height / points[1]
    boxes = []
    for name, (left, bottom, right, top) in fields.items():
        question, dot, slot = name.partition(".")
        if dot:
            boxes.append(
                PrintedBox(question, slot, left * across, height - top * down, right * across, height - bottom * down)
            )
    code = next((one.corners / PIXELS for one in read_codes(grey) if one.says), None)
    return BlankPage(sheet_id, number + 1, len(document), width, height, grey, tuple(boxes), code)  # type: ignore[arg-type]
