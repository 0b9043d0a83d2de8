"""How fine the key's ranges are, which of its boxes stay empty, and how much lower a drawing is made."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace
from typing import cast

import pytest

from grader.sheets.content.drawn_network import PaperFit
from grader.sheets.printing.fit import _lowered
from grader.sheets.printing.key import accepted_range, key_layer
from grader.sheets.typeset import layout as typeset_layout
from grader.sheets.typeset.layout import LayoutKey, Place
from grader.sheets.typeset.pages import Typeset
from grader.sheets.typeset.reading_order import NOTHING
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.names import named
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.questions.question import solve
from tests.grader.sheets.samples import SMALL, make_question, make_sheet


def decimals(number: float, count: int) -> str:
    return str(Decimal(repr(number)).quantize(Decimal(1).scaleb(-count), ROUND_HALF_UP))


def test_the_key_says_its_ranges_a_digit_finer_than_a_box_asks_for() -> None:
    """0.62 · 3.1 = 1.922, half a unit of the fourth decimal around it; the output is its copy, rounded again."""
    places = Precision.parse({"forward": "4d", "factor": "3d", "product": "6d"})
    network = Architecture((1, 1), ("linear",), "squared_error")
    given = {"x_1": 3.1, "w1_11": 0.62, "y_1": 1.0}
    question = solve(derive(network, "w1_11", Layout()), given, places)
    said = {slot.step: re.findall(r"\d+\.\d+", accepted_range(question, slot.step)) for slot in question.slots}
    assert said[named("a1_1")] == ["1.92195", "1.92205"]
    assert said[named("yhat_1")] == ["1.92190", "1.92210"]
    # 2 (ŷ - 1) from the ends of ŷ, and half a unit of the third decimal.
    assert said[named("dL/dyhat_1")] == [decimals(2 * 0.9219 - 0.0005, 4), decimals(2 * 0.9221 + 0.0005, 4)]
    assert said[named("da1_1/dw1_11")] == []


def test_of_the_keys_boxes_those_of_the_column_to_spare_stay_empty() -> None:
    """On a page of boxes a hundred points apart, where a text begins says in which box it stands."""
    question = make_question(SMALL, "w1_21", Layout(paths="find"))
    boxes = tuple(Place(0, 100.0 * n, 50.0, 100.0 * n + 90.0, 72.0) for n in range(len(question.slots)))
    layout = typeset_layout.PageLayout(b"", 1, 600.0, 800.0, (), (), boxes, {}, {}, (NOTHING,))
    key = cast("LayoutKey", SimpleNamespace(derivation=question.derivation))
    made = Typeset(key, PaperFit(70.0), layout, 1, ("",), (), (), ())
    stamped = "\n".join(key_layer(made, make_sheet(question).questions[0])[0].values.values())
    filled = {int(float(left) // 100) for left in re.findall(r"(\d+\.\d+) \d+\.\d+ Tm", stamped)}
    to_spare = {n for n, slot in enumerate(question.slots) if slot.path == len(question.derivation.paths) + 1}
    assert len(to_spare) == 6
    assert filled == set(range(len(boxes))) - to_spare


@pytest.mark.parametrize("height", [22.7, 28.3])
def test_a_value_without_a_range_stands_in_the_middle_of_its_box(height: float) -> None:
    """Of a digit's height, which is two thirds of its size, as much is above the middle as below it."""
    question = make_question(SMALL, "w1_21")
    slots = [slot.name for slot in question.slots]
    boxes = tuple(Place(0, 100.0 * n, 50.0, 100.0 * n + 90.0, 50.0 + height) for n in range(len(slots)))
    layout = typeset_layout.PageLayout(b"", 1, 600.0, 800.0, (), (), boxes, {}, {}, (NOTHING,))
    key = cast("LayoutKey", SimpleNamespace(derivation=question.derivation))
    made = Typeset(key, PaperFit(70.0), layout, 1, ("",), (), (), ())
    stamped = "\n".join(key_layer(made, make_sheet(question).questions[0])[0].values.values())
    at = slots.index("path_1.da1_2/dw1_21")  # a copy of an input
    ((size, baseline),) = re.findall(rf"/\w+ ([\d.]+) Tf\n1 0 0 1 {100 * at // 100}\d\d\.\d+ ([\d.]+) Tm", stamped)
    assert float(baseline) + float(size) / 3 == pytest.approx(50 + height / 2, abs=0.3)


@pytest.mark.parametrize("over", [0.001, 0.2, 0.499, 0.5, 0.501, 7.0, 7.3, 12.75])
def test_a_drawing_gives_half_a_millimetre_more_than_is_lacking_and_not_a_whole_one(over: float) -> None:
    """Heights go by half millimetres: what is given beyond that is for what a layout rounds."""
    given = 70.0 - _lowered(PaperFit(70.0), over).height
    assert over + 0.5 <= given < over + 1.0
    assert (2 * given).is_integer()


def test_a_drawing_that_fits_is_left_as_it_is() -> None:
    assert [_lowered(PaperFit(70.0), over).height for over in (0.0, -0.3)] == [70.0, 70.0]
