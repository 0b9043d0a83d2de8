"""The thresholds of marking, each from just inside and from just outside, on sheets worked here by hand.

Most are about one sigmoid unit: a = w x, ŷ = σ(a), and the gradient 2 (ŷ - y) · ŷ (1 - ŷ) · x.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest

from grader.marking import MarkedQuestion, MarkedSlot, Unsupported, Verdict, mark
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.misconceptions import CATALOGUE
from question_bank.networks.dense import Architecture
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.question import Question, solve
from tests.grader.marking.pupil import question, work

LOSS, SLOPE, INPUT, PRODUCT = (f"path_1.{name}" for name in ("dL/dyhat_1", "dyhat_1/da1_1", "da1_1/dw1_11", "product"))

PLACES = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d"})


def unit(x: float, w: float, y: float) -> Question:
    network = Architecture((1, 1), ("sigmoid",), "squared_error")
    return solve(derive(network, "w1_11", Layout()), {"x_1": x, "w1_11": w, "y_1": y}, PLACES)


def sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def slots(marked: MarkedQuestion) -> dict[str, MarkedSlot]:
    return {slot.slot: slot for slot in marked.slots}


def verdict(asked: Question, written: Mapping[str, str], slot: str) -> Verdict:
    return slots(mark(asked, written))[slot].verdict


def paid(slot: MarkedSlot) -> bool:
    assert slot.ticks in (0, slot.out_of)
    return slot.ticks > 0


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("2.3457", Verdict.CORRECT),
        ("2.346", Verdict.ROUNDED_EARLY),
        ("2.35", Verdict.ROUNDED_EARLY),
        ("2.3", Verdict.WRONG),
        ("2.36", Verdict.WRONG),
    ],
)
def test_a_number_is_rounded_early_by_one_place_or_two_and_not_by_three(written: str, found: Verdict) -> None:
    assert verdict(unit(1.0, 2.34567, 1.0), {"a1_1": written}, "a1_1") is found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("0.7746", Verdict.FOLLOW_THROUGH),
        ("0.775", Verdict.ROUNDED_EARLY),
        ("0.77", Verdict.ROUNDED_EARLY),
        ("0.8", Verdict.WRONG),
        ("0.76", Verdict.WRONG),
    ],
)
def test_a_number_that_follows_from_own_ones_is_rounded_early_in_the_same_way(written: str, found: Verdict) -> None:
    """σ(1.2345) = 0.7746, where a = 2.3457 and σ(a) = 0.9126 would be right."""
    assert f"{sigmoid(1.2345):.4f}" == "0.7746"
    assert verdict(unit(1.0, 2.34567, 1.0), {"a1_1": "1.2345", "yhat_1": written}, "yhat_1") is found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("0.0312", Verdict.FOLLOW_THROUGH),
        ("0.031", Verdict.ROUNDED_EARLY),
        ("0.03", Verdict.WRONG),
        ("0.032", Verdict.WRONG),
    ],
)
def test_a_small_number_that_follows_from_own_ones_is_rounded_early_by_one_place_alone(
    written: str, found: Verdict
) -> None:
    """σ(−3.435) = 0.0312, where σ(−3.3) = 0.0356 would be right: half of the second place is 14 % of that."""
    assert (f"{sigmoid(-3.435):.4f}", f"{sigmoid(-3.3):.4f}") == ("0.0312", "0.0356")
    assert verdict(unit(1.0, -3.3, 1.0), {"a1_1": "-3.4350", "yhat_1": written}, "yhat_1") is found


@pytest.mark.parametrize(
    ("right", "written", "found"),
    [
        (0.0512, "0.05", Verdict.ROUNDED_EARLY),
        (0.0492, "0.05", Verdict.WRONG),
        (0.0555, "0.06", Verdict.ROUNDED_EARLY),
        (0.0455, "0.05", Verdict.WRONG),
        (-0.0512, "-0.05", Verdict.ROUNDED_EARLY),
        (-0.0492, "-0.05", Verdict.WRONG),
    ],
)
def test_rounding_early_leaves_a_number_known_to_a_tenth(right: float, written: str, found: Verdict) -> None:
    """Half of the last place written, 0.005, over the right number."""
    assert (0.005 / abs(right) < 0.1) is (found is Verdict.ROUNDED_EARLY)
    assert verdict(unit(1.0, right, 1.0), {"a1_1": written}, "a1_1") is found


@pytest.mark.parametrize(("loss", "earns"), [("0.0011", True), ("0.0009", False), ("0.0004", False)])
def test_following_through_is_paid_where_own_digits_tell_the_result_to_a_twentieth(loss: str, earns: bool) -> None:
    """ŷ = 0.5, y = 0.4999: an own loss factor, known to half a unit of its last place, times 0.25 times 4.1 for 3."""
    asked = unit(3.0, 0.0, 0.4999)
    product = float(loss) * 0.25 * 4.1
    low, high = (float(loss) - 0.00005) * 0.24995 * 4.09995 - 5e-7, (float(loss) + 0.00005) * 0.25005 * 4.10005 + 5e-7
    assert ((high - low) / 2 <= 0.05 * product) is earns
    written = {"a1_1": "0.0000", "yhat_1": "0.5000", LOSS: loss, SLOPE: "0.2500"}
    marked = slots(mark(asked, written | {INPUT: "4.1", PRODUCT: f"{product:.6f}"}))
    # Of two factors for which nothing speaks; where there is but one, the others show that it was multiplied.
    assert marked[LOSS].verdict is marked[INPUT].verdict is Verdict.WRONG
    assert marked[PRODUCT].verdict is Verdict.FOLLOW_THROUGH
    assert paid(marked[PRODUCT]) is earns


@pytest.mark.parametrize(("gradient", "earns"), [("1.26", True), ("1.44", False), ("1.58", False)])
def test_the_updated_value_follows_to_a_hundredth_as_the_gradient_does(gradient: str, earns: bool) -> None:
    """0.9 - 0.5 g, an own g known to half a hundredth: 0.27 or 0.18, each known to 0.00255; 0.05 would be right."""
    network = Architecture((1, 1), ("linear",), "squared_error")
    # ŷ = 0.9 · 2 = 1.8, and 2 (1.8 - 1.375) · 2 = 1.7.
    given = {"x_1": 2.0, "w1_11": 0.9, "y_1": 1.375, "eta": 0.5}
    coarse = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d", "gradient": "2d", "update": "4d"})
    asked = solve(derive(network, "w1_11", Layout(quantity="updated", update=PLAIN_UPDATE)), given, coarse)
    updated = 0.9 - 0.5 * float(gradient)
    assert (0.01 * updated >= 0.5 * 0.005 + 0.00005) is earns
    marked = slots(mark(asked, {PRODUCT: "1.700000", "gradient": gradient, "updated": f"{updated:.4f}"}))
    assert marked["gradient"].verdict is Verdict.WRONG
    assert marked["updated"].verdict is Verdict.FOLLOW_THROUGH
    assert paid(marked["updated"]) is earns


@pytest.mark.parametrize(("output", "earns"), [("0.0004", True), ("0.0002", True), ("0.0001", False)])
def test_what_is_made_of_explained_numbers_is_paid_where_it_is_known_to_less_than_half(
    output: str, earns: bool
) -> None:
    """After a lost sign a digit is left of the output, and so of its slope: known to 0.00005, a quarter or a half.

    What comes of such numbers just as they are written is paid; here more digits were carried.
    """
    own = float(output)
    right = round(math.log((1 - own) / own), 4)
    loss = -2 * (0.9 - own)
    written = {
        "a1_1": f"{-right:.4f}",
        "yhat_1": output,
        LOSS: f"{loss:.4f}",
        SLOPE: output,
        INPUT: "3",
        PRODUCT: f"{loss * own * 3:.6f}",
    }
    assert (0.00005 / own < 0.5) is earns
    marked = slots(mark(unit(3.0, right / 3, 0.9), written))
    assert marked["a1_1"].verdict is Verdict.SLIP
    assert {marked[name].verdict for name in ("yhat_1", LOSS, PRODUCT)} == {Verdict.FOLLOW_THROUGH}
    assert paid(marked[PRODUCT])
    carried = slots(mark(unit(3.0, right / 3, 0.9), written | {PRODUCT: f"{1.1 * loss * own * 3:.6f}"}))
    assert carried[PRODUCT].verdict is Verdict.FOLLOW_THROUGH
    assert paid(carried[PRODUCT]) is earns


def test_an_exact_copy_is_exact() -> None:
    asked = unit(0.2, 0.0, 0.1)
    assert verdict(asked, {INPUT: "0.2"}, INPUT) is Verdict.CORRECT
    assert verdict(asked, {INPUT: "0.20004"}, INPUT) is not Verdict.CORRECT


@pytest.mark.parametrize(("off", "follows"), [(0.00009, True), (-0.00009, True), (0.0001, False), (-0.0001, False)])
def test_an_exact_copy_widens_nothing_that_is_worked_from_it(off: float, follows: bool) -> None:
    """9.1234 · 0.25 · 0.2, the first known to half a unit of its last place, the slope as well, and the input exactly.

    The ends lie 0.000094 away; with the input in four places they would lie 0.0002 away.
    """
    reach = 9.12345 * 0.25005 * 0.2 - 9.1234 * 0.25 * 0.2 + 5e-7
    assert 0.00009 < reach < 0.0001
    written = {LOSS: "9.1234", SLOPE: "0.2500", INPUT: "0.2", PRODUCT: f"{9.1234 * 0.25 * 0.2 + off:.6f}"}
    assert (verdict(unit(0.2, 0.0, 0.1), written, PRODUCT) is Verdict.FOLLOW_THROUGH) is follows


HIDDEN = ((0.4, 0.7), (-0.3, 0.8), (0.9, 0.2), (-0.6, -0.5), (0.7, -0.8), (-0.9, 0.6))
"""To each hidden unit, from both inputs."""
UPPER = (0.6, -0.4, 0.3, 0.8, -0.7, 0.5)
FROM_NOWHERE = (1.7312, -1.2671, 2.9143, -2.1182, 1.4437, -0.8519)
BIAS = 0.31
MISTAKEN = {
    "sign turned": (lambda right: -right, Verdict.SLIP),
    "bias forgotten": (lambda right: right - BIAS, Verdict.MISCONCEPTION),
    "bias subtracted": (lambda right: right - 2 * BIAS, Verdict.MISCONCEPTION),
}


def hidden_units(count: int, mistakes: Sequence[str]) -> MarkedQuestion:
    """So many hidden units between two inputs and an output, the first sums by mistakes, the others from nowhere.

    All outputs are worked from these sums, so that they follow.
    """
    network = Architecture((2, count, 1), ("sigmoid", "sigmoid"), "squared_error", None, ("layer", "none"))
    given = {"x_1": 2.0, "x_2": -1.0, "b1": BIAS, "y_1": 1.0}
    written: dict[str, str] = {}
    for n in range(1, count + 1):
        given |= {f"w1_{n}1": HIDDEN[n - 1][0], f"w1_{n}2": HIDDEN[n - 1][1], f"w2_1{n}": UPPER[n - 1]}
        right = HIDDEN[n - 1][0] * 2 - HIDDEN[n - 1][1] + BIAS
        own = MISTAKEN[mistakes[n - 1]][0](right) if n <= len(mistakes) else FROM_NOWHERE[n - 1]
        written |= {f"a1_{n}": f"{own:.4f}", f"h1_{n}": f"{sigmoid(own):.4f}"}
    return mark(solve(derive(network, "w1_11", Layout()), given, PLACES), written)


FORGOTTEN, SUBTRACTED, TURNED = "bias forgotten", "bias subtracted", "sign turned"


@pytest.mark.parametrize(
    ("count", "mistakes", "worked"),
    [
        (4, [], False),
        (4, [FORGOTTEN], False),
        (4, [FORGOTTEN, SUBTRACTED], True),  # half of the sums
        (4, [TURNED] * 2, False),
        (4, [TURNED] * 3, True),  # most of them
        (6, [FORGOTTEN, SUBTRACTED], False),
        (6, [FORGOTTEN] * 2, True),  # the same one twice
        (6, [FORGOTTEN], False),
        (6, [TURNED] * 2, False),
    ],
)
def test_half_of_the_numbers_by_a_mistake_two_by_the_same_or_most_by_slips_show_that_the_sheet_was_worked(
    count: int, mistakes: list[str], worked: bool
) -> None:
    marked = hidden_units(count, mistakes)
    sums = [slot for slot in marked.slots if slot.slot.startswith("a1_")]
    named = [MISTAKEN[mistake][1] for mistake in mistakes]
    assert [slot.verdict for slot in sums] == named + [Verdict.WRONG] * (count - len(mistakes))
    outputs = [slot for slot in marked.slots if slot.slot.startswith("h1_")]
    assert {slot.verdict for slot in outputs} == {Verdict.FOLLOW_THROUGH}
    assert {paid(slot) for slot in outputs} == {worked}
    assert marked.unsupported is (Unsupported.NO if worked else Unsupported.NOTHING_WORKED)


@pytest.mark.parametrize(
    ("written", "fills"),
    [
        # A slope of 0.25 is right, and an output of σ(0.25) = 0.5622 follows from the own sum; 0.25 stands in …
        ({"a1_1": "0.25", SLOPE: "0.25", "yhat_1": "0.5622"}, False),  # two of three, too few to tell
        ({"a1_1": "0.25", SLOPE: "0.25", "yhat_1": "0.5622", PRODUCT: "3.141593"}, False),  # two of four
        ({"a1_1": "0.25", SLOPE: "0.25", "yhat_1": "0.5622", PRODUCT: "0.25"}, True),  # three of four
        ({"a1_1": "0.25", SLOPE: "0.25", "yhat_1": "0.5622", LOSS: "0.25", PRODUCT: "3.141593"}, True),  # three of five
        (
            {
                "a1_1": "0.25",
                SLOPE: "0.25",
                "yhat_1": "0.5622",
                LOSS: "0.25",
                PRODUCT: "3.141593",
                "gradient": "-2.718282",
            },
            False,  # three of six
        ),
    ],
)
def test_a_number_in_most_of_four_boxes_or_more_shows_no_work_where_it_is_right(
    written: dict[str, str], fills: bool
) -> None:
    marked = slots(mark(unit(3.0, 0.0, 0.9), written))
    assert marked[SLOPE].verdict is Verdict.CORRECT
    assert marked["yhat_1"].verdict is Verdict.FOLLOW_THROUGH
    assert paid(marked["yhat_1"]) is not fills


ROWS = ("dL/dyhat_{0}", "dyhat_{0}/da2_{0}", "da2_{0}/dh1_3", "dh1_3/da1_3", "da1_3/dw1_31", "product")


def pupils_columns() -> list[list[str]]:
    """What the pupil writes into both columns of the path table, row by row; the last factors are the same."""
    return [[work()[f"path_{n}.{row.format(n)}"] for row in ROWS] for n in (1, 2)]


def paths_taken(columns: list[list[str]]) -> list[int | None]:
    """For which paths two columns of six boxes are taken; the pupil's sheet is right otherwise."""
    written = work()
    for n, texts in enumerate(columns, 1):
        written |= {f"path_{n}.{row.format(n)}": text for row, text in zip(ROWS, texts, strict=True)}
    return [column.path for column in mark(question(), written).columns]


