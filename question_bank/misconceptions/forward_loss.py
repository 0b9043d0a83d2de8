"""Mistakes in the value of the loss at the end of a forward pass."""

from __future__ import annotations

from math import log

from question_bank.expressions.expression import ONE, Const, Ref, call, total
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, negated
from question_bank.networks.rules import outputs_and_targets

_SQUARED = ("squared_error", "half_squared_error", "mean_squared_error")
_ENTROPIES = ("cross_entropy", "binary_cross_entropy")


def _pairs(site: Site) -> list[tuple[Ref, Ref]]:
    return outputs_and_targets(site.node)


def constant_wrong(site: Site) -> Variants:
    """Half of a squared error, or twice as much of one that is halved."""
    if site.works_by("half_squared_error"):
        return (2.0 * site.formula,)
    return (0.5 * site.formula,) if site.works_by(*_SQUARED) else ()


def not_squared(site: Site) -> Variants:
    """The errors in the place of their squares."""
    errors = total(tuple(y - yhat for yhat, y in _pairs(site)))
    if site.works_by("half_squared_error"):
        return (0.5 * errors,)
    if site.works_by("mean_squared_error"):
        return (errors / float(len(_pairs(site))),)
    return (errors,) if site.works_by("squared_error") else ()


def sum_squared(site: Site) -> Variants:
    """The square of the summed errors, in the place of the sum of their squares."""
    pairs = _pairs(site)
    square = call("square", total(tuple(y - yhat for yhat, y in pairs)))
    if len(pairs) < 2:
        return ()
    if site.works_by("half_squared_error"):
        return (0.5 * square,)
    return (square,) if site.works_by("squared_error") else ()


def minus_forgotten(site: Site) -> Variants:
    """An entropy without its minus."""
    return negated(site) if site.works_by(*_ENTROPIES) else ()


def other_base(site: Site) -> Variants:
    """The logarithm to base 10."""
    return (site.formula / Const(log(10.0)),) if site.works_by(*_ENTROPIES) else ()


def every_class(site: Site) -> Variants:
    """The logarithms of all probabilities, as if every class were the right one."""
    if not site.works_by("cross_entropy"):
        return ()
    return (-total(tuple(call("ln", yhat) for yhat, _ in _pairs(site))),)


def no_logarithm(site: Site) -> Variants:
    """What the right class's probability leaves to 1, without a logarithm."""
    if not site.works_by("cross_entropy"):
        return ()
    return (ONE - total(tuple(y * yhat for yhat, y in _pairs(site))),)


def second_term_left_out(site: Site) -> Variants:
    """Only the part of binary cross-entropy that belongs to y."""
    if not site.works_by("binary_cross_entropy"):
        return ()
    return (total(tuple(-(y * call("ln", yhat)) for yhat, y in _pairs(site))),)


_LOSS = ("forward_loss",)

ON_FORWARD_LOSS = (
    Misconception(
        "forward_loss_factor",
        _LOSS,
        constant_wrong,
        N_("Compare the constant in front of your loss with the one on the sheet."),
        N_("Halved a squared error that has no half, or left the half of one out, in the value of the loss."),
    ),
    Misconception(
        "forward_loss_not_squared",
        _LOSS,
        not_squared,
        N_("Look at what the loss does with each error before they are added."),
        N_("Took the errors in the place of their squares, in the value of the loss."),
    ),
    Misconception(
        "forward_loss_sum_squared",
        _LOSS,
        sum_squared,
        N_("Look at what comes first in the loss: to add the errors, or to square them?"),
        N_("Squared the sum of the errors instead of adding up their squares."),
    ),
    Misconception(
        "forward_loss_sign",
        _LOSS,
        minus_forgotten,
        N_("Look at the sign of the loss: what sign has the logarithm of a probability?"),
        N_("Left out the minus of a cross-entropy."),
    ),
    Misconception(
        "forward_loss_base",
        _LOSS,
        other_base,
        N_("Look at which logarithm the loss takes, and at which key of the calculator that is."),
        N_("Took the logarithm to base ten in the place of the natural one."),
    ),
    Misconception(
        "forward_loss_every_class",
        _LOSS,
        every_class,
        N_("Look at what stands in front of each logarithm: which of the targets are not zero?"),
        N_("Added up the logarithms of all probabilities, not only that of the right class."),
    ),
    Misconception(
        "forward_loss_no_logarithm",
        _LOSS,
        no_logarithm,
        N_("Look at what the loss does with the probability of the right class."),
        N_("Took what the right class's probability leaves to one, without a logarithm."),
    ),
    Misconception(
        "forward_loss_second_term",
        _LOSS,
        second_term_left_out,
        N_("Compare your loss with the formula on the sheet: it has two terms for each output."),
        N_("Left out the second term of a binary cross-entropy."),
    ),
)
