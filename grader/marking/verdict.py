"""What can be said about a slot."""

from __future__ import annotations

from enum import IntEnum


class Verdict(IntEnum):
    """What is said about a slot, in the order in which it is shown.

    The codes are those of the verdict arrays, and of what practice has stored: a code never changes its meaning.
    """

    CORRECT = 0
    FOLLOW_THROUGH = 1
    CUT_OFF = 7
    MISCONCEPTION = 2
    SLIP = 8
    ROUNDED_EARLY = 3
    WRONG = 4
    BLANK = 5
    UNREADABLE = 6

    @property
    def word(self) -> str:
        """The verdict as files and people read it."""
        return self.name.lower()
