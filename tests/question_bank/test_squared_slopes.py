"""h² in the place of a slope never gives the answer of a certified question: worked in plain floats, step by step."""

from __future__ import annotations

import math
from collections.abc import Mapping

from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe

PATHS = [(output, unit) for output in (1, 2) for unit in (1, 2)]
SLOPES = ("yhat_1", "yhat_2", "h2_1", "h2_2", "h1_3")


def gradient(asked: Question, squared: tuple[str, ...]) -> float:
    """The gradient by w1_33 as somebody writes it who squares these outputs for their slopes; five figures each."""
    given: Mapping[str, float] = {key: asked.value(key) for key in asked.derivation.givens}

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


def test_the_answer_of_a_certified_question_is_out_of_reach() -> None:
    questions = draw(load_recipe("deep"), [b"squared %d" % number for number in range(120)], parameter="w1_33")
    tried = [(slip,) for slip in SLOPES] + [SLOPES]
    for asked in questions:
        low, high = asked.range("gradient")
        assert low <= gradient(asked, ()) <= high
        reached = [squared for squared in tried if low <= gradient(asked, squared) <= high]
        assert reached == []
