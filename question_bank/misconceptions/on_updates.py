"""Mistakes in updating the parameter: in what is carried from step to step, and in the step itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from question_bank.expressions.expression import ONE, Call, Expression, Ref, call, product, references, total
from question_bank.expressions.names import Name, Symbol
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants
from question_bank.networks.model import roles_of
from question_bank.networks.passes import value_before
from question_bank.networks.second_pass import AGAIN, with_others
from question_bank.networks.updates import (
    BETA,
    BETA_1,
    BETA_2,
    DECAY,
    EPSILON,
    LONGEST,
    NORM,
    PLAIN_UPDATE,
    RATE,
    SCALE,
    AtStep,
    Update,
)

_DECAYS = (BETA, BETA_1, BETA_2)


def _update(site: Site) -> Update:
    update = site.derivation.update
    assert update is not None  # what is struck here is worked by one
    return update


def _gradient(site: Site) -> Ref:
    """The gradient of the parameter that is updated."""
    return Ref(site.derivation.gradient_of(site.of))


def _parameter(site: Site) -> Symbol | None:
    """What a step says that it is for, where several parameters are updated."""
    return site.derivation.carrier_of(site.of)


def _step(site: Site) -> tuple[Expression, Expression]:
    """The old value, and what is subtracted from it or added."""
    old, moved = site.parts
    return old, moved


def _changed(formula: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """The formula with every part changed that `change` has something for, the outermost first."""
    found = change(formula)
    if found is not None:
        return found
    if isinstance(formula, Call):
        return Call(formula.operation, tuple(_changed(part, change) for part in formula.arguments))
    return formula


def _only_if_changed(site: Site, formula: Expression) -> Variants:
    return () if formula == site.formula else (formula,)


def _without(given: Symbol, formula: Expression) -> Expression:
    """The formula with the products that hold a given as a factor without it."""

    def left_out(part: Expression) -> Expression | None:
        if not (isinstance(part, Call) and part.operation == "mul" and Ref(given) in part.arguments):
            return None
        return product(tuple(factor for factor in part.arguments if factor != Ref(given)))

    return _changed(formula, left_out)


def update_plus(site: Site) -> Variants:
    """The other sign: w + eta·g."""
    old, moved = _step(site)
    return (old - moved,) if site.formula == old + moved else (old + moved,)


def update_rate_forgotten(site: Site) -> Variants:
    """Without the learning rate: w - g."""
    return _only_if_changed(site, _without(RATE, site.formula))


def update_gradient_only(site: Site) -> Variants:
    """The step itself, with either sign, or the gradient."""
    _, moved = _step(site)
    return (-moved, moved, _gradient(site))


def update_reversed(site: Site) -> Variants:
    """The step less the old value: eta·g - w."""
    old, moved = _step(site)
    return (moved - old,) if site.formula == old - moved else ()


def update_parentheses(site: Site) -> Variants:
    """The learning rate subtracted first: (w - eta)·g."""
    old, moved = _step(site)
    match moved:
        case Call("mul", (rate, direction)) if rate == Ref(RATE):
            return ((old - rate) * direction,)
        case _:
            return ()


def update_divided(site: Site) -> Variants:
    """Divided by the learning rate: w - g/eta."""

    def divided(part: Expression) -> Expression | None:
        match part:
            case Call("mul", (rate, direction)) if rate == Ref(RATE):
                return direction / rate
            case _:
                return None

    return _only_if_changed(site, _changed(site.formula, divided))


def update_plain(site: Site) -> Variants:
    """A step of plain gradient descent, whatever was carried."""
    ((_, _, plain),) = PLAIN_UPDATE.steps(Ref(site.of), _gradient(site))
    return _only_if_changed(site, plain)


def carried_forgotten(site: Site) -> Variants:
    """Only this step's part, without what was carried."""
    _, part = site.parts
    return (part,) if site.formula == site.parts[0] + part else (-part,)


def decay_swapped(site: Site) -> Variants:
    """1 - beta where beta belongs, and the other way round."""

    def swapped(part: Expression) -> Expression | None:
        match part:
            case Call("sub", (one, Ref(given))) if one == ONE and given in _DECAYS:
                return Ref(given)
            case Ref(given) if given in _DECAYS:
                return ONE - part
            case _:
                return None

    return (_changed(site.formula, swapped),)


def decay_forgotten(site: Site) -> Variants:
    """What was carried as it is, without beta."""
    kept, part = site.parts
    bare = kept
    for given in _DECAYS:
        bare = _without(given, bare)
    return (bare + part,) if site.formula == kept + part else (bare - part,)


