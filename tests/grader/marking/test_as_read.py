"""Misread givens: named, paid once as the rubric says, and everything after them followed."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import numpy as np
import pytest

from grader.marking import MarkedQuestion, Shares, Verdict, mark, mark_questions
from grader.marking.batch import Batch
from grader.marking.coarse import CoarseRanges
from grader.marking.engine import _cost
from grader.marking.misreadings import Misreading, misread_digits, misreadings, one_step_misread
from grader.marking.own import OwnNumbers
from grader.marking.questions_as_arrays import key_of, read_answers, reference_of
from grader.marking.slot_view import SlotView
from grader.rubrics.rubric import Rubric
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.misconceptions import CATALOGUE
from question_bank.networks.dense import Architecture
from question_bank.networks.model import givens_of
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.classroom import pupils
from tests.classroom.paper import Paper
from tests.classroom.pupils import Page, Ways
from tests.classroom.rules import STRUCTURES
from tests.classroom.working import Deed, Habits, work
from tests.grader.marking import pupil

NETWORK = Architecture((4, 4, 2), ("sigmoid", "sigmoid"), "squared_error", None, ("layer", "layer"))
W1 = ((0.4, -0.4, -0.1, 0.6), (0.3, -0.7, 0.1, -0.5), (0.6, 0.4, -0.5, -0.3), (-0.3, 0.2, 0.3, -0.6))
W2 = ((0.7, -0.4, -0.1, 0.5), (-0.9, 0.9, 0.4, -0.6))
OUTSIDE = {
    **{f"x_{i}": x for i, x in enumerate((-1.0, -3.0, -2.0, 2.0), 1)},
    **{f"w1_{i}{j}": w for i, row in enumerate(W1, 1) for j, w in enumerate(row, 1)},
    "b1": 0.1,
    **{f"w2_{i}{j}": w for i, row in enumerate(W2, 1) for j, w in enumerate(row, 1)},
    "b2": 0.5,
    "y_1": 1.0,
    "y_2": 1.0,
    "eta": 0.9,
}


def outside() -> Question:
    """A network of which somebody overlooked every minus sign of W, and lost 90.5 % of the marks."""
    layout = Layout(quantity="updated", update=PLAIN_UPDATE, exact_first=True)
    return solve(derive(NETWORK, "w1_33", layout), OUTSIDE, pupil.PRECISION)


def read_as(question: Question, reading: Mapping[str, float], deeds: tuple[Deed, ...] = ()) -> dict[str, str]:
    """A sheet worked in plain Python by somebody who sees these givens and works on rightly."""
    return work(Paper.of(question), Habits(reading=reading, deeds=deeds), Random(0)).written


def marked(question: Question, written: Mapping[str, str], shares: Shares | None = None) -> MarkedQuestion:
    return mark(question, written, worth=Rubric().slot_worth(question.derivation, 10), shares=shares)


def lost(one: MarkedQuestion) -> float:
    return 1 - one.ticks / one.out_of


def unsigned(question: Question, start: str) -> dict[str, float]:
    return {
        given.key: abs(question.value(given)) for given in question.derivation.givens if given.key.startswith(start)
    }


def test_all_minus_signs_overlooked_cost_what_the_rubric_says_and_no_more_than_an_examiner_takes() -> None:
    """An examiner takes one step of 21 (4.8 %) to the eight that were struck (38.1 %), the sum counting twice."""
    question = outside()
    one = marked(question, read_as(question, unsigned(question, "w")))
    assert one.misread is not None
    assert (one.misread.misreading.kind, one.misread.misreading.of) == ("signs_not_seen", "W")
    assert lost(one) == pytest.approx(0.1, abs=1e-5)
    assert {slot.verdict for slot in one.slots} <= {Verdict.CORRECT, Verdict.FOLLOW_THROUGH}
    assert not one.unsupported


@pytest.mark.parametrize(("rows", "of"), [((1, 2), "the first rows of W1"), ((3, 4), "the last rows of W1")])
def test_minus_signs_of_half_of_a_matrix_are_named_so(rows: tuple[int, ...], of: str) -> None:
    question = outside()
    reading = {f"w1_{row}{column}": abs(W1[row - 1][column - 1]) for row in rows for column in (1, 2, 3, 4)}
    one = marked(question, read_as(question, reading))
    assert one.misread is not None
    assert (one.misread.misreading.kind, one.misread.misreading.of) == ("signs_not_seen", of)


@pytest.mark.parametrize(("units", "halves"), [(2, 0), (3, 0), (4, 2), (5, 2)])
def test_halves_of_a_matrix_have_two_rows_at_the_least(units: int, halves: int) -> None:
    network = Architecture((1, units, 1), ("sigmoid", "sigmoid"), "squared_error")
    named = [each.of for each in misreadings(derive(network, "w1_11")) if each.of.endswith("rows of W1")]
    assert named == ["the first rows of W1", "the last rows of W1"][:halves]


@pytest.mark.parametrize(("inputs", "pairs"), [(6, 30), (7, 12)])
def test_in_a_long_row_only_neighbours_are_taken_for_each_other(inputs: int, pairs: int) -> None:
    """Of six any may be taken for any; of seven the six pairs of neighbours, either way."""
    network = Architecture((inputs, 2, 1), ("sigmoid", "sigmoid"), "squared_error")
    found = [
        (each.of, each.instead)
        for each in misreadings(derive(network, "w1_11"))
        if each.kind == "taken_for_another" and each.of.startswith("x_")
    ]
    assert len(found) == pairs
    distances = {abs(int(of.removeprefix("x_")) - int(instead.removeprefix("x_"))) for of, instead in found}
    assert distances == ({1} if inputs > 6 else {1, 2, 3, 4, 5})


@pytest.mark.parametrize("read", [-1.4, -4.0])
def test_a_digit_of_an_input_may_be_misread_at_its_ones_and_tenths(read: float) -> None:
    question = outside()
    one = marked(question, read_as(question, {"x_1": read}))
    assert one.misread is not None
    assert (one.misread.misreading.kind, one.misread.misreading.of) == ("misread", "x_1")


@pytest.mark.parametrize(
    ("read", "named"),
    [(0.7, True), (0.9, True), (0.0, False), (1.0, False), (0.17, True), (0.101, False), (1.1, False)],
)
def test_a_digit_of_a_parameter_may_be_misread_at_its_tenths_and_hundredths(read: float, named: bool) -> None:
    """A bias of 0.1, which goes into four units, and has no ones."""
    question = outside()
    assert question.value("b1") == 0.1
    one = marked(question, read_as(question, {"b1": read})).misread
    assert (one is not None and (one.misreading.kind, one.misreading.of) == ("misread", "b1")) is named


def test_a_single_weights_sign_is_turned_where_several_units_share_it() -> None:
    """Where one unit has it, one box tells, or a box in which it is copied."""

    def turned(recipe: str) -> set[str]:
        (question,) = draw(load_recipe(recipe), [b"a"])
        return {one.of for one in misreadings(question.derivation) if one.kind == "sign_turned"}

    assert {"w", "u"} <= turned("bptt-last")
    assert not any(of.startswith("w") for of in turned("one-weight"))
    assert {"w1_11", "w1_12"} <= turned("logistic-neuron")  # the one unit is all that there is


@pytest.mark.parametrize(
    ("recipe", "start", "places"),
    [
        ("deep", "h", {0, -1, -2, -3, -4}),  # printed values of the forward pass
        ("deep", "y_", {0, -1, -2, -3, -4}),
        ("deep", "eta", {1, 0, -1, -2}),
    ],
)
def test_a_digit_may_be_misread_at_the_places_that_givens_have(recipe: str, start: str, places: set[int]) -> None:
    tried = one_step_misread(load_recipe(recipe).derivation("w1_22", "updated"))
    found = (one for one in tried if one.kind == "misread")
    taken = [taken for one in found if one.of.startswith(start) for taken in one.taken.values()]
    assert {one.place for one in taken} == places
    assert {one.digit for one in taken} == {*range(10)}


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3])
def test_the_rubric_says_what_it_costs(share: float) -> None:
    question = outside()
    written = read_as(question, unsigned(question, "w"))
    assert lost(marked(question, written, Shares(misreading=share))) == pytest.approx(share, abs=1e-5)


def test_it_never_costs_more_than_the_boxes_in_which_it_was_made() -> None:
    """One weight on both the way forward and a path: two steps of 21."""
    question = outside()
    one = marked(question, read_as(question, {"w2_13": 0.7}), Shares(misreading=1.0))
    assert one.misread is not None
    assert (one.misread.misreading.kind, one.misread.misreading.of) == ("misread", "w2_13")
    weights = {slot.slot: slot.out_of for slot in one.slots}
    made = weights["a2_1"] + weights["path_1.da2_1/dh1_3"]
    assert one.out_of - one.ticks == pytest.approx(made, abs=2)
    assert {question.slots[at].name for at in one.misread.slots} == {"a2_1", "path_1.da2_1/dh1_3"}


OTHERS = {
    "minus signs of W1": ("w1_", None, ("signs_not_seen", "W1")),
    "minus signs of a column": ("", {"w1_12": 0.4, "w1_22": 0.7}, ("signs_not_seen", "column 2 of W1")),
    "minus signs of x": ("x", None, ("signs_not_seen", "x")),
    "some minus signs": ("", {"w1_12": 0.4, "w1_33": 0.5, "w1_44": 0.6}, ("signs_not_seen", "some of the weights")),
    "transposed": (
        "",
        {f"w1_{i}{j}": W1[j - 1][i - 1] for i in range(1, 5) for j in range(1, 5)},
        ("transposed", "W1"),
    ),
    "another row": ("", {f"w2_1{j}": W2[1][j - 1] for j in range(1, 5)}, ("taken_for_another", "row 1 of W2")),
    "another input": ("", {"x_2": 2.0}, ("taken_for_another", "x_2")),
    "inputs exchanged": ("", {"x_1": -3.0, "x_2": -1.0}, ("exchanged", "x_1 and x_2")),
    "an input left out": ("", {"x_4": 0.0}, ("left_out", "x_4")),
    "a digit": ("", {"x_2": -7.0}, ("misread", "x_2")),
    "a bias's sign": ("", {"b1": -0.1}, ("sign_turned", "b1")),
    "biases exchanged": ("", {"b1": 0.5, "b2": 0.1}, ("exchanged", "b1 and b2")),
    "a row skipped": (
        "",
        {f"w1_{i}{j}": W1[i][j - 1] for i in (2, 3) for j in range(1, 5)},
        ("skipped", "row 2 of W1"),
    ),
    "rows exchanged": (
        "",
        {f"w1_{i}{j}": W1[{2: 3, 3: 2}[i] - 1][j - 1] for i in (2, 3) for j in range(1, 5)},
        ("exchanged", "row 2 of W1 and row 3 of W1"),
    ),
    "a digit of the bias of two boxes": ("", {"b2": 0.9}, ("misread", "b2")),
    "two minus signs": ("", {"w1_12": 0.4, "w1_33": 0.5}, ("signs_not_seen", "some of the weights")),
    "another column": ("", {f"w1_{i}2": W1[i - 1][3] for i in range(1, 5)}, ("taken_for_another", "column 2 of W1")),
}


@pytest.mark.parametrize("name", OTHERS)
def test_each_way_of_misreading_is_named_and_costs_once(name: str) -> None:
    question = outside()
    start, reading, expected = OTHERS[name]
    one = marked(question, read_as(question, reading or unsigned(question, start)))
    assert one.misread is not None
    assert (one.misread.misreading.kind, one.misread.misreading.of) == expected
    assert 0 < lost(one) < 0.1001
    assert not one.unsupported


@pytest.mark.parametrize(("theirs", "supported"), [(-1.52, True), (0.37, False)])
def test_a_number_taken_for_another_is_ones_own_though_a_classmate_has_it(theirs: float, supported: bool) -> None:
    """Adam with g₂ = -1.52 for g₁: four boxes are as somebody's whose g₁ is -1.52; 0.37 is nobody's but theirs."""
    (drawn,) = draw(load_recipe("adam"), [b"beside"])
    derivation = drawn.derivation
    numbers = {given.key: drawn.value(given) for given in derivation.givens} | {"g~1": 0.79, "g~2": -1.52}
    own = solve(derivation, numbers, drawn.precision)
    other = solve(derivation, numbers | {"x_0": 1.7, "g~1": theirs, "g~2": 2.43}, drawn.precision)
    pages = [Page.of(question, STRUCTURES["adam"][2]) for question in (own, other)]
    written = pupils.work(pages[0], Ways(reading={"g~1": theirs}), Random(0)).written
    right = pupils.work(pages[1], Ways(), Random(0)).written
    texts = [[some[slot.name] for slot in derivation.slots] for some in (written, right)]
    done = mark_questions([own, other], texts, worth=Rubric().slot_worth(derivation, 10))
    assert sum(a == b for a, b in zip(*texts, strict=True)) == 4
    assert int(done.ticks[0].sum()) == (9_000_000 if supported else 1_000_000)
    assert int(done.whose[0]) == (-1 if supported else 1)


def test_a_slip_besides_costs_its_own_box() -> None:
    question = outside()
    written = read_as(question, unsigned(question, "w"))
    one = marked(question, written | {"path_1.dL/dyhat_1": "0.1234"})
    wrong = [slot.slot for slot in one.slots if slot.verdict is not Verdict.CORRECT and not slot.ticks]
    assert one.misread is not None
    assert "path_1.dL/dyhat_1" in wrong
    assert len(wrong) <= 2  # and the product, which was worked from what was meant


def test_a_number_that_stands_beside_is_named_before_one_digit_that_comes_to_the_same() -> None:
    """-1 for -3: x₁ for x₂, or another digit; with something wrong besides, both are tried."""
    question = outside()
    one = marked(question, read_as(question, {"x_2": -1.0}) | {"path_1.dL/dyhat_1": "0.1234", "a2_1": "1.7312"})
    assert one.misread is not None
    assert (one.misread.misreading.kind, one.misread.misreading.of) == ("taken_for_another", "x_2")


@pytest.mark.parametrize(
    ("misreading", "phrase"),
    [
        (Misreading("signs_not_seen", "W1"), "with W1 without its minus signs"),
        (Misreading("signs_not_seen", "W and x"), "with W and x without their minus signs"),
        (Misreading("signs_not_seen", "some of the weights"), "with some of the weights without their minus signs"),
        (Misreading("sign_turned", "b1"), "with the sign of b₁ turned"),
        (Misreading("transposed", "W1"), "with W1 transposed, rows for columns"),
        (Misreading("left_out", "x_2"), "without x₂"),
        (Misreading("skipped", "row 2 of W1"), "past row 2 of W1, as if the next one stood there"),
        (Misreading("exchanged", "b1 and b2"), "with b₁ and b₂ exchanged"),
        (Misreading("taken_for_another", "x_2", "x_3"), "with x₃ in the place of x₂"),
        (Misreading("misread", "x_2"), "with another number for x₂"),
    ],
)
def test_what_is_said_of_a_misreading(misreading: Misreading, phrase: str) -> None:
    assert misreading.phrase == phrase


def test_a_kernels_entries_may_be_taken_for_each_other_and_single_weights_of_a_layer_not() -> None:
    def taken(recipe: str) -> set[str]:
        (asked,) = draw(load_recipe(recipe), [b"a"])
        weights = {given.key for given in givens_of(asked.derivation.model, "weights")}
        return {one.of for one in misreadings(asked.derivation) if one.kind == "taken_for_another"} & weights

    assert taken("conv-kernel")
    assert not taken("one-weight")


@pytest.mark.parametrize(
    ("other", "named"),
    [("0.4", True), ("", True), ("0.77", False), ("-0.4", False)],
    ids=["too", "blank", "no", "right"],
)
def test_a_sign_is_overlooked_in_every_column_that_copies_the_weight_or_in_none(other: str, named: bool) -> None:
    """Of a unit's three weights, all below 0, two signs are not seen: in its sum, and where the first one is copied."""
    network = Architecture((1, 3, 1, 2), ("sigmoid",) * 3, "squared_error")
    given = {"x_1": 1.5, "w1_11": 0.6, "w1_21": 0.9, "w1_31": 0.2, "w2_11": -0.4, "w2_12": -0.5, "w2_13": -0.8}
    given |= {"w3_11": 0.9, "w3_21": -0.7, "y_1": 1.0, "y_2": 0.0}
    question = solve(derive(network, "w1_11", Layout(exact_first=True)), given, pupil.PRECISION)
    written = read_as(question, {"w2_11": 0.4, "w2_13": 0.8})
    assert written["path_2.da2_1/dh1_1"] == "0.4"
    misread = marked(question, written | {"path_2.da2_1/dh1_1": other}).misread
    assert (misread is not None) is named
    assert misread is None or misread.misreading == Misreading("signs_not_seen", "some of the weights")


