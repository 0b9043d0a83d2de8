"""What a lecturer wants to know of a recipe before drawing: all of it read off the recipe, nothing written twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import Name
from question_bank.expressions.precision import RECORDED_ROLES
from question_bank.language.counts import listed_in_words, one_of_in_words
from question_bank.language.words import N_, _, decimal, ngettext, pgettext
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

    def facts(
        self, bank: Sequence[About] = (), *, named: Callable[[Name], str] = attrgetter("key")
    ) -> Iterator[tuple[str, str]]:
        """Headings and sentences; `bank` are the recipes among which what has to come before is practised.

        `named` says what a value is called: as in files, unless a page has letters of its own.
        """
        recipe, model = self.recipe, self.derivation.model
        if recipe.practises:
            yield _("practises"), ", ".join(map(_, recipe.practises))
        if recipe.prerequisites:
            yield _("comes after"), ", ".join(_with_recipes(words, bank) for words in recipe.prerequisites)
        if written := [f"{node.name.key} = {written_node(node)}" for node in model.conventions().nodes]:
            yield _("circuit"), f"{model.summary}: {'; '.join(written)}"
        else:
            loss = _("no loss") if self.loss is None else _("loss: {loss}").format(loss=_(LOSSES[self.loss].words))
            yield _("network"), f"{model.summary}; {loss}"
        yield _("asked"), _asked(self.derivation, recipe.choices("same"), named)
        yield pgettext("what there is to do", "work"), ", ".join(self._work())
        yield _("numbers"), "; ".join(_grids(recipe, model))
        yield _("written to"), _places(recipe, self.derivation)
        yield _("fair"), _fair(recipe)
        if recipe.switches:
            yield _("switches"), "; ".join(f"{key}: {_or(values)}" for key, values in recipe.switches.items())

    def _work(self) -> Iterator[str]:
        """How much there is to do."""
        derivation, minutes = self.derivation, self.recipe.minutes
        yield ngettext("{count} box", "{count} boxes", self.boxes).format(count=self.boxes)
        if derivation.solution:
            yield _("{count} lines to check").format(count=len(derivation.lines))
        if paths := len((derivation.solution or derivation).paths):
            yield ngettext("{count} path", "{count} paths", paths).format(count=paths)
        elif derivation.is_local:
            yield _("each by itself")
        else:
            yield _("the forward pass alone") if derivation.is_forward else derivation.manner
        yield ngettext("about {count} minute", "about {count} minutes", minutes).format(count=minutes)
        yield _("with a calculator") if self.calculator else _("without a calculator")


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


def _with_recipes(words: str, bank: Iterable[About]) -> str:
    practising = [one.name for one in bank if words in one.recipe.practises]
    return f"{_(words)} ({', '.join(practising)})" if practising else _(words)


def _asked(derivation: Derivation, choices: Sequence[Asked], named: Callable[[Name], str]) -> str:
    if derivation.is_forward:
        values = ", ".join(map(named, derivation.asked))
        return _("every value of the forward pass, up to {values}").format(values=values)
    if derivation.model.conventions().optimiser is not None:
        last = named(derivation.model.picture()[-1][-1])
        return _("every value of every step, up to {value}").format(value=last)
    some = _some(choices, named)
    end = _("the loss") if derivation.graph.has_loss else named(derivation.graph.loss)
    if derivation.solution:
        wrong = (
            _(
                "which line is wrong in the worked solution of the derivative of {end} by {value}, what it should say, "
                "and the gradient then"
            )
            if derivation.layout.correct == "gradient"
            else _(
                "which line is wrong in the worked solution of the derivative of {end} by {value}, what it should say"
            )
        )
        return wrong.format(end=end, value=some)
    forward = (
        _("forward values are printed")
        if derivation.layout.forward == "given"
        else _("forward values are worked out as well")
    )
    if derivation.is_local:
        what = _("the local derivatives on the way from {value} to {end}, each by itself")
    elif derivation.update:
        what = _("the new value of {value}")
    else:
        what = _("the derivative of {end} by {value}")
    said = [what.format(value=some, end=end), forward]
    if derivation.layout.quantity == "quotient" and not derivation.is_local:
        said.append(_("the difference quotient beside it"))
    return "; ".join(said)


def _some(choices: Sequence[Asked], named: Callable[[Name], str]) -> str:
    """Which parameters or values may be asked for."""
    first, last = choices[0], choices[-1]
    if len(choices) > 1:
        some = _("one of {count} parameters, {first} to {last}")
        return some.format(count=len(choices), first=named(first[0]), last=named(last[0]))
    if len(first) > 1:
        some = _("each of {count} values, {first} to {last}")
        return some.format(count=len(first), first=named(first[0]), last=named(first[-1]))
    return named(first[0])


def _grids(recipe: Recipe, model: Model) -> Iterator[str]:
    fields = (name for name in type(recipe.ranges).model_fields if name != "each")
    named = [(_drawn(name, model), getattr(recipe.ranges, name)) for name in fields]
    for name, grid in (*named, *recipe.ranges.each.items()):
        if isinstance(grid, Grid):
            steps = grid.steps()
            said = ngettext("{count} decimal", "{count} decimals", grid.decimals).format(count=grid.decimals)
            if grid.step is not None:
                said = _("in steps of {number}").format(number=_number(grid.step))
            elif grid.decimals == 0:
                said = _("whole numbers")
            apart = [said]
            left_out = [] if 0 in steps or not steps[0] < 0 < steps[-1] else ["0"]
            left_out += [] if grid.one else ["±1"]
            if left_out:
                apart.append(_("never {numbers}").format(numbers=one_of_in_words(left_out)))
            yield _("{name} from {low} to {high} ({apart})").format(
                name=name, low=_number(grid.low), high=_number(grid.high), apart=", ".join(apart)
            )
        elif grid is not None:
            said = _("one-hot") if grid == "one_hot" else str(grid)
            yield f"{name} {said}"


def _drawn(name: str, model: Model) -> str:
    """What is drawn from a grid of weights or inputs: where these have other letters, of few tables, by those."""
    role = {"W": "weights", "x": "inputs"}.get(name)
    headings = [table.heading for table in model.tables() if table.role == role]
    if role is None or all(heading.letter == name for heading in headings):
        return _(_GRIDS.get(name, name))
    return listed_in_words([heading.key for heading in headings]) if len(headings) <= _MOST_NAMED else _(_GRIDS[role])


_GRIDS = {
    "upstream": N_("upstream"),
    "exponentials": N_("exponentials"),
    "inputs": N_("inputs"),
    "weights": N_("weights"),
    "learning_rate": N_("learning rate"),
    "epsilon": N_("epsilon"),
}


def _number(value: float) -> str:
    return decimal(f"{value:g}").replace("-", "−")


def _fair(recipe: Recipe) -> str:
    limits, (easiest, hardest) = recipe.fairness, recipe.difficulty.score
    if recipe.places.exact:
        accepted = _(
            "nothing but the exact number is accepted; its numerator is at most {numerator}, its denominator at most "
            "{denominator}"
        ).format(numerator=limits.numerator, denominator=limits.denominator)
    else:
        accepted = _("what is accepted lies within {answer} % of the answer and within {elsewhere} % of other values")
        accepted = accepted.format(answer=_number(100 * limits.answer), elsewhere=_number(100 * limits.elsewhere))
    difficulty = _("difficulty from {low} to {high}").format(low=_number(easiest), high=_number(hardest))
    return f"{accepted}; {difficulty}"


def _places(recipe: Recipe, derivation: Derivation) -> str:
    written = {derivation.step(slot.step).role for slot in derivation.slots}
    recorded = [(role, recipe.places.of(role)) for role in RECORDED_ROLES if role in written]
    if derivation.model.conventions().optimiser is not None:
        # Nothing goes forward there but the gradients that the function gives.
        recorded = [("gradient" if role == "forward" else role, places) for role, places in recorded]
    groups = [
        (places.words, [role for role, _places in some]) for places, some in groupby(recorded, lambda one: one[1])
    ]
    return ", ".join(f"{words} ({', '.join(_(_ROLES[role]) for role in roles)})" for words, roles in groups)


_ROLES = {
    "forward": N_("forward"),
    "factor": N_("factor"),
    "product": N_("product"),
    "gradient": N_("gradient"),
    "update": N_("update"),
}


def _or(values: Sequence[object]) -> str:
    return one_of_in_words([value if isinstance(value, str) else toml_value(value) for value in values])
