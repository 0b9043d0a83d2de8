"""The ladder of hints for one slot: what the step is, its formula, the numbers put in, and only then the value.

Each rung is data; `templates/practice/words.html` has the sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from grader.reading.number import Reading
from grader.reading.other_forms import read_as
from question_bank.derivations.derivation import Slot
from question_bank.expressions.expression import references
from question_bank.expressions.latex import latex
from question_bank.expressions.names import WRONG_LINE, Derived, Local, Name, Symbol, printed_line
from question_bank.expressions.plain_text import plain_formula
from question_bank.expressions.precision import exact_number, short_decimal
from question_bank.questions.question import Question


class Rung(IntEnum):
    """How far up a student has gone; each costs, and none costs more than the next."""

    NONE = 0
    NAME = 1
    FORMULA = 2
    NUMBERS = 3
    VALUE = 4


@dataclass(frozen=True, slots=True)
class Hint:
    """One rung: for NAME the step's kind and what it is of, for the others a formula as LaTeX, or the value.

    `repeats`: there is no number to put in yet, so that it says what the rung below says; `constant`: there never is,
    since the formula is a number. Of a line that is to be found it says `among` which ones it is, from and to.
    """

    rung: Rung
    step: Name
    kind: str
    above: Name
    below: Symbol | None
    text: str
    repeats: bool = False
    constant: bool = False
    among: tuple[int, int] | None = None


def next_rung(rung: int) -> Rung:
    """The rung after this one; the last has none after it."""
    return Rung(min(rung + 1, Rung.VALUE))


def ladder(
    question: Question, slot: Slot, responses: Mapping[str, str], upto: int, *, plain: bool = False
) -> tuple[Hint, ...]:
    """The hints up to a rung.

    The numbers put in are the givens and what the student has written: a step that is not yet worked stays a symbol,
    so that a hint for one slot never answers another. Formulas are LaTeX, or `plain` text.
    """
    if question.derivation.solution is not None:
        return _to_an_error(question, slot, responses, upto, plain=plain)
    name = question.plain if plain else question.symbol
    write = plain_formula if plain else latex
    derivation = question.derivation
    step = derivation.step(slot.step)
    above: Name = step.name
    below: Symbol | None = None
    match step.name:
        case Local(upper, lower):
            above, below = upper, lower
        case Derived("gradient" | "error" | "back" | "part", of=Symbol() as value):
            above, below = derivation.graph.loss, value
    formula = derivation.shown(step.name)
    assert formula is not None  # a slot's step is computed
    own = own_numbers(question, slot.path, responses)
    texts = {
        Rung.NAME: "",
        Rung.FORMULA: write(formula, name),
        Rung.NUMBERS: write(formula, lambda read: own.get(read) or name(read)),
        Rung.VALUE: question.printed(step.name) if upto >= Rung.VALUE else "",
    }
    same = texts[Rung.NUMBERS] == texts[Rung.FORMULA]
    constant = not any(True for _ in references(formula))
    return tuple(
        Hint(rung, step.name, step.kind, above, below, text, same and rung is Rung.NUMBERS, constant)
        for rung, text in texts.items()
        if rung <= upto
    )


def _to_an_error(
    question: Question, slot: Slot, responses: Mapping[str, str], upto: int, *, plain: bool
) -> tuple[Hint, ...]:
    """The same of a worked solution: a wrong line is closed in on, and corrected is the one that the student names."""
    derivation = question.derivation
    kind = _KINDS_OF_AN_ERROR[slot.name]
    value = question.printed(slot.step) if upto >= Rung.VALUE else ""
    if kind == "wrong_line":
        half, quarter = (_part_of(len(derivation.lines), derivation.wrong_line, parts) for parts in (2, 4))
        found = [
            Hint(Rung.NAME, slot.step, kind, slot.step, None, ""),
            Hint(Rung.FORMULA, slot.step, kind, slot.step, None, "", among=half),
            Hint(Rung.NUMBERS, slot.step, kind, slot.step, None, "", among=quarter),
            Hint(Rung.VALUE, slot.step, kind, slot.step, None, value),
        ]
        return tuple(hint for hint in found if hint.rung <= upto)
    name = question.plain if plain else question.symbol
    write = plain_formula if plain else latex
    step, formula = slot.step, derivation.shown(slot.step)
    if kind == "corrected_line":
        named = read_as("choice", responses.get("line", ""))
        at = int(named.value) if isinstance(named, Reading) and named.value <= len(derivation.lines) else 0
        # Without a line that is named there is none to put numbers into; what is said of one says not whether it is it.
        step = printed_line(at) if at else WRONG_LINE
        formula = derivation.line_formula(at) if at else None
    own = own_numbers(question, None, responses)
    symbols = write(formula, name) if formula else ""
    numbers = write(formula, lambda read: own.get(read) or name(read)) if formula else ""
    found = [
        Hint(Rung.NAME, step, kind, step, None, ""),
        Hint(Rung.FORMULA, step, kind, step, None, symbols),
        Hint(Rung.NUMBERS, step, kind, step, None, numbers, symbols == numbers),
        Hint(Rung.VALUE, step, kind, step, None, value),
    ]
    return tuple(hint for hint in found if hint.rung <= upto)


def _part_of(lines: int, wrong: int, parts: int) -> tuple[int, int]:
    """Which lines belong to the same part of all as the wrong one, from and to.

    >>> _part_of(12, 8, 2), _part_of(12, 8, 4), _part_of(13, 13, 4)
    ((7, 12), (7, 9), (13, 13))
    """
    size = -(-lines // parts)
    first = (wrong - 1) // size * size + 1
    return first, min(first + size - 1, lines)


_KINDS_OF_AN_ERROR = {"line": "wrong_line", "corrected": "corrected_line", "gradient": "corrected_gradient"}
"""As what kind of step a box of a worked solution is spoken of, whatever its own kind, which would tell the line."""


def rung_told(question: Question, slot: Slot, responses: Mapping[str, str], rung: Rung) -> Rung:
    """The rung that a student has really had: one that repeats the one below it told nothing."""
    if rung is not Rung.NUMBERS:
        return rung
    return Rung.FORMULA if ladder(question, slot, responses, rung)[-1].repeats else rung


def own_numbers(question: Question, path: int | None, responses: Mapping[str, str]) -> dict[Name, str]:
    """The numbers at hand, by step: givens as printed, and what the student wrote, the own column's first."""
    derivation = question.derivation
    slots = {slot.step for slot in question.slots}
    numbers = {step.name: question.printed(step.name) for step in derivation.steps if step.role == "given"}
    if derivation.solution is not None:
        slots.update(step.name for step in derivation.steps)  # nothing that follows from the correction is printed
    # What has no slot is nobody's answer: a first-layer pre-activation that the sheet takes as exact.
    numbers |= {
        step.name: question.printed(step.name)
        for step in derivation.steps
        if step.role == "forward" and step.name not in slots
    }
    forms = dict(zip(question.slots, derivation.forms, strict=True))
    for slot in sorted(question.slots, key=lambda slot: slot.path == path):
        meaning = read_as(forms[slot], responses.get(slot.name, ""))
        if isinstance(meaning, Reading):
            written = exact_number if question.precision.exact else short_decimal
            numbers[slot.step] = written(meaning.value)
    return numbers