def product_of(factors: list[str]) -> str:
    return f"{math.prod(map(float, factors)):.6f}"


def test_columns_are_swapped_where_they_fit_each_other_better_by_two_boxes_and_not_by_one() -> None:
    """Under equal marks for every box; a column fits its own heading by what is right there or follows."""
    one, other = pupils_columns()
    # The losses and slopes are exchanged, the weights are not, and the products follow: two boxes against one.
    first, second = [*other[:2], one[2], *one[3:5]], [*one[:2], other[2], *other[3:5]]
    assert paths_taken([[*first, product_of(first)], [*second, product_of(second)]]) == [1, 2]
    # With nothing of their own left: two boxes against none.
    first, second = [*other[:2], "", *one[3:5], ""], [*one[:2], "", *other[3:5], ""]
    assert paths_taken([first, second]) == [2, 1]


def test_four_boxes_rounded_early_say_as_much_of_a_columns_path_as_three_that_are_right() -> None:
    """Of its own path a column has the loss and the slope, in two decimals of four; of the other's the weight.

    No mistake is known here, so that a box speaks for one path or for none. Of equals, the order that earns more wins.
    """
    network = Architecture((1, 1, 2), ("sigmoid", "sigmoid"), "squared_error")
    given = {"x_1": 1.5, "w1_11": 0.6, "w2_11": 2.1, "w2_21": -0.9, "y_1": 1.0, "y_2": 0.0}
    asked = solve(derive(network, "w1_11", Layout(paths="find")), given, PLACES)
    h = sigmoid(1.5 * 0.6)
    slope = f"{h * (1 - h):.4f}"
    columns, products = [], []
    for weight, others, target in ((2.1, -0.9, 1.0), (-0.9, 2.1, 0.0)):
        yhat = sigmoid(weight * h)
        early = [f"{number:.2f}" for number in (2 * (yhat - target), yhat * (1 - yhat))]
        columns.append([*early, str(others), slope, "1.5"])
        products.append(f"{2 * (yhat - target) * yhat * (1 - yhat) * weight * h * (1 - h) * 1.5:.6f}")

    def taken(one: list[str], other: list[str]) -> list[int | None]:
        names = [f"path_{n}.{row}" for n in (1, 2) for row in (*(f"factor_{i}" for i in range(1, 6)), "product")]
        written = dict(zip(names, [*one, *other], strict=True))
        return [column.path for column in mark(asked, written, catalogue=()).columns]

    one, other = columns
    # Four in their own place against two in the other's, then against three.
    assert taken([*one, ""], [*other, ""]) == [1, 2, None]
    assert taken([*one, products[1]], [*other, ""]) == [2, 1, None]
    # Three against two.
    assert taken([*one, ""], [other[0], "", *other[2:], ""]) == [1, 2, None]


