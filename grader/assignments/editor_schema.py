"""The JSON Schemas of the two files that an instructor writes, and where an editor finds them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from grader.assignments.assignment import Assignment, words_of_assignments
from grader.files.files import write_text
from question_bank.language.spoken import languages
from question_bank.questions.described_keys import WORDS_OF_RECIPES, DescribedTable, described_tables, words_in
from question_bank.questions.json_schema import OF_RECIPES, ONE_LINE, SCHEMAS, Refinements, json_schema
from question_bank.questions.recipe import Recipe, recipe_names

Kind = Literal["recipe", "assignment"]


def keys_of(kind: Kind) -> list[DescribedTable]:
    """The tables of such a file, with what is said of each key."""
    if kind == "recipe":
        return described_tables(Recipe, words_in(WORDS_OF_RECIPES))
    return described_tables(Assignment, words_of_assignments())


def editor_schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema of such a file."""
    if kind == "recipe":
        return json_schema(Recipe, keys_of(kind), OF_RECIPES, title="A recipe of gradpath")
    # An assignment has a recipe's tables, not its top.
    tables = {place: refined for place, refined in OF_RECIPES.items() if place[0] != "file"}
    schema = json_schema(Assignment, keys_of(kind), {**tables, **_of_assignments()}, title="An assignment of gradpath")
    for name in _IN_A_LANGUAGE:
        del schema["definitions"][name]
    return schema


_IN_A_LANGUAGE = ("QuestionWords", "SheetWords")
"""Tables by the code of a language, of which there are as many as catalogues."""


def _in_languages(*keys: str) -> dict[str, Any]:
    words = {key: {"type": "string", "minLength": 1} for key in keys}
    table = {"type": "object", "properties": words, "additionalProperties": False}
    return {"additionalProperties": False, "patternProperties": {f"^({'|'.join(languages())})$": table}}


def _of_assignments() -> Refinements:
    line = {"type": "string", "maxLength": 120, "pattern": ONE_LINE}
    recipe = {"anyOf": [{"enum": recipe_names()}, {"type": "string", "pattern": r"\.toml$"}]}
    return {
        ("file", "title"): {**line, "minLength": 1},
        ("file", "course"): line,
        ("file", "language"): {"enum": [*languages()]},
        ("texts", ""): _in_languages("task", "instructions", "allowed", "honour"),
        ("questions.texts", ""): _in_languages("task"),
        ("questions", "recipe"): recipe,
        ("questions", "network"): {"type": "string", "pattern": r"\.(toml|json)$"},
        ("questions", ""): {"oneOf": [{"required": ["recipe"]}, {"required": ["network"]}]},
    }


def write_editor_schemas(folder: Path, *kinds: Kind) -> None:
    """Put schemas where the first line of such a file in this folder names them, in the place of older ones."""
    for kind in kinds:
        write_text(folder / SCHEMAS / f"{kind}.json", json.dumps(editor_schema(kind), ensure_ascii=False))
