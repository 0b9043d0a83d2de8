"""The table of a recipe that makes a dense network, and what can be wrong with the ranges of its numbers."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from question_bank.errors import InputError, RecipeError
from question_bank.expressions.names import Symbol
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import BiasKind, Dense
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.rational import require_rational
from question_bank.questions.document import Flag
from question_bank.questions.model_parts.model_part import (
    ModelPart,
    problems_at_outputs,
    problems_of_copies,
    problems_of_distinct,
    problems_of_dropout,
    problems_of_places,
    problems_of_targets,
)
from question_bank.questions.ranges import Ranges, reach_of
from question_bank.questions.written_models.written_network import NetworkShape

if TYPE_CHECKING:
    from question_bank.questions.recipe import Recipe

_MOST_NUMBERS = 500
"""How many numbers a sheet may print: inputs, parameters, targets, and the forward values where they are given."""
_MOST_PATHS = 100


class NetworkPart(NetworkShape, ModelPart):
    """The network, with one kind of bias for all layers or one for each."""

    biases: list[BiasKind] | BiasKind = "none"
    exponentials: Flag = False

    @property
    def gives_exponentials(self) -> bool:
        """Whether it says so."""
        return self.exponentials

    @property
    def model(self) -> Dense:
        """The network without its numbers."""
        kinds = self.biases
        return self.network([kinds] * (len(self.sizes) - 1) if isinstance(kinds, str) else kinds)

    def problems(self, recipe: Recipe) -> Iterator[InputError]:
        """Complaints about the ranges, about how large it is, and about functions that do not fit loss or numbers."""
        ranges = recipe.ranges
        for name in ("inputs", "each"):
            if getattr(ranges, name):
                yield RecipeError("an input of a network has the grid x", place=f"ranges.{name}", remedy="take it away")
        for name in ("W", "x"):
            if getattr(ranges, name) is None:
                yield RecipeError(
                    "missing", place=f"ranges.{name}", remedy=f"write {name} = {{ low = -0.9, high = 0.9 }}"
                )
        self._require_size(recipe)
        yield from self._problems_of_exponentials(ranges)
        if not recipe.calculator:
            require_rational(self.model)
        at_outputs = list(problems_at_outputs(ranges, self.model.conventions().loss))
        yield from at_outputs
        if any(kind != "none" for kind in self.model.biases) and ranges.b is None:
            yield RecipeError(
                "the network has biases, but ranges has no b",
                place="ranges.b",
                remedy='write b = { low = -0.5, high = 0.5 }, or biases = "none" under [network]',
            )
        yield from problems_of_dropout(self.model, recipe)
        if self.model.has_loss and not at_outputs:
            yield from problems_of_targets(self.model, recipe)
        yield from problems_of_distinct(ranges.x, self.sizes[0], "ranges.x")
        yield from problems_of_places(self._grids(ranges), recipe.places)
        exact = recipe.forward == "given" or any(FUNCTIONS[name].exact_output for name in self.activations[:-1])
        yield from problems_of_copies(recipe.places, exact=exact)
        if recipe.difficulty.dead_units[0] > 0 and not recipe.fairness.zero_paths:
            yield RecipeError(
                "behind units that are off mistakes do not show",
                place="difficulty.dead_units",
                remedy="allow that by zero_paths = true under [fairness]",
            )

    def sort_of(self, parameter: Symbol) -> Hashable:
        """Those of a matrix, or of a layer's biases, are equal work."""
        return parameter.family

    def first_layer_fits(self, ranges: Ranges, places: Precision) -> bool:
        """Whether, whatever is drawn, the recorded places hold every first-layer pre-activation in full."""
        forward = places.forward
        if forward.exact or None in (ranges.W, ranges.x):  # complained of elsewhere
            return False
        decimals = max(ranges.W.decimals + ranges.x.decimals, ranges.b.decimals if ranges.b else 0)
        if forward.kind == "d":
            return decimals <= forward.count
        greatest = self.sizes[0] * reach_of(ranges.W) * reach_of(ranges.x)
        greatest += reach_of(ranges.b) if ranges.b else 0.0
        return greatest * 10.0**decimals < 10.0**forward.count

    def _problems_of_exponentials(self, ranges: Ranges) -> Iterator[RecipeError]:
        grid = ranges.exponentials
        if grid is None:
            if self.exponentials:
                yield RecipeError(
                    "missing, for exponentials are given",
                    place="ranges.exponentials",
                    remedy="write exponentials = { low = 1, high = 9, decimals = 0 }",
                )
            return
        if not self.exponentials:
            yield RecipeError(
                "found without exponentials = true under [network]", place="ranges.exponentials", remedy="take it away"
            )
        if grid.low <= 0:
            yield RecipeError(
                f"exponentials begin at {grid.low:g}", place="ranges.exponentials", expected="above 0, as all are"
            )

    def _require_size(self, recipe: Recipe) -> None:
        sizes = self.model.sizes
        numbers = sizes[0] + sizes[-1] + sum(one * other for one, other in pairwise(sizes))
        numbers += sum(sizes[n] for n, kind in enumerate(self.model.biases, 1) if kind == "unit")
        numbers += 2 * sum(sizes[1:]) if recipe.forward == "given" else 0
        if numbers > _MOST_NUMBERS:
            # Nothing else is worth asking of a network of this size, and it might take long.
            raise RecipeError(
                f"a sheet would print {numbers:,} numbers, more than {_MOST_NUMBERS}",
                place="network.sizes",
                remedy="take fewer units",
            )
        if recipe.difficulty.paths[1] > _MOST_PATHS:
            raise RecipeError(
                f"reach to {recipe.difficulty.paths[1]:,}, more than {_MOST_PATHS}",
                place="difficulty.paths",
            )
