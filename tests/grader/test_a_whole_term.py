"""A term of 180 students in German, in the lecture's letters: every number of every grades.csv worked out once more.

The marks come from `own_marking`: a lecture's formulas, the answers that are written here, and fractions.
"""

from __future__ import annotations

import csv
import io
import math
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from grader.assignments.question_set import load
from tests.grader import own_marking
from tests.grader.command_line import run
from tests.grader.own_marking import Box, Number, marked, right, worked
from tests.grader.test_a_term import quarter, written

pytestmark = [pytest.mark.usefixtures("without_plots", "read_here"), pytest.mark.slow]

DUE = datetime(2030, 1, 31, 18)
MARKS = {"q1": 4, "q2": 6, "q3": 3}
NOTATION = """
like = "gradpath"
pre_activation = "z"
output = "o"
error_term = "δ"
order = "from-to"
matrices = "from-to"
"""
STUDENTS = [f"s{number}" for number in range(1001, 1181)]
LATE_JOINERS = 3
NOTHING_CAME = {"s1007", "s1077", "s1177"}
WITHDRAWN = "s1004"
RENAMED = ("s1009", "t2009")
UPLOADED = [f"s{number}" for number in range(1010, 1016)]
"""Whose filled sheets come as PDFs, the first two of them in each other's folders."""
TYPED = [f"s{number}" for number in range(1050, 1054)]
"""Whose sheets came on paper."""
EXCHANGED = ("s1030", "s1031")
"""Whose answers first came under each other's ids."""
READ_OUT = "s1002"
"""Who gets a sheet in the order in which it is read."""
ASSIGNMENT = f"""
title = "Blatt 3"
language = "de"
notation = "vorlesung.toml"
due = {DUE.isoformat()}
marks_step = 0.25
accessible = ["{READ_OUT}"]
{{people}}
[rubric.late]
per_day = 0.1
at_most = 0.5
[[questions]]
recipe = "two-paths-given"
parameter = "w1_31"
marks = 4
[[questions]]
recipe = "three-two-one"
marks = 6
[[questions]]
recipe = "relu-net"
parameter = "w1_11"
marks = 3
"""
EXTENSIONS = {"s1001": 1, "s1090": 2, "s1170": 7}
OBJECTS = ("s1042", "q2", "h1_2")
"""Whose box could not be read, until the sheet was looked at."""

Sheets = Mapping[tuple[str, str], list[Box]]
Answers = dict[tuple[str, str], dict[str, str]]


def done(*words: object) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.output


def sheets(folder: Path) -> dict[tuple[str, str], list[Box]]:
    """What everybody was asked, from the givens that stand in questions.json."""
    found = {}
    for one in load(folder / "questions.json").questions:
        said: dict[str, Any] = one.model_dump(exclude_none=True)
        network = said["network"]
        if one.recipe == "two-paths-given":
            boxes = own_marking.two_paths(network, said["forward"])
        elif one.recipe == "three-two-one":
            boxes = own_marking.error_terms(network)
        else:
            boxes = own_marking.exact_relu(network)
        found[one.student, one.question] = boxes
    return found


def answered(boxes: list[Box], chance: random.Random) -> dict[str, str]:
    """What somebody writes: right, or wrong in a box or two and carried on or not, with gaps, or not to be read."""
    truth = right(boxes)
    kind = chance.choice(["right"] * 4 + ["carried", "carried", "twice", "strayed", "gaps", "illegible"])
    # Of two, none is a product: one that stands alone and follows from nothing is not paid on.
    may_be = [box for box in boxes if kind != "twice" or not box.name.endswith("product")]
    struck = {
        box.name: _off(truth[box.name], box, chance) for box in chance.sample(may_be, 2 if kind == "twice" else 1)
    }
    if kind in ("carried", "twice"):
        return worked(boxes, struck, more=chance.choice([0, 0, 2]))
    found = worked(boxes, {}, more=chance.choice([0, 0, 2]))
    if kind == "strayed":
        found |= {name: worked(boxes, struck)[name] for name in struck}
    for box in chance.sample(boxes, 2) if kind in ("gaps", "illegible") else ():
        found[box.name] = "" if kind == "gaps" else "1,2,3"
    return found


def _off(value: Number, box: Box, chance: random.Random) -> Number:
    """A number of which no habit and no slip of the pen is known."""
    if box.places is None:
        off = [value + Fraction(by, 4) for by in (13, -13, 17, -19)]
        # What rests on a bare 0 or 1 that nothing explains is not paid.
        return chance.choice([one for one in off if abs(one) not in (0, 1)])
    return float(f"{value * chance.uniform(1.3, 1.8) + math.copysign(0.0723, value):.{box.places}f}")


