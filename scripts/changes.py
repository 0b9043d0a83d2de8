"""What can be changed in a module so that something ought to notice: its text after each change, by its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

_OTHER: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
_OTHER_NAME = {"minimum": "maximum", "maximum": "minimum", "min": "max", "max": "min", "any": "all", "all": "any"}
_ONLY_SAID = ("__repr__", "__str__", "instructor", "word")
_NO_CHOICE = ("axis", "strict", "assume_unique")
"""Arguments by which nothing else comes out than an error, or the same in another time."""
_SKIPPED = (ast.JoinedStr, ast.Raise, ast.Assert, ast.Import, ast.ImportFrom, ast.withitem)
"""Messages, what cannot happen, and what is kept quiet for a while (`np.errstate`)."""


class Equal(NamedTuple):
    """Where a change comes to the same: in `old`, which a module has once; with `new`, only what is put there so."""

    old: str
    new: Collection[str] = ()


def changes(text: str, only_speed: Collection[str] = (), equal: Sequence[Equal] = ()) -> Iterator[tuple[int, str, str]]:
    """Line, what stands there instead, and the text after each change.

    Annotations, decorators and messages are left as they are, and so are constants that decide `only_speed`, and what
    comes to the same in any case. Raises ValueError where the text has that not once.
    """
    encoded = text.encode()
    spans = []
    for one in equal:
        if text.count(one.old) != 1:
            raise ValueError(f"{text.count(one.old)} times there: {one.old}")
        begins = encoded.index(one.old.encode())
        spans.append((begins, begins + len(one.old.encode()), one.new))
    starts = [0]
    for line in encoded.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, changed in _within(ast.parse(text), frozenset(only_speed)):
        start, stop = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        if any(first <= start < last and (not new or changed in new) for first, last, new in spans):
            continue
        put = changed if isinstance(node, ast.stmt | ast.Constant) else f"({changed})"
        yield node.lineno, changed, (encoded[:start] + put.encode() + encoded[stop:]).decode()


def _within(tree: ast.AST, only_speed: frozenset[str]) -> Iterator[tuple[Any, str]]:
    beside: list[ast.AST | None] = [getattr(tree, "returns", None), getattr(tree, "annotation", None)]
    beside += getattr(tree, "decorator_list", [])
    for node in ast.iter_child_nodes(tree):
        if node in beside or isinstance(node, _SKIPPED):
            continue
        if isinstance(node, ast.FunctionDef) and node.name in _ONLY_SAID:
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Assign) and _names(node.targets) <= only_speed:
            continue
        if isinstance(node, ast.keyword) and node.arg in _NO_CHOICE:
            continue
        yield from _of(node)
        yield from _within(node, only_speed)


def _names(nodes: list[ast.expr]) -> set[str]:
    return {found.id if isinstance(found, ast.Name) else "" for node in nodes for found in _targets(node)}


def _targets(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _of(node: Any) -> Iterator[tuple[Any, str]]:
    def put(**fields: Any) -> tuple[Any, str]:
        return node, ast.unparse(type(node)(**{name: getattr(node, name) for name in node._fields} | fields))

    match node:
        case ast.Compare(ops=[op]):
            yield from (put(ops=[other()]) for other in _OTHER.get(type(op), ()))
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op):
            yield from (put(op=other()) for other in _OTHER.get(type(op), ()))
        case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub(), operand=operand):
            yield node, ast.unparse(operand)
        case ast.Constant(value=bool(value)):
            yield node, repr(not value)
        case ast.Constant(value=int(value)):
            yield from ((node, repr(other)) for other in (value + 1, value - 1) if other >= 0)
        case ast.Constant(value=float(value)):
            yield from ((node, repr(other)) for other in (2 * value, value / 2) if other != value)
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.comprehension(ifs=[test, *_]):
            yield test, f"not ({ast.unparse(test)})"
        # Whoever asks for a truth value takes None for False.
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) not in ("None", "False"):
            yield node, "return None"
        case ast.Attribute(attr=name) if name in _OTHER_NAME:
            yield put(attr=_OTHER_NAME[name])
        case ast.Name(id=name) if name in _OTHER_NAME:
            yield put(id=_OTHER_NAME[name])
