"""The layer of numbers: PDF operators that write a student's copy onto the shared pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from grader.sheets.content.formats import MARGIN, POINTS_A_MILLIMETRE
from grader.sheets.content.number_boxes import Number
from grader.sheets.typography.fonts import Face, Font, font

_SMALLEST = 6.5
SIDE = MARGIN * POINTS_A_MILLIMETRE
"""A margin in points."""
_FOOT_SIZE = 8.5
_FOOT_BASELINE = 24.7
"""Where the foot's line stands, 5 mm below the upper edge of the bottom margin (sheet.css)."""

FONT_NAMES: Mapping[Face, str] = {"regular": "GpR", "italic": "GpI"}
"""What the pages' resources call the faces that are stamped."""


class TextPiece(NamedTuple):
    """A text on a page; `turn` is the matrix before its place, as PDF writes it."""

    left: float
    baseline: float
    size: float
    text: str
    face: Face = "regular"
    turn: str = "1 0 0 1"


def fitted(text: str, number: Number) -> tuple[str, float]:
    """A text and the size at which it fits its box; words that would be too small are cut, visibly.

    >>> fitted("Ada", Number("name", 10.0, 150.0, "words"))
    ('Ada', 10.0)
    >>> fitted("A" * 60, Number("name", 10.0, 150.0, "words"))[0][-1]
    '…'
    """
    face = font(number.face)
    width = face.width(text)
    if width * number.size <= number.width + 0.01 or number.align != "words":
        return text, number.size_of(text)
    size = max(_SMALLEST, int(number.width / width * 20) / 20)
    return shortened(text, number.width, size, face), size


def shortened(text: str, width: float, size: float, face: Font) -> str:
    """A text that is no wider than so many points, its end given up for dots where it would be.

    >>> shortened("Backpropagation · Set 3", 84.0, 10.0, font("regular"))
    'Backpropagation…'
    """
    if face.width(text) * size <= width:
        return text
    while text and face.width(text + "…") * size > width:
        text = text[:-1].rstrip(" ·")
    return text + "…"


def text_operators(pieces: Iterable[TextPiece]) -> str:
    """The pieces as one text object."""
    parts = ["BT"]
    current = ("", 0.0)
    for left, baseline, size, text, face, turn in pieces:
        if (face, size) != current:
            parts.append(f"/{FONT_NAMES[face]} {size:g} Tf")
            current = (face, size)
        parts.append(f"{turn} {left:.3f} {baseline:.3f} Tm <{font(face).hex(text)}> Tj")
    parts.append("ET")
    return "\n".join(parts)


def number_piece(number: Number, left: float, baseline: float, text: str, c: float = 1.0, s: float = 0.0) -> TextPiece:
    """Where and how large a text goes into its box, which may be turned (cosine, sine)."""
    text, size = fitted(text, number)
    indent = number.indent(text)
    if s == 0.0:
        return TextPiece(left + indent, baseline, size, text)
    return TextPiece(left + c * indent, baseline + s * indent, size, text, turn=f"{c:.5f} {s:.5f} {-s:.5f} {c:.5f}")


def box_piece(left: float, right: float, baseline: float, size: float, text: str) -> TextPiece:
    """A text in the middle between two edges, smaller where it would touch them."""
    width = font("regular").width(text)
    size = min(size, (right - left - 2) / width) if width else size
    return TextPiece((left + right - width * size) / 2, baseline, round(size, 2), text)


def tick_operators(left: float, bottom: float, right: float, top: float) -> str:
    """A tick in a box, two strokes."""
    wide, high = right - left, top - bottom
    points = ((0.2, 0.5), (0.42, 0.24), (0.82, 0.8))
    (x, y), *others = [(left + part * wide, bottom + up * high) for part, up in points]
    strokes = " ".join(f"{x:.2f} {y:.2f} l" for x, y in others)
    return f"q {0.11 * wide:.2f} w 1 J 1 j {x:.2f} {y:.2f} m {strokes} S Q"


