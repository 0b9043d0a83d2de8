"""The thresholds of certification, each from just inside and from just outside, on networks worked here by hand.

All units are linear, so that a range can be worked out with two ends and no calculus: every slope is 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.batch import CandidateBatch
from question_bank.questions.certification import Rejected, certify, certify_batch
from question_bank.questions.number_tests import negatives
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import Difficulty, Fairness

PLACES = {"forward": "4d", "factor": "4d", "product": "6d"}
Ends = tuple[float, float]


def linear(sizes: tuple[int, ...]) -> Architecture:
    return Architecture(sizes, ("linear",) * (len(sizes) - 1), "squared_error")


def asked(sizes: tuple[int, ...], givens: Mapping[str, float], places: Mapping[str, str] | None = None) -> Question:
    """The first weight of a network; its updated value where a learning rate is given."""
    updated = "eta" in givens
    layout = Layout(quantity="updated" if updated else "gradient", update=PLAIN_UPDATE if updated else None)
    return solve(derive(linear(sizes), "w1_11", layout), givens, Precision.parse({**PLACES, **(places or {})}))


def failed_first(question: Question, fairness: Fairness | None = None) -> str:
    """The test that a question fails first; empty for one that passes."""
    paths = len(question.derivation.paths)
    found = certify(question, fairness, Difficulty(paths=(paths, paths), cancellation=0.0))
    return found.test if isinstance(found, Rejected) else ""


def times(one: Ends, other: Ends) -> Ends:
    ends = [left * right for left in one for right in other]
    return min(ends), max(ends)


def plus(one: Ends, other: Ends) -> Ends:
    return one[0] + other[0], one[1] + other[1]


def exactly(number: float) -> Ends:
    return number, number


def rounded(ends: Ends, decimals: int) -> Ends:
    """What a number between two ends may be once it is written with so many decimals."""
    half = 0.5 * 10.0**-decimals
    return ends[0] - half, ends[1] + half


def units_between(right: Ends, wrong: Ends, decimals: int) -> float:
    return max(wrong[0] - right[1], right[0] - wrong[1]) * 10.0**decimals


def where(gap: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """The number at which a rising gap is as wide as wanted."""
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if gap(middle) < wanted else (low, middle)
    return 0.5 * (low + high)


def chain(w1: float) -> dict[str, float]:
    return {"x_1": 3.0, "w1_11": w1, "w2_11": 0.7, "y_1": 0.3}


def chain_gap(w1: float) -> float:
    """Units between the gradient of `chain` and what comes of its first weight taken for the second one."""
    h = rounded(rounded(exactly(3 * w1), 4), 4)
    yhat = rounded(rounded(times(exactly(0.7), h), 4), 4)
    loss = rounded(times(exactly(2), plus(yhat, exactly(-0.3))), 4)
    right, wrong = (
        rounded(rounded(times(times(loss, weight), exactly(3)), 6), 6)
        for weight in (exactly(0.7), rounded(exactly(w1), 4))
    )
    return units_between(right, wrong, 6)


@pytest.mark.parametrize(
    ("gap", "test"), [(0.6, "rule 2: weight_wrong_layer"), (0.97, "rule 2: weight_wrong_layer"), (1.03, "")]
)
def test_a_mistake_stays_one_recorded_unit_away_from_the_answer(gap: float, test: str) -> None:
    w1 = where(chain_gap, gap, 0.7, 0.8)
    assert failed_first(asked((1, 1, 1), chain(w1))) == test


@pytest.mark.parametrize(
    ("gap", "test"), [(0.03, "rule 2: weight_wrong_layer"), (0.97, "rule 2: weight_wrong_layer"), (1.03, "")]
)
def test_so_it_does_where_one_of_several_answers_is_enough(gap: float, test: str) -> None:
    question = asked((1, 1, 1), chain(where(chain_gap, gap, 0.7, 0.8)))
    assert failed_first(question, Fairness(every_answer=False)) == test


@pytest.mark.parametrize("every_answer", [True, False])
@pytest.mark.parametrize(
    ("gap", "test"), [(0.3, "rule 2: weight_wrong_layer"), (0.97, "rule 2: weight_wrong_layer"), (1.03, "")]
)
def test_a_mistake_stays_a_unit_away_in_its_own_box_however_far_it_comes(
    gap: float, test: str, every_answer: bool
) -> None:
    """The other weight, rounded by half a unit, in place of an exact 0.7; the loss's factor of 200 carries it far."""
    givens = {"x_1": 3.0, "w1_11": 0.7 + (gap + 0.5) * 1e-4, "w2_11": 0.7, "y_1": -100.3}
    assert failed_first(asked((1, 1, 1), givens), Fairness(every_answer=every_answer)) == test


