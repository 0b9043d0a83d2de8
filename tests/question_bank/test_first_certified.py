"""Which of a key's candidates is handed out, and how these come from the key."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.errors import DrawError
from question_bank.networks.dense import Architecture
from question_bank.questions import draws
from question_bank.questions.candidates import candidate_givens, raw_words, source_of, word_count
from question_bank.questions.certificate import Certified
from question_bank.questions.certification import certify_batch
from question_bank.questions.draws import Search, draw, search
from question_bank.questions.recipe import Fairness, load_recipe
from question_bank.questions.tried_mistakes import by_rejection
from tests.recipes import recipes

CHAIN = derive(Architecture((1, 1, 1), ("linear", "linear"), "squared_error"), "w1_11", Layout())
MEASURES = {
    "narrowest": np.array([0.0, 0.25]),
    "widest": np.array([0.0, 0.5]),
    "nearest": np.array([0.0, 2.0]),
    "gap": np.array([0.0, 3.5]),
    "cancellation": np.array([0.0, 0.75]),
    "negatives": np.array([0.0, 4.0]),
    "difficulty": np.array([0.0, 0.625]),
}


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


def test_progress_says_of_each_key_once_that_it_has_a_question() -> None:
    """Also of those that are found in a later lot of candidates than others."""
    told: list[int] = []
    questions = draw(load_recipe("two-paths"), [b"%d" % n for n in range(6)], parameter="w1_31", progress=told.append)
    assert sum(told) == len(questions) == 6
    assert min(told) >= 0
    candidates = [(question.certificate or {})["candidate"] for question in questions]
    assert len({*candidates}) > 1


def test_what_was_found_is_looked_at_in_the_order_of_candidates() -> None:
    """A later one is taken only for fewer collisions; of those in all, where as many strike."""
    certified = Certified(CHAIN, Fairness(), np.array([3, 8]), Counter(), MEASURES, [])
    givens = [np.arange(10.0), 10 + np.arange(10.0)]
    one = Search()
    one.consider(3, certified, 0, (1, 5), givens)
    assert (one.seen, one.rank, one.givens, one.certificate["candidate"]) == (1, (1, 5), [3.0, 13.0], 3)
    for rank in ((1, 5), (2, 0), (1, 6)):
        one.consider(8, certified, 1, rank, givens)
        assert (one.rank, one.givens) == ((1, 5), [3.0, 13.0])
    one = Search()
    one.consider(3, certified, 0, (1, 5), givens)
    for rank in ((1, 4), (0, 9)):
        one.consider(8, certified, 1, rank, givens)
        assert (one.rank, one.givens, one.certificate["candidate"]) == (rank, [8.0, 18.0], 8)
        assert (one.certificate["slot_collisions"], one.certificate["collisions"]) == rank
    assert one.seen == 3


def test_a_certificate_says_what_was_measured_of_its_row() -> None:
    certified = Certified(CHAIN, Fairness(), np.array([3, 8]), Counter(), MEASURES, [])
    said = certified.certificate(1, (2, 7))
    tried = by_rejection(CHAIN)
    assert said == {
        "narrowest": 0.25,
        "widest": 0.5,
        "limits": {"answer": 0.01, "elsewhere": 0.05},
        "mistakes": len(tried),
        "nearest_mistake": tried[2].name,
        "nearest_units": 3.5,
        "collisions": 7,
        "slot_collisions": 2,
        "cancellation": 0.75,
        "negatives": 4,
        "difficulty": 0.625,
        "paths": 1,
        "ways": "equal",
        "slips": "apart",
    }


def test_at_the_last_candidate_whoever_has_a_question_keeps_it() -> None:
    """Of many keys with few candidates each: some are settled, some have but one that is not clear, some have none."""
    recipe = load_recipe("two-paths-given")
    derivation = recipe.derivation("w1_31", "gradient")
    told: list[int] = []
    source, keys = source_of(recipe, derivation), [b"few %d" % n for n in range(60)]
    searches, tried, _ = search(source, recipe.limits(derivation), keys, told.append, usual=1, limit=20)
    assert tried == 20 * 60
    unclear = [one for one in searches if one.seen and not one.settled]
    without = [one for one in searches if not one.seen]
    assert 0 < len(unclear) != len(without) > 0
    assert sum(told) == len(searches) - len(without)
