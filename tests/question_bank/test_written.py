import json

import numpy as np
import pytest

from question_bank.errors import InputError, TooManyPaths
from question_bank.questions.as_tables import solution
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe
from question_bank.questions.written import problem_from, read_problem
from question_bank.questions.written_question import WrittenQuestion
from question_bank.toml_text import parse_toml
from tests.recipes import recipes

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


@pytest.mark.parametrize("name", recipes(lambda recipe: not recipe.is_forward))
@pytest.mark.parametrize("quantity", ["gradient", "updated"])
def test_a_stored_question_solves_to_the_same_values_and_ranges(name, quantity):
    recipe = load_recipe(name)
    if recipe.ranges.learning_rate is None and quantity == "updated":
        return
    for question in draw(recipe, [b"%d" % n for n in range(2)], quantity=quantity):
        again = problem_from(json.loads(WrittenQuestion.of(question).model_dump_json(exclude_none=True))).solve()
        assert again.derivation == question.derivation
        np.testing.assert_array_equal(again.values, question.values)
        np.testing.assert_array_equal(again.low, question.low)
        np.testing.assert_array_equal(again.high, question.high)


def test_a_shared_and_an_own_bias_are_told_apart():
    shared = read_problem(NETWORK, "n.toml")
    assert shared.derivation.paths[0].factors[-1].key == "da2_1/db2"
    own = read_problem(NETWORK, "n.toml", "b1_2")
    assert own.derivation.paths[0].factors[-1].key == "da1_2/db1_2"


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
        ("x = [1.0, 2.0]", "x = [1.0, nan]", r"network\.x\[2\]: nan; expected a finite number"),
        ("x = [1.0, 2.0]", 'x = [1.0, "2"]', r"network\.x\[2\]: '2'; expected a number"),
        ("x = [1.0, 2.0]", "x = [1.0, true]", r"network\.x\[2\]: true; expected a number"),
        ('"b2"', '"w3_11"', r"no parameter 'w3_11'; expected a weight from w1_11 to w2_12"),
        ("half_squared_error", "mse", r"loss: loss 'mse'; expected squared_error.*which one is meant"),
        ("loss =", "lose =", r"unknown key 'lose'.*[Dd]id you mean 'loss'"),
        ("b = [[0.1, 0.2], 0.3]", "b = [0.1]", r"network\.b: b is \[0\.1\]; expected 2 entries"),
        ("[network]", "[network", r"n\.toml: not well formed: .*line 2"),
        ("[2, 2, 1]", "[2, 0, 1]", r"network\.sizes: sizes \[2, 0, 1\] make no network; expected 2 to 50 layers"),
        ("0.3]", f"{[0.1] * 5000}]", r"network\.b\[2\]: 5000 numbers; expected 1 numbers"),
        ("[[0.1, 0.2], 0.3]", f"{[0.1] * 5000}", r"network\.b: b is \[0\.1, [^…]{,80}…; expected 2 entries"),
        ("x = [1.0,", f"x = [{'9' * 5000},", r"n\.toml: a whole number of thousands of digits"),
        (
            "half_squared_error",
            "cross_entropy",
            r"yhat_1 is -1\.08.*probability.*under cross_entropy.*sigmoid or softmax",
        ),
        ('"b2"', "5", r"ask\.parameter: parameter is 5; expected a key"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_with_its_place(old, new, message):
    with pytest.raises(InputError, match=message) as caught:
        read_problem(NETWORK.replace(old, new), "n.toml").solve()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('precision = "4x"', r"n\.toml, precision: '4x' is no precision; expected \"4d\""),
        (f'precision = "{"9" * 5000}d"', r"precision: '9{5,80}… is no precision"),
        ('precision = { forward = "4x" }', r"precision\.forward: '4x' is no precision"),
        (
            'precision = { forward = "4d", truncation = "no" }',
            r"precision\.truncation: truncation is 'no'; expected true",
        ),
        ("forward = { a1_1 = 0.1 }", r"forward: forward gives no a1_2; expected a1_1, .*yhat_1"),
        ("forward = { x_1 = 1 }", r"forward: unknown key 'x_1'; expected a1_1, .*yhat_1"),
    ],
)
def test_a_wrong_line_beside_the_network_is_refused_with_its_place(line, message):
    with pytest.raises(InputError, match=message):
        read_problem(f"{line}\n{NETWORK}", "n.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"ask": "w1_11", "ask": "b1"}', r"n\.json: the key 'ask' stands twice"),
        ('{"network": {"x": [NaN]}}', r"n\.json: NaN; expected finite numbers"),
    ],
)
def test_json_that_leaves_a_number_open_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        read_problem(text, "n.json")


