"""What boxes are worth, as people say it: in marks where these are short numbers, else in parts of the question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from grader.sheets.typography.rendering import words
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import QUOTIENT, Name
from question_bank.language.words import decimal

_MOST_PARTS = 240
_OF_A_MARK = 100
"""Marks with two decimals are short."""

_EACH_EXACT = 1e-5
"""Marks of boxes are whole millionths, so that a third is not quite one."""


@dataclass(frozen=True, slots=True)
class EqualParts:
    """A question's marks in equal parts: how many there are, and how many each box is worth."""

    count: int
    boxes: tuple[int, ...]


@lru_cache(maxsize=1024)
def equal_parts(worth: tuple[float, ...]) -> EqualParts | None:
    """The fewest parts of which every box is worth a whole number; None where its marks are as short, or none suit.

    >>> equal_parts((0.444445, 0.444444, 0.444444, 0.666667))
    EqualParts(count=9, boxes=(2, 2, 2, 3))
    >>> equal_parts((0.5, 0.5, 1.0))
    """
    total = sum(worth)
    if not total or all(abs(each * _OF_A_MARK - round(each * _OF_A_MARK)) < _EACH_EXACT for each in worth):
        return None
    for count in range(1, _MOST_PARTS + 1):
        boxes = [each * count / total for each in worth]
        if all(abs(each - round(each)) < _EACH_EXACT * count for each in boxes):
            return EqualParts(count, tuple(map(round, boxes)))
    return None


def worth_text(marks: float, worth: float, parts: EqualParts | None) -> str:
    """So much of what all boxes of a question are worth, in its parts or in marks.

    >>> worth_text(0.888889, 4.0, EqualParts(9, (2, 7))), worth_text(0.222222, 4.0, EqualParts(9, (2, 7)))
    ('2', '0.5')
    >>> worth_text(0.333333, 4.0, None)
    '0.33'
    """
    return decimal(f"{round(marks * parts.count / worth if parts else marks, 2):g}")


def _said_as(derivation: Derivation, step: Name) -> str:
    """What a box is called where its worth is said: by its role, but for a difference quotient beside a gradient."""
    return QUOTIENT.what if step == QUOTIENT else derivation.step(step).role


def worth_sentence(derivation: Derivation, marks: float, slot_marks: Mapping[str, float]) -> str:
    """What the sheet says of the boxes' worth: of most of them, then of those that are worth something else."""
    every = [(slot, form) for slot, form in zip(derivation.slots, derivation.forms, strict=True) if not slot.spare]
    slots = [slot for slot, form in every if form != "tick"]
    worth = tuple(slot_marks[slot.name] for slot in slots)
    # Which boxes of a set are worth anything, is what is asked.
    of_set = sum(slot_marks[slot.name] for slot, form in every if form == "tick")
    total = sum(worth) + of_set
    parts = equal_parts((*worth, of_set) if of_set else worth)
    uses = Counter(slot.step for slot in slots)
    # What stands in several columns is worth once.
    of_step = {
        slot.step: (_said_as(derivation, slot.step), worth_text(each * uses[slot.step], total, parts))
        for slot, each in zip(slots, worth, strict=True)
    }
    each_box = Counter(text for _, text in of_step.values()).most_common(1)[0][0]
    others: dict[tuple[str, str], int] = {}
    for role, text in of_step.values():
        if text != each_box:
            others[role, text] = others.get((role, text), 0) + 1
    return words(
        "worth",
        marks=decimal(f"{marks:g}"),
        parts=parts.count if parts else 0,
        each=each_box,
        others=[(role, text, count) for (role, text), count in others.items()],
        once=any(count > 1 for count in uses.values()),
        ticks=worth_text(of_set, total, parts) if of_set else "",
    )
