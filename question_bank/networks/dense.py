"""Dense networks: layers of units, each of which reads all units of the layer before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, get_args

from question_bank.errors import NetworkError, found_text, refuse
from question_bank.expressions.names import Symbol
from question_bank.language.counts import listed_in_words
from question_bank.language.words import N_, _, decimal, ngettext
from question_bank.networks.functions import FUNCTIONS, PROBABILITIES, function_words
from question_bank.networks.graph import Graph, Node
from question_bank.networks.losses import LOSSES, NO_LOSS
from question_bank.networks.model import Conventions, FunctionUse, GivenTable, PhrasePart, SoftmaxRule
from question_bank.networks.phrases import Phrase, phrase, symbol_part, unit_part
from question_bank.networks.rules import RULES, combined_rule, exponential_of
from question_bank.networks.skips import SkipAdded, problems_of_skips

BiasKind = Literal["none", "unit", "layer"]

MOST_UNITS = 1000
"""The most that a layer may have."""
_MOST_LAYERS = 50
_LOSS = Symbol("L")
_OF_UNIT = {
    "b": N_("the bias of {unit}"),
    "a": N_("what enters {unit}"),
    "h": N_("what leaves {unit}"),
    "f": N_("what the function gives in {unit}"),
    "htilde": N_("what dropout leaves of {unit}"),
}
_CONSTANTS = (1.0, -1.0)
"""What a constant input may be whose weights the biases are."""


@dataclass(frozen=True, slots=True)
class Dense:
    """Sizes from the input on; one activation and one kind of bias for each layer after it.

    `softmax` says whether the Jacobian's cross terms count (`full`) or only its diagonal (`diagonal`); it is None
    without a softmax, and may be without a loss. `combined` takes the loss and the outputs' function as one step, so
    that a path's first factor is dL/da: yhat - y, where the two fit together so. Then there is no Jacobian, and
    `softmax` is None; the targets of a softmax must add up to 1. With the loss "none" there are no targets: the outputs
    are all. With dropout of `keep`, the share of hidden units that is kept, every hidden unit has an entry of a mask, 0
    or 1, and what leaves it is multiplied by that and divided by `keep` before it goes on. A bias is added as it is, or
    the weight of a `constant` input, 1 or -1. Where the `exponentials` of what enters the softmax are given, nobody
    works those out: each holds a bias that is not told, so that whatever is given is what weights and inputs come to.
    Each of the `skips` leads from a layer (0 is the input) to a later one of as many units: what leaves a unit is added
    to the unit of the same number there, and `skip_added` says where, as for that there is no one convention. Raises
    NetworkError where the parts do not fit.
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    softmax: SoftmaxRule | None = None
    biases: tuple[BiasKind, ...] = ()
    combined: bool = False
    keep: float | None = None
    constant: float | None = None
    exponentials: bool = False
    skips: tuple[tuple[int, int], ...] = ()
    skip_added: SkipAdded | None = None

    def __post_init__(self) -> None:
        if not self.biases:
            object.__setattr__(self, "biases", ("none",) * self.layers)
        require_sizes(self.sizes)
        refuse(self._problems())

    def _problems(self) -> Iterator[NetworkError]:
        for place, given in (("activations", self.activations), ("biases", self.biases)):
            if len(given) != self.layers:
                yield NetworkError(
                    f"{len(given)} {place} for {self.layers} layers after the input",
                    place=f"network.{place}",
                    expected=f"{self.layers}",
                )
        for number, activation in enumerate(self.activations, 1):
            last = number == self.layers
            if activation == "softmax" and last:
                continue
            if activation not in FUNCTIONS:
                hint = "softmax works only in the last layer" if activation == "softmax" else None
                yield NetworkError(
                    f"layer {number} has the activation {found_text(activation)}",
                    place="network.activations",
                    expected=", ".join([*FUNCTIONS, "softmax (last layer)"]),
                    remedy=hint,
                )
        if self.loss not in (*LOSSES, NO_LOSS):
            remedy = None
            if self.loss.lower() in ("mse", "mean_square_error"):
                remedy = "write which one is meant: they differ by a factor of 2 or of the number of outputs"
            yield NetworkError(
                f"loss {found_text(self.loss)}",
                place="network.loss",
                expected=", ".join((*LOSSES, NO_LOSS)),
                remedy=remedy,
            )
        elif self.combined and self.activations:
            yield from self._problems_of_combined()
        elif not self.has_softmax and self.softmax is not None:
            yield NetworkError(
                f"softmax = {found_text(self.softmax)} without a softmax layer",
                place="network.softmax",
                remedy='take the key away, or make the last activation "softmax"',
            )
        elif self._goes_back_through_softmax and self.softmax not in get_args(SoftmaxRule):
            yield NetworkError(
                f"softmax = {found_text(self.softmax)}",
                place="network.softmax",
                expected='"full" (all cross terms) or "diagonal" (only dyhat_k/da_k)',
                remedy="the answer depends on it, so it has no default",
            )
        for kind in self.biases:
            if kind not in get_args(BiasKind):
                yield NetworkError(f"bias kind {kind!r}", place="network.biases", expected="none, unit or layer")
        if self.keep is not None and not (0 < self.keep < 1 and self.layers > 1):
            found = f"keep = {self.keep:g}" + (" without a hidden layer" if self.layers == 1 else "")
            yield NetworkError(
                found, place="network.keep", expected="the share of hidden units that is kept, between 0 and 1"
            )
        if self.constant is not None and self.constant not in _CONSTANTS:
            yield NetworkError(f"constant = {self.constant:g}", place="network.constant", expected="1 or -1")
        elif self.constant is not None and ("unit" not in self.biases or "layer" in self.biases):
            yield NetworkError(
                f"constant = {self.constant:g} with the biases {', '.join(self.biases)}",
                place="network.constant",
                expected='biases = "unit": they are the weights of this input',
            )
        yield from problems_of_skips(self.sizes, self.skips, self.skip_added)
        alone = self.biases[-1:] == ("none",) and self.skip_into(self.layers) is None
        if self.exponentials and not (self.combined and self.has_softmax and alone):
            yield NetworkError(
                "exponentials = true",
                place="network.exponentials",
                expected='a softmax that is combined with its loss, and biases = "none" and no skip in its layer',
                remedy="take the key away",
            )

    def _problems_of_combined(self) -> Iterator[NetworkError]:
        if self.loss == NO_LOSS or self.activations[-1] not in LOSSES[self.loss].combined:
            yield NetworkError(
                f"combined = true with {self.activations[-1]} and {self.loss}",
                place="network.combined",
                expected=", or ".join(
                    f"{function} with {name}" for name, loss in LOSSES.items() for function in loss.combined
                ),
                remedy="take the key away: loss and function are then two factors of a path",
            )
        if self.softmax is not None:
            yield NetworkError(
                f"softmax = {found_text(self.softmax)} beside combined = true",
                place="network.softmax",
                remedy="take the key away: no path goes through the softmax's Jacobian",
            )

    @property
    def layers(self) -> int:
        """Layers after the input."""
        return len(self.sizes) - 1

    @property
    def has_softmax(self) -> bool:
        """True if the output layer is a softmax."""
        return self.activations[-1:] == ("softmax",)

    @property
    def _goes_back_through_softmax(self) -> bool:
        return self.has_softmax and (self.has_loss or self.softmax is not None)

    @property
    def has_loss(self) -> bool:
        """Whether its outputs are held against something."""
        return self.loss != NO_LOSS

    @property
    def _shows_softmax(self) -> bool:
        return self.has_softmax and not self.combined

    @property
    def gives_probabilities(self) -> bool:
        """True if every output lies between 0 and 1."""
        return self.activations[-1] in PROBABILITIES

    def units(self, layer: int) -> range:
        """Unit numbers of a layer (0 is the input)."""
        return range(1, self.sizes[layer] + 1)

    def parameters(self) -> Iterator[Symbol]:
        """All weights and biases, layer by layer, weights by row."""
        for layer in range(1, self.layers + 1):
            for to in self.units(layer):
                for source in self.units(layer - 1):
                    yield weight(layer, to, source)
            yield from self.bias(layer)

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """The other parameters of the same letter and layer."""
        return [other for other in self.parameters() if other != parameter and other.family == parameter.family]

    def bias(self, layer: int) -> list[Symbol]:
        """A layer's biases: none, one, or one for each unit."""
        kind = self.biases[layer - 1]
        if kind == "layer":
            return [Symbol("b", layer)]
        return [Symbol("b", layer, (unit,)) for unit in self.units(layer)] if kind == "unit" else []

    def givens(self) -> Iterator[Symbol]:
        """Inputs, parameters and targets, in the order of every givens array."""
        yield from self.inputs
        yield from self.parameters()
        yield from self.mask
        yield from self.given_exponentials
        yield from self.targets

    @property
    def inputs(self) -> list[Symbol]:
        """What the first layer reads."""
        return [self.output(0, unit) for unit in self.units(0)]

    @property
    def hidden(self) -> range:
        """The hidden layers."""
        return range(1, self.layers)

    @property
    def mask(self) -> list[Symbol]:
        """The entries of a dropout's mask: one for each hidden unit, layer by layer."""
        return [] if self.keep is None else [mask(layer, unit) for layer in self.hidden for unit in self.units(layer)]

    @property
    def given_exponentials(self) -> list[Symbol]:
        """The exponentials of what enters the softmax, where they are given."""
        entering = [self.preactivation(self.layers, unit) for unit in self.units(self.layers)]
        return [exponential_of(value) for value in entering] if self.exponentials else []

    def passed_on(self, layer: int, unit: int) -> Symbol:
        """What the next layer reads of a unit: its output, or what dropout leaves of that."""
        return dropped(layer, unit) if self.keep is not None and layer in self.hidden else self.output(layer, unit)

    def skip_into(self, layer: int) -> int | None:
        """The layer from which a skip connection leads to this one."""
        return next((source for source, target in self.skips if target == layer), None)

    def given_by_function(self, layer: int, unit: int) -> Symbol:
        """What a unit's function gives: its output, unless something is added to that behind the function."""
        added = self.skip_added == "after" and self.skip_into(layer) is not None
        return Symbol("f", layer, (unit,)) if added else self.output(layer, unit)

    def constant_before(self, layer: int) -> Symbol | None:
        """The circle of the constant input whose weights a layer's biases are."""
        if self.constant is None or self.biases[layer - 1] != "unit":
            return None
        return replace(self.output(layer - 1, 1), index=(0,))

    @property
    def targets(self) -> list[Symbol]:
        """What the outputs are held against, one for each; nothing without a loss."""
        return list(_targets(self)) if self.has_loss else []

    def tables(self) -> tuple[GivenTable, ...]:
        """Weights, biases, inputs and targets as they are printed: matrices as [to][from], the rest as columns."""
        return _tables(self)

    def graph(self) -> Graph:
        """The scalar graph of the network."""
        return _graph(self)

    def parameters_in_words(self) -> str:
        """The first weight and the last, and the first biases."""
        last = weight(self.layers, self.sizes[-1], self.sizes[-2])
        biases = [bias.key for layer in range(1, self.layers + 1) for bias in self.bias(layer)]
        weights = f"a weight from {next(self.parameters()).key} to {last.key} (layer, to, from)"
        return weights + (f" or a bias ({', '.join(biases[:6])})" if biases else "; it has no biases")

    def picture(self) -> list[list[Symbol]]:
        """The circles of its picture, column by column: a unit is one circle, but a softmax has a column of its own.

        With all cross terms paths cross between the pre-activations and the outputs of a softmax; none does where it is
        combined with the loss.
        """
        columns = [[self.output(layer, unit) for unit in self.units(layer)] for layer in range(self.layers + 1)]
        for layer in range(1, self.layers + 1):
            if (constant := self.constant_before(layer)) is not None:
                columns[layer - 1].append(constant)
        if self._shows_softmax:
            columns.insert(-1, [self.preactivation(self.layers, unit) for unit in self.units(self.layers)])
        return [*columns, [_LOSS]] if self.has_loss else columns

    def circle_of(self, value: Symbol) -> Symbol | None:
        """The circle in which a value stands, an exponential in its pre-activation's; None for parameters and sums.

        A bias that is the weight of a constant input begins at that input's.
        """
        value = replace(value, time=None, round=None)  # after a step it stands where it stood before
        if value.letter == "b" and value.layer is not None:
            return self.constant_before(value.layer)
        if value.letter in ("htilde", "f"):
            return replace(value, letter="h")
        if value.letter in ("x", "h", "yhat", "L"):
            return value
        if value.letter not in ("a", "e") or value.layer is None:
            return None
        own = self._shows_softmax and value.layer == self.layers
        return replace(value, letter="a") if own else self.output(value.layer, *value.index)

    def layer_of(self, value: Symbol) -> int | None:
        """The layer of a value or parameter."""
        # Only the network's own outputs have no layer in their names.
        return self.layers if value.letter == "yhat" else value.layer

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """What a weight joins, which unit or layer a bias belongs to, or what an input or a node is."""
        if parameter.letter in ("x", "yhat"):
            return phrase(_("an input") if parameter.letter == "x" else _("an output"))
        layer = parameter.layer or self.layers
        if not parameter.index:
            if layer == self.layers:
                return phrase(_("the bias that the output units share"))
            return phrase(_("the bias that the units of hidden layer {layer} share"), layer=f"{layer}")
        unit = self._unit(layer, parameter.index[0])
        if parameter.letter == "b" and self.constant is not None:
            constant = decimal(f"{self.constant:g}".replace("-", "−"))
            return phrase(_("the weight from the constant input {constant} to {unit}"), constant=constant, unit=unit)
        if parameter.letter in _OF_UNIT:
            return phrase(_(_OF_UNIT[parameter.letter]), unit=unit)
        source = symbol_part(self.passed_on(layer - 1, parameter.index[1]))
        return phrase(_("the weight from {source} to {unit}"), source=source, unit=unit)

    def _unit(self, layer: int, place: int) -> Phrase:
        name = symbol_part(self.output(layer, place))
        if layer == self.layers:
            return phrase(_("output unit {number}, {name}"), number=unit_part(self.output(layer, place)), name=name)
        if self.layers == 2:
            return phrase(_("hidden unit {number}, {name}"), number=unit_part(self.output(layer, place)), name=name)
        said = _("unit {number} of hidden layer {layer}, {name}")
        return phrase(said, number=unit_part(self.output(layer, place)), layer=f"{layer}", name=name)

    def conventions(self) -> Conventions:
        """Loss, functions (hidden layers that follow each other with the same one together), softmax, biases."""
        used: list[tuple[str, list[int]]] = []
        for layer, name in enumerate(self.activations, 1):
            before = used[-1][1][-1] if used else 0
            alike = self.given_by_function(layer, 1).letter == self.given_by_function(before, 1).letter
            if used and used[-1][0] == name and layer < self.layers and alike:
                used[-1][1].append(layer)
            else:
                used.append((name, [layer]))
        functions = tuple(self._use(name, layers) for name, layers in used)
        return Conventions(
            self.loss if self.has_loss else None,
            functions,
            self.softmax,
            any(kind != "none" for kind in self.biases),
            self.combined,
            keep=self.keep,
            constant=self.constant,
            sizes=self.sizes,
            exponentials=self.exponentials,
            skips=self.skips,
            skip_added=self.skip_added,
        )

    def _use(self, function: str, layers: list[int]) -> FunctionUse:
        first = layers[0]
        if first == self.layers:
            return FunctionUse(_("output"), function, Symbol("yhat"), first)
        output = Symbol(self.given_by_function(first, 1).letter)
        if self.layers == 2:
            return FunctionUse(_("hidden units"), function, output, first)
        said = ngettext("hidden layer {layers}", "hidden layers {layers}", len(layers))
        return FunctionUse(said.format(layers=listed_in_words([*map(str, layers)])), function, output, first)

    @property
    def summary(self) -> str:
        """Its sizes, functions and softmax rule on a line."""
        said = [_("{sizes} network").format(sizes="-".join(map(str, self.sizes)))]
        functions = [function_words(name) for name in self.activations]
        if self.softmax:
            rule = _("full") if self.softmax == "full" else _("diagonal")
            functions[-1] += f" ({rule})"
        if self.combined:
            functions[-1] = _("{function} combined with its loss").format(function=functions[-1])
        said += functions
        if self.keep is not None:
            said.append(_("dropout keeping {share}").format(share=decimal(f"{self.keep:g}")))
        if self.constant is not None:
            said.append(_("biases from a constant {number}").format(number=decimal(f"{self.constant:g}")))
        if self.exponentials:
            said.append(_("exponentials given"))
        for source, target in self.skips:
            skip = (
                _("skip from layer {source} to {target}, added before the function")
                if self.skip_added == "before"
                else _("skip from layer {source} to {target}, added after the function")
            )
            said.append(skip.format(source=source, target=target))
        return ", ".join(said)

    def preactivation(self, layer: int, unit: int) -> Symbol:
        """What comes into a unit: `a2_1`."""
        return Symbol("a", layer, (unit,))

    def output(self, layer: int, unit: int) -> Symbol:
        """A unit's output: an input, a hidden activation, or the network's own output."""
        if layer == 0:
            return Symbol("x", None, (unit,))
        return Symbol("yhat", None, (unit,)) if layer == self.layers else Symbol("h", layer, (unit,))


