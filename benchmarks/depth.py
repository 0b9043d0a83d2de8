"""Derivation and solving by error terms against depth: they grow with a network's edges, and not with its paths."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.timing import Row, seconds
from question_bank.derivations.derivation import Derivation, Layout, _derive, derive
from question_bank.derivations.evaluate import value_columns
from question_bank.networks.dense import Dense

WIDTH, DEPTHS = 4, (2, 5, 10, 20)
QUESTIONS = 200
MOST = 2.0
"""How many times as long a weight may take in a deeper network as in the shallowest."""


def rows() -> Iterator[Row]:
    first: dict[str, float] = {}
    for depth in DEPTHS:
        network = Dense((WIDTH,) * (depth + 1), ("tanh",) * depth, "half_squared_error")
        derivation = derived(network)
        draws = list(np.random.default_rng(depth).uniform(-0.9, 0.9, (len(derivation.givens), QUESTIONS)))
        weights, paths = len(derivation.asked), f"{derivation.most_paths:,.3g}"
        runs = (
            ("derived", "derivations/s", 1, partial(derived, network)),
            ("solved", "questions/s", QUESTIONS, partial(value_columns, derivation, draws)),
        )
        for what, unit, count, run in runs:
            taken = seconds(run)
            ratio = taken / weights / first.setdefault(what, taken / weights)
            name = f"error terms, {depth} layers of {WIDTH}, {weights} weights, up to {paths} paths each: {what}"
            yield Row(name, count / taken, unit, f"<= {MOST:g} times a weight's", ratio, ratio <= MOST)


def derived(network: Dense) -> Derivation:
    """All weights' gradients, derived anew."""
    _derive.cache_clear()
    return derive(network, [*network.parameters()], Layout(working="deltas"))
