"""Circuits as a person writes them: every node a formula of inputs and other nodes, taken apart into operations.

A formula of several operations becomes several nodes, and those inside it get letters that nothing else has. Nothing is
ever evaluated as code; complaints show the place in the formula.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from itertools import chain, count
from keyword import iskeyword

from question_bank.errors import FormulaError, NetworkError, found_text
from question_bank.expressions.formula_text import DEEPEST, LARGEST_NUMBER, syntax_tree
from question_bank.expressions.names import Symbol, symbol
from question_bank.networks.circuit import MOST_NODES, Circuit
from question_bank.networks.gates import SIGNS_OF_FUNCTIONS
from question_bank.networks.graph import Node

_NAME = re.compile(r"([a-z]{1,8}(0|[1-9]\d?)?|[A-Z])(_(0|[1-9]\d?))?")
_TAKEN = frozenset(
    (
        "eta",
        "beta",
        "epsilon",
        "lambda",
        "mhat",
        "vhat",
        "gradient",
        "updated",
        "raised",
        "lowered",
        "quotient",
        "path",
        "product",
        "factor",
        "working",
        "yhat",
    )
)
"""What means something else already, with numbers behind it or without."""
_SUM_OF_SOFTMAX = "s"
_INVENTED = "abchknpqrtuwz"
"""Letters for what has no name: none that is read as a number, as the d of a derivative, or as what updates carry."""

_OF_ONE = ("square", "exp", "ln", *SIGNS_OF_FUNCTIONS)
_OF_TWO = ("max", "min")
_FUNCTIONS = (*_OF_ONE, *_OF_TWO)
_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}


def read_circuit(inputs: Sequence[str], nodes: Mapping[str, str]) -> Circuit:
    """The circuit that names of inputs and formulas of nodes say; the last node is its output.

    Nodes may stand in any order. Raises NetworkError and FormulaError with the key.

    >>> [node.rule for node in read_circuit(["x", "y", "z"], {"f": "(x + y) * z"}).nodes]
    ['add', 'mul']
    """
    if len(nodes) > MOST_NODES:
        raise NetworkError(f"{len(nodes)} nodes", place="circuit.nodes", expected=f"at most {MOST_NODES}")
    known = {name: _symbol(name, "circuit.inputs") for name in inputs}
    if len(known) < len(inputs):
        twice = next(name for name in known if list(inputs).count(name) > 1)
        raise NetworkError(f"{found_text(twice)} stands twice", place="circuit.inputs")
    own = {name: _symbol(name, f"circuit.nodes.{name}") for name in nodes}
    capitals = next((name for name in (*known, *own) if name.lower() != name and name.lower() in (*known, *own)), None)
    if capitals is not None:
        raise NetworkError(
            f"the names {capitals} and {capitals.lower()}",
            place="circuit",
            expected="names that differ in more than capitals, which tables do not tell apart",
        )
    both = next((name for name in own if name in known), None)
    if both is not None:
        raise NetworkError(f"{both} is an input as well", place=f"circuit.nodes.{both}", expected="another name")
    trees: dict[str, ast.expr] = {}
    for name, formula in nodes.items():
        with _at_node(name):
            trees[name] = syntax_tree(formula.strip())
    order = _in_order(trees)
    found: list[Node] = []
    letters = _free_letters({*known, *own})
    for name in order:
        with _at_node(name):
            _NodeReader(nodes[name].strip(), known, [*own], found, letters).read_node(own[name], trees[name])
        known[name] = own[name]
    return Circuit(tuple(known[name] for name in inputs), tuple(found))


@contextmanager
def _at_node(name: str) -> Iterator[None]:
    try:
        yield
    except FormulaError as error:
        raise error.at(place=f"circuit.nodes.{name}") from None


def _symbol(name: str, place: str) -> Symbol:
    match = _NAME.fullmatch(name)
    # A number behind leaves what a letter means: an input beta_1 would be the decay rate of Adam's first moment.
    taken = match is not None and (
        symbol(name).letter in _TAKEN or name in (*_FUNCTIONS, _SUM_OF_SOFTMAX) or iskeyword(name)
    )
    if match and not taken:
        return symbol(name)
    raise NetworkError(
        f"{found_text(name)} cannot be a name",
        place=place,
        expected="small letters, at most 8, or one capital, with a number behind if need be: x, w0, dot, x_1, W_1",
        remedy="it means something else already: take another name" if taken else None,
    )


def _names_in(tree: ast.expr) -> list[str]:
    """The names in a formula, in the order of reading."""
    names = [part for part in ast.walk(tree) if isinstance(part, ast.Name)]
    return list(dict.fromkeys(part.id for part in sorted(names, key=lambda part: part.col_offset)))


def _in_order(trees: Mapping[str, ast.expr]) -> list[str]:
    """The nodes, each after those that it reads; raises NetworkError for a cycle, and where the last is read."""
    order: list[str] = []

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            circle = (*way[way.index(name) :], name)
            raise NetworkError(
                f"a cycle: {' reads '.join(circle)}",
                place=f"circuit.nodes.{name}",
                expected="nodes that are worked from inputs and from one another, in no circle",
            )
        if name in order:
            return
        for other in _names_in(trees[name]):
            if other in trees:
                visit(other, (*way, name))
        order.append(name)

    for name in trees:
        visit(name, ())
    *before, last = trees or ("",)
    reader = next((name for name in before if last in _names_in(trees[name])), None)
    if reader is not None:
        raise NetworkError(
            f"the last node is read by {reader}",
            place=f"circuit.nodes.{last}",
            expected="the output as the last node, which no other reads",
        )
    return order


def _free_letters(taken: Collection[str]) -> Iterator[Symbol]:
    """Letters for what a person gave no name, and then letters with numbers."""
    for number in chain([None], count(1)):
        for letter in _INVENTED:
            name = Symbol(letter, number)
            if name.key not in taken:
                yield name


class _NodeReader:
    """Takes the syntax tree of one node apart, and adds what it finds to the nodes before it."""

    def __init__(
        self,
        formula: str,
        known: Mapping[str, Symbol],
        nodes: Sequence[str],
        found: list[Node],
        letters: Iterator[Symbol],
    ) -> None:
        self._formula = formula
        self._known, self._nodes = known, nodes
        self._found, self._letters = found, letters

    def read_node(self, name: Symbol, tree: ast.expr) -> None:
        """The whole formula, whose value is the node's."""
        if self._read(tree, 1, name) is not name:
            raise self._refusal(tree, "no operation", expected="a formula such as x + y")

    def _refusal(
        self, part: ast.expr, found: str, *, expected: str | None = None, remedy: str | None = None
    ) -> Exception:
        return FormulaError(found, formula=self._formula, column=part.col_offset + 1, expected=expected, remedy=remedy)

    def _read(self, part: ast.expr, depth: int, name: Symbol | None = None) -> Symbol | float:
        """The value of a part of the formula, or its number; `name` where it is the whole one."""
        if depth > DEEPEST:
            raise self._refusal(part, "too many operations inside one another", expected=f"at most {DEEPEST}")
        match part:
            case ast.Constant(value=value):
                return self._number(part, value)
            case ast.Name(id=written):
                return self._value(part, written)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._read(operand, depth + 1, name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self._read(operand, depth + 1)
                return -inner if isinstance(inner, float) else self._made(name, "negative", inner)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                if not (isinstance(right, ast.Constant) and right.value == 2):
                    raise self._refusal(right, "another power than the square", expected="**2")
                return self._made(name, "square", self._symbol(left, depth))
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
                one, other = self._read(left, depth + 1), self._read(right, depth + 1)
                return self._operation(part, name, _OPERATORS[type(operator)], one, other)
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
                return self._function(part, name, function, arguments, depth)
        raise self._refusal(
            part,
            "this cannot stand in a circuit",
            expected=f"names, numbers, + - * / **2, parentheses, and functions: {', '.join(_FUNCTIONS)}",
        )

    def _number(self, part: ast.expr, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._refusal(part, "this is no number", expected="a number such as 2 or 0.5")
        if not abs(value) <= LARGEST_NUMBER:  # said so that a NaN would be refused
            raise self._refusal(part, "a number as large as this", expected=f"at most {LARGEST_NUMBER:,.0f}")
        return float(value)

    def _value(self, part: ast.expr, written: str) -> Symbol:
        if written in self._known:
            return self._known[written]
        if written in _FUNCTIONS:
            raise self._refusal(part, f"{written} is a function", expected=f"{written}(…)")
        known = list(dict.fromkeys((*self._known, *self._nodes)))
        near = get_close_matches(written, known, 1)
        remedy = (
            f"did you mean {near[0]}?" if near else "write inputs under circuit.inputs, and what is worked as nodes"
        )
        raise self._refusal(part, f"unknown name {found_text(written)}", expected=", ".join(known), remedy=remedy)

    def _symbol(self, part: ast.expr, depth: int) -> Symbol:
        """A part of the formula that is no mere number."""
        found = self._read(part, depth + 1)
        if isinstance(found, float):
            raise self._refusal(part, "a number by itself", expected="a value of the circuit here")
        return found

    def _made(self, name: Symbol | None, rule: str, *read: Symbol, constant: float | None = None) -> Symbol:
        own = name or next(self._letters)
        kind = "activation" if rule in SIGNS_OF_FUNCTIONS else "operation"
        self._found.append(Node(own, rule, read, kind, constant=constant))
        return own

    def _operation(
        self, part: ast.expr, name: Symbol | None, operation: str, one: Symbol | float, other: Symbol | float
    ) -> Symbol:
        if isinstance(one, Symbol) and isinstance(other, Symbol):
            return self._made(name, operation, one, other)
        if isinstance(one, float) and isinstance(other, float):
            raise self._refusal(part, "two numbers", expected="a value of the circuit and a number: work this out")
        if isinstance(one, Symbol):
            assert isinstance(other, float)  # one of the two is a value
            return self._behind(part, name, operation, one, other)
        assert isinstance(other, Symbol)
        return self._before(part, name, operation, one, other)

    def _behind(self, part: ast.expr, name: Symbol | None, operation: str, value: Symbol, number: float) -> Symbol:
        """A value with a number behind it."""
        if operation in ("add", "sub"):
            rule = "plus" if (operation == "add") == (number >= 0) else "less_constant"
            return self._made(name, rule, value, constant=abs(number))
        if operation == "mul":
            return self._times(part, name, value, number)
        if number == 0:
            raise self._refusal(part, "a division by 0", expected="a divisor other than 0")
        return self._made(name, "over_constant", value, constant=number)

    def _before(self, part: ast.expr, name: Symbol | None, operation: str, number: float, value: Symbol) -> Symbol:
        """A number with a value behind it."""
        match operation:
            case "add":
                return self._behind(part, name, operation, value, number)
            case "mul":
                return self._times(part, name, value, number)
            case "sub":
                return self._made(name, "less", value, constant=number)
            case _:
                if number == 0:
                    raise self._refusal(part, "0 divided by a value, which is always 0")
                rule, constant = ("reciprocal", None) if number == 1 else ("over", number)
                return self._made(name, rule, value, constant=constant)

    def _times(self, part: ast.expr, name: Symbol | None, value: Symbol, number: float) -> Symbol:
        if number == 0:
            raise self._refusal(part, "a product with 0, which is always 0")
        return (
            self._made(name, "times", value, constant=number) if number != -1 else self._made(name, "negative", value)
        )

    def _function(
        self, part: ast.Call, name: Symbol | None, function: str, arguments: list[ast.expr], depth: int
    ) -> Symbol:
        if function in _OF_TWO:
            return self._of_two(part, name, function, arguments, depth)
        if function not in _OF_ONE:
            remedy = "the natural logarithm is ln" if function == "log" else None
            raise self._refusal(
                part, f"unknown function {found_text(function)}", expected=", ".join(_FUNCTIONS), remedy=remedy
            )
        if len(arguments) != 1:
            raise self._refusal(part, f"{function} with {len(arguments)} values", expected="one in its parentheses")
        return self._made(name, function, self._symbol(arguments[0], depth))

    def _of_two(
        self, part: ast.Call, name: Symbol | None, function: str, arguments: list[ast.expr], depth: int
    ) -> Symbol:
        if len(arguments) != 2:
            raise self._refusal(part, f"{function} with {len(arguments)} values", expected="two in its parentheses")
        one, other = (self._read(argument, depth + 1) for argument in arguments)
        if isinstance(one, Symbol) and isinstance(other, Symbol):
            if one == other:
                raise self._refusal(part, f"{function} of a value and itself", expected="two values that can differ")
            return self._made(name, function, one, other)
        number, value = (one, other) if isinstance(one, float) else (other, one)
        if function == "max" and number == 0 and isinstance(value, Symbol):
            return self._made(name, "relu", value)
        raise self._refusal(part, f"{function} with a number", expected="two values, or max(0, …)")