def test_targets_under_a_cross_entropy_are_probabilities():
    text = NETWORK.replace("half_squared_error", "binary_cross_entropy").replace('"linear"', '"sigmoid"')
    assert read_problem(text, "n.toml").solve().value("gradient") != 0
    with pytest.raises(InputError, match=r"y_1 is -1; expected a probability.*targets from 0 to 1"):
        read_problem(text.replace("y = [0.5]", "y = [-1]"), "n.toml").solve()


def test_a_preactivation_of_0_is_0_also_where_binary_sums_leave_dust():
    text = """
        network = { sizes = [2, 1, 1], activations = ["relu", "linear"], loss = "squared_error",
            W1 = [[0.1, -0.3]], W2 = [[2.0]], b = [[], 1.0], x = [3, 1], y = [0] }
        ask = "w1_11"
    """.replace(",\n", ",")
    solved = read_problem(text, "n.toml").solve()
    assert 0.1 * 3 - 0.3 > 0
    assert solved.value("dh1_1/da1_1") == 0.0
    assert solved.value("gradient") == 0.0
    assert (solved.printed("a1_1"), solved.printed("h1_1")) == ("0", "0")


@pytest.mark.parametrize(("factor", "first"), [("4d", "exact"), ("1d", "recorded")])
def test_outputs_are_exact_only_where_a_factor_that_copies_them_holds_them(factor, first):
    text = f"""
        precision = {{ forward = "4d", factor = "{factor}" }}
        ask = "w2_11"
        [network]
        sizes = [1, 1, 1]
        activations = ["relu", "sigmoid"]
        loss = "squared_error"
        W1 = [[0.35]]
        W2 = [[0.5]]
        x = [1.1]
        y = [0]
    """
    low, high = read_problem(text, "n.toml").solve().range("da2_1/dw2_11")
    assert (low == high == pytest.approx(0.385)) is (first == "exact")
    assert low <= round(0.385, int(factor[0])) <= high


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


def test_a_gradient_of_nothing_is_a_plain_zero() -> None:
    """An inactive unit after a loss that falls gives -0 in binary floats; nobody writes that."""
    text = (
        'ask = {parameter = "w1_11", learning_rate = 0.5}\n[network]\nsizes = [1, 1, 1]\n'
        'activations = ["relu", "linear"]\nloss = "half_squared_error"\n'
        "W1 = [[-1.0]]\nW2 = [[1.0]]\nx = [1.0]\ny = [1.0]\n"
    )
    problem = read_problem(text, "nothing.toml")
    solved = solution(problem, problem.solve())
    assert "-0.0" not in json.dumps(solved)
    assert solved["gradient"] == 0


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("due = 2026-11-29T23:59", "2026-11-29T23:59:00"),
        ("due = 2026-11-29 23:59  # Sunday", "2026-11-29 23:59:00"),
        ("due = 2026-11-29T23:59+01:00", "2026-11-29T23:59:00+01:00"),
    ],
)
def test_a_time_without_seconds_is_told_with_its_line(line: str, remedy: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_toml(f'title = "A set"\n{line}\n', "a.toml")
    assert (raised.value.place, raised.value.remedy) == ("line 2", f"write {remedy}")


@pytest.mark.parametrize("line", ["due = 2026-11-29T23:59:00", "due = 2026-11-29", 'due = "2026-11-29T23:59"'])
def test_other_times_are_toml(line: str) -> None:
    assert "due" in parse_toml(line, "a.toml")
