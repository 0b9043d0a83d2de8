import json

import numpy as np
import pytest

from question_bank.draws import draw
from question_bank.errors import InputError, TooManyPaths
from question_bank.recipe import load_recipe, recipe_names
from question_bank.written import problem_from, question_table, read_problem, solution

NETWORK = """
[network]
sizes = [2, 2, 1]
activations = ["tanh", "linear"]
loss = "half_squared_error"
W1 = [[0.5, -1.0], [2.0, 0.25]]
W2 = [[1.0, -0.5]]
b = [[0.1, 0.2], 0.3]
x = [1.0, 2.0]
y = [0.5]
[ask]
parameter = "b2"
"""


@pytest.mark.parametrize("name", recipe_names())
@pytest.mark.parametrize("quantity", ["gradient", "updated"])
def test_a_stored_question_solves_to_the_same_values_and_ranges(name, quantity):
    for question in draw(load_recipe(name), [b"%d" % n for n in range(10)], quantity=quantity):
        again = problem_from(json.loads(json.dumps(question_table(question)))).solve()
        assert again.derivation == question.derivation
        np.testing.assert_array_equal(again.values, question.values)
        np.testing.assert_array_equal(again.low, question.low)
        np.testing.assert_array_equal(again.high, question.high)


def test_a_shared_and_an_own_bias_are_told_apart():
    shared = read_problem(NETWORK, "n.toml")
    assert shared.derivation.paths[0].factors[-1] == "da2_1/db2"
    own = read_problem(NETWORK, "n.toml", "b1_2")
    assert own.derivation.paths[0].factors[-1] == "da1_2/db1_2"


def test_solution_without_precision_or_rate():
    problem = read_problem(NETWORK, "n.toml")
    found = solution(problem, problem.solve())
    assert found["updated"] is None
    assert all(step["low"] == step["high"] == step["value"] for step in found["steps"])
    assert found["gradient"] == pytest.approx(np.tanh(-1.4) - 0.5 * np.tanh(2.7) + 0.3 - 0.5)
    assert [step["key"] for step in found["steps"] if step["role"] == "forward"][-1] == "yhat_1"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[2, 2, 1]", "[2, 2, 2]", r"n\.toml, network\.W2: 1 rows; expected 2 rows"),
        ("[0.5, -1.0]", "[0.5]", r"network\.W1, row 1: 1 numbers; expected 2"),
        ("x = [1.0, 2.0]", "x = [1.0, nan]", r"network\.x: nan; expected a finite number"),
        ("x = [1.0, 2.0]", 'x = [1.0, "2"]', r"network\.x: '2'; expected a number"),
        ("x = [1.0, 2.0]", "x = [1.0, true]", r"network\.x: True; expected a number"),
        ('"b2"', '"w3_11"', r"no parameter 'w3_11'; expected a weight from w1_11 to w2_12"),
        ("half_squared_error", "mse", r"loss: loss 'mse'; expected squared_error.*which one is meant"),
        ("loss =", "lose =", r"unknown key 'lose'.*[Dd]id you mean 'loss'"),
        ("b = [[0.1, 0.2], 0.3]", "b = [0.1]", r"network\.b: b is \[0\.1\]; expected 2 entries"),
        ("[network]", "[network", r"n\.toml: not well formed: .*line 2"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_with_its_place(old, new, message):
    with pytest.raises(InputError, match=message):
        read_problem(NETWORK.replace(old, new), "n.toml")


def test_a_network_whose_paths_explode_is_refused_with_count_and_limit():
    width, depth = 12, 6
    ones = [[1.0] * width for _ in range(width)]
    document = {
        "network": {
            "sizes": [width] * depth,
            "activations": ["tanh"] * (depth - 1),
            "loss": "squared_error",
            **{f"W{layer}": ones for layer in range(1, depth)},
            "x": [1.0] * width,
            "y": [1.0] * width,
        },
        "ask": {"parameter": "w1_1,12"},
    }
    with pytest.raises(TooManyPaths, match=r"20,736 paths; the limit is 4,096"):
        problem_from(document)


def test_a_division_by_zero_is_named():
    text = NETWORK.replace("half_squared_error", "cross_entropy").replace("[[1.0, -0.5]]", "[[0.0, 0.0]]")
    with pytest.raises(InputError, match=r"finite number.*divisor is 0"):
        read_problem(text.replace("0.3]", "0.0]"), "n.toml").solve()


def test_a_range_without_a_bound_is_null_in_json():
    document = {
        "network": {
            "sizes": [1, 1, 2],
            "activations": ["linear", "softmax"],
            "softmax": "full",
            "loss": "cross_entropy",
            "W1": [[1.0]],
            "W2": [[-5.0], [5.0]],
            "x": [1.0],
            "y": [1.0, 0.0],
        },
        "ask": "w1_11",
        "precision": "4d",
    }
    problem = problem_from(document)
    found = solution(problem, problem.solve())
    json.dumps(found, allow_nan=False)
    assert {step["key"]: step for step in found["steps"]}["dL/dyhat_1"]["low"] is None
