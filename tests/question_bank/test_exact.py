"""Questions without a calculator: every number is held to Python's fractions, worked here in another way."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate, honest_ranges
from question_bank.derivations.layout import Layout, Quantity
from question_bank.errors import DrawError, NetworkError, RecipeError
from question_bank.expressions.precision import EXACT_NUMBERS, EXACT_PLACES, Precision, exact_number
from question_bank.misconceptions.mistakes import mistakes, struck_values
from question_bank.networks.dense import Dense
from question_bank.networks.model import givens_of
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.draws import draw
from question_bank.questions.ranges import Grid
from question_bank.questions.recipe import FOLDER, Recipe, load_recipe
from question_bank.questions.written import problem_from
from tests.recipes import recipes

each_exact = pytest.mark.parametrize("name", recipes(lambda recipe: not recipe.calculator))
each_dense = pytest.mark.parametrize(
    "name",
    recipes(lambda recipe: not recipe.calculator and isinstance(recipe.model, Dense) and not recipe.model.exponentials),
)
"""Others are held to fractions elsewhere: convolutions in test_convolution_recipes, a softmax in test_exponentials."""
LEAK = Fraction(1, 10)


def by_fractions(network: Dense, givens: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """All gradients by error terms, layer by layer from the loss back, and the values on the way."""

    def number(key: str) -> Fraction:
        return givens[key]

    def passes(function: str, a: Fraction) -> tuple[Fraction, Fraction]:
        if function == "linear" or a > 0:
            return a, Fraction(1)
        return (LEAK * a, LEAK) if function == "leaky_relu" else (Fraction(0), Fraction(0))

    sizes, layers = network.sizes, range(1, len(network.sizes))
    outputs = [[number(f"x_{n}") for n in range(1, sizes[0] + 1)]]
    slopes: list[list[Fraction]] = [[]]
    values: dict[str, Fraction] = {}
    skips, after = {target: source for source, target in network.skips}, network.skip_added == "after"
    for layer in layers:
        here, slope = [], []
        brought = outputs[skips[layer]] if layer in skips else [Fraction(0)] * sizes[layer]
        for unit in range(1, sizes[layer] + 1):
            a = sum((number(f"w{layer}_{unit}{n}") * h for n, h in enumerate(outputs[-1], 1)), Fraction(0))
            bias = {"none": None, "unit": f"b{layer}_{unit}", "layer": f"b{layer}"}[network.biases[layer - 1]]
            a += number(bias) if bias else 0
            a += 0 if after else brought[unit - 1]
            h, s = passes(network.activations[layer - 1], a)
            values |= {f"f{layer}_{unit}": h} if layer in skips and after else {}
            h += brought[unit - 1] if after else 0
            values |= {f"a{layer}_{unit}": a, (f"yhat_{unit}" if layer == layers[-1] else f"h{layer}_{unit}"): h}
            here.append(h)
            slope.append(s)
        outputs.append(here)
        slopes.append(slope)
    deltas = [error(network.loss, h, givens, n) for n, h in enumerate(outputs[-1], 1)]
    back: dict[int, list[list[Fraction]]] = {}
    for layer in reversed(layers):
        deltas = [sum(some, Fraction(0)) for some in zip(deltas, *back.get(layer, ()), strict=True)]
        past = deltas
        deltas = [delta * slope for delta, slope in zip(deltas, slopes[layer], strict=True)]
        if layer in skips:
            back.setdefault(skips[layer], []).append(past if after else deltas)
        shared = sum(deltas, Fraction(0))
        for unit, delta in enumerate(deltas, 1):
            values[f"gradient of b{layer}_{unit}"] = delta
            values[f"gradient of b{layer}"] = shared
            for n, h in enumerate(outputs[layer - 1], 1):
                values[f"gradient of w{layer}_{unit}{n}"] = delta * h
        deltas = [
            sum((number(f"w{layer}_{unit}{n}") * delta for unit, delta in enumerate(deltas, 1)), Fraction(0))
            for n in range(1, sizes[layer - 1] + 1)
        ]
    return values


def error(loss: str, output: Fraction, givens: Mapping[str, Fraction], unit: int) -> Fraction:
    """The loss's derivative by an output."""
    if loss == "given_gradient":
        return givens[f"g_{unit}"]
    if loss == "none":
        return Fraction(1)  # the output itself
    return {"squared_error": 2, "half_squared_error": 1}[loss] * (output - givens[f"y_{unit}"])


