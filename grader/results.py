"""Marks of a whole set: submissions marked against what was handed out, and the files that say so."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.marking import Batch, Verdict, mark
from grader.question_set import HandedQuestion, QuestionSet
from grader.reading import READ, UNREADABLE, Unreadable, read, read_many
from grader.rubric import TICKS, to_ticks
from grader.safe_names import spreadsheet_safe
from grader.submissions import Expected, Problem, Submission
from question_bank.precision import Array, Places

_TICKS_OF_A_CENT = TICKS // 100
_ASKED = attrgetter("slot", "precision")
_NUMBERS = attrgetter("value", "low", "high", "marks")


@dataclass(frozen=True, slots=True, eq=False)
class Graded:
    """One marked submission to one question; all sequences are (slots,) in the question's order."""

    handed: HandedQuestion
    source: str
    responses: tuple[str, ...]
    readings: Array
    statuses: NDArray[np.uint8]
    verdicts: NDArray[np.uint8]
    ticks: NDArray[np.int64]

    @property
    def earned(self) -> int:
        """Ticks earned."""
        return int(self.ticks.sum())

    @property
    def marks(self) -> float:
        """Marks earned."""
        return self.earned / TICKS


def expected(question_set: QuestionSet) -> Expected:
    """What the readers of submissions need to know of a set."""
    slots: dict[str, dict[str, tuple[str, ...]]] = {}
    # The same tuple for the same slots: readers tell kinds of questions apart by it.
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    for handed in question_set.questions:
        names = tuple(slot.slot for slot in handed.slots)
        slots.setdefault(handed.student, {})[handed.question] = shared.setdefault(names, names)
    return Expected(slots, {handed.sheet_id: handed.student for handed in question_set.questions})


def grade(question_set: QuestionSet, submissions: Sequence[Submission]) -> list[Graded]:
    """Mark submissions, in the order of the set; those whose questions have the same slots in one batch."""
    handed_out = {(handed.student, handed.question): handed for handed in question_set.questions}
    batches: defaultdict[tuple[tuple[str, str], ...], list[tuple[HandedQuestion, Submission]]] = defaultdict(list)
    for submission in submissions:
        handed = handed_out[submission.student, submission.question]
        batches[tuple(map(_ASKED, handed.slots))].append((handed, submission))
    graded = {
        (one.handed.student, one.handed.question): one
        for slots, pairs in batches.items()
        for one in _grade_batch(slots, pairs)
    }
    return [graded[pair] for pair in handed_out if pair in graded]


def _grade_batch(
    slots: tuple[tuple[str, str], ...], pairs: Sequence[tuple[HandedQuestion, Submission]]
) -> list[Graded]:
    shape = (len(pairs), len(slots))
    names = [name for name, _ in slots]
    blank = repeat("")
    responses = [tuple(map(submission.responses.get, names, blank)) for _, submission in pairs]
    values, flat_statuses = read_many(list(chain.from_iterable(responses)))
    readings, statuses = values.reshape(shape), flat_statuses.reshape(shape)
    kept = [slot for handed, _ in pairs for slot in handed.slots]
    numbers = np.fromiter(chain.from_iterable(map(_NUMBERS, kept)), np.float64, 4 * len(kept))
    value, low, high, marks = np.ascontiguousarray(numbers.reshape(*shape, 4).transpose(2, 0, 1))
    unit = np.empty(shape)
    for column, (_, precision) in enumerate(slots):
        unit[:, column] = Places.parse(precision).unit(value[:, column])
    worth = np.rint(marks * TICKS).astype(np.int64)
    marked = mark(Batch(readings, statuses, low, high, unit), worth)
    return [
        Graded(
            handed,
            submission.source,
            responses[row],
            readings[row],
            statuses[row],
            marked.verdicts[row],
            marked.ticks[row],
        )
        for row, (handed, submission) in enumerate(pairs)
    ]


def question_names(question_set: QuestionSet) -> list[str]:
    """`q1`, `q2`, … as far as anybody has them."""
    return sorted({handed.question for handed in question_set.questions}, key=lambda name: int(name[1:]))


