"""A whole working on two paths, 5.5 · 2 · 3 = 33 and -14 · -4 · 3 = 168: which number of it goes into which box."""

from __future__ import annotations

import pytest

from grader.marking.typed_working import expand
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.networks.dense import Architecture
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.question import Question, solve
from tests.grader.marking.pupil import PRECISION
from tests.grader.marking.test_engine_parts import GIVENS, two_outputs

FIRST = {"path_1.dL/dyhat_1": "5.5", "path_1.da2_1/dh1_1": "2", "path_1.da1_1/dw1_11": "3"}
SECOND = {"path_2.dL/dyhat_2": "-14", "path_2.da2_2/dh1_1": "-4", "path_2.da1_1/dw1_11": "3"}
PRODUCTS = {"path_1.product": "33", "path_2.product": "168"}


@pytest.mark.parametrize(
    ("working", "boxes"),
    [
        ("33 + 168 = 201", PRODUCTS | {"gradient": "201"}),
        ("168 + 33 = 201", PRODUCTS | {"gradient": "201"}),  # each to the path that it is next to
        ("33 + 168", PRODUCTS),
        ("201", {"gradient": "201"}),
        ("5.5*2*3 = 33", FIRST | {"path_1.product": "33"}),
        ("(-14)*(-4)*3 = 168", SECOND | {"path_2.product": "168"}),
        ("(-14)*(-4)*3", SECOND),
        ("5.5*2*3 + (-14)*(-4)*3 = 33 + 168 = 201", FIRST | SECOND | PRODUCTS | {"gradient": "201"}),
        ("5.5*2*3 + (-14)*(-4)*3 = 201", FIRST | SECOND | {"gradient": "201"}),
        ("(-14)*(-4)*3 + 5.5*2*3 = 168 + 33 = 201", FIRST | SECOND | PRODUCTS | {"gradient": "201"}),
        # One term is a product already.
        ("5.5*2*3 + 168 = 33 + 168 = 201", FIRST | PRODUCTS | {"gradient": "201"}),
        ("5.5*2*3 = 33; (-14)*(-4)*3 = 168; 33 + 168 = 201", FIRST | SECOND | PRODUCTS | {"gradient": "201"}),
        ("33 - 168 = -135", {"path_1.product": "33", "path_2.product": "-168", "gradient": "-135"}),
    ],
)
def test_each_number_goes_where_it_belongs(working: str, boxes: dict[str, str]) -> None:
    question = two_outputs()
    slots, remarks = expand(question, {"working": working})
    ones = {name for name in slots if name.endswith(("dyhat_1/da2_1", "dyhat_2/da2_2", "dh1_1/da1_1"))}
    found = {name: float(text.replace("−", "-")) for name, text in slots.items() if name not in ones}
    assert found == {name: float(text) for name, text in boxes.items()}
    assert remarks == ()
    # What stands in a box stays there.
    kept, _ = expand(question, {"working": working, "gradient": "7"})
    assert kept["gradient"] == "7"


@pytest.mark.parametrize("working", ["1 + 2 + 3 = 6", "5.5*2*3 + (-14)*(-4)*3 = 1 + 2 + 3 = 6"])
def test_more_contributions_than_paths_go_nowhere(working: str) -> None:
    slots, remarks = expand(two_outputs(), {"working": working})
    assert remarks == ("working: 3 contributions of 2 paths; none was taken",)
    assert "path_1.product" not in slots
    assert slots["gradient"] == "6"


def test_where_there_is_one_path_what_its_line_comes_to_is_the_gradient() -> None:
    chain = Architecture((1, 1, 1), ("linear", "linear"), "squared_error")
    question = solve(
        derive(chain, "w1_11", Layout()),
        {name: value for name, value in GIVENS.items() if name not in ("w2_21", "y_2")},
        PRECISION,
    )
    slots, _ = expand(question, {"working": "5.5*2*3 = 33"})
    assert (slots["path_1.product"], slots["gradient"]) == ("33", "33")
    assert "gradient" not in expand(question, {"working": "5.5*2*3"})[0]


def updated() -> Question:
    """The weight 0.5 less a tenth of the gradient of 201."""
    layout = Layout(quantity="updated", update=PLAIN_UPDATE)
    derivation = derive(Architecture((1, 1, 2), ("linear", "linear"), "squared_error"), "w1_11", layout)
    return solve(derivation, GIVENS | {"eta": 0.1}, PRECISION)


@pytest.mark.parametrize(
    ("line", "box", "value"),
    [
        ("0.5 - 0.1*201 = -19.6", "updated", -19.6),
        ("0.5 - 201*0.1 = -19.6", "updated", -19.6),
        ("0.5 - 20.1 = -19.6", "gradient", -19.6),  # without the rate it is a sum like any other
        ("0.5 + 0.1*201 = 20.6", "gradient", 20.6),
        ("0.6 - 0.1*201 = -19.5", "gradient", -19.5),
    ],
)
def test_an_update_begins_with_the_weight_and_takes_off_something_times_the_rate(
    line: str, box: str, value: float
) -> None:
    slots, _ = expand(updated(), {"working": line})
    other = "gradient" if box == "updated" else "updated"
    assert float(slots[box].replace("−", "-")) == value
    assert other not in slots
