"""What things are called: a key is taken apart by one module alone, and no two things share a name."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

import grader
import question_bank
from grader.sheets.typography.templates_folder import templates_folder
from question_bank.derivations.kinds import KINDS
from question_bank.expressions.names import Derived, General, Letter, Local, Symbol
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.losses import LOSSES
from question_bank.networks.updates import UPDATES

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
PARSING |= {"lstrip", "rstrip", "find", "rfind", "replace", "count", "isdigit", "isalpha", "translate"}
LOOKING = {"match", "fullmatch", "search", "findall", "finditer", "sub"}
"""Functions of `re`, which take a text after their pattern."""
NAMES = {"key", "parameter", "step", "node", "below", "above", "slot", "slot_name"}
"""What variables and fields that hold a name's key are called."""


parsed = cache(ast.parse)


def holds_a_key(receiver: ast.expr) -> bool:
    return (isinstance(receiver, ast.Name) and receiver.id in NAMES) or (
        isinstance(receiver, ast.Attribute) and receiver.attr in NAMES
    )


def taken_apart(source: str) -> list[int]:
    """Lines on which a key's characters are looked at."""
    found = []
    for node in ast.walk(parsed(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=receiver, attr=method)) if method in PARSING:
                wrong = holds_a_key(receiver)
            case ast.Subscript(value=receiver, slice=ast.Constant(value=int()) | ast.Slice()):
                wrong = holds_a_key(receiver) and isinstance(node.ctx, ast.Load)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=function), args=[_, *texts]) if (
                function in LOOKING
            ):
                wrong = any(map(holds_a_key, texts))
            case ast.Compare(left=ast.Constant(value=str()), ops=[ast.In() | ast.NotIn()], comparators=[whole]):
                wrong = holds_a_key(whole) and ast.unparse(whole).endswith("key")
            case _:
                continue
        found += [node.lineno] if wrong else []
    return found


def modules() -> list[Path]:
    folders = [Path(package.__file__).parent for package in (question_bank, grader) if package.__file__]
    # A table's cells and a file's names are text that came in: they are read, and no names yet.
    return [path for folder in folders for path in sorted(folder.rglob("*.py")) if path.name != "names.py"]


@pytest.mark.parametrize(
    "source",
    [
        'key[0] == "w"',
        "step.key[1:]",
        'edge.parameter.startswith("b")',
        'key.split("_")',
        'step.key.replace("h", "a")',
        're.match("w", key)',
        '"/" in step.key',
    ],
)
def test_taking_a_key_apart_is_seen(source: str) -> None:
    assert taken_apart(source) == [1]


@pytest.mark.parametrize("source", ["key.letter", "keys[0]", "symbol(key).index[0]", 'text.split("_")', "step.key"])
def test_asking_a_name_is_not(source: str) -> None:
    assert taken_apart(source) == []


def test_a_name_is_no_text() -> None:
    assert not any(issubclass(kind, str) for kind in (Symbol, Local, Derived, General, Letter))


def test_no_other_module_takes_a_name_apart() -> None:
    found = {f"{path.parent.name}/{path.name}:{line}" for path in modules() for line in taken_apart(path.read_text())}
    assert found == set()


EDGES = {
    "networks/circuit_text.py",
    "questions/as_tables.py",
    "questions/asked.py",
    "model_parts/circuit_part.py",
    "model_parts/model_part.py",
    "questions/own_network.py",
    "questions/question.py",
    "questions/update_part.py",
    "written_models/written_circuit.py",
    "questions/written_question.py",
    "written_models/written_tables.py",
}
"""Where numbers and parameters come in or go out by their keys."""
OTHER_KEYS = {
    "assignments/rubric_in_force.py": "a key of assignment.toml",
    "scans/readings.py": "the digest of a box's picture",
    "web/rendering.py": "what a compiled template is kept by",
}
"""Where a key is none of a value."""


def is_key(part: ast.expr | None) -> bool:
    return isinstance(part, ast.Attribute) and part.attr == "key"


def known_by_key(source: str) -> list[int]:
    """Lines on which a name's key is compared or looked up, where the name itself would do."""
    found = []
    parts: list[ast.expr | None]
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare(left=left, comparators=others):
                parts = [left, *others]
            case ast.Subscript(slice=part) | ast.DictComp(key=part) | ast.SetComp(elt=part):
                parts = [part]
            case ast.Dict(keys=keys):
                parts = [*keys]
            case ast.Set(elts=elements):
                parts = [*elements]
            case ast.Call(func=ast.Attribute(attr="get" | "setdefault" | "add"), args=[part, *_]):
                parts = [part]
            case _:
                continue
        found += [node.lineno] if any(map(is_key, parts)) else []
    return found


@pytest.mark.parametrize(
    "source",
    [
        'step.key == "gradient"',
        "step.key in asked",
        "index[step.key]",
        "{step.key: step for step in steps}",
        "{step.key for step in steps}",
        "{a.key: 1}",
        "seen.add(a.key)",
        "index.get(a.key)",
    ],
)
def test_going_by_a_key_is_seen(source: str) -> None:
    assert known_by_key(source) == [1]


