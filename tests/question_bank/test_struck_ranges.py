"""What certification works out for mistakes made at the same steps, against each of them worked by itself."""

from __future__ import annotations

import numpy as np
import pytest

from question_bank.derivations.evaluate import range_columns
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.mistaken_ranges import _struck_ranges, next_alike
from question_bank.questions.recipe import load_recipe
from question_bank.questions.tried_mistakes import by_rejection
from tests.question_bank.one_mistake import mistaken_ranges


@pytest.mark.parametrize("recipe", ["two-paths", "softmax"])
def test_mistakes_at_the_same_steps_are_each_by_itself(recipe: str) -> None:
    made = load_recipe(recipe)
    derivation = made.derivation(made.parameters()[0], "updated")
    givens = candidate_givens(made, derivation, raw_words(b"struck", 0, 3, word_count(made, derivation)))
    truth = range_columns(derivation, [(column, column) for column in givens], made.places)
    waiting = dict(enumerate(by_rejection(derivation)))
    count = len(waiting)
    seen = 0
    while waiting:
        together = list(next_alike(derivation, waiting, 8).values())
        assert len({tuple(mistake.exchanged) for mistake in together}) == 1
        found = _struck_ranges(derivation, truth, made.places, together, {})
        for number, mistake in enumerate(together):
            alone = mistaken_ranges(truth, mistake, derivation, made.places)
            for position in (*mistake.exchanged, *mistake.cone):
                for end in (0, 1):
                    np.testing.assert_array_equal(found[position][end][number], alone[position][end])
            seen += 1
    assert seen == count > 50
