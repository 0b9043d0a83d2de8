"""Whether the characters that were read account for all of the ink: a check that knows nothing of their shapes.

A net over the whole box may pass over a digit that touches its neighbour (16 read as 6) and be sure of it. The ink then
belongs to too few characters, each of which would have to be wider than anybody writes it.
"""

import numpy as np
from numpy.typing import NDArray

from grader.scans.reading.ink import INK

Array = NDArray[np.float32]

WIDTH_OF = {"1": 0.85, "-": 1.9, ".": 0.5, ",": 0.6, "/": 1.1, "e": 1.1, "x": 1.2, "+": 1.4}
"""The widest that a character is written, in heights of the tallest one; of digits 1.15."""

DIGIT = 1.15


def covers(ink: Array, text: str, columns: tuple[float, ...]) -> bool:
    """Whether every column of ink (rows, columns; without print) lies with a character, and none is too wide for one.

    Each inked column goes to the nearest place at which a character was read (``columns``).
    """
    dark = ink > INK
    (inked,) = np.nonzero(dark.any(axis=0))
    if not text or not len(inked):
        return not text and not len(inked)
    (rows,) = np.nonzero(dark.any(axis=1))
    height = float(rows[-1] - rows[0] + 1)
    owner = np.abs(inked[:, None] - np.array(columns)[None, :]).argmin(axis=1)
    for place, character in enumerate(text):
        own = inked[owner == place]
        if not len(own) or own[-1] - own[0] + 1 > WIDTH_OF.get(character, DIGIT) * height + 2:
            return False
    return True
