"""A question: a derivation plus one draw of givens, with every value, its honest range, and its certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from question_bank.derivations.derivation import Derivation, Slot
from question_bank.derivations.evaluate import evaluate, honest_ranges, places_of
from question_bank.expressions.expression import Ref
from question_bank.expressions.latex import latex
from question_bank.expressions.names import Name, Symbol, as_name, is_line
from question_bank.expressions.precision import Array, Places, Precision, given_number, worked_number
from question_bank.networks.notation import plain_target, target_symbol


@dataclass(frozen=True, eq=False)
class Question:
    """One question; `values`, `low` and `high` are (steps,) in the derivation's order.

    A step may be asked for by its name or by its key.
    """

    derivation: Derivation
    precision: Precision
    values: Array
    low: Array
    high: Array
    certificate: Mapping[str, object] | None = None

    def value(self, step: Name | str) -> float:
        """The reference value of a step."""
        return float(self.values[self.derivation.index[as_name(step)]])

    def range(self, step: Name | str) -> tuple[float, float]:
        """The honest range of a step."""
        position = self.derivation.index[as_name(step)]
        return float(self.low[position]), float(self.high[position])

    def places(self, step: Name | str) -> Places:
        """The places that a slot of this step asks for (an exact step is asked like the others of its role)."""
        asked = self.derivation.step(step)
        found = places_of(asked, self.derivation, self.precision)
        role = asked.printed_as or "forward" if asked.role == "given" else asked.role
        return found or self.precision.of(role)

    def printed(self, step: Name | str) -> str:
        """A value as the sheet shows it: givens in their own short decimals, the rest in the recorded places.

        Forward values that are given have the recorded places too, and what copies a given is printed as it is.
        """
        asked, value = self.derivation.step(step), self.value(step)
        if isinstance(asked.formula, Ref) and asked.exact:
            return self.printed(asked.formula.name)
        recorded = self.places(step).format(value)
        if self.precision.exact:
            return recorded
        rounded = asked.printed_as is not None and float(recorded) == value and not self._copies(asked.name)
        return recorded if rounded or not asked.exact else given_number(value)

    def worked(self, step: Name | str) -> str:
        """A value as a worked solution shows it: as it is printed, but no row of zeros for what is 0 or next to it."""
        return worked_number(self.value(step), self.printed(step))

    def _copies(self, name: Name) -> bool:
        """Whether it is a line that only copies a given, or should: nobody must tell by its zeros which."""
        derivation = self.derivation
        return isinstance(name, Symbol) and is_line(name) and derivation.lines[name.index[0] - 1].exact

    def numbers_latex(self, step: Name | str) -> str:
        """The step's formula with the numbers of a worked solution put in."""
        formula = self.derivation.shown(step)
        return "" if formula is None else latex(formula, self.worked)

    def formula_latex(self, step: Name | str) -> str:
        """The step's formula in symbols."""
        formula = self.derivation.shown(step)
        with self.derivation.naming():
            return "" if formula is None else latex(formula, self._symbol)

    def symbol(self, step: Name | str) -> str:
        """The step's own symbol as LaTeX."""
        with self.derivation.naming():
            return self._symbol(step)

    def _symbol(self, step: Name | str) -> str:
        derivation = self.derivation
        return target_symbol(derivation.shown_as(as_name(step)), derivation.parameter, derivation.graph.loss)

    def plain(self, step: Name | str) -> str:
        """The step's own symbol as plain text."""
        derivation = self.derivation
        with derivation.naming():
            return plain_target(derivation.shown_as(as_name(step)), derivation.parameter, derivation.graph.loss)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Where the student writes, in the order of working."""
        return self.derivation.slots


def solve(
    derivation: Derivation, givens: Mapping[str, float] | Mapping[Symbol, float], precision: Precision | None = None
) -> Question:
    """A derivation solved on numbers: every value and honest range; without a precision ranges are points.

    The givens are by their symbols or by their keys. Raises KeyError for one that is missing.

    >>> from question_bank import Dense, derive
    >>> network = Dense((1, 1), ("linear",), "squared_error")
    >>> solve(derive(network, "w1_11"), {"x_1": 3.0, "w1_11": 2.0, "y_1": 5.0}).value("gradient")
    6.0
    """
    by_key = {given if isinstance(given, str) else given.key: number for given, number in givens.items()}
    row = np.array([[float(by_key[given.key]) for given in derivation.givens]])
    values = evaluate(derivation, row)[0]
    chosen = precision or EXACT
    if precision is None:
        return Question(derivation, chosen, values, values, values)
    low, high = honest_ranges(derivation, row, precision)
    return Question(derivation, precision, values, low[0], high[0])


_DIGITS = Places(12, "s")
EXACT = Precision(_DIGITS, _DIGITS, _DIGITS, _DIGITS, _DIGITS)
"""How values are shown where no precision is asked."""
