"""Everything that is said about a class, worked out once for the page and the files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from grader.assignments.decisions import Bonus, Decisions
from grader.assignments.forms_of_work import FormOfWork, forms_of_work
from grader.assignments.overrides import WHOLE, Override, supported_line
from grader.assignments.own_networks import Warned, warnings_of
from grader.assignments.question_set import QuestionSet
from grader.grading.grading import Graded
from grader.marking import Verdict
from grader.reading.number import UNREADABLE, Unreadable
from grader.reading.other_forms import read_as
from grader.report.causes import Cause, causes
from grader.report.classroom import Marks, QuestionForm, forms, handed_in, marks_by_question, total_marks
from grader.report.likeness import Likeness, likenesses
from grader.report.statistics import RankCorrelation, discrimination, rank_correlation, share_earned
from grader.rubrics.rubric import TICKS
from grader.submissions import FileProblem
from question_bank.expressions.names import Name, slot_name, slot_parts
from question_bank.expressions.precision import Array
from question_bank.language.words import _, decimal
from question_bank.networks.notation import plain_slot

_FEWEST_FOR_THIRDS = 6


@dataclass(frozen=True, slots=True)
class Item:
    """One slot over all who had it, as it stands in the form's commonest derivation.

    `share` is the mean part of its marks that was earned, None where it is worth nothing; `right` the part of the
    students who worked the step as it should be, if from numbers of their own; `counts` go by the verdicts' codes.
    """

    slot: str
    step: Name
    path: int | None
    out_of: float
    count: int
    share: float | None
    right: float
    discrimination: float | None
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FormItems:
    """A form, its items, and for every step that is asked the share of the class that it went well for."""

    form: QuestionForm
    items: tuple[Item, ...]
    success: Mapping[Name, float]


@dataclass(frozen=True, slots=True, eq=False)
class DifficultyAndMarks:
    """Certified difficulty (students,) of one question's sheets against the part of the marks that was earned.

    `easiest` and `hardest` are the mean parts over the easiest and the hardest third of the sheets.
    """

    question: str
    difficulty: Array
    shares: Array
    rank: RankCorrelation | None
    easiest: float | None
    hardest: float | None


@dataclass(frozen=True, slots=True)
class FormMarks:
    """What those got who had one of a question's forms: mean marks, and as a part of what there was.

    Both are None where nobody handed in; `difficulty` is the mean of all that were handed out, None where unknown.
    """

    question: str
    asked: str
    boxes: int
    paths: int
    handed_in: int
    handed_out: int
    out_of: float
    mean: float | None
    share: float | None
    difficulty: float | None

    @classmethod
    def of(cls, form: FormOfWork, come: Sequence[Graded]) -> FormMarks:
        """A form's entry; `come` are those who had it and handed in."""
        difficulty = form.difficulty
        return cls(
            form.handed[0].question,
            form.asked,
            form.boxes,
            form.paths,
            len(come),
            len(form.handed),
            fmean(one.marks for one in form.handed),
            fmean(one.marks for one in come) if come else None,
            fmean(one.marks / one.handed.marks for one in come) if come else None,
            None if math.isnan(difficulty) else difficulty,
        )


@dataclass(frozen=True, slots=True)
class Unread:
    """Characters that mean no number, for a person to look at."""

    student: str
    question: str
    slot: str
    characters: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unpaid:
    """A submission of which nothing that follows is paid until a person says otherwise; `line` does, in overrides.toml.

    `values_of` is the student whose values it holds, if it holds another one's.
    """

    student: str
    question: str
    reason: str
    values_of: str
    line: str

    @classmethod
    def of(cls, one: Graded) -> Unpaid:
        """One submission's entry."""
        student, question = one.handed.student, one.handed.question
        line = supported_line(student, question, _("say why"))
        return cls(student, question, one.unsupported.instructor, one.whose, line)