@pytest.mark.parametrize(("loss_worth", "path"), [(1, 2), (3, 1)])
def test_two_known_mistakes_say_as_much_of_a_columns_path_as_one_number_that_is_right(
    loss_worth: int, path: int
) -> None:
    """The loss of the first path stands beside the slope and the weight of the second, which are known mistakes there.

    As the first path a number is right and two are mistakes, as the second two are right: marks decide.
    """
    network = Architecture((1, 1, 2), ("sigmoid", "sigmoid"), "squared_error")
    given = {"x_1": 1.5, "w1_11": 0.6, "w2_11": 2.1, "w2_21": -0.9, "y_1": 1.0, "y_2": 0.0}
    asked = solve(derive(network, "w1_11", Layout(paths="find")), given, PLACES)
    h = sigmoid(1.5 * 0.6)
    one, other = sigmoid(2.1 * h), sigmoid(-0.9 * h)
    column = [f"{2 * (one - 1):.4f}", f"{other * (1 - other):.4f}", "-0.9", f"{h * (1 - h):.4f}", "1.5"]
    written = {f"path_1.factor_{at}": text for at, text in enumerate(column, 1)}
    worth = [loss_worth if slot.name.endswith("factor_1") else 0 if slot.spare else 1 for slot in asked.slots]
    known = tuple(entry for entry in CATALOGUE if entry.id in ("slope_other_unit", "weight_other_path"))
    marked = mark(asked, written, worth=worth, catalogue=known)
    assert len(known) == 2
    assert marked.columns[0].path == path


