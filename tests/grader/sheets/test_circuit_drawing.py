"""A circuit's drawing: cells apart, wires that pass none, two where a value is read twice, a frame for the input."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.commands import app
from grader.sheets.content.page import Page
from grader.sheets.network_picture.boxes import Box, Rectangle, meetings
from grader.sheets.network_picture.circuit import CELL, circuit_height, wired
from grader.sheets.network_picture.drawing import draw_network, natural_height
from grader.sheets.network_picture.shapes import RADIUS, overlapping
from question_bank.derivations.deriving import derive
from question_bank.networks.circuit import Circuit
from question_bank.networks.circuit_text import read_circuit
from tests.question_bank.random_circuits import random_example

WIDTH = 178.0
NEURON = read_circuit(["w0", "x0", "w1", "x1", "w2"], {"f": "1 / (1 + exp(-(w0*x0 + w1*x1 + w2)))"})


def examples(count: int) -> list[Circuit]:
    chance = random.Random(7)
    found: list[Circuit] = []
    while len(found) < count:
        example = random_example(chance)
        circuit = read_circuit(list(example.inputs), example.nodes)
        if len(circuit.nodes) <= 10:
            found.append(circuit)
    return found


@pytest.mark.parametrize("number", range(40))
def test_cells_lie_apart_and_wires_pass_none(number: int) -> None:
    circuit = [NEURON, *examples(39)][number]
    height = natural_height(circuit)
    found = wired(circuit, WIDTH, height, RADIUS)
    cells = {
        value: Rectangle(x - RADIUS, y - RADIUS, 2 * RADIUS + found.stem, 2 * RADIUS)
        for value, (x, y) in found.places.items()
    }
    for (one, cell), (other, another) in combinations(cells.items(), 2):
        assert not cell.meets(another), (one.key, other.key)
    for cell in cells.values():
        assert cell.x >= -0.01
        assert cell.x + cell.width <= WIDTH + 0.01
        assert cell.y >= -0.01
        assert cell.y + cell.height <= height + 0.01
    for wire in found.wires:
        for start, end in zip(wire.points, wire.points[1:], strict=False):
            line = Box((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, 0, 0)
            for value, cell in cells.items():
                if value in (wire.source, wire.target):
                    continue
                middle = Box(cell.x + cell.width / 2, cell.y + cell.height / 2, cell.width - 0.2, cell.height - 0.2)
                steps = [
                    Box(start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1]), 0.01, 0.01)
                    for t in (n / 20 for n in range(21))
                ]
                assert not meetings([line, *steps], [middle]).any(), (wire.source.key, wire.target.key, value.key)


def test_lanes_of_a_wire_lie_in_line_where_they_can() -> None:
    """w₂ has none but its own wire below the others: from lane to lane it goes straight on."""
    found = wired(NEURON, WIDTH, natural_height(NEURON), RADIUS)
    (wire,) = (wire for wire in found.wires if wire.source.key == "w2")
    heights = {round(y, 6) for _, y in wire.points[1:-1]}
    assert len(wire.points) > 4
    assert len(heights) == 1


def test_every_use_has_a_wire_from_stem_to_circle() -> None:
    circuit = read_circuit(["x", "y"], {"q": "x * x", "f": "max(q, x) - y"})
    found = wired(circuit, WIDTH, natural_height(circuit), RADIUS)
    assert len(found.wires) == sum(len(node.inputs) for node in circuit.nodes)
    for wire in found.wires:
        x, y = found.places[wire.source]
        assert wire.points[0] == pytest.approx((x + RADIUS + found.stem, y))
        middle = found.places[wire.target]
        assert sum((a - b) ** 2 for a, b in zip(wire.points[-1], middle, strict=True)) == pytest.approx(RADIUS**2)
    # The square has two wires from x, which end apart.
    first, second = (wire for wire in found.wires if wire.target.key == "q")
    assert abs(first.points[-1][1] - second.points[-1][1]) > 3


def test_wires_do_not_cross_where_they_need_not() -> None:
    circuit = read_circuit(["a", "b", "c", "d"], {"p": "a * d", "q": "b * c", "f": "p + q"})
    rows = wired(circuit, WIDTH, natural_height(circuit), RADIUS).places
    order = sorted((given.key for given in circuit.inputs), key=lambda key: rows[circuit.inputs["abcd".index(key)]][1])
    assert "".join(order) in ("adbc", "dabc", "adcb", "dacb", "bcad", "bcda", "cbad", "cbda")


def test_the_height_is_that_of_the_highest_column() -> None:
    assert circuit_height(NEURON) == 5 * CELL
    assert natural_height(read_circuit(["x"], {"f": "exp(x)"})) == 20.0


def test_the_asked_input_has_a_frame_and_its_paths_are_heavy() -> None:
    circuit = read_circuit(["a", "b", "c"], {"p": "a * b", "q": "b + c", "f": "p * q"})
    derivation = derive(circuit, "b")
    drawing = draw_network(derivation, WIDTH, natural_height(circuit))
    assert overlapping(drawing) == []
    assert [(label.name.key, label.symbol) for label in drawing.labels] == [("b", True)]
    signs = {unit.name.key: unit.sign for unit in drawing.units}
    assert signs == {"a": "", "b": "", "c": "", "p": "×", "q": "+", "f": "×"}
    heavy = {(edge.source and edge.source.key, edge.target and edge.target.key) for edge in drawing.edges if edge.heavy}
    assert heavy == {("b", None), ("b", "p"), ("b", "q"), ("p", None), ("q", None), ("p", "f"), ("q", "f"), ("f", None)}
    (stem,) = (edge for edge in drawing.edges if edge.source and edge.source.key == "b" and edge.target is None)
    assert stem.paths == (1, 2)


def test_paths_that_are_to_be_found_are_not_drawn_heavy() -> None:
    recipe_layout = derive(NEURON, "w0").layout
    hidden = derive(NEURON, "w0", type(recipe_layout)(paths="find"))
    assert not any(edge.paths for edge in draw_network(hidden, WIDTH, 62.5).edges)
    assert any(edge.paths for edge in draw_network(hidden, WIDTH, 62.5, reveal=True).edges)


def test_boxes_of_the_forward_pass_stand_in_the_order_of_working() -> None:
    circuit = read_circuit(["x", "y"], {"p": "x * y", "h": "tanh(p)", "q": "h + x", "f": "sigmoid(q)"})
    page = Page(derive(circuit, "x"), (("inputs", True, 1, 1),))
    assert [cell["slot"] for row in page.context()["forward"] for cell in row] == ["p", "h", "q", "f"]


def test_a_key_is_printed_where_paths_of_different_lengths_are_to_be_found(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text(
        """
title = "Two lengths"
description = "Two paths, of two factors and of one."
minutes = 5
[circuit]
inputs = ["a", "b"]
nodes = { p = "a * b", f = "p * a" }
[ranges]
inputs = { low = -5, high = 5, decimals = 2 }
[precision]
forward = "4d"
[difficulty]
paths = [1, 2]
"""
    )
    (tmp_path / "roster.csv").write_text("id,name\ns1,Ada\n")
    (tmp_path / "assignment.toml").write_text(
        'title = "T"\n[[questions]]\nrecipe = "mine.toml"\nparameter = "a"\npaths = "find"\nmarks = 2\n'
    )
    done = CliRunner().invoke(app, ["make", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "key.pdf").exists()
