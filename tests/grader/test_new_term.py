"""`gradpath new NEXT --like OLD`: the assignment without its people, and none of its questions."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from grader.assignments import assignment as assignments
from grader.assignments.assignment import load_assignment, make
from grader.assignments.earlier_sets import digest, load_earlier
from grader.assignments.question_set import QuestionSet, load
from question_bank.errors import InputError
from question_bank.questions.recipe import FOLDER
from tests.grader.command_line import run

pytestmark = pytest.mark.usefixtures("without_sheets")

ASSIGNMENT = """\
# The set of the autumn.
title = "A set"   # kept
notation = "ours.toml"
due = 2030-01-31
withdrawn = ["ben",
  "cleo"]
[[extension]]
student = "ann"
due = 2030-02-07
why = "was ill [with a cough]"
[[questions]]
recipe = "first"
parameter = "w1_11"
marks = 4
[[extension]]
student = "dan"
due = 2030-02-07
why = "x"

[[questions]]
recipe = "mine.toml"   # our own
marks = 2
[rubric]
slip = 0.5
"""
STUDENTS = ("ann", "ben", "cleo", "dan")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "assignment.toml").write_text(ASSIGNMENT)
    (folder / "mine.toml").write_bytes((FOLDER / "first.toml").read_bytes())
    (folder / "ours.toml").write_text('like = "nielsen"\n')
    (folder / "roster.csv").write_text("id,name\n" + "".join(f"{one},{one}\n" for one in STUDENTS))
    (folder / "overrides.toml").write_text('[[drop]]\nquestion = "q2"\nwhy = "a misprint"\n')
    (folder / "marks.json").write_text("{}")
    make(load_assignment(folder), folder, STUDENTS)
    return folder


def test_the_assignment_is_taken_over_without_its_people(old: Path, tmp_path: Path) -> None:
    following = tmp_path / "next"
    result = run("new", following, "--like", old)
    assert result.exit_code == 0, result.output
    assert "8 questions of earlier terms will not be drawn again" in result.output
    assert "due is still 2030-01-31" in result.output
    assert {path.name for path in following.iterdir()} == {
        "assignment.toml",
        "mine.toml",
        "ours.toml",
        "roster.csv",
        "earlier.json",
        ".schema",
    }
    text = (following / "assignment.toml").read_text()
    assert tomllib.loads(text) == {
        key: value for key, value in tomllib.loads(ASSIGNMENT).items() if key not in ("extension", "withdrawn")
    }
    for comment in ("# The set of the autumn.", "# kept", "# our own"):
        assert comment in text
    assert (following / "roster.csv").read_text() == "id,name\n"
    assert (following / "mine.toml").read_bytes() == (old / "mine.toml").read_bytes()
    kept = (following / "earlier.json").read_text()
    assert not any(student in kept for student in STUDENTS)
    assert run("make", following).exit_code == 2


def same_secret(monkeypatch: pytest.MonkeyPatch, of: QuestionSet) -> None:
    """As if chance gave the next set the first one's secret: all its first draws would come again."""
    begun = of.model_copy(update={"questions": ()})
    monkeypatch.setattr(QuestionSet, "begin", classmethod(lambda cls, title: begun))


def numbers(questions: QuestionSet) -> set[str]:
    return {json.dumps(one.written.model_dump(mode="json")) for one in questions.questions}


def test_no_question_of_the_old_set_appears_again(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(old / "questions.json")
    same_secret(monkeypatch, first)
    again, following = tmp_path / "again", tmp_path / "next"
    for folder in (again, following):
        assert run("new", folder, "--like", old).exit_code == 0
    # Without the record they would, every one of them.
    (again / "earlier.json").unlink()
    assert numbers(make(load_assignment(again), again, STUDENTS).questions) == numbers(first)
    found = make(load_assignment(following), following, STUDENTS).questions
    assert numbers(found).isdisjoint(numbers(first))
    assert len(found.questions) == len(first.questions)
    # Nor do those of the term before come in the term after the next.
    after = tmp_path / "after"
    assert run("new", after, "--like", following).exit_code == 0
    assert load_earlier(after) == {digest(one) for one in (*first.questions, *found.questions)}
    last = make(load_assignment(after), after, STUDENTS).questions
    assert numbers(last).isdisjoint(numbers(first) | numbers(found))


def test_who_joins_late_gets_what_all_would_have_got(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same_secret(monkeypatch, load(old / "questions.json"))
    found = []
    for name, steps in (("at-once", [STUDENTS]), ("late", [STUDENTS[:2], STUDENTS])):
        folder = tmp_path / name
        assert run("new", folder, "--like", old).exit_code == 0
        found.append([make(load_assignment(folder), folder, some).questions for some in steps][-1])
    assert numbers(found[0]) == numbers(found[1])


def test_where_all_was_handed_out_before_it_is_said(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    following = tmp_path / "next"
    assert run("new", following, "--like", old).exit_code == 0
    known = sorted(load_earlier(following))[0]
    monkeypatch.setattr(assignments, "digest", lambda handed: known)
    with pytest.raises(InputError, match=r"q1: 20 draws for 1 students had all been handed out in an earlier term"):
        make(load_assignment(following), following, ["ann"])
    assert not (following / "questions.json").exists()


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("next/assignment.toml", ASSIGNMENT, "there is an assignment already"),
        ("next/questions.json", "{}", "there is an assignment already"),
        ("old/assignment.toml", None, "assignment.toml"),
        ("old/mine.toml", None, "mine.toml"),
        ("old/questions.json", "{}", "questions.json"),
        ("old/earlier.json", '{"questions": ["x"]}', "earlier.json"),
        (
            "old/assignment.toml",
            ASSIGNMENT.replace("[[extension]]", "[[ extension ]]"),
            "written in a way in which they cannot be left out",
        ),
        ("old/assignment.toml", ASSIGNMENT.replace("mine.toml", "../mine.toml"), "lies outside of the folder"),
    ],
)
def test_what_cannot_be_taken_over_is_refused_and_nothing_begun(
    old: Path, tmp_path: Path, file: str, text: str | None, complaint: str
) -> None:
    (tmp_path / "mine.toml").write_bytes((FOLDER / "first.toml").read_bytes())
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    result = run("new", tmp_path / "next", "--like", old)
    assert (result.exit_code, complaint in result.output) == (2, True), result.output
    assert not (tmp_path / "next" / "earlier.json").exists()


def test_a_set_that_was_never_made_is_taken_over_as_well(old: Path, tmp_path: Path) -> None:
    (old / "questions.json").unlink()
    result = run("new", tmp_path / "next", "--like", old)
    assert result.exit_code == 0, result.output
    assert "0 questions of earlier terms" in result.output
