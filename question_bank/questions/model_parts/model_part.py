"""What a recipe says of its model: the table that makes it, how its givens are drawn, and what may be asked of it."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from question_bank.errors import InputError, RecipeError
from question_bank.expressions.names import Symbol
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Dense
from question_bank.networks.functions import FUNCTIONS, PROBABILITIES
from question_bank.networks.losses import LOSSES
from question_bank.networks.model import Model, TableRole, givens_of, is_circuit, roles_of
from question_bank.networks.rational import require_rational
from question_bank.networks.updates import Update
from question_bank.questions.asked import ALL
from question_bank.questions.ranges import Grid, InputGrid, Ranges, capacity
from question_bank.questions.written_models.model_shape import ModelShape

if TYPE_CHECKING:
    from question_bank.questions.recipe import Recipe

MODELS = ("network", "circuit", "recurrent", "convolution", "attention", "logits", "batch", "descent", "routes")
"""The tables of which a recipe has one: each makes a model of its kind."""

AskFor = Literal["weight", "bias"]
_ROLES: dict[AskFor, TableRole] = {"weight": "weights", "bias": "biases"}
_GRIDS: dict[TableRole, str] = {
    "weights": "W",
    "inputs": "x",
    "biases": "b",
    "exponentials": "exponentials",
    "targets": "y",
    "links": "W",
}


class ModelPart(ModelShape):
    """A table of a recipe that makes its model.

    Here a given is drawn from the grid of what it is (W, x, b, y), unless [ranges.each] has one for it or for the
    table in which it is printed, by its name.
    """

    def problems(self, recipe: Recipe) -> Iterator[InputError]:
        """What of the recipe does not fit the model."""
        yield from self._problems_of_grids(recipe.ranges)
        if not recipe.calculator:
            require_rational(self.model)
        yield from problems_of_places(self._grids(recipe.ranges), recipe.places)
        functions = (FUNCTIONS.get(use.function) for use in self.model.conventions().functions)
        exact = any(function is not None and function.exact_output for function in functions)
        yield from problems_of_copies(recipe.places, exact=recipe.forward == "given" or exact)

    def grid_of(self, ranges: Ranges, given: Symbol) -> Grid | None:
        """What a given is drawn from; None for a target where one of them is 1, and for an entry of a mask."""
        place = grid_place(self.model, ranges, given)
        found = None if place is None else grid_at(ranges, place)
        return found if isinstance(found, Grid) else None

    def distinct_inputs(self, ranges: Ranges) -> tuple[Symbol, ...]:
        """The inputs of a draw that all differ: those of one grid, where it has enough values."""
        names = _headings(self.model)
        some = [
            given for given in givens_of(self.model, "inputs") if not {given.key, names[given].key} & {*ranges.each}
        ]
        return those_distinct(ranges.x, some)

    @property
    def is_update_alone(self) -> bool:
        """Whether only updates are asked for, and no gradient by itself."""
        return False

    @property
    def counts_paths(self) -> bool:
        """Whether it is the paths that are counted, so that their number is of the numbers drawn."""
        return False

    def passes_of(self, update: Update) -> Update:
        """The update, in as many steps as the model has, where that says so."""
        return update

    def sort_of(self, parameter: Symbol) -> Hashable:
        """What parameters of equal work share: in a dense network those of a matrix are, else each is unlike."""
        return parameter

    def parameters(self, ask_for: Collection[AskFor]) -> list[Symbol]:
        """The parameters of these kinds."""
        wanted, roles = {_ROLES[kind] for kind in ask_for}, roles_of(self.model)
        return [parameter for parameter in self.model.parameters() if roles[parameter] in wanted]

    def first_layer_fits(self, ranges: Ranges, places: Precision) -> bool:
        """Whether, whatever is drawn, the places hold every pre-activation that is worked from givens alone in full."""
        return False

    def _grids(self, ranges: Ranges) -> dict[str, Grid]:
        """The grids of what a factor may copy, by their names under [ranges]."""
        found: dict[str, Grid | None] = {"W": ranges.W, "x": ranges.x}
        found |= {f"each.{name}": grid for name, grid in ranges.each.items()}
        return {name: grid for name, grid in found.items() if grid is not None}

    def _problems_of_grids(self, ranges: Ranges) -> Iterator[RecipeError]:
        if ranges.inputs is not None:
            yield RecipeError("only circuits have it", place="ranges.inputs", expected="x, and grids in [ranges.each]")
        headings = _headings(self.model)
        names = dict.fromkeys(name.key for given, heading in headings.items() for name in (heading, given))
        for name in ranges.each:
            if name not in names:
                yield RecipeError(
                    "no given of the network, and no table of them",
                    place=f"ranges.each.{name}",
                    expected=", ".join(names),
                )
        roles = roles_of(self.model)
        yield from problems_at_outputs(ranges, self.model.conventions().loss)
        for name, role in {name: role for role, name in reversed(_GRIDS.items())}.items():
            some = [given for given, of in roles.items() if _GRIDS.get(of) == name]
            without = [given for given in some if not {given.key, headings[given].key} & {*ranges.each}]
            if without and role != "targets" and getattr(ranges, name) is None:
                yield RecipeError(
                    f"missing, for {', '.join(given.key for given in without[:5])}{' …' if without[5:] else ''}",
                    place=f"ranges.{name}",
                    remedy=f"write {name} = {{ low = -0.9, high = 0.9 }}, or one for each table under [ranges.each]",
                )
            elif not some and role != "targets" and getattr(ranges, name) is not None:
                yield RecipeError(f"the network has no {role}", place=f"ranges.{name}", remedy="take the key away")


def grid_place(model: Model, ranges: Ranges, given: Symbol) -> str | None:
    """Where under [ranges] what a given is drawn from stands: `W`, or `each.x_1`; None for an entry of a mask."""
    circuit = is_circuit(model)
    for name in (given.key,) if circuit else (given.key, _headings(model)[given].key):
        if name in ranges.each:
            return f"each.{name}"
    if circuit:
        return "inputs"
    role = roles_of(model)[given]
    if role == "targets" and ranges.upstream is not None:
        return "upstream"
    return _GRIDS.get(role)


def grid_at(ranges: Ranges, place: str) -> object:
    """What stands at such a place; None where nothing does."""
    return ranges.each[place.removeprefix("each.")] if place.startswith("each.") else getattr(ranges, place)


@lru_cache(maxsize=256)
def _headings(model: Model) -> MappingProxyType[Symbol, Symbol]:
    """What heads the table in which each given is printed."""
    return MappingProxyType({given: table.heading for table in model.tables() for given in table.symbols})


def those_distinct(grid: InputGrid | None, inputs: Collection[Symbol]) -> tuple[Symbol, ...]:
    """These inputs, or none, if their grid lets them be equal: by default where it has too few values."""
    if grid is None:
        return ()
    enough = len(grid.steps()) >= len(inputs)
    return tuple(inputs) if (enough if grid.distinct is None else grid.distinct) else ()


def problems_of_distinct(grid: InputGrid | None, count: int, place: str) -> Iterator[RecipeError]:
    """Complain of a grid that has too few values for inputs that are to be distinct."""
    if grid is not None and grid.distinct and len(grid.steps()) < count:
        yield RecipeError(
            f"{len(grid.steps())} values are too few for {count} distinct inputs",
            place=place,
            remedy="widen the grid, take more decimals, or take distinct away",
        )


def problems_at_outputs(ranges: Ranges, loss: str | None) -> Iterator[RecipeError]:
    """Complain unless there are targets, or in their place derivatives by the outputs where these are given.

    Without a loss there must be neither.
    """
    if loss is None:
        for name in ("y", "upstream"):
            if getattr(ranges, name) is not None:
                yield RecipeError("found without a loss", place=f"ranges.{name}", remedy="take the key away")
        return
    needed, other = ("upstream", "y") if LOSSES[loss].given else ("y", "upstream")
    if getattr(ranges, needed) is None:
        yield RecipeError(f"missing, for the loss is {loss}", place=f"ranges.{needed}")
    if getattr(ranges, other) is not None:
        yield RecipeError(f"found with the loss {loss}", place=f"ranges.{other}", expected=f"{needed} in its place")


def problems_of_probabilities(y: Grid, loss: str) -> Iterator[RecipeError]:
    """Complain of targets that are no probabilities, for a loss that takes only such."""
    if not 0 <= y.low <= y.high <= 1:
        yield RecipeError(f"{loss} takes targets from 0 to 1, not from {y.low} to {y.high}", place="ranges.y")


def problems_of_places(grids: dict[str, Grid], places: Precision) -> Iterator[RecipeError]:
    """Complain of numbers with more decimals than a factor, which copies them, has places."""
    for name, grid in grids.items():
        if grid.decimals > capacity(places.factor, grid):
            yield RecipeError(
                f"{grid.decimals} decimals are more than the places of a factor, which copies it",
                place=f"ranges.{name}.decimals",
                remedy="take fewer, or more places for factors under [precision]",
            )


def problems_of_copies(places: Precision, *, exact: bool) -> Iterator[RecipeError]:
    """Complain where a factor that copies an exact forward value has not the places to write it in full."""
    forward, factor = places.forward, places.factor
    if exact and not places.exact and (factor.kind != forward.kind or factor.count < forward.count):
        yield RecipeError(
            f"a factor of {factor} cannot copy a forward value of {forward}",
            place="precision.factor",
            remedy="give it the same places",
        )


def problems_of_dropout(network: Dense, recipe: Recipe) -> Iterator[RecipeError]:
    """Complain of dropout where no path may come to 0."""
    if network.keep is not None and not recipe.fairness.zero_paths:
        yield RecipeError(
            "behind units that dropout leaves out mistakes do not show",
            place="fairness.zero_paths",
            remedy="allow that by zero_paths = true under [fairness]",
        )


def problems_of_targets(network: Dense, recipe: Recipe) -> Iterator[RecipeError]:
    """Complain of targets that the loss of a dense network does not take, or that would show nothing."""
    y, combined = recipe.ranges.y, network.combined
    one_hot = y == "one_hot" and network.sizes[-1] > 1 and not combined
    if network.loss == "cross_entropy" and one_hot and not recipe.fairness.zero_paths:
        yield RecipeError(
            "one-hot targets under cross_entropy leave paths of 0",
            place="fairness.zero_paths",
            remedy="allow them by zero_paths = true, or take combined = true",
        )
    if not LOSSES[network.loss].probabilities:
        return
    if not network.gives_probabilities:
        yield RecipeError(
            f"{network.loss} takes outputs from 0 to 1",
            place="network.activations",
            remedy=f"end in {' or '.join(PROBABILITIES)}, or take another loss",
        )
    if isinstance(y, Grid) and combined and network.has_softmax:
        yield RecipeError(
            "combined = true with softmax takes targets that add up to 1",
            place="ranges.y",
            remedy='write y = "one_hot"',
        )
    elif isinstance(y, Grid):
        yield from problems_of_probabilities(y, network.loss)


def problems_of_steps_alone(recipe: Recipe, where: str, remedy: str) -> Iterator[InputError]:
    """What does not fit a recipe of which steps of an update are all that is asked, as many as its model has."""
    if recipe.asked != ALL or recipe.working != "table":
        yield RecipeError(
            f"parameters is {recipe.asked!r}, working {recipe.working!r}",
            place="parameters",
            expected=f'{where} parameters = "all" and working = "table"',
        )
    if recipe.ranges.learning_rate is None:
        yield RecipeError(
            "missing", place="ranges.learning_rate", remedy="write a grid such as { low = 0.1, high = 0.5 }"
        )
    if recipe.update is not None and recipe.update.steps > 1:
        yield RecipeError(f"steps is {recipe.update.steps}", place="update.steps", remedy=remedy)
