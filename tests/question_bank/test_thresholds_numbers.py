"""What rules 1 and 5 ask of a question's numbers, from both sides, on numbers of networks worked here by hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import range_columns
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.questions import number_tests
from question_bank.questions.batch import CandidateBatch
from question_bank.questions.certification import keeps_mistakes_apart
from question_bank.questions.draws import draw
from question_bank.questions.mistaken_ranges import _gap, _note_nearest
from question_bank.questions.number_tests import (
    _can_be_off,
    _denominators,
    _is_short,
    cancels,
    hard_or_easy,
    units_outside_band,
)
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import Difficulty, Fairness, load_recipe
from question_bank.questions.written import read_problem
from tests.question_bank.test_batches import IN_TURN
from tests.question_bank.test_thresholds import chain, chain_gap, where

PLACES = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d"})


def solved(activations: tuple[str, ...], sizes: tuple[int, ...], givens: Mapping[str, float]) -> Question:
    network = Architecture(sizes, activations, "half_squared_error")
    return solve(derive(network, "w1_11"), givens, PLACES)


def batch_of(question: Question) -> CandidateBatch:
    return CandidateBatch(np.arange(1), [np.array([value]) for value in question.values], np.ones(1, dtype=bool))


def is_unwieldy(numerator: int = 150, denominator: int = 8, **givens: float) -> bool:
    """Of a linear unit: ŷ = w x, the loss's factor ŷ - y, and the gradient (ŷ - y) x."""
    question = solved(("linear",), (1, 1), {"x_1": givens["x"], "w1_11": givens["w"], "y_1": givens["y"]})
    fairness = Fairness(numerator=numerator, denominator=denominator)
    return bool(number_tests.unwieldy(question.derivation, batch_of(question), fairness)[0])


@pytest.mark.parametrize(
    ("numerator", "denominator", "unwieldy"),
    [(15, 4, False), (14, 4, True), (15, 3, True), (15, 5, False), (15, 8, False)],
)
def test_an_exact_number_is_a_fraction_of_so_much_above_and_below_the_line(
    numerator: int, denominator: int, unwieldy: bool
) -> None:
    """0.5 · 3 = 3/2, 3/2 - 1/4 = 5/4, and 5/4 · 3 = 15/4, in lowest terms."""
    assert is_unwieldy(numerator, denominator, x=3.0, w=0.5, y=0.25) is unwieldy
    # Below 0 as above.
    assert is_unwieldy(numerator, denominator, x=-3.0, w=-0.5, y=0.25) is unwieldy


@pytest.mark.parametrize(
    ("x", "w", "y", "unwieldy"),
    [
        (2.0, 0.5, 0.25, True),  # the output is 1
        (2.0, -0.5, 0.25, True),  # or -1
        (4.0, 0.5, 0.25, False),  # or 2
        (0.5, 1.0, 0.25, False),  # or 1/2
        (2.0, 1.5, 2.5, True),  # the gradient is (3 - 2.5) · 2 = 1
        (2.0, 1.5, 2.25, False),
        (2.0, 1.25, 1.5, False),  # a factor of 1 is another rule's business
        (2.0, 1.5, 3.0, True),  # the loss's factor is 0
        (0.5, 0.125, 3.0, True),  # 1/16 has too large a denominator
    ],
)
def test_what_anybody_may_write_into_a_box_shows_no_work(x: float, w: float, y: float, unwieldy: bool) -> None:
    assert is_unwieldy(x=x, w=w, y=y) is unwieldy


@pytest.mark.parametrize(
    ("target", "zero_paths", "unwieldy"), [(3.0, True, False), (3.0, False, True), (3.5, False, False)]
)
def test_a_path_that_comes_to_0_says_something_where_the_recipe_has_such_paths(
    target: float, zero_paths: bool, unwieldy: bool
) -> None:
    """Of 0.5 · 4 = 2 two outputs, 1.5 · 2 = 3 and -0.25 · 2 = -0.5: the second path is (-0.75) (-0.25) 4 = 0.75."""
    given = {"x_1": 4.0, "w1_11": 0.5, "w2_11": 1.5, "w2_21": -0.25, "y_1": target, "y_2": 0.25}
    question = solved(("linear", "linear"), (1, 1, 2), given)
    fairness = Fairness(numerator=150, denominator=8, zero_paths=zero_paths)
    assert bool(number_tests.unwieldy(question.derivation, batch_of(question), fairness)[0]) is unwieldy


