"""Several parameters updated at once: held to optax and to the oracle, clipped together, and their mistakes by hand."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from question_bank import draw
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate
from question_bank.derivations.layer_tables import layer_tables
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError
from question_bank.expressions.names import Symbol
from question_bank.networks.dense import Dense
from question_bank.networks.updates import Update
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import FOLDER, Recipe
from question_bank.questions.written import read_problem
from question_bank.questions.written_question import WrittenQuestion
from tests import oracle
from tests.question_bank.comparison import random_cases
from tests.question_bank.one_mistake import mistaken
from tests.question_bank.optax_updates import CLIPPED, FILE, FORMS, STEPS, cases, clipped_cases

OPTAX = np.load(FILE)


def units(count: int) -> Dense:
    """Linear units on an input of 1: the gradient of each one's weight is w - y."""
    return Dense((1, count), ("linear",), "half_squared_error")


def table(network: Dense, update: Update) -> Layout:
    return Layout(quantity="updated", update=update, working="table")


@pytest.mark.parametrize(("rule", "form"), FORMS)
def test_each_of_two_parameters_has_its_own_state_and_gives_what_optax_gives(rule: str, form: str) -> None:
    numbers, expected = cases(rule, form), OPTAX[f"{rule} {form}"]
    network, compared = units(2), 0
    for step in STEPS:
        (rows,) = np.nonzero(numbers["step"] == step)
        # What rates they have in common is the first one's, so that only that is held to optax: each is first once.
        for own, other in ((0, 1), (1, 0)):
            derivation = derive(network, [*network.parameters()], table(network, Update(rule, form, step)))
            at = {own: rows, other: np.roll(rows, 1)}
            givens = []
            for given in derivation.givens:
                of = given.of or given
                place = at[of.index[0] - 1] if of.letter in "wy" else rows
                w, g = numbers["w"][place], numbers["g"][place]
                found = {"x": np.ones(len(rows)), "w": w, "y": w - g}
                key = given.letter if given.round is not None else given.key
                givens.append(found[given.letter] if given.letter in found else numbers[key][place])
            new = evaluate(derivation, np.stack(givens, axis=1))[:, derivation.answers_at[own]]
            np.testing.assert_allclose(new, expected[rows], rtol=1e-9, atol=1e-9)
            compared += len(rows)
    assert compared >= 2000


def test_clipped_by_their_norm_as_optax_clips_them() -> None:
    numbers, network = clipped_cases(), units(CLIPPED)
    derivation = derive(network, [*network.parameters()], table(network, Update(clips=True)))
    w, g = numbers["w"], numbers["g"]
    columns = {f"w1_{n + 1}1": w[:, n] for n in range(CLIPPED)} | {f"y_{n + 1}": (w - g)[:, n] for n in range(CLIPPED)}
    columns |= {"x_1": np.ones(len(w)), "eta": numbers["eta"], "clip": numbers["clip"]}
    givens = np.stack([columns[given.key] for given in derivation.givens], axis=1)
    found = evaluate(derivation, givens)
    np.testing.assert_allclose(found[:, derivation.answers_at], OPTAX["clipped"], rtol=1e-9, atol=1e-9)
    scales = found[:, derivation.index[Symbol("scale")]]
    assert 0.2 < np.mean(scales == 1) < 0.8  # both branches


SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.bank) for seed in range(1, 26))]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_second_pass_with_all_new_values_is_the_oracles(seed: int) -> None:
    """With all seeds a thousand networks."""
    for case in random_cases(700 + seed, 40):
        asked = [*case.architecture.parameters()]
        layout = Layout(quantity="updated", update=Update(again=True), working="table")
        question = solve(derive(case.architecture, asked, layout), case.values | {"eta": 0.3})
        gradients = oracle.gradients(case.network, case.values)
        new = {value.key: case.values[value.key] - 0.3 * gradients[value.key] for value in asked}
        after = oracle.forward(case.network, case.values | new)
        again = [step.key for step in question.derivation.steps if step.key.endswith("~1")]
        assert "L~1" in again
        for key in again:
            want = after[key.removesuffix("~1")]
            assert abs(question.value(key) - want) <= 1e-11 + 1e-9 * abs(want), (case, key)


TEXT = """
[network]
sizes = [1, 2]
activations = ["linear"]
loss = "half_squared_error"
W1 = [[2], [-1]]
x = [1]
y = [-1, 3]
[ask]
parameters = "all"
quantity = "updated"
learning_rate = 0.1
update = {update}
"""


def written(update: str) -> Question:
    return read_problem(TEXT.replace("{update}", update), "mine.toml").solve()


def test_a_file_gives_what_each_parameter_carries() -> None:
    question = written('{ rule = "momentum", step = 2, beta = 0.5, v = { w1_11 = 0.4, w1_21 = -0.2 } }')
    # Gradients 3 and -4: v = 0.2 - 0.3 and -0.1 + 0.4.
    found = [question.value(key) for key in ("w1_11.v~2", "w1_21.v~2", "w1_11.updated", "w1_21.updated")]
    assert found == pytest.approx([-0.1, 0.3, 1.9, -0.7])
    back = WrittenQuestion.model_validate_json(WrittenQuestion.of(question).model_dump_json()).problem()
    assert (back.derivation, back.solve().values.tolist()) == (question.derivation, question.values.tolist())
    same = written('{ rule = "momentum", step = 2, beta = 0.5, v = 0.4 }')
    assert same.value("w1_21.v~2") == pytest.approx(0.6)


