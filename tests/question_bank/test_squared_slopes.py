"""h² in the place of a slope never gives the answer of a certified question: worked in plain floats, step by step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import pytest

from question_bank.questions.certification import Rejected, certify
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe

PATHS = [(output, unit) for output in (1, 2) for unit in (1, 2)]
SLOPES = ("yhat_1", "yhat_2", "h2_1", "h2_2", "h1_3")


def gradient(asked: Question, squared: tuple[str, ...]) -> float:
    """The gradient by w1_33 as somebody writes it who squares these outputs for their slopes; five figures each."""
    given: Mapping[str, float] = {given.key: asked.value(given) for given in asked.derivation.givens}

    def written(value: float) -> float:
        return float(f"{value:.5g}")

    def slope(key: str) -> float:
        h = given[key]
        return written(h * h if key in squared else 1 - h * h if key.startswith("h2") else h * (1 - h))

    products = [
        math.prod(
            (
                written(-2 * (given[f"y_{output}"] - given[f"yhat_{output}"])),
                slope(f"yhat_{output}"),
                given[f"w3_{output}{unit}"],
                slope(f"h2_{unit}"),
                given[f"w2_{unit}3"],
                slope("h1_3"),
                given["x_3"],
            )
        )
        for output, unit in PATHS
    ]
    return written(sum(map(written, products)))


@cache
def questions() -> list[Question]:
    return draw(load_recipe("deep"), [b"squared %d" % number for number in range(12)], parameter="w1_33")


def reached(asked: Question, squared: tuple[str, ...]) -> bool:
    low, high = asked.range("gradient")
    assert low <= gradient(asked, ()) <= high
    return low <= gradient(asked, squared) <= high


def test_the_answer_of_a_certified_question_is_out_of_reach() -> None:
    for asked in questions():
        assert not any(reached(asked, squared) for squared in [*((slip,) for slip in SLOPES), SLOPES])


def with_output(asked: Question, key: str, output: float) -> Question:
    """The same with another output of a hidden unit printed, and what that is worked from."""
    if key.startswith("h2"):
        output = math.copysign(output, asked.value(key))
        before = math.atanh(output)
    else:
        before = math.log(output / (1 - output))
    givens = {each.key: asked.value(each) for each in asked.derivation.givens}
    moved = {key: output, key.replace("h", "a"): float(f"{before:.5g}")}
    return solve(asked.derivation, givens | moved, asked.precision)


@pytest.mark.parametrize(("key", "near", "far"), [("h1_3", 0.50002, 0.52), ("h2_1", 0.70713, 0.72)])
def test_where_a_squared_output_gives_the_answer_the_question_is_refused(key: str, near: float, far: float) -> None:
    """A sigmoid's h² is its slope at 1/2, tanh's at the root of that; so near come few draws.

    An output further away gets its certificate, so that it is not another rule that refuses.
    """
    alike = [with_output(asked, key, near) for asked in questions()[:6]]
    assert all(reached(asked, (key,)) for asked in alike)
    assert all(isinstance(certify(asked), Rejected) for asked in alike)
    apart = [with_output(asked, key, far) for asked in questions()[:6]]
    assert not any(reached(asked, (key,)) for asked in apart)
    assert sum(isinstance(certify(asked), Question) for asked in apart) >= 3