@pytest.mark.parametrize("off", [0, 1, 2])
def test_as_many_units_pass_nothing_on_as_the_band_allows(off: int) -> None:
    """Of three hidden units between x = 2 and the output, those with a weight below 0."""
    weights = {f"w1_{n}1": (-0.5 if n > 3 - off else 0.5) for n in (1, 2, 3)}
    given = {"x_1": 2.0, **weights, "w2_11": 0.6, "w2_12": 0.7, "w2_13": -0.4, "y_1": 3.0}
    question = solved(("relu", "linear"), (1, 3, 1), given)

    def outside(low: int, high: int) -> bool:
        difficulty = Difficulty(dead_units=(low, high))
        return bool(units_outside_band(question.derivation, batch_of(question), difficulty)[0])

    assert not outside(off, off)
    assert not outside(0, off)
    assert not outside(off, 9)
    assert outside(off + 1, 9)
    assert off == 0 or outside(0, off - 1)


def test_a_score_of_difficulty_lies_in_its_band() -> None:
    question = solved(("sigmoid",), (1, 1), {"x_1": 2.0, "w1_11": 0.4, "y_1": 0.1})
    batch = batch_of(question)
    cancels(question.derivation, batch, Difficulty())

    def outside(low: float, high: float) -> bool:
        return bool(hard_or_easy(question.derivation, batch, PLACES, Difficulty(score=(low, high)))[0])

    assert not outside(0.0, 1.0)
    score = float(batch.measures["difficulty"][0])
    assert 0 < score < 1
    assert not outside(score - 1e-6, score + 1e-6)
    assert outside(score + 1e-6, 1.0)
    assert outside(0.0, score - 1e-6)


@pytest.mark.parametrize(
    ("numbers", "gaps", "nearest", "gap"),
    [
        ([7, 8], [2.5, 1.5], 8, 1.5),  # nearer than the one that is known
        ([7, 8], [1.5, 1.5], 7, 1.5),  # of equals the first
        ([7, 8], [2.0, 3.0], 5, 2.0),  # and the one that is known, if it comes before
        ([3, 8], [2.0, 3.0], 3, 2.0),
        ([3, 8], [2.5, 3.0], 5, 2.0),  # farther than that
    ],
)
def test_the_mistake_that_comes_nearest_is_the_first_of_equals(
    numbers: list[int], gaps: list[float], nearest: int, gap: float
) -> None:
    """Known is that the fifth comes as near as two units."""
    batch = CandidateBatch(np.arange(1), [], np.ones(1, dtype=bool))
    batch.measures |= {"gap": np.array([2.0]), "nearest": np.array([5.0])}
    _note_nearest(batch, numbers, np.array(gaps)[:, None])
    assert (batch.measures["nearest"].tolist(), batch.measures["gap"].tolist()) == ([nearest], [gap])


@pytest.mark.parametrize(("gap", "apart"), [(0.6, False), (0.97, False), (1.03, True)])
def test_of_a_question_that_is_handed_out_it_is_asked_whether_mistakes_stay_a_unit_away(
    gap: float, apart: bool
) -> None:
    assert are_apart((1, 1, 1), chain(where(chain_gap, gap, 0.7, 0.8))) is apart


def test_where_paths_are_0_mistakes_stay_apart_from_what_shows_them() -> None:
    """Units that dropout takes out leave paths of 0, in which a mistake changes nothing."""
    recipe = load_recipe("dropout")
    assert recipe.fairness.zero_paths
    questions = draw(recipe, [b"%d" % number for number in range(4)])
    (derivation,) = {question.derivation for question in questions}
    assert all(any(question.value(factor) == 0 for factor in derivation.factors) for question in questions)
    columns = [np.array([question.value(given) for question in questions]) for given in derivation.givens]
    assert keeps_mistakes_apart(derivation, columns, recipe.places).all()


def test_the_narrowest_and_the_widest_range_are_noted_as_parts_of_their_values() -> None:
    """0.62 · 3 = 1.86 in four decimals, and copied; 2 (1.86 - 1.11) = 1.5, times 3 in six, and copied."""
    network = Architecture((1, 1), ("linear",), "squared_error")
    question = solve(derive(network, "w1_11"), {"x_1": 3.0, "w1_11": 0.62, "y_1": 1.11}, PLACES)
    found = measured(question, Fairness())
    assert found["narrowest"] == pytest.approx(0.5e-4 / 1.86, rel=1e-9)
    loss = 2 * 1e-4 + 0.5e-4
    assert found["widest"] == pytest.approx((3 * loss + 2 * 0.5e-6) / 4.5, rel=1e-9)


