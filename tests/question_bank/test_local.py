"""Local derivatives alone, each by itself: their values against the oracle, the boxes, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate
from question_bank.derivations.layout import Layout
from question_bank.errors import NetworkError, RecipeError
from question_bank.misconceptions.mistakes import mistakes
from question_bank.networks.circuit_text import read_circuit
from question_bank.networks.dense import Dense
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.draws import draw
from question_bank.questions.recipe import Recipe, load_recipe
from question_bank.questions.written import problem_from
from question_bank.questions.written_question import WrittenQuestion
from tests import oracle

LOCAL = Layout(quantity="local")


def test_multiplied_along_a_single_path_they_are_the_gradient_of_a_thousand_networks() -> None:
    """Of fifty networks with a single path, twenty draws each; the gradient is autograd's."""
    rng = np.random.default_rng(4)
    for _ in range(50):
        sizes = (int(rng.integers(1, 4)), *(1 for _ in range(rng.integers(1, 4))))
        functions = [str(name) for name in rng.choice(["sigmoid", "tanh", "softplus", "linear"], len(sizes) - 1)]
        loss = str(rng.choice(["squared_error", "half_squared_error", "mean_squared_error"]))
        network = Dense(sizes, tuple(functions), loss, None, ("unit",) * (len(sizes) - 1))  # type: ignore[arg-type]
        parameter = str(rng.choice([each.key for each in network.parameters()]))
        derivation = derive(network, parameter, LOCAL)
        of_oracle = oracle.Network(network.sizes, network.activations, network.loss, network.softmax, network.biases)
        givens = rng.uniform(-1.5, 1.5, (20, len(derivation.givens)))
        for row, drawn in zip(evaluate(derivation, givens), givens, strict=True):
            numbers = dict(zip((each.key for each in derivation.givens), drawn, strict=True))
            whole = np.prod([row[at] for at in derivation.answers_at])
            assert whole == pytest.approx(oracle.gradients(of_oracle, numbers)[parameter], rel=1e-9, abs=1e-12)


def test_a_derivative_that_two_paths_share_has_one_box() -> None:
    network = Dense((1, 1, 2), ("sigmoid", "sigmoid"), "squared_error")
    derivation = derive(network, "w1_11", LOCAL)
    keys = [answer.key for answer in derivation.answers]
    assert len({*keys}) == len(keys) == 3 + 3 + 2
    assert [slot.name for slot in derivation.slots if slot.name in keys] == keys
    assert derivation.paths == ()
    assert {step.role for step in derivation.steps} == {"given", "forward", "factor"}


def test_of_a_circuit_the_derivatives_of_its_nodes_are_asked() -> None:
    derivation = derive(read_circuit(["x", "y"], {"q": "x * y", "f": "exp(q)"}), "x", LOCAL)
    assert [answer.key for answer in derivation.answers] == ["df/dq", "dq/dx"]


def test_no_mistake_of_a_product_or_a_sum_is_tried() -> None:
    struck = mistakes(load_recipe("local-derivatives").derivation("w1_11", "local"))
    assert len({mistake.misconception for mistake in struck}) > 15
    assert not {"product_sign", "factor_left_out", "missed_path", "update_plus"} & {one.misconception for one in struck}


@pytest.mark.parametrize(
    ("layout", "place"),
    [
        (Layout(quantity="local", update=PLAIN_UPDATE), "ask.learning_rate"),
        (Layout(quantity="local", paths="find"), "ask.paths"),
        (Layout(quantity="local", working="table"), "ask.working"),
    ],
)
def test_what_does_not_go_with_it_is_refused(layout: Layout, place: str) -> None:
    with pytest.raises(NetworkError) as caught:
        derive(Dense((1, 1), ("tanh",), "squared_error"), "w1_11", layout)
    assert caught.value.place == place


def test_a_question_goes_into_a_file_and_comes_back() -> None:
    question = draw(load_recipe("local-derivatives"), [b"a"])[0]
    assert question.derivation.is_local
    written = WrittenQuestion.of(question).model_dump(exclude_none=True, by_alias=True)
    again = WrittenQuestion.model_validate(written).problem().solve()
    assert again.derivation == question.derivation
    assert (again.values == question.values).all()
    network = {"sizes": [1, 1], "activations": ["linear"], "loss": "squared_error", "W1": [[2]], "x": [3], "y": [5]}
    solved = problem_from({"network": network, "ask": {"parameter": "w1_11", "quantity": "local"}}).solve()
    assert [solved.value(answer) for answer in solved.derivation.answers] == [2, 1, 3]


def test_a_recipe_asks_them_of_one_parameter() -> None:
    table = load_recipe("local-derivatives").model_dump(exclude_unset=True, by_alias=True)
    for changed in ({"parameters": "all"}, {"working": "chain"}):
        with pytest.raises(Exception, match="beside ask = 'local'"):
            Recipe.model_validate({**table, "slots": None, **changed})


def test_any_recipe_of_paths_can_be_asked_for_them_and_that_one_for_the_gradient() -> None:
    assert len(draw(load_recipe("chain"), [b"a"], quantity="local")[0].derivation.answers) in (3, 5)
    assert draw(load_recipe("local-derivatives"), [b"a"], quantity="gradient")[0].derivation.paths
    with pytest.raises(RecipeError):
        load_recipe("forward-sigmoid").derivation("w1_11", "local")
