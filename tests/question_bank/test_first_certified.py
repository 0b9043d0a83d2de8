"""Which of a key's candidates is handed out, and how these come from the key."""

from __future__ import annotations

import numpy as np
import pytest

from question_bank.errors import DrawError
from question_bank.questions import draws
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.certification import certify_batch
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe
from tests.recipes import recipes


def test_the_fourth_certified_candidate_is_looked_at_and_the_fifth_is_not() -> None:
    """Of keys whose first candidate without collisions is the fourth, and the fifth; ranks are those of all."""
    recipe = load_recipe("two-paths-given")
    derivation = recipe.derivation("w1_31", "gradient")
    clearest: dict[int, tuple[bytes, list[int], list[tuple[int, int]]]] = {}
    for number in range(400):
        key = b"key %d" % number
        givens = candidate_givens(recipe, derivation, raw_words(key, 0, 120, word_count(recipe, derivation)))
        result = certify_batch(derivation, givens, recipe.places, recipe.fairness, recipe.difficulty)
        if len(result.rows) < 5:
            continue
        ranks = result.ranks(range(5))
        first = ranks.index(min(ranks))
        if first in (3, 4) and first not in clearest:
            clearest[first] = key, result.rows[:5].tolist(), ranks
        if len(clearest) == 2:
            break
    for key, rows, ranks in (clearest[3], clearest[4]):
        certificate = draw(recipe, [key], parameter="w1_31")[0].certificate
        assert certificate is not None
        assert certificate["candidate"] == rows[ranks.index(min(ranks[:4]))]


@pytest.mark.parametrize("name", recipes())
def test_a_candidate_is_made_of_its_key_and_number_alone(name: str) -> None:
    recipe = load_recipe(name)
    words = word_count(recipe, recipe.derivation(recipe.choices()[0], recipe.usually_asked))
    together = raw_words(b"key", 0, 12, words)
    assert (raw_words(b"key", 5, 7, words) == together[5:]).all()
    assert len(np.unique(together)) == together.size


@pytest.mark.parametrize("name", recipes())
def test_there_is_a_random_word_for_each_number_and_for_what_the_update_needs(name: str) -> None:
    recipe = load_recipe(name)
    derivation = recipe.derivation(recipe.choices()[0], recipe.usually_asked)
    numbers = len(list(recipe.model.givens())) + max(len(recipe.chosen_update.givens), len(derivation.update_givens))
    assert numbers <= word_count(recipe, derivation) < numbers + 4
    assert word_count(recipe, derivation) % 4 == 0  # what Philox makes at once


def test_one_key_without_a_question_stops_the_draw_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of sixteen keys with 64 candidates each, of which 1 in 60 certifies: some have a question, and some have none."""
    monkeypatch.setattr(draws, "CANDIDATE_LIMIT", 1)
    with pytest.raises(DrawError):
        draw(load_recipe("two-paths"), [b"%d" % n for n in range(16)], parameter="w1_31")
