"""`gradpath simulate`: submissions by simulated students, to try a set with before a class does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import typer

from grader import simulation
from grader.assignments.own_networks import warnings_of
from grader.assignments.question_set import QuestionSet
from grader.commands.folder import SUBMISSIONS, handed_out
from grader.commands.progress import bar, counted, tell
from grader.files.files import write_text
from grader.files.safe_names import command_line, shown
from grader.simulation import KINDS, StudentKind, Wanted
from grader.simulation.kinds import BY_NAME, Family
from grader.submissions.bundle import SIMULATED
from question_bank.errors import InputError
from question_bank.misconceptions import CATALOGUE

TRUTH = "simulated-truth.json"


def simulate(
    folder: Path, *, seed: int, honest: float, kinds: Sequence[str], misconception: str, count: int | None
) -> int:
    """Write submissions of simulated students in each form that a table may have, and the truth about them."""
    chosen, wanted = chosen_kinds(kinds, misconception), Wanted(misconception=misconception)
    questions = first_students(handed_out(folder), count)
    with bar("working", len(questions.questions)) as progress:
        done = simulation.simulate(questions, seed=seed, honest=honest, kinds=chosen, wanted=wanted, progress=progress)
    if not done:
        what = " or ".join(kind.name for kind in chosen) + (f" of {misconception}" if misconception else "")
        raise InputError(f"no question has a place for {what}", file=str(folder), remedy="name another kind")
    written = simulation.files(done)
    for name in simulation.FILE_NAMES:
        path = folder / SUBMISSIONS / f"{SIMULATED}{name}"
        if name in written:
            write_text(path, written[name], private=True)
            typer.echo(f"Wrote {path}")
        else:
            path.unlink(missing_ok=True)  # those of an earlier run hand in nothing now
    # Not among the submissions: it would be read as one.
    write_text(folder / TRUTH, simulation.truth_json(done), private=True)
    typer.echo(f"Wrote {folder / TRUTH}")
    families = Counter(_FAMILIES[BY_NAME[one.truth.kind].family] for one in done)
    counts = ", ".join(f"{number:,} {family}" for family, number in families.most_common())
    tell(f"{counted(len(done), 'submission')}: {counts}")
    return 0


def check(folder: Path, *, seed: int, kinds: Sequence[str], misconception: str, count: int | None) -> int:
    """Mark thousands of simulated students on a set's questions; the exit code is 1 if marking breaks a promise."""
    from grader.commands.confusion import show
    from grader.simulation.check import check as check_marking
    from grader.simulation.examiner import examine

    chosen, wanted = chosen_kinds(kinds, misconception), Wanted(misconception=misconception)
    handed_set = handed_out(folder)
    questions = [handed.solved() for handed in handed_set.questions]
    if warned := list(dict.fromkeys(one.question for one in warnings_of(handed_set))):
        typer.echo(
            f"Note: what certification found on {', '.join(warned)} was allowed: mistakes that cannot be told there "
            "may keep a promise from holding, though none to honest students.",
            err=True,
        )
    if not questions:
        raise InputError("no question was handed out", file=str(folder), remedy=f"run {command_line('make', folder)}")
    students = count or STUDENTS_OF_A_CHECK
    tell(f"{counted(students, 'student')} work {counted(len(questions), 'question')}, and are marked …")
    report = check_marking(questions, examine, students=students, seed=seed, wanted=wanted, kinds=chosen or KINDS)
    show(report)
    return 0 if report.passed else 1


STUDENTS_OF_A_CHECK = 10_000

_FAMILIES: dict[Family, str] = {
    "honest": "honest",
    "rounding": "rounded too early or cut off",
    "mistakes": "with a mistake",
    "misreadings": "with givens misread",
    "columns": "with a wrong column",
    "slips": "with a slip of the pen or blanks",
    "writing": "with a slip of the pen or blanks",
    "filled": "filled with anything",
    "borrowed": "with a neighbour's or made-up numbers",
}


def chosen_kinds(names: Sequence[str], misconception: str) -> tuple[StudentKind, ...]:
    """Kinds by their names; raises InputError for one that there is not."""
    for name in names:
        if name not in BY_NAME:
            raise InputError(f"no kind of student is called {shown(name)}", expected=", ".join(BY_NAME))
    ids = [entry.id for entry in CATALOGUE]
    if misconception and misconception not in ids:
        raise InputError(f"no misconception is called {shown(misconception)}", expected=", ".join(ids))
    return tuple(BY_NAME[name] for name in names or (["misconception"] if misconception else []))


def first_students(questions: QuestionSet, count: int | None) -> QuestionSet:
    """The set of the first so many students."""
    students = set(list(questions.by_student())[:count])
    return questions.model_copy(
        update={"questions": tuple(handed for handed in questions.questions if handed.student in students)}
    )
