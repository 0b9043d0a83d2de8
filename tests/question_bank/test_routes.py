"""Routes: held to paths that are listed one by one, and what the table takes; which mistakes give what, by hand."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError, NetworkError, RecipeError
from question_bank.misconceptions.mistakes import mistakes
from question_bank.networks.routes import Routes
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe, recipe_of
from question_bank.questions.written_question import WrittenQuestion
from question_bank.toml_text import parse_toml

SHAPES = [
    ((3, 3, 3, 2, 2), "w1_21", 2),
    ((2, 2, 2, 1), "w1_11", None),
    ((1, 2, 3, 2, 2), "w1_21", 3),
    ((2, 3, 2, 2, 1), "w1_32", None),
]
DRAWS = 400
"""Of each shape."""


def walks(sizes: tuple[int, ...], skip: int | None, there: set[str], weight: str) -> list[list[str]]:
    """Every path from the weight to an output as the names of its connections: plain recursion over unit numbers."""

    def onward(layer: int, unit: int) -> list[list[str]]:
        if layer == len(sizes) - 1:
            return [[]]
        found = []
        steps = [("w", layer + 1)] + ([("u", layer + 2)] if skip == layer + 1 else [])
        for letter, target in steps:
            for to in range(1, sizes[target] + 1):
                name = f"{letter}{target}_{to}{unit}"
                if name in there:
                    found += [[name, *rest] for rest in onward(target, to)]
        return found

    return [[weight, *rest] for rest in onward(1, int(weight[3]))]


def random_structures(derivation: Derivation, weight: str, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    names = [given.key for given in derivation.givens]
    there = rng.integers(0, 2, (DRAWS, len(names))).astype(float)
    there[:, names.index(weight)] = 1.0
    return there


@pytest.mark.parametrize(("sizes", "weight", "skip"), SHAPES)
def test_ticks_and_counts_are_those_of_the_paths_listed_one_by_one(
    sizes: tuple[int, ...], weight: str, skip: int | None
) -> None:
    derivation = derive(Routes(sizes, weight, skip), (), Layout(quantity="forward"))
    structures = random_structures(derivation, weight, len(sizes))
    names = [given.key for given in derivation.givens]
    keys = [step.key for step in derivation.steps]
    lengths_seen = set()
    for row, values in zip(structures, evaluate(derivation, structures), strict=True):
        found = dict(zip(keys, values.tolist(), strict=True))
        paths = walks(sizes, skip, {name for name, is_there in zip(names, row, strict=True) if is_there}, weight)
        on_path = {name for path in paths for name in path}
        ticks = {key.removesuffix(".t"): value for key, value in found.items() if key.endswith(".t")}
        assert {name for name, value in ticks.items() if value == 1} == on_path - {weight}
        assert set(ticks.values()) <= {0.0, 1.0}
        assert found["N"] == len(paths)
        for unit in range(1, sizes[-1] + 1):
            ends = [path for path in paths if path[-1].partition("_")[2][0] == str(unit)]
            assert found[f"yhat_{unit}.n"] == len(ends)
        if skip is not None and paths:
            lengths = {len(path) for path in paths}
            lengths_seen |= lengths
            assert (found["shortest"], found["longest"]) == (min(lengths), max(lengths))
    assert len(lengths_seen) == (0 if skip is None else 2)


def test_a_box_for_each_connection_but_the_one_where_the_paths_begin() -> None:
    derivation = derive(Routes((2, 2, 2, 1), "w1_21"), (), Layout(quantity="forward"))
    ticks = [slot.name for slot, form in zip(derivation.slots, derivation.forms, strict=True) if form == "tick"]
    assert ticks == [f"{given.key}.t" for given in derivation.givens if given.key != "w1_21"]
    assert [slot.name for slot in derivation.slots if slot.name not in ticks] == ["yhat_1.n", "N"]
    assert [answer.key for answer in derivation.answers] == ["N"]


BY_HAND = ["w1_11", "w1_12", "w2_11", "w2_21", "w2_12", "w3_11", "w3_21", "w3_12", "w4_11", "w4_12"]
"""From x1 to h11, on to h21 and h22, from these to h31, from h21 to h32 too, and to the output: three paths."""


def struck(misconception: str, slot: str, there: list[str] | None = None) -> set[float]:
    """What a mistake gives in a box where it is made there alone."""
    derivation = derive(Routes((2, 2, 2, 2, 1), "w1_11"), (), Layout(quantity="forward"))
    row = np.array([[float(given.key in (there or BY_HAND)) for given in derivation.givens]])
    columns = evaluate(derivation, row).T
    position = [step.key for step in derivation.steps].index(slot)
    made = [
        one for one in mistakes(derivation) if one.misconception == misconception and [*one.exchanged] == [position]
    ]
    assert made, (misconception, slot)
    return {float(np.ravel(one.exchanged[position].values(columns))[0]) for one in made}


@pytest.mark.parametrize(
    ("misconception", "slot", "gives"),
    [
        ("layer_ticked", "w1_12.t", {1.0}),
        ("layer_ticked", "w1_21.t", {0.0}),
        ("from_other_inputs", "w2_12.t", {1.0}),
        ("connection_not_there", "w3_22.t", {1.0}),
        ("first_path_alone", "w3_12.t", {0.0}),
        ("first_path_alone", "w2_21.t", {0.0}),
        ("first_path_alone", "w3_21.t", {0.0}),
        ("one_way_to_each", "h3_1.n", {1.0}),
        ("edges_counted", "yhat_1.n", {2.0}),
        ("units_multiplied", "N", {4.0}),
        ("outputs_counted", "N", {1.0}),
        ("one_path_counted", "N", {1.0}),
        ("edges_counted", "N", {7.0, 8.0}),
    ],
)
def test_what_a_mistake_gives(misconception: str, slot: str, gives: set[float]) -> None:
    """Right are 2 ways to h31, 1 to h32, 3 to the output: 3 paths over 7 connections behind the weight."""
    assert struck(misconception, slot) == gives


def test_a_dead_end_is_followed() -> None:
    """Without what leads on from h32, w3_21 lies on no path, though it is reached."""
    there = [name for name in BY_HAND if name != "w4_12"]
    assert struck("into_dead_end", "w3_21.t", there) == {1.0}
    assert struck("from_other_inputs", "w3_21.t", there) == {0.0}


def test_the_connections_past_a_layer_are_left_out_and_lengths_are_counted_otherwise() -> None:
    (question,) = draw(load_recipe("which-paths"), [b"a"], quantity="forward")
    derivation, position = question.derivation, question.derivation.index
    known: dict[str, set[float]] = {}
    for one in mistakes(derivation):
        if len(one.exchanged) == 1:
            (at,) = one.exchanged
            value = float(np.ravel(one.exchanged[at].values(question.values[:, None]))[0])
            known.setdefault(f"{one.misconception} {derivation.steps[at].key}", set()).add(value)
    shortest, longest = (question.value(step) for step in derivation.answers[1:])
    assert known["units_for_weights shortest"] == {shortest + 1}
    assert known["weight_itself_forgotten longest"] == {longest - 1}
    assert {value for name, values in known.items() if name.startswith("past_layer_forgotten") for value in values} == {
        0.0
    }
    ways = [question.value(f"yhat_{unit}.n") for unit in (1, 2)]
    assert known.get("ways_multiplied N", {ways[0] * ways[1]}) == {ways[0] * ways[1]}
    assert position[derivation.answers[0]] > 0


def test_a_question_goes_into_a_file_and_comes_back() -> None:
    (question,) = draw(load_recipe("which-paths"), [b"a"], quantity="forward")
    written = WrittenQuestion.of(question).model_dump(exclude_none=True, by_alias=True)
    again = WrittenQuestion.model_validate(written).problem().solve()
    assert again.derivation == question.derivation
    assert (again.values == question.values).all()


def test_every_drawn_question_has_as_many_paths_as_the_recipe_says() -> None:
    recipe = load_recipe("which-paths")
    drawn = draw(recipe, [b"%d" % number for number in range(200)], quantity="forward")
    counts = {question.value("N") for question in drawn}
    low, high = recipe.difficulty.paths
    assert (min(counts), max(counts)) == (low, high)
    # The fewest and the most are both inside; one less and one more are not.
    narrower = recipe.model_copy(update={"difficulty": recipe.difficulty.model_copy(update={"paths": (4, 5)})})
    drawn = draw(narrower, [b"%d" % number for number in range(60)], quantity="forward")
    assert {question.value("N") for question in drawn} == {4.0, 5.0}


@pytest.mark.parametrize(
    ("sizes", "weight", "skip", "place"),
    [
        ((3, 3, 1), "w1_11", None, "routes.sizes"),
        ((3, 0, 2, 1), "w1_11", None, "routes.sizes"),
        ((4, 4, 4, 4), "w1_11", 2, "routes.sizes"),
        ((3, 3, 2, 1), "w2_11", None, "routes.weight"),
        ((3, 3, 2, 1), "w1_44", None, "routes.weight"),
        ((3, 3, 2, 1), "nonsense!", None, "routes.weight"),
        ((3, 3, 2, 1), "w1_11", 1, "routes.skip"),
        ((3, 3, 2, 1), "w1_11", 3, "routes.skip"),
    ],
)
def test_what_are_no_routes_is_refused(sizes: tuple[int, ...], weight: str, skip: int | None, place: str) -> None:
    with pytest.raises(NetworkError) as refused:
        Routes(sizes, weight, skip)
    assert refused.value.place == place


def test_as_many_connections_as_can_be_drawn_are_taken() -> None:
    assert len(Routes((4, 4, 4, 4), "w1_11").links.every) == 48
    assert Routes((3, 3, 2, 1), "w1_11", 2).links.past


def written(**changed: Any) -> dict[str, Any]:
    routes = {"sizes": [1, 2, 2, 1], "weight": "w1_11", "W1": [1, 0], "W2": [[1, 0], [1, 1]], "W3": [[1, 1]]}
    return {"routes": {**routes, **changed}, "ask": {"quantity": "forward"}, "precision": "exact"}


def test_a_network_that_a_person_wrote_down_is_counted() -> None:
    question = WrittenQuestion.model_validate(written()).problem().solve()
    assert question.value("N") == 2


@pytest.mark.parametrize("changed", [{"W1": [0, 1]}, {"W2": [[1, 2], [1, 1]]}, {"W3": [[1, 0.5]]}, {"W3": [1, 1]}])
def test_what_is_neither_there_nor_not_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((InputError, ValueError), match="routes"):
        WrittenQuestion.model_validate(written(**changed))


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('ask = "forward"', "", "ask"),
        ("calculator = false", 'precision = { forward = "4d" }', "calculator"),
        ("paths = [3, 8]", "", "difficulty.paths"),
        ("high = 1,", "high = 2,", "ranges.W"),
        ("low = 0, high = 1", "low = -1, high = 1", "ranges.W"),
    ],
)
def test_a_recipe_says_what_routes_need(old: str, new: str, place: str) -> None:
    from question_bank.questions.recipe import FOLDER

    text = (FOLDER / "which-paths.toml").read_text("utf-8")
    assert old in text
    with pytest.raises(RecipeError) as refused:
        recipe_of(parse_toml(text.replace(old, new), "mine.toml"), "mine.toml")
    assert place in str(refused.value)


def test_ticks_of_neighbouring_connections_are_told_apart_by_where_they_lie() -> None:
    """At any box no two mistakes about ticks apply at once: what is ticked wrongly has one reason."""
    derivation = derive(Routes((2, 2, 2, 1), "w1_11"), (), Layout(quantity="forward"))
    names = [given.key for given in derivation.givens]
    free = [name for name in names if name != "w1_11"][:8]
    rows = np.ones((256, len(names)))
    for row, bits in zip(rows, product((0.0, 1.0), repeat=len(free)), strict=True):
        row[[names.index(name) for name in free]] = bits
    columns = evaluate(derivation, rows).T
    surplus = ("layer_ticked", "from_other_inputs", "into_dead_end", "connection_not_there")
    applying = np.zeros((len(derivation.steps), len(rows)))
    for one in mistakes(derivation):
        if one.misconception in surplus and len(one.exchanged) == 1:
            (at,) = one.exchanged
            applying[at] += one.exchanged[at].values(columns) > columns[at]
    assert applying.max() == 1
