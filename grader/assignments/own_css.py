"""A style sheet of an instructor's: what it refers to is taken into it from the assignment's folder, or refused."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from grader.assignments.own_files import bytes_inside
from grader.assignments.pictures import LARGEST, picture
from question_bank.errors import InputError, found_text, refuse
from question_bank.toml_text import read_text

_LARGEST = 200_000
_LARGEST_FONT = 2_000_000
_FONTS = {".ttf": "font/ttf", ".otf": "font/otf", ".woff": "font/woff", ".woff2": "font/woff2"}
_PICTURES = (".png", ".jpg", ".jpeg", ".svg")

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ADDRESS = re.compile(r"url\(\s*(?P<quote>[\"']?)(?P<to>.*?)(?P=quote)\s*\)", re.IGNORECASE | re.DOTALL)
_REFUSED = {
    re.compile(r"@import\b", re.IGNORECASE): ("@import", "write all of it into this file"),
    re.compile(r"@page\b[^{]*\{[^}]*\bsize\s*:", re.IGNORECASE): (
        "a size of @page",
        'take paper = "Letter" in assignment.toml',
    ),
    re.compile(r"\\[0-9a-fA-F]"): ("a character written as a number", "write the character itself"),
    re.compile(r"<"): ("the sign <", "take it away: a style sheet has no tags"),
    re.compile(r"\b(?:image|src|image-set|attr|element|cross-fade)\s*\(", re.IGNORECASE): (
        "an address that is put together",
        "write url(FILE), with a file of this folder",
    ),
}


def own_css(folder: Path, name: str) -> str:
    """The style with all that it shows in it; raises InputError with every line that cannot be used."""
    bytes_inside(folder, name, _LARGEST)
    path = folder / name
    text = read_text(path, _LARGEST)
    # Comments leave their lines, so that what is complained of stands where it is said to.
    text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    problems = [one.at(file=str(path)) for one in _problems(text)]
    taken: dict[int, str] = {}
    for found in _ADDRESS.finditer(text):
        try:
            taken[found.start()] = _taken_in(found["to"].strip(), folder)
        except InputError as error:
            place = _line(text, found.start())
            problems += [each.at(file=str(path), place=place) for each in error.all]
    refuse(problems)
    return _ADDRESS.sub(lambda found: f'url("{taken[found.start()]}")', text)


def files_in_css(folder: Path, name: str) -> list[str]:
    """The files that a style which can be used shows, each once."""
    text = _COMMENT.sub("", read_text(folder / name, _LARGEST))
    return list(dict.fromkeys(found["to"].strip() for found in _ADDRESS.finditer(text)))


def _problems(text: str) -> Iterator[InputError]:
    for pattern, (what, remedy) in _REFUSED.items():
        for found in pattern.finditer(text):
            yield InputError(f"{what} ({found_text(found[0])})", place=_line(text, found.start()), remedy=remedy)
    if text.count("{") != text.count("}"):
        yield InputError(f"{text.count('{')} opening braces and {text.count('}')} closing ones")
    whole = {found.start() for found in _ADDRESS.finditer(text)}
    for begun in re.finditer(r"url\(", text, re.IGNORECASE):
        if begun.start() not in whole:
            yield InputError("url( that nothing closes", place=_line(text, begun.start()))


def _line(text: str, at: int) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}"


def _taken_in(address: str, folder: Path) -> str:
    if re.match(r"[a-z][a-z0-9+.-]*:|//", address, re.IGNORECASE):
        raise InputError(
            f"{found_text(address)} would be fetched from elsewhere", remedy="put the file into the assignment's folder"
        )
    ending = PurePosixPath(address.lower()).suffix
    if ending in _FONTS:
        data = bytes_inside(folder, address, _LARGEST_FONT)
        return f"data:{_FONTS[ending]};base64,{base64.b64encode(data).decode()}"
    if ending in _PICTURES:
        return picture(bytes_inside(folder, address, LARGEST)).address
    raise InputError(
        f"{found_text(address)} is neither a picture nor a font", expected=", ".join((*_PICTURES, *_FONTS))
    )
