"""Decisions of a person about single slots and whole questions, and what they earn."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from grader.marking.verdict import Verdict
from grader.rubrics.shares import Shares
from grader.rubrics.slot_marks import to_ticks
from question_bank.language.words import _, decimal, ngettext

FILE_NAME = "overrides.toml"
WHOLE = "*"
"""The slot of an override that is about a whole question."""

SUPPORTED = "supported"
"""The slot of the decision that what follows on a sheet was worked and is to be paid."""


@dataclass(frozen=True, slots=True)
class Override:
    """A decision: on a slot a verdict and maybe marks, on a whole question (`slot` is `*`) its marks.

    One that is `of_all` was made for everybody: it is for those who handed in something of the set. `full` is one that
    gives all marks of a question.
    """

    student: str
    question: str
    slot: str
    verdict: Verdict | None
    marks: float | None
    why: str
    of_all: bool = False
    full: bool = False

    def ticks(self, worth: int, shares: Shares) -> int:
        """What is earned where so many ticks could be: the marks decided on, else what the verdict earns."""
        if self.marks is not None:
            return to_ticks(self.marks)
        return round(worth * (0.0 if self.verdict is None else shares.of(self.verdict.word)))

    @property
    def said(self) -> str:
        """The decision and its reason in a line.

        >>> Override("s1", "q1", "h1_3", Verdict.CORRECT, None, "smudged").said
        'q1 h1_3 is correct: smudged'
        """
        return self._sentence.format(
            question=self.question,
            slot=self.slot,
            verdict="" if self.verdict is None else self.verdict.name_on_pages,
            marks="" if self.marks is None else decimal(f"{self.marks:g}"),
            why=self.why,
        )

    @property
    def _sentence(self) -> str:
        if self.full:
            return _("{question} has full marks: {why}")
        if self.slot == SUPPORTED:
            return _("{question} is paid where it follows: {why}")
        marks = 0.0 if self.marks is None else self.marks
        if self.slot == WHOLE:
            return ngettext("{question} has {marks} mark: {why}", "{question} has {marks} marks: {why}", marks)
        if self.marks is None:
            return _("{question} {slot} is {verdict}: {why}")
        return ngettext(
            "{question} {slot} is {verdict} ({marks} mark): {why}",
            "{question} {slot} is {verdict} ({marks} marks): {why}",
            marks,
        )


def supported_line(student: str, question: str, why: str) -> str:
    """The line that pays what follows on a sheet.

    >>> supported_line("0105", "q2", "seen"), supported_line("Ann Lee", "q1", "seen")
    ('supported.0105.q2 = "seen"', 'supported."Ann Lee".q1 = "seen"')
    """
    key = student if re.fullmatch(r"[A-Za-z0-9_-]+", student) else json.dumps(student, ensure_ascii=False)
    return f"supported.{key}.{question} = {json.dumps(why, ensure_ascii=False)}"
