"""What passes between the scanner of pages and a reader of handwriting: a box's picture in, its reading out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Grey: TypeAlias = NDArray[np.uint8]
"""A picture, (rows, columns), 0 black and 255 white."""

Form: TypeAlias = Literal["number", "tick"]
"""What is written into a box: a number, or a tick or nothing."""


def picture_name(grey: Grey) -> str:
    """What a picture is called by: the same pixels, the same name."""
    return hashlib.sha256(repr(grey.shape).encode() + grey.tobytes()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Inside:
    """The frame's rectangle in a box's picture, in pixels: what is within it stands in the box."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, eq=False)
class BoxPicture:
    """A box as it came back: in even light, put straight, with a margin around its frame.

    `key` is the digest of `grey`: a reading is kept by it, so that nothing is read twice. `printed` shows the same
    place of the blank page, in the same pixels: what is on `grey` and not on it was written by hand.
    """

    key: str
    grey: Grey
    printed: Grey
    inside: Inside
    pixels: float
    """Of a millimetre."""
    form: Form


@dataclass(frozen=True, slots=True)
class BoxReading:
    """What a reader takes a box for.

    `text` are the characters, such as `-0.0032`, where `kind` is "number"; a tick is "ticked" or "empty".
    `probability` is the calibrated one of just this reading. `unsure` are reasons for which a person must look at the
    box whatever the probability, such as ink outside of it.
    """

    key: str
    kind: Literal["number", "ticked", "empty", "struck", "unreadable"]
    text: str = ""
    probability: float = 0.0
    unsure: tuple[str, ...] = ()


Reader: TypeAlias = Callable[[Sequence[BoxPicture]], list[BoxReading]]
"""A reading for each picture, in their order; the same picture always gets the same reading."""
