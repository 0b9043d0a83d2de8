"""Drawing: candidates from a counter-based generator, and of the first few certified ones the clearest.

Candidate i of a key is a function of the key and i alone (Philox, Salmon et al. 2011), never of who else is drawn.
A key gets the first certified candidate on which no two classes of mistakes land together. Among many mistakes there
may be none: then, of its first four certified candidates, that with the fewest collisions where mistakes strike, the
fewest at the answer between equals, and the earliest between those. What comes after a key's fourth certified candidate
is never looked at, so that the choice, too, is a function of the key alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from question_bank.certification import Certified, certify_batch
from question_bank.derivation import Derivation, Layout, derive
from question_bank.errors import DrawError
from question_bank.evaluate import honest_ranges, value_columns
from question_bank.precision import Array
from question_bank.question import Question
from question_bank.recipe import Grid, Recipe

CANDIDATE_LIMIT = 20_000
_CHOICES = 4
_FIRST_BLOCK = 64
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
class _Search:
    """How far a key's search has come: how many of its certified candidates were seen, and the best of them."""

    seen: int = 0
    rank: tuple[int, int] = (0, 0)
    givens: list[float] = field(default_factory=list)
    certificate: dict[str, object] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        return self.seen == _CHOICES or (self.seen > 0 and self.rank == (0, 0))

    def consider(self, candidate: int, result: Certified, place: int, givens: Sequence[Array]) -> None:
        """Look at the next certified candidate, in the order of their numbers."""
        rank = result.rank(place)
        if not self.seen or rank < self.rank:
            self.rank = rank
            self.givens = [float(column[result.rows[place]]) for column in givens]
            self.certificate = {"candidate": candidate, **result.certificate(place)}
        self.seen += 1


def _draw_group(
    recipe: Recipe,
    derivation: Derivation,
    keys: Sequence[bytes],
    name: str,
    progress: Callable[[int], None],
) -> list[Question]:
    searches = [_Search() for _ in keys]
    waiting = list(range(len(keys)))
    rejections: Counter[str] = Counter()
    words_each = word_count(recipe)
    tried, first, block = 0, 0, _FIRST_BLOCK
    while waiting and first < CANDIDATE_LIMIT:
        for start in range(0, len(waiting), max(1, _BATCH // block)):
            some = waiting[start : start + max(1, _BATCH // block)]
            words = np.concatenate([raw_words(keys[number], first, block, words_each) for number in some])
            givens = candidate_givens(recipe, derivation, words)
            result = certify_batch(derivation, givens, recipe.places, recipe.fairness, recipe.difficulty)
            tried += len(words)
            rejections.update(result.rejections)
            for place, row in enumerate(result.rows):
                search = searches[some[row // block]]
                if not search.settled:
                    search.consider(first + int(row % block), result, place, givens)
            progress(sum(searches[number].settled for number in some))
        waiting = [number for number in waiting if not searches[number].settled]
        first += block
        block = min(2 * block, _BATCH)
    if any(not searches[number].seen for number in waiting):
        raise DrawError(name, derivation.parameter, tried, rejections)
    progress(len(waiting))
    return _questions(recipe, derivation, searches)


def _questions(recipe: Recipe, derivation: Derivation, searches: Sequence[_Search]) -> list[Question]:
    rows = np.array([search.givens for search in searches])
    values = np.stack(value_columns(derivation, [np.ascontiguousarray(column) for column in rows.T])).T
    low, high = honest_ranges(derivation, rows, recipe.places)
    return [
        Question(derivation, recipe.places, values[i], low[i], high[i], search.certificate)
        for i, search in enumerate(searches)
    ]


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
    inputs = architecture.sizes[0]
    # 53 bits of each word as a fraction: the standard way to a uniform double.
    fractions = (words.T >> np.uint64(11)).astype(np.float64) * 2.0**-53
    keys = list(architecture.givens())
    outputs = architecture.sizes[-1]
    columns: dict[str, Array] = {}
    if recipe.distinct_inputs:
        columns |= zip(keys[:inputs], _without_repeats(ranges.x, fractions[:inputs]), strict=True)
    for position, key in enumerate(keys):
        grid: Grid | None = {"x": ranges.x, "w": ranges.W, "b": ranges.b}.get(key[0])
        if key in columns:
            continue
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
    return _at(grid, (fractions * len(grid.steps())).astype(np.intp))


def _at(grid: Grid, positions: NDArray[np.intp]) -> Array:
    values: Array = np.array(grid.steps(), dtype=np.float64)[positions] / 10.0**grid.decimals
    return values


def _without_repeats(grid: Grid, fractions: NDArray[np.float64]) -> list[Array]:
    """A sample without replacement, every ordered one as likely as the next: fractions (inputs, candidates)."""
    count = len(grid.steps())
    chosen: list[NDArray[np.intp]] = []
    for taken, column in enumerate(fractions):
        position = (column * (count - taken)).astype(np.intp)
        # The position counts only what is left: step over those taken, the smallest first.
        for before in np.sort(np.array(chosen), axis=0) if chosen else ():
            position += position >= before
        chosen.append(position)
    return [_at(grid, position) for position in chosen]


def _printed_forward(recipe: Recipe, derivation: Derivation, columns: dict[str, Array]) -> dict[str, Array]:
    """The forward values as the sheet prints them, rounded to the recorded places."""
    plain = derive(derivation.architecture, derivation.parameter, Layout())
    values = value_columns(plain, [columns[key] for key in plain.givens])
    return {
        step.key: recipe.places.forward.round(value)
        for step, value in zip(plain.steps, values, strict=True)
        if step.role == "forward" and step.key in derivation.index
    }
