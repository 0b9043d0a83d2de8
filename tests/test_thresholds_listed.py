"""The changes of `make mutants`: those listed can still be made, and those of a module are changes that matter."""

from __future__ import annotations

import ast
import importlib.util
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "scripts" / "mutants.toml"

pytestmark = pytest.mark.skipif(not LIST.is_file(), reason="an installation carries no scripts")

SMALL = '''
"""A module of 1 line."""
import math

_HALF = 0.5
_SPEED = 64

@cached(8)
def kept(values: "Array[3]") -> bool:
    """Some 2 words."""
    assert values, 4
    if values < _HALF and not math.nan:
        raise ValueError(f"{5} of them")
    if values:
        return None
    return min(values, axis=3) + 1
'''


def changed(text: str, *equal: tuple[str, tuple[str, ...]]) -> Iterator[tuple[int, str, str]]:
    spec = importlib.util.spec_from_file_location("changes", ROOT / "scripts" / "changes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield from module.changes(text, ["_SPEED"], [module.Equal(*one) for one in equal])


def test_each_listed_change_finds_what_it_changes_once() -> None:
    """If this fails, the code has moved: the list in scripts/mutants.toml goes with it."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))
    for row in listed["mutants"]:
        text = (ROOT / row["file"]).read_text(encoding="utf-8")
        assert text.count(row["old"]) == 1, (row["idea"], row["file"], row["old"])
        ast.parse(text.replace(row["old"], row["new"]))
    for row in listed["equal"]:
        assert (ROOT / row["file"]).read_text(encoding="utf-8").count(row["old"]) == 1, (row["file"], row["old"])
        assert row["why"]
    tests = [glob for row in [*listed["mutants"], *listed["areas"].values()] for glob in row["tests"]]
    modules = [glob for area in listed["areas"].values() for glob in area["modules"]]
    assert [glob for glob in [*tests, *modules] if not list(ROOT.glob(glob))] == []


def test_a_module_is_changed_where_it_does_something() -> None:
    found = [(line, put) for line, put, _ in changed(SMALL)]
    assert sorted(found) == [
        (5, "0.25"),
        (5, "1.0"),
        (12, "math.nan"),
        (12, "not (values < _HALF and (not math.nan))"),
        (12, "values < _HALF or not math.nan"),
        (12, "values <= _HALF"),
        (12, "values >= _HALF"),
        (14, "not (values)"),
        (16, "0"),
        (16, "2"),
        (16, "max"),
        (16, "min(values, axis=3) - 1"),
        (16, "return None"),
    ]


def test_what_comes_to_the_same_is_left_as_it_is() -> None:
    every = {(line, put) for line, put, _ in changed(SMALL)}
    less = {(line, put) for line, put, _ in changed(SMALL, ("0.5", ()), ("values < _HALF", ("values <= _HALF",)))}
    assert every - less == {(5, "0.25"), (5, "1.0"), (12, "values <= _HALF")}


def test_every_change_is_another_module_that_can_be_read() -> None:
    whole = {ast.dump(ast.parse(SMALL)), *(ast.dump(ast.parse(text)) for _, _, text in changed(SMALL))}
    assert len(whole) == 1 + 13