@dataclass(frozen=True, slots=True)
class MisreadSheet:
    """A submission that was worked with other givens than its own: how, in words that stand behind “worked”."""

    student: str
    question: str
    how: str

    @classmethod
    def of(cls, one: Graded) -> MisreadSheet:
        """One submission's entry."""
        assert one.misread is not None  # only such are listed
        with one.handed.derivation.naming():
            return cls(one.handed.student, one.handed.question, one.misread.misreading.phrase)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided, in a line with its reason, and for whom; of nobody by name what holds for everybody."""

    said: str
    students: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ClassSummary:
    """A class in figures."""

    title: str
    total: Marks
    questions: tuple[Marks, ...]
    forms: tuple[FormItems, ...]
    causes: tuple[Cause, ...]
    fairness: tuple[DifficultyAndMarks, ...]
    mixed: tuple[tuple[FormMarks, ...], ...]
    likenesses: tuple[Likeness, ...]
    unread: tuple[Unread, ...]
    unpaid: tuple[Unpaid, ...]
    misread: tuple[MisreadSheet, ...]
    problems: tuple[FileProblem, ...]
    withdrawn: tuple[str, ...] = ()
    """Students who take part no longer, and are in no figure."""

    decided: tuple[Decided, ...] = ()
    warnings: tuple[Warned, ...] = ()
    """What certification found on networks of the instructor's own."""


def summarise(
    question_set: QuestionSet,
    graded: Sequence[Graded],
    problems: Sequence[FileProblem],
    withdrawn: Sequence[str] = (),
    decisions: Decisions | None = None,
) -> ClassSummary:
    """All figures of a class, of whom nobody has `withdrawn`; totals go by what a person decided."""
    found = forms(question_set, graded)
    totals = _totals(graded)
    questions = marks_by_question(question_set, graded)
    fairness = [
        _fairness(marks.name, [one for one in graded if one.handed.question == marks.name and handed_in(one)])
        for marks in questions
    ]
    return ClassSummary(
        question_set.assignment.title,
        total_marks(question_set, graded, decisions),
        tuple(questions),
        tuple(_form_items(form, totals) for form in found),
        tuple(causes(found)),
        tuple(one for one in fairness if len(one.shares)),
        tuple(_mixed(question_set, graded)),
        tuple(likenesses(found)),
        tuple(unread for one in graded for unread in _unread(one)),
        tuple(Unpaid.of(one) for one in graded if one.unsupported),
        tuple(MisreadSheet.of(one) for one in graded if one.misread is not None),
        tuple(sorted(problems, key=lambda problem: not problem.fatal)),
        tuple(withdrawn),
        tuple(_decided(decisions or Decisions())),
        tuple(warnings_of(question_set)),
    )


def _decided(decisions: Decisions) -> list[Decided]:
    """Every decision once: about questions and the total first, then about students."""
    rule = decisions.total
    found = [
        Decided(_("{question} does not count: {why}").format(question=question, why=why))
        for question, why in decisions.dropped.items()
    ]
    said = {
        _("best {count} questions count"): rule.best,
        _("at most {count} marks"): rule.cap,
        _("at least {count} marks"): rule.floor,
    }
    parts = [words.format(count=decimal(f"{value:g}")) for words, value in said.items() if value is not None]
    if parts:
        found.append(Decided(_("total: {rules}: {why}").format(rules=", ".join(parts), why=rule.why)))
    by_line: dict[tuple[str, bool], list[str]] = {}
    for exchange in decisions.exchanges:
        by_line.setdefault((exchange.said, False), []).extend(exchange.students)
    about_students: list[Override | Bonus] = [*decisions.overrides, *decisions.bonuses]
    for one in about_students:
        by_line.setdefault((one.said, one.of_all), []).append(one.student)
    return found + [Decided(line, () if of_all else tuple(who)) for (line, of_all), who in by_line.items()]


