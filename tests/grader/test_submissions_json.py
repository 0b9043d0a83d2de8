"""Submissions in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions.json_rows import read
from grader.submissions.names import Names
from grader.submissions.records import Content
from tests.grader.submission_files import ONE, TWO, answers, collected, said

READ_ALIKE = {
    "responses": '[{"student": "s1", "question": "q1", "responses": {"h1_3": "0.50", "gradient": null}}]',
    "numbers": '[{"student": "s1", "question": 1, "responses": {"h1_3": 0.50, "gradient": ""}}]',
    "an object": '{"student": "s1", "question": "q1", "responses": {"h1_3": "0.50", "gradient": ""}}',
    "under a key": '{"submissions": [{"student": "s1", "question": 1, "responses": {"h1_3": 0.50, "gradient": null}}]}',
    "slots": (
        '[{"student": "s1", "question": "q1", "slot": "h1_3", "response": 0.50},'
        ' {"student": "s1", "question": "q1", "slot": "gradient", "response": null}]'
    ),
    "questions in the names": '[{"student": "s1", "responses": {"q1.h1_3": "0.50", "q1.gradient": ""}}]',
    "both": '[{"student": "s1", "question": "q1", "responses": {"q1.h1_3": "0.50", "gradient": ""}}]',
    "one question": ' \n[{"student": "S1", "responses": {"H1_3": "0.50", "gradient": ""}}]\n',
}


@pytest.mark.parametrize("text", READ_ALIKE)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_shapes_that_say_the_same(tmp_path: Path, text: str, encoding: str) -> None:
    result = collected(tmp_path, READ_ALIKE[text].encode(encoding), ONE)
    assert answers(result) == {("s1", "q1"): {"h1_3": "0.50", "gradient": ""}}
    assert said(result) == []


@pytest.mark.parametrize("number", ["-0.0032", "1e-3", "9" * 10_000, "NaN", "-Infinity", "0.10000000000000000000001"])
def test_a_number_is_the_characters_that_were_written(tmp_path: Path, number: str) -> None:
    text = f'[{{"student": "s1", "question": "q1", "responses": {{"h1_3": {number}}}}}]'
    assert answers(collected(tmp_path, text)) == {("s1", "q1"): {"h1_3": number}}


ENTRIES = {  # entry → found, fatal
    '"hello"': ("'hello' where an entry belongs", True),
    "17": ("'17' where an entry belongs", True),
    '{"question": "q1", "responses": {"h1_3": "1"}}': ("no student id", True),
    '{"student": null, "responses": {"h1_3": "1"}}': ("no student id", True),
    '{"student": "s9", "question": "q1", "responses": {"h1_3": "1"}}': ("nobody has the student id 's9'", True),
    '{"student": "s2", "question": "q1"}': ("no responses of s2", True),
    '{"student": "s2", "question": "q1", "responses": ["1"]}': ("no responses of s2", True),
    '{"student": "s2", "question": "q9", "responses": {"h1_3": "1"}}': ("s2 has no question 'q9'", True),
    '{"student": "s2", "responses": {"h1_3": "1"}}': ("s2 has no question ''", True),
    '{"student": "s2", "question": "q1", "responses": {"h1_33": "1"}}': ("s2 has no slot 'h1_33'", True),
    '{"student": "s2", "question": "q1", "responses": {"h1_3": true}}': (
        "the response of s2 to 'h1_3' is no text and no number",
        True,
    ),
    '{"student": "s2", "question": "q1", "responses": {"h1_3": {"a": 1}}}': (
        "the response of s2 to 'h1_3' is no text and no number",
        True,
    ),
    '{"student": "s2", "question": "q1", "responses": {"h1_3": "1", "h1_3": "2"}}': (
        "the slot 'h1_3' of s2 stands twice",
        False,
    ),
    '{"student": "s2", "student": "s2", "question": "q1", "responses": {}}': ("the key 'student' stands twice", False),
    '{"student": "s1", "question": "q1", "responses": {"h1_3": "9"}}': (
        "a second response of s1 to h1_3: '9' after '0.5'",
        False,
    ),
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_is_named_and_costs_nobody_elses_work(tmp_path: Path, entry: str) -> None:
    first = '{"student": "s1", "question": "q1", "responses": {"h1_3": 0.5}}'
    last = '{"student": "007", "question": "q1", "responses": {"h1_3": 7}}'
    result = collected(tmp_path, f"[{first}, {entry}, {last}]")
    found, fatal = ENTRIES[entry]
    assert said(result) == [("entry 2", found, fatal)]
    assert answers(result)["s1", "q1"] == {"h1_3": "9" if "second response" in found else "0.5"}
    assert answers(result)["007", "q1"] == {"h1_3": "7"}


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ('[{"student": "s1",}]', "line 1, column", "no JSON"),
        ('[\n  {"student": "s1"', "line 2, column", "no JSON"),
        ("[" * 100_000, "", "JSON nested too deeply"),
        ('{"submissions": {"s1": 1}}', "", "a JSON dict where a list belongs"),
    ],
)
def test_a_file_that_is_no_json_is_named_with_the_place(tmp_path: Path, text: str, place: str, found: str) -> None:
    result = collected(tmp_path, text, name="answers.json")
    (problem,) = result.problems
    assert problem.place.startswith(place)
    assert problem.found.startswith(found)
    assert problem.fatal


names = Names(TWO)
leaves = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["s1", "q1", "h1_3"])
keys = st.sampled_from(["student", "question", "slot", "response", "responses", "submissions", "h1_3"])
documents = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5))


@given(documents)
def test_no_document_raises(document: object) -> None:
    report = read(Content("x.json", json.dumps(document).encode()), names)
    assert all(str(problem).isprintable() for problem in report.problems)


def test_a_response_of_a_million_digits_is_named_and_costs_no_time(tmp_path: Path) -> None:
    text = '[{"student": "s1", "question": "q1", "responses": {"h1_3": %s, "gradient": 0.5}}]' % ("9" * 1_000_000)
    result = collected(tmp_path, text, name="a.json")
    assert answers(result) == {("s1", "q1"): {"gradient": "0.5"}}
    assert said(result) == [("entry 1", "the response of s1 to 'h1_3' has 1,000,000 characters", True)]


def test_half_a_character_does_not_spoil_what_is_written(tmp_path: Path) -> None:
    """JSON can spell it, UTF-8 cannot: marks.json would be a file that nothing opens."""
    text = r'[{"student": "s1", "question": "q1", "responses": {"h1_3": "0.5\ud800", "gradient": "\ud83d\ude00"}}]'
    result = collected(tmp_path, text, name="a.json")
    assert answers(result) == {("s1", "q1"): {"h1_3": "0.5\ufffd", "gradient": "\U0001f600"}}
