"""Assignments that `gradpath make` has made, to be answered online: the keys stay where they are, on the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from grader.assignments import question_set
from grader.assignments.assignment import ROSTER_NAME, Assignment, load_assignment
from grader.assignments.due import due_end
from grader.assignments.equal_ways import with_equal_ways
from grader.assignments.people import People, load_people
from grader.assignments.question_set import HandedQuestion, QuestionSet
from grader.assignments.roster import read_roster
from grader.assignments.student_ids import StudentIds, unique
from grader.files.safe_names import command_line, spreadsheet_safe
from grader.files.tables import csv_text
from grader.practice.storage.online import Online
from question_bank.errors import InputError
from question_bank.networks.notations import OWN, Notation


@dataclass(frozen=True)
class OnlineAssignment:
    """A made folder: what was handed out, and what its assignment.toml says of due time and attempts."""

    folder: Path
    assignment: Assignment
    questions: QuestionSet
    people: People = field(default_factory=People)
    notation: Notation = OWN

    @property
    def id(self) -> str:
        """The assignment's id."""
        return self.questions.assignment.id

    @cached_property
    def by_sheet(self) -> dict[str, list[HandedQuestion]]:
        """Every sheet's questions; an id cannot be made up: who knows it, and the PIN if there is one, may answer."""
        found: dict[str, list[HandedQuestion]] = {}
        for handed in self.questions.questions:
            found.setdefault(handed.sheet_id, []).append(handed)
        return found

    @cached_property
    def ids(self) -> StudentIds:
        """The students' ids, with what else the roster calls them, such as an e-mail address; InputError for a bad one.

        What two of them are called is nobody's.
        """
        path, former = self.folder / ROSTER_NAME, self.questions.former_ids
        listed = read_roster(path).students if path.exists() else ()
        others = unique((other, former.get(one.id, one.id)) for one in listed for other in dict.fromkeys(one.others))
        return StudentIds(self.questions.by_student(), {**others, **former})

    def sheet_of(self, student: str) -> str | None:
        """The id of a student's sheet; by any id that they had."""
        now = self.questions.former_ids.get(student, student)
        handed = self.questions.by_student().get(now)
        return handed[0].sheet_id if handed else None

    def pin(self, student: str) -> str | None:
        """What opens the student's sheet besides its id, None where the id is enough."""
        return self.questions.pin(student) if self.assignment.pins else None

    def stored_as(self, student: str) -> str:
        """By what a student's work is stored: the first id, so that it stays found where the id changes."""
        return self.questions.first_id(student)

    def due_for(self, student: str) -> object:
        """When it is due for one student, as it is written."""
        extension = self.people.extensions.get(student)
        return self.assignment.due if extension is None else extension.due

    def is_due(self, now: float, student: str = "") -> bool:
        """Whether answering is over, for this student, so that the answers may be seen; never where no date is named.

        Without a time zone a due time is meant in the server's own.
        """
        end = due_end(self.due_for(student))
        return end is not None and now >= end.timestamp()

    def attempts(self, question: str) -> int | None:
        """How often a question may be handed in."""
        part = self.assignment.by_id.get(question)
        return None if part is None else part.attempts


def open_assignment(folder: Path) -> OnlineAssignment:
    """A folder that was made; raises InputError if it was not."""
    path = folder / question_set.FILE_NAME
    if not path.exists():
        raise InputError("nothing was handed out yet", file=str(path), remedy=f"run {command_line('make', folder)}")
    assignment = load_assignment(folder)
    questions = with_equal_ways(question_set.load(path))[0]
    people = load_people(folder, assignment, StudentIds(questions.by_student(), questions.former_ids))
    return OnlineAssignment(folder, assignment, questions, people, assignment.notation_in(folder))


def submissions_csv(online: Online) -> str:
    """Every attempt in the long form that `gradpath grade` reads; what was saved and never handed in counts as one."""
    rows = [["student", "question", "slot", "response", "submitted"]]
    attempts = online.attempts()
    handed = {(one.student, one.question) for one in attempts}
    for one in attempts:
        rows += _rows(one.student, one.question, one.responses, one.at)
    for (student, question), (responses, at) in sorted(online.drafts().items()):
        if (student, question) not in handed:
            rows += _rows(student, question, responses, at)
    return csv_text(rows)


def _rows(student: str, question: str, responses: Mapping[str, str], at: float) -> Iterator[list[str]]:
    # Whole seconds: two attempts within one would be taken for one, but hands are not as quick as that.
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for slot, response in responses.items():
        yield [spreadsheet_safe(student), question, slot, spreadsheet_safe(response), moment]
