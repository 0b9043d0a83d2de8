"""Mistakes in steps that follow each other: in derivatives of a quadratic function, and with what was not moved."""

from __future__ import annotations

from question_bank.expressions.expression import Call, Const, Expression, Ref, call, product
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, negated
from question_bank.misconceptions.on_updates import position_not_moved


def _parts(site: Site) -> tuple[Expression, Expression, Expression]:
    """The coefficient and the variable of the square, and the rest of the derivative."""
    square, rest = site.parts
    assert isinstance(square, Call)
    _, coefficient, variable = square.arguments
    return coefficient, variable, rest


def two_forgotten(site: Site) -> Variants:
    """A x + b."""
    coefficient, variable, rest = _parts(site)
    return (coefficient * variable + rest,)


def rest_forgotten(site: Site) -> Variants:
    """2 a x."""
    return site.parts[:1]


def square_kept(site: Site) -> Variants:
    """2 a x², or a x²: the power not lowered."""
    coefficient, variable, rest = _parts(site)
    power = call("square", variable)
    return product((Const(2.0), coefficient, power)) + rest, coefficient * power + rest


def linear_kept(site: Site) -> Variants:
    """The rest times the variable once more, as it stands in the function."""
    _, variable, rest = _parts(site)
    return (site.parts[0] + rest * variable,)


def by_other_variable(site: Site) -> Variants:
    """The derivative by the other variable."""
    return tuple(
        Ref(other.name) for other in site.graph.nodes.values() if other.kind == site.node.kind and other != site.node
    )


def cross_of_itself(site: Site) -> Variants:
    """The product's own variable kept: c x in the place of c y."""
    _, variable, rest = _parts(site)
    match rest:
        case Call("mul", (c, _)):
            return (site.parts[0] + c * variable,)
    return ()


_SLOPE = ("function_slope",)

ON_DESCENTS = (
    Misconception(
        "function_two_forgotten",
        _SLOPE,
        two_forgotten,
        N_("Look at the square in the function: what becomes of its exponent in the derivative?"),
        N_("Lost the factor 2 that the derivative of a square has."),
    ),
    Misconception(
        "function_term_forgotten",
        _SLOPE,
        rest_forgotten,
        N_("Look at every term of the function that this variable stands in."),
        N_("Took the derivative of the square alone and left the other term out."),
    ),
    Misconception(
        "function_power_kept",
        _SLOPE,
        square_kept,
        N_("Look at the power of the variable: the derivative of a square has it lower by one."),
        N_("Did not lower the power of the square."),
    ),
    Misconception(
        "function_linear_kept",
        _SLOPE,
        linear_kept,
        N_("Look at the term that the variable stands in once: what is left of it in the derivative?"),
        N_("Kept the variable in the derivative of a term that it stands in once."),
    ),
    Misconception(
        "function_other_variable",
        _SLOPE,
        by_other_variable,
        N_("Look at which variable this derivative is taken by."),
        N_("Gave the derivative by the other variable."),
    ),
    Misconception(
        "function_cross_itself",
        _SLOPE,
        cross_of_itself,
        N_("Look at the product of the two variables: which of them is left when you take the derivative?"),
        N_("Kept the wrong variable of the product of both."),
    ),
    Misconception(
        "function_sign",
        _SLOPE,
        negated,
        N_("Look at the sign of the derivative: does the function rise or fall here?"),
        N_("Gave the derivative with the other sign."),
    ),
    Misconception(
        "old_position",
        (*_SLOPE, "preactivation"),
        position_not_moved,
        N_("Look at which step this is: the one before it has changed what you put in."),
        N_("Went on with the values from before the last step."),
    ),
)
