"""What reading may cost: for one file, and for all files together.

A file in a folder or an archive is anybody's. What it may cost grows with its size as it was handed in; beyond that it
draws on a reserve that all files share, of which one file gets a quarter of what is left. So the first files that are
odd get much, a thousand of them no more than the reserve, and a file that costs what it should is read whatever the
others have cost. Of the seconds each student also has some that nobody else can take (`Seconds`), and what is spent is
what was computed, by whatever process: a file for which nothing is left is named, and not read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_FILES = 200_000
"""In one folder; with more, each of the folders in it gets an equal share."""

MOST_FILES_PACKED = 100_000
"""In one archive with the archives in it."""

DEEPEST = 3
"""Archives inside archives: students zip their pages, platforms zip what students zipped."""

LARGEST_FILE = 64_000_000
"""Bytes of a file in a folder or archive, unpacked."""

LARGEST_TEXT = 16_000_000
"""Bytes of a table or JSON file in a folder or archive: thousands of students' answers have less."""

LARGEST_HERE = 8_000_000
"""Bytes of a table or JSON file that is named on the command line and read without starting another process."""

LARGEST_TOTAL = 4_000_000_000
"""Bytes of all files of one folder or archive, unpacked."""

LARGEST_DIRECTORY = 16_000_000
"""Bytes of a zip archive's list of files, which is read into memory as a whole."""

LONGEST_NAME = 1_000
"""Characters of a file's name inside an archive."""

MOST_LINES = 500_000
MOST_LINES_NAMED = 2_000_000
"""Lines of a table, or brackets and commas of a JSON file; of one that is named on the command line."""

MOST_REMARKS = 100_000
"""On one file, listed or only counted; with more, it is of another kind than it seems."""

MEMORY = 400_000_000
"""Bytes that the process that reads files may address, where the system can limit that."""

LARGEST_ANSWER = 64_000_000
"""Bytes of what that process may say of one file."""

SHEET = 50_000
"""Bytes that a filled sheet has at least, with its font and its drawing."""

MOST_SECONDS = 20.0
"""Of computing, for one file however large."""

LEAST_SECONDS = 0.0015
"""Of computing: with less, reading is not even begun."""

MOST_CELLS = 1_500_000
"""Of one file however large, see `cells`."""

TIMES_SLOWER = 20
"""So much longer than its seconds of computing a file may take by the clock: a busy machine costs nobody a sheet."""

MOST_PICTURES = 4
"""Pages of one file that are drawn for a person to look at."""

MOST_PICTURES_IN_ALL = 400


@dataclass(slots=True)
class Allowance:
    """What is left of a reserve that all files share.

    >>> numbers = Allowance(reserve=8.0, base=0.1, each=1e-6)
    >>> numbers.limit(400_000)
    2.5
    >>> numbers.spend(400_000, 2.5)
    >>> numbers.left, numbers.limit(0), numbers.limit(4_000)
    (6.0, 1.5, 1.604)
    """

    reserve: float
    """What all files together may cost beyond what is each one's own."""

    base: float
    each: float
    """A file's own: so much (a very small file gets a part of it), and so much for every byte as it was handed in."""

    share: float = 0.25
    small: int = 4_000
    """Bytes of the smallest file that may cost the whole of `base`."""

    spent: float = 0.0

    @property
    def left(self) -> float:
        """What is left of the reserve."""
        return max(0.0, self.reserve - self.spent)

    def limit(self, size: int) -> float:
        """What a file of this size may cost."""
        return self.own(size) + self.share * self.left

    def spend(self, size: int, cost: float) -> None:
        """Count what a file did cost."""
        self.spent += max(0.0, cost - self.own(size))

    def own(self, size: int) -> float:
        """What a file of this size may cost whatever others do."""
        return self.base * min(1.0, size / self.small) + self.each * size


@dataclass(slots=True)
class _Account:
    """Of a student, or of a folder that is nobody's."""

    left: float
    """Seconds that nobody else can take."""

    debt: float = 0.0
    """Seconds that its files have cost beyond what there was: a file can only be ended a little too late."""


class Seconds:
    """Seconds of computing, of which each student's files have some to themselves.

    A filled sheet takes some milliseconds, a megabyte of a table some tenths of a second. What a file costs beyond its
    own is taken from the reserve, then from what its student has, and then it is a debt, which the next files from the
    same folder pay, what may be a sheet with no more than half of its own. So ten thousand files of one student's keep
    nobody else's from being read, and what lies beside sheets in one folder keeps none of them.

    >>> seconds = Seconds(students=100)
    >>> seconds.spend(4_000, 100.0, "ann's folder", "ann")
    >>> seconds.limit(4_000, "ann's folder", "ann") < 0 < LEAST_SECONDS < seconds.limit(1_000, "bo's folder", "bo")
    True
    """

    def __init__(self, students: int) -> None:
        self.shared = Allowance(reserve=6.0, base=0.008, each=0.6e-6, small=16_000)
        self._each_student = min(0.1, _OF_STUDENTS / max(1, students))
        self._accounts: dict[str, _Account] = {}

    def limit(self, size: int, folder: str, student: str | None) -> float:
        """What a file of this size may cost that lies in a folder, maybe a student's."""
        account = self._account(folder, student)
        # What others in its folder owe never keeps a sheet from being read: it takes some milliseconds.
        least = self.shared.own(size) / 2 if size >= SHEET else -math.inf
        return min(MOST_SECONDS, max(least, self.shared.limit(size) + account.left - account.debt))

    def spend(self, size: int, cost: float, folder: str, student: str | None) -> None:
        """Count what a file did cost; nothing, if it was not read."""
        account = self._account(folder, student)
        beyond = cost + account.debt - self.shared.own(size)
        reserve = min(max(0.0, beyond), self.shared.left)
        self.shared.spent += reserve
        own = min(max(0.0, beyond - reserve), account.left)
        account.left -= own
        account.debt = max(0.0, beyond - reserve - own)

    def _account(self, folder: str, student: str | None) -> _Account:
        if student is not None:
            return self._accounts.setdefault(f"student {student}", _Account(self._each_student))
        return self._accounts.setdefault(f"folder {folder}", _Account(0.0))


_OF_STUDENTS = 3.0
"""Seconds that all students have together to themselves."""


def unpacked() -> Allowance:
    """Bytes that come out of an archive. Sheets hardly shrink in one; tables of numbers do to a tenth."""
    return Allowance(reserve=100e6, base=100e3, each=30.0)


def cells() -> Allowance:
    """Responses; each submission counts as five more."""
    return Allowance(reserve=8e5, base=2_000, each=0.1)


def problems() -> Allowance:
    """Problems that are listed; the others are counted."""
    return Allowance(reserve=20_000.0, base=2, each=0.0, share=0.02)
