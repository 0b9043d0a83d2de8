"""What stands on a page before it is laid out: room that does not depend on the draw, rows that line up."""

from __future__ import annotations

import math

import numpy as np
import pytest

from grader.sheets.content.number_boxes import Number, printed_givens, shape_of
from grader.sheets.content.page import Page, texts_of
from grader.sheets.network_picture.drawing import natural_height
from grader.sheets.network_picture.shapes import RADIUS, VALUE_BELOW
from grader.sheets.printing.printer import Printer
from grader.sheets.typeset.layout import LayoutKey, SheetHeading, skeleton_of
from grader.sheets.typography.fonts import font
from grader.sheets.typography.mathematics import set_latex
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.networks.dense import Architecture
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.question import solve
from question_bank.questions.recipe import load_recipe
from tests.grader.sheets.samples import DEEP, SMALL, TEXTBOOK, make_question, make_sheet
from tests.recipes import recipes

POINT = 25.4 / 72
CHAIN = Architecture((1, 1, 1), ("tanh", "linear"), "squared_error")
GIVEN = Layout(forward="given")


@pytest.mark.parametrize("name", recipes())
def test_a_layout_does_not_depend_on_the_numbers_drawn(name: str) -> None:
    """Signs, whole numbers and long values of some students cost no layout of their own, nor would a candidate's."""
    kind = load_recipe(name)
    drawn = []
    for asked in (kind.choices()[0], kind.choices()[-1]):
        derivation = kind.derivation(asked, kind.least_asked)
        columns = candidate_givens(kind, derivation, raw_words(b"class", 0, 100, word_count(kind, derivation)))
        rows = np.stack(columns, axis=1).tolist()
        drawn += [solve(derivation, dict(zip(derivation.givens, row, strict=True)), kind.places) for row in rows]
    # Where few weights are drawn with two decimals, and few inputs with one, some draws have none that needs the last
    # digit. Sheets of a class that are printed together share the room of all.
    few = name == "chain" or "neuron" in name or "nudge" in name or bool(kind.ranges.each and kind.circuit)
    few |= kind.descent is not None or kind.batch is not None
    most = 8 if few else 1 if kind.asks_for_any and not kind.working else 2
    assert len({shape_of(question.derivation, printed_givens(question)) for question in drawn}) <= most


@pytest.mark.parametrize("value", ["0.4060", "−0.4852", "−12.3456", "−1234.5678"])
@pytest.mark.parametrize("architecture", [CHAIN, SMALL, DEEP])
def test_a_printed_value_stays_inside_its_circle(architecture: Architecture, value: str) -> None:
    question = make_question(architecture, "w1_11", GIVEN)
    page = Page(question.derivation, shape_of(question.derivation, printed_givens(question)))
    number = page.context()["drawing"]["units"][-2]["number"]
    assert number.id == "unit:yhat_" + str(architecture.sizes[-1])
    size = number.size_of(value)
    assert math.hypot(font("regular").width(value) * size * POINT / 2, VALUE_BELOW) < page.drawing.radius
    assert value != "0.4060" or size == number.size


def test_circles_that_hold_nothing_long_stay_small() -> None:
    question = make_question(TEXTBOOK, "w1_31")
    assert Page(question.derivation, shape_of(question.derivation, printed_givens(question))).drawing.radius == RADIUS


def test_printed_forward_values_line_up() -> None:
    """Rows begin in the same columns, and no value stands apart from its equals sign."""
    question = make_question(Architecture((4, 4, 2), ("tanh", "linear"), "squared_error"), "w1_31", GIVEN)
    sheet = make_sheet(question)
    layout = Printer().layout(sheet, sheet.questions[0]).layout
    placed = [place for place in layout.numbers if place.number.id.startswith("forward:")]
    rows: dict[float, list[float]] = {}
    for place in placed:
        rows.setdefault(round(place.baseline, 1), []).append(round(place.left, 1))
        assert place.number.indent("0.5000") == place.number.indent("−0.5000") == 0
        assert place.left + place.number.width <= layout.width - 17 / POINT
    assert sorted(map(len, rows.values())) == [4, 4, 4]
    assert len({tuple(lefts) for lefts in rows.values()}) == 1


@pytest.mark.parametrize(("sizes", "rows"), [((1, 1, 1), [4]), ((2, 2, 1), [6]), ((3, 3, 2, 2), [6, 4, 4])])
def test_printed_forward_values_of_a_layer_share_a_row(sizes: tuple[int, ...], rows: list[int]) -> None:
    question = make_question(Architecture(sizes, ("tanh",) * (len(sizes) - 1), "squared_error"), "w1_11", GIVEN)
    page = Page(question.derivation, shape_of(question.derivation, printed_givens(question)))
    assert [len(row) for row in page.context()["forward"]] == rows


def test_a_number_that_is_too_long_is_made_smaller_and_never_cut() -> None:
    number = Number("forward:a1_1", 10.0, 48.0, "left")
    assert number.size_of("−0.4852") == 10
    long = "−123456789.1234"
    assert font("regular").width(long) * number.size_of(long) <= 48.0 < font("regular").width(long) * 10


def test_one_row_of_units_takes_little_height() -> None:
    assert natural_height(CHAIN) < natural_height(SMALL) < natural_height(TEXTBOOK) == 60.0


@pytest.mark.parametrize(
    ("title", "stacked"), [("Set 3", False), ("Backpropagation, path by path, in three parts", True)]
)
def test_the_head_breaks_between_course_and_title(title: str, stacked: bool) -> None:
    """A long title stands below the course, without the dot that parts the two in one line."""
    heading = SheetHeading("Neural networks I", title, "", "q1", 1, 3, "8")
    question = make_question(CHAIN, "w1_11", GIVEN)
    page = Page(question.derivation, shape_of(question.derivation, printed_givens(question)))
    html = skeleton_of(LayoutKey(question.derivation, question.precision, (), heading, "A4"), page).html
    assert (f"Neural networks I<br>{title}<" in html) is stacked
    assert (f"Neural networks I · {title}</span>" in html) is not stacked


def test_the_index_of_a_sum_stands_under_its_sign() -> None:
    assert '<span>∑</span><span class="under"><i>k</i></span>' in set_latex(r"\sum_{k} y_{k}")


TARGETS = {(0.0, 1.0, 0.0): "2", (0.0, 0.0, 1.0): "3", (0.2, 0.5, 0.3): None, (1.0, 0.0, 0.0): "1"}


@pytest.mark.parametrize(("targets", "number"), TARGETS.items())
@pytest.mark.parametrize("combined", [True, False])
def test_a_one_hot_target_of_a_combined_softmax_is_named_by_its_class(
    targets: tuple[float, ...], number: str | None, combined: bool
) -> None:
    network = Architecture((1, 3), ("softmax",), "cross_entropy", None if combined else "full", combined=combined)
    derivation = derive(network, "w1_11")
    numbers = {given.key: 0.5 for given in derivation.givens}
    asked = solve(derivation, numbers | {f"y_{n}": y for n, y in enumerate(targets, 1)}, load_recipe("softmax").places)
    texts = printed_givens(asked)
    page = Page(derivation, shape_of(derivation, texts))
    found = next((given for given in page.context()["givens"] if "class" in given["symbol"]), None)
    if number is None or not combined:
        assert found is None
    else:
        assert found is not None
        assert found["symbol"] == r"\text{class}"
        assert texts_of(page, texts)[found["number"].id] == number
