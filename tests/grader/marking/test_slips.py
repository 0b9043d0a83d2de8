"""Slips of the pen: named by their kind, one box each, and what follows from them is paid."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from grader.marking import MarkedSlot, Shares, Verdict, mark, mark_questions
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.interval import Interval
from question_bank.expressions.precision import Array
from question_bank.misconceptions.slips import SLIPS, slip_codes
from question_bank.networks.dense import Architecture
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.grader.marking.pupil import GIVENS, HIDDEN, PRECISION, question, work
from tests.grader.marking.test_verdicts import slots

UNIT = 1e-4


def slips(values: Array, unit: Array, accepted: Sequence[Interval], beside: Sequence[Interval]) -> list[str]:
    names = ("", *SLIPS)
    return [names[code] for code in slip_codes(values, unit, accepted, beside).tolist()]


def named(right: float, written: float, *, unit: float = UNIT, beside: float | None = None) -> str:
    def around(value: float) -> tuple[np.ndarray, np.ndarray]:
        return np.array([value - 0.6 * unit]), np.array([value + 0.6 * unit])

    others = [] if beside is None else [around(beside)]
    return slips(np.array([written]), np.array([unit]), [around(right)], others)[0]


@pytest.mark.parametrize(
    ("right", "written", "kind"),
    [
        (0.1808, -0.18079, "slip_sign"),
        (-0.4711, 0.4711, "slip_sign"),
        (2.7968, 27968, "slip_point"),
        (0.7, 7, "slip_point"),
        (0.2797, 0.0280, "slip_point"),  # recorded after the point had moved
        (-2.7968, -279.68, "slip_point"),
        (2.7968, 2.7698, "slip_exchanged"),
        (-2.7968, -2.9768, "slip_exchanged"),
        (0.4907, 0.4970, "slip_exchanged"),
        (0.0152, 0.1052, "slip_exchanged"),
        (2.7968, 2.968, "slip_dropped"),
        (0.8034, 0.804, ""),  # as near as rounding to three places
        (12.5031, 2.5031, "slip_dropped"),
        (0.1808, 0.18808, "slip_doubled"),
        (12.5031, 112.5031, "slip_doubled"),
        (2.7968, 2.1968, "slip_digit"),
        (2.7968, 8.7968, "slip_digit"),
        (2.7968, 2.7948, "slip_digit"),
        (2.7968, 2.7964, ""),  # at the end of a number: rounding
        (2.7968, 2.7969, ""),
        (2.7968, 2.1378, ""),  # more than one digit
        (2.7968, 2 / 3, ""),
        (2.79681234, 2.769812345679, "slip_exchanged"),  # as a calculator shows it
        (2.79681234, 2.968123456789, "slip_dropped"),
        (2.79681234, 2.779681234568, "slip_doubled"),
        (0.05488017, 0.454880174801, "slip_digit"),
        (0.05488017, 0.454890174801, "slip_digit"),  # all digits but one within rounding
        (0.05488017, 0.455880174801, ""),
        (0.0500, 0.0, "slip_digit"),  # zeros at the end of a number are not seen, but digits in front of them are
        (-0.0500, -0.0, "slip_digit"),
        (0.0050, 0.0, "slip_digit"),
        (0.0005, 0.0, ""),
        (0.0052, 0.0, ""),
        (0.3700, 0.3000, "slip_digit"),
        (0.8040, 0.8, ""),  # as near as rounding to two places
    ],
)
def test_a_slip_is_told_by_what_it_makes_of_a_right_number(right: float, written: float, kind: str) -> None:
    assert named(right, written) == kind


@pytest.mark.parametrize(
    ("right", "written", "kind"),
    [
        (0.7, 0.0, "slip_dropped"),  # 0. for 0.7
        (-0.7, -0.0, "slip_dropped"),
        (-3.0, -0.0, "slip_dropped"),
        (-3.0, 0.0, ""),  # the sign as well
        (3.0, 4.0, "slip_digit"),
        (-0.1, -0.11, "slip_doubled"),
        (0.12, 0.1, "slip_dropped"),
        (0.7, 0.07, "slip_point"),
        (0.7, 0.70001, ""),
    ],
)
def test_of_a_number_that_is_only_copied_every_digit_tells(right: float, written: float, kind: str) -> None:
    exactly = np.array([right])
    assert slips(np.array([written]), np.array([UNIT]), [(exactly, exactly)], []) == [kind]


@pytest.mark.parametrize(
    ("written", "kind"), [(-4152447759.0, "slip_point"), (-4152447759e2, "slip_point"), (-4152447759e3, "")]
)
def test_a_point_may_be_lost_behind_all_digits_of_a_calculator(written: float, kind: str) -> None:
    assert named(-0.4152447759, written) == kind


def test_what_is_said_of_a_number_does_not_depend_on_longer_ones() -> None:
    low, high = np.array([5.0937, 12345.0]), np.array([5.0938, 12346.0])
    values, unit = np.array([0.0937, 22345.5]), np.array([UNIT, UNIT])
    assert slips(values, unit, [(low, high)], []) == ["slip_dropped", "slip_digit"]
    low[0], high[0] = 500.0937, 500.0938
    assert slips(values, unit, [(low, high)], [])[0] == slips(values[:1], unit[:1], [(low[:1], high[:1])], [])[0] == ""


@pytest.mark.parametrize(("written", "kind"), [(0.5521, "slip_neighbour"), (0.5523, ""), (0.5520, "")])
def test_a_number_of_the_box_beside_is_told_within_its_range_only(written: float, kind: str) -> None:
    assert named(0.1038, written, beside=0.5521) == kind


def test_a_digit_is_not_told_where_the_range_is_as_wide_as_its_place() -> None:
    low, high = np.array([0.02150]), np.array([0.02155])
    value, unit = np.array([0.02167]), np.array([1e-6])
    assert slips(value, unit, [(low, high)], []) == [""]
    assert slips(np.array([0.02252]), unit, [(low, high)], []) == ["slip_digit"]


def test_who_went_on_with_what_was_meant_is_paid_as_well() -> None:
    """The loss lost its 2, half of that was written without its point, and the product is made of what was meant."""
    plain = work()
    half = f"{0.5 * float(plain['path_1.dL/dyhat_1']):.4f}"
    lost = work({"path_1.dL/dyhat_1": lambda p: float(half)})
    sheet = lost | {"path_1.dyhat_1/da2_1": lost["path_1.dyhat_1/da2_1"].replace("0.", "")}
    marked = slots(mark(question(), sheet))
    assert (marked["path_1.dyhat_1/da2_1"].verdict, marked["path_1.product"].verdict) == (
        Verdict.SLIP,
        Verdict.FOLLOW_THROUGH,
    )
    assert marked["path_1.product"].ticks == marked["path_1.product"].out_of
    other = slots(mark(question(), sheet | {"path_1.product": f"{1.3 * float(lost['path_1.product']):.6f}"}))
    assert other["path_1.product"].ticks == 0


def test_what_was_meant_in_two_boxes_is_gone_on_with_whatever_others_wrote_there() -> None:
    """The loss lost its 2, both slopes their points; the product is made of what was meant."""
    boxes = "path_1.dyhat_1/da2_1", f"path_1.dh1_{HIDDEN}/da1_{HIDDEN}"
    lost = work({"path_1.dL/dyhat_1": lambda p: p["yhat_1"] - p["y_1"]})
    slipped = lost | {box: lost[box].replace("0.", "") for box in boxes}
    others = lost | dict.fromkeys(boxes, "-0.7777")
    names = [slot.name for slot in question().slots]
    verdicts = mark_questions(
        [question()] * 2, [[sheet[name] for name in names] for sheet in (slipped, others)]
    ).verdicts
    at = [names.index(name) for name in (*boxes, "path_1.product")]
    assert verdicts[0, at].tolist() == [Verdict.SLIP, Verdict.SLIP, Verdict.FOLLOW_THROUGH]
    assert verdicts[1, at[:2]].tolist() == [Verdict.WRONG] * 2
    assert verdicts[1, at[2]] != Verdict.FOLLOW_THROUGH


@pytest.mark.parametrize(
    ("pen", "lost"),
    [
        (lambda text: text.replace(".", ""), []),
        (lambda text: text[:-4] + text[-3] + text[-4] + text[-2:], []),
        (lambda text: f"{text[:-4]}{text[-4]}{text[-4:]}", []),
        (lambda text: work()["path_1.dyhat_1/da2_1"], ["path_1.product"]),  # itself a known mistake
        (lambda text: "-0.7777", ["path_1.product"]),  # no slip of it
        (lambda text: "1", ["path_1.product"]),  # may fill any box
    ],
)
def test_a_slip_of_a_known_mistake_costs_that_box_where_the_mistake_is_gone_on_with(
    pen: Callable[[str], str], lost: list[str]
) -> None:
    """The loss lost its 2; the half was written down wrong, and everything after it is worked with the half."""
    box = "path_1.dL/dyhat_1"
    half = work({box: lambda p: p["yhat_1"] - p["y_1"]})
    assert half[box] != pen(half[box])
    marked = mark(question(), half | {box: pen(half[box])})
    losing = [slot.slot for slot in marked.slots if slot.ticks < slot.out_of]
    assert losing == [box, *lost]


@pytest.mark.parametrize(("of_own", "paid"), [(1.0, True), (1.3, False)])
def test_a_wrong_product_costs_itself_where_the_sum_is_that_of_the_right_one(of_own: float, paid: bool) -> None:
    """After a loss without its 2, what is written is no product of anything; what is added is that of own factors."""
    lost = work({"path_1.dL/dyhat_1": lambda p: p["yhat_1"] - p["y_1"]})
    sheet = lost | {"path_1.product": "0.771234"}
    sheet["gradient"] = f"{of_own * float(lost['gradient']):.6f}"
    sheet["updated"] = f"{GIVENS['w1_31'] - GIVENS['eta'] * float(sheet['gradient']):.6f}"
    losing = [slot.slot for slot in mark(question(), sheet).slots if slot.ticks < slot.out_of]
    assert losing == ["path_1.dL/dyhat_1", "path_1.product", *([] if paid else ["gradient"])]


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_slip_costs_one_box_and_what_follows_is_paid(share: float) -> None:
    """Two digits of a hidden unit's output change places, and all that comes after it is worked with that."""
    plain = work()["h1_2"]
    exchanged = f"{plain[:2]}{plain[3]}{plain[2]}{plain[4:]}"
    assert exchanged != plain
    marked = slots(mark(question(), work({"h1_2": lambda p: float(exchanged)}), shares=Shares(slip=share)))
    struck = marked.pop("h1_2")
    assert (struck.verdict, struck.causes) == (Verdict.SLIP, ("slip_exchanged",))
    assert struck.ticks == struck.out_of * share
    assert {slot.verdict for slot in marked.values()} <= {Verdict.CORRECT, Verdict.FOLLOW_THROUGH}
    assert all(slot.ticks == slot.out_of for slot in marked.values())