def _mixed(question_set: QuestionSet, graded: Sequence[Graded]) -> list[tuple[FormMarks, ...]]:
    """The forms of every question that has more than one."""
    come = {(one.handed.student, one.handed.question): one for one in graded}
    found = []
    for question, several in forms_of_work(question_set).items():
        if len(several) > 1:
            pairs = [[(one.student, question) for one in form.handed] for form in several]
            found.append(
                tuple(
                    FormMarks.of(form, [come[pair] for pair in of_form if pair in come])
                    for form, of_form in zip(several, pairs, strict=True)
                )
            )
    return found


def _totals(graded: Sequence[Graded]) -> dict[str, int]:
    """Ticks of every student over all questions, before lateness costs any: what items are held against."""
    totals: dict[str, int] = {}
    for one in graded:
        totals[one.handed.student] = totals.get(one.handed.student, 0) + int(one.ticks.sum())
    return totals


def _form_items(form: QuestionForm, totals: Mapping[str, int]) -> FormItems:
    derivation, right = form.derivation, form.right
    count = len(form.graded)
    shares = share_earned(form.ticks, form.worth) if count else np.full(len(form.slots), np.nan)
    told = discrimination(form.ticks, np.array([totals[student] for student in form.students], float))
    counts = np.stack([(form.verdicts == verdict).sum(axis=0) for verdict in Verdict], axis=1)
    items = []
    by_step: dict[Name, list[float]] = {}
    for place, at in enumerate(form.slots):
        slot = derivation.slots[at]
        well = float(right[:, place].mean()) if count else 0.0
        by_step.setdefault(slot.step, []).append(well)
        hidden = derivation.layout.paths == "find" and slot.path is not None
        name = slot_name(slot.path, slot.step.key) if hidden else slot.name
        items.append(
            Item(
                slot=slot.step.key if derivation.step(slot.step).role == "product" else name,
                step=slot.step,
                path=slot.path,
                out_of=float(form.worth[:, place].mean()) / TICKS if count else form.handed[0].slots[at].marks,
                count=count,
                share=None if math.isnan(shares[place]) else float(shares[place]),
                right=well,
                discrimination=told[place] if count else None,
                counts=tuple(counts[place].tolist()),
            )
        )
    success = {step: sum(parts) / len(parts) for step, parts in by_step.items()} if count else {}
    return FormItems(form, tuple(items), success)


def _fairness(question: str, graded: Sequence[Graded]) -> DifficultyAndMarks:
    pairs = []
    for one in graded:
        score = (one.handed.certificate or {}).get("difficulty")
        out_of = int(one.worth.sum())
        if isinstance(score, int | float) and math.isfinite(score) and out_of:
            pairs.append((float(score), int(one.ticks.sum()) / out_of))
    difficulty, shares = np.array(pairs, float).reshape(-1, 2).T
    easiest = hardest = None
    if len(shares) >= _FEWEST_FOR_THIRDS:
        order = np.argsort(difficulty, kind="stable")
        third = len(order) // 3
        easiest, hardest = float(shares[order[:third]].mean()), float(shares[order[-third:]].mean())
    return DifficultyAndMarks(question, difficulty, shares, rank_correlation(difficulty, shares), easiest, hardest)


def _unread(one: Graded) -> list[Unread]:
    found = []
    for at in np.flatnonzero(one.statuses == UNREADABLE).tolist():
        name = one.handed.slots.names[at]
        if name in one.decided or WHOLE in one.decided:
            continue  # a person has looked at it
        result = read_as(one.handed.solved().derivation.forms[at], one.responses[at])
        reason = result.reason if isinstance(result, Unreadable) else ""
        found.append(Unread(one.handed.student, one.handed.question, name, one.responses[at], reason))
    return found


def slot_words(name: str) -> str:
    """A slot as people call it.

    >>> slot_words("path_2.da2_1/dh1_3"), slot_words("path_1.factor_3"), slot_words("h1_3")
    ('∂a₂₁/∂h₁₃ of path 2', 'factor 3 of column 1', 'h₁₃')
    """
    column, what = slot_parts(name)
    found = what.removeprefix("factor_")
    if found == what:
        return plain_slot(name)
    return _("factor {number} of column {column}").format(number=found, column=column)
