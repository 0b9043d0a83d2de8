"""A gradient beside its difference quotient: the values against outside ones, the digits it takes, what is refused."""

from __future__ import annotations

import random

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate
from question_bank.derivations.layout import Layout
from question_bank.errors import NetworkError, RecipeError
from question_bank.expressions.names import QUOTIENT, named
from question_bank.networks.circuit_text import read_circuit
from question_bank.networks.dense import Dense
from question_bank.networks.nudge import MOST_READINGS
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import Recipe, load_recipe
from question_bank.questions.written import problem_from
from question_bank.questions.written_question import WrittenQuestion
from tests import oracle
from tests.question_bank.random_circuits import random_example, tame

CHECKED = Layout(quantity="quotient")
NEURON = Dense((2, 1), ("sigmoid",), "half_squared_error", biases=("unit",))


def random_network(rng: np.random.Generator) -> Dense:
    """Small and smooth, so that quotient and gradient may be held against each other."""
    sizes = tuple(int(size) for size in rng.integers(1, 4, rng.integers(2, 4)))
    loss = str(rng.choice(["squared_error", "half_squared_error", "mean_squared_error", "binary_cross_entropy"]))
    last = "sigmoid" if loss == "binary_cross_entropy" else str(rng.choice(["linear", "tanh", "softplus", "sigmoid"]))
    hidden = [str(name) for name in rng.choice(["sigmoid", "tanh"], len(sizes) - 2)]
    biases = tuple(str(kind) for kind in rng.choice(["none", "unit", "layer"], len(sizes) - 1))
    return Dense(sizes, (*hidden, last), loss, None, biases)  # type: ignore[arg-type]


def test_its_values_are_those_of_the_oracle_on_a_thousand_networks() -> None:
    """Of a hundred networks, ten draws each: both values to 1e-9, and the quotient to what ε leaves of the gradient."""
    rng = np.random.default_rng(8)
    for _ in range(100):
        network = random_network(rng)
        derivation = derive(network, rng.choice([given.key for given in network.parameters()]), CHECKED)
        of_oracle = oracle.Network(network.sizes, network.activations, network.loss, network.softmax, network.biases)
        keys, parameter = [given.key for given in derivation.givens], derivation.parameter.key
        givens = rng.uniform(-1.5, 1.5, (10, len(keys)))
        givens[:, [at for at, key in enumerate(keys) if key.startswith("y")]] = rng.uniform(0, 1)
        givens[:, keys.index("epsilon")] = 1e-4
        at = {name: derivation.index[named(name)] for name in ("raised", "lowered", "quotient", "gradient")}
        for row, drawn in zip(evaluate(derivation, givens), givens, strict=True):
            numbers = dict(zip(keys, drawn, strict=True))
            sides = [
                oracle.forward(of_oracle, {**numbers, parameter: numbers[parameter] + s})["L"] for s in (1e-4, -1e-4)
            ]
            assert [row[at["raised"]], row[at["lowered"]]] == pytest.approx(sides, rel=1e-9)
            assert row[at["quotient"]] == pytest.approx((sides[0] - sides[1]) / 2e-4, rel=1e-6, abs=1e-9)
            assert row[at["quotient"]] == pytest.approx(row[at["gradient"]], rel=1e-4, abs=1e-6)


def test_of_circuits_too() -> None:
    chance, count = random.Random(12), 0
    while count < 100:
        example = random_example(chance)
        if not tame(example):
            continue
        circuit = read_circuit([*example.inputs], dict(example.nodes))
        if sum(circuit.graph().count_paths(given) for given in circuit.inputs) > MOST_READINGS:
            continue
        count += 1
        name = [*example.inputs][-1]
        derivation = derive(circuit, name, CHECKED)
        row = evaluate(derivation, np.array([[*example.inputs.values(), 1e-6]]))[0]
        sides = [
            float(example.value(example.output, {**example.inputs, name: example.inputs[name] + s}))
            for s in (1e-6, -1e-6)
        ]
        found = [row[derivation.index[named(side)]] for side in ("raised", "lowered")]
        assert found == pytest.approx(sides, rel=1e-9)
        assert row[derivation.index[QUOTIENT]] == pytest.approx(example.gradients()[name], rel=1e-3, abs=1e-3)


def test_the_quotient_comes_nearer_with_the_square_of_epsilon() -> None:
    derivation = derive(NEURON, "w1_11", CHECKED)
    givens = np.tile([1.5, -0.8, 0.4, 0.7, 0.1, 1.0, 0.0], (3, 1))
    givens[:, -1] = [0.4, 0.2, 0.1]
    rows = evaluate(derivation, givens)
    apart = rows[:, derivation.index[QUOTIENT]] - rows[:, derivation.index[named("gradient")]]
    assert apart[:-1] / apart[1:] == pytest.approx([4, 4], rel=0.1)


