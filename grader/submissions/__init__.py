"""What students sent back, whatever the kind of file: see `collect`."""

from __future__ import annotations

from grader.submissions.collecting import collect
from grader.submissions.records import Collected, Expected, Problem, Submission

__all__ = ["Collected", "Expected", "Problem", "Submission", "collect"]
