"""Random convolutions, and the truth about them: arrays cut into windows, differentiated by HIPS autograd.

Nothing here knows a derivative, nor where a scalar goes: an entry of a map is a sum, a maximum or a mean over a slice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad

from question_bank.networks.convolution import Convolution

FUNCTIONS: dict[str, Any] = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: anp.where(z > 0, z, 0.0),
    "leaky_relu": lambda z: anp.where(z > 0, z, z / 10),
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
}
LOSSES: dict[str, Any] = {
    "squared_error": lambda y, out: anp.sum((y - out) ** 2),
    "half_squared_error": lambda y, out: anp.sum((y - out) ** 2) / 2,
    "mean_squared_error": lambda y, out: anp.mean((y - out) ** 2),
    "huber": lambda y, out: anp.sum(anp.where(anp.abs(y - out) < 1, (y - out) ** 2 / 2, anp.abs(y - out) - 0.5)),
    "given_gradient": lambda g, out: anp.sum(g * out),
}
Arrays = dict[str, Any]
"""`x` and `k` as (channel, …), `w` and `y` as the last map (`y` a number behind a linear unit), `b` a number."""


@dataclass(frozen=True)
class Example:
    """A network with its numbers."""

    model: Convolution
    arrays: Arrays

    def values(self) -> dict[str, float]:
        """The numbers by their names in files."""
        return named(self.model, self.arrays)

    def run(self, arrays: Arrays) -> dict[str, Any]:
        """The maps, the output and the loss."""
        model, found = self.model, {}
        signal = arrays["x"][0]
        if model.kernel:
            border = [(0, 0), *((model.padding, model.padding) for _ in model.size)]
            around = np.zeros([low + size + high for (low, high), size in zip(border, arrays["x"].shape, strict=True)])
            place = tuple(slice(low, low + size) for (low, _), size in zip(border, arrays["x"].shape, strict=True))
            x = arrays["x"] + 0.0 if not model.padding else _put(around.shape, place, arrays["x"])
            steps = (model.stride,) * len(model.size)
            cut = windows(x.shape[1:], model.kernel, steps)
            signal = anp.array([anp.sum(arrays["k"] * x[(slice(None), *at)]) + arrays["b"] for at in cut])
            shape = counts(x.shape[1:], model.kernel, steps)
            found["z"] = signal = anp.reshape(signal, shape)
            if model.function != "linear":
                found["h"] = signal = FUNCTIONS[model.function](signal)
        if model.pooling:
            steps = model.window if model.pooling_stride is None else (model.pooling_stride,) * len(model.window)
            pool = anp.max if model.pooling == "max" else anp.mean
            pooled = anp.array([pool(signal[at]) for at in windows(signal.shape, model.window, steps)])
            found["p"] = signal = anp.reshape(pooled, counts(signal.shape, model.window, steps))
        if model.head:
            found["yhat"] = signal = anp.sum(arrays["w"] * signal)
        found["L"] = LOSSES[model.loss](arrays["y"], signal)
        return found

    def forward(self) -> dict[str, float]:
        return named(self.model, self.run(self.arrays))

    def gradients(self) -> dict[str, float]:
        """By every parameter and every input."""
        found = grad(lambda arrays: self.run(arrays)["L"])(self.arrays)
        return named(self.model, {name: found[name] for name in ("x", "k", "b", "w")})


def _put(shape: tuple[int, ...], place: tuple[slice, ...], x: Any) -> Any:
    """An array among zeros: its entries spread by matrices of zeros and ones, which autograd can follow."""
    for axis, (size, at) in enumerate(zip(shape, place, strict=True)):
        spread = np.zeros((size, x.shape[axis]))
        spread[np.arange(at.start, at.stop), np.arange(x.shape[axis])] = 1
        x = anp.moveaxis(anp.tensordot(spread, x, axes=(1, axis)), 0, axis)
    return x


def counts(shape: tuple[int, ...], window: tuple[int, ...], steps: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(len(range(0, size - long + 1, step)) for size, long, step in zip(shape, window, steps, strict=True))


def windows(shape: tuple[int, ...], window: tuple[int, ...], steps: tuple[int, ...]) -> list[tuple[slice, ...]]:
    starts = [range(0, size - long + 1, step) for size, long, step in zip(shape, window, steps, strict=True)]
    return [tuple(slice(at, at + long) for at, long in zip(corner, window, strict=True)) for corner in product(*starts)]


def named(model: Convolution, arrays: Mapping[str, Any]) -> dict[str, float]:
    """The entries of arrays by their names in files."""
    found: dict[str, float] = {}
    for letter, array in arrays.items():
        letter_ = "g" if letter == "y" and model.loss == "given_gradient" else letter
        values = np.asarray(array)
        if letter in ("x", "k") and model.channels == 1:
            values = values[0]
        for place in np.ndindex(values.shape):
            numbers = [str(n + 1) for n in place]
            joined = ("" if letter == "w" else ",").join(numbers)
            found[f"{letter_}_{joined}" if numbers else letter_] = float(values[place])
    return found


def random_example(rng: np.random.Generator) -> Example:
    """One or two dimensions, up to two channels, any stride and border that fit, any function, pooling and ending."""
    dimensions = int(rng.integers(1, 3))
    size = tuple(int(n) for n in rng.integers(2, 7 if dimensions == 1 else 5, dimensions))
    pooling = str(rng.choice(["", "", "max", "average"])) or None
    kernel = tuple(int(rng.integers(1, min(n, 3) + 1)) for n in size) if not pooling or rng.random() < 0.8 else ()
    fields: dict[str, Any] = {"loss": str(rng.choice(list(LOSSES))), "head": bool(rng.random() < 0.5)}
    if kernel:
        padding = int(rng.integers(0, min(kernel)))
        fields |= {
            "channels": int(rng.integers(1, 3)),
            "padding": padding,
            "stride": _fitting(rng, size, kernel, padding),
            "bias": bool(rng.random() < 0.5),
            "function": str(rng.choice(list(FUNCTIONS))),
        }
    model = Convolution(size, kernel, **{**fields, "pooling": None}) if kernel else None
    pooled = size if model is None else model.map_shape
    if pooling and max(pooled) > 1:
        window = tuple(int(rng.integers(1, n + 1)) for n in pooled)
        window = window if max(window) > 1 else pooled
        stride = None
        if any(n % long for n, long in zip(pooled, window, strict=True)) or rng.random() < 0.5:
            stride = _fitting(rng, pooled, window, 0)
        fields |= {"pooling": pooling, "window": window, "pooling_stride": stride}
    elif model is None:
        return random_example(rng)
    model = Convolution(size, kernel, **fields)
    last = () if model.head else model.last_shape
    arrays: Arrays = {
        "x": rng.normal(0, 1.2, (model.channels, *size)),
        "k": rng.normal(0, 1, (model.channels, *kernel)) if kernel else np.zeros((1,)),
        "b": float(rng.normal()) if model.bias else 0.0,
        "w": rng.normal(0, 1, model.last_shape) if model.head else np.zeros(()),
        "y": rng.normal(0, 1, last),
    }
    return Example(model, arrays)


def _fitting(rng: np.random.Generator, size: tuple[int, ...], window: tuple[int, ...], padding: int) -> int:
    rests = [n + 2 * padding - long for n, long in zip(size, window, strict=True)]
    return int(rng.choice([n for n in range(1, max(*rests, 1) + 1) if all(rest % n == 0 for rest in rests)]))


def tame(example: Example) -> bool:
    """Whether no value is near a kink, and no two of a window are nearly its largest."""
    found = example.run(example.arrays)
    model = example.model
    if "z" in found and np.min(np.abs(found["z"])) < 1e-3:
        return False
    outputs = [found[name] for name in ("yhat", "p", "h", "z") if name in found][:1]
    if model.loss == "huber" and outputs and np.min(np.abs(np.abs(example.arrays["y"] - outputs[0]) - 1)) < 1e-3:
        return False
    if model.pooling != "max":
        return True
    below = found.get("h", found.get("z", example.arrays["x"][0]))
    steps = model.window if model.pooling_stride is None else (model.pooling_stride,) * len(model.window)
    for at in windows(below.shape, model.window, steps):
        entries = np.sort(np.ravel(below[at]))
        if len(entries) > 1 and entries[-1] - entries[-2] < 1e-3:
            return False
    return True


def without_loss_of_its_own(example: Example) -> Example:
    """The same with its derivatives at the output given."""
    return replace(example, model=replace(example.model, loss="given_gradient"))
