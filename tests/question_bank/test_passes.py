"""Updates that follow each other, of an optimiser alone and of networks: held to optax, autograd, published steps."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from question_bank import draw
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate
from question_bank.derivations.layer_tables import forward_steps, layer_tables
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError, NetworkError
from question_bank.expressions.names import Symbol
from question_bank.expressions.precision import Role
from question_bank.misconceptions import CATALOGUE, Site
from question_bank.networks.dense import Dense
from question_bank.networks.descent import Descent
from question_bank.networks.model import Model
from question_bank.networks.updates import Update
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import FOLDER, Recipe, load_recipe
from question_bank.questions.written import read_problem
from question_bank.questions.written_question import WrittenQuestion
from tests import oracle
from tests.question_bank.comparison import random_cases
from tests.question_bank.optax_updates import FILE, FORMS, RUN, run_cases

OPTAX = np.load(FILE)


def steps_of(model: Model, update: Update) -> Derivation:
    return derive(model, [*model.parameters()], Layout(quantity="updated", update=update, working="table"))


@pytest.mark.parametrize(("rule", "form"), FORMS)
def test_a_thousand_runs_of_four_steps_are_those_of_optax(rule: str, form: str) -> None:
    numbers, expected = run_cases(rule, form), OPTAX[f"runs of {rule} {form}"]
    derivation = steps_of(Descent(1, RUN, "given"), Update(rule, form, passes=RUN))
    gradients = {f"g~{step}": numbers["g"][:, step - 1] for step in range(1, RUN + 1)}
    columns = {"x_0": numbers["w"], "m~0": np.zeros(len(expected)), "v~0": np.zeros(len(expected)), **gradients}
    columns |= {key: numbers[key] for key in ("eta", "beta", "beta_1", "beta_2", "epsilon")}
    givens = np.stack([columns[given.key] for given in derivation.givens], axis=1)
    found = evaluate(derivation, givens)
    for step in range(1, RUN + 1):
        position = found[:, derivation.index[derivation.step(f"x_{step}").name]]
        np.testing.assert_allclose(position, expected[:, step - 1], rtol=1e-9, atol=1e-9)


def test_a_thousand_quadratic_functions_have_the_slopes_that_autograd_gives() -> None:
    rng = np.random.default_rng(5)
    derivation = steps_of(Descent(2, 2, "quadratic"), Update("momentum", "added", passes=2))
    a, b, c, x, y = rng.normal(0.0, 2.0, (5, 1000))
    beta, eta = rng.uniform(0.1, 0.9, (2, 1000))

    def function(at: Any) -> Any:
        return anp.sum(a * at[0] ** 2 + b * at[1] ** 2 + c * at[0] * at[1])

    numbers = {"a": a, "b": b, "c": c, "x_0": x, "y_0": y, "beta": beta, "eta": eta}
    numbers |= {"x.v~0": np.zeros(1000), "y.v~0": np.zeros(1000)}
    found = evaluate(derivation, np.stack([numbers[given.key] for given in derivation.givens], axis=1))
    at, velocity = np.stack([x, y]), np.zeros((2, 1000))
    for step in (1, 2):
        slope = grad(function)(at)
        velocity = beta * velocity - eta * slope
        at = at + velocity
        for row, letter in enumerate("xy"):
            for key, want in ((f"{letter}.g~{step}", slope[row]), (f"{letter}_{step}", at[row])):
                np.testing.assert_allclose(found[:, derivation.index[derivation.step(key).name]], want, rtol=1e-9)


SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.bank) for seed in range(1, 26))]


@pytest.mark.parametrize("seed", SEEDS)
def test_two_steps_of_random_networks_are_the_oracles(seed: int) -> None:
    """With all seeds a thousand networks: new values, and in the second pass what these make of the forward values."""
    for case in random_cases(800 + seed, 40):
        derivation = steps_of(case.architecture, Update(passes=2))
        values = dict(case.values)
        question = solve(derivation, values | {"eta": 0.1})
        for step in (1, 2):
            forward, gradients = oracle.forward(case.network, values), oracle.gradients(case.network, values)
            for key, want in forward.items():
                if f"{key}@{step}" in {each.key for each in derivation.steps}:
                    assert abs(question.value(f"{key}@{step}") - want) <= 1e-9 + 1e-9 * abs(want), (case, key, step)
            values |= {value.key: values[value.key] - 0.1 * gradients[value.key] for value in derivation.asked}
            for value in derivation.asked:
                want = values[value.key]
                assert abs(question.value(f"{value.key}@{step}") - want) <= 1e-9 + 1e-9 * abs(want), (case, value, step)


def test_parameters_that_are_not_asked_for_keep_their_values_over_three_steps() -> None:
    for case in random_cases(77, 10):
        some = [*case.architecture.parameters()][::2]
        layout = Layout(quantity="updated", update=Update(passes=3), working="table")
        values = dict(case.values)
        question = solve(derive(case.architecture, some, layout), values | {"eta": 0.1})
        for step in (1, 2, 3):
            gradients = oracle.gradients(case.network, values)
            values |= {value.key: values[value.key] - 0.1 * gradients[value.key] for value in some}
            for value in some:
                assert question.value(f"{value.key}@{step}") == pytest.approx(values[value.key], rel=1e-9, abs=1e-9)


def solved(model: Model, update: Update, **numbers: float) -> Question:
    return solve(steps_of(model, update), {key.replace("__", "~"): number for key, number in numbers.items()})


def test_four_published_steps_of_momentum_in_one_question() -> None:
    """Of f(x) = (x - 4)² from 10: université de Saïda, “Momentum Gradient Descent” (e-learning, page 148564)."""
    update = Update("momentum", "added", passes=4)
    found = solved(Descent(1, 4, "quadratic"), update, x_0=10, a=1, b=-8, eta=0.2, beta=0.9, v__0=0)
    published = [(12, -2.4, 7.6), (7.2, -3.6, 4.0), (0, -3.24, 0.76), (-6.48, -1.62, -0.86)]
    for step, boxes in enumerate(published, 1):
        values = [found.value(key) for key in (f"g~{step}", f"v~{step}", f"x_{step}")]
        assert values == pytest.approx(boxes, abs=1e-12)


def test_the_published_beginning_of_adam_on_a_square() -> None:
    """Of θ² from 5: G. Basran, “ADAM Machine Learning Deepdive”, page 12, whose second gradient is 9.8."""
    usual = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "m__0": 0, "v__0": 0}
    found = solved(Descent(1, 2, "quadratic"), Update("adam", "outside", passes=2), x_0=5, a=1, b=0, eta=0.1, **usual)
    boxes = [found.value(key) for key in ("g~1", "m~1", "v~1", "mhat~1", "vhat~1", "x_1", "g~2")]
    assert boxes == pytest.approx([10, 1, 0.1, 10, 100, 4.9, 9.8], abs=1e-9)


OF_A_QUADRATIC = {
    # TheBottomOfTheDeepDarkOcean/AIO_Excercises, Optimizers_for_Neural_Networks/RMSProp.ipynb.
    ("rmsprop", "outside"): (
        {"eta": 0.3, "beta": 0.9, "epsilon": 1e-6, "x.v__0": 0, "y.v__0": 0},
        [(-4.0513196, -1.051317), (-3.4351954, -0.59152365), (-2.9589348, -0.3294396), (-2.5654607, -0.17756498)],
    ),
    # tienhyu/AIO-Exercise-Module-05, Adam.
    ("adam", "outside"): (
        {"eta": 0.2, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-6}
        | {f"{of}.{letter}__0": 0 for of in "xy" for letter in "mv"},
        [(-4.8000002, -1.80000002), (-4.60025478, -1.60082451), (-4.40094848, -1.40317262), (-4.20227764, -1.20787822)],
    ),
    # lebaotuann/AIO2024-Homework, Gradient Descent + Momentum: the first step, in single precision.
    ("momentum", "averaged"): ({"eta": 0.6, "beta": 0.5, "x.v__0": 0, "y.v__0": 0}, [(-4.7, 0.4000001)]),
}


@pytest.mark.parametrize("form", OF_A_QUADRATIC)
def test_published_steps_on_two_variables(form: tuple[str, str]) -> None:
    """Of f = 0.1 w₁² + 2 w₂² from (-5, -2), as three notebooks of one course print them."""
    numbers, printed = OF_A_QUADRATIC[form]
    steps = max(2, len(printed))
    known = {"x_0": -5, "y_0": -2, "a": 0.1, "b": 2, "c": 0, **numbers}
    found = solved(Descent(2, steps, "quadratic"), Update(*form, passes=steps), **known)
    for step, (x, y) in enumerate(printed, 1):
        assert (found.value(f"x_{step}"), found.value(f"y_{step}")) == pytest.approx((x, y), abs=2e-7), step


def test_what_is_worked_in_which_step() -> None:
    tables = layer_tables(steps_of(Descent(2, 2, "quadratic"), Update("momentum", "added", passes=2)))
    assert [table.heading for table in tables] == ["Step 1", "Step 2"]
    assert [[step.key for step in row] for row in tables[1].values] == [
        ["x.g~2", "x.v~2", "x_2"],
        ["y.g~2", "y.v~2", "y_2"],
    ]
    network = Dense((1, 1), ("sigmoid",), "half_squared_error", None, ("unit",))
    derivation = steps_of(network, Update(passes=2))
    assert forward_steps(derivation) == []
    assert [table.heading for table in layer_tables(derivation)] == [
        f"Step {step}: {part}" for step in (1, 2) for part in ("forward pass", "back through layer 1", "update")
    ]
    assert [answer.key for answer in derivation.answers] == ["w1_11@2", "b1_1@2"]


def test_a_value_that_an_update_left_is_no_exact_number() -> None:
    network = Dense((1, 1, 1), ("linear", "linear"), "half_squared_error")
    layout = Layout(quantity="updated", update=Update(passes=2), working="table", exact_first=True)
    derivation = derive(network, ["w1_11", "w2_11"], layout)
    assert derivation.step("a1_1@1").exact
    assert not derivation.step("a1_1@2").exact
    assert "a1_1@1" not in {slot.name for slot in derivation.slots}
    assert "a1_1@2" in {slot.name for slot in derivation.slots}


def mistaken(question: Question, key: str) -> dict[str, list[float]]:
    derivation = question.derivation
    columns = [np.array([value]) for value in question.values]
    (site,) = (Site(part, part.step(key)) for part in derivation.parts if derivation.step(key).name in part.index)
    return {
        entry.id: [float(np.ravel(derivation.program(formula).values(columns)[0])[0]) for formula in formulas]
        for entry in CATALOGUE
        if site.step.kind in entry.kinds and (formulas := entry.mistaken(site))
    }


def test_mistakes_in_the_slopes_give_what_they_give_by_hand() -> None:
    update = Update("momentum", "added", passes=2)
    found = solved(Descent(1, 2, "quadratic"), update, x_0=3, a=2, b=-4, eta=0.1, beta=0.5, v__0=0)
    # g = 12 - 4 = 8 and x = 3 - 0.8 = 2.2; then g = 8.8 - 4 = 4.8 and v = -0.4 - 0.48.
    assert [found.value(key) for key in ("g~1", "x_1", "g~2", "v~2", "x_2")] == pytest.approx(
        [8, 2.2, 4.8, -0.88, 1.32]
    )
    assert mistaken(found, "g~1") == {
        "function_two_forgotten": pytest.approx([2]),
        "function_term_forgotten": pytest.approx([12]),
        "function_power_kept": pytest.approx([36 - 4, 18 - 4]),
        "function_linear_kept": pytest.approx([0]),
        "function_sign": pytest.approx([-8]),
    }
    assert mistaken(found, "g~2")["old_position"] == pytest.approx([8])
    assert mistaken(found, "x_2")["step_from_start"] == pytest.approx([3 - 0.88])


def test_mistakes_with_two_variables() -> None:
    numbers = {"x_0": 3, "y_0": 5, "a": 2, "b": 1, "c": -1, "eta": 0.1}
    found = solved(Descent(2, 2, "quadratic"), Update(passes=2), **numbers)
    slopes = mistaken(found, "x.g~1")  # 12 - 5 = 7; by y it is 10 - 3 = 7 as well
    assert slopes["function_cross_itself"] == pytest.approx([12 - 3])
    assert mistaken(found, "y.g~1")["function_term_forgotten"] == pytest.approx([10])
    assert slopes["function_other_variable"] == pytest.approx([7])


def test_a_second_step_of_a_network_with_the_weights_of_the_first() -> None:
    network = Dense((1, 1), ("linear",), "half_squared_error")
    found = solved(network, Update(passes=2), x_1=2, w1_11=1, y_1=1, eta=0.1)
    # a = 2, gradient 2, w = 0.8; then a = 1.6.
    assert [found.value(key) for key in ("w1_11@1", "a1_1@2")] == pytest.approx([0.8, 1.6])
    assert mistaken(found, "a1_1@2")["old_position"] == pytest.approx([2])


TEXT = """
[descent]
steps = 2
function = "given"
x_0 = 1
g = [4, -2]
[ask]
parameters = "all"
working = "table"
quantity = "updated"
learning_rate = 0.1
update = { rule = "momentum", form = "summed", beta = 0.5 }
"""


def test_a_file_states_an_optimiser_alone_and_a_question_comes_back_from_its_own() -> None:
    question = read_problem(TEXT, "mine.toml").solve()
    assert [question.value(key) for key in ("v~1", "x_1", "v~2", "x_2")] == pytest.approx([4, 0.6, 0, 0.6])
    (drawn,) = draw(load_recipe("momentum"), [b"one"], quantity="updated")
    for one in (question, drawn):
        back = WrittenQuestion.model_validate_json(WrittenQuestion.of(one).model_dump_json()).problem()
        assert (back.derivation, back.solve().values.tolist()) == (one.derivation, one.values.tolist())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("g = [4, -2]", "g = [4]", "descent.g: one entry; expected a list of 2 numbers"),
        ("steps = 2", "steps = 9", "9 steps; expected 1 to 6"),
        ('"given"', '"cubic"', "function"),
        ("x_0 = 1", "x_0 = 1\nz = 2", "unknown key 'z'"),
        ('quantity = "updated"', 'quantity = "gradient"', "the gradient of an optimiser alone"),
        ('working = "table"\n', 'working = "paths"\n', "2 steps of an update, worked as paths"),
    ],
)
def test_a_file_says_what_is_wrong(old: str, new: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        read_problem(TEXT.replace(old, new), "mine.toml")
    assert said in str(raised.value)


def recipe_with(base: str, **sections: object) -> Recipe:
    table = tomllib.loads((FOLDER / f"{base}.toml").read_text(encoding="utf-8"))
    return Recipe.model_validate(table | {"slots": None} | sections)


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"parameters": "any"}, 'parameters = "all" and working = "table"'),
        ({"update": {"rule": "momentum", "steps": 2}}, "Write steps under"),
        ({"update": {"rule": "plain", "again": True}}, "no network and no loss"),
        ({"update": {"rule": "momentum", "clip": 1.0}}, "a single gradient is clipped"),
        ({"descent": {"steps": 2, "variables": 3, "function": "given"}}, "3 variables"),
        (
            {
                "descent": {"steps": 2, "variables": 2, "function": "given"},
                "ranges": {name: {"low": -4, "high": 4, "decimals": 2} for name in ("W", "x")}
                | {"learning_rate": {"low": 0.1, "high": 0.9}},
                "update": {"rule": "plain", "clip": 1.0},
            },
            "update.clip: 2 steps of an update that is clipped",
        ),
    ],
)
def test_a_recipe_says_what_does_not_fit(sections: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        recipe_with("momentum", **sections)


def test_steps_of_a_network_are_worked_in_a_table_and_on_parameters() -> None:
    network = Dense((1, 1), ("linear",), "half_squared_error")
    for asked, layout, said in (
        (["w1_11"], Layout(quantity="updated", update=Update(passes=2)), "worked as paths"),
        (["w1_11", "x_1"], Layout(quantity="updated", update=Update(passes=2), working="table"), "no parameter"),
        (["w1_11"], Layout("given", "updated", Update(passes=2), working="table"), "forward values"),
    ):
        with pytest.raises(NetworkError, match=said):
            derive(network, asked, layout)


def rounded(recipe: Recipe, rng: np.random.Generator, role: Role, number: float) -> float:
    """As an honest student writes it: as the sheet asks, or with a digit or two more."""
    places = str(recipe.places.of(role))
    decimals = int(places[:-1]) + int(rng.integers(0, 3))
    if places.endswith("s"):
        decimals -= 1 + int(np.floor(np.log10(abs(number))))
    return round(number, decimals)


@pytest.mark.parametrize("name", ["momentum", "adam", "neuron-two-steps"])
def test_no_honest_student_leaves_the_ranges(name: str) -> None:
    """Worked in plain Python, every box rounded to what is asked or to more digits, each of these gone on from."""
    recipe, rng = load_recipe(name), np.random.default_rng(3)
    for question in draw(recipe, [b"honest %d" % n for n in range(4)], quantity="updated"):
        given = {each.key: question.value(each) for each in question.derivation.givens}
        for _ in range(50):
            value: dict[str, float] = {}

            def record(key: str, number: float, role: Role = "update") -> float:
                value[key] = rounded(recipe, rng, role, number)  # noqa: B023
                return value[key]  # noqa: B023

            work = {"momentum": momentum_by_hand, "adam": adam_by_hand, "neuron-two-steps": neuron_by_hand}[name]
            work(given, record)
            for slot in question.slots:
                low, high = question.range(slot.step)
                assert low - 1e-12 <= value[slot.name] <= high + 1e-12, slot.name


def momentum_by_hand(given: dict[str, float], record: Callable[..., float]) -> None:
    x, v = given["x_0"], 0.0
    for step in (1, 2, 3):
        g = record(f"g~{step}", 2 * given["a"] * x + given["b"], "forward")
        v = record(f"v~{step}", given["beta"] * v - given["eta"] * g)
        x = record(f"x_{step}", x + v)


def adam_by_hand(given: dict[str, float], record: Callable[..., float]) -> None:
    x, m, v, one, two = given["x_0"], 0.0, 0.0, given["beta_1"], given["beta_2"]
    for step in (1, 2):
        g = given[f"g~{step}"]
        m = record(f"m~{step}", one * m + (1 - one) * g)
        v = record(f"v~{step}", two * v + (1 - two) * g * g)
        up, down = record(f"mhat~{step}", m / (1 - one**step)), record(f"vhat~{step}", v / (1 - two**step))
        x = record(f"x_{step}", x - given["eta"] * up / (down**0.5 + given["epsilon"]))


def neuron_by_hand(given: dict[str, float], record: Callable[..., float]) -> None:
    now = {key: given[key] for key in ("w1_11", "w1_12", "b1_1")}
    for step, at in ((1, ""), (2, "@1")):
        a = now["w1_11"] * given["x_1"] + now["w1_12"] * given["x_2"] + now["b1_1"]
        # Of the first step all numbers are given, and it is exact.
        a = record(f"a1_1@{step}", a, "forward") if step > 1 else a
        error = record(f"dL@{step}/dyhat_1@{step}", record(f"yhat_1@{step}", a, "forward") - given["y_1"], "factor")
        for key, times in (("w1_11", given["x_1"]), ("w1_12", given["x_2"]), ("b1_1", 1.0)):
            gradient = record(f"{key}{at}.gradient", error * times, "gradient")
            now[key] = record(f"{key}@{step}", now[key] - given["eta"] * gradient)


def test_what_is_worked_in_a_later_step_stands_where_it_stood_in_the_first() -> None:
    network = Dense((1, 1), ("linear",), "half_squared_error")
    circles = {circle for column in network.picture() for circle in column}
    named = [step.name for step in steps_of(network, Update(passes=2)).steps if step.role == "forward"]
    assert {network.circle_of(name) for name in named if isinstance(name, Symbol)} <= circles
