"""Many mistakes worked at once give what each of them gives by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from question_bank.derivations.evaluate import value_columns
from question_bank.misconceptions.mistakes import mistakes
from question_bank.misconceptions.struck import plan
from question_bank.networks.model import givens_of
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.recipe import load_recipe
from question_bank.questions.tried_mistakes import stays_in_a_box
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


@pytest.mark.parametrize("name", ["softmax", "deep"])
def test_of_changes_alone_only_what_is_right_everywhere_is_left_out(name):
    """A target that is 0 makes a path nothing, whatever is mistaken along it."""
    recipe = load_recipe(name)
    derivation = recipe.derivation(recipe.parameters()[0], "gradient")
    words = raw_words(b"a", 0, 60, word_count(recipe, derivation))
    givens = candidate_givens(recipe, derivation, words)
    truth = value_columns(derivation, givens)
    targets = [truth[derivation.index[name]] for name in givens_of(derivation.model, "targets")]
    silent = np.flatnonzero(targets[0] == 0)
    truth = [column[silent] for column in truth]
    left_out = 0
    for mistake in mistakes(derivation):
        alone = plan(derivation, [mistake], [(*mistake.exchanged, *mistake.cone)])
        every, changed = alone.values(truth), alone.values(truth, changed_only=True)
        for position, values in every.items():
            if position in changed:
                np.testing.assert_array_equal(changed[position], values)
            else:
                left_out += 1
                np.testing.assert_allclose(values[0], truth[position], rtol=1e-12, atol=0)
    assert (left_out > 0) == (name == "softmax")


def test_what_is_not_looked_at_is_not_worked():
    recipe = load_recipe("first")
    derivation = recipe.derivation(recipe.parameters()[0], "gradient")
    one, other = mistakes(derivation)[:2]
    here = plan(derivation, [one, other], [tuple(one.exchanged), ()])
    assert here.at == dict.fromkeys(one.exchanged, (0,))


@pytest.mark.parametrize(
    ("steps", "boxes", "stays"),
    [(1, 0, True), (1, 1, True), (1, 2, True), (2, 0, False), (2, 1, True), (2, 2, False), (3, 1, True), (3, 3, False)],
)
def test_a_mistake_stays_in_a_box_if_it_is_made_at_one_step_or_seen_in_one_box(
    steps: int, boxes: int, stays: bool
) -> None:
    derivation = load_recipe("first").derivation(load_recipe("first").parameters()[0], "gradient")
    mistake = mistakes(derivation)[0]
    (program,) = [*mistake.exchanged.values()][:1]
    of_several = replace(mistake, exchanged=dict.fromkeys(range(steps), program))
    assert stays_in_a_box(of_several, tuple(range(boxes))) is stays
