"""Whose an id is, as files write it: other case, a spreadsheet's apostrophe, leading zeros lost, `429.0`, `4.29E+02`.

One student's id is never taken for another's. Where a roster has both 0105 and 105, what a spreadsheet makes of either
is 105: then such an id is nobody's, unless its file shows that it kept its zeros, or marks the id as text (`'105`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from grader.reading.number import without_width

EVERYBODY = "*"
"""In the place of a student's id: all that can be meant, such as all who handed in something of the set."""

_EXCELS_TEXT = re.compile(r'="(.*)"')
_WHOLE = re.compile(r"([0-9]{1,100})(?:[.,]0*)?")
_POWER = re.compile(r"([0-9])[.,]([0-9]{1,20})e\+?([0-9]{1,2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundStudent:
    """A student, if there is just one that an id can mean."""

    student: str | None
    as_number: bool = False
    """Whether the id is only the same number as the student's."""

    rivals: tuple[str, ...] = ()
    """The ids, several, that it may be instead."""


class StudentIds:
    """The ids of one assignment; `others` are further ids of students, such as their e-mail addresses."""

    def __init__(self, ids: Iterable[str], others: Mapping[str, str] | None = None) -> None:
        self._ids = dict.fromkeys(ids)
        self._others = others or {}

    def beside(self, others: Iterable[str]) -> StudentIds:
        """These students, and others who are none of them by any of their ids.

        >>> StudentIds(["s1"], {"old": "s1"}).beside(["s2", "old"]).known
        ('s1', 's2')
        """
        return StudentIds((*self._ids, *(each for each in others if each not in self._others)), self._others)

    @property
    def known(self) -> tuple[str, ...]:
        """The ids themselves."""
        return tuple(self._ids)

    @cached_property
    def alike(self) -> dict[str, str]:
        """Spelling without case → student, where that is one."""
        own = [(_alike(student), student) for student in self._ids]
        taken = {spelling for spelling, _ in own}
        others = [(_alike(other), student) for other, student in self._others.items() if student in self._ids]
        return unique(own) | unique(pair for pair in dict.fromkeys(others) if pair[0] not in taken)

    @cached_property
    def _by_number(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for student in self._ids:
            if student.isdecimal() and student.isascii():
                number = student.lstrip("0")
                found[number] = (*found.get(number, ()), student)
        return found

    @cached_property
    def _others_by_number(self) -> dict[str, str]:
        """Further ids that are numbers, such as one that a student had before, where that is one student's."""
        pairs = ((other.lstrip("0"), student) for other, student in self._others.items() if student in self._ids)
        return unique(dict.fromkeys(pair for pair in pairs if pair[0].isdecimal() and pair[0].isascii()))

    @cached_property
    def same_numbers(self) -> list[tuple[str, ...]]:
        """The ids that are the same number as others."""
        return [students for students in self._by_number.values() if len(students) > 1]

    @cached_property
    def zeros_matter(self) -> bool:
        """Whether two ids are the same number."""
        return bool(self.same_numbers)

    @cached_property
    def certain(self) -> frozenset[str]:
        """The ids that mean their own student in every file, as they stand."""
        matter = self.zeros_matter
        return frozenset(student for student in self._ids if student.strip() and not (matter and student.isdecimal()))

    def find(self, written: str, *, keeps_zeros: bool = False) -> FoundStudent:
        """The student meant by an id as a file writes it; `keeps_zeros` if the file has shown that it does.

        >>> StudentIds(["0429", "0105", "105"]).find("429.0")
        FoundStudent(student='0429', as_number=True, rivals=())
        >>> StudentIds(["0429", "0105", "105"]).find("105").rivals
        ('0105', '105')
        >>> StudentIds(["s1"], {"0042": "s1"}).find("42").student
        's1'
        """
        if written in self.certain:
            return FoundStudent(written)
        plain, is_text = plain_id(written)
        if written.strip() in self._ids:
            plain = written.strip()  # an id may begin with an apostrophe of its own
        number = _number(plain)
        rivals = () if number is None else self._by_number.get(number, ())
        if len(rivals) > 1:
            certain = is_text or keeps_zeros or plain.startswith("0")
            return FoundStudent(plain) if certain and plain in rivals else FoundStudent(None, rivals=rivals)
        student = plain if plain in self._ids else self.alike.get(_alike(plain))
        if student is None and rivals:
            return FoundStudent(rivals[0], as_number=True)
        if student is None and number is not None and (student := self._others_by_number.get(number)) is not None:
            return FoundStudent(student, as_number=True)
        return FoundStudent(student)


def plain_id(written: str) -> tuple[str, bool]:
    """An id without what spreadsheets and platforms put around it, and whether that marks it as text.

    >>> plain_id("'0429"), plain_id('="0429"'), plain_id(" 0429 ")
    (('0429', True), ('0429', True), ('0429', False))
    """
    plain = without_width(written).strip()
    if plain.startswith(("'", "’")) and len(plain) > 1:
        return plain[1:].strip(), True
    if found := _EXCELS_TEXT.fullmatch(plain):
        return found[1].strip(), True
    return plain, False


def keeps_zeros(written: Iterable[str]) -> bool:
    """Whether a file that writes these ids has kept leading zeros."""
    return any(re.match(r"\s*0[0-9]+\s*$", each) for each in written)


def unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Spelling → name, without the spellings that two names share."""
    listed = list(pairs)
    counts = Counter(spelling for spelling, _ in listed)
    return {spelling: name for spelling, name in listed if counts[spelling] == 1}


def _alike(written: str) -> str:
    return unicodedata.normalize("NFKC", written).strip().casefold()


def _number(plain: str) -> str | None:
    """The digits of the number that an id is to a spreadsheet, without leading zeros; None if it is none."""
    text = unicodedata.normalize("NFKC", plain)
    if found := _WHOLE.fullmatch(text):
        return found[1].lstrip("0")
    found = _POWER.fullmatch(text)
    # With fewer digits than the power has, the last ones were rounded away.
    if found is None or len(found[2].rstrip("0")) > int(found[3]) or len(found[2]) < int(found[3]):
        return None
    return (found[1] + found[2][: int(found[3])]).lstrip("0")
