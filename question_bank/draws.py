"""Drawing: candidates from a counter-based generator, the first certified one taken.

Candidate i of a key is a function of the key and i alone (Philox, Salmon et al. 2011), never of who else is drawn.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from question_bank.certification import Certified, certify, mistake_names
from question_bank.derivation import Derivation, Layout, derive
from question_bank.errors import DrawError
from question_bank.evaluate import honest_ranges, value_columns
from question_bank.precision import Array
from question_bank.question import Question
from question_bank.recipe import Grid, Recipe

CANDIDATE_LIMIT = 20_000
_FIRST_BLOCK = 16
_BATCH = 16_384
_WORDS_A_COUNTER = 4

Quantity = Literal["gradient", "updated"]


def draw(
    recipe: Recipe,
    keys: Sequence[bytes],
    *,
    parameter: str = "any",
    quantity: Quantity = "gradient",
    paths: Literal["given", "find"] = "given",
    name: str = "",
    progress: Callable[[int], None] = lambda count: None,
) -> list[Question]:
    """One certified question for each key, in their order.

    `progress` is told how many questions have been found since it was last called. Raises RecipeError for a
    parameter that the recipe cannot ask for, DrawError if a key's candidates run out.

    >>> from question_bank.recipe import load_recipe
    >>> one, again = draw(load_recipe("first"), [b"a", b"a"])
    >>> one.value("gradient") == again.value("gradient")
    True
    """
    groups: defaultdict[Derivation, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        chosen = parameter if parameter != "any" else _any_parameter(recipe, key)
        groups[recipe.derivation(chosen, quantity, paths)].append(number)
    found: dict[int, Question] = {}
    for derivation, numbers in groups.items():
        questions = _draw_group(recipe, derivation, [keys[n] for n in numbers], name or recipe.title, progress)
        found |= dict(zip(numbers, questions, strict=True))
    return [found[number] for number in range(len(keys))]


def _any_parameter(recipe: Recipe, key: bytes) -> str:
    parameters = recipe.parameters()
    return parameters[
        int.from_bytes(blake2b(key, digest_size=8, person=b"parameter").digest(), "big") % len(parameters)
    ]


@dataclass
class _Found:
    candidate: int
    givens: list[float]
    certificate: dict[str, object]


def _draw_group(
    recipe: Recipe,
    derivation: Derivation,
    keys: Sequence[bytes],
    name: str,
    progress: Callable[[int], None],
) -> list[Question]:
    found: dict[int, _Found] = {}
    rejections: Counter[str] = Counter()
    tried, first, block = 0, 0, _FIRST_BLOCK
    while len(found) < len(keys):
        waiting = [number for number in range(len(keys)) if number not in found]
        if first >= CANDIDATE_LIMIT:
            raise DrawError(name, tried, rejections)
        for start in range(0, len(waiting), max(1, _BATCH // block)):
            some = waiting[start : start + max(1, _BATCH // block)]
            words = np.concatenate([raw_words(keys[number], first, block, word_count(recipe)) for number in some])
            givens = candidate_givens(recipe, derivation, words)
            result = certify(derivation, givens, recipe.places, recipe.fairness, recipe.difficulty)
            tried += len(words)
            rejections.update(result.rejections)
            before = len(found)
            for place, row in enumerate(result.rows):
                number = some[row // block]
                if number not in found:
                    candidate = first + int(row % block)
                    numbers = [float(column[row]) for column in givens]
                    found[number] = _Found(candidate, numbers, _certificate(derivation, result, place, candidate))
            progress(len(found) - before)
        first += block
        block = min(2 * block, _BATCH)
    return _questions(recipe, derivation, [found[number] for number in range(len(keys))])


def _questions(recipe: Recipe, derivation: Derivation, found: Sequence[_Found]) -> list[Question]:
    rows = np.array([one.givens for one in found])
    values = np.stack(value_columns(derivation, [np.ascontiguousarray(column) for column in rows.T])).T
    low, high = honest_ranges(derivation, rows, recipe.places)
    return [
        Question(derivation, recipe.places, values[i], low[i], high[i], one.certificate) for i, one in enumerate(found)
    ]


def _certificate(derivation: Derivation, result: Certified, place: int, candidate: int) -> dict[str, object]:
    names = mistake_names(derivation)
    return {
        "candidate": candidate,
        "narrowest": float(result.narrowest[place]),
        "widest": float(result.widest[place]),
        "mistakes": len(names),
        "nearest_mistake": names[int(result.nearest[place])] if names else None,
        "nearest_units": float(result.nearest_gap[place]),
        "cancellation": float(result.cancellation[place]),
        "negatives": int(result.negatives[place]),
        "paths": len(derivation.paths),
    }


def word_count(recipe: Recipe) -> int:
    """Random words that one candidate takes, a multiple of what one count of the generator gives."""
    architecture = recipe.architecture
    needed = sum(1 for _ in architecture.givens()) + 1
    return -(-needed // _WORDS_A_COUNTER) * _WORDS_A_COUNTER


def raw_words(key: bytes, first: int, count: int, words: int) -> NDArray[np.uint64]:
    """The random words of candidates `first` … `first + count - 1` of a key: (count, words)."""
    bits = np.random.Philox(key=int.from_bytes(blake2b(key, digest_size=16, person=b"candidates").digest(), "big"))
    bits.advance(first * words // _WORDS_A_COUNTER)
    return bits.random_raw(count * words).reshape(count, words)


def candidate_givens(recipe: Recipe, derivation: Derivation, words: NDArray[np.uint64]) -> list[Array]:
    """Columns of givens from random words (candidates, words), in the derivation's order."""
    architecture, ranges = recipe.architecture, recipe.ranges
    # 53 bits of each word as a fraction: the standard way to a uniform double.
    fractions = (words.T >> np.uint64(11)).astype(np.float64) * 2.0**-53
    keys = list(architecture.givens())
    outputs = architecture.sizes[-1]
    columns: dict[str, Array] = {}
    for position, key in enumerate(keys):
        grid: Grid | None = {"x": ranges.x, "w": ranges.W, "b": ranges.b}.get(key[0])
        if grid is not None:
            columns[key] = _on_grid(grid, fractions[position])
        elif isinstance(ranges.y, Grid):
            columns[key] = _on_grid(ranges.y, fractions[position])
        else:
            hot = np.floor(fractions[len(keys) - outputs] * outputs)
            columns[key] = (hot == float(int(key.split("_")[1]) - 1)).astype(np.float64)
    if derivation.layout.rate and ranges.learning_rate is not None:
        columns["eta"] = _on_grid(ranges.learning_rate, fractions[len(keys)])
    if derivation.layout.forward == "given":
        columns |= _printed_forward(recipe, derivation, columns)
    return [columns[key] for key in derivation.givens]


def _on_grid(grid: Grid, fractions: Array) -> Array:
    steps = np.array(grid.steps(), dtype=np.float64)
    values: Array = steps[(fractions * len(steps)).astype(np.intp)] / 10.0**grid.decimals
    return values


def _printed_forward(recipe: Recipe, derivation: Derivation, columns: dict[str, Array]) -> dict[str, Array]:
    """The forward values as the sheet prints them, rounded to the recorded places."""
    plain = derive(derivation.architecture, derivation.parameter, Layout())
    values = value_columns(plain, [columns[key] for key in plain.givens])
    return {
        step.key: recipe.places.forward.round(value)
        for step, value in zip(plain.steps, values, strict=True)
        if step.role == "forward" and step.key in derivation.index
    }
