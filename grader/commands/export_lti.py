"""`gradpath export lti`: the marks into the gradebooks of courses whose links students came by."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader.commands.practice import missing_packages
from grader.commands.progress import counted
from grader.files.files import write_text
from grader.files.safe_names import command_line, printable, shown
from question_bank.errors import GradpathError, InputError
from question_bank.language.spoken import speaking
from question_bank.language.words import _, decimal, ngettext

if TYPE_CHECKING:
    from grader.assignments.question_set import QuestionSet
    from grader.assignments.student_ids import StudentIds
    from grader.practice.lti.fetching import Fetcher
    from grader.practice.storage.course_links import CourseLink, CourseLinks
    from grader.practice.storage.database import Database

_FETCHED = "online.csv"
_FOLLOWS = "follow_through"


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The assignment's folder.", show_default=False)],
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", envvar="GRADPATH_DATABASE", help="Practice's database, as for gradpath practice."),
    ] = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Write what was answered online to DIR/submissions first, and send nothing.")
    ] = False,
    near_platforms: Annotated[
        bool, typer.Option("--near-platforms", help="Learning platforms are on this machine or in a private network.")
    ] = False,
) -> None:
    """Send the marks of `gradpath grade` to the courses that have a link to the assignment.

    Once each, and again where they have changed. Nothing is lost there: these marks have followed mistakes through, and
    the comment says so. Who never opened the link is found among the course's people, if the platform tells these.
    """
    if missing := missing_packages():
        raise GradpathError(f"this needs practice ({', '.join(missing)}): pip install 'gradpath[practice]'")
    from grader.practice.lti.fetching import Fetcher
    from grader.practice.storage.database import open_database

    opened = open_database(database)
    try:
        if fetch:
            _fetch(folder, opened)
            return
        raise typer.Exit(_send(folder, opened, Fetcher(near=near_platforms)))
    finally:
        opened.close()


def _fetch(folder: Path, database: Database) -> None:
    from grader.commands.folder import SUBMISSIONS, handed_out
    from grader.practice.storage.assignments import submissions_csv
    from grader.practice.storage.online import Online

    text = submissions_csv(Online(database, handed_out(folder).assignment.id))
    path = folder / SUBMISSIONS / _FETCHED
    path.parent.mkdir(exist_ok=True)
    write_text(path, text, private=True)
    typer.echo(f"Wrote {path}; next: {command_line('grade', folder)}")


@dataclass(frozen=True, slots=True)
class _Mark:
    """A student's total, out of so much, and what is said of it."""

    marks: float
    out_of: float
    comment: str


def _send(folder: Path, database: Database, fetcher: Fetcher) -> int:
    from grader.commands.export_people import everybody
    from grader.commands.folder import handed_out
    from grader.practice.lti.sending import ScoreSender
    from grader.practice.storage.course_links import ASSIGNMENT, CourseLinks

    questions = handed_out(folder)
    people = everybody(folder, questions)
    marks = marks_with_comments(folder, questions)
    links = CourseLinks(database)
    showing = links.showing(f"{ASSIGNMENT}{questions.assignment.id}")
    if not showing:
        raise InputError(
            "no link in a course shows this assignment",
            file=str(folder),
            remedy="start gradpath practice --assignment with the same --database, and open the link in the course",
        )
    reached: Counter[str] = Counter()
    sender = ScoreSender(database, fetcher)
    troubles: list[tuple[str, str]] = []
    sent = 0
    for link in showing:
        if not link.line_item:
            typer.echo(
                f"Note: a link in {printable(link.course) or 'a course'} has no column in the gradebook.", err=True
            )
            continue
        reached.update(_want(links, link, questions, marks))
        others = [student for student in marks if student not in reached]
        if others and link.members:
            _tie_others(database, fetcher, link, people.ids, questions, others)
            reached.update(_want(links, link, questions, marks))
        done = sender.send(link=link.id)
        sent += done.sent
        troubles += done.troubles
    typer.echo(f"Sent {counted(sent, 'score')}, of {counted(len(marks), 'student')} with marks")
    above = sum(mark.marks > mark.out_of for mark in marks.values())
    if above:
        typer.echo(f"Lost there: what goes beyond the most that there is, for {counted(above, 'student')}.", err=True)
    for student in marks:
        if student not in reached:
            typer.echo(f"Not found in the course: {shown(student)}", err=True)
    for whose, why in troubles:
        typer.echo(f"Not taken, {shown(whose)}: {printable(why)}", err=True)
    return 1 if troubles else 0


