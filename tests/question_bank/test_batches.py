"""Several examples at once: held to HIPS autograd on random networks, a published step, and mistakes by hand."""

from __future__ import annotations

from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from question_bank import draw
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError
from question_bank.misconceptions.batches import example_not_moved, gradient_of_example_before
from question_bank.misconceptions.entry import sites
from question_bank.misconceptions.mistakes import mistakes
from question_bank.networks.batch import Minibatch
from question_bank.networks.dense import Dense
from question_bank.networks.updates import PLAIN_UPDATE, Update
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from question_bank.questions.written import read_problem
from question_bank.questions.written_question import WrittenQuestion
from tests.question_bank.one_mistake import mistaken

FUNCTIONS = {"sigmoid": lambda a: 1 / (1 + anp.exp(-a)), "tanh": anp.tanh, "linear": lambda a: a}
SHARES = {"squared_error": 1.0, "half_squared_error": 0.5}

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.bank) for seed in range(1, 21))]


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_over_all_examples_are_those_of_autograd(seed: int) -> None:
    """With all seeds a thousand networks of two layers, by paths and in a table."""
    rng = np.random.default_rng(900 + seed)
    for _ in range(50):
        sizes = tuple(int(n) for n in rng.integers(1, 4, 3))
        names = [str(name) for name in rng.choice(list(FUNCTIONS), 2)]
        loss, mean, count = str(rng.choice(list(SHARES))), bool(rng.random() < 0.5), int(rng.integers(2, 5))
        keep = 0.8 if rng.random() < 0.3 else None
        network = Dense(sizes, tuple(names), loss, None, ("unit", "none"), keep=keep)
        batch = Minibatch(network, count, "mean" if mean else "sum")
        w1, w2 = rng.normal(0, 1, (sizes[1], sizes[0])), rng.normal(0, 1, (sizes[2], sizes[1]))
        b1, x, y = rng.normal(0, 1, sizes[1]), rng.normal(0, 1, (count, sizes[0])), rng.normal(0, 1, (count, sizes[2]))

        kept = rng.integers(0, 2, (count, sizes[1]))
        through = 1.0 if keep is None else kept / keep

        def total(w1: Any, b1: Any, w2: Any) -> Any:
            h = FUNCTIONS[names[0]](anp.dot(x, w1.T) + b1) * through  # noqa: B023
            found = SHARES[loss] * anp.sum((FUNCTIONS[names[1]](anp.dot(h, w2.T)) - y) ** 2)  # noqa: B023
            return found / count if mean else found  # noqa: B023

        truth = {}
        for letter, gradient in zip(("w1", "b1", "w2"), grad(total, (0, 1, 2))(w1, b1, w2), strict=True):
            for place, value in np.ndenumerate(gradient):
                at = "".join(str(n + 1) for n in place)
                truth[f"{letter}_{at}"] = float(value)
        numbers = {f"w1_{j + 1}{i + 1}": float(v) for (j, i), v in np.ndenumerate(w1)}
        numbers |= {f"w2_{j + 1}{i + 1}": v for (j, i), v in np.ndenumerate(w2)}
        numbers |= {f"b1_{j + 1}": v for j, v in enumerate(b1)}
        numbers |= {f"x_{i + 1}#{n + 1}": v for (n, i), v in np.ndenumerate(x)}
        numbers |= {f"y_{k + 1}#{n + 1}": v for (n, k), v in np.ndenumerate(y)}
        numbers |= {f"mask1_{j + 1}#{n + 1}": v for (n, j), v in np.ndenumerate(1.0 * kept)} if keep else {}
        table = solve(derive(batch, [*batch.parameters()], Layout(working="table")), numbers)
        scale = max(map(abs, truth.values()))
        for value in table.derivation.asked:
            found, want = table.value(table.derivation.gradient_of(value)), truth[value.key]
            assert abs(found - want) <= 1e-9 * abs(want) + 1e-12 * scale, (batch, value)
        one = solve(derive(batch, "w1_11"), numbers)
        assert len(one.derivation.paths) == count * sizes[2]
        assert abs(one.value("gradient") - truth["w1_11"]) <= 1e-9 * abs(truth["w1_11"]) + 1e-12 * scale


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_behind_a_combined_loss_are_those_of_autograd(seed: int) -> None:
    """With all seeds a thousand batches: sigmoids under binary cross-entropy, softmaxes under cross-entropy."""
    rng = np.random.default_rng([90, seed])
    for _ in range(50):
        inputs, outputs, count = (int(n) for n in rng.integers(2, 4, 3))
        softmax, mean = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
        loss, last = ("cross_entropy", "softmax") if softmax else ("binary_cross_entropy", "sigmoid")
        batch = Minibatch(Dense((inputs, outputs), (last,), loss, combined=True), count, "mean" if mean else "sum")
        w, x = rng.normal(0, 1, (outputs, inputs)), rng.normal(0, 1, (count, inputs))
        y = rng.dirichlet(np.ones(outputs), count) if softmax else rng.uniform(0, 1, (count, outputs))

        def total(w: Any) -> Any:
            a = anp.dot(x, w.T)  # noqa: B023
            if softmax:  # noqa: B023
                yhat = anp.exp(a) / anp.sum(anp.exp(a), axis=1, keepdims=True)
                found = -anp.sum(y * anp.log(yhat))  # noqa: B023
            else:
                yhat = 1 / (1 + anp.exp(-a))
                found = -anp.sum(y * anp.log(yhat) + (1 - y) * anp.log(1 - yhat))  # noqa: B023
            return found / count if mean else found  # noqa: B023

        numbers = {f"w1_{j + 1}{i + 1}": v for (j, i), v in np.ndenumerate(w)}
        numbers |= {f"x_{i + 1}#{n + 1}": v for (n, i), v in np.ndenumerate(x)}
        numbers |= {f"y_{k + 1}#{n + 1}": v for (n, k), v in np.ndenumerate(y)}
        truth = grad(total)(w)
        for working in ("table", "deltas"):
            table = solve(derive(batch, [*batch.parameters()], Layout(working=working)), numbers)
            for (j, i), want in np.ndenumerate(truth):
                found = table.value(f"w1_{j + 1}{i + 1}.gradient")
                assert found == pytest.approx(want, rel=1e-9, abs=1e-12), batch
        one = solve(derive(batch, "w1_11"), numbers)
        assert len(one.derivation.paths) == count
        assert one.value("gradient") == pytest.approx(truth[0, 0], rel=1e-9, abs=1e-12)


