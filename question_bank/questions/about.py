"""What a lecturer wants to know of a recipe before drawing: all of it read off the recipe, nothing written twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import RECORDED_ROLES
from question_bank.language.words import _, ngettext, pgettext
from question_bank.networks.gates import written_node
from question_bank.networks.losses import LOSSES
from question_bank.networks.model import Model
from question_bank.questions.asked import Asked
from question_bank.questions.described_keys import toml_value
from question_bank.questions.ranges import Grid
from question_bank.questions.recipe import Recipe, load_recipe, recipe_names

CHAPTERS = (
    "One neuron and circuits",
    "Forward only",
    "One weight",
    "The whole network",
    "Classification",
    "Convolution",
    "Recurrence and gates",
    "Optimisers",
    "Attention",
)
"""In the order of teaching; a recipe may be of another one, which comes after them."""
_MOST_NAMED = 3
"""Tables of weights that are named one by one."""


@dataclass(frozen=True, slots=True)
class About:
    """A recipe and what is said of it; `derivation` is that of the first question it may ask."""

    name: str
    recipe: Recipe
    derivation: Derivation

    @classmethod
    def of(cls, name: str, recipe: Recipe) -> About:
        """What is said of a recipe; `name` is what a person calls it."""
        return cls(name, recipe, recipe.derivation(recipe.choices("same")[0], recipe.usually_asked))

    @property
    def boxes(self) -> int:
        """How many boxes a question has at the most."""
        asked_more = self.recipe.usually_asked in ("updated", "quotient")
        return len(self.derivation.slots) if asked_more else self.recipe.most_slots()

    @property
    def calculator(self) -> bool:
        """Whether a question is worked with a calculator."""
        return self.recipe.calculator

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions of its network, or the operations of its circuit, each once."""
        found = self.derivation.model.conventions()
        return tuple(dict.fromkeys((*(use.function for use in found.functions), *(node.rule for node in found.nodes))))

    @property
    def loss(self) -> str | None:
        """The name of its loss, if it has one."""
        return self.derivation.model.conventions().loss

    def practises(self, words: str) -> bool:
        """Whether it has to do with these words: what it practises, its title, a function or its loss."""
        said = [*self.recipe.practises, self.recipe.title, *self.functions, self.loss or ""]
        wanted = words.casefold().replace("_", " ")
        return any(wanted in text.casefold().replace("_", " ") for text in said)

    def facts(self, bank: Sequence[About] = ()) -> Iterator[tuple[str, str]]:
        """Headings and sentences; `bank` are the recipes among which what has to come before is practised."""
        recipe, model = self.recipe, self.derivation.model
        if recipe.chapter:
            yield "chapter", recipe.chapter
        if recipe.practises:
            yield "practises", ", ".join(recipe.practises)
        if recipe.prerequisites:
            yield "comes after", ", ".join(_with_recipes(words, bank) for words in recipe.prerequisites)
        if written := [f"{node.name.key} = {written_node(node)}" for node in model.conventions().nodes]:
            yield "circuit", f"{model.summary}: {'; '.join(written)}"
        else:
            loss = "no loss" if self.loss is None else f"loss: {LOSSES[self.loss].words}"
            yield "network", f"{model.summary}; {loss}"
        yield "asked", _asked(self.derivation, recipe.choices("same"))
        paths = len((self.derivation.solution or self.derivation).paths)
        calculator = "with a calculator" if self.calculator else "without a calculator"
        through = "the forward pass alone" if self.derivation.is_forward else self.derivation.manner
        through = "each by itself" if self.derivation.is_local else through
        through = counted(paths, "path") if paths else through
        if self.derivation.solution:
            through = f"{len(self.derivation.lines)} lines to check, {through}"
        yield "work", f"{self.boxes} boxes, {through}, about {recipe.minutes} minutes, {calculator}"
        yield "numbers", "; ".join(_grids(recipe, model))
        yield "written to", _places(recipe, self.derivation)
        yield "fair", _fair(recipe)
        if recipe.switches:
            yield "switches", "; ".join(f"{key}: {_or(values)}" for key, values in recipe.switches.items())

    def facts_in_short(self, bank: Sequence[About] = ()) -> Iterator[tuple[str, str]]:
        """What pages say of it in the language that is spoken: that which is not about keys of files."""
        recipe = self.recipe
        if recipe.practises:
            yield _("practises"), ", ".join(map(_, recipe.practises))
        if recipe.prerequisites:
            yield _("comes after"), ", ".join(_with_recipes(words, bank, _(words)) for words in recipe.prerequisites)
        work = [
            ngettext("{count} box", "{count} boxes", self.boxes).format(count=self.boxes),
            ngettext("about {count} minute", "about {count} minutes", recipe.minutes).format(count=recipe.minutes),
            _("with a calculator") if self.calculator else _("without a calculator"),
        ]
        yield pgettext("what there is to do", "work"), ", ".join(work)


