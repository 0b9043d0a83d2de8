"""What a page says of a convolution before its numbers: the formula of one entry of each map, and what else counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from question_bank.expressions.expression import Ref
from question_bank.expressions.latex import latex
from question_bank.expressions.names import Symbol
from question_bank.expressions.product_sign import latex_times
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.model import PhrasePart
from question_bank.networks.notation import latex_any, latex_name, unit_number

if TYPE_CHECKING:
    from question_bank.networks.convolution import Convolution

_AT, _IN_WINDOW = "ij", "mn"
"""How indices are called: those of an entry, and those within its window."""

Sentence = tuple[PhrasePart, ...]


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
        under = ",".join(at)
        formula = rf"{latex_any('yhat')} = \sum_{{{under}}} {latex_any('w', at)} {latex_times()} {latex_any(last, at)}"
        found.append((PhrasePart("Last comes a linear unit: "), _formula(formula), PhrasePart(".")))
    return tuple(found)


def _formula(latex: str) -> PhrasePart:
    return PhrasePart(latex, "formula")


def _dimensions(model: Convolution) -> int:
    return len(model.size)


def _of_map(model: Convolution) -> Sentence:
    at, inside = _AT[: _dimensions(model)], _IN_WINDOW[: _dimensions(model)]
    under = [_under(i, m, model.stride, model.padding) for i, m in zip(at, inside, strict=True)]
    # `x_{ij}` is read as one index after another; sums and what is multiplied need a comma.
    x, k, summed = ",\\,".join(under), inside, ",".join(inside)
    if model.channels > 1:
        x, k, summed = f"l,\\,{x}", f"l{inside}", f"l,{summed}"
    bias = f" + {latex_any('b')}" if model.bias else ""
    formula = rf"{latex_any('z', at)} = \sum_{{{summed}}} {latex_any('k', k)} {latex_times()} {latex_any('x', x)}{bias}"
    of_channel = (PhrasePart(", with "), _formula("l"), PhrasePart(" for the channel,")) if model.channels > 1 else ()
    return (
        PhrasePart("The feature map"),
        *of_channel,
        PhrasePart(" is "),
        _formula(formula),
        PhrasePart(": the kernel lies on each window as it is printed, without flipping."),
    )


def _under(i: str, m: str, stride: int, padding: int) -> str:
    """The index of what lies under the kernel's entry m in the window i, all counted as the notation does."""
    less = stride + padding if unit_number(1) else padding
    return f"{stride if stride > 1 else ''}{i} + {m}" + (f" - {less}" if less else "")


def _of_border(model: Convolution) -> Sentence:
    border = "no padding"
    if model.padding:
        border = f"padded with {model.padding} zero{'' if model.padding == 1 else 's'} on each side"
    return (PhrasePart(f"Stride {model.stride}, {border}."),)


def _of_function(name: str) -> Sentence:
    function, z = FUNCTIONS[name], Ref(Symbol("z"))
    formulas = [function.value(z), *([] if function.definition is None else [function.definition(z)])]
    written = " = ".join([latex_any("h"), *(latex(formula, latex_name) for formula in formulas)])
    return PhrasePart("Behind it: "), _formula(written), PhrasePart(".")


def _of_pooling(model: Convolution) -> Sentence:
    what = "the largest value" if model.pooling == "max" else "the mean"
    entries = "×".join(map(str, model.window))
    steps = model.pooling_stride
    apart = "side by side"
    if steps is not None and any(steps != long for long in model.window):
        overlap = "; they overlap" if any(steps < long for long in model.window) else ""
        apart = f"each {steps} further on than the one before{overlap}"
    return (
        PhrasePart("Pooling: "),
        _formula(latex_any("p", _AT[: _dimensions(model)])),
        PhrasePart(f" is {what} of a window of {entries} entries of "),
        _formula(latex_any(model.map_letter)),
        PhrasePart(f" (windows {apart})."),
    )
