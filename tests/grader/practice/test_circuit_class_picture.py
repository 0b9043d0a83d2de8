"""The class's live picture of a circuit: nodes tinted by their values, edges by the local derivatives along them."""

from __future__ import annotations

from grader.practice.storage.classes import Success
from grader.practice.web.class_picture import class_picture


def test_nodes_and_edges_of_a_circuit_are_tinted() -> None:
    success = {place: Success(place, right, 10) for place, right in (("operation", 9), ("product_part", 5))}
    picture = class_picture("circuit-branch", success)
    shown = {unit.name.key: words for unit, (_, words) in zip(picture.drawing.units, picture.units, strict=True)}
    assert shown == {"a": "", "b": "", "c": "", "p": "90 %", "q": "90 %", "f": "90 %"}
    along = {
        (edge.source.key, edge.target.key): words
        for edge, (_, words) in zip(picture.drawing.edges, picture.edges, strict=True)
        if edge.source and edge.target and edge.heavy
    }
    # Nothing is known of the sum's derivatives.
    assert along == {("b", "p"): "50 %", ("b", "q"): "", ("p", "f"): "50 %", ("q", "f"): "50 %"}
    assert [row.title for row in picture.rows] == ["Values of nodes", "Back through ×"]
