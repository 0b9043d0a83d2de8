"""A recipe from a few answers: numbers that go with a network, tried until enough draws can be used, and commented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from question_bank.errors import RecipeError
from question_bank.networks.dense import Dense, weight
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.losses import LOSSES
from question_bank.networks.model import SoftmaxRule
from question_bank.questions.described_keys import toml_value
from question_bank.questions.json_schema import schema_line
from question_bank.questions.recipe import Recipe, recipe_of
from question_bank.questions.trial import Trial, try_out
from question_bank.toml_text import parse_toml

_WANTED = 50
"""So many draws are looked at to see whether a recipe works."""
_ENOUGH = 0.005
"""Which part of the draws must pass for numbers to be taken."""
_UNLIKELY = 0.01
"""How likely two equal sheets in a class of 1,000 may be."""
_CLASS = 1_000
_MINUTES_A_BOX = 1.3
_COMMENTS_AT = 38
_TARGETS = {"linear": (-2, 2, 1), "tanh": (-0.9, 0.9, 1), "sigmoid": (0, 1, 0)}
"""By the outputs' function: from, to, and decimals."""


@dataclass(frozen=True, slots=True)
class RecipeAnswers:
    """What a person says of a new recipe; asked for are weights of the first layer, which have the most paths.

    Raises NetworkError or RecipeError where the answers do not fit together.
    """

    title: str
    sizes: tuple[int, ...]
    functions: tuple[str, ...]
    loss: str
    forward: Literal["asked", "given"] = "given"

    def __post_init__(self) -> None:
        if not self.title.strip() or not self.title.isprintable():
            raise RecipeError(f"{self.title!r} as a title", expected="one line of text")
        self.network  # noqa: B018  complains where the parts do not fit

    @property
    def network(self) -> Dense:
        """The network; where loss and outputs give probabilities and fit together, they are one step."""
        softmax = self.functions[-1:] == ("softmax",)
        known = LOSSES.get(self.loss)
        combined = known is not None and known.probabilities and self.functions[-1] in known.combined
        rule: SoftmaxRule | None = "full" if softmax and not combined else None
        return Dense(self.sizes, self.functions, self.loss, rule, combined=combined)

    @property
    def paths(self) -> int:
        """How many paths a weight of the first layer has."""
        return self.network.graph().count_paths(weight(1, 1, 1))


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What draws are made of: the weights' decimals, places by role, and whether one place more is written."""

    weight_decimals: int
    input_decimals: int
    places: Mapping[str, str]


def sizes_of(text: str) -> tuple[int, ...]:
    """Layers as a person writes them, `2-2-1`; raises RecipeError for anything else.

    >>> sizes_of("4, 4, 2")
    (4, 4, 2)
    """
    parts = text.replace("-", " ").replace(",", " ").split()
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() and 0 < int(part[:5]) <= 100 for part in parts):
        raise RecipeError(f"{text!r} are no layers", expected="two numbers or more, the inputs first, such as 2-2-1")
    return tuple(map(int, parts))


def functions_of(text: str, layers: int) -> tuple[str, ...]:
    """A function for each layer after the inputs; one that stands alone is every layer's, a softmax the last one's.

    >>> functions_of("tanh", 2), functions_of("softmax", 2), functions_of("relu linear", 2)
    (('tanh', 'tanh'), ('sigmoid', 'softmax'), ('relu', 'linear'))
    """
    parts = text.replace(",", " ").replace("-", " ").split()
    known = [*FUNCTIONS, "softmax"]
    for part in parts:
        if part not in known:
            raise RecipeError(f"no function {part!r}", expected=", ".join(known))
    if parts == ["softmax"]:
        return (*["sigmoid"] * (layers - 1), "softmax")
    if len(parts) == 1:
        return (parts[0],) * layers
    if len(parts) != layers or "softmax" in parts[:-1]:
        raise RecipeError(
            f"{text!r} for {layers} layers after the inputs",
            expected="one function for all, or one for each; softmax in the last one only",
        )
    return tuple(parts)


def usual_loss(functions: Sequence[str]) -> str:
    """The loss that goes with the outputs' function."""
    return "cross_entropy" if functions[-1] == "softmax" else "half_squared_error"


def new_recipe(answers: RecipeAnswers) -> tuple[str, Recipe, Trial]:
    """The text of a recipe that works, itself, and what came of trying it.

    Of a few ways to choose numbers and places the first is taken with which enough draws can be used and hardly two
    sheets are equal, or else the best of them. Raises NetworkError or RecipeError where the answers do not fit.
    """
    best: tuple[tuple[bool, float], _Numbers, Recipe, Trial] | None = None
    for numbers in _choices(answers):
        recipe = _recipe(_text(answers, numbers, None, None))
        trial = try_out(recipe, _WANTED)
        part = trial.certified / trial.tried
        rank = (part >= _ENOUGH and trial.chance_of_equal_sheets(_CLASS) < _UNLIKELY, part)
        if best is None or rank > best[0]:
            best = rank, numbers, recipe, trial
        if rank[0]:
            break
    assert best is not None
    _, numbers, recipe, trial = best
    band = _band(trial)
    text = _text(answers, numbers, recipe, band)
    return text, _recipe(text), trial


