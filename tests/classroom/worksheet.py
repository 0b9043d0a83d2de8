"""A sheet of any recipe, worked from the first box to the last by the formulas that stand on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from random import Random

from question_bank.expressions.expression import Expression, Ref
from question_bank.expressions.names import Name
from question_bank.questions.question import Question
from tests.classroom.rounding import Rounding, short
from tests.classroom.trees import Number, whole
from tests.classroom.trees import work as work_out
from tests.classroom.working import Pen, Unworkable

_LARGEST = 1e5
"""Nobody goes on with more."""

_DECIMALS = 9

_BARE = (0.0, 1.0, -1.0)
"""What rests on such a number, if nothing explains it, is another kind of sheet."""


@dataclass(frozen=True, eq=False)
class Paper:
    """A sheet with nothing on it: what each box asks for, and how it is worked from printed numbers and other boxes."""

    question: Question

    @cached_property
    def boxes(self) -> tuple[str, ...]:
        return tuple(slot.name for slot in self.question.slots if not slot.spare)

    @cached_property
    def step(self) -> dict[str, Name]:
        return {slot.name: slot.step for slot in self.question.slots if not slot.spare}

    @cached_property
    def role(self) -> dict[str, str]:
        return {box: self.question.derivation.step(step).role for box, step in self.step.items()}

    @cached_property
    def formula(self) -> dict[Name, Expression]:
        asked = frozenset(self.step.values())
        return {step: whole(self.question.derivation, step, asked) for step in self.step.values()}

    @cached_property
    def printed(self) -> dict[Name, Number]:
        return {given: self.number(self.question.value(given)) for given in self.question.derivation.givens}

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The boxes of numbers: in the others a tick stands, or which line is wrong."""
        forms = zip(self.question.slots, self.question.derivation.forms, strict=True)
        return frozenset(slot.name for slot, form in forms if form == "number" and not slot.spare)

    @cached_property
    def worked(self) -> tuple[str, ...]:
        """Boxes whose number is more than the copy of a printed one, or a 0 or 1 of itself."""
        bare = {*_BARE, *map(float, self.printed.values())}
        return tuple(
            box
            for box in self.boxes
            if box in self.numbers
            and not isinstance(self.formula[self.step[box]], Ref)
            and self.question.value(self.step[box]) not in bare
        )

    @property
    def exact(self) -> bool:
        return self.question.precision.exact

    def number(self, value: float) -> Number:
        return Fraction(value).limit_denominator(10**9) if self.exact else value

    def text(self, box: str, value: Number, rounding: Rounding) -> str:
        if box not in self.numbers:
            return f"{float(value):g}"
        if self.exact:
            decimal = round(float(value), _DECIMALS)
            return short(decimal) if Fraction(repr(decimal)) == value else f"{Fraction(value)}"
        if value == round(float(value), 1):
            return f"{float(value) + 0.0:g}"
        return rounding.text(float(value), str(self.question.places(self.step[box])))


@dataclass(frozen=True)
class Ways:
    """How somebody works."""

    rounding: Rounding = field(default_factory=Rounding)
    reading: Mapping[Name, Number] = field(default_factory=dict)
    formulas: Mapping[Name, Expression] = field(default_factory=dict)
    """What is worked in the place of some boxes' formulas."""
    factor: Mapping[Name, float] = field(default_factory=dict)
    """By how much some boxes are miscalculated."""
    taken: Mapping[Name, Number] = field(default_factory=dict)
    """What is written without any work."""
    blank: frozenset[str] = frozenset()
    pen: Mapping[str, Pen] = field(default_factory=dict)
    from_slips: bool = False


@dataclass(frozen=True)
class Handed:
    """What stands in the boxes, and in which of them something went wrong."""

    written: dict[str, str]
    struck: frozenset[str] = frozenset()


def read_text(text: str) -> float:
    return float(Fraction(text)) if "/" in text else float(text)


def work(paper: Paper, ways: Ways, rng: Random) -> Handed:
    """Work all boxes in their order; raises Unworkable."""
    try:
        return _worked(paper, ways, rng)
    except (ArithmeticError, KeyError, ValueError, TypeError) as error:
        raise Unworkable from error


def _worked(paper: Paper, ways: Ways, rng: Random) -> Handed:
    carried: dict[Name, Number] = dict(ways.taken)
    in_column: dict[tuple[str, Name], Number] = {}
    texts: dict[str, str] = {}
    struck = set()

    def reading(box: str, numbers: Mapping[Name, Number]) -> Callable[[Name], Number]:
        column = _column(box)

        def look(name: Name) -> Number:
            found = in_column.get((column, name), carried.get(name))
            return numbers[name] if found is None else found

        return look

    for box in paper.boxes:
        step = paper.step[box]
        again = next((each for each in texts if paper.step[each] == step), None)
        value: Number
        if step in ways.taken or again is not None:
            value = right = carried[step]
        else:
            value = work_out(
                ways.formulas.get(step, paper.formula[step]), reading(box, {**paper.printed, **ways.reading})
            )
            value = value * paper.number(ways.factor[step]) if step in ways.factor else value
            right = work_out(paper.formula[step], reading(box, paper.printed))
        if not abs(float(value)) <= _LARGEST:
            raise Unworkable
        if (step in ways.formulas or step in ways.factor) and float(value) in _BARE:
            raise Unworkable
        text = "" if box in ways.blank else paper.text(box, value, ways.rounding)
        if again is not None and again in struck and (ways.from_slips or again not in ways.pen):
            struck.add(box)
        if box in ways.pen:
            text = _slipped(ways.pen[box], text, list(texts.values())[-1:], rng)
            struck.add(box)
            value = paper.number(read_text(text)) if ways.from_slips else value
        elif text and read_text(text) != read_text(paper.text(box, right, ways.rounding)):
            struck.add(box)
        texts[box] = text
        plain = bool(text) and (box not in ways.pen or ways.from_slips) and not paper.exact
        value = read_text(text) if plain and not ways.rounding.memory else value
        in_column[_column(box), step] = value
        if again is None:
            carried[step] = value
    return Handed(texts, frozenset(struck))


def _column(box: str) -> str:
    return box.partition(".")[0] if box.startswith("path_") else ""


def _slipped(pen: Pen, text: str, beside: list[str], rng: Random) -> str:
    for _ in range(8):
        new = pen(text, beside, rng)
        try:
            if read_text(new) != read_text(text) and read_text(new) not in _BARE:
                return new
        except (ValueError, ZeroDivisionError):
            continue
    raise Unworkable