NEURON = Dense((2, 1), ("linear",), "half_squared_error")
NUMBERS = {
    "x_1#1": 1,
    "x_2#1": 2,
    "x_1#2": -3,
    "x_2#2": 4,
    "w1_11": 0.5,
    "w1_12": -1,
    "y_1#1": 2,
    "y_1#2": -1,
    "eta": 0.1,
}
# yhat = -1.5 and -5.5, so the errors are -3.5 and -4.5.


def neuron(reduction: str, asked: str = "w1_11") -> Question:
    batch = Minibatch(NEURON, 2, reduction)  # type: ignore[arg-type]
    return solve(derive(batch, asked, Layout(quantity="updated", update=PLAIN_UPDATE)), NUMBERS)


def test_sum_and_mean_by_hand() -> None:
    added, averaged = neuron("sum"), neuron("mean")
    assert added.value("gradient") == pytest.approx(-3.5 + 13.5)
    assert averaged.value("gradient") == pytest.approx(5.0)
    assert averaged.value("updated") == pytest.approx(0.0)
    assert [path.product.key for path in averaged.derivation.paths] == ["path_1.product", "path_2.product"]


def test_mistakes_with_several_examples_give_what_they_give_by_hand() -> None:
    averaged, added = neuron("mean"), neuron("sum")
    assert mistaken(averaged, "dL/dyhat_1#1")["batch_sum_for_mean"] == pytest.approx([-3.5])
    assert mistaken(added, "dL/dyhat_1#1")["batch_mean_for_sum"] == pytest.approx([-1.75])
    assert "batch_mean_for_sum" not in mistaken(averaged, "dL/dyhat_1#1")
    assert mistaken(averaged, "gradient")["one_example_only"] == pytest.approx([-1.75, 6.75])
    assert mistaken(averaged, "da1_1#1/dw1_11")["value_of_other_example"] == pytest.approx([-3])
    table = derive(Minibatch(NEURON, 2, "sum"), ["w1_11", "w1_12"], Layout(working="table"))
    assert mistaken(solve(table, NUMBERS), "w1_12.gradient")["one_example_only"] == pytest.approx([-7, -18])


TWO_CLASSES = """
[batch]
sizes = [1, 2]
activations = ["softmax"]
loss = "cross_entropy"
combined = true
examples = 2
reduction = "mean"
W1 = [0, 0]
x = [2, 3]
y = [[1, 0], [0, 1]]
[ask]
parameters = "all"
working = "table"
"""
# Every probability is a half: the errors are ∓1/2, of which the mean takes the half.


