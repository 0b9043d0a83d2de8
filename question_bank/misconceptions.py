"""The catalogue of misconceptions: what strikes where, and the mistaken formula that a student uses instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from question_bank.derivation import Derivation, Step
from question_bank.expression import Call, Const, Expression, Ref, call, product, total
from question_bank.graph import Node, factor_key
from question_bank.losses import LOSSES
from question_bank.network import weight_key
from question_bank.precision import Role


@dataclass(frozen=True, slots=True)
class Site:
    """A step where a mistake can strike, with what the mistaken formulas need to know of its surroundings."""

    derivation: Derivation
    step: Step

    @property
    def own(self) -> Ref:
        """The node whose value or derivative this is."""
        return Ref(self.node.key)

    @property
    def node(self) -> Node:
        """The node of a forward step, or the upper one of a factor."""
        key = self.step.key
        return self.derivation.graph.nodes[key.split("/")[0][1:] if "/" in key else key]

    @property
    def below(self) -> str:
        """The key that a factor differentiates with respect to."""
        return self.step.key.split("/d")[1]

    @property
    def formula(self) -> Expression:
        """The right formula."""
        assert self.step.formula is not None  # a site is a computed step
        return self.step.formula

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The terms of a sum or the factors of a product."""
        return self.formula.arguments if isinstance(self.formula, Call) else (self.formula,)


Variants = tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Misconception:
    """One entry: `kinds` are the kinds of step that it strikes; `mistaken(site)` its variants there, none if not."""

    id: str
    role: Role
    kinds: tuple[str, ...]
    sentence: str
    mistaken: Callable[[Site], Variants]


def _rule(site: Site, *rules: str) -> bool:
    return site.node.rule in rules


def _slope_of_preactivation(site: Site) -> Variants:
    operation = {"sigmoid": "logistic_slope", "tanh": "tanh_slope"}.get(site.node.rule)
    return (call(operation, Ref(site.node.inputs[0])),) if operation else ()


def _two_forgotten(site: Site) -> Variants:
    loss = site.derivation.architecture.loss
    if loss == "half_squared_error":
        return (2.0 * site.formula,)
    return (0.5 * site.formula,) if loss in ("squared_error", "mean_squared_error") else ()


def _mean_forgotten(site: Site) -> Variants:
    outputs = site.derivation.architecture.sizes[-1]
    averaged = site.derivation.architecture.loss == "mean_squared_error" and outputs > 1
    return (float(outputs) * site.formula,) if averaged else ()


def _loss_value(site: Site) -> Variants:
    loss = LOSSES[site.derivation.architecture.loss]
    outputs = site.derivation.architecture.sizes[-1]
    return (loss.term(Ref(f"y_{site.below.split('_')[1]}"), Ref(site.below), outputs),)


def _weight_indices(site: Site) -> tuple[int, int, int]:
    layer, to = site.node.key[1:].split("_")
    return int(layer), int(to), int(site.below.split("_")[1])


def _weight_transposed(site: Site) -> Variants:
    layer, to, source = _weight_indices(site)
    sizes = site.derivation.architecture.sizes
    exists = source <= sizes[layer] and to <= sizes[layer - 1] and to != source
    return (Ref(weight_key(layer, source, to)),) if exists else ()


def _weight_wrong_layer(site: Site) -> Variants:
    layer, to, source = _weight_indices(site)
    variants: list[Expression] = []
    if site.derivation.parameter.startswith("w"):
        variants.append(Ref(site.derivation.parameter))
    first = weight_key(1, to, source)
    if layer > 1 and first in site.derivation.index and Ref(first) not in variants:
        variants.append(Ref(first))
    return tuple(variants)


def _weight_updated(site: Site) -> Variants:
    if not site.derivation.layout.rate:
        return ()
    key = weight_key(*_weight_indices(site))
    known = frozenset(step.key for step in site.derivation.steps if step.role == "factor")
    return (Ref(key) - Ref("eta") * site.derivation.graph.gradient(key, known),)


def _other_inputs(site: Site) -> Variants:
    right = site.formula
    return tuple(Ref(key) for key in site.node.inputs[1::2] if Ref(key) != right)


def _own_output(site: Site) -> Variants:
    users = [node.key for node in site.derivation.graph.nodes.values() if site.node.key in node.inputs]
    return (Ref(users[int(site.node.key.split("_")[1]) - 1 if len(users) > 1 else 0]),)


def _without_bias(site: Site) -> Variants:
    if len(site.node.inputs) % 2 == 0 or len(site.parts) < 2:
        return ()
    return (total(site.parts[:-1]),)


def _activation_left_out(site: Site) -> Variants:
    return () if _rule(site, "linear") or "softmax" in site.node.rule else (Ref(site.node.inputs[0]),)


def _one_path(site: Site) -> Variants:
    return site.parts if len(site.derivation.paths) > 1 else ()


def _combined(operation: Callable[[tuple[Expression, ...]], Expression]) -> Callable[[Site], Variants]:
    return lambda site: (operation(site.parts),) if len(site.derivation.paths) > 1 else ()


def _diagonal_only(site: Site) -> Variants:
    architecture = site.derivation.architecture
    if architecture.softmax != "full":
        return ()
    own = {factor_key(f"yhat_{k}", f"a{architecture.layers}_{k}") for k in architecture.units(architecture.layers)}
    kept = tuple(Ref(path.product) for path in site.derivation.paths if own.intersection(path.factors))
    return (total(kept),) if 0 < len(kept) < len(site.derivation.paths) else ()


def _one_left_out(site: Site) -> Variants:
    parts = site.parts
    return tuple(product(parts[:i] + parts[i + 1 :]) for i in range(len(parts)))