@pytest.mark.parametrize("source", ["step.name == GRADIENT", "index[step.name]", 'f"{step.key} is {value}"'])
def test_going_by_a_name_is_not(source: str) -> None:
    assert known_by_key(source) == []


def test_all_but_the_edges_go_by_names() -> None:
    found = {f"{path.parent.name}/{path.name}" for path in modules() if known_by_key(path.read_text())}
    assert found == EDGES | OTHER_KEYS.keys()


SHARED = {
    "read": "a reader of submissions is a module with `recognises` and `read`",
    "recognises": "the same",
    "upgrade": "alembic asks every migration for it",
    "downgrade": "the same",
    "grade": "PrairieLearn calls a question's phases so",
    "parse": "the same",
}
"""Functions that several modules have under one name, and why."""
SHELLS = ("grader/commands/", "grader/practice/web/")
"""Commands and the pages of practice are called what a person calls them, and may be called like what they ask for."""


def several(sources: Iterable[tuple[str, str]], *kinds: type[ast.stmt]) -> dict[str, list[str]]:
    """Public names that more than one module (its place, its source) defines by such a statement, and where."""
    found = defaultdict(list)
    for place, source in sources:
        for node in parsed(source).body:
            if isinstance(node, kinds) and not (name := getattr(node, "name", "_")).startswith("_"):
                found[name].append(place)
    return {name: places for name, places in found.items() if len(places) > 1}


def sources() -> list[tuple[str, str]]:
    folders = [Path(package.__file__).parent for package in (question_bank, grader) if package.__file__]
    return [
        (path.relative_to(folder.parent).as_posix(), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
    ]


def test_a_shared_name_is_seen() -> None:
    two = [("a.py", "class Row: ...\ndef new(): ...\nclass _Own: ..."), ("b.py", "class Row: ...\nclass _Own: ...")]
    assert several(two, ast.ClassDef) == {"Row": ["a.py", "b.py"]}
    assert several(two, ast.FunctionDef) == {}


def test_no_two_classes_share_a_name() -> None:
    assert several(sources(), ast.ClassDef) == {}


def test_no_two_functions_share_a_name() -> None:
    inner = [(place, source) for place, source in sources() if not place.startswith(SHELLS)]
    found = several(inner, ast.FunctionDef, ast.AsyncFunctionDef)
    assert {name: places for name, places in found.items() if name not in SHARED} == {}
    assert set(SHARED) <= set(found)


def test_templates_name_no_function_loss_kind_or_update() -> None:
    """They loop over what they are given; roles of steps they may know."""
    names = "|".join({*FUNCTIONS, *LOSSES, "softmax"})
    # "input" is an element of HTML too, and "plain" a filter.
    asked = "|".join({*KINDS, *UPDATES} - {kind.role for kind in KINDS.values()} - {"input", "plain"})
    named = re.compile(rf"\b(?i:{names})\b(?!-gradient)|[\"'](?:{asked})[\"']")
    found = [
        f"{path.name}: {match[0]}"
        for path in sorted(Path(templates_folder()).rglob("*"))
        if path.suffix in {".html", ".css", ".js"}
        for match in named.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


LATEX = re.compile(r"\\(?:frac|sum|partial|sqrt|left|right|ln|max|cdot|hat|tilde|Delta)(?![a-zA-Z])|[\^_]\{")
WRITTEN = {
    "question_bank/expressions/operations.py": "the table of operations",
    "question_bank/networks/notation.py": "names",
    "question_bank/networks/lettering.py": "letters",
    "grader/sheets/typography/own_words.py": "what a person may write, as an example",
}
"""Where LaTeX is put together of pieces, and what is written there; a formula is an expression that the table reads."""


def put_together(source: str) -> list[int]:
    """Lines on which LaTeX of a formula is put together of texts."""
    found = []
    for node in ast.walk(parsed(source)):
        match node:
            case ast.JoinedStr(values=parts):
                texts = parts
            case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
                texts = [left, right]
            case ast.Call(func=ast.Attribute(value=ast.Constant() as text, attr="format" | "join")):
                texts = [text]
            case _:
                continue
        written = (text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str))
        found += [node.lineno] if any(map(LATEX.search, written)) else []
    return found


@pytest.mark.parametrize(
    "source",
    [
        r'''rf"\frac{{{a}}}{{{b}}}"''',
        r'''f"e^{{{a}}}"''',
        r"""r"\ln\left(" + a""",
        r"""r" \cdot ".join(parts)""",
        r"""r"\sum_{}".format(k)""",
    ],
)
def test_a_formula_put_together_is_seen(source: str) -> None:
    assert put_together(source) == [1]


@pytest.mark.parametrize("source", ['f"{a} = {b}"', r'"\frac{1}{2}"', r'rf"(?<!\w){word}"', "a + b"])
def test_what_is_no_formula_put_together_is_not(source: str) -> None:
    assert put_together(source) == []


def test_formulas_are_expressions() -> None:
    assert {place for place, source in sources() if put_together(source)} == WRITTEN.keys()