def text_width(text: str, size: float) -> float:
    """Width of a text in the regular serif."""
    return font("regular").width(text) * size


def foot_piece(text: str, page_width: float) -> TextPiece:
    """The foot of a page, at its right."""
    return TextPiece(page_width - SIDE - text_width(text, _FOOT_SIZE), _FOOT_BASELINE, _FOOT_SIZE, text)


def note_pieces(text: str, page_width: float) -> list[TextPiece]:
    """A line above the foot; where it is longer than the page is wide, the rest beside the foot, and smaller."""
    above, beside = page_width - 2 * SIDE, page_width - 2 * SIDE - _FOOT_WIDTH
    size = _FOOT_SIZE
    lines = [text]
    while size > _SMALLEST_NOTE and not _fit(lines := _in_two(text, above / size), (above / size, beside / size)):
        size = round(size - 0.25, 2)
    baselines = (_FOOT_BASELINE + _FOOT_SIZE + 2, _FOOT_BASELINE)
    return [TextPiece(SIDE, baseline, size, line) for baseline, line in zip(baselines, lines, strict=False)]


def _in_two(text: str, room: float) -> list[str]:
    """A text whose first line takes as many words as there is room for, at a size of 1."""
    if text_width(text, 1.0) <= room:
        return [text]
    blanks = [at for at, character in enumerate(text) if character == " " and text_width(text[:at], 1.0) <= room]
    return [text[: blanks[-1]], text[blanks[-1] + 1 :]] if blanks else [text]


def _fit(lines: list[str], rooms: tuple[float, float]) -> bool:
    return all(text_width(line, 1.0) <= room for line, room in zip(lines, rooms, strict=False))


_FOOT_WIDTH = 205.0
"""Of the foot, at the right, where a sheet has an id."""
_SMALLEST_NOTE = 4.0


SMALL_CODE, _SMALL_CODE_TOP = 10.0 * POINTS_A_MILLIMETRE, 4.5 * POINTS_A_MILLIMETRE
"""Of the code in the upper margin of a page that has no place for one: its side, and how far below the edge it begins,
which is as near as printers print."""


@lru_cache(maxsize=4096)
def qr_rectangles(text: str, error: Literal["m", "q"] = "q") -> tuple[int, tuple[tuple[int, int, int], ...]]:
    """The QR code's size in modules, and its dark runs as (column, row from the top, length).

    Of a code with `error` "q" a quarter may be lost, of one with "m" an eighth, which makes it smaller.
    """
    import segno

    # A fixed mask: every one is valid, and trying all eight takes most of the time.
    code = segno.make(text, error=error, micro=False, mask=3, boost_error=False)
    runs: list[tuple[int, int, int]] = []
    for row, modules in enumerate(code.matrix):
        start: int | None = None
        for column, dark in enumerate([*modules, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                runs.append((start, row, column - start))
                start = None
    return len(code.matrix), tuple(runs)


def qr_operators(text: str, left: float, top: float, side: float, error: Literal["m", "q"] = "q") -> str:
    """The QR code as filled rectangles in its own units."""
    if not text:
        return ""
    count, runs = qr_rectangles(text, error)
    module = side / count
    drawn = " ".join(f"{column} {-row - 1} {length} 1 re" for column, row, length in runs)
    return f"q {module:.5f} 0 0 {module:.5f} {left:.3f} {top:.3f} cm {drawn} f Q"


def small_code_operators(text: str, width: float, height: float) -> str:
    """The code in the upper right margin of a page of this size."""
    return qr_operators(text, width - SIDE - SMALL_CODE, height - _SMALL_CODE_TOP, SMALL_CODE, "m")


def qr_data_uri(text: str) -> str | None:
    """The same QR code as an SVG for the sheet that is laid out whole."""
    if not text:
        return None
    from base64 import b64encode

    count, runs = qr_rectangles(text)
    path = "".join(f"M{column} {row}h{length}v1h-{length}z" for column, row, length in runs)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {count} {count}"><path d="{path}"/></svg>'
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()
