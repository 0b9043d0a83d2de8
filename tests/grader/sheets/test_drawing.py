"""No two labels of a drawing meet, whatever the network."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from grader.sheets.content.drawn_network import PaperFit
from grader.sheets.content.number_boxes import printed_givens, shape_of
from grader.sheets.content.page import Page
from grader.sheets.network_picture.boxes import Box, meetings
from grader.sheets.network_picture.drawing import draw_network, natural_height
from grader.sheets.network_picture.shapes import Room, overlapping
from grader.sheets.printing.fit import LOWEST
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.names import symbol
from question_bank.networks.dense import Architecture
from question_bank.networks.logits import Logits
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe
from tests.recipes import recipes

NETWORKS = [(2, 2, 1), (4, 4, 2), (3, 3, 3, 2), (3, 5, 4, 2), (8, 8, 3), (1, 1)]


def plain(sizes: tuple[int, ...]) -> Architecture:
    return Architecture(sizes, ("sigmoid",) * (len(sizes) - 1), "squared_error")


@pytest.mark.parametrize("sizes", NETWORKS)
def test_no_labels_meet(sizes: tuple[int, ...]) -> None:
    architecture = plain(sizes)
    parameters = list(architecture.parameters())
    for parameter in (parameters[0], parameters[len(parameters) // 2], parameters[-1]):
        drawing = draw_network(derive(architecture, parameter))
        assert overlapping(drawing) == []
        assert parameter in {label.name for label in drawing.labels if label.symbol}


@pytest.mark.parametrize("recipe", recipes(without=["textbook"]))
@pytest.mark.parametrize("lowest", [False, True])
def test_every_recipe_shows_all_its_weights(recipe: str, lowest: bool) -> None:
    """The recipe's own network with room for its own numbers, whichever parameter it may ask for.

    The network of `textbook` is that of `two-paths`, whose numbers are no shorter and which asks for biases too.
    """
    kind = load_recipe(recipe)
    drawn = draw(kind, [b"one"])[0]
    shape = shape_of(drawn.derivation, printed_givens(drawn))
    natural = natural_height(kind.model)
    for parameter in kind.parameters():
        derivation = kind.derivation(parameter, "gradient")
        drawing = Page(derivation, shape, PaperFit(min(natural, LOWEST) if lowest else natural)).drawing
        assert overlapping(drawing) == []
        assert drawing.complete, parameter


def test_a_dense_layer_keeps_the_labels_on_the_paths() -> None:
    drawing = draw_network(derive(plain((8, 8, 3)), "w1_21"))
    assert not drawing.complete
    assert {label.name.key for label in drawing.labels} == {"w1_21", "w2_12", "w2_22", "w2_32"}


def test_a_label_stands_clear_of_circles_and_of_other_paths_where_it_can() -> None:
    """On a telephone's width: a frame that nearly touches a circle looks as if it did, as does a number by a path."""
    chain = draw_network(load_recipe("chain").derivation("w1_11", "gradient"), 112.0, 40.0, Room(unit=9.7))
    (frame,) = (label.box for label in chain.labels if label.symbol)
    ends = frame.x - frame.width / 2, frame.x + frame.width / 2
    before, after = chain.units[:2]
    assert ends[0] - (before.x + chain.radius) > 1.6
    assert after.x - chain.radius - ends[1] > 1.6
    drawing = draw_network(load_recipe("two-paths").derivation("w1_31", "gradient"), 112.0, 76.0)
    (heavy,) = (edge for edge in drawing.edges if edge.asked)
    turn = math.atan2(heavy.y2 - heavy.y1, heavy.x2 - heavy.x1)
    x, y = heavy.at(0.5)
    # Its two paths side by side are 2.4 mm wide.
    track = Box(x, y, math.hypot(heavy.x2 - heavy.x1, heavy.y2 - heavy.y1), 2.4, turn)
    assert [label.name.key for label in drawing.labels if label.box.meets(track)] == ["w1_31"]


