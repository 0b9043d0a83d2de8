"""The forward pass alone: its values against the oracle and against print, what is refused, and what can go wrong."""

from __future__ import annotations

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate
from question_bank.derivations.layout import Layout
from question_bank.errors import NetworkError, RecipeError
from question_bank.networks.circuit_text import read_circuit
from question_bank.networks.dense import Dense
from question_bank.questions.draws import draw
from question_bank.questions.recipe import Recipe, load_recipe
from question_bank.questions.switches import switched
from question_bank.questions.written import problem_from
from question_bank.questions.written_question import WrittenQuestion
from tests import oracle
from tests.question_bank.one_mistake import mistaken

FORWARD = Layout(quantity="forward")
LOSSES = ("squared_error", "half_squared_error", "mean_squared_error", "huber", "cross_entropy", "binary_cross_entropy")


def random_network(rng: np.random.Generator) -> Dense:
    sizes = tuple(int(size) for size in rng.integers(1, 5, rng.integers(2, 5)))
    loss = str(rng.choice([*LOSSES, "none"]))
    probabilities = loss in ("cross_entropy", "binary_cross_entropy")
    # Of a single probability of 1, the logarithm of what is left is none.
    ends = ["sigmoid", "softmax"] if loss == "cross_entropy" else ["sigmoid"]
    last = str(rng.choice(ends if probabilities else ["linear", "tanh", "softmax", "softplus"]))
    hidden = [str(name) for name in rng.choice(["sigmoid", "relu", "tanh", "leaky_relu"], len(sizes) - 2)]
    biases = tuple(str(kind) for kind in rng.choice(["none", "unit", "layer"], len(sizes) - 1))
    softmax = None if last != "softmax" or loss == "none" else "full"
    return Dense(sizes, (*hidden, last), loss, softmax, biases)  # type: ignore[arg-type]


def test_its_values_are_those_of_the_oracle_on_a_thousand_networks() -> None:
    """Of fifty networks, twenty draws each; the loss is the last, where there is one."""
    rng = np.random.default_rng(12)
    for _ in range(50):
        network = random_network(rng)
        derivation = derive(network, (), FORWARD)
        of_oracle = oracle.Network(network.sizes, network.activations, network.loss, network.softmax, network.biases)
        givens = rng.uniform(-2, 2, (20, len(derivation.givens)))
        targets = [at for at, given in enumerate(derivation.givens) if given.letter == "y"]
        givens[:, targets] = rng.uniform(0, 1, (20, len(targets)))
        values = evaluate(derivation, givens)
        for row, drawn in zip(values, givens, strict=True):
            right = oracle.forward(of_oracle, dict(zip((each.key for each in derivation.givens), drawn, strict=True)))
            for answer in derivation.answers:
                assert row[derivation.index[answer]] == pytest.approx(right[answer.key], rel=1e-9, abs=1e-12)
        assert [answer.key for answer in derivation.answers][-1] == (
            "L" if network.has_loss else f"yhat_{network.sizes[-1]}"
        )


def solved(network: dict[str, object]) -> dict[str, float]:
    question = problem_from({"network": network, "ask": "forward"}).solve()
    return {slot.name: question.value(slot.step) for slot in question.slots}


def logits(*scores: float, right: int) -> dict[str, object]:
    """A network that passes its scores on to a softmax: one input of 1, and the scores as its weights."""
    return {
        "sizes": [1, len(scores)],
        "activations": ["softmax"],
        "loss": "cross_entropy",
        "combined": True,
        "W1": [[score] for score in scores],
        "x": [1],
        "class": right,
    }


def test_published_forward_passes() -> None:
    """To the digits in print; each was worked out anew before.

    DataCamp, Introduction to Deep Learning with PyTorch, "Calculating loss function by hand"; A. Rosebrock,
    pyimagesearch.com, Softmax Classifiers Explained (2016); M. Mazur, A Step by Step Backpropagation Example (2015).
    Left out is what did not agree: the 0.89 of an older slide on softmax, which is -log10(0.13).
    """
    assert round(solved(logits(-1.2, 0.12, 4.8, right=3))["L"], 4) == 0.0117
    found = solved(logits(-3.44, 1.16, -0.81, 3.91, right=4))
    assert [round(found[f"yhat_{unit}"], 4) for unit in range(1, 5)] == [0.0006, 0.0596, 0.0083, 0.9315]
    assert round(found["L"], 4) == 0.0709
    found = solved(
        {
            "sizes": [2, 2, 2],
            "activations": ["sigmoid", "sigmoid"],
            "loss": "half_squared_error",
            "W1": [[0.15, 0.20], [0.25, 0.30]],
            "W2": [[0.40, 0.45], [0.50, 0.55]],
            "b": [0.35, 0.60],
            "x": [0.05, 0.10],
            "y": [0.01, 0.99],
        }
    )
    assert round(found["yhat_1"], 8) == 0.75136507
    assert round(found["yhat_2"], 8) == 0.77292847
    assert round(found["L"], 9) == 0.298371109


