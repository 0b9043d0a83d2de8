"""The table of a recipe that makes an optimiser alone: steps on one or two variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from question_bank.errors import InputError, RecipeError
from question_bank.networks.updates import Update
from question_bank.questions.model_parts.model_part import ModelPart, problems_of_steps_alone
from question_bank.questions.written_models.written_descent import DescentShape

if TYPE_CHECKING:
    from question_bank.questions.recipe import Recipe


class DescentPart(DescentShape, ModelPart):
    """An optimiser alone; every given has its grid in [ranges.each]."""

    @property
    def is_update_alone(self) -> bool:
        """There is no gradient to be asked for by itself."""
        return True

    def passes_of(self, update: Update) -> Update:
        """The update in as many steps as there are."""
        return replace(update, passes=self.steps)

    def problems(self, recipe: Recipe) -> Iterator[InputError]:
        """What of the recipe does not fit it."""
        yield from self._problems_of_grids(recipe.ranges)
        yield from problems_of_steps_alone(recipe, "for an optimiser alone", "write steps under [descent] alone")
        update = recipe.update
        if update is not None and (update.again or update.weight_decay is not None):
            key = "again" if update.again else "weight_decay"
            yield RecipeError("there is no network and no loss", place=f"update.{key}", remedy="take the key away")
        if update is not None and update.clip is not None and self.variables == 1:
            yield RecipeError("a single gradient is clipped", place="update.clip", expected="variables = 2")
