"""Which circles of a network are joined: by weights, and by the paths of a derivation."""

from __future__ import annotations

from itertools import pairwise, product
from typing import TypeAlias

from question_bank.derivations.derivation import Derivation
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
            if source and target and source != target:
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
        circles = [circle for value in values if (circle := derivation.model.circle_of(value))]
        for pair in dict.fromkeys(pairwise(circles)):
            for link in by_way.get(pair, (pair,)):
                links[link] = (*links.get(link, ()), path.number)
    return links


def begins_at_circle(derivation: Derivation) -> bool:
    """Whether a bias that is asked for is the weight of a constant input, which has a circle."""
    return derivation.model.circle_of(derivation.parameter) is not None
