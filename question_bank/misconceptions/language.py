"""The little language of mistaken formulas: read with Python's own parser, then checked piece by piece.

Nothing is ever evaluated as code: what is not on the list here is refused with a caret under it, and what is becomes
an `Expression` over names; `bind` puts the steps of a site in their places. Length, depth and numbers are bounded.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping

from question_bank.errors import FormulaError
from question_bank.expressions.expression import Call, Const, Expression, Ref, call, product, total
from question_bank.expressions.formula_text import DEEPEST, LARGEST_NUMBER, syntax_tree
from question_bank.expressions.names import Name, Symbol, named

FUNCTIONS = {
    "abs": "abs",
    "exp": "exp",
    "ln": "ln",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "positive": "step",
}
"""Functions of one value, and what the table of operations calls them."""

GATHERING: dict[str, Callable[[tuple[Expression, ...]], Expression]] = {
    "sum": total,
    "product": product,
    "mean": lambda parts: total(parts) / float(len(parts)),
    "first": lambda parts: parts[0],
    "last": lambda parts: parts[-1],
}
"""Functions that make one value of a list."""

STEP = "step"
_OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
_STEP = "named_step"
"""The operation of a call with a step's name."""

Bound = Expression | tuple[Expression, ...]


def parse_formula(text: str, names: Mapping[str, bool]) -> Expression:
    """The formula over names; `names` says of each whether it is a list.

    A name is a symbol of its letters; a step, `step("w1_31")`, is a call with the step. Raises FormulaError.

    >>> parse_formula("2 * out", {"out": False})
    Call(operation='mul', arguments=(Const(value=2.0), Ref(name=Symbol(letter='out', ...))))
    """
    formula = text.strip()
    tree = syntax_tree(formula)
    reader = _FormulaReader(formula, names)
    expression, many = reader.read(tree, 1)
    if many:
        raise reader.refusal(
            tree, "the formula gives a list, not one value", expected=f"one of {_listed(GATHERING)} around it"
        )
    return expression


def bind(
    formula: Expression,
    meaning: Callable[[str], Bound | None],
    step: Callable[[Name], Bound | None] = lambda name: None,
) -> Bound | None:
    """The formula with every name replaced by its meaning, and every step by what stands for it; None without one.

    Formulas that operations exist for (a square, h(1-h), 1-h²) become those, since their ranges are exact.
    """
    match formula:
        case Ref(word):
            return meaning(word.key)
        case Call(operation, (Ref(name),)) if operation == _STEP:
            return step(name)
        case Const():
            return formula
        case Call(operation, arguments):
            bound = [bind(argument, meaning, step) for argument in arguments]
            if any(part is None for part in bound):
                return None
            if operation in GATHERING:
                (parts,) = bound
                return GATHERING[operation](parts) if isinstance(parts, tuple) else parts
            return _apply(operation, [part for part in bound if part is not None])


def _apply(operation: str, arguments: list[Bound]) -> Bound | None:
    # A list and a value, or two lists of one length, go together piece by piece.
    lengths = {len(argument) for argument in arguments if isinstance(argument, tuple)}
    if not lengths:
        return _simplified(operation, *(part for part in arguments if not isinstance(part, tuple)))
    if len(lengths) > 1:
        return None
    rows = [argument if isinstance(argument, tuple) else (argument,) * max(lengths) for argument in arguments]
    return tuple(_simplified(operation, *column) for column in zip(*rows, strict=True))


def _simplified(operation: str, *arguments: Expression) -> Expression:
    one = Const(1.0)
    if operation == "mul":
        left, right = arguments
        if left == right:
            return call("square", left)
        for h, complement in ((left, right), (right, left)):
            if complement == Call("sub", (one, h)):
                return call("logistic_slope", h)
    if operation == "sub" and arguments[0] == one and isinstance(arguments[1], Call):
        inner = arguments[1]
        if inner.operation == "square":
            return call("tanh_slope", *inner.arguments)
    return call(operation, *arguments)


def _listed(words: Collection[str]) -> str:
    return ", ".join(words)


