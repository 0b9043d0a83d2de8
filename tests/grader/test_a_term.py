"""A term played through, every mark in grades.csv worked out once more by the sums that docs/marking.md states."""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.assignments.assignment import load_assignment, make
from grader.assignments.question_set import load
from grader.commands import app

pytestmark = pytest.mark.usefixtures("without_plots", "without_sheets", "read_here")

DUE = datetime(2030, 1, 31, 18)
MARKS = {"q1": 4, "q2": 4, "q3": 4}
ASSIGNMENT = f"""
title = "A set"
due = {DUE.isoformat()}
marks_step = 0.25
{{people}}
[rubric.late]
per_day = 0.1
at_most = 0.5
"""
QUESTION = '[[questions]]\nrecipe = "first"\nparameter = "w1_11"\nmarks = 4\n'
# Of 8 parts the gradient, its path's product, is 3, each other box 1: what is lost where all is right but for one box.
LOST = {"": Fraction(0), "gradient": Fraction(3, 8)}


def quarter(marks: Fraction) -> Fraction:
    """Half up to a quarter."""
    return Fraction(floor(marks * 4 + Fraction(1, 2)), 4)


def written(marks: Fraction) -> str:
    return f"{float(marks):.2f}"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


def test_every_mark_is_what_a_person_would_work_out(tmp_path: Path) -> None:
    chance = random.Random(13)
    students = [f"s{number:03}" for number in range(28)]
    (tmp_path / "assignment.toml").write_text(ASSIGNMENT.format(people="") + len(MARKS) * QUESTION)
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name\n" + "".join(f"{one},\n" for one in students[:25]))
    run("make", tmp_path)
    before = {(one.student, one.question): one for one in load(tmp_path / "questions.json").questions}
    # Three join late; what the others have stays.
    roster.write_text("id,name\n" + "".join(f"{one},\n" for one in students))
    questions = make(load_assignment(tmp_path), tmp_path, students).questions
    handed = {(one.student, one.question): one for one in questions.questions}
    assert before.items() <= handed.items()

    wrong = {pair: chance.choice(["", "", "gradient", None]) for pair in handed}
    days = {student: chance.choice([0, 0, 0, 1, 2, 7]) for student in students}
    rows = [
        (student, name, slot.slot, "77" if slot.slot == wrong[student, name] else repr(slot.value))
        for (student, name), one in handed.items()
        if wrong[student, name] is not None
        for slot in one.slots
    ]
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "all.csv").write_text(
        "student,question,slot,response\n" + "".join(",".join(row) + "\n" for row in rows)
    )
    (tmp_path / "received.csv").write_text(
        "student,submitted\n"
        + "".join(f"{one},{(DUE + timedelta(days=n) - timedelta(hours=1)).isoformat()}\n" for one, n in days.items())
    )
    more_days = {"s001": 1, "s009": 2, "s017": 7}
    people = 'withdrawn = ["s004"]\n' + "".join(
        f'[[extension]]\nstudent = "{one}"\ndue = {(DUE + timedelta(days=n)).isoformat()}\nwhy = "ill"\n'
        for one, n in more_days.items()
    )
    (tmp_path / "assignment.toml").write_text(ASSIGNMENT.format(people=people) + len(MARKS) * QUESTION)
    run("grade", tmp_path)
    run("rename", tmp_path, "s009", "t900")
    (tmp_path / "overrides.toml").write_text(
        '[[drop]]\nquestion = "q2"\nwhy = "a misprint"\n'
        '[[full_marks]]\nstudent = ["s002", "s009"]\nquestion = "q3"\nwhy = "no drawing"\n'
        '[[bonus]]\nstudent = "*"\nmarks = 0.4\nwhy = "the misprint"\n'
        '[total]\nbest = 1\ncap = 4.25\nfloor = 1\nwhy = "as announced"\n'
    )
    run("grade", tmp_path)

    expected: dict[str, list[str]] = {}
    for student in students:
        late = max(0, days[student] - more_days.get(student, 0))
        kept = 1 - min(Fraction(late, 10), Fraction(1, 2))
        marks = {
            name: quarter(MARKS[name] * (1 - LOST[box]) * kept)
            for name in MARKS
            if (box := wrong[student, name]) is not None
        }
        come = bool(marks)
        if student in ("s002", "s009"):
            marks["q3"] = Fraction(4)
        total = ""
        if marks:
            counting = max(marks.get("q1", Fraction(0)), marks.get("q3", Fraction(0)))
            bonus = Fraction(4, 10) if come else Fraction(0)
            total = written(max(Fraction(1), min(Fraction(17, 4), counting + bonus)))
        cells = [written(marks[name]) if name in marks and name != "q2" else "" for name in MARKS]
        expected["t900" if student == "s009" else student] = [*cells, total]
    apart = {"s004": expected.pop("s004")}
    for name, rows_there in (("grades.csv", expected), ("withdrawn.csv", apart)):
        with (tmp_path / name).open() as file:
            assert {
                row["student"]: [row[one] for one in (*MARKS, "total")] for row in csv.DictReader(file)
            } == rows_there
    # Once more: nothing is found to have changed.
    changes = (tmp_path / "changes.csv").read_text()
    run("grade", tmp_path)
    assert (tmp_path / "changes.csv").read_text() == changes
    assert "s009" not in changes