def test_labels_that_meet_are_found() -> None:
    """The check itself can fail: two labels put on top of each other are named."""
    drawing = draw_network(derive(plain((4, 4, 2)), "w1_31"))
    first, second = drawing.labels[:2]
    moved = replace(drawing, labels=(first, replace(second, box=first.box)))
    assert (first.name.key, second.name.key) in overlapping(moved)


def test_heavy_edges_are_those_of_the_paths() -> None:
    drawing = draw_network(derive(plain((4, 4, 2)), "w1_31"))
    heavy = {edge.weight for edge in drawing.edges if edge.heavy}
    assert heavy == {*map(symbol, ("w1_31", "w2_13", "w2_23")), None}
    assert [edge.weight for edge in drawing.edges if edge.asked] == [symbol("w1_31")]


@pytest.mark.parametrize("height", [60.0, 45.0])
@pytest.mark.parametrize("sizes", [(2, 3, 1), (4, 4, 2), (3, 3, 3, 2)])
def test_a_shared_bias_comes_in_at_every_unit(sizes: tuple[int, ...], height: float) -> None:
    """Each of its units has a tag with its symbol, the first its value too; no weight loses its label over that."""
    layers = len(sizes) - 1
    kinds = ("layer", *("none",) * (layers - 1))
    architecture = Architecture(sizes, ("sigmoid",) * layers, "squared_error", biases=kinds)  # type: ignore[arg-type]
    drawing = draw_network(derive(architecture, "b1"), 174.0, height)
    tags = [label for label in drawing.labels if label.name.key == "b1"]
    assert [label.number for label in tags] == [True] + [False] * (sizes[1] - 1)
    assert all(label.symbol for label in tags)
    assert sum(edge.bias for edge in drawing.edges) == sizes[1]
    assert overlapping(drawing) == []
    assert drawing.complete
    for label in tags:
        assert label.box.y - label.box.height / 2 >= 0
        assert label.box.y + label.box.height / 2 <= height


def test_labels_lie_on_their_edges_and_turn_with_them() -> None:
    drawing = draw_network(derive(plain((4, 4, 2)), "w1_31"))
    edges = {edge.weight: edge for edge in drawing.edges}
    for label in drawing.labels:
        edge = edges[label.name]
        across = (edge.x2 - edge.x1) * (label.box.y - edge.y1) - (edge.y2 - edge.y1) * (label.box.x - edge.x1)
        assert across == pytest.approx(0, abs=1e-9)
        slope = math.atan2(edge.y2 - edge.y1, edge.x2 - edge.x1)
        assert label.box.angle == (0 if label.symbol else pytest.approx(slope))


def test_paths_that_are_to_be_found_are_not_drawn() -> None:
    drawing = draw_network(derive(plain((4, 4, 2)), "w1_31", Layout(paths="find")))
    assert [edge.weight for edge in drawing.edges if edge.heavy] == [symbol("w1_31")]
    assert not any(edge.paths for edge in drawing.edges)


def test_boxes_that_only_touch_do_not_meet() -> None:
    assert not Box(0, 0, 1, 1).meets(Box(1, 0, 1, 1))
    assert Box(0, 0, 1, 1).meets(Box(0.9, 0.9, 1, 1))
    assert meetings([Box(0, 0, 1, 1)], [Box(1.2, 0, 1, 1)], gap=0.5)[0, 0]


