"""The bundled serif for browsers: only the characters that feedback can show, packed into the page itself."""

from __future__ import annotations

import string
from functools import lru_cache

from grader.sheets.typography.fonts import Face, data_address, font_file, font_rules
from question_bank.networks.lettering import notation_in_force
from question_bank.networks.notations import OWN

_TEXT = string.printable.strip() + " −·×±≈=→∂∑σηŷŶ…–—“”‘’½¼¾⁰¹²³⁴⁵⁶⁷⁸⁹⁻" + "".join(map(chr, range(0xC0, 0x180)))
_MATHEMATICS = string.ascii_letters + string.digits + " ∂σηŷ.,−-=≈()"


_GREEK = "".join(map(chr, (*range(0x391, 0x3A2), *range(0x3A3, 0x3AA), *range(0x3B1, 0x3CA))))
"""What a notation of one's own may have for letters."""


def webfont_css() -> str:
    """`@font-face` rules that need no other file."""
    return _css("" if notation_in_force() == OWN else _GREEK + "[]ỹ")


@lru_cache(maxsize=2)
def _css(more: str) -> str:
    return font_rules(lambda face: data_address(_shown(face, more), "font/woff"), " format('woff')")


def _shown(face: Face, more: str) -> bytes:
    text = (_TEXT if face == "regular" else _MATHEMATICS) + more
    return font_file(face, text, "woff", layout_features=("kern", "mark", "mkmk"), name_IDs=(0, 1, 2))