@pytest.mark.parametrize(("right", "written", "cut"), [(0.00078, "0.0007", True), (0.00069, "0.0006", False)])
def test_a_number_cut_off_lies_in_a_range_of_a_tenth_to_each_side(right: float, written: str, cut: bool) -> None:
    """Of an output that is not worked from the written sum: a unit less, or half a unit more, than the right number."""
    assert written == f"{math.floor(right * 1e4) / 1e4:.4f}" != f"{right:.4f}"
    assert (2 * 0.05 * right >= 0.00015 / 2) is cut
    asked = unit(1.0, math.log(right / (1 - right)), 1.0)
    assert (verdict(asked, {"a1_1": "2.0000", "yhat_1": written}, "yhat_1") is Verdict.CUT_OFF) is cut


def test_a_column_is_taken_for_another_path_where_it_holds_three_fifths_of_that() -> None:
    """Nothing of its own path is left in either column; half of the other's is not enough, two thirds are."""
    one, other = pupils_columns()
    assert paths_taken([[*other[:3], "", "", ""], [*one[:3], "", "", ""]]) == [1, 2]
    assert paths_taken([[*other[:4], "", ""], [*one[:4], "", ""]]) == [2, 1]


@pytest.mark.parametrize(
    ("written", "right"),
    [("2.34562", True), ("2.34572", True), ("2.34572000005", True), ("2.3457200002", False), ("2.3456199998", False)],
)
def test_a_millionth_of_a_unit_is_given_at_the_ends_of_a_range(written: str, right: bool) -> None:
    """2.34567, and half a unit of the fourth decimal on either side."""
    assert (verdict(unit(1.0, 2.34567, 1.0), {"a1_1": written}, "a1_1") is Verdict.CORRECT) is right


