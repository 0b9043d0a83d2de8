"""A whole set marked: what was handed in against what was handed out, by the rules of the folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import islice, repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grader.assignments.decisions import Bonus, Decisions, load_decisions
from grader.assignments.equal_ways import with_equal_ways
from grader.assignments.extensions import Extension
from grader.assignments.key_slots import stacked, units
from grader.assignments.late import FILE_NAME as RECEIVED
from grader.assignments.late import Received, late_factor, read_received
from grader.assignments.overrides import FILE_NAME as OVERRIDES
from grader.assignments.overrides import SUPPORTED, WHOLE, Override
from grader.assignments.people import People, load_people
from grader.assignments.question_set import FILE_NAME as QUESTIONS
from grader.assignments.question_set import FROM_A_BACKUP, HandedQuestion, QuestionKind, QuestionSet
from grader.assignments.rubric_in_force import RubricInForce, Rules, load_rules
from grader.assignments.student_ids import StudentIds
from grader.marking import (
    Blame,
    Classmates,
    Key,
    MarkedBatch,
    MarkedColumn,
    Misread,
    Note,
    Reference,
    Unsupported,
    mark_batch,
)
from grader.marking.batch import Rows
from grader.marking.other_layouts import with_own_sign
from grader.marking.questions_as_arrays import limits_of, read_answers
from grader.marking.typed_working import expand, layout_followed
from grader.rubrics.rubric import Rubric, best_of
from grader.rubrics.sets import worth_of_ticks
from grader.rubrics.shares import Shares
from grader.rubrics.slot_marks import TICKS, rounded, to_ticks
from grader.submissions import Collected, Expected, FileProblem, Submission
from question_bank.derivations.evaluate import evaluate
from question_bank.errors import InputError, gathered, refuse
from question_bank.expressions.names import WORKING, slot_parts
from question_bank.expressions.precision import COMPARISON_SLACK, Array, Places
from question_bank.language.remark import Remark
from question_bank.language.words import ENGLISH_CODE, N_
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.mistakes import Catalogue
from question_bank.networks.notations import OWN, Notation
from question_bank.questions.own_misconceptions import FILE_NAME as OWN_MISCONCEPTIONS
from question_bank.questions.own_misconceptions import catalogue_of
from question_bank.questions.recipe import load_recipe


@dataclass(frozen=True, slots=True)
class Marking:
    """By what a set is marked: every question's rubric, the catalogue, when submissions came, what a person decided.

    What is said of it, and what names in typed working mean, is by the `notation`.
    """

    rules: Rules = field(default_factory=Rules)
    catalogue: Catalogue = CATALOGUE
    received: Received = field(default_factory=Received)
    decisions: Decisions = field(default_factory=Decisions)
    people: People = field(default_factory=People)
    notation: Notation = OWN

    @property
    def due(self) -> object:
        """When the set was due, if the assignment says so."""
        return None if self.rules.assignment is None else self.rules.assignment.due

    @property
    def language(self) -> str:
        """The code of the language that students and instructors read."""
        return ENGLISH_CODE if self.rules.assignment is None else self.rules.assignment.language

    @property
    def step(self) -> int:
        """Ticks of which a question's marks are a multiple; 0 where they are not rounded."""
        assignment = self.rules.assignment
        return 0 if assignment is None or assignment.marks_step is None else to_ticks(assignment.marks_step)

    def due_for(self, student: str) -> object:
        """When it was due for one student."""
        extension = self.people.extensions.get(student)
        return self.due if extension is None else extension.due


def load_marking(folder: Path, question_set: QuestionSet, aliases: Mapping[str, str] | None = None) -> Marking:
    """What a folder says about marking, all of it checked; `aliases` are students' further ids, as in the roster.

    That is assignment.toml and, where they are there, misconceptions.toml, received.csv, extensions.csv and
    overrides.toml.
    Raises InputError, with file and place, before any mark is given, for all that is wrong in any of them at
    once; where assignment.toml cannot be read, what it says of people stays unasked.
    """
    require_whole(question_set)
    aliases = {**(aliases or {}), **question_set.former_ids}
    path = folder / RECEIVED
    problems: list[InputError] = []
    rules, received, people = Rules(None), Received(), People()
    decisions, notation = Decisions(), OWN
    catalogue: Catalogue = CATALOGUE
    with gathered(problems):
        rules = load_rules(folder, question_set)
        with gathered(problems):
            catalogue = _catalogue(folder, rules)
        with gathered(problems):
            people = load_people(folder, rules.assignment, StudentIds(question_set.by_student(), aliases))
        with gathered(problems):
            notation = OWN if rules.assignment is None else rules.assignment.notation_in(folder)
    with gathered(problems):
        received = read_received(path, _handed_out(question_set), aliases) if path.exists() else received
    with gathered(problems):
        decisions = load_decisions(folder / OVERRIDES, question_set)
    refuse(problems)
    return Marking(rules, catalogue, received, decisions, people, notation)


