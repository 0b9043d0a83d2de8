"""Whose an id is: what spreadsheets and platforms make of ids, and ids that may be two students'."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignments.student_ids import FoundStudent, StudentIds, keeps_zeros, plain_id

OTHERS = {"ann@u.example": "Ann", "gone@u.example": "no"}
IDS = StudentIds(["0429", "0077", "0105", "105", "Ann", "'x", "s0001"], OTHERS)


@pytest.mark.parametrize(
    ("written", "student", "as_number"),
    [
        ("0429", "0429", False),
        (" 0429 ", "0429", False),
        ("429", "0429", True),
        ("429.0", "0429", True),
        ("429,00", "0429", True),
        ("4.29E+02", "0429", True),
        ("4,29e2", "0429", True),
        ("00429", "0429", True),
        ("'0429", "0429", False),
        ("’0429", "0429", False),
        ('="0429"', "0429", False),
        ('="429"', "0429", True),
        ("\u202d0429\u202c", "0429", False),
        ("\ufeff0429", "0429", False),
        ("０４２９", "0429", False),
        ("0105", "0105", False),
        ("'105", "105", False),
        ('="105"', "105", False),
        ("'0105", "0105", False),
        ("ann", "Ann", False),
        ("ANN@U.example", "Ann", False),
        ("'x", "'x", False),
        ("S0001", "s0001", False),
    ],
)
def test_an_id_with_one_meaning_is_that_students(written: str, student: str, as_number: bool) -> None:
    assert IDS.find(written) == FoundStudent(student, as_number)


@pytest.mark.parametrize("written", ["105", "105.0", "00105", "1.05E+02", "１０５", " 105"])
def test_an_id_that_may_be_two_students_is_nobodys(written: str) -> None:
    assert IDS.find(written) == FoundStudent(None, rivals=("0105", "105"))


def test_a_file_that_keeps_its_zeros_settles_it() -> None:
    assert keeps_zeros(["105", " 0105"])
    assert not keeps_zeros(["105", "0", "s01", "0.5"])
    assert IDS.find("105", keeps_zeros=True) == FoundStudent("105")
    assert IDS.find("105.0", keeps_zeros=True).student is None


@pytest.mark.parametrize("written", ["", "s1", "428", "429.5", "4.2E+04", "4.29E+03", "-429", "gone@u.example", "no"])
def test_a_stranger_is_nobody(written: str) -> None:
    assert IDS.find(written) == FoundStudent(None)


def test_an_address_of_two_students_is_nobodys() -> None:
    assert StudentIds(["a", "b"], {"x@y": "a", "X@Y": "b"}).find("x@y").student is None
    assert StudentIds(["a", "x@y"], {"X@Y": "a"}).find("X@y").student == "x@y"


def test_what_marks_text_is_taken_off() -> None:
    assert plain_id("'") == ("'", False)
    assert plain_id("'1") == ("1", True)


@given(st.lists(st.text("0123456789", min_size=1, max_size=4), min_size=1, max_size=6, unique=True), st.data())
def test_what_a_spreadsheet_makes_of_an_id_is_never_anothers(ids: list[str], data: st.DataObject) -> None:
    """Whatever ids a class has, an id as a spreadsheet writes it is its student's or nobody's."""
    student = data.draw(st.sampled_from(ids))
    number = int(student)
    shape = data.draw(st.sampled_from([str(number), f"{number}.0", f"{number:.2E}" if number < 1000 else str(number)]))
    assert StudentIds(ids).find(shape).student in (student, None)


@given(st.text(max_size=20))
def test_any_text_is_somebodys_or_nobodys(written: str) -> None:
    IDS.find(written)
    keeps_zeros([written])


def test_ids_that_need_no_looking_up() -> None:
    """An id stands for itself in every file unless it is but a number, and two ids are the same number."""
    assert IDS.certain == {"Ann", "'x", "s0001"}
    assert StudentIds(["0429", "Ann", " "]).certain == {"0429", "Ann"}
