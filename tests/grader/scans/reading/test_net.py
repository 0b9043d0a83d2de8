"""The net's layers against SciPy's correlation, and the shipped weights' shape."""

import numpy as np
import pytest
from scipy.signal import correlate2d

from grader.scans.reading.net import ALPHABET, STEP, net_from, shipped_net, step_log_probabilities


def small_net(seed: int) -> dict[str, np.ndarray]:
    """Random weights in the shapes that the training writes, with few channels."""
    rng = np.random.default_rng(seed)
    shapes = [(5, 5, 1, 3), (3, 3, 3, 4), (3, 3, 4, 3), (3, 3, 3, 2), (5, 1, 2, 3), (1, 3, 3, 4)]
    arrays = {f"kernel{place}": rng.normal(0, 0.4, shape) for place, shape in enumerate(shapes)}
    arrays |= {f"shift{place}": rng.normal(0, 0.1, shape[3]) for place, shape in enumerate(shapes)}
    return arrays | {"kernel6": rng.normal(0, 0.4, (4, 19)), "shift6": rng.normal(0, 0.1, 19)}


def convolved(value: np.ndarray, kernel: np.ndarray, shift: np.ndarray, stride: int, padded: bool) -> np.ndarray:
    """A convolution written out channel by channel: correlated in full, then cut out and thinned."""
    rows, columns, inside, outside = kernel.shape
    result = []
    for channel in range(outside):
        full = sum(correlate2d(value[..., i], kernel[..., i, channel], "full") for i in range(inside)) + shift[channel]
        if padded:
            # As TensorFlow and JAX pad "SAME": the smaller half of an odd number of zeros comes first.
            ahead = [
                max((-(-size // stride) - 1) * stride + reach - size, 0) // 2
                for size, reach in zip(value.shape, (rows, columns), strict=False)
            ]
            first = (rows - 1 - ahead[0], columns - 1 - ahead[1])
            counts = [-(-size // stride) for size in value.shape[:2]]
        else:
            first = (rows - 1, columns - 1)
            counts = [value.shape[0] - rows + 1, value.shape[1] - columns + 1]
        result.append(full[first[0] :: stride, first[1] :: stride][: counts[0], : counts[1]])
    return np.maximum(np.stack(result, axis=-1), 0)


@pytest.mark.parametrize("seed", range(3))
def test_the_net_is_its_convolutions_written_out(seed: int) -> None:
    arrays = small_net(seed)
    ink = np.random.default_rng(seed + 100).random((2, 40, 168)).astype(np.float32)
    read = step_log_probabilities(net_from(arrays), ink)
    assert read.shape == (2, 168 // STEP, 1 + len(ALPHABET))
    for box, answer in zip(ink, read, strict=True):
        value = box[..., None].astype(float)
        for place, (stride, padded) in enumerate([(2, True), (2, True), (1, True), (1, True), (1, False), (1, True)]):
            value = convolved(value, arrays[f"kernel{place}"], arrays[f"shift{place}"], stride, padded)
            if place == 2:
                value = np.maximum(value[0::2], value[1::2])
        scores = value[0] @ arrays["kernel6"] + arrays["shift6"]
        expected = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        np.testing.assert_allclose(answer, expected, atol=2e-4)


def test_the_shipped_net_gives_probabilities() -> None:
    ink = np.random.default_rng(0).random((3, 40, 168)).astype(np.float32)
    np.testing.assert_allclose(np.exp(step_log_probabilities(shipped_net(), ink)).sum(axis=2), 1, atol=1e-4)
