"""An unrolled cell's drawing: time from left to right, nothing on top of anything else, every arrow and its letter."""

from __future__ import annotations

from itertools import combinations

import pytest

from grader.sheets.network_picture.boxes import Box, meetings
from grader.sheets.network_picture.drawing import draw_network, natural_height
from grader.sheets.network_picture.shapes import Drawing, overlapping
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.names import Symbol
from question_bank.networks.recurrent import Recurrent

WIDTH = 178.0
MODELS = {
    "the loss at the last step": (Recurrent(3, "squared_error"), "u"),
    "a loss at every step": (Recurrent(4, "squared_error", every=True, biases=True), "w"),
    "a bias": (Recurrent(3, "squared_error", biases=True), "b"),
    "states that are held against targets": (Recurrent(2, "squared_error", output=None, every=True), "w"),
    "two inputs and a state before": (Recurrent(3, "squared_error", inputs=2, initial=True), "w_2"),
    "truncated": (Recurrent(4, "squared_error", truncation=2), "u"),
    "an LSTM": (Recurrent(2, "squared_error", "lstm", output=None), "ug"),
    "a GRU from a given state": (Recurrent(2, "squared_error", "gru", output=None, initial=True), "ur"),
    "an LSTM with a loss at every step": (Recurrent(2, "squared_error", "lstm", every=True), "wo"),
}
each_model = pytest.mark.parametrize("name", MODELS)


def drawn(name: str) -> tuple[Recurrent, Drawing]:
    model, asked = MODELS[name]
    working = "paths" if model.graph().count_paths(Symbol(asked)) < 30 else "table"
    return model, draw_network(derive(model, asked, Layout(working=working)), WIDTH, natural_height(model))  # type: ignore[arg-type]


@each_model
def test_nothing_lies_on_anything_else(name: str) -> None:
    _, drawing = drawn(name)
    assert overlapping(drawing) == []
    circles = {unit.name: (unit.x, unit.y) for unit in drawing.units}
    for (one, (x, y)), (other, (a, b)) in combinations(circles.items(), 2):
        assert (x - a) ** 2 + (y - b) ** 2 > (2 * drawing.radius) ** 2, (one.key, other.key)
    for x, y in circles.values():
        assert drawing.radius <= x <= WIDTH - drawing.radius
        assert drawing.radius <= y <= drawing.height - drawing.radius
    for label in drawing.labels:
        assert label.box.bounds.y >= 0
        assert label.box.bounds.y + label.box.height <= drawing.height


@each_model
def test_no_arrow_runs_through_a_circle_that_it_does_not_join(name: str) -> None:
    _, drawing = drawn(name)
    for edge in drawing.edges:
        points = [Box(*edge.at(n / 20), 0.01, 0.01) for n in range(1, 20)]
        for unit in drawing.units:
            inside = Box(unit.x, unit.y, 1.4 * drawing.radius, 1.4 * drawing.radius)  # within the circle
            assert not meetings(points, [inside]).any(), (unit.name.key, edge)


@each_model
def test_time_goes_from_left_to_right(name: str) -> None:
    _, drawing = drawn(name)
    states = [unit for unit in drawing.units if unit.name.letter == "h"]
    assert [unit.x for unit in states] == sorted(unit.x for unit in states)
    assert len({unit.y for unit in states}) == 1


def test_every_arrow_has_its_weight_and_the_one_asked_for_its_value_once() -> None:
    _, drawing = drawn("the loss at the last step")
    letters = sorted(label.name.key for label in drawing.labels)
    assert letters == ["u", "u", "v", "w", "w", "w"]
    assert [label.number for label in drawing.labels if label.name == Symbol("u")] == [True, False]
    assert {label.name.key for label in drawing.labels if label.framed} == {"u"}
    assert all(edge.paths for edge in drawing.edges if edge.weight == Symbol("u"))


def test_what_is_cut_off_is_struck_out() -> None:
    model, drawing = drawn("truncated")
    assert model.cuts == (3,)
    whole = draw_network(derive(Recurrent(4, "squared_error"), "u"), WIDTH, natural_height(model))
    assert len(drawing.edges) == len(whole.edges) + 2
