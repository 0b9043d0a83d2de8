from itertools import combinations

import numpy as np
import pytest

from question_bank.errors import DrawError
from question_bank.expressions.names import Symbol
from question_bank.misconceptions.mistakes import mistakes, mistakes_reaching, slips_at
from question_bank.networks.dense import Dense
from question_bank.questions import certificate
from question_bank.questions.candidates import candidate_givens, raw_words, source_of, word_count
from question_bank.questions.certification import certify_batch
from question_bank.questions.draws import Search, draw, search
from question_bank.questions.recipe import load_recipe
from tests.recipes import askable, recipes


def test_a_draw_depends_on_its_own_key_alone():
    recipe = load_recipe("two-paths")
    alone = draw(recipe, [b"ada"])[0]
    among = draw(recipe, [b"x%d" % n for n in range(5)] + [b"ada"])[-1]
    assert alone.derivation is among.derivation
    np.testing.assert_array_equal(alone.values, among.values)
    np.testing.assert_array_equal(alone.low, among.low)
    assert alone.certificate == among.certificate


def test_a_draw_is_the_same_where_mistakes_were_worked_out_again_meanwhile():
    """As by another thread, or after others were kept in their place: what is known of the first ones is of all."""
    recipe, keys = load_recipe("two-paths-given"), [b"%d" % n for n in range(8)]
    before = draw(recipe, keys, parameter="w1_31")
    for known in (mistakes, mistakes_reaching, slips_at, certificate._equivalence_classes):
        known.cache_clear()
    again = draw(recipe, keys, parameter="w1_31")
    assert [question.certificate for question in again] == [question.certificate for question in before]
    assert any(question.certificate["collisions"] for question in again if question.certificate)


def test_different_keys_get_different_numbers():
    questions = draw(load_recipe("first"), [b"%d" % n for n in range(50)], parameter="w1_11")
    assert len({question.value("gradient") for question in questions}) > 45


def test_a_recipe_that_cannot_be_satisfied_says_which_test_rejects_how_many():
    recipe = load_recipe("two-paths")
    strict = recipe.model_copy(update={"fairness": recipe.fairness.model_copy(update={"answer": 1e-7})})
    with pytest.raises(
        DrawError, match=r"(?s)'strict', asked for w1_11: .*rule 1: an honest range is too wide.*\d"
    ) as caught:
        draw(strict, [b"nobody"], parameter="w1_11", name="strict")
    assert caught.value.tried == sum(caught.value.rejections.values())
    assert "raise answer or elsewhere under [fairness]" in str(caught.value).splitlines()[-1]


@pytest.mark.parametrize(
    "name",
    recipes(lambda recipe: isinstance(recipe.model, Dense) and recipe.ask != "error" and not recipe.model.exponentials),
)
def test_first_layer_decimals_are_exact_and_no_slots(name):
    question = draw(load_recipe(name), [b"k"])[0]
    derivation = question.derivation
    first = [slot for slot in question.slots if slot.step.key.startswith("a1_") and isinstance(slot.step, Symbol)]
    # Where all numbers are exact, or the forward pass is all, to work them is what is asked.
    assert bool(first) == (derivation.is_forward or (question.precision.exact and derivation.layout.forward == "asked"))


def test_given_forward_values_are_printed_in_full_and_stand_for_what_they_were_rounded_from():
    question = draw(load_recipe("first"), [b"k"])[0]
    for key in ("h1_1", "yhat_1"):
        printed = float(question.printed(key))
        assert printed == question.value(key)
        assert len(question.printed(key).split(".")[1]) <= 4
        low, high = question.range(key)
        assert low <= printed - 0.5e-4 < printed + 0.5e-4 <= high


def test_of_the_first_four_certified_candidates_the_one_with_the_fewest_collisions_is_taken():
    recipe = load_recipe("two-paths-given")
    derivation = recipe.derivation("w1_31", "gradient")
    for key in (b"ada", b"bob", b"cleo"):
        givens = candidate_givens(recipe, derivation, raw_words(key, 0, 200, word_count(recipe, derivation)))
        result = certify_batch(derivation, givens, recipe.places, recipe.fairness, recipe.difficulty)
        ranks = result.ranks(range(4))
        certificate = draw(recipe, [key], parameter="w1_31")[0].certificate
        assert certificate is not None
        assert certificate["candidate"] == result.rows[ranks.index(min(ranks))]
        assert (certificate["slot_collisions"], certificate["collisions"]) == min(ranks)


def test_mistakes_that_may_be_taken_for_each_other_are_counted_once_a_pair():
    """Of all classes at a step each with each later one, unless both stand for the same misconceptions."""
    derivation = load_recipe("two-paths-given").derivation("w1_31", "gradient")
    position = derivation.index[derivation.paths[0].factors[0]]
    names = [frozenset(found.misconceptions) for found in slips_at(derivation, position)]
    assert len(names) > 2
    _, rivals = certificate._equivalence_classes(derivation, position)
    counted = {(one, other) for one, others in enumerate(rivals) for other in others.tolist()}
    assert counted == {(a, b) for a, b in combinations(range(len(names)), 2) if names[a] != names[b]}


@pytest.mark.parametrize(
    ("seen", "rank", "settled"),
    [
        (0, (0, 0), False),
        (1, (0, 0), True),
        (3, (0, 1), False),
        (3, (1, 1), False),
        (4, (0, 1), True),
        (4, (2, 5), True),
    ],
)
def test_a_key_is_settled_without_collisions_or_after_four(seen, rank, settled):
    assert Search(seen, rank).settled is settled
    # None comes to a collision where mistakes strike and to fewer in all.
    assert Search(seen, (1, 0)).settled is (seen == 4)


@pytest.mark.parametrize("name", recipes())
def test_no_two_inputs_are_equal(name):
    recipe = load_recipe(name)
    # Which parameter is asked for changes nothing about the inputs: of one, all are drawn together.
    for question in draw(recipe, [b"%d" % n for n in range(20)], parameter=askable(recipe)[0]):
        inputs = [question.value(given) for given in question.derivation.givens if given.letter == "x"]
        assert len(set(inputs)) == len(inputs)


def test_no_key_has_more_candidates_than_its_limit():
    """However many are looked at together: else the limit would hang on who else is drawn."""
    recipe, keys = load_recipe("deep"), [b"%d" % n for n in range(3)]
    derivation = recipe.derivation(recipe.choices("same", "gradient")[0], "gradient")
    source = source_of(recipe, derivation)
    searches, tried, _ = search(source, recipe.limits(derivation), keys, lambda found: None, usual=1, limit=5)
    assert not any(one.seen for one in searches)
    assert tried == 5 * len(keys)
