"""Symbols: what each key reads as on paper and in a terminal, and that no two keys read alike."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.names import named, symbol
from question_bank.networks.dense import Architecture, weight
from question_bank.networks.notation import latex_name, plain_name, plain_slot, target_symbol
from question_bank.networks.updates import PLAIN_UPDATE

SYMBOLS = [
    ("a1_3", "a_{13}", "a₁₃"),
    ("h1_3", "h_{13}", "h₁₃"),
    ("h1_12", "h_{1,12}", "h₁,₁₂"),
    ("h11_2", "h_{11,2}", "h₁₁,₂"),
    ("w1_31", "w_{131}", "w₁₃₁"),
    ("w1_12,1", "w_{1,12,1}", "w₁,₁₂,₁"),
    ("w1_1,12", "w_{1,1,12}", "w₁,₁,₁₂"),
    ("b1_3", "b_{13}", "b₁₃"),
    ("b1", "b_{1}", "b₁"),
    ("x_1", "x_{1}", "x₁"),
    ("x_12", "x_{12}", "x₁₂"),
    ("yhat_2", r"\hat{y}_{2}", "ŷ₂"),
    ("y_2", "y_{2}", "y₂"),
    ("eta", r"\eta", "η"),
    ("L", "L", "L"),
    ("e2_1", "e_{21}", "e₂₁"),
    ("s2", "S_{2}", "S₂"),
    ("dL/dyhat_1", r"\frac{\partial L}{\partial \hat{y}_{1}}", "∂L/∂ŷ₁"),
    ("dyhat_1/da2_2", r"\frac{\partial \hat{y}_{1}}{\partial a_{22}}", "∂ŷ₁/∂a₂₂"),
    ("da2_1/dh1_3", r"\frac{\partial a_{21}}{\partial h_{13}}", "∂a₂₁/∂h₁₃"),
    ("da1_3/dw1_31", r"\frac{\partial a_{13}}{\partial w_{131}}", "∂a₁₃/∂w₁₃₁"),
    ("da1_3/db1", r"\frac{\partial a_{13}}{\partial b_{1}}", "∂a₁₃/∂b₁"),
    ("path_2.product", "P_{2}", "product of path 2"),
    ("path_12.product", "P_{12}", "product of path 12"),
    ("gradient", r"\text{gradient}", "gradient"),
    ("updated", r"\text{updated}", "updated"),
]


@pytest.mark.parametrize(("key", "tex", "plain"), SYMBOLS)
def test_symbols(key: str, tex: str, plain: str) -> None:
    assert latex_name(named(key)) == tex
    assert plain_name(named(key)) == plain


def test_a_slot_in_a_column_names_its_path() -> None:
    assert plain_slot("path_2.dL/dyhat_2") == "∂L/∂ŷ₂ of path 2"


@pytest.mark.parametrize(
    ("key", "parameter", "tex"),
    [
        ("gradient", "w1_31", r"\frac{\partial L}{\partial w_{131}}"),
        ("gradient", "b2", r"\frac{\partial L}{\partial b_{2}}"),
        ("updated", "w1_12,1", r"w_{1,12,1}^{\text{new}}"),
        ("h1_3", "w1_31", "h_{13}"),
    ],
)
def test_answers_are_named_after_the_parameter(key: str, parameter: str, tex: str) -> None:
    assert target_symbol(named(key), symbol(parameter)) == tex


@pytest.mark.parametrize("key", ["h1_3", "w1_12,1", "x_2@-1#4~2", "dL/dyhat_1:2", "path_2.product", "gradient"])
def test_a_name_that_was_copied_or_sent_to_another_process_is_the_same_object(key: str) -> None:
    name = named(key)
    assert name.key == key
    assert pickle.loads(pickle.dumps(name)) is copy.deepcopy(name) is replace(name) is name  # noqa: S301


@pytest.mark.parametrize(
    "text", ["", "h1_", "?", "W1", "h_1_2", "h1 3", "_3", "w1_3,1", "h01_3", "x1_", "path_01.product", "dL/dyhat_1:1"]
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="is no step's key"):
        named(text)


@pytest.mark.parametrize("sizes", [(12, 11, 2), (2, 12, 11), (11, 2, 12)])
@pytest.mark.parametrize("biases", [("unit", "unit"), ("layer", "layer")])
def test_no_two_steps_read_alike(sizes: tuple[int, ...], biases: tuple[str, ...]) -> None:
    network = Architecture(sizes, ("tanh", "softmax"), "squared_error", "diagonal", biases)  # type: ignore[arg-type]
    names = [step.name for step in derive(network, next(network.parameters()), Layout(update=PLAIN_UPDATE)).steps]
    for reading in (latex_name, plain_name):
        assert len({reading(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("to", "source", "key"), [(3, 1, "w1_31"), (9, 9, "w1_99"), (10, 1, "w1_10,1"), (1, 10, "w1_1,10")]
)
def test_weight_keys(to: int, source: int, key: str) -> None:
    assert weight(1, to, source).key == key
