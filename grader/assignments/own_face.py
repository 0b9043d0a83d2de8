"""What an assignment has of its own on its sheets: read from its folder and looked at before anything is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from grader.assignments.own_css import files_in_css, own_css
from grader.assignments.own_files import bytes_inside
from grader.assignments.pictures import LARGEST, picture
from grader.sheets.content.face import PLAIN, Face
from question_bank.errors import InputError, refuse

if TYPE_CHECKING:
    from grader.assignments.face_part import FacePart


def own_face(part: FacePart | None, folder: Path, file: Path) -> Face:
    """The face of all sheets; raises InputError, naming `file` and the keys, for everything that cannot be used."""
    if part is None:
        return PLAIN
    problems: list[InputError] = []
    logo, css = None, ""
    if part.logo is not None:
        try:
            logo = picture(bytes_inside(folder, part.logo, LARGEST))
        except InputError as error:
            problems += [_named(each, file, "face.logo", part.logo) for each in error.all]
    if part.css is not None:
        try:
            css = own_css(folder, part.css)
        except InputError as error:
            problems += [each if each.file else each.at(file=str(file), place="face.css") for each in error.all]
    refuse(problems)
    return Face(part.header or "", logo, css)


def _named(error: InputError, file: Path, place: str, name: str) -> InputError:
    said = f"{name}: {error.found}" if error.file is None else f"{error.file}: {error.found}"
    told = error.at(file=str(file), place=place)
    told.found = said
    return told


def files_of_face(part: FacePart | None, folder: Path) -> Iterator[str]:
    """The files that the face is made of, as they lie below the assignment's folder."""
    if part is None:
        return
    if part.logo is not None:
        yield part.logo
    if part.css is not None:
        yield part.css
        yield from files_in_css(folder, part.css)