def _catalogue(folder: Path, rules: Rules) -> Catalogue:
    asked = rules.assignment.questions if rules.assignment and (folder / OWN_MISCONCEPTIONS).exists() else []
    return catalogue_of(folder, [load_recipe(part.recipe, folder) for part in asked if part.recipe is not None])


def _handed_out(question_set: QuestionSet) -> dict[str, dict[str, HandedQuestion]]:
    found: dict[str, dict[str, HandedQuestion]] = {}
    for handed in question_set.questions:
        found.setdefault(handed.student, {})[handed.question] = handed
    return found


# Not frozen: each of so many parts would be set by a call, which takes longer than to mark what is right.
@dataclass(slots=True, eq=False)
class Graded:
    """One marked submission to one question; all sequences are (slots,) in the question's order.

    `blames` says, by slot number, what a misconception is put down to; `columns` is empty where there is nothing to say
    about any. Lateness leaves the part `kept` of the marks; this is the one that counts of so many `attempts`.
    `decided` are a person's decisions by slot name, `*` that on the whole question. `misread`: which givens were
    misread, if any; `unsupported`: why what follows is not paid, and `whose` values these are, if another student's.
    `followed` is the layout in which it was worked, where it is not the sheet's, or `error_sign`: then the readings of
    error terms are those that the sheet's sign makes of them. `extension`: until when the student had time, if longer;
    `bonus`: marks on top. Marks are multiples of `step`, in ticks, if that is not 0.
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
    misread: Misread | None = None
    unsupported: Unsupported = Unsupported.NO
    whose: str = ""
    kept: float = 1.0
    attempts: int = 1
    decided: Mapping[str, Override] = field(default_factory=dict)
    followed: str = ""
    extension: Extension | None = None
    bonus: Bonus | None = None
    step: int = 0

    @property
    def earned(self) -> int:
        """Ticks earned, less what lateness costs; a bonus, and what was decided for the whole, is not reduced."""
        bonus = 0 if self.bonus is None else self.bonus.ticks
        if (whole := self.decided.get(WHOLE)) is not None:
            return whole.ticks(0, Shares()) + bonus
        # As a list, since NumPy takes four times as long to add up so few.
        ticks: list[int] = self.ticks.tolist()
        return rounded(round(sum(ticks) * self.kept), self.step) + bonus

    @property
    def marks(self) -> float:
        """Marks earned."""
        return self.earned / TICKS


def expected(
    question_set: QuestionSet, aliases: Mapping[str, str] | None = None, names: Mapping[str, str] | None = None
) -> Expected:
    """What the readers of submissions need to know of a set; `aliases` (further ids) and `names` are the roster's."""
    slots: dict[str, dict[str, tuple[str, ...]]] = {}
    for handed in question_set.questions:
        slots.setdefault(handed.student, {})[handed.question] = handed.slots.names
    sheets = {handed.sheet_id: handed.student for handed in question_set.questions}
    return Expected(slots, sheets, {**(aliases or {}), **question_set.former_ids}, names or {})


