"""Layouts: one gradient worked in several ways, each held to HIPS autograd and to published numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from question_bank.derivations.arrangements import ARRANGEMENTS, Working
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import value_columns
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError, NetworkError, RecipeError
from question_bank.expressions.names import Derived
from question_bank.expressions.plain_text import plain_formula
from question_bank.misconceptions import CATALOGUE, by_id
from question_bank.misconceptions.entry import Site
from question_bank.misconceptions.mistakes import mistakes
from question_bank.networks.circuit_text import read_circuit
from question_bank.networks.dense import Dense
from question_bank.networks.notation import plain_name
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from question_bank.questions.switches import switched
from question_bank.questions.written import read_problem
from question_bank.questions.written_question import WrittenQuestion
from tests.published import TWO_TWO_TWO

BACK: tuple[Working, ...] = tuple(kind.id for kind in ARRANGEMENTS.values() if kind.id != "paths")
SEVERAL = tuple(name for name in BACK if ARRANGEMENTS[name].several)
Columns = Mapping[str, Any]

_FUNCTIONS = {
    "sigmoid": lambda a: 1 / (1 + anp.exp(-a)),
    "tanh": anp.tanh,
    "relu": lambda a: anp.where(a > 0, a, 0.0),
    "softplus": lambda a: anp.log(1 + anp.exp(a)),
    "linear": lambda a: a,
}


def _loss(network: Dense, values: Columns) -> Any:
    """The losses of many networks of one structure, added up: every value is (networks,)."""
    signal = [values[f"x_{n}"] for n in network.units(0)]
    for layer, activation in enumerate(network.activations, 1):
        inside = []
        for to in network.units(layer):
            a = values.get(f"a{layer}_{to}", 0.0)
            for source, h in enumerate(signal, 1):
                a = a + values[f"w{layer}_{to}{source}"] * h
            for bias in network.bias(layer):
                a = a + (values[bias.key] if not bias.index or bias.index[0] == to else 0.0)
            inside.append(a)
        if activation == "softmax":
            total = sum(anp.exp(a) for a in inside)
            signal = [anp.exp(a) / total for a in inside]
        else:
            signal = [_FUNCTIONS[activation](a) for a in inside]
    pairs = [(signal[n - 1], values[f"y_{n}"]) for n in network.units(network.layers)]
    terms = {
        "squared_error": lambda yhat, y: (y - yhat) ** 2,
        "half_squared_error": lambda yhat, y: (y - yhat) ** 2 / 2,
        "mean_squared_error": lambda yhat, y: (y - yhat) ** 2 / len(pairs),
        "cross_entropy": lambda yhat, y: -y * anp.log(yhat),
        "binary_cross_entropy": lambda yhat, y: -y * anp.log(yhat) - (1 - y) * anp.log(1 - yhat),
    }
    return sum(anp.sum(terms[network.loss](yhat, y)) for yhat, y in pairs)


def _truth(network: Dense, values: Columns) -> Columns:
    """The derivatives by every parameter and input, and by what enters every unit, from reverse mode."""
    count = len(values["x_1"])
    inside = {f"a{layer}_{n}": np.zeros(count) for layer in range(1, network.layers + 1) for n in network.units(layer)}
    found: Columns = grad(lambda some: _loss(network, some))({**values, **inside})
    return found


def _structure(rng: np.random.Generator) -> Dense:
    depth = int(rng.integers(1, 4))
    sizes = tuple(int(n) for n in rng.integers(1, 4, depth + 1))
    loss = str(
        rng.choice(
            ["squared_error", "half_squared_error", "mean_squared_error", "cross_entropy", "binary_cross_entropy"]
        )
    )
    last, softmax, combined = "linear", None, False
    if loss == "cross_entropy":
        sizes, last, combined = (*sizes[:-1], 2), "softmax", bool(rng.integers(2))
        softmax = None if combined else "full"
    elif loss == "binary_cross_entropy":
        last, combined = "sigmoid", bool(rng.integers(2))
    else:
        last = str(rng.choice([*_FUNCTIONS]))
    hidden = [str(rng.choice([*_FUNCTIONS])) for _ in range(depth - 1)]
    biases = tuple(str(rng.choice(["none", "unit", "layer"])) for _ in range(depth))
    return Dense(sizes, (*hidden, last), loss, softmax, biases, combined)  # type: ignore[arg-type]


def _drawn(network: Dense, rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    values = {given.key: rng.normal(0.0, 0.8, count) for given in network.givens()}
    targets = rng.uniform(0.05, 0.95, (len(network.targets), count))
    if network.has_softmax:
        targets = targets / targets.sum(axis=0)
    return values | {given.key: column for given, column in zip(network.targets, targets, strict=True)}


def _worked(derivation: Derivation, values: Columns) -> dict[str, np.ndarray]:
    columns = value_columns(derivation, [np.asarray(values[given.key]) for given in derivation.givens])
    return {step.key: column for step, column in zip(derivation.steps, columns, strict=True)}


def test_every_layout_of_twelve_hundred_random_networks() -> None:
    """Every parameter and input, and every error term, of 20 structures with 60 draws each."""
    rng = np.random.default_rng(12)
    for _ in range(20):
        network = _structure(rng)
        values = _drawn(network, rng, 60)
        truth = _truth(network, values)
        largest = max(float(np.abs(column).max()) for column in truth.values())
        for working in BACK:
            asked = [*network.parameters(), *network.inputs]
            some = [tuple(asked)] if working in SEVERAL else [(asked[n],) for n in (0, len(asked) // 2, -1)]
            for chosen in some:
                derivation = derive(network, chosen, Layout(working=working))
                found = _worked(derivation, values)
                wanted = {f"{value.key}.gradient": truth[value.key] for value in chosen}
                wanted |= {f"{key}.error": column for key, column in truth.items() if f"{key}.error" in found}
                for key, column in wanted.items():
                    np.testing.assert_allclose(found[key], column, rtol=1e-9, atol=1e-13 * largest, err_msg=key)


def test_error_terms_of_target_minus_output_are_the_others_with_their_signs_turned() -> None:
    rng = np.random.default_rng(13)
    for _ in range(10):
        network = _structure(rng)
        values = _drawn(network, rng, 20)
        asked = [*network.parameters()]
        for working in ("deltas", "matrices"):
            plain, turned = (
                _worked(derive(network, asked, Layout(working=working, error_sign=sign)), values)
                for sign in ("derivative", "target_minus_output")
            )
            assert plain.keys() == turned.keys()
            for key in plain:
                sign = -1 if key.endswith((".error", ".back")) else 1
                np.testing.assert_allclose(turned[key], sign * plain[key], rtol=1e-12, err_msg=key)


def test_the_parts_below_the_edges_add_up() -> None:
    """Of a circuit whose value goes three ways, worked by hand: f = x·y + x·x + x, at x = 3 and y = 2."""
    circuit = read_circuit(["x", "y"], {"p": "x * y", "q": "x * x", "r": "p + q", "f": "r + x"})
    question = solve(derive(circuit, circuit.inputs, Layout(working="graph")), {"x": 3, "y": 2})
    expected = {"x.via.p": 2, "x.via.q": 3, "x.via.q:2": 3, "x.via.f": 1, "x.gradient": 9, "y.gradient": 3}
    assert {key: question.value(key) for key in expected} == expected
    assert question.plain("x.via.p") == "∂f/∂p · ∂p/∂x"
    assert question.plain("x.via.f") == "∂f/∂x"


NETWORK = Dense((3, 2, 2), ("sigmoid", "sigmoid"), "half_squared_error", None, ("unit", "unit"))


def _shown(asked: str | list[str], **layout: Any) -> dict[str, str]:
    derivation = derive(NETWORK, asked, Layout(forward="given", **layout))
    return {
        slot.name: plain_formula(formula, plain_name)
        for slot in derivation.slots
        if (formula := derivation.shown(slot.step)) is not None
    }


def test_a_chain_has_each_factor_once_and_a_sum_where_its_ways_come_together() -> None:
    boxes = _shown("w1_23", working="chain")
    factors = ["dL/dyhat_1", "dyhat_1/da2_1", "dL/dyhat_2", "dyhat_2/da2_2", "da2_1/dh1_2", "da2_2/dh1_2"]
    assert [*boxes] == [*factors, "h1_2.gradient", "dh1_2/da1_2", "da1_2/dw1_23", "w1_23.gradient"]
    assert boxes["h1_2.gradient"] == "∂L/∂ŷ₁ · ∂ŷ₁/∂a₂₁ · ∂a₂₁/∂h₁₂ + ∂L/∂ŷ₂ · ∂ŷ₂/∂a₂₂ · ∂a₂₂/∂h₁₂"
    assert boxes["w1_23.gradient"] == "∂L/∂h₁₂ · ∂h₁₂/∂a₁₂ · ∂a₁₂/∂w₁₂₃"


def test_an_error_term_is_a_recorded_sum_times_the_slope() -> None:
    boxes = _shown(["w1_23", "b2_1"], working="deltas")
    assert boxes == {
        "a2_1.error": "-(y₁ - ŷ₁) · ŷ₁ · (1 - ŷ₁)",
        "a2_2.error": "-(y₂ - ŷ₂) · ŷ₂ · (1 - ŷ₂)",
        "b2_1.gradient": "δ₂₁",
        "h1_2.back": "δ₂₁ · w₂₁₂ + δ₂₂ · w₂₂₂",
        "a1_2.error": "δⁱⁿ₁₂ · h₁₂ · (1 - h₁₂)",
        "w1_23.gradient": "δ₁₂ · x₃",
    }
    turned = _shown(["w1_23"], working="deltas", error_sign="target_minus_output")
    assert turned["a2_1.error"] == "(y₁ - ŷ₁) · ŷ₁ · (1 - ŷ₁)"
    assert turned["w1_23.gradient"] == "-δ₁₂ · x₃"


def test_error_terms_grow_with_edges_and_not_with_paths() -> None:
    """From one depth to the next, of 4 units each, as many steps are added; paths are 4 times as many."""
    counts = []
    for depth in (4, 5, 6, 12):
        deep = Dense((4,) * (depth + 1), ("tanh",) * depth, "half_squared_error")
        counts.append(len(derive(deep, [*deep.parameters()], Layout(working="deltas")).steps))
    assert counts[1] - counts[0] == counts[2] - counts[1] == (counts[3] - counts[2]) / 6


# Published numbers, recomputed before they were written here.


def test_a_widely_copied_example_by_error_terms() -> None:
    """M. Mazur, "A Step by Step Backpropagation Example" (2015): its error terms, gradients and new weights."""
    text = TWO_TWO_TWO + 'quantity = "updated"\nlearning_rate = 0.5\nworking = "deltas"\n'
    solved = read_problem(text, "mine.toml").solve()
    printed = {
        "a2_1.error": (0.138498562, 9),
        "w2_11.gradient": (0.082167041, 9),
        "w2_11.updated": (0.35891648, 8),
        "h1_1.back": (0.036350306, 9),
        "w1_11.gradient": (0.000438568, 9),
        "w1_11.updated": (0.149780716, 9),
    }
    for key, (value, decimals) in printed.items():
        assert solved.value(key) == pytest.approx(value, abs=0.5001 * 10.0**-decimals), key


def test_the_sigmoid_neuron_of_cs231n_edge_by_edge() -> None:
    """Stanford CS231n, "Backpropagation, Intuitions": every gradient below an edge, to two decimals."""
    nodes = {
        "p": "w * x",
        "q": "v * z",
        "r": "p + q",
        "a": "r + b",
        "n": "-a",
        "k": "exp(n)",
        "u": "k + 1",
        "f": "1 / u",
    }
    circuit = read_circuit(["w", "x", "v", "z", "b"], nodes)
    givens = {"w": 2, "x": -1, "v": -3, "z": -2, "b": -3}
    question = solve(derive(circuit, circuit.inputs, Layout(working="graph")), givens)
    printed = {"u": -0.53, "k": -0.53, "n": -0.20, "a": 0.20, "r": 0.20, "b": 0.20, "p": 0.20, "q": 0.20}
    printed |= {"w": -0.20, "x": 0.39, "v": -0.39, "z": -0.59}
    assert {key: question.value(f"{key}.gradient") for key in printed} == pytest.approx(printed, abs=0.0051)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        ('parameters = ["w1_11", "w2_11"]\nworking = "chain"', "ask.working: 2 values as one chain of derivatives"),
        ('parameter = "w1_11"\nworking = "graph"\npaths = "find"', 'ask.paths: "find" where'),
        ('parameter = "w1_11"\nworking = "chain"\nerror_sign = "target_minus_output"', "ask.error_sign: "),
        ('parameter = "a1_1"\nworking = "deltas"\nerror_sign = "target_minus_output"', "the derivative by a1_1"),
        ('parameter = "w1_11"\nworking = "delta"', "ask.working: "),
    ],
)
def test_what_cannot_be_asked_is_said(ask: str, said: str) -> None:
    network = 'sizes = [1, 1, 1]\nactivations = ["tanh", "linear"]\nloss = "squared_error"\n'
    text = f"[network]\n{network}W1 = [[1]]\nW2 = [[2]]\nx = [3]\ny = [1]\n[ask]\n{ask}\n"
    with pytest.raises(InputError) as refused:
        read_problem(text, "mine.toml").solve()
    assert said in str(refused.value)


@pytest.mark.parametrize("working", ["table", "deltas", "matrices"])
def test_a_circuit_has_no_units_and_hence_no_error_terms(working: str) -> None:
    recipe = load_recipe("circuit-edges")
    with pytest.raises(RecipeError, match=f'working: "{working}" of a circuit.*"graph"'):
        recipe.derivation("all", "gradient", working=working)  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="of a circuit"):
        switched(recipe, "working", working)
    if working != "table":
        with pytest.raises(NetworkError, match="a network of units"):
            derive(recipe.model, "x", Layout(working=working))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["three-two-one", "one-weight", "matrices", "circuit-edges"])
def test_a_drawn_question_is_written_and_read_again(name: str) -> None:
    (question,) = draw(load_recipe(name), [b"a"])
    document = WrittenQuestion.of(question).model_dump(mode="json")
    back = WrittenQuestion.model_validate(document)
    assert back.derivation is question.derivation
    assert (
        document["ask"]["working"] == load_recipe(name).derivation(question.derivation.asked, "gradient").layout.working
    )


def test_an_assignment_may_choose_the_working() -> None:
    recipe = load_recipe("three-two-one")
    by_recipe = recipe.derivation("all", "gradient")
    assert {step.name.what for step in by_recipe.steps if isinstance(step.name, Derived)} == {
        "error",
        "back",
        "gradient",
    }
    assert recipe.derivation("all", "gradient", working="graph").layout.working == "graph"
    turned = switched(recipe, "error_sign", "target_minus_output")
    assert turned.derivation("all", "gradient").layout.error_sign == "target_minus_output"
    assert turned.derivation("all", "gradient", working="table").layout.error_sign == "derivative"


def _honest(given: dict[str, float], question: Question, rng: np.random.Generator) -> dict[str, float]:
    """A sheet of two layers in any layout, in plain Python: every box rounded to what is asked or to more digits.

    What the layout has no box for is carried on with all its digits.
    """
    derivation, network = question.derivation, question.derivation.model
    assert isinstance(network, Dense)
    turned = -1 if derivation.layout.error_sign == "target_minus_output" else 1
    boxes = {slot.name: str(question.places(slot.step)) for slot in question.slots}
    value = dict(given)

    def record(key: str, number: float) -> float:
        if key not in given:
            value[key] = round(number, int(boxes[key][:-1]) + int(rng.integers(0, 3))) if key in boxes else number
        return value[key]

    functions: dict[str, Callable[[float], float]] = {"tanh": np.tanh, "sigmoid": lambda a: 1 / (1 + np.exp(-a))}
    slopes: dict[str, Callable[[float], float]] = {"tanh": lambda h: 1 - h * h, "sigmoid": lambda h: h * (1 - h)}
    for layer, above, below in ((1, "h1", "x"), (2, "yhat", "h1")):
        for j in network.units(layer):
            bias = value.get(f"b{layer}_{j}", value.get(f"b{layer}", 0.0))
            a = bias + sum(value[f"w{layer}_{j}{i}"] * value[f"{below}_{i}"] for i in network.units(layer - 1))
            record(f"{above}_{j}", functions[network.activations[layer - 1]](record(f"a{layer}_{j}", a)))
    asked = {each.key for each in derivation.asked}
    errors: dict[tuple[int, int], float] = {}
    for k in network.units(2):
        yhat = value[f"yhat_{k}"]
        loss = record(f"dL/dyhat_{k}", yhat - value[f"y_{k}"])
        loss = record(f"yhat_{k}.gradient", loss)
        error = loss * record(f"dyhat_{k}/da2_{k}", slopes[network.activations[1]](yhat))
        errors[2, k] = record(f"a2_{k}.gradient", turned * record(f"a2_{k}.error", turned * error))
    for j in network.units(1):
        parts = []
        for k in network.units(2):
            part = errors[2, k] * record(f"da2_{k}/dh1_{j}", value[f"w2_{k}{j}"])
            parts.append(record(f"h1_{j}.via.a2_{k}", part))
        back = record(f"h1_{j}.gradient", turned * record(f"h1_{j}.back", turned * sum(parts)))
        h = value[f"h1_{j}"]
        error = back * record(f"dh1_{j}/da1_{j}", slopes[network.activations[0]](h))
        errors[1, j] = record(f"a1_{j}.gradient", turned * record(f"a1_{j}.error", turned * error))
    for layer, below in ((1, "x"), (2, "h1")):
        for j in network.units(layer):
            inputs = {f"w{layer}_{j}{i}": value[f"{below}_{i}"] for i in network.units(layer - 1)}
            for key, multiplied in (inputs | {f"b{layer}_{j}": 1.0}).items():
                if key in asked:
                    gradient = record(f"{key}.gradient", errors[layer, j] * record(f"da{layer}_{j}/d{key}", multiplied))
                    record(f"{key}.updated", given[key] - given["eta"] * gradient)
    return value


@pytest.mark.parametrize(
    ("name", "switches"),
    [
        ("three-two-one", {}),
        ("three-two-one", {"error_sign": "target_minus_output"}),
        ("matrices", {}),
        ("one-weight", {}),
        ("one-weight", {"working": "graph"}),
        ("one-weight", {"working": "deltas"}),
    ],
)
def test_no_honest_student_leaves_the_ranges(name: str, switches: dict[str, str]) -> None:
    recipe, rng = load_recipe(name), np.random.default_rng(11)
    for key, value in switches.items():
        recipe = switched(recipe, key, value)
    for question in draw(recipe, [b"honest %d" % n for n in range(4)], quantity="updated"):
        given = {each.key: question.value(each) for each in question.derivation.givens}
        for _ in range(50):
            seen = _honest(given, question, rng)
            for slot in question.slots:
                low, high = question.range(slot.step)
                assert low - 1e-12 <= seen[slot.name] <= high + 1e-12, slot.name


def _mistaken(derivation: Derivation, key: str, entry: str) -> list[str]:
    """What a misconception makes of a step's formula."""
    site = Site(derivation, derivation.step(key))
    return [plain_formula(formula, plain_name) for formula in by_id(CATALOGUE)[entry].mistaken(site)]


