"""What a page says of attention before its numbers: scores, their scale, what softmax runs over, and the outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from question_bank.expressions.product_sign import latex_times
from question_bank.networks.model import PhrasePart
from question_bank.networks.notation import latex_any

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


def _score() -> str:
    return latex_any("score", "ij")


def _weight() -> str:
    return latex_any("alpha", "ij")


def _of_scores(model: Attention) -> Sentence:
    score = _score()
    found = [
        PhrasePart("The score of query "),
        _formula("i"),
        PhrasePart(" and key "),
        _formula("j"),
        PhrasePart(" is "),
        _formula(rf"{score} = \sum_{{m}} {latex_any('q', 'im')} {latex_times()} {latex_any('k', 'jm')}"),
    ]
    if not model.is_scaled:
        return *found, PhrasePart("; scores are not scaled.")
    by = rf"\sqrt{{{model.width}}}" if model.scale == "root" else f"{model.scale:g}"
    words = ", scaled by the root of the width: " if model.scale == "root" else ", scaled: "
    scaled = rf"{latex_any('scaled', 'ij')} = \frac{{{score}}}{{{by}}}"
    return *found, PhrasePart(words), _formula(scaled), PhrasePart(".")


def _of_weights(model: Attention) -> Sentence:
    entering = latex_any("scaled", "ij") if model.is_scaled else _score()
    exponential, total = latex_any("e", "ij"), latex_any("s", "i")
    return (
        PhrasePart("A softmax over the keys makes the weights of each query: "),
        _formula(rf"{_weight()} = \frac{{{exponential}}}{{{total}}}"),
        PhrasePart(" with "),
        _formula(rf"{exponential} = e^{{{entering}}}"),
        PhrasePart(" and "),
        _formula(rf"{total} = \sum_{{j}} {exponential}"),
        PhrasePart("."),
    )


def _of_outputs() -> Sentence:
    return (
        PhrasePart("The output is the sum of the values, each times its weight: "),
        _formula(rf"{latex_any('o', 'in')} = \sum_{{j}} {_weight()} {latex_times()} {latex_any('v', 'jn')}"),
        PhrasePart("."),
    )