def grade(
    question_set: QuestionSet,
    collected: Collected,
    marking: Marking | None = None,
    remark: Callable[[FileProblem], None] = lambda problem: None,
) -> list[Graded]:
    """Mark what was collected, in the order of the set; of several attempts the one that the rubric lets count.

    `remark` is told which questions are held to narrower ranges than are given out today, and what typed working could
    not be put into boxes.
    """
    marking = marking or Marking()
    question_set, narrow = with_equal_ways(question_set)
    for handed in narrow:
        place = f"{handed.student}, {handed.question}"
        found = Remark.of(
            N_("printed values are taken as exact here, as when it was handed out: else a known mistake would be right")
        )
        remedy = Remark.of(N_("look at last digits that cost marks"))
        remark(FileProblem(QUESTIONS, place, found, remedy, False, handed.student))
    # Questions by their numbers in the set.
    numbers = {(handed.student, handed.question): number for number, handed in enumerate(question_set.questions)}
    attempts: defaultdict[int, list[Submission]] = defaultdict(list)
    for submission in (*collected.superseded, *collected.submissions):
        number = numbers[submission.student, submission.question]
        attempts[number].append(_in_boxes(submission, question_set.questions[number], remark))
    decided: defaultdict[int, dict[str, Override]] = defaultdict(dict)
    come = {question_set.questions[number].student for number in attempts}
    bonuses: dict[int, Bonus] = {}
    on_questions = [one for one in marking.decisions.bonuses if one.question]
    about_questions: list[Override | Bonus] = [*marking.decisions.overrides, *on_questions]
    for decision in about_questions:
        if decision.of_all and decision.student not in come:
            continue
        number = numbers[decision.student, decision.question]
        if isinstance(decision, Bonus):
            bonuses[number] = decision
        elif decision.slot == SUPPORTED and not attempts.get(number):
            continue
        else:
            decided[number][decision.slot] = decision
        # A decision stands where nothing was handed in as well: an oral examination, a lost sheet.
        attempts[number] = attempts[number] or [Submission(decision.student, decision.question, {}, OVERRIDES)]
    batches: defaultdict[tuple[QuestionKind, RubricInForce], list[int]] = defaultdict(list)
    for number in attempts:
        handed = question_set.questions[number]
        batches[handed.kind, marking.rules.ruling(handed)].append(number)
    graded: dict[int, Graded] = {}
    neighbours = _neighbours(question_set.questions)
    untold: list[FileProblem] = []
    for (of_kind, ruling), alike in batches.items():
        counting = [
            attempts[number] if ruling.rubric.submissions == "best" else attempts[number][-1:] for number in alike
        ]
        pairs = [
            (question_set.questions[number], submission)
            for number, several in zip(alike, counting, strict=True)
            for submission in several
        ]
        marked = iter(_grade_batch(pairs, ruling, marking, untold, neighbours[of_kind]))
        for number, several in zip(alike, counting, strict=True):
            chosen = _that_counts(list(islice(marked, len(several))), ruling.rubric, len(attempts[number]))
            with_bonus = replace(chosen, bonus=bonuses[number]) if number in bonuses else chosen
            graded[number] = _as_decided(with_bonus, decided.get(number), ruling.rubric.shares)
    for problem in untold:
        remark(problem)
    return [graded[number] for number in sorted(graded)]


def _in_boxes(submission: Submission, handed: HandedQuestion, remark: Callable[[FileProblem], None]) -> Submission:
    """A submission with its typed working taken apart into the question's slots."""
    # All names at once: one by one takes as long as reading the numbers.
    if WORKING not in " ".join(submission.responses):
        return submission
    responses, remarks = expand(handed.solved(), submission.responses)
    for found in remarks:
        place = f"{submission.student}, {submission.question}"
        remedy = Remark.of(N_("look at it yourself"))
        remark(FileProblem(submission.source, place, found, remedy, False, submission.student))
    followed = layout_followed(handed.solved(), submission.responses)
    return replace(submission, responses=responses, followed=followed or "")


def _that_counts(several: Sequence[Graded], rubric: Rubric, attempts: int) -> Graded:
    chosen = several[0]
    if len(several) > 1:
        chosen = several[best_of([one.earned for one in several], rubric.submissions)]
    return chosen if attempts == 1 else replace(chosen, attempts=attempts)


def _as_decided(one: Graded, decided: Mapping[str, Override] | None, shares: Shares) -> Graded:
    """What a person decided put in the place of what marking said."""
    if not decided:
        return one
    verdicts, ticks, blames = one.verdicts.copy(), one.ticks.copy(), dict(one.blames)
    for at, name in enumerate(one.handed.slots.names):
        override = decided.get(name)
        if override is not None and override.verdict is not None:
            verdicts[at], ticks[at] = override.verdict, override.ticks(int(one.worth[at]), shares)
            blames.pop(at, None)
    return replace(one, verdicts=verdicts, ticks=ticks, blames=blames, decided=decided)


