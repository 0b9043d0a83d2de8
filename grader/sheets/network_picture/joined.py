"""Which circles of a network are joined: by weights, and by the paths of a derivation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product
from typing import TypeAlias

from question_bank.derivations.derivation import Derivation, Path
from question_bank.expressions.expression import symbols_in
from question_bank.expressions.names import Symbol

Pair: TypeAlias = tuple[Symbol, Symbol]


def joined_circles(derivation: Derivation) -> dict[Pair, Symbol | None]:
    """Pairs of circles of which the second reads the first, with the weight that lies between them, if one does."""
    if (links := derivation.model.conventions().links) is not None:
        drawn = {(link.tail, link.head): link.name for link in links.every}
        return {**drawn, **dict.fromkeys(product(links.outputs, derivation.model.picture()[-1]))}
    graph, circle_of = derivation.graph, derivation.model.circle_of
    found: dict[Pair, Symbol | None] = {}
    for node in graph.nodes:
        target = circle_of(node)
        for i, value in graph.uses(node):
            source = circle_of(value)
            if source and target and source != target and not graph.is_skip(node, i):
                factor = graph.factor(node, i)
                # A bias that begins at a circle is the weight of a constant input.
                weight = value if factor.kind == "bias" else None
                found[source, target] = next(symbols_in(factor.formula)) if factor.kind == "weight" else weight
    for one, several in _by_way_of_outputs(derivation).items():
        del found[one]
        found |= dict.fromkeys(several)
    return found


def _by_way_of_outputs(derivation: Derivation) -> dict[Pair, tuple[Pair, ...]]:
    """Where loss and softmax are one step but logits and outputs have circles: the lines from a logit to the loss."""
    graph, circle_of = derivation.graph, derivation.model.circle_of
    loss = graph.nodes[graph.loss]
    if loss.paired is None:
        return {}
    outputs, logits = (
        [circle for value in values if (circle := circle_of(value))]
        for values in (loss.inputs[: loss.paired : 2], loss.inputs[loss.paired :])
    )
    if outputs == logits:
        return {}
    behind = tuple((output, loss.name) for output in outputs)
    return {(logit, loss.name): (*product([logit], outputs), *behind) for logit in logits}


def circles_on_paths(derivation: Derivation) -> dict[Pair, tuple[int, ...]]:
    """Pairs of circles that paths join, with those paths: a unit's pre-activation and output are one circle."""
    links: dict[Pair, tuple[int, ...]] = {}
    by_way = _by_way_of_outputs(derivation)
    for path in derivation.paths:
        beside = derivation.asks_for_weight or (derivation.asks_for_bias and not begins_at_circle(derivation))
        values = list(path.route[beside:])
        if derivation.asks_for_weight:
            # The path begins where the weight's edge does: at what the weight multiplies.
            multiplied = derivation.step(path.factors[-1]).formula
            values[:0] = symbols_in(multiplied) if multiplied else ()
        pairs: dict[Pair, None] = {}
        along = _skipped(derivation, path)
        for stretch in _between(values, along):
            circles = [circle for value in stretch if (circle := derivation.model.circle_of(value))]
            pairs |= dict.fromkeys(pairwise(circles))
        for pair in pairs:
            for link in by_way.get(pair, (pair,)):
                links[link] = (*links.get(link, ()), path.number)
    return links


def skips_with_paths(derivation: Derivation) -> dict[Pair, tuple[int, ...]]:
    """Pairs of values of which the first is added to the second along a skip connection, with the paths along it."""
    graph, skipped = derivation.graph, {path.number: _skipped(derivation, path) for path in derivation.paths}
    pairs = ((value, node) for node in graph.nodes for i, value in graph.uses(node) if graph.is_skip(node, i))
    return {pair: tuple(number for number, along in skipped.items() if pair in along) for pair in pairs}


def _skipped(derivation: Derivation, path: Path) -> set[Pair]:
    """Pairs of values between which a path goes along a skip connection."""
    return {(factor.below, factor.above) for factor in path.factors if derivation.graph.skips(factor)}


def _between(values: list[Symbol], along: set[Pair]) -> Iterator[list[Symbol]]:
    """The stretches of a path's values that lie before, between and behind skip connections."""
    stretch = values[:1]
    for pair in pairwise(values):
        if pair in along:
            yield stretch
            stretch = []
        stretch.append(pair[1])
    yield stretch


def begins_at_circle(derivation: Derivation) -> bool:
    """Whether a bias that is asked for is the weight of a constant input, which has a circle."""
    return derivation.model.circle_of(derivation.parameter) is not None