def random_network(rng: random.Random) -> tuple[Dense, dict[str, Fraction]]:
    sizes = tuple(rng.randint(1, 3) for _ in range(rng.randint(2, 4)))
    layers = len(sizes) - 1
    network = Dense(
        sizes,
        tuple(rng.choice(("relu", "leaky_relu", "linear")) for _ in range(layers)),
        rng.choice(("squared_error", "half_squared_error", "given_gradient")),
        biases=tuple(rng.choice(("none", "unit", "layer")) for _ in range(layers)),
    )
    whole = rng.choice((1, 2, 4))
    givens = {}
    for given in network.givens():
        number = Fraction(rng.choice([n for n in range(-12, 13) if n]), whole)
        givens[given.key] = number
    return network, givens


def test_every_value_is_the_fraction_on_a_thousand_random_networks() -> None:
    rng = random.Random(12)
    kinks = 0
    for _ in range(1_000):
        network, givens = random_network(rng)
        parameter = rng.choice([each.key for each in network.parameters()])
        derivation = derive(network, parameter, Layout(quantity="updated", update=PLAIN_UPDATE))
        rate = Fraction(rng.choice((1, 2, 3)), 4)
        row = np.array([[float({**givens, "eta": rate}[given.key]) for given in derivation.givens]])
        want = by_fractions(network, givens)
        if any(value == 0 for key, value in want.items() if key.startswith("a")):
            kinks += 1
            continue
        values = evaluate(derivation, row)[0]
        low, high = honest_ranges(derivation, row, EXACT_NUMBERS)
        np.testing.assert_array_equal(low, high)
        gradient = want[f"gradient of {parameter}"]
        new = givens[parameter] - rate * gradient
        for key, right in {**want, "gradient": gradient, "updated": new}.items():
            if key.startswith("gradient of"):
                continue
            position = derivation.index[derivation.step(key).name]
            for value in (values[position], low[0, position]):
                assert abs(value - float(right)) <= 1e-12 * max(1.0, abs(float(right)))
            if right.denominator <= 9999:
                assert Fraction(exact_number(values[position])) == right
    assert kinks < 100


@each_dense
def test_drawn_numbers_are_exact_short_and_show_work(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.places.exact
    quantities: tuple[Quantity, ...] = (recipe.least_asked,)
    for quantity in (*quantities, "updated") if recipe.ranges.learning_rate else quantities:
        for question in draw(recipe, [b"%d" % n for n in range(60)], quantity=quantity):
            derivation = question.derivation
            givens = {given.key: Fraction(question.printed(given)) for given in derivation.givens}
            want = by_fractions(derivation.model, givens)  # type: ignore[arg-type]
            if quantity != "forward":
                gradient = want[f"gradient of {derivation.parameter.key}"]
                assert Fraction(question.printed("gradient")) == gradient
            if quantity == "updated":
                assert (
                    Fraction(question.printed("updated")) == givens[derivation.parameter.key] - givens["eta"] * gradient
                )
            for slot in question.slots:
                step = derivation.step(slot.step)
                number = Fraction(question.printed(slot.step))
                assert abs(number.numerator) <= recipe.fairness.numerator
                assert number.denominator <= recipe.fairness.denominator
                assert question.range(slot.step) == (question.value(slot.step),) * 2
                if step.key in want:
                    assert number == want[step.key]
                if step.role in ("product", "gradient", "update") or step.kind == "preactivation":
                    assert abs(number) not in (0, 1)


@each_exact
def test_no_mistake_is_right_by_coincidence_at_the_answer_or_where_it_strikes(name: str) -> None:
    """What gives the right number does so on any numbers near these: a factor of 1 left out, a unit that stays off."""
    rng = np.random.default_rng(5)
    for question in draw(load_recipe(name), [b"%d" % n for n in range(20)]):
        derivation = question.derivation
        givens = question.values[: len(derivation.givens)]
        held = {*givens_of(derivation.model, "links")}
        moves = np.array([given not in held for given in derivation.givens])
        near = givens * (1 + 1e-3 * moves * rng.uniform(-1, 1, (3, len(givens))))
        drawn, moved = (list(evaluate(derivation, rows).T) for rows in (givens[None], near))
        answer = derivation.index[derivation.answers[-1]]
        asked = {derivation.index[slot.step] for slot in question.slots}
        for mistake in mistakes(derivation):
            seen = asked.intersection(mistake.exchanged) | {answer}.intersection(mistake.cone)
            steps = (*mistake.exchanged, *mistake.cone)
            there = struck_values(derivation, drawn, [mistake.exchanged], steps)
            for position in seen:
                if np.isclose(there[position], drawn[position], rtol=0, atol=1e-6):
                    nearby = struck_values(derivation, moved, [mistake.exchanged], steps)[position]
                    # A unit that comes to 0 by a mistake is on or off nearby; off, it gives the same answer.
                    assert np.isclose(nearby, moved[position], rtol=0, atol=1e-9).any(), mistake.name


@each_exact
def test_no_mistake_is_written_with_two_figures_of_the_right_number_exchanged_or_its_point_moved(name: str) -> None:
    for question in draw(load_recipe(name), [b"%d" % n for n in range(20)]):
        derivation = question.derivation
        columns = [np.array([value]) for value in question.values]
        answer = derivation.index[derivation.answers[-1]]
        right = question.printed(derivation.answers[-1])
        pairs = [at for at in range(len(right) - 1) if right[at : at + 2].isdigit() and right[at] != right[at + 1]]
        slips = {Fraction(right[:at] + right[at + 1] + right[at] + right[at + 2 :]) for at in pairs}
        written = {exact_number(float(slip)) for slip in (*slips, Fraction(right) * 10, Fraction(right) / 10)}
        # A single figure shows no slip.
        written = {text for text in written if len(text.strip("-0.").replace(".", "")) >= 2}
        for mistake in mistakes(derivation):
            if answer in mistake.cone or answer in mistake.exchanged:
                steps = (*mistake.exchanged, *mistake.cone)
                wrong = float(struck_values(derivation, columns, [mistake.exchanged], steps)[answer].ravel()[0])
                assert exact_number(wrong) not in written, (mistake.name, right)


def test_relu_net_has_one_unit_off_and_never_the_one_that_is_asked() -> None:
    for question in draw(load_recipe("relu-net"), [b"%d" % n for n in range(60)]):
        units = [question.value(f"h1_{n}") for n in (1, 2)]
        assert sum(value == 0 for value in units) == 1
        assert question.value("gradient") != 0


def test_a_grid_has_a_step() -> None:
    halves = Grid.model_validate({"low": -1, "high": 1.5, "step": 0.5})
    assert (halves.decimals, [n / 10 for n in halves.steps()]) == (1, [-1, -0.5, 0.5, 1, 1.5])
    quarters = Grid.model_validate({"low": 0, "high": 1, "step": 0.25, "zero": True})
    assert (quarters.decimals, [n / 100 for n in quarters.steps()]) == (2, [0, 0.25, 0.5, 0.75, 1])
    assert Grid.model_validate({"low": 2, "high": 7, "step": 2, "decimals": 0}).steps() == [2, 4, 6]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (0.25, "0.25 has more than 1 decimals"),
        (0, "greater than 0"),
        (-1, "greater than 0"),
        (True, "valid number"),
        ("half", "valid number"),
        (float("nan"), "finite"),
    ],
)
def test_a_step_that_is_none_is_refused(step: object, said: str) -> None:
    written = {"low": 0, "high": 1, "step": step} | ({"decimals": 1} if step == 0.25 else {})
    with pytest.raises(ValueError, match=said):
        Grid.model_validate(written)


