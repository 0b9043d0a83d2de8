"""When a due time ends: from both sides, wherever something hangs on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from grader.assignments.assignment import Assignment
from grader.assignments.due import due_end
from grader.assignments.late import late_factor
from grader.assignments.question_set import QuestionSet, SetHeading
from grader.commands.feedback import not_yet
from grader.practice.storage.assignments import OnlineAssignment
from grader.rubrics.rubric import Rubric
from question_bank.questions.rubric_part import RubricPart


@pytest.mark.parametrize(
    ("due", "end"),
    [
        (date(2028, 2, 29), datetime(2028, 3, 1)),
        (datetime(2030, 12, 31, 23, 59), datetime(2031, 1, 1)),
        (datetime(2030, 1, 31), datetime(2030, 1, 31, 0, 1)),
        (datetime(2030, 1, 31, 23, 59, 59), datetime(2030, 2, 1)),
        (datetime(2030, 1, 31, 18, tzinfo=UTC), datetime(2030, 1, 31, 18, 1, tzinfo=UTC)),
        ("next week", None),
        (None, None),
    ],
)
def test_lateness_feedback_and_practice_agree_on_the_end(due: object, end: datetime | None, tmp_path: Path) -> None:
    strict = Rubric.of(RubricPart.model_validate({"late": {"per_day": 0.1}}))
    question = {"recipe": "first", "marks": 4}
    assignment = Assignment.model_validate({"title": "T", "due": due, "questions": [question]})
    handed_out = QuestionSet(assignment=SetHeading(id="x", title="T"), secret="0" * 64)
    online = OnlineAssignment(tmp_path, assignment, handed_out)
    assert due_end(due) == end
    if end is None:
        assert not not_yet(due)
        assert not online.is_due(4e9)
        return
    for moment, over in ((end - timedelta(milliseconds=1), False), (end, True)):
        assert (late_factor(strict, due, moment) < 1) == over
        assert not_yet(due, moment) == (not over)
        assert online.is_due(moment.timestamp()) == over


@pytest.mark.parametrize("year", [1970, 9999])
def test_a_due_time_that_no_clock_can_tell_the_end_of(year: int) -> None:
    table = {"title": "T", "questions": [{"recipe": "first", "marks": 4}]}
    for due in (date(year, 12, 31), datetime(year, 12, 31, 23, 59)):
        with pytest.raises(ValidationError, match="a year from 1971 to 9998"):
            Assignment.model_validate(table | {"due": due})
