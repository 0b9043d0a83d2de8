"""Several values at once: every derivative of a table is held to an independent oracle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError, NetworkError, RecipeError
from question_bank.expressions.precision import RECORDED_ROLES
from question_bank.misconceptions.mistakes import mistakes
from question_bank.networks.dense import Dense
from question_bank.networks.model import askable
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import FOLDER, Recipe, load_recipe
from question_bank.questions.written import read_problem
from question_bank.questions.written_question import WrittenQuestion
from tests import oracle
from tests.published import TWO_TWO_TWO
from tests.question_bank.comparison import Case, random_cases
from tests.question_bank.handmade import CIRCUIT, RECURRENT, SKIP
from tests.question_bank.one_mistake import mistaken_values
from tests.recipes import of

TABLE = Layout(working="table")
TABLES = [*map(of, ("classic-221", "eight-weights", "first-layer"))]


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


@pytest.mark.bank
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


TEXT = """
[network]
sizes = [2, 2, 1]
activations = ["sigmoid", "sigmoid"]
loss = "half_squared_error"
W1 = [[0.1, 0.8], [0.4, -0.6]]
W2 = [[0.3, 0.9]]
b = [[0.1, 0.2], [0.3]]
x = [0.35, 0.9]
y = [0.5]
[ask]
{ask}
"""


def written(ask: str, parameter: str | None = None) -> Question:
    return read_problem(TEXT.format(ask=ask), "mine.toml", parameter).solve()


@pytest.mark.parametrize(
    ("ask", "parameter", "asked"),
    [
        ('parameters = "all"', None, "w1_11 w1_12 w1_21 w1_22 b1_1 b1_2 w2_11 w2_12 b2_1"),
        ('parameters = "layer 2"', None, "w2_11 w2_12 b2_1"),
        ('parameters = ["x_1", "layer 2", "w1_21", "w2_11", "a1_1"]', None, "w1_21 w2_11 w2_12 b2_1 x_1 a1_1"),
        ('parameter = "w1_11"', "layer 1 x_2", "w1_11 w1_12 w1_21 w1_22 b1_1 b1_2 x_2"),
        ('parameters = "all"', "w1_11", "w1_11"),
    ],
)
def test_what_is_asked_for_is_written_in_words_or_as_keys(ask: str, parameter: str | None, asked: str) -> None:
    derivation = written(ask, parameter).derivation
    assert [value.key for value in derivation.asked] == asked.split()
    assert bool(derivation.paths) == (len(derivation.asked) == 1)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        ('parameters = "layer 3"', 'ask.parameters: there is no layer 3; expected "layer 1" or "layer 2"'),
        ('parameters = ["w1_11", 1]', "ask.parameters[2]: 1; expected text in quotation marks"),
        ("parameters = true", "ask.parameters: true; expected text in quotation marks or a list"),
        ('parameters = ["w1_11", "w3_11"]', "no parameter 'w3_11'; expected a weight from w1_11 to w2_12"),
        ("parameters = []", "nothing is asked for"),
        ('parameters = "all"\nparameter = "w1_11"', "parameter beside parameters"),
        ('parameters = "all"\nworking = "paths"', "9 values path by path"),
        ('parameters = "all"\npaths = "find"', 'ask.paths: "find" where'),
        ('parameter = "x_1"\nquantity = "updated"\nlearning_rate = 1', "a new value of x_1, which is no parameter"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(ask: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        written(ask)
    assert said in str(raised.value)


def test_a_table_goes_into_a_file_and_comes_back() -> None:
    asked = written('parameters = ["w2_11", "x_2", "a1_1"]\nquantity = "updated"\nlearning_rate = 0.5')
    document = WrittenQuestion.of(asked).model_dump(mode="json")
    assert document["ask"]["parameters"] == ["w2_11", "x_2", "a1_1"]
    back = WrittenQuestion.model_validate(document)
    assert back.derivation is asked.derivation
    assert [answer.key for answer in back.derivation.answers] == ["w2_11.updated", "x_2.gradient", "a1_1.gradient"]


def test_a_question_by_paths_is_written_as_before() -> None:
    document = WrittenQuestion.of(written('parameter = "w1_11"')).model_dump(mode="json")
    assert document["ask"] == {"parameter": "w1_11", "quantity": "gradient", "one_box": True}


def test_the_published_example_to_its_printed_digits() -> None:
    """A widely copied 2-2-2 example, recomputed: eight weights after one step with learning rate 0.5."""
    text = f'{TWO_TWO_TWO}quantity = "updated"\nlearning_rate = 0.5\n'
    solved = read_problem(text, "mine.toml").solve()
    wanted = {
        "w1_11": 0.149780716,
        "w1_12": 0.19956143,
        "w1_21": 0.24975114,
        "w1_22": 0.29950229,
        "w2_11": 0.35891648,
        "w2_12": 0.408666186,
        "w2_21": 0.511301270,
        "w2_22": 0.561370121,
    }
    for key, value in wanted.items():
        assert solved.value(f"{key}.updated") == pytest.approx(value, abs=1e-8)


def test_what_a_recipe_asks_for_is_drawn_and_what_an_assignment_asks_for_instead() -> None:
    recipe = load_recipe("classic-221")
    (question,) = draw(recipe, [b"k"], quantity="updated")
    assert len(question.derivation.answers) == 9
    (layer,) = draw(recipe, [b"k"], parameter=["layer 2", "a1_1"])
    assert [value.key for value in layer.derivation.asked] == ["w2_11", "w2_12", "b2_1", "a1_1"]
    (one,) = draw(recipe, [b"k"], parameter="w2_12")
    assert one.derivation.layout.working == "table"
    with pytest.raises(RecipeError, match="there is no layer 3"):
        draw(recipe, [b"k"], parameter="layer 3")


@pytest.mark.parametrize("name", TABLES)
def test_every_mistake_is_told_from_what_is_right_in_its_box_and_at_every_answer(name: str) -> None:
    """Recomputed without certification's code: the mistaken number, as written, is in no honest range it changes."""
    (question,) = draw(load_recipe(name), [b"q"], quantity="updated")
    derivation = question.derivation
    columns = [np.array([value]) for value in question.values]
    checked = 0
    for mistake in mistakes(derivation):
        wrong = mistaken_values(columns, mistake, derivation)
        seen = {*mistake.exchanged, *derivation.answers_at} if len(mistake.exchanged) == 1 else {*derivation.answers_at}
        for position in seen:
            value, right = float(wrong[position][0]), float(question.values[position])
            if abs(value - right) <= 1e-12 * (1 + abs(right)):
                continue
            low, high = float(question.low[position]), float(question.high[position])
            assert not low <= value <= high, (mistake.name, derivation.steps[position].key)
            checked += 1
    assert checked > 500


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('parameters = "all"', 'parameters = ["w1_11", "w9_11"]', "parameters: the network has no parameter 'w9_11'"),
        ('parameters = "all"', 'parameters = "layer 3"', 'there is no layer 3; expected "layer 1" or "layer 2"'),
        ("slots = 22", "slots = 21", "slots: 21, but a question has up to 22"),
        ('working = "table"', 'working = "paths"', "working: 9 values path by path"),
    ],
)
def test_a_recipe_that_cannot_be_a_table_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (FOLDER / "classic-221.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "mine.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RecipeError) as raised:
        load_recipe("mine.toml", tmp_path)
    assert said in str(raised.value)


