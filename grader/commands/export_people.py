"""Who stands on the roster, for what is exported by student; and a platform's table as it lies on the disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.assignments.assignment import ROSTER_NAME
from grader.assignments.question_set import QuestionSet
from grader.assignments.student_ids import StudentIds
from grader.commands.folder import roster
from question_bank.errors import InputError

EXPORTED = "exported"
"""The folder of what was exported for single students, in the assignment's own."""

_LARGEST = 50_000_000


@dataclass(frozen=True, slots=True)
class Everybody:
    """The students: their ids, names and e-mail addresses, what several are called by (in small letters)."""

    ids: StudentIds
    names: Mapping[str, str]
    mails: Mapping[str, str]
    shared: Mapping[str, Sequence[str]]

    def require_own_addresses(self, folder: Path, of_whom: str = "") -> None:
        """Raise InputError where the roster has no e-mail addresses, or one for several."""
        shared = [f"{mail}: {' and '.join(several)}" for mail, several in self.shared.items() if "@" in mail]
        if shared or not self.mails:
            raise InputError(
                f"one address for several students, {'; '.join(shared)}" if shared else "no e-mail addresses on it",
                file=str(folder / ROSTER_NAME),
                expected=f"a column such as Email address, with an address of their own for each{of_whom}",
            )


def everybody(folder: Path, questions: QuestionSet) -> Everybody:
    """Who got questions, with what the roster says of them, where there is one."""
    students = roster(folder, questions.former_ids) if (folder / ROSTER_NAME).exists() else []
    whose: defaultdict[str, list[str]] = defaultdict(list)
    for student in students:
        for other in dict.fromkeys(each.casefold() for each in student.others):
            whose[other].append(student.id)
    further = {other: found[0] for other, found in whose.items() if len(found) == 1}
    mails = {student.id: next(filter(_is_mail, (*student.others, student.id)), "") for student in students}
    return Everybody(
        StudentIds(questions.by_student(), {**further, **questions.former_ids}),
        {student.id: student.name for student in students},
        {student: mail for student, mail in mails.items() if mail},
        {other: found for other, found in whose.items() if len(found) > 1},
    )


def _is_mail(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(at and name and "." in host) and not any(sign.isspace() or sign in "<>,;" for sign in text)


def table_of(path: Path) -> bytes:
    """The bytes of a platform's table; raises InputError for a workbook, an archive, and for what no class can fill."""
    with path.open("rb") as opened:
        data = opened.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise InputError(f"larger than {_LARGEST / 1e6:.0f} MB", expected="a line for each student")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError("a workbook or an archive", expected="a table of text", remedy="download it as CSV")
    return data