@pytest.mark.parametrize(
    ("loss", "slope", "earns"),
    [("0.7312", "0.2500", True), ("0.4000", "0.1731", True), ("0.7312", "0.1731", False)],
)
def test_two_worked_factors_of_which_none_is_explained_make_a_product_that_shows_nothing(
    loss: str, slope: str, earns: bool
) -> None:
    """Right are 0.4, which is 2 (0.5 - 0.3), and 0.25, the slope at a = 0; where one is, it speaks for the product."""
    product = float(loss) * float(slope) * 3
    written = {"a1_1": "0.0000", "yhat_1": "0.5000", LOSS: loss, SLOPE: slope, INPUT: "3", PRODUCT: f"{product:.6f}"}
    marked = slots(mark(unit(3.0, 0.0, 0.3), written))
    assert marked[PRODUCT].verdict is Verdict.FOLLOW_THROUGH
    assert paid(marked[PRODUCT]) is earns


@pytest.mark.parametrize(("weight", "x", "earns"), [("0.6", "3", True), ("1.17", "3", True), ("1.17", "4.3", False)])
def test_three_wrong_factors_of_any_sort_make_a_product_that_shows_nothing(weight: str, x: str, earns: bool) -> None:
    """Of linear units only the loss's factor is worked: it is wrong here, and so are one copy more and two."""
    network = Architecture((1, 1, 1), ("linear", "linear"), "squared_error")
    asked = solve(derive(network, "w1_11", Layout()), {"x_1": 3.0, "w1_11": 0.8, "w2_11": 0.6, "y_1": 1.0}, PLACES)
    factors = ["dL/dyhat_1", "dyhat_1/da2_1", "da2_1/dh1_1", "dh1_1/da1_1", "da1_1/dw1_11"]
    written = {f"path_1.{name}": text for name, text in zip(factors, ["2.7312", "1", weight, "1", x], strict=True)}
    forward = {"a1_1": "2.4000", "h1_1": "2.4000", "a2_1": "1.4400", "yhat_1": "1.4400"}
    marked = slots(mark(asked, {**forward, **written, PRODUCT: f"{2.7312 * float(weight) * float(x):.6f}"}))
    assert marked[PRODUCT].verdict is Verdict.FOLLOW_THROUGH
    assert paid(marked[PRODUCT]) is earns


