"""The first reader: a net of convolutions over the whole box, run in NumPy with weights from a file.

Trained by scripts/handwriting/train.py; what it was trained on and how well it reads stands in docs/handwriting.md.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float32]

ALPHABET = "0123456789-.,/ex#+"
"""What is told apart: digits and signs, a power of ten's letter or times sign, and ``#``, which is no character."""

STEP = 4
"""Pixels of the box's width for each step of the net's answer."""


@dataclass(frozen=True, slots=True)
class ConvolutionLayer:
    """A convolution with its ReLU: kernel (rows, columns, in, out), shift (out), stride, padding, rows pooled by."""

    kernel: Array
    shift: Array
    stride: int
    padded: bool
    pooled_rows: int


@dataclass(frozen=True, slots=True)
class ReadingNet:
    """The convolutions, and the last layer (channels, classes) over each step."""

    layers: tuple[ConvolutionLayer, ...]
    last_kernel: Array
    last_shift: Array


SHAPE = ((2, True, 1), (2, True, 1), (1, True, 2), (1, True, 1), (1, False, 1), (1, True, 1))
"""Stride, padding and pooling of each layer, as scripts/handwriting/net.py trains them."""


@cache
def shipped_net() -> ReadingNet:
    """The net that ships with the program."""
    with (files(__package__) / "weights.npz").open("rb") as file, np.load(file) as arrays:
        return net_from({name: arrays[name] for name in arrays.files})


def net_from(arrays: dict[str, NDArray[np.float16]]) -> ReadingNet:
    """The net of arrays as the training writes them (float16)."""
    wide = {name: array.astype(np.float32) for name, array in arrays.items()}
    layers = tuple(
        ConvolutionLayer(wide[f"kernel{index}"], wide[f"shift{index}"], stride, padded, pooled)
        for index, (stride, padded, pooled) in enumerate(SHAPE)
    )
    return ReadingNet(layers, wide[f"kernel{len(SHAPE)}"], wide[f"shift{len(SHAPE)}"])


def step_log_probabilities(net: ReadingNet, ink: Array) -> Array:
    """For each of the width's steps the logarithm of each character's probability (boxes, steps, 1 + characters).

    ``ink`` is (boxes, 40, width); class 0 is no character.
    """
    value = ink[..., None]
    for layer in net.layers:
        value = np.maximum(_convolved(value, layer) + layer.shift, 0)
        if layer.pooled_rows > 1:
            boxes, rows, columns, channels = value.shape
            kept = rows // layer.pooled_rows
            value = (
                value[:, : kept * layer.pooled_rows]
                .reshape(boxes, kept, layer.pooled_rows, columns, channels)
                .max(axis=2)
            )
    scores = value[:, 0] @ net.last_kernel + net.last_shift
    scores -= scores.max(axis=-1, keepdims=True)
    normalised: Array = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return normalised


def _convolved(value: Array, layer: ConvolutionLayer) -> Array:
    rows, columns, inside, outside = layer.kernel.shape
    if layer.padded:
        value = np.pad(
            value,
            (
                (0, 0),
                _padding(value.shape[1], rows, layer.stride),
                _padding(value.shape[2], columns, layer.stride),
                (0, 0),
            ),
        )
    windows = sliding_window_view(value, (rows, columns), axis=(1, 2))[:, :: layer.stride, :: layer.stride]
    flat = windows.transpose(0, 1, 2, 4, 5, 3).reshape(*windows.shape[:3], rows * columns * inside)
    product: Array = flat @ layer.kernel.reshape(-1, outside)
    return product


def _padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after, so that every stride begins inside; of an odd number the smaller part comes first."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
