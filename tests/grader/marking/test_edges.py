"""Marking at its edges, one rule a test, each from both sides, on sheets worked here by hand."""

from __future__ import annotations

import numpy as np
import pytest

from grader.marking import Unsupported, Verdict, mark, mark_questions
from grader.marking.batch import Batch, Limits, is_bare
from grader.marking.coarse import CoarseRanges, fewer_places
from grader.marking.column_matching import best_columns
from grader.marking.cutting import before_cutting, cut
from grader.marking.fit import one_mistake_explains
from grader.marking.questions_as_arrays import key_of, read_answers, reference_of
from grader.marking.typed_factors import FactorRanges
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Places, Precision
from question_bank.misconceptions import CATALOGUE
from question_bank.networks.dense import Architecture, weight
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import Fairness
from question_bank.questions.written import read_problem
from tests.grader.marking.pupil import GIVENS, Slip, question, work
from tests.grader.marking.test_as_read import read_as
from tests.grader.marking.test_support import FIRST, first_question
from tests.grader.marking.test_tried import batch_of

PLACES = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d"})


def given_forward(parameter: str = "w1_31") -> Question:
    """The pupil's network with its forward values printed."""
    network = Architecture((4, 4, 2), ("sigmoid", "sigmoid"), "squared_error", None, ("layer", "layer"))
    paper = work()
    printed = {f"h1_{n}": float(paper[f"h1_{n}"]) for n in (1, 2, 3, 4)}
    for n in (1, 2, 3, 4):
        a = sum(GIVENS[f"w1_{n}{i}"] * GIVENS[f"x_{i}"] for i in (1, 2, 3, 4)) + GIVENS["b1"]
        printed[f"a1_{n}"] = round(a, 4)
    printed |= {key: float(paper[key]) for key in ("a2_1", "a2_2", "yhat_1", "yhat_2")}
    layout = Layout(forward="given", quantity="updated", update=PLAIN_UPDATE)
    return solve(derive(network, parameter, layout), GIVENS | printed, PLACES)


def test_printed_outputs_may_be_exchanged_and_what_is_worked_from_them_is_paid() -> None:
    asked = given_forward()
    one, other = asked.value("yhat_1"), asked.value("yhat_2")
    marked = mark(asked, read_as(asked, {"yhat_1": other, "yhat_2": one}))
    assert marked.misread is not None
    assert (marked.misread.misreading.kind, marked.misread.misreading.of) == ("exchanged", "yhat_1 and yhat_2")
    assert {slot.verdict for slot in marked.slots} <= {Verdict.CORRECT, Verdict.FOLLOW_THROUGH}


def test_a_digit_of_a_printed_output_may_be_misread_to_its_fourth_place() -> None:
    asked = given_forward()
    yhat = asked.value("yhat_1")
    misread = yhat + (0.004 if yhat * 1000 % 10 < 5 else -0.004)
    marked = mark(asked, read_as(asked, {"yhat_1": round(misread, 4)}))
    assert marked.misread is not None
    assert (marked.misread.misreading.kind, marked.misread.misreading.of) == ("misread", "yhat_1")


@pytest.mark.parametrize(
    ("box", "of", "told"),
    [
        ("yhat_1", "a2_1", True),  # what goes into a unit and what comes out of it stand side by side …
        ("a2_1", "yhat_1", True),  # … either way
        ("a2_1", "a2_2", True),
        ("yhat_2", "a2_1", False),
        ("h1_1", "h1_3", False),
        ("h1_1", "yhat_2", False),
        ("path_2.da2_2/dh1_3", "path_1.da2_1/dh1_3", True),  # the same row of the column before, or after
        ("path_1.da2_1/dh1_3", "path_2.da2_2/dh1_3", True),
        ("path_2.da2_2/dh1_3", "path_1.dyhat_1/da2_1", False),
    ],
)
def test_a_number_is_told_as_that_of_the_box_beside_where_that_is_beside(box: str, of: str, told: bool) -> None:
    paper = work()
    (slot,) = (slot for slot in mark(question(), paper | {box: paper[of]}, catalogue=()).slots if slot.slot == box)
    assert ("slip_neighbour" in slot.causes) is told


