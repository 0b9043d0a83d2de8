"""What is written *over* a sheet's fields: text boxes, ink, stamps, and text that a program typed onto the page.

None of it is a field's value, and to a reader of forms the boxes are blank. Printed boxes are white inside. So where a
field is blank and its box is not, something is written there, whatever it was written with. A page on which every box
has its value is not drawn at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from grader.submissions.pdf_form import FilledForm, PdfPage, Rectangle

if TYPE_CHECKING:
    import pypdfium2

_INSET = 2.0
"""Points from a box's edge, in which its border is drawn."""

_DARK = 200
"""The grey, of 0 to 255, below which something is written; a highlighter is paler."""

_NEAR = 30.0
"""Points from a box within which a text box belongs to it that covers none."""

_LONGEST_SIDE = 1_400
"""Pixels of a picture; a larger page is drawn smaller."""

_SCALE = 1.4
_COLOURS = 32


@dataclass(slots=True)
class Overwritten:
    """Fields that are blank and written over; pages (from 1) with writing elsewhere, or without fields; pictures."""

    covered: list[str] = field(default_factory=list)
    marked: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    pictures: list[tuple[int, bytes]] = field(default_factory=list)


def look_for_writing(form: FilledForm, pictures: int) -> Overwritten:
    """Look at the pages of a form on which something may be written that is no field's value."""
    seen = Overwritten()
    wholly_blank = not any(map(str.strip, form.values.values()))
    wanted = []
    drawn = _Drawn(form.data)
    try:
        for page in form.laid_out[:_MOST_LOOKED_AT]:
            blank = [name for name in page.boxes if not form.values.get(name, "").strip()]
            covered = _written_near(page, blank)
            covered += drawn.not_white(page, [name for name in blank if name not in covered])
            seen.covered += covered
            if page.writing and not covered:
                seen.marked.append(page.number + 1)
            if not page.boxes and not page.writing and drawn.is_written_on(page):
                seen.extra.append(page.number + 1)
            if covered or page.writing or page.bare or (wholly_blank and blank):
                wanted.append(page.number)
        for number in wanted[:pictures]:
            if picture := drawn.picture(number):
                seen.pictures.append((number + 1, picture))
    finally:
        drawn.close()
    return seen


_MOST_LOOKED_AT = 30
"""Pages of one file; a sheet has few."""


def _written_near(page: PdfPage, blank: list[str]) -> list[str]:
    """The blank fields of a page over which, or near which, something is written as an annotation."""
    covered = [name for name in blank if any(_overlap(page.boxes[name], each) for each in page.writing)]
    beside = [each for each in page.writing if not any(_overlap(place, each) for place in page.boxes.values())]
    for each in beside:
        nearest = min(blank, key=lambda name: _distance(page.boxes[name], each), default=None)
        if nearest is not None and nearest not in covered and _distance(page.boxes[nearest], each) <= _NEAR:
            covered.append(nearest)
    return covered


class _Drawn:
    """A PDF as PDFium draws it, opened when first needed; what cannot be drawn shows nothing."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._document: pypdfium2.PdfDocument | None = None

    def close(self) -> None:
        """Forget it."""
        if self._document is not None:
            self._document.close()

    def not_white(self, page: PdfPage, names: list[str]) -> list[str]:
        """The fields inside of whose boxes a page, without its fields, is not white."""
        inside = {name: inner for name in names if (inner := _inside(page.boxes[name])) is not None}
        drawn = self._page(page.number) if inside else None
        return [] if drawn is None else list(_not_white(drawn, inside))

    def is_written_on(self, page: PdfPage) -> bool:
        """Whether there is anything on a page at all."""
        drawn = self._page(page.number)
        return drawn is not None and any(_not_white(drawn, {"page": (0.0, 0.0, *drawn.get_size())}))

    def picture(self, number: int) -> bytes:
        """A page with its fields and all that is written over them, as PNG."""
        drawn = self._page(number, with_fields=True)
        if drawn is None:
            return b""
        from PIL import Image

        out = BytesIO()
        picture = drawn.render(scale=_scale(drawn, _SCALE)).to_pil()
        picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=_COLOURS).save(out, "PNG")
        return out.getvalue()

    def _page(self, number: int, *, with_fields: bool = False) -> pypdfium2.PdfPage | None:
        import pypdfium2

        try:
            self._document = self._document or pypdfium2.PdfDocument(self._data)
            if with_fields and self._document.formenv is None:
                self._document.init_forms()
            return self._document[number] if number < len(self._document) else None
        except pypdfium2.PdfiumError:
            return None


def _inside(box: Rectangle) -> Rectangle | None:
    """A box without its border; None if nothing is left."""
    left, bottom, right, top = box[0] + _INSET, box[1] + _INSET, box[2] - _INSET, box[3] - _INSET
    return (left, bottom, right, top) if left + 1 < right and bottom + 1 < top else None


def _not_white(drawn: pypdfium2.PdfPage, places: Mapping[str, Rectangle]) -> Iterator[str]:
    bitmap = drawn.render(scale=_scale(drawn, 1.0), may_draw_forms=False, grayscale=True)
    pixels, stride = bytes(bitmap.buffer), bitmap.stride
    position = bitmap.get_posconv(drawn)
    for name, (left, bottom, right, top) in places.items():
        corners = [position.to_bitmap(x, y) for x, y in ((left, bottom), (right, top))]
        (x0, x1), (y0, y1) = (sorted(each) for each in zip(*corners, strict=True))
        x0, x1 = max(0, x0 + 1), min(bitmap.width, x1)
        rows = range(max(0, y0 + 1), min(bitmap.height, y1))
        if x0 < x1 and any(min(pixels[row * stride + x0 : row * stride + x1]) < _DARK for row in rows):
            yield name


def _scale(drawn: pypdfium2.PdfPage, wanted: float) -> float:
    return float(min(wanted, _LONGEST_SIDE / max(1.0, *drawn.get_size())))


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _distance(one: Rectangle, other: Rectangle) -> float:
    across = max(0.0, one[0] - other[2], other[0] - one[2])
    along = max(0.0, one[1] - other[3], other[1] - one[3])
    return max(across, along)
