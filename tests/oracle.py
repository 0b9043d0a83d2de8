"""The independent truth: dense networks written as array code, differentiated by HIPS autograd.

Nothing here knows a derivative. A network is a forward function; its gradients come from reverse mode, and once more
from central differences. Values carry the same names as everywhere (`w1_31`, `b1_3`, `b1`, `x_1`, `y_1`), and that is
all that is shared with the code under test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad

Parameters = dict[str, Any]


@dataclass(frozen=True)
class Network:
    """A dense network: sizes from the input on, the rest one entry for each later layer."""

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    softmax: str | None
    biases: tuple[str, ...]
    combined: bool = False
    """Whether loss and output function are one step, which changes no value and no gradient."""
    keep: float | None = None
    """With dropout, the share of hidden units that is kept."""
    constant: float | None = None
    """What a bias of a unit multiplies, where it is the weight of a constant input."""
    skips: tuple[tuple[int, int], ...] = ()
    """From which layer (0 is the input) to which what leaves a unit is added."""
    skip_added: str | None = None
    """Whether that is added before the layer's function or after it."""

    @property
    def layers(self) -> range:
        return range(1, len(self.sizes))


def weight_name(layer: int, to: int, source: int) -> str:
    return f"w{layer}_{to},{source}" if to > 9 or source > 9 else f"w{layer}_{to}{source}"


def parameter_names(network: Network) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Each parameter's name with the array (`W1`, `b1`) and the place in it that hold its value."""
    names: dict[str, tuple[str, tuple[int, ...]]] = {}
    for layer in network.layers:
        for to in range(network.sizes[layer]):
            for source in range(network.sizes[layer - 1]):
                names[weight_name(layer, to + 1, source + 1)] = (f"W{layer}", (to, source))
        if network.biases[layer - 1] == "layer":
            names[f"b{layer}"] = (f"b{layer}", ())
        elif network.biases[layer - 1] == "unit":
            for to in range(network.sizes[layer]):
                names[f"b{layer}_{to + 1}"] = (f"b{layer}", (to,))
    return names


def arrays(network: Network, values: Mapping[str, float]) -> Parameters:
    """The parameters as one array for each layer's weights and biases; a shared bias is a single number."""
    parameters: Parameters = {}
    for layer in network.layers:
        parameters[f"W{layer}"] = np.zeros((network.sizes[layer], network.sizes[layer - 1]))
        if network.biases[layer - 1] != "none":
            shape = () if network.biases[layer - 1] == "layer" else (network.sizes[layer],)
            parameters[f"b{layer}"] = np.zeros(shape)
    for name, (array, place) in parameter_names(network).items():
        parameters[array][place] = values[name]
    for layer in network.layers[:-1] if network.keep else ():
        parameters[f"mask{layer}"] = _vector(f"mask{layer}", network.sizes[layer], values)
    return parameters


def _vector(letter: str, length: int, values: Mapping[str, float]) -> np.ndarray:
    return np.array([values[f"{letter}_{n}"] for n in range(1, length + 1)])


def _activate(name: str, a: Any) -> Any:
    if name == "sigmoid":
        return 1 / (1 + anp.exp(-a))
    if name == "tanh":
        return anp.tanh(a)
    if name == "relu":
        return anp.where(a > 0, a, 0.0)
    if name == "leaky_relu":
        return anp.where(a > 0, a, a / 10)
    if name == "softplus":
        return anp.log(1 + anp.exp(a))
    if name == "linear":
        return a
    raise ValueError(name)


def _softmax(a: Any, held: np.ndarray | None) -> Any:
    """Softmax; with `held` logits every output sees only its own logit vary (the diagonal convention)."""
    if held is None:
        return anp.exp(a) / anp.sum(anp.exp(a))
    outputs = []
    for k in range(len(held)):
        others = sum(np.exp(held[j]) for j in range(len(held)) if j != k)
        outputs.append(anp.exp(a[k]) / (anp.exp(a[k]) + others))
    return anp.array(outputs)


def target_name(network: Network, unit: int) -> str:
    """What an output is held against: its target, or the derivative by it that is given."""
    return f"{'g' if network.loss == 'given_gradient' else 'y'}_{unit}"


def _targets(network: Network, values: Mapping[str, float]) -> np.ndarray:
    return np.array([values[target_name(network, unit)] for unit in range(1, network.sizes[-1] + 1)])


def _loss(name: str, y: np.ndarray, yhat: Any) -> Any:
    if name == "squared_error":
        return anp.sum((y - yhat) ** 2)
    if name == "half_squared_error":
        return anp.sum((y - yhat) ** 2) / 2
    if name == "mean_squared_error":
        return anp.mean((y - yhat) ** 2)
    if name == "huber":
        return anp.sum(anp.where(anp.abs(y - yhat) < 1, (y - yhat) ** 2 / 2, anp.abs(y - yhat) - 0.5))
    if name == "given_gradient":
        return anp.dot(y, yhat)
    if name == "cross_entropy":
        return -anp.sum(y * anp.log(yhat))
    if name == "binary_cross_entropy":
        return -anp.sum(y * anp.log(yhat) + (1 - y) * anp.log(1 - yhat))
    raise ValueError(name)