def test_another_students_two_numbers_alone_are_known_where_the_questions_differ_in_no_more() -> None:
    """Nothing but the two copied ones is written."""
    mine, other = (first_question(givens) for givens in (FIRST, FIRST | {"w2_12": -0.9}))
    theirs = other.value("yhat_1")
    copied = {"dL/dyhat_1": 2 * (theirs - other.value("y_1")), "dyhat_1/da2_1": theirs * (1 - theirs)}
    blank = [""] * len(mine.slots)
    texts = [f"{copied[slot.name[7:]]:.4f}" if slot.name[7:] in copied else "" for slot in mine.slots]
    one = [text if "dL" in slot.name else "" for text, slot in zip(texts, mine.slots, strict=True)]
    assert mark_questions([mine, other], [texts, blank]).whose.tolist() == [1, -1]
    assert mark_questions([mine, other], [one, blank]).whose.tolist() == [-1, -1]
    last = mark_questions([other, mine], [blank, texts])
    assert (last.whose.tolist(), last.unsupported.tolist()) == ([-1, 0], [Unsupported.NO, Unsupported.ANOTHERS])
    # Of several the first.
    assert mark_questions([mine, other, other], [texts, blank, blank]).whose.tolist() == [1, -1, -1]


@pytest.mark.parametrize("slope", ["0", "1"])
def test_at_an_output_written_as_0_a_slope_of_0_or_1_follows_and_is_paid(slope: str) -> None:
    """The sum's minus is a slip: max(0, -1.4) is 0, and whether its slope is 0 or 1, rounding leaves open."""
    asked = solve(
        derive(Architecture((1, 1), ("relu",), "squared_error"), "w1_11", Layout()),
        {"x_1": 2.0, "w1_11": 0.7, "y_1": 0.3},
        PLACES,
    )
    loss, product = "-0.6000", f"{-0.6 * float(slope) * 2:.6f}"
    texts = ["-1.4000", "0.0000", loss, slope, "2", product]
    names = [slot.name for slot in asked.slots][: len(texts)]
    assert [name.split(".")[-1] for name in names] == [
        "a1_1",
        "yhat_1",
        "dL/dyhat_1",
        "dyhat_1/da1_1",
        "da1_1/dw1_11",
        "product",
    ]
    marked = {slot.slot: slot for slot in mark(asked, dict(zip(names, texts, strict=True))).slots}
    assert marked["a1_1"].verdict is Verdict.SLIP
    assert [name for name in names if marked[name].ticks < marked[name].out_of] == ["a1_1"]


@pytest.mark.parametrize(("product", "note"), [("own", "foreign"), ("right", "")])
def test_a_column_is_foreign_where_two_boxes_are_not_of_its_own_path(product: str, note: str) -> None:
    """The path from the second input to the same unit differs in the input and in the product."""
    right = work()
    paper = right | {"path_2.da1_3/dw1_31": f"{GIVENS['x_2']:g}"}
    if product == "own":
        paper["path_2.product"] = f"{float(right['path_2.product']) / GIVENS['x_1'] * GIVENS['x_2']:.6f}"
    assert mark(question(), paper).columns[1].note == note


@pytest.mark.parametrize(
    ("spoilt", "product", "note"),
    [
        (("dL/dyhat_2",), True, "foreign"),  # but for one box at the most
        (("dL/dyhat_2",), False, ""),
        (("dL/dyhat_2", "dyhat_2/da2_2"), True, ""),
        (("dL/dyhat_2", "dyhat_2/da2_2", "da2_2/dh1_3", "dh1_3/da1_3", "da1_3/dw1_31"), True, ""),
    ],
)
def test_all_boxes_of_a_foreign_column_but_one_are_of_a_path(spoilt: tuple[str, ...], product: bool, note: str) -> None:
    """The path from the second input again, with some factors that are nobody's."""
    right = work()
    foreign = float(right["path_2.product"]) / GIVENS["x_1"] * GIVENS["x_2"]
    paper = right | {"path_2.da1_3/dw1_31": f"{GIVENS['x_2']:g}"}
    paper["path_2.product"] = f"{foreign if product else 0.7312:.6f}"
    paper |= {f"path_2.{box}": f"{1.7312 + at / 7:.4f}" for at, box in enumerate(spoilt)}
    assert mark(question(), paper).columns[1].note == note


