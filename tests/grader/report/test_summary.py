"""A class's figures against what its submissions say one by one."""

from __future__ import annotations

import statistics
from collections import Counter
from pathlib import Path

import pytest

from grader.assignments.question_set import QuestionSet
from grader.grading.grading import Graded
from grader.marking import Verdict
from grader.report.summary import ClassSummary, summarise
from tests.grader.report.classes import made, marked, responses


@pytest.fixture(scope="module")
def graded(handed: QuestionSet) -> list[Graded]:
    return marked(handed, responses(handed))


@pytest.fixture(scope="module")
def summary(handed: QuestionSet, graded: list[Graded]) -> ClassSummary:
    return summarise(handed, graded, [])


def test_every_box_is_counted_once(handed: QuestionSet, summary: ClassSummary) -> None:
    boxes = Counter(one.question for one in handed.questions for _ in one.slots)
    counted: Counter[str] = Counter()
    for form in summary.forms:
        for item in form.items:
            assert sum(item.counts) == item.count == len(form.form.graded)
            counted[form.form.question] += item.count
    assert counted == boxes


def test_items_are_what_the_boxes_say_one_by_one(graded: list[Graded], summary: ClassSummary) -> None:
    by_pair = {(one.handed.student, one.handed.question): one for one in graded}
    for form in summary.forms:
        members = [by_pair[student, form.form.question] for student in form.form.students]
        for at, item in enumerate(form.items):
            if item.path is not None and any(one.columns for one in members):
                continue  # somebody's stand elsewhere
            verdicts = Counter(int(one.verdicts[at]) for one in members)
            assert item.counts == tuple(verdicts[verdict] for verdict in Verdict)
            assert item.share == pytest.approx(statistics.fmean(one.ticks[at] / one.worth[at] for one in members))


def test_marks_are_those_of_the_grades(graded: list[Graded], summary: ClassSummary) -> None:
    for marks in summary.questions:
        assert marks.earned.tolist() == [one.marks for one in graded if one.handed.question == marks.name]
    assert float(summary.total.earned.sum()) == pytest.approx(sum(one.marks for one in graded))


def test_difficulties_are_the_certificates(graded: list[Graded], summary: ClassSummary) -> None:
    for fairness in summary.fairness:
        mine = [one for one in graded if one.handed.question == fairness.question]
        certificates = [one.handed.certificate or {} for one in mine]
        assert sorted(fairness.difficulty) == sorted(certificate["difficulty"] for certificate in certificates)
        assert fairness.rank is not None
        assert fairness.rank.low <= fairness.rank.value <= fairness.rank.high


def test_a_misconception_is_counted_by_student_and_named_where_one_box_tells(handed: QuestionSet) -> None:
    mistaken = marked(handed, responses(handed, honest=0.0))
    found = summarise(handed, mistaken, [])
    assert found.causes
    assert sum(cause.boxes for cause in found.causes) == sum(len(one.blames) for one in mistaken)
    sizes = [len(cause.students) for cause in found.causes]
    assert sizes == sorted(sizes, reverse=True)
    for cause in found.causes:
        blamed = {
            one.handed.student
            for one in mistaken
            for blame in one.blames.values()
            if set(cause.misconceptions) <= set(blame.causes)
        }
        assert set(cause.students) <= blamed


def test_swapped_columns_are_counted_with_their_paths(handed: QuestionSet) -> None:
    """Two columns written in each other's place hold right steps, not wrong ones."""
    written = responses(handed, honest=1.0)
    for (_, question), slots in written.items():
        if question == "q2":
            first, second = ([name for name in slots if name.startswith(f"path_{number}.")] for number in (1, 2))
            for one, other in zip(first, second, strict=True):
                slots[one], slots[other] = slots[other], slots[one]
    found = summarise(handed, marked(handed, written), [])
    assert all(item.right == 1.0 for form in found.forms for item in form.items)


def test_a_class_of_which_nothing_came_back_has_no_figures(handed: QuestionSet) -> None:
    found = summarise(handed, [], [])
    assert len(found.total.students) == 0
    assert [*found.causes, *found.likenesses, *found.fairness] == []


def test_forms_of_unequal_work_are_compared_and_equal_ones_are_not(tmp_path: Path, handed: QuestionSet) -> None:
    """By hand: every second student of each form leaves all boxes empty."""
    assert summarise(handed, [], []).mixed == ()
    mixed = made(tmp_path, 24, ("chain",), 'forms = "mixed"\n')
    by_size = {size: [one for one in mixed.questions if len(one.slots.names) == size] for size in (6, 4)}
    right = responses(mixed, honest=1.0)
    written = {}
    for members in by_size.values():
        for place, one in enumerate(members):
            pair = one.student, one.question
            written[pair] = right[pair] if place % 2 == 0 else dict.fromkeys(right[pair], "")
    (forms,) = summarise(mixed, marked(mixed, written), []).mixed
    assert {(form.asked, form.boxes, form.paths) for form in forms} == {
        ("a weight of layer 1", 6, 1),
        ("a weight of layer 2", 4, 1),
    }
    for form in forms:
        members = by_size[form.boxes]
        come = [one for one in members if any(written[one.student, "q1"].values())]
        certified = [(one.certificate or {})["difficulty"] for one in members]
        assert form.handed_out == len(members)
        assert form.out_of == 6
        assert form.share == pytest.approx(len(come) / form.handed_in)
        assert form.mean == pytest.approx(6 * len(come) / form.handed_in)
        assert form.difficulty == pytest.approx(statistics.fmean(certified))
