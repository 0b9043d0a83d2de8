"""A single layer with an update: who leaves the same term out of every sum has made one mistake, worked by hand."""

from __future__ import annotations

import math

import pytest

from grader.marking.questions_as_arrays import mark_questions
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe


@pytest.mark.parametrize("left_out", [1, 2])
@pytest.mark.parametrize("key", [b"a", b"b", b"c"])
def test_a_term_left_out_of_every_sum_costs_the_sums_and_no_more(key: bytes, left_out: int) -> None:
    recipe = load_recipe("clipping")
    (question,) = draw(recipe, [key], quantity=recipe.usually_asked)
    given = question.value
    seen = [j for j in (1, 2) if j != left_out]
    paper = {f"yhat_{k}": sum(given(f"w1_{k}{j}") * given(f"x_{j}") for j in seen) for k in (1, 2)}
    paper |= {f"dL/dyhat_{k}": paper[f"yhat_{k}"] - given(f"y_{k}") for k in (1, 2)}
    weights = [(k, j) for k in (1, 2) for j in (1, 2)]
    paper |= {f"w1_{k}{j}.gradient": paper[f"dL/dyhat_{k}"] * given(f"x_{j}") for k, j in weights}
    paper["norm"] = math.hypot(*(paper[f"w1_{k}{j}.gradient"] for k, j in weights))
    paper["scale"] = min(1.0, given("clip") / paper["norm"])
    for k, j in weights:
        clipped = paper["scale"] * paper[f"w1_{k}{j}.gradient"]
        paper |= {f"w1_{k}{j}.clipped": clipped, f"w1_{k}{j}.updated": given(f"w1_{k}{j}") - given("eta") * clipped}
    names = [slot.name for slot in question.slots]
    marked = mark_questions([question], [[repr(paper[name]) for name in names]])
    lost = {name: int(most - paid) for name, most, paid in zip(names, marked.worth[0], marked.ticks[0], strict=True)}
    assert {name for name, ticks in lost.items() if ticks} <= {"yhat_1", "yhat_2"}
    assert marked.misread[0].misreading.of == f"column {left_out} of W1"


def test_invented_sums_are_no_such_mistake() -> None:
    """Two numbers that no column explains, and all that follows from them: for a person to look at."""
    recipe = load_recipe("clipping")
    (question,) = draw(recipe, [b"a"], quantity=recipe.usually_asked)
    names = [slot.name for slot in question.slots]
    written = [["17.31" if name == "yhat_1" else "-23.9" if name == "yhat_2" else "" for name in names]]
    marked = mark_questions([question], written)
    assert not marked.misread
    assert marked.ticks.sum() == 0
