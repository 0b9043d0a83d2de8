"""What is counted on a sheet before it is said that nothing was worked: each count from below and from above."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import numpy as np
import pytest

from grader.marking import support
from grader.marking.stages import Blame
from grader.marking.verdict import Verdict
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import BoolArray, Precision
from question_bank.networks.dense import Architecture
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.grader.marking.test_tried import batch_of
from tests.question_bank.test_thresholds import PLACES, asked

CHAIN = {"x_1": 3.0, "w1_11": 0.5, "w2_11": 2.0, "y_1": 0.25}
"""a = h = 1.5, ŷ = 3, its derivative 5.5, the gradient 33: forward values and factors to four decimals."""


@cache
def two_outputs() -> Derivation:
    """Two paths of five factors that share the last two."""
    return derive(Architecture((1, 1, 2), ("sigmoid", "sigmoid"), "squared_error"), "w1_11", Layout())


@cache
def table(recipe: str) -> Derivation:
    found = load_recipe(recipe)
    return found.derivation(found.choices()[0], found.least_asked)


def marked(derivation: Derivation, names: Collection[str]) -> BoolArray:
    """True at these slots, of one submission."""
    assert set(names) <= {slot.name for slot in derivation.slots}
    return np.array([[slot.name in names for slot in derivation.slots]])


def names(derivation: Derivation, where: BoolArray) -> set[str]:
    return {slot.name for slot, there in zip(derivation.slots, where.reshape(-1), strict=True) if there}


def paper(question: Question, **written: str) -> dict[str, str]:
    return {slot.name: question.printed(slot.step) for slot in question.slots} | written


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("1.5074", True),  # within half a hundredth of 1.5, which is 0.0075
        ("1.5076", False),
        ("1.4926", True),
        ("1.4924", False),
        ("1.51", True),  # two digits fewer, the last of them off by one
        ("1.49", True),
        ("1.511", False),
        ("1.52", False),
        ("1.48", False),
        ("-1.5", False),
    ],
)
def test_a_number_is_near_within_half_a_hundredth_or_a_unit_of_two_places_fewer(written: str, near: bool) -> None:
    question = asked((1, 1, 1), CHAIN)
    found = support._nearly_right(batch_of(question, paper(question, h1_1=written)))
    assert ("h1_1" in names(question.derivation, found)) is near


def test_a_step_that_stands_in_two_columns_is_one() -> None:
    derivation = two_outputs()
    last = [f"path_{n}.da1_1/dw1_11" for n in (1, 2)]
    for some, count in ((last, 1), (last[:1], 1), (last[1:], 1), ([*last, "gradient"], 2), ([], 0)):
        assert support.steps_with(derivation, marked(derivation, some)).tolist() == [count]
    every = np.ones((2, len(derivation.slots)), dtype=bool)
    # Six of the forward pass, of the paths three, two and their products, the sum.
    assert support.steps_with(derivation, every).tolist() == [6 + 3 + 3 + 2 + 2 + 1] * 2


@pytest.mark.parametrize(
    ("numbers", "most"),
    [([1.0, 2.0, 1.0, 2.0, 1.0], 1.0), ([2.0, 2.0, 1.0, 1.0, 1.0], 1.0), ([3.0, 1.0, 3.0, 2.0, 3.0], 3.0)],
)
def test_the_number_that_fills_most_boxes_is_found_in_one_go(numbers: list[float], most: float) -> None:
    values = np.array([numbers])
    assert support._may_be_most(values, np.ones_like(values, dtype=bool)).tolist() == [most]


def test_what_is_not_written_has_no_vote() -> None:
    """Two of a number beside one other; the boxes that are not written hold that one as well."""
    values, read = np.array([[1.0, 1.0, 2.0, 1.0, 2.0]]), np.array([[False, False, True, True, True]])
    assert support._may_be_most(values, read).tolist() == [2.0]


@pytest.mark.parametrize(
    ("value", "figures"), [(0.5, 1), (0.25, 2), (-0.25, 2), (12.5, 3), (100.0, 1), (1.05, 3), (0.0, 0), (-20.25, 4)]
)
def test_figures_are_counted_without_zeros_at_the_ends(value: float, figures: int) -> None:
    assert support._figures(np.array([[value, 1.0]])).tolist() == [[figures, 1]]


FORWARD = ["a1_1", "h1_1", "a2_1", "yhat_1", "a2_2", "yhat_2"]


@pytest.mark.parametrize(
    ("invented", "known", "near", "mostly"),
    [
        (FORWARD[:4], [], [], True),
        (FORWARD[:3], [], [], False),
        (FORWARD[:4], FORWARD[4:], [], True),
        (FORWARD[:4], FORWARD[3:], [], False),  # what is known is not invented: three
        (FORWARD[:4], [], FORWARD[3:4], False),
        (FORWARD, FORWARD[5:], FORWARD[4:5], True),
        ([*FORWARD[:4], "path_1.dL/dyhat_1"], FORWARD[4:], [], True),
        ([*FORWARD[:4]], [*FORWARD[4:], "path_1.dL/dyhat_1"], [], False),  # four beside three
    ],
)
def test_four_numbers_out_of_the_air_and_twice_as_many_as_known_ones_are_too_many(
    invented: list[str], known: list[str], near: list[str], mostly: bool
) -> None:
    derivation = two_outputs()
    begins = marked(derivation, {*invented, *known})
    found = support._mostly_invented(derivation, begins, marked(derivation, known), marked(derivation, near))
    assert found.tolist() == [mostly]


@pytest.mark.parametrize(
    ("wrong", "right", "mistaken", "invented"),
    [
        (2, 0, 0, True),
        (1, 0, 0, False),
        (4, 1, 0, False),
        (5, 1, 0, True),
        (2, 0, 1, True),
        (2, 0, 2, False),  # as many are known mistakes
        (3, 0, 2, True),
        (0, 0, 0, False),
    ],
)
def test_products_of_a_table_are_invented_where_two_are_and_four_times_as_many_as_right_ones(
    wrong: int, right: int, mistaken: int, invented: bool
) -> None:
    derivation = table("first-layer")
    products = np.flatnonzero(support._products(derivation)).tolist()
    assert len(products) == 6
    read, sound, explained = np.zeros((3, 1, len(derivation.slots)), dtype=bool)
    read[:, products[: wrong + right + mistaken]] = True
    sound[:, products[wrong : wrong + right]] = True
    explained[:, products[wrong : wrong + right + mistaken]] = True
    # What is no product counts for nothing.
    others = [at for at in range(len(derivation.slots)) if at not in products]
    read[:, others] = sound[:, others] = True
    assert support._products_invented(derivation, read, sound, explained).tolist() == [invented]


def test_only_a_tables_products_are_those_of_a_table() -> None:
    assert not support._products(two_outputs()).any()
    derivation = table("first-layer")
    found = names(derivation, support._products(derivation))
    assert {derivation.step(slot.step).role for slot in derivation.slots if slot.name in found} == {"product"}


FACTORS = [f"path_1.{name}" for name in ("dL/dyhat_1", "dyhat_1/da2_1", "da2_1/dh1_1", "dh1_1/da1_1", "da1_1/dw1_11")]


@pytest.mark.parametrize(
    ("tried", "explained", "luck"),
    [
        (FACTORS[:2], [], True),
        (FACTORS[:1], [], False),
        (FACTORS, [], True),
        (FACTORS[:2], FACTORS[:1], False),
        (FACTORS[:2], FACTORS[2:], True),  # explained, but nothing that was worked
        ([*FACTORS[:1], "a1_1", "path_2.dL/dyhat_2"], [], False),
    ],
)
def test_a_product_is_right_by_luck_where_of_two_worked_factors_none_is_explained(
    tried: list[str], explained: list[str], luck: bool
) -> None:
    derivation = two_outputs()
    found = support._right_by_luck(derivation, marked(derivation, tried), marked(derivation, explained))
    assert names(derivation, found) == ({"path_1.product"} if luck else set())


@pytest.mark.parametrize(
    ("written", "lonely"),
    [
        (["path_1.product"], {"path_1.product"}),
        (["path_1.product", "path_2.product", "gradient", "yhat_1"], {"path_1.product", "path_2.product"}),
        (["path_1.product", FACTORS[3]], set()),
        (["path_1.product", "path_2.dh1_1/da1_1"], {"path_1.product"}),
        ([FACTORS[0]], set()),
    ],
)
def test_a_product_is_lonely_in_a_column_that_is_blank_otherwise(written: list[str], lonely: set[str]) -> None:
    derivation = two_outputs()
    assert names(derivation, support._lonely_products(derivation, marked(derivation, written))) == lonely


def test_a_given_as_it_is_printed_is_none_of_the_numbers_that_show_work() -> None:
    question = asked((1, 1, 1), CHAIN)
    batch = batch_of(question, paper(question, h1_1="0.25", a1_1="3", yhat_1="2.0001"))
    looked_at = marked(question.derivation, {"h1_1", "a1_1", "yhat_1"})
    assert names(question.derivation, support._no_givens(batch, looked_at)) == {"yhat_1"}
    assert looked_at.sum() == 3


def test_one_number_in_most_of_four_boxes_fills_a_sheet() -> None:
    units = Architecture((1, 1, 1), ("sigmoid", "sigmoid"), "squared_error")
    question = solve(derive(units, "w1_11", Layout()), CHAIN, Precision.parse(PLACES))
    slots = [slot.name for slot in question.slots]
    blank = dict.fromkeys(slots, "")
    cases = [
        ({"a1_1": "7", "h1_1": "7", "a2_1": "7", "yhat_1": "5"}, {"a1_1", "h1_1", "a2_1"}),
        ({"a1_1": "7", "h1_1": "7", "a2_1": "5", "yhat_1": "5"}, set()),
        ({"a1_1": "7", "h1_1": "7", "a2_1": "7"}, set()),  # of three boxes
        # A single path's product and the gradient always are the same number, and one box.
        ({"a1_1": "5", "h1_1": "6", "a2_1": "7", "path_1.product": "7", "gradient": "7"}, set()),
    ]
    found = support.fills(batch_of(question, *(blank | written for written, _ in cases)))
    for row, (_, filled) in zip(found, cases, strict=True):
        assert names(question.derivation, row) == filled


def test_what_is_trivial_on_a_sheet_is_0_or_1_with_either_sign() -> None:
    question = asked((1, 1, 1), CHAIN | {"w2_11": -1.0, "x_1": 1.0})
    found = names(question.derivation, support._trivial(batch_of(question, paper(question))))
    assert found == {f"path_1.{name}" for name in ("dyhat_1/da2_1", "da2_1/dh1_1", "dh1_1/da1_1", "da1_1/dw1_11")}


def test_worked_from_the_sheet_is_what_a_printed_number_goes_into_before_any_product() -> None:
    derivation = two_outputs()
    worked = {derivation.steps[at].key for at in support.worked_from_sheet(derivation)}
    assert worked == {"a1_1", "a2_1", "a2_2"}
    assert support.lone_slots(derivation) == ()
    neuron = table("logistic-neuron")
    assert [neuron.slots[at].name for at in support.lone_slots(neuron)] == ["yhat_1"]


def test_wrong_boxes_come_of_the_fewest_mistakes_that_explain_them_all() -> None:
    def blame(*some: str) -> Blame:
        return Blame(misconceptions=some)

    assert support._mistakes_in([blame("a"), blame("a", "b"), blame("b")], 9) == 2
    assert support._mistakes_in([blame("a"), None, None], 9) == 3
    assert support._mistakes_in([blame("a"), blame("b"), blame("c"), blame("d")], 1) == 2
    assert support._mistakes_in([], 2) == 0


def test_products_and_their_sum_made_of_nothing_that_is_explained_are_made_up() -> None:
    derivation = two_outputs()
    read = np.array([[not slot.spare for slot in derivation.slots]])
    verdicts = np.full(read.shape, Verdict.WRONG, np.uint8)
    ends = ["path_1.product", "path_2.product", "gradient"]
    verdicts[marked(derivation, ends)] = Verdict.FOLLOW_THROUGH
    tried = marked(derivation, [name for name in names(derivation, read) if name not in ends])
    nothing = np.array([False])
    for explained, made_up in (
        ([], set(ends)),
        # One sound factor of the first column will do for that, and for the sum.
        ([FACTORS[0]], {"path_2.product"}),
    ):
        known = marked(derivation, [*explained, *ends])
        here = verdicts.copy()
        here[marked(derivation, explained)] = Verdict.CORRECT
        found = support._made_up(derivation, read, here, known, tried, nothing, nothing)
        assert names(derivation, found) == made_up
