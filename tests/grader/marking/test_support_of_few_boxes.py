"""Sheets of a few boxes, where one number more or less shows that somebody worked; with what an examiner takes."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest

from grader.marking import MarkedQuestion, Unsupported, Verdict, mark
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from tests.classroom.formulas import Look
from tests.classroom.paper import Paper, Step
from tests.classroom.recipes import recipe
from tests.classroom.working import Deed, Formula, Habits, work
from tests.grader.marking.pupil import question as two_paths
from tests.grader.marking.pupil import work as on_two_paths


def chain(parameter: str, givens: Mapping[str, float]) -> Question:
    return solve(recipe("chain").derivation(parameter, "updated"), givens, recipe("chain").places)


def losing(marked: MarkedQuestion) -> list[str]:
    return [slot.slot for slot in marked.slots if slot.ticks < slot.out_of]


def verdict(marked: MarkedQuestion, name: str) -> Verdict:
    return next(slot.verdict for slot in marked.slots if slot.slot == name)


LAST_WEIGHT = {"x_1": 3.9, "w1_11": 0.48, "w2_11": 0.66, "y_1": -0.78, "eta": 0.9}
LAST_WEIGHT |= {"a1_1": 1.872, "h1_1": 0.9538, "a2_1": 0.6295, "yhat_1": 0.6295}


def on_from(loss: float, text: str) -> dict[str, str]:
    """∂L/∂ŷ = 2 (0.6295 + 0.78) = 2.8190 spoilt, and everything after it worked with that."""
    product = f"{loss * 0.9538:.6f}"
    return {
        "path_1.dL/dyhat_1": text,
        "path_1.dyhat_1/da2_1": "1",
        "path_1.da2_1/dw2_11": "0.9538",
        "gradient": product,
        "updated": f"{0.66 - 0.9 * float(product):.6f}",
    }


@pytest.mark.parametrize(
    ("loss", "text", "paid"), [(2.81, "2.810", True), (2.797, "2.797", False), (2.77, "2.770", False)]
)
def test_the_one_worked_number_all_but_right_is_gone_on_from(loss: float, text: str, paid: bool) -> None:
    """A 9 was dropped at the end of 2.8190, which might be rounding; any other number may be made up."""
    marked = mark(chain("w2_11", LAST_WEIGHT), on_from(loss, text))
    assert verdict(marked, "path_1.dL/dyhat_1") is Verdict.WRONG
    assert (losing(marked) == ["path_1.dL/dyhat_1"]) is paid
    assert (marked.unsupported is Unsupported.NO) is paid


@pytest.mark.parametrize(("text", "paid"), [("0.17", True), ("0.186", False), ("0.16", False), ("0.2", False)])
def test_digits_left_off_at_the_end_leave_a_number_as_near_as_its_last_digit(text: str, paid: bool) -> None:
    """∂L/∂ŷ = 2 (0.6295 - 0.54) = 0.1790, the one worked number, from which all else is worked."""
    marked = mark(chain("w2_11", LAST_WEIGHT | {"y_1": 0.54}), on_from(float(text), text))
    assert verdict(marked, "path_1.dL/dyhat_1") is Verdict.WRONG
    assert (losing(marked) == ["path_1.dL/dyhat_1"]) is paid


@pytest.mark.parametrize("text", ["0.300", "0.0700", "0.07"])
def test_a_digit_lost_in_front_of_zeros_costs_its_box_alone(text: str) -> None:
    """∂L/∂ŷ = 2 (-0.1850 + 0.37) = 0.3700: without its 7, or its 3."""
    printed = {"y_1": -0.37, "a2_1": -0.185, "yhat_1": -0.185}
    marked = mark(chain("w2_11", LAST_WEIGHT | printed), on_from(float(text), text))
    assert (losing(marked), verdict(marked, "path_1.dL/dyhat_1")) == (["path_1.dL/dyhat_1"], Verdict.SLIP)


TURNED = {"x_1": 3.5, "w1_11": -0.6, "w2_11": -0.29, "y_1": 0.08, "eta": 0.6}
TURNED |= {"a1_1": -2.1, "h1_1": -0.9705, "a2_1": 0.2814, "yhat_1": 0.2814}


@pytest.mark.parametrize(("product", "paid"), [("0.390917", True), ("0.412337", False)])
def test_a_product_that_is_right_but_for_its_sign_shows_work(product: str, paid: bool) -> None:
    """-0.4028 for 0.4028, written with its point in another place; the product is that of what was meant."""
    written = on_from(0.0, "-04.028") | {"path_1.da2_1/dw2_11": "-0.9705"}
    written |= {"gradient": product, "updated": f"{-0.29 - 0.6 * float(product):.6f}"}
    marked = mark(chain("w2_11", TURNED), written)
    assert verdict(marked, "path_1.dL/dyhat_1") is Verdict.WRONG
    assert ("gradient" not in losing(marked), "updated" not in losing(marked)) == (paid, paid)


FILLED = {"x_1": -0.9, "w1_11": -0.67, "w2_11": -0.29, "y_1": 0.52, "eta": 0.9}
FILLED |= {"a1_1": 0.603, "h1_1": 0.5392, "a2_1": -0.1564, "yhat_1": -0.1564}


@pytest.mark.parametrize(("weight", "paid"), [("-0.1564", False), ("-0.29", True)])
def test_a_wrong_product_rests_on_a_factor_that_is_right(weight: str, paid: bool) -> None:
    """Boxes filled with any givens: two of them are known mistakes, by chance, and the new value goes on from that."""
    written = {
        "path_1.dL/dyhat_1": "-0.67",
        "path_1.dyhat_1/da2_1": "-0.1564",
        "path_1.da2_1/dh1_1": weight,
        "path_1.dh1_1/da1_1": "0.5392",
        "path_1.da1_1/dw1_11": "-0.1564",
        "gradient": "-0.3251",
        "updated": f"{FILLED['w1_11'] + FILLED['eta'] * 0.3251:.6f}",
    }
    marked = mark(chain("w1_11", FILLED), written)
    assert verdict(marked, "path_1.dh1_1/da1_1") is Verdict.MISCONCEPTION
    assert verdict(marked, "gradient") is Verdict.WRONG
    assert verdict(marked, "updated") is Verdict.FOLLOW_THROUGH
    assert ("updated" not in losing(marked)) is paid


@pytest.mark.parametrize(("slope", "paid"), [(None, True), (0.1733, False)])
def test_a_product_with_few_digits_left_rests_on_its_other_factors(slope: float | None, paid: bool) -> None:
    """0.0008 for the 0.0000 of an output whose target is 0: the product has one digit, and was multiplied rightly."""
    (question,) = draw(recipe("softmax"), [b"a"], parameter="w2_23", quantity="updated")
    paper = Paper.of(question)
    at = next(at for at in (1, 2, 3) if paper.numbers[f"y_{at}"] == 0)
    loss, other = (f"path_{at}.{step.key}" for step in map(paper.box_steps.get, paper.columns[at][:2]) if step)
    deeds = [Deed("a digit", _always(0.0008), ("loss",), loss)]
    if slope is not None:
        deeds.append(Deed("made up", _always(slope), ("softmax_own", "softmax_cross"), other))
    marked = mark(question, work(paper, Habits(deeds=tuple(deeds)), Random(0)).written)
    assert verdict(marked, loss) is Verdict.WRONG
    assert (f"path_{at}.product" not in losing(marked)) is paid
    if paid:
        assert losing(marked) == [loss]


def _always(value: float) -> Formula:
    def formula(paper: Paper, step: Step, look: Look, box: str) -> float:
        return value

    return formula


@pytest.mark.parametrize("path", [1, 2])
@pytest.mark.parametrize(("slope", "said"), [(1.0, Verdict.SLIP), (0.0, Verdict.WRONG)])
def test_a_bare_0_is_a_slip_beside_a_1_that_is_known(path: int, slope: float, said: Verdict) -> None:
    """0 for an input of 2, a digit lost; 1 for a slope before it or after is a known mistake, 0 fills a box."""
    box = f"path_{path}.dh1_3/da1_3"
    slips = {"path_1.da1_3/dw1_31": lambda paper: 0.0, box: lambda paper: slope}
    marked = mark(two_paths(), on_two_paths(slips))
    assert verdict(marked, box) is (Verdict.MISCONCEPTION if said is Verdict.SLIP else Verdict.WRONG)
    assert verdict(marked, "path_1.da1_3/dw1_31") is said


def test_a_wrong_sum_is_not_the_number_of_the_linear_output_beside_it() -> None:
    """The output repeats whatever the sum is; only of the box before it is a copy told."""
    (question,) = draw(recipe("relu"), [b"linear"], parameter="w1_13", quantity="updated")
    made_up = Deed("made up", _always(-1.2637), ("preactivation",), "a2_1")
    marked = mark(question, work(Paper.of(question), Habits(deeds=(made_up,)), Random(0)).written)
    assert (losing(marked), verdict(marked, "a2_1")) == (["a2_1"], Verdict.WRONG)
    beside = Deed("beside", lambda paper, step, look, box: look("h1_3"), ("preactivation",), "a2_1")
    marked = mark(question, work(Paper.of(question), Habits(deeds=(beside,)), Random(0)).written)
    assert (losing(marked), verdict(marked, "a2_1")) == (["a2_1"], Verdict.SLIP)


NEURON = {"x_1": 2.0, "x_2": -1.0, "w1_11": 0.5, "w1_12": 0.3, "b1_1": -0.2, "y_1": 1.0, "eta": 0.5}
"""a = 0.5 · 2 - 0.3 - 0.2 = 0.5."""


def neuron(name: str, parameter: str, **changed: float) -> Question:
    found = recipe(name)
    return solve(found.derivation(parameter, "updated"), NEURON | changed, found.places)


def column(error: float, factor: str, asked: str, old: float) -> dict[str, str]:
    """From an error at the output on, all worked rightly."""
    product = error * float(factor)
    return {
        "path_1.dL/da1_1": f"{error:.4f}",
        f"path_1.da1_1/d{asked}": factor,
        "gradient": f"{product:.6f}",
        "updated": f"{old - 0.5 * product:.6f}",
    }


def test_a_linear_output_is_worked_where_its_sum_has_no_box() -> None:
    """ŷ = a = 0.5 is right, and the 2 of a squared error is the only mistake: -1 for -0.5, and all else from that."""
    question = neuron("linear-neuron", "w1_12", y_1=1.3)
    written = {"yhat_1": "0.5"} | column(2 * (0.5 - 1.3), "-1", "w1_12", 0.3)
    marked = mark(question, written)
    assert (losing(marked), verdict(marked, "path_1.dL/da1_1")) == (["path_1.dL/da1_1"], Verdict.MISCONCEPTION)


@pytest.mark.parametrize(
    ("yhat", "paid"),
    [
        (0.7503, True),  # σ(0.5 · 2 + 0.3 - 0.2): the sign of x₂ not seen
        (0.7503 + 0.0021, False),
        (0.7500, False),
        (0.7503 - 0.0100, False),
    ],
)
def test_all_that_follows_from_the_one_output_is_paid_if_a_misreading_explains_that(yhat: float, paid: bool) -> None:
    question = neuron("logistic-neuron", "w1_11")
    marked = mark(question, {"yhat_1": f"{yhat:.4f}"} | column(yhat - 1, "2", "w1_11", 0.5))
    assert (marked.unsupported is Unsupported.NO) is paid
    assert ("gradient" not in losing(marked)) is paid
    assert (marked.misread is not None) is paid
    if paid:
        assert losing(marked) == ["yhat_1"]


@pytest.mark.parametrize(("yhat", "paid"), [(-0.2, True), (-0.5, True), (-0.77, False)])
def test_what_is_left_of_the_one_sum_costs_that_box(yhat: float, paid: bool) -> None:
    """Without any weight the output is the bias, whoever may copy that; without w₁₁₁'s term it is -0.3 - 0.2."""
    question = neuron("linear-neuron", "b1_1", y_1=1.3)
    marked = mark(question, {"yhat_1": f"{yhat}"} | column(yhat - 1.3, "1", "b1_1", -0.2))
    assert (marked.unsupported is Unsupported.NO) is paid
    assert ("gradient" not in losing(marked)) is paid


