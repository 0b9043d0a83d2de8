"""Circuits: held to HIPS autograd on a thousand random ones, to published examples, and what is said of bad ones."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.errors import FormulaError, NetworkError, TooManyPaths
from question_bank.expressions.names import symbol
from question_bank.networks.circuit import Circuit
from question_bank.networks.circuit_text import read_circuit
from question_bank.networks.gates import GATES, written_node
from question_bank.questions.question import solve
from question_bank.questions.written import read_problem
from tests.question_bank.random_circuits import random_example, tame


def solved(circuit: Circuit, numbers: Mapping[str, float]) -> dict[str, float]:
    """The value of every node and the gradient by every input."""
    found: dict[str, float] = {}
    for given in circuit.inputs:
        question = solve(derive(circuit, given), numbers)
        found |= {node.name.key: question.value(node.name) for node in circuit.nodes}
        found[f"d{given.key}"] = question.value("gradient")
    return found


@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.bank) for seed in range(3, 10))])
def test_a_hundred_random_circuits_are_as_autograd_has_them(seed: int) -> None:
    chance, compared, used = random.Random(seed), 0, set()
    while compared < 100:
        example = random_example(chance)
        if not tame(example):
            continue
        circuit = read_circuit(list(example.inputs), example.nodes)
        found = solved(circuit, example.inputs)
        for node in example.nodes:
            assert found[node] == pytest.approx(float(example.value(node, example.inputs)), rel=1e-9, abs=1e-9), example
        for name, gradient in example.gradients().items():
            assert found[f"d{name}"] == pytest.approx(gradient, rel=1e-9, abs=1e-9), (example, name)
        used |= {node.rule for node in circuit.nodes}
        compared += 1
    # All operations were among them, or all but one.
    assert len({*GATES, "sigmoid", "tanh", "relu", "leaky_relu", "softplus"} - used) <= 1


def test_gradients_on_every_edge_are_as_autograd_has_them() -> None:
    chance, compared = random.Random(77), 0
    while compared < 60:
        example = random_example(chance)
        if not tame(example):
            continue
        circuit = read_circuit(list(example.inputs), example.nodes)
        derivation = derive(circuit, circuit.inputs, Layout(working="table"))
        question = solve(derivation, example.inputs)
        boxes = {slot.name for slot in question.slots}
        for name, gradient in example.gradients().items():
            assert question.value(derivation.gradient_of(symbol(name))) == pytest.approx(gradient, rel=1e-9, abs=1e-9)
            assert f"{name}.gradient" in boxes
        compared += 1


def test_every_value_of_a_circuit_has_a_box_for_its_gradient() -> None:
    """The first example of CS231n, with all that its picture shows: also what is another value, or a copy."""
    circuit = read_circuit(["x", "y", "z"], {"q": "x + y", "f": "q * z"})
    question = solve(derive(circuit, circuit.inputs, Layout(working="table")), {"x": -2, "y": 5, "z": -4})
    written = {slot.name: question.value(slot.step) for slot in question.slots}
    expected = {"q": 3, "f": -12, "q.gradient": -4, "x.gradient": -4, "y.gradient": -4, "z.gradient": 3}
    assert written == pytest.approx(expected)


PUBLISHED: dict[str, tuple[dict[str, float], dict[str, str], dict[str, float], float]] = {
    # Stanford CS231n, course notes "Backpropagation, Intuitions", compound expressions: (x + y) z.
    "cs231n product of a sum": (
        {"x": -2, "y": 5, "z": -4},
        {"q": "x + y", "f": "q * z"},
        {"q": 3, "f": -12, "dx": -4, "dy": -4, "dz": 3},
        1e-12,
    ),
    # The same notes, sigmoid neuron: values 1.00, 0.37, 1.37, 0.73 and gradients to two digits.
    "cs231n sigmoid neuron": (
        {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3},
        {"dot": "w0*x0 + w1*x1 + w2", "n": "-dot", "e": "exp(n)", "u": "e + 1", "f": "1/u"},
        {"dot": 1.0, "n": -1.0, "e": 0.37, "u": 1.37, "f": 0.73}
        | {"dw0": -0.20, "dx0": 0.39, "dw1": -0.39, "dx1": -0.59, "dw2": 0.20},
        0.0051,
    ),
    # The same notes, "Patterns in backward flow": 2 (x y + max(z, w)).
    "cs231n add, max and mul gates": (
        {"x": 3, "y": -4, "z": 2, "w": -1},
        {"p": "x * y", "m": "max(z, w)", "s1_1": "p + m", "f": "2 * s1_1"},
        {"p": -12, "m": 2, "f": -20, "dx": -8, "dy": 6, "dz": 2, "dw": 0},
        1e-12,
    ),
    # C. Olah, "Calculus on Computational Graphs: Backpropagation" (2015): e = (a + b)(b + 1) at a = 2, b = 1.
    "olah": (
        {"a": 2, "b": 1},
        {"c": "a + b", "d": "b + 1", "e": "c * d"},
        {"c": 3, "d": 2, "e": 6, "da": 2, "db": 5},
        1e-12,
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_examples_to_their_printed_digits(name: str) -> None:
    numbers, nodes, printed, within = PUBLISHED[name]
    found = solved(read_circuit(list(numbers), nodes), numbers)
    assert {key: found[key] for key in printed} == pytest.approx(printed, abs=within)


def test_a_formula_of_several_operations_becomes_nodes_with_letters_that_nothing_else_has() -> None:
    circuit = read_circuit(["a", "b"], {"f": "ln(a * b + 1)"})
    assert [(node.name.key, written_node(node)) for node in circuit.nodes] == [
        ("c", "a * b"),
        ("h", "c + 1"),
        ("f", "ln(h)"),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_of_a_circuit_reads_as_the_same_circuit(seed: int) -> None:
    chance = random.Random(1000 + seed)
    for _ in range(50):
        example = random_example(chance)
        circuit = read_circuit(list(example.inputs), example.nodes)
        again = read_circuit(list(example.inputs), {node.name.key: written_node(node) for node in circuit.nodes})
        assert again == circuit


def test_a_value_that_a_node_reads_twice_has_two_paths_there() -> None:
    derivation = derive(read_circuit(["x"], {"f": "x * x"}), "x")
    assert [path.factors[0].key for path in derivation.paths] == ["df/dx", "df/dx:2"]
    assert solve(derivation, {"x": 3}).value("gradient") == 6


def test_an_input_beside_one_of_very_many_paths_can_be_asked_for() -> None:
    doubled = {f"n{n}": f"n{n - 1} * n{n - 1}" for n in range(1, 21)}
    circuit = read_circuit(["n0", "y"], doubled | {"f": "n20 + y"})
    assert solve(derive(circuit, "y"), {"n0": 1, "y": 2}).value("gradient") == 1
    assert circuit.alike(symbol("y")) == []
    with pytest.raises(TooManyPaths):
        derive(circuit, "n0")


def test_nodes_may_stand_in_any_order_as_long_as_the_output_is_last() -> None:
    assert read_circuit(["x", "y"], {"h": "q * y", "q": "x + y", "f": "h + 1"}).nodes[0].name.key == "q"


BAD: dict[str, tuple[list[str], dict[str, str], str, str]] = {
    "cycle": (["x"], {"q": "f + x", "f": "q * x"}, "circuit.nodes.q", "a cycle: q reads f reads q"),
    "itself": (["x"], {"f": "f + x"}, "circuit.nodes.f", "a cycle: f reads f"),
    "unused input": (["x", "y"], {"f": "x * x"}, "circuit.inputs", "y leads nowhere"),
    "unused node": (["x"], {"q": "x + 1", "f": "2 * x"}, "circuit.nodes.q", "q leads nowhere"),
    "output read": (["x"], {"f": "q * x", "q": "x + 1"}, "circuit.nodes.q", "the last node is read by f"),
    "name twice": (["x"], {"x": "x + 1"}, "circuit.nodes.x", "x is an input as well"),
    "input twice": (["x", "x"], {"f": "x + 1"}, "circuit.inputs", "'x' stands twice"),
    "capitals": (["x", "X"], {"f": "x + X"}, "circuit", "the names X and x"),
    "taken name": (["eta"], {"f": "eta + 1"}, "circuit.inputs", "'eta' cannot be a name"),
    "taken with a number": (["beta_1"], {"f": "beta_1 + 1"}, "circuit.inputs", "'beta_1' cannot be a name"),
    "a column's name": (["path_1"], {"f": "path_1 + 1"}, "circuit.inputs", "'path_1' cannot be a name"),
    "word of formulas": (["x"], {"if": "x + 1"}, "circuit.nodes.if", "'if' cannot be a name"),
    "matrix": (["W1"], {"f": "W1 + 1"}, "circuit.inputs", "'W1' cannot be a name"),
    "number with a 0": (["x_01"], {"f": "x_01 + 1"}, "circuit.inputs", "'x_01' cannot be a name"),
    "function's name": (["x"], {"exp": "x + 1"}, "circuit.nodes.exp", "'exp' cannot be a name"),
    "no name": (["2x"], {"f": "1"}, "circuit.inputs", "'2x' cannot be a name"),
    "no inputs": ([], {"f": "1 + 1"}, "circuit.nodes.f", "two numbers"),
    "no nodes": (["x"], {}, "circuit.nodes", "no nodes"),
    "no operation": (["x"], {"f": "x"}, "circuit.nodes.f", "no operation"),
    "unknown name": (["x"], {"f": "x + why"}, "circuit.nodes.f", "unknown name 'why'"),
    "unknown function": (["x"], {"f": "log(x)"}, "circuit.nodes.f", "unknown function 'log'"),
    "power": (["x"], {"f": "x**3"}, "circuit.nodes.f", "another power than the square"),
    "division by 0": (["x"], {"f": "x / 0"}, "circuit.nodes.f", "a division by 0"),
    "three values": (["x"], {"f": "max(x, x, x)"}, "circuit.nodes.f", "max with 3 values"),
    "max of one": (["x"], {"f": "max(x, x)"}, "circuit.nodes.f", "max of a value and itself"),
    "no formula": (["x"], {"f": "__import__('os')"}, "circuit.nodes.f", "unknown function '__import__'"),
    "attribute": (["x"], {"f": "x.real"}, "circuit.nodes.f", "this cannot stand in a circuit"),
    "comparison": (["x"], {"f": "x > 0"}, "circuit.nodes.f", "this cannot stand in a circuit"),
    "too deep": (["x"], {"f": "x + " * 45 + "x"}, "circuit.nodes.f", "too many operations inside one another"),
    "too many operations": (
        ["n0"],
        {f"n{n}": f"n{n - 1} + 1 + 1" for n in range(1, 22)},
        "circuit.nodes",
        "42 operations",
    ),
    "too many": (["n0"], {f"n{n}": f"n{n - 1} + 1" for n in range(1, 42)}, "circuit.nodes", "41 nodes"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_makes_no_circuit_is_said_with_its_key(name: str) -> None:
    inputs, nodes, place, found = BAD[name]
    with pytest.raises((NetworkError, FormulaError)) as raised:
        read_circuit(inputs, nodes)
    assert (raised.value.place, raised.value.found[: len(found)]) == (place, found)


WRITTEN = """
ask = "{ask}"
[circuit]
inputs = {{ x = {x}, y = {y} }}
nodes = {{ f = "{formula}" }}
"""


def problem(formula: str, *, x: float, y: float, ask: str = "x") -> str:
    return WRITTEN.format(formula=formula, x=x, y=y, ask=ask)


UNDEFINED = {
    "x / y": (1, 0, "x / y where x is 1 and y is 0", "a divisor other than 0"),
    "x + 1 / y": (1, 0, "1 / y where y is 0", "a divisor other than 0"),
    "x + 2 / y": (1, 0, "2 / y where y is 0", "a divisor other than 0"),
    "ln(x) + y": (-1, 0, "ln(x) where x is -1", "the ln of a number above 0"),
    "max(x, y)": (2, 2, "max(x, y) where x is 2 and y is 2", "two values that differ: where they are equal"),
}


@pytest.mark.parametrize("formula", UNDEFINED)
def test_numbers_on_which_a_node_has_no_slope_are_refused_with_its_key(formula: str) -> None:
    x, y, found, expected = UNDEFINED[formula]
    stated = read_problem(problem(formula, x=x, y=y), "mine.toml")
    with pytest.raises(NetworkError) as raised:
        stated.solve()
    assert (raised.value.place or "").startswith("circuit.nodes.")
    assert found in raised.value.found
    assert (raised.value.expected or "").startswith(expected)
    # A little beside it, all is well.
    assert read_problem(problem(formula, x=x + 2.5, y=y + 0.25), "mine.toml").solve().value("gradient") is not None


def test_another_parameter_than_an_input_is_refused_with_the_inputs() -> None:
    with pytest.raises(NetworkError, match=r"expected one of the inputs x, y$"):
        read_problem(problem("x + y", x=1, y=2, ask="w"), "mine.toml")


def test_a_network_and_a_circuit_in_one_file_are_refused() -> None:
    text = problem("x + y", x=1, y=2) + '[network]\nsizes = [1, 1]\nactivations = ["linear"]\nloss = "squared_error"\n'
    with pytest.raises(NetworkError):
        read_problem(text + "W1 = [[2]]\nx = [3]\ny = [5]\n", "mine.toml")


AGAIN = """
[circuit]
inputs = {{ x = 2, z = 3 }}
nodes = {{ {node} = "x * z", h = "{node} + x", f = "(h * z + 1 - x - z) / 5 + {node}**2" }}
[ask]
parameter = "x"
quantity = "updated"
learning_rate = 0.1
update = {{ rule = "momentum", weight_decay = 0.1, again = true }}
"""


def test_a_second_pass_of_a_circuit_ends_with_its_output_once_more() -> None:
    question = read_problem(AGAIN.format(node="q"), "mine.toml").solve()
    names = [slot.name for slot in question.slots]
    assert len(names) == len(set(names))
    new = question.value("updated")
    assert question.value("f~1") == pytest.approx((new * 9 + new * 3 + 1 - new - 3) / 5 + (new * 3) ** 2)


@pytest.mark.parametrize("node", ["v", "g", "m"])
def test_a_node_is_not_taken_for_what_an_update_carries(node: str) -> None:
    with pytest.raises(NetworkError, match=r"updates have a . of their own") as raised:
        read_problem(AGAIN.format(node=node), "mine.toml").solve()
    assert raised.value.place == f"circuit.nodes.{node}"
    without = AGAIN.format(node=node).replace(", again = true", "")
    assert read_problem(without, "mine.toml").solve().value("g~1" if node == "g" else "v~1") is not None


def test_a_misspelt_key_is_said_before_what_is_missing_without_it() -> None:
    with pytest.raises(NetworkError, match="unknown key") as raised:
        read_problem(problem("x + y", x=1, y=2).replace("inputs =", "input ="), "mine.toml")
    assert raised.value.place == "circuit.input"
