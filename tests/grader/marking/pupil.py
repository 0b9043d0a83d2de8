"""A pupil with pencil and paper: works a 4-4-2 sigmoid question in plain floats, with none of our formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, Decimal

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.question import Question, solve

PRECISION = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d", "gradient": "6d", "update": "6d"})
GIVENS = {
    **{f"x_{i}": value for i, value in enumerate((2.0, -1.0, 3.0, 1.0), 1)},
    **{
        f"w1_{to}{source}": value
        for to, row in enumerate(
            ((0.3, -0.5, 0.2, 0.7), (-0.4, 0.6, 0.1, -0.2), (0.8, 0.9, -0.3, 0.7), (-0.6, 0.2, 0.5, 0.1)), 1
        )
        for source, value in enumerate(row, 1)
    },
    **{
        f"w2_{to}{source}": value
        for to, row in enumerate(((0.7, -0.8, 0.6, 0.3), (-0.2, 0.4, -0.9, 0.5)), 1)
        for source, value in enumerate(row, 1)
    },
    "b1": 0.2,
    "b2": -0.3,
    "y_1": 1.0,
    "y_2": 0.0,
    "eta": 0.5,
}
HIDDEN = 3
INPUT = 1

Paper = dict[str, float]
Slip = Callable[[Mapping[str, float]], float]


def question(paths: str = "given", quantity: str = "updated", changed: Mapping[str, float] | None = None) -> Question:
    """w1_31 of the pupil's network, with some givens changed."""
    network = Architecture((4, 4, 2), ("sigmoid", "sigmoid"), "squared_error", None, ("layer", "layer"))
    layout = Layout(quantity=quantity, update=PLAIN_UPDATE, exact_first=True, paths=paths)  # type: ignore[arg-type]
    return solve(derive(network, "w1_31", layout), {**GIVENS, **(changed or {})}, PRECISION)


def work(
    slips: Mapping[str, Slip] | None = None,
    places: Mapping[str, int] | None = None,
    *,
    cut: bool = False,
    read: Mapping[str, float] | None = None,
) -> dict[str, str]:
    """Everything that the pupil writes, each value carried on as it was written; `slips` replace what a slot holds.

    A slip is told all that is on the paper so far, the givens included. With `cut`, digits that are not asked for are
    left off. Givens that are `read` as other numbers than are printed are worked with as such.
    """
    paper: Paper = {**GIVENS, **(read or {})}
    written: dict[str, str] = {}
    kinds = {"forward": 4, "factor": 4, "product": 6, "gradient": 6, **(places or {})}

    def put(slot: str, kind: str, value: float) -> None:
        if slips and slot in slips:
            value = slips[slot](paper)
        written[slot] = cut_text(value, kinds[kind]) if cut else f"{value:.{kinds[kind]}f}"
        paper[slot] = float(written[slot])

    for to in (1, 2, 3, 4):
        a = sum(paper[f"w1_{to}{i}"] * paper[f"x_{i}"] for i in (1, 2, 3, 4)) + paper["b1"]
        put(f"h1_{to}", "forward", 1 / (1 + math.exp(-a)))
    for to in (1, 2):
        put(f"a2_{to}", "forward", sum(paper[f"w2_{to}{i}"] * paper[f"h1_{i}"] for i in (1, 2, 3, 4)) + paper["b2"])
    for to in (1, 2):
        put(f"yhat_{to}", "forward", 1 / (1 + math.exp(-paper[f"a2_{to}"])))
    for n in (1, 2):
        h, yhat = paper[f"h1_{HIDDEN}"], paper[f"yhat_{n}"]
        column = f"path_{n}."
        put(f"{column}dL/dyhat_{n}", "factor", -2 * (paper[f"y_{n}"] - yhat))
        put(f"{column}dyhat_{n}/da2_{n}", "factor", yhat * (1 - yhat))
        put(f"{column}da2_{n}/dh1_{HIDDEN}", "factor", paper[f"w2_{n}{HIDDEN}"])
        put(f"{column}dh1_{HIDDEN}/da1_{HIDDEN}", "factor", h * (1 - h))
        put(f"{column}da1_{HIDDEN}/dw1_{HIDDEN}{INPUT}", "factor", paper[f"x_{INPUT}"])
        factors = [value for slot, value in paper.items() if slot.startswith(column)]
        put(f"{column}product", "product", math.prod(factors))
    put("gradient", "gradient", paper["path_1.product"] + paper["path_2.product"])
    put("updated", "gradient", paper["w1_31"] - paper["eta"] * paper["gradient"])
    return written


def cut_text(value: float, decimals: int) -> str:
    """A number without the digits after so many decimals.

    >>> cut_text(0.27968, 4), cut_text(-0.66666, 4)
    ('0.2796', '-0.6666')
    """
    # What binary floats leave of 0.3 is not to be cut to 0.2999.
    exact = Decimal(f"{value:.10f}").quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)
    return f"{abs(exact) if exact == 0 else exact:f}"


def found_columns(written: Mapping[str, str], order: tuple[int, ...]) -> dict[str, str]:
    """The same paper where routes are not printed: column i holds path `order[i]`, 0 for a blank one."""
    slots = {slot: text for slot, text in written.items() if not slot.startswith("path_")}
    for column, path in enumerate(order, 1):
        texts = [text for slot, text in written.items() if slot.startswith(f"path_{path}.")] if path else [""] * 6
        names = [*(f"factor_{i}" for i in range(1, 6)), "product"]
        slots |= {f"path_{column}.{name}": text for name, text in zip(names, texts, strict=True)}
    return slots
