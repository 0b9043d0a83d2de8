"""Paths: as many as combinatorics says, enumerated in order, refused before they are enumerated when too many."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.errors import TooManyPaths
from question_bank.expressions.names import Local, Symbol, symbol
from question_bank.networks.dense import Architecture
from question_bank.networks.graph import PATH_LIMIT, Factor, Graph
from question_bank.networks.updates import PLAIN_UPDATE


def expected_count(architecture: Architecture, parameter: Symbol) -> int:
    """One unit of each later layer has to be chosen; full softmax lets every output see every logit."""
    layer = int(re.match(r"[wb](\d+)", parameter.key)[1])  # type: ignore[index]
    shared = parameter.key == f"b{layer}"
    cross = architecture.sizes[-1] if architecture.softmax == "full" else 1
    return prod(architecture.sizes[layer + 1 :]) * (architecture.sizes[layer] if shared else 1) * cross


@st.composite
def questions(draw: st.DrawFn) -> tuple[Architecture, Symbol]:
    sizes = tuple(draw(st.lists(st.integers(1, 4), min_size=2, max_size=5)))
    softmax = draw(st.sampled_from([None, "full", "diagonal"]))
    activations = tuple(draw(st.sampled_from(["sigmoid", "tanh", "relu", "linear"])) for _ in sizes[1:])
    activations = (*activations[:-1], "softmax") if softmax else activations
    biases = tuple(draw(st.sampled_from(["none", "unit", "layer"])) for _ in sizes[1:])
    architecture = Architecture(sizes, activations, "squared_error", softmax, biases)  # type: ignore[arg-type]
    return architecture, draw(st.sampled_from(list(architecture.parameters())))


@settings(deadline=None, max_examples=50)
@given(questions())
def test_counted_enumerated_and_expected_paths_are_as_many(question: tuple[Architecture, Symbol]) -> None:
    architecture, parameter = question
    graph = architecture.graph()
    found = graph.paths(parameter)
    assert graph.count_paths(parameter) == len(found) == len(set(found)) == expected_count(architecture, parameter)


@settings(deadline=None, max_examples=50)
@given(questions())
def test_every_path_is_a_chain_from_the_parameter_to_the_loss(question: tuple[Architecture, Symbol]) -> None:
    architecture, parameter = question
    derivation = derive(architecture, parameter)
    nodes = derivation.graph.nodes
    for number, path in enumerate(derivation.paths, 1):
        assert (path.number, path.product.key) == (number, f"path_{number}.product")
        assert (path.route[0], path.route[-1]) == (parameter, Symbol("L"))
        for source, node in pairwise(path.route):
            assert source in nodes[node].inputs
        assert path.factors == tuple(Local(node, source) for source, node in reversed(list(pairwise(path.route))))
        assert all(derivation.step(key).role == "factor" for key in path.factors)


@settings(deadline=None, max_examples=50)
@given(questions())
def test_paths_are_ordered_by_unit_from_the_output_back(question: tuple[Architecture, Symbol]) -> None:
    architecture, parameter = question
    orders = [
        [value.index[-1] for value in reversed(path.route[1:-1])] for path in derive(architecture, parameter).paths
    ]
    assert orders == sorted(orders)


@settings(deadline=None, max_examples=50)
@given(questions(), st.booleans())
def test_every_step_reads_earlier_steps_only(question: tuple[Architecture, Symbol], rate: bool) -> None:
    derivation = derive(*question, Layout(update=PLAIN_UPDATE if rate else None))
    names = [step.name for step in derivation.steps]
    assert len(names) == len({name.key for name in names})
    for position, program in enumerate(derivation.programs):
        assert derivation.index[names[position]] == position
        assert program is None or all(read < position for read in program.reads)
    slots = [slot.name for slot in derivation.slots]
    assert len(slots) == len(set(slots))


@pytest.mark.parametrize(
    ("sizes", "softmax", "parameter", "count"),
    [((20,) * 10, None, "w1_11", 20**8), ((5, 9, 9, 9, 9), "full", "w1_12", 9**4), ((9,) * 6, None, "b1", 9**5)],
)
def test_too_many_paths_are_refused_quickly(
    sizes: tuple[int, ...], softmax: str | None, parameter: str, count: int
) -> None:
    layers = len(sizes) - 1
    activations = ("tanh",) * (layers - 1) + ("softmax" if softmax else "tanh",)
    architecture = Architecture(sizes, activations, "squared_error", softmax, ("layer",) * layers)  # type: ignore[arg-type]
    began = time.process_time()
    with pytest.raises(TooManyPaths) as raised:
        derive(architecture, parameter)
    assert time.process_time() - began < 5
    assert (raised.value.parameter, raised.value.count, raised.value.limit) == (parameter, count, PATH_LIMIT)
    assert f"{count:,}" in str(raised.value)
    assert f"{PATH_LIMIT:,}" in str(raised.value)
    assert "later layer" in str(raised.value)


def test_the_limit_itself_is_allowed() -> None:
    architecture = Architecture((1, 4, 4, 4), ("tanh",) * 3, "squared_error")
    graph = architecture.graph()
    assert len(graph.paths(symbol("w1_11"), limit=16)) == 16
    with pytest.raises(TooManyPaths, match="16 paths; the limit is 15"):
        graph.paths(symbol("w1_11"), limit=15)


def test_a_shared_factor_is_one_step_and_a_slot_in_each_column() -> None:
    derivation = derive(Architecture((2, 2, 2), ("sigmoid",) * 2, "squared_error"), "w1_12")
    assert [step.key for step in derivation.steps].count("dh1_1/da1_1") == 1
    assert [slot.path for slot in derivation.slots if slot.step.key == "dh1_1/da1_1"] == [1, 2]


def test_layouts_decide_what_is_a_slot() -> None:
    network = Architecture((2, 2, 2), ("sigmoid", "softmax"), "squared_error", "full")
    names = {
        layout: [slot.name for slot in derive(network, "w1_12", layout).slots]
        for layout in (
            Layout(),
            Layout(forward="given"),
            Layout(exact_first=True),
            Layout(scratch=True),
            Layout(update=PLAIN_UPDATE),
            Layout(quantity="updated", update=PLAIN_UPDATE),
        )
    }
    everything, given_, exact, scratch, rate, updated = names.values()
    forward = ["a1_1", "a1_2", "h1_1", "h1_2", "a2_1", "a2_2", "e2_1", "e2_2", "s2", "yhat_1", "yhat_2"]
    assert everything[: len(forward)] == forward
    assert given_ == everything[len(forward) :]
    assert [name for name in everything if name not in exact] == ["a1_1", "a1_2"]
    assert [name for name in everything if name not in scratch] == [n for n in forward if n[0] in "aes"]
    assert rate == everything
    assert updated == [*everything, "updated"]


def test_the_cone_is_everything_that_depends_on_a_step() -> None:
    derivation = derive(Architecture((2, 2, 1), ("sigmoid",) * 2, "squared_error"), "w1_12")
    keys = [derivation.steps[position].key for position in derivation.cone(symbol("h1_2"))]
    assert keys == ["a2_1", "yhat_1", "dL/dyhat_1", "dyhat_1/da2_1", "path_1.product", "gradient"]


def test_a_derivation_is_built_once() -> None:
    network = Architecture((2, 2, 1), ("sigmoid",) * 2, "squared_error")
    assert derive(network, "w1_12") is derive(Architecture((2, 2, 1), ("sigmoid",) * 2, "squared_error"), "w1_12")
    assert derive(network, "w1_12") != derive(network, "w1_11")


def test_only_inputs_that_a_path_can_go_through_have_a_partial_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand units in a layer have millions of partials: a derivation builds those on its paths."""
    built: list[tuple[Symbol, int]] = []
    right = Graph.factor

    def noted(graph: Graph, node: Symbol, i: int) -> Factor:
        built.append((node, i))
        return right(graph, node, i)

    monkeypatch.setattr(Graph, "factor", noted)
    network = Architecture((3, 1000, 2), ("tanh", "softmax"), "squared_error", "full")
    derivation = derive(network, "w1_11")
    assert len(derivation.paths) == 4
    assert len(built) == len({key for path in derivation.paths for key in path.factors}) == 10
