"""Marking what students wrote: `mark` for one question, `mark_batch` for thousands in arrays."""

from grader.marking.batch import Answers, Batch, Key, Limits, Reference
from grader.marking.classmates import Classmates
from grader.marking.columns import Arrangement, MarkedColumn, Note
from grader.marking.engine import MarkedBatch, mark_batch
from grader.marking.marked_question import MarkedQuestion, MarkedSlot, mark
from grader.marking.misreadings import Misread, Misreading
from grader.marking.questions_as_arrays import mark_questions
from grader.marking.stages import Blame
from grader.marking.support import Unsupported
from grader.marking.verdict import Verdict
from grader.rubrics.shares import Shares

__all__ = [
    "Answers",
    "Arrangement",
    "Batch",
    "Blame",
    "Classmates",
    "Key",
    "Limits",
    "MarkedBatch",
    "MarkedColumn",
    "MarkedQuestion",
    "MarkedSlot",
    "Misread",
    "Misreading",
    "Note",
    "Reference",
    "Shares",
    "Unsupported",
    "Verdict",
    "mark",
    "mark_batch",
    "mark_questions",
]
