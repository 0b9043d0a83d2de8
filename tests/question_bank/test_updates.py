"""Updates: every form held to optax and to published steps, mistakes worked by hand, and what files say of them."""

import tomllib
from math import sqrt

import numpy as np
import pytest

from grader.practice.web.question_page import task_paragraphs
from grader.practice.web.rendering import Renderer
from question_bank import draw
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate, value_columns
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError
from question_bank.expressions.names import Symbol, named
from question_bank.misconceptions import CATALOGUE, Site, by_id
from question_bank.misconceptions.mistakes import mistakes
from question_bank.misconceptions.on_errors import ON_ERRORS
from question_bank.networks.dense import Dense
from question_bank.networks.updates import PLAIN_UPDATE, UPDATES, Update
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import FOLDER, Recipe
from question_bank.questions.written import read_problem
from question_bank.questions.written_question import WrittenQuestion
from tests.question_bank.optax_updates import FILE, FORMS, STEPS, by_optax, cases

NETWORK = Dense((1, 1), ("linear",), "half_squared_error")
"""One weight w on an input of 1: its gradient is w - y."""
OPTAX = np.load(FILE)

each_form = pytest.mark.parametrize(("rule", "form"), FORMS, ids=" ".join)


def derivation_of(update: Update) -> Derivation:
    return derive(NETWORK, "w1_11", Layout(quantity="updated", update=update))


def column_of(given: Symbol, numbers: dict[str, np.ndarray]) -> np.ndarray:
    w, g = numbers["w"], numbers["g"]
    network = {"x_1": np.ones_like(w), "w1_11": w, "y_1": w - g}
    key = given.letter if given.round is not None else given.key
    return network[key] if key in network else numbers[key]


def test_every_form_is_held_to_optax() -> None:
    written = {(rule, form) for rule, forms in UPDATES.items() for form in forms}
    assert {*FORMS, ("plain", "")} == written


@each_form
def test_a_step_gives_what_optax_gives(rule: str, form: str) -> None:
    numbers, expected = cases(rule, form), OPTAX[f"{rule} {form}"]
    compared = 0
    for step in STEPS:
        rows = numbers["step"] == step
        derivation = derivation_of(Update(rule, form, step))
        some = {name: column[rows] for name, column in numbers.items()}
        givens = np.stack([column_of(given, some) for given in derivation.givens], axis=1)
        new = evaluate(derivation, givens)[:, derivation.index[derivation.answers[0]]]
        # Of a first step in optax's order of operations nothing is lost; w - y loses some digits of the gradient here.
        np.testing.assert_allclose(new, expected[rows], rtol=1e-9, atol=1e-9)
        compared += len(new)
    assert compared >= 1000


@each_form
def test_the_file_holds_what_optax_gives_today(rule: str, form: str) -> None:
    pytest.importorskip("optax", reason="the recorded numbers stand in optax_updates.npz")
    np.testing.assert_allclose(by_optax(rule, form), OPTAX[f"{rule} {form}"], rtol=1e-12)


def solved(update: Update, w: float, g: float, **numbers: float) -> Question:
    derivation = derivation_of(update)
    known = {name: np.array(number) for name, number in {"w": w, "g": g, **numbers}.items()}
    return solve(derivation, {given: float(column_of(given, known)) for given in derivation.givens})


def test_four_published_steps_of_momentum() -> None:
    """Of f(x) = (x - 4)² from 10: université de Saïda, “Momentum Gradient Descent” (e-learning, page 148564)."""
    x, v = 10.0, 0.0
    published = [(12, -2.4, 7.6), (7.2, -3.6, 4.0), (0, -3.24, 0.76), (-6.48, -1.62, -0.86)]
    for step, (gradient, velocity, position) in enumerate(published, 1):
        assert 2 * (x - 4) == pytest.approx(gradient, abs=1e-12)
        found = solved(Update("momentum", "added", step), x, 2 * (x - 4), eta=0.2, beta=0.9, v=v)
        x, v = found.value("updated"), found.value(f"v~{step}")
        assert (v, x) == pytest.approx((velocity, position), abs=1e-12)


