"""The table of a recipe that makes attention."""

from __future__ import annotations

from collections.abc import Hashable

from question_bank.expressions.names import Symbol
from question_bank.questions.model_parts.model_part import ModelPart
from question_bank.questions.written_models.written_attention import AttentionShape


class AttentionPart(AttentionShape, ModelPart):
    """Attention, its queries, keys and values drawn from the grid W unless each has one of its own."""

    def sort_of(self, parameter: Symbol) -> Hashable:
        """The entries of all queries are equal work, those of all keys, and those of all values."""
        return parameter.letter
