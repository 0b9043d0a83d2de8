"""Boxes of an update: what is right, a mistake named where it is made, and what follows from it."""

import pytest

from grader.marking import Verdict, mark
from grader.marking.typed_working import expand
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Dense
from question_bank.networks.updates import Update
from question_bank.questions.question import Question, solve

PLACES = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d", "gradient": "6d", "update": "5s"})
NETWORK = Dense((1, 1), ("linear",), "half_squared_error")
GIVENS = {"x_1": 1.5, "w1_11": 0.8, "y_1": -0.7}
"""ŷ = 1.2, so that the gradient is 1.9 · 1.5 = 2.85."""


def question(update: Update, **numbers: float) -> Question:
    return solve(derive(NETWORK, "w1_11", Layout(quantity="updated", update=update)), GIVENS | numbers, PLACES)


MOMENTUM = question(Update("momentum", "summed", 2), **{"eta": 0.1, "beta": 0.8, "v~1": 0.5})
ADDED = question(Update("momentum", "added", 2), **{"eta": 0.1, "beta": 0.8, "v~1": 0.5})
ADAM = question(
    Update("adam", "outside", 2, negligible=True),
    **{"eta": 0.1, "beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-8, "m~1": 0.2, "v~1": 0.4},
)
RIGHT = {
    "a1_1": "1.2",
    "yhat_1": "1.2000",
    "path_1.dL/dyhat_1": "1.9000",
    "path_1.dyhat_1/da1_1": "1",
    "path_1.da1_1/dw1_11": "1.5",
    "path_1.product": "2.850000",
    "gradient": "2.850000",
}


@pytest.mark.parametrize(
    ("asked", "boxes", "expected"),
    [
        # v = 0.4 + 2.85 = 3.25, w = 0.8 - 0.325.
        (MOMENTUM, {"v~2": "3.2500", "updated": "0.47500"}, {}),
        (MOMENTUM, {"v~2": "2.85", "updated": "0.515"}, {"v~2": "carried_forgotten", "updated": None}),
        (MOMENTUM, {"v~2": "2.95", "updated": "0.505"}, {"v~2": "decay_swapped", "updated": None}),
        (MOMENTUM, {"v~2": "0.97", "updated": "0.703"}, {"v~2": "share_added", "updated": None}),
        (MOMENTUM, {"v~2": "3.25", "updated": "0.515"}, {"updated": "update_plain"}),
        (MOMENTUM, {"v~2": "3.25", "updated": "1.125"}, {"updated": "update_plus"}),
        # m = 0.18 + 0.285 = 0.465, v = 0.396 + 0.081225; corrected 2.447368 and 23.98116; w = 0.8 - 0.0499760.
        (
            ADAM,
            {"m~2": "0.46500", "v~2": "0.47723", "mhat~2": "2.4474", "vhat~2": "23.981", "updated": "0.75002"},
            {},
        ),
        (
            ADAM,
            {"m~2": "0.465", "v~2": "0.47723", "mhat~2": "0.465", "vhat~2": "0.47723", "updated": "0.73269"},
            {"mhat~2": "correction_forgotten", "vhat~2": "correction_forgotten", "updated": None},
        ),
        (
            ADAM,
            {"m~2": "0.465", "v~2": "0.47723", "mhat~2": "4.65", "vhat~2": "23.981", "updated": "0.70504"},
            {"mhat~2": "correction_step_off", "updated": None},
        ),
        (
            ADAM,
            {"m~2": "0.465", "v~2": "0.47723", "mhat~2": "2.4474", "vhat~2": "23.981", "updated": "0.78979"},
            {"updated": "root_forgotten"},
        ),
    ],
)
def test_the_boxes_of_an_update(asked: Question, boxes: dict[str, str], expected: dict[str, str | None]) -> None:
    """`expected` names the mistake of a box, or None where it follows; every other box is right."""
    marked = mark(asked, RIGHT | boxes)
    for slot in marked.slots:
        if slot.slot not in expected:
            assert slot.verdict is Verdict.CORRECT, slot.slot
        elif expected[slot.slot] is None:
            assert slot.verdict is Verdict.FOLLOW_THROUGH, slot.slot
        else:
            assert slot.verdict is Verdict.MISCONCEPTION, slot.slot
            assert expected[slot.slot] in slot.causes


@pytest.mark.parametrize(
    ("asked", "lines", "expected"),
    [
        (MOMENTUM, ["0.8 * 0.5 + 2.85 = 3.25", "0.8 - 0.1 * 3.25 = 0.475"], {"v~2": "3.25", "updated": "0.475"}),
        (ADDED, ["0.8*0.5 - 0.1*2.85 = 0.115", "0.8 + 0.115 = 0.915"], {"v~2": "0.115", "updated": "0.915"}),
        (ADAM, ["0.9*0.2 + 0.1*2.85 = 0.465", "0.8 - 0.1*0.49976 = 0.75"], {"m~2": "0.465", "updated": "0.75"}),
    ],
)
def test_typed_lines_go_to_the_boxes_of_the_update(asked: Question, lines: list[str], expected: dict[str, str]) -> None:
    slots, remarks = expand(asked, {"working": "\n".join(["1.9 * 1 * 1.5 = 2.85", *lines])})
    found = {name: text.strip() for name, text in slots.items()}
    of_update = {name: text for name, text in found.items() if name in ("m~2", "v~2", "updated")}
    assert of_update == expected
    assert (found["path_1.product"], found["gradient"], remarks) == ("2.85", "2.85", ())


def test_the_second_forward_pass_from_a_made_up_value_earns_nothing_beside_right_values_of_the_first() -> None:
    """h₂ is right and read again, and is no reason for the new weight that the second pass begins with."""
    network = Dense((1, 2, 1), ("linear", "linear"), "half_squared_error")
    givens = {"x_1": 1.5, "w1_11": 0.8, "w1_21": 0.4, "w2_11": 0.6, "w2_12": -0.9, "y_1": -0.7, "eta": 0.1}
    asked = solve(
        derive(network, "w1_11", Layout(quantity="updated", update=Update("plain", again=True))), givens, PLACES
    )
    paper = {slot.name: f"{asked.value(slot.step):.6g}" for slot in asked.slots}
    factors = [slot.name for slot in asked.slots if slot.path and not slot.name.endswith("product")]
    product, new = 5 * 3 * 7 * 2 * 4, 0.8 - 0.1 * 5 * 3 * 7 * 2 * 4
    yhat = 0.6 * 1.5 * new - 0.9 * 0.6
    made_up = {"path_1.product": f"{product}", "gradient": f"{product}", "updated": f"{new:.5g}"}
    made_up |= dict.fromkeys(("a1_1~1", "h1_1~1"), f"{1.5 * new:.5g}") | dict.fromkeys(
        ("a2_1~1", "yhat_1~1"), f"{yhat:.5g}"
    )
    made_up["L~1"] = f"{0.5 * (yhat + 0.7) ** 2:.5g}"
    marked = mark(asked, paper | dict(zip(factors, "53724", strict=True)) | made_up)
    behind = {slot.slot: slot for slot in marked.slots if slot.slot in made_up}
    assert {slot.verdict for slot in behind.values()} == {Verdict.FOLLOW_THROUGH}
    assert [slot.ticks for slot in behind.values()] == [0] * len(made_up)