def test_a_slip_of_what_the_own_numbers_give_is_told_as_well() -> None:
    """With a wrong output carried on, the next number is neither right nor what follows: its point is lost."""
    paper = work({"h1_3": lambda p: 0.3171})
    slipped = paper | {"a2_1": paper["a2_1"].replace(".", "")}
    marked = slots(mark(question(), slipped))
    assert (marked["a2_1"].verdict, marked["a2_1"].causes) == (Verdict.SLIP, ("slip_point",))


@pytest.mark.parametrize(
    ("target", "written"),
    [(0.4, "-0.000"), (0.4, "-0.0000"), (0.4, "-0.00"), (0.3, "0.000"), (0.3, "0.00"), (0.3, "0")],
)
def test_a_digit_lost_that_leaves_only_zeros_costs_its_box_alone(target: float, written: str) -> None:
    """ŷ - y = 0.35 - 0.4 = -0.0500 of a linear output, or 0.0500; with 0 for it, the gradient and the step are 0."""
    network = Architecture((1, 1), ("linear",), "half_squared_error")
    layout = Layout(quantity="updated", update=PLAIN_UPDATE)
    asked = solve(derive(network, "w1_11", layout), {"x_1": 0.7, "w1_11": 0.5, "y_1": target, "eta": 0.3}, PRECISION)
    sheet = dict(zip([slot.name for slot in asked.slots], ["0.3500", "0.3500", written, "1", "0.7"], strict=False))
    sheet |= {"path_1.product": "0.000000", "gradient": "0.000000", "updated": "0.500000"}
    marked = mark(asked, sheet)
    assert [(slot.slot, slot.verdict) for slot in marked.slots if slot.ticks < slot.out_of] == [
        ("path_1.dL/dyhat_1", Verdict.SLIP)
    ]


