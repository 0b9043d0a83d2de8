"""How the boxes of each layout stand on a page: every slot has one, and none meets another."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from grader.sheets.content.drawn_network import PaperFit
from grader.sheets.content.number_boxes import printed_givens, shape_of
from grader.sheets.content.page import Page
from grader.sheets.network_picture.circuit import BOX_HEIGHT, BOX_WIDTH
from grader.sheets.network_picture.drawing import boxed_height, has_boxes_on_edges
from question_bank.derivations.arrangements import ARRANGEMENTS, Working
from question_bank.questions.asked import ANY
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe

LAYOUTS: list[tuple[str, Working]] = [("one-weight", kind.id) for kind in ARRANGEMENTS.values() if kind.id != "paths"]
LAYOUTS += [("matrices", "matrices"), ("three-two-one", "deltas"), ("circuit-edges", "graph"), ("circuit-two", "graph")]


def page_of(name: str, working: Working, width: float) -> Page:
    recipe = load_recipe(name)
    asked = "all" if name.startswith("circuit") else ANY
    (question,) = draw(recipe, [b"a"], parameter=asked, working=working, quantity="updated")
    derivation = question.derivation
    boxed = has_boxes_on_edges(derivation)
    fit = PaperFit(boxed_height(derivation.model) if boxed else 60.0, boxed=boxed)
    return Page(derivation, shape_of(derivation, printed_givens(question)), fit, width=width)


def slots_in(context: dict[str, Any]) -> list[str]:
    found = [box["slot"] for box in context["drawing"]["boxes"]]
    found += [cell["slot"] for row in context["forward"] for cell in row if cell["slot"]]
    for section in context["back"]:
        for row in section["rows"]:
            found += [cell["slot"] for cell in row.cells]
            found += [row.line["slot"]] if row.line else []
            found += [entry["slot"] for array in row.arrays for line in array["rows"] for entry in line if entry]
    return found


@pytest.mark.parametrize(("name", "working"), LAYOUTS)
def test_every_slot_has_one_box(name: str, working: Working) -> None:
    page = page_of(name, working, 178.0)
    assert sorted(slots_in(page.context())) == sorted(slot.name for slot in page.derivation.slots)


@pytest.mark.parametrize("name", ["circuit-two", "circuit-branch", "circuit-edges"])
@pytest.mark.parametrize("width", [178.0, 183.9])
def test_boxes_on_the_edges_meet_neither_each_other_nor_an_operation(name: str, width: float) -> None:
    page = page_of(name, "graph", width)
    drawing, boxes = page.drawing, page.context()["drawing"]["boxes"]
    assert len(boxes) >= 5
    for box in boxes:
        assert 0 <= box["left"] <= drawing.width - BOX_WIDTH
        assert -BOX_HEIGHT / 2 <= box["top"] <= drawing.height - BOX_HEIGHT / 2
        for unit in drawing.units:
            beside = unit.x + drawing.radius <= box["left"] or box["left"] + BOX_WIDTH <= unit.x - drawing.radius
            assert beside or abs(unit.y - box["top"] - BOX_HEIGHT / 2) >= drawing.radius + BOX_HEIGHT / 2
    for one, other in combinations(boxes, 2):
        across, down = abs(one["left"] - other["left"]), abs(one["top"] - other["top"])
        assert across >= BOX_WIDTH or down >= BOX_HEIGHT, (one, other)


def test_a_circuit_of_many_columns_has_its_boxes_below() -> None:
    assert not has_boxes_on_edges(load_recipe("circuit-neuron").derivation("all", "gradient"))


def test_a_clipped_update_says_how_the_norm_and_the_scale_are_worked() -> None:
    recipe = load_recipe("clipping")
    (question,) = draw(recipe, [b"a"], parameter=ANY, quantity="updated")
    page = Page(question.derivation, shape_of(question.derivation, printed_givens(question)), PaperFit(60.0))
    update = page.context()["back"][-1]
    assert update["once"] == [
        r"\left\|g\right\|^{2} = \sum_{\theta} \left(\frac{\partial L}{\partial \theta}\right)^{2}",
        r"s = \min\left(1, \frac{c}{\left\|g\right\|}\right)",
    ]
    assert [formula.split(" = ")[0] for formula in update["rule"]] == [r"\tilde{g}_{\theta}", r"\theta^{\text{new}}"]


def test_new_values_are_asked_of_those_alone_that_have_boxes_for_them() -> None:
    for name, phrase in (("embedding", ["all weights"]), ("conv-kernel", ["every entry of ", "k"]), ("clipping", [])):
        (question,) = draw(load_recipe(name), [b"a"], quantity="updated")
        page = Page(question.derivation, shape_of(question.derivation, printed_givens(question)), PaperFit(60.0))
        assert [part["text"] for part in page.context()["some_updated"]] == phrase
