"""The words of the formula language: the kinds of step, and what a word stands for at each of them.

One entry of `STRUCK` or `WORDS` is one word; docs/misconceptions.md lists them all, and a test sees to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType

from question_bank.derivations.kinds import KINDS, Kind
from question_bank.expressions.expression import Const, Expression, Ref, references, symbols_in, total
from question_bank.expressions.names import Symbol
from question_bank.misconceptions.entry import Site
from question_bank.misconceptions.output_errors import output_and_target
from question_bank.misconceptions.recurrence import at_all_times, by_time
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.losses import LOSSES
from question_bank.networks.rules import outputs_and_targets

Meaning = Expression | tuple[Expression, ...] | None
"""What a word stands for at a site: one formula, a list of them, or nothing there."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the language: at which kinds of step it has a meaning, which one, and whether it is a list."""

    kinds: tuple[str, ...]
    meaning: str
    at: Callable[[Site], Meaning]
    many: bool = False


STRUCK: MappingProxyType[str, Kind] = MappingProxyType({kind.word: kind for kind in KINDS.values()})
"""The kinds of step by their words."""

FUNCTIONS_OF = MappingProxyType(
    {**dict.fromkeys((*FUNCTIONS, "softmax"), "activation"), **dict.fromkeys(LOSSES, "loss")}
)
"""What `only` may name, and whether it is an activation function or a loss."""

_EVERY = tuple(STRUCK)
_OWN_UNIT = ("slope", "softmax diagonal", "softmax cross term")
_ARROWS = ("weight", "input", "bias")
_ERROR = ("output error",)
_IN_CIRCUIT = ("part of a sum", "part of a product", "part of a quotient", "part of a maximum", "elementary slope")
_IN_CELL = ("gate part", "squashed memory", "blend")
_AT_OUTPUT = ("loss", *_ERROR)
_DECAYED = ("decayed gradient",)
_CARRIED = ("velocity", "first moment", "second moment")
_IN_TABLES = tuple(kind.word for kind in KINDS.values() if kind.table)


def _preactivation(site: Site) -> Meaning:
    found = _entering(site)
    # Where a softmax's exponentials are given nobody knows what enters it.
    return found if all(name in site.derivation.index for name in references(found)) else None


def _entering(site: Site) -> Expression:
    match site.step.kind:
        case "exponential":
            return Ref(next(references(site.formula)))
        case "softmax_own" | "softmax_cross" | "output_error":
            return Ref(site.below)
        case "weight" | "input" | "bias":
            return site.own
        case _:
            return Ref(site.node.own_input)


def _output(site: Site) -> Expression:
    if site.step.kind in _ARROWS:
        return Ref(site.unit_output)
    return site.own


def _rate(site: Site) -> Meaning:
    update = site.derivation.update
    return Ref(update.needs[0]) if update else None


def _before(site: Site) -> Meaning:
    name = site.step.name
    assert isinstance(name, Symbol)
    assert name.round is not None  # what is carried has the number of its step
    return Ref(replace(name, round=name.round - 1))


def _clipped(site: Site) -> tuple[Expression, ...]:
    derivation = site.derivation
    return tuple(Ref(derivation.gradient_of(value)) for value in derivation.asked if derivation.is_updated(value))


def _weight(site: Site) -> Expression:
    return Ref(site.below) if site.step.kind == "input" else site.formula


def _value(site: Site) -> Expression:
    return Ref(site.below) if site.step.kind == "weight" else site.formula


def _bias(site: Site) -> Meaning:
    if site.step.kind == "bias":
        return Ref(site.below)
    return Ref(site.node.weighted[-1]) if len(site.node.weighted) % 2 else None


def _layer(site: Site) -> Meaning:
    names = [unit.own_input for unit in site.graph.layer(site.node.name)]
    return tuple(map(Ref, names)) if all(name in site.derivation.index for name in names) else None


def _yhat(site: Site) -> Expression:
    return output_and_target(site)[0] if site.step.kind == "output_error" else Ref(site.below)


def _target(site: Site) -> Expression:
    if site.step.kind == "output_error":
        return output_and_target(site)[1]
    return next(y for yhat, y in outputs_and_targets(site.node) if yhat.name == site.below)


