"""What a page says of attention before its numbers: scores, their scale, what softmax runs over, and the outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from question_bank.expressions.product_sign import latex_times
from question_bank.language.words import _
from question_bank.networks.notation import latex_any
from question_bank.networks.phrases import Phrase, formula_part, phrase

if TYPE_CHECKING:
    from question_bank.networks.attention import Attention

Sentence = Phrase


def said_of_attention(model: Attention) -> tuple[Sentence, ...]:
    """Sentences, formulas as LaTeX: i counts queries, j keys, n the numbers of an output."""
    return (_of_scores(model), _of_weights(model), _of_outputs())


def said_of_derivatives() -> tuple[Sentence, ...]:
    """Which derivatives of the softmax count."""
    return (phrase(_("All cross terms of the softmax count.")),)


def _score() -> str:
    return latex_any("score", "ij")


def _weight() -> str:
    return latex_any("alpha", "ij")


def _of_scores(model: Attention) -> Sentence:
    score = _score()
    put_in = {
        "i": formula_part("i"),
        "j": formula_part("j"),
        "score": formula_part(rf"{score} = \sum_{{m}} {latex_any('q', 'im')} {latex_times()} {latex_any('k', 'jm')}"),
    }
    if not model.is_scaled:
        return phrase(_("The score of query {i} and key {j} is {score}; scores are not scaled."), **put_in)
    by = rf"\sqrt{{{model.width}}}" if model.scale == "root" else f"{model.scale:g}"
    scaled = formula_part(rf"{latex_any('scaled', 'ij')} = \frac{{{score}}}{{{by}}}")
    if model.scale == "root":
        said = _("The score of query {i} and key {j} is {score}, scaled by the root of the width: {scaled}.")
    else:
        said = _("The score of query {i} and key {j} is {score}, scaled: {scaled}.")
    return phrase(said, scaled=scaled, **put_in)


def _of_weights(model: Attention) -> Sentence:
    entering = latex_any("scaled", "ij") if model.is_scaled else _score()
    exponential, total = latex_any("e", "ij"), latex_any("s", "i")
    return phrase(
        _("A softmax over the keys makes the weights of each query: {weight} with {exponential} and {total}."),
        weight=formula_part(rf"{_weight()} = \frac{{{exponential}}}{{{total}}}"),
        exponential=formula_part(rf"{exponential} = e^{{{entering}}}"),
        total=formula_part(rf"{total} = \sum_{{j}} {exponential}"),
    )


def _of_outputs() -> Sentence:
    output = rf"{latex_any('o', 'in')} = \sum_{{j}} {_weight()} {latex_times()} {latex_any('v', 'jn')}"
    return phrase(
        _("The output is the sum of the values, each times its weight: {output}."), output=formula_part(output)
    )
