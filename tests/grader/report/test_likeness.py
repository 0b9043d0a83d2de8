"""Whose sheet a submission fits: a planted swap is found, and nobody is named without cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignments.question_set import QuestionSet
from grader.report.classroom import forms
from grader.report.likeness import Likeness, likenesses
from tests.grader.report.classes import Written, made, marked, responses


def found(handed: QuestionSet, written: Written) -> list[Likeness]:
    return likenesses(forms(handed, marked(handed, written)))


def by_place(slots: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """The numbers of one sheet in the boxes of another, box by box."""
    return dict(zip(other, slots.values(), strict=True))


@pytest.fixture(scope="module")
def neighbours(handed: QuestionSet) -> tuple[str, str]:
    """Two students who have boxes for the same steps of the second question."""
    form = next(form for form in forms(handed, []) if form.question == "q2")
    ann, bob = (one.student for one in form.handed[:2])
    return ann, bob


def test_two_who_swapped_their_sheets_are_found(handed: QuestionSet, neighbours: tuple[str, str]) -> None:
    ann, bob = neighbours
    written = responses(handed, honest=1.0)
    first, second = written[ann, "q2"], written[bob, "q2"]
    written[ann, "q2"], written[bob, "q2"] = by_place(second, first), by_place(first, second)
    pairs = found(handed, written)
    assert {(one.student, one.other) for one in pairs} == {(ann, bob), (bob, ann)}
    assert all(one.mutual for one in pairs)
    for one in pairs:
        (fit,) = one.fits
        assert len(fit.fits) == fit.telling
        assert fit.own_right < fit.telling / 3


def test_a_copy_is_found_and_its_owner_is_not_named(handed: QuestionSet, neighbours: tuple[str, str]) -> None:
    ann, bob = neighbours
    written = responses(handed, honest=1.0)
    written[ann, "q2"] = by_place(written[bob, "q2"], written[ann, "q2"])
    (one,) = found(handed, written)
    assert (one.student, one.other, one.mutual) == (ann, bob, False)
    assert one.fits[0].alike == len(one.fits[0].fits)


def test_copied_forward_values_are_enough(handed: QuestionSet, neighbours: tuple[str, str]) -> None:
    """Half a sheet of a neighbour's numbers, the rest left blank."""
    ann, bob = neighbours
    written = responses(handed, honest=1.0)
    copied = by_place(written[bob, "q2"], written[ann, "q2"])
    written[ann, "q2"] = {name: "" if name.startswith("path") else value for name, value in copied.items()}
    assert [(one.student, one.other) for one in found(handed, written)] == [(ann, bob)]


def test_right_work_fits_nobody_else(handed: QuestionSet) -> None:
    assert found(handed, responses(handed, honest=1.0)) == []


def test_the_same_numbers_on_two_sheets_are_no_evidence(handed: QuestionSet, neighbours: tuple[str, str]) -> None:
    """Whoever works badly on a sheet that another one has too is not taken for that one."""
    ann, bob = neighbours
    sheet = next(one for one in handed.questions if (one.student, one.question) == (bob, "q2"))
    twin = sheet.model_copy(update={"student": ann})
    others = [one for one in handed.questions if (one.student, one.question) != (ann, "q2")]
    same = handed.model_copy(update={"questions": (*others, twin)})
    written = responses(same, honest=1.0)
    written[ann, "q2"] = dict.fromkeys(written[bob, "q2"], "0.5")
    assert found(same, written) == []


@pytest.mark.slow
def test_nobody_is_named_without_cause(tmp_path: Path) -> None:
    """200 students, honest and mistaken in every way that is simulated, some with one number in every box.

    All are asked for the same parameters, so that everybody is held against everybody.
    """
    handed = made(tmp_path, 200, ("first", "two-paths"), keys='parameter = "w1_21"\n')
    written = responses(handed, honest=0.3)
    for number, slots in enumerate(list(written.values())[::10]):
        slots.update(dict.fromkeys(slots, ("0", "1", "0.5", "0.25")[number % 4]))
    assert found(handed, written) == []
