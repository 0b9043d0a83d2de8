"""Candidates: what numbers a question might have, from a counter-based generator.

Candidate i of a key is a function of the key and i alone (Philox, Salmon et al. 2011), never of who else is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import printed_lines, value_columns
from question_bank.derivations.layout import Layout
from question_bank.expressions.names import Name, Symbol
from question_bank.expressions.precision import Array, Precision
from question_bank.networks.model import Model, givens_of, tables_of
from question_bank.networks.updates import EPSILON
from question_bank.questions.ranges import Grid
from question_bank.questions.recipe import Recipe

_WORDS_A_COUNTER = 4


@dataclass(frozen=True, slots=True)
class NumberSource:
    """Where candidates come from: `columns` makes the givens' columns of random words, (candidates, `words`)."""

    derivation: Derivation
    precision: Precision
    words: int
    columns: Callable[[NDArray[np.uint64]], list[Array]]


def source_of(recipe: Recipe, derivation: Derivation) -> NumberSource:
    """The numbers that a recipe draws for one of its derivations."""
    columns = partial(candidate_givens, recipe, derivation)
    return NumberSource(derivation, recipe.places, word_count(recipe, derivation), columns)


def whole_counts(needed: int) -> int:
    """So many random words at least: a multiple of the four that Philox makes of each count of its counter."""
    return -(-needed // _WORDS_A_COUNTER) * _WORDS_A_COUNTER


def fractions_of(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Random words, (candidates, words), as numbers from 0 to below 1: (words, candidates)."""
    # 53 bits of each word as a fraction: the standard way to a uniform double.
    return (words.T >> np.uint64(11)).astype(np.float64) * 2.0**-53


def word_count(recipe: Recipe, derivation: Derivation) -> int:
    """Random words that one candidate takes."""
    of_update = max(len(recipe.chosen_update.givens), len(derivation.update_givens))
    return whole_counts(sum(1 for _ in recipe.model.givens()) + of_update)


def raw_words(key: bytes, first: int, count: int, words: int) -> NDArray[np.uint64]:
    """The random words of candidates `first` … `first + count - 1` of a key: (count, words)."""
    bits = np.random.Philox(key=int.from_bytes(blake2b(key, digest_size=16, person=b"candidates").digest(), "big"))
    bits.advance(first * words // _WORDS_A_COUNTER)
    return bits.random_raw(count * words).reshape(count, words)


def candidate_givens(recipe: Recipe, derivation: Derivation, words: NDArray[np.uint64]) -> list[Array]:
    """Columns of givens from random words (candidates, words), in the derivation's order."""
    model, ranges = recipe.model, recipe.ranges
    fractions = fractions_of(words)
    givens, targets = list(model.givens()), givens_of(model, "targets")
    columns: dict[Name, Array] = {}
    masks = {some[0]: some for some in _masks(model)}
    distinct = recipe.distinct_inputs()
    if distinct and (grid := recipe.grid_of(distinct[0])) is not None:
        places = [givens.index(given) for given in distinct]
        columns |= zip(distinct, without_repeats(grid, fractions[places]), strict=True)
    for position, given in enumerate(givens):
        if given in columns:
            continue
        if given in masks:
            columns |= zip(masks[given], _mask(model, fractions[position : position + len(masks[given])]), strict=True)
        elif (grid := recipe.grid_of(given)) is not None:
            columns[given] = on_grid(grid, fractions[position])
        else:
            # Of one example's targets one is 1.
            own = [target for target in targets if target.example == given.example]
            columns[given] = one_hot(fractions[givens.index(own[0])], own.index(given), len(own))
    if derivation.update and ranges.learning_rate is not None:
        rate, *others = derivation.update_givens
        columns[rate] = on_grid(ranges.learning_rate, fractions[len(givens)])
        for position, given in enumerate(others, len(givens) + 1):
            assert recipe.update is not None  # a plain step needs no more
            numbers = recipe.update.written(given)
            columns[given] = _on_grid_or_fixed(numbers, fractions[position])
    if derivation.layout.quantity == "quotient":
        assert ranges.epsilon is not None  # asked of the recipe
        columns[EPSILON] = _on_grid_or_fixed(ranges.epsilon, fractions[len(givens)])
    if derivation.solution is not None:
        of_network = [columns[name] for name in derivation.givens[: -len(derivation.lines)]]
        columns |= zip(derivation.givens, printed_lines(derivation, of_network, recipe.places), strict=True)
    if derivation.layout.forward == "given":
        columns |= printed_forward(recipe.places, derivation, columns)
    return [columns[given] for given in derivation.givens]


def _on_grid_or_fixed(numbers: Grid | float, fractions: Array) -> Array:
    return on_grid(numbers, fractions) if isinstance(numbers, Grid) else np.full(np.shape(fractions), numbers)


def on_grid(grid: Grid, fractions: Array) -> Array:
    """A grid's values, each as likely as the next, from numbers from 0 to below 1."""
    return _at(grid, (fractions * len(grid.steps())).astype(np.intp))


def one_hot(fractions: Array, place: int, count: int) -> Array:
    """A target that is 1 where, of so many, the one at its place is drawn, and else 0."""
    drawn: Array = (np.floor(fractions * count) == float(place)).astype(np.float64)
    return drawn


def _masks(model: Model) -> Iterator[list[Symbol]]:
    """The entries of each mask, which lets a unit through at least: of a layer, and of several examples of each."""
    for table in tables_of(model, "masks"):
        examples = dict.fromkeys(entry.example for entry in table.symbols)
        yield from ([entry for entry in table.symbols if entry.example == number] for number in examples)


def _mask(model: Model, fractions: Array) -> Array:
    """A layer's mask of dropout, which lets a unit through at least: 0 and 1 (units, candidates)."""
    keep = model.conventions().keep
    assert keep is not None  # there is a mask
    # Of none the one that came nearest to being kept is.
    through = (fractions < keep) | (fractions == fractions.min(axis=0))
    drawn: Array = through.astype(np.float64)
    return drawn


def _at(grid: Grid, positions: NDArray[np.intp]) -> Array:
    values: Array = np.array(grid.steps(), dtype=np.float64)[positions] / 10.0**grid.decimals
    return values


def without_repeats(grid: Grid, fractions: NDArray[np.float64]) -> list[Array]:
    """A sample without replacement, every ordered one as likely as the next: fractions (inputs, candidates)."""
    count = len(grid.steps())
    chosen: list[NDArray[np.intp]] = []
    for taken, column in enumerate(fractions):
        position = (column * (count - taken)).astype(np.intp)
        # The position is one among the values that are left: step over those taken, the smallest first.
        for before in np.sort(np.array(chosen), axis=0) if chosen else ():
            position += position >= before
        chosen.append(position)
    return [_at(grid, position) for position in chosen]


def printed_forward(places: Precision, derivation: Derivation, columns: dict[Name, Array]) -> dict[Name, Array]:
    """The forward values as the sheet prints them, rounded to the recorded places."""
    plain = derive(derivation.model, derivation.asked, Layout(working=derivation.layout.working))
    values = value_columns(plain, [columns[given] for given in plain.givens])
    return {
        step.name: places.forward.round(value)
        for step, value in zip(plain.steps, values, strict=True)
        if step.role == "forward" and step.name in derivation.index
    }
