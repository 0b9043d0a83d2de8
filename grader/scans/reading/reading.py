"""Reading boxes: pictures in, strings with probabilities and doubts out. Nothing here knows what was asked.

Two readers of different kinds look at each box, and a check of the ink. What they do not agree on, and ink that no
character covers, is a doubt: such a box goes to a person, however sure the first reader is.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grader.scans.reading import net, segments
from grader.scans.reading.boxes import BoxPicture, BoxReading
from grader.scans.reading.coverage import covers
from grader.scans.reading.decoding import Decoded, decoded
from grader.scans.reading.ink import INK, ink_of, seen_inside, within_frame, written_outside
from grader.scans.reading.marks import without_print

NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)(/\d+|(e|x10)[+-]?\d{1,2})?")
"""What is a number, in the readers' alphabet."""

LEADING_ZERO = re.compile(r"[+-]?0\d+(/.*)?")
"""A number that begins with 0 and has no point: more likely its point was overlooked."""

SIGNS = str.maketrans("", "", "+-.,")

WEAK_SIGN = 0.02
"""The part of a reading's probability from which on the same digits with other signs or points are a doubt."""

TICKED = 0.04
"""The part of a tick box's inside that is ink from which on it is ticked."""

BATCH = 64
"""Boxes that the net reads at a time, so that memory does not grow with the number of pages."""


def read_boxes(boxes: Sequence[BoxPicture]) -> list[BoxReading]:
    """A reading for each box's picture, in their order."""
    readings: list[BoxReading] = []
    for start in range(0, len(boxes), BATCH):
        some = boxes[start : start + BATCH]
        inks = [ink_of(seen_inside(box)) for box in some]
        answers = net.step_log_probabilities(net.shipped_net(), np.stack(inks))
        readings += [
            _tick(box) if box.form == "tick" else number_reading(box, ink, decoded(answer))
            for box, ink, answer in zip(some, inks, answers, strict=True)
        ]
    return readings


def _tick(box: BoxPicture) -> BoxReading:
    """A tick or nothing. How sure one may be is not measured: a probability of 0 sends each to a person."""
    inked = float((ink_of(within_frame(box)) > INK).mean())
    return BoxReading(box.key, "ticked" if inked > TICKED else "empty")


def number_reading(box: BoxPicture, ink: NDArray[np.float32], first: Decoded) -> BoxReading:
    """Put together what the first reader read with the second's reading and with the ink."""
    writing = without_print(ink)
    outside = ("ink outside the box",) if written_outside(box) else ()
    if not first.text:
        inked = ("ink that was not read",) if (writing > INK).any() else ()
        return BoxReading(box.key, "empty", "", first.probability, (*inked, *outside))
    if "#" in first.text:
        beside = first.text.rpartition("#")[2]
        if NUMBER.fullmatch(beside):
            return BoxReading(box.key, "struck", _as_typed(beside), first.probability, ("struck out", *outside))
        return BoxReading(box.key, "unreadable", "", first.probability, ("ink that is no number", *outside))
    if not NUMBER.fullmatch(first.text):
        return BoxReading(box.key, "unreadable", "", first.probability, ("no number", *outside))
    unsure = list(outside)
    if segments.cut_reading(segments.shipped_classifier(), writing).text != first.text:
        unsure.append("the second reader reads something else")
    if not covers(writing, first.text, first.columns):
        unsure.append("ink that no character covers")
    if LEADING_ZERO.fullmatch(first.text) or _weak_sign(first):
        unsure.append("a sign or point is the weakest link")
    if _runs_out(writing):
        unsure.append("ink at the edge")
    return BoxReading(box.key, "number", _as_typed(first.text), first.probability, tuple(unsure))


def _weak_sign(first: Decoded) -> bool:
    """Whether the next likely reading has the same digits and other signs or points, and is not far behind."""
    same_digits = first.text.translate(SIGNS) == first.runner_up.translate(SIGNS)
    return same_digits and first.runner_up_probability > WEAK_SIGN * first.probability


def _runs_out(writing: NDArray[np.float32]) -> bool:
    """Whether what was written reaches the edge of the picture."""
    edges = (writing[0], writing[-1], writing[:, 0], writing[:, -1])
    return any(bool((edge > INK).any()) for edge in edges)


def _as_typed(text: str) -> str:
    """The reading in the spelling that a student types: ``×10^`` for a power of ten."""
    return text.replace("x10", "×10^")
