"""A question worked again with own numbers: what was carried to each step, and what the right formula gives.

One replay serves feedback, where everything may be seen, and practice, where nothing may that was not worked yet.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from question_bank.derivations.evaluate import places_of
from question_bank.expressions.expression import references
from question_bank.expressions.latex import latex, number_latex
from question_bank.expressions.names import Name
from question_bank.expressions.operations import Tex
from question_bank.expressions.precision import Places, exact_number, number_of, short_decimal, worked_number
from question_bank.questions.question import Question

Source = Literal["given", "written", "reference", "worked", "hidden"]

_LONGEST_NUMBER = 12
_FEWER_FIGURES = 8
_LARGEST, _SMALLEST = 1e7, 1e-7


@dataclass(frozen=True, slots=True)
class CarriedNumber:
    """A number as it goes into the next formula; `text` is how it is shown there.

    `reference`: nothing was written, so the right value stands in. `worked`: a step without a box of its own, worked
    from what was written. `hidden`: the right value would be an answer, so that the symbol stands in.
    """

    value: float
    text: str
    source: Source

    @property
    def latex(self) -> str:
        """What stands for it in a formula."""
        return self.text if self.source == "hidden" else as_latex(self.text)


class CarriedNumbers:
    """What was carried from step to step; `written` maps a path's slot to its reading, columns already in their places.

    The rule is the marking's (`grader.marking.own`): what stands in the same column, else what another column has, else
    the reference, unless references are to stay `hidden`.
    """

    def __init__(self, question: Question, written: Mapping[str, float], *, hidden: bool = False) -> None:
        self._question = question
        self._hidden = hidden
        self._written = written
        self._slots: defaultdict[Name, list[tuple[int | None, str]]] = defaultdict(list)
        for slot in question.slots:
            if not slot.spare:
                self._slots[slot.step].append((slot.path, slot.name))
        self._known: dict[tuple[Name, int | None], CarriedNumber] = {}

    def carried(self, step: Name, column: int | None) -> CarriedNumber:
        """The number of a step as it is seen from a path's column (None: from outside the columns)."""
        if (step, column) not in self._known:
            self._known[step, column] = self._find(step, column)
        return self._known[step, column]

    def is_own(self, step: Name, column: int | None) -> bool:
        """Whether any number that was written goes into what is carried."""
        source = self.carried(step, column).source
        if source != "worked":
            return source == "written"
        derivation = self._question.derivation
        formula = derivation.step(step).formula
        return formula is not None and any(self.is_own(each, None) for each in references(formula))

    def _find(self, name: Name, column: int | None) -> CarriedNumber:
        question, step = self._question, self._question.derivation.step(name)
        slots = self._slots.get(name, [])
        for _, box in sorted(slots, key=lambda place: place[0] != column):
            if box in self._written:
                text = self._as_written(self._written[box])
                return CarriedNumber(self._written[box], text, "written")
        if self._hidden and slots:
            return CarriedNumber(math.nan, self._question.symbol(name), "hidden")
        if step.role == "given" or slots or step.exact:
            text = question.printed(name)
            source: Source = "given" if step.role == "given" else "reference" if slots else "worked"
            return CarriedNumber(question.value(name), text, source)
        places = places_of(step, question.derivation, question.precision)
        value = self.gives(name, None)
        if value is None and self._hidden:
            return CarriedNumber(math.nan, self._question.symbol(name), "hidden")
        if value is None:
            return CarriedNumber(question.value(name), question.printed(name), "reference")
        return CarriedNumber(value, shown_value(value, places), "worked")

    def _as_written(self, value: float) -> str:
        return exact_number(value) if self._question.precision.exact else plain_number(value)

    def gives(self, step: Name, column: int | None) -> float | None:
        """What the right formula gives over the carried numbers; None where that is no finite number."""
        derivation = self._question.derivation
        program = derivation.program_of(derivation.index[step])
        points = {
            position: np.asarray(self.carried(derivation.steps[position].name, column).value)
            for position in program.reads
        }
        with np.errstate(all="ignore"):
            value = float(np.ravel(program.values(points))[0])
        return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Worked:
    """A step with own numbers: its formula, the numbers that were carried put in, and what they give.

    Formulas are LaTeX. `symbols` is None for a bare number, `numbers` where it would only repeat another part, `gives`
    where nothing finite comes out or something hidden goes in. `borrowed` are the symbols whose box was empty.
    """

    step: Name
    symbol: str
    symbols: str | None
    numbers: str | None
    relation: Literal["=", "≈"]
    gives: str | None
    value: float | None
    borrowed: tuple[str, ...]


def worked_again(question: Question, step: Name, paper: CarriedNumbers, path: int | None) -> Worked:
    """One step of the replay, as it is seen from a path's column."""
    formula = question.derivation.shown(step)
    assert formula is not None  # no box asks for a given
    carried = {read: paper.carried(read, path) for read in references(formula)}
    symbols = latex(formula, question.symbol)
    numbers = latex(formula, lambda read: carried[read].latex)
    # Rounded givens do not give the model's last digit: where nothing of the student's goes in, the model's stands.
    own = any(paper.is_own(read, path) for read in references(formula))
    hidden = any(number.source == "hidden" for number in carried.values())
    value = None if hidden else paper.gives(step, path) if own else question.value(step)
    rounded = question.precision.exact or not question.derivation.step(step).exact
    places = question.places(step) if rounded else None
    gives = None if value is None else shown_value(value, places)
    shown = None if gives is None else number_of(gives)
    exact = shown is not None and value is not None and (shown == 0 or math.isclose(shown, value, rel_tol=1e-12))
    copied = gives is not None and (numbers == number_latex(gives) or (_is_number(numbers) and float(numbers) == shown))
    return Worked(
        step=step,
        symbol=question.symbol(step),
        symbols=None if _is_number(symbols) else symbols,
        numbers=None if copied or numbers == symbols else numbers,
        relation="=" if exact else "≈",
        gives=gives,
        value=value,
        borrowed=tuple(
            question.symbol(read) for read, each in carried.items() if each.source in ("reference", "hidden")
        ),
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
    return plain_number(value) if places is None else worked_number(value, places.format(value))


def as_latex(text: str) -> str:
    r"""A number's LaTeX; one in powers of ten gets parentheses, so that it can stand anywhere in a formula.

    >>> as_latex("-0.5"), as_latex("-3e-12")
    ('-0.5', '\\left(-3 \\cdot 10^{-12}\\right)')
    """
    mantissa, e, exponent = text.partition("e")
    power = f"{mantissa} {Tex.times} {Tex.power.format(int(exponent))}" if e else ""
    return power.join(Tex.parentheses) if e else text
