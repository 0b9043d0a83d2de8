"""Misread givens and two mistakes at once where they show in few boxes, each beside a number that nothing explains.

Sheets are worked in plain Python, number by number, by nobody's formulas but those written here.
"""

from __future__ import annotations

import math

import pytest

from grader.marking import MarkedQuestion, Unsupported, mark, mark_questions
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe


def asked(name: str, givens: dict[str, float]) -> Question:
    recipe = load_recipe(name)
    return solve(recipe.derivation(recipe.choices()[0], "gradient"), givens, recipe.places)


def losing(marked: MarkedQuestion) -> set[str]:
    return {slot.slot for slot in marked.slots if slot.ticks < slot.out_of}


W = [0.6, 0.8, 0.7, -0.6, -0.2, -0.6, -0.4, -0.6]
"""A 4-2 matrix as it is printed, row by row."""
X, Y = [-0.8, 1.2], [1, 0, 0, 0]
EMBEDDING = {f"w1_{to}{n}": W[2 * to + n - 3] for to in (1, 2, 3, 4) for n in (1, 2)}
EMBEDDING |= {f"x_{n}": X[n - 1] for n in (1, 2)} | {f"y_{to}": Y[to - 1] for to in (1, 2, 3, 4)}


def embedding(rows: list[list[float]], later: list[list[float]]) -> dict[str, str]:
    """The softmax of W x and all gradients, `rows` of W seen in the sums and those of `later` on the way back."""
    e = [round(math.exp(row[0] * X[0] + row[1] * X[1]), 4) for row in rows]
    yhat = [round(each / round(sum(e), 4), 4) for each in e]
    error = [round(one - y, 4) for one, y in zip(yhat, Y, strict=True)]
    sheet = {f"e1_{n}": f"{each:.4f}" for n, each in enumerate(e, 1)} | {"s1": f"{sum(e):.4f}"}
    sheet |= {f"yhat_{n}": f"{each:.4f}" for n, each in enumerate(yhat, 1)}
    sheet |= {f"dL/da1_{n}": f"{each:.4f}" for n, each in enumerate(error, 1)}
    sheet |= {f"w1_{to}{n}.gradient": f"{error[to - 1] * X[n - 1]:.5f}" for to in (1, 2, 3, 4) for n in (1, 2)}
    sheet |= {
        f"x_{n}.gradient": f"{sum(d * row[n - 1] for d, row in zip(error, later, strict=True)):.5f}" for n in (1, 2)
    }
    return sheet


ROWS = [W[at : at + 2] for at in (0, 2, 4, 6)]
BY_COLUMNS = [[W[to], W[4 + to]] for to in range(4)]
"""The same numbers, the first four of them taken for the first column."""
STRUCK = {"e1_1", "e1_2", "e1_3", "e1_4", "x_1.gradient", "x_2.gradient"}


def test_an_oblong_matrix_read_by_columns_is_misread() -> None:
    marked = mark(asked("embedding", EMBEDDING), embedding(BY_COLUMNS, BY_COLUMNS))
    assert marked.misread is not None
    assert (marked.misread.misreading.kind, marked.misread.misreading.of) == ("transposed", "W1")
    assert losing(marked) <= STRUCK
    assert marked.unsupported is Unsupported.NO
    # In no order that anybody reads by, nothing shows where the numbers come from.
    shuffled = [[W[to], W[7 - to]] for to in range(4)]
    assert mark(asked("embedding", EMBEDDING), embedding(shuffled, shuffled)).unsupported is Unsupported.NOTHING_WORKED


@pytest.mark.parametrize(("spoilt", "paid"), [(0.0, True), (0.01, False)])
def test_a_column_unseen_in_the_sums_may_be_seen_on_the_way_back(spoilt: float, paid: bool) -> None:
    sheet = embedding([[row[0], 0.0] for row in ROWS], ROWS)
    sheet["x_2.gradient"] = f"{float(sheet['x_2.gradient']) + spoilt:.5f}"
    marked = mark(asked("embedding", EMBEDDING), sheet)
    assert marked.misread is not None
    assert (marked.misread.misreading.kind, marked.misread.misreading.of) == ("left_out", "column 2 of W1")
    assert ("x_2.gradient" not in losing(marked)) is paid


