"""Loss and output function as one step, `combined`: what it is worth, where it is allowed, how files write it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.errors import InputError, NetworkError, RecipeError
from question_bank.networks.dense import Dense
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import Recipe, load_recipe
from question_bank.questions.written import read_problem
from question_bank.questions.written_models.written_network import WrittenNetwork
from question_bank.questions.written_question import WrittenQuestion
from tests.question_bank.comparison import Case, disagreements, random_case, solved

PAIRS = {
    ("full", "cross_entropy"): 1,
    ("sigmoid", "binary_cross_entropy"): 1,
    ("linear", "half_squared_error"): 1,
    ("linear", "squared_error"): 2,
}
"""Output function and loss, with what ŷ - y is multiplied by."""
RECIPES = ("softmax-combined", "logistic-neuron", "linear-neuron")


def combined_case(rng: np.random.Generator, output: str, loss: str, **fixed: Any) -> Case:
    """A random network whose last function goes together with its loss; targets of a softmax add up to 1."""
    case = random_case(rng, output=output, loss=loss, **fixed)
    network, values = replace(case.network, softmax=None, combined=True), dict(case.values)
    targets = [name for name in values if name[:2] == "y_"]
    if output == "full":
        whole = sum(values[target] for target in targets)
        values |= {target: values[target] / whole for target in targets}
    return Case(network, values, case.asked)


def check(seed: int, count: int) -> None:
    for number in range(count):
        (output, loss), rng = list(PAIRS)[number % len(PAIRS)], np.random.default_rng([seed, number])
        case = combined_case(rng, output, loss, asked=1)
        assert disagreements(case) == [], f"{case.network} with {case.values}"


def test_gradients_are_those_of_the_oracle() -> None:
    check(1, 60)


@pytest.mark.bank
@pytest.mark.parametrize("seed", range(2, 6))
def test_gradients_of_a_thousand_networks_are_those_of_the_oracle(seed: int) -> None:
    check(seed, 250)


@pytest.mark.parametrize(("pair", "times"), PAIRS.items())
def test_a_path_has_one_factor_from_the_loss_to_the_output_s_unit(pair: tuple[str, str], times: int) -> None:
    case = combined_case(np.random.default_rng(3), *pair, depth=2)
    question = solved(case, "w1_11")
    outputs = case.network.sizes[-1]
    assert len(question.derivation.paths) == outputs
    for unit, path in enumerate(question.derivation.paths, 1):
        assert [factor.key for factor in path.factors] == [
            f"dL/da2_{unit}",
            f"da2_{unit}/dh1_1",
            "dh1_1/da1_1",
            "da1_1/dw1_11",
        ]
        error = question.value(f"yhat_{unit}") - case.values[f"y_{unit}"]
        assert question.value(f"dL/da2_{unit}") == pytest.approx(times * error, rel=1e-12)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_long_way_gives_the_same_contribution_of_each_output_s_unit_and_the_same_gradient(
    pair: tuple[str, str],
) -> None:
    short = combined_case(np.random.default_rng(4), *pair, depth=3)
    softmax = "full" if pair[0] == "full" else None
    long = replace(short, network=replace(short.network, combined=False, softmax=softmax))
    for parameter in short.asked:
        one, other = solved(short, parameter), solved(long, parameter)
        assert one.value("gradient") == pytest.approx(other.value("gradient"), rel=1e-12)
        found = contributions(one, first=1)
        assert found.keys() == (expected := contributions(other, first=2)).keys()
        assert all(found[way] == pytest.approx(expected[way], rel=1e-11, abs=1e-15) for way in found)


def contributions(question: Question, first: int) -> dict[tuple[str, ...], float]:
    """Products added up over what lies before the last layer's pre-activation, in factors left out at the beginning."""
    found: dict[tuple[str, ...], float] = {}
    for path in question.derivation.paths:
        way = tuple(factor.key for factor in path.factors[first:])
        found[way] = found.get(way, 0.0) + question.value(path.product)
    return found


@pytest.mark.parametrize(("output", "loss", "wanted"), [("softmax", "cross_entropy", 2), ("sigmoid", "", 1)])
def test_no_digit_is_lost_where_an_output_is_nearly_its_target(output: str, loss: str, wanted: int) -> None:
    network = Dense((1, wanted), (output,), loss or "binary_cross_entropy", combined=True)
    numbers = {"x_1": 1.0, "w1_11": 30.0, "w1_21": 0.0, "y_1": 1.0, "y_2": 0.0}
    derivation = derive(network, "w1_11")
    question = solve(derivation, {given.key: numbers[given.key] for given in derivation.givens})
    # 1 - 1 / (1 + e^-30) = 1 / (1 + e^30), which for e^30 = 10686474581524.463 is 9.357622968839299e-14.
    assert question.value("dL/da1_1") == pytest.approx(-9.357622968839299e-14, rel=1e-12)


