"""`overrides.toml`: what a person decided about boxes, questions and totals, checked before any mark is given.

supported.s1001.q2 = "showed me the working"    # at the top: what follows from own numbers is paid

[[override]]
student = "s1001"            # or a list of ids, or "*": everybody who handed in something
question = "q2"
slot = "path_1.product"      # or "*" for the whole question, which then needs marks and no verdict
verdict = "correct"
marks = 0.5                  # may be left out: what the verdict earns by the rubric
why = "the copier cut off the last digit"

`[[drop]]` (question), `[[full_marks]]` (student, question), `[[bonus]]` (student, marks, perhaps question), `[total]`
(best, cap, floor), `[[exchange]]` (two sheets, by their ids), each with a `why`. Decisions that contradict each other
are refused, all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from grader.assignments.exchanges import Exchange, exchanged, is_done
from grader.assignments.overrides import SUPPORTED, WHOLE, Override
from grader.assignments.question_set import HandedQuestion, QuestionSet
from grader.assignments.student_ids import EVERYBODY
from grader.files.files import keep_from_others
from grader.files.safe_names import shown
from grader.marking.verdict import Verdict
from grader.rubrics.slot_marks import TICKS, to_ticks
from question_bank.errors import InputError, refuse
from question_bank.language.words import _, decimal
from question_bank.questions.document import StrictDocument, validation_errors
from question_bank.toml_text import parse_toml, read_text

_LARGEST_FILE = 5_000_000
_VERDICTS = {verdict.word: verdict for verdict in Verdict}
_A_REASON = "a sentence that the student may read"

_Why = Annotated[str, Field(min_length=1, max_length=500)]
_Marks = Annotated[float, Field(ge=0, le=1000)]


def _ids(value: object) -> object:
    ids = [value] if isinstance(value, str) else value
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
        raise ValueError('expected the id of a student, a list of ids, or "*" for all')
    return ids


_Students = Annotated[list[str], BeforeValidator(_ids)]


class _Entry(StrictDocument):
    student: _Students
    question: str
    slot: str
    verdict: str | None = None
    marks: _Marks | None = None
    why: _Why


class _Drop(StrictDocument):
    question: str
    why: _Why


class _FullMarks(StrictDocument):
    student: _Students
    question: str
    why: _Why


class _Bonus(StrictDocument):
    student: _Students
    question: str | None = None
    marks: Annotated[float, Field(gt=0, le=1000)]
    why: _Why


class _Total(StrictDocument):
    best: Annotated[int, Field(ge=1)] | None = None
    cap: Annotated[float, Field(gt=0, le=100_000)] | None = None
    floor: Annotated[float, Field(gt=0, le=100_000)] | None = None
    why: _Why


class _Exchange(StrictDocument):
    sheets: list[str]
    why: _Why


class _File(StrictDocument):
    supported: dict[str, dict[str, _Why]] = Field(default_factory=dict)
    override: tuple[_Entry, ...] = Field(default=(), strict=False)
    drop: tuple[_Drop, ...] = Field(default=(), strict=False)
    full_marks: tuple[_FullMarks, ...] = Field(default=(), strict=False)
    bonus: tuple[_Bonus, ...] = Field(default=(), strict=False)
    exchange: tuple[_Exchange, ...] = Field(default=(), strict=False)
    total: _Total | None = None


@dataclass(frozen=True, slots=True)
class Bonus:
    """Marks beyond what was earned: on a question (then in its marks), or on the total where `question` is empty."""

    student: str
    question: str
    marks: float
    why: str
    of_all: bool = False

    @property
    def ticks(self) -> int:
        """The same in ticks."""
        return to_ticks(self.marks)

    @property
    def said(self) -> str:
        """The decision and its reason in a line."""
        said = _("bonus of {marks} on {question}: {why}") if self.question else _("bonus of {marks}: {why}")
        return said.format(marks=decimal(f"{self.marks:g}"), question=self.question, why=self.why)


@dataclass(frozen=True, slots=True)
class TotalRule:
    """How a total comes about: the best so many questions, and what it is at most and at least, in marks."""

    best: int | None = None
    cap: float | None = None
    floor: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Decisions:
    """All that a person decided; `dropped` are questions that count for nobody, with the reason."""

    overrides: tuple[Override, ...] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)
    bonuses: tuple[Bonus, ...] = ()
    total: TotalRule = TotalRule()
    exchanges: tuple[Exchange, ...] = ()

    @property
    def stand_alone(self) -> bool:
        """Whether somebody has marks by them, whatever was handed in."""
        return any(not one.of_all for one in self.overrides) or any(not one.of_all for one in self.bonuses)


Handed = Mapping[str, Mapping[str, HandedQuestion]]
"""Student → question → what was handed out."""


def load_decisions(path: Path, question_set: QuestionSet) -> Decisions:
    """The decisions of a file, in its order; none if there is no such file.

    Raises InputError with file, number of the entry and key, for all that is wrong at once: a student, question or slot
    that was not handed out, an unknown verdict, a missing reason, more marks than the question has, a decision twice,
    and decisions that contradict each other. Where sheets were exchanged, the other decisions are about the sheets that
    students worked.
    """
    if not path.exists():
        return Decisions()
    try:
        keep_from_others(path)
        file = _File.model_validate(parse_toml(read_text(path, _LARGEST_FILE), str(path)))
    except ValidationError as error:
        raise validation_errors(error, str(path), InputError) from error
    return _Reader(str(path), question_set).read(file)


def load_exchanges(path: Path, question_set: QuestionSet) -> tuple[Exchange, ...]:
    """The exchanges of sheets alone; where there is none, the file's other entries may be wrong."""
    if not path.exists() or not parse_toml(read_text(path, _LARGEST_FILE), str(path)).get("exchange"):
        return ()
    return load_decisions(path, question_set).exchanges