@pytest.mark.parametrize(("paths", "found"), [(12, True), (13, False)])
def test_columns_of_up_to_a_dozen_paths_are_found_wherever_they_stand(paths: int, found: bool) -> None:
    """One hidden unit and so many outputs; the first two columns hold each other's paths."""
    network = Architecture((1, 1, paths), ("linear", "linear"), "half_squared_error")
    weights = {weight(2, n, 1).key: 0.3 + 0.1 * n for n in range(1, paths + 1)}
    targets = {f"y_{n}": 0.11 * n for n in range(1, paths + 1)}
    given = {"x_1": 2.0, "w1_11": 0.7, **weights, **targets}
    asked = solve(derive(network, "w1_11", Layout(paths="find")), given, PLACES)
    texts = [[asked.printed(step) for step in path.steps] for path in asked.derivation.paths]
    texts[:2] = texts[1], texts[0]
    rows = (*(f"factor_{n}" for n in range(1, 6)), "product")
    written = {
        f"path_{n}.{row}": text for n, column in enumerate(texts, 1) for row, text in zip(rows, column, strict=True)
    }
    marked = mark(asked, written, catalogue=())
    assert [column.path for column in marked.columns[:2]] == ([2, 1] if found else [1, 2])


def test_between_equal_sums_the_last_path_has_its_first_column() -> None:
    assert best_columns(np.zeros((1, 3, 2))).tolist() == [[1, 0]]


def test_of_two_numbers_outside_all_ranges_the_nearer_is_the_one_that_is_less_off_as_a_part_of_itself() -> None:
    """10 is 9 away from 1, and 20 from 30: nine tenths of the larger, and two thirds."""

    def match(numbers: list[float], *values: float, ranges_at: tuple[float, ...] = ()) -> tuple[int | None, ...]:
        value, around = np.array(values), np.array(ranges_at or values)
        return FactorRanges(around, around, value, np.full(len(values), 1e-4)).match(numbers).slots

    assert match([10.0], 1.0, 30.0) == (None, 0)
    assert match([10.0], 8.0, 30.0) == (0, None)
    # The other sign is as far away as can be, and a number inside its range outweighs all distances.
    assert match([-1.0, 40.0], 1.0) == (1,)
    assert match([-1.0, 40.0], 1.0, ranges_at=(-1.0,)) == (0,)
    assert match([5.0, 30.0], 6.0, 7.0, ranges_at=(6.0, 5.0)) == (1, 0)
    half = np.array([0.5])
    ranges = FactorRanges(half, half, half, np.full(1, 1e-4))
    assert ranges.costs(np.array([-0.5, 0.0, 0.5])).ravel().tolist() == [ranges.outside + 1, ranges.outside + 0.5, 0]


def test_a_record_may_be_cut_off_towards_0_and_rounded_away_from_it() -> None:
    places = Places.parse("2d")
    ends = np.array([0.37, -0.37, 0.0])
    low, high = cut((ends, ends), places)
    assert low.round(6).tolist() == [0.36, -0.375, -0.005]
    assert high.round(6).tolist() == [0.375, -0.36, 0.005]


def test_what_was_cut_off_was_larger_by_up_to_a_whole_unit() -> None:
    places = Places.parse("2d")
    middle = np.array([0.37, -0.37, 0.0])
    low, high = before_cutting((middle - 0.005, middle + 0.005), places)
    assert low.round(6).tolist() == [0.365, -0.38, -0.01]
    assert high.round(6).tolist() == [0.38, -0.365, 0.01]
    exact, _ = before_cutting((middle, middle), places)
    assert exact.tolist() == middle.tolist()


