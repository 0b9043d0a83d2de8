"""Givens that simulated students take for other numbers than are printed, and terms of sums that they overlook."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from grader.simulation.working import Strike
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import Call, Const, Expression, references
from question_bank.expressions.names import Name, Symbol
from question_bank.networks.model import GivenTable, givens_of, tables_of
from question_bank.questions.question import Question

_ATTEMPTS = 12
_ADDING = ("add", "clean_sum")

TakenGivens = Mapping[Name, float]
HowToMisread = Callable[[Question, random.Random], TakenGivens]
"""Given → what it is read as; it may be what is printed."""


def _matrices(question: Question) -> list[GivenTable]:
    return tables_of(question.derivation.model, "weights")


def _inputs(question: Question) -> list[Symbol]:
    return givens_of(question.derivation.model, "inputs")


def unsigned_weights(question: Question, rng: random.Random) -> TakenGivens:
    """The minus signs of all weights, of one matrix or of one row are overlooked."""
    matrices = _matrices(question)
    if not matrices:
        return {}
    matrix = rng.choice(matrices)
    everywhere = [weight for each in matrices for weight in each.symbols]
    row = list(rng.choice(matrix.cells))
    some = rng.choice((everywhere, everywhere, matrix.symbols, row))
    return {weight: abs(question.value(weight)) for weight in some}


def unsigned_inputs(question: Question, rng: random.Random) -> TakenGivens:
    """The minus signs of the inputs are overlooked."""
    return {given: abs(question.value(given)) for given in _inputs(question)}


def matrix_by_columns(question: Question, rng: random.Random) -> TakenGivens:
    """A matrix is read column by column: where it is square, that is transposed."""
    matrices = _matrices(question)
    if not matrices:
        return {}
    matrix = rng.choice(matrices)
    places = (weight for column in matrix.columns for weight in column)
    return {weight: question.value(printed) for weight, printed in zip(places, matrix.symbols, strict=True)}


def row_taken_twice(question: Question, rng: random.Random) -> TakenGivens:
    """A unit gets the weights of another one of its layer."""
    matrices = _matrices(question)
    if not matrices:
        return {}
    matrix = rng.choice(matrices)
    row, other = rng.choice(matrix.cells), rng.choice(matrix.cells)
    return {weight: question.value(taken) for weight, taken in zip(row, other, strict=True)}


def number_beside(question: Question, rng: random.Random) -> TakenGivens:
    """One input or weight is taken for the one printed beside it."""
    rows = [row for row in (_inputs(question), *(matrix.symbols for matrix in _matrices(question))) if row]
    if not rows:
        return {}
    row = rng.choice(rows)
    at = rng.randrange(len(row))
    beside = [row[place] for place in (at - 1, at + 1) if 0 <= place < len(row)]
    return {row[at]: question.value(rng.choice(beside))} if beside else {}


def one_number(question: Question, rng: random.Random) -> TakenGivens:
    """The sign or a digit of one number is misread."""
    model = question.derivation.model
    own = {*givens_of(model, "weights"), *givens_of(model, "biases"), *givens_of(model, "inputs")}
    numbers = [each for each in question.derivation.givens if each in own]
    if not numbers:
        return {}  # connections are no numbers
    given = rng.choice(numbers)
    text = question.printed(given)
    if rng.random() < 0.5:
        return {given: -question.value(given)}
    digits = [at for at, char in enumerate(text) if char in "123456789"]
    if not digits:
        return {}
    at = rng.choice(digits)
    return {given: float(text[:at] + rng.choice("123456789") + text[at + 1 :])}


def misread_numbers(misread: HowToMisread) -> Callable[[Question, random.Random], TakenGivens | None]:
    """What of a question is read wrongly; None where nothing is."""

    def readings(question: Question, rng: random.Random) -> TakenGivens | None:
        for _ in range(_ATTEMPTS):
            found = misread(question, rng)
            wrong = {given: value for given, value in found.items() if value != question.value(given)}
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


def _formula(derivation: Derivation, at: int) -> Expression:
    return derivation.steps[at].formula or Const(0.0)


def _terms(formula: Expression | None) -> Sequence[Expression]:
    return formula.arguments if isinstance(formula, Call) and formula.operation in _ADDING else ()


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
    """No weight of one unit is seen: nothing but its bias arrives there. It has several, which are its own."""
    weights: set[Name] = {*givens_of(derivation.model, "weights")}
    rows = {at: weights.intersection(references(_formula(derivation, at))) for at in _sums(derivation)}
    readers = Counter(weight for row in rows.values() for weight in row)
    biases: set[Name] = set(givens_of(derivation.model, "biases"))
    arriving = {
        at: [term for term in _terms(_formula(derivation, at)) if biases.issuperset(references(term))]
        for at, row in rows.items()
        if len(row) > 1 and all(readers[weight] == 1 for weight in row)
    }
    # Nobody takes the network's own output for 0.
    outputs: tuple[Name, ...] = derivation.graph.outputs
    sums = [at for at, bias in arriving.items() if bias or derivation.steps[at].name not in outputs]
    if not sums:
        return None
    at = rng.choice(sums)
    return _strike(derivation, {at: _sum(arriving[at])})


def _layer(derivation: Derivation, at: int) -> int | None:
    name = derivation.steps[at].name
    return derivation.model.layer_of(name) if isinstance(name, Symbol) else None


def _sum(terms: Sequence[Expression]) -> Expression:
    return Call("add", tuple(terms)) if len(terms) > 1 else terms[0] if terms else Const(0.0)