def share_forgotten(site: Site) -> Variants:
    """This step's part without its share, 1 - beta."""

    def left_out(part: Expression) -> Expression | None:
        match part:
            case Call("mul", (Call("sub", (one, Ref(given))), rest)) if one == ONE and given in _DECAYS:
                return rest
            case _:
                return None

    return _only_if_changed(site, _changed(site.formula, left_out))


def share_added(site: Site) -> Variants:
    """A mean where the convention is a sum: beta·v + (1 - beta)·g."""
    kept, part = site.parts
    return (kept + (1.0 - Ref(BETA)) * part,) if isinstance(part, Ref) and site.formula == kept + part else ()


def velocity_sign(site: Site) -> Variants:
    """The other sign before the gradient."""
    kept, part = site.parts
    return (kept - part,) if site.formula == kept + part else (kept + part,)


def square_forgotten(site: Site) -> Variants:
    """The gradient itself in the place of its square."""

    def bare(part: Expression) -> Expression | None:
        return part.arguments[0] if isinstance(part, Call) and part.operation == "square" else None

    return (_changed(site.formula, bare),)


def decays_exchanged(site: Site) -> Variants:
    """Beta of the other moment.

    Not in the correction of a first one: whoever took it for the mean as well comes to the right number there.
    """
    if site.step.kind == "corrected_moment" and _update(site).step == 1:
        return ()
    exchanged: dict[Expression, Expression] = {Ref(BETA_1): Ref(BETA_2), Ref(BETA_2): Ref(BETA_1)}
    return _only_if_changed(site, _changed(site.formula, exchanged.get))


def moments_swapped(site: Site) -> Variants:
    """The first moment where the second belongs, and the other way round.

    Not where the second one is corrected: of a first moment below 0 the next step has no root, so that nobody goes on.
    """
    if not _has_two_moments(site) or site.step.name == _now(site, "vhat").name:
        return ()
    pairs = ((_now(site, one), _now(site, other)) for one, other in (("m", "v"), ("mhat", "vhat")))
    swapped: dict[Expression, Expression] = {}
    for one, other in pairs:
        swapped |= {one: other, other: one}
    return _only_if_changed(site, _changed(site.formula, swapped.get))


def correction_forgotten(site: Site) -> Variants:
    """The running mean as it is; in the step, both of them."""
    if site.step.kind == "corrected_moment":
        return site.parts[:1]
    if not _has_two_moments(site):
        return ()
    bare: dict[Expression, Expression] = {
        _now(site, "mhat"): _now(site, "m"),
        _now(site, "vhat"): _now(site, "v"),
    }
    return _only_if_changed(site, _changed(site.formula, bare.get))


def correction_step_off(site: Site) -> Variants:
    """The power of another step's number: of the next one, of the one before, or of the first."""
    step = _update(site).step
    assert isinstance(site.step.name, Symbol)
    letter = site.step.name.letter.removesuffix("hat")
    (decay,) = (name for name in set(references(site.formula)) if name in _DECAYS)
    at = AtStep(Ref(site.of), _gradient(site), step, _parameter(site))
    powers = [power for power in dict.fromkeys((step + 1, step - 1, 1)) if power not in (0, step)]
    return tuple(at.corrected(letter, decay, power) for power in powers)


def root_forgotten(site: Site) -> Variants:
    """The running mean of squares itself, without its root."""

    def bare(part: Expression) -> Expression | None:
        return part.arguments[0] if isinstance(part, Call) and part.operation == "sqrt" else None

    return _only_if_changed(site, _changed(site.formula, bare))


def epsilon_elsewhere(site: Site) -> Variants:
    """Epsilon inside the root where the convention has it outside, and the other way round."""
    epsilon = Ref(EPSILON)
    if _update(site).negligible:
        return ()  # wherever it stands, nothing shows it

    def moved(part: Expression) -> Expression | None:
        match part:
            case Call("add", (Call("sqrt", (size,)), added)) if added == epsilon:
                return call("sqrt", size + epsilon)
            case Call("sqrt", (Call("add", (size, added)),)) if added == epsilon:
                return call("sqrt", size) + epsilon
            case _:
                return None

    return _only_if_changed(site, _changed(site.formula, moved))


def penalty_left_out(site: Site) -> Variants:
    """The gradient as it is."""
    return site.parts[:1]


def penalty_sign(site: Site) -> Variants:
    """The other sign before what weight decay adds."""
    gradient, added = site.parts
    return (gradient - added,)


def penalty_factor(site: Site) -> Variants:
    """Half of it, or twice as much."""
    gradient, added = site.parts
    return gradient + 0.5 * added, gradient + 2.0 * added


