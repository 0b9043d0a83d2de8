"""The net that reads a box: convolutions over the picture, then for every 4 pixels of its width a character or none.

Trained with connectionist temporal classification (Graves et al. 2006). Written for JAX, which trains it with or
without an accelerator; the program that reads needs NumPy alone, see grader/scans/reading/net.py.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from grader.scans.reading.net import ALPHABET

CLASSES = 1 + len(ALPHABET)
"""Class 0 is no character."""

LAYERS = (
    # Kernel (rows, columns), channels in and out, stride (rows, columns), pool (rows, columns), padding.
    ((5, 5), 1, 20, (2, 2), (1, 1), "SAME"),
    ((3, 3), 20, 48, (2, 2), (1, 1), "SAME"),
    ((3, 3), 48, 64, (1, 1), (2, 1), "SAME"),
    ((3, 3), 64, 96, (1, 1), (1, 1), "SAME"),
    ((5, 1), 96, 128, (1, 1), (1, 1), "VALID"),
    ((1, 3), 128, 128, (1, 1), (1, 1), "SAME"),
)


def start(seed: int):
    """Random weights, and the running means and variances of the normalisation."""
    keys = jax.random.split(jax.random.PRNGKey(seed), len(LAYERS) + 1)
    weights, running = [], []
    for key, (kernel, inside, outside, *_) in zip(keys, LAYERS, strict=False):
        fan = kernel[0] * kernel[1] * inside
        weights.append(
            {
                "kernel": jax.random.normal(key, (*kernel, inside, outside)) * np.sqrt(2 / fan),
                "scale": jnp.ones(outside),
                "shift": jnp.zeros(outside),
            }
        )
        running.append({"mean": jnp.zeros(outside), "variance": jnp.ones(outside)})
    last = jax.random.normal(keys[-1], (LAYERS[-1][2], CLASSES)) * np.sqrt(1 / LAYERS[-1][2])
    weights.append({"kernel": last, "shift": jnp.zeros(CLASSES)})
    return weights, running


def logits(weights, running, boxes, training: bool, keep: float = 0.9):
    """Scores (boxes, steps, classes) of ink (boxes, 40, width), and the running statistics brought up to date."""
    value = boxes[..., None]
    renewed = []
    for layer, old, (_, _, _, stride, pool, padding) in zip(weights, running, LAYERS, strict=False):
        value = lax.conv_general_dilated(
            value, layer["kernel"], stride, padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        if training:
            mean, variance = value.mean((0, 1, 2)), value.var((0, 1, 2))
            renewed.append(
                {
                    "mean": keep * old["mean"] + (1 - keep) * mean,
                    "variance": keep * old["variance"] + (1 - keep) * variance,
                }
            )
        else:
            mean, variance = old["mean"], old["variance"]
        value = (value - mean) * (layer["scale"] / jnp.sqrt(variance + 1e-3)) + layer["shift"]
        value = jax.nn.relu(value)
        if pool != (1, 1):
            value = lax.reduce_window(value, -jnp.inf, lax.max, (1, *pool, 1), (1, *pool, 1), "VALID")
    return value[:, 0] @ weights[-1]["kernel"] + weights[-1]["shift"], renewed


def unfolded(arrays: dict[str, np.ndarray], boxes: np.ndarray):
    """Weights to go on from: those of a reader, with a normalisation that leaves these boxes' values as they are."""
    weights, running = start(0)
    value = jnp.asarray(boxes)[..., None]
    for index, (_, _, _, stride, pool, padding) in enumerate(LAYERS):
        kernel, shift = (
            jnp.asarray(arrays[f"kernel{index}"], jnp.float32),
            jnp.asarray(arrays[f"shift{index}"], jnp.float32),
        )
        value = lax.conv_general_dilated(value, kernel, stride, padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))
        mean, variance = value.mean((0, 1, 2)), value.var((0, 1, 2))
        weights[index] = {"kernel": kernel, "scale": jnp.sqrt(variance + 1e-3), "shift": shift + mean}
        running[index] = {"mean": mean, "variance": variance}
        value = jax.nn.relu(value + shift)
        if pool != (1, 1):
            value = lax.reduce_window(value, -jnp.inf, lax.max, (1, *pool, 1), (1, *pool, 1), "VALID")
    last = len(LAYERS)
    weights[last] = {name: jnp.asarray(arrays[f"{name}{last}"], jnp.float32) for name in ("kernel", "shift")}
    return weights, running


def folded(weights, running) -> dict[str, np.ndarray]:
    """The weights with the normalisation folded into kernels and shifts, float16, as the reader loads them."""
    arrays: dict[str, np.ndarray] = {}
    for index, (layer, stats) in enumerate(zip(weights, running, strict=False)):
        factor = np.asarray(layer["scale"]) / np.sqrt(np.asarray(stats["variance"]) + 1e-3)
        arrays[f"kernel{index}"] = (np.asarray(layer["kernel"]) * factor).astype(np.float16)
        arrays[f"shift{index}"] = (np.asarray(layer["shift"]) - np.asarray(stats["mean"]) * factor).astype(np.float16)
    arrays[f"kernel{len(LAYERS)}"] = np.asarray(weights[-1]["kernel"]).astype(np.float16)
    arrays[f"shift{len(LAYERS)}"] = np.asarray(weights[-1]["shift"]).astype(np.float16)
    return arrays
