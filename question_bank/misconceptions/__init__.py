"""The catalogue of misconceptions: what strikes where, and the mistaken formula that a student uses instead."""

from __future__ import annotations

from question_bank.misconceptions import factors, forward, paths
from question_bank.misconceptions.entry import Misconception, Site, Variants, by_id

__all__ = ["CATALOGUE", "Misconception", "Site", "Variants", "by_id"]

CATALOGUE: tuple[Misconception, ...] = (
    *paths.GRADIENT,
    *factors.FACTORS,
    *forward.FORWARD,
    *paths.PRODUCT,
    *paths.UPDATE,
)
