"""`gradpath research`: answers and marks under random pseudonyms; the key stays in the assignment's folder."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import typer

from grader.assignments.assignment import ROSTER_NAME
from grader.commands.folder import handed_out, people
from grader.commands.progress import counted
from grader.commands.recording import MARKS
from grader.files.files import write_text
from grader.files.safe_names import command_line
from grader.grading.mark_changes import read_document
from grader.grading.research import pseudonyms, research_tables
from question_bank.errors import InputError
from question_bank.toml_text import read_text

KEY = "pseudonyms.json"
ANSWERS, QUESTIONS_MARKS = "answers.csv", "marks.csv"
_BYTES = 5


def research(folder: Path, to: Path) -> int:
    """Write answers.csv and marks.csv of what was graded last; raises InputError where nothing was.

    Whoever has withdrawn is left out. A student keeps a pseudonym, so that two exports can be joined.
    """
    if to.resolve() == folder.resolve():
        raise InputError("the assignment's own folder", file=str(to), expected="another one, for what is given away")
    questions = handed_out(folder)
    names, aliases = people(folder, questions) if (folder / ROSTER_NAME).exists() else ({}, {})
    document = read_document(folder / MARKS)
    if document is None:
        raise InputError("no marks yet", file=str(folder / MARKS), remedy=f"run {command_line('grade', folder)}")
    withdrawn = document.get("withdrawn", ())
    students = dict.fromkeys(one["student"] for one in document["questions"] if one["student"] not in withdrawn)
    known = load_key(folder)
    called = pseudonyms(students, known, lambda: f"p{secrets.token_hex(_BYTES)}")
    write_text(folder / KEY, json.dumps(known | called, ensure_ascii=False, indent=1) + "\n", private=True)
    aliases = {**aliases, **questions.former_ids}
    words = {
        student: [student, names.get(student, ""), *(other for other, whose in aliases.items() if whose == student)]
        for student in students
    }
    for name, text in zip((ANSWERS, QUESTIONS_MARKS), research_tables(document, called, words), strict=True):
        write_text(to / name, text)
        typer.echo(to / name)
    typer.echo(f"{counted(len(called), 'student')}; who is who: {folder / KEY} (private: keep it apart)")
    return 0


def load_key(folder: Path) -> dict[str, str]:
    """Student → pseudonym, of exports before; raises InputError where that file is not as it was written."""
    path = folder / KEY
    if not path.exists():
        return {}
    try:
        known = json.loads(read_text(path))
        if isinstance(known, dict) and all(isinstance(one, str) and one for one in known.values()):
            return known
        raise ValueError
    except ValueError as error:
        raise InputError(
            "it is not as it was written",
            file=str(path),
            remedy="take it from a backup, or take it away",
        ) from error