Architecture = Dense
"""What `Dense` is called in notebooks of before."""


@lru_cache(maxsize=256)
def _targets(network: Dense) -> tuple[Symbol, ...]:
    letter = LOSSES[network.loss].letter
    return tuple(Symbol(letter, None, (unit,)) for unit in network.units(network.layers))


@lru_cache(maxsize=256)
def _tables(network: Dense) -> tuple[GivenTable, ...]:
    layers = range(1, network.layers + 1)
    weights = [
        GivenTable(
            Symbol("W", layer),
            tuple(
                tuple(weight(layer, to, source) for source in network.units(layer - 1)) for to in network.units(layer)
            ),
            "weights",
        )
        for layer in layers
    ]
    biases = [
        GivenTable(Symbol("b", layer), tuple((bias,) for bias in some), "biases")
        for layer in layers
        if (some := network.bias(layer))
    ]
    inputs = GivenTable(Symbol("x"), tuple((given,) for given in network.inputs), "inputs")
    masks = [
        GivenTable(Symbol("mask", layer), tuple((mask(layer, unit),) for unit in network.units(layer)), "masks")
        for layer in network.hidden
        if network.keep is not None
    ]
    if not network.has_loss:
        return (*weights, *biases, inputs, *masks)
    exponentials = [
        GivenTable(replace(given[0], index=()), tuple((each,) for each in given), "exponentials")
        for given in (network.given_exponentials,)
        if given
    ]
    targets = GivenTable(Symbol(LOSSES[network.loss].letter), tuple((given,) for given in network.targets), "targets")
    return (*weights, *biases, inputs, *masks, *exponentials, targets)