@pytest.mark.parametrize(
    ("working", "key", "entry", "made"),
    [
        ("deltas", "a1_2.error", "error_slope_left_out", ["δⁱⁿ₁₂"]),
        ("deltas", "a1_2.error", "error_upstream_forgotten", ["∂h₁₂/∂a₁₂"]),
        ("deltas", "h1_2.back", "back_transposed", ["δ₂₁ · w₂₂₁ + δ₂₂ · w₂₂₂"]),
        ("deltas", "h1_2.back", "use_left_out", ["δ₂₂ · w₂₂₂", "δ₂₁ · w₂₁₂"]),
        ("deltas", "h1_2.back", "back_before_slope", ["∂L/∂ŷ₁ · w₂₁₂ + ∂L/∂ŷ₂ · w₂₂₂"]),
        ("deltas", "w1_23.gradient", "gradient_value_left_out", ["δ₁₂"]),
        ("matrices", "h1_2.back", "back_upstream_forgotten", ["w₂₁₂ + w₂₂₂"]),
        ("chain", "w1_23.gradient", "upstream_forgotten", ["∂a₁₂/∂w₁₂₃"]),
        ("chain", "w1_23.gradient", "factor_left_out", ["∂L/∂a₁₂"]),
        ("chain", "w1_23.gradient", "product_sign", ["-∂L/∂a₁₂ · ∂a₁₂/∂w₁₂₃"]),
        ("chain", "w1_23.gradient", "gradient_weight", []),
        ("chain", "h1_2.gradient", "use_left_out", ["∂L/∂a₂₂ · ∂a₂₂/∂h₁₂", "∂L/∂a₂₁ · ∂a₂₁/∂h₁₂"]),
        ("graph", "h1_2.via.a2_1", "upstream_forgotten", ["∂a₂₁/∂h₁₂"]),
        ("graph", "h1_2.via.a2_1", "factors_added", ["∂L/∂a₂₁ + ∂a₂₁/∂h₁₂"]),
        ("graph", "h1_2.gradient", "use_left_out", ["∂L/∂a₂₂ · ∂a₂₂/∂h₁₂", "∂L/∂a₂₁ · ∂a₂₁/∂h₁₂"]),
        ("graph", "h1_2.gradient", "back_upstream_forgotten", []),
    ],
)
def test_what_is_mistaken_in_a_layout(working: Working, key: str, entry: str, made: list[str]) -> None:
    found = _mistaken(derive(NETWORK, "w1_23", Layout(forward="given", working=working)), key, entry)
    assert found == made


def test_with_signs_turned_the_same_mistakes_give_the_same_gradients() -> None:
    """Weights transposed, a use or a slope left out: error terms have the other sign, and gradients are the same."""
    same = ("back_transposed", "back_other_unit", "use_left_out", "error_slope_left_out", "back_before_slope")
    worked = [
        derive(NETWORK, "w1_23", Layout(forward="given", working="deltas", error_sign=sign))
        for sign in ("derivative", "target_minus_output")
    ]
    plain, turned = ({one.name: one for one in mistakes(derivation)} for derivation in worked)
    compared = [name for name, one in plain.items() if one.misconception in same]
    assert len(compared) > 8
    at = worked[0].index[worked[0].answers[0]]
    for name in compared:
        np.testing.assert_allclose(turned[name].effect[at], plain[name].effect[at], rtol=1e-12, err_msg=name)