@pytest.mark.parametrize("gap", [1.03, 5.0, 50.0])
def test_the_certificate_says_which_mistake_comes_nearest_to_the_answer_and_how_near(gap: float) -> None:
    found = certify(asked((1, 1, 1), chain(where(chain_gap, gap, 0.7, 0.8))))
    assert not isinstance(found, Rejected)
    assert found.certificate is not None
    assert found.certificate["nearest_mistake"] == "weight_wrong_layer at da2_1/dh1_1"
    assert found.certificate["nearest_units"] == pytest.approx(gap, abs=1e-3)


def test_each_candidate_counts_once_at_the_test_that_it_fails() -> None:
    """Of five, two come too near to a mistake, one has a trivial factor, and two pass."""
    candidates = [chain(where(chain_gap, gap, 0.7, 0.8)) for gap in (0.6, 5.0, 0.9, 50.0)]
    candidates.append({"x_1": 3.0, "w1_11": 0.6, "w2_11": 0.7, "y_1": 0.76})
    derivation = asked((1, 1, 1), candidates[0]).derivation
    givens = [np.array([candidate[given.key] for candidate in candidates]) for given in derivation.givens]
    found = certify_batch(derivation, givens, Precision.parse(PLACES), Fairness(), Difficulty(paths=(1, 1)))
    assert found.rows.tolist() == [1, 3]
    assert found.rejections == {"rule 2: weight_wrong_layer": 2, "rule 3: trivial or saturated on a path": 1}


def fork(x: float) -> dict[str, float]:
    """Two paths that share the input's factor, the second one's product a small part of the answer."""
    weights = {"w1_11": 0.6, "w1_12": -0.2, "w2_11": 0.9, "w2_21": 0.2}
    return {"x_1": 2.0, "x_2": x, **weights, "y_1": 0.2, "y_2": -0.13}


def fork_gap(x: float) -> float:
    """Units between the gradient of `fork` and what comes of the other input in the second path's box alone."""
    given = fork(x)
    h = rounded(rounded(exactly(0.6 * 2 - 0.2 * x), 4), 4)
    right: Ends = exactly(0)
    wrong: Ends = exactly(0)
    for n in (1, 2):
        weight = exactly(given[f"w2_{n}1"])
        yhat = rounded(rounded(times(weight, h), 4), 4)
        loss = rounded(times(exactly(2), plus(yhat, exactly(-given[f"y_{n}"]))), 4)
        product, mistaken = (
            rounded(times(times(loss, weight), factor), 6) for factor in (exactly(2), rounded(exactly(x), 4))
        )
        right, wrong = plus(right, product), plus(wrong, mistaken if n == 2 else product)
    return units_between(rounded(right, 6), rounded(wrong, 6), 6)


@pytest.mark.parametrize(("gap", "test"), [(0.6, "rule 2: input_wrong"), (0.97, "rule 2: input_wrong"), (1.03, "")])
def test_so_does_a_slip_in_one_box_of_a_factor_that_two_paths_share(gap: float, test: str) -> None:
    assert failed_first(asked((2, 1, 2), fork(where(fork_gap, gap, 2.0, 2.2)))) == test


RULE_1 = "rule 1: an honest range is too wide or holds 0"
RULE_3 = "rule 3: trivial or saturated on a path"


@pytest.mark.parametrize(
    ("factor", "trivial"),
    [(1.006, False), (1.004, True), (1.001, True), (0.996, True), (0.994, False), (-0.996, True), (-1.006, False)],
)
def test_a_factor_within_half_a_hundredth_of_1_is_trivial(factor: float, trivial: bool) -> None:
    """The loss's factor is 2 (ŷ - y), and ŷ = 0.7 · 0.6 · 3 = 1.26."""
    target = 1.26 - factor / 2
    found = failed_first(asked((1, 1, 1), {"x_1": 3.0, "w1_11": 0.6, "w2_11": 0.7, "y_1": target}))
    assert (found == RULE_3) is trivial


@pytest.mark.parametrize(
    ("x", "target", "zero_paths", "trivial"),
    [
        (2.0, 3.0, False, True),  # the loss's factor is 0: 2 · 1.5 is the target
        (2.0, 3.0, True, False),
        (0.0, 3.0, True, True),  # an input of 0 is no path's end that a recipe could allow
        (2.0, 5.0, True, False),
    ],
)
def test_a_path_may_be_0_by_its_loss_alone_and_where_the_recipe_says_so(
    x: float, target: float, zero_paths: bool, trivial: bool
) -> None:
    question = asked((1, 1), {"x_1": x, "w1_11": 1.5, "y_1": target})
    assert (failed_first(question, Fairness(zero_paths=zero_paths)) == RULE_3) is trivial