@pytest.mark.parametrize(("error", "earns"), [("0.0011", True), ("0.0009", False)])
def test_of_a_products_two_factors_both_are_to_be_explained_where_few_digits_are_left(error: str, earns: bool) -> None:
    """ŷ - y = 0.0001 with loss and output in one step; beside it the input is right."""
    network = Architecture((1, 1), ("sigmoid",), "binary_cross_entropy", combined=True)
    asked = solve(derive(network, "w1_11", Layout()), {"x_1": 3.0, "w1_11": 0.0, "y_1": 0.4999}, PLACES)
    written = {"a1_1": "0.0000", "yhat_1": "0.5000", "path_1.dL/da1_1": error, INPUT: "3"}
    marked = slots(mark(asked, written | {PRODUCT: f"{3 * float(error):.6f}"}))
    assert (0.00005 / float(error) <= 0.05) is earns
    assert marked["path_1.dL/da1_1"].verdict is Verdict.WRONG
    assert marked[PRODUCT].verdict is Verdict.FOLLOW_THROUGH
    assert paid(marked[PRODUCT]) is earns


def test_of_three_factors_one_need_not_be() -> None:
    written = {"a1_1": "0.0000", "yhat_1": "0.5000", LOSS: "0.0009", SLOPE: "0.2500", INPUT: "3"}
    marked = slots(mark(unit(3.0, 0.0, 0.4999), written | {PRODUCT: "0.000675"}))
    assert marked[LOSS].verdict is Verdict.WRONG
    assert paid(marked[PRODUCT])


