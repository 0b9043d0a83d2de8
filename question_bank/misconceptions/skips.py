"""Mistakes with a skip connection: what is added on the way forward, and the branch that it makes on the way back."""

from __future__ import annotations

from question_bank.expressions.expression import Ref, product, total
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, always_zero
from question_bank.misconceptions.paths import by_skip
from question_bank.misconceptions.tables import before_kind, gradient_before_kind


def without_skip(site: Site) -> Variants:
    """The sum without what skips layers."""
    added = len(site.node.inputs) - len(site.node.weighted) if site.node.kind == "preactivation" else 1
    return (total(site.parts[:-added]),) if added else ()


def multiplied_by_skip(site: Site) -> Variants:
    """What the function gives times what skips layers."""
    return (product(site.parts),)


def value_below(site: Site) -> Variants:
    """The value by which the derivative is taken, in the place of 1."""
    return (Ref(site.below),)


def back_without_skip(site: Site) -> Variants:
    """What comes back through the weights alone."""
    through = [use.formula for use in site.uses if not use.skips]
    return (total(tuple(through)),) if 0 < len(through) < len(site.uses) else ()


def back_by_skip_alone(site: Site) -> Variants:
    """What comes back along the skip connection alone."""
    along = [use.formula for use in site.uses if use.skips]
    return (total(tuple(along)),) if 0 < len(along) < len(site.uses) else ()


def paths_without_skip(site: Site) -> Variants:
    """The paths that take no skip connection."""
    along, others = by_skip(site)
    return (total(others),) if along and others else ()


def paths_by_skip_alone(site: Site) -> Variants:
    """The paths that take one."""
    along, others = by_skip(site)
    return (total(along),) if along and others else ()


def value_before_skip(site: Site) -> Variants:
    """What the function below gives, before anything is added to it."""
    return before_kind(site, site.formula, "skip_sum")


def gradient_before_skip(site: Site) -> Variants:
    """The error term times what the function below gives, before anything is added to it."""
    return gradient_before_kind(site, "skip_sum")


ON_SKIPS = (
    Misconception(
        "skip_left_out",
        ("skip_sum", "preactivation"),
        without_skip,
        N_("Look in the drawing at the connection that goes around a layer: what it carries is added here."),
        N_("Worked the forward pass without the skip connection."),
    ),
    Misconception(
        "skip_multiplied",
        ("skip_sum",),
        multiplied_by_skip,
        N_("Look at what the sheet says of the skip connection: how do the two values come together?"),
        N_("Multiplied by what the skip connection carries in the place of adding it."),
    ),
    Misconception(
        "skip_factor_is_value",
        ("skip_part",),
        value_below,
        N_("Look at what is asked here: how fast a sum changes with one of its terms, not what the term is."),
        N_("Wrote the value that is added in the place of the derivative by it."),
    ),
    Misconception(
        "skip_factor_zero",
        ("skip_part",),
        always_zero,
        N_("Look at how the sum changes when this term grows a little."),
        N_("Took the derivative by a term of the sum as 0."),
    ),
    Misconception(
        "skip_back_left_out",
        ("backward_sum",),
        back_without_skip,
        N_("Look at all the ways on from this value: one goes around a layer, and something comes back along it."),
        N_("Did not add what comes back along the skip connection."),
    ),
    Misconception(
        "skip_back_alone",
        ("backward_sum",),
        back_by_skip_alone,
        N_("Look at all the ways on from this value: the connection around the layer is not the only one."),
        N_("Took only what comes back along the skip connection, and nothing through the weights."),
    ),
    Misconception(
        "skip_paths_left_out",
        ("gradient",),
        paths_without_skip,
        N_("Follow every arrow onwards from this parameter: which of the ways go around a layer?"),
        N_("Did not add the paths along the skip connection."),
    ),
    Misconception(
        "skip_paths_alone",
        ("gradient",),
        paths_by_skip_alone,
        N_("Follow every arrow onwards from this parameter: the connection around the layer is not the only way."),
        N_("Took only the paths along the skip connection."),
    ),
    Misconception(
        "input_before_skip",
        ("input",),
        value_before_skip,
        N_("Look at what the weight multiplies: only what the function gives, or the sum with what skips the layer?"),
        N_("Took what the unit's function gives, without what the skip connection adds to it."),
    ),
    Misconception(
        "gradient_before_skip",
        ("parameter_gradient",),
        gradient_before_skip,
        N_("Look at what the weight multiplies: only what the function gives, or the sum with what skips the layer?"),
        N_("Multiplied the error term by what the unit's function gives, without what the skip connection adds."),
    ),
)
