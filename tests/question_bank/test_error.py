"""A worked solution with one error: what is printed, what is right, and what may be planted.

What a line should say is worked out in plain arithmetic here, from what is printed before it; gradients are autograd's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pytest

from grader.sheets.content.worked_lines import solution_lines
from question_bank.derivations.arrangements import Working
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import printed_lines, range_columns, value_columns
from question_bank.derivations.layout import Layout
from question_bank.errors import NetworkError
from question_bank.expressions.expression import Expression
from question_bank.expressions.names import GRADIENT, WRONG_LINE, Symbol, is_line, named, symbol
from question_bank.expressions.precision import Array
from question_bank.misconceptions.entry import Site, by_id, sites
from question_bank.misconceptions.mistakes import mistakes
from question_bank.misconceptions.on_errors import ON_ERRORS
from question_bank.misconceptions.plantings import planted_at, plantings
from question_bank.networks.dense import Dense
from question_bank.networks.gates import written_node
from question_bank.questions.batch import CandidateBatch
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.certification import certify_batch
from question_bank.questions.draws import draw
from question_bank.questions.printed_error import hardly_shows, others_differ
from question_bank.questions.question import Question
from question_bank.questions.recipe import Recipe, load_recipe
from question_bank.questions.written import problem_from
from question_bank.questions.written_question import WrittenQuestion
from tests import oracle
from tests.question_bank.random_circuits import Example

RECIPE = load_recipe("find-the-error")
TRIED = 96
PLACES = {"a": 4, "h": 4, "yhat": 4, "d": 4, "path": 6}


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def by_hand(key: str, given: Mapping[str, Array], factors: list[str]) -> Array:
    """What a line of a 2-2-1 network of sigmoids should say, half the squared error being its loss."""
    local = re.fullmatch(r"d(\w+)/d(\w+)", key)
    if local is None:
        value = re.fullmatch(r"([a-z]+)(\d?)_(\d)", key)
        if value is None:
            return np.prod([given[factor] for factor in factors], axis=0)
        letter, layer, unit = value.groups()
        if letter == "a":
            before = ["x_1", "x_2"] if layer == "1" else ["h1_1", "h1_2"]
            terms = [given[f"w{layer}_{unit}{n}"] * given[each] for n, each in enumerate(before, 1)]
            return terms[0] + terms[1] + given[f"b{layer}_{unit}"]
        return sigmoid(given["a2_1" if letter == "yhat" else f"a1_{unit}"])
    above, below = local.groups()
    if above == "L":
        return given["yhat_1"] - given["y_1"]
    if below[0] == "w":
        return given[f"{'x' if below[1] == '1' else 'h1'}_{below[-1]}"]
    if below[0] == "h":
        return given[f"w2_1{below[-1]}"]
    return given[above] * (1 - given[above])


def solved(derivation: Derivation, count: int) -> list[Array]:
    """The givens of certified questions, as columns."""
    words = raw_words(b"truth", 0, count, word_count(RECIPE, derivation))
    givens = candidate_givens(RECIPE, derivation, words)
    rows = certify_batch(derivation, givens, RECIPE.places, *RECIPE.limits(derivation)).rows
    return [column[rows] for column in givens]


@cache
def every_error() -> tuple[tuple[Derivation, list[Array]], ...]:
    """All that may be planted for one weight, with certified questions of each."""
    found = []
    for some in RECIPE.plantings(named_one("w1_21")):
        for planted in some:
            derivation = RECIPE.derivation("w1_21", "error", planted=planted)
            found.append((derivation, solved(derivation, TRIED)))
    return tuple(found)


@pytest.mark.bank
def test_of_a_thousand_questions_exactly_one_line_is_not_what_its_formula_gives_over_the_lines_before_it() -> None:
    questions = 0
    for derivation, columns in every_error():
        given = {name.key: column for name, column in zip(derivation.givens, columns, strict=True)}
        lines = [step.name.key for step in derivation.lines]
        wrong = np.zeros(len(columns[0]), dtype=int)
        for number, key in enumerate(lines, 1):
            printed = given[f"line_{number}"]
            unit = 10.0 ** -next(places for start, places in PLACES.items() if key.startswith(start))
            off = np.abs(by_hand(key, given, lines[6:-1]) - printed) / unit
            assert ((off <= 0.5 + 1e-6) | (off >= 9.5)).all(), key
            wrong += off > 0.5 + 1e-6
            assert (off > 9 if number == derivation.wrong_line else off <= 0.5 + 1e-6).all(), key
            given[key] = printed
        assert (wrong == 1).all()
        questions += len(wrong)
    assert questions >= 1000


@pytest.mark.bank
def test_what_is_right_is_worked_from_the_printed_lines_and_the_gradient_is_that_of_the_network() -> None:
    checked = 0
    network = oracle.Network((2, 2, 1), ("sigmoid", "sigmoid"), "half_squared_error", None, ("unit", "unit"))
    for derivation, columns in every_error():
        values = value_columns(derivation, columns)
        ranges = range_columns(derivation, [(column, column) for column in columns], RECIPE.places)
        given = {name.key: column for name, column in zip(derivation.givens, columns, strict=True)}
        lines = [step.name.key for step in derivation.lines]
        given |= {key: given[f"line_{number}"] for number, key in enumerate(lines[: derivation.wrong_line - 1], 1)}
        key = derivation.planted.step.key
        right = by_hand(key, given, lines[6:-1])
        assert values[derivation.index[derivation.planted.step]] == pytest.approx(right, rel=1e-12, abs=1e-14)
        low, high = ranges[derivation.index[GRADIENT]]
        for row in range(min(2, len(columns[0]))):
            numbers = {name: float(column[row]) for name, column in given.items()}
            truth = oracle.gradients(network, numbers)[derivation.parameter.key]
            assert low[row] - 1e-9 <= truth <= high[row] + 1e-9
            checked += 1
    assert checked > 80


@pytest.mark.bank
def test_whoever_rounds_like_the_lines_or_not_at_all_or_begins_anew_stays_within_what_is_accepted() -> None:
    """The corrected gradient from the printed lines, rounded at each or with all digits, or from the givens alone."""
    for derivation, columns in every_error():
        ranges = range_columns(derivation, [(column, column) for column in columns], RECIPE.places)
        low, high = ranges[derivation.index[GRADIENT]]
        lines = [step.name.key for step in derivation.lines]
        printed = {name.key: column for name, column in zip(derivation.givens, columns, strict=True)}
        solution = derivation.solution
        assert solution is not None
        follows = {solution.steps[at].name.key for at in solution.cone(derivation.planted.step)}
        for rounds, anew in ((True, False), (False, False), (False, True)):
            given = dict(printed)
            for number, key in enumerate(lines, 1):
                again = anew or key in follows or number == derivation.wrong_line
                value = by_hand(key, given, lines[6:-1]) if again else printed[f"line_{number}"]
                places = next(places for start, places in PLACES.items() if key.startswith(start))
                given[key] = np.round(value, places) if rounds and again else value
            written = np.round(given[lines[-1]], 6)
            assert ((low - 1e-9 <= written) & (written <= high + 1e-9)).all()


def test_what_changes_nothing_what_is_a_mere_number_and_what_the_gradient_does_not_need_is_never_planted() -> None:
    network = Dense((2, 2, 2), ("sigmoid", "linear"), "given_gradient", None, ("unit", "none"))
    solution = derive(network, "w1_11")
    found = [error for some in plantings(solution) for error in some]
    struck = {error.step.key for error in found}
    # Of given derivatives the outputs are not needed, nor what leads to them and not to a path.
    assert not struck & {"a2_1", "yhat_1", "yhat_2"}
    assert "da2_1/dh1_1" in struck
    assert "gradient" in struck
    for some in plantings(derive(RECIPE.model, "w1_11")):
        values = {error.formula for error in some}
        assert len(values) == len(some)
        assert "loss_forgotten" not in {error.misconception for error in some}


def test_an_error_near_to_what_is_right_is_refused_and_one_a_little_farther_is_not() -> None:
    question = draw(RECIPE, [b"near"])[0]
    derivation = question.derivation
    wrong, right = derivation.index[named(f"line_{derivation.wrong_line}")], derivation.planted.step
    low, high = question.range(right)
    unit = 10.0 ** -question.places(right).count
    part = 0.01 * abs(question.value(right))
    least = max(10 * unit, part)

    def refused(printed: float) -> bool:
        columns = [np.array([value]) for value in question.values]
        columns[wrong] = np.array([printed])
        ends = [(np.array([one]), np.array([other])) for one, other in zip(question.low, question.high, strict=True)]
        batch = CandidateBatch(np.arange(1), columns, np.ones(1, dtype=bool), ends)
        return bool(hardly_shows(derivation, batch, question.precision)[0])

    assert refused(high + 0.99 * least)
    assert not refused(high + 1.01 * least)
    assert refused(low - 0.99 * least)
    assert not refused(low - 1.01 * least)
    assert refused(float("nan"))


@pytest.mark.parametrize(("places", "value", "least"), [("4d", 0.02, 10e-4), ("4d", 0.8, 0.008)])
def test_it_is_ten_units_or_a_hundredth_of_the_value_whichever_is_more(places: str, value: float, least: float) -> None:
    network = Dense((1, 1), ("tanh",), "half_squared_error")
    planted = next(error for some in plantings(derive(network, "w1_11")) for error in some)
    assert planted.step.key == "yhat_1"
    derivation = derive(network, "w1_11", Layout(quantity="error", planted=planted))
    precision = RECIPE.places
    columns = [np.full(2, value) for _ in derivation.steps]
    columns[derivation.index[named("line_2")]] = np.array([value + 0.99 * least, value + 1.01 * least])
    batch = CandidateBatch(np.arange(2), columns, np.ones(2, dtype=bool), [(c, c) for c in columns])
    assert hardly_shows(derivation, batch, precision).tolist() == [True, False]


def test_another_line_that_is_off_by_more_than_a_unit_is_refused() -> None:
    question = draw(RECIPE, [b"other"])[0]
    derivation = question.derivation
    number = next(
        n
        for n, step in enumerate(derivation.lines, 1)
        if n != derivation.wrong_line and not step.exact and step.role == "forward"
    )
    at = derivation.index[named(f"line_{number}")]
    for by, refused in ((0.0, False), (1.6, True)):
        columns = [np.array([value]) for value in question.values]
        exact = derivation.others[at][0].values(columns)
        columns[at] = exact + by * 1e-4 if by else columns[at]
        batch = CandidateBatch(np.arange(1), columns, np.ones(1, dtype=bool))
        assert others_differ(derivation, batch, question.precision).tolist() == [refused]
    columns = [np.array([value]) for value in question.values]
    last = derivation.index[named(f"line_{derivation.wrong_line}")]
    for size, refused in ((999.0, False), (1001.0, True)):
        columns[last] = np.array([size])
        batch = CandidateBatch(np.arange(1), columns, np.ones(1, dtype=bool))
        found = others_differ(derivation, batch, question.precision)[0]
        assert found or not refused


def test_a_question_with_a_second_error_or_with_none_that_shows_is_not_certified() -> None:
    """One as it was drawn, one of which another line is off by three units, and one whose wrong line is right."""
    question = draw(RECIPE, [b"other"])[0]
    derivation = question.derivation
    other = next(
        n
        for n, step in enumerate(derivation.lines, 1)
        if n != derivation.wrong_line and not step.exact and step.role == "forward"
    )
    givens = {given.key: np.full(3, question.value(given)) for given in derivation.givens}
    givens[f"line_{other}"][1] += 3e-4
    givens[f"line_{derivation.wrong_line}"][2] = question.value(derivation.planted.step)
    found = certify_batch(derivation, list(givens.values()), RECIPE.places, *RECIPE.limits(derivation))
    assert found.rows.tolist() == [0]
    assert found.rejections == {
        "rule 2: another line is no more than near to its formula": 1,
        "rule 2: the error hardly shows": 1,
    }


def test_line_and_error_are_drawn_for_each_student_from_the_key_alone() -> None:
    keys = [b"student %d" % number for number in range(16)]
    questions = draw(RECIPE, keys, forms="same")
    assert len({question.derivation.wrong_line for question in questions}) > 5
    assert len({question.derivation.planted.misconception for question in questions}) > 6
    for number in (0, 15):
        alone = draw(RECIPE, [keys[number]], forms="same")[0]
        assert alone.derivation == questions[number].derivation
        assert (alone.values == questions[number].values).all()


def test_mistakes_in_finding_it_are_those_of_naming_and_of_correcting() -> None:
    planted = next(error for some in RECIPE.plantings(named_one("w1_11")) for error in some if error.step.key == "h1_1")
    derivation = RECIPE.derivation("w1_11", "error", planted=planted)
    struck = {mistake.name: mistake for mistake in mistakes(derivation)}
    line = derivation.index[WRONG_LINE]
    numbers = {
        mistake.misconception: mistake.effect[line][0] for mistake in struck.values() if line in mistake.exchanged
    }
    # h1_1 is line 3; a2_1 is worked from it, and reads it from line 1, a1_1.
    assert numbers == {"line_that_follows": 5, "last_line_named": 12, "line_before_named": 1}
    kept = struck["error_kept at h1_1"]
    again = struck[f"{planted.misconception} at h1_1"]
    at = derivation.index[planted.step]
    assert kept.effect[at] == pytest.approx(again.effect[at])
    assert {"error_carried_on", "correction_stopped"} <= {mistake.misconception for mistake in struck.values()}


def linear(step: str, misconception: str) -> tuple[Derivation, dict[str, float]]:
    """1-1-2, all linear: x = 2, w = 0.5, b = 0.25; on to outputs by 0.3 and -0.4, held against 1 and 0.

    a = h = 1.25, outputs 0.375 and -0.5, errors -1.25 and -1, paths -0.75 and 0.8. Worked with a - b = 0.75: outputs
    0.225 and -0.3, errors -1.55 and -0.6, paths -0.93 and 0.48.
    """
    model = Dense((1, 1, 2), ("linear", "linear"), "squared_error", None, ("unit", "none"))
    planted = planted_at(derive(model, "w1_11"), named(step), misconception, 1)
    derivation = derive(model, "w1_11", Layout(quantity="error", planted=planted))
    givens = {"x_1": 2.0, "w1_11": 0.5, "b1_1": 0.25, "w2_11": 0.3, "w2_21": -0.4, "y_1": 1.0, "y_2": 0.0}
    columns = [np.array([givens[given.key]]) for given in derivation.givens if not is_line(given)]
    values = value_columns(derivation, printed_lines(derivation, columns, RECIPE.places))
    return derivation, {at.key: float(column[0]) for at, column in zip(derivation.steps, values, strict=True)}


@pytest.mark.parametrize(
    ("entry", "step", "planted", "expected"),
    [
        ("line_that_follows", "a1_1", "forward_bias_subtracted", (2,)),
        ("last_line_named", "a1_1", "forward_bias_subtracted", (17,)),
        ("line_before_named", "dL/dyhat_1", "loss_two_forgotten", (5,)),
        ("error_kept", "a1_1", "forward_bias_subtracted", (0.75,)),
        ("correction_of_next", "dL/dyhat_1", "loss_two_forgotten", (-0.375,)),
        ("error_carried_on", "a1_1", "forward_bias_subtracted", (-0.45,)),
        ("correction_stopped", "a1_1", "forward_bias_subtracted", (-0.93 + 0.8, -0.75 + 0.48)),
    ],
)
def test_mistakes_in_finding_an_error_worked_out_by_hand(
    entry: str, step: str, planted: str, expected: tuple[float, ...]
) -> None:
    derivation, values = linear(step, planted)
    (site,) = sites(derivation, by_id(ON_ERRORS)[entry].kinds)
    columns = [np.array([values[each.key]]) for each in derivation.steps]
    found = [np.ravel(derivation.program(formula).values(columns))[0] for formula in site_formulas(entry, site)]
    assert found == pytest.approx(expected)


def site_formulas(entry: str, site: Site) -> tuple[Expression, ...]:
    return by_id(ON_ERRORS)[entry].mistaken(site)


def named_one(key: str) -> tuple[Symbol]:
    return (symbol(key),)


def test_a_question_goes_into_a_file_with_its_lines_and_comes_back() -> None:
    question = draw(RECIPE, [b"file"])[0]
    written = WrittenQuestion.of(question).model_dump(exclude_none=True, by_alias=True)
    assert len(written["lines"]) == len(question.derivation.lines)
    again = WrittenQuestion.model_validate(written).problem().solve()
    assert again.derivation == question.derivation
    assert (again.values == question.values).all()
    with pytest.raises(Exception, match=r"(9 lines; expected 10|11 lines; expected 12), as the solution has"):
        WrittenQuestion.model_validate({**written, "lines": written["lines"][:-1]})


NETWORK = {"sizes": [1, 1], "activations": ["linear"], "loss": "squared_error", "W1": [[2]], "x": [3], "y": [5]}
PLANTED = {"step": "dL/dyhat_1", "misconception": "loss_two_forgotten"}


def test_whoever_writes_a_network_down_says_what_is_planted() -> None:
    asked = {"parameter": "w1_11", "quantity": "error", "planted": PLANTED}
    question = problem_from({"network": NETWORK, "ask": asked, "precision": "4d"}).solve()
    # 2 · 3 = 6, 6, dL/dyhat is 2 · (6 − 5) = 2 and was taken as 1; times 1, times 3.
    assert [question.value(f"line_{n}") for n in range(1, 7)] == [6, 6, 1, 1, 3, 3]
    assert [question.value(slot.step) for slot in question.slots] == [3, 2, 6]


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"planted": None}, "ask.planted"),
        ({"planted": {**PLANTED, "step": "a9_9"}}, "ask.planted"),
        ({"planted": {**PLANTED, "step": "?"}}, "ask.planted.step"),
        ({"planted": {**PLANTED, "misconception": "nothing"}}, "ask.planted"),
        ({"planted": {**PLANTED, "variant": 7}}, "ask.planted"),
        ({"quantity": "gradient"}, "ask.planted"),
        ({"learning_rate": 0.1}, "ask.learning_rate"),
        ({"paths": "find"}, "ask.paths"),
        ({"working": "matrices"}, "ask.working"),
        ({"parameter": None, "parameters": ["w1_11", "x_1"]}, "ask.parameters"),
    ],
)
def test_what_does_not_go_with_it_is_refused(changed: dict[str, object], place: str) -> None:
    asked = {"parameter": "w1_11", "quantity": "error", "planted": PLANTED} | changed
    with pytest.raises(NetworkError) as caught:
        problem_from(
            {"network": NETWORK, "ask": {k: v for k, v in asked.items() if v is not None}, "precision": "4d"}
        ).solve()
    assert caught.value.place == place


def changed_recipe(**changed: object) -> Recipe:
    table = RECIPE.model_dump(exclude_unset=True, by_alias=True)
    return Recipe.model_validate({**table, "slots": None, **changed})


def test_a_recipe_says_what_may_be_planted_and_what_is_corrected() -> None:
    recipe = changed_recipe(plant=["slope_is_output", "product_sign"], correct="line")
    questions = draw(recipe, [b"%d" % number for number in range(12)])
    assert {question.derivation.planted.misconception for question in questions} == {"slope_is_output", "product_sign"}
    assert [slot.name for slot in questions[0].slots] == ["line", "corrected"]


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"plant": ["slope_is_outptu"]}, "plant"),
        ({"forward": "given"}, "forward"),
        ({"scratch": 6}, "scratch"),
        ({"parameters": "all"}, "parameters"),
        ({"working": "matrices"}, "working"),
        ({"ask": "gradient", "plant": ["product_sign"]}, "plant"),
        ({"ask": "gradient", "correct": "line"}, "correct"),
    ],
)
def test_a_recipe_in_which_it_has_no_meaning_is_refused(changed: dict[str, object], place: str) -> None:
    with pytest.raises(Exception, match=place):
        changed_recipe(**changed)


def test_mistakes_that_strike_nothing_cannot_be_planted() -> None:
    with pytest.raises(Exception, match="none of these can be planted"):
        changed_recipe(plant=["softmax_sign"])


def truth_of_a_network(question: Question) -> dict[str, float]:
    network, givens = question.derivation.model, given_numbers(question)
    assert isinstance(network, Dense)
    shape = oracle.Network(network.sizes, network.activations, network.loss, network.softmax, network.biases)
    return oracle.gradients(shape, givens)


def truth_of_a_circuit(question: Question) -> dict[str, float]:
    nodes = {node.name.key: written_node(node) for node in question.derivation.graph.nodes.values()}
    return Example(given_numbers(question), nodes).gradients()


def given_numbers(question: Question) -> dict[str, float]:
    return {given.key: question.value(given) for given in question.derivation.model.givens()}


@pytest.mark.bank
@pytest.mark.parametrize(
    ("recipe", "working", "count", "truth"),
    [
        *(("error-in-chain", working, 110, truth_of_a_network) for working in ("chain", "table", "deltas", "paths")),
        *(("error-in-circuit", working, 130, truth_of_a_circuit) for working in ("graph", "chain", "paths")),
        *(("circuit-mixed", working, 70, truth_of_a_circuit) for working in ("graph", "chain", "paths")),
    ],
)
def test_the_corrected_gradient_of_a_thousand_solutions_is_as_autograd_has_it(
    recipe: str, working: Working, count: int, truth: Callable[[Question], dict[str, float]]
) -> None:
    """Of every layout that has lines: the printed gradient is wrong, and what is accepted holds the true one."""
    questions = draw(load_recipe(recipe), [b"%d" % n for n in range(count)], quantity="error", working=working)
    assert len({question.derivation.planted for question in questions}) > 9
    for question in questions:
        derivation = question.derivation
        low, high = question.range(derivation.answers[-1])
        right = truth(question)[derivation.parameter.key]
        assert low - 1e-9 <= right <= high + 1e-9
        assert not low <= question.value(f"line_{len(derivation.lines)}") <= high
        solution = derivation.solution
        assert solution is not None
        givens = [np.array([question.value(given)]) for given in solution.givens]
        exact = value_columns(solution, givens)[solution.index[solution.gradient_of(derivation.parameter)]]
        assert exact[0] == pytest.approx(right, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("recipe", "parameter", "working", "lines", "last"),
    [
        ("two-paths", "w1_31", "paths", 23, "∂L/∂w₁₃₁ = product of path 1 + product of path 2"),
        ("two-paths", "w1_31", "chain", 25, "∂L/∂w₁₃₁ = ∂L/∂a₁₃ · ∂a₁₃/∂w₁₃₁"),
        ("two-paths", "w1_31", "table", 22, "∂L/∂w₁₃₁ = ∂L/∂a₁₃ · x₁"),
        ("first", "w1_21", "deltas", 13, "∂L/∂w₁₂₁ = δ₁₂ · x₁"),
        ("circuit-branch", "b", "paths", 10, "∂f/∂b = product of path 1 + product of path 2"),
        ("circuit-branch", "b", "chain", 8, "∂f/∂b = ∂f/∂p · ∂p/∂b + ∂f/∂q · ∂q/∂b"),
        ("circuit-branch", "b", "graph", 6, "∂f/∂b = ∂f/∂p · a + ∂f/∂q"),
        ("bptt-last", "w", "paths", 21, "∂L/∂w = product of path 1 + product of path 2 + product of path 3"),
        ("conv-1d", "k_1", "paths", 21, "∂L/∂k₁ = product of path 1 + product of path 2 + product of path 3"),
    ],
)
def test_other_recipes_can_be_asked_for_it_in_every_working_that_has_lines(
    recipe: str, parameter: str, working: Working, lines: int, last: str
) -> None:
    question = draw(load_recipe(recipe), [b"a"], parameter=parameter, quantity="error", working=working)[0]
    shown = solution_lines(question)
    assert len(shown) == lines
    assert shown[-1].rpartition(" = ")[0] == last
    # No line says of a value that it is itself.
    assert not [line for line in shown if line.split(" = ")[0] == line.split(" = ")[1]]
    assert question.derivation.answers[-1] == question.derivation.lines[-1].name


def test_a_single_factor_is_no_product_and_no_line_stands_twice() -> None:
    question = draw(load_recipe("softmax-gradient"), [b"a"], parameter="a_1", quantity="error")[0]
    assert solution_lines(question)[-1].startswith("∂L/∂a₁ = ŷ₁ - y₁ = ")
    assert [slot.name for slot in question.slots] == ["line", "corrected", "gradient"]


def text(question: Question) -> list[str]:
    return [question.printed(f"line_{number}") for number in range(1, len(question.derivation.lines) + 1)]


def test_a_copy_is_printed_as_it_is_and_a_wrong_copy_no_longer() -> None:
    """A weight of 0.9 is printed as 0.9, and another weight in its place as well: not as -0.3000."""
    some = next(some for some in RECIPE.plantings(named_one("w1_21")) if some[0].step.key == "da2_1/dh1_2")
    derivation = RECIPE.derivation("w1_21", "error", planted=some[0])
    row = np.array([column[0] for column in value_columns(derivation, solved(derivation, TRIED))])
    question = Question(derivation, RECIPE.places, row, row, row)
    assert derivation.lines[derivation.wrong_line - 1].exact
    assert len(text(question)[derivation.wrong_line - 1].partition(".")[2]) == 1
    assert text(question)[0].endswith("00")
