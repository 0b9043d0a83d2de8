"""The student's paper: for every step the number that was carried on, as it was written down."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from question_bank.evaluate import places_of
from question_bank.expression import references
from question_bank.precision import Places
from question_bank.program import Program
from question_bank.question import Question, short_decimal

Source = Literal["given", "written", "reference", "worked"]

_LONGEST_NUMBER = 12
_FEWER_FIGURES = 8
_LARGEST, _SMALLEST = 1e7, 1e-7


@dataclass(frozen=True, slots=True)
class Carried:
    """A number as it goes into the next formula; `text` is how it is shown there.

    `reference`: nothing was written, so the right value stands in. `worked`: a step without a box of its own, worked
    from what was written.
    """

    value: float
    text: str
    source: Source


class Paper:
    """What was carried from step to step; `written` maps a path's slot to its reading, columns already in their places.

    The rule is the marking's (`grader.marking.own`): what stands in the same column, else what another column has, else
    the reference.
    """

    def __init__(self, question: Question, written: Mapping[str, float]) -> None:
        self._question = question
        self._written = written
        self._slots: defaultdict[str, list[tuple[int | None, str]]] = defaultdict(list)
        paths = len(question.derivation.paths)
        for slot in question.slots:
            if slot.path is None or slot.path <= paths:
                self._slots[slot.step].append((slot.path, slot.name))
        self._known: dict[tuple[str, int | None], Carried] = {}

    def carried(self, key: str, column: int | None) -> Carried:
        """The number of a step as it is seen from a path's column (None: from outside the columns)."""
        if (key, column) not in self._known:
            self._known[key, column] = self._find(key, column)
        return self._known[key, column]

    def is_own(self, key: str, column: int | None) -> bool:
        """Whether any number that was written goes into what is carried."""
        source = self.carried(key, column).source
        if source != "worked":
            return source == "written"
        derivation = self._question.derivation
        formula = derivation.step(key).formula
        return formula is not None and any(self.is_own(each, None) for each in references(formula))

    def _find(self, key: str, column: int | None) -> Carried:
        question, step = self._question, self._question.derivation.step(key)
        slots = self._slots.get(key, [])
        for _, name in sorted(slots, key=lambda slot: slot[0] != column):
            if name in self._written:
                text = plain_number(self._written[name])
                return Carried(self._written[name], text, "written")
        if step.role == "given" or slots or step.exact:
            text = question.printed(key)
            source: Source = "given" if step.role == "given" else "reference" if slots else "worked"
            return Carried(question.value(key), text, source)
        places = places_of(step, question.derivation, question.precision)
        value = self.gives(key, None)
        if value is None:
            return Carried(question.value(key), question.printed(key), "reference")
        return Carried(value, shown_value(value, places), "worked")

    def gives(self, key: str, column: int | None) -> float | None:
        """What the right formula gives over the carried numbers; None where that is no finite number."""
        derivation = self._question.derivation
        program = derivation.programs[derivation.index[key]]
        assert isinstance(program, Program)  # a given has no formula to put numbers into
        points = {
            position: np.asarray(self.carried(derivation.steps[position].key, column).value)
            for position in program.reads
        }
        with np.errstate(all="ignore"):
            value = float(np.ravel(program.values(points))[0])
        return value if math.isfinite(value) else None


def plain_number(value: float) -> str:
    """A reading as a person writes it: the digits that it has, or eight figures of an endless one.

    >>> plain_number(0.4501), plain_number(2 / 3), plain_number(-3e-12)
    ('0.4501', '0.66666667', '-3e-12')
    """
    if value and not _SMALLEST <= abs(value) < _LARGEST:
        return f"{value:.5g}"
    text = short_decimal(value)
    return text if len(text.lstrip("-")) <= _LONGEST_NUMBER else short_decimal(float(f"{value:.{_FEWER_FIGURES}g}"))


def shown_value(value: float, places: Places | None) -> str:
    """A worked value in the places that are asked, or in powers of ten where those would fill the line."""
    if abs(value) >= _LARGEST or 0 < abs(value) < _SMALLEST:
        return f"{value:.5g}"
    return plain_number(value) if places is None else places.format(value)


def as_latex(text: str) -> str:
    r"""A number's LaTeX; one in powers of ten gets parentheses, so that it can stand anywhere in a formula.

    >>> as_latex("-0.5"), as_latex("-3e-12")
    ('-0.5', '\\left(-3 \\cdot 10^{-12}\\right)')
    """
    mantissa, e, exponent = text.partition("e")
    return rf"\left({mantissa} \cdot 10^{{{int(exponent)}}}\right)" if e else text
