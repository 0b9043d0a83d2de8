"""The forward pass once more, with new values of parameters: what they change on the way to the loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from question_bank.errors import NetworkError
from question_bank.expressions.expression import Expression, Ref, substituted
from question_bank.expressions.names import Name, Symbol
from question_bank.networks.graph import Graph
from question_bank.networks.lettering import OF_UPDATES
from question_bank.networks.updates import Formulas

AGAIN = 1
"""The round of the second pass in names: the first has none."""


def second_pass(graph: Graph, new: Mapping[Symbol, Name]) -> Formulas:
    """Steps after the new values of parameters: the loss as it was, then all that is other now, the loss last.

    A circuit's output is worked in its forward pass already. Raises NetworkError as `require_own_names` does.
    """
    require_own_names(graph)
    found = [(graph.loss, "loss_value", value_of(graph, graph.loss))] if graph.has_loss else []
    changed: dict[Name, Name] = dict(new.items())
    for node in graph.nodes.values():
        if changed.keys().isdisjoint(node.inputs):
            continue
        kind = "loss_value" if node.name == graph.loss else "second_forward"
        formula = with_others(value_of(graph, node.name), changed)
        changed[node.name] = replace(node.name, round=AGAIN)
        found.append((replace(node.name, round=AGAIN), kind, formula))
    return tuple(found)


def require_own_names(graph: Graph) -> None:
    """Raise NetworkError for a node called like what an update carries: its new value would have the same name."""
    clash = next((node for node in graph.nodes if node.letter in OF_UPDATES), None)
    if clash is not None:
        raise NetworkError(
            f"{clash.key} with again = true: updates have a {clash.letter} of their own",
            place=f"circuit.nodes.{clash.key}",
            expected="another name",
        )


def value_of(graph: Graph, node: Symbol) -> Expression:
    """A node's value as one formula over its inputs."""
    rule = graph.rule(node)
    *_, (_, _, formula) = rule.steps(graph.nodes[node])
    return rule.at_once(graph.nodes[node]) or formula


def with_others(formula: Expression, others: Mapping[Name, Name]) -> Expression:
    """The formula with some names in the place of others."""
    return substituted(formula, {name: Ref(other) for name, other in others.items()})
