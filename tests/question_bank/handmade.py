"""Networks written down node by node: the smallest models there are, and no layer in sight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from question_bank.expressions.names import Symbol, symbol
from question_bank.networks.graph import Graph, Node
from question_bank.networks.model import Conventions, FunctionUse, GivenTable, PhrasePart, TableRole, givens_of
from question_bank.networks.rules import RULES


@dataclass(frozen=True, slots=True)
class Handmade:
    """Nodes in evaluation order, the loss last; `columns` are circles and `circles` what else stands in them."""

    summary: str
    nodes: tuple[Node, ...]
    given: tuple[GivenTable, ...]
    columns: tuple[tuple[Symbol, ...], ...]
    circles: tuple[tuple[Symbol, Symbol], ...]
    functions: tuple[FunctionUse, ...]

    def graph(self) -> Graph:
        return _graph(self)

    def givens(self) -> Iterator[Symbol]:
        return (given for table in self.given for given in table.symbols)

    def parameters(self) -> Iterator[Symbol]:
        return iter([*givens_of(self, "weights"), *givens_of(self, "biases")])

    def parameters_in_words(self) -> str:
        return ", ".join(parameter.key for parameter in self.parameters())

    def alike(self, parameter: Symbol) -> list[Symbol]:
        return []

    def tables(self) -> tuple[GivenTable, ...]:
        return self.given

    def picture(self) -> tuple[tuple[Symbol, ...], ...]:
        return self.columns

    def circle_of(self, value: Symbol) -> Symbol | None:
        return dict(self.circles).get(value, value if any(value in column for column in self.columns) else None)

    def layer_of(self, value: Symbol) -> int | None:
        return 1 if any(value == node.name for node in self.nodes[:-1]) else None

    def where(self, parameter: Symbol) -> list[PhrasePart]:
        return [PhrasePart("used again and again, last in "), PhrasePart(self.nodes[-2].name, "symbol")]

    def conventions(self) -> Conventions:
        return Conventions(self.nodes[-1].rule, self.functions, None, bool(givens_of(self, "biases")))


@cache
def _graph(model: Handmade) -> Graph:
    return Graph(MappingProxyType({node.name: node for node in model.nodes}), RULES)


def _symbols(keys: str) -> tuple[Symbol, ...]:
    return tuple(map(symbol, keys.split()))


def _node(name: str, rule: str, inputs: str, kind: str) -> Node:
    return Node(symbol(name), rule, _symbols(inputs), kind)


def _picture(*columns: str) -> tuple[tuple[Symbol, ...], ...]:
    return tuple(map(_symbols, columns))


def _circles(pairs: str) -> tuple[tuple[Symbol, Symbol], ...]:
    some = _symbols(pairs)
    return tuple(zip(some[::2], some[1::2], strict=True))


def _single(key: str, role: TableRole) -> GivenTable:
    return GivenTable(symbol(key), ((symbol(key),),), role)


def _column(letter: str, count: int, role: TableRole) -> GivenTable:
    cells = tuple((Symbol(letter, None, (number,)),) for number in range(1, count + 1))
    return GivenTable(Symbol(letter), cells, role)


CIRCUIT = Handmade(
    "a weight that is used twice",
    (
        _node("a", "affine", "w x_1 w x_2", "preactivation"),
        _node("yhat_1", "linear", "a", "activation"),
        _node("L", "squared_error", "yhat_1 y_1", "loss_value"),
    ),
    (_single("w", "weights"), _column("x", 2, "inputs"), _column("y", 1, "targets")),
    _picture("x_1 x_2", "yhat_1", "L"),
    _circles("a yhat_1"),
    (FunctionUse("output", "linear", Symbol("yhat"), 1),),
)
"""a = w·x1 + w·x2, yhat = a, L = (y - yhat)²."""

SKIP = Handmade(
    "two ways of one length, and a short one",
    (
        _node("a1", "affine", "w x_1", "preactivation"),
        _node("h1", "tanh", "a1", "activation"),
        _node("a2", "affine", "u h1", "preactivation"),
        _node("h2", "tanh", "a2", "activation"),
        _node("a3", "affine", "v h1", "preactivation"),
        _node("h3", "tanh", "a3", "activation"),
        _node("a4", "affine", "p h2 q h3 r h1", "preactivation"),
        _node("yhat_1", "sigmoid", "a4", "activation"),
        _node("L", "half_squared_error", "yhat_1 y_1", "loss_value"),
    ),
    (*(_single(key, "weights") for key in "wuvpqr"), _column("x", 1, "inputs"), _column("y", 1, "targets")),
    _picture("x_1", "h1", "h2 h3", "yhat_1", "L"),
    _circles("a1 h1 a2 h2 a3 h3 a4 yhat_1"),
    (FunctionUse("hidden units", "tanh", Symbol("h"), 1), FunctionUse("output", "sigmoid", Symbol("yhat"), 2)),
)
"""h1 = tanh(w·x1), h2 = tanh(u·h1), h3 = tanh(v·h1), yhat = σ(p·h2 + q·h3 + r·h1), L = (y - yhat)²/2."""

RECURRENT = Handmade(
    "a recurrent unit in three steps",
    (
        _node("a1", "affine", "w x_1 b", "preactivation"),
        _node("h1", "tanh", "a1", "activation"),
        _node("a2", "affine", "w x_2 u h1 b", "preactivation"),
        _node("h2", "tanh", "a2", "activation"),
        _node("a3", "affine", "w x_3 u h2 b", "preactivation"),
        _node("yhat_1", "sigmoid", "a3", "activation"),
        _node("L", "half_squared_error", "yhat_1 y_1", "loss_value"),
    ),
    (
        _single("w", "weights"),
        _single("u", "weights"),
        _single("b", "biases"),
        _column("x", 3, "inputs"),
        _column("y", 1, "targets"),
    ),
    _picture("x_1", "h1 x_2", "h2 x_3", "yhat_1", "L"),
    _circles("a1 h1 a2 h2 a3 yhat_1"),
    (
        FunctionUse("steps 1 and 2", "tanh", Symbol("h"), 1),
        FunctionUse("step 3", "sigmoid", Symbol("yhat"), 3),
    ),
)
"""h_t = tanh(w·x_t + u·h_(t-1) + b), the third step by a sigmoid, L = (y - yhat)²/2."""

_OTHERS = {"w": "k", "u": "m", "b": "c", "x": "z", "a": "i", "h": "o", "yhat": "q", "y": "t", "L": "e"}


def renamed(name: Symbol) -> Symbol:
    """The same value under another letter."""
    return replace(name, letter=_OTHERS[name.letter])


def with_other_letters(model: Handmade) -> Handmade:
    """The same network, in which every value has another letter."""
    return replace(
        model,
        nodes=tuple(
            replace(node, name=renamed(node.name), inputs=tuple(map(renamed, node.inputs))) for node in model.nodes
        ),
        given=tuple(
            replace(table, heading=renamed(table.heading), cells=tuple(tuple(map(renamed, row)) for row in table.cells))
            for table in model.given
        ),
        columns=tuple(tuple(map(renamed, column)) for column in model.columns),
        circles=tuple((renamed(value), renamed(circle)) for value, circle in model.circles),
    )
