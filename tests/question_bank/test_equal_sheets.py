"""Of a thousand students hardly ever two get the same question."""

import pytest

from benchmarks.equal_sheets import estimate, sets_of_numbers
from question_bank.questions.ranges import Grid, InputGrid
from question_bank.questions.recipe import load_recipe
from tests.recipes import recipes


@pytest.mark.parametrize("name", recipes())
def test_of_a_thousand_students_two_share_a_question_in_less_than_one_class_of_a_hundred(name):
    assert estimate(load_recipe(name), draws=10_000).chance < 0.01


def narrow_chain():
    """8 inputs, 18 values of each weight, 21 targets: 54,432 sets of numbers."""
    recipe = load_recipe("chain")
    weight = Grid(low=-0.9, high=0.9, decimals=1)
    ranges = recipe.ranges.model_copy(
        update={
            "W": weight,
            "x": InputGrid(low=-4, high=4, decimals=0),
            "y": Grid(low=-1, high=1, decimals=1, zero=True),
        }
    )
    return recipe.model_copy(update={"ranges": ranges})


def test_sets_of_numbers_are_counted_given_by_given():
    assert sets_of_numbers(narrow_chain()) == 8 * 18 * 18 * 21
    # Three different inputs of six, one-hot targets of three outputs, 18 weights of 18 values.
    assert sets_of_numbers(load_recipe("softmax")) == pytest.approx(6 * 5 * 4 * 18**18 * 3, rel=1e-12)


def test_with_one_decimal_a_class_would_share():
    """The equal pairs that are found are as many as the sets of numbers make one expect."""
    found = estimate(narrow_chain(), draws=10_000)
    assert found.chance > 0.99
    assert found.equal_pairs == pytest.approx(found.expected_pairs, rel=0.3)
    assert found.equal_pairs > 100
