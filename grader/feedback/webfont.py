"""The bundled serif for browsers: only the characters that feedback can show, packed into the page itself."""

from __future__ import annotations

import string
from functools import lru_cache

from grader.sheets.typography.fonts import Face, data_address, font_file, font_rules

_TEXT = string.printable.strip() + " −·×±≈=→∂∑σηŷŶ…–—“”‘’½¼¾⁰¹²³⁴⁵⁶⁷⁸⁹⁻" + "".join(map(chr, range(0xC0, 0x180)))
_MATHEMATICS = string.ascii_letters + string.digits + " ∂σηŷ.,−-=≈()"


@lru_cache(maxsize=1)
def webfont_css() -> str:
    """`@font-face` rules that need no other file."""
    return font_rules(lambda face: data_address(_shown(face), "font/woff"), " format('woff')")


def _shown(face: Face) -> bytes:
    text = _TEXT if face == "regular" else _MATHEMATICS
    return font_file(face, text, "woff", layout_features=("kern", "mark", "mkmk"), name_IDs=(0, 1, 2))
