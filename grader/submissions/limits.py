"""What reading may cost: for one file, and for all files together.

A file in a folder or an archive is anybody's. What it may cost grows with its size as it was handed in; beyond that it
draws on a reserve that all files share, of which one file gets a quarter of what is left. So the first files that are
odd get much, a thousand of them no more than the reserve, and a file that costs what it should is read whatever the
others have cost.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_FILES = 50_000
"""In one folder or archive with the archives in it."""

DEEPEST = 3
"""Archives inside archives: students zip their pages, platforms zip what students zipped."""

LARGEST_FILE = 64_000_000
"""Bytes of a file in a folder or archive, unpacked."""

LARGEST_TEXT = 16_000_000
"""Bytes of a table or JSON file in a folder or archive: thousands of students' answers have less."""

LARGEST_TABLE = 200_000_000
"""Bytes of a table or JSON file that is named on the command line, which the instructor made, not a student."""

LARGEST_TOTAL = 4_000_000_000
"""Bytes of all files of one folder or archive, unpacked."""

LARGEST_DIRECTORY = 8_000_000
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

SECONDS_NAMED = 60.0
"""Of computing, for a table that is named on the command line."""

TIMES_SLOWER = 20
"""So much longer than its seconds of computing a file may take by the clock: a busy machine costs nobody a sheet."""

MOST_PICTURES = 4
"""Pages of one file that are drawn for a person to look at."""

MOST_PICTURES_IN_ALL = 400


@dataclass(slots=True)
class Allowance:
    """What is left of a reserve that all files share.

    >>> seconds = Allowance(reserve=8.0, base=0.1, each=1e-6)
    >>> seconds.limit(400_000)
    2.5
    >>> seconds.spend(400_000, 2.5)
    >>> seconds.left, seconds.limit(0), seconds.limit(4_000)
    (6.0, 1.5, 1.604)
    """

    reserve: float
    """What all files together may cost beyond what is each one's own."""

    base: float
    each: float
    """A file's own: so much (a very small file gets a part of it), and so much for every byte as it was handed in."""

    share: float = 0.25
    spent: float = 0.0

    @property
    def left(self) -> float:
        """What is left of the reserve."""
        return max(0.0, self.reserve - self.spent)

    def limit(self, size: int) -> float:
        """What a file of this size may cost."""
        return self._own(size) + self.share * self.left

    def spend(self, size: int, cost: float) -> None:
        """Count what a file did cost."""
        self.spent += max(0.0, cost - self._own(size))

    def _own(self, size: int) -> float:
        return self.base * min(1.0, size / _SMALL) + self.each * size


_SMALL = 4_000
"""Bytes of the smallest file that may cost the whole of an allowance's base."""


def seconds() -> Allowance:
    """Of computing. A filled sheet takes some milliseconds, a megabyte of a table some tenths of a second."""
    return Allowance(reserve=8.0, base=0.01, each=0.8e-6)


def unpacked() -> Allowance:
    """Bytes that come out of an archive. Sheets hardly shrink in one; tables of numbers do to a tenth."""
    return Allowance(reserve=100e6, base=100e3, each=30.0)


def cells() -> Allowance:
    """Responses; each submission counts as five more."""
    return Allowance(reserve=2e6, base=2_000, each=0.5)


def problems() -> Allowance:
    """Problems that are listed; the others are counted."""
    return Allowance(reserve=20_000.0, base=2, each=0.0, share=0.02)
