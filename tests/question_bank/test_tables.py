"""Several values at once: every derivative of a table is held to an independent oracle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from question_bank.derivations.derivation import Layout, derive
from question_bank.errors import NetworkError
from question_bank.networks.dense import Dense
from question_bank.networks.model import askable
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.question import Question, solve
from tests import oracle
from tests.question_bank.comparison import Case, random_cases
from tests.question_bank.handmade import CIRCUIT, RECURRENT, SKIP

TABLE = Layout(working="table")


def in_table(case: Case) -> Question:
    """Everything that may be asked for, at once."""
    return solve(derive(case.architecture, askable(case.architecture), TABLE), case.values)


def disagreements(case: Case) -> list[str]:
    question = in_table(case)
    truth = oracle.gradients(case.network, case.values) | oracle.inner_gradients(case.network, case.values)
    assert question.derivation.backward is not None
    largest = max(abs(question.value(name)) for name in question.derivation.backward.totals.values())
    return [
        f"d L / d {key} is {question.value(name)!r}, the oracle's {want!r} in {case.network} with {case.values}"
        for value in question.derivation.asked
        if (key := value.key) in truth
        for name, want in [(question.derivation.gradient_of(value), truth[key])]
        if not abs(question.value(name) - want) <= 1e-9 * abs(want) + 1e-13 * largest + 1e-15
    ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_random_networks_of_all_kinds(seed: int) -> None:
    """Parameters, inputs and pre-activations of 10 × 100 networks."""
    found = [said for case in random_cases(400 + seed, 100) for said in disagreements(case)]
    assert found == []


@pytest.mark.parametrize("output", ["softmax", "sigmoid", "linear"])
def test_where_loss_and_output_function_are_one_step(output: str) -> None:
    loss = {"softmax": "cross_entropy", "sigmoid": "binary_cross_entropy", "linear": "half_squared_error"}[output]
    for case in random_cases(500, 40, loss=loss, output="full" if output == "softmax" else output):
        units = case.network.sizes[-1]
        hot = {f"y_{n}": float(n == units) for n in range(1, units + 1)}
        network = replace(case.network, softmax=None, combined=True)
        assert disagreements(Case(network, case.values | hot, ())) == []


@pytest.mark.parametrize("model", [CIRCUIT, RECURRENT, SKIP])
def test_any_graph_has_in_its_table_what_its_paths_come_to(model) -> None:
    rng = np.random.default_rng(7)
    asked = askable(model)
    table = derive(model, asked, TABLE)
    givens = {given.key: float(rng.uniform(0.2, 0.9)) for given in table.givens}
    solved = solve(table, givens)
    for value in asked:
        by_paths = solve(derive(model, value), givens).value("gradient")
        assert solved.value(table.gradient_of(value)) == pytest.approx(by_paths, rel=1e-12)


NETWORK = Dense((2, 2, 1), ("sigmoid", "sigmoid"), "half_squared_error", None, ("unit", "unit"))


def test_every_derivative_is_worked_once_layer_by_layer() -> None:
    table = derive(NETWORK, [*NETWORK.parameters()], replace(TABLE, update=PLAIN_UPDATE, quantity="updated"))
    back = [slot.name for slot in table.slots if slot.name not in {value.key for value in table.graph.nodes}]
    assert back[:4] == ["dL/dyhat_1", "dyhat_1/da2_1", "a2_1.gradient", "w2_11.gradient"]
    assert back[4:6] == ["w2_11.updated", "w2_12.gradient"]
    assert back[9:12] == ["h1_1.gradient", "dh1_1/da1_1", "a1_1.gradient"]
    assert len(back) == len({*back}) == 3 + 2 * 3 + 2 * 9
    assert [answer.key for answer in table.answers] == [f"{value.key}.updated" for value in table.asked]


def test_only_what_lies_between_is_worked() -> None:
    names = [slot.name for slot in derive(NETWORK, ["w2_12"], TABLE).slots]
    assert names[-4:] == ["dL/dyhat_1", "dyhat_1/da2_1", "a2_1.gradient", "w2_12.gradient"]


def test_a_copy_that_is_not_asked_for_has_no_cell() -> None:
    """Behind a linear output ∂L/∂a is ∂L/∂ŷ; a bias's gradient is the error term once more, but is asked for."""
    network = Dense((1, 1), ("linear",), "half_squared_error", None, ("unit",))
    names = [slot.name for slot in derive(network, ["w1_11", "b1_1"], TABLE).slots]
    assert names[-3:] == ["dL/dyhat_1", "w1_11.gradient", "b1_1.gradient"]


def test_it_grows_with_the_edges_and_not_with_the_paths() -> None:
    deep = Dense((4,) * 21, ("tanh",) * 20, "half_squared_error")
    assert len(derive(deep, [*deep.parameters()], TABLE).steps) < 3_000


@pytest.mark.parametrize("asked", ["x_2", "a1_2"])
def test_an_input_or_a_pre_activation_may_be_asked_for_by_its_paths(asked: str) -> None:
    givens = {given.key: 0.1 * number for number, given in enumerate(NETWORK.givens(), 1)}
    network = oracle.Network((2, 2, 1), ("sigmoid", "sigmoid"), "half_squared_error", None, ("unit", "unit"))
    truth = oracle.inner_gradients(network, givens)[asked]
    assert solve(derive(NETWORK, asked), givens).value("gradient") == pytest.approx(truth, rel=1e-12)


@pytest.mark.parametrize(
    ("asked", "layout", "said"),
    [
        (["w1_11", "w9_11"], TABLE, "no parameter 'w9_11'"),
        (["w1_11", "w1_11"], TABLE, "twice"),
        ([], TABLE, "nothing"),
        (["w1_11", "w1_12"], Layout(), 'working = "table"'),
        (["x_1"], Layout(update=PLAIN_UPDATE), "no parameter"),
        (["y_1"], Layout(), "x_1, x_2"),
        (["L"], Layout(), "a2_1"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_a_sentence(asked, layout, said) -> None:
    with pytest.raises(NetworkError, match=said):
        derive(NETWORK, asked, layout)
