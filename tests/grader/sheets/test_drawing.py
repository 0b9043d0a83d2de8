"""No two labels of a drawing meet, whatever the network."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.sheets.drawing import Rectangle, draw_network, overlapping
from question_bank.derivation import derive
from question_bank.network import Architecture
from question_bank.recipe import load_recipe, recipe_names

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
        assert parameter in {label.key for label in drawing.labels if label.asked}


@pytest.mark.parametrize("recipe", recipe_names())
@pytest.mark.parametrize("height", [60.0, 48.0])
def test_every_recipe_shows_all_its_weights(recipe: str, height: float) -> None:
    """The recipe's own network, biases included, whichever parameter it may ask for."""
    kind = load_recipe(recipe)
    for parameter in kind.parameters():
        drawing = draw_network(kind.derivation(parameter, "gradient"), 174.0, height)
        assert overlapping(drawing) == []
        assert drawing.complete, parameter


def test_a_dense_layer_keeps_the_labels_on_the_paths() -> None:
    drawing = draw_network(derive(plain((8, 8, 3)), "w1_21"))
    assert not drawing.complete
    assert {label.key for label in drawing.labels} == {"w1_21", "w2_12", "w2_22", "w2_32"}


def test_labels_that_meet_are_found() -> None:
    """The check itself can fail: two labels put on top of each other are named."""
    drawing = draw_network(derive(plain((4, 4, 2)), "w1_31"))
    first, second = drawing.labels[:2]
    moved = replace(drawing, labels=(first, replace(second, box=first.box)))
    assert (first.key, second.key) in overlapping(moved)


def test_heavy_edges_are_those_of_the_paths() -> None:
    drawing = draw_network(derive(plain((4, 4, 2)), "w1_31"))
    heavy = {edge.weight for edge in drawing.edges if edge.heavy}
    assert heavy == {"w1_31", "w2_13", "w2_23", None}
    assert [edge.weight for edge in drawing.edges if edge.asked] == ["w1_31"]


def test_a_shared_bias_comes_in_at_every_unit() -> None:
    architecture = Architecture((2, 3, 1), ("sigmoid", "sigmoid"), "squared_error", biases=("layer", "none"))
    drawing = draw_network(derive(architecture, "b1"))
    assert sum(edge.heavy for edge in drawing.edges) == 3 + 3 + 1
    assert overlapping(drawing) == []


def test_rectangles_that_only_touch_do_not_meet() -> None:
    assert not Rectangle(0, 0, 1, 1).meets(Rectangle(1, 0, 1, 1))
    assert Rectangle(0, 0, 1, 1).meets(Rectangle(0.9, 0.9, 1, 1))
    assert Rectangle(0, 0, 1, 1).meets(Rectangle(1.2, 0, 1, 1), gap=0.5)


def test_edges_know_the_paths_that_run_along_them() -> None:
    """Both paths share the asked edge; each has its own way through the outputs."""
    drawing = draw_network(derive(plain((4, 4, 2)), "w1_31"))
    assert {edge.weight: edge.paths for edge in drawing.edges if edge.heavy and edge.weight} == {
        "w1_31": (1, 2),
        "w2_13": (1,),
        "w2_23": (2,),
    }