def _pairs(site: Site, first: int) -> tuple[Expression, ...]:
    return tuple(Ref(each) for each in site.node.weighted[: len(site.node.weighted) // 2 * 2][first::2])


def _terms(site: Site) -> tuple[Expression, ...]:
    return tuple(w * x for w, x in zip(_pairs(site, 0), _pairs(site, 1), strict=True))


def _upstream(site: Site) -> tuple[Expression, ...]:
    return tuple(use.local if use.upstream is None else Ref(use.upstream) for use in site.uses)


def _steps(site: Site) -> Meaning:
    return tuple(total(tuple(parts)) for parts in by_time(site).values()) or None


def _times(site: Site) -> Meaning:
    value = next(symbols_in(site.formula)) if site.step.kind == "input" else site.node.name
    return tuple(map(Ref, at_all_times(site, value))) or None


WORDS: MappingProxyType[str, Word] = MappingProxyType(
    {
        "right": Word(_EVERY, "the right formula", lambda site: site.formula),
        "eta": Word(_EVERY, "the learning rate, where there is one", _rate),
        "pre": Word(
            ("activation", "exponential", *_OWN_UNIT, *_ARROWS, *_ERROR),
            "the unit's pre-activation, where it is known; through softmax, the one below",
            _preactivation,
        ),
        "a": Word(("activation", "exponential", *_OWN_UNIT, *_ERROR), "the same as pre", _preactivation),
        "out": Word(
            (*_OWN_UNIT, *_ARROWS, *_IN_CIRCUIT, *_IN_CELL),
            "the output of the unit; in a circuit or a cell, the node's value",
            _output,
        ),
        "read": Word(
            ("operation", "gated value", *_IN_CIRCUIT, *_IN_CELL),
            "in a circuit or a cell, what the node is worked from",
            lambda site: tuple(map(Ref, site.node.inputs)),
            many=True,
        ),
        "h": Word(_OWN_UNIT, "the same as out", _output),
        "other": Word(
            ("softmax cross term",),
            "the output of the unit that the derivative is taken by",
            lambda site: Ref(site.other_output),
        ),
        "layer": Word(("activation",), "all pre-activations of the layer", _layer, many=True),
        "weights": Word(("pre-activation",), "the weights into the unit", lambda site: _pairs(site, 0), many=True),
        "inputs": Word(("pre-activation",), "the values that they multiply", lambda site: _pairs(site, 1), many=True),
        "terms": Word(("pre-activation",), "weights times values, one by one", _terms, many=True),
        "b": Word(("pre-activation", "bias"), "the bias, where there is one", _bias),
        "exponentials": Word(("softmax sum",), "the terms of the sum", lambda site: site.parts, many=True),
        "y": Word(_AT_OUTPUT, "the target", _target),
        "yhat": Word((*_AT_OUTPUT, "upstream"), "the network's output", _yhat),
        "outputs": Word(
            (*_AT_OUTPUT, "upstream"),
            "the number of outputs",
            lambda site: Const(float(len(outputs_and_targets(site.node)))),
        ),
        "w": Word(("weight", "input"), "the weight on the arrow", _weight),
        "x": Word(("weight", "input"), "what the weight multiplies: an input, or an output of the layer below", _value),
        "factors": Word(("product",), "the factors of the path, the loss's first", lambda site: site.parts, many=True),
        "paths": Word(
            ("gradient", *_CARRIED, *_DECAYED, "update"),
            "the products of the paths, where there are any",
            lambda site: tuple(Ref(path.product) for path in site.derivation.paths) or None,
            many=True,
        ),
        "uses": Word(
            _IN_TABLES,
            "what every use of the value adds to the sum, one by one",
            lambda site: tuple(use.formula for use in site.uses),
            many=True,
        ),
        "steps": Word(
            ("gradient", "parameter gradient"),
            "in a network unrolled in time, what each time step adds to the gradient, the last one first",
            _steps,
            many=True,
        ),
        "times": Word(
            ("slope", "input"),
            "in a network unrolled in time, out (of an input: x) at every time step, the first one first",
            _times,
            many=True,
        ),
        "upstream": Word(_IN_TABLES, "the derivatives that come back to it, one for each use", _upstream, many=True),
        "g": Word(
            (*_CARRIED, *_DECAYED, "clipped gradient", "update"),
            "the gradient",
            lambda site: Ref(site.derivation.gradient_of(site.of)),
        ),
        "gradients": Word(("norm",), "the gradients that are clipped together, one by one", _clipped, many=True),
        "before": Word(_CARRIED, "the same value before this step", _before),
        "parameter": Word(
            ("parameter gradient", "gradient", *_DECAYED, "update"),
            "the value of the weight or bias asked for",
            lambda site: Ref(site.of),
        ),
    }
)


def words_at(kind: str) -> dict[str, Word]:
    """The words that mean something at a kind of step, which is given by its own word."""
    return {word: entry for word, entry in WORDS.items() if kind in entry.kinds}
