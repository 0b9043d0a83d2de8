"""Mistakes in circuits: at nodes of one operation each, in their local derivatives, and in what comes from above."""

from __future__ import annotations

from question_bank.expressions.expression import ONE, Call, Const, Expression, Ref, call, product
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, always_one, negated


def _read(site: Site) -> tuple[Expression, ...]:
    """What the node reads, and last its constant if it has one."""
    constant = () if site.node.constant is None else (Const(site.node.constant),)
    return (*map(Ref, site.node.inputs), *constant)


def _others(site: Site) -> Variants:
    """What the node reads beside that by which the derivative is taken."""
    return tuple(part for part in _read(site) if part != Ref(site.below))


def _is_turned(site: Site) -> bool:
    """Whether the right formula has a minus in front: of what is subtracted, or divided by."""
    match site.formula:
        case Const(value):
            return value < 0
        case Call(operation):
            return operation == "neg"
    return False


def difference_sign(site: Site) -> Variants:
    """1 in the place of -1, for what is subtracted."""
    return (ONE,) if _is_turned(site) else ()


def sum_as_product(site: Site) -> Variants:
    """The other term, as if the two were multiplied."""
    return _others(site)


def product_own_value(site: Site) -> Variants:
    """The factor by which the derivative is taken, in the place of the one beside it."""
    return (Ref(site.below),)


def whole_value(site: Site) -> Variants:
    """The node's value in the place of its derivative."""
    return () if site.works_by("exp") else (site.own,)


def quotient_sign(site: Site) -> Variants:
    """Without its minus, for what is divided by."""
    return negated(site) if _is_turned(site) else ()


def quotient_square_forgotten(site: Site) -> Variants:
    """x/y in the place of x/y², with the minus: for what is divided by."""
    if site.works_by("reciprocal"):
        return (-(ONE / Ref(site.below)),)
    return (-site.own,) if _is_turned(site) else ()


def quotient_as_product(site: Site) -> Variants:
    """Multiplied by what it is to be divided by."""
    return () if _is_turned(site) else _others(site)


def quotient_dividend_forgotten(site: Site) -> Variants:
    """1/y² in the place of x/y², with the minus: for what is divided by."""
    return (-(ONE / call("square", Ref(site.below))),) if _is_turned(site) else ()


def maximum_swapped(site: Site) -> Variants:
    """1 for the value that the node does not take, 0 for the one that it does."""
    return (ONE - site.formula,)


def maximum_shared(site: Site) -> Variants:
    """A half for either value."""
    return (Const(0.5),)


def power_rule_for_exp(site: Site) -> Variants:
    """x·e^(x-1), as for a power."""
    x = Ref(site.below)
    return (x * call("exp", x - ONE),) if site.works_by("exp") else ()


def exp_is_input(site: Site) -> Variants:
    """The exponent in the place of the derivative."""
    return (Ref(site.below),) if site.works_by("exp") else ()


def ln_inverted(site: Site) -> Variants:
    """X in the place of 1/x."""
    return (Ref(site.below),) if site.works_by("ln") else ()


def square_two_forgotten(site: Site) -> Variants:
    """X in the place of 2x."""
    return (Ref(site.below),) if site.works_by("square") else ()


def reciprocal_sign(site: Site) -> Variants:
    """1/x² without its minus."""
    return negated(site) if site.works_by("reciprocal") else ()


_EXCHANGED = {"add": "mul", "mul": "add", "max": "min", "min": "max"}


def operation_exchanged(site: Site) -> Variants:
    """Added where it is to be multiplied, or the other way round; of two values the smaller for the larger."""
    rule = site.node.rule
    return (call(_EXCHANGED[rule], *_read(site)),) if rule in _EXCHANGED else ()


def operation_reversed(site: Site) -> Variants:
    """Y - x in the place of x - y, and y/x in that of x/y."""
    return (call(site.node.rule, *reversed(_read(site))),) if site.works_by("sub", "div") else ()


def function_left_out(site: Site) -> Variants:
    """What enters the function, in the place of its value."""
    return (Ref(site.node.inputs[0]),) if site.works_by("exp", "ln", "square", "reciprocal", "negative") else ()


def square_doubled(site: Site) -> Variants:
    """2x in the place of x²."""
    return (2.0 * Ref(site.node.inputs[0]),) if site.works_by("square") else ()


def upstream_forgotten(site: Site) -> Variants:
    """Only the last factor: the local derivative, without what comes from above it."""
    of_path = site.graph.has_loss and site.step.kind != "chain_link"
    return () if of_path or len(site.parts) < 2 else (site.parts[-1],)


def first_left_out(site: Site) -> Variants:
    """All factors but the first, or but the last."""
    parts = site.parts
    return () if site.graph.has_loss or len(parts) < 3 else (product(parts[1:]), product(parts[:-1]))


_VALUE = ("operation",)
_SUM = ("sum_part",)
_PRODUCT = ("product_part",)
_QUOTIENT = ("quotient_part",)
_MAXIMUM = ("max_part",)
_ELEMENTARY = ("elementary",)

