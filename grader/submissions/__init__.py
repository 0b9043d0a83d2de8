"""What students sent back, whatever the kind of file: see `collect`."""

from __future__ import annotations

from grader.submissions.collecting import collect
from grader.submissions.parts import LOOK_AT
from grader.submissions.records import Collected, Expected, FileProblem, PageImage, Submission

__all__ = ["LOOK_AT", "Collected", "Expected", "FileProblem", "PageImage", "Submission", "collect"]
