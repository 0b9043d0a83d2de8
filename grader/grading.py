"""A whole set marked: what was handed in against what was handed out, by the rules of the folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grader.late import FILE_NAME as RECEIVED
from grader.late import Received, late_factor, read_received
from grader.marking import Blame, Key, Marked, MarkedColumn, Note, Reference, mark_batch
from grader.marking.batch import Rows
from grader.marking.many import limits_of, read_answers
from grader.overrides import FILE_NAME as OVERRIDES
from grader.overrides import WHOLE, Override, load_overrides
from grader.question_set import HandedQuestion, QuestionSet
from grader.rubric import Rubric, best_of
from grader.rules import Rules, load_rules
from grader.shares import Shares
from grader.submissions import Collected, Expected, Problem, Submission
from grader.working import WHOLE as TYPED
from grader.working import expand
from grader.worth import TICKS
from question_bank.misconceptions import CATALOGUE, catalogue_of
from question_bank.misconceptions.own import FILE_NAME as OWN_MISCONCEPTIONS
from question_bank.mistakes import Catalogue
from question_bank.precision import Array, Places
from question_bank.recipe import load_recipe
from question_bank.written import givens_row

_SLOT, _PRECISION = attrgetter("slot"), attrgetter("precision")
_NUMBERS = attrgetter("value", "low", "high", "marks")


@dataclass(frozen=True, slots=True)
class Marking:
    """By what a set is marked: every question's rubric, the catalogue, when submissions came, what a person decided."""

    rules: Rules = field(default_factory=Rules)
    catalogue: Catalogue = CATALOGUE
    received: Received = field(default_factory=Received)
    overrides: tuple[Override, ...] = ()

    @property
    def due(self) -> object:
        """When the set was due, if the assignment says so."""
        return None if self.rules.assignment is None else self.rules.assignment.due


def load_marking(folder: Path, question_set: QuestionSet) -> Marking:
    """What a folder says about marking, all of it checked.

    That is assignment.toml and, where they are there, misconceptions.toml, received.csv and overrides.toml.
    Raises InputError, with file and place, before any mark is given.
    """
    rules = load_rules(folder, question_set)
    asked = rules.assignment.questions if rules.assignment and (folder / OWN_MISCONCEPTIONS).exists() else []
    catalogue = catalogue_of(folder, [load_recipe(part.recipe, folder) for part in asked])
    path = folder / RECEIVED
    received = read_received(path, _handed_out(question_set)) if path.exists() else Received()
    overrides = load_overrides(folder / OVERRIDES, question_set)
    return Marking(rules, catalogue, received, overrides)


def _handed_out(question_set: QuestionSet) -> dict[str, dict[str, HandedQuestion]]:
    found: dict[str, dict[str, HandedQuestion]] = {}
    for handed in question_set.questions:
        found.setdefault(handed.student, {})[handed.question] = handed
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Graded:
    """One marked submission to one question; all sequences are (slots,) in the question's order.

    `blames` says, by slot number, what a misconception is put down to; `columns` is empty where there is nothing to say
    about any. Lateness leaves the part `kept` of the marks; this is the one that counts of so many `attempts`.
    `decided` are a person's decisions by slot name, `*` that on the whole question.
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
    kept: float = 1.0
    attempts: int = 1
    decided: Mapping[str, Override] = field(default_factory=dict)

    @property
    def earned(self) -> int:
        """Ticks earned, less what lateness costs; what a person decided for the whole question is not reduced."""
        if (whole := self.decided.get(WHOLE)) is not None:
            return whole.ticks(0, Shares())
        return round(int(self.ticks.sum()) * self.kept)

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
    collected: Collected,
    marking: Marking | None = None,
    remark: Callable[[Problem], None] = lambda problem: None,
) -> list[Graded]:
    """Mark what was collected, in the order of the set; of several attempts the one that the rubric lets count.

    `remark` is told what typed working could not be put into boxes.
    """
    marking = marking or Marking()
    handed_out = _handed_out(question_set)
    decided: defaultdict[tuple[str, str], dict[str, Override]] = defaultdict(dict)
    for override in marking.overrides:
        decided[override.student, override.question][override.slot] = override
    attempts: defaultdict[tuple[str, str], list[Submission]] = defaultdict(list)
    for submission in (*collected.superseded, *collected.submissions):
        handed = handed_out[submission.student][submission.question]
        attempts[submission.student, submission.question].append(_in_boxes(submission, handed, remark))
    for student, question in decided:
        # A decision stands where nothing was handed in as well: an oral examination, a lost sheet.
        attempts[student, question] = attempts[student, question] or [Submission(student, question, {}, OVERRIDES)]
    batches: defaultdict[Hashable, list[tuple[HandedQuestion, Submission]]] = defaultdict(list)
    for (student, question), several in attempts.items():
        handed = handed_out[student][question]
        rubric = marking.rules.rubric(handed)
        counting = several if rubric.submissions == "best" else several[-1:]
        batches[kind(handed), rubric].extend((handed, submission) for submission in counting)
    graded: defaultdict[tuple[str, str], list[Graded]] = defaultdict(list)
    for pairs in batches.values():
        for one in _grade_batch(pairs, marking):
            graded[one.handed.student, one.handed.question].append(one)
    order = ((handed.student, handed.question) for handed in question_set.questions)
    chosen = (_that_counts(graded[pair], marking.rules, len(attempts[pair])) for pair in order if pair in graded)
    return [_as_decided(one, decided.get((one.handed.student, one.handed.question)), marking.rules) for one in chosen]


def _in_boxes(submission: Submission, handed: HandedQuestion, remark: Callable[[Problem], None]) -> Submission:
    """A submission with its typed working taken apart into the question's slots."""
    # All names at once: one by one takes as long as reading the numbers.
    if TYPED not in " ".join(submission.responses):
        return submission
    responses, remarks = expand(handed.solved(), submission.responses)
    for found in remarks:
        place = f"{submission.student}, {submission.question}"
        remark(Problem(submission.source, place, found, "look at it yourself", False, submission.student))
    return replace(submission, responses=responses)