def test_a_file_may_clip() -> None:
    question = written('{ rule = "plain", clip = 2.5 }')
    keys = ("norm", "scale", "w1_11.clipped", "w1_21.clipped", "w1_11.updated", "w1_21.updated")
    assert [question.value(key) for key in keys] == pytest.approx([5, 0.5, 1.5, -2, 1.85, -0.8])
    back = WrittenQuestion.model_validate_json(WrittenQuestion.of(question).model_dump_json()).problem()
    assert back.derivation == question.derivation


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ('{ rule = "momentum", step = 2, v = { w1_11 = 0.4 } }', "ask.update.v: v gives no w1_21"),
        ('{ rule = "momentum", step = 2, v = { w1_11 = 1, w1_21 = 1, w9_11 = 1 } }', "unknown key 'w9_11'"),
        ('{ rule = "rmsprop", step = 2, v = { w1_11 = 1, w1_21 = -1 } }', "v is -1"),
        ('{ rule = "plain", clip = 0 }', "clip is 0"),
    ],
)
def test_a_file_says_what_is_wrong(update: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        written(update)
    assert said in str(raised.value)


def test_one_gradient_alone_is_not_clipped() -> None:
    one = TEXT.replace('parameters = "all"', 'parameter = "w1_11"')
    with pytest.raises(InputError, match=r"ask\.update\.clip: the gradient of w1_11 alone is clipped"):
        read_problem(one.replace("{update}", '{ rule = "plain", clip = 1 }'), "mine.toml")
    with pytest.raises(InputError, match=r"ask\.update\.v: v is a table"):
        read_problem(one.replace("{update}", '{ rule = "momentum", step = 2, v = { w1_11 = 1 } }'), "mine.toml")


def test_mistakes_in_clipping_give_what_they_give_by_hand() -> None:
    question = written('{ rule = "plain", clip = 2.5 }')
    assert mistaken(question, "norm") == {
        "norm_not_rooted": pytest.approx([25]),
        "norm_of_magnitudes": pytest.approx([7, 4]),
    }
    assert mistaken(question, "scale") == {
        "scale_inverted": pytest.approx([2]),
        "scale_is_limit": pytest.approx([2.5, 1]),
    }
    assert mistaken(question, "w1_21.clipped") == {
        "clipped_by_itself": pytest.approx([-2.5]),
        "clipping_left_out": pytest.approx([-4]),
        "clipped_to_limit": pytest.approx([-0.8, 1.25]),
    }
    assert mistaken(question, "w1_21.updated")["unclipped_taken"] == pytest.approx([-1 + 0.4])


def test_mistakes_of_a_second_pass_with_several_new_values() -> None:
    network = Dense((1, 1), ("linear",), "half_squared_error", None, ("unit",))
    layout = table(network, Update(again=True))
    question = solve(
        derive(network, ["w1_11", "b1_1"], layout), {"x_1": 2, "w1_11": 1, "b1_1": 3, "y_1": 4, "eta": 0.1}
    )
    # a = 5, so the gradients are 2 and 1; w = 0.8 and b = 2.9.
    assert question.value("a1_1~1") == pytest.approx(4.5)
    found = mistaken(question, "a1_1~1")
    assert found == {"again_old_weight": pytest.approx([5]), "again_old_biases": pytest.approx([4.6])}


def test_what_is_more_than_a_line_stands_in_tables_of_its_own() -> None:
    network = Dense((2, 2, 1), ("sigmoid", "linear"), "half_squared_error", None, ("unit", "none"))
    plain = derive(network, [*network.parameters()], table(network, Update(again=True)))
    assert [one.heading for one in layer_tables(plain)] == [
        "Back through layer 2",
        "Back through layer 1",
        "Second forward pass",
    ]
    rows = [[step.key for step in row] for row in layer_tables(plain)[-1].units]
    assert rows == [["L"], ["a1_1~1", "a1_2~1", "h1_1~1", "h1_2~1"], ["a2_1~1", "yhat_1~1"], ["L~1"]]
    clipped = layer_tables(derive(network, ["w2_11", "w2_12"], table(network, Update("momentum", "added", clips=True))))
    assert clipped[-1].heading == "Update"
    assert [[step.key for step in row] for row in (*clipped[-1].units, *clipped[-1].values)] == [
        ["norm", "scale"],
        ["w2_11.clipped", "w2_11.v~1", "w2_11.updated"],
        ["w2_12.clipped", "w2_12.v~1", "w2_12.updated"],
    ]


def recipe_with(base: str, **sections: object) -> Recipe:
    written_recipe = tomllib.loads((FOLDER / f"{base}.toml").read_text(encoding="utf-8"))
    return Recipe.model_validate(written_recipe | {"slots": None} | sections)


def test_a_table_with_momentum_is_drawn_and_comes_back_from_its_file() -> None:
    velocity = {"low": -0.5, "high": 0.5, "decimals": 2}
    recipe = recipe_with("classic-221", update={"rule": "momentum", "form": "summed", "step": 2, "v": velocity})
    (question,) = draw(recipe, [b"one"], quantity="updated")
    carried = {question.value(given) for given in question.derivation.givens if given.of is not None}
    assert len(carried) > 5
    back = WrittenQuestion.model_validate_json(WrittenQuestion.of(question).model_dump_json()).problem()
    assert (back.derivation, back.solve().values.tolist()) == (question.derivation, question.values.tolist())


@pytest.mark.parametrize(
    ("base", "sections", "said"),
    [
        ("chain", {"update": {"rule": "plain", "clip": 1.0}}, "update.clip: the gradients of several parameters"),
        ("clipping", {"update": {"rule": "plain", "clip": 0.0}}, "update.clip: clip begins at 0"),
        ("classic-221", {"update": {"rule": "plain", "weight_decay": 0.1}}, "biases are asked for"),
    ],
)
def test_a_recipe_says_what_does_not_fit(base: str, sections: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        recipe_with(base, **sections)
