"""The table of operations: one entry holds an operation's array, interval, LaTeX and plain reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np

from question_bank.expressions import interval
from question_bank.expressions.interval import Interval
from question_bank.expressions.precision import Array, BoolArray
from question_bank.expressions.product_sign import latex_times, times

ATOM, PRODUCT, SUM = 3, 2, 1
"""How tightly a piece of LaTeX binds: what is looser than its place asks for goes into parentheses."""


@dataclass(frozen=True, slots=True)
class Tex:
    """A piece of LaTeX and how tightly it binds."""

    text: str
    binding: int = ATOM
    bare: str = ""
    """A negative number put in, without the parentheses that it needs beside an operation."""
    parentheses: ClassVar[tuple[str, str]] = (r"\left(", r"\right)")
    fraction: ClassVar[tuple[str, int]] = (r"\frac{{{}}}{{{}}}", ATOM)
    """How a fraction of two numbers is written, and how tightly it binds."""
    power: ClassVar[str] = "10^{{{0}}}"
    """How a power of ten is written: of its exponent, and of what is printed on a line."""
    times: ClassVar[str] = r"\cdot"

    @property
    def alone(self) -> str:
        """The text where nothing stands beside it: a function's argument, an exponent, above or below a bar."""
        return self.bare or self.text

    def within(self, binding: int) -> str:
        """The text, in parentheses where it binds more loosely than its place asks."""
        return self.text if self.binding >= binding else self.text.join(self.parentheses)


@dataclass(frozen=True, slots=True)
class Plain(Tex):
    """A piece of plain text, likewise."""

    parentheses: ClassVar[tuple[str, str]] = ("(", ")")
    fraction: ClassVar[tuple[str, int]] = ("{}/{}", PRODUCT)
    power: ClassVar[str] = "{1}"
    times: ClassVar[str] = "·"


Piece = TypeVar("Piece", bound=Tex)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with its four readings; `hazard` says where the interval reading or the derivative breaks."""

    array: Callable[..., Array]
    interval: Callable[..., Interval]
    latex: Callable[..., Tex]
    plain: Callable[..., Plain]
    hazard: Callable[..., BoolArray] | None = None


@dataclass(frozen=True, slots=True)
class GeneralOperation:
    """An operation of general formulas: it has no numbers before it is known how many there are of what it is of."""

    latex: Callable[..., Tex]
    plain: Callable[..., Plain]


KINK_SLACK = 1e-9
"""Distance within which a value counts as on a kink or a zero divisor: an exact 0 is ±1e-17 in floats."""


def touches_zero(*arguments: Interval) -> BoolArray:
    """True where the last argument comes within the slack of 0: shape of the bounds."""
    low, high = arguments[-1]
    touched: BoolArray = (low <= KINK_SLACK) & (high >= -KINK_SLACK)
    return touched


def meet(a: Interval, b: Interval) -> BoolArray:
    """True where two intervals come within the slack of each other: shape of the bounds."""
    return touches_zero(interval.sub(a, b))


def tie(*arguments: Interval) -> BoolArray:
    """True where the largest of several comes within the slack of another one: shape of the bounds."""
    if len(arguments) == 2:
        return meet(*arguments)
    each = range(len(arguments))
    beside = (meet(arguments[n], interval.largest(*(arguments[m] for m in each if m != n))) for n in each)
    touched: BoolArray = np.logical_or.reduce([*beside])
    return touched


def _sigmoid(a: Array) -> Array:
    # exp never overflows: both branches see a number ≤ 0.
    e = np.exp(-np.abs(a))
    value: Array = np.maximum(e, a >= 0)  # 1 or e, without a choice at every number
    value /= 1.0 + e
    return value


def _sum(*terms: Array) -> Array:
    value = terms[0]
    for term in terms[1:]:
        value = value + term
    return value


def _product(*factors: Array) -> Array:
    value = factors[0]
    for factor in factors[1:]:
        value = value * factor
    return value


def _largest(*values: Array) -> Array:
    value = values[0]
    for other in values[1:]:
        value = np.maximum(value, other)
    return value


_ONE = (np.asarray(1.0),) * 2


def _any(*values: Array) -> Array:
    none = 1.0 - values[0]
    for value in values[1:]:
        none = none * (1.0 - value)
    return 1.0 - none


def _any_of_ranges(*ranges: Interval) -> Interval:
    none = interval.mul(*(interval.sub(_ONE, each) for each in ranges))
    return interval.sub(_ONE, none)


def _div(a: Array, b: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Array = a / b
    return value


def _ln(a: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Array = np.log(a)
    return value


def _exp(a: Array) -> Array:
    with np.errstate(over="ignore"):
        value: Array = np.exp(a)
    return value


_DUST = 1e-14
"""What binary sums leave of an exact 0, as a part of what was added up."""


def _clean_sum(*terms: Array) -> Array:
    value = _sum(*terms)
    size = _sum(*(np.abs(term) for term in terms))
    clean: Array = np.where(np.abs(value) <= _DUST * size, 0.0, value)
    return clean


def _softplus(a: Array) -> Array:
    value: Array = np.logaddexp(0.0, a)
    return value


def _step(a: Array) -> Array:
    value: Array = np.where(a > 0.0, 1.0, 0.0)
    return value


def _relu(a: Array) -> Array:
    value: Array = np.maximum(a, 0.0)
    return value


def _logistic_slope(h: Array) -> Array:
    return h * (1.0 - h)


def _tanh_slope(h: Array) -> Array:
    return 1.0 - h * h


def _summed(texts: Sequence[str]) -> str:
    """Terms one after another: the minus of a term becomes the sum's own sign."""
    text = texts[0]
    for piece in texts[1:]:
        # A number put in brings its parentheses along.
        text += f" {piece[0]} {piece[1:]}" if piece.startswith("-") else f" + {piece}"
    return text


