"""`gradpath grade`: what came back, marked: grades.csv, marks.json, and a summary."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import typer

from grader import report
from grader.assignments.exchanges import exchanged
from grader.assignments.overrides import FILE_NAME as OVERRIDES
from grader.assignments.overrides import supported_line
from grader.assignments.question_set import QuestionSet
from grader.commands.folder import handed_in, handed_out, people, without_untyped
from grader.commands.progress import bar, counted, tell
from grader.commands.recording import MARKS, record_grade
from grader.files.files import on_disk, only_run, replacing, set_aside, write_text
from grader.files.safe_names import file_name, printable
from grader.grading import grading, results
from grader.grading import mark_changes as remark
from grader.grading.grading import Graded, Marking, expected, load_marking
from grader.marking import Verdict
from grader.submissions import LOOK_AT, FileProblem, PageImage, collect
from question_bank.errors import InputError
from question_bank.language.spoken import speaking
from question_bank.networks.lettering import in_notation
from question_bank.toml_text import read_text

CHANGES = "changes.csv"
_MOST_PROBLEMS_SHOWN = 20
_MOST_FILES_SHOWN = 200
_PAGE = "-page-"
_QUESTIONS_A_TABLE = 4
"""So that a table fits 80 columns, also with thousands of students."""


def grade(folder: Path, files: Sequence[Path]) -> int:
    """Mark files, or all that is in the folder's submissions; the exit code is 1 if something could not be read."""
    questions = handed_out(folder)
    names, aliases = people(folder, questions)
    marking = load_marking(folder, questions, aliases)
    questions = exchanged(questions, marking.decisions.exchanges)
    with in_notation(marking.notation):
        return _grade(folder, files, questions, marking, names, aliases)


def _grade(
    folder: Path,
    files: Sequence[Path],
    questions: QuestionSet,
    marking: Marking,
    names: Mapping[str, str],
    aliases: Mapping[str, str],
) -> int:
    for note in marking.received.remarks:
        tell(printable(note))
    for name in marking.rules.never_made(questions):
        tell(f"{folder}: nobody was handed {name}, which stands in assignment.toml: gradpath make adds it")
    given = list(files) or handed_in(folder, "grade")
    with bar("reading", None) as progress:
        collected = collect(
            given,
            expected(questions, aliases, names),
            progress=lambda _: progress(1),
            picture=_pictures(folder / LOOK_AT),
        )
    collected = without_untyped(collected, folder)
    if not collected.submissions and not collected.problems and not marking.decisions.stand_alone:
        raise InputError("nothing was handed in here", file=", ".join(map(str, given)))
    problems = list(collected.problems)
    graded = grading.grade(questions, collected, marking, problems.append)
    marks = folder / MARKS
    # Figures are about those who take part; the others' marks stand apart.
    withdrawn = marking.people.withdrawn
    staying = questions.of(questions.by_student().keys() - withdrawn)
    of_the_class = [one for one in graded if one.handed.student not in withdrawn]
    document = results.marks_json(questions, graded, problems, marking)
    tables = {results.GRADES: results.grades_csv(staying, of_the_class, names, marking.decisions)}
    if withdrawn:
        apart = questions.of(withdrawn)
        theirs = [one for one in graded if one.handed.student in withdrawn]
        tables[results.WITHDRAWN] = results.grades_csv(apart, theirs, names, marking.decisions)
    with only_run(folder, "gradpath grade"):
        before = remark.read_document(marks)
        if before is None and marks.exists():
            tell(f"{marks} cannot be compared with; it was set aside as {set_aside(marks)}")
        changes = () if before is None else remark.compare(before, json.loads(document), questions.former_ids)
        # Before all that it tells of: no table of marks ever lies there without its event.
        record_grade(folder, questions, graded, collected, marking, changes, tables, document)
        # Before the marks that they are found by: an interruption loses none.
        _write_changes(changes, folder / CHANGES)
        if results.WITHDRAWN not in tables:
            (folder / results.WITHDRAWN).unlink(missing_ok=True)
        for name, text in tables.items():
            write_text(folder / name, text, private=True)
        write_text(marks, document, private=True)
        with speaking(marking.language):
            about_the_class = report.write_report(
                folder,
                staying,
                of_the_class,
                problems,
                names,
                marking.catalogue,
                withdrawn=sorted(withdrawn),
                decisions=marking.decisions,
            )
    _show_problems(problems)
    _show_unpaid(of_the_class)
    _show_summary(results.summarise_questions(staying, of_the_class))
    typer.echo("\n" + "\n".join(map(str, (*(folder / name for name in tables), marks, *about_the_class))))
    if changes:
        students = counted(len({change.student for change in changes}), "student")
        typer.echo(f"{folder / CHANGES}: {students} marked otherwise than before")
    return 1 if any(problem.fatal for problem in problems) else 0