ON_CIRCUITS = (
    Misconception(
        "difference_sign",
        _SUM,
        difference_sign,
        N_("Look at the sign before this value in the difference: what happens to the node when this value grows?"),
        N_("Took 1 for the derivative by what is subtracted."),
    ),
    Misconception(
        "sum_as_product",
        _SUM,
        sum_as_product,
        N_("Look at the node's operation: how much does a sum change when one of its terms grows a little?"),
        N_("Took the other term of a sum, as if the two were multiplied."),
    ),
    Misconception(
        "product_own_value",
        _PRODUCT,
        product_own_value,
        N_("Look at what this derivative is taken by: of the two factors, which one stays?"),
        N_("Took the factor itself as its local derivative, in the place of the one beside it."),
    ),
    Misconception(
        "product_as_sum",
        _PRODUCT,
        always_one,
        N_("Look at the node's operation: is it a product or a sum that passes on unchanged what comes to it?"),
        N_("Took 1 for the local derivative of a product, as through a sum."),
    ),
    Misconception(
        "operation_is_value",
        (*_SUM, *_PRODUCT, *_QUOTIENT, *_MAXIMUM, *_ELEMENTARY),
        whole_value,
        N_("Look at what is asked here: how fast the node's value changes, not what it is."),
        N_("Wrote the node's value in the place of its local derivative."),
    ),
    Misconception(
        "quotient_sign",
        _QUOTIENT,
        quotient_sign,
        N_("Look at the sign: what happens to a quotient when what it is divided by grows?"),
        N_("Lost the minus in the derivative by what is divided by."),
    ),
    Misconception(
        "quotient_square_forgotten",
        (*_QUOTIENT, *_ELEMENTARY),
        quotient_square_forgotten,
        N_("Look at the derivative of a reciprocal: to which power does the value stand below the line?"),
        N_("Forgot the square below the line of a quotient's derivative."),
    ),
    Misconception(
        "quotient_as_product",
        _QUOTIENT,
        quotient_as_product,
        N_("Look at whether the node multiplies or divides by the other value."),
        N_("Took the divisor itself, where its reciprocal belongs."),
    ),
    Misconception(
        "quotient_dividend_forgotten",
        _QUOTIENT,
        quotient_dividend_forgotten,
        N_("Look at what stands above the line of the quotient: it stays there."),
        N_("Left out what is divided, in the derivative by what it is divided by."),
    ),
    Misconception(
        "maximum_to_both",
        _MAXIMUM,
        always_one,
        N_("Look at which of the two values the maximum follows: what happens when the other one grows a little?"),
        N_("Passed the gradient on to both values of a maximum."),
    ),
    Misconception(
        "maximum_swapped",
        _MAXIMUM,
        maximum_swapped,
        N_("Compare the two values that lead to this node: which of them does it take?"),
        N_("Passed the gradient on to the value that the maximum does not take."),
    ),
    Misconception(
        "maximum_shared",
        _MAXIMUM,
        maximum_shared,
        N_("Look at which of the two values the maximum follows, and how closely."),
        N_("Halved the gradient between the two values of a maximum."),
    ),
    Misconception(
        "elementary_forgotten",
        _ELEMENTARY,
        always_one,
        N_("Look at the node's function: it has a derivative of its own."),
        N_("Took the slope of exp, ln, a square or 1/x as 1."),
    ),
    Misconception(
        "exp_power_rule",
        _ELEMENTARY,
        power_rule_for_exp,
        N_("Look at where the variable stands: in the base of the power, or in its exponent?"),
        N_("Differentiated exp by the rule for powers."),
    ),
    Misconception(
        "exp_is_input",
        _ELEMENTARY,
        exp_is_input,
        N_("Look at the derivative of the exponential function: which of the node's two values is it?"),
        N_("Wrote what enters exp in the place of its slope."),
    ),
    Misconception(
        "ln_inverted",
        _ELEMENTARY,
        ln_inverted,
        N_("Look at the derivative of the logarithm: does it grow or shrink with its argument?"),
        N_("Wrote x in the place of 1/x, the derivative of ln."),
    ),
    Misconception(
        "square_two_forgotten",
        _ELEMENTARY,
        square_two_forgotten,
        N_("Compare your slope with the derivative of a square: a constant is missing."),
        N_("Lost the factor 2 of a square's derivative."),
    ),
    Misconception(
        "reciprocal_sign",
        _ELEMENTARY,
        reciprocal_sign,
        N_("Look at the sign: does the reciprocal of a value rise or fall when that value grows?"),
        N_("Lost the minus of the derivative of 1/x."),
    ),
    Misconception(
        "operation_exchanged",
        _VALUE,
        operation_exchanged,
        N_("Look at the sign in the node's circle."),
        N_("Worked a node with another operation: + for ×, × for +, or the smaller value for the larger."),
    ),
    Misconception(
        "operation_reversed",
        _VALUE,
        operation_reversed,
        N_("Look at which of the two values comes first."),
        N_("Subtracted or divided the other way round."),
    ),
    Misconception(
        "function_left_out",
        _VALUE,
        function_left_out,
        N_("Look at the sign in the node's circle: something is done to the value that enters it."),
        N_("Passed a value on through exp, ln, a square, 1/x or −1 as it was."),
    ),
    Misconception(
        "square_doubled",
        _VALUE,
        square_doubled,
        N_("Look at what a square is: what is multiplied by what?"),
        N_("Doubled a value instead of squaring it."),
    ),
    Misconception(
        "upstream_forgotten",
        ("product", "chain_link"),
        upstream_forgotten,
        N_("Look at how the output depends on this value: through every node on the way, not the first one alone."),
        N_("Gave the local derivative alone and forgot what comes from upstream."),
    ),
    Misconception(
        "end_left_out",
        ("product",),
        first_left_out,
        N_("Count the factors of this path and those in your product: are the first and the last of them there?"),
        N_("Left the first or the last factor out of the path's product."),
    ),
)