def test_one_wrong_step_is_no_misreading() -> None:
    """One sign of the first layer: it is made in one box, and told by that one."""
    question = outside()
    one = marked(question, read_as(question, {"w1_12": 0.4}))
    assert one.misread is None
    assert [slot.slot for slot in one.slots if not slot.ticks] == ["h1_1"]


def test_honest_sheets_and_mistakes_of_the_catalogue_are_not_misread() -> None:
    question = pupil.question()
    assert mark(question, pupil.work()).misread is None
    for made in range(1, 4):
        slips = {f"h1_{unit}": (lambda paper: 0.1234) for unit in range(1, made + 1)}
        assert mark(question, pupil.work(slips)).misread is None


def test_a_known_habit_that_explains_more_stands() -> None:
    """No bias in the first layer: four boxes by one mistake; b1 taken for b2 would not explain them."""
    question = outside()
    one = marked(question, read_as(question, {"b1": 0.0}))
    assert one.misread is None
    first = [slot for slot in one.slots if slot.slot.startswith("h1_")]
    assert all("forward_no_bias" in slot.causes for slot in first)


def test_what_a_habit_explains_as_well_is_named_by_both_and_the_cheaper_counts() -> None:
    """Where forward values are printed, weights of a square matrix taken [from][to] are a habit and a misreading."""
    (question,) = draw(load_recipe("deep"), [b"both"], parameter="w1_22", quantity="updated")
    reading = {f"w3_{i}{j}": question.value(f"w3_{j}{i}") for i in (1, 2) for j in (1, 2)}
    one = marked(question, read_as(question, reading))
    assert one.misread is not None
    assert one.misread.misreading.kind == "transposed"
    named = {cause for slot in one.slots for cause in slot.causes}
    assert "weight_transposed" in named
    assert lost(one) == pytest.approx(2 / 21, abs=1e-5)  # two steps of 21, which is less than a tenth


