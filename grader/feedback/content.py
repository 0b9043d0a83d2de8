"""All that is said to a student, as data: questions, groups of boxes, boxes, and the replay with own numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Literal

from grader.assignments.decisions import Bonus
from grader.assignments.extensions import Extension
from grader.assignments.overrides import WHOLE
from grader.assignments.question_set import HandedQuestion
from grader.feedback.replay import CarriedNumbers, Worked, worked_again
from grader.files.safe_names import visible
from grader.grading.grading import Graded
from grader.grading.totals import Total
from grader.marking import Blame, MarkedColumn, Misreading, Unsupported, Verdict
from grader.marking.columns import column_slots
from grader.reading.number import READ, UNREADABLE, Unreadable
from grader.reading.other_forms import read_as
from grader.rubrics.slot_marks import TICKS, rounded, to_ticks
from grader.sheets.content.box_marks import EqualParts, equal_parts, worth_text
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.derivations.kinds import AnswerForm
from question_bank.derivations.layer_tables import forward_steps, layer_tables
from question_bank.expressions.expression import references
from question_bank.expressions.names import Name, Symbol
from question_bank.expressions.precision import Places
from question_bank.language.words import _
from question_bank.misconceptions import CATALOGUE, Misconception, by_id
from question_bank.misconceptions.mistakes import Catalogue, steps_inside
from question_bank.networks.notation import latex_name
from question_bank.questions.question import Question

LONGEST_RESPONSE = 60
"""Characters of a response that are shown."""


class Fate(Enum):
    """How a path, or another group of boxes, went as a whole: the first of these that one of its boxes says."""

    WRONG = "wrong"
    UNREAD = "unread"
    LEFT_OUT = "left_out"
    UNFINISHED = "unfinished"
    ROUNDED = "rounded"
    FOLLOWED = "followed"
    CUT_OFF = "cut_off"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class SlotFeedback:
    """One box: what was written, and what is said about it.

    `sentences` are what is said of each cause that could be meant, `slips` the kinds of slip of the pen; with `alone`
    nothing that leads here was written, so that the cause may lie anywhere on the way. A box that is not `counted`
    stands in a column that is no path's; one that is `decided` was looked at by a person; a `misread` one is right for
    the givens as they were read, and pays for that. `short` of places is one that was written with fewer than it
    should have; those are `places` in words. Where it is `exact` nothing was to be rounded.
    """

    slot: str
    step: Name
    symbol: str
    plain: str
    response: str
    reading: float | None
    reason: str
    verdict: Verdict
    causes: tuple[str, ...]
    sentences: tuple[str, ...]
    tied: bool
    slips: tuple[str, ...]
    alone: bool
    counted: bool
    ticks: int
    out_of: int
    low: float
    high: float
    decided: bool
    misread: bool = False
    short: bool = False
    places: str = ""
    exact: bool = False
    form: AnswerForm = "number"

    @property
    def ticked(self) -> bool:
        """Whether it is a box with a tick in it."""
        return self.form == "tick" and self.reading == 1

    @property
    def says_nothing(self) -> bool:
        """Whether it is a box that is rightly without a tick."""
        return self.form == "tick" and not self.ticked and self.verdict is Verdict.CORRECT

    @property
    def is_right(self) -> bool:
        """Whether its number is right, or right for own numbers."""
        return self.verdict.record.sound


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """A step of the replay and its reference; `slot` is None for one that is worked inside the next line's box."""

    worked: Worked
    reference: str
    slot: SlotFeedback | None
    first: bool


