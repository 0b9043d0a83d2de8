"""The table of a recipe that draws connections, to ask which of them lie on a path."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from question_bank.errors import InputError, RecipeError
from question_bank.expressions.names import Symbol
from question_bank.questions.model_parts.model_part import AskFor, ModelPart
from question_bank.questions.ranges import Grid, Ranges
from question_bank.questions.written_models.written_routes import RoutesShape

if TYPE_CHECKING:
    from question_bank.questions.recipe import Recipe

_ALWAYS = Grid(low=1, high=1, decimals=0)


class RoutesPart(RoutesShape, ModelPart):
    """Connections, each drawn from the grid W of 0 and 1; the weight from which the paths lead is always there."""

    def grid_of(self, ranges: Ranges, given: Symbol) -> Grid | None:
        """The grid W; of the weight where the paths begin, 1 alone."""
        return _ALWAYS if given == self.model.links.begins.name else super().grid_of(ranges, given)

    @property
    def counts_paths(self) -> bool:
        """How many paths there are, is what is asked."""
        return True

    def parameters(self, ask_for: Collection[AskFor]) -> list[Symbol]:
        """None: where the paths begin is said by the table itself."""
        return []

    def problems(self, recipe: Recipe) -> Iterator[InputError]:
        """What of the recipe does not fit it."""
        yield from super().problems(recipe)
        if recipe.ask != "forward":
            yield RecipeError(
                f"ask is {recipe.ask!r}",
                place="ask",
                expected='"forward": ticks and numbers of paths are all that routes ask for',
            )
        if recipe.calculator:
            yield RecipeError("true, for numbers of paths", place="calculator", expected="calculator = false")
        if "paths" not in recipe.difficulty.model_fields_set:
            yield RecipeError("missing", place="difficulty.paths", expected="the fewest and the most, such as [3, 8]")
        grids = {f"each.{name}": grid for name, grid in recipe.ranges.each.items()}
        own: Grid | None = recipe.ranges.W
        for name, grid in (grids if own is None else {"W": own, **grids}).items():
            if grid.decimals or {*grid.steps()} - {0, 1}:
                yield RecipeError(
                    f"from {grid.low} to {grid.high}",
                    place=f"ranges.{name}",
                    expected="{ low = 0, high = 1, decimals = 0, zero = true }: a connection is there or not",
                )
