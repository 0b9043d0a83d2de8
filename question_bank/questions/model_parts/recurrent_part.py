"""The table of a recipe that makes a recurrent network, and what can be wrong with its targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from question_bank.errors import InputError, RecipeError
from question_bank.networks.losses import LOSSES
from question_bank.questions.model_parts.model_part import ModelPart, problems_of_probabilities
from question_bank.questions.ranges import Grid
from question_bank.questions.written_models.written_recurrent import RecurrentShape

if TYPE_CHECKING:
    from question_bank.questions.recipe import Recipe


class RecurrentPart(RecurrentShape, ModelPart):
    """A cell unrolled over a few steps; inputs of all steps are drawn from the grid x."""

    def problems(self, recipe: Recipe) -> Iterator[InputError]:
        """What of the recipe does not fit the network."""
        yield from super().problems(recipe)
        y = recipe.ranges.y
        if y == "one_hot":
            yield RecipeError("one_hot, but a step has one output", place="ranges.y", expected="a grid of targets")
        if isinstance(y, Grid) and self.model.has_loss and LOSSES[self.loss].probabilities:
            yield from problems_of_probabilities(y, self.loss)
