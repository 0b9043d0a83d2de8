"""A whole set marked by the rules of its folder: attempts, lateness, rubrics and misconceptions of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from grader.assignments.question_set import HandedQuestion, load
from grader.commands import app
from question_bank.expressions.precision import short_decimal

pytestmark = pytest.mark.usefixtures("without_sheets", "without_plots", "read_here")

ASSIGNMENT = """
title = "A set"
due = 2030-01-31T18:00:00
[[questions]]
recipe = "first"
marks = 4
"""


def made(folder: Path, more: str = "") -> HandedQuestion:
    folder.mkdir()
    (folder / "assignment.toml").write_text(ASSIGNMENT + more, encoding="utf-8")
    (folder / "roster.csv").write_text("id,name\ns1,Ada\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["make", str(folder)])
    assert result.exit_code == 0, result.output
    return load(folder / "questions.json").questions[0]


def right(handed: HandedQuestion) -> dict[str, str]:
    return {slot.slot: short_decimal(round(slot.value, int(slot.precision[:-1]) + 3)) for slot in handed.slots}


def graded(folder: Path, *attempts: tuple[str, dict[str, str]]) -> dict[str, object]:
    (folder / "submissions").mkdir(exist_ok=True)
    rows = [
        {"student": "s1", "question": "q1", "responses": responses, "submitted": submitted}
        for submitted, responses in attempts
    ]
    (folder / "submissions" / "all.json").write_text(json.dumps(rows), encoding="utf-8")
    result = CliRunner().invoke(app, ["grade", str(folder)])
    assert result.exit_code == 0, result.output
    questions = json.loads((folder / "marks.json").read_text(encoding="utf-8"))["questions"]
    assert isinstance(questions, list)
    return dict(questions[0])


def test_the_last_attempt_counts_unless_the_rubric_says_the_best(tmp_path: Path) -> None:
    for name, more, marks in (("last", "", 0), ("best", '[rubric]\nsubmissions = "best"\n', 4)):
        handed = made(tmp_path / name, more)
        empty = dict.fromkeys(right(handed), "9")
        result = graded(tmp_path / name, ("2030-01-30T10:00", right(handed)), ("2030-01-30T11:00", empty))
        assert result["marks"] == marks
        assert result["attempts"] == 2


def test_lateness_costs_what_the_rubric_says(tmp_path: Path) -> None:
    handed = made(tmp_path / "set", "[rubric.late]\nper_day = 0.25\nat_most = 0.5\n")
    result = graded(tmp_path / "set", ("2030-02-01T10:00", right(handed)))
    assert (result["marks"], result["late"]) == (3, 0.75)


def test_a_changed_rubric_remarks(tmp_path: Path) -> None:
    handed = made(tmp_path / "set")
    only_answer = {"gradient": right(handed)["gradient"]}
    before = graded(tmp_path / "set", ("", only_answer))
    (tmp_path / "set" / "assignment.toml").write_text(
        ASSIGNMENT + "[rubric.marks]\nfactor = 1\nproduct = 1\ngradient = 2\n", encoding="utf-8"
    )
    assert graded(tmp_path / "set", ("", only_answer))["marks"] == 3
    assert before["marks"] != 3


def test_a_rubric_that_does_not_add_up_stops_before_any_mark(tmp_path: Path) -> None:
    handed = made(tmp_path / "set")
    graded(tmp_path / "set", ("", right(handed)))
    before = (tmp_path / "set" / "marks.json").read_bytes()
    (tmp_path / "set" / "assignment.toml").write_text(
        ASSIGNMENT + "[rubric.marks]\nfactor = 2\nproduct = 1\ngradient = 2\n", encoding="utf-8"
    )
    result = CliRunner().invoke(app, ["grade", str(tmp_path / "set")])
    assert result.exit_code == 2
    assert "5" in result.stderr
    assert (tmp_path / "set" / "marks.json").read_bytes() == before


def test_a_misconception_of_the_folder_is_named(tmp_path: Path) -> None:
    handed = made(tmp_path / "set")
    (tmp_path / "set" / "misconceptions.toml").write_text(
        """
