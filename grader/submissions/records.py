"""What the readers of submissions take and give."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from grader.assignments import submission_headings as headings
from grader.files.safe_names import printable, shown
from grader.files.tables import Table, decode, find_table, plain_heading, split_lines
from grader.submissions import limits
from question_bank.language.remark import Remark
from question_bank.language.words import N_

MOST_PROBLEMS = 200
"""Problems listed for one file; the rest is counted. A wrong column in a class's file is one mistake, not thousands."""

LONGEST_RESPONSE = 10_000
"""Characters; no number and no line of working has as many."""

LATER_COUNTS = Remark.of(N_("the later one counts; leave out the one that should not"))
SHORTEN_IT = Remark.of(N_("shorten it; it was left out"))


def at_line(line: int) -> Remark:
    """A place in a table."""
    return Remark.of(N_("line {line}"), line=str(line))


def too_long(student: str, slot: str, length: int) -> Remark:
    """What is said of a response that is no number any more."""
    return Remark.of(
        N_("the response of {student} to {slot} has {count} characters"), student=student, slot=slot, count=length
    )


def no_question(student: str, written: str) -> Remark:
    """What is said of answers to a question that a student does not have."""
    return Remark.of(N_("{student} has no question {question}"), student=student, question=shown(written))


def no_slot(student: str, written: str) -> Remark:
    """What is said of an answer to a slot that a student does not have."""
    return Remark.of(N_("{student} has no slot {slot}"), student=student, slot=shown(written))


@dataclass(frozen=True, slots=True)
class Submission:
    """What one student answered to one question: slot → the characters written there.

    `submitted` is when, as an ISO date and time, if the file says so. `followed` is the layout of a typed working,
    where it is another one than the sheet's.
    """

    student: str
    question: str
    responses: dict[str, str]
    source: str
    submitted: str = ""
    followed: str = ""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """What a file holds of a student's sheet: the boxes that it has fields for, by question.

    `torn`: some page of it has fewer fields than were printed on it.
    """

    student: str
    source: str
    boxes: Mapping[str, Collection[str]]
    torn: bool = False
    covered: Mapping[str, Collection[str]] = field(default_factory=dict)
    """The boxes left blank over which something is written that is no value of theirs, by question."""

    marked: Collection[int] = ()
    """Pages on which something is written elsewhere than in a blank box."""

    extra: Collection[int] = ()
    """Pages, not blank, without any of the sheet's fields."""

    pictures: int = 0
    """How many of its pages were drawn for a person."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as a person sees it, to be looked at: whose, of which file, which page (from 1), and the PNG."""

    student: str
    source: str
    page: int
    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Something about a file: where, what was found, what to do.

    `fatal`: something that was handed in is not among the submissions. Otherwise it is, and this says how it was taken.
    `student` is the id of whoever it concerns, if that is one student and known.
    """

    source: str
    place: str
    found: str
    remedy: str
    fatal: bool
    student: str = ""

    def __str__(self) -> str:
        where = f"{self.source}, {self.place}" if self.place else self.source
        return f"{where}: {self.found}. {self.remedy[:1].upper()}{self.remedy[1:]}"


@dataclass(frozen=True, slots=True)
class Expected:
    """What was handed out: the slots of every student's questions, and whose a sheet is."""

    slots: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Student → question → slots."""

    sheets: Mapping[str, str]
    """Sheet id → student."""

    aliases: Mapping[str, str] = field(default_factory=dict)
    """Further ids of students, such as e-mail addresses → student."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Student → name, where it is known: platforms name a student's folder by it."""


@dataclass(frozen=True, slots=True)
class Collected:
    """All submissions, one at most for each student and question, and what was noticed on the way.

    `superseded` are earlier attempts at the same, in their order, for whoever marks the best of several: only those
    that have as good a claim to be the student's as the one that counts.
    """

    submissions: tuple[Submission, ...]
    problems: tuple[FileProblem, ...]
    superseded: tuple[Submission, ...] = ()


