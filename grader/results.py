"""Marks of a whole set: submissions marked against what was handed out, and the files that say so."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, repeat
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.marking import Blame, Key, Marked, MarkedColumn, Note, Reference, Shares, Verdict, mark_batch
from grader.marking.batch import Rows
from grader.marking.many import limits_of, read_answers
from grader.question_set import HandedQuestion, QuestionSet
from grader.reading import READ, UNREADABLE, Unreadable, read
from grader.rubric import TICKS, to_ticks
from grader.safe_names import spreadsheet_safe
from grader.submissions import Expected, Problem, Submission
from question_bank.misconceptions import CATALOGUE
from question_bank.mistakes import Catalogue
from question_bank.precision import Array, Places
from question_bank.written import givens_row

_TICKS_OF_A_CENT = TICKS // 100
_ASKED = attrgetter("slot", "precision")
_NUMBERS = attrgetter("value", "low", "high", "marks")


@dataclass(frozen=True, slots=True, eq=False)
class Graded:
    """One marked submission to one question; all sequences are (slots,) in the question's order.

    `blames` says, by slot number, what a misconception is put down to; `columns` is empty where there is nothing to say
    about any.
    """

    handed: HandedQuestion
    source: str
    responses: tuple[str, ...]
    readings: Array
    statuses: NDArray[np.uint8]
    verdicts: NDArray[np.uint8]
    ticks: NDArray[np.int64]
    worth: NDArray[np.int64]
    blames: Mapping[int, Blame]
    columns: tuple[MarkedColumn, ...]
    filler: bool

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


def grade(
    question_set: QuestionSet,
    submissions: Sequence[Submission],
    *,
    shares: Shares | None = None,
    catalogue: Catalogue = CATALOGUE,
) -> list[Graded]:
    """Mark submissions, in the order of the set; those whose questions share a derivation in one batch."""
    handed_out = {(handed.student, handed.question): handed for handed in question_set.questions}
    batches: defaultdict[Hashable, list[tuple[HandedQuestion, Submission]]] = defaultdict(list)
    for submission in submissions:
        handed = handed_out[submission.student, submission.question]
        batches[_kind(handed)].append((handed, submission))
    graded = {
        (one.handed.student, one.handed.question): one
        for pairs in batches.values()
        for one in _grade_batch(pairs, shares or Shares(), catalogue)
    }
    return [graded[pair] for pair in handed_out if pair in graded]


def _kind(handed: HandedQuestion) -> Hashable:
    """What is the same for questions that can be marked together: all but their numbers and marks."""
    network, ask = handed.network, handed.ask
    biases = tuple(len(entry) if isinstance(entry, list) else "layer" for entry in network.get("b") or ())
    limits = (handed.certificate or {}).get("limits") or {}
    return (
        tuple(map(_ASKED, handed.slots)),
        (tuple(network["sizes"]), tuple(network["activations"]), network["loss"], network.get("softmax"), biases),
        (ask["parameter"], ask["quantity"], "learning_rate" in ask, ask.get("paths")),
        (handed.forward == "asked", handed.first_layer, tuple(handed.precision.items())),
        tuple(limits.items()),
    )


def _grade_batch(
    pairs: Sequence[tuple[HandedQuestion, Submission]], shares: Shares, catalogue: Catalogue
) -> list[Graded]:
    first = pairs[0][0]
    question = first.solved()
    derivation, precision = question.derivation, question.precision
    shape = (len(pairs), len(first.slots))
    names = [slot.slot for slot in first.slots]
    blank = repeat("")
    responses = [tuple(map(submission.responses.get, names, blank)) for _, submission in pairs]
    answers = read_answers(responses)
    kept = [slot for handed, _ in pairs for slot in handed.slots]
    numbers = np.fromiter(chain.from_iterable(map(_NUMBERS, kept)), np.float64, 4 * len(kept))
    value, low, high, marks = np.ascontiguousarray(numbers.reshape(*shape, 4).transpose(2, 0, 1))
    unit = np.empty(shape, order="F")
    for column, slot in enumerate(first.slots):
        unit[:, column] = Places.parse(slot.precision).unit(value[:, column])
    key = Key(low, high, unit, np.rint(marks * TICKS).astype(np.int64))

    def reference(rows: Rows) -> Reference:
        givens = np.array([givens_row(pairs[row][0].table, derivation) for row in rows.tolist()])
        return Reference.work(derivation, precision, givens, key.take(rows), limits_of(first.certificate))

    marked = mark_batch(derivation, answers, key, reference, shares, catalogue)
    columns = _columns(marked)
    blames: defaultdict[int, dict[int, Blame]] = defaultdict(dict)
    for (row, at), blame in marked.blames.items():
        blames[row][at] = blame
    return [
        Graded(
            handed,
            submission.source,
            responses[row],
            answers.values[row],
            answers.statuses[row],
            marked.verdicts[row],
            marked.ticks[row],
            marked.worth[row],
            blames.get(row, {}),
            columns.get(row, ()),
            bool(marked.filler[row]),
        )
        for row, (handed, submission) in enumerate(pairs)
    ]


def _columns(marked: Marked) -> dict[int, tuple[MarkedColumn, ...]]:
    """The columns of those submissions in which something is to be said about one."""
    paths, notes = marked.arrangement.paths, marked.arrangement.notes
    said = (notes != Note.NONE).any(axis=1) | (paths != np.arange(paths.shape[1])).any(axis=1)
    return {row: marked.arrangement.columns(row, marked.path_count) for row in np.flatnonzero(said).tolist()}


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
        **({"no_working": True} if one.filler else {}),
        **({"columns": [_column_entry(column) for column in one.columns]} if one.columns else {}),
        "slots": [
            {
                "slot": slot.slot,
                "response": response,
                "reading": reading if status == READ else None,
                **(_reason(response) if status == UNREADABLE else {}),
                "verdict": _WORDS[verdict],
                **(_blame_entry(one.blames[at]) if at in one.blames else {}),
                "marks": ticks / TICKS,
                "out_of": worth / TICKS,
                "low": slot.low,
                "high": slot.high,
            }
            for at, slot, response, reading, status, verdict, ticks, worth in zip(
                count(),
                one.handed.slots,
                one.responses,
                one.readings.tolist(),
                one.statuses.tolist(),
                one.verdicts.tolist(),
                one.ticks.tolist(),
                one.worth.tolist(),
                strict=False,  # the numbers of the slots have no end
            )
        ],
    }


_WORDS = [verdict.word for verdict in Verdict]


def _blame_entry(blame: Blame) -> dict[str, Any]:
    return {"misconceptions": list(blame.misconceptions), **({"tied": True} if blame.tied else {})}


def _column_entry(column: MarkedColumn) -> dict[str, Any]:
    return {"column": column.column, "path": column.path, "note": column.note}


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