def _kept(rubric: Rubric, marking: Marking, submission: Submission, untold: list[FileProblem]) -> float:
    """The part of the marks that lateness leaves; where that cannot be told, all, and a problem once for a student."""
    when = marking.received.when(submission.student, submission.question, submission.submitted)
    try:
        kept = late_factor(rubric, marking.due_for(submission.student), when)
        _tell_time(rubric, marking, submission, when, kept, untold)
        return kept
    except InputError as error:
        if all(problem.student != submission.student or not problem.fatal for problem in untold):
            found = Remark.of(N_("{found}: lateness was not counted"), found=error.found)
            remedy = Remark.of(
                N_("write {expected}, or the time in {file}"), expected=error.expected or "", file=RECEIVED
            )
            place = f"{submission.student}, {submission.question}"
            untold.append(FileProblem(submission.source, place, found, remedy, True, submission.student))
        return 1.0


def _tell_time(
    rubric: Rubric,
    marking: Marking,
    submission: Submission,
    when: datetime | None,
    kept: float,
    told: list[FileProblem],
) -> None:
    """Say, once for a student, that the instructor's record counts where what was handed in says another time."""
    if when is None or not submission.submitted or any(problem.student == submission.student for problem in told):
        return
    own = datetime.fromisoformat(submission.submitted)
    try:
        same = late_factor(rubric, marking.due_for(submission.student), own) == kept
    except InputError:
        same = False
    if not same:
        found = Remark.of(
            N_("says that it was submitted {own}; {file} says {when}"),
            own=own.isoformat(),
            file=RECEIVED,
            when=when.isoformat(),
        )
        remedy = Remark.of(N_("{file} counts; change it there if it is wrong"), file=RECEIVED)
        place = f"{submission.student}, {submission.question}"
        told.append(FileProblem(submission.source, place, found, remedy, False, submission.student))


def require_whole(question_set: QuestionSet) -> None:
    """Raise InputError, with question and key, if some question cannot be marked: questions.json was edited by hand."""
    alike: defaultdict[QuestionKind, list[HandedQuestion]] = defaultdict(list)
    for handed in question_set.questions:
        alike[handed.kind].append(handed)
    for several in alike.values():
        for places in several[0].slots.precisions:
            try:
                Places.parse(places)
            except InputError as error:
                raise _not_as_handed_out(several[0], error.found) from error
        derivation = several[0].solved().derivation
        if several[0].slots.names != tuple(slot.name for slot in derivation.slots):
            raise _not_as_handed_out(several[0], "its slots are not those of its network")
        givens, key = np.array([handed.numbers for handed in several]), stacked([handed.slots for handed in several])
        for handed, *numbers in zip(several, givens, *key, strict=True):
            if not all((np.abs(each) < _LARGEST).all() for each in numbers):
                raise _not_as_handed_out(handed, "a number of its network is too large to be worked with")
        value, low, high, _ = key
        worked = evaluate(derivation, givens)[:, [derivation.index[slot.step] for slot in derivation.slots]]
        slack = COMPARISON_SLACK * units(several[0].slots.precisions, value)
        for row, at in np.argwhere(~((worked >= low - slack) & (worked <= high + slack)))[:1].tolist():
            found = (
                f"its numbers give {worked[row, at]:.6g} in {derivation.slots[at].name}, its key {value[row, at]:.6g}"
            )
            raise _not_as_handed_out(several[row], found)


_LARGEST = 1e30
"""Of a network's numbers: their products stay finite."""


def _not_as_handed_out(handed: HandedQuestion, found: str) -> InputError:
    return InputError(
        f"{found}, so that it cannot be marked",
        file=QUESTIONS,
        place=f"{handed.question} of {handed.student}"[:80],
        remedy=FROM_A_BACKUP,
    )


def shape_key(handed: HandedQuestion) -> Hashable:
    """What is the same for questions whose boxes play the same parts, whatever the parameter that is asked for."""
    slots = handed.slots
    same = handed.forward is None, handed.ask.paths, handed.written.outline
    return same, slots.precisions, _columns_of(slots.names)


@lru_cache(maxsize=1024)
def _columns_of(names: tuple[str, ...]) -> tuple[int | str, ...]:
    return tuple(slot_parts(name)[0] or name for name in names)


