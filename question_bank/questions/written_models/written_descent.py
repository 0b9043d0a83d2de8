"""An optimiser alone in files: what a recipe and a question with its numbers have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

from question_bank.expressions.names import Symbol
from question_bank.networks.descent import Descent, FunctionKind
from question_bank.questions.document import Whole
from question_bank.questions.written_models.model_shape import ModelShape
from question_bank.questions.written_models.written_tables import WrittenTables


class DescentShape(ModelShape):
    """How many variables, how many steps, and whether gradients are given or those of a quadratic function."""

    variables: Whole = 1
    steps: Whole
    function: FunctionKind

    @cached_property
    def model(self) -> Descent:
        """The descent without its numbers."""
        return Descent(self.variables, self.steps, self.function)


class WrittenDescent(DescentShape, WrittenTables):
    """A descent with its numbers: x_0 (and y_0), and a, b (and c), or the gradients of all steps, g."""

    place: ClassVar[str] = "descent"

    @classmethod
    def of_model(cls, model: Descent, givens: Mapping[Symbol, float]) -> WrittenDescent:
        """A descent and its numbers, as they are written."""
        shape = {"variables": model.variables, "steps": model.steps, "function": model.function}
        return cls.of(shape, model, givens)
