"""When a submission came, and what that costs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from grader.assignments.assignment import Assignment
from grader.assignments.late import Received, late_factor, read_received
from grader.assignments.rubric_in_force import Rules
from grader.grading.grading import Marking, _tell_time
from grader.rubrics.rubric import Rubric
from grader.submissions import FileProblem, Submission
from question_bank.errors import InputError
from question_bank.questions.rubric_part import RubricPart

TENTH_A_DAY = Rubric.of(RubricPart.model_validate({"late": {"per_day": 0.1, "at_most": 0.5, "grace_minutes": 10}}))
DUE = datetime(2030, 1, 31, 18, 0)
QUESTIONS = {"ann": {"q1": 0, "q2": 0}, "Bob": {"q1": 0}}


@pytest.mark.parametrize(
    ("after", "factor"),
    [
        (timedelta(days=-3), 1),
        (timedelta(minutes=10), 1),
        (timedelta(minutes=10, seconds=59), 1),
        (timedelta(minutes=11), 0.9),
        (timedelta(days=1), 0.9),
        (timedelta(days=1, seconds=59), 0.9),
        (timedelta(days=1, minutes=1), 0.8),
        (timedelta(days=2.5), 0.7),
        (timedelta(days=400), 0.5),
    ],
)
def test_every_day_begun_costs_up_to_a_limit(after: timedelta, factor: float) -> None:
    assert late_factor(TENTH_A_DAY, DUE, DUE + after) == factor


def test_a_date_without_a_time_ends_with_its_day() -> None:
    assert late_factor(TENTH_A_DAY, date(2030, 1, 31), datetime(2030, 2, 1, 0, 10)) == 1
    assert late_factor(TENTH_A_DAY, date(2030, 1, 31), datetime(2030, 2, 1, 0, 11)) == 0.9


def test_due_to_the_minute_lasts_to_its_end_and_due_to_the_second_does_not() -> None:
    strict = Rubric.of(RubricPart.model_validate({"late": {"per_day": 0.1}}))
    assert late_factor(strict, DUE, DUE + timedelta(seconds=59, microseconds=999_999)) == 1
    assert late_factor(strict, DUE, DUE + timedelta(minutes=1)) == 0.9
    late = DUE.replace(second=30)
    assert late_factor(strict, late, late) == 1
    assert late_factor(strict, late, late + timedelta(seconds=1)) == 0.9


def test_grace_lasts_to_the_end_of_its_minute_and_a_day_without_grace_does_not() -> None:
    strict = Rubric.of(RubricPart.model_validate({"late": {"per_day": 0.1}}))
    day = date(2030, 1, 31)
    midnight = datetime(2030, 2, 1)
    assert late_factor(strict, day, midnight - timedelta(microseconds=1)) == 1
    assert late_factor(strict, day, midnight) == 0.9
    assert late_factor(TENTH_A_DAY, day, midnight + timedelta(minutes=10, seconds=59)) == 1
    assert late_factor(TENTH_A_DAY, day, midnight + timedelta(minutes=11)) == 0.9


def test_long_grace_does_not_make_the_first_day_free() -> None:
    rubric = Rubric.of(RubricPart.model_validate({"late": {"per_day": 0.1, "grace_minutes": 2880}}))
    assert late_factor(rubric, DUE, DUE + timedelta(days=2)) == 1
    assert late_factor(rubric, DUE, DUE + timedelta(days=2, minutes=1)) == 0.7


@pytest.mark.parametrize(
    ("rubric", "due", "submitted"),
    [
        (Rubric(), DUE, DUE + timedelta(9)),
        (TENTH_A_DAY, None, DUE),
        (TENTH_A_DAY, "soon", DUE),
        (TENTH_A_DAY, DUE, None),
    ],
)
def test_without_a_rule_a_date_or_a_time_nothing_is_late(
    rubric: Rubric, due: object, submitted: datetime | None
) -> None:
    assert late_factor(rubric, due, submitted) == 1


def test_time_zones_are_minded() -> None:
    berlin = timezone(timedelta(hours=1))
    due = DUE.replace(tzinfo=berlin)
    assert late_factor(TENTH_A_DAY, due, datetime(2030, 1, 31, 17, 5, tzinfo=UTC)) == 1
    assert late_factor(TENTH_A_DAY, due, datetime(2030, 1, 31, 18, 5, tzinfo=UTC)) == 0.9
    assert late_factor(TENTH_A_DAY, due, datetime(2030, 1, 31, 18, 5)) == 1
    with pytest.raises(InputError, match="time zone"):
        late_factor(TENTH_A_DAY, DUE, datetime(2030, 1, 31, 17, 5, tzinfo=UTC))


def read(tmp_path: Path, text: str) -> Received:
    path = tmp_path / "received.csv"
    path.write_text(text)
    return read_received(path, QUESTIONS)


def test_received_csv_tells_when_submissions_came(tmp_path: Path) -> None:
    """The later of two lines counts; a question's own line is nearer than the student's."""
    found = read(
        tmp_path,
        "student;submitted;question\n"
        "ann;2030-01-31T10:00;\nann;2030-01-30 09:00;\nann;2030-02-02;q2\nBOB;2030-01-29T08:00;1\n"
        "zoe;2030-01-01;\nbob;;\n",
    )
    assert found.when("ann", "q1") == datetime(2030, 1, 31, 10)
    assert found.when("ann", "q2") == datetime(2030, 2, 2)
    assert found.when("Bob", "q1") == datetime(2030, 1, 29, 8)
    assert found.when("zoe", "q1") is None
    assert "'zoe'" in found.remarks[0]


def test_what_a_submission_says_itself_never_beats_the_instructors_record(tmp_path: Path) -> None:
    found = read(tmp_path, "student,submitted\nann,2030-01-31T10:00\n")
    assert found.when("ann", "q1", "2000-01-01T00:00:00") == datetime(2030, 1, 31, 10)
    assert found.when("bo", "q1", "2030-03-01T00:00:00") == datetime(2030, 3, 1)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no column 'student'"),
        ("student,when\nann,2030-01-31\n", "no column 'submitted'"),
        ("student,submitted\nann,31.1.2030\n", "line 2: '31.1.2030' is no time"),
        ("student,submitted\nann,3/4/2030 9:00\n", "line 2: '3/4/2030 9:00' may be the 3rd of month 4, or the 4th of"),
        ("student,submitted,question\nann,2030-01-31,q7\n", "line 2: no question 'q7'; expected q1, q2"),
        ("student,submitted\nann,2030-01-31T10:00Z\nann,2030-01-31\n", "line 3: one time with a time zone"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        read(tmp_path, text)


def test_received_csv_may_be_a_platforms_export(tmp_path: Path) -> None:
    path = tmp_path / "received.csv"
    path.write_text("Last Name,SID,Submission Time\nLee,429,2030-02-02 20:11:12 -0800\nDoe,'105,2/13/2030 8:11 PM\n")
    found = read_received(path, {"0429": {"q1": 0}, "0105": {"q1": 0}, "105": {"q1": 0}})
    assert found.when("0429", "q1") == datetime(2030, 2, 2, 20, 11, 12, tzinfo=timezone(timedelta(hours=-8)))
    assert found.when("105", "q1") == datetime(2030, 2, 13, 20, 11)
    assert found.when("0105", "q1") is None
    assert found.remarks == (f"{path}: ids without their leading zeros were taken for the roster's: 1",)


def test_a_time_for_one_of_two_students_is_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "received.csv"
    path.write_text("student,submitted\n105,2030-02-02 20:11\n")
    with pytest.raises(InputError, match="line 2: the id '105' may be 0105 or 105"):
        read_received(path, {"0105": {"q1": 0}, "105": {"q1": 0}})
    path.write_text("student,submitted\n105,2030-02-02 20:11\n0105,2030-02-02 20:12\n")
    found = read_received(path, {"0105": {"q1": 0}, "105": {"q1": 0}})
    assert found.when("105", "q1") == datetime(2030, 2, 2, 20, 11)


@pytest.mark.parametrize(
    ("submitted", "told"),
    [("2000-01-01T00:00:00", True), ("2030-01-01T00:00:00+01:00", True), ("2030-02-02T09:00:00", False), ("", False)],
)
def test_which_time_won_is_said_where_it_makes_a_difference(submitted: str, told: bool) -> None:
    late = Rubric.of(RubricPart.model_validate({"late": {"per_day": 0.1}}))
    problems: list[FileProblem] = []
    when = datetime(2030, 2, 2, 9)
    assignment = Assignment.model_construct(due=datetime(2030, 1, 31, 18))  # type: ignore[call-arg]
    marking = Marking(rules=Rules(assignment))
    _tell_time(late, marking, Submission("ann", "q1", {}, "a.json", submitted), when, 0.8, problems)
    assert bool(problems) is told
    assert all("2030-02-02T09:00:00" in one.found and not one.fatal for one in problems)
