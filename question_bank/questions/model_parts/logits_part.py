"""The table of a recipe that gives logits."""

from __future__ import annotations

from collections.abc import Collection, Hashable

from question_bank.expressions.names import Symbol
from question_bank.questions.model_parts.model_part import AskFor, ModelPart
from question_bank.questions.written_models.written_logits import LogitsShape


class LogitsPart(LogitsShape, ModelPart):
    """Logits, drawn from the grid x."""

    def parameters(self, ask_for: Collection[AskFor]) -> list[Symbol]:
        """The logits."""
        return list(self.model.parameters())

    def sort_of(self, parameter: Symbol) -> Hashable:
        """All are equal work."""
        return parameter.letter