@dataclass(frozen=True, slots=True)
class BoxRow:
    """Boxes that are said in one, and their lines: several where all came out right, or all are empty."""

    slots: tuple[SlotFeedback, ...]
    lines: tuple[ReplayLine, ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict that they share."""
        return self.slots[0].verdict


TicksWent = Literal["right", "missed", "wrong", "unread"]


@dataclass(frozen=True, slots=True)
class TickRow:
    """Boxes of a set of which the same is said; `names` are what is ticked there, as LaTeX."""

    went: TicksWent
    slots: tuple[SlotFeedback, ...]
    names: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes that belong together: the forward pass, a column of the path table, or the sum and what follows it.

    Of a table they are those of a `layer`, None for what belongs to none, under their `heading`; `name` is what that
    is within a sentence. What follows a gradient that is a single path's product has a heading and a name as well.

    `column` is where it stands on the sheet, `path` what it was taken for. `lines` replay its steps that did not simply
    come out right.
    """

    kind: Literal["forward", "column", "sum", "layer", "ticks"]
    column: int | None
    path: int | None
    route: tuple[str, ...]
    note: str
    slots: tuple[SlotFeedback, ...]
    lines: tuple[ReplayLine, ...]
    layer: int | None = None
    heading: str = ""
    name: str = ""

    @property
    def is_counted(self) -> bool:
        """Whether it is part of the working; a column that was taken for no path is not."""
        return self.kind != "column" or self.path is not None

    def rows(self, *, no_working: bool = False) -> tuple[BoxRow, ...]:
        """The boxes in order, those of which the same is said in one; of no working nothing is said one by one."""
        before: dict[str, list[ReplayLine]] = {}
        inside: list[ReplayLine] = []
        for line in self.lines:
            inside.append(line)
            if line.slot:
                before[line.slot.slot] = inside
                inside = []
        return tuple(
            BoxRow(run, tuple(line for slot in run for line in before.get(slot.slot, ())))
            for run in _runs(self.slots, no_working)
        )

    @property
    def tick_rows(self) -> tuple[TickRow, ...]:
        """Of a set what was ticked rightly, what was missed, and what was ticked though it is none, by its cause."""
        rows: dict[tuple[TicksWent, tuple[str, ...]], list[SlotFeedback]] = {("right", ()): []}
        for slot in self.slots:
            if slot.says_nothing:
                continue
            went = _went(slot)
            rows.setdefault((went, slot.sentences if went == "wrong" else ()), []).append(slot)
        return tuple(
            TickRow(went, tuple(slots), tuple(_ticked_name(slot) for slot in slots), sentences)
            for (went, sentences), slots in rows.items()
        )

    @property
    def fate(self) -> Fate:
        """How it went as a whole."""
        return fate_of({slot.verdict for slot in self.slots})


def _went(slot: SlotFeedback) -> TicksWent:
    if slot.verdict is Verdict.UNREADABLE:
        return "unread"
    return "right" if slot.verdict is Verdict.CORRECT else "wrong" if slot.ticked else "missed"


def _ticked_name(slot: SlotFeedback) -> str:
    """What is ticked in a box: the connection, not the step that says whether it lies on a path."""
    of = slot.step.of if isinstance(slot.step, Symbol) else None
    return slot.symbol if of is None else latex_name(of)


def fate_of(verdicts: Set[Verdict]) -> Fate:
    """How boxes with these verdicts went together."""
    if verdicts == {Verdict.BLANK}:
        return Fate.LEFT_OUT
    said = {verdict.record.fate for verdict in verdicts}
    return next((fate for fate in Fate if fate.value in said), Fate.RIGHT)


def _runs(slots: Sequence[SlotFeedback], no_working: bool) -> Iterator[tuple[SlotFeedback, ...]]:
    def said(numbered: tuple[int, SlotFeedback]) -> tuple[str, int | None]:
        at, slot = numbered
        if slot.decided:
            return "decided", at
        if not slot.counted:
            return "not counted", None
        if no_working and slot.verdict.hangs_on_working:
            return "no working", None
        return slot.verdict.word, None if slot.verdict in (Verdict.CORRECT, Verdict.BLANK) else at

    for _said, run in groupby(enumerate(slots), key=said):
        yield tuple(slot for _at, slot in run)


@dataclass(frozen=True, eq=False)
class QuestionFeedback:
    """One question; `groups` is empty where nothing was handed in.

    `unsupported`: why what follows earns nothing. `misreading`: which givens were misread. Lateness leaves the part
    `kept`, `extension` is until when the student had time, if longer. `for_answer`: a right answer earned it all.
    `decided`: a person gave the marks of the whole, and if all of them, `full` is why; `bonus`: marks on top.
    """

    name: str
    question: Question
    groups: tuple[Group, ...]
    ticks: int
    earned: int
    out_of: int
    unsupported: Unsupported = Unsupported.NO
    misreading: Misreading | None = None
    kept: float = 1.0
    attempts: int = 1
    for_answer: bool = False
    decided: bool = False
    followed: str = ""
    extension: Extension | None = None
    step: int = 0
    full: str = ""
    bonus: Bonus | None = None

    @cached_property
    def parts(self) -> EqualParts | None:
        """The parts in which boxes are counted, where marks would be no short numbers; a set of ticks is one."""
        numbers = [slot.out_of for slot in self.slots if slot.form != "tick"]
        ticks = sum(slot.out_of for slot in self.slots if slot.form == "tick")
        return equal_parts(tuple(out_of / TICKS for out_of in (*numbers, ticks) if out_of))

    def worth(self, ticks: int) -> str:
        """So much of what the boxes are worth, in parts or in marks."""
        return worth_text(ticks / TICKS, self.out_of / TICKS, self.parts)

    @property
    def no_working(self) -> bool:
        """Whether nothing here is known to be worked."""
        return self.unsupported.no_working

    @cached_property
    def slots(self) -> tuple[SlotFeedback, ...]:
        """All boxes that count; one that is rightly without a tick says nothing."""
        every = (slot for group in self.groups for slot in group.slots)
        return tuple(slot for slot in every if slot.counted and not slot.says_nothing)

    @property
    def unrounded(self) -> int:
        """Ticks before they were rounded to the assignment's step, lateness taken off."""
        return round(self.ticks * self.kept)

    @property
    def is_rounded(self) -> bool:
        """Whether rounding changed the marks by as much as is shown of them."""
        return not self.decided and abs(rounded(self.unrounded, self.step) - self.unrounded) >= TICKS // 200

    @property
    def misplaced(self) -> bool:
        """Whether columns stand under other paths' headings."""
        return any(group.note == "swapped" for group in self.groups)

    @property
    def columns(self) -> tuple[Group, ...]:
        """The columns of the path table."""
        return tuple(group for group in self.groups if group.kind == "column")

    def fate_along(self, path: int, steps: Set[Name]) -> Fate:
        """How a path went at some of its factors; where no box asks for them, as it went as a whole."""
        slots = [slot for group in self.columns if group.path == path for slot in group.slots if slot.step in steps]
        return fate_of({slot.verdict for slot in slots}) if slots else self.fates[path]

    @cached_property
    def counts(self) -> dict[Verdict, int]:
        """How often each verdict was given."""
        given = Counter(slot.verdict for slot in self.slots)
        return {verdict: given[verdict] for verdict in Verdict}

    @cached_property
    def fates(self) -> dict[int, Fate]:
        """How each path went, by its number; one that no column was taken for is left out."""
        found = {group.path: group.fate for group in self.columns if group.path is not None}
        return {path.number: found.get(path.number, Fate.LEFT_OUT) for path in self.question.derivation.paths}


@dataclass(frozen=True, slots=True, eq=False)
class StudentFeedback:
    """All of one student's questions, in the order of the sheet."""

    course: str
    title: str
    student: str
    name: str
    questions: tuple[QuestionFeedback, ...]
    paper: Literal["A4", "Letter"] = "A4"
    total: Total | None = None
    """What it comes to by a person's decisions, None without any."""

    @property
    def earned(self) -> int:
        """Ticks earned."""
        return sum(question.earned for question in self.questions) if self.total is None else self.total.earned

    @property
    def decided(self) -> tuple[str, ...]:
        """What a person decided about the total, as sentences."""
        return tuple(map(_as_sentence, self.total.changes)) if self.total else ()

    def counts(self, question: str) -> bool:
        """Whether a question is part of the total."""
        return self.total is None or question in self.total.counting

    @property
    def out_of(self) -> int:
        """Ticks that could be earned."""
        return sum(question.out_of for question in self.questions) if self.total is None else self.total.out_of


def _as_sentence(line: str) -> str:
    """A line of what was decided as a sentence to a student.

    >>> _as_sentence("q2 does not count: a misprint")
    'Question 2 does not count: a misprint.'
    """
    words = re.sub(r"\bq([0-9]+)\b", lambda found: _("question {question}").format(question=found[1]), line)
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def feedback_for(
    handed: Sequence[HandedQuestion],
    graded: Mapping[str, Graded],
    *,
    course: str = "",
    title: str = "",
    name: str = "",
    paper: Literal["A4", "Letter"] = "A4",
    catalogue: Catalogue = CATALOGUE,
    total: Total | None = None,
) -> StudentFeedback:
    """A student's feedback from what was handed out (one student's questions) and how each question was graded.

    `total` is what it comes to, where that is not merely the sum of the questions.
    """
    entries = by_id(catalogue)
    questions = tuple(
        _question(one.question, graded[one.question], entries) if one.question in graded else _nothing(one)
        for one in handed
    )
    return StudentFeedback(course, title, handed[0].student, name, questions, paper, total)


def _nothing(handed: HandedQuestion) -> QuestionFeedback:
    return QuestionFeedback(handed.question, handed.solved(), (), 0, 0, to_ticks(handed.marks))


def _question(name: str, graded: Graded, entries: Mapping[str, Misconception]) -> QuestionFeedback:
    question = graded.handed.solved()
    with question.derivation.naming():
        return _marked(name, question, graded, entries)


def _marked(name: str, question: Question, graded: Graded, entries: Mapping[str, Misconception]) -> QuestionFeedback:
    derivation = question.derivation
    columns = _columns(graded, derivation)
    marked_as = _marked_as(derivation, columns)
    written = {
        derivation.slots[marked_as[at]].name: reading
        for at, (reading, status) in enumerate(zip(graded.readings.tolist(), graded.statuses.tolist(), strict=True))
        if status == READ
    }
    # Where nothing shows working, none of the student's numbers are carried on: the replay shows the right ones.
    paper = CarriedNumbers(question, {} if graded.unsupported.no_working else written)
    slots = [_slot(question, at, marked_as[at], graded, written, entries) for at in range(len(derivation.slots))]
    worked = [slot for slot in slots if slot.counted and slot.form == "number"]
    first = next((slot for slot in worked if slot.verdict is not Verdict.CORRECT), None)
    groups = tuple(_groups(question, slots, columns, paper, first))
    ticks = int(graded.ticks.sum())
    unearned = (Verdict.WRONG, Verdict.BLANK, Verdict.UNREADABLE)
    return QuestionFeedback(
        name,
        question,
        groups,
        ticks,
        graded.earned,
        int(graded.worth.sum()),
        graded.unsupported,
        graded.misread.misreading if graded.misread else None,
        graded.kept,
        graded.attempts,
        any(slot.verdict in unearned and slot.ticks == slot.out_of > 0 and not slot.decided for slot in slots),
        WHOLE in graded.decided,
        graded.followed,
        graded.extension,
        graded.step,
        graded.decided[WHOLE].why if WHOLE in graded.decided and graded.decided[WHOLE].full else "",
        graded.bonus,
    )


def _columns(graded: Graded, derivation: Derivation) -> tuple[MarkedColumn, ...]:
    if graded.columns:
        return graded.columns
    paths = len(derivation.paths)
    count = len(column_slots(derivation))
    return tuple(MarkedColumn(number, number if number <= paths else None, "") for number in range(1, count + 1))


def _marked_as(derivation: Derivation, columns: Sequence[MarkedColumn]) -> list[int]:
    """For every slot the slot that it was marked as: that of the path which its column was taken for."""
    found = list(range(len(derivation.slots)))
    slots = column_slots(derivation)
    spare = len(slots) - 1
    for column in columns:
        there = slots[spare if column.path is None else column.path - 1]
        for here, as_slot in zip(slots[column.column - 1], there, strict=True):
            found[here] = as_slot
    return found


def _slot(
    question: Question,
    at: int,
    as_slot: int,
    graded: Graded,
    written: Mapping[str, float],
    entries: Mapping[str, Misconception],
) -> SlotFeedback:
    derivation = question.derivation
    slot, step = derivation.slots[at], derivation.slots[as_slot].step
    response = graded.responses[at]
    verdict = Verdict(int(graded.verdicts[at]))
    found = read_as(derivation.forms[at], response) if graded.statuses[at] == UNREADABLE else None
    blame = graded.blames.get(at) if verdict in (Verdict.MISCONCEPTION, Verdict.SLIP) else None
    low, high = question.range(step)
    reading = float(graded.readings[at]) if graded.statuses[at] == READ else None
    places = question.places(step)
    return SlotFeedback(
        slot=slot.name,
        step=step,
        symbol=question.symbol(step),
        plain=question.plain(step),
        response=visible(response.strip(), LONGEST_RESPONSE),
        reading=reading,
        reason=found.reason if isinstance(found, Unreadable) else "",
        verdict=verdict,
        causes=blame.misconceptions if blame else (),
        sentences=_sentences(blame, entries),
        tied=blame is not None and blame.tied,
        slips=blame.slips if blame else (),
        alone=_alone(derivation, step, written),
        counted=not derivation.slots[as_slot].spare,
        ticks=int(graded.ticks[at]),
        out_of=int(graded.worth[at]),
        low=low,
        high=high,
        decided=slot.name in graded.decided,
        misread=graded.misread is not None and at in graded.misread.slots and verdict is Verdict.FOLLOW_THROUGH,
        short=reading is not None and not places.exact and _is_short(response, places),
        places=places.words,
        exact=places.exact,
        form=derivation.forms[at],
    )


def _is_short(response: str, places: Places) -> bool:
    """Whether a plain number was written with fewer places than these.

    >>> [_is_short(text, Places.parse("4d")) for text in ("0,25", "0.250", "0.2538", "0.2500", "1e-1")]
    [True, True, False, False, True]
    """
    try:
        _other, digits, exponent = Decimal(response.strip().replace("−", "-").replace(",", ".")).as_tuple()
    except InvalidOperation:
        return False
    decimals = -exponent if isinstance(exponent, int) else 0
    return (decimals if places.kind == "d" else len(digits)) < places.count


def _sentences(blame: Blame | None, entries: Mapping[str, Misconception]) -> tuple[str, ...]:
    if blame is None:
        return ()
    return tuple(dict.fromkeys(_(entries[cause].student) for cause in blame.misconceptions if cause in entries))


def _alone(derivation: Derivation, step: Name, written: Mapping[str, float]) -> bool:
    """True where nothing was written of what a step is worked from, though it could have been."""
    inputs = _inputs(derivation, step)
    slots = [slot.name for slot in derivation.slots if slot.step in inputs]
    return bool(slots) and not any(name in written for name in slots)


@lru_cache(maxsize=4096)
def _inputs(derivation: Derivation, step: Name) -> frozenset[Name]:
    formula = derivation.shown(step)
    return frozenset() if formula is None else frozenset(references(formula))


def _groups(
    question: Question,
    slots: Sequence[SlotFeedback],
    columns: Sequence[MarkedColumn],
    paper: CarriedNumbers,
    first: SlotFeedback | None,
) -> list[Group]:
    derivation = question.derivation
    told: set[Name] = set()

    def lines(own: Sequence[SlotFeedback], path: int | None) -> tuple[ReplayLine, ...]:
        found: list[ReplayLine] = []
        for slot in own:
            if not slot.counted or slot.verdict is Verdict.CORRECT:
                continue
            for position in steps_inside(derivation, derivation.index[slot.step]):
                inside = derivation.steps[position].name
                # What is put into a box's own formula is no line of its own.
                if inside not in told and inside not in derivation.carried:
                    told.add(inside)
                    found.append(_line(question, inside, paper, None, None, first=False))
            found.append(_line(question, slot.step, paper, path, slot, first=slot is first))
        return tuple(found)

    def those(wanted: Sequence[Slot]) -> tuple[SlotFeedback, ...]:
        names = {slot.name for slot in wanted}
        return tuple(slot for slot in slots if slot.slot in names)

    steps = {slot.name: derivation.step(slot.step) for slot in derivation.slots}
    apart = {step.name for step in forward_steps(derivation)}
    forward = those([slot for slot in derivation.slots if slot.step in apart])
    ticks = tuple(slot for slot in slots if slot.form == "tick")
    groups = [Group("ticks", None, None, (), "", ticks, ())] if ticks else []
    groups += [Group("forward", None, None, (), "", forward, lines(forward, None))] if forward else []
    for column in columns:
        own = those([slot for slot in derivation.slots if slot.path == column.column])
        path = None if column.path is None else derivation.paths[column.path - 1]
        if path is None and not any(slot.response for slot in own):
            continue  # a column to spare that was not needed
        # Nor need boxes below a short path's factors be told that they are blank.
        own = tuple(slot for slot in own if slot.counted or slot.response or path is None)
        route = tuple(map(latex_name, path.route)) if path else ()
        groups.append(Group("column", column.column, column.path, route, column.note, own, lines(own, column.path)))
    for table in layer_tables(derivation):
        worked = {step.name for step in table.steps}
        own = those([slot for slot in derivation.slots if slot.step in worked])
        groups.append(Group("layer", None, None, (), "", own, lines(own, None), table.layer, table.heading, table.name))
    if not derivation.paths:
        return groups
    rest = those([slot for slot in derivation.slots if slot.path is None and steps[slot.name].role != "forward"])
    if rest:
        heading, name = _called(derivation) if derivation.layout.one_box else ("", "")
        groups.append(Group("sum", None, None, (), "", rest, lines(rest, None), None, heading, name))
    return groups


def _called(derivation: Derivation) -> tuple[str, str]:
    """What comes after a gradient that is a single path's product: its heading, and its name within a sentence."""
    if derivation.layout.quantity == "quotient":
        return _("Difference quotient"), _("the difference quotient")
    return _("Update"), _("the update")


def _line(
    question: Question, step: Name, paper: CarriedNumbers, path: int | None, slot: SlotFeedback | None, *, first: bool
) -> ReplayLine:
    return ReplayLine(worked_again(question, step, paper, path), question.printed(step), slot, first)


def marks_text(ticks: int) -> str:
    """Marks with two decimals at most.

    >>> marks_text(1_500_000), marks_text(333_333)
    ('1.5', '0.33')
    """
    return f"{round(ticks / TICKS + 1e-9, 2):g}"
