"""A class as arrays: who earned what, and every box of those who were asked the same thing, side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.assignments.decisions import Decisions
from grader.assignments.overrides import FILE_NAME as OVERRIDES
from grader.assignments.question_set import HandedQuestion, QuestionSet
from grader.grading.grading import Graded
from grader.grading.results import question_names
from grader.grading.totals import most_ticks, totals
from grader.marking import Verdict
from grader.marking.columns import column_slots
from grader.marking.verdict import SOUND
from grader.report.statistics import Ticks
from grader.rubrics.rubric import TICKS
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import Symbol
from question_bank.expressions.precision import Array

Cells = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Marks of one question or of the whole set; `earned` and `students` are (handed in,), `out_of` is in marks."""

    name: str
    students: tuple[str, ...]
    earned: Array
    out_of: float
    handed_out: int


@dataclass(frozen=True, slots=True, eq=False)
class QuestionForm:
    """All questions of one number that have the same steps, whatever the parameter that each student was asked for.

    `derivation` is the commonest one; slot i of any other has the same part to play. `slots` are the numbers of those
    slots that are steps (a column to spare is none); `verdicts`, `ticks` and `worth` are (handed in, slots) in the
    order of the paths, wherever a student wrote them. `handed` are all that were handed out, `graded` those that came
    back.
    """

    question: str
    derivation: Derivation
    parameters: tuple[Symbol, ...]
    handed: tuple[HandedQuestion, ...]
    graded: tuple[Graded, ...]
    slots: tuple[int, ...]
    verdicts: Cells
    ticks: Ticks
    worth: Ticks

    @property
    def students(self) -> tuple[str, ...]:
        """Whose rows they are."""
        return tuple(one.handed.student for one in self.graded)

    @property
    def right(self) -> NDArray[np.bool_]:
        """True where the step itself was worked as it should be, if from numbers of one's own that were worked."""
        found: NDArray[np.bool_] = self.verdicts == Verdict.CORRECT
        made_up = np.array([one.unsupported.no_working for one in self.graded], dtype=bool)
        known: NDArray[np.bool_] = found | np.isin(self.verdicts, SOUND) & ~made_up[:, None]
        return known


def marks_by_question(question_set: QuestionSet, graded: Sequence[Graded]) -> list[Marks]:
    """The marks of every question, over those who handed it in."""
    come: defaultdict[str, list[Graded]] = defaultdict(list)
    for one in graded:
        come[one.handed.question].append(one)
    out_of: defaultdict[str, list[float]] = defaultdict(list)
    for handed in question_set.questions:
        out_of[handed.question].append(handed.marks)
    return [
        Marks(
            name,
            tuple(one.handed.student for one in come[name]),
            np.array([one.marks for one in come[name]], float),
            float(np.mean(out_of[name])),
            len(out_of[name]),
        )
        for name in question_names(question_set)
    ]


def total_marks(question_set: QuestionSet, graded: Sequence[Graded], decisions: Decisions | None = None) -> Marks:
    """The marks of the whole set, over those who handed in anything; what they left out earned nothing."""
    found = totals(question_set, graded, decisions)
    by_student = question_set.by_student()
    out_of = [most_ticks(handed, decisions) / TICKS for handed in by_student.values()]
    return Marks(
        "total",
        tuple(found),
        np.array([total.marks for total in found.values()], float),
        float(np.mean(out_of)) if out_of else 0.0,
        len(by_student),
    )


def handed_in(one: Graded) -> bool:
    """False where there is but a person's decision, and no working to look at."""
    return one.source != OVERRIDES


def forms(question_set: QuestionSet, graded: Sequence[Graded]) -> list[QuestionForm]:
    """The forms of every question, the commonest first."""
    derivations: dict[Hashable, Derivation] = {}
    groups: defaultdict[tuple[str, Hashable], list[tuple[HandedQuestion, Derivation]]] = defaultdict(list)
    for handed in question_set.questions:
        same = handed.kind
        if same not in derivations:
            derivations[same] = handed.derivation
        groups[handed.question, _part_played(derivations[same])].append((handed, derivations[same]))
    come = {(one.handed.student, one.handed.question): one for one in graded if handed_in(one)}
    order = {name: number for number, name in enumerate(question_names(question_set))}
    sizes = {key: len(group) for key, group in groups.items()}
    return [
        _form(groups[key], come)
        for key in sorted(groups, key=lambda part: (order[part[0]], -sizes[part]))  # stable for equal sizes
    ]


def _part_played(derivation: Derivation) -> Hashable:
    """What is the same for derivations whose slots can be compared one by one."""
    steps = [derivation.step(slot.step) for slot in derivation.slots]
    parts = tuple((step.role, step.kind, slot.path) for step, slot in zip(steps, derivation.slots, strict=True))
    return derivation.model, derivation.layout, parts


def _form(group: Sequence[tuple[HandedQuestion, Derivation]], come: Mapping[tuple[str, str], Graded]) -> QuestionForm:
    asked = Counter(derivation.parameter for _, derivation in group)
    parameters = tuple(sorted(asked, key=lambda parameter: (-asked[parameter], parameter.key)))
    derivation = next(derivation for _, derivation in group if derivation.parameter == parameters[0])
    slots = tuple(at for at, slot in enumerate(derivation.slots) if not slot.spare)
    graded = tuple(
        come[handed.student, handed.question] for handed, _ in group if (handed.student, handed.question) in come
    )
    shape = (len(graded), len(derivation.slots))
    sources = np.array([_sources(one, derivation) for one in graded], np.intp).reshape(shape)[:, list(slots)]
    columns = []
    for name in ("verdicts", "ticks", "worth"):
        written = np.array([getattr(one, name) for one in graded]).reshape(shape)
        columns.append(np.take_along_axis(written, np.maximum(sources, 0), axis=1))
    verdicts, ticks, worth = columns
    nowhere = sources < 0
    return QuestionForm(
        group[0][0].question,
        derivation,
        parameters,
        tuple(handed for handed, _ in group),
        graded,
        slots,
        np.where(nowhere, Verdict.BLANK, verdicts).astype(np.uint8),
        np.where(nowhere, 0, ticks),
        worth,
    )


def _sources(one: Graded, derivation: Derivation) -> list[int]:
    """For every slot the one in which this student wrote it; -1 for those of a path that stands in no column."""
    found = list(range(len(derivation.slots)))
    if one.columns:
        columns = column_slots(derivation)
        standing = {column.path: columns[column.column - 1] for column in one.columns if column.path is not None}
        for path in derivation.paths:
            here = columns[path.number - 1]
            for at, source in zip(here, standing.get(path.number) or [-1] * len(here), strict=True):
                found[at] = source
    return found
