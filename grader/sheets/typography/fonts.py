"""The bundled serif: its faces for CSS, its glyphs and widths for the layer of numbers."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from grader.sheets.typography.templates_folder import templates_folder

Face = Literal["regular", "italic", "bold"]

FACES: Mapping[Face, tuple[int, str]] = {"regular": (400, "normal"), "italic": (400, "italic"), "bold": (700, "normal")}
"""With their weights and styles in CSS."""

ASCENT = 0.762
"""Part of the font's size above the baseline; with the descent it makes exactly 1, so that a line box of height 1 em
has its baseline there."""

DIGIT_HEIGHT = 0.656
"""At size 1."""


_MOST_MEASURED = 50_000


@dataclass(frozen=True)
class Font:
    """A face: its file, and for every character its glyph and its width in thousandths of the size."""

    face: Face
    file: bytes
    glyphs: dict[str, int]
    widths: dict[str, int]
    _measured: dict[str, float] = field(default_factory=dict, compare=False, repr=False)

    def covers(self, text: str) -> bool:
        """True if no character of the text would vanish."""
        return all(character in self.glyphs for character in text)

    def width(self, text: str) -> float:
        """Width of the text at size 1; characters that the font lacks count nothing."""
        width = self._measured.get(text)
        if width is None:
            widths = self.widths
            width = sum([widths.get(character, 0) for character in text]) / 1000
            # A class's numbers are the same few hundred.
            if len(self._measured) < _MOST_MEASURED:
                self._measured[text] = width
        return width

    def hex(self, text: str) -> str:
        """The text's glyphs as the PDF operator Tj takes them."""
        glyphs = self.glyphs
        return "".join([f"{glyphs[character]:04X}" for character in text if character in glyphs])


@lru_cache(maxsize=3)
def font(face: Face) -> Font:
    """One face of the serif."""
    from io import BytesIO

    from fontTools.ttLib import TTFont

    file = (templates_folder() / "fonts" / f"serif-{face}.ttf").read_bytes()
    parsed = TTFont(BytesIO(file), lazy=True)
    names = parsed.getBestCmap()
    advances = parsed["hmtx"]
    glyphs = {chr(code): parsed.getGlyphID(name) for code, name in names.items()}
    widths = {chr(code): int(advances[name][0]) for code, name in names.items()}
    return Font(face, file, glyphs, widths)


@lru_cache(maxsize=8)
def font_file(face: Face, characters: str, flavor: str | None = None, **options: object) -> bytes:
    """A face's file with these characters only; `flavor` and `options` are those of fontTools."""
    from io import BytesIO

    from fontTools import subset
    from fontTools.ttLib import TTFont

    # Without the hour in which it was made, so that the same page is the same file.
    parsed = TTFont(BytesIO(font(face).file), recalcTimestamp=False)
    smaller = subset.Subsetter(subset.Options(notdef_outline=True, **options))
    smaller.populate(text=characters)
    smaller.subset(parsed)
    parsed.flavor = flavor
    out = BytesIO()
    parsed.save(out)
    return out.getvalue()


@lru_cache(maxsize=1)
def font_css() -> str:
    """The faces as `@font-face` rules with their files in them, for a page that has nothing beside it."""
    return font_rules(lambda face: data_address(font(face).file, "font/ttf"))


def data_address(file: bytes, kind: str) -> str:
    """An address that is the file itself, of a kind of data."""
    return f"data:{kind};base64,{base64.b64encode(file).decode()}"


def font_rules(address: Callable[[Face], str], after: str = "") -> str:
    """`@font-face` rules that say where each face's file is; `after` is what follows its address."""
    return "\n".join(
        f"@font-face{{font-family:'Gradpath Serif';font-weight:{weight};font-style:{style};"
        f"src:url({address(face)}){after}}}"
        for face, (weight, style) in FACES.items()
    )
