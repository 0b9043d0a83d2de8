"""Pictures of an instructor's, looked at before anything is drawn with them: PNG, JPEG and SVG of a reasonable size."""

from __future__ import annotations

import base64
import re
import warnings
from dataclasses import dataclass, field
from io import BytesIO
from typing import NoReturn
from xml.parsers import expat

from grader.sheets.content.face import Logo
from question_bank.errors import InputError, found_text

LARGEST = 1_000_000
"""Bytes of a picture's file."""
MOST_PIXELS = 16_000_000
_KEPT = 1_200
"""Pixels of the longer side that paper shows any of: a larger picture is made smaller once, not with every page."""
_LONGEST_TO_SHORTEST = 30.0
_MOST_DRAWN, _DEEPEST = 5_000, 40
"""Elements of an SVG, those that are used again counted each time, and how deep they may lie in each other."""

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_DRAWS = frozenset(
    {
        *("svg", "g", "defs", "symbol", "use", "switch", "title", "desc", "metadata", "style"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"),
        *("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "marker"),
    }
)
"""What a picture is drawn with: nothing that runs, fetches, or holds another document."""
_ADDRESS = re.compile(r"url\(\s*[\"']?(?P<to>[^)]*)", re.IGNORECASE)
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]{1,2})?)\s*(px|pt|pc|mm|cm|in)?\s*")
_UNITS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}


def picture(data: bytes) -> Logo:
    """A picture with its address; raises InputError for what is none, or is too large, or refers to anything else."""
    if not data:
        raise InputError("the file is empty", expected=_A_PICTURE)
    if len(data) > LARGEST:
        raise InputError(f"a picture of {len(data):,} bytes", expected=f"at most {LARGEST:,}")
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    return _drawn(data) if start.startswith(b"<") else _photographed(data)


_A_PICTURE = "a picture: PNG, JPEG or SVG"


def _logo(data: bytes, kind: str, width: float, height: float) -> Logo:
    ratio = width / height
    if not 1 / _LONGEST_TO_SHORTEST <= ratio <= _LONGEST_TO_SHORTEST:
        raise InputError(
            f"a picture of {width:g} by {height:g}",
            expected=f"one side at most {_LONGEST_TO_SHORTEST:g} times the other",
        )
    return Logo(f"data:image/{kind};base64,{base64.b64encode(data).decode()}", ratio)


def _photographed(data: bytes) -> Logo:
    from PIL import Image, ImageFile, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # we ask for the size ourselves
            opened = Image.open(BytesIO(data), formats=("PNG", "JPEG"))
    except Image.DecompressionBombError as error:
        raise InputError("a picture of too many pixels", expected=f"at most {MOST_PIXELS:,} pixels") from error
    except Exception as error:  # what is no picture ends in any of a dozen errors
        raise InputError("this is no picture", expected=_A_PICTURE) from error
    # Of the picture only its head was read so far.
    if opened.width * opened.height > MOST_PIXELS:
        raise InputError(
            f"a picture of {opened.width:,} by {opened.height:,} pixels", expected=f"at most {MOST_PIXELS:,} pixels"
        )
    kind = "jpeg" if opened.format == "JPEG" else "png"
    # WeasyPrint has it draw what there is of a picture that was cut off.
    lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shown = ImageOps.exif_transpose(opened).convert("RGB" if kind == "jpeg" else "RGBA")
            shown.thumbnail((_KEPT, _KEPT))
    except Exception as error:
        raise InputError("the picture is damaged", expected=_A_PICTURE) from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient
    out = BytesIO()
    shown.save(out, kind.upper(), **({"quality": 92} if kind == "jpeg" else {}))
    return _logo(out.getvalue(), kind, shown.width, shown.height)


@dataclass(slots=True)
class _Drawn:
    """An element of an SVG: what lies in it, and what it is drawn with from elsewhere in the picture."""

    uses: list[str] = field(default_factory=list)
    within: list[_Drawn] = field(default_factory=list)


