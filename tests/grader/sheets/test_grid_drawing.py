"""Drawings of convolutions: cells side by side, within the paper, and nothing on top of anything else."""

from __future__ import annotations

import math

import pytest

from grader.sheets.network_picture.boxes import Box, meetings
from grader.sheets.network_picture.drawing import draw_network, natural_height
from grader.sheets.network_picture.shapes import Drawing, overlapping
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.networks.convolution import Convolution

WIDTH = 178.0
SQUARED = "half_squared_error"
GIVEN = "given_gradient"
MODELS = {
    "a sequence": (Convolution((5,), (3,), SQUARED, function="tanh", head=True, bias=True), "k_1"),
    "the bias of a sequence": (Convolution((4,), (2,), SQUARED, function="relu", head=True, bias=True), "b"),
    "two channels": (Convolution((5,), (3,), SQUARED, channels=2, function="tanh", head=True), "k_1,2"),
    "zeros around a sequence": (Convolution((4,), (3,), SQUARED, padding=1, pooling="average", window=(2,)), "k_2"),
    "a grid": (Convolution((3, 3), (2, 2), SQUARED), "k_1,1"),
    "two channels of grids": (Convolution((3, 3), (2, 2), GIVEN, channels=2), "k_1,1,2"),
    "zeros around a grid": (
        Convolution(
            (3, 3),
            (3, 3),
            SQUARED,
            padding=1,
            function="relu",
            pooling="max",
            window=(2, 2),
            pooling_stride=1,
            head=True,
        ),
        "k_2,2",
    ),
    "more head weights than have room": (
        Convolution((3, 3), (3, 3), SQUARED, padding=1, function="relu", head=True, bias=True),
        "k_2,2",
    ),
    "pooling alone": (Convolution((4, 4), (), GIVEN, pooling="max", window=(2, 2)), "x_1,1"),
}
each_model = pytest.mark.parametrize("name", MODELS)
each_working = pytest.mark.parametrize("working", ["paths", "table"])


def drawn(name: str, working: str) -> tuple[Convolution, Drawing]:
    model, asked = MODELS[name]
    by = asked if working == "paths" else tuple(model.tables()[0].symbols)
    layout = Layout(working=working)  # type: ignore[arg-type]
    return model, draw_network(derive(model, by, layout), WIDTH, natural_height(model))


@each_model
@each_working
def test_nothing_lies_on_anything_else_or_outside(name: str, working: str) -> None:
    model, drawing = drawn(name, working)
    assert overlapping(drawing) == []
    cells = {unit.name: Box(unit.x, unit.y, unit.side, unit.side) for unit in drawing.units if unit.side}
    assert set(cells) == {cell for grid in model.grids() for cell, _, _ in grid.cells}
    places = [
        *cells.values(),
        *(Box(u.x, u.y, 2 * drawing.radius, 2 * drawing.radius) for u in drawing.units if not u.side),
    ]
    for n, one in enumerate(places):
        assert one.bounds.x >= 0
        assert one.bounds.x + one.width <= WIDTH
        assert one.bounds.y >= 0
        assert one.bounds.y + one.height <= drawing.height + 0.01
        slightly_less = Box(one.x, one.y, 0.99 * one.width, 0.99 * one.height)
        assert not meetings([slightly_less], places[:n]).any()


@each_model
@each_working
def test_the_cells_of_a_grid_touch_those_beside_them(name: str, working: str) -> None:
    model, drawing = drawn(name, working)
    at = {unit.name: (unit.x, unit.y) for unit in drawing.units}
    side = next(unit.side for unit in drawing.units if unit.side)
    for grid in model.grids():
        for one, row, column in grid.cells:
            for other, other_row, other_column in grid.cells:
                apart = side * math.hypot(row - other_row, column - other_column)
                assert math.dist(at[one], at[other]) == pytest.approx(apart)


@each_model
def test_no_line_runs_through_a_cell(name: str) -> None:
    _, drawing = drawn(name, "paths")
    asked = MODELS[name][1]
    for edge in drawing.edges:
        points = [Box(*edge.at(n / 50), 0.01, 0.01) for n in range(1, 50)]
        inside = [
            Box(unit.x, unit.y, 0.9 * unit.side, 0.9 * unit.side)
            for unit in drawing.units
            if unit.side and unit.name.key != asked
        ]
        assert not meetings(points, inside).any(), edge


def test_head_weights_that_have_no_room_lose_their_labels_all_together() -> None:
    _, crowded = drawn("more head weights than have room", "paths")
    assert (crowded.labels, crowded.complete) == ((), False)
    _, roomy = drawn("a sequence", "paths")
    assert {label.name.key for label in roomy.labels} == {"w_1", "w_2", "w_3"}
    assert roomy.complete


def test_zeros_are_drawn_around_a_padded_input() -> None:
    _, drawing = drawn("zeros around a grid", "table")
    assert len(drawing.zeros) == 5 * 5 - 3 * 3


def test_what_the_map_is_held_against_stands_by_itself_where_lines_run_and_else_after_the_map() -> None:
    model, with_lines = drawn("a grid", "paths")
    at = {unit.name: unit.x for unit in with_lines.units}
    assert max(at[target] for target in model.targets) < min(x for cell, x in at.items() if cell not in model.targets)
    assert [caption.text for caption in with_lines.captions if isinstance(caption.text, str)] == ["∗"]
    _, without = drawn("a grid", "table")
    at = {unit.name: unit.x for unit in without.units}
    assert min(at[target] for target in model.targets) > max(x for cell, x in at.items() if cell not in model.targets)
    assert [caption.text for caption in without.captions if isinstance(caption.text, str)] == ["∗", "="]