def test_it_may_whatever_others_misread() -> None:
    question = asked("embedding", EMBEDDING)
    names = [slot.name for slot in question.slots]
    sheets = [embedding([[row[0], 0.0] for row in ROWS], ROWS), embedding(BY_COLUMNS, BY_COLUMNS)]
    together = mark_questions([question] * 2, [[sheet[name] for name in names] for sheet in sheets])
    for row, sheet in enumerate(sheets):
        assert together.ticks[row].tolist() == [slot.ticks for slot in mark(question, sheet).slots]


DESCENT = {"x_0": -8.35, "a": 0.74, "b": -7.34, "eta": 0.19, "beta": 0.7, "v~0": 0.0}


@pytest.mark.parametrize(
    ("read", "named", "paid"),
    [
        ((0.75, 0.75, 0.75), True, True),
        ((0.14, 0.14, 0.14), True, True),
        # No digit of 0.74, but the same number each time: a rule of one's own.
        ((0.833, 0.833, 0.833), False, True),
        ((0.833, 0.915, 0.527), False, False),
    ],
)
def test_a_digit_of_an_input_may_be_misread_at_each_of_its_places(
    read: tuple[float, ...], named: bool, paid: bool
) -> None:
    """Hundredths and tenths of 0.74."""
    x, v = -8.35, 0.0
    sheet: dict[str, str] = {}
    for n, a in enumerate(read, 1):
        g = round(2 * a * x - 7.34, 4)
        v = round(0.7 * v - 0.19 * g, 4)
        x = round(x + v, 4)
        sheet |= {f"g~{n}": f"{g:.4f}", f"v~{n}": f"{v:.4f}", f"x_{n}": f"{x:.4f}"}
    marked = mark(asked("momentum", DESCENT), sheet)
    assert (marked.misread is not None) is named
    assert (losing(marked) <= {"g~1", "g~2", "g~3"}) is paid


CLIPPING = {"x_1": 1.5, "x_2": 2.6, "w1_11": -1.8, "w1_12": 1.4, "w1_21": -0.1, "w1_22": -0.7, "y_1": 5.0, "y_2": 2.0}


@pytest.mark.parametrize(
    ("first", "second", "paid"),
    [
        ("0", "-1.97", True),  # no weight of the first row is seen
        ("0", "0", False),  # two zeros: boxes that are merely filled
    ],
)
def test_an_output_of_0_is_gone_on_from_if_a_row_that_is_not_seen_gives_it(first: str, second: str, paid: bool) -> None:
    errors = [float(first) - 5.0, float(second) - 2.0]
    sheet = {"yhat_1": first, "yhat_2": second}
    sheet |= {f"dL/dyhat_{n}": f"{errors[n - 1]:.4f}" for n in (1, 2)}
    sheet |= {f"w1_{to}{n}.gradient": f"{errors[to - 1] * (1.5, 2.6)[n - 1]:.6f}" for to in (1, 2) for n in (1, 2)}
    marked = mark(asked("clipping", CLIPPING), sheet)
    assert (losing(marked) == {"yhat_1"}) is paid
    assert paid or "w1_11.gradient" in losing(marked)


NEURON = {"x_1": -0.7, "x_2": 2.6, "w1_11": 0.54, "w1_12": -0.19, "b1_1": -0.6, "y_1": 1.0}