class _FormulaReader:
    """Turns the allowed nodes of a syntax tree into an expression, and refuses all others where they stand."""

    def __init__(self, formula: str, names: Mapping[str, bool]) -> None:
        self._formula = formula
        self._names = names

    def refusal(
        self, node: ast.expr, found: str, *, expected: str | None = None, remedy: str | None = None
    ) -> FormulaError:
        """The complaint about a node, with its column."""
        return FormulaError(found, formula=self._formula, column=node.col_offset + 1, expected=expected, remedy=remedy)

    def read(self, node: ast.expr, depth: int) -> tuple[Expression, bool]:
        """The expression, and whether it stands for a list."""
        if depth > DEEPEST:
            raise self.refusal(node, "too many operations inside one another", expected=f"at most {DEEPEST}")
        match node:
            case ast.Constant(value=value):
                return self._number(node, value), False
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner, many = self.read(operand, depth + 1)
                return -inner, many
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._square(left, right, depth)
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
                one, many = self.read(left, depth + 1)
                other, also = self.read(right, depth + 1)
                return call(_OPERATORS[type(operator)], one, other), many or also
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
                return self._function(node, function, arguments, depth)
            case ast.Tuple(elts=[first, *_]):
                comma = self._formula.index(",", first.end_col_offset)
                raise FormulaError(
                    "a comma between values",
                    formula=self._formula,
                    column=comma + 1,
                    remedy="write decimals with a point: 0.5",
                )
            case _:
                raise self.refusal(
                    node,
                    "this cannot stand in a formula",
                    expected="names, numbers, + - * / **2, parentheses, and functions: "
                    + _listed([*FUNCTIONS, *GATHERING, STEP]),
                )

    def _number(self, node: ast.expr, value: object) -> Expression:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.refusal(node, "this is no number", expected="a number such as 2 or 0.5")
        if not abs(value) <= LARGEST_NUMBER:  # said so that a NaN would be refused
            raise self.refusal(node, "a number as large as this", expected=f"at most {LARGEST_NUMBER:,.0f}")
        return Const(float(value))

    def _name(self, node: ast.expr, name: str) -> tuple[Expression, bool]:
        if name in self._names:
            return Ref(Symbol(name)), self._names[name]
        if name in (*FUNCTIONS, *GATHERING, STEP):
            raise self.refusal(node, f"{name} is a function", expected=f"{name}(…)")
        remedy = f'write step("{name}") for a step by its name' if re.search(r"\d", name) else None
        raise self.refusal(
            node, f"unknown name {name!r} for this kind of step", expected=_listed(self._names), remedy=remedy
        )

    def _square(self, left: ast.expr, right: ast.expr, depth: int) -> tuple[Expression, bool]:
        if not (isinstance(right, ast.Constant) and type(right.value) is int and right.value == 2):
            raise self.refusal(right, "another power than the square", expected="**2")
        inner, many = self.read(left, depth + 1)
        return call("square", inner), many

    def _function(
        self, node: ast.Call, function: str, arguments: list[ast.expr], depth: int
    ) -> tuple[Expression, bool]:
        known = [*FUNCTIONS, *GATHERING, STEP]
        if function not in known:
            remedy = f"for a product write {function} * (…)" if function in self._names else None
            raise self.refusal(node, f"unknown function {function!r}", expected=_listed(known), remedy=remedy)
        if len(arguments) != 1:
            raise self.refusal(node, f"{function} with {len(arguments)} values", expected="one in its parentheses")
        argument = arguments[0]
        if function == STEP:
            return self._step(argument), False
        inner, many = self.read(argument, depth + 1)
        if function in FUNCTIONS:
            return call(FUNCTIONS[function], inner), many
        if not many:
            lists = [name for name, is_list in self._names.items() if is_list]
            if not lists:
                raise self.refusal(node, f"{function} takes a list, and this kind of step has none")
            raise self.refusal(argument, f"{function} takes a list, and this is one value", expected=_listed(lists))
        return Call(function, (inner,)), False

    def _step(self, argument: ast.expr) -> Expression:
        key = argument.value if isinstance(argument, ast.Constant) else None
        try:
            return call(_STEP, Ref(named(key if isinstance(key, str) else "")))
        except ValueError:
            raise self.refusal(
                argument, "this names no step", expected='a step in quotation marks, such as step("h1_3")'
            ) from None