def test_turned_boxes_meet_where_they_share_points() -> None:
    """Against sampled points: if a point of one lies in the other they meet; if none of many does, hardly."""
    chance = random.Random(4)
    grid = np.array([(x, y) for x in np.linspace(-0.5, 0.5, 41) for y in np.linspace(-0.5, 0.5, 41)])

    def points(box: Box) -> np.ndarray:
        turn = np.array([[math.cos(box.angle), -math.sin(box.angle)], [math.sin(box.angle), math.cos(box.angle)]])
        return grid * (box.width, box.height) @ turn.T + (box.x, box.y)

    def inside(box: Box, found: np.ndarray) -> bool:
        turn = np.array([[math.cos(box.angle), -math.sin(box.angle)], [math.sin(box.angle), math.cos(box.angle)]])
        local = np.abs((found - (box.x, box.y)) @ turn)
        return bool(np.any((local[:, 0] < box.width / 2) & (local[:, 1] < box.height / 2)))

    for _ in range(300):
        one, other = (
            Box(chance.uniform(-3, 3), chance.uniform(-3, 3), 4, 1, chance.uniform(-1.5, 1.5)) for _ in range(2)
        )
        smaller = replace(other, width=3.8, height=0.8)
        if inside(one, points(other)):
            assert one.meets(other)
        elif not inside(one, points(replace(other, width=4.2, height=1.2))):
            assert not one.meets(smaller)


def test_edges_know_the_paths_that_run_along_them() -> None:
    """Both paths share the asked edge; each has its own way through the outputs."""
    drawing = draw_network(derive(plain((4, 4, 2)), "w1_31"))
    assert {edge.weight.key: edge.paths for edge in drawing.edges if edge.heavy and edge.weight} == {
        "w1_31": (1, 2),
        "w2_13": (1,),
        "w2_23": (2,),
    }


@pytest.mark.parametrize("combined", [True, False])
def test_logits_stand_before_the_outputs_that_each_of_them_changes(combined: bool) -> None:
    """Also where the loss is one step with the softmax: then nothing leads past the outputs."""
    derivation = derive(Logits(3, combined), "a_2")
    drawing = draw_network(derivation, 178.0, 60.0)
    assert [unit.name.letter for unit in drawing.units] == ["a"] * 3 + ["yhat"] * 3 + ["L"]
    assert len(drawing.edges) == 3 * 3 + 3
    assert sum(edge.heavy for edge in drawing.edges) == 3 + 3


@pytest.mark.parametrize(
    ("sizes", "skips"),
    [
        ((2, 2, 2, 1), ((1, 2),)),
        ((2, 1, 1, 1), ((1, 2),)),
        ((2, 3, 2, 3, 1), ((1, 3),)),
        ((3, 3, 3, 2), ((0, 1), (1, 2))),
        ((2, 4, 4, 4, 2), ((1, 2), (1, 3))),
        ((2, 2, 3, 2, 1), ((1, 3),)),
    ],
)
def test_a_skip_leads_around_all_circles(sizes: tuple[int, ...], skips: tuple[tuple[int, int], ...]) -> None:
    """Of every unit one, with no label on a circle, no circle on its way, and all of it within the drawing."""
    network = replace(plain(sizes), skips=skips, skip_added="after")
    drawing = draw_network(derive(network, [*network.parameters()], Layout(working="deltas")))
    assert overlapping(drawing) == []
    around = [edge for edge in drawing.edges if edge.source is not None]
    wanted = [(source, target, unit) for source, target in skips for unit in network.units(target)]
    assert {(edge.source, edge.target) for edge in around} == {
        (network.output(source, unit), network.output(target, unit)) for source, target, unit in wanted
    }
    assert len(around) >= 3 * len(wanted)
    for edge in around:
        for x, y in ((edge.x1, edge.y1), (edge.x2, edge.y2)):
            assert 0 <= x <= drawing.width
            assert 0 <= y <= drawing.height
        for part in range(101):
            x, y = edge.at(part / 100)
            assert min(math.dist((x, y), (unit.x, unit.y)) for unit in drawing.units) > drawing.radius - 0.01


def test_a_path_along_a_skip_is_drawn_there_and_not_on_the_weight() -> None:
    network = replace(plain((1, 1, 1, 1)), skips=((1, 2),), skip_added="after")
    drawing = draw_network(derive(network, "w1_11"))
    through, past = (1,), (2,)
    assert {edge.paths for edge in drawing.edges if edge.source is not None} == {past}
    assert [edge.paths for edge in drawing.edges if edge.weight == symbol("w2_11")] == [through]
    assert [edge.paths for edge in drawing.edges if edge.weight == symbol("w3_11")] == [(1, 2)]
