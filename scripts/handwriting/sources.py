"""Handwritten digits from openly licensed data sets, parted into hands to learn from and hands kept back.

The files are not in the repository: docs/handwriting.md says where each comes from and on which terms.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

HELD_BACK = {"mnist": 1 / 6, "optdigits": 1 / 5, "pendigits": 3_498 / 10_992}
"""The share of each digit, counted from its end, that nobody learns from; of pendigits its test set's writers."""


@dataclass(frozen=True, slots=True)
class Digits:
    """Digits of one data set: ``of[d]`` are bitmaps (float32, ink 0 to 1, cropped) or pen traces (points, 2)."""

    name: str
    of: tuple[tuple[np.ndarray, ...], ...]

    @property
    def traced(self) -> bool:
        """Whether its digits are traces of a pen."""
        return self.of[0][0].shape[1] == 2


def learned_from(folder: Path) -> tuple[Digits, ...]:
    """The digits to train on."""
    return tuple(_part(_all(folder, name), 0, 1 - share) for name, share in HELD_BACK.items())


def held_back(folder: Path) -> tuple[Digits, ...]:
    """Digits of the same sets that nobody learned from, and USPS, which is for checks alone."""
    return (*(_part(_all(folder, name), 1 - share, 1) for name, share in HELD_BACK.items()), _all(folder, "usps"))


def _part(digits: Digits, start: float, end: float) -> Digits:
    return Digits(digits.name, tuple(some[round(start * len(some)) : round(end * len(some))] for some in digits.of))


def _all(folder: Path, name: str) -> Digits:
    if name == "pendigits":
        rows = np.loadtxt(folder / "pendigits.csv", delimiter=",", skiprows=1, dtype=str)
        values = np.char.strip(rows, '"').astype(int)[:, 1:]
        traces = values[:, :16].reshape(-1, 8, 2).astype(np.float32) / 100
        traces[..., 1] = 1 - traces[..., 1]
        return Digits(name, _by_digit(list(traces), values[:, 16]))
    with np.load(folder / f"{name}_train.npz") as data:
        images, labels = data["x"], data["y"]
    ink = images.astype(np.float32) / images.max()
    return Digits(name, _by_digit([_cropped(image) for image in ink], labels))


def _by_digit(examples: list[np.ndarray], labels: np.ndarray) -> tuple[tuple[np.ndarray, ...], ...]:
    return tuple(
        tuple(example for example, label in zip(examples, labels, strict=True) if label == digit) for digit in range(10)
    )


def _cropped(image: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(image > 0.2)
    return np.ascontiguousarray(image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
