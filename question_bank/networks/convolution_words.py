"""What a page says of a convolution before its numbers: the formula of one entry of each map, and what else counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from question_bank.expressions.expression import Ref, summed
from question_bank.expressions.names import General, Symbol
from question_bank.language.words import _, ngettext
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.notation import equation, latex_any, unit_number
from question_bank.networks.phrases import Phrase, formula_part, phrase

if TYPE_CHECKING:
    from question_bank.networks.convolution import Convolution

_AT, _IN_WINDOW = "ij", "mn"
"""How indices are called: those of an entry, and those within its window."""

Sentence = Phrase


def said_of_convolution(model: Convolution) -> tuple[Sentence, ...]:
    """Sentences, formulas as LaTeX: the feature map with its stride and its border, pooling, the linear unit."""
    found: list[Sentence] = []
    if model.kernel:
        found += [_of_map(model), _of_border(model)]
    if model.function != "linear":
        found.append(_of_function(model.function))
    if model.pooling:
        found.append(_of_pooling(model))
    if model.head:
        last, at = model.last_letter, _AT[: len(model.last_shape)]
        terms = Ref(General("w", at)) * Ref(General(last, at))
        formula = equation(General("yhat"), summed(",".join(at), terms))
        found.append(phrase(_("Last comes a linear unit: {formula}."), formula=formula_part(formula)))
    return tuple(found)


def _dimensions(model: Convolution) -> int:
    return len(model.size)


def _of_map(model: Convolution) -> Sentence:
    at, inside = _AT[: _dimensions(model)], _IN_WINDOW[: _dimensions(model)]
    under = [_under(i, m, model.stride, model.padding) for i, m in zip(at, inside, strict=True)]
    # `x_{ij}` is read as one index after another; sums and what is multiplied need a comma.
    x, k, over = ",\\,".join(under), inside, ",".join(inside)
    if model.channels > 1:
        x, k, over = f"l,\\,{x}", f"l{inside}", f"l,{over}"
    under_kernel = summed(over, Ref(General("k", k)) * Ref(General("x", x)))
    formula = equation(General("z", at), under_kernel + Ref(General("b")) if model.bias else under_kernel)
    said = _("The feature map is {map}: the kernel lies on each window as it is printed, without flipping.")
    if model.channels > 1:
        said = _(
            "The feature map, with {channel} for the channel, is {map}:"
            " the kernel lies on each window as it is printed, without flipping."
        )
    return phrase(said, map=formula_part(formula), channel=formula_part("l"))


def _under(i: str, m: str, stride: int, padding: int) -> str:
    """The index of what lies under the kernel's entry m in the window i, all counted as the notation does."""
    less = stride + padding if unit_number(1) else padding
    return f"{stride if stride > 1 else ''}{i} + {m}" + (f" - {less}" if less else "")


def _of_border(model: Convolution) -> Sentence:
    if not model.padding:
        return phrase(_("Stride {stride}, no padding."), stride=f"{model.stride}")
    said = ngettext(
        "Stride {stride}, padded with {count} zero on each side.",
        "Stride {stride}, padded with {count} zeros on each side.",
        model.padding,
    )
    return phrase(said, stride=f"{model.stride}", count=f"{model.padding}")


def _of_function(name: str) -> Sentence:
    formula = equation(General("h"), *FUNCTIONS[name].formulas(Ref(Symbol("z"))))
    return phrase(_("Behind it: {formula}."), formula=formula_part(formula))


def _of_pooling(model: Convolution) -> Sentence:
    if model.pooling == "max":
        said = _("Pooling: {pooled} is the largest value of a window of {entries} entries of {map} ({windows}).")
    else:
        said = _("Pooling: {pooled} is the mean of a window of {entries} entries of {map} ({windows}).")
    return phrase(
        said,
        pooled=formula_part(latex_any("p", _AT[: _dimensions(model)])),
        entries="×".join(map(str, model.window)),
        map=formula_part(latex_any(model.map_letter)),
        windows=_windows(model),
    )


def _windows(model: Convolution) -> str:
    """How far apart the windows are that are pooled."""
    steps = model.pooling_stride
    if steps is None or all(steps == long for long in model.window):
        return _("windows side by side")
    if any(steps < long for long in model.window):
        return _("windows each {steps} further on than the one before; they overlap").format(steps=steps)
    return _("windows each {steps} further on than the one before").format(steps=steps)
