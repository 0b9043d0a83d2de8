"""By which rubric a set is marked once it has been handed out, and assignment.toml changed since."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.assignments.assignment import load_assignment, make
from grader.assignments.key_slots import KeySlots
from grader.assignments.question_set import QuestionSet, load
from grader.assignments.rubric_in_force import Rules, load_rules
from grader.rubrics.slot_marks import TICKS
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
        assert marks["gradient"] == 1 + 2  # one path: the product is the gradient
    # The rubric that they were made with outlives the file.
    (tmp_path / "assignment.toml").unlink()
    assert worth(load_rules(tmp_path, questions), questions)[0]["gradient"] == 3


def test_a_changed_rubric_remarks_what_was_handed_out(tmp_path: Path) -> None:
    questions = made(tmp_path)
    write(tmp_path, "[rubric]\nfollow_through = 0.5\n" + PER_ROLE)
    rules = load_rules(tmp_path, questions)
    assert rules.rubric(questions.questions[0]).shares.follow_through == 0.5
    assert [each["gradient"] for each in worth(rules, questions)] == [3, 3]
    write(tmp_path, PER_ROLE, "[questions.rubric]\nweights = { product = 0, gradient = 0 }\n")
    assert worth(load_rules(tmp_path, questions), questions)[0]["gradient"] == 0


def test_marks_are_as_handed_out_even_where_the_program_would_share_them_out_otherwise(tmp_path: Path) -> None:
    question = made(tmp_path).questions[0]
    kept = KeySlots.of(slot._replace(marks=6.0 if slot.slot == "gradient" else 0.0) for slot in question.slots)
    old = question.model_copy(update={"slots": kept})
    worth = load_rules(tmp_path, QuestionSet.begin("A set")).slot_worth(old, old.solved().derivation)
    assert worth[-1] == 6 * TICKS


def test_the_recipes_rubric_is_kept_with_the_question(tmp_path: Path) -> None:
    """What a recipe said when it was drawn still holds when the recipe's file is gone."""
    from question_bank.questions.recipe import FOLDER

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
    load_assignment(tmp_path)
    path = tmp_path / "assignment.toml"
    path.write_text(path.read_text().replace("2030-01-31", '"next Friday"'))
    with pytest.raises(InputError, match=r"\[rubric\.late\] needs a date"):
        load_assignment(tmp_path)


TWO = (
    '[[questions]]\nrecipe = "first"\nmarks = 6\n[questions.rubric]\nfollow_through = 0.25\n'
    '[[questions]]\nrecipe = "first"\nask = "updated"\nmarks = 4\n[questions.rubric]\nfollow_through = 0.75\n'
)
FIRST, SECOND = ("[[questions]]" + each for each in TWO.split("[[questions]]")[1:])


def two_made(folder: Path, tables: str = TWO) -> QuestionSet:
    rewrite(folder, tables)
    return make(load_assignment(folder), folder, ["ann"]).questions


def rewrite(folder: Path, tables: str) -> None:
    (folder / "assignment.toml").write_text(HEAD + tables, "utf-8")


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        (SECOND, r"q1\.ask: updated, where q1 was handed out with gradient"),
        (FIRST, r"q2\.id: no table for q2, which was handed out \(first, 4 marks\)"),
        (SECOND + FIRST, r"q1\.ask: updated, where q1 was handed out with gradient"),
        (TWO.replace("marks = 6", "marks = 8"), r"q1\.marks: 8, where q1 was handed out with 6"),
        (TWO.replace('"first"', '"chain"', 1), r"q1\.recipe: chain, where q1 was handed out with first"),
        (TWO.replace("marks = 6", 'marks = 6\npaths = "find"'), r"q1\.paths: find, where q1 was handed out with given"),
        (SECOND.replace("marks", 'id = "q2"\nmarks'), r"q1\.id: no table for q1"),
    ],
)
def test_a_table_that_is_no_longer_its_questions_is_refused(tmp_path: Path, tables: str, complaint: str) -> None:
    questions = two_made(tmp_path)
    rewrite(tmp_path, tables)
    with pytest.raises(RecipeError, match=complaint):
        load_rules(tmp_path, questions)


def test_one_of_two_alike_that_is_taken_away_is_missed(tmp_path: Path) -> None:
    questions = two_made(tmp_path, FIRST + FIRST)
    rewrite(tmp_path, FIRST)
    with pytest.raises(RecipeError, match="no table for q2"):
        load_rules(tmp_path, questions)


def test_rubrics_go_by_the_id_of_a_table_that_was_moved(tmp_path: Path) -> None:
    questions = two_made(tmp_path)
    rewrite(tmp_path, SECOND.replace("marks", 'id = "q2"\nmarks') + FIRST.replace("marks", 'id = "q1"\nmarks'))
    rules = load_rules(tmp_path, questions)
    assert [rules.rubric(each).shares.follow_through for each in questions.questions] == [0.25, 0.75]


def test_a_parameter_that_was_drawn_may_be_named_by_nobody_else(tmp_path: Path) -> None:
    questions = two_made(tmp_path)
    drawn = questions.questions[0].ask.parameter
    rewrite(tmp_path, TWO.replace("marks = 6", f'marks = 6\nparameter = "{drawn}"'))
    load_rules(tmp_path, questions)
    rewrite(tmp_path, TWO.replace("marks = 6", 'marks = 6\nparameter = "w9_11"'))
    with pytest.raises(RecipeError, match=r"q1\.parameter: w9_11, where"):
        load_rules(tmp_path, questions)


@pytest.mark.parametrize("ids", [("q2", "q2"), ("q2", None), ("q1", "q1")])
def test_two_tables_of_one_question_are_refused(tmp_path: Path, ids: tuple[str | None, ...]) -> None:
    tables = (
        table.replace("marks", f'id = "{name}"\nmarks') if name else table
        for table, name in zip((FIRST, SECOND), ids, strict=True)
    )
    rewrite(tmp_path, "".join(tables))
    with pytest.raises(InputError, match=r"questions\[1\] and questions\[2\] are both q"):
        load_assignment(tmp_path)


def test_a_question_is_made_under_its_id(tmp_path: Path) -> None:
    questions = two_made(tmp_path, FIRST + SECOND.replace("marks", 'id = "q5"\nmarks'))
    assert [each.question for each in questions.questions] == ["q1", "q5"]