def test_boxes_that_repeat_each_other_are_not_filled_with_one_number() -> None:
    """The error of a bias is its product and its gradient; taken for the output, which is right, it is that, too."""
    question = neuron("logistic-neuron", "b1_1")
    yhat = question.value("yhat_1")
    written = {"yhat_1": f"{yhat:.6f}"} | column(round(yhat, 6), "1", "b1_1", -0.2)
    written |= {"path_1.dL/da1_1": f"{yhat:.6f}"}
    assert len({written[name] for name in ("yhat_1", "path_1.dL/da1_1", "gradient")}) == 1
    marked = mark(question, written)
    assert (losing(marked), verdict(marked, "path_1.dL/da1_1")) == (["path_1.dL/da1_1"], Verdict.MISCONCEPTION)


def test_nor_are_they_where_something_else_is_wrong() -> None:
    """The same sheet, and a new value that nothing explains: the output is worked all the same."""
    question = neuron("logistic-neuron", "b1_1")
    yhat = f"{question.value('yhat_1'):.6f}"
    written = {"yhat_1": yhat} | column(float(yhat), "1", "b1_1", -0.2) | {"path_1.dL/da1_1": yhat}
    marked = mark(question, written | {"updated": "0.7777"})
    assert (verdict(marked, "gradient"), verdict(marked, "updated")) == (Verdict.FOLLOW_THROUGH, Verdict.WRONG)
    assert losing(marked) == ["path_1.dL/da1_1", "updated"]