@pytest.mark.parametrize(("spoilt", "paid"), [(0.0, True), (0.0021, False), (-0.0021, False)])
def test_two_mistakes_in_the_one_number_are_known_together(spoilt: float, paid: bool) -> None:
    """The bias taken off instead of added, and no sigmoid: 0.54 (-0.7) - 0.19 · 2.6 + 0.6 = -0.2720."""
    yhat = -0.2720 + spoilt
    sheet = {"yhat_1": f"{yhat:.4f}", "path_1.dL/da1_1": f"{yhat - 1:.4f}", "path_1.da1_1/dw1_11": "-0.7"}
    sheet["gradient"] = f"{(yhat - 1) * -0.7:.6f}"
    marked = mark(asked("logistic-neuron", NEURON), sheet)
    assert (losing(marked) == {"yhat_1"}) is paid
    assert (marked.unsupported is Unsupported.NO) is paid


@pytest.mark.parametrize(("units", "paid"), [(2, True), (3, False)])
def test_two_mistakes_in_one_number_count_where_it_is_half_of_those_worked_from_the_sheet(
    units: int, paid: bool
) -> None:
    """0.4 · 2 + 0.7 · 1 with the bias of 0.31 taken off and no sigmoid, and outputs from nowhere beside it."""
    network = Architecture((2, units, 1), ("sigmoid", "sigmoid"), "squared_error", None, ("layer", "none"))
    weights = ((0.4, -0.7), (-0.3, 0.8), (0.9, 0.2))[:units]
    givens = {f"w1_{to}{n}": weight for to, row in enumerate(weights, 1) for n, weight in enumerate(row, 1)}
    givens |= {f"w2_1{n}": 0.6 for n in range(1, units + 1)} | {"x_1": 2.0, "x_2": -1.0, "b1": 0.31, "y_1": 1.0}
    places = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d"})
    question = solve(derive(network, "w1_11", Layout(exact_first=True)), givens, places)
    outputs = [0.4 * 2 + 0.7 * 1 - 0.31, 0.2198, 0.9485][:units]
    sheet = {f"h1_{n}": f"{h:.4f}" for n, h in enumerate(outputs, 1)}
    sheet["path_1.dh1_1/da1_1"] = f"{outputs[0] * (1 - outputs[0]):.4f}"
    marked = mark(question, sheet)
    assert {f"h1_{n}" for n in range(1, units + 1)} <= losing(marked)
    assert ("path_1.dh1_1/da1_1" not in losing(marked)) is paid
    assert (marked.unsupported is Unsupported.NO) is paid


@pytest.mark.parametrize(("yhat", "paid"), [("-0.5170", True), ("-0.5270", False)])
def test_a_known_mistakes_number_may_stand_in_most_boxes(yhat: str, paid: bool) -> None:
    """No sigmoid, a target of 0, and the output where the input belongs: three boxes hold one number."""
    givens = {"x_1": -1.5, "x_2": -2.2, "w1_11": 0.63, "w1_12": -0.24, "b1_1": -0.1, "y_1": 0.0}
    product = f"{float(yhat) ** 2:.6f}"
    sheet = {"yhat_1": yhat, "path_1.dL/da1_1": yhat, "path_1.da1_1/dw1_11": yhat}
    marked = mark(asked("logistic-neuron", givens), sheet | {"gradient": product})
    assert ("gradient" not in losing(marked)) is paid


ONE_ROW = {"x_1": 1.7, "x_2": 1.6, "w1_11": -0.4, "w1_12": 0.5, "w1_21": -0.4, "w1_22": 0.9, "b1_1": 0.1, "b1_2": 0.3}
ONE_ROW |= {"w2_11": -0.5, "w2_12": 0.6, "b2_1": -0.4, "y_1": 1.0}
HIDDEN = [math.tanh(-0.4 * 1.7 + 0.5 * 1.6 + 0.1), math.tanh(-0.4 * 1.7 + 0.9 * 1.6 + 0.3)]