def run(network: Network, parameters: Parameters, x: Any, held: np.ndarray | None = None) -> tuple[list[Any], Any]:
    """Pre-activations of every layer, and the outputs of the last."""
    signal, inside, sent = x, [], {0: x}
    sources = {target: source for source, target in network.skips}
    for layer, activation in zip(network.layers, network.activations, strict=True):
        a = anp.dot(parameters[f"W{layer}"], signal)
        if f"b{layer}" in parameters:
            a = a + parameters[f"b{layer}"] * (network.constant or 1.0)
        if layer in sources and network.skip_added == "before":
            a = a + sent[sources[layer]]
        inside.append(a)
        signal = _softmax(a, held) if activation == "softmax" else _activate(activation, a)
        if layer in sources and network.skip_added == "after":
            signal = signal + sent[sources[layer]]
        if f"mask{layer}" in parameters:
            signal = signal * parameters[f"mask{layer}"] / network.keep
        sent[layer] = signal
    return inside, signal


def forward(network: Network, values: Mapping[str, float]) -> dict[str, float]:
    """Every pre-activation, hidden output, network output and the loss, by name."""
    x = _vector("x", network.sizes[0], values)
    parameters = arrays(network, values)
    inside, yhat = run(network, parameters, x)
    found: dict[str, float] = {}
    sent, sources = {0: x}, {target: source for source, target in network.skips}
    for layer, a in zip(network.layers, inside, strict=True):
        last = layer == network.layers[-1]
        h = yhat if last else _activate(network.activations[layer - 1], a)
        if layer in sources and network.skip_added == "after":
            found |= {f"f{layer}_{unit}": float(given) for unit, given in enumerate(h, 1)}
            h = h + sent[sources[layer]]
        sent[layer] = h
        for unit in range(1, network.sizes[layer] + 1):
            found[f"a{layer}_{unit}"] = float(a[unit - 1])
            found[f"yhat_{unit}" if last else f"h{layer}_{unit}"] = float(h[unit - 1])
            if network.keep and not last:
                found[f"htilde{layer}_{unit}"] = float(h[unit - 1]) * values[f"mask{layer}_{unit}"] / network.keep
        if network.keep and not last:
            sent[layer] = h * parameters[f"mask{layer}"] / network.keep
    if network.loss != "none":
        found["L"] = float(_loss(network.loss, _targets(network, values), yhat))
    return found


def _objective(network: Network, values: Mapping[str, float]) -> Any:
    x = _vector("x", network.sizes[0], values)
    y = _targets(network, values)
    held = run(network, arrays(network, values), x)[0][-1] if network.softmax == "diagonal" else None
    return lambda parameters: _loss(network.loss, y, run(network, parameters, x, held)[1])


def gradients(network: Network, values: Mapping[str, float]) -> dict[str, float]:
    """The gradient of every parameter, by reverse mode."""
    found = grad(_objective(network, values))(arrays(network, values))
    return {name: float(found[array][place]) for name, (array, place) in parameter_names(network).items()}


def inner_gradients(network: Network, values: Mapping[str, float]) -> dict[str, float]:
    """The gradient by every input and every pre-activation: by what is added to each, at 0."""
    parameters = arrays(network, values)
    x, y = _vector("x", network.sizes[0], values), _targets(network, values)
    held = run(network, parameters, x)[0][-1] if network.softmax == "diagonal" else None

    def objective(added: list[Any]) -> Any:
        moved = dict(parameters)
        for layer, more in zip(network.layers, added[1:], strict=True):
            moved[f"b{layer}"] = parameters.get(f"b{layer}", 0.0) + more
        return _loss(network.loss, y, run(network, moved, x + added[0], held)[1])

    found = grad(objective)([np.zeros(size) for size in network.sizes])
    named = {f"x_{unit + 1}": float(slope) for unit, slope in enumerate(found[0])}
    for layer, slopes in zip(network.layers, found[1:], strict=True):
        named |= {f"a{layer}_{unit + 1}": float(slope) for unit, slope in enumerate(slopes)}
    return named


def central_difference(network: Network, values: Mapping[str, float], name: str, step: float = 1e-4) -> float:
    """One parameter's gradient by Richardson's extrapolation of two central differences."""
    objective = _objective(network, values)

    def slope(width: float) -> float:
        ends = [objective(arrays(network, {**values, name: values[name] + side * width})) for side in (1, -1)]
        return float(ends[0] - ends[1]) / (2 * width)

    return (4 * slope(step / 2) - slope(step)) / 3
