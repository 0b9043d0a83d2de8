"""The catalogue of misconceptions: what strikes where, and the mistaken formula that a student uses instead.

`forward`, `functions`, `arrows` and `paths` hold the built-in entries; `own` reads those that an instructor writes in
the little language of `language`, with the words of `vocabulary`.
"""

from __future__ import annotations

from question_bank.misconceptions.catalogue import CATALOGUE
from question_bank.misconceptions.check import check_differs
from question_bank.misconceptions.entry import Misconception, Site, Variants, by_id
from question_bank.misconceptions.own import catalogue_of, load_misconceptions

__all__ = [
    "CATALOGUE",
    "Misconception",
    "Site",
    "Variants",
    "by_id",
    "catalogue_of",
    "check_differs",
    "load_misconceptions",
]