@pytest.mark.parametrize(
    ("places", "fewer", "left"),
    [("4d", 2, "2d"), ("1d", 1, "0d"), ("1d", 2, None), ("2s", 1, "1s"), ("2s", 2, None)],
)
def test_places_are_left_as_long_as_there_is_a_number(places: str, fewer: int, left: str | None) -> None:
    found = fewer_places(Places.parse(places), fewer)
    assert (None if found is None else str(found)) == left


def test_without_a_certificate_ranges_are_as_wide_as_recipes_allow() -> None:
    fairness = Fairness()
    assert (Limits().answer, Limits().elsewhere) == (fairness.answer, fairness.elsewhere)


@pytest.mark.parametrize(("weights", "named"), [(6, True), (7, False)])
def test_signs_are_looked_for_one_by_one_among_up_to_six_weights_of_a_unit(weights: int, named: bool) -> None:
    """A minus of the first unit was not seen, and another one of the second: no row, and no column."""
    network = Architecture((weights, 2, 1), ("sigmoid", "sigmoid"), "squared_error")
    given = {f"x_{i}": 0.5 + 0.25 * i for i in range(1, weights + 1)} | {"y_1": 1.0, "w2_11": 0.6, "w2_12": -0.7}
    for to in (1, 2):
        given |= {f"w1_{to}{i}": (-1) ** i * (0.1 + 0.07 * i + 0.05 * to) for i in range(1, weights + 1)}
    asked = solve(
        derive(network, "w1_11", Layout(exact_first=False)), {k: round(v, 2) for k, v in given.items()}, PLACES
    )
    read = {"w1_13": abs(given["w1_13"]), "w1_25": abs(given["w1_25"])}
    marked = mark(asked, read_as(asked, {key: round(value, 2) for key, value in read.items()}))
    assert (marked.misread is not None and marked.misread.misreading.of == "some of the weights") is named


def test_of_a_single_column_nothing_is_said() -> None:
    """The path of the other input's weight in the only column that there is."""
    network = Architecture((2, 1, 1), ("sigmoid", "sigmoid"), "squared_error")
    given = {"x_1": 2.0, "x_2": -1.5, "w1_11": 0.4, "w1_12": 0.3, "w2_11": 0.7, "y_1": 1.0}
    asked, other = (solve(derive(network, parameter, Layout()), given, PLACES) for parameter in ("w1_11", "w1_12"))
    paper = {slot.name: asked.printed(slot.step) for slot in asked.slots}
    for mine, theirs in zip(asked.slots, other.slots, strict=True):
        paper[mine.name] = other.printed(theirs.step)
    marked = mark(asked, paper)
    assert [(column.path, column.note) for column in marked.columns] == [(1, "")]
    assert next(slot for slot in marked.slots if slot.slot == "path_1.product").verdict is not Verdict.CORRECT


def note_of(paper: dict[str, str], column: int) -> str:
    return mark(question(), paper).columns[column - 1].note


@pytest.mark.parametrize(
    ("boxes", "note"),
    [
        (("dL/dyhat_1", "dyhat_1/da2_1"), "doubled"),  # four of six, with the two factors that both paths share
        (("dL/dyhat_1",), ""),  # three of six
    ],
)
def test_a_column_is_doubled_where_it_holds_three_fifths_of_another_ones_path(
    boxes: tuple[str, ...], note: str
) -> None:
    right = work()
    second = {"dL/dyhat_1": "dL/dyhat_2", "dyhat_1/da2_1": "dyhat_2/da2_2"}
    paper = right | dict.fromkeys(
        ("path_2.da2_2/dh1_3", "path_2.product", *(f"path_2.{box}" for box in second.values())), ""
    )
    paper |= {f"path_2.{second[box]}": right[f"path_1.{box}"] for box in boxes}
    assert (note_of(paper, 1), note_of(paper, 2)) == ("", note)