def test_outputs_as_recorded_do_not_add_up_to_1_and_either_way_to_the_error_is_honest() -> None:
    """Six outputs of 1/6, each written as 0.1667: ŷ - 1 is -0.8333, and less the five others it is -0.8335."""
    derivation = derive(Dense((1, 6), ("softmax",), "cross_entropy", combined=True), "w1_11")
    numbers = {given.key: 0.0 for given in derivation.givens} | {"x_1": 1.0, "y_1": 1.0}
    low, high = solve(derivation, numbers, load_recipe("softmax-combined").places).range("dL/da1_1")
    assert low <= -0.8335 < -0.8333 <= high


def test_a_published_step_of_logistic_regression() -> None:
    """Jurafsky and Martin, Speech and Language Processing (3rd ed. draft), 5.6: x = (3, 2), w = b = 0, y = 1, η = 0.1.

    The book gives the gradient (-1.5, -1.0, -0.5) and the new w = (0.15, 0.1), b = 0.05.
    """
    text = """
    network = { sizes = [2, 1], activations = ["sigmoid"], loss = "binary_cross_entropy", combined = true, \
W1 = [[0, 0]], b = [[0]], x = [3, 2], y = [1] }
    ask = { parameter = "w1_11", quantity = "updated", learning_rate = 0.1 }
    """
    published = {"w1_11": (-1.5, 0.15), "w1_12": (-1.0, 0.1), "b1_1": (-0.5, 0.05)}
    for parameter, (gradient, updated) in published.items():
        question = read_problem(text, "book.toml", parameter).solve()
        assert question.value("gradient") == pytest.approx(gradient)
        assert question.value("updated") == pytest.approx(updated)


def test_published_probabilities_of_a_softmax_classifier() -> None:
    """Stanford CS231n, notes on linear classification: scores -2.85, 0.86, 0.28 and probabilities 0.016, 0.631, 0.353.

    The right class is the third, so that its error is 0.353 - 1. The notes divide exponentials of three digits, so that
    their last digit may be one off.
    """
    text = """
    ask = "w1_31"
    [network]
    sizes = [4, 3]
    activations = ["softmax"]
    loss = "cross_entropy"
    combined = true
    W1 = [[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0.0, -0.45, -0.2, 0.03]]
    b = [[0.0, 0.2, -0.3]]
    x = [-15, 22, -44, 56]
    class = 3
    """
    scores, errors = (-2.85, 0.86, 0.28), (0.016, 0.631, -0.647)
    for unit, (score, error) in enumerate(zip(scores, errors, strict=True), 1):
        question = read_problem(text, "notes.toml", f"w1_{unit}1").solve()
        assert question.value(f"a1_{unit}") == pytest.approx(score)
        assert question.value(f"dL/da1_{unit}") == pytest.approx(error, abs=0.001)
        assert question.value("gradient") == pytest.approx(-15 * error, abs=15 * 0.001)


@pytest.mark.parametrize(
    ("activation", "loss", "softmax", "place", "says"),
    [
        ("tanh", "half_squared_error", None, "combined", "combined = true with tanh and half_squared_error; expected"),
        ("sigmoid", "cross_entropy", None, "combined", "sigmoid with binary_cross_entropy"),
        ("softmax", "squared_error", None, "combined", "softmax with cross_entropy"),
        ("linear", "mean_squared_error", None, "combined", "linear with half_squared_error"),
        ("linear", "huber", None, "combined", "linear with squared_error"),
        ("softmax", "cross_entropy", "full", "softmax", "beside combined = true"),
        ("softmax", "cross_entropy", "diagonal", "softmax", "beside combined = true"),
        ("sigmoid", "binary_cross_entropy", "full", "softmax", "beside combined = true"),
    ],
)
def test_what_does_not_go_together(activation: str, loss: str, softmax: Any, place: str, says: str) -> None:
    with pytest.raises(NetworkError, match=says) as raised:
        Dense((2, 2), (activation,), loss, softmax, combined=True)
    assert raised.value.place == f"network.{place}"


NETWORK = """
ask = "w1_11"
[network]
sizes = [1, 3]
activations = ["softmax"]
loss = "cross_entropy"
combined = true
W1 = [[0.5], [0.2], [-0.1]]
x = [2]
"""


@pytest.mark.parametrize(("number", "targets"), [(1, [1, 0, 0]), (2, [0, 1, 0]), (3, [0, 0, 1])])
def test_a_class_stands_for_its_target(number: int, targets: list[int]) -> None:
    by_class = read_problem(f"{NETWORK}class = {number}", "mine.toml")
    assert [by_class.givens[f"y_{n}"] for n in (1, 2, 3)] == targets
    assert by_class.solve().value("gradient") == (
        read_problem(f"{NETWORK}y = {targets}", "mine.toml").solve().value("gradient")
    )


