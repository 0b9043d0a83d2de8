"""What an assignment has of its own on its sheets: read from its folder and looked at before anything is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from grader.assignments.own_css import files_in_css, own_css
from grader.assignments.own_files import bytes_inside, file_inside
from grader.assignments.pictures import LARGEST, picture
from grader.sheets.content.face import PLAIN, Face
from grader.sheets.typography.own_templates import OwnTemplates, require_templates
from question_bank.errors import InputError, refuse
from question_bank.toml_text import read_text

if TYPE_CHECKING:
    from grader.assignments.face_part import FacePart


def own_face(part: FacePart | None, folder: Path, file: Path) -> Face:
    """The face of all sheets; raises InputError, naming `file` and the keys, for everything that cannot be used."""
    if part is None:
        return PLAIN
    problems: list[InputError] = []
    logo, css, templates = None, "", None
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
    if part.templates is not None:
        try:
            templates = own_templates(folder, part.templates)
            require_templates(templates)
        except InputError as error:
            problems += [each if each.file else each.at(file=str(file), place="face.templates") for each in error.all]
    refuse(problems)
    return Face(part.header or "", logo, css, templates=templates)


def _named(error: InputError, file: Path, place: str, name: str) -> InputError:
    said = f"{name}: {error.found}" if error.file is None else f"{error.file}: {error.found}"
    told = error.at(file=str(file), place=place)
    told.found = said
    return told


_LARGEST, _MOST = 100_000, 50
"""Bytes of a template, and how many of them there may be."""


def own_templates(folder: Path, name: str) -> OwnTemplates:
    """The templates in a folder below the assignment's; raises InputError for what cannot be read."""
    path = file_inside(folder, name)
    if not path.is_dir():
        raise InputError("this is no folder", file=str(path))
    found = _templates_in(folder, name)
    if not 1 <= len(found) <= _MOST:
        raise InputError(
            f"{len(found) or 'no'} templates", file=str(path), expected=f"1 to {_MOST} files such as question.html"
        )
    for each in found:
        bytes_inside(folder, f"{name}/{each}", _LARGEST)
    return OwnTemplates(str(path), tuple((each, read_text(path / each, _LARGEST)) for each in found))


def _templates_in(folder: Path, name: str) -> list[str]:
    path = folder / name
    return sorted(each.relative_to(path).as_posix() for each in path.rglob("*.html") if each.is_file())


def files_of_face(part: FacePart | None, folder: Path) -> Iterator[str]:
    """The files that the face is made of, as they lie below the assignment's folder."""
    if part is None:
        return
    if part.logo is not None:
        yield part.logo
    if part.css is not None:
        yield part.css
        yield from files_in_css(folder, part.css)
    if part.templates is not None:
        yield from (f"{part.templates}/{each}" for each in _templates_in(folder, part.templates))