@dataclass
class Term:
    """What has come and what was decided, so far."""

    answers: Answers
    days: Mapping[str, int]
    extensions: Mapping[str, int] = field(default_factory=dict)
    granted: Mapping[tuple[str, str], Mapping[str, Fraction]] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()

    def grades(self, asked: Sheets) -> dict[str, list[str]]:
        """The cells of everybody's line: each question, and the total."""
        found = {}
        for student in STUDENTS:
            late = max(0, self.days[student] - self.extensions.get(student, 0))
            kept = 1 - min(Fraction(late, 10), Fraction(1, 2))
            marks = {}
            for name, most in MARKS.items():
                if (what := self.answers.get((student, name))) is not None:
                    boxes, granted = asked[student, name], self.granted.get((student, name), {})
                    marks[name] = quarter(marked(boxes, what, most, granted) * kept)
            cells = [written(marks[name]) if name in marks and name not in self.dropped else "" for name in MARKS]
            total = sum((mark for name, mark in marks.items() if name not in self.dropped), Fraction(0))
            found[student] = [*cells, written(total) if marks else ""]
        return found


def cells(text: str) -> dict[str, list[str]]:
    return {row["student"]: [row[name] for name in (*MARKS, "total")] for row in csv.DictReader(io.StringIO(text))}


def hand_in(folder: Path, answers: Answers) -> None:
    """Files of some, lines of a table of most, and what an instructor types from paper."""
    submissions = folder / "submissions"
    submissions.mkdir(exist_ok=True)
    whose = {UPLOADED[0]: UPLOADED[1], UPLOADED[1]: UPLOADED[0]}
    for student in UPLOADED:
        fields = {
            f"{name}.{slot}": text
            for (who, name), boxes in answers.items()
            if who == student
            for slot, text in boxes.items()
        }
        writer = PdfWriter(clone_from=PdfReader(folder / "sheets" / f"{student}.pdf"))
        for page in writer.pages:
            writer.update_page_form_field_values(page, fields, auto_regenerate=False)
        (submissions / whose.get(student, student)).mkdir(exist_ok=True)
        writer.write(submissions / whose.get(student, student) / "blatt.pdf")
    table = io.StringIO()
    writer_of_rows = csv.writer(table, delimiter=";")
    writer_of_rows.writerow(["student", "question", "slot", "response"])
    for (student, name), boxes in answers.items():
        if student not in (*UPLOADED, *TYPED):
            writer_of_rows.writerows([student, name, slot, text] for slot, text in boxes.items())
    (submissions / "alle.csv").write_text(table.getvalue())
    done("typing", folder)
    with (folder / "typed.csv").open(newline="") as file:
        rows = [*csv.DictReader(file)]
    for row in rows:
        if row["student"] in TYPED:
            row["response"] = answers.get((row["student"], row["question"]), {}).get(row["slot"], "")
    with (folder / "typed.csv").open("w", newline="") as file:
        writer_of_typed = csv.DictWriter(file, rows[0])
        writer_of_typed.writeheader()
        writer_of_typed.writerows(rows)


def exchanged(answers: Answers, one: str, other: str) -> Answers:
    """The same where two students' answers stand under each other's ids."""
    turned = {one: other, other: one}
    return {(turned.get(student, student), name): boxes for (student, name), boxes in answers.items()}


def roster(students: Iterable[str]) -> str:
    return "id,name\n" + "".join(f"{one},Nummer {one}\n" for one in students)


