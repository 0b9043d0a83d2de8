"""Softmax on given logits in files: what a recipe, one that a person wrote down and one handed out have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

from question_bank.expressions.names import Symbol
from question_bank.networks.logits import Logits
from question_bank.questions.document import Flag, Whole
from question_bank.questions.written_models.model_shape import ModelShape
from question_bank.questions.written_models.written_tables import WrittenTables


class LogitsShape(ModelShape):
    """How many classes there are, and whether loss and softmax are one step."""

    classes: Whole
    combined: Flag = True

    @cached_property
    def model(self) -> Logits:
        """The logits without their numbers; raises NetworkError where there are too few or too many."""
        return Logits(self.classes, self.combined)


class WrittenLogits(LogitsShape, WrittenTables):
    """The logits, and the targets: 1 for the right class and 0 for the others."""

    place: ClassVar[str] = "logits"

    @classmethod
    def of_network(cls, model: Logits, givens: Mapping[Symbol, float]) -> WrittenLogits:
        """Logits and targets, as they are written."""
        return cls.of({name: getattr(model, name) for name in LogitsShape.model_fields}, model, givens)
