"""What a page says of attention before its numbers: scores, their scale, what softmax runs over, and the outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from question_bank.expressions.names import Symbol
from question_bank.networks.model import PhrasePart
from question_bank.networks.notation import latex_name

if TYPE_CHECKING:
    from question_bank.networks.attention import Attention

Sentence = tuple[PhrasePart, ...]


def said_of_attention(model: Attention) -> tuple[Sentence, ...]:
    """Sentences, formulas as LaTeX: i counts queries, j keys, n the numbers of an output."""
    return (_of_scores(model), _of_weights(model), _of_outputs())


def said_of_derivatives() -> tuple[Sentence, ...]:
    """Which derivatives of the softmax count."""
    return ((PhrasePart("All cross terms of the softmax count."),),)


def _formula(latex: str) -> PhrasePart:
    return PhrasePart(latex, "formula")


def _named(letter: str) -> str:
    return latex_name(Symbol(letter))


def _of_scores(model: Attention) -> Sentence:
    score = rf"{_named('score')}_{{ij}}"
    found = [
        PhrasePart("The score of query "),
        _formula("i"),
        PhrasePart(" and key "),
        _formula("j"),
        PhrasePart(" is "),
        _formula(rf"{score} = \sum_{{m}} q_{{im}} \cdot k_{{jm}}"),
    ]
    if not model.is_scaled:
        return *found, PhrasePart("; scores are not scaled.")
    by = rf"\sqrt{{{model.width}}}" if model.scale == "root" else f"{model.scale:g}"
    words = ", scaled by the root of the width: " if model.scale == "root" else ", scaled: "
    scaled = rf"{_named('scaled')}_{{ij}} = \frac{{{score}}}{{{by}}}"
    return *found, PhrasePart(words), _formula(scaled), PhrasePart(".")


def _of_weights(model: Attention) -> Sentence:
    entering = f"{_named('scaled' if model.is_scaled else 'score')}_{{ij}}"
    return (
        PhrasePart("A softmax over the keys makes the weights of each query: "),
        _formula(r"\alpha_{ij} = \frac{e_{ij}}{S_{i}}"),
        PhrasePart(" with "),
        _formula(rf"e_{{ij}} = e^{{{entering}}}"),
        PhrasePart(" and "),
        _formula(r"S_{i} = \sum_{j} e_{ij}"),
        PhrasePart("."),
    )


def _of_outputs() -> Sentence:
    return (
        PhrasePart("The output is the sum of the values, each times its weight: "),
        _formula(r"o_{in} = \sum_{j} \alpha_{ij} \cdot v_{jn}"),
        PhrasePart("."),
    )
