"""Givens that simulated students take for other numbers than are printed, and terms of sums that they overlook."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from grader.simulation.working import Strike
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import Call, Const, Expression, references
from question_bank.networks.model import GivenTable, keys_of, tables_of
from question_bank.questions.question import Question

_ATTEMPTS = 12

Readings = Mapping[str, float]
Misread = Callable[[Question, random.Random], Readings]
"""Given → what it is read as; it may be what is printed."""


def _matrices(question: Question) -> list[GivenTable]:
    return tables_of(question.derivation.model, "weights")


def _inputs(question: Question) -> list[str]:
    return keys_of(question.derivation.model, "inputs")


def unsigned_weights(question: Question, rng: random.Random) -> Readings:
    """The minus signs of all weights, of one matrix or of one row are overlooked."""
    matrices = _matrices(question)
    matrix = rng.choice(matrices)
    everywhere = [key for each in matrices for key in each.keys]
    row = list(rng.choice(matrix.cells))
    keys = rng.choice((everywhere, everywhere, matrix.keys, row))
    return {key: abs(question.value(key)) for key in keys}


def unsigned_inputs(question: Question, rng: random.Random) -> Readings:
    """The minus signs of the inputs are overlooked."""
    return {key: abs(question.value(key)) for key in _inputs(question)}


def matrix_by_columns(question: Question, rng: random.Random) -> Readings:
    """A matrix is read column by column: where it is square, that is transposed."""
    matrix = rng.choice(_matrices(question))
    places = (key for column in matrix.columns for key in column)
    return {key: question.value(printed) for key, printed in zip(places, matrix.keys, strict=True)}


def row_taken_twice(question: Question, rng: random.Random) -> Readings:
    """A unit gets the weights of another one of its layer."""
    matrix = rng.choice(_matrices(question))
    row, other = rng.choice(matrix.cells), rng.choice(matrix.cells)
    return {key: question.value(taken) for key, taken in zip(row, other, strict=True)}


def number_beside(question: Question, rng: random.Random) -> Readings:
    """One input or weight is taken for the one printed beside it."""
    keys = rng.choice([_inputs(question), *(matrix.keys for matrix in _matrices(question))])
    at = rng.randrange(len(keys))
    beside = [keys[place] for place in (at - 1, at + 1) if 0 <= place < len(keys)]
    return {keys[at]: question.value(rng.choice(beside))} if beside else {}


def one_number(question: Question, rng: random.Random) -> Readings:
    """The sign or a digit of one number is misread."""
    model = question.derivation.model
    own = {*keys_of(model, "weights"), *keys_of(model, "biases"), *keys_of(model, "inputs")}
    key = rng.choice([key for key in question.derivation.givens if key in own])
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
    biases = set(keys_of(derivation.model, "biases"))
    bias = [term for term in _terms(derivation.steps[at].formula) if biases.issuperset(references(term))]
    return _strike(derivation, {at: _sum(bias)})


def _layer(derivation: Derivation, at: int) -> int | None:
    return derivation.model.layer_of(derivation.steps[at].key)


def _sum(terms: Sequence[Expression]) -> Expression:
    return Call("add", tuple(terms)) if len(terms) > 1 else terms[0] if terms else Const(0.0)
