"""Networks written down node by node: the smallest models there are, and no layer in sight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from question_bank.networks.graph import Graph, Node
from question_bank.networks.model import Conventions, FunctionUse, GivenTable, PhrasePart, keys_of
from question_bank.networks.names import Symbol
from question_bank.networks.rules import RULES


@dataclass(frozen=True, slots=True)
class Handmade:
    """Nodes in evaluation order, the loss last; `columns` are circles and `circles` what else stands in them."""

    summary: str
    nodes: tuple[Node, ...]
    given: tuple[GivenTable, ...]
    columns: tuple[tuple[str, ...], ...]
    circles: tuple[tuple[str, str], ...]
    functions: tuple[FunctionUse, ...]

    def graph(self) -> Graph:
        return _graph(self)

    def givens(self) -> Iterator[str]:
        return (key for table in self.given for key in table.keys)

    def parameters(self) -> Iterator[str]:
        return iter([*keys_of(self, "weights"), *keys_of(self, "biases")])

    def parameters_in_words(self) -> str:
        return ", ".join(self.parameters())

    def alike(self, parameter: str) -> list[str]:
        return []

    def tables(self) -> tuple[GivenTable, ...]:
        return self.given

    def picture(self) -> tuple[tuple[str, ...], ...]:
        return self.columns

    def circle_of(self, key: str) -> str | None:
        return dict(self.circles).get(key, key if any(key in column for column in self.columns) else None)

    def layer_of(self, key: str) -> int | None:
        return 1 if any(key == node.key for node in self.nodes[:-1]) else None

    def where(self, parameter: str) -> list[PhrasePart]:
        return [PhrasePart("used again and again, last in "), PhrasePart(self.nodes[-2].key, "symbol")]

    def conventions(self) -> Conventions:
        return Conventions(self.nodes[-1].rule, self.functions, None, bool(keys_of(self, "biases")))


@cache
def _graph(model: Handmade) -> Graph:
    return Graph(MappingProxyType({node.key: node for node in model.nodes}), RULES)


def _single(key: str, role: str) -> GivenTable:
    return GivenTable(Symbol(key), ((key,),), role)  # type: ignore[arg-type]


def _column(letter: str, count: int, role: str) -> GivenTable:
    cells = tuple((f"{letter}_{number}",) for number in range(1, count + 1))
    return GivenTable(Symbol(letter), cells, role)  # type: ignore[arg-type]


CIRCUIT = Handmade(
    "a weight that is used twice",
    (
        Node("a", "affine", ("w", "x_1", "w", "x_2"), "preactivation"),
        Node("yhat_1", "linear", ("a",), "activation"),
        Node("L", "squared_error", ("yhat_1", "y_1"), "loss_value"),
    ),
    (_single("w", "weights"), _column("x", 2, "inputs"), _column("y", 1, "targets")),
    (("x_1", "x_2"), ("yhat_1",), ("L",)),
    (("a", "yhat_1"),),
    (FunctionUse("output", "linear", Symbol("yhat"), 1),),
)
"""a = w·x1 + w·x2, yhat = a, L = (y - yhat)²."""

SKIP = Handmade(
    "two ways of one length, and a short one",
    (
        Node("a1", "affine", ("w", "x_1"), "preactivation"),
        Node("h1", "tanh", ("a1",), "activation"),
        Node("a2", "affine", ("u", "h1"), "preactivation"),
        Node("h2", "tanh", ("a2",), "activation"),
        Node("a3", "affine", ("v", "h1"), "preactivation"),
        Node("h3", "tanh", ("a3",), "activation"),
        Node("a4", "affine", ("p", "h2", "q", "h3", "r", "h1"), "preactivation"),
        Node("yhat_1", "sigmoid", ("a4",), "activation"),
        Node("L", "half_squared_error", ("yhat_1", "y_1"), "loss_value"),
    ),
    (*(_single(key, "weights") for key in "wuvpqr"), _column("x", 1, "inputs"), _column("y", 1, "targets")),
    (("x_1",), ("h1",), ("h2", "h3"), ("yhat_1",), ("L",)),
    (("a1", "h1"), ("a2", "h2"), ("a3", "h3"), ("a4", "yhat_1")),
    (FunctionUse("hidden units", "tanh", Symbol("h"), 1), FunctionUse("output", "sigmoid", Symbol("yhat"), 2)),
)
"""h1 = tanh(w·x1), h2 = tanh(u·h1), h3 = tanh(v·h1), yhat = σ(p·h2 + q·h3 + r·h1), L = (y - yhat)²/2."""

RECURRENT = Handmade(
    "a recurrent unit in three steps",
    (
        Node("a1", "affine", ("w", "x_1", "b"), "preactivation"),
        Node("h1", "tanh", ("a1",), "activation"),
        Node("a2", "affine", ("w", "x_2", "u", "h1", "b"), "preactivation"),
        Node("h2", "tanh", ("a2",), "activation"),
        Node("a3", "affine", ("w", "x_3", "u", "h2", "b"), "preactivation"),
        Node("yhat_1", "sigmoid", ("a3",), "activation"),
        Node("L", "half_squared_error", ("yhat_1", "y_1"), "loss_value"),
    ),
    (
        _single("w", "weights"),
        _single("u", "weights"),
        _single("b", "biases"),
        _column("x", 3, "inputs"),
        _column("y", 1, "targets"),
    ),
    (("x_1",), ("h1", "x_2"), ("h2", "x_3"), ("yhat_1",), ("L",)),
    (("a1", "h1"), ("a2", "h2"), ("a3", "yhat_1")),
    (
        FunctionUse("steps 1 and 2", "tanh", Symbol("h"), 1),
        FunctionUse("step 3", "sigmoid", Symbol("yhat"), 3),
    ),
)
"""h_t = tanh(w·x_t + u·h_(t-1) + b), the third step by a sigmoid, L = (y - yhat)²/2."""