def penalty_is_value(site: Site) -> Variants:
    """What is added to the loss, in the place of its derivative."""
    gradient, _ = site.parts
    old = Ref(site.of)
    return (gradient + 0.5 * (Ref(DECAY) * call("square", old)),)


def penalty_without_rate(site: Site) -> Variants:
    """The weight itself, without lambda."""
    return (_without(DECAY, site.formula),)


def again_old_weight(site: Site) -> Variants:
    """The old value of the parameter once more; of several, of all of them."""
    return _only_if_changed(site, with_others(site.formula, _old_values(site)))


def again_old_biases(site: Site) -> Variants:
    """The old biases, beside new weights."""
    roles, every = roles_of(site.derivation.model), _old_values(site)
    old = {new: value for new, value in every.items() if roles.get(value) == "biases"}
    return _only_if_changed(site, with_others(site.formula, old)) if len(old) < len(every) else ()


def _old_values(site: Site) -> dict[Name, Symbol]:
    """The parameters by their new values."""
    derivation = site.derivation
    return {derivation.updated_of(value): value for value in derivation.asked if derivation.is_updated(value)}


def again_old_value(site: Site) -> Variants:
    """What the first forward pass gave, where the new value has changed it."""
    new = [name for name in references(site.formula) if isinstance(name, Symbol) and name.round == AGAIN]
    return _only_if_changed(site, with_others(site.formula, {name: replace(name, round=None) for name in new}))


def loss_value_factor(site: Site) -> Variants:
    """Half of a squared error, or twice as much of one that is halved."""
    loss = site.graph.rule(site.graph.loss).function
    if loss == "half_squared_error":
        return (2.0 * site.formula,)
    return (0.5 * site.formula,) if loss in ("squared_error", "mean_squared_error") else ()


def norm_not_rooted(site: Site) -> Variants:
    """The sum of the squares, without its root."""
    return site.parts


def norm_of_magnitudes(site: Site) -> Variants:
    """The sum of the magnitudes, or the largest of them."""
    (squares,) = site.parts
    sizes = tuple(call("abs", part) for part in _under_squares(squares))
    largest = sizes[0]
    for size in sizes[1:]:
        largest = call("max", largest, size)
    return total(sizes), largest


def _under_squares(formula: Expression) -> tuple[Expression, ...]:
    squares = formula.arguments if isinstance(formula, Call) and formula.operation == "add" else (formula,)
    return tuple(part for square in squares if isinstance(square, Call) for part in square.arguments)


def scale_inverted(site: Site) -> Variants:
    """The norm over what it may be."""
    return (Ref(NORM) / Ref(LONGEST),)


def scale_is_limit(site: Site) -> Variants:
    """What the norm may be, as if it were the factor; or 1, without clipping."""
    return Ref(LONGEST), ONE


def clipped_by_itself(site: Site) -> Variants:
    """Each entry cut off by itself, as if the limit were of entries."""
    _, gradient = site.parts
    limit = Ref(LONGEST)
    return (call("max", -limit, call("min", limit, gradient)),)


def clipping_left_out(site: Site) -> Variants:
    """The gradient as it is; where the rule takes it, too."""
    return site.parts[1:]


def clipped_to_limit(site: Site) -> Variants:
    """Divided by the norm, or made as long as the limit by itself."""
    _, gradient = site.parts
    return gradient / Ref(NORM), Ref(SCALE) * Ref(LONGEST)


def unclipped_taken(site: Site) -> Variants:
    """The gradient as it was before it was clipped."""
    unclipped: dict[Expression, Expression] = {Ref(Symbol("clipped", of=_parameter(site))): _gradient(site)}
    return _only_if_changed(site, _changed(site.formula, unclipped.get))


def position_not_moved(site: Site) -> Variants:
    """What the step before began with, in the place of what it led to: everywhere, or where a step is added to it."""
    model = site.derivation.model
    stale = {value: before for value in model.parameters() if (before := value_before(model, value)) is not None}
    return _only_if_changed(site, with_others(site.formula, dict(stale.items())))


def _has_two_moments(site: Site) -> bool:
    return len(_update(site).state) > 1


def _now(site: Site, letter: str) -> Ref:
    return Ref(Symbol(letter, round=_update(site).step, of=_parameter(site)))


_DECAYED = ("decayed_gradient",)
_AGAIN = ("second_forward", "loss_value")
_CARRIED = ("velocity", "first_moment", "second_moment")