def test_every_misreading_changes_what_two_steps_are_worked_from() -> None:
    derivation = outside().derivation
    tried = [*misreadings(derivation), *misread_digits(derivation)]
    assert len({one.phrase for one in misreadings(derivation)}) > 50
    # One weight of the first layer goes into one box only.
    assert not any(one.of == "w1_12" for one in tried)


def test_a_sheet_is_marked_alike_alone_and_among_others() -> None:
    questions = draw(load_recipe("two-paths"), [b"%d" % n for n in range(3)], parameter="w1_21", quantity="updated")
    written = [read_as(question, unsigned(question, "w")) for question in questions]
    together = mark_questions(questions, [[one[slot.name] for slot in questions[0].slots] for one in written])
    for row, question in enumerate(questions):
        alone = mark(question, written[row])
        assert np.array_equal(together.ticks[row], [slot.ticks for slot in alone.slots])
        assert together.misread[row].misreading == alone.misread.misreading  # type: ignore[union-attr]


def test_the_catalogue_is_what_it_was() -> None:
    """A misreading is no entry: it is made on the givens and not at a kind of step."""
    assert not {one.kind for one in misreadings(outside().derivation)} & {entry.id for entry in CATALOGUE}


def test_what_another_left_blank_changes_nothing() -> None:
    """Sheets of any givens in any box, whose columns have different numbers for one and the same factor."""
    question, random = pupil.question(), Random(1)
    givens = [f"{question.value(key):g}" for key in question.derivation.givens]
    written = [[random.choice(givens) for _ in question.slots] for _ in range(10)]
    half_blank = [*written[0][:8], *[""] * (len(question.slots) - 8)]
    among_others = mark_questions([question] * 11, [*written, half_blank])
    for row, sheet in enumerate(written):
        alone = mark_questions([question], [sheet])
        assert np.array_equal(among_others.verdicts[row], alone.verdicts[0])


