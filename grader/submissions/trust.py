"""Where something that was handed in came from, and which of two therefore counts: decided once, carried along.

A sheet's printed id proves whose sheet it is, not who handed it in: whoever sees a neighbour's can hand in a copy.
Platforms name a student's folder by the student, which the student cannot change; what is in it can be anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import PurePosixPath

from grader.assignments.student_ids import unique
from grader.submissions.records import Expected


class Trust(IntEnum):
    """How good a claim a submission has to be the student's; the better one counts, whichever came later."""

    UNSIGNED_ELSEWHERE = 0
    """A table or JSON file in the folder of somebody else."""

    UNSIGNED = 1
    """A table or JSON file in a folder or archive: anybody's."""

    SIGNED_ELSEWHERE = 2
    """The student's signed sheet in the folder of somebody else."""

    UNSIGNED_OWN = 3
    """A table or JSON file in the student's own folder."""

    SIGNED = 4
    """The student's signed sheet; nothing tells whose the folder is."""

    SIGNED_OWN = 5
    """The student's signed sheet in the student's own folder."""

    NAMED = 6
    """A file that a person has named on the command line."""

    def outranks(self, other: Trust) -> bool:
        """Whether this counts, also if the other came later. What a person names and a sheet go by their order."""
        if Trust.NAMED in (self, other):
            return self is Trust.NAMED and other < Trust.SIGNED
        return self > other


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file came from: what a person has named, the folder or archive inside it, and whose that is.

    `owner` is None where no name tells. `named`: it is itself what a person has named.
    """

    source: str
    top: str
    folder: str
    owner: str | None
    named: bool
    simulated: bool = False

    def trust(self, student: str, *, signed: bool, shared: bool) -> Trust:
        """The claim of a submission of this student's; `shared`: others' sheets lie in a folder of no known owner."""
        if self.named:
            return Trust.NAMED
        elsewhere = shared if self.owner is None else self.owner != student
        if signed:
            return Trust.SIGNED_ELSEWHERE if elsewhere else Trust.SIGNED if self.owner is None else Trust.SIGNED_OWN
        if self.owner is None:
            return Trust.UNSIGNED
        return Trust.UNSIGNED_ELSEWHERE if elsewhere else Trust.UNSIGNED_OWN

    def is_elsewhere(self, other: Origin) -> bool:
        """Whether the two came from different folders of one download, neither of which tells whose it is."""
        same = self.top == other.top and self.folder != other.folder
        return same and self.owner is None and other.owner is None


_ATTEMPT = re.compile(
    r"(?i)\W*(?:attempt|version|try|draft|final|first|second|third|old|new|late|re-?submission|submission|week|round|day"
    r"|page|part|upload|versuch|abgabe|runde|woche)s?[\W_]*[0-9]{0,4}\W*"
)
"""A folder's name that counts attempts or pages: it is nobody's, and what is in it belongs to the folder above."""

_ATTEMPT_OF_BLACKBOARD = re.compile(r"(?i).*?_([^_]+)_attempt_[0-9]{4}-[0-9-]+")
_WORDS = re.compile(r"[^\W_]+")


class Owners:
    """Tells whose a folder is from its name, as platforms make it of a student's name, id or both."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._told: dict[tuple[str, bool], str | None] = {}

    @cached_property
    def _owner(self) -> dict[str, str]:
        expected = self._expected
        return unique(
            (spelling, student)
            for student in expected.slots
            for spelling in dict.fromkeys(_spellings(student, expected.names.get(student, "")))
        )

    @cached_property
    def _longest(self) -> int:
        return max((spelling.count(" ") + 1 for spelling in self._owner), default=0)

    def origin(self, source: str, top: str, *, named: bool, simulated: bool = False) -> Origin:
        """Where a file came from; `top` is what a person has named."""
        if named:
            return Origin(source, top, "", None, named)
        inside = PurePosixPath(source.removeprefix(top).lstrip("/"))
        folders = [part for part in inside.parts[:-1] if not _ATTEMPT.fullmatch(part) or self.of(part) is not None]
        # The outermost name that tells is the platform's; what is in an archive in a folder, a student has named.
        archive = next((at for at, part in enumerate(folders) if at and part.lower().endswith(".zip")), len(folders))
        owner = next((told for told in map(self.of, folders[:archive]) if told is not None), None)
        if not folders:
            owner = self.of(inside.name, file=True)
        return Origin(source, top, "/".join(folders), owner, named, simulated)

    def of(self, name: str, *, file: bool = False) -> str | None:
        """The student by whom a folder is named: the first that the name tells; None if it tells none.

        Of a file only what it begins with is the platform's, or what stands before Blackboard's `_attempt_`.
        """
        if (name, file) not in self._told:
            blackboards = _ATTEMPT_OF_BLACKBOARD.match(name) if file else None
            told = blackboards.group(1) if blackboards else name
            self._told[name, file] = self._find(told, only_first=file)
        return self._told[name, file]

    def _find(self, name: str, *, only_first: bool) -> str | None:
        words = _words(name[:_LONGEST_NAME])
        for start in range(len(words[:1]) if only_first else len(words)):
            for end in range(min(len(words), start + self._longest), start, -1):
                owner = self._owner.get(" ".join(words[start:end]))
                if owner is not None:
                    return owner
        return None


_LONGEST_NAME = 300


def _words(name: str) -> list[str]:
    return _WORDS.findall(unicodedata.normalize("NFKC", name).casefold())


def _spellings(student: str, name: str) -> Iterable[str]:
    """How a folder is named after a student: by the id, by the name in either order, and with nothing between."""
    # Platforms number people and files: a short number is no proof that this id is meant.
    if not (student.isdecimal() and len(student) < _SHORTEST_NUMBER):
        yield " ".join(_words(student))
    words = _words(name)
    if len(words) < 2:
        if len("".join(words)) >= _SHORTEST_NAME:
            yield "".join(words)
        return
    for turned in (words, [*words[1:], words[0]], [words[-1], *words[:-1]]):
        yield " ".join(turned)
        yield "".join(turned)


_SHORTEST_NAME = 3
_SHORTEST_NUMBER = 5


def shared_folders(sheets: Iterable[tuple[Origin, str]]) -> Counter[tuple[str, str]]:
    """(Top, folder) → of how many students signed sheets lie there."""
    return Counter((top, folder) for top, folder, _ in {(at.top, at.folder, student) for at, student in sheets})
