"""Givens that simulated students take for other numbers than are printed, and terms of sums that they overlook."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from grader.simulation.working import Strike
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import Call, Const, Expression, references
from question_bank.networks.dense import Architecture, weight_key
from question_bank.networks.names import symbol
from question_bank.questions.question import Question

_ATTEMPTS = 12

Readings = Mapping[str, float]
Misread = Callable[[Question, random.Random], Readings]
"""Given → what it is read as; it may be what is printed."""


def _matrix(architecture: Architecture, layer: int) -> list[str]:
    """A layer's weights in the order in which they are printed, row by row."""
    below = architecture.units(layer - 1)
    return [weight_key(layer, to, source) for to in architecture.units(layer) for source in below]


def _row(architecture: Architecture, layer: int, to: int) -> list[str]:
    return [weight_key(layer, to, source) for source in architecture.units(layer - 1)]


def _layers(architecture: Architecture) -> range:
    return range(1, architecture.layers + 1)


def unsigned_weights(question: Question, rng: random.Random) -> Readings:
    """The minus signs of all weights, of one matrix or of one row are overlooked."""
    architecture = question.derivation.architecture
    layer = rng.choice(_layers(architecture))
    everywhere = [key for each in _layers(architecture) for key in _matrix(architecture, each)]
    row = _row(architecture, layer, rng.choice(architecture.units(layer)))
    keys = rng.choice((everywhere, everywhere, _matrix(architecture, layer), row))
    return {key: abs(question.value(key)) for key in keys}


def unsigned_inputs(question: Question, rng: random.Random) -> Readings:
    """The minus signs of the inputs are overlooked."""
    return {f"x_{n}": abs(question.value(f"x_{n}")) for n in question.derivation.architecture.units(0)}


def matrix_by_columns(question: Question, rng: random.Random) -> Readings:
    """A matrix is read column by column: where it is square, that is transposed."""
    architecture = question.derivation.architecture
    layer = rng.choice(_layers(architecture))
    printed = iter(_matrix(architecture, layer))
    places = [(to, source) for source in architecture.units(layer - 1) for to in architecture.units(layer)]
    return {weight_key(layer, to, source): question.value(next(printed)) for to, source in places}


def row_taken_twice(question: Question, rng: random.Random) -> Readings:
    """A unit gets the weights of another one of its layer."""
    architecture = question.derivation.architecture
    layer = rng.choice(_layers(architecture))
    to, other = rng.choice(architecture.units(layer)), rng.choice(architecture.units(layer))
    pairs = zip(_row(architecture, layer, to), _row(architecture, layer, other), strict=True)
    return {key: question.value(taken) for key, taken in pairs}


def number_beside(question: Question, rng: random.Random) -> Readings:
    """One input or weight is taken for the one printed beside it."""
    architecture = question.derivation.architecture
    matrices = [_matrix(architecture, layer) for layer in _layers(architecture)]
    keys = rng.choice([[f"x_{n}" for n in architecture.units(0)], *matrices])
    at = rng.randrange(len(keys))
    beside = [keys[place] for place in (at - 1, at + 1) if 0 <= place < len(keys)]
    return {keys[at]: question.value(rng.choice(beside))} if beside else {}


def one_number(question: Question, rng: random.Random) -> Readings:
    """The sign or a digit of one number is misread."""
    keys = [key for key in question.derivation.givens if symbol(key).letter in ("w", "x", "b")]
    key = rng.choice(keys)
    text = question.printed(key)
    if rng.random() < 0.5:
        return {key: -question.value(key)}
    digits = [at for at, char in enumerate(text) if char in "123456789"]
    if not digits:
        return {}
    at = rng.choice(digits)
    return {key: float(text[:at] + rng.choice("123456789") + text[at + 1 :])}


def misread_numbers(misread: Misread) -> Callable[[Question, random.Random], Readings | None]:
    """What of a question is read wrongly; None where nothing is."""

    def readings(question: Question, rng: random.Random) -> Readings | None:
        for _ in range(_ATTEMPTS):
            found = misread(question, rng)
            wrong = {key: value for key, value in found.items() if value != question.value(key)}
            if wrong:
                return wrong
        return None

    return readings


def _strike(derivation: Derivation, shortened: Mapping[int, Expression]) -> tuple[Strike, ...] | None:
    if not shortened:
        return None
    return (Strike("", {at: derivation.program(formula) for at, formula in shortened.items()}),)


def _sums(derivation: Derivation) -> list[int]:
    """Positions of the pre-activations that are worked out."""
    return [at for at, step in enumerate(derivation.steps) if step.kind == "preactivation" and step.formula is not None]


def _terms(formula: Expression | None) -> Sequence[Expression]:
    return formula.arguments if isinstance(formula, Call) and formula.operation == "add" else ()


def term_left_out(derivation: Derivation, rng: random.Random) -> tuple[Strike, ...] | None:
    """The same term of every sum of one layer is overlooked."""
    sums = [at for at in _sums(derivation) if len(_terms(derivation.steps[at].formula)) > 1]
    if not sums:
        return None
    layer = _layer(derivation, rng.choice(sums))
    place = rng.randrange(60)
    shortened = {}
    for at in sums:
        if _layer(derivation, at) == layer:
            terms = _terms(derivation.steps[at].formula)
            left = place % len(terms)
            shortened[at] = _sum([term for number, term in enumerate(terms) if number != left])
    return _strike(derivation, shortened)


def row_left_out(derivation: Derivation, rng: random.Random) -> tuple[Strike, ...] | None:
    """No weight of one unit is seen: nothing but its bias arrives there."""
    sums = _sums(derivation)
    if not sums:
        return None
    at = rng.choice(sums)
    bias = [
        term
        for term in _terms(derivation.steps[at].formula)
        if all(symbol(key).letter == "b" for key in references(term))
    ]
    return _strike(derivation, {at: _sum(bias)})


def _layer(derivation: Derivation, at: int) -> int | None:
    return symbol(derivation.steps[at].key).layer


def _sum(terms: Sequence[Expression]) -> Expression:
    return Call("add", tuple(terms)) if len(terms) > 1 else terms[0] if terms else Const(0.0)