def test_what_a_path_of_0_comes_to_is_neither() -> None:
    """ŷ = 1.5 · 0.5 · 4 is the first target; what is left of the gradient is 0.75."""
    given = {"x_1": 4.0, "w1_11": 0.5, "w2_11": 1.5, "w2_21": -0.25, "y_1": 3.0, "y_2": 0.25}
    found = measured(solved(("linear", "linear"), (1, 1, 2), given), Fairness(zero_paths=True))
    assert 0 < found["narrowest"] < found["widest"] < 0.01


def measured(question: Question, fairness: Fairness) -> dict[str, float]:
    batch = batch_of(question)
    ends = zip(question.low, question.high, strict=True)
    batch.ranges = [(np.array([low]), np.array([high])) for low, high in ends]
    assert not number_tests.too_wide(question.derivation, batch, fairness)[0]
    return {name: float(column[0]) for name, column in batch.measures.items()}


@pytest.mark.parametrize(("other", "apart"), [(0.2, False), (0.5, True)])
def test_where_none_is_0_a_mistake_may_not_give_the_right_sum_by_chance(other: float, apart: bool) -> None:
    """Of 0.6 · 1.5 = 0.9 two outputs; off by 0.2 both, it is all the same which of them has which weight."""
    given = {"x_1": 1.5, "w1_11": 0.6, "w2_11": 0.8, "w2_21": -0.3, "y_1": 0.72 - 0.2, "y_2": -0.27 - other}
    assert are_apart((1, 1, 2), given) is apart


def are_apart(sizes: tuple[int, ...], givens: Mapping[str, float]) -> bool:
    network = Architecture(sizes, ("linear",) * (len(sizes) - 1), "squared_error")
    derivation = derive(network, "w1_11")
    columns = [np.array([givens[given.key]]) for given in derivation.givens]
    return bool(keeps_mistakes_apart(derivation, columns, PLACES)[0])


@pytest.mark.parametrize(
    ("right", "mistaken", "units"),
    [
        ((1.234, 1.236), (1.239, 1.241), 3.0),
        ((1.234, 1.236), (1.23, 1.232), 2.0),
        ((1.234, 1.236), (1.235, 1.3), -1.0),
        ((0.0, 0.0), (1.234, 1.235), 1234.0),  # a 0 has no figures: what would be written instead has
        ((0.0, 0.0), (0.0, 0.0), 0.0),
    ],
)
def test_gaps_are_counted_in_units_of_the_last_significant_figure(
    right: tuple[float, float], mistaken: tuple[float, float], units: float
) -> None:
    question = solved(("linear",), (1, 1), {"x_1": 2.0, "w1_11": 1.5, "y_1": 2.0})
    batch = batch_of(question)
    at = question.derivation.index[question.derivation.paths[0].product]
    batch.values[at] = np.array([0.5 * sum(right)])
    batch.ranges = [(column, column) for column in batch.values]
    low, high = right
    batch.ranges[at] = np.array([low]), np.array([high])
    places = Precision.parse({"forward": "4s", "factor": "4s", "product": "4s"})
    found = _gap(question.derivation, batch, places, at, (np.array([mistaken[0]]), np.array([mistaken[1]])))
    assert found[0] == pytest.approx(units)


def test_a_number_is_held_against_every_denominator_whatever_others_come_to() -> None:
    """3 is whole, 1/4 is a fourth, and 1/3 is no decimal that ends."""
    found = _is_short(np.array([3.0, 0.25, 1 / 3]), (1, 2, 4), 10)
    assert found.tolist() == [True, True, False]


def test_decimals_that_end_have_denominators_of_twos_and_fives() -> None:
    expected = {2**twos * 5**fives for twos in range(8) for fives in range(4)}
    assert set(_denominators(128)) == {number for number in expected if number <= 128}


@pytest.mark.parametrize(
    ("target", "apart"),
    [
        # 2 (1.11 - y) = 3: without the 2 the first gradient is 1.8 units off, and the second 4.5 in a whole number.
        (-0.39, True),
        # 2.2: whoever forgets it takes the input alone, which is 1.4 units off at the one answer that shows it.
        (0.01, False),
    ],
)
def test_of_a_question_that_is_handed_out_a_mistake_is_told_at_one_of_two_answers(target: float, apart: bool) -> None:
    """Six decimals; at the first weight an input of 1.2 units makes the gradient as small as that."""
    layout = Layout(working="table")
    derivation = derive(Architecture((2, 1), ("linear",), "squared_error"), ("w1_11", "w1_12"), layout)
    given = {"x_1": 1.2e-6, "x_2": 3.0, "w1_11": 0.6, "w1_12": 0.37, "y_1": target}
    columns = [np.array([given[name.key]]) for name in derivation.givens]
    assert len(derivation.answers_at) == 2
    assert keeps_mistakes_apart(derivation, columns, PLACES).tolist() == [apart]