def grades_csv(question_set: QuestionSet, graded: Sequence[Graded], names: Mapping[str, str]) -> str:
    """A row a student, a column a question, the total; an empty cell where nothing was handed in."""
    questions = question_names(question_set)
    earned: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for one in graded:
        earned[one.handed.student][one.handed.question] = one.earned
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student", "name", *questions, "total"])
    for student in question_set.by_student():
        marks = earned.get(student, {})
        cells = [two_decimals(marks[question]) if question in marks else "" for question in questions]
        total = two_decimals(sum(marks.values())) if marks else ""
        writer.writerow([spreadsheet_safe(student), spreadsheet_safe(names.get(student, "")), *cells, total])
    return text.getvalue()


def two_decimals(ticks: int) -> str:
    """Ticks as marks with two decimals, half a hundredth rounded up.

    >>> two_decimals(666_667), two_decimals(5_000)
    ('0.67', '0.01')
    """
    return f"{(2 * ticks + _TICKS_OF_A_CENT) // (2 * _TICKS_OF_A_CENT) / 100:.2f}"


def marks_json(question_set: QuestionSet, graded: Sequence[Graded], problems: Sequence[Problem]) -> str:
    """Every slot: response, reading, verdict, marks, accepted range; one line a question."""
    heading = question_set.assignment
    come = {(one.handed.student, one.handed.question) for one in graded}
    missing = [
        {"student": handed.student, "question": handed.question}
        for handed in question_set.questions
        if (handed.student, handed.question) not in come
    ]
    head = {
        "format": 1,
        "assignment": {"id": heading.id, "title": heading.title},
        "nothing_handed_in": missing,
        "problems": [
            {
                "source": problem.source,
                "place": problem.place,
                "found": problem.found,
                "remedy": problem.remedy,
                "unread": problem.fatal,
            }
            for problem in problems
        ],
    }
    rows = ",\n".join(_dump(_question_entry(one)) for one in graded)
    return f'{_dump(head).removesuffix("}")},"questions":[\n{rows}\n]}}\n'


def _dump(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _question_entry(one: Graded) -> dict[str, Any]:
    return {
        "student": one.handed.student,
        "question": one.handed.question,
        "source": one.source,
        "marks": one.marks,
        "out_of": one.handed.marks,
        "slots": [
            {
                "slot": slot.slot,
                "response": response,
                "reading": reading if status == READ else None,
                **(_reason(response) if status == UNREADABLE else {}),
                "verdict": _WORDS[verdict],
                "marks": ticks / TICKS,
                "out_of": slot.marks,
                "low": slot.low,
                "high": slot.high,
            }
            for slot, response, reading, status, verdict, ticks in zip(
                one.handed.slots,
                one.responses,
                one.readings.tolist(),
                one.statuses.tolist(),
                one.verdicts.tolist(),
                one.ticks.tolist(),
                strict=True,
            )
        ],
    }


_WORDS = [verdict.word for verdict in Verdict]


def _reason(response: str) -> dict[str, str]:
    result = read(response)
    return {"reason": result.reason} if isinstance(result, Unreadable) else {}


@dataclass(frozen=True, slots=True)
class QuestionSummary:
    """One question over all who handed it in."""

    question: str
    handed_in: int
    handed_out: int
    mean: float
    out_of: float
    verdicts: Mapping[Verdict, int]


def summarise(question_set: QuestionSet, graded: Sequence[Graded]) -> list[QuestionSummary]:
    """What an instructor wants to see first: each question's mean and how often each verdict was given."""
    summaries = []
    for name in question_names(question_set):
        handed_out = [handed for handed in question_set.questions if handed.question == name]
        mine = [one for one in graded if one.handed.question == name]
        counts: Counter[Verdict] = Counter()
        for one in mine:
            counts.update(Verdict(code) for code in one.verdicts.tolist())
        mean = sum(one.earned for one in mine) / len(mine) / TICKS if mine else 0.0
        out_of = sum(to_ticks(handed.marks) for handed in handed_out) / len(handed_out) / TICKS
        summaries.append(QuestionSummary(name, len(mine), len(handed_out), mean, out_of, counts))
    return summaries