class _Reader:
    """Goes through a file's entries, and collects what is wrong with them."""

    def __init__(self, path: str, question_set: QuestionSet) -> None:
        self._path = path
        self._set = question_set
        self._now = question_set.former_ids
        self._handed: Handed = _by_student(question_set)
        self._marks: dict[str, float] = {handed.question: handed.marks for handed in question_set.questions}
        self._problems: list[InputError] = []
        self._decided: dict[tuple[str, str, str], str] = {}
        """(student, question, slot) → the entry that is about it."""

    def read(self, file: _File) -> Decisions:
        exchanges: list[Exchange] = []
        for number, exchange in enumerate(file.exchange, 1):
            with self._at(f"exchange[{number}]") as place:
                found = self._exchange(exchange, place)
                if not is_done(self._set, found):
                    exchanges.append(found)
        self._handed = _by_student(exchanged(self._set, exchanges))
        overrides: list[Override] = []
        for student, question, why in ((s, q, why) for s, of in file.supported.items() for q, why in of.items()):
            with self._at(f"supported.{student}.{question}"):
                overrides.append(_supported(self._now.get(student, student), question, why, self._handed))
        dropped: dict[str, str] = {}
        for number, drop in enumerate(file.drop, 1):
            with self._at(f"drop[{number}]"):
                self._drop(drop, dropped)
        for number, entry in enumerate(file.override, 1):
            with self._at(f"override[{number}]") as place:
                overrides += self._entry(entry, place, dropped)
        for number, full in enumerate(file.full_marks, 1):
            with self._at(f"full_marks[{number}]") as place:
                overrides += self._full(full, place, dropped)
        bonuses: list[Bonus] = []
        for number, bonus in enumerate(file.bonus, 1):
            with self._at(f"bonus[{number}]") as place:
                bonuses += self._bonus(bonus, place, dropped)
        rule = TotalRule()
        if file.total is not None:
            rule = TotalRule(file.total.best, file.total.cap, file.total.floor, file.total.why)
            self._problems += (one.at(file=self._path) for one in _wrong_total(rule, self._marks, dropped))
        refuse(self._problems)
        return Decisions(tuple(overrides), dropped, tuple(bonuses), rule, tuple(exchanges))

    @contextmanager
    def _at(self, place: str) -> Iterator[str]:
        """Collects what is wrong with the entry that stands there."""
        try:
            yield place
        except InputError as error:
            inside = f"{place}.{error.place}" if error.place else place
            self._problems.append(error.at(file=self._path, place=inside))

    def _students(self, written: Sequence[str]) -> tuple[list[str], bool]:
        """The students meant, and whether it is everybody."""
        if EVERYBODY in written:
            if len(written) > 1:
                raise InputError('ids beside "*"', place="student", remedy='write "*" alone, or the ids')
            return list(self._handed), True
        found: dict[str, int] = {}
        for number, one in enumerate(written, 1):
            place = "student" if len(written) == 1 else f"student[{number}]"
            student = self._now.get(one, one)
            try:
                _known(student, self._handed, "student")
            except InputError as error:
                raise error.at(place=place) from None
            if found.setdefault(student, number) != number:
                raise InputError(f"{shown(one)} again", place=place, remedy="name each student once")
        return list(found), False

    def _claim(self, student: str, question: str, slot: str, entry: str) -> None:
        """Raise InputError where another entry is about the same."""
        first = self._decided.setdefault((student, question, slot), entry)
        if first != entry:
            raise InputError(
                f"the same as {first} is about ({shown(student)}{', ' + question if question else ''})",
                remedy="keep one of the two",
            )

    def _exchange(self, exchange: _Exchange, entry: str) -> Exchange:
        made_for = {handed.sheet_id: handed.student for handed in self._set.questions}
        sheets = exchange.sheets
        if len(sheets) != 2:
            raise InputError(f"{len(sheets)} sheets", place="sheets", expected="the ids of two sheets")
        one, other = (_known(sheet, made_for, "sheet") for sheet in sheets)
        _require_reason(exchange.why)
        if one == other:
            raise InputError(f"{shown(sheets[0])} twice", place="sheets", expected="the ids of two sheets")
        for student in (one, other):
            # A sheet that was exchanged with two others would be marked for two students.
            self._claim(student, "", "sheet", entry)
        return Exchange((sheets[0], sheets[1]), (one, other), exchange.why)

    def _drop(self, drop: _Drop, dropped: dict[str, str]) -> None:
        _known(drop.question, self._marks, "question")
        _require_reason(drop.why)
        if drop.question in dropped:
            raise InputError(f"{drop.question} is dropped already", place="question", remedy="keep one of the two")
        dropped[drop.question] = drop.why
        if len(dropped) == len(self._marks):
            raise InputError("nothing is left that counts", remedy="keep one of the questions, or full marks for all")

    def _entry(self, entry: _Entry, place: str, dropped: Mapping[str, str]) -> Iterator[Override]:
        students, everybody = self._students(entry.student)
        found = []
        problem: InputError | None = None
        for student in students:
            try:
                found.append(_checked(student, entry, self._handed, everybody=everybody))
            except InputError as error:
                # Of everybody some may have been asked something else.
                problem = problem or error
                if not everybody or error.place not in ("slot", "question"):
                    raise
        if problem is not None and not found:
            raise problem
        if entry.slot == WHOLE:
            _not_dropped(entry.question, dropped)
        for override in found:
            self._claim(override.student, override.question, override.slot, place)
        yield from found

    def _full(self, full: _FullMarks, place: str, dropped: Mapping[str, str]) -> Iterator[Override]:
        students, everybody = self._students(full.student)
        _known(full.question, self._marks, "question")
        _require_reason(full.why)
        _not_dropped(full.question, dropped)
        for student in students:
            mine = self._handed[student]
            if everybody and full.question not in mine:
                continue
            handed = _known(full.question, mine, "question")
            self._claim(student, full.question, WHOLE, place)
            yield Override(student, full.question, WHOLE, None, handed.marks, full.why, of_all=everybody, full=True)

    def _bonus(self, bonus: _Bonus, place: str, dropped: Mapping[str, str]) -> Iterator[Bonus]:
        students, everybody = self._students(bonus.student)
        _require_reason(bonus.why)
        question = bonus.question or ""
        if question:
            _known(question, self._marks, "question")
            _not_dropped(question, dropped)
        for student in students:
            if question and question not in self._handed[student]:
                if everybody:
                    continue
                _known(question, self._handed[student], "question")
            self._claim(student, question, "bonus", place)
            yield Bonus(student, question, bonus.marks, bonus.why, everybody)