@pytest.mark.parametrize(
    ("yhat", "weight", "paid"),
    [
        (0.6457, 0.5, True),  # σ(0.5 · 2 - 0.4): the second term not seen
        (0.3318, 0.5, True),  # σ(-0.3 - 0.4): the first, whose weight is updated, and whose input is a factor
        (0.4013, 0.5, True),  # σ(-0.4): neither
        (0.1545, -0.5, True),  # σ(-0.5 · 2 - 0.3 - 0.4): the sign of w₁₁₁ turned, that is updated
        (0.1545, 0.5, False),
        (0.3875, 0.5, False),
    ],
)
def test_a_term_or_a_sign_not_seen_in_the_one_sum_costs_that_box(yhat: float, weight: float, paid: bool) -> None:
    """The weight and the input of a term are read as they are printed afterwards: by a factor, and by the update."""
    question = neuron("logistic-neuron", "w1_11", b1_1=-0.4)
    marked = mark(question, {"yhat_1": f"{yhat:.4f}"} | column(yhat - 1, "2", "w1_11", weight))
    assert (marked.misread is not None, marked.unsupported is Unsupported.NO) == (paid, paid)
    assert ("gradient" not in losing(marked)) is paid
    if paid:
        # Where the sign is misread for the update as well, that box may go by a known mistake's name.
        assert losing(marked) == (["yhat_1"] if weight > 0 else ["yhat_1", "updated"])


