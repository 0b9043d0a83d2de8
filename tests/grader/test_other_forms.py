"""Ticks and picked lines: what each spelling means, and that many are read as one by one."""

import numpy as np
import pytest

from grader.marking.questions_as_arrays import read_answers
from grader.reading.number import BLANK, READ, UNREADABLE, Blank, Reading, Unreadable
from grader.reading.other_forms import read_as, reread


@pytest.mark.parametrize("text", ["1", "x", "X", " x ", "✓", "✔", "☑", "Yes", "TRUE", "on", "\u200ex"])
def test_a_tick(text):
    assert read_as("tick", text) == Reading(1.0)


@pytest.mark.parametrize("text", ["", " ", "0", "-", "−", "☐", "No", "FALSE", "off"])
def test_no_tick_which_an_empty_box_says_as_well(text):
    assert read_as("tick", text) == Reading(0.0)


@pytest.mark.parametrize("text", ["2", "0.5", "10", "xx", "maybe", "1.0"])
def test_neither(text):
    assert isinstance(read_as("tick", text), Unreadable)


@pytest.mark.parametrize(("text", "line"), [("1", 1), ("12", 12), (" 3 ", 3), ("3.0", 3)])
def test_the_number_of_a_line(text, line):
    assert read_as("choice", text) == Reading(float(line))


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "0.99", "first"])
def test_no_number_of_a_line(text):
    assert isinstance(read_as("choice", text), Unreadable)


def test_a_line_that_is_not_picked_is_left_blank():
    assert read_as("choice", " ") == Blank()


def test_many_are_read_as_one_by_one():
    texts = ["x", "", "2", "0", "x"]
    values, statuses = reread(texts, "tick")
    assert statuses.tolist() == [READ, READ, UNREADABLE, READ, READ]
    assert np.array_equal(values, [1.0, 0.0, np.nan, 0.0, 1.0], equal_nan=True)


def test_every_slot_is_read_in_its_own_form():
    answers = read_answers([["x", "x", "2"], ["", "", ""]], ("number", "tick", "choice"))
    assert answers.statuses.tolist() == [[UNREADABLE, READ, READ], [BLANK, READ, BLANK]]
    assert np.array_equal(answers.values, [[np.nan, 1.0, 2.0], [np.nan, 0.0, np.nan]], equal_nan=True)