def test_a_known_mistake_is_named_before_a_slip() -> None:
    paper = work({"path_1.dL/dyhat_1": lambda p: 2 * (p["y_1"] - p["yhat_1"])})
    marked = slots(mark(question(), paper))["path_1.dL/dyhat_1"]
    assert (marked.verdict, "loss_sign" in marked.causes) == (Verdict.MISCONCEPTION, True)


def test_a_turned_sign_is_a_known_mistake_and_may_be_the_pens_as_well() -> None:
    """An h of a pupil's own, and its derivative of the loss with the sign turned; gone on from with either sign."""
    h1_1 = "0.6000"
    own = work({"h1_1": lambda p: float(h1_1)})
    turned = f"{-float(own['path_1.dL/dyhat_1']):.4f}"
    box = "path_1.dL/dyhat_1"
    carried = work({"h1_1": lambda p: float(h1_1), box: lambda p: float(turned)})
    written = own | {box: turned}
    both = mark_questions(
        [question()] * 2, [[sheet[slot.name] for slot in question().slots] for sheet in (carried, written)]
    )
    for sheet in (carried, written):
        marked = slots(mark(question(), sheet))
        lost = {name for name, slot in marked.items() if slot.ticks < slot.out_of}
        assert lost <= {"h1_1", box}
        assert marked[box].verdict is Verdict.MISCONCEPTION
    assert (both.ticks[0] == both.ticks[1]).all()