def _written_sum(*terms: Piece) -> Piece:
    return type(terms[0])(_summed([term.within(SUM) for term in terms]), SUM)


def _written_difference(a: Piece, b: Piece) -> Piece:
    return type(a)(f"{a.within(SUM)} - {b.within(PRODUCT)}", SUM)


def _written_negative(a: Piece) -> Piece:
    return type(a)(f"-{a.within(PRODUCT)}", SUM)


def _tex_function(name: str) -> Callable[..., Tex]:
    return lambda *arguments: Tex(rf"{name}\left({', '.join(each.alone for each in arguments)}\right)")


def _plain_function(name: str) -> Callable[..., Plain]:
    return lambda *arguments: Plain(f"{name}({', '.join(each.alone for each in arguments)})")


def _sqrt(a: Array) -> Array:
    with np.errstate(invalid="ignore"):
        value: Array = np.sqrt(a)
    return value


_RAISED = (" new", r"\text{new}}", ")}", "⁾")
"""How the name of a new value ends, of one at a time and of a numbered one: in LaTeX no second superscript follows."""


def _base(a: Piece) -> str:
    """What a power is raised of: where it is a derivative's name, or a new value's, of the whole name."""
    plain = not a.text.startswith((r"\frac", "∂", "new ")) and not a.text.endswith(_RAISED) and not _is_raised(a.text)
    whole = a.binding >= ATOM and plain
    return a.text if whole else a.text.join(a.parentheses)


def _is_raised(text: str) -> bool:
    """Whether something stands above a name itself, as its layer does in some notations: no function's power."""
    return "(" not in text and any(sign in text for sign in _ABOVE)


_ABOVE = ("^{", *"⁰¹²³⁴⁵⁶⁷⁸⁹⁾")


def _plain_fraction(a: Plain, b: Plain) -> Plain:
    above, below = (f"({text})" if " " in text else text for text in (a.alone, b.text))
    return Plain(f"{above} / {below}")


