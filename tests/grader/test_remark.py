"""Who has other marks than before, and why."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.grading.mark_changes import Change, add_changes, compare, is_record, read_document


def slot(name: str, verdict: str, marks: float, response: str = "1", **said: Any) -> dict[str, Any]:
    return {"slot": name, "response": response, "verdict": verdict, "marks": marks, "out_of": 1, **said}


def document(*slots: dict[str, Any], student: str = "ann", marked_by: Any = None, **said: Any) -> dict[str, Any]:
    marks = sum(one["marks"] for one in slots)
    question = {"student": student, "question": "q1", "source": "a", "marks": marks, "slots": list(slots), **said}
    return {"format": 1, **({"marked_by": marked_by} if marked_by else {}), "questions": [question]}


RIGHT = slot("h1_1", "correct", 1)
WRONG = slot("gradient", "wrong", 0)


def whys(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(change.slot, change.why) for change in compare(before, after)]


def test_the_same_marks_are_no_change() -> None:
    assert compare(document(RIGHT, WRONG), document(RIGHT, WRONG)) == ()


def test_a_change_says_from_what_to_what() -> None:
    after = document(RIGHT, slot("gradient", "correct", 1, override="the scan cut it off"))
    assert compare(document(RIGHT, WRONG), after) == (
        Change("ann", "q1", "*", "", "", 1, 2, "override: the scan cut it off"),
        Change("ann", "q1", "gradient", "wrong", "correct", 0, 1, "override: the scan cut it off"),
    )


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (WRONG, slot("gradient", "correct", 1, "2"), "submission changed"),
        (slot("gradient", "correct", 1, override="oops"), WRONG, "override taken back: oops"),
        (
            slot("gradient", "wrong", 0.5, override="a"),
            slot("gradient", "wrong", 0.7, override="a"),
            "override changed: a",
        ),
        (WRONG, slot("gradient", "misconception", 0.2, misconceptions=["mine"]), "misconception mine added"),
        (slot("gradient", "misconception", 0.2, misconceptions=["old"]), WRONG, "misconception old taken away"),
        (WRONG, slot("gradient", "wrong", 0.1), "rubric changed"),
    ],
)
def test_every_reason_is_named(before: dict[str, Any], after: dict[str, Any], why: str) -> None:
    old = document(RIGHT, before, marked_by={"rubrics": {"q1": {}}, "misconceptions": ["old"]})
    new = document(RIGHT, after, marked_by={"rubrics": {"q1": {"misconception": 0.1}}, "misconceptions": ["mine"]})
    assert whys(old, new) == [("*", why), ("gradient", why)]


def test_without_a_reason_that_can_be_seen_it_was_marked_anew() -> None:
    assert whys(document(WRONG), document(slot("gradient", "correct", 1)))[1] == ("gradient", "marked anew")


def test_a_verdict_of_the_same_marks_is_a_change_of_the_slot_only() -> None:
    assert whys(document(WRONG), document(slot("gradient", "blank", 0, ""))) == [("gradient", "submission changed")]


def test_lateness_and_marks_for_a_whole_question_change_no_slot() -> None:
    before = document(RIGHT)
    assert whys(before, document(RIGHT, late=0.9) | {}) == []
    late = document(RIGHT, late=0.9)
    late["questions"][0]["marks"] = 0.9
    assert whys(before, late) == [("*", "late: keeps 90% of its marks, 100% before")]
    decided = document(RIGHT, override="was ill")
    decided["questions"][0]["marks"] = 5
    assert whys(before, decided) == [("*", "override: was ill")]


def test_submissions_that_came_or_went_are_one_change_each() -> None:
    assert compare(document(RIGHT, student="ann"), document(WRONG, student="bob")) == (
        Change("bob", "q1", "*", "", "", None, 0, "handed in since"),
        Change("ann", "q1", "*", "", "", 1, None, "no longer handed in"),
    )


def test_the_table_runs_nothing_in_a_spreadsheet() -> None:
    before = document(WRONG, student="=cmd()")
    after = document(slot("gradient", "correct", 1 / 3, override="=1+1"), student="=cmd()")
    rows = list(csv.reader(io.StringIO(add_changes("", compare(before, after), "now"))))
    assert rows[0] == [
        "when",
        "student",
        "question",
        "slot",
        "verdict_before",
        "verdict",
        "marks_before",
        "marks",
        "why",
    ]
    assert rows[2] == ["now", "'=cmd()", "q1", "gradient", "wrong", "correct", "0", "0.333333", "override: =1+1"]


def test_changes_are_added_and_none_is_lost() -> None:
    there, back = compare(document(WRONG), document(RIGHT)), compare(document(RIGHT), document(WRONG))
    first = add_changes("", there, "monday")
    both = add_changes(first, back, "tuesday")
    assert both.startswith(first)
    assert [row[0] for row in csv.reader(io.StringIO(both))] == [
        "when",
        *["monday"] * len(there),
        *["tuesday"] * len(back),
    ]
    assert add_changes(both, there, "wednesday").startswith(both)
    assert add_changes(both, (), "wednesday") == both


def test_changes_that_an_interrupted_run_has_added_are_not_added_twice() -> None:
    changes = compare(document(WRONG), document(RIGHT))
    record = add_changes("", changes, "monday")
    assert add_changes(record, changes, "tuesday") == record


def test_a_record_that_a_spreadsheet_saved_is_none_to_be_added_to() -> None:
    record = add_changes("", compare(document(WRONG), document(RIGHT)), "monday")
    assert is_record(record)
    assert not is_record(record.replace(",", ";"))
    assert not is_record("\ufeff" + record)
    assert not is_record(record.removesuffix("\n"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"questions":[{}]}', '{"questions":7}', "7"])
def test_what_is_no_document_is_not_compared(tmp_path: Path, text: str) -> None:
    path = tmp_path / "marks.json"
    assert read_document(path) is None
    path.write_text(text)
    assert read_document(path) is None
    path.write_text(json.dumps(document(RIGHT)))
    assert read_document(path) == document(RIGHT)
