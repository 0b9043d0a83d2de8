"""What a model is asked for is all that anybody needs: networks that only the tests know are worked like any other."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from grader.commands.worked_text import worked_lines
from grader.marking import Verdict, mark
from grader.marking.misreadings import misread_digits, misreadings
from grader.report.network import steps_picture
from grader.sheets.content.number_boxes import printed_givens, shape_of
from grader.sheets.content.page import Page
from grader.sheets.network_picture.drawing import draw_network
from grader.sheets.network_picture.shapes import overlapping
from grader.sheets.printing.single import sheet_pdf
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.errors import NetworkError
from question_bank.expressions.names import named
from question_bank.expressions.precision import Precision
from question_bank.misconceptions.mistakes import mistakes
from question_bank.networks.model import Model
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.certification import Rejected, certify
from question_bank.questions.question import Question, solve
from question_bank.questions.written_question import WrittenQuestion, written_parts
from tests.question_bank.handmade import CIRCUIT, RECURRENT, renamed, with_other_letters
from tests.question_bank.one_mistake import mistaken_values

MODELS: tuple[Model, ...] = (CIRCUIT, RECURRENT)
PRECISION = Precision.parse({"forward": "5d", "factor": "5d", "product": "6d"})
CIRCUIT_GIVENS = {"w": 0.3, "x_1": 3.0, "x_2": 2.0, "y_1": 0.0}
GIVENS = {"w": 0.4, "u": -0.7, "b": 0.2, "x_1": 0.9, "x_2": -1.3, "x_3": 1.7, "y_1": 1.0, "eta": 0.5}


def loss(w: float, u: float, b: float) -> float:
    """The recurrent unit's loss, worked in plain Python."""
    h = 0.0
    for step in (1, 2):
        h = math.tanh(w * GIVENS[f"x_{step}"] + u * h + b)
    output = 1 / (1 + math.exp(-(w * GIVENS["x_3"] + u * h + b)))
    return (GIVENS["y_1"] - output) ** 2 / 2


def slope(parameter: str) -> float:
    """The loss's central difference by one of its parameters."""
    at, step = {key: GIVENS[key] for key in "wub"}, 1e-6
    above, below = (loss(**at | {parameter: at[parameter] + move}) for move in (step, -step))
    return (above - below) / (2 * step)


def question(parameter: str = "w", **layout: object) -> Question:
    chosen = replace(Layout(quantity="updated", update=PLAIN_UPDATE), **layout)  # type: ignore[arg-type]
    derivation = derive(RECURRENT, parameter, chosen)
    return solve(derivation, {given.key: GIVENS[given.key] for given in derivation.givens}, PRECISION)


def test_a_value_that_a_node_uses_twice_has_a_factor_and_a_path_for_each_use() -> None:
    """A = w·x1 + w·x2 with x = (3, 2), L = a² at a = 1.5: dL/dw = 2a·(3 + 2) = 15, and not 2a·(2 + 2) = 12."""
    derivation = derive(CIRCUIT, "w")
    assert [path.factors[-1].key for path in derivation.paths] == ["da/dw", "da/dw:2"]
    assert solve(derivation, CIRCUIT_GIVENS, PRECISION).value("gradient") == pytest.approx(15.0)


@pytest.mark.parametrize(("parameter", "paths"), [("w", 3), ("u", 2), ("b", 3)])
def test_what_is_shared_through_time_has_a_path_for_each_time(parameter: str, paths: int) -> None:
    found = question(parameter)
    assert len(found.derivation.paths) == paths
    assert found.value("gradient") == pytest.approx(slope(parameter), rel=1e-7)
    assert found.value("updated") == pytest.approx(GIVENS[parameter] - 0.5 * slope(parameter), rel=1e-7)


@pytest.mark.parametrize("parameter", ["w", "u"])
def test_it_is_certified_against_every_known_mistake(parameter: str) -> None:
    found = certify(question(parameter))
    assert not isinstance(found, Rejected), found
    struck = {mistake.misconception for mistake in mistakes(found.derivation)}
    assert {"missed_path", "weight_is_value", "update_plus", "forward_no_bias"} <= struck


def test_a_mistaken_formula_that_reads_the_step_it_replaces_takes_what_is_right_there() -> None:
    """Updated first, u is -0.7 less half its gradient, of which da3/dh2 is a factor."""
    asked = question("w")
    (mistake,) = [each for each in mistakes(asked.derivation) if each.name == "weight_updated at da3/dh2"]
    wrong = mistaken_values([np.array([value]) for value in asked.values], mistake, asked.derivation)
    at = asked.derivation.index[named("da3/dh2")]
    assert wrong[at][0] == pytest.approx(GIVENS["u"] - 0.5 * slope("u"), rel=1e-7)


def test_a_sheet_of_it_is_marked() -> None:
    asked = question()
    written = {slot.name: asked.printed(slot.step) for slot in asked.slots}
    assert {slot.verdict for slot in mark(asked, written).slots} == {Verdict.CORRECT}
    first = asked.value("path_1.product")
    written |= {"gradient": f"{first:.6f}", "updated": f"{asked.value('w') - 0.5 * first:.6f}"}
    *_, gradient, updated = mark(asked, written).slots
    assert gradient.verdict == Verdict.MISCONCEPTION
    assert "missed_path" in gradient.causes
    assert updated.verdict == Verdict.FOLLOW_THROUGH


