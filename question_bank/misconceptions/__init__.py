"""The catalogue of misconceptions: what strikes where, and the mistaken formula that a student uses instead.

`forward`, `functions`, `arrows`, `paths` and `on_updates` hold the built-in entries; `language` is the little language
in which an instructor writes more (`question_bank.questions.own_misconceptions`), with the words of `vocabulary`.
"""

from __future__ import annotations

from question_bank.misconceptions.catalogue import CATALOGUE
from question_bank.misconceptions.entry import Misconception, Site, Variants, by_id

__all__ = ["CATALOGUE", "Misconception", "Site", "Variants", "by_id"]
