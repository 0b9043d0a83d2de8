"""From files of any kind to one submission for each student and question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from grader.files.safe_names import printable, shown
from grader.reading.number import READ, Reading, Unreadable, read, read_many
from grader.submissions.attempts import Attempt, Attempts
from grader.submissions.boundary import Boundary
from grader.submissions.bundle import walk
from grader.submissions.names import Names
from grader.submissions.parts import Parts
from grader.submissions.records import Collected, Expected, FileProblem, FileReport, PageImage, Submission
from grader.submissions.trust import Origin, Owners, Trust, shared_folders
from question_bank.errors import InputError
from question_bank.expressions.names import WORKING, slot_parts
from question_bank.language.remark import Remark
from question_bank.language.words import N_


def collect(
    files: Sequence[Path],
    expected: Expected,
    *,
    progress: Callable[[str], None] | None = None,
    picture: Callable[[PageImage], None] | None = None,
) -> Collected:
    """Read every file, folder and archive; one that cannot be read costs nobody else's work.

    Of two submissions by the same student to the same question the later counts as a whole: by their times where both
    tell one, else in the order of `files` (in a folder or archive: of the names). There is a remark if they differ; one
    that is wholly blank replaces nothing. What has a weaker claim to be the student's replaces nothing either, see
    `trust`: a table or JSON file inside a folder or archive never replaces a signed sheet, and a copy in somebody
    else's folder never one in the student's own. A file that is itself among `files` does.

    Several files of the same signed sheet are put together as long as no box is filled in twice: pages by themselves,
    or copies with other boxes filled in each. A page that was filled in anew replaces that page only. A box for which
    none of them has a field is reported, once for each student.

    `progress` is called with each file's name when it has been read, `picture` with each page that a person must see.

    Raises:
        InputError: if a path does not exist, before anything is read.
    """
    for path in files:
        if not path.exists():
            raise InputError(
                "no such file", file=str(path), remedy="see how it is spelled, and in which folder you are"
            )
    names = Names(expected)
    owners = Owners(expected)
    parts = Parts(names)
    problems: list[FileProblem] = []
    found: list[tuple[FileReport, Origin]] = []
    with Boundary(expected, names, pictures=picture is not None) as boundary:
        for path in files:
            for report, origin in _reports(path, boundary, owners, problems):
                problems.extend(report.problems)
                if report.part is not None:
                    parts.add(report.part)
                    if picture is not None:
                        for page, png in report.pictures:
                            picture(PageImage(report.part.student, report.source, page, png))
                if report.submissions:
                    found.append((report, origin))
                if progress is not None and not report.is_archive:
                    progress(report.source)
    attempts = Attempts()
    for attempt in _attempts(found, names):
        problems.extend(attempts.add(attempt))
    if len(parts):
        problems.extend(parts.problems(attempts.typed, attempts.blank))
    problems.extend(attempts.unsure())
    problems.extend(_nothing_legible(attempts.counting))
    return Collected(attempts.counting, tuple(problems), attempts.superseded)


def _nothing_legible(submissions: Sequence[Submission]) -> Iterator[FileProblem]:
    """A remark on each student who wrote something, and none of it in numbers that can be read."""
    # Nearly always the first that is not blank is a number, and to read all of these together costs little.
    responses = [next(filter(str.strip, submission.responses.values()), "") for submission in submissions]
    _, statuses = read_many(responses)
    first: dict[str, tuple[Submission, str] | None] = {
        submission.student: None for submission, status in zip(submissions, statuses, strict=True) if status == READ
    }
    for submission in submissions:
        student = submission.student
        for slot, text in submission.responses.items():
            if first.get(student, submission) is None:
                break
            meant = read(text)
            if isinstance(meant, Reading) or (text.strip() and slot_parts(slot)[1] == WORKING):
                first[student] = None
            elif isinstance(meant, Unreadable):
                first.setdefault(student, (submission, text))
    for student, example in first.items():
        if example is not None:
            submission, written = example
            found = Remark.of(
                N_("nothing that {student} wrote can be read as a number, such as {written}"),
                student=printable(student),
                written=partial(_illegible, written),
            )
            remedy = Remark.of(N_("look at it, and ask for it again"))
            yield FileProblem(submission.source, "", found, remedy, False, student)


def _illegible(text: str) -> str:
    """What is no number, and why, which is said in the language that is spoken just now."""
    meant = read(text)
    return f"{shown(text)} ({meant.reason})" if isinstance(meant, Unreadable) else shown(text)


def _reports(
    path: Path, boundary: Boundary, owners: Owners, problems: list[FileProblem]
) -> Iterator[tuple[FileReport, Origin]]:
    """What each file holds that a path stands for, and where it came from."""
    for found in walk(path):
        if isinstance(found, FileProblem):
            problems.append(found)
            continue
        for report in boundary.read(found, str(path)):
            named = found.named and not report.archived
            yield (
                report,
                owners.origin(report.source, str(path), named=named, simulated=found.simulated),
            )


def _attempts(found: Sequence[tuple[FileReport, Origin]], names: Names) -> Iterator[Attempt]:
    """The submissions in their order, with the claim that each has to be the student's."""
    sheets = [(origin, report.part.student) for report, origin in found if report.part is not None]
    students_in = shared_folders(sheets)
    nothing: frozenset[str] = frozenset()
    for report, origin in found:
        shared = bool(origin.folder) and students_in[origin.top, origin.folder] > 1
        for submission in report.submissions:
            absent = names.absent(submission) if report.signed else nothing
            trust = (
                Trust.NAMED if origin.named else origin.trust(submission.student, signed=report.signed, shared=shared)
            )
            yield Attempt(submission, origin, trust, report.signed, absent)
