"""What assignment.toml and extensions.csv say of single students: for whom it is due later, and who has withdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from grader.assignments.assignment import FILE_NAME, ROSTER_NAME, Assignment
from grader.assignments.extensions import FILE_NAME as EXTENSIONS
from grader.assignments.extensions import Extension, load_extensions
from grader.assignments.roster import read_roster
from grader.assignments.student_ids import StudentIds
from grader.files.safe_names import shown
from question_bank.errors import InputError, refuse


@dataclass(frozen=True, slots=True)
class People:
    """Extensions by student, and the students who take part no longer."""

    extensions: Mapping[str, Extension] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()


def says_of_people(folder: Path, assignment: Assignment | None) -> bool:
    """Whether anything is said of single students."""
    said = assignment is not None and bool(assignment.extension or assignment.withdrawn)
    return said or (folder / EXTENSIONS).exists()


def load_people(folder: Path, assignment: Assignment | None, ids: StudentIds) -> People:
    """What a folder says of single students, who are known by `ids`; raises InputError for all that is wrong at once.

    Wrong are an id that is nobody's, somebody who is named twice, and an extension that cannot hold. Who stands on the
    roster is somebody, also with no questions yet, or none any more.
    """
    if says_of_people(folder, assignment) and (folder / ROSTER_NAME).exists():
        ids = ids.beside(student.id for student in read_roster(folder / ROSTER_NAME).students)
    tables, listed = ([], []) if assignment is None else (assignment.extension or [], assignment.withdrawn or [])
    problems: list[InputError] = []
    extensions: dict[str, Extension] = {}
    try:
        due = None if assignment is None else assignment.due
        extensions = load_extensions(folder, due, tables, ids, FILE_NAME)
    except InputError as problem:
        problems += problem.all
    problems += _unknown_or_twice(listed, ids, str(folder / FILE_NAME))
    refuse(problems)
    return People(extensions, frozenset(student for each in listed if (student := ids.find(each).student)))


def _unknown_or_twice(listed: Sequence[str], ids: StudentIds, file: str) -> Iterator[InputError]:
    places: dict[str, int] = {}
    for number, written in enumerate(listed, 1):
        place = f"withdrawn[{number}]"
        whose = ids.find(written)
        if whose.student is None:
            near = get_close_matches(written[:100], ids.known, n=1, cutoff=0.6)
            yield InputError(
                f"{shown(written)} may be {' or '.join(whose.rivals)}"
                if whose.rivals
                else f"{shown(written)} is nobody that got questions or stands on the roster",
                file=file,
                place=place,
                expected="the id of a student",
                remedy=f"did you mean {near[0]!r}?" if near else None,
            )
        elif (first := places.setdefault(whose.student, number)) != number:
            yield InputError(f"{whose.student} again", file=file, place=place, remedy=f"keep withdrawn[{first}]")