ON_UPDATE = (
    Misconception(
        "update_plus",
        ("update",),
        update_plus,
        N_("Look at the direction of the step: what was differentiated is to become smaller."),
        N_("Went up the gradient: added the step instead of subtracting it."),
    ),
    Misconception(
        "update_rate_forgotten",
        ("velocity", "update"),
        update_rate_forgotten,
        N_("Look at how far the step goes: the sheet prints a number for it."),
        N_("Left out the learning rate and took the whole gradient as the step."),
    ),
    Misconception(
        "update_divided",
        ("update",),
        update_divided,
        N_("Look at what the learning rate does to the step: is a smaller rate to give a smaller or a larger step?"),
        N_("Divided the gradient by the learning rate instead of multiplying."),
    ),
    Misconception(
        "update_parentheses",
        ("update",),
        update_parentheses,
        N_("Look at which of the two operations comes first: the learning rate belongs to the gradient."),
        N_("Subtracted the learning rate from the old value before multiplying by the gradient."),
    ),
    Misconception(
        "update_reversed",
        ("update",),
        update_reversed,
        N_("Look at what is subtracted from what: the new value starts from the old one."),
        N_("Subtracted the old value from the step instead of the step from the old value."),
    ),
    Misconception(
        "update_gradient_only",
        ("update",),
        update_gradient_only,
        N_("Look at where the step starts: the new value is the old one, moved."),
        N_("Gave the step, or the gradient itself, instead of the new value."),
    ),
    Misconception(
        "update_plain",
        ("update",),
        update_plain,
        N_("Look at the formula of this step on the sheet: which of the values that you worked out stands in it?"),
        N_("Took a step of plain gradient descent in the place of the rule's own."),
    ),
    Misconception(
        "again_old_weight",
        ("second_forward",),
        again_old_weight,
        N_("Look at which value of the parameter this pass is to be worked with: the step has changed it."),
        N_("Worked the second forward pass with the old value of the parameter."),
    ),
    Misconception(
        "step_from_start",
        ("update",),
        position_not_moved,
        N_("Look at where this step starts: the one before it has moved the value already."),
        N_("Took a later step from where the one before it had begun."),
    ),
    Misconception(
        "again_old_biases",
        ("second_forward",),
        again_old_biases,
        N_("Look at which parameters the step has changed: is it the weights alone?"),
        N_("Worked the second forward pass with the new weights and the old biases."),
    ),
    Misconception(
        "again_old_value",
        _AGAIN,
        again_old_value,
        N_("Follow the new value through the network: what that it reaches has another value now?"),
        N_("Put in what the first forward pass gave, where the new value had changed it."),
    ),
    Misconception(
        "loss_value_factor",
        ("loss_value",),
        loss_value_factor,
        N_("Compare the constant in front of your loss with the one on the sheet."),
        N_("Halved a squared error that has no half, or left the half of one out."),
    ),
    Misconception(
        "penalty_left_out",
        _DECAYED,
        penalty_left_out,
        N_("Look at the loss of which the step is taken: weight decay adds a term to it, which has a derivative, too."),
        N_("Left out what weight decay adds to the gradient."),
    ),
    Misconception(
        "penalty_sign",
        _DECAYED,
        penalty_sign,
        N_("Look at what weight decay is to do to the weight: is a large one to grow, or to shrink?"),
        N_("Subtracted what weight decay adds to the gradient."),
    ),
    Misconception(
        "penalty_factor",
        _DECAYED,
        penalty_factor,
        N_("Look at the constants when you take the derivative of the square: which of them cancel?"),
        N_("Kept the half of weight decay's term in its derivative, or doubled that."),
    ),
    Misconception(
        "penalty_is_value",
        _DECAYED,
        penalty_is_value,
        N_("Look at what is added here: how fast weight decay's term changes with the weight, not what it is."),
        N_("Added weight decay's term itself in the place of its derivative."),
    ),
    Misconception(
        "penalty_without_rate",
        _DECAYED,
        penalty_without_rate,
        N_("Look at how much weight decay counts: the sheet prints a number for it."),
        N_("Added the weight itself, without lambda."),
    ),
    Misconception(
        "norm_not_rooted",
        ("norm",),
        norm_not_rooted,
        N_("Look at what the length of a vector is: the squares of its entries are added, and then?"),
        N_("Took the sum of the squares as the norm, without its root."),
    ),
    Misconception(
        "norm_of_magnitudes",
        ("norm",),
        norm_of_magnitudes,
        N_("Look at how the entries of a vector make its length: by their squares."),
        N_("Added the magnitudes of the gradients, or took the largest, in the place of the norm."),
    ),
    Misconception(
        "scale_inverted",
        ("scale",),
        scale_inverted,
        N_("Look at what the factor is to do: make gradients that are too long shorter."),
        N_("Divided the norm by the limit instead of the limit by the norm."),
    ),
    Misconception(
        "scale_is_limit",
        ("scale",),
        scale_is_limit,
        N_("Look at what the sheet gives: how long the gradients may be together, and not a factor."),
        N_("Took the limit itself as the factor, or 1 where the norm is above the limit."),
    ),
    Misconception(
        "clipped_by_itself",
        ("clipped_gradient",),
        clipped_by_itself,
        N_("Look at what is clipped: all gradients together by their norm, and not each by itself."),
        N_("Clipped the gradients entry by entry instead of by their norm."),
    ),
    Misconception(
        "clipping_left_out",
        ("clipped_gradient",),
        clipping_left_out,
        N_("Look at the norm and at what it may be: is anything left to be done with this gradient?"),
        N_("Left the gradient as it is, without the scale."),
    ),
    Misconception(
        "clipped_to_limit",
        ("clipped_gradient",),
        clipped_to_limit,
        N_("Look at what each gradient is multiplied by: one factor for all of them."),
        N_("Divided the gradient by the norm alone, or scaled the limit in its place."),
    ),
    Misconception(
        "unclipped_taken",
        ("velocity", "first_moment", "second_moment", "update"),
        unclipped_taken,
        N_("Look at which gradient the step is to be taken with: as it was, or as it was clipped?"),
        N_("Went on with the gradient as it was before clipping."),
    ),
    Misconception(
        "carried_forgotten",
        _CARRIED,
        carried_forgotten,
        N_("Look at what is left over from the step before: it has a part in this value."),
        N_("Left out what was carried from the step before and kept this step's part alone."),
    ),
    Misconception(
        "decay_swapped",
        _CARRIED,
        decay_swapped,
        N_("Look at which of the two shares belongs to what was there before, and which to this step’s gradient."),
        N_("Swapped {beta} and 1-{beta}."),
    ),
    Misconception(
        "decay_forgotten",
        _CARRIED,
        decay_forgotten,
        N_("Look at what is left of the value before this step: it fades a little with every step."),
        N_("Kept the whole of what was carried, without {beta}."),
    ),
    Misconception(
        "share_forgotten",
        _CARRIED,
        share_forgotten,
        N_("Look at the share that this step’s gradient has: both shares together come to one."),
        N_("Left out the share 1-{beta} of this step's gradient."),
    ),
    Misconception(
        "share_added",
        ("velocity",),
        share_added,
        N_("Look at the convention on the sheet: is the velocity a sum of gradients here, or their mean?"),
        N_("Gave this step's gradient the share 1-{beta}, as other courses do."),
    ),
    Misconception(
        "velocity_sign",
        ("velocity",),
        velocity_sign,
        N_("Look at the sign before the gradient in the convention on the sheet."),
        N_("Turned the sign of the gradient in the velocity, as other courses have it."),
    ),
    Misconception(
        "square_forgotten",
        ("second_moment",),
        square_forgotten,
        N_("Look at what this running mean is a mean of: the gradient stands in it otherwise than in the other one."),
        N_("Took the gradient itself in the place of its square."),
    ),
    Misconception(
        "decays_exchanged",
        ("first_moment", "second_moment", "corrected_moment"),
        decays_exchanged,
        N_("Look at which of the two decay rates belongs to this running mean."),
        N_("Took the decay rate of the other moment."),
    ),
    Misconception(
        "moments_swapped",
        ("corrected_moment", "update"),
        moments_swapped,
        N_("Look at which of the two running means belongs here: that of the gradients, or that of their squares?"),
        N_("Swapped the two moments, {m} and {v}."),
    ),
    Misconception(
        "correction_forgotten",
        ("corrected_moment", "update"),
        correction_forgotten,
        N_("Look at what a running mean that began at nothing comes to in the first steps: what makes up for that?"),
        N_("Left out the bias correction and used the moment as it is."),
    ),
    Misconception(
        "correction_step_off",
        ("corrected_moment",),
        correction_step_off,
        N_("Count the steps: which one is this, and to which power does the decay rate stand in the correction?"),
        N_("Took the power of another step in the bias correction, or left it out."),
    ),
    Misconception(
        "root_forgotten",
        ("update",),
        root_forgotten,
        N_("Look at what divides the step: the mean of squares is not yet of the gradient’s own size."),
        N_("Forgot the square root of the mean of squares."),
    ),
    Misconception(
        "epsilon_elsewhere",
        ("update",),
        epsilon_elsewhere,
        N_("Look at where epsilon stands in the convention on the sheet: under the root, or beside it?"),
        N_("Put epsilon on the other side of the root than the sheet has it."),
    ),
)
