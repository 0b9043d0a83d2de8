"""Mistakes made on the way to a step, worked all at once, against each of them worked by itself."""

from __future__ import annotations

import numpy as np
import pytest

from grader.marking import from_start
from grader.marking.questions_as_arrays import key_of, reference_of
from question_bank.misconceptions.mistakes import mistakes_reaching
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe
from tests.question_bank.one_mistake import mistaken_ranges


@pytest.mark.parametrize("at_once", [1, 10, 10_000])
@pytest.mark.parametrize("recipe", ["two-paths", "softmax"])
def test_all_at_once_is_each_by_itself(recipe: str, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_start, "_MOST_AT_ONCE", at_once)
    made = load_recipe(recipe)
    questions = draw(made, [b"a", b"b", b"c"], parameter=made.parameters()[0])
    reference = reference_of(questions, key_of(questions))
    derivation, precision = questions[0].derivation, questions[0].precision
    ranges = [reference.ranges[position] for position in range(len(derivation.steps))]
    for slot in derivation.slots:
        at = derivation.index[slot.step]
        mistakes = [mistake for equivalent in mistakes_reaching(derivation, at) for mistake in equivalent.mistakes]
        found = from_start.ranges_from_start(derivation, precision, ranges, mistakes, at)
        for mistake, *interval in zip(mistakes, *found, strict=True):
            alone = mistaken_ranges(ranges, mistake, derivation, precision)
            np.testing.assert_array_equal(interval, alone[at])
