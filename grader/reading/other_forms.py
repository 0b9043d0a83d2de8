"""Answers that are no numbers: a tick, and the number of a line that is picked.

A tick is made by 1, x, a tick or yes; a box is left without one by nothing, 0, a dash or no. In other words: what an
empty box says is that it is not ticked. A line is picked by its number, which is whole and counts from 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grader.reading.number import BLANK, READ, UNREADABLE, Blank, Reading, Unreadable, read, without_width
from question_bank.derivations.kinds import AnswerForm
from question_bank.language.words import _

_TICKED = frozenset(["1", "x", "×", "✓", "✔", "☑", "☒", "✗", "✘", "yes", "y", "true", "on", "ticked", "checked"])
_UNTICKED = frozenset(("", *["0", "-", "–", "—", "−", "☐", "no", "n", "false", "off", "unticked", "unchecked"]))


def read_as(form: AnswerForm, text: str) -> Reading | Blank | Unreadable:
    """What one response means in a box of this form; never raises.

    >>> read_as("tick", " X "), read_as("tick", ""), read_as("number", "")
    (Reading(value=1.0), Reading(value=0.0), Blank())
    >>> read_as("tick", "2").reason
    'neither a tick (1, x or yes) nor none (0, no or nothing)'
    >>> read_as("choice", "3"), read_as("choice", "1.5").reason
    (Reading(value=3.0), 'not the number of a line')
    """
    if form == "number":
        return read(text)
    if form == "tick":
        written = without_width(text).strip().casefold()
        if written in _TICKED or written in _UNTICKED:
            return Reading(float(written in _TICKED))
        return Unreadable(text, _("neither a tick (1, x or yes) nor none (0, no or nothing)"), 0)
    meant = read(text)
    if isinstance(meant, Reading) and not (meant.value >= 1 and meant.value.is_integer()):
        return Unreadable(text, _("not the number of a line"), 0)
    return meant


def reread(texts: Sequence[str], form: AnswerForm) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """What many responses mean in boxes of this form, as `read_many` gives it: values (n,) and statuses (n,)."""
    known = {text: read_as(form, text) for text in {*texts}}
    values = [meant.value if isinstance(meant := known[text], Reading) else np.nan for text in texts]
    return np.array(values, dtype=np.float64), np.array([_status(known[text]) for text in texts], dtype=np.uint8)


def _status(meant: Reading | Blank | Unreadable) -> int:
    return READ if isinstance(meant, Reading) else BLANK if isinstance(meant, Blank) else UNREADABLE
