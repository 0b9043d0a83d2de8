"""A plain symbol set by itself, where no formula is laid out: in circles, in labels, in what is stamped."""

from __future__ import annotations

from grader.sheets.typography.fonts import Face, font
from question_bank.expressions.names import Symbol
from question_bank.networks.lettering import IndexPart
from question_bank.networks.notation import named_parts

_INDEX_SIZE, _INDEX_DROP, _TIME_RISE = 0.7, 0.22 * 0.7, 0.45 * 0.7
"""Size of indices, and how far they stand below the line or a time above it (mathematics.css), at size 1."""
_STACKED = 0.07
"""How much further both stand from the line where one is above the other."""
_AFTER_COMMA = 0.17


def symbol_width(symbol: Symbol, size: float) -> float:
    """Width of a plain symbol: its letter in italics, its indices smaller."""
    return sum(part[3] for part in symbol_parts(symbol, size))


def symbol_parts(symbol: Symbol, size: float) -> list[tuple[Face, float, str, float, float]]:
    """A plain symbol's letter, indices and time as `mathematics.css` sets them.

    Face, size, text, the room that it takes, and how far it stands below the line.
    """
    written, time = named_parts(symbol)
    small = _INDEX_SIZE * size
    face: Face = "regular" if len(written.plain) > 1 and written.plain.isascii() else "italic"
    parts = [_part(face, size, written.plain, size, 0.0)]
    below = [_part(_face_of(part), small, part.text, small, _INDEX_DROP * size) for part in written.below]
    if not written.layer:
        above = [_part("regular", small, time, small, -_TIME_RISE * size)] if time else []
        return [*parts, *below, *above]
    # The layer stands above the unit: back to where that began, and then to the end of the longer of the two.
    above = [_part("regular", small, f"{written.layer} {time}".rstrip(), small, -(_TIME_RISE + _STACKED) * size)]
    below = [(*part[:4], part[4] + _STACKED * size) for part in below]
    wide, high = sum(part[3] for part in below), sum(part[3] for part in above)
    return [
        *parts,
        *above,
        ("regular", small, "", -high, 0.0),
        *below,
        ("regular", small, "", max(0.0, high - wide), 0.0),
    ]


def _face_of(part: IndexPart) -> Face:
    return "italic" if part.text.isalpha() and not part.upright else "regular"


def _part(face: Face, size: float, text: str, wide: float, drop: float) -> tuple[Face, float, str, float, float]:
    space = _AFTER_COMMA if text.endswith(",") else 0.0
    return face, size, text, (font(face).width(text) + space) * wide, drop