class _Neighbours:
    """Questions of one shape, of whoever may have looked at one another's boxes."""

    def __init__(self) -> None:
        self.questions: list[HandedQuestion] = []

    def classmates(self, students: Iterable[str]) -> Classmates:
        """These questions beside submissions of these students."""
        return self._all.beside(np.array([self._numbers[student] for student in students]))

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {student: number for number, student in enumerate(dict.fromkeys(one.student for one in self.questions))}

    @cached_property
    def _all(self) -> Classmates:
        value, low, high, _ = stacked([handed.slots for handed in self.questions])
        who = np.array([self._numbers[one.student] for one in self.questions])
        return Classmates(low, high, units(self.questions[0].slots.precisions, value), who, who)


def _neighbours(questions: Sequence[HandedQuestion]) -> Mapping[QuestionKind, _Neighbours]:
    """For every kind all questions of its shape, in the order of the set."""
    by_shape: defaultdict[Hashable, _Neighbours] = defaultdict(_Neighbours)
    found: dict[QuestionKind, _Neighbours] = {}
    for handed in questions:
        if handed.kind not in found:
            found[handed.kind] = by_shape[shape_key(handed)]
        found[handed.kind].questions.append(handed)
    return found


def _grade_batch(
    pairs: Sequence[tuple[HandedQuestion, Submission]],
    ruling: RubricInForce,
    marking: Marking,
    untold: list[FileProblem],
    neighbours: _Neighbours,
) -> list[Graded]:
    first = pairs[0][0]
    rubric = ruling.rubric
    question = first.solved()
    derivation, precision = question.derivation, question.precision
    names = first.slots.names
    if names != tuple(slot.name for slot in derivation.slots):
        raise _not_as_handed_out(first, "its slots are not those of its network")
    blank = repeat("")
    responses = [tuple(map(submission.responses.get, names, blank)) for _, submission in pairs]
    answers = read_answers(responses, derivation.forms)
    value, low, high, marks = stacked([handed.slots for handed, _ in pairs])
    worth = np.rint(marks * TICKS).astype(np.int64)
    if not ruling.as_made:
        worth[:] = [rubric.slot_worth(derivation, handed.marks) for handed, _ in pairs]
    worth = worth_of_ticks(derivation.forms, value, worth)
    key = Key(low, high, units(first.slots.precisions, value), worth)

    def reference(rows: Rows) -> Reference:
        givens = np.array([pairs[row][0].numbers for row in rows.tolist()])
        return Reference.work(derivation, precision, givens, key.take(rows), limits_of(first.certificate))

    supported = {(one.student, one.question) for one in marking.decisions.overrides if one.slot == SUPPORTED}
    marked = mark_batch(
        derivation,
        answers,
        key,
        reference,
        rubric.shares,
        marking.catalogue,
        classmates=lambda rows: neighbours.classmates(pairs[row][0].student for row in rows.tolist()),
        supported=np.array([(handed.student, handed.question) in supported for handed, _ in pairs])
        if supported
        else None,
    )
    answers = with_own_sign(derivation, answers, marked.turned)
    columns = _columns(marked)
    blames: defaultdict[int, dict[int, Blame]] = defaultdict(dict)
    for (row, at), blame in marked.blames.items():
        blames[row][at] = blame
    kept: Iterable[float] = repeat(1.0)
    if rubric.late is not None:
        kept = (_kept(rubric, marking, submission, untold) for _, submission in pairs)
    unblamed: Mapping[int, Blame] = {}
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
            blames.get(row, unblamed),
            columns.get(row, ()),
            marked.misread.get(row),
            unsupported,
            neighbours.questions[whose].student if whose >= 0 else "",
            part,
            followed="error_sign" if marked.turned[row] else submission.followed,
            extension=marking.people.extensions.get(handed.student),
            step=marking.step,
        )
        for row, ((handed, submission), unsupported, whose, part) in enumerate(
            zip(
                pairs,
                map(_UNSUPPORTED.__getitem__, marked.unsupported.tolist()),
                marked.whose.tolist(),
                kept,
                strict=False,  # where nothing is late, `kept` is endless
            )
        )
    ]


_UNSUPPORTED = {int(reason): reason for reason in Unsupported}


def _columns(marked: MarkedBatch) -> dict[int, tuple[MarkedColumn, ...]]:
    """The columns of those submissions in which something is to be said about one."""
    paths, notes = marked.arrangement.paths, marked.arrangement.notes
    said = (notes != Note.NONE).any(axis=1) | (paths != np.arange(paths.shape[1])).any(axis=1)
    return {row: marked.arrangement.columns(row, marked.path_count) for row in np.flatnonzero(said).tolist()}
