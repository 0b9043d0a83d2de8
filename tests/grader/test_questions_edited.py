"""A questions.json that was edited by hand: whatever was changed, it is used or refused in one sentence."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest

from grader.assignments import question_set
from grader.assignments.assignment import load_assignment, make
from grader.grading.grading import grade, load_marking
from grader.grading.results import marks_json
from grader.submissions import Collected, Submission
from question_bank.errors import InputError

VALUES: tuple[object, ...] = (None, "", [], {}, -1, 1e308, math.nan, "x" * 1000, True, "7", [None])
_MOST_ENTRIES = 3
STEP = 41
"""Every so many-th mutant is tried; it has no factor in common with the number of mutations of one place."""


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and the first entries of every list."""
    if at:
        yield at
    for key in (
        node if isinstance(node, dict) else range(min(len(node), _MOST_ENTRIES)) if isinstance(node, list) else ()
    ):
        yield from places(node[key], (*at, key))


def mutations(document: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Where and what: every key taken away, every number written as text, and every value exchanged."""
    return product(places(document), ("taken away", "as text", *VALUES))


def mutant(document: Any, at: tuple[Any, ...], value: Any) -> Any:
    """The document with one place of it changed."""
    changed = copy.deepcopy(document)
    node = changed
    for key in at[:-1]:
        node = node[key]
    if value == "taken away":
        del node[at[-1]]
    elif value == "as text":
        node[at[-1]] = str(node[at[-1]])
    else:
        node[at[-1]] = value
    return changed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    text = 'title = "A set"\n[[questions]]\nrecipe = "first"\nmarks = 4\n'
    text += '[[questions]]\nrecipe = "two-paths-given"\nask = "updated"\nmarks = 6\n'
    (folder / "assignment.toml").write_text(text)
    make(load_assignment(folder), folder, ["s1"])
    return folder


def test_no_edit_of_the_key_is_more_than_a_sentence(folder: Path) -> None:
    path = folder / "questions.json"
    made = path.read_text()
    document = json.loads(made)
    used = refused = 0
    for at, value in islice(mutations(document), 0, None, STEP):
        name = f"{at}: {str(value)[:20]}"
        path.write_text(json.dumps(mutant(document, at, value)))
        complaint = said(folder)
        if complaint is None:
            used += 1
        else:
            assert complaint.file, name
            assert complaint.place or "not" in complaint.found, name
            assert "\n" not in str(complaint), name
            refused += 1
    path.write_text(made)
    assert min(used, refused) > 5


def loaded(path: Path, text: str) -> object:
    """The set that a text states, or the words and the place of the complaint."""
    path.write_text(text)
    try:
        return question_set.load(path)
    except InputError as error:
        return str(error), error.place


def test_a_line_a_question_or_any_other_layout_says_the_same(folder: Path, tmp_path: Path) -> None:
    """Questions on lines of their own are read one by one: what is amiss is said as if all were read together."""
    head, *rows, end = (folder / "questions.json").read_text().splitlines()
    document, path = json.loads((folder / "questions.json").read_text()), tmp_path / "questions.json"
    refused = 0
    for at, value in islice(mutations(document["questions"][0]), 0, None, 7 * STEP):
        changed = mutant(document["questions"][0], at, value)
        one_by_one = loaded(path, "\n".join([head, f"{json.dumps(changed)},", *rows[1:], end, ""]))
        together = loaded(path, json.dumps(document | {"questions": [changed, *document["questions"][1:]]}, indent=1))
        assert one_by_one == together, (at, value)
        refused += isinstance(together, tuple)
    assert refused


@pytest.mark.parametrize(
    ("written", "changed"), [(",\n", "\n"), ("\n]}", ",\n]}"), ("\n]}", "\n]"), ("\n]}", "\n]}{}")]
)
def test_lines_that_are_no_json_together_are_refused(folder: Path, tmp_path: Path, written: str, changed: str) -> None:
    text = (folder / "questions.json").read_text()
    assert isinstance(loaded(tmp_path / "questions.json", text.replace(written, changed)), tuple)


def said(folder: Path) -> InputError | None:
    """What is complained of while the folder's set is marked."""
    try:
        questions = question_set.load(folder / "questions.json")
        marking = load_marking(folder, questions)
        handed = questions.questions
        answers = tuple(Submission(one.student, one.question, {"gradient": "1"}, "a.csv") for one in handed)
        marks_json(questions, grade(questions, Collected(answers, ()), marking), [], marking)
    except InputError as error:
        return error
    return None


def test_what_contradicts_itself_is_refused(tmp_path: Path) -> None:
    """A value that was changed alone would be shown as right and marked wrong; a sheet is one student's."""
    (tmp_path / "assignment.toml").write_text('title = "t"\n[[questions]]\nrecipe = "chain"\nmarks = 4\n', "utf-8")
    make(load_assignment(tmp_path), tmp_path, ["ada", "ben"])
    path = tmp_path / question_set.FILE_NAME
    good = json.loads(path.read_text("utf-8"))
    for changed, complaint in (
        (mutant(good, ("questions", 0, "slots", 0, "value"), 9.0), "outside of its own range"),
        (mutant(good, ("questions", 1, "sheet_id"), good["questions"][0]["sheet_id"]), "the same sheet id"),
    ):
        path.write_text(json.dumps(changed), "utf-8")
        with pytest.raises(InputError, match=complaint):
            question_set.load(path)


def test_numbers_that_do_not_give_the_key_are_refused(folder: Path) -> None:
    """What follows from own numbers, and feedback, go by the printed numbers; what is right by the key."""
    path = folder / question_set.FILE_NAME
    made = path.read_text("utf-8")
    try:
        for question, givens in ((0, "network"), (1, "network"), (1, "forward")):
            document = json.loads(made)
            numbers = document["questions"][question][givens]
            if givens == "network":
                numbers["y"][0] += 1
            else:
                numbers["yhat_1"] += 0.3
            path.write_text(json.dumps(document), "utf-8")
            complaint = said(folder)
            assert complaint is not None
            assert "its numbers give" in complaint.found
            assert complaint.place == f"q{question + 1} of s1"
    finally:
        path.write_text(made, "utf-8")
