"""Every gradient is held to an independent oracle, on several hundred random networks."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate
from question_bank.expressions.names import Symbol
from question_bank.networks.losses import LOSSES
from question_bank.networks.rules import RULES
from question_bank.questions.question import solve
from tests import oracle
from tests.question_bank.comparison import HIDDEN, Case, disagreements, random_case, random_cases, solved
from tests.question_bank.strategies import givens, networks


def describe(case: Case) -> str:
    return f"{case.network} with {case.values}"


@settings(derandomize=True, deadline=None, max_examples=200)
@given(data=st.data())
def any_network(nonzero: list[bool], data: st.DataObject) -> None:
    network = data.draw(networks())
    values = data.draw(givens(network))
    inside = [value for key, value in oracle.forward(network, values).items() if key[0] == "a"]
    # Further out 1 - tanh² is a difference of floats so near each other that its ninth digit is chance.
    assume(max(map(abs, inside)) < 6)
    case = Case(network, values, (data.draw(st.sampled_from([*oracle.parameter_names(network)])),))
    assert disagreements(case) == []
    nonzero.append(oracle.gradients(network, case.values)[case.asked[0]] != 0)


@pytest.mark.bank
def test_random_networks_of_all_kinds() -> None:
    nonzero: list[bool] = []
    any_network(nonzero)
    # Zeros and dead units make some gradients 0; if most were, the comparison would show nothing.
    assert len(nonzero) >= 200
    assert sum(nonzero) > 0.5 * len(nonzero)


PAIRS = [
    (loss, output)
    for loss, output in product(LOSSES, (*HIDDEN, "full", "diagonal"))
    if not LOSSES[loss].probabilities or output in ("sigmoid", "full", "diagonal")
]


@pytest.mark.parametrize(("loss", "output"), PAIRS)
def test_each_loss_on_each_output(loss: str, output: str) -> None:
    for depth in (1, 2, 3, 4):
        rng = np.random.default_rng([depth, *loss.encode(), *output.encode()])
        case = random_case(rng, depth=depth, loss=loss, output=output)
        assert disagreements(case) == [], describe(case)


@pytest.mark.parametrize(("hidden", "bias"), list(product(HIDDEN, ("none", "unit", "layer"))))
def test_each_hidden_activation_with_each_bias(hidden: str, bias: str) -> None:
    for depth in (2, 3, 4):
        rng = np.random.default_rng([depth, *hidden.encode(), *bias.encode()])
        case = random_case(rng, depth=depth, hidden=hidden, output="sigmoid", bias=bias)
        assert disagreements(case) == [], describe(case)


@pytest.mark.parametrize("softmax", ["full", "diagonal"])
@pytest.mark.parametrize("layer", [1, 2, 3])
def test_shared_bias_has_paths_through_every_unit_that_uses_it(layer: int, softmax: str) -> None:
    network = oracle.Network((2, 3, 2, 3), ("tanh", "sigmoid", "softmax"), "squared_error", softmax, ("layer",) * 3)
    rng = np.random.default_rng(layer)
    values = {name: float(rng.normal()) for name in [*oracle.parameter_names(network), "x_1", "x_2"]}
    values |= {"y_1": 0.0, "y_2": 1.0, "y_3": 0.0}
    case = Case(network, values, (f"b{layer}",))
    assert disagreements(case) == []
    through = {path.route[1].key for path in solved(case, f"b{layer}").derivation.paths}
    assert through == {f"a{layer}_{unit}" for unit in range(1, network.sizes[layer] + 1)}


def test_every_parameter_of_one_network() -> None:
    (case,) = random_cases(5, 1, depth=3, hidden="tanh", output="full", loss="cross_entropy", bias="unit")
    every = Case(case.network, case.values, tuple(parameter.key for parameter in case.architecture.parameters()))
    assert every.asked == tuple(oracle.parameter_names(case.network))
    assert disagreements(every) == []


def test_indices_above_nine() -> None:
    network = oracle.Network((11, 12, 2), ("tanh", "linear"), "half_squared_error", None, ("unit", "none"))
    rng = np.random.default_rng(11)
    values = {name: float(rng.normal(0, 0.4)) for name in oracle.parameter_names(network)}
    values |= {f"x_{n}": float(rng.normal()) for n in range(1, 12)} | {"y_1": 0.3, "y_2": -0.4}
    assert disagreements(Case(network, values, ("w1_12,11", "w1_11", "w1_1,11", "w1_11,1", "w2_2,10", "b1_10"))) == []


def test_loss_formulas() -> None:
    for case in random_cases(77, 60):
        derivation = derive(case.architecture, case.asked[0])
        node = case.architecture.graph().nodes[Symbol("L")]
        ((_, _, formula),) = RULES[node.rule].steps(node)
        question = solve(derivation, case.values)
        columns = [np.array([value]) for value in question.values]
        (got,) = derivation.program(formula).values(columns)
        assert got == pytest.approx(oracle.forward(case.network, case.values)["L"], rel=1e-12)


def test_factored_gradient_formula_is_the_same_number() -> None:
    for case in random_cases(78, 60):
        derivation = derive(case.architecture, case.asked[0])
        question = solve(derivation, case.values)
        columns = [np.array([value]) for value in question.values]
        got = float(np.ravel(derivation.program(derivation.graph.gradient(derivation.parameter)).values(columns))[0])
        largest = max(abs(question.value(path.product)) for path in derivation.paths)
        # As it is printed, 1 - yhat loses digits where yhat is nearly 1.
        assert got == pytest.approx(question.value("gradient"), rel=1e-9, abs=1e-14 * largest)


def test_oracle_agrees_with_central_differences() -> None:
    """The second check, that knows no reverse mode: it keeps the oracle itself honest."""
    checked = 0
    for case in random_cases(9, 60):
        inside = [value for key, value in oracle.forward(case.network, case.values).items() if key[0] == "a"]
        if "relu" in case.network.activations and min(map(abs, inside)) < 1e-2:
            continue  # a difference across the kink is no derivative
        truth = oracle.gradients(case.network, case.values)
        for name in case.asked:
            scale = max(1.0, *map(abs, truth.values()))
            assert oracle.central_difference(case.network, case.values, name) == pytest.approx(
                truth[name], rel=1e-6, abs=1e-8 * scale
            ), describe(case)
            checked += 1
    assert checked > 100


def test_batch_is_evaluated_row_by_row() -> None:
    (case,) = random_cases(3, 1, depth=3, hidden="sigmoid", output="diagonal", loss="squared_error")
    derivation = derive(case.architecture, case.asked[0])
    rng = np.random.default_rng(1)
    rows = rng.uniform(0.1, 0.9, (50, len(derivation.givens)))
    together = evaluate(derivation, rows)
    assert together.shape == (50, len(derivation.steps))
    for row, found in zip(rows[:5], together[:5], strict=True):
        alone = solve(derivation, dict(zip(derivation.givens, row, strict=True)))
        np.testing.assert_allclose(found, alone.values, rtol=1e-14)