OPERATIONS: dict[str, Operation] = {
    "add": Operation(_sum, interval.add, _written_sum, _written_sum),
    # A sum whose sign decides something: terms that cancel come to 0 and not to a ten-quadrillionth.
    "clean_sum": Operation(_clean_sum, interval.add, _written_sum, _written_sum),
    "sub": Operation(np.subtract, interval.sub, _written_difference, _written_difference),
    "neg": Operation(np.negative, interval.neg, _written_negative, _written_negative),
    "mul": Operation(
        _product,
        interval.mul,
        lambda *factors: Tex(f" {latex_times()} ".join(factor.within(PRODUCT) for factor in factors), PRODUCT),
        lambda *factors: Plain(f" {times()} ".join(factor.within(PRODUCT) for factor in factors), PRODUCT),
    ),
    "div": Operation(
        _div,
        interval.div,
        lambda a, b: Tex(rf"\frac{{{a.alone}}}{{{b.alone}}}"),
        _plain_fraction,
        hazard=touches_zero,
    ),
    "square": Operation(
        np.square,
        interval.square,
        lambda a: Tex(f"{_base(a)}^{{2}}"),
        lambda a: Plain(f"{_base(a)}²"),
    ),
    # The derivative breaks at 0, where small differences are large ones of the root.
    "sqrt": Operation(
        _sqrt,
        interval.increasing(_sqrt),
        lambda a: Tex(rf"\sqrt{{{a.alone}}}"),
        _plain_function("√"),
        hazard=touches_zero,
    ),
    "abs": Operation(
        np.abs, interval.magnitude, lambda a: Tex(rf"\left|{a.alone}\right|"), lambda a: Plain(f"|{a.alone}|")
    ),
    "exp": Operation(_exp, interval.increasing(_exp), lambda a: Tex(f"e^{{{a.alone}}}"), _plain_function("exp")),
    "ln": Operation(_ln, interval.increasing(_ln), _tex_function(r"\ln"), _plain_function("ln"), hazard=touches_zero),
    "sigmoid": Operation(_sigmoid, interval.increasing(_sigmoid), _tex_function(r"\sigma"), _plain_function("σ")),
    "tanh": Operation(np.tanh, interval.increasing(np.tanh), _tex_function(r"\tanh"), _plain_function("tanh")),
    "relu": Operation(
        _relu,
        interval.increasing(_relu),
        lambda a: Tex(rf"\max\left(0, {a.alone}\right)"),
        lambda a: Plain(f"max(0, {a.alone})"),
        hazard=touches_zero,
    ),
    "max": Operation(_largest, interval.largest, _tex_function(r"\max"), _plain_function("max"), hazard=tie),
    "min": Operation(np.minimum, interval.smallest, _tex_function(r"\min"), _plain_function("min"), hazard=meet),
    # Of what is 1 or 0 whether one at least is 1; it is a polynomial, so that nothing has a kink.
    "any": Operation(_any, _any_of_ranges, _tex_function(r"\text{any}"), _plain_function("any")),
    "softplus": Operation(
        _softplus,
        interval.increasing(_softplus),
        lambda a: Tex(rf"\ln\left(1 + e^{{{a.alone}}}\right)"),
        lambda a: Plain(f"ln(1 + exp({a.alone}))"),
    ),
    # The slopes have a repeated operand, so they are operations of their own with an exact range.
    "logistic_slope": Operation(
        _logistic_slope,
        interval.peaked(_logistic_slope, at=0.5, peak=0.25),
        lambda h: Tex(rf"{h.within(ATOM)} {latex_times()} \left(1 - {h.within(PRODUCT)}\right)", PRODUCT),
        lambda h: Plain(f"{h.within(ATOM)} {times()} (1 - {h.within(PRODUCT)})", PRODUCT),
    ),
    "tanh_slope": Operation(
        _tanh_slope,
        interval.peaked(_tanh_slope, at=0.0, peak=1.0),
        lambda h: Tex(f"1 - {_base(h)}^{{2}}", SUM),
        lambda h: Plain(f"1 - {_base(h)}²", SUM),
    ),
    "step": Operation(
        _step,
        interval.increasing(_step),
        lambda a: Tex(rf"\left(1\text{{ if }}{a.alone} > 0\text{{, else }}0\right)"),
        lambda a: Plain(f"(1 if {a.alone} > 0, else 0)"),
        hazard=touches_zero,
    ),
}

GENERAL_OPERATIONS: dict[str, GeneralOperation] = {
    # Of the letters that it counts by, the first number and the last where they are said, and of what is added up.
    "sum_over": GeneralOperation(
        lambda letters, term: Tex(rf"\sum_{{{letters.alone}}} {term.within(PRODUCT)}", PRODUCT),
        lambda letters, term: Plain(f"Σ_{letters.alone} {term.within(PRODUCT)}", PRODUCT),
    ),
    "sum_from_to": GeneralOperation(
        lambda letters, first, last, term: Tex(
            rf"\sum_{{{letters.alone}={first.alone}}}^{{{last.alone}}} {term.within(PRODUCT)}", PRODUCT
        ),
        lambda letters, first, last, term: Plain(
            f"Σ_{letters.alone}={first.alone}…{last.alone} {term.within(PRODUCT)}", PRODUCT
        ),
    ),
    # One of so many equal parts.
    "part_of": GeneralOperation(
        lambda parts, whole: Tex(rf"\frac{{1}}{{{parts.alone}}} {whole.within(PRODUCT)}", PRODUCT),
        lambda parts, whole: Plain(f"1/{parts.alone} {whole.within(PRODUCT)}", PRODUCT),
    ),
    "transposed": GeneralOperation(lambda a: Tex(f"{_base(a)}^{{T}}"), lambda a: Plain(f"{_base(a)}ᵀ")),
    "matrix_product": GeneralOperation(
        lambda a, b: Tex(f"{a.within(PRODUCT)} {b.within(PRODUCT)}", PRODUCT),
        lambda a, b: Plain(f"{a.within(PRODUCT)} {b.within(PRODUCT)}", PRODUCT),
    ),
    # A function by its name alone; what that stands for is said beside it.
    "applied": GeneralOperation(
        lambda function, *arguments: _tex_function(function.text)(*arguments),
        lambda function, *arguments: _plain_function(function.text)(*arguments),
    ),
}
"""What stands in a formula for any number of values."""
