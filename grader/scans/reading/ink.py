"""Ink against paper: what the readers see of a grey box, and what was written outside of it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from grader.scans.reading.boxes import BoxPicture, Grey

Array = NDArray[np.float32]

HEIGHT, WIDTH = 40, 168
"""The picture that the readers see, in pixels of a fifth of a millimetre."""

FAINTEST = 25.0
"""Grey levels by which ink must differ from the paper to be stretched to full darkness; with less the box is empty."""

INK = 0.35
"""From this part of the pen's darkness on, a pixel is ink."""

FRAME = 2
"""Pixels that the printed frame reaches into the box at most."""

PRINTED = 200
"""A pixel of the blank page darker than this is printed."""

OUTSIDE = 6
"""Pixels of ink beyond the frame from which on it counts as written there."""


def ink_of(grey: Grey) -> Array:
    """Ink (rows, columns; 0 paper, 1 the pen's own darkness) of a grey box.

    Paper is what most pixels of each third of the box are about, so that light which falls off across it does not look
    like ink.
    """
    picture = grey.astype(np.float32)
    thirds = np.array_split(np.arange(picture.shape[1]), 3)
    levels = [np.percentile(picture[:, third], 70) for third in thirds]
    local = np.interp(np.arange(picture.shape[1]), [third.mean() for third in thirds], levels)
    darker = local[None, :] - picture
    darkest = max(float(np.percentile(darker, 99.3)), FAINTEST)
    ink: Array = np.clip(darker / darkest, -0.2, 1.2).astype(np.float32)
    return ink


def within_frame(box: BoxPicture) -> Grey:
    """What of a box's picture lies inside of its frame."""
    rows = slice(round(box.inside.top) + FRAME, round(box.inside.bottom) - FRAME)
    columns = slice(round(box.inside.left) + FRAME, round(box.inside.right) - FRAME)
    return box.grey[rows, columns]


def seen_inside(box: BoxPicture) -> Grey:
    """The inside of a box's frame on the readers' picture: made smaller where too large, with paper added elsewhere."""
    grey = within_frame(box)
    scale = min(1.0, HEIGHT / grey.shape[0], WIDTH / grey.shape[1])
    if scale < 1:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    picture = np.full((HEIGHT, WIDTH), round(float(np.percentile(grey, 70))), np.uint8)
    top = (HEIGHT - grey.shape[0]) // 2
    picture[top : top + grey.shape[0], : grey.shape[1]] = grey
    return picture


def written_outside(box: BoxPicture) -> bool:
    """Whether ink that is not printed lies beyond the frame, within a millimetre of it."""
    printed = cv2.erode(box.printed, np.ones((5, 5), np.uint8)) < PRINTED
    dark = (ink_of(box.grey) > INK) & ~printed
    rows, columns = np.indices(dark.shape)
    reach = box.pixels
    inside, near = (
        (rows >= box.inside.top - by)
        & (rows <= box.inside.bottom + by)
        & (columns >= box.inside.left - by)
        & (columns <= box.inside.right + by)
        for by in (FRAME, FRAME + reach)
    )
    return int((dark & near & ~inside).sum()) >= OUTSIDE
