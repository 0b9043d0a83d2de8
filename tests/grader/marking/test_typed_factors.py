"""Factors on the steps of a path: the best of all assignments, and never for ever."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import cache
from itertools import combinations, permutations
from random import Random
from typing import Literal

import numpy as np
import pytest

from grader.marking.typed_factors import Effort, FactorRanges, _within_rounding, best_placed
from grader.marking.typed_working import expand
from grader.reading.typed_line import TypedFactor
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe

SECONDS = 1.0
"""Of computing, for any working of one student; honest ones take a few hundredths."""


def places(values: Sequence[float]) -> FactorRanges:
    value = np.array(values)
    return FactorRanges(value - 0.0001, value + 0.0001, value, np.full(len(values), 0.0001))


def typed(values: Sequence[float]) -> list[TypedFactor]:
    return [TypedFactor(f"{value:.12g}", value, at) for at, value in enumerate(sorted(values))]


def least(values: Sequence[float], steps: FactorRanges, negative: bool) -> float:
    """The cost of the best of all assignments, by trying them all."""
    found = math.inf
    for carrier in range(len(values)) if negative else (None,):
        signed = [-value if at == carrier else value for at, value in enumerate(values)]
        costs = steps.costs(np.array(signed)).T if len(signed) >= len(steps.value) else steps.costs(np.array(signed))
        missing = steps.outside * (costs.shape[1] - costs.shape[0])
        for order in permutations(range(costs.shape[1]), costs.shape[0]):
            found = min(found, missing + sum(costs[at, to] for at, to in enumerate(order)))
    return found


def least_joined(values: Sequence[float], steps: FactorRanges, negative: bool) -> float:
    """The same where two of them may be one, if that suits a step more, and two of what is left again."""
    best = least(values, steps, negative)
    tried = []
    for one, other in combinations(range(len(values)), 2):
        if abs(values[one]) != 1 and abs(values[other]) != 1:
            rest = [value for at, value in enumerate(values) if at not in (one, other)]
            now = [*rest, values[one] * values[other]]
            tried.append((least(now, steps, negative), now))
    if not tried or min(tried)[0] >= best - steps.outside / 2:
        return best
    return least_joined(min(tried)[1], steps, negative)


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_best_of_all_ways(seed: int, negative: bool) -> None:
    luck = Random(seed)
    steps = [round(luck.choice((-1, 1)) * luck.uniform(0.1, 2), 4) for _ in range(3)]
    written = [luck.choice((value, value, -value, value / 2, luck.uniform(-1, 1))) for value in steps]
    written += [luck.choice((2.0, 1.0, luck.uniform(-1, 1))) for _ in range(seed % 3)]
    written = written[: 2 + seed % 4]
    placed = best_placed(typed(written), negative, places(steps), Effort(), long_way=False)
    assert placed.matched.cost == pytest.approx(least_joined(written, places(steps), negative))


@cache
def asked(recipe: str, layout: Literal["given", "find"]) -> Question:
    return draw(load_recipe(recipe), [b"hostile"], paths=layout, quantity="updated")[0]


def nonsense(luck: Random) -> str:
    return f"{luck.uniform(-2, 2):.4f}"


HOSTILE = {
    "nonsense": nonsense,
    "all the same": lambda luck: "0.37",
    "nearly the same": lambda luck: f"0.37{luck.randrange(100):02}",
    "halves of nothing": lambda luck: luck.choice(("2", "0.125", "0.05")),
}


@pytest.mark.parametrize("count", [9, 12])
@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("recipe", ["softmax-combined", "deep"])
def test_products_of_nonsense_take_no_time(recipe: str, kind: str, count: int) -> None:
    question = asked(recipe, "given")
    luck, lines = Random(count), len(question.derivation.paths) + 8
    written = "\n".join(f"-({'*'.join(HOSTILE[kind](luck) for _ in range(count))})" for _ in range(lines))
    before = time.process_time()
    _, remarks = expand(question, {"working": written})
    assert time.process_time() - before < SECONDS
    assert remarks


LONG = {
    "a thousand factors": "*".join(["2"] * 1000),
    "400 factors with a minus": f"-({'*'.join(['0.37'] * 400)})",
    "a long sum": "+".join(["2"] * 400),
    "a long sum of products": "+".join(["2*3"] * 200),
    "sums between equals signs": "=".join(["1+2"] * 200),
    "equals signs": "=" * 4000,
    "numbers between equals signs": "=".join(["1"] * 400),
    "chains": ";".join(["1*2"] * 200),
    "empty chains": ";" * 3999 + "1",
    "parentheses without an end": "(" * 4000,
    "parentheses too deep": "(" * 2000 + "1" + ")" * 2000,
    "signs in parentheses": "-(" * 9 + "+".join(["1"] * 300) + ")" * 9,
    "sums in a product": "*".join(["((((1+2))))"] * 190),
    "blanks": "0.5" + (" " * 30 + "*2") * 120,
    "groups of digits": "1 " + "111 " * 990 + "x",
    "digits after the point": "0." + "1 " * 1999,
    "powers": "2*10^" * 700,
    "symbols": "dL/dw = " + "x·" * 1900 + "= 1",
    "names": "gradient " * 400,
    "numbers too large": "*".join(["1e300"] * 12),
}


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("layout", ["given", "find"])
def test_long_workings_take_no_time(kind: str, layout: Literal["given", "find"]) -> None:
    question = asked("two-paths", layout)
    columns = {f"path_{number}.working": LONG[kind] for number in (1, 2)}
    before = time.process_time()
    slots, remarks = expand(question, {"working": LONG[kind], **columns})
    assert time.process_time() - before < SECONDS
    assert slots or remarks


@pytest.mark.parametrize("negative", [False, True])
def test_no_more_is_tried_once_the_effort_is_spent(negative: bool) -> None:
    """One assignment goes on to its end; what is found by then is taken."""
    luck = Random(3)
    steps = places([round(luck.uniform(0.1, 2), 4) for _ in range(5)])
    written = typed([luck.uniform(-1, 1) for _ in range(8)])
    for left in (1, 60, 200):
        effort = Effort(left)
        assert best_placed(written, negative, steps, effort, long_way=True).factors
        assert -8 * 5 < effort.left <= 0


@pytest.mark.parametrize(("product", "moved"), [(0.000104, 0.0001), (-0.000104, -0.0001), (0.5, 0.5)])
def test_where_0_is_right_a_product_moves_to_the_nearer_end_of_its_range(product: float, moved: float) -> None:
    """0.00104 · 0.1, each rounded at its fourth place, may be 0.00005 · 0.1 less than that."""
    given = np.array([product]), np.array([[0.00104, 0.1]]), np.full((1, 2), 0.00005)
    assert _within_rounding(*given, places([0.0])) == pytest.approx([moved])