LOSS, WEIGHT, SLOPE, INPUT = ("dL/da2_{0}", "da2_{0}/dh1_1", "dh1_1/da1_1", "da1_1/dw1_11")


def five_boxes(*columns: dict[str, int]) -> list[tuple[int | None, str]]:
    """What is said of two columns in which these boxes of five hold numbers of these paths; others are blank."""
    network = Architecture((1, 1, 2), ("sigmoid", "softmax"), "cross_entropy", combined=True)
    given = {"x_1": 1.5, "w1_11": 0.6, "w2_11": 2.1, "w2_21": -0.9, "y_1": 1.0, "y_2": 0.0}
    asked = solve(derive(network, "w1_11", Layout()), given, PLACES)
    right = {slot.name: asked.printed(slot.step) for slot in asked.slots}
    paper = {name: "" if name.startswith("path_") else text for name, text in right.items()}
    for at, boxes in enumerate(columns, 1):
        paper |= {f"path_{at}.{box.format(at)}": right[f"path_{of}.{box.format(of)}"] for box, of in boxes.items()}
    return [(column.path, column.note) for column in mark(asked, paper).columns]


def test_three_of_five_boxes_are_three_fifths_of_a_path() -> None:
    """The slope and the input are those of both paths."""
    first = {LOSS: 1, WEIGHT: 1, SLOPE: 1, INPUT: 1, "product": 1}
    three, other = ({LOSS: n, WEIGHT: n, "product": n} for n in (1, 2))
    assert five_boxes(other, three) == [(2, "swapped"), (1, "swapped")]
    assert five_boxes(first, three) == [(1, ""), (2, "doubled")]
    assert five_boxes(three, three) == [(1, ""), (2, "doubled")]
    assert five_boxes(first, {LOSS: 1, WEIGHT: 1, SLOPE: 1}) == [(1, ""), (2, "doubled")]
    assert five_boxes(first, {LOSS: 1, WEIGHT: 1, SLOPE: 1, INPUT: 1, "product": 2}) == [(1, ""), (2, "")]


def test_it_is_not_where_it_holds_as_much_of_its_own_path_or_the_other_column_does_not() -> None:
    right = work()
    first = {"path_2.dL/dyhat_2": right["path_1.dL/dyhat_1"], "path_2.dyhat_2/da2_2": right["path_1.dyhat_1/da2_1"]}
    assert note_of(right | first, 2) == ""  # the weight and the product are its own
    blank = {name: "" for name in right if name.startswith("path_1.")}
    other = {"path_2.da2_2/dh1_3": "", "path_2.product": ""}
    assert note_of(right | first | other | blank, 2) != "doubled"


@pytest.mark.parametrize("end", [0, 1])
@pytest.mark.parametrize(("units", "merged"), [(0.4, True), (0.7, False)])
def test_a_product_is_the_sum_of_all_paths_within_half_a_unit_of_what_that_may_be(
    end: int, units: float, merged: bool
) -> None:
    asked = question()
    limit = sum(asked.range(path.product)[end] for path in asked.derivation.paths)
    written = limit + (units if end else -units) * 1e-6
    paper = {name: "" if name.startswith("path_") else text for name, text in work().items()}
    assert note_of(paper | {"path_1.product": f"{written:.9f}"}, 1) == ("merged" if merged else "")


def test_a_product_that_is_the_sum_of_all_paths_is_so_by_chance_where_every_product_is_written() -> None:
    right = work()
    assert note_of(right | {"path_1.product": right["gradient"]}, 1) == ""
    assert note_of(right | {"path_1.product": right["gradient"], "path_2.product": ""}, 1) == "merged"


