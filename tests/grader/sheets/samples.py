"""Questions and sheets to print in tests."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import Literal

from grader.sheets import Sheet, SheetQuestion
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout, Quantity
from question_bank.expressions.names import Symbol
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture, Dense
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe

PRECISION = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d"})
SHEET_ID = "7F3K-2QXM-9ABC-DE2G"

TINY = Architecture((1, 1), ("sigmoid",), "squared_error")
LEAN = Architecture((2, 2, 2), ("sigmoid", "tanh"), "squared_error", biases=("layer", "layer"))
"""Two paths, and all that a larger question has."""
SMALL = Architecture((2, 2, 1), ("sigmoid", "sigmoid"), "squared_error")
TEXTBOOK = Architecture((4, 4, 2), ("sigmoid", "softmax"), "squared_error", "diagonal", ("layer", "layer"))
CROSSED = Architecture((2, 2, 2), ("tanh", "softmax"), "cross_entropy", "full", ("unit", "unit"))
DEEP = Architecture((3, 3, 3, 2), ("relu", "tanh", "sigmoid"), "half_squared_error")
BIASED = Architecture((2, 3, 1), ("tanh", "sigmoid"), "half_squared_error", biases=("unit", "none"))
BROAD = Architecture((11, 1, 1), ("sigmoid", "sigmoid"), "squared_error")
WIDE = Architecture((5, 8, 2), ("sigmoid", "linear"), "mean_squared_error")


def make_question(
    architecture: Architecture, parameter: Symbol | str | Sequence[Symbol], layout: Layout | None = None, seed: int = 1
) -> Question:
    chance = random.Random(seed)
    derivation = derive(architecture, parameter, layout or Layout(quantity="updated", update=PLAIN_UPDATE))
    givens: dict[Symbol, float] = {}
    for given in derivation.givens:
        if given.letter in ("a", "h"):
            givens[given] = round(chance.uniform(0.05, 0.95), 4)
        elif given.letter in ("y", "yhat"):
            givens[given] = round(chance.uniform(0.1, 0.9), 4 if given.letter == "yhat" else 0)
        else:
            givens[given] = 0.5 if given.letter == "eta" else round(chance.uniform(-0.9, 0.9), 1)
    return solve(derivation, givens, PRECISION)


def make_sheet(*questions: Question, name: str = "Ada Lovelace", student: str = "s1001", paper: str = "A4") -> Sheet:
    listed = tuple(SheetQuestion(n, len(questions), question, 8.0) for n, question in enumerate(questions, 1))
    return Sheet("Neural networks I", "Problem set 3", student, name, SHEET_ID, listed, "4 December", paper)  # type: ignore[arg-type]


@cache
def sheet_of(recipe: str, paths: Literal["given", "find"], paper: str = "A4", parameter: str = "") -> Sheet:
    """A sheet that asks for the updated value of what the recipe asks for first, or of another parameter."""
    kind = load_recipe(recipe)
    asked = parameter or kind.choices()[0]
    quantity: Quantity = kind.usually_asked if kind.ranges.learning_rate is None else "updated"
    if not isinstance(kind.model, Dense):
        # In a circuit numbers at random may make a divisor of 0, or the logarithm of less.
        drawn = draw(kind, [b"sample"], parameter=asked, quantity=quantity, paths=paths)
        return make_sheet(*drawn, paper=paper)
    question = make_question(kind.network.model, asked, kind.derivation(asked, quantity, paths).layout)
    return make_sheet(question, paper=paper)
