"""One question's responses marked while the student is still at it: what of `grader.marking` practice needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.marking import Verdict, mark
from question_bank.question import Question

RIGHT = frozenset({Verdict.CORRECT, Verdict.FOLLOW_THROUGH})
"""Verdicts on a step that was worked as it should be, whatever numbers it was worked with."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is said about one slot; `followed` is what the student's own numbers give, `earns` whether it counts."""

    verdict: Verdict
    reason: str
    followed: float | None
    causes: tuple[str, ...]
    earns: bool


def check(question: Question, responses: Mapping[str, str]) -> dict[str, Checked]:
    """A verdict for every slot of the question; a slot that is not in `responses` is blank.

    What follows from zeros is said to follow and earns nothing: `grader.marking` explains why.
    """
    marked = mark(question, responses)
    return {
        slot.slot: Checked(slot.verdict, slot.reason, slot.followed, slot.causes, slot.ticks > 0)
        for slot in marked.slots
    }
