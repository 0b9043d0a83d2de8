from typing import Any

import pytest

from question_bank.errors import RecipeError
from question_bank.questions.recipe import FOLDER, load_recipe, recipe_names, recipe_of
from tests.recipes import recipes

TWO_PATHS = (FOLDER / "two-paths.toml").read_text(encoding="utf-8")


def test_the_recipes_that_come_with_gradpath():
    assert {"chain", "first", "two-paths-given", "two-paths", "textbook", "softmax", "deep"} <= set(recipe_names())


@pytest.mark.parametrize("name", recipes())
def test_each_recipe_states_its_slots_and_minutes(name):
    recipe = load_recipe(name)
    assert recipe.slots == recipe.most_slots()
    derivation = recipe.derivation(recipe.choices()[0], recipe.least_asked)
    # Of a worked solution it is the lines that take the time; a box to be ticked takes a moment.
    work = len(derivation.lines) or recipe.slots
    assert 0.5 * (work - derivation.forms.count("tick")) < recipe.minutes < 3 * work


def test_given_forward_values_take_about_half_the_slots():
    assert load_recipe("two-paths-given").slots == 13
    assert load_recipe("two-paths").slots == 13 + 8


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("minutes = 30", "minuets = 30", r"recipe\.toml, minu"),
        ("low = -0.9, high = 0.9", "low = 0.9, high = -0.9", r"ranges\.W: from 0\.9 to -0\.9 there are no values"),
        ("low = -0.9", "low = -0.95", r"ranges\.W: -0\.95 has more than 1 decimals"),
        ("low = -0.9", 'low = "small"', r"ranges\.W\.low: 'small'; expected a number"),
        ("low = -0.9", "low = -inf", r"ranges\.W\.low: .*finite number"),
        ("low = -0.9", 'low = "-0.9"', r"ranges\.W\.low: '-0\.9'; expected a number"),
        ("low = -0.9", "low = -1e308", r"ranges\.W\.low: .*greater than or equal to -1000000"),
        ("low = -0.9", "low = -1e6", r"ranges\.W: from -1000000\.0 to 0\.9 there are more than 10,000 values"),
        ('"sigmoid", "sigmoid"', '"sigmoid", "softmax"', r"softmax: softmax = None; expected .full."),
        ('"sigmoid", "sigmoid"', '"sigmoid"', r"1 activations for 2 layers"),
        ("paths = [2, 2]", "paths = [3, 3]", r"no parameter has 3 to 3 paths"),
        ('factor = "4d"', 'factor = "0d"', r"ranges\.W\.decimals: 1 decimals are more than the places of a factor"),
        ('factor = "4d"', 'factor = "4x"', r"'4x' is no precision"),
        ('factor = "4d"', 'faktor = "4d"', r"no role is called 'faktor'"),
        ("slots = 21", "slots = 25", r"slots: 25, but a question has up to 21. Write slots = 21"),
        ("b = {", "b2 = {", r"ranges\.b2: unknown key|ranges has no b"),
        ("[network]", "[network", r"not well formed"),
        ("score = [", "score = [0.9, 0.1] #", r"score = \[0\.9, 0\.1\] has its ends the wrong way round"),
        (
            "x = { low = -3,",
            "x = { distinct = true, low = 1,",
            r"ranges\.x: 3 values are too few for 4 distinct inputs",
        ),
        (
            '"sigmoid"]\nloss = "squared_error"',
            '"tanh"]\nloss = "cross_entropy"',
            r"cross_entropy takes outputs from 0 to 1\. End in sigmoid or softmax",
        ),
        ("W = {", "W = { distinct = true,", r"ranges\.W\.distinct: unknown key"),
    ],
)
def test_a_recipe_with_a_mistake_names_file_key_and_cause(tmp_path, old, new, message):
    assert old in TWO_PATHS
    (tmp_path / "recipe.toml").write_text(TWO_PATHS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe("recipe.toml", tmp_path)
    assert "recipe.toml" in str(caught.value)


def test_an_unknown_recipe_names_those_there_are():
    with pytest.raises(RecipeError, match=r"no recipe 'twopaths'; expected .*again, .*chain, .*deep, .*two-paths"):
        load_recipe("twopaths")


def test_a_factor_must_hold_the_printed_forward_value_that_it_copies(tmp_path):
    text = TWO_PATHS.replace('"asked"', '"given"').replace("slots = 21", "slots = 13")
    (tmp_path / "recipe.toml").write_text(text.replace('factor = "4d"', 'factor = "2d"'), encoding="utf-8")
    with pytest.raises(RecipeError, match="a factor of 2d cannot copy a forward value of 4d"):
        load_recipe("recipe.toml", tmp_path)


def test_targets_of_a_cross_entropy_are_probabilities(tmp_path):
    text = TWO_PATHS.replace('"squared_error"', '"binary_cross_entropy"').replace("y = { low = 0", "y = { low = -1")
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=r"takes targets from 0 to 1, not from -1\.0 to 1\.0"):
        load_recipe("recipe.toml", tmp_path)


@pytest.mark.parametrize(
    ("name", "letters", "count"),
    [
        ("chain", "w1", 1),
        ("first", "w1", 4),
        ("softmax", "w2", 9),
        ("two-paths", "w1", 16),
        ("two-paths-given", "w1", 16),
        ("textbook", "w1", 16),
        ("deep", "w1", 9),
    ],
)
def test_parameters_of_equal_work_have_as_many_boxes_and_paths_and_the_same_kinds_of_factors(name, letters, count):
    recipe = load_recipe(name)
    alike = recipe.alike()
    assert [parameter.key.split("_")[0] for parameter in alike] == [letters] * count
    derivations = [recipe.derivation(key, "gradient") for key in alike]
    assert len({(len(each.slots), len(each.paths)) for each in derivations}) == 1
    kinds = [sorted([each.step(key).kind for key in path.factors] for path in each.paths) for each in derivations]
    assert all(each == kinds[0] for each in kinds)


@pytest.mark.parametrize(
    ("base", "change", "said"),
    [
        ("attention", {"attention": {"loss": "given_gradient"}}, "attention.loss: the loss's derivatives are given"),
        ("bptt-all", {"calculator": False, "precision": None}, "recurrent: tanh gives no exact numbers"),
    ],
)
def test_what_no_model_takes_is_said_of_the_table_that_the_recipe_has(
    base: str, change: dict[str, Any], said: str
) -> None:
    written = load_recipe(base).model_dump(exclude_unset=True, by_alias=True)
    changed = {key: written[key] | value if isinstance(value, dict) else value for key, value in change.items()}
    with pytest.raises(RecipeError) as raised:
        recipe_of(written | changed, "mine.toml")
    assert f"mine.toml, {said}" in str(raised.value)
