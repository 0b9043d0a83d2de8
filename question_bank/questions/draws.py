"""Drawing: of a key's first few certified candidates the clearest.

A key gets the first certified candidate on which no two classes of mistakes land together. Among many mistakes there
may be none: then, of its first four certified candidates, that with the fewest collisions where mistakes strike, the
fewest at the answer between equals, and the earliest between those. What comes after a key's fourth certified candidate
is never looked at, so that the choice, too, is a function of the key alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from question_bank.derivations.arrangements import Working
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import evaluate, honest_ranges
from question_bank.derivations.layout import PathsShown, Quantity
from question_bank.errors import DrawError
from question_bank.expressions.names import Symbol
from question_bank.expressions.precision import Array
from question_bank.questions.asked import ANY, Asked
from question_bank.questions.candidates import NumberSource, raw_words, source_of
from question_bank.questions.certificate import Certified
from question_bank.questions.certification import certify_batch
from question_bank.questions.question import Question
from question_bank.questions.recipe import Difficulty, Fairness, Forms, Recipe
from question_bank.questions.still_wanted import FirstFew

CANDIDATE_LIMIT = 20_000
CHOICES = 4
"""How many certified candidates of a key are looked at."""
_FEWEST_AT_ONCE = 64
_FIRST_BATCH = 1_024
"""Up to so many candidates, a batch takes hardly longer than a single one."""
_FIRST_BATCH_OF_ERRORS = 256
"""The same of an error, of which nearly every key has another one: more is worked for nothing."""
_BATCH = 16_384
_ERRORS, _ERROR_LIMIT = 24, 2_048
"""How many errors are tried to plant for a key, and on how many candidates each but the last."""


def draw(
    recipe: Recipe,
    keys: Sequence[bytes],
    *,
    parameter: Symbol | str | Sequence[Symbol | str] = ANY,
    quantity: Quantity | None = None,
    paths: PathsShown = "given",
    working: Working | None = None,
    forms: Forms = "mixed",
    name: str = "",
    progress: Callable[[int], None] = lambda count: None,
) -> list[Question]:
    """One certified question for each key, in their order.

    What is asked for may be written as in files: as keys, `"all"`, `"layer 1"`; `"any"` leaves it to the recipe. Of any
    parameter, forms "same" takes those whose questions are equal work. Without a quantity it is the gradient, or the
    forward pass of a recipe that asks for nothing else.
    `progress` is told how many questions have been found since it was last called. Raises RecipeError for a parameter
    that the recipe cannot ask for, DrawError if a key's candidates run out.

    >>> from question_bank.questions.recipe import load_recipe
    >>> one, again = draw(load_recipe("first"), [b"a", b"a"])
    >>> one.value("gradient") == again.value("gradient")
    True
    """
    quantity = quantity or recipe.least_asked
    choices = recipe.choices(forms, quantity)
    found: dict[int, Question] = {}
    block = _FEWEST_AT_ONCE
    last = _ERRORS - 1 if quantity == "error" else 0
    for attempt in range(last + 1):
        groups: defaultdict[Derivation, list[int]] = defaultdict(list)
        for number, key in enumerate(keys):
            if number not in found:
                chosen = parameter if parameter != ANY else _any_of(choices, key)
                derivation = recipe.derivation(chosen, quantity, paths, working)
                groups[_with_own_error(recipe, derivation, key, attempt)].append(number)
        for derivation, numbers in groups.items():
            some = [keys[n] for n in numbers]
            limit = CANDIDATE_LIMIT if attempt == last else _ERROR_LIMIT
            source = source_of(recipe, derivation)
            first = _FIRST_BATCH if derivation.solution is None else _FIRST_BATCH_OF_ERRORS
            searches, tried, rejections = search(source, recipe.limits(derivation), some, progress, block, limit, first)
            if derivation.solution is None:
                block = tried // len(some)
            drawn = [at for at, search in enumerate(searches) if search.seen]
            if len(drawn) < len(some) and attempt == last:
                asked = ", ".join(value.key for value in derivation.asked)
                raise DrawError(name or recipe.title, asked, tried, rejections)
            questions = found_questions(source, [searches[at] for at in drawn])
            found |= zip([numbers[at] for at in drawn], questions, strict=True)
    return [found[number] for number in range(len(keys))]


def _with_own_error(recipe: Recipe, derivation: Derivation, key: bytes, attempt: int) -> Derivation:
    """The derivation with the error that a key plants: a line, each as likely as the next, and what is mistaken there.

    Some errors hardly ever show, such as a small weight's: where none of many candidates passes, another is planted.
    """
    if derivation.solution is None:
        return derivation
    lines = recipe.plantings(derivation.asked, derivation.layout.working)
    words = blake2b(key + attempt.to_bytes(2), digest_size=16, person=b"error").digest()
    errors = lines[int.from_bytes(words[:8], "big") % len(lines)]
    planted = errors[int.from_bytes(words[8:], "big") % len(errors)]
    return recipe.derivation(derivation.asked, "error", working=derivation.layout.working, planted=planted)


def _any_of(choices: Sequence[Asked], key: bytes) -> Asked:
    return choices[int.from_bytes(blake2b(key, digest_size=8, person=b"parameter").digest(), "big") % len(choices)]


@dataclass
class Search:
    """How far a key's search has come: how many of its certified candidates were seen, and the best of them."""

    seen: int = 0
    rank: tuple[int, int] = (0, 0)
    givens: list[float] = field(default_factory=list)
    certificate: dict[str, object] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether nothing that comes later would be taken."""
        return self.seen == CHOICES or (self.seen > 0 and self.rank == (0, 0))

    def consider(
        self, candidate: int, result: Certified, place: int, rank: tuple[int, int], givens: Sequence[Array]
    ) -> None:
        """Look at the next certified candidate, in the order of their numbers."""
        if not self.seen or rank < self.rank:
            self.rank = rank
            self.givens = [float(column[result.rows[place]]) for column in givens]
            self.certificate = {"candidate": candidate, **result.certificate(place, rank)}
        self.seen += 1


def search(
    source: NumberSource,
    limits: tuple[Fairness, Difficulty],
    keys: Sequence[bytes],
    progress: Callable[[int], None],
    usual: int,
    limit: int,
    at_first: int = _FIRST_BATCH,
) -> tuple[list[Search], int, Counter[str]]:
    """What was found for the keys, how many candidates were tried, and what rejected them.

    `usual` is how many those before took a key, `limit` how many a key has; `at_first` are tried together at the least.
    """
    searches = [Search() for _ in keys]
    waiting = list(range(len(keys)))
    rejections: Counter[str] = Counter()
    tried, first, block = 0, 0, max(_FEWEST_AT_ONCE, at_first // len(keys), min(usual, _BATCH // len(keys)))
    block = min(block, limit)
    while waiting and first < limit:
        part = max(1, _BATCH // block)
        for some in (waiting[start : start + part] for start in range(0, len(waiting), part)):
            words = np.concatenate([raw_words(keys[number], first, block, source.words) for number in some])
            givens = source.columns(words)
            few = FirstFew(block, [CHOICES - searches[number].seen for number in some])
            result = certify_batch(source.derivation, givens, source.precision, *limits, few)
            tried += len(words)
            rejections.update(result.rejections)
            places = few.first(result.rows)
            for place, rank in zip(places, result.ranks(places), strict=True):
                row = result.rows[place]
                own = searches[some[row // block]]
                if not own.settled:
                    own.consider(first + int(row % block), result, place, rank, givens)
            progress(sum(searches[number].settled for number in some))
        waiting = [number for number in waiting if not searches[number].settled]
        first += block
        block = min(2 * block, _BATCH, max(1, limit - first))
    progress(sum(searches[number].seen > 0 for number in waiting))
    return searches, tried, rejections


def found_questions(source: NumberSource, searches: Sequence[Search]) -> list[Question]:
    """The questions of searches that found something."""
    return questions_on(source, [each.givens for each in searches], [each.certificate for each in searches])


def questions_on(
    source: NumberSource, givens: Sequence[Sequence[float]], certificates: Sequence[Mapping[str, object]]
) -> list[Question]:
    """A question on each row of givens, with its certificate."""
    if not givens:
        return []
    rows = np.array(givens)
    values = evaluate(source.derivation, rows)
    low, high = honest_ranges(source.derivation, rows, source.precision)
    return [
        Question(source.derivation, source.precision, values[i], low[i], high[i], certificate)
        for i, certificate in enumerate(certificates)
    ]