def _by_student(question_set: QuestionSet) -> Handed:
    return {
        student: {handed.question: handed for handed in mine} for student, mine in question_set.by_student().items()
    }


def _supported(student: str, question: str, why: str, handed: Handed) -> Override:
    try:
        _known(question, _known(student, handed, "student"), "question")
        _require_reason(why)
    except InputError as error:
        error.place = None  # the line itself names both
        raise error.at() from None
    return Override(student, question, SUPPORTED, None, None, why)


def _checked(student: str, entry: _Entry, questions: Handed, *, everybody: bool) -> Override:
    handed = _known(entry.question, questions[student], "question")
    _require_reason(entry.why)
    if entry.marks is not None and entry.marks > handed.marks:
        raise InputError(
            f"{entry.marks:g} marks",
            place="marks",
            expected=f"at most {handed.marks:g}, the marks of {handed.question}; more is a [[bonus]]",
        )
    if entry.slot == WHOLE:
        if entry.marks is None:
            raise InputError("missing", place="marks", expected='marks for the whole question, since slot is "*"')
        if entry.verdict is not None:
            raise InputError(
                f"a verdict, {shown(entry.verdict)}, on a whole question",
                place="verdict",
                remedy="take it away, or name a slot",
            )
        return Override(student, entry.question, WHOLE, None, entry.marks, entry.why, everybody)
    _known(entry.slot, dict.fromkeys(handed.slots.names), "slot")
    if entry.verdict is None:
        raise InputError("missing", place="verdict", expected=", ".join(_VERDICTS))
    verdict = _known(entry.verdict, _VERDICTS, "verdict")
    return Override(student, entry.question, entry.slot, verdict, entry.marks, entry.why, everybody)