def counted(number: int, noun: str) -> str:
    """`1 path`, `2 paths`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def the_bank() -> list[About]:
    """The recipes that come with gradpath, chapter by chapter, the shortest first."""
    found = [About.of(name, load_recipe(name)) for name in recipe_names()]
    order = {chapter: number for number, chapter in enumerate(CHAPTERS)}
    return sorted(
        found,
        key=lambda one: (
            order.get(one.recipe.chapter, len(order)),
            one.recipe.chapter,
            one.recipe.minutes,
            one.name,
        ),
    )


def _with_recipes(words: str, bank: Iterable[About], shown: str | None = None) -> str:
    practising = [one.name for one in bank if words in one.recipe.practises]
    shown = shown or words
    return f"{shown} ({', '.join(practising)})" if practising else shown


def _asked(derivation: Derivation, choices: Sequence[Asked]) -> str:
    if derivation.is_forward:
        return f"every value of the forward pass, up to {', '.join(value.key for value in derivation.asked)}"
    if derivation.model.conventions().optimiser is not None:
        return f"every value of every step, up to {derivation.model.picture()[-1][-1].key}"
    first, last = choices[0], choices[-1]
    some = first[0].key
    if len(choices) > 1:
        some = f"one of {counted(len(choices), 'parameter')}, {some} to {last[0].key}"
    elif len(first) > 1:
        some = f"each of {len(first)} values, {some} to {first[-1].key}"
    forward = "printed" if derivation.layout.forward == "given" else "worked out as well"
    end = "the loss" if derivation.graph.has_loss else derivation.graph.loss.key
    if derivation.is_local:
        return f"the local derivatives on the way from {some} to {end}, each by itself; forward values are {forward}"
    if derivation.solution:
        then = ", and the gradient then" if derivation.layout.correct == "gradient" else ""
        gradient = f"the derivative of {end} by {some}"
        return f"which line is wrong in the worked solution of {gradient}, what it should say{then}"
    what = "the new value of" if derivation.update else f"the derivative of {end} by"
    if derivation.layout.quantity == "quotient":
        forward = f"{forward}; the difference quotient beside it"
    return f"{what} {some}; forward values are {forward}"


def _grids(recipe: Recipe, model: Model) -> Iterator[str]:
    fields = (name for name in type(recipe.ranges).model_fields if name != "each")
    named = [(_drawn(name, model), getattr(recipe.ranges, name)) for name in fields]
    for name, grid in (*named, *recipe.ranges.each.items()):
        if isinstance(grid, Grid):
            steps = grid.steps()
            apart = "whole numbers" if grid.decimals == 0 else counted(grid.decimals, "decimal")
            if grid.step is not None:
                apart = f"in steps of {_number(grid.step)}"
            left_out = [] if 0 in steps or not steps[0] < 0 < steps[-1] else ["0"]
            left_out += [] if grid.one else ["±1"]
            without = f", never {' or '.join(left_out)}" if left_out else ""
            yield f"{name} from {_number(grid.low)} to {_number(grid.high)} ({apart}{without})"
        elif grid is not None:
            yield f"{name} {str(grid).replace('_', '-')}"


def _drawn(name: str, model: Model) -> str:
    """What is drawn from a grid of weights or inputs: where these have other letters, of few tables, by those."""
    role = {"W": "weights", "x": "inputs"}.get(name)
    headings = [table.heading for table in model.tables() if table.role == role]
    if role is None or all(heading.letter == name for heading in headings):
        return name.replace("_", " ")
    return _and([heading.key for heading in headings]) if len(headings) <= _MOST_NAMED else role


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _fair(recipe: Recipe) -> str:
    limits, (easiest, hardest) = recipe.fairness, recipe.difficulty.score
    if recipe.places.exact:
        return (
            f"nothing but the exact number is accepted; its numerator is at most {limits.numerator}, its denominator at"
            f" most {limits.denominator}; difficulty from {easiest:g} to {hardest:g}"
        )
    return (
        f"what is accepted lies within {100 * limits.answer:g} % of the answer and within {100 * limits.elsewhere:g} % "
        f"of other values; difficulty from {easiest:g} to {hardest:g}"
    )


def _places(recipe: Recipe, derivation: Derivation) -> str:
    written = {derivation.step(slot.step).role for slot in derivation.slots}
    recorded = [(role, recipe.places.of(role)) for role in RECORDED_ROLES if role in written]
    if derivation.model.conventions().optimiser is not None:
        # Nothing goes forward there but the gradients that the function gives.
        recorded = [("gradient" if role == "forward" else role, places) for role, places in recorded]
    groups = [
        (places.words, [role for role, _places in some]) for places, some in groupby(recorded, lambda one: one[1])
    ]
    return ", ".join(f"{words} ({', '.join(roles)})" for words, roles in groups)


def _or(values: Sequence[object]) -> str:
    return " or ".join(value if isinstance(value, str) else toml_value(value) for value in values)