[[misconceptions]]
id = "gradient_tripled"
role = "gradient"
strikes = ["gradient"]
formula = "3 * right"
student = "Compare with the sum of the paths."
instructor = "Took three times the gradient."
""",
        encoding="utf-8",
    )
    tripled = {**right(handed), "gradient": f"{3 * next(s.value for s in handed.slots if s.slot == 'gradient'):.9f}"}
    result = graded(tmp_path / "set", ("", tripled))
    slots = result["slots"]
    assert isinstance(slots, list)
    assert slots[-1]["misconceptions"] == ["gradient_tripled"]


def test_an_override_remarks_and_says_who_changed_and_why(tmp_path: Path) -> None:
    handed = made(tmp_path / "set")
    wrong = {**right(handed), "gradient": "77"}
    assert graded(tmp_path / "set", ("", wrong))["marks"] != 4
    (tmp_path / "set" / "overrides.toml").write_text(
        '[[override]]\nstudent = "s1"\nquestion = "q1"\nslot = "gradient"\nverdict = "correct"\nwhy = "smudged"\n',
        encoding="utf-8",
    )
    assert graded(tmp_path / "set", ("", wrong))["marks"] == 4
    changes = (tmp_path / "set" / "changes.csv").read_text(encoding="utf-8").splitlines()
    assert changes[1].partition(",")[2].startswith("s1,q1,*,,,")
    assert changes[1].endswith(",4,override: smudged")
    assert changes[2].partition(",")[2].startswith("s1,q1,gradient,wrong,correct,0,")
    graded(tmp_path / "set", ("", wrong))
    assert (tmp_path / "set" / "changes.csv").read_text(encoding="utf-8").splitlines() == changes
    (tmp_path / "set" / "overrides.toml").unlink()
    graded(tmp_path / "set", ("", wrong))
    later = (tmp_path / "set" / "changes.csv").read_text(encoding="utf-8").splitlines()
    assert later[: len(changes)] == changes
    assert later[len(changes)].endswith("override taken back: smudged")


def test_what_tells_of_students_is_for_its_owners_eyes(tmp_path: Path) -> None:
    handed = made(tmp_path / "set")
    graded(tmp_path / "set", ("", right(handed)))
    graded(tmp_path / "set", ("", {"gradient": "77"}))
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "set").iterdir() if path.is_file()}
    private = ("marks.json", "grades.csv", "changes.csv", "class.html", "class.json", "items.csv", "questions.json")
    assert {name: modes[name] for name in private} == dict.fromkeys(private, 0o600)


def test_marks_that_cannot_be_compared_are_set_aside(tmp_path: Path) -> None:
    handed = made(tmp_path / "set")
    graded(tmp_path / "set", ("", right(handed)))
    (tmp_path / "set" / "marks.json").write_text("half of it")
    graded(tmp_path / "set", ("", right(handed)))
    assert (tmp_path / "set" / "marks.aside-1.json").read_text() == "half of it"


def test_an_override_stands_where_nothing_was_handed_in(tmp_path: Path) -> None:
    made(tmp_path / "set")
    (tmp_path / "set" / "overrides.toml").write_text(
        '[[override]]\nstudent = "s1"\nquestion = "q1"\nslot = "*"\nmarks = 3\nwhy = "oral examination"\n',
        encoding="utf-8",
    )
    (tmp_path / "set" / "submissions").mkdir()
    (tmp_path / "set" / "submissions" / "none.csv").write_text("student,question,slot,response\n", encoding="utf-8")
    CliRunner().invoke(app, ["grade", str(tmp_path / "set")])
    assert (
        (tmp_path / "set" / "grades.csv")
        .read_text(encoding="utf-8")
        .splitlines()[1]
        .endswith(",3.00,3.00,q1 has 3 marks: oral examination")
    )


def test_typed_working_fills_the_boxes(tmp_path: Path) -> None:
    """A line of factors in any order and its result are marked as if they stood in their boxes."""
    handed = made(tmp_path / "set")
    boxes = right(handed)
    factors = [text for slot, text in boxes.items() if slot.startswith("path_1.d")]
    line = "(" + " × ".join(f"({factor})" for factor in reversed(factors)) + f") = {boxes['gradient']}"
    rest = {slot: text for slot, text in boxes.items() if not slot.startswith("path_1.")}
    assert graded(tmp_path / "set", ("", {**rest, "path_1.working": line}))["marks"] == 4


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda question: question["certificate"]["limits"].pop("answer"), "certificate"),
        (lambda question: question["certificate"]["limits"].update(elsewhere={}), "certificate"),
        (lambda question: question["slots"].pop(0), "its slots are not those of its network"),
        (lambda question: question["slots"].extend(question["slots"]), "its slots are not those of its network"),
        (lambda question: question["network"].pop("sizes"), "network.sizes: missing"),
        (
            lambda question: question["network"].update(sizes=[[2], 2, 1]),
            "network.sizes[1]: one entry; expected a whole number",
        ),
    ],
)
def test_a_set_that_was_edited_by_hand_is_refused_in_words(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], found: str
) -> None:
    handed = made(tmp_path / "set")
    path = tmp_path / "set" / "questions.json"
    document = json.loads(path.read_text())
    change(document["questions"][0])
    path.write_text(json.dumps(document))
    answers = tmp_path / "all.json"
    answers.write_text(json.dumps([{"student": "s1", "question": "q1", "responses": right(handed)}]))
    result = CliRunner().invoke(app, ["grade", str(tmp_path / "set"), str(answers)])
    assert result.exit_code == 2
    assert "questions.json" in result.output
    assert found in result.output
    assert "backup" in result.output
