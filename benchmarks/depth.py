"""Derivation and solving by error terms against depth: they grow with a network's edges, and not with its paths."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from timeit import repeat

import numpy as np

from benchmarks.timing import Row
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import _derive, derive
from question_bank.derivations.evaluate import value_columns
from question_bank.derivations.layout import Layout
from question_bank.networks.dense import Dense

WIDTH, DEPTHS = 4, (2, 5, 10, 20)
QUESTIONS, ROUNDS = 200, 20
MOST = 8.0
"""How many times as long a weight may take in a deeper network as in the shallowest, which fits a cache."""


def rows() -> Iterator[Row]:
    networks = [Dense((WIDTH,) * (depth + 1), ("tanh",) * depth, "half_squared_error") for depth in DEPTHS]
    derivations = [derived(network) for network in networks]
    draws = [
        list(np.random.default_rng(7).uniform(-0.9, 0.9, (len(derivation.givens), QUESTIONS)))
        for derivation in derivations
    ]
    solving = [partial(value_columns, derivation, some) for derivation, some in zip(derivations, draws, strict=True)]
    for what, unit, count, runs in (
        ("derived", "derivations/s", 1, [partial(derived, network) for network in networks]),
        ("solved", "questions/s", QUESTIONS, solving),
    ):
        first = None
        for derivation, run in zip(derivations, runs, strict=True):
            taken = min(repeat(run, number=1, repeat=ROUNDS))  # what else runs only makes it slower
            weights, paths = len(derivation.asked), f"{derivation.most_paths:,.3g}"
            first = first or taken / weights
            ratio = taken / weights / first
            depth = weights // WIDTH**2
            name = f"error terms, {depth} layers of {WIDTH}, {weights} weights, up to {paths} paths each: {what}"
            yield Row(name, count / taken, unit, f"<= {MOST:g} times a weight's", ratio, ratio <= MOST)


def derived(network: Dense) -> Derivation:
    """All weights' gradients, derived anew."""
    _derive.cache_clear()
    return derive(network, [*network.parameters()], Layout(working="deltas"))
