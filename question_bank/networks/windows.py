"""The rules of nodes that read a window of values: a kernel laid over it, its largest value, its mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from question_bank.expressions.expression import ONE, Const, Expression, Ref, call, total
from question_bank.expressions.names import Symbol
from question_bank.networks.graph import Factor, Node, Rule
from question_bank.networks.rules import RULES


def _through_kernel(node: Node, i: int) -> Factor:
    # As in any weighted sum, pairs of a kernel's entry and the value under it, and a last input alone is the bias.
    if len(node.inputs) % 2 and i == len(node.inputs) - 1:
        return Factor(Const(1.0), "bias")
    beside = Ref(node.inputs[i + 1 if i % 2 == 0 else i - 1])
    return Factor(beside, "window_value" if i % 2 == 0 else "kernel_entry")


def largest_of(values: Sequence[Symbol]) -> Expression:
    """The largest of some values."""
    refs = tuple(map(Ref, values))
    return refs[0] if len(refs) == 1 else call("max", *refs)


def mean_of(values: Sequence[Symbol], count: float) -> Expression:
    """Their sum over so many."""
    return total(tuple(map(Ref, values))) / count


def _of_largest(node: Node, i: int) -> Factor:
    own = node.inputs[i]
    others = [value for value in node.inputs if value != own]
    return Factor(call("step", Ref(own) - largest_of(others)), "largest_part", inline=True)


def _of_mean(node: Node, i: int) -> Factor:
    return Factor(ONE / float(len(node.inputs)), "mean_part", inline=True)


WINDOW_RULES: dict[str, Rule] = {
    "window": replace(RULES["affine"], function="window", partial=_through_kernel),
    "window_before_kink": replace(RULES["affine_before_kink"], function="window", partial=_through_kernel),
    # Where two are the largest there is no slope: such numbers are refused as those on a kink are.
    "max_pooling": Rule(
        "max_pooling",
        lambda node: ((node.name, "pooled", largest_of(node.inputs)),),
        _of_largest,
        exact_value=True,
        exact_partial=True,
        levels=(0.0, 1.0),
    ),
    "average_pooling": Rule(
        "average_pooling",
        lambda node: ((node.name, "pooled", mean_of(node.inputs, float(len(node.inputs)))),),
        _of_mean,
    ),
}
"""What the nodes of feature maps and pooled maps are worked by."""
