"""Templates that are kept as Jinja compiles them: used while they are right, and never missed."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from grader.sheets.typography.rendering import compiled_templates, words

TEMPLATE = {"a": "{{ 1 + one }}"}


class Uncompiling(Environment):
    """An environment that knows only what was compiled before."""

    def compile(self, *arguments: object, **more: object) -> None:  # type: ignore[override]
        raise AssertionError("compiled once more")


def rendered(folder: Path, templates: Mapping[str, str] = TEMPLATE, kind: type[Environment] = Environment) -> str:
    made = kind(loader=DictLoader(templates), bytecode_cache=compiled_templates(folder))
    return made.get_template("a").render(one=1)


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_what_was_compiled_once_is_read(tmp_path: Path) -> None:
    assert rendered(tmp_path) == rendered(tmp_path, kind=Uncompiling) == "2"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_template_that_changed_is_compiled_anew(tmp_path: Path) -> None:
    rendered(tmp_path)
    assert rendered(tmp_path, {"a": "{{ 2 + one }}"}) == "3"


@pytest.mark.parametrize("length", [0, 3, 20, 60, -1])
def test_what_is_broken_is_compiled_anew(tmp_path: Path, length: int) -> None:
    rendered(tmp_path)
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    for broken in (whole[:length], whole[:length] + b"\x93" * 30):
        kept.write_bytes(broken)
        assert rendered(tmp_path) == "2"
        assert kept.read_bytes() == whole


def test_nothing_is_kept_where_python_keeps_nothing_or_nobody_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rendered(tmp_path / "missing") == "2"
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(tmp_path) == "2"
    assert not list(tmp_path.iterdir())


def test_another_jinja_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered(tmp_path)
    monkeypatch.setattr("jinja2.__version__", "4.0")
    rendered(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("narrowest", "said"),
    [(0.0, "0"), (0.9e-6, "< 0.0001"), (1.1e-6, "0.00011"), (0.00025, "0.025"), (0.01, "1")],
)
def test_a_certificate_names_ranges_in_decimals(narrowest: float, said: str) -> None:
    line = words(
        "certificate",
        c={"narrowest": narrowest, "widest": 0.02},
        difficulty=None,
        of_class=None,
        apart=None,
        mistake="",
    )
    assert line.startswith(f"Certified: ranges {said} to 2 % of their values")
