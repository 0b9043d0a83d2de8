"""Simulated submissions as the files that come back, and the truth about them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from grader.files.tables import csv_text
from grader.simulation.truth import Simulated

FILE_NAMES = ("long.csv", "wide.csv", "rows.json")


def long_csv(simulated: Sequence[Simulated]) -> str:
    """A row for every slot."""
    rows = [(one.student, one.question, slot, text) for one in simulated for slot, text in one.responses.items()]
    return csv_text([("student", "question", "slot", "response"), *rows])


def wide_csv(simulated: Sequence[Simulated]) -> str:
    """A row for every student, a column for every slot of every question."""
    columns = list(dict.fromkeys(f"{one.question}.{slot}" for one in simulated for slot in one.responses))
    students: dict[str, dict[str, str]] = {}
    for one in simulated:
        row = students.setdefault(one.student, {})
        row |= {f"{one.question}.{slot}": text for slot, text in one.responses.items()}
    rows = [(student, *(row.get(column, "") for column in columns)) for student, row in students.items()]
    return csv_text([("student", *columns), *rows])


def json_rows(simulated: Sequence[Simulated]) -> str:
    """An entry for every student and question."""
    entries = [
        {"student": one.student, "question": one.question, "responses": dict(one.responses)} for one in simulated
    ]
    return json.dumps(entries, ensure_ascii=False, indent=1) + "\n"


def files(simulated: Sequence[Simulated]) -> dict[str, str]:
    """File name → text: a third of the students in each form that submissions may have."""
    students = list(dict.fromkeys(one.student for one in simulated))
    third = {student: at % 3 for at, student in enumerate(students)}
    forms = zip(FILE_NAMES, (long_csv, wide_csv, json_rows), strict=True)
    return {
        name: form(chosen)
        for number, (name, form) in enumerate(forms)
        if (chosen := [one for one in simulated if third[one.student] == number])
    }


def truth_json(simulated: Sequence[Simulated]) -> str:
    """What is true of every submission, one line each."""
    rows = (
        json.dumps({"student": one.student, "question": one.question, **one.truth.as_dict()}, ensure_ascii=False)
        for one in simulated
    )
    return "[\n" + ",\n".join(rows) + "\n]\n"
