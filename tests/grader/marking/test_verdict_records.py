"""What is known of each verdict, apart from the words."""

from __future__ import annotations

import numpy as np
import pytest

from grader.marking.columns import Note
from grader.marking.support import Unsupported
from grader.marking.verdict import BY_WORD, SILENT, SOUND, Verdict, among

CODES = {
    Verdict.CORRECT: 0,
    Verdict.FOLLOW_THROUGH: 1,
    Verdict.MISCONCEPTION: 2,
    Verdict.ROUNDED_EARLY: 3,
    Verdict.WRONG: 4,
    Verdict.BLANK: 5,
    Verdict.UNREADABLE: 6,
    Verdict.CUT_OFF: 7,
    Verdict.SLIP: 8,
}
"""What databases of practice hold."""


def test_codes_stay_as_they_are_stored() -> None:
    assert {verdict: verdict.value for verdict in Verdict} == CODES


@pytest.mark.parametrize(
    ("known", "of"),
    [
        ("sound", {Verdict.CORRECT, Verdict.FOLLOW_THROUGH, Verdict.CUT_OFF}),
        ("silent", {Verdict.BLANK, Verdict.UNREADABLE}),
        (
            "first_hand",
            {Verdict.MISCONCEPTION, Verdict.SLIP, Verdict.ROUNDED_EARLY, Verdict.WRONG, Verdict.UNREADABLE},
        ),
        ("closed", {Verdict.MISCONCEPTION, Verdict.SLIP, Verdict.WRONG}),
    ],
)
def test_what_is_known_of_which(known: str, of: set[Verdict]) -> None:
    assert {verdict for verdict in Verdict if getattr(verdict.record, known)} == of


def test_a_number_that_shows_no_working_says_nothing_unless_it_is_right() -> None:
    assert {verdict for verdict in Verdict if not verdict.hangs_on_working} == {
        Verdict.CORRECT,
        Verdict.BLANK,
        Verdict.UNREADABLE,
    }


def test_verdicts_are_looked_for_among_several() -> None:
    verdicts = np.array([[Verdict.CORRECT, Verdict.WRONG, Verdict.BLANK, Verdict.CUT_OFF]], np.uint8)
    assert among(verdicts, SOUND).tolist() == [[True, False, False, True]]
    assert among(verdicts, SILENT).tolist() == [[False, False, True, False]]
    assert among(verdicts, ()).tolist() == [[False] * 4]


def test_words_lead_back() -> None:
    assert {BY_WORD[verdict.word] for verdict in Verdict} == {*Verdict}
    assert [note.word for note in Note] == ["", "swapped", "missing", "doubled", "foreign", "merged"]


def test_why_nothing_is_paid() -> None:
    """With products that are made up the rest of the sheet may be worked."""
    assert [(reason.word, reason.no_working) for reason in Unsupported] == [
        ("", False),
        ("nothing_worked", True),
        ("anothers", True),
        ("made_up", False),
    ]
    assert [bool(reason.instructor) for reason in Unsupported] == [False, True, True, True]
