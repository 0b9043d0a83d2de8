"""What boxes are worth, on paper and in feedback; and a question's marks, rounded once."""

from __future__ import annotations

import json
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path

import pytest
from pydantic import ValidationError
from pypdf import PdfReader

from grader.assignments.assignment import Assignment
from grader.assignments.question_set import HandedQuestion, load
from grader.rubrics.rubric import Rubric
from grader.rubrics.slot_marks import TICKS, rounded, share_out
from grader.sheets.content.box_marks import EqualParts, equal_parts, worth_sentence
from question_bank.questions.recipe import load_recipe
from tests.grader.command_line import run

pytestmark = pytest.mark.usefixtures("without_plots", "read_here", "one_printer")

# Six boxes, of which the gradient, the path's product, weighs three times as much: 8 parts. Of 4 marks these are
# halves, of 3 nothing short.
QUESTION = '[[questions]]\nrecipe = "first"\nparameter = "w1_11"\nmarks = {}\n'


@pytest.mark.parametrize(
    ("shares", "marks", "parts"),
    [
        ([1, 1, 2], 4, None),
        ([1, 1, 1, 1, 1, 1, 1, 2], 4, EqualParts(9, (1, 1, 1, 1, 1, 1, 1, 2))),
        # A factor in two columns is half as much in each.
        ([Fraction(1, 2), Fraction(1, 2), 1, 1], 2, EqualParts(6, (1, 1, 2, 2))),
        ([1, 2, 3, 4, 5, 6, 7, 211], 1, EqualParts(239, (1, 2, 3, 4, 5, 6, 7, 211))),
        ([1, 2, 3, 4, 5, 6, 7, 213], 1, None),
        ([0, 0], 0, None),
    ],
)
def test_parts_are_the_fewest_that_suit_and_only_where_marks_are_long(
    shares: list[Fraction], marks: int, parts: EqualParts | None
) -> None:
    ticks = share_out(marks * TICKS, [Fraction(share) for share in shares]) if marks else [0, 0]
    assert equal_parts(tuple(each / TICKS for each in ticks)) == parts


@pytest.mark.parametrize(
    ("ticks", "step", "marks"),
    [
        (0, 0.5, 0),
        (249_949, 0.5, 0),
        (249_950, 0.5, 0.5),
        (250_000, 0.5, 0.5),
        (749_949, 0.5, 0.5),
        (750_000, 0.5, 1),
        (124_949, 0.25, 0),
        (125_000, 0.25, 0.25),
        (3_999_999, 0.25, 4),
        (4_000_000, 1, 4),
        (1_234_567, 0, 1.234567),
    ],
)
def test_marks_are_rounded_half_up(ticks: int, step: float, marks: float) -> None:
    assert rounded(ticks, round(step * TICKS)) / TICKS == marks


def test_a_half_of_boxes_that_are_no_whole_ticks_is_rounded_up() -> None:
    """1.5 marks in 9 parts: 4 parts and a half are 0.75, whatever ticks the boxes got."""
    ticks = share_out(1_500_000, [Fraction(1)] * 9)
    for first in range(5):
        earned = sum(ticks[first : first + 4]) + ticks[first + 4] // 2
        assert rounded(earned, 500_000) == 1_000_000


TWO_FACTORS = ("path_1.dL/dyhat_1", "path_1.da2_1/dh1_1")


def handed_in(folder: Path, marks: str, more: str, wrong: Collection[str] = TWO_FACTORS) -> HandedQuestion:
    """A set of one question for ann, all right but for some boxes."""
    folder.mkdir()
    (folder / "assignment.toml").write_text(f'title = "A set"\n{more}{QUESTION.format(marks)}')
    (folder / "roster.csv").write_text("id,name\nann,Ann\n")
    result = run("make", folder)
    assert result.exit_code == 0, result.output
    (handed,) = load(folder / "questions.json").questions
    (folder / "submissions").mkdir()
    rows = "".join(f"ann,q1,{slot.slot},{77 if slot.slot in wrong else slot.value!r}\n" for slot in handed.slots)
    (folder / "submissions" / "all.csv").write_text("student,question,slot,response\n" + rows)
    return handed


def graded(folder: Path) -> dict[str, object]:
    result = run("grade", folder)
    assert result.exit_code == 0, result.output
    return dict(json.loads((folder / "marks.json").read_text())["questions"][0])