@pytest.mark.parametrize("denominator", [1, 4, 8])
@pytest.mark.parametrize(("off", "short"), [(0.0, True), (0.9e-9, True), (-0.9e-9, True), (1.1e-9, False)])
def test_a_fraction_is_known_within_a_thousand_millionth(denominator: int, off: float, short: bool) -> None:
    assert _is_short(np.array([3 / denominator + off]), (denominator,), 10).tolist() == [short]


@pytest.mark.parametrize(("numerator", "short"), [(9, True), (10, True), (11, False), (-10, True), (-11, False)])
def test_what_stands_above_the_line_is_no_more_than_is_allowed(numerator: int, short: bool) -> None:
    assert _is_short(np.array([numerator / 4]), (1, 2, 4), 10).tolist() == [short]


@pytest.mark.parametrize(
    ("weight", "output", "target", "unwieldy"),
    [
        (0.5, 1.5, 0.25, False),
        (0.123456, 1.5, 0.25, False),  # goes into the printed output alone, and into no box
        (0.5, 1.123456, 0.873456, True),  # a printed output is worked with, though the difference is short
    ],
)
def test_of_what_is_printed_forward_values_are_to_be_short(
    weight: float, output: float, target: float, unwieldy: bool
) -> None:
    network = Architecture((1, 1), ("linear",), "half_squared_error")
    derivation = derive(network, "w1_11", Layout(forward="given"))
    given = {"x_1": 3.0, "w1_11": weight, "y_1": target, "a1_1": output, "yhat_1": output}
    question = solve(derivation, {name.key: given[name.key] for name in derivation.givens}, PLACES)
    found = number_tests.unwieldy(derivation, batch_of(question), Fairness(numerator=150, denominator=8))
    assert found.tolist() == [unwieldy]


@pytest.mark.parametrize(("activation", "off"), [("relu", 1), ("tanh", 0), ("linear", 0)])
def test_a_unit_passes_nothing_on_where_its_function_has_a_stretch_of_0(activation: str, off: int) -> None:
    """A sum of 0, of which the output is 0: of a ReLU that is off, of others a number like any other."""
    given = {"x_1": 2.0, "w1_11": 0.0, "w2_11": 0.5, "y_1": 0.1}
    question = solved((activation, "linear"), (1, 1, 1), given)
    batch = batch_of(question)
    for dead, outside in (((0, 0), off == 1), ((1, 1), off == 0), ((0, 1), False)):
        found = units_outside_band(question.derivation, batch, Difficulty(dead_units=dead))
        assert found.tolist() == [outside]


@pytest.mark.parametrize(("activation", "off"), [("relu", True), ("tanh", False)])
def test_a_unit_may_be_off_in_whichever_pass_it_is(activation: str, off: bool) -> None:
    """Of two examples one after the other."""
    derivation = read_problem(IN_TURN.replace('"linear"', f'"{activation}"'), "mine.toml").solve().derivation
    found = {step.key for step in derivation.steps if _can_be_off(derivation, step)}
    assert len(derivation.parts) == 2
    assert found == ({"yhat_1@1", "yhat_1@2"} if off else set())


@pytest.mark.parametrize("zero_paths", [True, False])
def test_a_0_is_asked_for_no_width_at_factors_and_products_where_paths_may_be_0(zero_paths: bool) -> None:
    """The output is as large as its target, so that all that comes back is 0; the sum of it is no product."""
    question = solved(("sigmoid", "linear"), (1, 1, 1), {"x_1": 0.0, "w1_11": 0.7, "w2_11": 3.0, "y_1": 1.5})
    batch = batch_of(question)
    points = [(column, column) for column in batch.values[: len(question.derivation.givens)]]
    batch.ranges = range_columns(question.derivation, points, PLACES)
    found = number_tests.widths(question.derivation, batch, Fairness(zero_paths=zero_paths))
    structural = {step.key for step, _, is_so in found if np.all(is_so)}
    assert question.value("gradient") == 0
    assert structural == ({"dL/dyhat_1", "path_1.product"} if zero_paths else set())