def _that_counts(several: Sequence[Graded], rules: Rules, attempts: int) -> Graded:
    chosen = several[0]
    if len(several) > 1:
        chosen = several[best_of([one.earned for one in several], rules.rubric(chosen.handed).submissions)]
    return chosen if attempts == 1 else replace(chosen, attempts=attempts)


def _as_decided(one: Graded, decided: Mapping[str, Override] | None, rules: Rules) -> Graded:
    """What a person decided put in the place of what marking said."""
    if not decided:
        return one
    shares = rules.rubric(one.handed).shares
    verdicts, ticks, blames = one.verdicts.copy(), one.ticks.copy(), dict(one.blames)
    for at, slot in enumerate(one.handed.slots):
        override = decided.get(slot.slot)
        if override is not None and override.verdict is not None:
            verdicts[at], ticks[at] = override.verdict, override.ticks(int(one.worth[at]), shares)
            blames.pop(at, None)
    return replace(one, verdicts=verdicts, ticks=ticks, blames=blames, decided=decided)


def _kept(rubric: Rubric, marking: Marking, submission: Submission) -> float:
    if rubric.late is None:
        return 1.0
    when = marking.received.when(submission.student, submission.question, submission.submitted)
    return late_factor(rubric, marking.due, when)


def kind(handed: HandedQuestion) -> Hashable:
    """What is the same for questions that can be marked together: all but their numbers and marks."""
    network, ask = handed.network, handed.ask
    biases = tuple(len(entry) if isinstance(entry, list) else "layer" for entry in network.get("b") or ())
    limits = (handed.certificate or {}).get("limits") or {}
    return (
        # Flat, since a pair for each slot is a hundred thousand things for the garbage collector to look at.
        tuple(map(_SLOT, handed.slots)),
        tuple(map(_PRECISION, handed.slots)),
        (tuple(network["sizes"]), tuple(network["activations"]), network["loss"], network.get("softmax"), biases),
        (ask["parameter"], ask["quantity"], "learning_rate" in ask, ask.get("paths")),
        (handed.forward == "asked", handed.first_layer, tuple(handed.precision.items())),
        tuple(limits.items()),
    )


def _grade_batch(pairs: Sequence[tuple[HandedQuestion, Submission]], marking: Marking) -> list[Graded]:
    first = pairs[0][0]
    rubric = marking.rules.rubric(first)
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
    worth = np.rint(marks * TICKS).astype(np.int64)
    for row, (handed, _) in enumerate(pairs):
        if not marking.rules.as_made(handed):
            worth[row] = marking.rules.slot_worth(handed, derivation)
    key = Key(low, high, unit, worth)

    def reference(rows: Rows) -> Reference:
        givens = np.array([givens_row(pairs[row][0].table, derivation) for row in rows.tolist()])
        return Reference.work(derivation, precision, givens, key.take(rows), limits_of(first.certificate))

    marked = mark_batch(derivation, answers, key, reference, rubric.shares, marking.catalogue)
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
            _kept(rubric, marking, submission),
        )
        for row, (handed, submission) in enumerate(pairs)
    ]


def _columns(marked: Marked) -> dict[int, tuple[MarkedColumn, ...]]:
    """The columns of those submissions in which something is to be said about one."""
    paths, notes = marked.arrangement.paths, marked.arrangement.notes
    said = (notes != Note.NONE).any(axis=1) | (paths != np.arange(paths.shape[1])).any(axis=1)
    return {row: marked.arrangement.columns(row, marked.path_count) for row in np.flatnonzero(said).tolist()}
