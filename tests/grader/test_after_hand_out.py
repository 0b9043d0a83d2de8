"""What the instructor is told where a set is no longer, or never was, the same for everybody."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from grader.assignments.assignment import load_assignment, make
from grader.commands.grade import grade
from question_bank.errors import InputError

ONE = 'title = "t"\n[[questions]]\nrecipe = "chain"\nmarks = 4\n'
ADDED = '[[questions]]\nrecipe = "first"\nmarks = 2\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of one question for two students, of whom one has handed it in."""
    (tmp_path / "assignment.toml").write_text(ONE, encoding="utf-8")
    (tmp_path / "roster.csv").write_text("id,name\nada,Ada\nben,Ben\n", encoding="utf-8")
    questions = make(load_assignment(tmp_path), tmp_path, ["ada", "ben"]).questions
    one = questions.questions[0]
    rows = "".join(f"{one.student},q1,{slot.slot},{slot.value!r}\n" for slot in one.slots)
    (tmp_path / "class.csv").write_text(f"student,question,slot,response\n{rows}", encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("without_plots")
def test_grade_names_a_question_that_was_added_after_hand_out_and_marks_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grade(folder, [folder / "class.csv"]) == 0
    before = (folder / "grades.csv").read_text(encoding="utf-8")
    assert "nobody was handed" not in "".join(capsys.readouterr())
    (folder / "assignment.toml").write_text(ONE + ADDED, encoding="utf-8")
    assert grade(folder, [folder / "class.csv"]) == 0
    said = " ".join("".join(capsys.readouterr()).split())
    assert "nobody was handed q2, which stands in assignment.toml: gradpath make adds it" in said
    assert "nobody was handed q1" not in said
    assert (folder / "grades.csv").read_text(encoding="utf-8") == before


def test_make_adds_the_question_and_leaves_the_other_as_it_was(folder: Path) -> None:
    before = make(load_assignment(folder), folder, ["ada", "ben"])
    (folder / "assignment.toml").write_text(ONE + ADDED, encoding="utf-8")
    after = make(load_assignment(folder), folder, ["ada", "ben"])
    assert after.drawn == 2
    assert Counter(one.question for one in after.questions.questions) == {"q1": 2, "q2": 2}
    assert [one for one in after.questions.questions if one.question == "q1"] == list(before.questions.questions)


def test_mixed_forms_are_remarked_on_with_how_many_have_how_much_to_do(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text(f'{ONE}forms = "mixed"\n', encoding="utf-8")
    made = make(load_assignment(tmp_path), tmp_path, [f"s{number}" for number in range(24)])
    (remark,) = made.remarks
    told = {int(boxes): int(count) for count, boxes in re.findall(r"(\d+) of the students have (\d+) boxes", remark)}
    assert told == Counter(len(one.slots) for one in made.questions.questions)
    assert list(told.values()) == sorted(told.values(), reverse=True)


@pytest.mark.parametrize(("handed", "now"), [("ada", "Ada"), ("0429", "429"), ("ｓ1", "s1")])
def test_nobody_gets_a_second_sheet_under_another_spelling(tmp_path: Path, handed: str, now: str) -> None:
    """As a spreadsheet program leaves a roster that was opened in it and saved."""
    (tmp_path / "assignment.toml").write_text(ONE, encoding="utf-8")
    assignment = load_assignment(tmp_path)
    make(assignment, tmp_path, [handed, "ben"])
    with pytest.raises(InputError, match=f"'{now}', where '{handed}' has a sheet"):
        make(assignment, tmp_path, [now, "ben"])
    # Somebody else, if both are there.
    assert make(assignment, tmp_path, [handed, now, "ben"]).drawn == 1
