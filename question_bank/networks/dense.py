"""A dense network: its architecture (shape, functions, conventions) and the names of its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from question_bank.errors import NetworkError, found_text
from question_bank.networks.functions import FUNCTIONS, PROBABILITIES
from question_bank.networks.losses import LOSSES
from question_bank.networks.names import Symbol, symbol

SoftmaxRule = Literal["full", "diagonal"]
BiasKind = Literal["none", "unit", "layer"]

_MOST_UNITS = 1000
_MOST_LAYERS = 50


@dataclass(frozen=True, slots=True)
class GivenTable:
    """Givens that are printed together: what heads them, and their keys row by row."""

    heading: Symbol
    cells: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Architecture:
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

    def tables(self) -> list[GivenTable]:
        """Weights, biases, inputs and targets as they are printed: matrices as [to][from], the rest as columns."""
        weights = [
            GivenTable(
                Symbol("W", layer),
                tuple(
                    tuple(weight_key(layer, to, source) for source in self.units(layer - 1)) for to in self.units(layer)
                ),
            )
            for layer in range(1, self.layers + 1)
        ]
        biases = [
            GivenTable(Symbol("b", layer), tuple((key,) for key in keys))
            for layer in range(1, self.layers + 1)
            if (keys := self.bias_keys(layer))
        ]
        inputs = GivenTable(Symbol("x"), tuple((f"x_{unit}",) for unit in self.units(0)))
        return [*weights, *biases, inputs, GivenTable(Symbol("y"), tuple((f"y_{n}",) for n in self.units(self.layers)))]

    def picture(self) -> list[list[str]]:
        """The circles of its picture, column by column: a unit is one circle, but a softmax has a column of its own.

        With all cross terms paths cross between the pre-activations and the outputs of a softmax.
        """
        columns = [[self.output_key(layer, unit) for unit in self.units(layer)] for layer in range(self.layers + 1)]
        if self.has_softmax:
            columns.insert(-1, [self.preactivation_key(self.layers, unit) for unit in self.units(self.layers)])
        return [*columns, ["L"]]

    def circle_of(self, key: str) -> str:
        """The circle in which a value stands."""
        name = symbol(key)
        if name.letter != "a" or name.layer is None or (self.has_softmax and name.layer == self.layers):
            return key
        return self.output_key(name.layer, *name.index)

    def preactivation_key(self, layer: int, unit: int) -> str:
        """Key of what comes into a unit: `a2_1`."""
        return Symbol("a", layer, (unit,)).key

    def output_key(self, layer: int, unit: int) -> str:
        """Key of a unit's output: an input, a hidden activation, or the network's own output."""
        if layer == 0:
            return f"x_{unit}"
        return f"yhat_{unit}" if layer == self.layers else f"h{layer}_{unit}"


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
