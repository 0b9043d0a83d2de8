"""A recipe: a TOML file that describes a kind of question, validated before anything is drawn."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, Strict, ValidationError, model_validator

from question_bank.derivations.derivation import Derivation, Layout, PathsShown, Quantity, Working, derive
from question_bank.errors import InputError, NetworkError, RecipeError, refuse, together
from question_bank.expressions.names import Symbol, symbol_or_none
from question_bank.expressions.precision import EXACT_NUMBERS, Places, Precision
from question_bank.networks.dense import BiasKind, Dense
from question_bank.networks.functions import FUNCTIONS, PROBABILITIES
from question_bank.networks.losses import LOSSES
from question_bank.networks.model import Model, TableRole, givens_of, roles_of
from question_bank.networks.rational import require_rational
from question_bank.networks.second_pass import require_own_names
from question_bank.networks.updates import PLAIN_UPDATE, Update
from question_bank.questions.asked import Asked, asked_symbols, working_of
from question_bank.questions.circuit_recipe import problems_of_circuit
from question_bank.questions.described_keys import WORDS_OF_RECIPES, words_in
from question_bank.questions.document import Document, Number
from question_bank.questions.problems import every_problem
from question_bank.questions.rubric_part import RubricPart
from question_bank.questions.update_part import UpdateTable
from question_bank.questions.written_circuit import CircuitShape
from question_bank.questions.written_network import NetworkShape
from question_bank.toml_text import parse_toml, read_text

FOLDER = Path(__file__).parents[1] / "recipes"

_MOST_DECIMALS = 4
_MOST_VALUES = 10_000
_MOST_NUMBERS = 500
"""How many numbers a sheet may print: inputs, parameters, targets, and the forward values where they are given."""
_MOST_PATHS = 100
_LEAST_REACHING = 0.5
"""Which part of the mistakes in the gradient the updated value must show."""
_MOST = 1e6
"""How far from 0 a grid may reach: what is worked with by hand has few digits."""


_End = Annotated[float, Strict(), Field(ge=-_MOST, le=_MOST)]


ANY = "any"
"""Asked for is one of the parameters, another one for each student."""
Forms = Literal["same", "mixed"]


class Grid(Document):
    """Short decimals between two ends, each as likely as the next; without 0 unless `zero` allows it.

    From the lower end on they are a `step` apart, by default one unit of the last decimal; with a step and no decimals
    these are as many as the step has.
    """

    table_name: ClassVar[str] = "grid"

    low: _End
    high: _End
    decimals: Annotated[int, Field(ge=0, le=_MOST_DECIMALS)] = 1
    step: Annotated[float, Strict(), Field(gt=0, le=_MOST)] | None = None
    zero: bool = False

    @model_validator(mode="before")
    @classmethod
    def _decimals_of_step(cls, written: Any) -> Any:
        step = written.get("step") if isinstance(written, dict) and "decimals" not in written else None
        if isinstance(step, (int, float)) and not isinstance(step, bool) and 0 < step <= _MOST:
            return written | {"decimals": max(0, _decimals(step))}
        return written

    @model_validator(mode="after")
    def _has_values(self) -> Grid:
        for number in (self.low, self.high, *(() if self.step is None else (self.step,))):
            if _decimals(number) > self.decimals:
                raise ValueError(f"{number} has more than {self.decimals} decimals")
        count = len(self.steps())
        if not 1 <= count <= _MOST_VALUES:
            many = f"more than {_MOST_VALUES:,}" if count else "no"
            apart = f"with {self.decimals} decimals" if self.step is None else f"{self.step} apart"
            raise ValueError(f"from {self.low} to {self.high} there are {many} values {apart}")
        return self

    def steps(self) -> list[int]:
        """The values as whole numbers of the last decimal."""
        scale = 10**self.decimals
        low, apart = round(self.low * scale), 1 if self.step is None else round(self.step * scale)
        ends = range(low, min(round(self.high * scale), low + _MOST_VALUES * apart) + 1, apart)
        return [n for n in ends if n or self.zero]


class NetworkPart(NetworkShape):
    """The network, with one kind of bias for all layers or one for each."""

    biases: list[BiasKind] | BiasKind = "none"

    @model_validator(mode="after")
    def _is_a_network(self) -> NetworkPart:
        self.architecture  # noqa: B018  complains where the parts do not fit
        return self

    @property
    def architecture(self) -> Dense:
        """The network without its numbers."""
        kinds = self.biases
        return self.network([kinds] * (len(self.sizes) - 1) if isinstance(kinds, str) else kinds)


class InputGrid(Grid):
    """The inputs' grid; no two inputs of a draw are equal where `distinct`, by default wherever there are enough.

    A mistake that takes one input for an equal one would change nothing.
    """

    distinct: bool | None = None


class Ranges(Document):
    """What the numbers are drawn from; `y` may be one-hot instead.

    A network has W, x and y, or in the place of y `upstream`: the loss's derivatives by the outputs, where those are
    given. A circuit has `inputs`, the grid of all that have none of their own in `each`.
    """

    W: Grid = None  # type: ignore[assignment]
    x: InputGrid = None  # type: ignore[assignment]
    b: Grid | None = None
    y: Grid | Literal["one_hot"] | None = None
    upstream: Grid | None = None
    inputs: InputGrid | None = None
    each: dict[str, Grid] = Field(default_factory=dict)
    learning_rate: Grid | None = None

    @property
    def at_outputs(self) -> Grid | Literal["one_hot"]:
        """What the outputs are held against."""
        found = self.y if self.upstream is None else self.upstream
        assert found is not None  # checked against the loss
        return found

    @model_validator(mode="after")
    def _goes_down(self) -> Ranges:
        if self.learning_rate is not None and self.learning_rate.low < 0:
            raise RecipeError(
                f"learning_rate begins at {self.learning_rate.low:g}",
                place="ranges.learning_rate",
                expected="above 0: a step goes down",
            )
        return self


class RecipeUpdate(UpdateTable[Grid | Number]):
    """How a parameter is updated; each number a grid, or one for everybody."""

    @model_validator(mode="after")
    def _in_bounds(self) -> RecipeUpdate:
        for key in ("beta", "beta_1", "beta_2"):
            low, high = ends_of(getattr(self, key) or 0.0)
            if not 0 <= low <= high < 1:
                raise RecipeError(
                    f"{key} reaches from {low:g} to {high:g}", place=f"update.{key}", expected="from 0 to below 1"
                )
        low, _ = ends_of(self.weight_decay or 0.0)
        if low < 0:
            raise RecipeError(f"weight_decay begins at {low:g}", place="update.weight_decay", expected="0 or more")
        low, _ = ends_of(self.v or 0.0)
        if low < 0 and not self.update.has_velocity:
            raise RecipeError(f"v begins at {low:g}", place="update.v", expected="a mean of squares, 0 or more")
        return self


def ends_of(numbers: Grid | float) -> tuple[float, float]:
    """The least and the greatest number that may be drawn."""
    return (numbers.low, numbers.high) if isinstance(numbers, Grid) else (numbers, numbers)


class Fairness(Document):
    """How narrow honest ranges must be (half-width over value), and what counts as saturated.

    Without a calculator, numbers are exact, and `numerator` and `denominator` say how long those may be in any box.
    """

    answer: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    elsewhere: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    saturation: Annotated[float, Field(ge=0, lt=0.25)] = 0.02
    zero_paths: bool = False
    every_answer: bool = True
    numerator: Annotated[int, Strict(), Field(ge=1, le=10_000)] = 200
    denominator: Annotated[int, Strict(), Field(ge=1, le=1_000)] = 32


class Difficulty(Document):
    """The band that every drawn question lies in; `score` is that of `derivations.difficulty`, from 0 to 1.

    `dead_units` counts the units that pass nothing on, such as a ReLU below 0.
    """

    paths: tuple[int, int]
    cancellation: Annotated[float, Field(ge=0, le=1)] = 0.2
    negatives: tuple[int, int] = (0, 1000)
    dead_units: tuple[int, int] = (0, 1000)
    score: tuple[float, float] = (0.0, 1.0)

    @model_validator(mode="after")
    def _bands_in_order(self) -> Difficulty:
        for name in ("paths", "negatives", "dead_units", "score"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} = [{low}, {high}] has its ends the wrong way round")
        return self


class Recipe(Document):
    """A kind of question.

    It has a network or a circuit; the other one is None. `minutes` is what a practised student needs for it, `slots`
    how many boxes a gradient has at the most (checked). `switches` are keys with other values that they may have: in
    what courses differ.
    Without a `calculator` every number is exact: there is no precision, and only functions are allowed under which
    numbers of few decimals keep few.
    """

    title: str
    description: str
    chapter: str = ""
    practises: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    minutes: Annotated[int, Field(ge=1, le=600)]
    slots: Annotated[int, Field(ge=1)] | None = None
    forward: Literal["asked", "given"] = "asked"
    network: NetworkPart = None  # type: ignore[assignment]
    circuit: CircuitShape | None = None
    ranges: Ranges
    calculator: Annotated[bool, Strict()] = True
    precision: dict[str, str] | None = None
    scratch: Annotated[int, Field(ge=0, le=12)] | None = None
    truncation: bool = False
    fairness: Fairness = Fairness()
    difficulty: Difficulty
    update: RecipeUpdate | None = None
    ask_for: tuple[Literal["weight", "bias"], ...] = ("weight", "bias")
    asked: str | tuple[str, ...] = Field(default=ANY, alias="parameters")
    working: Working | None = None
    rubric: RubricPart = RubricPart()
    switches: dict[str, list[Any]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> Recipe:
        refuse(self._problems())
        return self

    def _problems(self) -> Iterator[InputError]:
        if (self.network is None) == (self.circuit is None):
            found = "missing" if self.circuit is None else "found beside circuit"
            raise RecipeError(found, place="network", remedy="write one of the tables [network] and [circuit]")
        yield from self._problems_of_precision()
        if self.circuit is None:
            yield from self._problems_of_network()
        else:
            yield from problems_of_circuit(self.circuit.model, self.ranges, self.places, forward=self.forward)
        if not self.parameters():
            yield RecipeError(
                f"no parameter has {self.difficulty.paths[0]} to {self.difficulty.paths[1]} paths",
                place="difficulty.paths",
                expected=f"a band that holds one of {_numbers(self._path_counts())}",
            )
        elif asked := list(self._problems_of_asked()):
            yield from asked
        elif self.slots is not None and self.slots != self.most_slots():
            yield RecipeError(
                f"{self.slots}, but a question has up to {self.most_slots()}",
                place="slots",
                remedy=f"write slots = {self.most_slots()}, or take the key away",
            )
        yield from self._problems_of_decay()
        yield from self._problems_of_second_pass()
        if self.parameters():
            yield from self._problems_of_reach()

    def _problems_of_network(self) -> Iterator[InputError]:
        for name in ("inputs", "each"):
            if getattr(self.ranges, name):
                yield RecipeError("an input of a network has the grid x", place=f"ranges.{name}", remedy="take it away")
        missing = [name for name in ("W", "x") if getattr(self.ranges, name) is None]
        if missing:
            raise together([RecipeError("missing", place=f"ranges.{name}") for name in missing])
        architecture = self.architecture
        self._require_size(architecture)
        if not self.calculator:
            require_rational(architecture)
        at_outputs = list(self._problems_at_outputs(architecture))
        yield from at_outputs
        if any(kind != "none" for kind in architecture.biases) and self.ranges.b is None:
            yield RecipeError(
                "the network has biases, but ranges has no b",
                place="ranges.b",
                remedy='write b = { low = -0.5, high = 0.5 }, or biases = "none" under [network]',
            )
        if not at_outputs:
            yield from self._problems_of_targets(architecture)
        values = len(self.ranges.x.steps())
        if self.ranges.x.distinct and values < self.network.sizes[0]:
            yield RecipeError(
                f"{values} values are too few for {self.network.sizes[0]} distinct inputs",
                place="ranges.x",
                remedy="widen the grid, take more decimals, or take distinct away",
            )
        for name, grid in (("W", self.ranges.W), ("x", self.ranges.x)):
            if grid.decimals > _capacity(self.places.factor, grid):
                yield RecipeError(
                    f"{grid.decimals} decimals are more than the places of a factor, which copies it",
                    place=f"ranges.{name}.decimals",
                    remedy="take fewer, or more places for factors under [precision]",
                )
        yield from self._problems_of_copies()
        if self.difficulty.dead_units[0] > 0 and not self.fairness.zero_paths:
            yield RecipeError(
                "behind units that are off mistakes do not show",
                place="difficulty.dead_units",
                remedy="allow that by zero_paths = true under [fairness]",
            )

    def _problems_of_precision(self) -> Iterator[RecipeError]:
        if self.calculator:
            if self.precision is None:
                yield RecipeError("missing", place="precision", expected='forward = "4d", or calculator = false')
            if self.places.exact:
                yield RecipeError('"exact"', place="precision", expected='places such as "4d", or calculator = false')
            return
        for name, said in (
            ("precision", self.precision is not None),
            ("scratch", self.scratch is not None),
            ("truncation", self.truncation),
        ):
            if said:
                yield RecipeError(
                    "found beside calculator = false",
                    place=name,
                    expected="exact numbers, which are not rounded",
                    remedy="take one of the two away",
                )
        if self.chosen_update.divides_by_gradient:
            yield RecipeError(
                f"{self.chosen_update.rule} takes roots",
                place="update.rule",
                expected="without a calculator plain gradient descent or momentum",
            )
        if self.circuit is not None:
            yield RecipeError(
                "false, for a circuit", place="calculator", expected="a [precision]", remedy="take the key away"
            )

    def _problems_at_outputs(self, architecture: Dense) -> Iterator[RecipeError]:
        given = LOSSES[architecture.loss].given
        needed, other = ("upstream", "y") if given else ("y", "upstream")
        if getattr(self.ranges, needed) is None:
            yield RecipeError(f"missing, for the loss is {architecture.loss}", place=f"ranges.{needed}")
        if getattr(self.ranges, other) is not None:
            yield RecipeError(
                f"found with the loss {architecture.loss}", place=f"ranges.{other}", expected=f"{needed} in its place"
            )

    def _problems_of_asked(self) -> Iterator[RecipeError]:
        if self.asked == ANY:
            if self.working == "table":
                yield from self._problems_of_table()
            return
        try:
            several = len(self._chosen(self.asked)) > 1
        except RecipeError as error:
            yield error
            return
        if several and self.working == "paths":
            yield RecipeError(
                "several parameters by their paths", place="working", expected='"table"', remedy="or take the key away"
            )
        if several or self.working == "table":
            yield from self._problems_of_table()

    def _problems_of_table(self) -> Iterator[RecipeError]:
        if self.circuit is not None:
            yield RecipeError("a table of a circuit", place="working", expected='"paths"', remedy="ask for one input")
        if self.update is not None:
            yield RecipeError(
                f"{self.chosen_update.rule} in a table",
                place="update",
                expected="plain gradient descent",
                remedy="take the table away",
            )

    def _require_size(self, architecture: Dense) -> None:
        sizes = architecture.sizes
        numbers = sizes[0] + sizes[-1] + sum(one * other for one, other in pairwise(sizes))
        numbers += sum(sizes[n] for n, kind in enumerate(architecture.biases, 1) if kind == "unit")
        numbers += 2 * sum(sizes[1:]) if self.forward == "given" else 0
        if numbers > _MOST_NUMBERS:
            # Nothing else is worth asking of a network of this size, and it might take long.
            raise RecipeError(
                f"a sheet would print {numbers:,} numbers, more than {_MOST_NUMBERS}",
                place="network.sizes",
                remedy="take fewer units",
            )
        if self.difficulty.paths[1] > _MOST_PATHS:
            raise RecipeError(
                f"reach to {self.difficulty.paths[1]:,}, more than {_MOST_PATHS}",
                place="difficulty.paths",
            )

    def _problems_of_targets(self, architecture: Dense) -> Iterator[RecipeError]:
        y = self.ranges.y
        one_hot = y == "one_hot" and self.network.sizes[-1] > 1 and not architecture.combined
        if self.network.loss == "cross_entropy" and one_hot and not self.fairness.zero_paths:
            yield RecipeError(
                "one-hot targets under cross_entropy leave paths of 0",
                place="fairness.zero_paths",
                remedy="allow them by zero_paths = true, or take combined = true",
            )
        if not LOSSES[architecture.loss].probabilities:
            return
        if not architecture.gives_probabilities:
            yield RecipeError(
                f"{architecture.loss} takes outputs from 0 to 1",
                place="network.activations",
                remedy=f"end in {' or '.join(PROBABILITIES)}, or take another loss",
            )
        if isinstance(y, Grid) and architecture.combined and architecture.has_softmax:
            yield RecipeError(
                "combined = true with softmax takes targets that add up to 1",
                place="ranges.y",
                remedy='write y = "one_hot"',
            )
        elif isinstance(y, Grid) and not 0 <= y.low <= y.high <= 1:
            yield RecipeError(
                f"{architecture.loss} takes targets from 0 to 1, not from {y.low} to {y.high}", place="ranges.y"
            )

    def _problems_of_decay(self) -> Iterator[RecipeError]:
        if self.chosen_update.decays and "bias" in self.ask_for and self._has_biases:
            yield RecipeError(
                "weight decay is for weights, and biases may be asked for",
                place="update.weight_decay",
                remedy='write ask_for = ["weight"] at the top of the file',
            )

    def _problems_of_second_pass(self) -> Iterator[RecipeError]:
        try:
            if self.chosen_update.again:
                require_own_names(self.model.graph())
        except NetworkError as error:
            yield RecipeError(error.found, place=error.place, expected=error.expected)

    @property
    def _has_biases(self) -> bool:
        return self.circuit is None and any(kind != "none" for kind in self.architecture.biases)

    def _problems_of_reach(self) -> Iterator[RecipeError]:
        update = self.chosen_update
        if self.ranges.learning_rate is None or not update.divides_by_gradient:
            return
        # Which mistakes there are is only looked up where it can matter: the catalogue is not read for nothing.
        from question_bank.misconceptions.mistakes import share_reaching

        share = share_reaching(self.derivation(self.parameters()[0], "updated"))
        if share < _LEAST_REACHING:
            yield RecipeError(
                f"only {share:.0%} of the mistakes in the gradient would change the updated value: of it, step"
                f" {update.step} of {update.rule} takes hardly more than the sign",
                place="update.step",
                remedy="write step = 2, and what the first step left",
            )

    def _problems_of_copies(self) -> Iterator[RecipeError]:
        # A factor that copies an exact forward value must have the places to write it in full.
        forward, factor = self.places.forward, self.places.factor
        if self.places.exact:
            return
        exact = self.forward == "given" or any(FUNCTIONS[name].exact_output for name in self.network.activations[:-1])
        if exact and (factor.kind != forward.kind or factor.count < forward.count):
            yield RecipeError(
                f"a factor of {factor} cannot copy a forward value of {forward}",
                place="precision.factor",
                remedy="give it the same places",
            )

    @property
    def architecture(self) -> Dense:
        """The network's architecture."""
        return self.network.architecture

    @property
    def model(self) -> Model:
        """The network or the circuit."""
        return self.architecture if self.circuit is None else self.circuit.model

    @property
    def places(self) -> Precision:
        """The recorded places of each role."""
        if self.precision is None:
            return EXACT_NUMBERS
        return Precision.parse(self.precision, scratch=self.scratch, truncation=self.truncation)

    @property
    def chosen_update(self) -> Update:
        """How an updated value is worked."""
        return self.update.update if self.update else PLAIN_UPDATE

    def grid_of(self, given: Symbol) -> Grid | None:
        """What a given is drawn from; None for a target where one of them is 1."""
        ranges = self.ranges
        if self.circuit is not None:
            return ranges.each.get(given.key, ranges.inputs)
        grids = {"inputs": ranges.x, "weights": ranges.W, "biases": ranges.b, "targets": ranges.at_outputs}
        found = grids[roles_of(self.architecture)[given]]
        return found if isinstance(found, Grid) else None

    def distinct_inputs(self) -> tuple[Symbol, ...]:
        """The inputs of a draw that all differ: those of one grid, where it has enough values."""
        inputs = givens_of(self.model, "inputs")
        grid, some = self.ranges.x, tuple(inputs)
        if self.circuit is not None:
            if self.ranges.inputs is None:
                return ()
            grid, some = self.ranges.inputs, tuple(each for each in inputs if each.key not in self.ranges.each)
        enough = len(grid.steps()) >= len(some)
        return some if (enough if grid.distinct is None else grid.distinct) else ()

    @property
    def usually_asked(self) -> Quantity:
        """What it is about: the new value where it says how that is worked, or else the gradient."""
        return "gradient" if self.update is None else "updated"

    def parameters(self) -> list[Symbol]:
        """The parameters that may be asked for: those whose number of paths lies in the band."""
        low, high = self.difficulty.paths
        if self.circuit is not None:
            graph = self.model.graph()
            return [each for each in self.model.parameters() if low <= graph.count_paths(each) <= high]
        asked = tuple(_ROLES[kind] for kind in self.ask_for)
        return list(_parameters(self.architecture, self.difficulty.paths, asked))

    def _path_counts(self) -> list[int]:
        graph = self.model.graph()
        return [graph.count_paths(each) for each in self._one_of_each(list(self.model.parameters()))]

    def sort_of(self, parameter: Symbol) -> Hashable:
        """What parameters of equal work share: in a network those of a matrix are, in a circuit each is unlike."""
        return parameter.family if self.circuit is None else parameter

    def _one_of_each(self, parameters: Sequence[Symbol]) -> list[Symbol]:
        """The first parameter of each sort."""
        return list({self.sort_of(each): each for each in reversed(parameters)}.values())

    def choices(self, forms: Forms = "mixed") -> list[Asked]:
        """What a question may ask for: one of the parameters, or what the recipe says.

        With forms "same", those parameters whose questions are equal work.
        """
        if self.asked != ANY:
            return [self._chosen(self.asked)]
        return [(parameter,) for parameter in (self.alike() if forms == "same" else self.parameters())]

    def alike(self) -> list[Symbol]:
        """Those parameters whose questions are equal work: as many slots and paths, and the same kinds of factors.

        Of several such groups the one with the most parameters, of equally large ones that with the most slots.

        >>> [parameter.key for parameter in load_recipe("chain").alike()]
        ['w1_11']
        """
        parameters = self.parameters()
        some = self._one_of_each(parameters)
        form_of = {self.sort_of(each): form_of_work(self.derivation(each, "gradient")) for each in some}
        forms = {
            form: [each for each in parameters if form_of[self.sort_of(each)] == form] for form in form_of.values()
        }
        return max(forms.items(), key=lambda item: (len(item[1]), item[0]))[1]

    def most_slots(self) -> int:
        """How many boxes a question about a gradient has at the most; each updated value is one more."""
        some = self.choices() if self.asked != ANY else [(each,) for each in self._one_of_each(self.parameters())]
        return max(len(self.derivation(asked, "gradient").slots) for asked in some)

    def derivation(
        self,
        asked: Symbol | str | Sequence[Symbol | str],
        quantity: Quantity,
        paths: PathsShown = "given",
        working: Working | None = None,
    ) -> Derivation:
        """The derivation of one of its questions; raises RecipeError for a parameter outside the band.

        What is asked for may be written as in files: as keys, `"all"`, or `"layer 1"`.
        """
        chosen = self._chosen(asked)
        worked = working_of(chosen, working or self.working)
        if quantity == "updated" and self.ranges.learning_rate is None:
            raise RecipeError("an updated value needs ranges.learning_rate", place="ranges.learning_rate")
        if worked == "table" and self.circuit is not None:
            raise RecipeError("a table of a circuit", place="working", expected='"paths"', remedy="ask for one input")
        if worked == "table" and paths == "find":
            raise RecipeError('paths = "find" in a table, which has none', place="paths", remedy="take the key away")
        layout = Layout(
            forward=self.forward,
            quantity=quantity,
            update=self.chosen_update if quantity == "updated" else None,
            exact_first=self.forward == "asked" and self.circuit is None and self._first_layer_fits(),
            scratch=self.scratch is not None,
            paths=paths,
            working=worked,
        )
        return derive(self.model, chosen, layout)

    def limits(self, derivation: Derivation) -> tuple[Fairness, Difficulty]:
        """How fair and how hard a question must be; what is said of questions by paths, says nothing of a table."""
        if derivation.paths or self.asked != ANY:
            return self.fairness, self.difficulty
        band = Difficulty(paths=self.difficulty.paths, cancellation=self.difficulty.cancellation)
        return self.fairness.model_copy(update={"every_answer": False}), band

    def _chosen(self, asked: Symbol | str | Sequence[Symbol | str]) -> Asked:
        some = [asked] if isinstance(asked, Symbol | str) else [*asked]
        written = [each if isinstance(each, str) else each.key for each in some]
        model, (fewest, most) = self.model, self.difficulty.paths
        allowed = self.parameters()
        single = len(written) == 1 and symbol_or_none(written[0]) is not None
        try:
            chosen = asked_symbols(model, written, "parameters")
        except NetworkError as error:
            if single:
                raise _outside(written[0], allowed) from None
            raise RecipeError(error.found, place=error.place, expected=error.expected) from error
        if len(chosen) > 1:
            return chosen  # a table has no columns that would grow with the paths
        parameters, graph = {*model.parameters()}, model.graph()
        for value in chosen:
            inside = value in allowed if value in parameters else fewest <= graph.count_paths(value) <= most
            if not inside:
                raise _outside(value.key, allowed)
        return chosen

    def _first_layer_fits(self) -> bool:
        # Whatever is drawn, the recorded places hold every first-layer pre-activation in full.
        ranges, places = self.ranges, self.places.forward
        if places.exact:
            return False
        decimals = max(ranges.W.decimals + ranges.x.decimals, ranges.b.decimals if ranges.b else 0)
        if places.kind == "d":
            return decimals <= places.count
        largest = self.network.sizes[0] * _largest(ranges.W) * _largest(ranges.x)
        largest += _largest(ranges.b) if ranges.b else 0.0
        return largest * 10.0**decimals < 10.0**places.count


