"""A recipe: a TOML file that describes a kind of question, validated before anything is drawn."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from question_bank.derivations.arrangements import ARRANGEMENTS, Working
from question_bank.derivations.askable import problem_of_passes
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Correct, ErrorSign, Layout, PathsShown, Planted, Quantity
from question_bank.errors import InputError, NetworkError, RecipeError, refuse, together
from question_bank.expressions.names import Symbol, symbol_or_none
from question_bank.expressions.precision import EXACT_NUMBERS, Places, Precision
from question_bank.networks.model import Model, forward_answers
from question_bank.networks.updates import BETA_1, BETA_2, PLAIN_UPDATE, Update
from question_bank.questions.asked import ANY, Asked, asked_symbols, problem_of_working, working_of
from question_bank.questions.described_keys import WORDS_OF_RECIPES, words_in
from question_bank.questions.document import Document, Flag, Number, Whole
from question_bank.questions.model_parts.attention_part import AttentionPart
from question_bank.questions.model_parts.batch_part import BatchPart
from question_bank.questions.model_parts.circuit_part import CircuitPart
from question_bank.questions.model_parts.convolution_part import ConvolutionPart
from question_bank.questions.model_parts.descent_part import DescentPart
from question_bank.questions.model_parts.logits_part import LogitsPart
from question_bank.questions.model_parts.model_part import MODELS, AskFor, ModelPart
from question_bank.questions.model_parts.network_part import NetworkPart
from question_bank.questions.model_parts.recurrent_part import RecurrentPart
from question_bank.questions.model_parts.routes_part import RoutesPart
from question_bank.questions.problems import every_problem
from question_bank.questions.ranges import Grid, Ranges, ends_of
from question_bank.questions.recipe_problems import in_own_table, needs_epsilon, needs_rate, problems_of
from question_bank.questions.rubric_part import RubricPart
from question_bank.questions.second_look import behind
from question_bank.questions.update_part import UpdateTable
from question_bank.toml_text import parse_toml, read_text

FOLDER = Path(__file__).parents[1] / "recipes"

Forms = Literal["same", "mixed"]


class RecipeUpdate(UpdateTable[Grid | Number, Grid | Number]):
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
        first, second = (self.written(decay) for decay in (BETA_1, BETA_2))
        if len(self.update.state) > 1 and first == second and not isinstance(first, Grid):
            raise RecipeError(
                f"beta_1 and beta_2 are both {first:g}",
                place="update.beta_2",
                expected="another number: who takes the one for the other could not be told",
            )
        if self.clip is not None and ends_of(self.clip)[0] <= 0:
            raise RecipeError(
                f"clip begins at {ends_of(self.clip)[0]:g}", place="update.clip", expected="a norm above 0"
            )
        return self


class Fairness(Document):
    """How narrow honest ranges must be (half-width over value), and what counts as saturated.

    Without a calculator, numbers are exact, and `numerator` and `denominator` say how long those may be in any box.
    """

    answer: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    elsewhere: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    saturation: Annotated[float, Field(ge=0, lt=0.25)] = 0.02
    zero_paths: Flag = False
    every_answer: Flag = True
    numerator: Annotated[Whole, Field(ge=1, le=10_000)] = 200
    denominator: Annotated[Whole, Field(ge=1, le=1_000)] = 32


class Difficulty(Document):
    """The band that every drawn question lies in; `score` is that of `derivations.difficulty`, from 0 to 1.

    `dead_units` counts the units that pass nothing on, such as a ReLU below 0. A forward pass alone has no `paths`;
    of everything else they must be said.
    """

    paths: tuple[Whole, Whole] = (1, 1)
    cancellation: Annotated[float, Field(ge=0, le=1)] = 0.2
    negatives: tuple[Whole, Whole] = (0, 1000)
    dead_units: tuple[Whole, Whole] = (0, 1000)
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

    It has one of `MODELS`; the others are None. `minutes` is what a practised student needs for it, `slots`
    how many boxes a gradient has at the most (checked). `switches` are keys with other values that they may have: in
    what courses differ.
    `ask` says what is asked where an assignment does not; with "forward" that is the forward pass alone, always.
    Without a `calculator` every number is exact: there is no precision, and only functions are allowed under which
    numbers of few decimals keep few.
    """

    title: str
    description: str
    chapter: str = ""
    practises: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    minutes: Annotated[Whole, Field(ge=1, le=600)]
    slots: Annotated[Whole, Field(ge=1)] | None = None
    forward: Literal["asked", "given"] = "asked"
    network: NetworkPart = None  # type: ignore[assignment]
    circuit: CircuitPart | None = None
    recurrent: RecurrentPart | None = None
    convolution: ConvolutionPart | None = None
    batch: BatchPart | None = None
    descent: DescentPart | None = None
    attention: AttentionPart | None = None
    logits: LogitsPart | None = None
    routes: RoutesPart | None = None
    ranges: Ranges
    calculator: Flag = True
    precision: dict[str, str] | None = None
    scratch: Annotated[Whole, Field(ge=0, le=12)] | None = None
    truncation: Flag = False
    fairness: Fairness = Fairness()
    difficulty: Difficulty
    ask: Quantity | None = None
    update: RecipeUpdate | None = None
    plant: tuple[str, ...] = ()
    correct: Correct = "gradient"
    ask_for: tuple[AskFor, ...] = ("weight", "bias")
    asked: str | tuple[str, ...] = Field(default=ANY, alias="parameters")
    working: Working | None = None
    error_sign: ErrorSign = "derivative"
    count_parameters: Flag = False
    rubric: RubricPart = RubricPart()
    switches: dict[str, list[Any]] = Field(default_factory=dict)

    @field_validator("precision")
    @classmethod
    def _has_places(cls, precision: dict[str, str] | None) -> dict[str, str] | None:
        # Looked at by itself, so that it is complained of beside whatever else is wrong.
        for role, places in (precision or {}).items():
            Places.parse(places, f"precision.{role}")
        return precision

    @model_validator(mode="after")
    def _fits_together(self) -> Recipe:
        try:
            refuse(problems_of(self))
        except InputError as error:
            raise together([in_own_table(self, each) for each in error.all]) from None
        return self

    @property
    def part(self) -> ModelPart:
        """The table that makes the model."""
        found: ModelPart = next(part for name in MODELS if (part := getattr(self, name)) is not None)
        return found

    @property
    def model(self) -> Model:
        """The network, the circuit, or whatever else it is."""
        return self.part.model

    @property
    def places(self) -> Precision:
        """The recorded places of each role."""
        if self.precision is None:
            return EXACT_NUMBERS
        return Precision.parse(self.precision, scratch=self.scratch, truncation=self.truncation)

    @property
    def chosen_update(self) -> Update:
        """How an updated value is worked."""
        return self.part.passes_of(self.update.update if self.update else PLAIN_UPDATE)

    def grid_of(self, given: Symbol) -> Grid | None:
        """What a given is drawn from; None for a target where one of them is 1, and for an entry of a mask."""
        return self.part.grid_of(self.ranges, given)

    def distinct_inputs(self) -> tuple[Symbol, ...]:
        """The inputs of a draw that all differ: those of one grid, where it has enough values."""
        return self.part.distinct_inputs(self.ranges)

    @property
    def usually_asked(self) -> Quantity:
        """What it is about: what it says, or the new value where it says how that is worked, or else the gradient."""
        if self.part.is_update_alone:
            return "updated"
        return self.ask or ("gradient" if self.update is None else "updated")

    @property
    def least_asked(self) -> Quantity:
        """What it asks for without a step of an update."""
        if self.is_forward:
            return "forward"
        return self.ask if self.ask in ("local", "error") else "gradient"

    @property
    def is_forward(self) -> bool:
        """Whether the forward pass is all that it asks."""
        return self.ask == "forward"

    @property
    def asks_for_any(self) -> bool:
        """Whether a question asks for one of several parameters."""
        return self.asked == ANY and not self.is_forward

    def parameters(self) -> list[Symbol]:
        """The parameters that may be asked for: those whose number of paths lies in the band."""
        if self.is_forward:
            return []
        (low, high), counts = self.difficulty.paths, self.model.graph().path_counts
        return [each for each in self.part.parameters(self.ask_for) if low <= counts.get(each, 0) <= high]

    def sort_of(self, parameter: Symbol) -> Hashable:
        """What parameters of equal work share."""
        return self.part.sort_of(parameter)

    def one_of_each(self, parameters: Sequence[Symbol]) -> list[Symbol]:
        """The first parameter of each sort."""
        return list({self.sort_of(each): each for each in reversed(parameters)}.values())

    def choices(self, forms: Forms = "mixed", quantity: Quantity | None = None) -> list[Asked]:
        """What a question may ask for: one of the parameters, or what the recipe says.

        With forms "same", those parameters whose questions are equal work. Of the forward pass it is where that leads.
        """
        if self.is_forward or quantity == "forward":
            return [forward_answers(self.model)]
        if self.asked != ANY:
            return [self.chosen(self.asked)]
        return [(parameter,) for parameter in (self.alike() if forms == "same" else self.parameters())]

    def alike(self) -> list[Symbol]:
        """Those parameters whose questions are equal work: as many slots and paths, and the same kinds of factors.

        Of several such groups the one with the most parameters, of equally large ones that with the most slots.

        >>> [parameter.key for parameter in load_recipe("chain").alike()]
        ['w1_11']
        """
        parameters = self.parameters()
        some = self.one_of_each(parameters)
        form_of = {self.sort_of(each): form_of_work(self.derivation(each, "gradient")) for each in some}
        forms = {
            form: [each for each in parameters if form_of[self.sort_of(each)] == form] for form in form_of.values()
        }
        return max(forms.items(), key=lambda item: (len(item[1]), item[0]))[1]

    def most_slots(self) -> int:
        """How many boxes a question about a gradient has at the most; each updated value is one more."""
        some = [(each,) for each in self.one_of_each(self.parameters())] if self.asks_for_any else self.choices()
        return max(len(self.derivation(asked, self.least_asked).slots) for asked in some)

    def derivation(
        self,
        asked: Symbol | str | Sequence[Symbol | str],
        quantity: Quantity,
        paths: PathsShown = "given",
        working: Working | None = None,
        planted: Planted | None = None,
    ) -> Derivation:
        """The derivation of one of its questions; raises RecipeError for a parameter outside the band.

        What is asked for may be written as in files: as keys, `"all"`, or `"layer 1"`. Where an error is to be found
        it is that which is `planted`, or the first of those that may be.
        """
        if self.part.is_update_alone:
            quantity = "updated"
        if quantity == "forward":
            some = [asked] if isinstance(asked, Symbol | str) else [*asked]
            counts = self.is_forward and self.count_parameters
            scratch = self.scratch is not None
            return derive(self.model, some, Layout(self.forward, quantity, scratch=scratch, paths=paths, counts=counts))
        if self.is_forward:
            raise RecipeError(
                f'"{quantity}" of a recipe that asks for the forward pass', place="ask", expected='"forward"'
            )
        chosen = self.chosen(asked)
        worked = working_of(self.model, chosen, working or self.working)
        if quantity == "updated" and self.ranges.learning_rate is None:
            raise needs_rate()
        update = self.chosen_update if quantity == "updated" else None
        if quantity == "quotient" and self.ranges.epsilon is None:
            raise needs_epsilon()
        if update and update.passes > 1 and (refused := problem_of_passes(self.model, update, worked)):
            key, found, remedy = refused
            raise RecipeError(found, place=f"update.{key}", remedy=remedy)
        if problem := problem_of_working(self.model, chosen, worked, find=paths == "find"):
            key, found, remedy = problem
            raise RecipeError(found, place=key, remedy=remedy)
        if quantity == "error":
            return self._with_error(chosen, paths, worked, planted)
        layout = Layout(
            forward=self.forward,
            quantity=quantity,
            update=update,
            exact_first=self.forward == "asked" and self.part.first_layer_fits(self.ranges, self.places),
            scratch=self.scratch is not None,
            paths=paths,
            working=worked,
            error_sign=self._sign_where(worked),
            one_box=True,
        )
        return derive(self.model, chosen, layout)

    def plantings(self, asked: Asked, working: Working | None = None) -> tuple[tuple[Planted, ...], ...]:
        """For each line of the worked solution that may be wrong the errors that may be planted there.

        Raises RecipeError where there are none.
        """
        from question_bank.misconceptions.plantings import plantings

        worked = working or working_of(self.model, asked, self.working)
        solution = derive(self.model, asked, Layout(working=worked, error_sign=self._sign_where(worked)).solved)
        found = plantings(solution, self.plant)
        if not found:
            possible = sorted({error.misconception for some in plantings(solution) for error in some})
            raise RecipeError(
                f"none of these can be planted in the working for {asked[0].key}",
                place="plant",
                expected=f"some of {', '.join(possible)}",
            )
        return found

    def _sign_where(self, working: Working) -> ErrorSign:
        return self.error_sign if ARRANGEMENTS[working].errors else "derivative"

    def _with_error(self, asked: Asked, paths: PathsShown, working: Working, planted: Planted | None) -> Derivation:
        layout = Layout(
            quantity="error",
            scratch=self.scratch is not None,
            paths=paths,
            working=working,
            error_sign=self._sign_where(working),
            correct=self.correct,
        )
        try:
            return derive(self.model, asked, replace(layout, planted=planted or self.plantings(asked, working)[0][0]))
        except NetworkError as error:
            place = (error.place or "ask").removeprefix("ask.")
            raise RecipeError(error.found, place=place, expected=error.expected, remedy=error.remedy) from error

    def limits(self, derivation: Derivation) -> tuple[Fairness, Difficulty]:
        """How fair and how hard a question must be.

        What is said of questions by paths, says nothing of a table, nor of the forward pass alone.
        """
        own = derivation.paths or not self.asks_for_any or derivation.layout.working == self.working
        alone = ("local", "error")
        if derivation.layout.quantity in alone or self.ask in alone:
            own = derivation.layout.quantity == self.ask
        if own and derivation.is_forward == self.is_forward:
            return self.fairness, self.difficulty
        band = Difficulty(paths=self.difficulty.paths, cancellation=self.difficulty.cancellation)
        return self.fairness.model_copy(update={"every_answer": False}), band

    def chosen(self, asked: Symbol | str | Sequence[Symbol | str]) -> Asked:
        """What is asked for, as symbols; raises RecipeError for what is outside the band."""
        some = [asked] if isinstance(asked, Symbol | str) else [*asked]
        written = [each if isinstance(each, str) else each.key for each in some]
        model, (fewest, most) = self.model, self.difficulty.paths
        allowed = self.parameters()
        single = len(written) == 1 and symbol_or_none(written[0]) is not None
        try:
            chosen = asked_symbols(model, written, "parameters")
        except NetworkError as error:
            if single and isinstance(asked, Symbol | str):
                raise _outside(written[0], allowed) from None
            raise RecipeError(error.found, place=error.place, expected=error.expected) from error
        if len(chosen) > 1:
            return chosen  # a table has no columns that would grow with the paths
        parameters, counts = {*model.parameters()}, model.graph().path_counts
        for value in chosen:
            inside = value in allowed if value in parameters else fewest <= counts[value] <= most
            if not inside:
                raise _outside(value.key, allowed)
        return chosen


def _outside(key: str, allowed: Sequence[Symbol]) -> RecipeError:
    return RecipeError(
        f"{key} cannot be asked for",
        place="parameter",
        expected=f'"any" or one of {", ".join(each.key for each in allowed)}',
        remedy="the recipe's [difficulty] fixes the number of paths",
    )


def form_of_work(derivation: Derivation) -> tuple[int, int, tuple[tuple[str, ...], ...]]:
    """How many slots and paths a question has, and each path's kinds of factors; of an error those of the solution."""
    derivation = derivation.solution or derivation
    kinds = tuple(sorted(tuple(derivation.step(factor).kind for factor in path.factors) for path in derivation.paths))
    return len(derivation.slots), len(derivation.paths), kinds


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
        said = every_problem(error, file, RecipeError, Recipe, words_in(WORDS_OF_RECIPES))
        raise together([*said.all, *(other.in_file(file) for other in behind(error, table, Recipe))]) from error
    except InputError as error:
        raise error.in_file(file) from error