class _Looker:
    """Goes through an SVG once, and refuses what is no plain picture."""

    def __init__(self) -> None:
        self.top: dict[str, str] = {}
        self._open: list[_Drawn] = []
        self._names: list[str] = []
        self._by_id: dict[str, _Drawn] = {}
        self._count = 0
        self.root: _Drawn | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _other, local = name.rpartition(" ")
        self._count += 1
        if self._count > _MOST_DRAWN or len(self._open) >= _DEEPEST:
            _refuse(f"more than {_MOST_DRAWN:,} elements, or more than {_DEEPEST} in each other")
        if self.root is None and (space, local) != (_SVG, "svg"):
            _refuse(f"it begins with <{local}>")
        if space == _SVG and local not in _DRAWS:
            _refuse(f"an element <{local}>")
        if space not in (_SVG, "") and local.lower() in ("script", "iframe", "object", "embed"):
            _refuse(f"an element <{local}>")
        made = _Drawn()
        for attribute, value in attributes.items():
            self._look_at(attribute, value, made)
        if self._open:
            self._open[-1].within.append(made)
        else:
            self.root, self.top = made, attributes
        self._by_id.setdefault(attributes.get("id", ""), made)
        self._open.append(made)
        self._names.append(local)

    def _look_at(self, attribute: str, value: str, made: _Drawn) -> None:
        space, _other, local = attribute.rpartition(" ")
        if local.lower().startswith("on"):
            _refuse(f"a script in {local}")
        if local == "base" and space:
            _refuse("another address as its base")
        if local == "href" and space in ("", _XLINK):
            if not value.strip().startswith("#"):
                _refuse(f"it refers to {found_text(value)}")
            made.uses.append(value.strip()[1:])
        made.uses += self._addresses(value)

    @staticmethod
    def _addresses(text: str) -> list[str]:
        if "\\" in text or "@import" in text.lower():
            _refuse("it fetches a style")
        found = [address["to"].strip() for address in _ADDRESS.finditer(text)]
        for to in found:
            if not to.startswith("#"):
                _refuse(f"it refers to {found_text(to)}")
        return [to[1:].rstrip("\"' ") for to in found]

    def end(self, _name: str) -> None:
        self._open.pop()
        self._names.pop()

    def text(self, text: str) -> None:
        if self._names and self._names[-1] == "style" and self.root is not None:
            self.root.uses += self._addresses(text)

    def require_small(self) -> None:
        """Refuse pictures that grow without end where their parts use each other."""
        known: dict[int, int] = {}
        inside: set[int] = set()

        def size(one: _Drawn, depth: int) -> int:
            if id(one) in inside or depth > 3 * _DEEPEST:
                _refuse("its parts use each other in a circle")
            if id(one) not in known:
                inside.add(id(one))
                used = [self._by_id[name] for name in one.uses if name in self._by_id]
                known[id(one)] = 1 + sum(size(each, depth + 1) for each in (*one.within, *used))
                inside.discard(id(one))
                if known[id(one)] > _MOST_DRAWN:
                    _refuse(f"more than {_MOST_DRAWN:,} elements, those that are used again counted each time")
            return known[id(one)]

        if self.root is not None:
            size(self.root, 0)


def _refuse(found: str) -> NoReturn:
    raise InputError(
        f"an SVG that is more than a picture: {found}",
        remedy="export it as plain SVG with paths and without effects, or as PNG",
    )


def _drawn(data: bytes) -> Logo:
    looker = _Looker()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True  # what is cut in two would be looked at in two halves
    parser.buffer_size = 1 << 20
    parser.StartElementHandler, parser.EndElementHandler = looker.start, looker.end
    parser.CharacterDataHandler = looker.text
    # An entity could stand for a million others, or for a file.
    parser.StartDoctypeDeclHandler = lambda name, _system, _public, inner: _doctype(name, inner=bool(inner))
    parser.EntityDeclHandler = lambda *_: _refuse("it declares entities")
    parser.ProcessingInstructionHandler = lambda target, _text: _refuse(f"an instruction <?{target}?>")
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise InputError(f"this is no picture (line {error.lineno}: {error})", expected=_A_PICTURE) from error
    looker.require_small()
    return _logo(data, "svg+xml", *_size(looker.top))


def _doctype(name: str, *, inner: bool) -> None:
    # Programs write the one of SVG 1.1, which nobody fetches.
    if inner or name.lower() != "svg":
        _refuse("a document type of its own")


def _size(top: dict[str, str]) -> tuple[float, float]:
    """Width and height, of which only the ratio counts."""
    try:
        _left, _top, width, height = (float(each) for each in re.split(r"[\s,]+", top["viewBox"].strip()))
    except (KeyError, ValueError):
        sides = [_LENGTH.fullmatch(top.get(side, "")) for side in ("width", "height")]
        width, height = (float(found[1]) * _UNITS[found[2] or "px"] if found else 0.0 for found in sides)
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise InputError("an SVG that does not say its size", expected="a viewBox, or width and height")
    return width, height