def test_a_class_in_json() -> None:
    network: dict[str, Any] = {"sizes": [1, 2], "activations": ["softmax"], "loss": "cross_entropy", "combined": True}
    network |= {"W1": [[1], [2]], "x": [3], "class": 2}
    document = {"ask": "w1_21", "network": network}
    problem = read_problem(json.dumps(document), "mine.json")
    assert (problem.givens["y_1"], problem.givens["y_2"]) == (0, 1)
    network["class"] = 3
    with pytest.raises(NetworkError, match=r"mine\.json, network\.class: class is 3; expected .* from 1 to 2"):
        read_problem(json.dumps(document), "mine.json")


@pytest.mark.parametrize(
    ("written", "place", "says"),
    [
        ("class = 0", "class", "class is 0; expected the number of an output, from 1 to 3"),
        ("class = 4", "class", "class is 4; expected the number of an output, from 1 to 3"),
        ("class = true", "class", "class is true"),
        ("class = 1.0", "class", "class is 1.0"),
        ('class = "2"', "class", "class is '2'"),
        ("class = 1\ny = [1, 0, 0]", "class", "both class and y"),
        ("", "y", "missing"),
        ("y = [0.5, 0.4, 0.2]", "y", "y adds up to 1.1; expected targets that add up to 1"),
        ("y = [1, 1, 0]", "y", "y adds up to 2"),
        ("y = [1, 0]", "y", "2 numbers; expected 3 numbers"),
        ("class = 1\ncombined_ = true", None, "Did you mean 'combined'"),
        ("klass = 1", None, "Did you mean 'class'"),
    ],
)
def test_what_cannot_be_a_target(written: str, place: str | None, says: str) -> None:
    with pytest.raises(InputError) as raised:
        read_problem(NETWORK + written, "mine.toml")
    assert says in str(raised.value)
    assert str(raised.value).startswith(f"mine.toml, network.{place}: " if place else "mine.toml, network: ")


def test_a_class_of_a_single_output_and_of_sizes_that_make_no_network() -> None:
    text = NETWORK.replace("[1, 3]", "[1, 1]").replace("[[0.5], [0.2], [-0.1]]", "[[0.5]]") + "class = 1"
    with pytest.raises(NetworkError, match="expected two outputs or more"):
        read_problem(text, "mine.toml")
    with pytest.raises(NetworkError, match="make no network"):
        read_problem(NETWORK.replace("[1, 3]", "[1, 0]") + "class = 1", "mine.toml")


@pytest.mark.parametrize("written", ["1", '"true"', "[]"])
def test_combined_is_true_or_false(written: str) -> None:
    text = NETWORK.replace("combined = true", f"combined = {written}") + "class = 1"
    with pytest.raises(NetworkError, match=r"network\.combined: .*; expected true or false"):
        read_problem(text, "mine.toml")


def test_targets_of_a_softmax_need_not_be_one_hot() -> None:
    question = read_problem(f"{NETWORK}y = [0.7, 0.1, 0.2]", "mine.toml").solve()
    assert question.value("dL/da1_1") == pytest.approx(question.value("yhat_1") - 0.7)


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_written_of_a_question_is_the_question(name: str) -> None:
    (question,) = draw(load_recipe(name), [b"written"], quantity="updated")
    written = WrittenQuestion.of(question)
    table = written.model_dump()
    assert table["network"]["combined"] is True
    assert WrittenQuestion.model_validate(table).derivation == question.derivation
    plain = Dense((1, 1), ("sigmoid",), "squared_error")
    numbers = dict.fromkeys(plain.givens(), 0.5)
    assert "combined" not in WrittenNetwork.of(plain, numbers).model_dump()


def changed(name: str, **changes: dict[str, Any]) -> dict[str, Any]:
    table = load_recipe(name).model_dump(exclude_unset=True)
    return table | {part: table.get(part, {}) | change for part, change in changes.items()}


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        ("softmax-combined", {"ranges": {"y": {"low": 0, "high": 1}}}, 'Write y = "one_hot"'),
        ("softmax-combined", {"network": {"loss": "squared_error"}}, "combined = true with softmax"),
        ("softmax-combined", {"network": {"softmax": "full"}}, "beside combined = true"),
        ("logistic-neuron", {"network": {"activations": ["tanh"]}}, "combined = true with tanh"),
        ("logistic-neuron", {"network": {"combined": 1}}, "boolean"),
        # Without it the paths of a one-hot target are 0, which has to be allowed.
        ("softmax-combined", {"network": {"combined": False, "softmax": "full"}}, "zero_paths"),
    ],
)
def test_recipes_that_do_not_fit(name: str, changes: dict[str, Any], says: str) -> None:
    with pytest.raises((RecipeError, ValueError), match=says):
        Recipe.model_validate(changed(name, **changes))


@pytest.mark.parametrize("name", RECIPES)
def test_outputs_that_paths_are_worked_from_are_not_saturated(name: str) -> None:
    recipe = load_recipe(name)
    for question in draw(recipe, [b"saturated %d" % n for n in range(50)]):
        worked_from = {factor.below.index[0] for path in question.derivation.paths for factor in path.factors[:1]}
        for unit in worked_from if recipe.network.loss.endswith("entropy") else ():
            assert 0.02 <= question.value(f"yhat_{unit}") <= 0.98
