"""Many mistakes worked at once give what each of them gives by itself."""

from __future__ import annotations

import numpy as np
import pytest

from question_bank.derivations.evaluate import value_columns
from question_bank.misconceptions.mistakes import mistakes
from question_bank.misconceptions.struck import plan
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.recipe import load_recipe
from tests.question_bank.one_mistake import mistaken_values


@pytest.mark.parametrize("name", ["first", "softmax", "deep"])
def test_mistakes_together_give_what_each_gives_alone(name):
    recipe = load_recipe(name)
    derivation = recipe.derivation(recipe.parameters()[0], "updated")
    words = raw_words(b"a", 0, 5, word_count(recipe, derivation))
    truth = value_columns(derivation, candidate_givens(recipe, derivation, words))
    some = mistakes(derivation)
    together = plan(derivation, some, [(*mistake.exchanged, *mistake.cone) for mistake in some])
    found = together.values(truth)
    for number, mistake in enumerate(some):
        alone = mistaken_values(truth, mistake, derivation)
        for position, numbers in together.at.items():
            if number in numbers:
                np.testing.assert_array_equal(found[position][numbers.index(number)], alone[position])


def test_what_is_not_looked_at_is_not_worked():
    recipe = load_recipe("first")
    derivation = recipe.derivation(recipe.parameters()[0], "gradient")
    one, other = mistakes(derivation)[:2]
    here = plan(derivation, [one, other], [tuple(one.exchanged), ()])
    assert here.at == dict.fromkeys(one.exchanged, (0,))