@pytest.mark.usefixtures("without_sheets")
def test_a_questions_marks_are_rounded_once_and_boxes_keep_what_they_are_worth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.feedback.paper_pdf", lambda *_: b"%PDF-")
    folder = tmp_path / "set"
    handed_in(folder, "3", "")
    exact = graded(folder)
    assert exact["marks"] == 3 * 6 / 8
    path = folder / "assignment.toml"
    path.write_text(path.read_text().replace("[[questions]]", "marks_step = 0.5\n[[questions]]"))
    found = graded(folder)
    assert found["marks"] == 2.5
    assert found["slots"] == exact["slots"]
    assert (folder / "changes.csv").read_text().splitlines()[1].endswith(",2.25,2.5,marks_step changed")
    # Lateness first, then once more no rounding in between: 0.9 of 2.25 are 2.025.
    path.write_text("due = 2030-01-31\n" + path.read_text() + "[rubric.late]\nper_day = 0.1\n")
    (folder / "received.csv").write_text("student,submitted\nann,2030-02-01T08:00\n")
    assert graded(folder)["marks"] == 2
    # A bonus comes on top, unrounded.
    (folder / "overrides.toml").write_text('[[bonus]]\nstudent = "ann"\nquestion = "q1"\nmarks = 0.2\nwhy = "so"\n')
    assert graded(folder)["marks"] == 2.2
    assert run("feedback", folder, "--before-due").exit_code == 0
    (said,) = json.loads((folder / "feedback" / "ann.json").read_text())["questions"]
    assert "Handed in late: 90 % of 2.25 marks count, which makes 2.03." in said["remarks"]
    assert "2.03 marks, rounded in steps of 0.5." in said["remarks"]
    page = (folder / "feedback" / "ann.html").read_text()
    assert "Parts of 8" in page
    assert "of 1" in page


def test_steps_that_are_none_and_marks_between_them_are_refused() -> None:
    table = {"title": "T", "questions": [{"recipe": "first", "marks": 4}, {"recipe": "first", "marks": 2.25}]}
    assert Assignment.model_validate(table | {"marks_step": 0.25}).marks_step == 0.25
    for step, complaint in ((0.5, "2.25, which is no multiple of marks_step"), (0.3, "expected one of 1, 0.5, 0.25")):
        with pytest.raises(ValidationError, match=complaint):
            Assignment.model_validate(table | {"marks_step": step})


@pytest.mark.parametrize(
    ("recipe", "asked", "marks", "sentence"),
    [
        ("first", "w1_11", 4, "Marks: 1.5 for the gradient, 0.5 for each other box."),
        ("first", "w1_11", 3, "The 3 marks are shared out in 8 parts: 3 for the gradient, 1 for each other box."),
        ("nudge", "w1_11", 5.5, "Marks: 1.5 for the gradient, 1 for the difference quotient, 0.5 for each other box."),
        ("forward-dense", "forward", 6.5, "Marks: 0.5 for each box."),
    ],
)
def test_the_sentence_says_what_most_boxes_are_worth_and_which_are_others(
    recipe: str, asked: str, marks: int, sentence: str
) -> None:
    made = load_recipe(recipe)
    derivation = (
        made.derivation(made.choices()[0], "forward")
        if asked == "forward"
        else made.derivation(asked, made.usually_asked)
    )
    ticks = Rubric().slot_worth(derivation, marks)
    of_slots = {slot.name: each / TICKS for slot, each in zip(derivation.slots, ticks, strict=True)}
    assert worth_sentence(derivation, marks, of_slots) == sentence


def test_a_factor_in_two_columns_is_said_to_count_once() -> None:
    derivation = load_recipe("two-paths").derivation("w1_31", "gradient")
    ticks = Rubric().slot_worth(derivation, 8)
    of_slots = {slot.name: each / TICKS for slot, each in zip(derivation.slots, ticks, strict=True)}
    said = worth_sentence(derivation, 8, of_slots)
    assert said == ("Marks: 0.8 for the gradient, 0.4 for each other box; what stands in several columns counts once.")


def test_the_sheet_says_it_where_asked_and_the_key_has_it_in_its_boxes(tmp_path: Path) -> None:
    handed_in(tmp_path / "said", "3", "show_marks = true\n")
    handed_in(tmp_path / "unsaid", "3", "")
    said, unsaid = (
        PdfReader(tmp_path / name / "sheets" / "ann.pdf").pages[0].extract_text() for name in ("said", "unsaid")
    )
    assert "The 3 marks are shared out in 8 parts: 3 for the gradient, 1 for each other box." in " ".join(said.split())
    assert "parts" not in unsaid
    key = "".join(page.extract_text() for page in PdfReader(tmp_path / "unsaid" / "key.pdf").pages)
    assert (key.count("1/8"), key.count("3/8")) == (5, 1)
