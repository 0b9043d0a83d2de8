"""The bundled serif for browsers: only the characters that feedback can show, packed into the page itself."""

from __future__ import annotations

import base64
import string
from functools import lru_cache
from io import BytesIO

from grader.sheets.typography.fonts import Face
from grader.sheets.typography.templates_folder import templates_folder

_TEXT = string.printable.strip() + " −·×±≈=→∂∑σηŷŶ…–—“”‘’½²¼¾" + "".join(map(chr, range(0xC0, 0x180)))
_MATHEMATICS = string.ascii_letters + string.digits + " ∂σηŷ.,−-=≈()"
_FACES: tuple[tuple[Face, int, str], ...] = (
    ("regular", 400, "normal"),
    ("italic", 400, "italic"),
    ("bold", 700, "normal"),
)


@lru_cache(maxsize=1)
def webfont_css() -> str:
    """`@font-face` rules that need no other file."""
    rules = []
    for face, weight, style in _FACES:
        data = base64.b64encode(_subset(face)).decode()
        rules.append(
            f"@font-face{{font-family:'Gradpath Serif';font-weight:{weight};font-style:{style};"
            f"src:url(data:font/woff;base64,{data}) format('woff')}}"
        )
    return "\n".join(rules)


def _subset(face: Face) -> bytes:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(layout_features=["kern", "mark", "mkmk"], notdef_outline=True, name_IDs=[0, 1, 2])
    data = BytesIO((templates_folder() / "fonts" / f"serif-{face}.ttf").read_bytes())
    # Without the hour in which it was made, so that the same feedback is the same file.
    loaded = TTFont(data, recalcTimestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(text=_TEXT if face == "regular" else _MATHEMATICS)
    subsetter.subset(loaded)
    loaded.flavor = "woff"
    out = BytesIO()
    loaded.save(out)
    return out.getvalue()