def test_its_givens_can_be_misread() -> None:
    found = {(each.kind, each.of) for each in misreadings(question().derivation)}
    assert {("signs_not_seen", "u"), ("sign_turned", "x_2"), ("exchanged", "x_1 and x_2")} <= found


@pytest.mark.parametrize("parameter", ["w", "b"])
@pytest.mark.parametrize("forward", ["asked", "given"])
def test_its_page_and_its_picture_are_made(parameter: str, forward: str) -> None:
    asked = question(parameter, forward="asked")
    if forward == "given":
        layout = replace(asked.derivation.layout, forward="given")
        derivation = derive(RECURRENT, parameter, layout)
        asked = solve(derivation, {key: round(asked.value(key), 5) for key in derivation.givens}, PRECISION)
    derivation = asked.derivation
    drawing = draw_network(derivation)
    assert [unit.name.key for unit in drawing.units] == ["x_1", "h1", "x_2", "h2", "x_3", "yhat_1", "L"]
    assert overlapping(drawing) == []
    assert {edge.weight.key for edge in drawing.edges if edge.weight and not edge.bias} == {"w", "u"}
    context = Page(derivation, shape_of(derivation, printed_givens(asked))).context()
    assert [part["text"] for part in context["where"]] == ["used again and again, last in ", r"\hat{y}_{1}"]
    assert [use["where"] for use in context["conventions"]["functions"]] == ["Steps 1 and 2", "step 3"]
    assert len(steps_picture(derivation, {step.name: 0.5 for step in derivation.steps}).cards) >= 7


def test_it_is_printed_and_worked_out() -> None:
    asked = question("u")
    assert sheet_pdf([asked])[:5] == b"%PDF-"
    lines = [line.text for line in worked_lines(asked, ranged=True, title="mine")]
    assert any(line.startswith("a recurrent unit in three steps; loss: half the sum") for line in lines)


def test_a_parameter_that_it_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(NetworkError, match="no parameter 'v'") as raised:
        derive(RECURRENT, "v")
    assert raised.value.expected == "w, u, b, or an input (x_1, x_2, x_3), or a pre-activation (a1, a2, a3)"


def test_files_say_that_they_cannot_write_it() -> None:
    with pytest.raises(ValueError, match=r"no network; expected one table of \[network\]"):
        WrittenQuestion(**written_parts(question()))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.summary)
def test_its_tables_are_its_givens_and_its_circles_are_in_its_picture(model: Model) -> None:
    assert [given for table in model.tables() for given in table.symbols] == list(model.givens())
    circles = [circle for column in model.picture() for circle in column]
    assert {model.circle_of(node) for node in model.graph().nodes} <= set(circles)
    assert len(set(circles)) == len(circles)


def said_of(found: Question | Rejected) -> object:
    """A certificate but the name of the nearest mistake, which says where that was made; or why there is none."""
    if isinstance(found, Rejected):
        return found
    return {name: value for name, value in (found.certificate or {}).items() if name != "nearest_mistake"}


@pytest.mark.parametrize("parameter", ["w", "b"])
@pytest.mark.parametrize("forward", ["asked", "given"])
def test_nothing_goes_by_a_letter(parameter: str, forward: Literal["asked", "given"]) -> None:
    """What is a weight, an input or a target is said by the tables, and what is worked by the nodes."""
    first = question(parameter)
    layout = replace(first.derivation.layout, forward=forward)
    derivations = [
        derive(model, name, layout)
        for model, name in (
            (RECURRENT, first.derivation.parameter),
            (with_other_letters(RECURRENT), renamed(first.derivation.parameter)),
        )
    ]
    givens = [round(first.value(given), 5) for given in derivations[0].givens]
    one, other = (solve(each, dict(zip(each.givens, givens, strict=True)), PRECISION) for each in derivations)
    assert one.values.tolist() == other.values.tolist()
    assert one.low.tolist() == other.low.tolist()
    assert one.high.tolist() == other.high.tolist()
    for found in zip(*(mistakes(each) for each in derivations), strict=True):
        assert len({mistake.misconception for mistake in found}) == 1
        effects = [{at: values.tolist() for at, values in mistake.effect.items()} for mistake in found]
        assert repr(effects[0]) == repr(effects[1])
    for listed in (misreadings, misread_digits):
        tried = [[(each.kind, dict(each.taken)) for each in listed(derivation)] for derivation in derivations]
        assert tried[0] == tried[1]
    assert said_of(certify(one)) == said_of(certify(other))
    pages = [Page(each.derivation, shape_of(each.derivation, printed_givens(each))) for each in (one, other)]
    rows = [[len(row) for row in page.context()["forward"]] for page in pages]
    rooms = [[(number.width, number.point) for number in page.numbers.values()] for page in pages]
    assert (rows[0], rooms[0]) == (rows[1], rooms[1])
