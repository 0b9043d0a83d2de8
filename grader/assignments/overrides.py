"""`overrides.toml`: what a person decided about single slots or questions, checked before any mark is given.

[[override]]
student = "s1001"
question = "q2"
slot = "path_1.product"      # or "*" for the whole question, which then needs marks and no verdict
verdict = "correct"
marks = 0.5                  # may be left out: what the verdict earns by the rubric
why = "the copier cut off the last digit"

What follows from own numbers may be unpaid, since nothing on the sheet shows that these were worked. One line, at the
top of the file, pays it: supported.s1001.q2 = "showed me the working"
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError

from grader.assignments.question_set import HandedQuestion, QuestionSet
from grader.files.files import keep_from_others
from grader.files.safe_names import shown
from grader.marking.verdict import Verdict
from grader.rubrics.shares import Shares
from grader.rubrics.slot_marks import to_ticks
from question_bank.errors import InputError
from question_bank.questions.document import StrictDocument, validation_error
from question_bank.toml_text import parse_toml, read_text

FILE_NAME = "overrides.toml"
WHOLE = "*"
"""The slot of an override that is about a whole question."""

SUPPORTED = "supported"
"""The slot of the decision that what follows on a sheet was worked and is to be paid."""

_LARGEST_FILE = 5_000_000
_VERDICTS = {verdict.word: verdict for verdict in Verdict}


class _Entry(StrictDocument):
    student: str
    question: str
    slot: str
    verdict: str | None = None
    marks: Annotated[float, Field(ge=0, le=1000)] | None = None
    why: Annotated[str, Field(min_length=1, max_length=500)]


class _File(StrictDocument):
    supported: dict[str, dict[str, Annotated[str, Field(min_length=1, max_length=500)]]] = Field(default_factory=dict)
    override: tuple[_Entry, ...] = Field(default=(), strict=False)


@dataclass(frozen=True, slots=True)
class Override:
    """A decision: on a slot a verdict and maybe marks, on a whole question (`slot` is `*`) its marks."""

    student: str
    question: str
    slot: str
    verdict: Verdict | None
    marks: float | None
    why: str

    def ticks(self, worth: int, shares: Shares) -> int:
        """What is earned where so many ticks could be: the marks decided on, else what the verdict earns."""
        if self.marks is not None:
            return to_ticks(self.marks)
        return round(worth * (0.0 if self.verdict is None else shares.of(self.verdict.word)))


def load_overrides(path: Path, question_set: QuestionSet) -> tuple[Override, ...]:
    """The decisions of a file, in its order; none if there is no such file.

    Raises InputError with file, number of the entry and key: for a student, question or slot that was not handed out,
    an unknown verdict, a missing reason, a decision twice, or more marks than the question has.
    """
    if not path.exists():
        return ()
    try:
        keep_from_others(path)
        file = _File.model_validate(parse_toml(read_text(path, _LARGEST_FILE), str(path)))
    except ValidationError as error:
        raise validation_error(error, str(path), InputError) from error
    questions = {
        student: {handed.question: handed for handed in mine} for student, mine in question_set.by_student().items()
    }
    now = question_set.former_ids
    found: dict[tuple[str, str, str], int] = {}
    overrides: list[Override] = []
    for student, question, why in ((s, q, why) for s, of in file.supported.items() for q, why in of.items()):
        try:
            overrides.append(_supported(now.get(student, student), question, why, questions))
        except InputError as error:
            raise error.at(file=str(path), place=f"supported.{student}.{question}") from None
    for number, written in enumerate(file.override, 1):
        entry = written.model_copy(update={"student": now.get(written.student, written.student)})
        try:
            overrides.append(_checked(entry, questions))
            first = found.setdefault((entry.student, entry.question, entry.slot), number)
            if first != number:
                raise InputError(f"the same as override[{first}] is about", remedy="keep one of the two")
        except InputError as error:
            place = f"override[{number}]" + (f".{error.place}" if error.place else "")
            raise error.at(file=str(path), place=place) from None
    return tuple(overrides)


def supported_line(student: str, question: str, why: str) -> str:
    """The line that pays what follows on a sheet.

    >>> supported_line("0105", "q2", "seen"), supported_line("Ann Lee", "q1", "seen")
    ('supported.0105.q2 = "seen"', 'supported."Ann Lee".q1 = "seen"')
    """
    key = student if re.fullmatch(r"[A-Za-z0-9_-]+", student) else json.dumps(student, ensure_ascii=False)
    return f"supported.{key}.{question} = {json.dumps(why, ensure_ascii=False)}"


def _supported(
    student: str, question: str, why: str, questions: Mapping[str, Mapping[str, HandedQuestion]]
) -> Override:
    _known(question, _known(student, questions, "student"), "question")
    if not why.strip():
        raise InputError("no reason is given", expected="a sentence that the student may read")
    return Override(student, question, SUPPORTED, None, None, why)


def _checked(entry: _Entry, questions: Mapping[str, Mapping[str, HandedQuestion]]) -> Override:
    handed = _known(entry.question, _known(entry.student, questions, "student"), "question")
    if not entry.why.strip():
        raise InputError("no reason is given", place="why", expected="a sentence that the student may read")
    if entry.marks is not None and entry.marks > handed.marks:
        raise InputError(
            f"{entry.marks:g} marks",
            place="marks",
            expected=f"at most {handed.marks:g}, the marks of {handed.question}",
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
        return Override(entry.student, entry.question, WHOLE, None, entry.marks, entry.why)
    _known(entry.slot, dict.fromkeys(handed.slots.names), "slot")
    if entry.verdict is None:
        raise InputError("missing", place="verdict", expected=", ".join(_VERDICTS))
    verdict = _known(entry.verdict, _VERDICTS, "verdict")
    return Override(entry.student, entry.question, entry.slot, verdict, entry.marks, entry.why)


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
