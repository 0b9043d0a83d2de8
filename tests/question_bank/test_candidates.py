from collections import Counter
from itertools import permutations

import numpy as np

from question_bank.questions.candidates import (
    _mask,
    candidate_givens,
    fractions_of,
    on_grid,
    one_hot,
    raw_words,
    word_count,
)
from question_bank.questions.recipe import load_recipe


def inputs_of(recipe, count):
    derivation = recipe.derivation("w1_11", "gradient")
    givens = candidate_givens(recipe, derivation, raw_words(b"inputs", 0, count, word_count(recipe, derivation)))
    return list(zip(*(column.tolist() for column in givens[: recipe.network.sizes[0]]), strict=True))


def test_distinct_inputs_come_in_every_order_as_often():
    recipe = load_recipe("textbook")
    found = Counter(inputs_of(recipe, 60_000))
    expected = 60_000 / 120
    assert set(found) == set(permutations(range(1, 6), 4))
    # Pearson's statistic over 119 degrees of freedom: its mean 119, its standard deviation 15.4.
    assert sum((count - expected) ** 2 / expected for count in found.values()) < 119 + 5 * 15.4


def test_inputs_may_be_equal_where_the_recipe_says_so_or_has_too_few_values():
    recipe = load_recipe("textbook")
    grid = recipe.ranges.x
    for changed in ({"distinct": False}, {"high": 3.0}):
        ranges = recipe.ranges.model_copy(update={"x": grid.model_copy(update=changed)})
        inputs = inputs_of(recipe.model_copy(update={"ranges": ranges}), 200)
        assert any(len(set(row)) < len(row) for row in inputs)


def test_one_target_is_1_as_often_as_any_however_many_layers_there_are():
    recipe = load_recipe("softmax")
    network = recipe.network.model_copy(
        update={"sizes": (2, 4, 4, 3), "activations": ("sigmoid", "sigmoid", "softmax"), "biases": ("none",) * 3}
    )
    recipe = recipe.model_copy(update={"network": network})
    derivation = recipe.derivation("w3_11", "gradient")
    givens = candidate_givens(recipe, derivation, raw_words(b"targets", 0, 3000, word_count(recipe, derivation)))
    targets = [column for given, column in zip(derivation.givens, givens, strict=True) if given.letter == "y"]
    assert (np.sum(targets, axis=0) == 1).all()
    # Each about 1,000 times of 3,000, with a standard deviation of 26.
    assert all(abs(column.sum() - 1000) < 5 * 26 for column in targets)


def test_a_mask_lets_through_what_is_drawn_below_keep_and_one_unit_at_the_least():
    """With keep = 0.8, three units in columns."""
    fractions = [[0.79, 0.1, 0.9, 0.81, 0.99], [0.81, 0.2, 0.95, 0.9, 0.79], [0.5, 0.3, 0.85, 0.82, 0.99]]
    kept = [[1, 1, 0, 1, 0], [0, 1, 0, 0, 1], [1, 1, 1, 0, 0]]
    recipe = load_recipe("dropout")
    assert recipe.model.conventions().keep == 0.8
    np.testing.assert_array_equal(_mask(recipe.model, np.array(fractions)), kept)


def test_each_number_of_a_grid_has_its_part_of_the_fractions():
    grid = load_recipe("textbook").ranges.x
    assert [step / 10**grid.decimals for step in grid.steps()] == [1, 2, 3, 4, 5]
    fractions = np.array([0.0, 0.1999, 0.2001, 0.5999, 0.6001, 0.9999])
    assert on_grid(grid, fractions).tolist() == [1, 1, 2, 3, 4, 5]


def test_which_target_is_1_is_told_by_the_random_word_of_the_first_so_that_a_key_keeps_its_question():
    """A third of the fractions for each of three."""
    recipe = load_recipe("softmax")
    derivation = recipe.derivation(recipe.choices()[0], "gradient")
    words = raw_words(b"targets", 0, 300, word_count(recipe, derivation))
    givens = candidate_givens(recipe, derivation, words)
    names = [given.key for given in recipe.model.givens()]
    count = sum(name.startswith("y_") for name in names)
    targets = [column for given, column in zip(derivation.givens, givens, strict=True) if given.letter == "y"]
    drawn = np.floor(count * fractions_of(words)[names.index("y_1")])
    assert np.argmax(targets, axis=0).tolist() == drawn.tolist()


def test_one_of_several_is_1_by_equal_parts():
    fractions = np.array([0.0, 0.2499, 0.25, 0.4999, 0.5, 0.9999])
    assert [one_hot(fractions, place, 4).tolist() for place in (0, 1, 3)] == [
        [1, 1, 0, 0, 0, 0],
        [0, 0, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 1],
    ]


def test_a_random_word_is_a_fraction_below_1_by_its_first_53_bits():
    words = np.array([[0, 2**11 - 1, 2**11], [2**63, 2**64 - 1, 2**62]], dtype=np.uint64)
    assert fractions_of(words).T.tolist() == [[0.0, 0.0, 2.0**-53], [0.5, 1 - 2.0**-53, 0.25]]