def _outside(key: str, allowed: Sequence[Symbol]) -> RecipeError:
    return RecipeError(
        f"{key} cannot be asked for",
        place="parameter",
        expected=f'"any" or one of {", ".join(each.key for each in allowed)}',
        remedy="the recipe's [difficulty] fixes the number of paths",
    )


def form_of_work(derivation: Derivation) -> tuple[int, int, tuple[tuple[str, ...], ...]]:
    """How many slots and paths a question has, and each path's kinds of factors."""
    kinds = tuple(sorted(tuple(derivation.step(factor).kind for factor in path.factors) for path in derivation.paths))
    return len(derivation.slots), len(derivation.paths), kinds


_ROLES: dict[str, TableRole] = {"weight": "weights", "bias": "biases"}


@lru_cache(maxsize=64)
def _parameters(architecture: Dense, paths: tuple[int, int], asked: tuple[TableRole, ...]) -> tuple[Symbol, ...]:
    graph, roles = architecture.graph(), roles_of(architecture)
    every = [parameter for parameter in architecture.parameters() if roles[parameter] in asked]
    counts = {each.family: graph.count_paths(each) for each in _one_of_each(every)}
    return tuple(each for each in every if paths[0] <= counts[each.family] <= paths[1])


def _numbers(counts: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(set(counts))))