def test_the_number_of_the_box_beside_is_told_on_a_whole_paper() -> None:
    paper = work()
    marked = slots(mark(question(), paper | {"h1_1": paper["h1_2"]}))
    assert (marked["h1_1"].verdict, marked["h1_1"].causes) == (Verdict.SLIP, ("slip_neighbour",))


@pytest.fixture(scope="module")
def certified() -> list[Question]:
    return draw(load_recipe("two-paths"), [b"%d" % number for number in range(12)], parameter="w1_31")


def exchange(text: str, at: int) -> str:
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def test_on_certified_questions_slips_are_told_and_seldom_taken_for_rounding(certified: list[Question]) -> None:
    """Every pair of neighbouring digits of every third number of each sheet is exchanged."""
    found: list[MarkedSlot] = []
    for number, one in enumerate(certified):
        paper = {slot.name: one.printed(slot.step) for slot in one.slots}
        for slot in one.slots[number % 3 :: 3]:
            text = paper[slot.name]
            low, high = one.range(slot.step)
            pairs = [at for at in range(len(text) - 1) if text[at : at + 2].isdigit()]
            for at in pairs[number % 2 :: 2]:
                changed = exchange(text, at)
                if not low <= float(changed) <= high:
                    found.append(mark(one, paper | {slot.name: changed}, only=[slot.name]).slots[0])
    assert len(found) > 60
    told = [slot for slot in found if slot.verdict in (Verdict.SLIP, Verdict.MISCONCEPTION)]
    assert len(told) >= 0.95 * len(found)
    assert all(slot.ticks == 0 for slot in told)


def test_a_range_of_one_number_for_all_rows_is_a_range_like_any_other() -> None:
    one = np.array(1.0), np.array(1.0)
    written = np.array([-1.0, 10.0, 1.0, 0.37])
    assert slips(written, np.full(4, UNIT), [one], []) == ["slip_sign", "slip_point", "", ""]
