"""What is said of the candidates that passed, and of which mistakes could be taken for each other there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import Array
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.mistakes import EquivalenceClass, Mistake, mistakes_reaching, slips_at
from question_bank.questions.batch import Landing
from question_bank.questions.recipe import Fairness
from question_bank.questions.tried_mistakes import by_rejection


@dataclass(frozen=True, eq=False)
class Certified:
    """The candidates of a batch that passed: their rows, and what their certificates say (arrays over those rows)."""

    derivation: Derivation
    fairness: Fairness
    rows: NDArray[np.intp]
    rejections: Counter[str]
    measures: Mapping[str, Array]
    landings: Sequence[tuple[NDArray[np.intp], Sequence[Landing]]] = field(repr=False)
    """Where mistakes land, of some rows and then of others."""

    def ranks(self, places: Sequence[int]) -> list[tuple[int, int]]:
        """How many pairs of mistakes may be taken for each other: where they strike, and in all. Fewer is better.

        Of the rows at these places only, which must be in order: of many candidates that pass, few are looked at.
        """
        looked_at = self.rows[list(places)]
        found: dict[int, tuple[int, int]] = {}
        for rows, landings in self.landings:
            here = np.intersect1d(looked_at, rows, assume_unique=True)
            at_slots, in_all = _collisions(self.derivation, landings, here)
            found |= zip(here.tolist(), zip(at_slots.astype(int), in_all.astype(int), strict=True), strict=True)
        return [(int(one), int(other)) for one, other in map(found.__getitem__, looked_at.tolist())]

    def certificate(self, place: int, rank: tuple[int, int]) -> dict[str, object]:
        """What is stored with the question at this place among the rows.

        `narrowest` and `widest` are half-widths of honest ranges over their values, `limits` how wide they may be;
        `nearest_mistake` comes `nearest_units` recorded units from the answer's range, of exact numbers `EXACT_UNIT`s;
        `collisions` are the pairs of mistakes that may give the same value at the answer or where both strike,
        `slot_collisions` those of the latter; `cancellation` is the sum of the paths over the sum of their magnitudes,
        `negatives` counts factors below 0, `difficulty` is the score from 0 to 1. `ways` says that ranges hold every
        equal way of working, `slips` that no mistake is written like a slip of the pen.
        """
        tried = by_rejection(self.derivation)
        number = {name: float(column[place]) for name, column in self.measures.items()}
        return {
            "narrowest": number["narrowest"],
            "widest": number["widest"],
            "limits": {"answer": self.fairness.answer, "elsewhere": self.fairness.elsewhere},
            "mistakes": len(tried),
            "nearest_mistake": tried[int(number["nearest"])].name if tried else None,
            "nearest_units": number["gap"],
            "collisions": rank[1],
            "slot_collisions": rank[0],
            "cancellation": number["cancellation"],
            "negatives": int(number["negatives"]),
            "difficulty": number["difficulty"],
            "paths": self.derivation.most_paths,
            "ways": "equal",
            "slips": "apart",
        }


def _collisions(derivation: Derivation, found: Sequence[Landing], rows: NDArray[np.intp]) -> tuple[Array, Array]:
    """How many pairs of equivalence classes may give the same value: where both strike, and at the answer: (rows,)."""
    answers = derivation.answers_at
    at_slots, at_answer = np.zeros(len(rows)), np.zeros(len(rows))
    by_position: dict[int, list[Landing]] = {}
    places: dict[int, NDArray[np.intp]] = {}
    for landing in found:
        by_position.setdefault(landing.position, []).append(landing)
    for position, landings in by_position.items():
        numbers, rivals = _equivalence_classes(derivation, position)
        low = np.full((len(rivals), len(rows)), np.inf)
        high = np.full((len(rivals), len(rows)), -np.inf)
        for landing in landings:
            number = numbers.get(landing.mistake)
            if number is not None:
                if id(landing.rows) not in places:
                    # Both are sorted, and every row that passed was there when the mistake was tried.
                    places[id(landing.rows)] = np.searchsorted(landing.rows, rows)
                kept = places[id(landing.rows)]
                low[number] = np.minimum(low[number], landing.low[kept])
                high[number] = np.maximum(high[number], landing.high[kept])
        count = at_answer if position in answers else at_slots
        for number, others in enumerate(rivals):
            meets = (low[number] <= high[others]) & (low[others] <= high[number])
            count += np.count_nonzero(meets, axis=0)
    return at_slots, at_slots + at_answer


@lru_cache(maxsize=4096)
def _equivalence_classes(
    derivation: Derivation, position: int
) -> tuple[dict[Mistake, int], tuple[NDArray[np.intp], ...]]:
    """Each mistake's equivalence class at a step, and each class's rivals: the later ones that mean something else."""
    classes: tuple[EquivalenceClass, ...] = (
        mistakes_reaching if derivation.paths and position in derivation.answers_at else slips_at
    )(derivation, position, CATALOGUE)
    names = [frozenset(found.misconceptions) for found in classes]
    numbers = {mistake: number for number, found in enumerate(classes) for mistake in found.mistakes}
    rivals = tuple(
        np.array([other for other in range(number + 1, len(names)) if names[other] != names[number]], dtype=np.intp)
        for number in range(len(names))
    )
    return numbers, rivals
