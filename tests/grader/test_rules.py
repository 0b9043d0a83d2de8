"""By which rubric a set is marked once it has been handed out, and assignment.toml changed since."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.assignment import load_assignment, make
from grader.key_slots import KeySlots
from grader.question_set import QuestionSet, load
from grader.rules import Rules, load_rules
from grader.worth import TICKS
from question_bank.errors import InputError, RecipeError

QUESTION = '[[questions]]\nrecipe = "first"\nmarks = 6\n'
HEAD = 'title = "A set"\ndue = 2030-01-31\n'
PER_ROLE = "[rubric.marks]\nfactor = 3\nproduct = 1\ngradient = 2\n"


def made(folder: Path, rubric: str = "", question_rubric: str = "") -> QuestionSet:
    write(folder, rubric, question_rubric)
    return make(load_assignment(folder), folder, ["ann", "bob"]).questions


def write(folder: Path, rubric: str = "", question_rubric: str = "") -> None:
    (folder / "assignment.toml").write_text(HEAD + rubric + QUESTION + question_rubric, "utf-8")


def worth(rules: Rules, questions: QuestionSet) -> list[dict[str, float]]:
    return [
        {
            slot.slot: ticks / TICKS
            for slot, ticks in zip(q.slots, rules.slot_worth(q, q.solved().derivation), strict=True)
        }
        for q in questions.questions
    ]


def test_without_a_rubric_the_marks_are_those_of_the_slots(tmp_path: Path) -> None:
    questions = made(tmp_path)
    assert worth(load_rules(tmp_path, questions), questions) == [
        {slot.slot: slot.marks for slot in q.slots} for q in questions.questions
    ]


def test_make_prints_the_rubrics_marks_and_keeps_them(tmp_path: Path) -> None:
    questions = made(tmp_path, PER_ROLE)
    for question in load(tmp_path / "questions.json").questions:
        marks = {slot.slot: slot.marks for slot in question.slots}
        assert (marks["path_1.product"], marks["gradient"]) == (1, 2)
    # The rubric that they were made with outlives the file.
    (tmp_path / "assignment.toml").unlink()
    assert worth(load_rules(tmp_path, questions), questions)[0]["gradient"] == 2


def test_a_changed_rubric_remarks_what_was_handed_out(tmp_path: Path) -> None:
    questions = made(tmp_path)
    write(tmp_path, "[rubric]\nfollow_through = 0.5\n" + PER_ROLE)
    rules = load_rules(tmp_path, questions)
    assert rules.rubric(questions.questions[0]).shares.follow_through == 0.5
    assert [each["gradient"] for each in worth(rules, questions)] == [2, 2]
    write(tmp_path, PER_ROLE, "[questions.rubric]\nweights = { gradient = 0 }\n")
    assert worth(load_rules(tmp_path, questions), questions)[0]["gradient"] == 0


def test_marks_are_as_handed_out_even_where_the_program_would_share_them_out_otherwise(tmp_path: Path) -> None:
    question = made(tmp_path).questions[0]
    kept = KeySlots.of(slot._replace(marks=6.0 if slot.slot == "gradient" else 0.0) for slot in question.slots)
    old = question.model_copy(update={"slots": kept})
    worth = load_rules(tmp_path, QuestionSet.begin("A set")).slot_worth(old, old.solved().derivation)
    assert worth[-1] == 6 * TICKS


def test_the_recipes_rubric_is_kept_with_the_question(tmp_path: Path) -> None:
    """What a recipe said when it was drawn still holds when the recipe's file is gone."""
    from question_bank.recipe import FOLDER

    text = (FOLDER / "first.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(text + "\n[rubric]\nswapped = 0.25\nrounded_early = 0.75\n", "utf-8")
    (tmp_path / "assignment.toml").write_text(HEAD + QUESTION.replace("first", "mine.toml"), "utf-8")
    questions = make(load_assignment(tmp_path), tmp_path, ["ann"]).questions
    (tmp_path / "mine.toml").unlink()
    (tmp_path / "assignment.toml").write_text(
        HEAD + "[rubric]\nswapped = 1\n" + QUESTION.replace("first", "mine.toml"), "utf-8"
    )
    shares = load_rules(tmp_path, questions).rubric(questions.questions[0]).shares
    assert (shares.swapped, shares.rounded_early) == (1, 0.75)


def test_a_rubric_that_does_not_add_up_stops_before_any_mark(tmp_path: Path) -> None:
    questions = made(tmp_path)
    write(tmp_path, PER_ROLE.replace("factor = 3", "factor = 4"))
    complaint = r"factor 4 \+ product 1 \+ gradient 2 = 7; expected 6 in all"
    with pytest.raises(RecipeError, match=rf"{re.escape(str(tmp_path))}.assignment\.toml, q1.*{complaint}"):
        load_rules(tmp_path, questions)
    with pytest.raises(RecipeError, match=rf"assignment\.toml.*questions\[1\].*{complaint}"):
        load_assignment(tmp_path)


@pytest.mark.parametrize(
    ("rubric", "own", "complaint"),
    [
        ("", "[questions.rubric.marks]\ngradient = 5\n", r"questions\[1\]\.rubric\.marks: gradient 5 = 5"),
        ("[rubric.marks]\ngradeint = 6\n", "", r"rubric\.marks\.gradeint"),
        ("[rubric.late]\nper_day = 2\n", "", r"rubric\.late\.per_day"),
        ("[rubric]\nshare = 2\n", "", r"rubric\.share: unknown key"),
        ("", "[questions.rubric]\nmarks = { gradient = 6 }\nweights = { gradient = 1 }\n", "exclude each other"),
    ],
)
def test_make_refuses_a_bad_rubric(tmp_path: Path, rubric: str, own: str, complaint: str) -> None:
    write(tmp_path, rubric, own)
    with pytest.raises(InputError, match=complaint):
        load_assignment(tmp_path)


def test_lateness_needs_a_date(tmp_path: Path) -> None:
    late = "[rubric.late]\nper_day = 0.1\n"
    write(tmp_path, late)
    assert load_assignment(tmp_path)
    path = tmp_path / "assignment.toml"
    path.write_text(path.read_text().replace("2030-01-31", '"next Friday"'))
    with pytest.raises(InputError, match=r"\[rubric\.late\] needs a date"):
        load_assignment(tmp_path)
