"""What is said of a recipe to a lecturer is read off the recipe."""

import pytest

from question_bank.questions.about import CHAPTERS, About, the_bank
from question_bank.questions.recipe import load_recipe, recipe_names


def test_the_bank_is_in_the_order_of_chapters_and_the_shortest_come_first() -> None:
    bank = the_bank()
    assert sorted(one.name for one in bank) == recipe_names()
    places = [(CHAPTERS.index(one.recipe.chapter), one.recipe.minutes) for one in bank]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("name", "words", "fits"),
    [
        ("softmax", "softmax", True),
        ("softmax", "Cross-Entropy", True),
        ("softmax", "delta rule", False),
        ("linear-neuron", "delta", True),
        ("first", "sigmoid", True),
        ("chain", "sigmoid", False),
    ],
)
def test_what_it_has_to_do_with(name: str, words: str, fits: bool) -> None:
    assert About.of(name, load_recipe(name)).practises(words) is fits


def test_the_facts_of_a_recipe() -> None:
    facts = dict(About.of("two-paths", load_recipe("two-paths")).facts())
    assert facts["work"] == "21 boxes, 2 paths, about 30 minutes, with a calculator"
    assert facts["network"].startswith("4-4-2 network, sigmoid, sigmoid; loss: ")
    assert facts["asked"].startswith("the derivative of the loss by one of 16 parameters, w1_11 to w1_44; ")
    assert "b from −0.5 to 0.5 (1 decimal, never 0)" in facts["numbers"]
    assert facts["written to"] == "four decimals (forward, factor), six decimals (product, gradient)"
    assert "within 1 % of the answer and within 5 % of other values" in facts["fair"]
    assert "difficulty from 0.36 to 0.52" in facts["fair"]
    assert "network.biases: none or unit" in facts["switches"]


def test_a_recipe_that_says_how_it_is_updated_is_about_the_new_value() -> None:
    """Its boxes are counted with those of the update; without `[update]` the gradient is what is asked."""
    about = About.of("again", load_recipe("again"))
    assert about.recipe.usually_asked == "updated"
    assert about.derivation.layout.quantity == "updated"
    assert about.boxes == len(about.derivation.slots) > about.recipe.most_slots()
    assert dict(about.facts())["asked"].startswith("the new value of one of 4 parameters")
    assert load_recipe("first").usually_asked == "gradient"


def test_only_networks_with_layers_are_worked_layer_by_layer() -> None:
    work = {name: dict(About.of(name, load_recipe(name)).facts())["work"] for name in ("first-layer", "momentum")}
    assert "layer by layer" in work["first-layer"]
    assert "step by step" in work["momentum"]
    manners = {name: About.of(name, load_recipe(name)).derivation.manner for name in ("bptt-all", "conv-kernel")}
    assert manners == {"bptt-all": "step by step in time", "conv-kernel": "value by value"}


def test_grids_are_called_by_what_is_drawn_from_them() -> None:
    """The weights' grid by the letters of few tables, where they are not W."""
    numbers = {name: dict(About.of(name, load_recipe(name)).facts())["numbers"] for name in DRAWN}
    for name, begins in DRAWN.items():
        assert numbers[name].startswith(f"{begins} from "), name
    assert "x_0 from" in numbers["momentum"]


DRAWN = {
    "two-paths": "W",
    "chain": "W",
    "attention-gradients": "Q, K and V",
    "conv-1d": "k and w",
    "lstm-back": "weights",
    "softmax-gradient": "a",
    "momentum": "learning rate",
}


def test_an_optimiser_alone_has_no_forward_pass() -> None:
    facts = dict(About.of("momentum", load_recipe("momentum")).facts())
    assert facts["asked"] == "every value of every step, up to x_3"
    assert facts["written to"] == "four decimals (gradient, update)"


def test_of_exact_numbers_it_is_said_how_long_they_are_and_of_grids_their_steps() -> None:
    recipe = load_recipe("softmax-by-hand")
    facts = dict(About.of("softmax-by-hand", recipe).facts())
    assert "nothing but the exact number" in facts["fair"]
    assert "numerator is at most 100, its denominator at most 20" in facts["fair"]
    assert "%" not in facts["fair"]
    assert "W from −2 to 2 (in steps of 0.5, never 0 or ±1)" in facts["numbers"]
    assert "x from −9 to 9 (whole numbers" in facts["numbers"]