def _one_of_each(parameters: Sequence[Symbol]) -> list[Symbol]:
    """The first weight and the first bias of each layer: in a dense network the others have as many paths and slots."""
    return list({each.family: each for each in reversed(parameters)}.values())


def _largest(grid: Grid) -> float:
    return max(abs(grid.low), abs(grid.high))


def _decimals(number: float) -> int:
    return -Decimal(repr(number)).normalize().as_tuple().exponent  # type: ignore[operator]


def _capacity(places: Places, grid: Grid) -> int:
    if places.exact:
        return _MOST_DECIMALS
    whole = len(str(int(_largest(grid)))) if _largest(grid) >= 1 else 0
    return places.count if places.kind == "d" else places.count - whole


def recipe_names() -> list[str]:
    """Names of the recipes that come with gradpath.

    >>> "two-paths" in recipe_names()
    True
    """
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_recipe(name: str, folder: Path | None = None) -> Recipe:
    """A recipe by name (those that come with gradpath) or by path (`mine.toml`, relative to `folder`).

    Raises RecipeError with file, key, what was found and what was expected.

    >>> load_recipe("two-paths").network.sizes
    [4, 4, 2]
    """
    path = (folder or Path()) / name if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not name.endswith(".toml") and name not in recipe_names():
        near = get_close_matches(name, recipe_names(), 1)
        raise RecipeError(
            f"no recipe {name!r}",
            expected=", ".join(recipe_names()) + ", or the path of a .toml file",
            remedy=f"did you mean {near[0]}?" if near else None,
        )
    return recipe_of(parse_toml(read_text(path, kind=RecipeError), str(path), RecipeError), str(path))


def recipe_of(table: Mapping[str, Any], file: str) -> Recipe:
    """The recipe that a parsed file states; raises RecipeError with all that is wrong with it."""
    try:
        return Recipe.model_validate(table)
    except ValidationError as error:
        raise every_problem(error, file, RecipeError, Recipe, words_in(WORDS_OF_RECIPES)) from error
    except InputError as error:
        raise error.in_file(file) from error