def _update(make: Callable[[Expression, Expression, Expression], Variants]) -> Callable[[Site], Variants]:
    return lambda site: make(Ref(site.derivation.parameter), Ref("eta"), Ref("gradient"))


_CURVED = ("sigmoid", "tanh")
_SLOPES = ("slope", "softmax_own")
_SIGMOIDAL = ("sigmoid", "softmax_full", "softmax_diagonal")

CATALOGUE: tuple[Misconception, ...] = (
    Misconception(
        "missed_path", "gradient", ("gradient",), "The parameter reaches the loss along more than one path.", _one_path
    ),
    Misconception(
        "averaged_paths",
        "gradient",
        ("gradient",),
        "Contributions of paths are added, not averaged.",
        _combined(lambda parts: total(parts) / float(len(parts))),
    ),
    Misconception(
        "multiplied_paths",
        "gradient",
        ("gradient",),
        "Along a path derivatives are multiplied; between paths they are added.",
        _combined(product),
    ),
    Misconception(
        "absolute_paths",
        "gradient",
        ("gradient",),
        "Contributions keep their signs in the sum.",
        _combined(lambda parts: total(tuple(call("abs", part) for part in parts))),
    ),
    Misconception(
        "softmax_diagonal",
        "gradient",
        ("gradient",),
        "Every softmax output depends on every pre-activation of its layer.",
        _diagonal_only,
    ),
    Misconception(
        "slope_of_preactivation",
        "factor",
        ("slope",),
        "The slope formula takes the unit's output, not its pre-activation.",
        _slope_of_preactivation,
    ),
    Misconception(
        "slope_forgotten",
        "factor",
        _SLOPES,
        "The activation function has a slope of its own.",
        lambda site: (Const(1.0),) if not _rule(site, "linear", "relu") else (),
    ),
    Misconception(
        "slope_is_output",
        "factor",
        _SLOPES,
        "A function's slope is not its value.",
        lambda site: (site.own,) if not _rule(site, "linear", "relu") else (),
    ),
    Misconception(
        "slope_one_minus",
        "factor",
        _SLOPES,
        "The slope has two factors.",
        lambda site: (Const(1.0) - site.own,) if _rule(site, *_SIGMOIDAL) else (),
    ),
    Misconception(
        "tanh_slope_sigmoid",
        "factor",
        ("slope",),
        "Tanh and sigmoid have different slopes.",
        lambda site: (call("logistic_slope", site.own),) if _rule(site, "tanh") else (),
    ),
    Misconception(
        "sigmoid_slope_tanh",
        "factor",
        ("slope",),
        "Sigmoid and tanh have different slopes.",
        lambda site: (call("tanh_slope", site.own),) if _rule(site, "sigmoid") else (),
    ),
    Misconception(
        "relu_slope_negative",
        "factor",
        ("slope",),
        "ReLU lets positive values through.",
        lambda site: (call("step", -Ref(site.node.inputs[0])),) if _rule(site, "relu") else (),
    ),
    Misconception(
        "softmax_sign",
        "factor",
        ("softmax_cross",),
        "An output falls when another's pre-activation rises.",
        lambda site: (-site.formula,),
    ),
    Misconception(
        "loss_sign", "factor", ("loss",), "Look at the sign of the inner derivative.", lambda s: (-s.formula,)
    ),
    Misconception(
        "loss_two_forgotten", "factor", ("loss",), "Compare the constant with the loss as printed.", _two_forgotten
    ),
    Misconception("loss_mean_forgotten", "factor", ("loss",), "The loss is a mean over the outputs.", _mean_forgotten),
    Misconception(
        "loss_is_value", "factor", ("loss",), "This asks for the loss's derivative, not its value.", _loss_value
    ),
    Misconception(
        "weight_transposed", "factor", ("weight",), "Rows are units to, columns are units from.", _weight_transposed
    ),
    Misconception(
        "weight_wrong_layer", "factor", ("weight",), "Which weight joins these two units?", _weight_wrong_layer
    ),
    Misconception(
        "weight_updated", "factor", ("weight",), "All derivatives use the weights before any update.", _weight_updated
    ),
    Misconception("input_wrong", "factor", ("input",), "Which value does this weight multiply?", _other_inputs),
    Misconception("input_activation", "factor", ("input",), "A weight multiplies what enters its unit.", _own_output),
    Misconception(
        "bias_factor_zero", "factor", ("bias",), "A bias is added: its derivative is no 0.", lambda site: (Const(0.0),)
    ),
    Misconception("forward_no_bias", "forward", ("preactivation",), "The bias belongs to the sum.", _without_bias),
    Misconception(
        "forward_linear",
        "forward",
        ("activation",),
        "The activation function is still to be applied.",
        _activation_left_out,
    ),
    Misconception(
        "factors_added",
        "product",
        ("product",),
        "Along a path derivatives are multiplied.",
        lambda s: (total(s.parts),),
    ),
    Misconception("factor_left_out", "product", ("product",), "Count the factors of the path.", _one_left_out),
    Misconception(
        "update_plus",
        "update",
        ("update",),
        "Gradient descent goes against the gradient.",
        _update(lambda w, eta, g: (w + eta * g,)),
    ),
    Misconception(
        "update_rate_forgotten",
        "update",
        ("update",),
        "The step is the learning rate times the gradient.",
        _update(lambda w, eta, g: (w - g,)),
    ),
    Misconception(
        "update_gradient_only",
        "update",
        ("update",),
        "The new value starts from the old one.",
        _update(lambda w, eta, g: (-(eta * g), g)),
    ),
)
