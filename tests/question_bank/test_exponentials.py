"""A softmax whose exponentials are given: held to HIPS autograd and to fractions, and what its files take."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError, NetworkError
from question_bank.networks.dense import Dense
from question_bank.questions.draws import draw
from question_bank.questions.own_draws import draw_own
from question_bank.questions.own_network import read_own_network
from question_bank.questions.recipe import FOLDER, load_recipe, recipe_of
from question_bank.questions.written import problem_from
from question_bank.questions.written_question import WrittenQuestion
from question_bank.toml_text import parse_toml

RECIPE = (FOLDER / "softmax-by-hand.toml").read_text(encoding="utf-8")
NETWORK: dict[str, Any] = {
    "sizes": [2, 3],
    "activations": ["softmax"],
    "loss": "cross_entropy",
    "combined": True,
    "W1": [[0.5, -1], [1.5, 2], [-2, 0.5]],
    "x": [2, -3],
    "exponentials": [3, 5, 2],
    "class": 2,
}


def test_gradients_are_those_of_a_network_with_biases_on_a_thousand_networks() -> None:
    """Biases make whatever exponentials are given: autograd goes through those, which the derivation never sees."""
    rng = np.random.default_rng(7)
    network = Dense((2, 2, 3), ("tanh", "softmax"), "cross_entropy", combined=True, exponentials=True)
    derivation = derive(network, [*network.parameters()], Layout(working="table"))
    keys = [step.key for step in derivation.steps]
    for _ in range(1_000):
        first, second, bias = rng.normal(size=(2, 2)), rng.normal(size=(3, 2)), rng.normal(size=3)
        x, y = rng.normal(size=2), np.eye(3)[rng.integers(3)]

        def loss(first: Any, second: Any, bias: Any = bias, x: Any = x, y: Any = y) -> Any:
            exponentials = anp.exp(anp.dot(second, anp.tanh(anp.dot(first, x))) + bias)
            return -anp.sum(y * anp.log(exponentials / anp.sum(exponentials)))

        values = {f"x_{n}": x[n - 1] for n in (1, 2)} | {f"y_{n}": y[n - 1] for n in (1, 2, 3)}
        values |= {f"w1_{i}{j}": first[i - 1, j - 1] for i in (1, 2) for j in (1, 2)}
        values |= {f"w2_{i}{j}": second[i - 1, j - 1] for i in (1, 2, 3) for j in (1, 2)}
        values |= dict(zip(("e2_1", "e2_2", "e2_3"), np.exp(second @ np.tanh(first @ x) + bias), strict=True))
        found = evaluate(derivation, np.array([[values[given.key] for given in derivation.givens]]))[0]
        right = [*grad(loss, 0)(first, second).ravel(), *grad(loss, 1)(first, second).ravel()]
        answers = [found[keys.index(answer.key)] for answer in derivation.answers]
        assert answers == pytest.approx(right, rel=1e-9, abs=1e-12)


def test_every_box_of_a_question_is_the_fraction() -> None:
    recipe = load_recipe("softmax-by-hand")
    for question in draw(recipe, [b"%d" % n for n in range(100)], quantity="updated"):
        given = {name.key: Fraction(question.printed(name)) for name in question.derivation.givens}
        right: dict[str, Fraction] = {"s1": sum((given[f"e1_{k}"] for k in (1, 2, 3)), Fraction(0))}
        for k in (1, 2, 3):
            right[f"yhat_{k}"] = given[f"e1_{k}"] / right["s1"]
            error = right[f"a1_{k}.error"] = right[f"yhat_{k}"] - given[f"y_{k}"]
            for j in (1, 2):
                gradient = right[f"w1_{k}{j}.gradient"] = error * given[f"x_{j}"]
                right[f"w1_{k}{j}.updated"] = given[f"w1_{k}{j}"] - given["eta"] * gradient
        assert {slot.name: Fraction(question.printed(slot.step)) for slot in question.slots} == right
        assert sum(right[f"yhat_{k}"] for k in (1, 2, 3)) == 1


def test_a_question_goes_into_a_file_and_comes_back() -> None:
    question = draw(load_recipe("softmax-by-hand"), [b"a"])[0]
    written = WrittenQuestion.of(question).model_dump(exclude_none=True, by_alias=True)
    again = WrittenQuestion.model_validate(written).problem().solve()
    assert again.derivation == question.derivation
    assert (again.values == question.values).all()


def test_one_of_ones_own_is_solved_and_drawn() -> None:
    solved = problem_from({"network": NETWORK, "ask": "w1_21"}).solve()
    assert solved.value("gradient") == pytest.approx((5 / 10 - 1) * 2)
    text = """
ask = "w1_21"
precision = "6s"

[network]
sizes = [2, 3]
activations = ["softmax"]
loss = "cross_entropy"
combined = true
W1 = [[0.5, -1], [1.5, 2], [-2, 0.5]]
x = [2, -3]
exponentials = "draw"
class = 2

[ranges]
exponentials = { low = 2, high = 9, decimals = 0 }
"""
    numbers = {
        question.value("e1_1") for question in draw_own(read_own_network(text, "mine.toml"), [b"a", b"b", b"c", b"d"])
    }
    assert len(numbers) > 1
    assert numbers <= {*range(2, 10)}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"exponentials": [3, 5]}, "network.exponentials"),
        ({"exponentials": [3, 5, 0]}, "network.exponentials"),
        ({"combined": False, "softmax": "full"}, "network.exponentials"),
        ({"b": [[1, 2, 3]]}, "network.exponentials"),
    ],
)
def test_exponentials_that_fit_no_network_are_refused(change: dict[str, Any], place: str) -> None:
    with pytest.raises(NetworkError) as caught:
        problem_from({"network": NETWORK | change, "ask": "w1_21"})
    assert caught.value.place == place


@pytest.mark.parametrize(
    "ask",
    [
        {"quantity": "forward"},
        {"parameter": "w1_11", "quantity": "quotient", "epsilon": 0.03},
        {"parameters": "all", "learning_rate": 0.5, "update": {"rule": "plain", "steps": 2}},
        {"parameters": "all", "learning_rate": 0.5, "update": {"rule": "plain", "again": True}},
    ],
)
def test_nothing_is_asked_that_takes_the_exponentials_with_other_weights(ask: dict[str, Any]) -> None:
    with pytest.raises(NetworkError, match="whose exponentials are given"):
        problem_from({"network": NETWORK, "ask": ask})


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("exponentials = { low = 1,", "exponentials = { low = 0, zero = true,", "ranges.exponentials"),
        ("exponentials = true", "exponentials = false", "ranges.exponentials"),
        ("exponentials = { low = 1, high = 12, decimals = 0 }\n", "", "ranges.exponentials"),
    ],
)
def test_a_recipe_whose_exponentials_do_not_fit_is_refused(old: str, new: str, place: str) -> None:
    assert old in RECIPE
    with pytest.raises(InputError) as caught:
        recipe_of(parse_toml(RECIPE.replace(old, new), "mine.toml"), "mine.toml")
    assert place in {one.place for one in caught.value.all}
