"""Mistakes in multiplying along a path (product) and in adding up the paths (gradient)."""

from __future__ import annotations

from question_bank.expressions.expression import Const, Expression, Ref, call, product, total
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, negated
from question_bank.misconceptions.recurrence import by_time


def _several(site: Site) -> bool:
    return len(site.derivation.paths or site.uses) > 1


def one_path(site: Site) -> Variants:
    """One of the paths only, each in turn.

    One that is all that a step in time adds is a forgotten step, and so has one a name that alone goes along a skip
    connection, or alone along none.
    """
    steps = by_time(site).values()
    alone = [parts[0] for parts in steps if len(steps) > 1 and len(parts) == 1]
    for others in by_skip(site):
        alone += others if len(others) == 1 else ()
    return tuple(part for part in site.parts if part not in alone) if _several(site) else ()


def averaged_paths(site: Site) -> Variants:
    """The mean of the paths."""
    return (total(site.parts) / float(len(site.parts)),) if _several(site) else ()


def multiplied_paths(site: Site) -> Variants:
    """The product of the paths."""
    return (product(site.parts),) if _several(site) else ()


def absolute_paths(site: Site) -> Variants:
    """The sum of the paths' magnitudes."""
    return (total(tuple(call("abs", part) for part in site.parts)),) if _several(site) else ()


def by_skip(site: Site) -> tuple[tuple[Expression, ...], tuple[Expression, ...]]:
    """The products of the paths along a skip connection, and those of all others; of the ones there may be none."""
    along: list[Expression] = []
    others: list[Expression] = []
    for path in site.derivation.paths:
        (along if any(map(site.graph.skips, path.factors)) else others).append(Ref(path.product))
    return (tuple(along), tuple(others)) if along else ((), ())


def diagonal_only(site: Site) -> Variants:
    """Only the paths that keep to the diagonal of softmax's Jacobian, where all count."""
    own = {step.name for step in site.derivation.steps if step.kind == "softmax_own"}
    kept = tuple(Ref(path.product) for path in site.derivation.paths if own.intersection(path.factors))
    return (total(kept),) if 0 < len(kept) < len(site.derivation.paths) else ()


def factors_added(site: Site) -> Variants:
    """The sum of the path's factors."""
    if not site.graph.has_loss and _multiplied(site) < 2:
        return ()  # a 1 more or less is a slip of the pen
    return (total(site.parts),)


def _multiplied(site: Site) -> int:
    """How many factors of the path are no constants."""
    formulas = [site.derivation.shown(part.name) for part in site.parts if isinstance(part, Ref)]
    return sum(not isinstance(formula, Const) for formula in formulas)


def loss_left_out(site: Site) -> Variants:
    """All factors but the loss's, which stands first."""
    return (product(site.parts[1:]),) if site.graph.has_loss and len(site.parts) > 1 else ()


def last_left_out(site: Site) -> Variants:
    """All factors but the last, which goes from the unit to the parameter."""
    return (product(site.parts[:-1]),) if site.graph.has_loss and len(site.parts) > 1 else ()


def one_left_out(site: Site) -> Variants:
    """All factors but one of those between the ends, each in turn; of a chain's link the local derivative."""
    parts = site.parts
    if site.step.kind == "chain_link":
        return parts[:-1]
    return tuple(product(parts[:i] + parts[i + 1 :]) for i in range(1, len(parts) - 1))


def sign_lost(site: Site) -> Variants:
    """The right value with its sign turned: of a chain's links the last, which no other one is worked from."""
    last = site.step.role == "gradient" and len(site.parts) > 1
    return negated(site) if site.step.kind == "product" or last else ()


ON_GRADIENT = (
    Misconception(
        "missed_path",
        ("gradient", "parameter_gradient"),
        one_path,
        N_("Follow every arrow onwards from this parameter: how many ways lead to the end?"),
        N_("Gave the contribution of a single path as the whole gradient."),
    ),
    Misconception(
        "averaged_paths",
        ("gradient", "parameter_gradient"),
        averaged_paths,
        N_("Look at how the contributions of several paths go together: each counts in full."),
        N_("Averaged the paths' contributions instead of adding them."),
    ),
    Misconception(
        "multiplied_paths",
        ("gradient",),
        multiplied_paths,
        N_("Along a path you multiply; look again at what you do between one path and the next."),
        N_("Multiplied the paths' contributions instead of adding them."),
    ),
    Misconception(
        "absolute_paths",
        ("gradient", "parameter_gradient"),
        absolute_paths,
        N_("Look at the sign of each path's contribution and keep it when you put them together."),
        N_("Added the magnitudes of the paths' contributions, without their signs."),
    ),
    Misconception(
        "softmax_diagonal",
        ("gradient",),
        diagonal_only,
        N_(
            "Look at which outputs change when one pre-activation of the softmax layer does: there are paths through"
            " each."
        ),
        N_("Took only the diagonal of softmax's Jacobian and missed the paths through its cross terms."),
    ),
)

ON_PRODUCT = (
    Misconception(
        "factors_added",
        ("product", "chain_link"),
        factors_added,
        N_("Look at what the chain rule does with the derivatives that lie along one path."),
        N_("Added the factors of the path instead of multiplying them."),
    ),
    Misconception(
        "product_sign",
        ("product", "chain_link"),
        sign_lost,
        N_("Count the minus signs among the factors of this path."),
        N_("Lost a sign in the path's product."),
    ),
    Misconception(
        "loss_left_out",
        ("product",),
        loss_left_out,
        N_("Look at where this path ends: the derivative of the loss itself is one of its factors."),
        N_("Left the loss's derivative out of the path's product."),
    ),
    Misconception(
        "last_factor_left_out",
        ("product",),
        last_left_out,
        N_("Look at where this path begins: the step from the parameter into its unit is one of the factors."),
        N_("Stopped at the unit and left the factor of the parameter out of the path's product."),
    ),
    Misconception(
        "factor_left_out",
        ("product", "chain_link"),
        one_left_out,
        N_("Count the factors of this path and those in your product: is each of them there?"),
        N_("Left out one of the factors between the path's first and its last."),
    ),
)
