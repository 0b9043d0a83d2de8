"""The JSON Schemas for editors: what can be used is never underlined, and what they can know to be wrong is."""

import copy
import json
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from grader.assignments.editor_schema import Kind, editor_schema, keys_of
from grader.assignments.example import example_assignment
from question_bank.errors import InputError
from question_bank.questions.described_keys import keys_as_markdown
from question_bank.questions.recipe import FOLDER, Recipe, load_recipe
from tests.grader.command_line import run
from tests.recipes import recipes

jsonschema = pytest.importorskip("jsonschema")

TWO_PATHS = (FOLDER / "two-paths.toml").read_text(encoding="utf-8")
SOFTMAX = (FOLDER / "softmax.toml").read_text(encoding="utf-8")


def complaints(kind: Kind, text: str) -> list[str]:
    validator = jsonschema.Draft7Validator(editor_schema(kind), format_checker=jsonschema.FormatChecker())
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in validator.iter_errors(as_json(tomllib.loads(text)))
    ]


def as_json(value: Any) -> Any:
    """What an editor of TOML hands to a validator: dates as text."""
    if isinstance(value, dict):
        return {key: as_json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_json(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("kind", ["recipe", "assignment"])
def test_a_schema_is_one_of_draft_7_and_every_key_says_what_it_is(kind: Kind) -> None:
    schema = editor_schema(kind)
    jsonschema.Draft7Validator.check_schema(schema)
    assert "$defs" not in json.dumps(schema)
    assert "prefixItems" not in json.dumps(schema)
    for part in (schema, *schema["definitions"].values()):
        assert part["additionalProperties"] is False
        for name, key in part["properties"].items():
            assert f"example: {name} = " in key["description"]


@pytest.mark.parametrize("name", recipes())
def test_the_recipes_of_the_bank_are_not_complained_of(name: str) -> None:
    assert complaints("recipe", (FOLDER / f"{name}.toml").read_text(encoding="utf-8")) == []


def test_the_example_assignment_is_not_complained_of() -> None:
    text = example_assignment()
    assert complaints("assignment", text) == []
    with_rubric = "\n".join(
        line.removeprefix("# ") if line.startswith(("# [rubric", "# per_day", "# slip =")) else line
        for line in text.splitlines()
    )
    assert complaints("assignment", with_rubric) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("minutes = 30", "minuets = 30", "'minuets' was unexpected"),
        ("minutes = 30", 'minutes = "half an hour"', "minutes: 'half an hour' is not of type 'integer'"),
        ('"sigmoid", "sigmoid"', '"sigmoid", "sigmoit"', "'sigmoit' is not one of"),
        ('"sigmoid", "sigmoid"', '"sigmoid", "softmax"', "network: .*'softmax' is a required property"),
        ('loss = "squared_error"', 'loss = "mse"', "'mse' is not one of"),
        ("low = -0.9, high = 0.9", "low = -0.9", "ranges.W: 'high' is a required property"),
        ("low = -0.9", "low = -1e9", r"ranges.W.low: -1000000000\.0 is less than the minimum"),
        ('factor = "4d"', 'factor = "4x"', "precision.factor: '4x' does not match"),
        ('factor = "4d"', 'faktor = "4d"', "precision: .*'faktor' was unexpected"),
        ("paths = [2, 2]", "paths = [2]", r"difficulty.paths: \[2\] is too short"),
        ("W = {", "W = { distinct = true,", "'distinct' was unexpected"),
        ("[switches]", "[rubric]\nmarks = {gradient = 2}\nweights = {gradient = 2}\n[switches]", "should not be valid"),
    ],
)
def test_what_a_schema_can_know_to_be_wrong_is_complained_of(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    """And the program refuses it as well."""
    assert old in TWO_PATHS
    text = TWO_PATHS.replace(old, new, 1)
    found = complaints("recipe", text)
    assert any(re.search(complaint, each) for each in found), found
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        load_recipe("mine.toml", tmp_path)


def changed(value: Any) -> list[Any]:
    """Other values in the place of one: of its own kind and of others."""
    others = [True, 0, 1, -1, 2.5, "", "full", "given", "unit", [], [2, 2], ["weight"], {}]
    return [other for other in others if other != value or type(other) is not type(value)]


def places(table: Any, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(table, dict):
        return [before]
    return [place for key, value in table.items() for place in places(value, (*before, key))]


@pytest.mark.parametrize("text", [TWO_PATHS, SOFTMAX], ids=["two-paths", "softmax"])
def test_no_recipe_that_can_be_used_is_complained_of(text: str) -> None:
    """Each value in turn is another one, or taken away: what the program takes, the schema takes."""
    validator = jsonschema.Draft7Validator(editor_schema("recipe"))
    written = tomllib.loads(text)
    taken = 0
    for place in places(written):
        for value in [None, *changed(read(written, place))]:
            other = copy.deepcopy(written)
            table = other
            for name in place[:-1]:
                table = table[name]
            del table[place[-1]]
            if value is not None:
                table[place[-1]] = value
            try:
                Recipe.model_validate(other)
            except (ValidationError, InputError):
                continue
            taken += 1
            # pydantic takes true for 1 and 1 for true where it is lenient; an editor says what is meant.
            if isinstance(value, bool) or (value in (0, 1) and isinstance(read(written, place), bool)):
                continue
            assert [error.message for error in validator.iter_errors(other)] == [], (place, value)
    assert taken > 20


def read(table: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        table = table[name]
    return table


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ("due = 2030-01-31", True),
        ("due = 2030-01-31T23:59:00", True),
        ('due = "Friday"', True),
        ("due = 5", False),
        ('paper = "A3"', False),
        ('recipe = "two-paths"', True),
        ('recipe = "mine.toml"', True),
        ('recipe = "to-paths"', False),
        ('title = "two\\nlines"', False),
    ],
)
def test_an_assignment_is_looked_at_key_by_key(line: str, fine: bool) -> None:
    lines = {"title": 'title = "t"', "recipe": 'recipe = "first"'}
    key = line.partition(" =")[0]
    top = "\n".join([line if key == "title" else lines["title"], line if key in ("due", "paper") else ""])
    text = f"{top}\n[[questions]]\n{line if key == 'recipe' else lines['recipe']}\nmarks = 4\n"
    assert (complaints("assignment", text) == []) is fine


def test_new_names_the_schema_and_writes_it(tmp_path: Path) -> None:
    assert run("new", tmp_path).exit_code == 0
    first = (tmp_path / "assignment.toml").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("#:schema ./")
    schema = json.loads((tmp_path / first.removeprefix("#:schema ./")).read_text(encoding="utf-8"))
    assert schema == editor_schema("assignment")
    assert json.loads((tmp_path / ".schema" / "recipe.json").read_text(encoding="utf-8")) == editor_schema("recipe")


def test_the_command_prints_a_schema_or_tables() -> None:
    assert json.loads(run("schema", "assignment").stdout) == editor_schema("assignment")
    assert run("schema", "recipe", "--markdown").stdout.strip() == keys_as_markdown(keys_of("recipe"))
    result = run("schema", "asignment")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no such kind of file: 'asignment'; expected recipe or assignment" in result.stderr
