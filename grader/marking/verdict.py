"""What can be said about a slot: all that is known of a verdict stands in its record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from question_bank.language.words import N_, _


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """What is known and said of a verdict.

    `said` stands in feedback and `practised` in practice (`closed` there once nothing can be written any more);
    `advice` and `practice_advice` are what is said beside them where that hangs on nothing else. `heading`, of two
    lines at most, stands over its column in a table of 80 characters. `fate` is how a path goes on which this is the
    worst: see `grader.feedback.content.Fate`. `colour` and `mark` are those of the terminal and of practice.

    `sound`: the step was worked as it should be, from whatever numbers. `silent`: no number to speak of was written.
    `first_hand`: something went wrong in this very box.
    """

    said: str
    practised: str
    heading: str
    fate: str
    closed: str = ""
    advice: str = ""
    practice_advice: str = ""
    colour: str = "yellow"
    mark: str = "!"
    sound: bool = False
    silent: bool = False
    first_hand: bool = False


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
        """The verdict as files and people read it, and the class that a page colours it by."""
        return self.name.lower()

    @property
    def name_on_pages(self) -> str:
        """The same as a table's heading on a page."""
        return _(_NAMES[self])

    @property
    def record(self) -> VerdictRecord:
        """What is known and said of it."""
        return _RECORDS[self]

    @property
    def hangs_on_working(self) -> bool:
        """Whether it says nothing of a number that shows no working."""
        return self is not Verdict.CORRECT and not self.record.silent


_RECORDS: dict[Verdict, VerdictRecord] = {
    Verdict.CORRECT: VerdictRecord(
        N_("right"), N_("Right"), "right", fate="right", colour="green", mark="✓", sound=True
    ),
    Verdict.FOLLOW_THROUGH: VerdictRecord(
        N_("right for the numbers you carried"),
        N_("Right for the numbers you carried"),
        "fol-\nlow",
        fate="followed",
        practice_advice=N_("An earlier number is off; this step is worked as it should be."),
        colour="cyan",
        mark="→",
        sound=True,
    ),
    Verdict.CUT_OFF: VerdictRecord(
        N_("right, but cut off instead of rounded"),
        N_("Right, but cut off"),
        "cut",
        fate="cut_off",
        advice=N_(
            "The working is sound. Round the last digit that you write up or down; do not just leave off what follows"
            " it."
        ),
        practice_advice=N_("Round the last digit that you write up or down; do not just leave off what follows it."),
        colour="green",
        mark="✓",
        sound=True,
    ),
    Verdict.MISCONCEPTION: VerdictRecord(
        N_("here something went wrong"),
        N_("Not yet: look again"),
        "mis-\ncon.",
        fate="wrong",
        closed=N_("Not right"),
        first_hand=True,
    ),
    Verdict.SLIP: VerdictRecord(
        N_("a slip of the pen"),
        N_("Nearly: a slip of the pen"),
        "slip",
        fate="wrong",
        closed=N_("Not right"),
        first_hand=True,
    ),
    Verdict.ROUNDED_EARLY: VerdictRecord(
        N_("rounded too early"),
        N_("Nearly: rounded too early"),
        "early",
        fate="rounded",
        advice=N_(
            "The method is right. Carry all your calculator’s digits up to this box, and round only what you write."
        ),
        practice_advice=N_("Carry all digits up to this box, then round to as many places as the task asks."),
        first_hand=True,
    ),
    Verdict.WRONG: VerdictRecord(
        N_("here something went wrong"),
        N_("Not yet"),
        "wrong",
        fate="wrong",
        closed=N_("Not right"),
        advice=N_("The number fits none of the usual mistakes. Compare it with the working, one operation at a time."),
        colour="red",
        first_hand=True,
    ),
    Verdict.BLANK: VerdictRecord(N_("left blank"), N_("Nothing written"), "blank", fate="unfinished", silent=True),
    Verdict.UNREADABLE: VerdictRecord(
        N_("could not be read"),
        N_("Not a number"),
        "un-\nread",
        fate="unread",
        silent=True,
        first_hand=True,
    ),
}

_NAMES: dict[Verdict, str] = {
    Verdict.CORRECT: N_("correct"),
    Verdict.FOLLOW_THROUGH: N_("follow through"),
    Verdict.CUT_OFF: N_("cut off"),
    Verdict.MISCONCEPTION: N_("misconception"),
    Verdict.SLIP: N_("slip"),
    Verdict.ROUNDED_EARLY: N_("rounded early"),
    Verdict.WRONG: N_("wrong"),
    Verdict.BLANK: N_("blank"),
    Verdict.UNREADABLE: N_("unreadable"),
}

SOUND = tuple(verdict for verdict in Verdict if verdict.record.sound)
"""Verdicts on a step that was worked as it should be, whatever numbers it was worked with."""

SILENT = tuple(verdict for verdict in Verdict if verdict.record.silent)
"""Verdicts where no number was written."""

BY_WORD: Mapping[str, Verdict] = MappingProxyType({verdict.word: verdict for verdict in Verdict})


def are(verdicts: NDArray[np.uint8], verdict: Verdict) -> NDArray[np.bool_]:
    """True where a verdict is this one."""
    found: NDArray[np.bool_] = verdicts == int(verdict)  # NumPy takes a member for an int64, and is eight times as slow
    return found


def among(verdicts: NDArray[np.uint8], some: Iterable[Verdict]) -> NDArray[np.bool_]:
    """True where a verdict is one of some."""
    found = np.zeros_like(verdicts, dtype=bool)
    for verdict in some:
        found |= are(verdicts, verdict)
    return found