def _choices(answers: RecipeAnswers) -> Iterator[_Numbers]:
    few = {"forward": "4d", "factor": "4d", "product": "6d", "gradient": "6d", "update": "6d"}
    figures = {**dict.fromkeys(("forward", "factor", "product", "gradient"), "5s"), "update": "6d"}
    more = {**dict.fromkeys(("forward", "factor"), "6d"), **dict.fromkeys(("product", "gradient", "update"), "8d")}
    # Fixed decimals leave nothing of a product of many small factors.
    order = (figures, few, more) if len(answers.sizes) > 3 else (few, figures, more)
    for places in order:
        yield _Numbers(1, 0, places)
        yield _Numbers(2, 1, places)


def _band(trial: Trial) -> tuple[float, float] | None:
    """The middle 80 % of the difficulties, a little rounded; None where too few draws tell."""
    if len(trial.open_difficulty) < 2:
        return None
    low, high = np.quantile(trial.open_difficulty, (0.1, 0.9))
    return float(np.floor(100 * low) / 100), float(np.ceil(100 * high) / 100)


def _recipe(text: str) -> Recipe:
    return recipe_of(parse_toml(text, "the new recipe", RecipeError), "the new recipe")


def _text(answers: RecipeAnswers, numbers: _Numbers, found: Recipe | None, band: tuple[float, float] | None) -> str:
    """The file; before it was tried (`found` is None) without slots and band."""
    network = answers.network
    shape = "-".join(map(str, answers.sizes))
    forward = "forward values printed" if answers.forward == "given" else "with its forward pass"
    lines = [
        schema_line("recipe"),
        "# A recipe: a kind of question. docs/recipes.md of gradpath explains every key. Then:",
        "#   gradpath check FILE      a thousand draws: how many can be used, and what to change",
        "#   gradpath preview FILE    a sheet, its key and its solution",
        '#   recipe = "FILE"          in assignment.toml, in the same folder',
        "",
        f"title = {toml_value(answers.title.strip())}",
        f"description = {toml_value(f'One weight of the first layer of a {shape} network, {forward}.')}",
        _line('# chapter = "One weight"', "where `gradpath bank` would list it"),
        '# practises = ["sum over paths"]',
    ]
    boxes = found.most_slots() if found else 0
    lines.append(_line(f"minutes = {max(1, round(_MINUTES_A_BOX * boxes))}", "what a practised student needs"))
    if found:
        lines.append(_line(f"slots = {boxes}", "boxes of a question (checked)"))
    lines += [
        _line(f"forward = {toml_value(answers.forward)}", 'forward values: "given" or "asked"'),
        _line('ask_for = ["weight"]', 'and "bias", where there are biases'),
        "",
        "[network]",
        _line(f"sizes = {toml_value(answers.sizes)}", "inputs first"),
        _line(f"activations = {toml_value(answers.functions)}", "a function for each layer after the inputs"),
        _line(f"loss = {toml_value(answers.loss)}", "its formula is printed on the sheet"),
    ]
    if network.combined:
        lines.append(_line("combined = true", "loss and last function are one step, with the derivative ŷ − y"))
    elif network.softmax:
        lines.append(_line('softmax = "full"', 'all cross terms; or "diagonal"'))
    edge = 0.9 if numbers.weight_decimals == 1 else 0.99
    lines += [
        _line('biases = "none"', 'or "unit", or "layer": with b below'),
        "",
        _line("[ranges]", "0 is never drawn, unless with zero = true"),
        f"W = {{ low = -{edge}, high = {edge}, decimals = {numbers.weight_decimals} }}",
        f"x = {{ low = -4, high = 4, decimals = {numbers.input_decimals} }}",
        "# b = { low = -0.5, high = 0.5, decimals = 1 }",
        f"y = {_targets(answers.functions[-1])}",
        "learning_rate = { low = 0.1, high = 0.9, decimals = 1 }",
        "",
        _line("[precision]", '"4d" are four decimals, "4s" four significant figures'),
        *(f"{role} = {toml_value(places)}" for role, places in numbers.places.items()),
    ]
    if reason := _paths_of_0(answers):
        lines += ["", "[fairness]", _line("zero_paths = true", reason)]
    lines += [
        "",
        "[difficulty]",
        _line(f"paths = [{answers.paths}, {answers.paths}]", "of a weight of the first layer"),
    ]
    if band:
        score = f"score = [{band[0]:g}, {band[1]:g}]"
        lines.append(_line(score, "the middle 80 % of the draws"))
    return "\n".join(lines) + "\n"


def _line(text: str, comment: str) -> str:
    return f"{text:<{_COMMENTS_AT}} # {comment}"


def _targets(function: str) -> str:
    """Targets that the outputs can come near."""
    if function == "softmax":
        return '"one_hot"'
    low, high, decimals = _TARGETS.get(function, (0, 2, 1))
    return f"{{ low = {low}, high = {high}, decimals = {decimals}, zero = true }}"


def _paths_of_0(answers: RecipeAnswers) -> str:
    """Why a path may come to 0; empty where none does."""
    silent = answers.network.softmax is not None and LOSSES[answers.loss].probabilities
    if silent:
        return "the paths through the classes of which the target is 0 come to 0"
    off = any(0.0 in FUNCTIONS[name].levels for name in answers.functions if name in FUNCTIONS)
    return "paths through units that are off come to 0" if off else ""
