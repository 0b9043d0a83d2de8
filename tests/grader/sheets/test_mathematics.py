"""LaTeX becomes HTML with real fractions, scripts and hats."""

from __future__ import annotations

import re

import pytest

from grader.sheets.typography.fonts import Face, font
from grader.sheets.typography.mathematics import set_latex
from question_bank.expressions.expression import Ref
from question_bank.expressions.names import General, Symbol
from question_bank.networks.losses import LOSSES
from question_bank.networks.notation import equation
from question_bank.questions.question import Question
from tests.grader.sheets.samples import CROSSED, DEEP, TEXTBOOK, make_question


@pytest.mark.parametrize(
    ("latex", "inside"),
    [
        (r"\hat{y}_{1}", '<i>ŷ</i><sub><span class="ix">1</span></sub>'),
        (r"\frac{\partial L}{\partial a_{21}}", '<span class="frac"><span><i>∂</i><i>L</i></span>'),
        (r"-0.2", "−0.2"),
        (r"1 - h", '1<span class="bin">−</span><i>h</i>'),
        (r"a \cdot \left(-2\right)", '<i>a</i><span class="bin">·</span>(−2)'),
        (r"\max\left(0, a\right)", '<span class="fn">max</span>(0'),
        (r"x < y", "&lt;"),
    ],
)
def test_shapes(latex: str, inside: str) -> None:
    assert inside in set_latex(latex)


@pytest.mark.parametrize("architecture", [TEXTBOOK, CROSSED, DEEP])
def test_every_formula_is_set(architecture: object) -> None:
    """Nothing of LaTeX is left over, and no division is a slash."""
    question: Question = make_question(architecture, "w1_11")  # type: ignore[arg-type]
    y, yhat = (Ref(General(letter, "k")) for letter in ("y", "yhat"))
    texts = [equation(Symbol("L"), loss.formula(y, yhat, "k")) for loss in LOSSES.values()]
    for step in question.derivation.steps:
        texts += [question.symbol(step.key), question.formula_latex(step.key), question.numbers_latex(step.key)]
    for latex in texts:
        if latex:
            seen = re.sub(r"<[^>]*>", "", set_latex(latex))
            assert not set(seen) & set("\\{}^_/"), (latex, seen)


@pytest.mark.parametrize("face", ["regular", "italic", "bold"])
def test_the_serif_has_what_powers_of_ten_are_printed_with(face: Face) -> None:
    """Raised as its ² is, and as wide."""
    raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
    assert font(face).covers(raised)
    for digit in "⁰⁴⁵⁶⁷⁸⁹":
        assert font(face).width(digit) == pytest.approx(font(face).width("²"), rel=0.02)


@pytest.mark.parametrize(
    ("latex", "tall"),
    [
        (r"\left(\frac{a}{b}\right)^{2} + \left(c\right)", 2),
        (r"\min\left(1, \left(c - \frac{a}{b}\right)\right)", 4),
        (r"\frac{\left(a\right)}{b} + \left(c\right)", 0),
        (r"\sqrt{\frac{a}{b}}", 1),
        (r"\sqrt{\left(\frac{a}{b}\right)^{2}}", 3),
        (r"\frac{a}{\sqrt{b} + c}", 0),
    ],
)
def test_what_stands_around_a_fraction_is_as_tall_as_it(latex: str, tall: int) -> None:
    assert str(set_latex(latex)).count('class="tall"') == tall