@pytest.mark.parametrize(("reduction", "mistaken_for"), [("mean", "batch_sum_for_mean"), ("sum", "batch_mean_for_sum")])
def test_mistakes_with_several_examples_are_tried_in_each_of_several_steps(reduction: Any, mistaken_for: str) -> None:
    batch = Minibatch(Dense((1, 1), ("linear",), "squared_error"), 2, reduction)
    layout = Layout(quantity="updated", update=Update(passes=2), working="table")
    derivation = derive(batch, ["w1_11"], layout)
    for name, kind in ((mistaken_for, "loss"), ("one_example_only", "parameter_gradient")):
        found = [mistake for mistake in mistakes(derivation) if mistake.misconception == name]
        struck = {derivation.steps[position].name for mistake in found for position in mistake.exchanged}
        assert struck == {step.name for step in derivation.steps if step.kind == kind}


def test_two_examples_behind_a_softmax_by_hand() -> None:
    question = read_problem(TWO_CLASSES, "mine.toml").solve()
    assert [question.value(f"dL/da1_{k}#{n}") for n in (1, 2) for k in (1, 2)] == [-0.25, 0.25, 0.25, -0.25]
    assert question.value("w1_11.gradient") == pytest.approx(-0.25 * 2 + 0.25 * 3)
    at_output = mistaken(question, "dL/da1_1#1")
    assert at_output["batch_sum_for_mean"] == [-0.5]
    assert at_output["error_target_forgotten"] == [0.25]
    # Another class of the same example, and not of the other one.
    assert at_output["error_other_target"] == [0.25]
    with pytest.raises(InputError, match=r"batch\.y, row 2: y adds up to 2"):
        read_problem(TWO_CLASSES.replace("[0, 1]]", "[1, 1]]"), "mine.toml")