def test_a_given_with_another_sign_is_no_copy_of_it() -> None:
    """-0.5 · 2 + 0.3 + 0.2 is the -0.5 that w₁₁₁ would be with a minus; with x₁ turned nobody copied it."""
    question = neuron("linear-neuron", "b1_1", y_1=1.3, x_2=1.0, b1_1=0.2)
    marked = mark(question, {"yhat_1": "-0.5"} | column(-0.5 - 1.3, "1", "b1_1", 0.2))
    assert marked.unsupported is Unsupported.NO
    assert "gradient" not in losing(marked)


@pytest.mark.parametrize("factor", ["2", "1.7"])
def test_one_number_in_most_boxes_fills_them_only_where_something_is_wrong(factor: str) -> None:
    """The target is 0 and the product without its second factor: three boxes hold the output, each for a reason."""
    question = neuron("logistic-neuron", "w1_11", y_1=0.0)
    yhat = f"{question.value('yhat_1'):.4f}"
    written = {"yhat_1": yhat, "path_1.dL/da1_1": yhat, "path_1.da1_1/dw1_11": factor}
    written |= {"gradient": yhat, "updated": f"{0.5 - 0.5 * float(yhat):.6f}"}
    marked = mark(question, written)
    assert verdict(marked, "gradient") is Verdict.MISCONCEPTION
    assert ("updated" not in losing(marked)) is (factor == "2")


@pytest.mark.parametrize(("weight", "paid"), [("-0.7813", False), ("-0.9705", True)])
def test_a_slip_among_invented_factors_is_chance(weight: str, paid: bool) -> None:
    """0.4280 for 0.4028 are exchanged digits, beside a slope of 0.0556 that is 1 whatever the numbers are."""
    product = f"{0.4280 * 0.0556 * float(weight):.6f}"
    written = {"path_1.dL/dyhat_1": "0.4280", "path_1.dyhat_1/da2_1": "0.0556", "path_1.da2_1/dw2_11": weight}
    written |= {"gradient": product, "updated": f"{-0.29 - 0.6 * float(product):.6f}"}
    marked = mark(chain("w2_11", TURNED), written)
    assert verdict(marked, "path_1.dL/dyhat_1") is Verdict.SLIP
    assert ("gradient" not in losing(marked)) is paid