def test_a_number_is_as_large_as_it_is_on_the_givens_as_printed_or_as_read() -> None:
    """Whichever is larger: x = 2 was read as 0.1, so that w x = 3 on the sheet came to 0.15; and turned round."""
    derivation = derive(Architecture((1, 1), ("linear",), "half_squared_error"), "w1_11")
    precision = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d"})
    printed, read = (solve(derivation, {"x_1": x, "w1_11": 1.5, "y_1": 0.5}, precision) for x in (2.0, 0.1))
    at = next(at for at, slot in enumerate(derivation.slots) if slot.name == "yhat_1")
    for sheet, meant in ((printed, read), (read, printed), (printed, printed)):
        key = key_of([sheet])
        answers = read_answers([[""] * len(derivation.slots)])
        batch = Batch(answers, key, reference_of([meant], key_of([meant])))
        view = SlotView(batch, OwnNumbers(batch), CoarseRanges(batch.reference), at, np.arange(1), CATALOGUE)
        expected = 3.0 if printed in (sheet, meant) else 0.15
        assert view.size == pytest.approx(expected, abs=1e-4)


def test_a_misreading_that_saved_nothing_costs_nothing() -> None:
    worth = np.array([[1000, 1000]])
    nowhere = np.zeros((1, 2), dtype=bool)
    assert _cost(worth, worth, worth, nowhere, Shares()).tolist() == [[0, 0]]
