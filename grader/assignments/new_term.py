"""An assignment of an earlier term for a new one: its files without its people, decisions and marks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.assignments import question_set
from grader.assignments.assignment import FILE_NAME, ROSTER_NAME, Assignment, load_assignment, read_assignment
from grader.assignments.earlier_sets import digest, load_earlier, save_earlier
from grader.assignments.own_face import files_of_face
from grader.files.files import replacing, write_text
from question_bank.errors import InputError
from question_bank.questions.own_misconceptions import FILE_NAME as OWN_MISCONCEPTIONS
from question_bank.toml_text import parse_toml, read_text

_OF_PEOPLE = ("extension", "withdrawn", "accessible")
"""Keys of assignment.toml that are about students of one term."""

_LARGEST = 1_000_000
_EXTENSION = re.compile(r"^\[\[extension\]\].*\n(?:(?!\[).*(?:\n|\Z))*", re.MULTILINE)
_WITHDRAWN = re.compile(r"^(?:withdrawn|accessible)[ \t]*=[ \t]*\[[^\]]*\].*(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NewTerm:
    """What was written, the assignment as it now stands, and how many earlier questions will not be drawn again."""

    files: tuple[Path, ...]
    assignment: Assignment
    earlier: int


def begin_like(folder: Path, old: Path) -> NewTerm:
    """Take an assignment over into a new folder: its file, own recipes, networks, notation, misconceptions; no people.

    What the old folder handed out, and those that it goes on from, is kept as digests: `make` draws none of it again.
    Raises InputError where there is an assignment already, and for an old one that cannot be used. assignment.toml is
    written last: without it nothing is begun, and the command can be given again.
    """
    begun = next((folder / name for name in (FILE_NAME, question_set.FILE_NAME) if (folder / name).exists()), None)
    if begun is not None:
        raise InputError("there is an assignment already", file=str(begun), remedy="name a folder that is new")
    assignment = read_assignment(old)
    text = without_people(read_text(old / FILE_NAME, _LARGEST), str(old / FILE_NAME))
    load_assignment(old)  # its recipes must be there to be taken along
    for name in assignment.own_files:
        _require_inside(old, name)
    handed = old / question_set.FILE_NAME
    earlier = set(load_earlier(old))
    if handed.exists():
        earlier |= {digest(each) for each in question_set.load(handed).questions}
    looks = {name: (old / name).read_bytes() for name in files_of_face(assignment.face, old)}
    texts = {
        name: read_text(old / name) for name in (*assignment.own_files, OWN_MISCONCEPTIONS) if (old / name).exists()
    }
    if not (folder / ROSTER_NAME).exists():
        texts[ROSTER_NAME] = "id,name\n"
    for name, content in texts.items():
        write_text(folder / name, content)
    for name, data in looks.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with replacing(folder / name) as file:
            file.write(data)
    save_earlier(earlier, folder)
    write_text(folder / FILE_NAME, text)
    return NewTerm(
        (*(folder / name for name in (*texts, *looks)), folder / FILE_NAME), load_assignment(folder), len(earlier)
    )


def _require_inside(old: Path, recipe: str) -> None:
    if not (old / recipe).resolve().is_relative_to(old.resolve()):
        raise InputError(
            f"{recipe} lies outside of the folder",
            file=str(old / FILE_NAME),
            remedy="put it beside assignment.toml, so that it can be taken along",
        )


def without_people(text: str, file: str) -> str:
    """The text of assignment.toml without what it says of single students, its comments and all else as they are."""
    said = parse_toml(text, file)
    left = _WITHDRAWN.sub("", _EXTENSION.sub("", text))
    if _but_for_people(said) != parse_toml(left, file):
        raise InputError(
            "extensions or the withdrawn are written in a way in which they cannot be left out",
            file=file,
            expected='[[extension]] tables, and withdrawn = ["s1003"] at the beginning of a line',
        )
    return left


def _but_for_people(said: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key not in _OF_PEOPLE}