def step_of_descent(updated: float) -> dict[str, float]:
    """ŷ = 0.62 · 3 = 1.86, the gradient 2 (1.86 - 1.11) · 3 = 4.5, and η such that 0.62 - 4.5 η is left."""
    return {"x_1": 3.0, "w1_11": 0.62, "y_1": 1.11, "eta": (0.62 - updated) / 4.5}


def part_of_itself(updated: float) -> float:
    """Half the updated value's range over its size, worked from the given numbers with two ends."""
    given = step_of_descent(updated)
    yhat = rounded(rounded(exactly(0.62 * 3), 4), 4)
    loss = rounded(times(exactly(2), plus(yhat, exactly(-given["y_1"]))), 4)
    gradient = rounded(rounded(times(loss, exactly(3)), 6), 6)
    assert (gradient[1] - gradient[0]) / 2 < 0.01 * 4.5
    low, high = rounded(plus(exactly(0.62), times(exactly(-given["eta"]), gradient)), 6)
    return (high - low) / 2 / updated


@pytest.mark.parametrize(("part", "wide"), [(0.0102, True), (0.03, True), (0.0098, False)])
def test_the_updated_value_is_an_answer_and_known_to_a_hundredth(part: float, wide: bool) -> None:
    """Its gradient is, by far: what is left of the weight after the step is small beside its rounding."""
    updated = where(lambda value: -part_of_itself(value), -part, 0.001, 0.1)
    question = asked((1, 1), step_of_descent(updated))
    assert (failed_first(question) == RULE_1) is wide
    # As one of the numbers on the way it would do.
    assert failed_first(question, Fairness(answer=0.05)) != RULE_1


def loss_part(target: float) -> float:
    """The same of the loss's factor 2 (ŷ - y), ŷ = 0.7 · 0.6 · 3 = 1.26."""
    h = rounded(rounded(exactly(0.6 * 3), 4), 4)
    yhat = rounded(rounded(times(exactly(0.7), h), 4), 4)
    low, high = rounded(times(exactly(2), plus(yhat, exactly(-target))), 4)
    return (high - low) / 2 / (2 * (1.26 - target))


@pytest.mark.parametrize(("part", "wide"), [(0.0505, True), (0.0495, False)])
def test_a_number_on_the_way_is_known_to_a_twentieth(part: float, wide: bool) -> None:
    """The answer's own limit is set aside."""
    target = where(loss_part, part, 1.0, 1.2589)
    question = asked((1, 1, 1), {"x_1": 3.0, "w1_11": 0.6, "w2_11": 0.7, "y_1": target})
    assert (failed_first(question, Fairness(answer=0.4)) == RULE_1) is wide


RULE_5_CANCEL = "rule 5: paths cancel"
RULE_5_NEGATIVES = "rule 5: negative factors outside the band"


@pytest.mark.parametrize(("part", "cancels"), [(0.19, True), (0.21, False), (0.0, True), (0.9, False)])
def test_paths_cancel_where_less_than_a_fifth_of_them_is_left(part: float, cancels: bool) -> None:
    """Of h = 0.6 · 1.5 = 0.9 two outputs, 0.9 h and 0.3 h; each path is 2 (ŷ - y) times its weight times 1.5."""
    first = 2 * (0.81 - 0.2) * 0.9 * 1.5
    second = -first * (1 - part) / (1 + part)
    assert (first + second) / (abs(first) + abs(second)) == pytest.approx(part)
    given = {"x_1": 1.5, "w1_11": 0.6, "w2_11": 0.9, "w2_21": 0.3, "y_1": 0.2, "y_2": 0.27 - second / (2 * 0.3 * 1.5)}
    found = certify(asked((1, 1, 2), given), None, Difficulty(paths=(2, 2), cancellation=0.2))
    assert (isinstance(found, Rejected) and found.test == RULE_5_CANCEL) is cancels


