"""The reader of LaTeX as plain text, against the plain text that names have without it."""

from __future__ import annotations

import pytest

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.expression import Expression, Ref, call
from question_bank.expressions.latex import latex
from question_bank.expressions.names import Symbol
from question_bank.expressions.plain_latex import plain_latex
from question_bank.expressions.plain_text import plain_formula
from question_bank.networks.dense import Dense
from question_bank.networks.lettering import about, in_notation
from question_bank.networks.notation import latex_name, plain_name
from question_bank.networks.notation_presets import PRESETS
from question_bank.networks.recurrent import Recurrent
from question_bank.networks.updates import Update
from tests.question_bank.test_latex import FORMULAS


def derivations() -> list[Derivation]:
    network = Dense((2, 2, 2), ("tanh", "softmax"), "cross_entropy", softmax="full")
    cell = Recurrent(2, "squared_error")
    return [
        derive(network, "w1_21"),
        derive(
            network,
            ["w1_21", "w2_12"],
            Layout(quantity="updated", working="deltas", update=Update("adam", "outside", 2)),
        ),
        derive(cell, [*cell.parameters()], Layout(working="table")),
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_a_symbol_is_read_as_it_is_called(name: str) -> None:
    for derivation in derivations():
        with in_notation(PRESETS[name].notation), about(derivation.model):
            for step in derivation.steps:
                # A product's name is words in plain text, and what is carried has its step at the letter.
                if step.role != "product" and not (isinstance(step.name, Symbol) and step.name.of):
                    assert plain_latex(latex_name(step.name)) == plain_name(step.name)


@pytest.mark.parametrize("formula", [formula for formula, _tex in FORMULAS])
def test_a_formula_is_read_as_it_is_written_in_plain_text(formula: Expression) -> None:
    read = plain_latex(latex(formula, lambda name: name.key))
    assert read.replace("(", "").replace(")", "") == plain_formula(formula, lambda name: name.key).translate(
        str.maketrans("", "", "()")
    )


def test_bounds_of_a_sum_and_powers_of_ten() -> None:
    assert plain_latex(r"\frac{1}{K} \sum_{k=1}^{K} x_{k}") == "1 / K Σₖ₌₁ᴷ xₖ"
    assert plain_latex(r"3 \cdot 10^{-12}") == "3 · 10⁻¹²"
    assert plain_latex(r"\tau = 1, 2") == "τ = 1, 2"


def test_an_open_brace_is_refused() -> None:
    with pytest.raises(ValueError, match="an open brace"):
        plain_latex(r"\frac{a}{b")
    assert plain_latex(latex(call("sqrt", Ref(Symbol("a"))), latex_name)) == "√(a)"