@pytest.mark.parametrize(("turned", "explained"), [(("1", "2"), True), (("1",), True), ((), False)])
def test_one_mistake_explains_columns_in_which_something_is_blank(turned: tuple[str, ...], explained: bool) -> None:
    """A lost sign of ∂L/∂ŷ is all that is wrong; what is not written is not wrong. Another number in its place is."""
    asked, paper = question(), work()
    for path in ("1", "2"):
        box = f"path_{path}.dL/dyhat_{path}"
        paper[box] = f"{-float(paper[box]):.4f}" if path in turned else paper[box] if turned else "7.7777"
    paper["path_1.da2_1/dh1_3"] = ""
    key = key_of([asked])
    answers = read_answers([[paper[slot.name] for slot in asked.slots]])
    batch = Batch(answers, key, reference_of([asked], key).take(np.array([0])))
    found = one_mistake_explains(batch, CoarseRanges(batch.reference), CATALOGUE)
    assert found.tolist() == [explained]


@pytest.mark.parametrize("h", [0.9, None], ids=["from an own number", "from the right one"])
def test_a_mistake_explains_a_column_from_whichever_number_it_is_made(h: float | None) -> None:
    """H (1 + h) in place of h (1 - h), of an h that is itself wrong, and all else as it follows."""
    asked = question()
    slips: dict[str, Slip] = {} if h is None else {"h1_3": lambda paper: h}
    for path in (1, 2):
        slips[f"path_{path}.dh1_3/da1_3"] = lambda paper: paper["h1_3"] * (1 + paper["h1_3"])
    paper = work(slips)
    assert paper["path_1.dh1_3/da1_3"] != work()["path_1.dh1_3/da1_3"]
    batch = batch_of(asked, paper)
    assert one_mistake_explains(batch, CoarseRanges(batch.reference), CATALOGUE).all()
    assert [column.column for column in mark(asked, paper).columns] == [1, 2]


@pytest.mark.parametrize(("blanked", "paid"), [((1,), True), ((1, 2, 3), False)])
def test_a_sum_that_is_0_beside_a_written_0_is_paid_if_other_numbers_cancel_in_it(
    blanked: tuple[int, ...], paid: bool
) -> None:
    """The products are 0.64, 0.6 and -0.6: with the first written as 0 the others add up to 0, as anybody's would."""
    network = Architecture((1, 1, 3), ("linear", "linear"), "squared_error")
    weights = {"w1_11": 0.5, "w2_11": 0.4, "w2_21": 1.0, "w2_31": -1.0}
    asked = solve(derive(network, "w1_11"), {"x_1": 1.0, "y_1": -0.6, "y_2": 0.2, "y_3": -0.8} | weights, PLACES)
    paper = {slot.name: f"{asked.value(slot.step):.6f}" for slot in asked.slots}
    nothing = dict.fromkeys([f"path_{path}.product" for path in blanked] + ["gradient"], "0.000000")
    gradient = mark(asked, paper | nothing).slots[-1]
    assert gradient.verdict == Verdict.FOLLOW_THROUGH
    assert (gradient.ticks > 0) is paid


def test_0_and_1_of_either_sign_are_bare() -> None:
    numbers = np.array([0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 0.1, np.nan])
    assert is_bare(numbers).tolist() == [True] * 4 + [False] * 4


@pytest.mark.parametrize(
    ("formula", "number", "paid"), [("p + r", "0", True), ("p - r", "0", True), ("p * r", "1", True)]
)
def test_of_a_circuits_sum_the_other_term_is_left_where_one_is_a_written_0(
    formula: str, number: str, paid: bool
) -> None:
    """P = 1.5 · 1.7 and r = 2.5 · 1.5; whoever multiplies by a written 1 made one mistake, where all else is right."""
    text = f"""
    ask = "x"
    [circuit]
    inputs = {{ x = 1.5, y = 1.7, z = 2.5 }}
    nodes = {{ p = "x * y", r = "z * x", f = "{formula}" }}
    """
    asked = read_problem(text, "mine.toml").solve()
    paper = {slot.name: asked.printed(slot.step) for slot in asked.slots}
    own = "-3.75" if "-" in formula else "3.75"
    marked = {slot.slot: slot for slot in mark(asked, paper | {"p": number, "f": own}).slots}
    assert (marked["p"].verdict, marked["f"].verdict) == (Verdict.WRONG, Verdict.FOLLOW_THROUGH)
    assert (marked["f"].ticks > 0) is paid
