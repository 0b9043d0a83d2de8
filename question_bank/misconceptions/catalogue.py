"""The table of all built-in entries, in the order in which feedback names them."""

from __future__ import annotations

from question_bank.misconceptions import arrows, forward, functions, paths
from question_bank.misconceptions.entry import Misconception

CATALOGUE: tuple[Misconception, ...] = (
    *paths.GRADIENT,
    *functions.MISTAKES,
    *arrows.ARROWS,
    *forward.FORWARD,
    *paths.PRODUCT,
    *paths.UPDATE,
)
