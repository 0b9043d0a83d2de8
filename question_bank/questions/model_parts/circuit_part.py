"""The table of a recipe that makes a circuit, and complaints about ranges for inputs that it has not, or about none."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from question_bank.errors import InputError, RecipeError
from question_bank.expressions.names import Symbol
from question_bank.networks.rational import require_rational
from question_bank.questions.model_parts.model_part import AskFor, ModelPart, problems_of_distinct, those_distinct
from question_bank.questions.ranges import Ranges
from question_bank.questions.written_models.written_circuit import CircuitShape

if TYPE_CHECKING:
    from question_bank.questions.recipe import Recipe


class CircuitPart(CircuitShape, ModelPart):
    """A circuit, whose inputs are drawn from one grid, or each from its own."""

    def problems(self, recipe: Recipe) -> Iterator[InputError]:
        """Complaints about the ranges of the inputs, and about factors that cannot copy what they are."""
        ranges, places = recipe.ranges, recipe.places
        names = [given.key for given in self.model.inputs]
        for name in ("W", "x", "b", "y", "upstream"):
            if getattr(ranges, name) is not None:
                yield RecipeError(
                    "no range of a circuit",
                    place=f"ranges.{name}",
                    expected="inputs, for all of them, or one for each under [ranges.each]",
                )
        for name in ranges.each:
            if name not in names:
                yield RecipeError("no input of the circuit", place=f"ranges.each.{name}", expected=", ".join(names))
        without = [name for name in names if name not in ranges.each]
        if without and ranges.inputs is None:
            yield RecipeError(
                f"no range for {', '.join(without)}",
                place="ranges.inputs",
                remedy="write inputs = { low = -3, high = 3 }, or one for each under [ranges.each]",
            )
        if not recipe.calculator:
            require_rational(self.model)
        yield from problems_of_distinct(ranges.inputs, len(without), "ranges.inputs")
        forward, factor = places.forward, places.factor
        if recipe.forward == "given" and (factor.kind, factor.count) < (forward.kind, forward.count):
            yield RecipeError(
                f"a factor of {factor} cannot copy a forward value of {forward}",
                place="precision.factor",
                remedy="give it the same places",
            )

    def distinct_inputs(self, ranges: Ranges) -> tuple[Symbol, ...]:
        """The inputs that have the grid of all."""
        return those_distinct(ranges.inputs, [given for given in self.model.inputs if given.key not in ranges.each])

    def parameters(self, ask_for: Collection[AskFor]) -> list[Symbol]:
        """Its inputs, which are neither weights nor biases."""
        return [*self.model.inputs]