@pytest.mark.parametrize(
    ("target", "written", "causes"),
    [
        (-0.5, "1.0000", {"loss_two_forgotten", "loss_forgotten"}),
        (-0.4, "0.9000", {"loss_two_forgotten"}),
        (-0.4, "1.0000", {"loss_forgotten"}),
    ],
)
def test_mistakes_that_give_one_number_are_all_named(target: float, written: str, causes: set[str]) -> None:
    """0.5 - y without the 2, and 1 for the whole derivative."""
    marked = slots(mark(unit(1.0, 0.0, target), {"a1_1": "0.0000", "yhat_1": "0.5000", LOSS: written}))[LOSS]
    assert (set(marked.causes), marked.tied) == (causes, len(causes) > 1)


@pytest.mark.parametrize(("off", "follows"), [(0.00018, True), (-0.00018, True), (0.00023, False), (-0.00023, False)])
def test_a_wrong_copy_is_a_number_like_any_other(off: float, follows: bool) -> None:
    """0.2004 for 0.2: known to half a unit of its last place as well, so that the ends lie 0.0002 away."""
    reach = 9.12345 * 0.25005 * 0.20045 - 9.1234 * 0.25 * 0.2004 + 5e-7
    assert 0.00018 < reach < 0.00023
    written = {LOSS: "9.1234", SLOPE: "0.2500", INPUT: "0.2004", PRODUCT: f"{9.1234 * 0.25 * 0.2004 + off:.6f}"}
    assert (verdict(unit(0.2, 0.0, 0.1), written, PRODUCT) is Verdict.FOLLOW_THROUGH) is follows


def test_a_wrong_1_makes_no_0_of_a_product() -> None:
    """-0.8 · 0.25 · -1 = 0.2 was multiplied: two factors are right, and 3 is copied wrongly."""
    written = {"a1_1": "0.0000", "yhat_1": "0.5000", LOSS: "-0.8000", SLOPE: "0.2500", INPUT: "-1"}
    marked = slots(mark(unit(3.0, 0.0, 0.9), written | {PRODUCT: "0.200000"}))
    assert marked[LOSS].verdict is marked[SLOPE].verdict is Verdict.CORRECT
    assert marked[INPUT].verdict is Verdict.WRONG
    assert marked[PRODUCT].verdict is Verdict.FOLLOW_THROUGH
    assert paid(marked[PRODUCT])


@pytest.mark.parametrize(("times", "found"), [(1, Verdict.FOLLOW_THROUGH), (2, Verdict.WRONG)])
def test_what_follows_follows_from_a_known_mistake_and_not_from_what_would_be_right_there(
    times: int, found: Verdict
) -> None:
    """σ(1.2345) = 0.7746 follows from an own sum, 0.7746 - 0.3 has lost its 2; twice that is not what is written."""
    loss, slope = 0.7746 - 0.3, 0.7746 * (1 - 0.7746)
    written = {"a1_1": "1.2345", "yhat_1": "0.7746", LOSS: f"{loss:.4f}", SLOPE: f"{slope:.4f}", INPUT: "3"}
    written[PRODUCT] = f"{times * round(loss, 4) * round(slope, 4) * 3:.6f}"
    marked = slots(mark(unit(3.0, 0.7, 0.3), written))
    assert marked[LOSS].verdict is Verdict.MISCONCEPTION
    assert marked[PRODUCT].verdict is found


@pytest.mark.parametrize(
    ("written", "known"), [("2.3457", True), ("2.34567", True), ("2.3456", False), ("2.3458", False)]
)
def test_a_wrong_copy_may_be_rounded_as_other_numbers_are(written: str, known: bool) -> None:
    """The weight 2.34567 where the input 3 belongs, of which all digits are to be copied."""
    marked = slots(mark(unit(3.0, 2.34567, 0.3), {INPUT: written}))[INPUT]
    assert (marked.causes == ("input_is_weight",)) is known
