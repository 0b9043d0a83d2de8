import numpy as np
import pytest

from question_bank.draws import draw
from question_bank.errors import DrawError
from question_bank.recipe import load_recipe, recipe_names


def test_a_draw_depends_on_its_own_key_alone():
    recipe = load_recipe("two-paths")
    alone = draw(recipe, [b"ada"])[0]
    among = draw(recipe, [b"x%d" % n for n in range(40)] + [b"ada"])[-1]
    assert alone.derivation is among.derivation
    np.testing.assert_array_equal(alone.values, among.values)
    np.testing.assert_array_equal(alone.low, among.low)
    assert alone.certificate == among.certificate


def test_different_keys_get_different_numbers():
    questions = draw(load_recipe("first"), [b"%d" % n for n in range(50)], parameter="w1_11")
    assert len({question.value("gradient") for question in questions}) > 45


def test_a_recipe_that_cannot_be_satisfied_says_which_test_rejects_how_many():
    recipe = load_recipe("two-paths")
    strict = recipe.model_copy(update={"fairness": recipe.fairness.model_copy(update={"answer": 1e-7})})
    with pytest.raises(DrawError, match=r"rule 1: an honest range is too wide.*\d") as caught:
        draw(strict, [b"nobody"], parameter="w1_11", name="strict")
    assert caught.value.tried == sum(caught.value.rejections.values())


@pytest.mark.parametrize("name", recipe_names())
def test_first_layer_decimals_are_exact_and_no_slots(name):
    question = draw(load_recipe(name), [b"k"])[0]
    assert not [slot for slot in question.slots if slot.name.startswith("a1_")]


def test_given_forward_values_are_printed_in_full_and_taken_as_exact():
    question = draw(load_recipe("first"), [b"k"])[0]
    for key in ("h1_1", "yhat_1"):
        assert float(question.printed(key)) == question.value(key) == question.range(key)[0]
        assert len(question.printed(key).split(".")[1]) <= 4
