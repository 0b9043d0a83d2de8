"""What the class page says of sheets that a person should look at."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from grader.assignments.decisions import load_decisions
from grader.assignments.question_set import QuestionSet
from grader.marking import Unsupported
from grader.report.page import class_page
from grader.report.summary import ClassSummary, Unpaid, Unread, summarise
from question_bank.misconceptions import CATALOGUE
from tests.grader.report.classes import made, marked, responses

pytestmark = pytest.mark.usefixtures("without_plots")


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> QuestionSet:
    return made(tmp_path_factory.mktemp("three"), 3, ("chain",))


@pytest.fixture(scope="module")
def summary(questions: QuestionSet) -> ClassSummary:
    """Of a class that did all of it right."""
    found = summarise(questions, marked(questions, responses(questions, honest=1.0)), [])
    assert not found.unpaid
    return found


def look_at(summary: ClassSummary) -> str:
    """The part of the page, as it is read."""
    part = class_page(summary, {"s000": "Ann"}, CATALOGUE).partition('<h2 id="look">')[2]
    return " ".join(unescape(re.sub("<[^>]*>", " ", part)).split())


def test_a_class_of_which_nothing_is_to_be_looked_at_is_said_to_be_one(summary: ClassSummary) -> None:
    said = look_at(summary)
    assert "None: every sheet shows some working of its question." in said
    assert "None: every box that was filled in could be read." in said
    assert "Every file was read without a remark." in said
    assert "overrides.toml" not in said


def test_an_unpaid_sheet_is_no_accusation_and_says_why_whose_and_how_to_pay_it(summary: ClassSummary) -> None:
    sheets = tuple(
        Unpaid("s000", "q1", reason.instructor, "s001" if reason is Unsupported.ANOTHERS else "", "supported.s000.q1")
        for reason in Unsupported
        if reason
    )
    said = look_at(replace(summary, unpaid=sheets))
    assert "Not paid until you say otherwise" in said
    assert "cannot be told from a student with several unknown habits: look at the sheet" in said
    assert not re.search(r"(?i)cheat|copied|fraud|plagiar", said)
    assert {one.reason for one in sheets} == {reason.instructor for reason in Unsupported} - {""}
    for one in sheets:
        assert one.reason.endswith(".")
        assert one.reason in said
    assert re.findall(r"The sheet is (\w+) ?’s\.", said) == ["s001"]
    assert "None: every sheet" not in said


def test_the_line_that_the_page_gives_is_one_that_is_taken(
    questions: QuestionSet, summary: ClassSummary, tmp_path: Path
) -> None:
    (one, *_) = marked(questions, responses(questions, honest=1.0))
    line = Unpaid.of(replace(one, unsupported=Unsupported.MADE_UP)).line
    assert line.replace('"', "&#34;") in class_page(
        replace(summary, unpaid=(Unpaid("s000", "q1", "Why.", "", line),)), {}, CATALOGUE
    )
    path = tmp_path / "overrides.toml"
    path.write_text(line, encoding="utf-8")
    (override,) = load_decisions(path, questions).overrides
    assert (override.student, override.question) == (one.handed.student, one.handed.question)


def test_an_unreadable_box_says_what_stands_there_why_and_where_to_decide(summary: ClassSummary) -> None:
    unread = Unread("s000", "q1", "gradient", "50%", "a percent sign")
    said = look_at(replace(summary, unread=(unread,)))
    assert "They earned nothing. Where you can read them, write your decision into overrides.toml" in said
    assert "50% a percent sign" in said
