"""`gradpath feedback`: what each student gets back, as PDF, HTML and JSON."""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Iterable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime
from difflib import get_close_matches
from multiprocessing import get_context
from pathlib import Path

import typer

from grader.assignments.due import due_end
from grader.assignments.exchanges import exchanged
from grader.assignments.question_set import QuestionSet
from grader.commands.folder import handed_in, handed_out, people, without_untyped
from grader.commands.languages import note_begun
from grader.commands.progress import bar, counted, tell
from grader.commands.recording import record_feedback
from grader.files.files import keep_from_others, replacing, write_text
from grader.files.safe_names import file_name, printable, shown
from grader.grading import grading
from grader.grading.grading import Graded, Marking, expected, load_marking
from grader.grading.totals import totals
from grader.submissions import collect
from question_bank.errors import GradpathError, InputError
from question_bank.language.spoken import speaking
from question_bank.networks.lettering import in_notation

FEEDBACK = "feedback"
ENDINGS = ("pdf", "html", "json")
"""Of the files that each student gets."""

_STUDENTS_A_PROCESS = 4
_MOST_WAITING = 16
"""Documents laid out or about to be, so that memory does not grow with the class."""


def feedback(folder: Path, *, students: Iterable[str] = (), before_due: bool = False) -> int:
    """Write feedback/STUDENT.pdf, .html and .json for these students, or for all who handed something in.

    The exit code is 1 if some submission could not be read, as that of `grade`.
    """
    questions = handed_out(folder)
    names, aliases = people(folder, questions)
    marking = load_marking(folder, questions, aliases)
    questions = exchanged(questions, marking.decisions.exchanges)
    if not before_due and not_yet(marking.due):
        raise GradpathError(
            f"{folder}: this is due {_shown_due(marking.due)}, and feedback shows the answers. "
            "Wait until then, or say --before-due"
        )
    wanted = [_known(student, questions) for student in students]
    still = [] if before_due else [one for one in marking.people.extensions.values() if not_yet(one.due)]
    for one in still:
        if not wanted or one.student in wanted:
            tell(f"Note: {printable(one.student)} may hand in until {one.text}: no feedback until then.")
    places = handed_in(folder, "feedback")
    with bar("reading", None) as progress:
        collected = collect(places, expected(questions, aliases), progress=lambda _: progress(1))
    collected = without_untyped(collected, folder)
    problems = list(collected.problems)
    if not collected.submissions and not problems and not marking.decisions.stand_alone:
        raise InputError("nothing was handed in here", file=str(places[0]), remedy="put what came back there")
    with in_notation(marking.notation):
        graded = grading.grade(questions, collected, marking, problems.append)
    unread = [problem for problem in problems if problem.fatal]
    for problem in unread:
        typer.echo(f"Not read: {printable(str(problem))}", err=True)
    waiting = {one.student for one in still}
    ready = [one for one in graded if one.handed.student not in waiting]
    note_begun(marking.language)
    with speaking(marking.language), in_notation(marking.notation):
        written = _write_all(folder, questions, marking, ready, wanted, names)
    without = [student for student in wanted if student not in written and student not in waiting]
    for student in without:
        tell(f"Note: {printable(student)} handed nothing in.")
    if written:
        stems = {student: folder / FEEDBACK / file_name(student) for student in written}
        record_feedback(folder, {one: [with_ending(stem, end) for end in ENDINGS] for one, stem in stems.items()})
    typer.echo(f"{folder / FEEDBACK}: {counted(len(written), 'student')}; PDF, HTML and JSON")
    return 1 if unread else 0


def with_ending(stem: Path, ending: str) -> Path:
    """A file by its name without ending, in which there may be dots."""
    return stem.with_name(f"{stem.name}.{ending}")


def not_yet(due: object, now: datetime | None = None) -> bool:
    """Whether the end of the due time lies ahead; one that is only text is never ahead.

    >>> from datetime import date
    >>> not_yet(date(2030, 1, 31), datetime(2030, 1, 31, 23, 59)), not_yet(date(2030, 1, 31), datetime(2030, 2, 1))
    (True, False)
    """
    end = due_end(due)
    return end is not None and (now or datetime.now(end.tzinfo)) < end


def _shown_due(due: object) -> str:
    return f"{due:%Y-%m-%d %H:%M}" if isinstance(due, datetime) else str(due)


def _known(student: str, questions: QuestionSet) -> str:
    students = questions.by_student()
    student = questions.former_ids.get(student, student)
    if student in students:
        return student
    near = get_close_matches(student, students, n=3)
    raise InputError(
        f"no student {shown(student)} was handed anything",
        expected=" or ".join(map(shown, near)) if near else "an id of the roster",
    )


def _write_all(
    folder: Path,
    questions: QuestionSet,
    marking: Marking,
    graded: Iterable[Graded],
    wanted: list[str],
    names: dict[str, str],
) -> list[str]:
    from grader.feedback import feedback_for, feedback_html, feedback_json, paper_html, paper_pdf

    marks: defaultdict[str, dict[str, Graded]] = defaultdict(dict)
    for one in graded:
        marks[one.handed.student][one.handed.question] = one
    assignment = marking.rules.assignment
    found = totals(questions, [one for of in marks.values() for one in of.values()], marking.decisions)
    students = {
        student: handed
        for student, handed in questions.by_student().items()
        if student in marks and (not wanted or student in wanted)
    }
    keep_from_others(folder / FEEDBACK)
    with bar("writing feedback", len(students)) as progress, _workers(len(students)) as workers:
        waiting: deque[tuple[Path, Future[bytes]]] = deque()

        def write_oldest() -> None:
            path, pdf = waiting.popleft()
            with replacing(path, private=True) as file:
                file.write(pdf.result())
            progress(1)

        for student, handed in students.items():
            made = feedback_for(
                handed,
                marks[student],
                course=assignment.course if assignment else "",
                title=assignment.title if assignment else questions.assignment.title,
                name=names.get(student, ""),
                paper=assignment.paper if assignment else "A4",
                catalogue=marking.catalogue,
                total=found[student],
            )
            stem = folder / FEEDBACK / file_name(student)
            write_text(with_ending(stem, "json"), feedback_json(made), private=True)
            write_text(with_ending(stem, "html"), feedback_html(made), private=True)
            path = with_ending(stem, "pdf")
            waiting.append((path, workers.submit(paper_pdf, paper_html(made), made.paper)))
            if len(waiting) > _MOST_WAITING:
                write_oldest()
        while waiting:
            write_oldest()
    return list(students)


def _workers(students: int) -> Executor:
    """Processes that lay out; for a few students a thread here, since a process has to be started first."""
    count = min(os.cpu_count() or 1, students // _STUDENTS_A_PROCESS)
    if count < 2:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"))
