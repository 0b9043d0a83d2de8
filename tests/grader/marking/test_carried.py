"""Own numbers with the digits that were rounded away: what their formulas give, where something of one's own did."""

from __future__ import annotations

import numpy as np
import pytest

from grader.marking.carried import Carried
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.names import named
from question_bank.networks.dense import Architecture

CHAIN = derive(Architecture((1, 1, 1), ("linear", "linear"), "squared_error"), "w1_11", Layout())
PRINTED = {"x_1": 3.0, "w1_11": 0.5, "w2_11": 2.0, "y_1": 0.25}
"""The first sum is 1.5."""


def at(key: str) -> int:
    return CHAIN.index[named(key)]


def carried(**written: tuple[float, float]) -> Carried:
    """Own numbers of one submission, beside those that are printed."""
    ends = {**{key: (value, value) for key, value in PRINTED.items()}, **written}
    own = {at(key): (np.array([low]), np.array([high])) for key, (low, high) in ends.items()}
    return Carried(own, CHAIN)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ((1.0, 2.0), (1.5, 1.5)),
        ((1.5, 2.0), (1.5, 1.5)),
        ((1.0, 1.5), (1.5, 1.5)),
        # The formula gives nothing of this, so it was not what gave it.
        ((1.625, 2.0), (1.625, 2.0)),
        ((1.0, 1.375), (1.0, 1.375)),
    ],
)
def test_what_was_written_is_what_the_formula_gives_if_that_lies_around_it(
    written: tuple[float, float], meant: tuple[float, float]
) -> None:
    low, high = carried(a1_1=written)[at("a1_1")]
    assert (low.tolist(), high.tolist()) == ([meant[0]], [meant[1]])


def test_what_follows_is_worked_from_what_was_carried() -> None:
    """Of 1.5 ± 0.5 the unit's output is 1.5, its double 3; a second number narrows what it has in common with that."""
    some = carried(a1_1=(1.0, 2.0), h1_1=(1.0, 2.0), a2_1=(2.5, 3.5))
    assert [end.tolist() for end in some[at("a2_1")]] == [[3.0], [3.0]]
    # The output was written as another number: then that is gone on from, between 1.75 and 2.
    other = carried(a1_1=(1.0, 2.0), h1_1=(1.75, 2.0), a2_1=(3.0, 3.75))
    assert [end.tolist() for end in other[at("h1_1")]] == [[1.75], [2.0]]
    assert [end.tolist() for end in other[at("a2_1")]] == [[3.5], [3.75]]


def test_each_of_several_submissions_is_carried_by_itself() -> None:
    own = {at(key): (np.array([value] * 2), np.array([value] * 2)) for key, value in PRINTED.items()}
    own[at("a1_1")] = np.array([1.0, 1.75]), np.array([2.0, 2.0])
    low, high = Carried(own, CHAIN)[at("a1_1")]
    assert (low.tolist(), high.tolist()) == ([1.5, 1.75], [1.5, 2.0])


def test_a_printed_number_stays_as_it_is_printed() -> None:
    assert [end.tolist() for end in carried()[at("w2_11")]] == [[2.0], [2.0]]