def _require_reason(why: str) -> None:
    if not why.strip():
        raise InputError("no reason is given", place="why", expected=_A_REASON)


def _not_dropped(question: str, dropped: Mapping[str, str]) -> None:
    if question in dropped:
        raise InputError(
            f"marks for {question}, which is dropped and counts for nobody",
            place="question",
            remedy="take away this, or the [[drop]]",
        )


def _wrong_total(rule: TotalRule, marks: Mapping[str, float], dropped: Mapping[str, str]) -> Iterator[InputError]:
    """What keeps a rule about totals from being one, with its place in the file."""
    counting = {question: worth for question, worth in marks.items() if question not in dropped}
    if not rule.why.strip():
        yield InputError("no reason is given", place="total.why", expected=_A_REASON)
    if rule.best is rule.cap is rule.floor is None:
        yield InputError("says nothing of the total", place="total", expected="best, cap or floor")
    if rule.best is not None and rule.best > len(counting):
        yield InputError(
            f"the best {rule.best} of {len(counting)} questions",
            place="total.best",
            expected=f"at most {len(counting)}: {', '.join(counting)}",
        )
    elif rule.best is not None and rule.best < len(counting) and len(set(counting.values())) > 1:
        worth = ", ".join(f"{question} {each:g}" for question, each in counting.items())
        yield InputError(
            f"the best {rule.best} of questions that are worth different marks ({worth})",
            place="total.best",
            expected="questions that can be put in the place of each other",
        )
    if rule.floor is not None and rule.cap is not None and rule.floor > rule.cap:
        yield InputError(
            f"{rule.floor:g}, above the cap of {rule.cap:g}", place="total.floor", remedy="exchange or change them"
        )
    most = sum(sorted(map(to_ticks, counting.values()), reverse=True)[: rule.best]) / TICKS
    if rule.floor is not None and rule.floor > most:
        yield InputError(f"{rule.floor:g}, more than can be earned", place="total.floor", expected=f"at most {most:g}")


_T = TypeVar("_T")
_MOST_LISTED = 40


def _known(name: str, names: Mapping[str, _T], kind: str) -> _T:
    if name in names:
        return names[name]
    near = get_close_matches(name[:100], names, n=1, cutoff=0.6)
    listed = ", ".join(names) if 0 < len(names) <= _MOST_LISTED else f"one of {len(names):,}"
    raise InputError(
        f"no {kind} {shown(name)}" + (" got questions" if kind == "student" else ""),
        place=kind,
        expected=f"one of the {len(names):,} who did" if kind == "student" else listed,
        remedy=f"did you mean {near[0]!r}?" if near else None,
    )
