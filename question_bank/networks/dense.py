"""Dense networks: layers of units, each of which reads all units of the layer before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, get_args

from question_bank.errors import NetworkError, found_text
from question_bank.networks.functions import FUNCTIONS, PROBABILITIES
from question_bank.networks.graph import Graph, Node
from question_bank.networks.losses import LOSSES
from question_bank.networks.model import Conventions, FunctionUse, GivenTable, Model, PhrasePart, SoftmaxRule
from question_bank.networks.names import Symbol, symbol
from question_bank.networks.rules import RULES

BiasKind = Literal["none", "unit", "layer"]

_MOST_UNITS = 1000
_MOST_LAYERS = 50


@dataclass(frozen=True, slots=True)
class Dense:
    """Sizes from the input on; one activation and one kind of bias for each layer after it.

    `softmax` says whether the Jacobian's cross terms count (`full`) or only its diagonal (`diagonal`); it is None
    without a softmax. Raises NetworkError where the parts do not fit.
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    softmax: SoftmaxRule | None = None
    biases: tuple[BiasKind, ...] = ()

    def __post_init__(self) -> None:
        if not self.biases:
            object.__setattr__(self, "biases", ("none",) * self.layers)
        require_sizes(self.sizes)
        for place, given in (("activations", self.activations), ("biases", self.biases)):
            if len(given) != self.layers:
                raise NetworkError(
                    f"{len(given)} {place} for {self.layers} layers after the input",
                    place=f"network.{place}",
                    expected=f"{self.layers}",
                )
        self._check_names()

    def _check_names(self) -> None:
        for number, activation in enumerate(self.activations, 1):
            last = number == self.layers
            if activation == "softmax" and last:
                continue
            if activation not in FUNCTIONS:
                hint = "softmax works only in the last layer" if activation == "softmax" else None
                raise NetworkError(
                    f"layer {number} has the activation {found_text(activation)}",
                    place="network.activations",
                    expected=", ".join([*FUNCTIONS, "softmax (last layer)"]),
                    remedy=hint,
                )
        if self.loss not in LOSSES:
            remedy = None
            if self.loss.lower() in ("mse", "mean_square_error"):
                remedy = "write which one is meant: they differ by a factor of 2 or of the number of outputs"
            raise NetworkError(
                f"loss {found_text(self.loss)}", place="network.loss", expected=", ".join(LOSSES), remedy=remedy
            )
        if not self.has_softmax and self.softmax is not None:
            raise NetworkError(
                f"softmax = {found_text(self.softmax)} without a softmax layer",
                place="network.softmax",
                remedy='take the key away, or make the last activation "softmax"',
            )
        if self.has_softmax and self.softmax not in get_args(SoftmaxRule):
            raise NetworkError(
                f"softmax = {found_text(self.softmax)}",
                place="network.softmax",
                expected='"full" (all cross terms) or "diagonal" (only dyhat_k/da_k)',
                remedy="the answer depends on it, so it has no default",
            )
        for kind in self.biases:
            if kind not in get_args(BiasKind):
                raise NetworkError(f"bias kind {kind!r}", place="network.biases", expected="none, unit or layer")

    @property
    def layers(self) -> int:
        """Layers after the input."""
        return len(self.sizes) - 1

    @property
    def has_softmax(self) -> bool:
        """True if the output layer is a softmax."""
        return self.activations[-1:] == ("softmax",)

    @property
    def gives_probabilities(self) -> bool:
        """True if every output lies between 0 and 1."""
        return self.activations[-1] in PROBABILITIES

    def units(self, layer: int) -> range:
        """Unit numbers of a layer (0 is the input)."""
        return range(1, self.sizes[layer] + 1)

    def parameters(self) -> Iterator[str]:
        """Keys of all weights and biases, layer by layer, weights by row."""
        for layer in range(1, self.layers + 1):
            for to in self.units(layer):
                for source in self.units(layer - 1):
                    yield weight_key(layer, to, source)
            yield from self.bias_keys(layer)

    def alike(self, parameter: str) -> list[str]:
        """The other parameters of the same letter and layer."""
        family = symbol(parameter).family
        return [key for key in self.parameters() if key != parameter and symbol(key).family == family]

    def bias_keys(self, layer: int) -> list[str]:
        """Keys of a layer's biases: none, one, or one for each unit."""
        kind = self.biases[layer - 1]
        if kind == "layer":
            return [f"b{layer}"]
        return [f"b{layer}_{unit}" for unit in self.units(layer)] if kind == "unit" else []

    def givens(self) -> Iterator[str]:
        """Keys of inputs, parameters and targets, in the order of every givens array."""
        for unit in self.units(0):
            yield f"x_{unit}"
        yield from self.parameters()
        for unit in self.units(self.layers):
            yield f"y_{unit}"

    def tables(self) -> tuple[GivenTable, ...]:
        """Weights, biases, inputs and targets as they are printed: matrices as [to][from], the rest as columns."""
        return _tables(self)

    def graph(self) -> Graph:
        """The scalar graph of the network."""
        return _graph(self)

    def parameters_in_words(self) -> str:
        """The first weight and the last, and the first biases."""
        last = weight_key(self.layers, self.sizes[-1], self.sizes[-2])
        biases = [key for layer in range(1, self.layers + 1) for key in self.bias_keys(layer)]
        weights = f"a weight from {next(self.parameters())} to {last} (layer, to, from)"
        return weights + (f" or a bias ({', '.join(biases[:6])})" if biases else "; it has no biases")

    def picture(self) -> list[list[str]]:
        """The circles of its picture, column by column: a unit is one circle, but a softmax has a column of its own.

        With all cross terms paths cross between the pre-activations and the outputs of a softmax.
        """
        columns = [[self.output_key(layer, unit) for unit in self.units(layer)] for layer in range(self.layers + 1)]
        if self.has_softmax:
            columns.insert(-1, [self.preactivation_key(self.layers, unit) for unit in self.units(self.layers)])
        return [*columns, ["L"]]

    def circle_of(self, key: str) -> str | None:
        """The circle in which a value stands, an exponential in its pre-activation's; None for parameters and sums."""
        name = symbol(key)
        if name.letter in ("x", "h", "yhat", "L"):
            return key
        if name.letter not in ("a", "e") or name.layer is None:
            return None
        own = self.has_softmax and name.layer == self.layers
        return replace(name, letter="a").key if own else self.output_key(name.layer, *name.index)

    def layer_of(self, key: str) -> int | None:
        """The layer of a value or parameter."""
        name = symbol(key)
        # Only the network's own outputs have no layer in their names.
        return self.layers if name.letter == "yhat" else name.layer

    def where(self, parameter: str) -> list[PhrasePart]:
        """What a weight joins, or which unit or layer a bias belongs to."""
        name = symbol(parameter)
        layer = name.layer or self.layers
        if not name.index:
            units = "output units" if layer == self.layers else f"units of hidden layer {layer}"
            return [PhrasePart(f"the bias that the {units} share")]
        to = name.index[0]
        unit = [PhrasePart(f"{to}", "number"), PhrasePart(", "), PhrasePart(self.output_key(layer, to), "symbol")]
        if layer == self.layers:
            unit = [PhrasePart("output unit "), *unit]
        elif self.layers == 2:
            unit = [PhrasePart("hidden unit "), *unit]
        else:
            unit = [PhrasePart("unit "), unit[0], PhrasePart(f" of hidden layer {layer}, "), unit[-1]]
        if name.letter == "b":
            return [PhrasePart("the bias of "), *unit]
        source = PhrasePart(self.output_key(layer - 1, name.index[1]), "symbol")
        return [PhrasePart("the weight from "), source, PhrasePart(" to "), *unit]

    def conventions(self) -> Conventions:
        """Loss, functions (hidden layers that follow each other with the same one together), softmax, biases."""
        used: list[tuple[str, list[int]]] = []
        for layer, name in enumerate(self.activations, 1):
            if used and used[-1][0] == name and layer < self.layers:
                used[-1][1].append(layer)
            else:
                used.append((name, [layer]))
        functions = tuple(self._use(name, layers) for name, layers in used)
        return Conventions(self.loss, functions, self.softmax, any(kind != "none" for kind in self.biases))

    def _use(self, function: str, layers: list[int]) -> FunctionUse:
        first = layers[0]
        if first == self.layers:
            return FunctionUse("output", function, Symbol("yhat"), first)
        numbers = f"hidden layer{'s' if len(layers) > 1 else ''} {' and '.join(map(str, layers))}"
        return FunctionUse("hidden units" if self.layers == 2 else numbers, function, Symbol("h"), first)

    @property
    def summary(self) -> str:
        """Its sizes, functions and softmax rule on a line."""
        softmax = f" ({self.softmax})" if self.softmax else ""
        return f"{'-'.join(map(str, self.sizes))} network, {', '.join(self.activations)}{softmax}"

    def preactivation_key(self, layer: int, unit: int) -> str:
        """Key of what comes into a unit: `a2_1`."""
        return Symbol("a", layer, (unit,)).key

    def output_key(self, layer: int, unit: int) -> str:
        """Key of a unit's output: an input, a hidden activation, or the network's own output."""
        if layer == 0:
            return f"x_{unit}"
        return f"yhat_{unit}" if layer == self.layers else f"h{layer}_{unit}"