def test_a_term_of_180_students_in_german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, keys = random.Random(13), random.Random(13)
    # Every run draws the same.
    monkeypatch.setattr("secrets.token_hex", lambda count: keys.randbytes(count).hex())
    folder = tmp_path / "herbst"
    folder.mkdir()
    (folder / "vorlesung.toml").write_text(NOTATION)
    (folder / "assignment.toml").write_text(ASSIGNMENT.format(people=""))
    (folder / "roster.csv").write_text(roster(STUDENTS[:-LATE_JOINERS]))
    done("make", folder)
    before = sheets(folder)
    (folder / "roster.csv").write_text(roster(STUDENTS))
    done("make", folder)
    asked = sheets(folder)
    assert set(asked) == {(student, name) for student in STUDENTS for name in MARKS}
    assert all(right(boxes) == right(asked[whose]) for whose, boxes in before.items())
    page = PdfReader(folder / "sheets" / f"{READ_OUT}.pdf").pages[0].extract_text().replace("−", "-").splitlines()
    (shown,) = (
        one for one in load(folder / "questions.json").questions if (one.student, one.question) == (READ_OUT, "q1")
    )
    matrix: Any = shown.model_dump()["network"]["W1"]
    assert [" ".join(f"{to[source]:.1f}".replace(".", ",") for to in matrix) for source in range(4)] == page[
        (at := page.index(" ".join(f"{to[0]:.1f}".replace(".", ",") for to in matrix))) : at + 4
    ]
    assert {"o13", "∂z13", "∂w113"} <= {*page}
    assert "Abgabe: 31. Januar 2030, 18:00" in page

    answers = {
        (student, name): answered(boxes, chance)
        for (student, name), boxes in asked.items()
        if student not in NOTHING_CAME and chance.random() > 0.05
    }
    objector, question, illegible = OBJECTS
    for name in MARKS:
        for student in (*EXCHANGED, objector, *UPLOADED, *TYPED):
            answers[student, name] = worked(asked[student, name], {})
    answers[objector, question][illegible] = "0,8?"
    days = {student: chance.choice([0] * 6 + [1, 2, 7]) for student in STUDENTS}
    days |= {"s1001": 1, "s1090": 3, "s1170": 6}
    (folder / "received.csv").write_text(
        "student,submitted\n"
        + "".join(f"{one},{(DUE + timedelta(days=n) - timedelta(hours=1)).isoformat()}\n" for one, n in days.items())
    )
    term = Term(answers, days)
    told: dict[str, str] = {}

    def grade(*but: str) -> str:
        """Mark, hold every line against the own marking but those of some, and keep the table as it now is."""
        said = run("grade", folder).output
        number = max(path.stem for path in (folder / "history").glob("0*.json"))
        told[str(int(number))] = text = (folder / "grades.csv").read_text()
        expected, found = term.grades(asked), cells(text)
        if (folder / "withdrawn.csv").exists():
            assert cells((folder / "withdrawn.csv").read_text()) == {WITHDRAWN: expected.pop(WITHDRAWN)}
        if RENAMED[1] in found:
            expected[RENAMED[1]] = expected.pop(RENAMED[0])
        assert {who: line for who, line in found.items() if who not in but} == {
            who: line for who, line in expected.items() if who not in but
        }
        return said

    # What two students handed in stands under each other's ids, which is seen, and then put right.
    hand_in(folder, exchanged(answers, *EXCHANGED))
    said = grade(*EXCHANGED)
    for one, other in (EXCHANGED, EXCHANGED[::-1]):
        assert f"To look at: {one}, q2" in said
        assert f"The sheet is {other}'s" in said
    for one in UPLOADED[:2]:
        assert one in said
    hand_in(folder, answers)
    grade()

    # Decisions: who has more time, who has left, what is dropped.
    term.extensions = EXTENSIONS
    people = f'withdrawn = ["{WITHDRAWN}"]\n' + "".join(
        f'[[extension]]\nstudent = "{one}"\ndue = {(DUE + timedelta(days=n)).isoformat()}\nwhy = "krank"\n'
        for one, n in EXTENSIONS.items()
    )
    (folder / "assignment.toml").write_text(ASSIGNMENT.format(people=people))
    grade()
    done("rename", folder, *RENAMED)
    term.dropped = frozenset({"q3"})
    overrides = '[[drop]]\nquestion = "q3"\nwhy = "ein Druckfehler"\n'
    (folder / "overrides.toml").write_text(overrides)
    grade()

    # Somebody objects, and is right.
    done("history", folder, objector, "--remark", "war da, die Ziffer ist eine 7")
    term.granted = {(objector, question): {illegible: Fraction(1)}}
    overrides += (
        f'[[override]]\nstudent = "{objector}"\nquestion = "{question}"\nslot = "{illegible}"\n'
        'verdict = "correct"\nwhy = "auf dem Blatt zu lesen"\n'
    )
    (folder / "overrides.toml").write_text(overrides)
    grade()
    assert len(set(told.values())) == len(told) == 5
    for number, text in told.items():
        assert run("history", folder, "--grades", number).stdout_bytes.decode() == text
    mine = done("history", folder, objector)
    assert "war da, die Ziffer ist eine 7" in mine
    assert f"{illegible}: unreadable → correct" in mine
    assert "s1009 is t2009 now" in done("history", folder, RENAMED[0])
    assert "The record is whole" in done("history", folder)

    # What goes back, and the page about the class, have their numbers as German writes them.
    monkeypatch.setattr("grader.feedback.paper_pdf", lambda *_: b"%PDF-")
    some = [student for student in STUDENTS if days[student] and student not in EXTENSIONS][:5]
    done("feedback", folder, "--before-due", *(word for one in some for word in ("--student", one)))
    for page_of in (*(folder / "feedback").glob("*.html"), folder / "class.html"):
        text = re.sub(r"<(style|script|svg)\b.*?</\1>|<[^>]*>", " ", page_of.read_text(), flags=re.DOTALL)
        assert re.findall(r"[\d,]{2}", text)
        assert re.findall(r".{40}(?<!\d)\d+\.\d.{20}", text) == []

    # Another term, and no question of this one.
    following = tmp_path / "frühjahr"
    done("new", following, "--like", folder)
    (following / "roster.csv").write_text(roster(STUDENTS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.commands.folder.print_sheets", lambda *_: None)
        done("make", following)
    drawn = {name: _numbers(place) for name, place in {"old": folder, "new": following}.items()}
    assert len(drawn["old"]) == len(drawn["new"]) == len(STUDENTS) * len(MARKS)
    assert not set(drawn["old"]) & set(drawn["new"])


def _numbers(folder: Path) -> list[str]:
    return [
        repr((one.recipe, one.model_dump(exclude_none=True)["network"]))
        for one in load(folder / "questions.json").questions
    ]