def _write_changes(changes: Sequence[remark.Change], path: Path) -> None:
    """Add who has other marks than the last time, from what to what, and why; what was added before stays."""
    if not changes:
        return
    record = read_text(path) if path.exists() else ""
    if record and not remark.is_record(record):
        tell(f"{path} was changed by another program; it was set aside as {set_aside(path)}")
        record = ""
    when = datetime.now().astimezone().isoformat(timespec="seconds")
    write_text(path, remark.add_changes(record, changes, when), private=True)


def _pictures(folder: Path) -> Callable[[PageImage], None]:
    """Where pages go that a person must see; those of an earlier run would tell of what was handed in then."""
    for path in folder.glob(f"*{_PAGE}*.png") if folder.is_dir() else ():
        path.unlink()
    written: Counter[str] = Counter()

    def write(picture: PageImage) -> None:
        name = f"{file_name(picture.student)}{_PAGE}{picture.page}"
        written[name] += 1
        again = f"-{written[name]}" if written[name] > 1 else ""
        with replacing(folder / f"{name}{again}.png", private=True) as file:
            file.write(picture.png)

    return write


def _show_problems(problems: Sequence[FileProblem]) -> None:
    """All of them where they are few, else the worst of each file: none is missing for another's many problems."""
    worst_first = sorted(problems, key=lambda problem: not problem.fatal)
    of_file: dict[str, list[FileProblem]] = {}
    if len(problems) > _MOST_PROBLEMS_SHOWN:
        for problem in worst_first:
            of_file.setdefault(str(on_disk(problem.source)), []).append(problem)
    groups = list(of_file.values()) or [[problem] for problem in worst_first]
    for worst, *others in groups[:_MOST_FILES_SHOWN]:
        more = f" ({len(others):,} more about this file)" if others else ""
        typer.echo(f"{'Not read' if worst.fatal else 'Note'}: {printable(str(worst))}{more}", err=True)
    if of_file:
        files = len(groups) - _MOST_FILES_SHOWN
        rest = f"… and {files:,} more files. " if files > 0 else ""
        typer.echo(f"{rest}All {len(problems):,} problems are in marks.json.", err=True)


def _show_unpaid(graded: Sequence[Graded]) -> None:
    """Who is not paid for what follows until a person says otherwise, and the line that says so."""
    unpaid = [one for one in graded if one.unsupported]
    for one in unpaid[:_MOST_PROBLEMS_SHOWN]:
        student, question = one.handed.student, one.handed.question
        whose = f" The sheet is {one.whose}'s." if one.whose else ""
        typer.echo(printable(f"To look at: {student}, {question}: {one.unsupported.instructor}{whose}"), err=True)
        typer.echo(printable(f"  to pay what follows: {supported_line(student, question, 'say why')}"), err=True)
    if unpaid:
        more = len(unpaid) - _MOST_PROBLEMS_SHOWN
        rest = f"… and {more:,} more; all are in class.html. " if more > 0 else ""
        typer.echo(f"{rest}Write such a line at the top of {OVERRIDES} in this folder, then grade again.", err=True)


def _show_summary(summaries: Sequence[results.QuestionSummary]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    given = [verdict for verdict in Verdict if any(summary.verdicts[verdict] for summary in summaries)]
    for start in range(0, len(summaries), _QUESTIONS_A_TABLE):
        some = summaries[start : start + _QUESTIONS_A_TABLE]
        table = Table("", *(summary.question for summary in some), box=box.SIMPLE, show_edge=False, pad_edge=False)
        for column in table.columns[1:]:
            column.justify = "right"
        table.add_row("handed in", *(f"{summary.handed_in} of {summary.handed_out}" for summary in some))
        table.add_row("mean", *(f"{summary.mean:.2f}" if summary.handed_in else "–" for summary in some))
        table.add_row("out of", *(f"{summary.out_of:g}" for summary in some), end_section=True)
        for verdict in given:
            word = verdict.word.replace("_", " ")
            table.add_row(word, *(f"{summary.verdicts[verdict]:,}" for summary in some))
        Console(highlight=False).print(table)
