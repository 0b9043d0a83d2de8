"""How hard a question's numbers are to work with by hand: a score from 0 to 1.

The score is the mean of four parts, each from 0 (nothing of it) to 1:

| part | from | as |
|---|---|---|
| paths | n paths | (n - 1) / n |
| signs | the numbers to be multiplied | share of those below 0 |
| digits | their d significant digits, as they stand on the sheet | d / (d + 60) |
| cancellation | the paths' products | 1 - abs(their sum) / sum of their magnitudes |

In a table n is the most paths of anything asked for, and of the sums on the way back the one that cancels most counts.
Where paths are to be counted n is their number.

60 digits are about those of a 4-4-2 network's forward pass, or of the columns of four long paths.

To be multiplied are the factors of each path, or of each term of a table, and, where the forward pass is asked, what
its weighted sums multiply, and where updates follow each other what these do; a number in two products counts twice.
Trailing zeros of a given number are no digits; those of a recorded one are, since the sheet asks for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.steps import Step
from question_bank.expressions.expression import Call, Expression, Ref, references
from question_bank.expressions.names import Name
from question_bank.expressions.precision import Array, Precision

_HALF_DIGITS = 60.0
_DECIMALS_OF_GIVENS = 4
_SUMS = ("preactivation", "operation", "function_slope", "score", "mixture")
"""Kinds of forward steps that multiply."""
_TABULATED = 100_000
"""Whole numbers whose digits are looked up."""


def difficulty_score(
    derivation: Derivation, values: Sequence[Array], precision: Precision, cancellation: Array
) -> Array:
    """The score of each question: values are columns (batch,), `cancellation` the ratio of sum to magnitudes.

    >>> from question_bank.questions.draws import draw
    >>> from question_bank.questions.recipe import load_recipe
    >>> one, two = (draw(load_recipe(name), [b"a"])[0].certificate["difficulty"] for name in ("first", "two-paths"))
    >>> 0 < one < two < 1
    True
    """
    negatives, digits = np.zeros(np.shape(values[0])), np.zeros(np.shape(values[0]))
    multiplied = _multiplied(derivation)
    for name, times in multiplied.items():
        column = values[derivation.index[name]]
        negatives += times * (column < 0)
        digits += times * _digits(derivation.step(name), column, precision)
    score: Array = 0.25 * (
        (1.0 - 1.0 / _paths(derivation, values))
        + negatives / max(1, sum(multiplied.values()))
        + digits / (digits + _HALF_DIGITS)
        + (1.0 - np.minimum(cancellation, 1.0))
    )
    return score


def _paths(derivation: Derivation, values: Sequence[Array]) -> Array:
    """How many paths a question has; where they are to be counted, as many as there are."""
    counted = [value for step, value in zip(derivation.steps, values, strict=True) if step.kind == "path_count"]
    return np.maximum(counted[0], 1.0) if counted else np.asarray(float(derivation.most_paths))


def _multiplied(derivation: Derivation) -> dict[Name, int]:
    """How often each step is one of the factors of a product that the student works out."""
    found: dict[Name, int] = {}
    for step in derivation.steps:
        if derivation.is_local and step.role == "factor" and step.formula is not None:
            # Nothing is multiplied in the end: what each derivative is worked from has the digits.
            for name in references(step.formula):
                found[name] = found.get(name, 0) + 1
            continue
        back = step.role in ("product", "gradient") and (step.kind == "product" or derivation.backward is not None)
        # Of updates that follow each other each is a part of the work, and not what comes at its end.
        moved = step.role == "update" and bool(derivation.passes)
        if step.formula is None or not (step.kind in _SUMS or back or moved):
            continue
        for name in _factors(step.formula):
            found[name] = found.get(name, 0) + 1
    return found


def _factors(formula: Expression) -> list[Name]:
    if not isinstance(formula, Call):
        return []
    if formula.operation == "mul":
        return [part.name for part in formula.arguments if isinstance(part, Ref)]
    return [name for part in formula.arguments for name in _factors(part)]


def _digits(step: Step, values: Array, precision: Precision) -> Array:
    """Significant digits of a number as it is written: (batch,); 0 has none."""
    places = precision.forward if step.role == "given" else precision.of(step.role)
    exact = step.exact or places.exact
    if not exact and places.kind == "s":
        return np.where(values != 0, float(places.count), 0.0)
    decimals = max(places.count, _DECIMALS_OF_GIVENS) if exact else places.count
    whole = np.rint(np.abs(values) * 10.0**decimals)
    if not exact:
        return _length(whole)
    if np.max(whole, initial=0.0) < _TABULATED:
        return _significant_digits(decimals)[whole.astype(np.intp)]
    return _length(whole) - _zeros_behind(whole, decimals)


def _length(whole: Array) -> Array:
    """Digits of whole numbers; 0 has none."""
    length: Array = np.floor(np.log10(np.maximum(whole, 1.0))) + (whole >= 1.0)
    return length


def _zeros_behind(whole: Array, most: int) -> Array:
    """Zeros at the end of whole numbers above 0, up to so many."""
    zeros = np.zeros(np.shape(whole))
    for power in range(1, most + 1):
        zeros += (whole > 0) & (np.mod(whole, 10.0**power) == 0)
    return zeros


@cache
def _significant_digits(decimals: int) -> Array:
    """Digits but zeros at the end, of the whole numbers that are tabulated: givens have few digits."""
    whole = np.arange(_TABULATED, dtype=np.float64)
    return _length(whole) - _zeros_behind(whole, decimals)
