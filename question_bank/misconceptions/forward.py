"""What goes wrong on the way forward: pre-activations and activations."""

from __future__ import annotations

from question_bank.expression import Ref, total
from question_bank.misconceptions.entry import Misconception, Site, Variants


def _has_bias(site: Site) -> bool:
    # An affine node's inputs stand in pairs of weight and value; a last one alone is the bias.
    return len(site.node.inputs) % 2 == 1 and len(site.parts) > 1


def without_bias(site: Site) -> Variants:
    """The sum of weights times values alone."""
    return (total(site.parts[:-1]),) if _has_bias(site) else ()


def activation_left_out(site: Site) -> Variants:
    """The pre-activation itself."""
    return () if site.rule("linear") or "softmax" in site.node.rule else (Ref(site.node.inputs[0]),)


FORWARD = (
    Misconception(
        "forward_no_bias",
        "forward",
        ("preactivation",),
        without_bias,
        "Compare your sum with the drawing: one arrow into this unit carries no input, and it belongs to the sum too.",
        "Left the bias out of the pre-activation.",
    ),
    Misconception(
        "forward_linear",
        "forward",
        ("activation",),
        activation_left_out,
        "Look at what happens to the pre-activation before it leaves the unit.",
        "Left the activation function out and passed the pre-activation on.",
    ),
)