@lru_cache(maxsize=256)
def _graph(network: Dense) -> Graph:
    nodes: dict[Symbol, Node] = {}
    for layer in range(1, network.layers + 1):
        biases = network.bias(layer)
        before = [network.passed_on(layer - 1, unit) for unit in network.units(layer - 1)]
        constant = network.constant if network.constant_before(layer) else None
        activation = network.activations[layer - 1]
        function = FUNCTIONS.get(activation)
        affine = "affine" if function is None or function.kink is None else "affine_before_kink"
        from_layer = network.skip_into(layer)
        skipping = [] if from_layer is None else [network.passed_on(from_layer, unit) for unit in network.units(layer)]
        before_function = network.skip_added == "before"
        rule = activation if function else f"softmax_{'combined' if network.combined else network.softmax or 'full'}"
        if network.exponentials and layer == network.layers:
            affine, rule = "affine_given", "softmax_given"
        units = list(network.units(layer))
        for unit in units:
            inputs = [each for source, value in enumerate(before, 1) for each in (weight(layer, unit, source), value)]
            if biases:
                inputs.append(biases[0] if network.biases[layer - 1] == "layer" else biases[unit - 1])
            name = network.preactivation(layer, unit)
            added = (skipping[unit - 1],) if skipping and before_function else ()
            weighted = len(inputs) if added else None
            read = (*inputs, *added)
            nodes[name] = Node(name, affine, read, "preactivation", paired=weighted, constant=constant)
        together = tuple(network.preactivation(layer, unit) for unit in units)
        for unit in units:
            own = together if function is None else (together[unit - 1],)
            name = network.given_by_function(layer, unit)
            nodes[name] = Node(name, rule, own, "activation", unit - 1)
        for unit in units if skipping and not before_function else ():
            name = network.output(layer, unit)
            read = network.given_by_function(layer, unit), skipping[unit - 1]
            nodes[name] = Node(name, "skip_sum", read, "skip_sum")
        for unit in units if network.keep is not None and layer in network.hidden else ():
            name = dropped(layer, unit)
            read = network.output(layer, unit), mask(layer, unit)
            nodes[name] = Node(name, "dropped", read, "dropped", constant=network.keep)
    if not network.has_loss:
        return Graph(MappingProxyType(nodes), RULES)
    pairs = tuple(each for y in network.targets for each in (network.output(network.layers, *y.index), y))
    if network.combined:
        together = tuple(network.preactivation(network.layers, *y.index) for y in network.targets)
        rule = combined_rule(network.loss, network.activations[-1])
        nodes[_LOSS] = Node(_LOSS, rule, pairs + together, "combined_loss_value", paired=len(pairs))
    else:
        kind = "given_loss_value" if LOSSES[network.loss].given else "loss_value"
        nodes[_LOSS] = Node(_LOSS, network.loss, pairs, kind)
    return Graph(MappingProxyType(nodes), RULES)


def require_sizes(sizes: Sequence[int]) -> None:
    """Raise NetworkError unless the sizes, the input's first, are those of a network that can be worked with."""
    if 2 <= len(sizes) <= _MOST_LAYERS and min(sizes) >= 1 and max(sizes) <= MOST_UNITS:
        return
    raise NetworkError(
        f"sizes {found_text(list(sizes))} make no network",
        place="network.sizes",
        expected=f"2 to {_MOST_LAYERS} layers, the input included, of 1 to {MOST_UNITS} units each",
    )


def mask(layer: int, unit: int) -> Symbol:
    """A unit's entry in the mask of dropout."""
    return Symbol("mask", layer, (unit,))


def dropped(layer: int, unit: int) -> Symbol:
    """What dropout leaves of a unit's output."""
    return Symbol("htilde", layer, (unit,))


def weight(layer: int, to: int, source: int) -> Symbol:
    """`w1_31`: layer 1, to unit 3, from input 1."""
    return Symbol("w", layer, (to, source))