@dataclass(frozen=True)
class Content:
    """A file's bytes and where they come from (a path, or one inside an archive)."""

    source: str
    data: bytes = field(repr=False)
    archived: bool = False

    @property
    def suffix(self) -> str:
        """The name's ending in lower case, with its dot."""
        return PurePosixPath(self.source).suffix.lower()

    @cached_property
    def decoded(self) -> tuple[str, str | None]:
        """The bytes as text, and a remark on the encoding."""
        return decode(self.data)

    @property
    def text(self) -> str:
        """The bytes as text."""
        return self.decoded[0]

    @cached_property
    def table(self) -> Table | None:
        """The text as a table, None if it is blank."""
        table = find_table(self.text, _is_known)
        if table is None or any(map(_is_known, table.header)):
            return table
        # Apple's Numbers writes the table's name above its headings; blank lines keep the others' numbers.
        name = table.header_line
        below = find_table("\n" * name + "".join(split_lines(self.text, keep_ends=True)[name:]), _is_known)
        return below if below is not None and any(map(_is_known, below.header)) else table


def _is_known(heading: str) -> bool:
    return plain_heading(heading) in headings.ALL


class TooMuch(Exception):
    """A file of which there would be more to say than anybody reads."""


class FileReport:
    """Gathers the submissions and problems of one file.

    Raises TooMuch where there are more problems than a file of answers can have.
    """

    def __init__(self, source: str) -> None:
        self.source = printable(source)
        self.submissions: list[Submission] = []
        self.signed = False
        """Whether the file itself proves whose the submissions are."""
        self.part: SheetPart | None = None
        self.pictures: list[tuple[int, bytes]] = []
        """Pages of the sheet as PNG that a person should see, by number."""
        self.archived = False
        self.is_archive = False
        self.most_listed = MOST_PROBLEMS
        self._problems: list[FileProblem] = []
        self._listed = {True: 0, False: 0}
        self._unlisted = {True: 0, False: 0}
        self._said: set[str] = set()

    def lost(self, place: str, found: str, remedy: str, *, student: str = "") -> None:
        """Something handed in could not be used."""
        self._add(place, found, remedy, fatal=True, student=student)

    def note(self, place: str, found: str, remedy: str) -> None:
        """Something handed in was used, in a way that should be known."""
        self._add(place, found, remedy, fatal=False)

    def put(self, responses: dict[str, str], slot: str, response: str, place: str, student: str) -> None:
        """Put a student's response into a slot; of two that differ the later counts, unless it is blank."""
        before = responses.get(slot, "")
        if before.strip() and before != response:
            if not response.strip():
                return
            found = Remark.of(
                N_("a second response of {student} to {slot}: {response} after {before}"),
                student=student,
                slot=slot,
                response=shown(response),
                before=shown(before),
            )
            self.note(place, found, LATER_COUNTS)
        responses[slot] = response

    def note_once(self, place: str, found: str, remedy: str) -> None:
        """A note that would be the same for every line."""
        if found not in self._said:
            self._said.add(found)
            self.note(place, found, remedy)

    def take(self, problems: Iterable[FileProblem], submissions: Iterable[Submission]) -> None:
        """Add what another process has found in the file."""
        self._problems.extend(problems)
        self.submissions.extend(submissions)

    @property
    def problems(self) -> list[FileProblem]:
        """All problems; how many more there are if they are too many to list: what was lost comes before remarks."""
        lost = [problem for problem in self._problems if problem.fatal]
        remarks = [problem for problem in self._problems if not problem.fatal]
        unlisted = {True: lost[self.most_listed :], False: remarks[max(0, self.most_listed - len(lost)) :]}
        gone = {id(problem) for each in unlisted.values() for problem in each}
        problems = [problem for problem in self._problems if id(problem) not in gone]
        for fatal, others in unlisted.items():
            more = self._unlisted[fatal] + len(others)
            if more:
                what = N_("more problems like these: {count}") if fatal else N_("more remarks like these: {count}")
                remedy = Remark.of(N_("settle the first ones, then read the file again"))
                problems.append(FileProblem(self.source, "", Remark.of(what, count=more), remedy, fatal))
        return problems

    def _add(self, place: str, found: str, remedy: str, *, fatal: bool, student: str = "") -> None:
        if self._listed[fatal] < MOST_PROBLEMS:
            self._listed[fatal] += 1
            self._problems.append(FileProblem(self.source, place, found, remedy, fatal, student))
        else:
            self._unlisted[fatal] += 1
            if sum(self._unlisted.values()) > limits.MOST_REMARKS:
                raise TooMuch
