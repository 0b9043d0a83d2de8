"""What a page says of attention before its numbers: scores, their scale, what softmax runs over, and the outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from question_bank.expressions.expression import Const, Ref, call, summed
from question_bank.expressions.names import General
from question_bank.language.words import _
from question_bank.networks.notation import equation
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


_SCORE, _SCALED, _WEIGHT = (General(letter, "ij") for letter in ("score", "scaled", "alpha"))


def _of_scores(model: Attention) -> Sentence:
    products = Ref(General("q", "im")) * Ref(General("k", "jm"))
    put_in = {
        "i": formula_part("i"),
        "j": formula_part("j"),
        "score": formula_part(equation(_SCORE, summed("m", products))),
    }
    if not model.is_scaled:
        return phrase(_("The score of query {i} and key {j} is {score}; scores are not scaled."), **put_in)
    by = call("sqrt", Const(model.width)) if model.scale == "root" else Const(float(model.scale))
    scaled = formula_part(equation(_SCALED, Ref(_SCORE) / by))
    if model.scale == "root":
        said = _("The score of query {i} and key {j} is {score}, scaled by the root of the width: {scaled}.")
    else:
        said = _("The score of query {i} and key {j} is {score}, scaled: {scaled}.")
    return phrase(said, scaled=scaled, **put_in)


def _of_weights(model: Attention) -> Sentence:
    entering = Ref(_SCALED if model.is_scaled else _SCORE)
    exponential, total = General("e", "ij"), General("s", "i")
    return phrase(
        _("A softmax over the keys makes the weights of each query: {weight} with {exponential} and {total}."),
        weight=formula_part(equation(_WEIGHT, Ref(exponential) / Ref(total))),
        exponential=formula_part(equation(exponential, call("exp", entering))),
        total=formula_part(equation(total, summed("j", Ref(exponential)))),
    )


def _of_outputs() -> Sentence:
    output = equation(General("o", "in"), summed("j", Ref(_WEIGHT) * Ref(General("v", "jn"))))
    return phrase(
        _("The output is the sum of the values, each times its weight: {output}."), output=formula_part(output)
    )
