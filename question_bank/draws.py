"""Drawing: of a key's first few certified candidates the clearest.

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

from question_bank.candidates import candidate_givens, raw_words, word_count
from question_bank.certification import Certified, certify_batch
from question_bank.derivation import Derivation
from question_bank.errors import DrawError
from question_bank.evaluate import honest_ranges, value_columns
from question_bank.precision import Array
from question_bank.question import Question
from question_bank.recipe import Recipe

CANDIDATE_LIMIT = 20_000
_CHOICES = 4
_FIRST_BLOCK = 64
_BATCH = 16_384

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
