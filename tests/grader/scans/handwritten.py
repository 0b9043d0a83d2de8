"""Boxes with numbers drawn by a plotter's font, which no reader learned from."""

from __future__ import annotations

import cv2
import numpy as np

from grader.scans.reading.boxes import BoxPicture, Form, Inside, picture_name

MARGIN = 10
ROWS, COLUMNS = 40, 160


def box_with(text: str) -> BoxPicture:
    """A box of 8 by 32 mm with a text in it, its frame printed, slightly out of focus."""
    grey = empty_picture()
    printed = grey.copy()
    cv2.putText(grey, text, (MARGIN + 8, MARGIN + 30), cv2.FONT_HERSHEY_SIMPLEX, 0.75, 60, 2, cv2.LINE_AA)
    return picture_of(grey, printed)


def empty_picture(rows: int = ROWS, columns: int = COLUMNS) -> np.ndarray:
    """Paper with a printed frame."""
    grey = np.full((rows + 2 * MARGIN, columns + 2 * MARGIN), 250, np.uint8)
    cv2.rectangle(grey, (MARGIN, MARGIN), (MARGIN + columns, MARGIN + rows), 30, 1)
    return grey


def picture_of(grey: np.ndarray, printed: np.ndarray, form: Form = "number") -> BoxPicture:
    """A box's picture as it is cut out of a page."""
    soft = np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.7), np.uint8)
    inside = Inside(MARGIN, MARGIN, grey.shape[1] - MARGIN, grey.shape[0] - MARGIN)
    return BoxPicture(picture_name(soft), soft, printed, inside, 5.0, form)
