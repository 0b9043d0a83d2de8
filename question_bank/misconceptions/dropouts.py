"""Mistakes with dropout: the mask and the share that is kept, on the way forward and on the way back."""

from __future__ import annotations

from question_bank.expressions.expression import ONE, Ref
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, always_one
from question_bank.misconceptions.tables import before_kind, gradient_before_kind
from question_bank.networks.rules import divisor


def _output(site: Site) -> Ref:
    return Ref(site.node.inputs[0])


def _entry(site: Site) -> Ref:
    return Ref(site.node.inputs[1])


def whole_output(site: Site) -> Variants:
    """The unit's output, as if nothing were dropped."""
    return (_output(site),)


def mask_forgotten(site: Site) -> Variants:
    """The output over the share, whatever the mask says."""
    return (_output(site) / divisor(site.node),)


def scale_forgotten(site: Site) -> Variants:
    """The output where the mask lets it through, as it is."""
    return (_entry(site) * _output(site),)


def multiplied_by_share(site: Site) -> Variants:
    """The output times the share, where the mask lets it through."""
    return (_entry(site) * _output(site) * divisor(site.node),)


def back_without_mask(site: Site) -> Variants:
    """One over the share, whatever the mask says."""
    return (ONE / divisor(site.node),)


def back_without_scale(site: Site) -> Variants:
    """The mask's entry alone."""
    return (_entry(site),)


def value_before_dropout(site: Site) -> Variants:
    """What left the unit below, before dropout."""
    return before_kind(site, site.formula, "dropped")


def gradient_before_dropout(site: Site) -> Variants:
    """The error term times what left the unit below, before dropout."""
    return gradient_before_kind(site, "dropped")


_FORWARD, _BACK = ("dropped",), ("dropout_part",)

ON_DROPOUT = (
    Misconception(
        "dropout_forgotten",
        _FORWARD,
        whole_output,
        N_("Look at what happens to a hidden unit’s output before it goes on: the sheet gives a mask."),
        N_("Worked the forward pass without dropout, as if the mask held on the way back alone."),
    ),
    Misconception(
        "dropout_mask_forgotten",
        _FORWARD,
        mask_forgotten,
        N_("Look at this unit’s entry in the mask."),
        N_("Divided by the share that is kept, but did not apply the mask."),
    ),
    Misconception(
        "dropout_scale_forgotten",
        _FORWARD,
        scale_forgotten,
        N_("Look at what the sheet says of the units that are kept: their outputs do not go on as they are."),
        N_("Applied the mask, but did not divide by the share that is kept."),
    ),
    Misconception(
        "dropout_scale_multiplied",
        _FORWARD,
        multiplied_by_share,
        N_("Look at the share that is kept: do the outputs of the units that are left become larger, or smaller?"),
        N_("Multiplied by the share that is kept in the place of dividing by it."),
    ),
    Misconception(
        "dropout_back_forgotten",
        _BACK,
        always_one,
        N_("Look at what lies between the unit’s output and what goes on of it: the way back leads through it, too."),
        N_("Went back as if there were no dropout: the mask held on the way forward alone."),
    ),
    Misconception(
        "dropout_back_mask_forgotten",
        _BACK,
        back_without_mask,
        N_("Look at this unit’s entry in the mask: what was not let through forward, lets nothing back."),
        N_("Divided by the share on the way back, but forgot the mask."),
    ),
    Misconception(
        "dropout_back_scale_forgotten",
        _BACK,
        back_without_scale,
        N_("Look at the formula of what goes on: the unit’s output stands in it beside two numbers."),
        N_("Applied the mask on the way back, but forgot to divide by the share that is kept."),
    ),
    Misconception(
        "dropout_back_is_value",
        _BACK,
        whole_output,
        N_("Look at what is asked here: how fast what goes on changes with the unit’s output, not what either is."),
        N_("Wrote the unit's output in the place of the derivative through dropout."),
    ),
    Misconception(
        "input_before_dropout",
        ("input",),
        value_before_dropout,
        N_("Look at what the weight multiplies: is it the unit’s output, or what dropout leaves of it?"),
        N_("Took the unit's output as it was before dropout."),
    ),
    Misconception(
        "gradient_before_dropout",
        ("parameter_gradient",),
        gradient_before_dropout,
        N_("Look at what the weight multiplies: is it the unit’s output, or what dropout leaves of it?"),
        N_("Multiplied the error term by the unit's output as it was before dropout."),
    ),
)