@pytest.mark.parametrize(
    ("errors", "paid"),
    [
        ([-0.5 * -0.4903, 0.6 * -0.4903], True),  # the first error is wrong, and what comes back of it follows
        ([0.3062, -0.4359], False),  # three errors out of the air
    ],
)
def test_gradients_rest_on_error_terms_of_which_one_follows(errors: list[float], paid: bool) -> None:
    """The forward pass is blank; of a hidden unit's output the right number may have been used."""
    if paid:
        errors = [error * (1 - h * h) for error, h in zip(errors, HIDDEN, strict=True)]
    sheet = {"a2_1.error": "-0.490300", "a1_1.error": f"{errors[0]:.6f}", "a1_2.error": f"{errors[1]:.6f}"}
    sheet |= {f"w2_1{n}.gradient": f"{-0.4903 * h:.6f}" for n, h in enumerate(HIDDEN, 1)}
    sheet |= {f"w1_{to}{n}.gradient": f"{errors[to - 1] * (1.7, 1.6)[n - 1]:.6f}" for to in (1, 2) for n in (1, 2)}
    marked = mark(asked("sigmoid-bce", ONE_ROW), sheet)
    by_name = {slot.slot: slot for slot in marked.slots}
    for name in ("w2_11.gradient", "w2_12.gradient", "w1_11.gradient", "w1_22.gradient"):
        assert (by_name[name].ticks == by_name[name].out_of) is paid, name


@pytest.mark.parametrize("invented", [{1: -17.3}, {2: 4.4}])
def test_a_miscalculated_gradient_of_a_descent_costs_that_box(invented: dict[int, float]) -> None:
    x, v = -8.35, 0.0
    sheet: dict[str, str] = {}
    for n in (1, 2, 3):
        g = invented.get(n, round(2 * 0.74 * x - 7.34, 4))
        v = round(0.7 * v - 0.19 * g, 4)
        x = round(x + v, 4)
        sheet |= {f"g~{n}": f"{g:.4f}", f"v~{n}": f"{v:.4f}", f"x_{n}": f"{x:.4f}"}
    assert losing(mark(asked("momentum", DESCENT), sheet)) == {f"g~{n}" for n in invented}


FIRST, SECOND = [[-0.7, 0.9], [-1.2, 0.4], [-0.2, 1.1]], [-1.1, -0.3, 0.7]
PRINTED = {"x_1": -0.6, "x_2": -1.9, "b1_1": -0.8, "b1_2": -0.7, "b1_3": 0.3, "b2_1": -0.5, "y_1": 0.05}
PRINTED |= {f"w1_{to}{n}": FIRST[to - 1][n - 1] for to in (1, 2, 3) for n in (1, 2)}
PRINTED |= {f"w2_1{n}": SECOND[n - 1] for n in (1, 2, 3)}
PRINTED |= {"a1_1": -2.09, "a1_2": -0.74, "a1_3": -1.67, "h1_1": -0.9699, "h1_2": -0.6291, "h1_3": -0.9316}
PRINTED |= {"a2_1": 0.1035, "yhat_1": 0.5259}
"""A 2-3-1 network; of the error at its output, 0.118656, all else is worked."""


@pytest.mark.parametrize(
    ("backs", "spoilt", "paid"),
    [
        (2, 0.0, True),  # three gradients and two that come back: five steps with numbers that are printed
        (1, 0.0, False),  # four
        (3, 0.31, False),  # and with a second number that nothing explains
    ],
)
def test_who_works_on_from_the_one_miscalculated_number_worked(backs: int, spoilt: float, paid: bool) -> None:
    error = 0.4137
    sheet = {"a2_1.error": f"{error:.6f}"}
    sheet |= {f"w2_1{n}.gradient": f"{error * PRINTED[f'h1_{n}']:.6f}" for n in (1, 2, 3)}
    sheet |= {f"h1_{n}.back": f"{error * SECOND[n - 1] + spoilt * (n == 3):.6f}" for n in range(1, backs + 1)}
    marked = mark(asked("matrices", PRINTED), sheet)
    assert (marked.unsupported is Unsupported.NO) is paid
    assert ("w2_11.gradient" not in losing(marked)) is paid