def _want(links: CourseLinks, link: CourseLink, questions: QuestionSet, marks: Mapping[str, _Mark]) -> list[str]:
    """Have the marks of all who came by the link sent; returns these students."""
    came = {score.person for score in links.scores(link.id)}
    ties = links.ties(questions.assignment.id)
    found = []
    for student, mark in marks.items():
        person = ties.get(questions.first_id(student))
        if person is not None and person in came:
            links.want(link.id, person, mark.marks, mark.out_of, mark.comment)
            found.append(student)
    return found


def _tie_others(
    database: Database,
    fetcher: Fetcher,
    link: CourseLink,
    ids: StudentIds,
    questions: QuestionSet,
    students: Collection[str],
) -> None:
    """Find students who came by no link, as on paper, among the course's people, by the same rule as who comes."""
    from grader.practice.lti.fetching import PlatformTrouble
    from grader.practice.lti.matching import student_by
    from grader.practice.lti.services import PlatformServices
    from grader.practice.storage.course_links import CourseLinks
    from grader.practice.storage.platforms import Platforms
    from grader.practice.web.sessions import Sessions

    links, platforms = CourseLinks(database), Platforms(database)
    platform = platforms.get(link.platform)
    if platform is None:
        return
    try:
        members = PlatformServices(platform, platforms, fetcher).members(link.members)
    except PlatformTrouble as trouble:
        typer.echo(f"Note: the course's people could not be asked for: {trouble}.", err=True)
        return
    now = time.time()
    found = [(student_by(ids, one.number, one.mail), one.subject) for one in members if one.learns and one.subject]
    often = Counter(student for student, _subject in found)
    for student, subject in found:
        # Two accounts of one student: which of them it is they show by coming.
        if student is None or student not in students or often[student] > 1:
            continue
        person = Sessions(database.secret).sent_by(platform.id, subject, ()).learner
        links.meet(platform.id, subject, person, now)
        if links.tie(questions.assignment.id, questions.first_id(student), person, now) == "tied":
            links.expect(link.id, person)


def marks_with_comments(folder: Path, questions: QuestionSet) -> dict[str, _Mark]:
    """Everybody's total as it was graded last, and its parts in words, without those who have withdrawn."""
    from grader.assignments.assignment import load_assignment
    from grader.commands.recording import MARKS
    from grader.grading.mark_changes import read_document

    document = read_document(folder / MARKS)
    if document is None:
        raise InputError("no marks yet", file=str(folder / MARKS), remedy=f"run {command_line('grade', folder)}")
    withdrawn = frozenset(document.get("withdrawn", ()))
    entries: dict[str, list[Mapping[str, Any]]] = {}
    for entry in document["questions"]:
        entries.setdefault(entry["student"], []).append(entry)
    with speaking(load_assignment(folder).language):
        return {
            each["student"]: _Mark(
                float(each["marks"]), float(each["out_of"]), _comment(each, entries.get(each["student"], ()))
            )
            for each in document["totals"]
            if each["student"] not in withdrawn and each["out_of"] > 0
        }


def _comment(total: Mapping[str, Any], entries: Any) -> str:
    counting = [entry for entry in entries if entry["question"] in total["counting"]]
    parts = [
        _("{question}: {marks} of {out_of}").format(
            question=entry["question"], marks=_number(entry["marks"]), out_of=_number(entry["out_of"])
        )
        for entry in counting
    ]
    followed = sum(slot["verdict"] == _FOLLOWS for entry in counting for slot in entry["slots"])
    if followed:
        said = ngettext(
            "{count} value follows from an earlier one of your own and was marked as right for it",
            "{count} values follow from earlier ones of your own and were marked as right for them",
            followed,
        )
        parts.append(said.format(count=followed))
    return "; ".join(parts)


def _number(marks: float) -> str:
    return decimal(f"{marks:.2f}".rstrip("0").rstrip("."))
