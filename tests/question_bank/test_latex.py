"""Formulas as LaTeX: symbols, numbers put in, parentheses where they are needed and nowhere else."""

from __future__ import annotations

import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.expression import Call, Const, Expression, Ref, call, product, total
from question_bank.expressions.latex import latex
from question_bank.expressions.names import symbol
from question_bank.expressions.operations import OPERATIONS
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.losses import LOSSES
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.question import solve
from tests.question_bank.containment import ARITY

A, B, C = Ref(symbol("a")), Ref(symbol("b")), Ref(symbol("c"))


def symbols(expression: Expression) -> str:
    return latex(expression, lambda name: name.key)


FORMULAS = [
    (A + B, "a + b"),
    (A - B, "a - b"),
    (A - (B + C), r"a - \left(b + c\right)"),
    (A - (B - C), r"a - \left(b - c\right)"),
    ((A - B) - C, "a - b - c"),
    (A * B, r"a \cdot b"),
    (A * (B + C), r"a \cdot \left(b + c\right)"),
    (A * (B * C), r"a \cdot b \cdot c"),
    (-(A * B), r"-a \cdot b"),
    (-(A + B), r"-\left(a + b\right)"),
    (call("neg", -A), r"-\left(-a\right)"),
    (A * -B, r"a \cdot \left(-b\right)"),
    (A + -B, "a - b"),
    (A - -B, r"a - \left(-b\right)"),
    (A / B, r"\frac{a}{b}"),
    ((A + B) / (A - B), r"\frac{a + b}{a - b}"),
    (call("square", A - B), r"\left(a - b\right)^{2}"),
    (call("square", A), "a^{2}"),
    (call("square", A / B), r"\left(\frac{a}{b}\right)^{2}"),
    (call("logistic_slope", A), r"a \cdot \left(1 - a\right)"),
    (call("tanh_slope", A), "1 - a^{2}"),
    (2 * call("tanh_slope", A), r"2 \cdot \left(1 - a^{2}\right)"),
    (call("sigmoid", A), r"\sigma\left(a\right)"),
    (call("sqrt", A + B), r"\sqrt{a + b}"),
    (call("ln", A), r"\ln\left(a\right)"),
    (call("exp", A), "e^{a}"),
    (call("relu", A), r"\max\left(0, a\right)"),
    (call("abs", A), r"\left|a\right|"),
    (call("max", 0.1 * A, A), r"\max\left(0.1 \cdot a, a\right)"),
    (call("min", Const(1.0), A - B), r"\min\left(1, a - b\right)"),
    (call("softplus", A), r"\ln\left(1 + e^{a}\right)"),
    (call("tanh", A + B), r"\tanh\left(a + b\right)"),
    (Const(2.0) * A, r"2 \cdot a"),
    (Const(0.5) * A, r"0.5 \cdot a"),
    (A * Const(-2.0), r"a \cdot \left(-2\right)"),
    (total((A, B, C)), "a + b + c"),
    (total((A,)), "a"),
    (product((A, B, C)), r"a \cdot b \cdot c"),
]


@pytest.mark.parametrize(("expression", "tex"), FORMULAS)
def test_symbols(expression: Expression, tex: str) -> None:
    assert symbols(expression) == tex


NUMBERS = {"a": "-0.5", "b": "2", "c": "-3.1"}


@pytest.mark.parametrize(
    ("expression", "tex"),
    [
        (A + C, r"\left(-0.5\right) + \left(-3.1\right)"),
        (B - A, r"2 - \left(-0.5\right)"),
        (B * A, r"2 \cdot \left(-0.5\right)"),
        (-A, r"-\left(-0.5\right)"),
        (call("square", A), r"\left(-0.5\right)^{2}"),
        (call("square", B), "2^{2}"),
        (call("logistic_slope", A), r"\left(-0.5\right) \cdot \left(1 - \left(-0.5\right)\right)"),
    ],
)
def test_negative_numbers_put_in_stand_in_parentheses(expression: Expression, tex: str) -> None:
    assert latex(expression, lambda name: NUMBERS[name.key]) == tex


def test_a_step_in_symbols_and_in_numbers() -> None:
    network = Architecture((2, 2, 2), ("tanh", "softmax"), "cross_entropy", "full", ("unit", "layer"))
    givens = {given.key: (-1) ** n * 0.1 * (n + 1) for n, given in enumerate(network.givens())}
    givens |= {"y_1": 1.0, "y_2": 0.0, "eta": 0.5}
    derivation = derive(network, "w1_12", Layout(quantity="updated", update=PLAIN_UPDATE))
    question = solve(derivation, givens, Precision.parse({"forward": "4d", "product": "6d"}))
    assert question.formula_latex("a1_1") == r"w_{111} \cdot x_{1} + w_{112} \cdot x_{2} + b_{11}"
    assert question.formula_latex("e2_1") == "e^{a_{21}}"
    assert question.formula_latex("s2") == "e_{21} + e_{22}"
    assert question.formula_latex("yhat_2") == r"\frac{e_{22}}{S_{2}}"
    assert question.formula_latex("dL/dyhat_1") == r"-\frac{y_{1}}{\hat{y}_{1}}"
    assert question.formula_latex("dyhat_1/da2_2") == r"-\hat{y}_{1} \cdot \hat{y}_{2}"
    assert question.formula_latex("dh1_1/da1_1") == "1 - h_{11}^{2}"
    assert question.formula_latex("gradient") == "P_{1} + P_{2} + P_{3} + P_{4}"
    assert question.numbers_latex("a1_1") == (r"0.3 \cdot 0.1 + \left(-0.4\right) \cdot \left(-0.2\right) + 0.7")
    assert question.formula_latex("x_1") == question.numbers_latex("x_1") == ""
    assert question.symbol("updated") == r"w_{112}^{\text{new}}"


@pytest.mark.parametrize("loss", sorted(set(LOSSES) - {"cross_entropy"}))
@pytest.mark.parametrize("activation", FUNCTIONS)
def test_every_formula_is_balanced_and_reads_what_it_should(activation: str, loss: str) -> None:
    network = Architecture((2, 2, 2), (activation, "sigmoid"), loss, None, ("unit", "layer"))
    derivation = derive(network, "w1_12")
    for step in derivation.steps:
        if step.formula is None:
            continue
        text = latex(step.formula, lambda name: f"<{name.key}>")
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")
        assert "+ -" not in text
        assert "--" not in text
        read = {derivation.steps[position].name for position in derivation.program(step.formula).reads}
        assert all(f"<{name.key}>" in text for name in read), text


def test_every_operation_has_its_latex() -> None:
    for name in OPERATIONS:
        arguments = (A, B)[: ARITY.get(name, 1)]
        assert "a" in symbols(Call(name, arguments))


def test_a_negative_argument_has_one_pair_of_parentheses() -> None:
    assert latex(call("sigmoid", Ref(symbol("a"))), lambda key: "-1.9") == r"\sigma\left(-1.9\right)"


def test_the_update_names_the_derivative_and_not_a_word() -> None:
    question = solve(
        derive(
            Architecture((1, 1), ("linear",), "squared_error"), "w1_11", Layout(quantity="updated", update=PLAIN_UPDATE)
        ),
        {"x_1": 2.0, "w1_11": 0.5, "y_1": 1.0, "eta": 0.1},
        Precision.parse({"forward": "4d", "factor": "4d"}),
    )
    assert question.formula_latex("updated") == r"w_{111} - \eta \cdot \frac{\partial L}{\partial w_{111}}"