@pytest.mark.parametrize("name", [*TABLES, "again-all", "linear-again", "clipping"])
def test_no_honest_student_leaves_the_ranges(name: str) -> None:
    """Worked in plain Python, every box rounded to what is asked or to more digits, each of these gone on from."""
    recipe = load_recipe(name)
    decimals: dict[str, int] = {role: int(str(recipe.places.of(role))[:-1]) for role in RECORDED_ROLES}
    rng = np.random.default_rng(11)
    for question in draw(recipe, [b"honest %d" % n for n in range(4)], quantity="updated"):
        derivation = question.derivation
        given = {each.key: question.value(each) for each in derivation.givens}
        for _ in range(50):
            seen = honest(given, recipe, decimals, rng)
            for slot in question.slots:
                low, high = question.range(slot.step)
                assert low - 1e-12 <= seen[slot.name] <= high + 1e-12, slot.name


def honest(
    given: dict[str, float], recipe: Recipe, decimals: dict[str, int], rng: np.random.Generator
) -> dict[str, float]:
    sizes, functions, value = recipe.network.sizes, recipe.network.activations, dict(given)
    last = len(sizes) - 1
    asked = [key.key for key in recipe.derivation(recipe.choices()[0], "updated").asked]

    def record(key: str, number: float, role: str) -> None:
        value.setdefault(key, round(number, decimals[role] + int(rng.integers(0, 3))))

    def output(layer: int, j: int, again: str = "") -> str:
        return f"x_{j}" if layer == 0 else f"yhat_{j}{again}" if layer == last else f"h{layer}_{j}{again}"

    def units(layer: int) -> range:
        return range(1, sizes[layer] + 1)

    def forward(parameters: dict[str, float], role: str, again: str = "") -> None:
        for layer, name in enumerate(functions, 1):
            for j in units(layer):
                a = parameters.get(f"b{layer}_{j}", parameters.get(f"b{layer}", 0.0)) + sum(
                    parameters[f"w{layer}_{j}{i}"] * value[output(layer - 1, i, again if layer > 1 else "")]
                    for i in units(layer - 1)
                )
                if layer == 1 and not again:
                    value.setdefault(f"a1_{j}", a)
                record(f"a{layer}_{j}{again}", a, role)
                a = value[f"a{layer}_{j}{again}"]
                h = {"tanh": np.tanh(a), "linear": a}.get(name, 1 / (1 + np.exp(-a)))
                record(output(layer, j, again), float(h), role)

    forward(given, "forward")
    errors: dict[tuple[int, int], float] = {}
    for layer in range(last, 0, -1):
        for j in units(layer):
            h = value[output(layer, j)]
            if layer == last:
                back = f"dL/dyhat_{j}"
                record(back, h - value[f"y_{j}"], "factor")
            else:
                back = f"h{layer}_{j}.gradient"
                total = sum(errors[layer + 1, k] * value[f"w{layer + 1}_{k}{j}"] for k in units(layer + 1))
                record(back, total, "product")
            errors[layer, j] = value[back]
            if functions[layer - 1] != "linear":
                slope = f"d{output(layer, j)}/da{layer}_{j}"
                record(slope, 1 - h**2 if functions[layer - 1] == "tanh" else h * (1 - h), "factor")
                record(f"a{layer}_{j}.gradient", value[back] * value[slope], "product")
                errors[layer, j] = value[f"a{layer}_{j}.gradient"]
    for layer in range(1, last + 1):
        for j in units(layer):
            terms = {f"w{layer}_{j}{i}": errors[layer, j] * value[output(layer - 1, i)] for i in units(layer - 1)}
            for key, gradient in (terms | {f"b{layer}_{j}": errors[layer, j]}).items():
                if key in given:
                    record(f"{key}.gradient", gradient, "gradient")
    step = {key: value[f"{key}.gradient"] for key in asked}
    if recipe.chosen_update.clips:
        record("norm", float(np.sqrt(sum(g * g for g in step.values()))), "update")
        record("scale", min(1.0, given["clip"] / value["norm"]), "update")
        for key, gradient in step.items():
            record(f"{key}.clipped", gradient * value["scale"], "update")
            step[key] = value[f"{key}.clipped"]
    for key, gradient in step.items():
        record(f"{key}.updated", given[key] - given["eta"] * gradient, "update")
    if recipe.chosen_update.again:
        half = 0.5 if recipe.network.loss == "half_squared_error" else 1.0

        def loss(again: str) -> float:
            return float(half * sum((given[f"y_{j}"] - value[output(last, j, again)]) ** 2 for j in units(last)))

        record("L", loss(""), "update")
        forward(given | {key: value[f"{key}.updated"] for key in asked}, "update", "~1")
        record("L~1", loss("~1"), "update")
    return value