Architecture = Dense
"""What `Dense` is called in notebooks of before."""


def dense(model: Model) -> Dense:
    """The model as a dense network: the only kind that files can write so far; raises NetworkError for another."""
    if isinstance(model, Dense):
        return model
    raise NetworkError(f"a network that files cannot write: {model.summary}", expected="a dense network")


@lru_cache(maxsize=256)
def _tables(network: Dense) -> tuple[GivenTable, ...]:
    layers = range(1, network.layers + 1)
    weights = [
        GivenTable(
            Symbol("W", layer),
            tuple(
                tuple(weight_key(layer, to, source) for source in network.units(layer - 1))
                for to in network.units(layer)
            ),
            "weights",
        )
        for layer in layers
    ]
    biases = [
        GivenTable(Symbol("b", layer), tuple((key,) for key in keys), "biases")
        for layer in layers
        if (keys := network.bias_keys(layer))
    ]
    inputs = GivenTable(Symbol("x"), tuple((f"x_{unit}",) for unit in network.units(0)), "inputs")
    targets = GivenTable(Symbol("y"), tuple((f"y_{unit}",) for unit in network.units(network.layers)), "targets")
    return (*weights, *biases, inputs, targets)


@lru_cache(maxsize=256)
def _graph(network: Dense) -> Graph:
    nodes: dict[str, Node] = {}
    for layer in range(1, network.layers + 1):
        biases = network.bias_keys(layer)
        before = [network.output_key(layer - 1, unit) for unit in network.units(layer - 1)]
        activation = network.activations[layer - 1]
        function = FUNCTIONS.get(activation)
        affine = "affine" if function is None or function.kink is None else "affine_before_kink"
        rule = activation if function else f"softmax_{network.softmax}"
        units = list(network.units(layer))
        for unit in units:
            inputs = [key for source, value in enumerate(before, 1) for key in (weight_key(layer, unit, source), value)]
            if biases:
                inputs.append(biases[0] if network.biases[layer - 1] == "layer" else biases[unit - 1])
            key = network.preactivation_key(layer, unit)
            nodes[key] = Node(key, affine, tuple(inputs), "preactivation")
        together = tuple(network.preactivation_key(layer, unit) for unit in units)
        for unit in units:
            own = together if function is None else (together[unit - 1],)
            key = network.output_key(layer, unit)
            nodes[key] = Node(key, rule, own, "activation", unit - 1)
    outputs = network.units(network.layers)
    pairs = tuple(key for unit in outputs for key in (f"yhat_{unit}", f"y_{unit}"))
    nodes["L"] = Node("L", network.loss, pairs, "loss_value")
    return Graph(MappingProxyType(nodes), RULES)


def require_sizes(sizes: Sequence[int]) -> None:
    """Raise NetworkError unless the sizes, the input's first, are those of a network that can be worked with."""
    if 2 <= len(sizes) <= _MOST_LAYERS and all(1 <= n <= _MOST_UNITS for n in sizes):
        return
    raise NetworkError(
        f"sizes {found_text(list(sizes))} make no network",
        place="network.sizes",
        expected=f"2 to {_MOST_LAYERS} layers, the input included, of 1 to {_MOST_UNITS} units each",
    )


def weight_key(layer: int, to: int, source: int) -> str:
    """`w1_31`: layer 1, to unit 3, from input 1; with a comma where an index is above 9.

    >>> weight_key(1, 3, 1), weight_key(1, 12, 1)
    ('w1_31', 'w1_12,1')
    """
    return Symbol("w", layer, (to, source)).key
