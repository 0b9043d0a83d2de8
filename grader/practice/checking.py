"""One question's responses marked while the student is still at it: the verdicts of `grader.marking`, slot by slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from grader.marking import Verdict
from grader.reading import Blank, Reading, read
from question_bank.evaluate import places_of, widen
from question_bank.interval import Interval
from question_bank.mistakes import slips_at
from question_bank.precision import COMPARISON_SLACK, Array
from question_bank.program import Program
from question_bank.question import Question

RIGHT = frozenset({Verdict.CORRECT, Verdict.FOLLOW_THROUGH})
"""Verdicts on a step that was worked as it should be, whatever numbers it was worked with."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is said about one slot; `followed` is what the student's own numbers give at its step."""

    verdict: Verdict
    reason: str = ""
    followed: float | None = None
    causes: tuple[str, ...] = ()


def check(question: Question, responses: Mapping[str, str]) -> dict[str, Checked]:
    """A verdict for every slot of the question; a slot that is not in `responses` is blank."""
    found: dict[str, Checked] = {}
    readings: dict[str, float] = {}
    for slot in question.slots:
        meaning = read(responses.get(slot.name, ""))
        if isinstance(meaning, Reading):
            readings[slot.name] = meaning.value
        elif isinstance(meaning, Blank):
            found[slot.name] = Checked(Verdict.BLANK)
        else:
            found[slot.name] = Checked(Verdict.UNREADABLE, meaning.reason)
    for slot in question.slots:
        if slot.name in readings:
            found[slot.name] = _judge(question, slot.name, readings)
    return {slot.name: found[slot.name] for slot in question.slots}


def _judge(question: Question, name: str, readings: Mapping[str, float]) -> Checked:
    derivation = question.derivation
    slot = next(slot for slot in question.slots if slot.name == name)
    position = derivation.index[slot.step]
    value = readings[name]
    own = own_columns(question, slot.path, readings)
    program = derivation.programs[position]
    assert program is not None  # a slot's step is computed
    followed = float(program.values([low for low, _ in own])[0])
    low, high = question.range(slot.step)
    if _inside(question, slot.step, value, np.array([low]), np.array([high])):
        return Checked(Verdict.CORRECT, "", followed)
    if _fits(question, slot.step, value, program, own):
        return Checked(Verdict.FOLLOW_THROUGH, "", followed)
    for aliases in slips_at(derivation, position):
        mistaken = aliases.mistakes[0].exchanged[position]
        if _fits(question, slot.step, value, mistaken, own):
            return Checked(Verdict.MISCONCEPTION, "", followed, aliases.misconceptions)
    return Checked(Verdict.WRONG, "", followed)


def own_columns(question: Question, path: int | None, readings: Mapping[str, float]) -> list[Interval]:
    """Every step as the student has it, each (1,): from the same column, else another, else the reference."""
    derivation = question.derivation
    columns = list(question.values)
    for slot in sorted(question.slots, key=lambda slot: slot.path == path):
        if slot.name in readings:
            columns[derivation.index[slot.step]] = readings[slot.name]
    points = [np.array([value]) for value in columns]
    return [(point, point) for point in points]


def _fits(question: Question, step: str, value: float, program: Program, own: list[Interval]) -> bool:
    derivation = question.derivation
    places = places_of(derivation.step(step), derivation, question.precision) or question.places(step)
    with np.errstate(all="ignore"):
        low, high = widen(program.ranges(own), places, question.precision)
    return _inside(question, step, value, np.atleast_1d(low), np.atleast_1d(high))


def _inside(question: Question, step: str, value: float, low: Array, high: Array) -> bool:
    slack = COMPARISON_SLACK * question.places(step).unit(np.array([value]))[0]
    return bool(low[0] - slack <= value <= high[0] + slack)
