"""What a notebook imports: every public name is said once, is there, is lazy, and is no module in disguise."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import grader
import question_bank

each_package = pytest.mark.parametrize("package", [question_bank, grader], ids=lambda package: package.__name__)


@each_package
def test_every_public_name_is_there_and_comes_from_this_project(package: ModuleType) -> None:
    assert len(set(package.__all__)) == len(package.__all__)
    for name in package.__all__:
        found = getattr(package, name)
        assert not isinstance(found, ModuleType), name
        assert getattr(found, "__module__", package.__name__).startswith(("question_bank", "grader")), name
        assert getattr(found, "__doc__", None), name


@each_package
def test_the_names_that_type_checkers_see_are_the_public_ones(package: ModuleType) -> None:
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    seen = [
        alias.name
        for block in tree.body
        if isinstance(block, ast.If)
        for line in block.body
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    ]
    assert sorted(seen) == sorted(package.__all__)


@each_package
def test_no_module_takes_the_place_of_a_name(package: ModuleType) -> None:
    modules = {path.stem for path in Path(str(package.__file__)).parent.iterdir()}
    assert modules.isdisjoint(package.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'grader' has no attribute 'grdae'"):
        grader.grdae  # noqa: B018
    with pytest.raises(ImportError):
        importlib.import_module("question_bank.no_such_module")


def test_importing_a_package_imports_nothing_heavy() -> None:
    code = "import sys, question_bank, grader; print(sorted({'numpy', 'pydantic', 'weasyprint'} & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
