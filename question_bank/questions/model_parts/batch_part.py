"""The table of a recipe that makes a batch, and what can be wrong with its targets."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from question_bank.errors import InputError
from question_bank.expressions.names import Symbol
from question_bank.networks.updates import Update
from question_bank.questions.model_parts.model_part import (
    ModelPart,
    problems_of_dropout,
    problems_of_steps_alone,
    problems_of_targets,
)
from question_bank.questions.written_models.written_batch import BatchShape

if TYPE_CHECKING:
    from question_bank.questions.recipe import Recipe


class BatchPart(BatchShape, ModelPart):
    """A network on several examples, whose inputs are all drawn from the grid x."""

    def problems(self, recipe: Recipe) -> Iterator[InputError]:
        """What of the recipe does not fit the batch."""
        yield from super().problems(recipe)
        yield from problems_of_targets(self.model.network, recipe)
        yield from problems_of_dropout(self.model.network, recipe)
        if self.model.in_turn:
            remedy = "take the key away: there is a step for each example"
            yield from problems_of_steps_alone(recipe, "of examples in turn", remedy)

    @property
    def is_update_alone(self) -> bool:
        """Of examples in turn there is no gradient to be asked for by itself."""
        return self.model.in_turn

    def passes_of(self, update: Update) -> Update:
        """The update in as many steps as there are examples that are taken in turn."""
        return replace(update, passes=self.examples) if self.model.in_turn else update

    def sort_of(self, parameter: Symbol) -> Hashable:
        """Those of a matrix, or of a layer's biases, are equal work."""
        return parameter.family
