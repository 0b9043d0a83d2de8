"""The benchmarks can be read, and make their first figures: what they call is still there."""

from __future__ import annotations

import importlib

import pytest

from benchmarks import questions
from benchmarks.feedback import class_feedback
from benchmarks.parts import PARTS


@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_read(part: str) -> None:
    assert callable(importlib.import_module(f"benchmarks.{part}").rows)


def test_a_class_of_one_mistake_each_gets_feedback() -> None:
    assert len(class_feedback(2, "misconception")) == 2


def test_the_first_figure_is_that_of_gradients_worked_by_hand() -> None:
    """Which it is told only after both ways gave the same gradients."""
    assert next(questions.rows()).rate > 0


@pytest.mark.parametrize(
    "recipe", ["chain", "neuron-momentum", "forward-dense", "error-in-circuit", "local-derivatives", "nudge"]
)
def test_draws_are_tried_of_recipes_of_every_sort(recipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "BATCH", 200)
    tried, certified = questions.certified(recipe)
    assert 0 < certified.rate < tried.rate
