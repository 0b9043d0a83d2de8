"""The table of a recipe that makes a batch, and what can be wrong with its targets."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from question_bank.errors import InputError
from question_bank.expressions.names import Symbol
from question_bank.questions.model_part import ModelPart, problems_of_targets
from question_bank.questions.written_batch import BatchShape

if TYPE_CHECKING:
    from question_bank.questions.recipe import Recipe


class BatchPart(BatchShape, ModelPart):
    """A network on several examples, whose inputs are all drawn from the grid x."""

    def problems(self, recipe: Recipe) -> Iterator[InputError]:
        """What of the recipe does not fit the batch."""
        yield from super().problems(recipe)
        yield from problems_of_targets(self.model.network, recipe)

    def sort_of(self, parameter: Symbol) -> Hashable:
        """Those of a matrix, or of a layer's biases, are equal work."""
        return parameter.family
