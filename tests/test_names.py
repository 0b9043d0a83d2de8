"""One module takes the names of values apart: everywhere else a name is a Symbol, a Local or a Derived."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import grader
import question_bank

PARSING = {
    "split",
    "rsplit",
    "partition",
    "rpartition",
    "startswith",
    "endswith",
    "removeprefix",
    "removesuffix",
    "strip",
}
PARSING |= {"lstrip", "rstrip"}
NAMES = {"key", "parameter", "step", "node", "below", "above"}
"""What variables and fields that hold a name's key are called."""


def holds_a_key(receiver: ast.expr) -> bool:
    return (isinstance(receiver, ast.Name) and receiver.id in NAMES) or (
        isinstance(receiver, ast.Attribute) and receiver.attr in NAMES
    )


def taken_apart(source: str) -> list[int]:
    """Lines on which a key's characters are looked at."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=receiver, attr=method)) if method in PARSING:
                wrong = holds_a_key(receiver)
            case ast.Subscript(value=receiver, slice=ast.Constant(value=int()) | ast.Slice()):
                wrong = holds_a_key(receiver) and isinstance(node.ctx, ast.Load)
            case _:
                continue
        found += [node.lineno] if wrong else []
    return found


def modules() -> list[Path]:
    folders = [Path(package.__file__).parent for package in (question_bank, grader) if package.__file__]
    # A table's cells and a file's names are text that came in: they are read, and no names yet.
    return [path for folder in folders for path in sorted(folder.rglob("*.py")) if path.name != "names.py"]


@pytest.mark.parametrize(
    "source", ['key[0] == "w"', "step.key[1:]", 'edge.parameter.startswith("b")', 'key.split("_")']
)
def test_taking_a_key_apart_is_seen(source: str) -> None:
    assert taken_apart(source) == [1]


@pytest.mark.parametrize("source", ["key.letter", "keys[0]", "symbol(key).index[0]", 'text.split("_")', "step.key"])
def test_asking_a_name_is_not(source: str) -> None:
    assert taken_apart(source) == []


def test_no_other_module_takes_a_name_apart() -> None:
    found = {f"{path.parent.name}/{path.name}:{line}" for path in modules() for line in taken_apart(path.read_text())}
    assert found == set()