def recipe(**changed: object) -> Recipe:
    table = load_recipe("nudge").model_dump(exclude_unset=True, by_alias=True)
    return Recipe.model_validate({**table, "slots": None, "difficulty": {"paths": (1, 1)}, **changed})


@pytest.mark.parametrize("name", ["nudge", "nudge-circuit"])
def test_the_quotient_keeps_four_digits_and_what_is_written_of_the_values_is_why(name: str) -> None:
    """Both values off by half a unit: of most quotients that spoils the fourth digit if they have those of the rest."""
    questions = draw(load_recipe(name), [b"%d" % n for n in range(40)], quantity="quotient")

    def spoiled(question: Question, decimals: int) -> float:
        return 10.0**-decimals / (2 * question.value("epsilon")) / abs(question.value(QUOTIENT))

    asked = [spoiled(question, question.places("raised").count) for question in questions]
    as_the_rest = [spoiled(question, question.precision.forward.count) for question in questions]
    assert np.quantile(asked, 0.9) < 2e-4
    assert np.median(as_the_rest) > 2e-4


def test_a_question_goes_into_a_file_and_comes_back() -> None:
    for name in ("nudge", "nudge-circuit"):
        question = draw(load_recipe(name), [b"a"], quantity="quotient")[0]
        written = WrittenQuestion.of(question).model_dump(exclude_none=True, by_alias=True)
        assert written["ask"]["quantity"] == "quotient"
        assert written["ask"]["epsilon"] == question.value("epsilon")
        again = WrittenQuestion.model_validate(written).problem().solve()
        assert again.derivation == question.derivation
        assert (again.values == question.values).all()


@pytest.mark.parametrize(
    ("model", "asked", "layout", "place"),
    [
        (NEURON, "w1_11", Layout(quantity="quotient", working="table"), "ask.working"),
        (NEURON, "a1_1", CHECKED, "ask.parameter"),
        (Dense((1, 1), ("tanh",), "given_gradient"), "w1_11", CHECKED, "network.loss"),
        (Dense((1, 2), ("softmax",), "cross_entropy", "diagonal"), "w1_11", CHECKED, "network.softmax"),
        (Dense((8, 9, 1), ("tanh", "linear"), "squared_error"), "w1_11", CHECKED, "ask"),
    ],
)
def test_what_cannot_be_checked_is_refused(model: Dense, asked: str, layout: Layout, place: str) -> None:
    with pytest.raises(NetworkError) as caught:
        derive(model, asked, layout)
    assert caught.value.place == place


def test_a_file_says_epsilon_and_only_there() -> None:
    network = {"sizes": [1, 1], "activations": ["tanh"], "loss": "squared_error", "W1": [[0.5]], "x": [2], "y": [0]}
    ask = {"parameter": "w1_11", "quantity": "quotient", "epsilon": 0.1}
    solved = problem_from({"network": network, "ask": ask}).solve()
    assert solved.value("raised") == pytest.approx(np.tanh(1.2) ** 2, rel=1e-12)
    for changed in ({"epsilon": None}, {"epsilon": -0.1}, {"quantity": "gradient"}):
        said = {key: value for key, value in {**ask, **changed}.items() if value is not None}
        with pytest.raises(NetworkError) as caught:
            problem_from({"network": network, "ask": said})
        assert caught.value.place == "ask.epsilon"


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"parameters": "all"}, "parameters"),
        ({"network": {**load_recipe("nudge").network.model_dump(exclude_unset=True), "loss": "given_gradient"}}, "y"),
    ],
)
def test_what_a_recipe_cannot_say_beside_it(changed: dict[str, object], place: str) -> None:
    with pytest.raises(Exception, match=place):
        recipe(**changed)


def test_a_recipe_needs_an_epsilon_above_0() -> None:
    ranges = load_recipe("nudge").ranges.model_dump(exclude_unset=True)
    for epsilon in (None, 0.0, {"low": 0.0, "high": 0.1, "decimals": 2}):
        with pytest.raises(Exception, match=r"ranges\.epsilon|epsilon begins at 0"):
            recipe(ranges={**ranges, "epsilon": epsilon})
    with pytest.raises(RecipeError, match=r"ranges\.epsilon"):
        load_recipe("two-paths").derivation("w1_31", "quotient")
