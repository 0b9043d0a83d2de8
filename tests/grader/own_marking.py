"""A sheet worked, and marked, by a person with the formulas of a lecture: nothing of the program's marking is used.

What a question asks is a list of boxes, each with the parts that it weighs and its formula over the givens and over
what was written before. Whoever carries an own number on, and whoever marks, works with the same list: the one writes,
the other holds each box against its formula over what stands in the boxes before, and against the right number. Marks
are fractions of the question's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Number = float | Fraction
Values = Mapping[str, Number]


@dataclass(frozen=True)
class Box:
    """A box: its parts, the places that the sheet asks for (None: an exact number), and what is to be worked."""

    name: str
    parts: int
    places: int | None
    work: Callable[[Values], Number]


def sigmoid(a: Number) -> float:
    return 1 / (1 + math.exp(-a))


def slope(h: Number) -> Number:
    return h * (1 - h)


def two_paths(network: Mapping[str, Any], printed: Mapping[str, float]) -> list[Box]:
    """∂L/∂w1_31 of a 4-4-2 network of sigmoids by two paths; the forward pass is printed, L the sum of squares."""
    h, x = printed["h1_3"], network["x"][0]
    boxes: list[Box] = []
    for k in (1, 2):
        yhat, y, w, at = printed[f"yhat_{k}"], network["y"][k - 1], network["W2"][k - 1][2], f"path_{k}."
        factors = [
            # A factor that stands in both columns counts once.
            Box(f"{at}dL/dyhat_{k}", 2, 4, lambda _, yhat=yhat, y=y: 2 * (yhat - y)),  # type: ignore[misc]
            Box(f"{at}dyhat_{k}/da2_{k}", 2, 4, lambda _, yhat=yhat: slope(yhat)),  # type: ignore[misc]
            Box(f"{at}da2_{k}/dh1_3", 2, 4, lambda _, w=w: w),  # type: ignore[misc]
            Box(f"{at}dh1_3/da1_3", 1, 4, lambda _: slope(h)),
            Box(f"{at}da1_3/dw1_31", 1, 4, lambda _: x),
        ]
        names = [box.name for box in factors]
        product = Box(f"{at}product", 2, 6, lambda own, names=names: math.prod(own[name] for name in names))  # type: ignore[misc]
        boxes += [*factors, product]
    return [*boxes, Box("gradient", 4, 6, lambda own: own["path_1.product"] + own["path_2.product"])]


def error_terms(network: Mapping[str, Any]) -> list[Box]:
    """All gradients of a 3-2-1 network of sigmoids by its error terms; L is half the square."""
    W1, (W2,), (b1, (b2,)) = network["W1"], network["W2"], network["b"]
    x, (y,) = network["x"], network["y"]

    def h(j: int) -> Box:
        return Box(f"h1_{j + 1}", 1, 4, lambda _: sigmoid(sum(w * v for w, v in zip(W1[j], x, strict=True)) + b1[j]))

    def back(j: int) -> Box:
        return Box(f"a1_{j + 1}.error", 1, 6, lambda own: own["a2_1.error"] * W2[j] * slope(own[f"h1_{j + 1}"]))

    def of_input(j: int, i: int) -> Box:
        return Box(f"w1_{j + 1}{i + 1}.gradient", 2, 6, lambda own: own[f"a1_{j + 1}.error"] * x[i])

    def of_output(j: int) -> Box:
        return Box(f"w2_1{j + 1}.gradient", 2, 6, lambda own: own["a2_1.error"] * own[f"h1_{j + 1}"])

    def of_bias(name: str, error: str) -> Box:
        return Box(name, 2, 6, lambda own: own[error])

    return [
        h(0),
        h(1),
        Box("a2_1", 1, 4, lambda own: W2[0] * own["h1_1"] + W2[1] * own["h1_2"] + b2),
        Box("yhat_1", 1, 4, lambda own: sigmoid(own["a2_1"])),
        Box("a2_1.error", 1, 6, lambda own: (own["yhat_1"] - y) * slope(own["yhat_1"])),
        of_output(0),
        of_output(1),
        of_bias("b2_1.gradient", "a2_1.error"),
        back(0),
        back(1),
        *(of_input(j, i) for j in range(2) for i in range(3)),
        *(of_bias(f"b1_{j + 1}.gradient", f"a1_{j + 1}.error") for j in range(2)),
    ]


def exact_relu(network: Mapping[str, Any]) -> list[Box]:
    """∂L/∂w1_11 of a 2-2-1 network with ReLU, in exact numbers; L is the square."""
    W1, (W2,), (b1, (b2,)), x, (y,) = (
        _exact(network["W1"]),
        _exact(network["W2"]),
        _exact(network["b"]),
        _exact(network["x"]),
        _exact(network["y"]),
    )
    at = "path_1."
    factors = [
        Box(f"{at}dL/dyhat_1", 1, None, lambda own: 2 * (own["yhat_1"] - y)),
        Box(f"{at}dyhat_1/da2_1", 1, None, lambda _: Fraction(1)),
        Box(f"{at}da2_1/dh1_1", 1, None, lambda _: W2[0]),
        Box(f"{at}dh1_1/da1_1", 1, None, lambda own: Fraction(own["a1_1"] > 0)),
        Box(f"{at}da1_1/dw1_11", 1, None, lambda _: x[0]),
    ]

    def a(j: int) -> Box:
        return Box(f"a1_{j + 1}", 1, None, lambda _: W1[j][0] * x[0] + W1[j][1] * x[1] + b1[j])

    def h(j: int) -> Box:
        return Box(f"h1_{j + 1}", 1, None, lambda own: max(Fraction(0), own[f"a1_{j + 1}"]))

    return [
        a(0),
        a(1),
        h(0),
        h(1),
        Box("a2_1", 1, None, lambda own: W2[0] * own["h1_1"] + W2[1] * own["h1_2"] + b2),
        Box("yhat_1", 1, None, lambda own: own["a2_1"]),
        *factors,
        # Of a single path the product is the gradient: one box, with the parts of both.
        Box("gradient", 3, None, lambda own: math.prod(own[box.name] for box in factors)),
    ]


def _exact(numbers: Any) -> Any:
    return [_exact(one) for one in numbers] if isinstance(numbers, list) else Fraction(str(numbers))


def right(boxes: list[Box]) -> dict[str, Number]:
    """The right number of each box."""
    values: dict[str, Number] = {}
    for box in boxes:
        values[box.name] = box.work(values)
    return values


def worked(boxes: list[Box], struck: Mapping[str, Number], more: int = 0) -> dict[str, str]:
    """What somebody writes who carries on with what is struck, at `more` places than asked, with a decimal comma."""
    own: dict[str, Number] = {}
    for box in boxes:
        own[box.name] = _written(struck.get(box.name, box.work(own)), box, more)[0]
    return {box.name: _written(own[box.name], box, more)[1] for box in boxes}


def _written(value: Number, box: Box, more: int) -> tuple[Number, str]:
    if box.places is None:
        value = Fraction(value)
        short = value.denominator in (1, 2, 4, 8, 16)
        return value, str(float(value)).replace(".", ",") if short else f"{value.numerator}/{value.denominator}"
    text = f"{float(value):.{box.places + more}f}"
    return float(text), text.replace(".", ",")


def read(text: str, box: Box) -> Number | None:
    """A number as a German writes it; nothing where it is none."""
    try:
        exact = Fraction(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        return None
    return exact if box.places is None else float(exact)


def marked(boxes: list[Box], written: Mapping[str, str], marks: int, granted: Mapping[str, Fraction]) -> Fraction:
    """The marks of a sheet: each box that is right, or right for what stands in those before, has its parts.

    `granted` says for single boxes what part of theirs a person has decided on.
    """
    truth = right(boxes)
    found = {box.name: read(written.get(box.name, ""), box) for box in boxes}
    own = {name: truth[name] if value is None else value for name, value in found.items()}
    earned = Fraction(0)
    for box in boxes:
        value = found[box.name]
        # Whoever rounds on the way is no nearer than the hundredth part that questions are certified for.
        good = value is not None and (near(value, box.work(own), box) or near(value, truth[box.name], box, 0.01))
        earned += box.parts * granted.get(box.name, Fraction(good))
    return marks * earned / sum(box.parts for box in boxes)


def near(value: Number, wanted: Number, box: Box, part: float = 0) -> bool:
    """Whether a value is another, rounded at the box's places, or is so but for a part of it."""
    if box.places is None:
        return value == wanted
    return abs(float(value - wanted)) <= 0.6 * float(10) ** -box.places + part * abs(float(wanted))
