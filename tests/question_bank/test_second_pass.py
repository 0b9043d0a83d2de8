"""The forward pass once more with the new value: held to the oracle on random networks, and its mistakes by hand."""

import numpy as np
import pytest

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.names import named
from question_bank.misconceptions import CATALOGUE, Site
from question_bank.networks.dense import Dense
from question_bank.networks.updates import Update
from question_bank.questions.question import solve
from question_bank.questions.recipe import load_recipe
from question_bank.questions.written import read_problem
from question_bank.questions.written_question import WrittenQuestion
from tests import oracle
from tests.question_bank.comparison import random_cases

AGAIN = Layout(quantity="updated", update=Update(again=True))


NETWORKS = 40
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.bank) for seed in range(1, 26))]


@pytest.mark.parametrize("seed", SEEDS)
def test_random_networks_come_to_what_the_oracle_gives_with_the_new_value(seed: int) -> None:
    """With all seeds a thousand networks."""
    for case in random_cases(seed, NETWORKS):
        parameter = case.asked[seed % len(case.asked)]
        before = oracle.forward(case.network, case.values)
        new = case.values[parameter] - 0.3 * oracle.gradients(case.network, case.values)[parameter]
        after = oracle.forward(case.network, case.values | {parameter: new})
        question = solve(derive(case.architecture, parameter, AGAIN), case.values | {"eta": 0.3})
        found = {step.key: question.value(step.name) for step in question.derivation.steps}
        again = {key.removesuffix("~1"): value for key, value in found.items() if key.endswith("~1")}
        # What is not worked again is what it was before.
        expected = before | {key: after[key] for key in again}
        assert all(abs(after[key] - expected[key]) <= 1e-12 + 1e-9 * abs(after[key]) for key in after)
        assert "L" in again
        for key, value in {**again, "L before": found["L"]}.items():
            want = before["L"] if key == "L before" else after[key]
            assert abs(value - want) <= 1e-12 + 1e-9 * abs(want), (case, parameter, key)


def test_only_what_the_new_value_reaches_is_worked_again() -> None:
    network = Dense((2, 2, 1), ("sigmoid", "linear"), "half_squared_error")
    slots = [slot.name for slot in derive(network, "w1_21", AGAIN).slots]
    assert slots[slots.index("updated") :] == ["updated", "L", "a1_2~1", "h1_2~1", "a2_1~1", "yhat_1~1", "L~1"]
    slots = [slot.name for slot in derive(network, "w2_12", AGAIN).slots]
    assert slots[slots.index("updated") :] == ["updated", "L", "a2_1~1", "yhat_1~1", "L~1"]


LINEAR = Dense((1, 1, 1), ("linear", "linear"), "half_squared_error")
# a1 = 0.5 · 2 = 1, ŷ = 3 · 1 = 3, gradient (3 - 1) · 3 · 2 = 12; w = 0.5 - 0.1 · 12 = -0.7, so a1 = -1.4 and ŷ = -4.2.
NUMBERS = {"x_1": 2.0, "w1_11": 0.5, "w2_11": 3.0, "y_1": 1.0, "eta": 0.1}


def mistaken(key: str) -> dict[str, list[float]]:
    derivation: Derivation = derive(LINEAR, "w1_11", AGAIN)
    columns = [np.array([value]) for value in solve(derivation, NUMBERS).values]
    site = Site(derivation, derivation.step(key))
    found = {}
    for entry in CATALOGUE:
        if site.step.kind in entry.kinds and (formulas := entry.mistaken(site)):
            found[entry.id] = [float(derivation.program(formula).values(columns)[0]) for formula in formulas]
    return found


def test_mistakes_of_the_second_pass_give_what_they_give_by_hand() -> None:
    question = solve(derive(LINEAR, "w1_11", AGAIN), NUMBERS)
    values = [question.value(key) for key in ("L", "updated", "a1_1~1", "h1_1~1", "a2_1~1", "yhat_1~1", "L~1")]
    assert values == pytest.approx([2, -0.7, -1.4, -1.4, -4.2, -4.2, 13.52])
    assert mistaken("a1_1~1") == {"again_old_weight": pytest.approx([1])}
    assert mistaken("a2_1~1") == {"again_old_value": pytest.approx([3])}
    assert mistaken("L") == {"loss_value_factor": pytest.approx([4])}
    assert mistaken("L~1") == {"again_old_value": pytest.approx([2]), "loss_value_factor": pytest.approx([27.04])}


def test_a_written_question_asks_for_the_second_pass_and_comes_back_from_its_file() -> None:
    question = read_problem(
        """
        [network]
        sizes = [1, 1, 1]
        activations = ["linear", "linear"]
        loss = "half_squared_error"
        W1 = [[0.5]]
        W2 = [[3]]
        x = [2]
        y = [1]
        [ask]
        parameter = "w1_11"
        quantity = "updated"
        learning_rate = 0.1
        update = { rule = "plain", again = true }
        """,
        "mine.toml",
    ).solve()
    assert question.value("L~1") == pytest.approx(13.52)
    written = WrittenQuestion.of(question)
    assert written.model_dump()["ask"]["update"] == {"rule": "plain", "step": 1, "again": True}
    assert WrittenQuestion.model_validate_json(written.model_dump_json()).derivation == question.derivation


def test_the_recipe_asks_for_it_where_the_new_value_is_asked_for() -> None:
    recipe = load_recipe("again")
    updated = recipe.derivation("w1_11", "updated")
    assert named("L~1") in updated.index
    assert named("L~1") not in recipe.derivation("w1_11", "gradient").index
