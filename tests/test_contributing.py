"""What CONTRIBUTING.md and docs/architecture.md say of the files is so."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from question_bank.language.spoken import languages, speaking
from question_bank.language.words import language

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "CONTRIBUTING.md"
CODE = ("question_bank", "grader", "templates")

pytestmark = pytest.mark.skipif(not GUIDE.is_file(), reason="an installation carries no CONTRIBUTING.md")


def additions() -> list[tuple[str, set[str], str | None]]:
    """Of the table "to add, touch, for example": what is added, the paths to touch, the example."""
    rows = re.findall(
        r"^\| (an? [^|]+) \| ([^|]+) \| ([^|]*)\|$", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    return [
        (what, set(re.findall(r"`([\w.-]*/[\w./-]*|\w+\.toml|\w+\.lock)`", touched)), example.strip(" `") or None)
        for what, touched, example in rows
    ]


def record_of(source: str, example: str) -> Iterator[ast.AST]:
    """Where a module has something of this name: a table's entry, a call that begins with the name, a function."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Dict(keys=keys, values=values):
                yield from (
                    value
                    for key, value in zip(keys, values, strict=True)
                    if isinstance(key, ast.Constant) and key.value == example
                )
            case ast.Call(args=[ast.Constant(value=name), *_]) | ast.FunctionDef(name=name) if name == example:
                yield node


def told(source: str, example: str) -> list[str]:
    """The sentences for people in that: what goes through the catalogues."""
    found = (node for record in record_of(source, example) for node in ast.walk(record))
    return [
        node.args[0].value
        for node in found
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"_", "N_", "ngettext"}
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


def names(path: Path, word: str) -> bool:
    """Whether a file has the word, alone, as its name or in its text.

    To call an operation, or to restrict a mistake to a function or a loss, is another addition's own affair.
    """
    if path.stem == word or path.suffix not in {".py", ".html", ".css", ".js", ".toml"}:
        return path.stem == word
    text = re.sub(r"\b(?:call|works_by)\([^()]*", "", path.read_text(encoding="utf-8"))
    return re.search(rf"(?<![A-Za-z]){word}(?![A-Za-z_])", text) is not None


def test_every_file_to_touch_exists() -> None:
    rows = additions()
    assert len(rows) >= 12
    for what, touched, _ in rows:
        assert touched, what
        assert [path for path in sorted(touched) if not (ROOT / path).exists()] == [], what


def test_an_example_is_named_in_the_files_of_its_line_and_in_no_other_code() -> None:
    code = [path for folder in CODE for path in (ROOT / folder).rglob("*") if path.is_file()]
    examples = [(what, touched, example) for what, touched, example in additions() if example is not None]
    assert len(examples) >= 5
    for what, touched, example in examples:
        found = {path.relative_to(ROOT).as_posix() for path in code if names(path, example)}
        assert found == {path for path in touched if path.startswith(CODE)}, f"{what}: {example}"
        others = [path for path in touched if not path.startswith(CODE)]
        assert [path for path in others if example not in (ROOT / path).read_text(encoding="utf-8")] == [], what


def test_a_line_ends_with_the_catalogues_where_its_example_says_something_to_people() -> None:
    assert told('KINDS = [Kind("a", N_("said")), Kind("b", "kept")]', "a") == ["said"]
    assert told('KINDS = [Kind("a", N_("said")), Kind("b", "kept")]', "b") == []
    rows = dict(re.findall(r"^\| (an? [^|]+) \| ([^|]+) \|", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    for what, touched, example in additions():
        modules = [ROOT / path for path in touched if path.startswith(CODE) and path.endswith(".py")]
        said = [each for path in modules for each in told(path.read_text(encoding="utf-8"), example or "")]
        if example is not None:
            assert rows[what].rstrip().endswith("; then `make words`") == bool(said), f"{what}: {example}"
        for code in languages():
            with speaking(code):
                untold = [] if language().is_english else [each for each in said if each not in language().messages]
                assert untold == [], f"{code}: {what}"


def test_the_tour_of_the_rooms_shows_every_folder_and_no_module_that_is_gone() -> None:
    tour = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {
        f"{package}/{path.name}/"
        for package in ("question_bank", "grader")
        for path in (ROOT / package).iterdir()
        if path.is_dir() and path.name not in {"__pycache__", "templates"}
    }
    assert [room for room in sorted(rooms) if f"`{room}`" not in tour] == []
    modules = {path.stem for package in CODE for path in (ROOT / package).rglob("*")} | {"fuzzing"}
    table = tour.partition("## The rooms")[2].partition("## What must")[0]
    assert [name for name in re.findall(r"`(\w+)`", table) if name not in modules] == []


def test_the_drawing_shows_every_room_and_the_text_the_floors_as_they_are() -> None:
    tour = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    way = tour.partition("## The way of a question")[2].partition("## The rooms")[0]
    _before, drawing, text = way.split("```")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    for package in ("question_bank", "grader"):
        (floors,) = (each["layers"] for each in contracts if each.get("containers") == [package])
        rooms = [room for floor in floors for room in re.findall(r"\w+", floor) if (ROOT / package / room).is_dir()]
        assert [room for room in rooms if not re.search(rf"\b{room}\b", drawing)] == []
        (line,) = re.findall(rf"- `{package}`: ([^.]*)\.", text)
        assert [word for word in re.findall(r"\w+", line) if word != "and"] == rooms


def test_every_page_of_documentation_is_linked() -> None:
    linked = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in linked] == []
