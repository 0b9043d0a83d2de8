"""Mistakes in checking a gradient: in the two values beside the parameter, and in their difference quotient."""

from __future__ import annotations

from question_bank.expressions.expression import Expression, Ref
from question_bank.expressions.names import LOWERED, RAISED, Name
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants
from question_bank.networks.nudge import from_givens
from question_bank.networks.updates import EPSILON

_RAISED, _LOWERED, _EPSILON = Ref(RAISED), Ref(LOWERED), Ref(EPSILON)


def _value(site: Site, moved: Expression | None = None) -> Expression:
    """The output, the parameter as it is or put in otherwise."""
    others: dict[Name, Expression] = {} if moved is None else {site.derivation.parameter: moved}
    return from_givens(site.graph, others)


def _is_raised(site: Site) -> bool:
    return site.step.name == RAISED


def not_nudged(site: Site) -> Variants:
    """The output with the parameter as it is."""
    return (_value(site),)


def nudged_other_way(site: Site) -> Variants:
    """The output on the other side."""
    old = Ref(site.derivation.parameter)
    return (_value(site, old - _EPSILON if _is_raised(site) else old + _EPSILON),)


def nudged_output(site: Site) -> Variants:
    """ε at the output in the place of the parameter."""
    value = _value(site)
    return (value + _EPSILON if _is_raised(site) else value - _EPSILON,)


def nudged_by_factor(site: Site) -> Variants:
    """The parameter with ε of itself more or less: w(1 ± ε)."""
    old = Ref(site.derivation.parameter)
    part = _EPSILON * old
    return (_value(site, old + part if _is_raised(site) else old - part),)


def nudged_all_alike(site: Site) -> Variants:
    """Every parameter of the same sort moved, as all weights of the layer."""
    derivation = site.derivation
    alike = derivation.model.alike(derivation.parameter)
    if not alike:
        return ()
    moved: dict[Name, Expression] = {
        value: Ref(value) + _EPSILON if _is_raised(site) else Ref(value) - _EPSILON
        for value in (derivation.parameter, *alike)
    }
    return (from_givens(site.graph, moved),)


def one_sided(site: Site) -> Variants:
    """From the output as it is to one side, over ε: forward, or backward."""
    value = _value(site)
    return (_RAISED - value) / _EPSILON, (value - _LOWERED) / _EPSILON


def over_one_epsilon(site: Site) -> Variants:
    """Both sides, over ε."""
    return ((_RAISED - _LOWERED) / _EPSILON,)


def not_divided(site: Site) -> Variants:
    """The difference alone, or half of it."""
    difference = _RAISED - _LOWERED
    return difference, 0.5 * difference


def difference_turned(site: Site) -> Variants:
    """The other difference: lowered less raised."""
    return ((_LOWERED - _RAISED) / (2.0 * _EPSILON),)


def quotient_times_epsilon(site: Site) -> Variants:
    """Half of the difference times ε: as a calculator takes ÷ 2 × ε."""
    return (0.5 * (_RAISED - _LOWERED) * _EPSILON,)


def quotient_without_parentheses(site: Site) -> Variants:
    """Only the second value divided: as a calculator takes it without parentheses."""
    return (_RAISED - _LOWERED / (2.0 * _EPSILON),)


def quotient_of_value(site: Site) -> Variants:
    """One value over ε, without a difference."""
    return (_RAISED / _EPSILON,)


_VALUES, _QUOTIENT = ("nudged_value",), ("difference_quotient",)

ON_NUDGES = (
    Misconception(
        "nudge_forgotten",
        _VALUES,
        not_nudged,
        N_("Look at the parameter's value with which this pass is to be worked: it is moved by ε."),
        N_("Worked the output with the parameter as it is, without ε."),
    ),
    Misconception(
        "nudge_other_way",
        _VALUES,
        nudged_other_way,
        N_("Look at the sign of ε in this box."),
        N_("Moved the parameter the other way: the two sides are swapped."),
    ),
    Misconception(
        "nudge_of_output",
        _VALUES,
        nudged_output,
        N_("Look at what is moved by ε: the parameter, and with it whatever is worked from it."),
        N_("Added ε to the output in the place of the parameter."),
    ),
    Misconception(
        "nudge_by_factor",
        _VALUES,
        nudged_by_factor,
        N_("Look at what ε does to the parameter: it is added to it, and is no part of it."),
        N_("Took ε as a part of the parameter and multiplied by 1 + ε and 1 - ε."),
    ),
    Misconception(
        "nudge_of_all",
        _VALUES,
        nudged_all_alike,
        N_("Look at how many of the parameters are moved: everything else stays as it was."),
        N_("Moved all parameters of that sort by ε, not only the one that is checked."),
    ),
    Misconception(
        "quotient_one_sided",
        _QUOTIENT,
        one_sided,
        N_("Look at where the difference begins and where it ends: on both sides of the parameter's value."),
        N_("Took the difference from the output as it is to one side, over ε."),
    ),
    Misconception(
        "quotient_over_epsilon",
        _QUOTIENT,
        over_one_epsilon,
        N_("Look at how far the two sides lie apart."),
        N_("Divided by ε, though the two sides are twice that far apart."),
    ),
    Misconception(
        "quotient_not_divided",
        _QUOTIENT,
        not_divided,
        N_("Look at what a slope is: by how much the output changes, over how far the parameter was moved."),
        N_("Gave the difference, or half of it, without dividing by ε."),
    ),
    Misconception(
        "difference_turned",
        _QUOTIENT,
        difference_turned,
        N_("Look at which of the two values is subtracted from which."),
        N_("Subtracted the value above from the value below."),
    ),
    Misconception(
        "quotient_times_epsilon",
        _QUOTIENT,
        quotient_times_epsilon,
        N_("Look at how your calculator takes what stands below the line: the whole of it divides."),
        N_("Divided by 2 and multiplied by ε."),
    ),
    Misconception(
        "quotient_parentheses",
        _QUOTIENT,
        quotient_without_parentheses,
        N_("Look at how your calculator takes what stands above the line: the whole difference is divided."),
        N_("Divided only the second of the two values by 2ε."),
    ),
    Misconception(
        "quotient_of_value",
        _QUOTIENT,
        quotient_of_value,
        N_("Look at what is divided: a change of the output, and not the output."),
        N_("Divided one of the values by ε, without a difference."),
    ),
)
