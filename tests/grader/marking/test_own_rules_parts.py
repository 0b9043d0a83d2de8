"""The parts of which a wrong rule of one's own is known: multiples, lines, and which steps are of one sort."""

from __future__ import annotations

import numpy as np
import pytest

from grader.marking.own import OwnNumbers
from grader.marking.own_rules import (
    _MOST_PAIRED,
    _PLAIN,
    _in_wrong_ways,
    _on_a_line,
    _plain_multiples,
    _same_multiple,
    _sorts,
    _tells,
    _Written,
    _written,
)
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.questions.question import solve
from tests.grader.marking.test_engine_parts import GIVENS
from tests.grader.marking.test_tried import batch_of


@pytest.mark.parametrize(
    ("low", "high", "tells"),
    [
        (0.99, 1.01, True),
        (0.981, 1.019, True),
        (0.979, 1.021, False),  # more than a fiftieth to each side
        (-1.019, -0.981, True),
        (1.0, 1.0, True),
        (-0.01, 0.01, False),
        (0.0, 0.0, False),  # of 0 every multiple is 0
        (np.nan, 1.0, False),
        (1.0, np.inf, False),
        (-np.inf, np.inf, False),
    ],
)
def test_a_range_tells_where_it_is_narrow_for_its_size(low: float, high: float, tells: bool) -> None:
    assert _tells(np.array([low]), np.array([high])).tolist() == [tells]


def written(value: float, right: float, reach: float = 0.01, half: float = 0.0) -> _Written:
    return _Written(*(np.array([number]) for number in (value, reach, right, half)))


def test_plain_multiples_are_halves_quarters_tenths_and_their_inverses_with_either_sign() -> None:
    assert sorted(_PLAIN) == [-10, -4, -2, -1, -0.5, -0.25, -0.1, 0.1, 0.25, 0.5, 2, 4, 10]


@pytest.mark.parametrize(
    ("value", "half", "plain"),
    [
        (4.0, 0.0, [2.0]),
        (-1.0, 0.0, [-0.5]),
        (4.009, 0.0, [2.0]),
        (4.011, 0.0, []),
        # Twice a number that may be 0.02 off is off by 0.04, and by what was rounded.
        (4.049, 0.02, [2.0]),
        (4.051, 0.02, []),
        (-7.91, 0.02, [-4.0]),
        (-7.909, 0.02, []),
        (2.0, 0.0, []),  # right
        (6.0, 0.0, []),
    ],
)
def test_a_number_is_a_plain_multiple_within_what_may_be_rounded(value: float, half: float, plain: list[float]) -> None:
    """Of 2."""
    found = list(_plain_multiples([written(value, 2.0, half=half), written(9.0, 1.0)]))
    assert [times for times, steps in zip(_PLAIN, found, strict=True) if steps[0, 0]] == plain
    assert not any(steps[0, 1] for steps in found)


def test_numbers_are_the_same_multiple_whichever_is_asked() -> None:
    """3 and 3.003 of 1 may be the same, each ± 0.01 as a part of it; 3.03 is neither's."""
    some = [written(3.0, 1.0), written(6.006, 2.0), written(-9.09, -3.0)]
    found = [steps[0].tolist() for steps in _same_multiple(some)]
    # 0.01 / 1 + 0.01 / 2 = 0.015 between the first two, 0.01 + 0.0033 and 0.005 + 0.0033 to the third.
    assert found == [[True, True, False], [True, True, False], [False, False, True]]


@pytest.mark.parametrize(
    ("third", "on_it"),
    [
        (7.0, True),  # 2 · 3 + 1
        (7.05, True),
        (7.06, False),
        (6.95, True),
        (6.94, False),
        (np.nan, False),
    ],
)
def test_a_third_number_is_on_the_line_of_two_as_far_as_all_may_be_rounded(third: float, on_it: bool) -> None:
    """3 and 5 of 1 and 2; to 3 it is as far again, so that 0.01 counts twice and once, and its own 0.02 besides."""
    some = [written(3.0, 1.0), written(5.0, 2.0), written(third, 3.0, reach=0.02)]
    through_both = next(iter(_on_a_line(some)))
    assert through_both[0].tolist() == [True, True, on_it]


def test_two_that_are_written_alike_make_no_line() -> None:
    for second, tells in ((3.015, False), (3.03, True)):
        first = next(iter(_on_a_line([written(3.0, 1.0), written(second, 2.0)])))
        assert first[0].tolist() == [tells, tells]


