"""Attention in files: what a recipe, one that a person wrote down and one handed out have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

from question_bank.expressions.names import Symbol
from question_bank.networks.attention import Attention
from question_bank.questions.document import Number, Whole
from question_bank.questions.written_models.model_shape import ModelShape
from question_bank.questions.written_models.written_tables import WrittenTables


class AttentionShape(ModelShape):
    """How many queries and keys, how wide they are and the values, what scores are divided by, and the loss."""

    queries: Whole = 1
    keys: Whole
    width: Whole
    values: Whole | None = None
    scale: str | Number
    loss: str

    @cached_property
    def model(self) -> Attention:
        """Attention without its numbers; raises NetworkError where the parts do not fit."""
        values = self.width if self.values is None else self.values
        return Attention(self.queries, self.keys, self.width, values, self.scale, self.loss)  # type: ignore[arg-type]


class WrittenAttention(AttentionShape, WrittenTables):
    """Attention with its numbers: Q, K and V as rows, and what the outputs are held against."""

    place: ClassVar[str] = "attention"

    @classmethod
    def of_network(cls, model: Attention, givens: Mapping[Symbol, float]) -> WrittenAttention:
        """Attention and its numbers, as they are written."""
        fields = {name: getattr(model, name) for name in AttentionShape.model_fields}
        return cls.of(fields, model, givens)