@pytest.mark.parametrize(("target", "negatives"), [(0.5, 2), (-1.2, 1)])
def test_as_many_factors_are_negative_as_the_band_allows(target: float, negatives: int) -> None:
    """Of 2 (ŷ - y), 1, -0.7, 1 and 0.5, where ŷ = -0.7 · 0.6 · 0.5 = -0.21."""
    assert sum(factor < 0 for factor in (2 * (-0.21 - target), 1, -0.7, 1, 0.5)) == negatives
    question = asked((1, 1, 1), {"x_1": 0.5, "w1_11": 0.6, "w2_11": -0.7, "y_1": target})
    for band, inside in (
        ((negatives, negatives), True),
        ((negatives + 1, 9), False),
        ((0, negatives - 1), False),
    ):
        found = certify(question, None, Difficulty(paths=(1, 1), negatives=band))
        assert (isinstance(found, Rejected) and found.test == RULE_5_NEGATIVES) is not inside


@pytest.mark.parametrize(("h", "saturated"), [(0.0195, True), (0.0205, False), (0.9805, True), (0.9795, False)])
def test_a_unit_on_a_path_is_saturated_within_a_fiftieth_of_its_ends(h: float, saturated: bool) -> None:
    network = Architecture((1, 1, 1), ("sigmoid", "linear"), "squared_error")
    given = {"x_1": 2.0, "w1_11": math.log(h / (1 - h)) / 2, "w2_11": 0.7, "y_1": 2.0}
    question = solve(derive(network, "w1_11", Layout()), given, Precision.parse(PLACES))
    assert (failed_first(question, Fairness(saturation=0.02)) == RULE_3) is saturated


@pytest.mark.parametrize(
    ("a", "touched"), [(0.00004, True), (0.00006, False), (-0.00004, True), (-0.00006, False), (0.0, True)]
)
def test_a_kink_within_half_a_unit_of_what_is_written_rejects(a: float, touched: bool) -> None:
    """A ReLU is off the path of the weight asked for, and its sum is written in four decimals."""
    network = Architecture((1, 2, 1), ("relu", "linear"), "squared_error")
    weights = {"w1_11": 0.7, "w1_21": a / 2, "w2_11": 0.6, "w2_12": 0.9}
    given = {"x_1": 2.0, **weights, "y_1": 2.0}
    question = solve(derive(network, "w1_11", Layout()), given, Precision.parse(PLACES))
    assert (failed_first(question) == "rule 4: a kink or a zero divisor within rounding") is touched


def test_a_factor_of_0_is_not_negative() -> None:
    """Of 2 (ŷ - y) = 0, 1 and 2, where ŷ = 1.5 · 2 is the target, none is below 0."""
    question = asked((1, 1), {"x_1": 2.0, "w1_11": 1.5, "y_1": 3.0})
    derivation, values = question.derivation, [np.array([value]) for value in question.values]
    batch = CandidateBatch(np.arange(1), values, np.ones(1, dtype=bool))
    assert not negatives(derivation, batch, Difficulty(paths=(1, 1), negatives=(0, 0))).any()
    assert batch.measures["negatives"].tolist() == [0]


def test_a_mistake_that_gives_the_right_answer_by_chance_alone_rejects_where_paths_may_be_0() -> None:
    """Each path with the other one's weight: where error times slope is the same in both, their sum stays as it is."""
    network = Architecture((1, 1, 2), ("linear", "sigmoid"), "squared_error")
    h, weights = 0.9, (0.9, -0.6)
    outputs = [1 / (1 + math.exp(-weight * h)) for weight in weights]
    slopes = [output * (1 - output) for output in outputs]
    errors = [0.4 / slope for slope in slopes]
    given = {"x_1": 1.5, "w1_11": 0.6} | {f"w2_{n}1": weight for n, weight in enumerate(weights, 1)}
    given |= {f"y_{n}": output - error / 2 for n, (output, error) in enumerate(zip(outputs, errors, strict=True), 1)}
    question = solve(derive(network, "w1_11", Layout()), given, Precision.parse(PLACES))
    found = certify(question, Fairness(zero_paths=True), Difficulty(paths=(2, 2), cancellation=0.0))
    assert isinstance(found, Rejected)
    assert found.test == "rule 2: weight_other_path, by chance"


@pytest.mark.parametrize(("output", "saturated"), [(0.9805, True), (0.9795, False), (0.0195, True)])
def test_so_is_an_output_whose_function_is_one_step_with_the_loss(output: float, saturated: bool) -> None:
    """The path goes past it, from the loss to its sum; the factor ŷ - y is worked from it."""
    network = Architecture((1, 1), ("sigmoid",), "binary_cross_entropy", combined=True)
    given = {"x_1": 2.0, "w1_11": math.log(output / (1 - output)) / 2, "y_1": 0.0 if output > 0.5 else 1.0}
    question = solve(derive(network, "w1_11", Layout()), given, Precision.parse(PLACES))
    assert (failed_first(question, Fairness(saturation=0.02)) == RULE_3) is saturated
