"""The catalogue of misconceptions: what strikes where, and the mistaken formula that a student uses instead."""

from __future__ import annotations

from question_bank.misconceptions import arrows, forward, functions, paths
from question_bank.misconceptions.entry import Misconception, Site, Variants, by_id

__all__ = ["CATALOGUE", "Misconception", "Site", "Variants", "by_id"]

CATALOGUE: tuple[Misconception, ...] = (
    *paths.GRADIENT,
    *functions.FUNCTIONS,
    *arrows.ARROWS,
    *forward.FORWARD,
    *paths.PRODUCT,
    *paths.UPDATE,
)
