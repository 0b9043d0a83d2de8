"""The page before the sheets of a room or group: which it is, and whose sheets follow, to be ticked off."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from grader.sheets.content.sheet import Sheet
from grader.sheets.pdf.stream import PdfStream
from grader.sheets.pdf.structure import StructureWriter, artifact, line_tags, marked
from grader.sheets.typeset.foreign_names import writable
from grader.sheets.typeset.layout import PageLayout
from grader.sheets.typeset.stamp import SIDE, TextPiece, shortened, text_operators
from grader.sheets.typography.fonts import font

_HEAD, _LARGE, _SMALL = 10.0, 26.0, 10.0
_LINE = 17.0
_BOX = 8.0
_COLUMNS = 2
_GAP = 14.0


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands large on it, such as `room: A 101`."""

    heading: str

    def write(self, stream: PdfStream, tree: StructureWriter, sheets: Collection[Sheet], paper: PageLayout) -> int:
        """Write as many pages as the names need, of the paper of a layout; returns how many."""
        listed = [f"{sheet.student_id}  {writable(sheet.student_name)}".strip() for sheet in sheets]
        first = next(iter(sheets))
        above = " \u00b7 ".join(filter(None, (first.course, first.title)))
        count = 0
        tree.begin()
        for operators in self._pages(above, listed, paper.width, paper.height):
            number = stream.reserve()
            key = tree.add(_TAGS, number)
            page = stream.add_page(operators, paper.width, paper.height, number=number, key=key)
            if not count:
                stream.bookmark(self.heading, page)
            count += 1
        return count

    def _pages(self, above: str, listed: Sequence[str], width: float, height: float) -> Iterator[str]:
        inside, face = width - 2 * SIDE, font("regular")
        top = height - SIDE - _HEAD
        heading = writable(self.heading)
        size = min(_LARGE, inside / max(face.width(heading), 1e-9))
        begins = top - 2.2 * _LARGE
        lines = int((begins - SIDE) / _LINE)
        column = (inside - (_COLUMNS - 1) * _GAP) / _COLUMNS
        for some in _some(listed, lines * _COLUMNS):
            pieces = [
                TextPiece(SIDE, top, _HEAD, shortened(above, inside, _HEAD, face)),
                TextPiece(SIDE, top - 1.5 * _LARGE, round(size, 2), heading),
            ]
            boxes = []
            for at, text in enumerate(some):
                left = SIDE + (at // lines) * (column + _GAP)
                baseline = begins - (at % lines + 1) * _LINE
                boxes.append(f"{left:.2f} {baseline - 0.5:.2f} {_BOX:.2f} {_BOX:.2f} re")
                room = column - _BOX - 6
                pieces.append(TextPiece(left + _BOX + 6, baseline, _SMALL, shortened(text, room, _SMALL, face)))
            above_all, large, *rows = pieces
            yield "\n".join(
                (
                    artifact(f"q 0.6 w {' '.join(boxes)} S Q"),
                    marked("P", 0, text_operators([above_all])),
                    marked("H1", 1, text_operators([large])),
                    marked("P", 2, text_operators(rows)),
                )
            )


_TAGS = line_tags(("P", "H1", "P"))


def _some(listed: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    return (listed[at : at + most] for at in range(0, len(listed), most))