def test_one_target_of_every_example_is_one() -> None:
    for question in draw(load_recipe("batch-softmax"), [b"%d" % n for n in range(6)]):
        for n in (1, 2):
            assert sorted(question.value(f"y_{k}#{n}") for k in (1, 2)) == [0, 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_steps_on_examples_in_turn_are_those_of_autograd(seed: int) -> None:
    """With all seeds a thousand networks: each example's gradient is taken where the step before it led."""
    rng = np.random.default_rng([91, seed])
    for _ in range(50):
        inputs, hidden, count = (int(n) for n in rng.integers(1, 4, 3))
        count, rate = count + 1, float(rng.uniform(0.1, 0.5))
        network = Dense((inputs, hidden, 1), ("tanh", "linear"), "half_squared_error")
        w = [rng.normal(0, 1, (hidden, inputs)), rng.normal(0, 1, (1, hidden))]
        x, y = rng.normal(0, 1, (count, inputs)), rng.normal(0, 1, count)
        numbers = {f"w1_{j + 1}{i + 1}": v for (j, i), v in np.ndenumerate(w[0])} | {"eta": rate}
        numbers |= {f"w2_{j + 1}{i + 1}": v for (j, i), v in np.ndenumerate(w[1])}
        numbers |= {f"x_{i + 1}#{n + 1}": v for (n, i), v in np.ndenumerate(x)}
        numbers |= {f"y_1#{n + 1}": v for n, v in enumerate(y)}
        batch = Minibatch(network, count, "in_turn")
        layout = Layout(quantity="updated", update=Update(passes=count), working="table")
        question = solve(derive(batch, [*batch.parameters()], layout), numbers)
        for n in range(count):

            def loss(w1: Any, w2: Any) -> Any:
                return 0.5 * anp.sum((anp.dot(w2, anp.tanh(anp.dot(w1, x[n]))) - y[n]) ** 2)  # noqa: B023

            w = [each - rate * slope for each, slope in zip(w, grad(loss, (0, 1))(*w), strict=True)]
            for layer, matrix in enumerate(w, 1):
                for (j, i), want in np.ndenumerate(matrix):
                    found = question.value(f"w{layer}_{j + 1}{i + 1}@{n + 1}")
                    assert found == pytest.approx(want, rel=1e-9, abs=1e-12), (batch, n)


IN_TURN = """
[batch]
sizes = [1, 1]
activations = ["linear"]
loss = "half_squared_error"
examples = 2
reduction = "in_turn"
W1 = [1]
x = [2, 3]
y = [0, 2]
[ask]
parameters = "all"
working = "table"
quantity = "updated"
learning_rate = 0.25
"""
# The first error is 2 and its gradient 4, so that w is 0 then; the second error is -2, its gradient -6.


def test_two_examples_in_turn_by_hand() -> None:
    question = read_problem(IN_TURN, "mine.toml").solve()
    keys = ("yhat_1@1", "w1_11.gradient", "w1_11@1", "yhat_1@2", "w1_11@1.gradient", "w1_11@2")
    assert [question.value(key) for key in keys] == [2, 4, 0, 0, -6, 1.5]
    columns = [np.array([value]) for value in question.values]
    found = {
        site.step.key: float(question.derivation.program(formula).values(columns)[0])
        for mistake in (example_not_moved, gradient_of_example_before)
        for site in sites(question.derivation, ("preactivation", "parameter_gradient"))
        if (mistake is example_not_moved) == (site.step.kind == "preactivation")
        for formula in mistake(site)
    }
    # With the first example at the second step: 0 · 2 in the sum, and -2 · 2 for the gradient.
    assert found == {"a1_1@2": 0, "w1_11@1.gradient": -4}


def test_examples_in_turn_have_no_gradient_together() -> None:
    for old, new, place in (
        ("learning_rate = 0.25", "", "ask.learning_rate"),
        ('quantity = "updated"\nlearning_rate = 0.25', "", "ask.quantity"),
        ('quantity = "updated"\nlearning_rate = 0.25', 'quantity = "local"', "ask.quantity"),
    ):
        with pytest.raises(InputError) as raised:
            read_problem(IN_TURN.replace(old, new), "mine.toml").solve()
        assert raised.value.place == place


TEXT = """
[batch]
sizes = [2, 1]
activations = ["linear"]
loss = "half_squared_error"
examples = 2
reduction = "mean"
W1 = [[0.5, -1]]
x = [[1, 2], [-3, 4]]
y = [2, -1]
[ask]
parameter = "w1_11"
"""


def test_a_file_states_a_batch_and_a_question_comes_back_from_its_own() -> None:
    question = read_problem(TEXT, "mine.toml").solve()
    assert question.value("gradient") == pytest.approx(5.0)
    (drawn,) = draw(load_recipe("batch"), [b"one"], quantity="updated")
    for one in (question, drawn):
        back = WrittenQuestion.model_validate_json(WrittenQuestion.of(one).model_dump_json()).problem()
        assert (back.derivation, back.solve().values.tolist()) == (one.derivation, one.values.tolist())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("examples = 2", "examples = 1", "batch.examples: 1 examples; expected 2 to 4"),
        ('"mean"', '"median"', "reduction"),
        ("x = [[1, 2], [-3, 4]]", "x = [[1, 2]]", "batch.x: one entry; expected 2 rows of 2 numbers"),
        ('loss = "half_squared_error"', 'loss = "given_gradient"', "loss given_gradient with several examples"),
        ('loss = "half_squared_error"', 'loss = "none"', "batch: loss none with several examples"),
        ("sizes = [2, 1]", "sizes = [2]", "batch.sizes: sizes [2] make no network"),
        ("examples = 2", 'examples = "two"', "batch.examples: 'two'; expected a whole number"),
        ("examples = 2", "examples = 1e300", "batch.examples: 1e+300; expected a whole number"),
        ("examples = 2", "examples = 2030-01-31", "batch.examples: 2030-01-31; expected a whole number"),
        ('parameter = "w1_11"', "parameters = 5", "ask.parameters: 5; expected"),
    ],
)
def test_a_file_says_what_is_wrong(old: str, new: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        read_problem(TEXT.replace(old, new), "mine.toml")
    assert said in str(raised.value)


def test_no_honest_student_leaves_the_ranges() -> None:
    """Worked in plain Python, every box rounded to four decimals or more, each of these gone on from."""
    rng = np.random.default_rng(3)
    for question in draw(load_recipe("batch"), [b"honest %d" % n for n in range(4)], quantity="updated"):
        given = {each.key: question.value(each) for each in question.derivation.givens}
        asked = question.derivation.parameter.key
        for _ in range(100):
            value: dict[str, float] = {}

            def record(key: str, number: float) -> float:
                return value.setdefault(key, round(number, 4 + int(rng.integers(0, 3))))  # noqa: B023

            terms = []
            for n in (1, 2):
                a = record(f"a1_1#{n}", sum(given[f"w1_1{i}"] * given[f"x_{i}#{n}"] for i in (1, 2)))
                error = record(f"path_{n}.dL/dyhat_1#{n}", (record(f"yhat_1#{n}", a) - given[f"y_1#{n}"]) / 2)
                value[f"path_{n}.dyhat_1#{n}/da1_1#{n}"] = 1.0
                value[f"path_{n}.da1_1#{n}/d{asked}"] = x = given[f"x_{asked[-1]}#{n}"]
                terms.append(record(f"path_{n}.product", error * x))
            record("updated", given[asked] - given["eta"] * record("gradient", sum(terms)))
            for slot in question.slots:
                low, high = question.range(slot.step)
                assert low - 1e-12 <= value[slot.name] <= high + 1e-12, slot.name