def test_a_line_tells_nothing_where_the_rounding_is_more_than_a_fiftieth() -> None:
    """At -20, with 39 below 0: the 0.01 of one counts 22 times there, and that of the other 21 times."""
    for reach, tells in ((0.01, True), (0.02, False)):
        some = [written(3.0, 1.0, reach), written(5.0, 2.0, reach), written(-39.0, -20.0)]
        assert next(iter(_on_a_line(some)))[0].tolist() == [True, True, tells]


def test_of_many_steps_lines_go_through_two_of_the_first_ten() -> None:
    some = [written(2.0 * at + 1, float(at)) for at in range(1, 13)]
    assert _MOST_PAIRED == 10
    assert len(list(_on_a_line(some))) == 45
    assert len(list(_on_a_line(some[:3]))) == 3


def test_steps_are_of_a_sort_where_one_formula_works_them_from_other_numbers() -> None:
    """In a network of two units and two outputs."""
    derivation = derive(Architecture((2, 2, 2), ("sigmoid", "sigmoid"), "squared_error"), "w1_11", Layout())
    found = [{derivation.steps[step.position].key for step in sort} for sort in _sorts(derivation)]
    # Of whatever layer; what stands alone, as the one input that is copied, is of no sort.
    assert sorted(map(sorted, found)) == [
        ["a1_1", "a1_2", "a2_1", "a2_2"],
        ["dL/dyhat_1", "dL/dyhat_2"],
        ["da2_1/dh1_1", "da2_2/dh1_1"],
        ["dh1_1/da1_1", "dyhat_1/da2_1", "dyhat_2/da2_2"],
        ["h1_1", "h1_2", "yhat_1", "yhat_2"],
        ["path_1.product", "path_2.product"],
    ]
    for sort in _sorts(derivation):
        for step in sort:
            assert {derivation.index[derivation.slots[at].step] for at in step.slots} == {step.position}


@pytest.mark.parametrize(("places", "half"), [("4d", 0.5e-4), ("2d", 0.5e-2)])
def test_what_is_written_may_be_off_by_half_a_unit_and_what_is_right_by_that_of_own_numbers(
    places: str, half: float
) -> None:
    """A sum of 2 h, with an own h of 1.75."""
    derivation = derive(Architecture((1, 1, 2), ("linear", "linear"), "squared_error"), "w1_11", Layout())
    question = solve(derivation, GIVENS, Precision.parse({"forward": places, "factor": "4d", "product": "4d"}))
    names = [slot.name for slot in question.slots]
    batch = batch_of(question, *(dict.fromkeys(names, text) | {"h1_1": "1.75"} for text in ("7", "8")))
    (step,) = (step for sort in _sorts(derivation) for step in sort if derivation.steps[step.position].key == "a2_1")
    wrong = np.array([[name == "a2_1" for name in names], [False] * len(names)])
    found = _written(batch, OwnNumbers(batch), step, wrong, np.array([0, 1]))
    assert found.value[0] == 7
    assert found.right[0] == pytest.approx(3.5)
    assert found.half[0] == pytest.approx(2 * half)
    assert found.reach[0] == pytest.approx(half, rel=1e-4)
    # Where nothing is wrong, nothing is told.
    assert np.isnan([each[1] for each in (found.value, found.right, found.half, found.reach)]).all()


@pytest.mark.parametrize(
    ("text", "held"), [("-3.5", True), ("-3.49985", True), ("-3.50015", True), ("-3.4998", False), ("-3.5002", False)]
)
def test_a_wrong_way_gives_a_number_up_to_the_ends_of_its_range(text: str, held: bool) -> None:
    """The weight of 2 taken with the other sign, of an own h of 1.75: twice half a unit, and half a unit more."""
    derivation = derive(Architecture((1, 1, 2), ("linear", "linear"), "squared_error"), "w1_11", Layout())
    question = solve(derivation, GIVENS, Precision.parse({"forward": "4d", "factor": "4d", "product": "4d"}))
    names = [slot.name for slot in question.slots]
    batch = batch_of(question, dict.fromkeys(names, "7") | {"h1_1": "1.75", "a2_1": text})
    (step,) = (step for sort in _sorts(derivation) for step in sort if derivation.steps[step.position].key == "a2_1")
    wrong = np.array([[name == "a2_1" for name in names]])
    tells, perhaps = _in_wrong_ways(batch, OwnNumbers(batch), step, wrong, np.array([0]))
    assert tells.any() == held
    assert (perhaps | ~tells).all()
