"""Sheets of people who did not work: what they hand in is not to be paid beyond what is right in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from tests.classroom.formulas import Look, right
from tests.classroom.paper import FORWARD, Paper, Step
from tests.classroom.rounding import Rounding
from tests.classroom.working import Deed, Habits, Sheet, Unworkable, work

Trick = Callable[[Paper, Paper, Random], Sheet]
"""Own paper, a neighbour's, and one's luck → what is handed in."""

_WORKED = ("loss", "output_error", "slope", "softmax_own", "softmax_cross")


def whole_sheet(paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    return Sheet(work(neighbour, Habits(), rng).written)


def factors(paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    """The neighbour's forward values, slopes and derivatives of the loss; own weights and inputs; own arithmetic."""
    theirs = work(neighbour, Habits(), rng).written

    def formula(paper: Paper, step: Step, look: Look, box: str) -> float:
        # What is worked on scratch paper is not there to be copied, and shows in no box.
        return float(theirs[box]) if box in theirs else right(paper, step, look)

    return Sheet(work(paper, Habits(deeds=(Deed("copied", formula, (*FORWARD, *_WORKED)),)), rng).written)


def _invented(paper: Paper, step: Step, rng: Random) -> float:
    if step.kind in ("preactivation", "loss", "output_error"):
        return rng.uniform(-1.5, 1.5)
    if step.kind in ("exponential", "sum"):
        return rng.uniform(0.3, 4)
    return rng.uniform(0.05, 0.95)


def _inventing(kinds: tuple[str, ...]) -> Trick:
    def trick(paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
        def formula(paper: Paper, step: Step, look: Look, box: str) -> float:
            return _invented(paper, step, rng)

        return Sheet(work(paper, Habits(deeds=(Deed("invented", formula, kinds),)), rng).written)

    return trick


def made_up_products(paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    """Nothing but products out of the air, and their sum; the update, where asked, follows."""
    written = dict.fromkeys(paper.boxes, "")
    total = 0.0
    for boxes in paper.columns.values():
        text = Rounding().text(rng.choice((-1, 1)) * rng.uniform(0.01, 0.5), paper.asked["product"])
        written[boxes[-1]] = text
        total += float(text)
    return Sheet(_answered(paper, written, total))


def _answered(paper: Paper, written: dict[str, str], gradient: float) -> dict[str, str]:
    written["gradient"] = Rounding().text(gradient, paper.asked["gradient"])
    if "updated" in paper.boxes:
        new = paper.numbers[paper.parameter] - paper.numbers["eta"] * float(written["gradient"])
        written["updated"] = Rounding().text(new, paper.asked["update"])
    return written


def made_up_factors(paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    """Every factor out of the air, multiplied and added up with care; the forward pass left blank."""
    written = dict.fromkeys(paper.boxes, "")
    total = 0.0
    for boxes in paper.columns.values():
        for box in boxes[:-1]:
            text = Rounding().text(rng.choice((-1, 1)) * rng.uniform(0.05, 0.95), paper.asked["factor"])
            written[box] = next((written[b] for b in paper.boxes if _same(paper, b, box) and written[b]), text)
        product = math.prod(float(written[box]) for box in boxes[:-1])
        written[boxes[-1]] = Rounding().text(product, paper.asked["product"])
        total += float(written[boxes[-1]])
    return Sheet(_answered(paper, written, total))


def _same(paper: Paper, one: str, other: str) -> bool:
    return paper.box_steps[one] == paper.box_steps[other]


def repeated_product(paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
    """One number in every product's box and as the gradient, its factors blank; for a single path."""
    if len(paper.columns) != 1:
        raise Unworkable
    return made_up_products(paper, neighbour, rng)


def _filled(text: Callable[[Paper, Random], Callable[[], str]]) -> Trick:
    def trick(paper: Paper, neighbour: Paper, rng: Random) -> Sheet:
        say = text(paper, rng)
        return Sheet({box: say() for box in paper.boxes})

    return trick


def _one_given(paper: Paper, rng: Random) -> Callable[[], str]:
    chosen = rng.choice(list(paper.printed.values()))
    return lambda: chosen


TRICKS: dict[str, Trick] = {
    "a neighbour's whole sheet": whole_sheet,
    "a neighbour's factors with own weights": factors,
    "easy boxes, the rest invented": _inventing((*FORWARD, *_WORKED)),
    "easy boxes, only the start invented": _inventing(("preactivation", "exponential", *_WORKED)),
    "made-up products and their sum": made_up_products,
    "made-up factors multiplied": made_up_factors,
    "a wrong product repeated": repeated_product,
    "zeros": _filled(lambda paper, rng: lambda: "0"),
    "ones": _filled(lambda paper, rng: lambda: "1"),
    "one given everywhere": _filled(_one_given),
    "any givens": _filled(lambda paper, rng: lambda: rng.choice(list(paper.printed.values()))),
}
