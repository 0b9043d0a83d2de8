"""The papers that sheets are printed on, in millimetres."""

from __future__ import annotations

from typing import Literal

Paper = Literal["A4", "Letter"]

MARGIN = 16.0
"""On every side (sheet.css); foot and running head stand in it."""
PAPER_WIDTH = {"A4": 210.0, "Letter": 215.9}
PAPER_HEIGHT = {"A4": 297.0, "Letter": 279.4}
MILLIMETRES_A_POINT, POINTS_A_MILLIMETRE = 25.4 / 72, 72 / 25.4


def page_width(paper: Paper) -> float:
    """Width between the margins in millimetres."""
    return PAPER_WIDTH[paper] - 2 * MARGIN