RELU_NET = (FOLDER / "relu-net.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"relu", "linear"',
            '"sigmoid", "linear"',
            r"network\.activations: sigmoid .*relu, leaky_relu, linear",
        ),
        ('"relu", "linear"', '"relu", "tanh"', r"network\.activations: tanh at the output gives no exact numbers"),
        ('"squared_error"', '"mean_squared_error"', r"network\.loss: mean_squared_error .*squared_error, half_squared"),
        (
            "calculator = false",
            'calculator = false\nprecision = { forward = "4d" }',
            r"precision: .*calculator = false",
        ),
        ("calculator = false", "calculator = false\nscratch = 4", r"scratch: .*expected exact numbers"),
        ("calculator = false", "calculator = false\ntruncation = true", r"truncation: .*expected exact numbers"),
        ("calculator = false", "", r"precision: missing; expected .*calculator = false"),
        (
            "calculator = false",
            'precision = { forward = "exact" }',
            r"precision\.forward: .exact.; expected .*calculator",
        ),
        ("calculator = false", 'calculator = "no"', r"calculator: 'no'; expected true or false"),
        ("zero_paths = true", "", r"mistakes do not show.*zero_paths = true"),
        ("numerator = 150", "numerator = 0", r"fairness\.numerator: .*greater than or equal to 1"),
        ("dead_units = [1, 1]", "dead_units = [1, 0]", r"dead_units"),
        ("y = {", "upstream = {", r"ranges\.y: missing, for the loss is squared_error"),
        ('"squared_error"\n', '"given_gradient"\n', r"ranges\.upstream: missing, for the loss is given_gradient"),
    ],
)
def test_what_does_not_fit_exact_numbers_is_one_clear_error(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in RELU_NET
    (tmp_path / "mine.toml").write_text(RELU_NET.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"(?s)mine\.toml.*" + said):
        load_recipe("mine.toml", tmp_path)


def test_questions_in_files_may_be_exact() -> None:
    network = {
        "sizes": [1, 1],
        "activations": ["relu"],
        "loss": "half_squared_error",
        "W1": [[0.5]],
        "x": [3],
        "y": [1.25],
    }
    document = {"network": network, "ask": {"parameter": "w1_11"}, "precision": "exact"}
    solved = problem_from(document).solve()
    assert (solved.printed("gradient"), solved.range("gradient")) == ("0.75", (0.75, 0.75))
    assert solved.slots[0].name == "a1_1"
    with pytest.raises(NetworkError, match=r"network.activations: sigmoid at the output gives no exact numbers"):
        problem_from({**document, "network": {**network, "activations": ["sigmoid"]}})


def test_derivatives_that_are_given_take_the_place_of_targets() -> None:
    network = {
        "sizes": [1, 1, 2],
        "activations": ["relu", "linear"],
        "loss": "given_gradient",
        "W1": [[2]],
        "W2": [[3], [-1]],
        "x": [1.5],
        "upstream": [-2, 0.5],
    }
    document = {"network": network, "ask": {"parameter": "w1_11"}, "precision": "exact"}
    solved = problem_from(document).solve()
    assert (solved.printed("dL/dyhat_1"), solved.printed("gradient")) == ("-2", "-9.75")
    plain = {key: entry for key, entry in network.items() if key != "upstream"}
    for changed, said in (
        (plain, r"network.upstream: no upstream; expected the loss's derivative by each output"),
        ({**plain, "y": [1, 1]}, r"network.y: y with derivatives that are given; expected upstream"),
        ({**network, "loss": "squared_error"}, r"network.upstream: upstream with the loss 'squared_error'"),
        ({**network, "upstream": [1]}, r"network.y: 1 numbers; expected 2 numbers"),
    ):
        with pytest.raises(NetworkError, match=said):
            problem_from({**document, "network": changed})


def test_exact_places_stand_for_every_role_or_none() -> None:
    assert Precision.parse({"forward": "exact"}) == EXACT_NUMBERS
    assert Precision.parse(EXACT_NUMBERS.as_dict()) == EXACT_NUMBERS  # type: ignore[arg-type]
    assert str(EXACT_PLACES) == "exact"
    for key, other in (
        ("forward", {"forward": "exact", "product": "6d"}),
        ("update", {"forward": "4d", "update": "exact"}),
    ):
        with pytest.raises(RecipeError, match=rf"precision\.{key}: exact numbers beside rounded ones"):
            Precision.parse(other)
    with pytest.raises(RecipeError, match="without scratch or truncation"):
        Precision.parse({"forward": "exact"}, scratch=4)


def test_who_asks_for_too_short_numbers_is_told_what_to_relax() -> None:
    recipe = load_recipe("relu-net")
    strict = recipe.model_copy(update={"fairness": recipe.fairness.model_copy(update={"numerator": 1})})
    with pytest.raises(DrawError, match=r"(?s)rule 1: a number is too long.*numerator or denominator"):
        draw(strict, [b"nobody"], parameter="w1_11")


def test_a_recipe_that_says_nothing_needs_a_calculator() -> None:
    assert isinstance(load_recipe("first"), Recipe)
    assert load_recipe("first").calculator


CIRCUIT = """
title = "A maximum, and what it is multiplied by"
description = "Two derivatives of a small circuit."
minutes = 5
calculator = false
parameters = ["x", "y"]
working = "graph"

[circuit]
inputs = ["x", "y", "z"]
nodes = { q = "x + y", r = "max(q, z)", f = "r * x" }

[ranges]
inputs = { low = -9, high = 9, decimals = 0, one = false }

[fairness]
zero_paths = true

[difficulty]
paths = [1, 2]
"""


def test_a_circuit_without_a_calculator_is_worked_in_whole_numbers(tmp_path: Path) -> None:
    """Of f = max(x + y, z) · x, differentiated by the rule for products and by which of the two is larger."""
    (tmp_path / "mine.toml").write_text(CIRCUIT)
    for question in draw(load_recipe("mine.toml", tmp_path), [b"%d" % n for n in range(12)]):
        x, y, z = (int(question.printed(key)) for key in "xyz")
        larger = x + y > z
        assert int(question.printed("f")) == max(x + y, z) * x
        assert int(question.printed("x.gradient")) == max(x + y, z) + larger * x
        assert int(question.printed("y.gradient")) == larger * x


@pytest.mark.parametrize("node", ["exp(r)", "ln(r)", "sigmoid(r)"])
def test_a_circuit_without_a_calculator_has_no_node_that_takes_one(tmp_path: Path, node: str) -> None:
    (tmp_path / "mine.toml").write_text(CIRCUIT.replace('"r * x"', f'"{node} * x"'))
    with pytest.raises(RecipeError, match="gives no exact numbers"):
        load_recipe("mine.toml", tmp_path)