def test_a_question_goes_into_a_file_and_comes_back() -> None:
    for name in ("forward-dense", "forward-softmax"):
        question = draw(load_recipe(name), [b"a"])[0]
        written = WrittenQuestion.of(question).model_dump(exclude_none=True, by_alias=True)
        counted = {"count_parameters": True} if name == "forward-dense" else {}
        assert written["ask"] == {"quantity": "forward"} | counted
        again = WrittenQuestion.model_validate(written).problem().solve()
        assert again.derivation == question.derivation
        assert (again.values == question.values).all()


def test_of_a_network_without_a_loss_only_a_single_output_can_be_differentiated() -> None:
    one = Dense((2, 1), ("sigmoid",), "none")
    assert [path.route[-1].key for path in derive(one, "w1_11").paths] == ["yhat_1"]
    with pytest.raises(NetworkError, match="2 outputs and no loss to differentiate"):
        derive(Dense((2, 2), ("sigmoid",), "none"), "w1_11")


def test_a_circuit_is_worked_forward_to_its_output() -> None:
    derivation = derive(read_circuit(["x", "y"], {"q": "x * y", "f": "exp(q)"}), (), FORWARD)
    assert [slot.name for slot in derivation.slots] == ["q", "f"]
    assert [answer.key for answer in derivation.answers] == ["f"]


@pytest.mark.parametrize(
    ("layout", "place"),
    [
        (Layout("given", "forward"), "forward"),
        (Layout(quantity="forward", paths="find"), "ask.paths"),
        (Layout(quantity="forward", working="table"), "ask.working"),
    ],
)
def test_what_does_not_go_with_it_is_refused(layout: Layout, place: str) -> None:
    with pytest.raises(NetworkError) as caught:
        derive(Dense((1, 1), ("tanh",), "squared_error"), (), layout)
    assert caught.value.place == place


def test_a_file_cannot_ask_for_a_parameter_beside_it() -> None:
    network = {"sizes": [1, 1], "activations": ["tanh"], "loss": "none", "W1": [[2]], "x": [3]}
    assert problem_from({"network": network, "ask": "forward"}).solve().value("a1_1") == 6
    for network_, ask, place in (
        (network, {"quantity": "forward", "parameter": "w1_11"}, "ask.parameter"),
        (network, {"quantity": "forward", "learning_rate": 0.5}, "ask.learning_rate"),
        ({**network, "y": [1]}, "forward", "network.y"),
        ({**network, "loss": "given_gradient", "upstream": [1]}, "forward", "network.loss"),
    ):
        with pytest.raises(NetworkError) as caught:
            problem_from({"network": network_, "ask": ask})
        assert caught.value.place == place


def recipe(**changed: object) -> Recipe:
    table = load_recipe("forward-sigmoid").model_dump(exclude_unset=True, by_alias=True)
    return Recipe.model_validate({**table, "slots": None, **changed})


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"forward": "given"}, "forward"),
        ({"parameters": "all"}, "parameters"),
        ({"difficulty": {"paths": (1, 1)}}, "difficulty.paths"),
        ({"ask": "gradient"}, "difficulty.paths"),
        ({"slots": 6}, "slots"),
    ],
)
def test_what_a_recipe_cannot_say_beside_it(changed: dict[str, object], place: str) -> None:
    with pytest.raises(Exception, match=place.replace(".", r"\.")):
        recipe(**changed)


def test_a_recipe_of_the_forward_pass_has_no_gradient_to_ask_for() -> None:
    with pytest.raises(RecipeError, match='"gradient" of a recipe that asks for the forward pass'):
        load_recipe("forward-sigmoid").derivation((), "gradient")


def test_of_any_recipe_the_forward_pass_can_be_asked_unless_it_is_printed() -> None:
    question = draw(load_recipe("two-paths"), [b"a"], quantity="forward")[0]
    assert [answer.key for answer in question.derivation.answers] == ["yhat_1", "yhat_2", "L"]
    with pytest.raises(NetworkError, match="forward"):
        draw(load_recipe("first"), [b"a"], quantity="forward")


def test_the_parameters_of_a_network_are_counted() -> None:
    """3-3-2-1: 9, 6 and 2 weights, and 3, 2 and 1 biases; it has six units, and nine circles with its inputs."""
    (question,) = draw(load_recipe("forward-dense"), [b"count"])
    assert (question.value("count"), question.printed("count")) == (23, "23")
    assert question.slots[-1].name == "count"
    assert mistaken(question, "count") == {"count_without_biases": [17], "count_of_units": [6, 9]}
    back = WrittenQuestion.model_validate_json(WrittenQuestion.of(question).model_dump_json()).problem()
    assert (back.derivation, back.solve().value("count")) == (question.derivation, 23)


def test_parameters_are_counted_beside_a_forward_pass_of_a_network_alone() -> None:
    for name in ("conv-forward", "classic-221"):
        with pytest.raises(RecipeError, match="count_parameters"):
            switched(load_recipe(name), "count_parameters", True)