def test_published_first_steps_of_adam() -> None:
    """Of θ² from 5: G. Basran, “ADAM Machine Learning Deepdive”, page 12; and q4quant.studio, exercise adam-ex-01."""
    usual = {"beta_1": 0.9, "beta_2": 0.999, "m": 0.0, "v": 0.0}
    found = solved(Update("adam", "outside"), 5.0, 10.0, eta=0.1, epsilon=1e-8, **usual)
    boxes = [found.value(key) for key in ("m~1", "v~1", "mhat~1", "vhat~1", "updated")]
    assert boxes == pytest.approx([1, 0.1, 10, 100, 4.9], abs=1e-9)
    found = solved(Update("adam", "outside"), 0.0, 4.0, eta=0.1, epsilon=0.0, **usual)
    boxes = [found.value(key) for key in ("m~1", "v~1", "mhat~1", "vhat~1", "updated")]
    assert boxes == pytest.approx([0.4, 0.016, 4, 16, -0.1], abs=1e-12)


# What is carried over into a step, the number of the step, and what the first and the last row of four came to.
OF_A_COURSE = {
    ("momentum", "added"): (
        {"eta": 1e-3, "beta": 0.9},
        {"v": (0.6, 0.9)},
        2,
        {
            "updated": ((0.1406, 0.20738947, 0.27417895, 0.34096842, 0.40775789), (1.14244211, 1.20923158, 1.27602105)),
            "v": ((0.5406, 0.55475789, 0.56891579, 0.58307368, 0.59723158), (0.75296842, 0.76712632, 0.78128421)),
        },
    ),
    ("rmsprop", "outside"): (
        {"eta": 1e-2, "beta": 0.99, "epsilon": 1e-8},
        {"v": (0.6, 0.9)},
        2,
        {
            "updated": (
                (-0.39223849, -0.34037513, -0.28849239, -0.23659121, -0.18467247),
                (0.38739248, 0.43947102, 0.49155973),
            ),
            "v": ((0.5976, 0.6126277, 0.6277108, 0.64284931, 0.65804321), (0.82883269, 0.84469141, 0.86060554)),
        },
    ),
    # Its t is raised before it is used, so that the corrections are those of the sixth step.
    ("adam", "outside"): (
        {"eta": 1e-2, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
        {"m": (0.6, 0.9), "v": (0.7, 0.5)},
        6,
        {
            "updated": (
                (-0.40094747, -0.34836187, -0.29577703, -0.24319299, -0.19060977),
                (0.38774145, 0.44031188, 0.49288093),
            ),
            "v": ((0.69966, 0.68908382, 0.67851319, 0.66794809, 0.65738853), (0.54159906, 0.53110598, 0.52061845)),
            "m": ((0.48, 0.49947368, 0.51894737, 0.53842105, 0.55789474), (0.77210526, 0.79157895, 0.81105263)),
        },
    ),
}


@pytest.mark.parametrize("form", OF_A_COURSE)
def test_steps_of_a_course_with_what_was_carried_to_their_printed_digits(form: tuple[str, str]) -> None:
    """Stanford CS231n, assignment 2, FullyConnectedNets.ipynb: twenty weights, gradients and states in even steps."""
    numbers, carried, step, printed = OF_A_COURSE[form]
    weights, gradients = np.linspace(-0.4, 0.6, 20), np.linspace(-0.6, 0.4, 20)
    states = {letter: np.linspace(*ends, 20) for letter, ends in carried.items()}
    for at in (*range(5), 15, 16, 17):
        now = {letter: float(state[at]) for letter, state in states.items()}
        found = solved(Update(*form, step), float(weights[at]), float(gradients[at]), **numbers, **now)
        for name, (first, last) in printed.items():
            wanted = first[at] if at < 5 else last[at - 15]
            key = name if name == "updated" else f"{name}~{step}"
            # Its own check asks for a relative error of 1e-7.
            assert found.value(key) == pytest.approx(wanted, rel=2e-7), (name, at)


def test_a_published_step_whose_learning_rate_is_in_the_velocity() -> None:
    """ai.adomicarts.com, practice mle_interview_prep_20: from 1.0 with gradient and velocity 0.1."""
    found = solved(Update("momentum", "subtracted", 2), 1.0, 0.1, eta=0.01, beta=0.9, v=0.1)
    assert (found.value("v~2"), found.value("updated")) == pytest.approx((0.091, 0.909), abs=1e-12)


# Worked by hand: w = 2, gradient 3, what was carried 0.5, eta = 0.1, beta = 0.8.
W, G, V, ETA, BETA = 2.0, 3.0, 0.5, 0.1, 0.8
MOMENTUM = {
    ("added", "velocity"): {
        "update_rate_forgotten": [0.4 - 3],
        "carried_forgotten": [-0.3],
        "decay_swapped": [0.1 - 0.3],
        "decay_forgotten": [0.5 - 0.3],
        "velocity_sign": [0.4 + 0.3],
    },
    ("added", "update"): {
        "update_plus": [2 - 0.1],
        "update_plain": [2 - 0.3],
        "update_gradient_only": [-0.1, 0.1, 3],
    },
    ("subtracted", "velocity"): {
        "update_rate_forgotten": [0.4 + 3],
        "carried_forgotten": [0.3],
        "decay_swapped": [0.1 + 0.3],
        "decay_forgotten": [0.5 + 0.3],
        "velocity_sign": [0.4 - 0.3],
    },
    ("subtracted", "update"): {
        "update_plus": [2 + 0.7],
        "update_plain": [2 - 0.3],
        "update_gradient_only": [-0.7, 0.7, 3],
        "update_reversed": [0.7 - 2],
    },
    ("summed", "velocity"): {
        "carried_forgotten": [3.0],
        "decay_swapped": [0.1 + 3],
        "decay_forgotten": [0.5 + 3],
        "share_added": [0.4 + 0.6],
        "velocity_sign": [0.4 - 3],
    },
    ("summed", "update"): {
        "update_plus": [2 + 0.34],
        "update_plain": [2 - 0.3],
        "update_rate_forgotten": [2 - 3.4],
        "update_divided": [2 - 34],
        "update_parentheses": [1.9 * 3.4],
        "update_reversed": [0.34 - 2],
        "update_gradient_only": [-0.34, 0.34, 3],
    },
    ("averaged", "velocity"): {
        "carried_forgotten": [0.6],
        "decay_swapped": [0.1 + 2.4],
        "decay_forgotten": [0.5 + 0.6],
        "share_forgotten": [0.4 + 3],
        "velocity_sign": [0.4 - 0.6],
    },
}


@pytest.mark.parametrize(("where", "expected"), MOMENTUM.items(), ids=lambda value: " ".join(value)[:20])
def test_mistakes_with_momentum_give_what_they_give_by_hand(
    where: tuple[str, str], expected: dict[str, list[float]]
) -> None:
    form, kind = where
    question = solved(Update("momentum", form, 2), W, G, v=V, eta=ETA, beta=BETA)
    assert variants(question, kind) == {name: pytest.approx(values) for name, values in expected.items()}


# m = 0.5 and v = 0.36 before the second step, gradient 3, beta_1 = 0.8, beta_2 = 0.9, eta = 0.1, epsilon = 0.25.
M2, V2 = 0.4 + 0.6, 0.324 + 0.9
MH, VH = M2 / 0.36, V2 / 0.19
ADAM = {
    "first_moment": {
        "carried_forgotten": [0.6],
        "decay_swapped": [0.1 + 2.4],
        "decay_forgotten": [0.5 + 0.6],
        "share_forgotten": [0.4 + 3],
        "decays_exchanged": [0.45 + 0.3],
    },
    "second_moment": {
        "carried_forgotten": [0.9],
        "decay_swapped": [0.036 + 8.1],
        "decay_forgotten": [0.36 + 0.9],
        "share_forgotten": [0.324 + 9],
        "square_forgotten": [0.324 + 0.3],
        "decays_exchanged": [0.288 + 1.8],
    },
    "update": {
        "update_plus": [W + 0.1 * MH / (sqrt(VH) + 0.25)],
        "update_rate_forgotten": [W - MH / (sqrt(VH) + 0.25)],
        "update_divided": [W - 10 * MH / (sqrt(VH) + 0.25)],
        "update_plain": [W - 0.3],
        "update_reversed": [0.1 * MH / (sqrt(VH) + 0.25) - W],
        "update_gradient_only": [-0.1 * MH / (sqrt(VH) + 0.25), 0.1 * MH / (sqrt(VH) + 0.25), 3],
        "moments_swapped": [W - 0.1 * VH / (sqrt(MH) + 0.25)],
        "correction_forgotten": [W - 0.1 * M2 / (sqrt(V2) + 0.25)],
        "root_forgotten": [W - 0.1 * MH / (VH + 0.25)],
        "epsilon_elsewhere": [W - 0.1 * MH / sqrt(VH + 0.25)],
    },
}


@pytest.mark.parametrize(("kind", "expected"), ADAM.items())
def test_mistakes_with_adam_give_what_they_give_by_hand(kind: str, expected: dict[str, list[float]]) -> None:
    assert variants(adam("outside"), kind) == {name: pytest.approx(values) for name, values in expected.items()}


def test_mistakes_in_the_bias_correction_of_adam() -> None:
    found = variants(adam("outside"), "corrected_moment", "mhat~2")
    assert found["correction_forgotten"] == pytest.approx([M2])
    assert found["correction_step_off"] == pytest.approx([M2 / (1 - 0.8**3), M2 / 0.2])
    assert found["decays_exchanged"] == pytest.approx([M2 / 0.19])
    assert found["moments_swapped"] == pytest.approx([V2 / 0.36])


def test_epsilon_is_a_known_mistake_in_either_convention_unless_nothing_shows_it() -> None:
    inside = variants(adam("inside"), "update")["epsilon_elsewhere"]
    assert inside == pytest.approx([W - 0.1 * MH / (sqrt(VH) + 0.25)])
    assert "epsilon_elsewhere" in names_of(Update("rmsprop", "outside", 2))
    assert "epsilon_elsewhere" not in names_of(Update("rmsprop", "outside", 2, negligible=True))


def adam(form: str) -> Question:
    return solved(Update("adam", form, 2), W, G, m=0.5, v=0.36, eta=0.1, beta_1=0.8, beta_2=0.9, epsilon=0.25)


def variants(question: Question, kind: str, key: str | None = None) -> dict[str, list[float]]:
    derivation = question.derivation
    step = next(step for step in derivation.steps if step.kind == kind and key in (None, step.key))
    columns = [np.array([value]) for value in question.values]
    found = {}
    for entry in CATALOGUE:
        if kind in entry.kinds and (mistaken := entry.mistaken(Site(derivation, step))):
            found[entry.id] = [float(derivation.program(formula).values(columns)[0]) for formula in mistaken]
    return found


def test_mistakes_with_weight_decay_give_what_they_give_by_hand() -> None:
    """With w = 3, gradient 2 and lambda = 0.4 the gradient of the whole loss is 3.2."""
    question = solved(Update("plain", decays=True), 3.0, 2.0, eta=ETA, **{"lambda": 0.4})
    assert (question.value("g~1"), question.value("updated")) == pytest.approx((3.2, 2.68))
    assert variants(question, "decayed_gradient") == {
        "penalty_left_out": pytest.approx([2]),
        "penalty_sign": pytest.approx([0.8]),
        "penalty_factor": pytest.approx([2.6, 4.4]),
        "penalty_is_value": pytest.approx([3.8]),
        "penalty_without_rate": pytest.approx([5]),
    }
    assert variants(question, "update")["update_plain"] == pytest.approx([2.8])


def test_a_step_with_weight_decay_gives_what_optax_gives_for_the_whole_gradient() -> None:
    """Added to the loss, decay changes the gradient and nothing else: optax's numbers hold for g + lambda w."""
    for rule, form in FORMS:
        numbers = {name: column[:200] for name, column in cases(rule, form).items()}
        decay = np.linspace(0.001, 0.5, 200)
        for step in STEPS:
            rows = numbers["step"] == step
            some = {name: column[rows] for name, column in numbers.items()} | {"lambda": decay[rows]}
            # The gradient is less by what decay adds, so that the whole is the one that optax was given.
            some["g"] = some["g"] - some["lambda"] * some["w"]
            derivation = derivation_of(Update(rule, form, step, decays=True))
            givens = np.stack([column_of(given, some) for given in derivation.givens], axis=1)
            new = evaluate(derivation, givens)[:, derivation.index[derivation.answers[0]]]
            expected = OPTAX[f"{rule} {form}"][:200][rows]
            np.testing.assert_allclose(new, expected, rtol=1e-9, atol=1e-9)


def names_of(update: Update) -> set[str]:
    return {mistake.misconception for mistake in mistakes(derivation_of(update))}


def test_nothing_carried_before_the_first_step_is_no_mistake_to_forget() -> None:
    assert "carried_forgotten" in names_of(Update("momentum", "added", 2))
    assert {"carried_forgotten", "update_plain"}.isdisjoint(names_of(Update("momentum", "added")))
    assert "update_plain" in names_of(Update("momentum", "averaged"))


def test_the_new_mistakes_strike_nothing_of_a_plain_step() -> None:
    of_carried = {entry.id for entry in CATALOGUE if "update" not in entry.kinds and entry.role == "update"} - {
        entry.id for entry in ON_ERRORS
    }
    new = of_carried | {"update_plain", "moments_swapped", "correction_forgotten", "root_forgotten"}
    assert new.isdisjoint(names_of(PLAIN_UPDATE))
    found = {name for rule, form in FORMS for name in names_of(Update(rule, form, 2, decays=True, again=True))}
    several = derive(
        Dense((1, 2), ("linear",), "half_squared_error", None, ("unit",)),
        ["w1_11", "w1_21", "b1_1"],
        Layout(quantity="updated", update=Update("momentum", "added", again=True, clips=True), working="table"),
    )
    # What is worked once more with ±ε is none of an update's, nor are the lines of a worked solution.
    checked = derive(Dense((2, 1), ("tanh",), "half_squared_error"), "w1_11", Layout(quantity="quotient"))
    assert new <= found | {mistake.misconception for each in (several, checked) for mistake in mistakes(each)}


def recipe_with(update: object, base: str = "chain", **sections: object) -> Recipe:
    table = tomllib.loads((FOLDER / f"{base}.toml").read_text(encoding="utf-8"))
    precision = {**table["precision"], "update": "5s"}
    return Recipe.model_validate(table | {"precision": precision, "update": update} | sections)


VELOCITY = {"low": -0.5, "high": 0.5, "decimals": 2}
MOMENTS = {
    "m": {"low": -0.09, "high": 0.09, "decimals": 2},
    "v": {"low": 0.0004, "high": 0.0080, "decimals": 4},
}


@pytest.mark.parametrize("form", UPDATES["momentum"])
def test_questions_with_momentum_are_drawn_and_come_back_from_their_files(form: str) -> None:
    recipe = recipe_with({"rule": "momentum", "form": form, "step": 2, "beta": 0.9, "v": VELOCITY})
    (question,) = draw(recipe, [b"one"], quantity="updated")
    assert [slot.name for slot in question.slots][-3:] == ["gradient", "v~2", "updated"]
    assert question.value("beta") == 0.9
    written = WrittenQuestion.of(question)
    again = WrittenQuestion.model_validate_json(written.model_dump_json()).problem()
    assert again.derivation == question.derivation
    assert again.solve().values.tolist() == question.values.tolist()


def test_a_plain_question_is_written_as_ever() -> None:
    table = tomllib.loads((FOLDER / "chain.toml").read_text(encoding="utf-8"))
    (question,) = draw(Recipe.model_validate(table), [b"one"], quantity="updated")
    assert set(WrittenQuestion.of(question).model_dump()["ask"]) == {
        "parameter",
        "quantity",
        "learning_rate",
        "one_box",
    }


def test_a_first_step_that_hides_mistakes_in_the_gradient_is_refused() -> None:
    for rule in ("adam", "rmsprop"):
        with pytest.raises(
            ValueError, match=r"only \d+% of the mistakes in the gradient would change the updated value"
        ):
            recipe_with({"rule": rule})
    recipe_with({"rule": "adam", "step": 2, **MOMENTS})
    linear = {"sizes": [2, 1], "activations": ["linear"], "loss": "half_squared_error", "biases": "none"}
    for asked in ({}, {"parameters": "all"}):
        # There the half of the error's square has another sign than its derivative in every other draw.
        with pytest.raises(ValueError, match="whatever is drawn, some mistake in the gradient would not change"):
            recipe_with({"rule": "adam"}, "linear-neuron", network=linear, slots=None, **asked)
    # With an epsilon of the gradient's size much more than its sign is left of it.
    recipe_with({"rule": "adam", "epsilon": 0.5})


@pytest.mark.parametrize(
    ("update", "complaint"),
    [
        ({"rule": "nesterov"}, "rule is 'nesterov'"),
        ({"rule": "momentum", "form": "outside"}, "form is 'outside'"),
        ({"rule": "plain", "form": "added"}, "form is 'added'"),
        ({"rule": "plain", "step": 2}, "step is 2"),
        ({"rule": "momentum", "step": 2}, "step 2 without v"),
        ({"rule": "momentum", "v": VELOCITY}, "v is given"),
        ({"rule": "momentum", "beta_1": 0.9}, "beta_1 is given"),
        ({"rule": "momentum", "step": 2, "m": VELOCITY, "v": VELOCITY}, "m is given"),
        ({"rule": "momentum", "beta": 1.0}, "beta reaches from 1 to 1"),
        ({"rule": "rmsprop", "step": 2, "v": VELOCITY}, "v begins at -0.5"),
        ({"rule": "adam", "epsilon": -1.0}, "epsilon is -1"),
        ({"rule": "adam", "beta_1": 0.9, "beta_2": 0.9}, "beta_1 and beta_2 are both 0.9"),
        ({"rule": "plain", "weight_decay": -0.1}, "weight_decay begins at -0.1"),
        ({"rule": "momentum", "step": 0}, "greater than or equal to 1"),
        ({"rule": "momentum", "step": 11}, "less than or equal to 10"),
    ],
)
def test_a_recipe_says_what_is_wrong_with_its_update(update: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        recipe_with(update)


WRITTEN = """
[network]
sizes = [1, 1]
activations = ["linear"]
loss = "half_squared_error"
W1 = [[2]]
x = [1]
y = [-1]
[ask]
parameter = "w1_11"
quantity = "updated"
learning_rate = 0.1
"""


def test_a_written_question_names_its_update() -> None:
    update = '[ask.update]\nrule = "momentum"\nform = "summed"\nstep = 2\nbeta = 0.8\nv = 0.5\n'
    question = read_problem(WRITTEN + update, "mine.toml").solve()
    assert (question.value("v~2"), question.value("updated")) == pytest.approx((3.4, 1.66))
    usual = read_problem(WRITTEN + '[ask.update]\nrule = "momentum"\n', "mine.toml").solve()
    assert (usual.value("beta"), usual.value("v~0"), usual.value("v~1")) == pytest.approx((0.9, 0, -0.3))


@pytest.mark.parametrize(
    ("update", "complaint"),
    [
        ('rule = "momentum"\nbeta = 1.0', "beta is 1"),
        ('rule = "adam"\nstep = 2\nm = 0.1\nv = -0.1', "v is -0.1"),
        ('rule = "plain"\nweight_decay = -0.1', "weight_decay is -0.1"),
        ('rule = "momentum"\nstep = 2', "step 2 without v"),
        ('rule = "momentum"\nspeed = 2', "unknown key"),
    ],
)
def test_a_written_question_says_what_is_wrong_with_its_update(update: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        read_problem(f"{WRITTEN}[ask.update]\n{update}\n", "mine.toml")
    assert caught.value.file == "mine.toml"
    assert (caught.value.place or "").startswith("ask.update.")


def test_weight_decay_is_of_weights() -> None:
    decay = {"rule": "plain", "weight_decay": 0.1}
    with pytest.raises(ValueError, match="weight decay is for weights"):
        recipe_with(decay, base="two-paths")
    recipe = recipe_with(decay, base="two-paths", ask_for=["weight"], slots=None)
    assert recipe.chosen_update == Update("plain", decays=True)
    written = WRITTEN.replace("x = [1]", "b = [[0.5]]\nx = [1]").replace('"w1_11"', '"b1_1"')
    with pytest.raises(InputError, match="weight decay of b1_1"):
        read_problem(f'{written}[ask.update]\nrule = "plain"\nweight_decay = 0.1\n', "mine.toml")


def test_questions_with_weight_decay_are_drawn_and_come_back_from_their_files() -> None:
    recipe = recipe_with({"rule": "plain", "weight_decay": {"low": 0.05, "high": 0.3, "decimals": 2}})
    (question,) = draw(recipe, [b"one"], quantity="updated")
    assert [slot.name for slot in question.slots][-3:] == ["gradient", "g~1", "updated"]
    again = WrittenQuestion.model_validate_json(WrittenQuestion.of(question).model_dump_json()).problem()
    assert (again.derivation, again.solve().values.tolist()) == (question.derivation, question.values.tolist())


def test_the_terminal_prints_the_convention_since_it_shows_no_formula_beside_a_box() -> None:
    recipe = recipe_with({"rule": "momentum", "form": "subtracted", "step": 2, "v": VELOCITY})
    (question,) = draw(recipe, [b"one"], parameter="w1_11", quantity="updated")
    (task, *_) = task_paragraphs(Renderer(), question)
    assert "(v₂ = β · v₁ + η · ∂L/∂w₁₁₁, new w₁₁₁ = w₁₁₁ - v₂)" in task


def test_names_of_what_is_carried_and_of_rates() -> None:
    for key in ("v~0", "mhat~2", "vhat~1", "beta", "beta_2", "epsilon", "m~1"):
        assert named(key).key == key
    assert by_id(CATALOGUE)["carried_forgotten"].role == "update"


def test_certified_questions_keep_the_mistakes_of_adam_apart() -> None:
    carried = {
        "m": {"low": -0.4, "high": 0.4, "decimals": 2},
        "v": {"low": 0.05, "high": 0.9, "decimals": 2},
    }
    recipe = recipe_with({"rule": "adam", "step": 2, "beta_2": 0.99, **carried})
    for question in draw(recipe, [b"one", b"two"], quantity="updated"):
        derivation = question.derivation
        columns = [np.array([value]) for value in question.values]
        answer = derivation.index[derivation.answers[0]]
        for mistake in mistakes(derivation):
            wrong = list(columns)
            for position in sorted((*mistake.exchanged, *mistake.cone)):
                program = mistake.exchanged.get(position) or derivation.program_of(position)
                wrong[position] = program.values(wrong)
            low, high = question.range(derivation.answers[0])
            assert not low <= float(wrong[answer][0]) <= high, mistake.name
    assert value_columns(derivation, columns[: len(derivation.givens)])[answer] == question.value("updated")
