"""A gradient checked by nudging: the output with the parameter a little higher and lower, and the difference quotient.

The quotient is the central one, [f(w + ε) − f(w − ε)] / 2ε, which differs from the derivative by a term in ε².
"""

from __future__ import annotations

from collections.abc import Mapping

from question_bank.errors import NetworkError
from question_bank.expressions.expression import Expression, Ref, substituted
from question_bank.expressions.names import LOWERED, QUOTIENT, RAISED, Name, Symbol
from question_bank.networks.graph import Graph
from question_bank.networks.model import Model
from question_bank.networks.second_pass import value_of
from question_bank.networks.updates import EPSILON, Formulas

MOST_READINGS = 100
"""How often all givens together may be read in one value of the output: more is not worked in one box."""


def nudges(graph: Graph, parameter: Symbol) -> Formulas:
    """The steps after the gradient.

    Both values are worked from the givens: of rounded forward values nothing would be left in their difference.
    """
    old, epsilon = Ref(parameter), Ref(EPSILON)
    return (
        (RAISED, "nudged_value", from_givens(graph, {parameter: old + epsilon})),
        (LOWERED, "nudged_value", from_givens(graph, {parameter: old - epsilon})),
        (QUOTIENT, "difference_quotient", (Ref(RAISED) - Ref(LOWERED)) / (2.0 * epsilon)),
    )


def from_givens(graph: Graph, moved: Mapping[Name, Expression]) -> Expression:
    """The value of the last node as one formula over givens, some of which are put in otherwise."""
    known: dict[Name, Expression] = dict(moved)
    for node in graph.nodes:
        known[node] = substituted(value_of(graph, node), known)
    return known[graph.loss]


def require_nudgeable(model: Model) -> None:
    """Raise NetworkError for a loss without a value, a gradient by convention, and more than is worked in one box."""
    graph = model.graph()
    if model.conventions().softmax == "diagonal":
        raise NetworkError(
            "a softmax of which the diagonal alone counts: no difference quotient comes near such a gradient",
            place="network.softmax",
            expected='"full"',
        )
    if not graph.has_value:
        raise NetworkError(
            "the loss's derivatives are given, and it has no value to take differences of",
            place="network.loss",
            expected="a loss with a value",
        )
    # As often as paths lead to a value, it is read.
    readings = sum(count for value, count in graph.path_counts.items() if value not in graph.nodes)
    if readings > MOST_READINGS:
        raise NetworkError(
            f"the givens are read {readings} times on the way to {graph.loss.key}",
            place="ask",
            expected=f"at most {MOST_READINGS} times, to be worked in one box",
            remedy="ask it of a smaller network",
        )
