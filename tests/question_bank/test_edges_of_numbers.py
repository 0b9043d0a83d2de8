"""Where binary floats run out of digits: outputs nearly 1, pre-activations nearly 0; recipes too large for paper."""

from __future__ import annotations

import math
import time
from decimal import Decimal, getcontext

import pytest

from question_bank.derivations.deriving import derive
from question_bank.errors import RecipeError
from question_bank.networks.dense import Architecture
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import FOLDER, load_recipe

getcontext().prec = 60


def relu(numbers: dict[str, float]) -> Question:
    inputs = sum(key[0] == "x" for key in numbers)
    derivation = derive(Architecture((inputs, 1), ("relu",), "squared_error"), "w1_11")
    return solve(derivation, {**numbers, "y_1": 1.0})


@pytest.mark.parametrize("a", [1e-300, 1e-13, 1e-12, 1e-11])
def test_relu_has_the_slope_1_at_every_positive_number_and_0_below(a: float) -> None:
    right = relu({"x_1": a, "w1_11": 1.0})
    assert (right.value("yhat_1"), right.value("dyhat_1/da1_1")) == (a, 1.0)
    left = relu({"x_1": a, "w1_11": -1.0})
    assert (left.value("yhat_1"), left.value("dyhat_1/da1_1")) == (0.0, 0.0)


def test_terms_that_cancel_before_a_relu_come_to_0_and_small_differences_do_not() -> None:
    # 3 · 0.1 - 0.3 leaves 5.6e-17 in binary.
    dust = relu({"x_1": 0.1, "x_2": 0.3, "w1_11": 3.0, "w1_12": -1.0})
    assert [dust.value(key) for key in ("a1_1", "yhat_1", "dyhat_1/da1_1")] == [0.0, 0.0, 0.0]
    small = relu({"x_1": 1.0, "x_2": 1.0, "w1_11": 1.0, "w1_12": -0.9999999999999})
    assert small.value("a1_1") == pytest.approx(1e-13, rel=1e-3)
    assert small.value("yhat_1") == small.value("a1_1")
    assert small.value("dyhat_1/da1_1") == 1.0


@pytest.mark.parametrize("a", [3.0, 20.0, 36.0, 45.0])
def test_a_saturated_sigmoid_keeps_its_digits(a: float) -> None:
    e = (-Decimal(a)).exp()
    h, rest = 1 / (1 + e), e / (1 + e)
    for loss, gradient in (("squared_error", -2 * rest * h * rest), ("binary_cross_entropy", -rest)):
        question = solve(
            derive(Architecture((1, 1), ("sigmoid",), loss), "w1_11"), {"x_1": 1.0, "w1_11": a, "y_1": 1.0}
        )
        assert question.value("gradient") == pytest.approx(float(gradient), rel=1e-12, abs=0)


@pytest.mark.parametrize("a", [2.0, 18.0, 24.0])
def test_a_saturated_tanh_keeps_its_digits(a: float) -> None:
    e = (-2 * Decimal(a)).exp()
    network = Architecture((1, 1, 1), ("tanh", "linear"), "half_squared_error")
    question = solve(derive(network, "w1_11"), {"x_1": 1.0, "w1_11": a, "w2_11": 1.0, "y_1": 0.0})
    slope, h = 4 * e / (1 + e) ** 2, (1 - e) / (1 + e)
    assert question.value("gradient") == pytest.approx(float(h * slope), rel=1e-12, abs=0)


@pytest.mark.parametrize("rule", ["full", "diagonal"])
@pytest.mark.parametrize("gap", [4.0, 25.0, 33.0])
def test_a_saturated_softmax_keeps_its_digits(rule: str, gap: float) -> None:
    """Logits `gap`, 0, -1; the target is the first output, which is nearly 1."""
    one, two, three = (Decimal(a).exp() for a in (gap, 0.0, -1.0))
    total = one + two + three
    first, second, third, rest = one / total, two / total, three / total, (two + three) / total
    network = Architecture((1, 3), ("softmax",), "squared_error", rule)  # type: ignore[arg-type]
    numbers = {"x_1": 1.0, "w1_11": gap, "w1_21": 0.0, "w1_31": -1.0, "y_1": 1.0, "y_2": 0.0, "y_3": 0.0}
    gradient = -2 * rest * first * rest
    if rule == "full":
        gradient += 2 * second * -second * first + 2 * third * -third * first
    found = solve(derive(network, "w1_11"), numbers).value("gradient")
    assert math.isclose(found, float(gradient), rel_tol=1e-12)


def oversized(tmp_path, sizes: list[int], paths: str = "[1, 1]") -> str:
    layers = len(sizes) - 1
    text = (FOLDER / "chain.toml").read_text(encoding="utf-8")
    text = text.replace("sizes = [1, 1, 1]", f"sizes = {sizes}").replace("slots = 6\n", "")
    text = text.replace('["tanh", "linear"]', str(["tanh"] * layers)).replace("paths = [1, 1]", f"paths = {paths}")
    (tmp_path / "large.toml").write_text(text, encoding="utf-8")
    return "large.toml"


@pytest.mark.parametrize("sizes", [[1, 1, 1000], [1, 1000, 1], [1000, 1000, 1000], [1000, 1]])
def test_a_recipe_too_large_for_a_sheet_is_refused_at_once_with_the_limit(tmp_path, sizes: list[int]) -> None:
    began = time.process_time()
    with pytest.raises(RecipeError, match="more than 500"):
        load_recipe(oversized(tmp_path, sizes), tmp_path)
    assert time.process_time() - began < 1.0


def test_the_limit_of_numbers_and_of_paths_lies_where_it_is_said(tmp_path) -> None:
    # n inputs and weights, 1 target, a and ŷ of one unit: 2 n + 3.
    load_recipe(oversized(tmp_path, [248, 1]), tmp_path)
    with pytest.raises(RecipeError, match="501 numbers"):
        load_recipe(oversized(tmp_path, [249, 1]), tmp_path)
    load_recipe(oversized(tmp_path, [1, 1], "[1, 100]"), tmp_path)
    with pytest.raises(RecipeError, match="101, more than 100"):
        load_recipe(oversized(tmp_path, [1, 1], "[1, 101]"), tmp_path)
