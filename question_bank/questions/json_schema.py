"""JSON Schemas of files that a person writes, for editors that complete keys and underline what cannot be.

Draft 7, which editors of TOML know. What a model's own validators ask is said as far as a schema can say it: a file
that the schema refuses is refused by the program (or has a number in quotation marks), but not the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from question_bank.expressions.precision import RECORDED_ROLES
from question_bank.networks.cells import CELLS
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.losses import LOSSES, NO_LOSS
from question_bank.networks.model import SoftmaxRule
from question_bank.networks.recurrent import FEWEST_STEPS, MOST_STEPS
from question_bank.questions.described_keys import DescribedKey, DescribedTable
from question_bank.questions.written_models.written_recurrent import STATE

Schema = dict[str, Any]
Refinements = Mapping[tuple[str, str], Schema]
"""By a table's place and a key (or "" for the table itself): what the model's validators ask beyond its types."""

SCHEMAS = ".schema"
"""The folder, beside a file, that holds its schema."""
ONE_LINE = r"^[^\u0000-\u001f\u007f]*$"
"""Text without control characters."""

_PLACES = {"type": "string", "pattern": "^(0?[0-9]|1[0-2])d$|^(0?[1-9]|1[0-2])s$"}
_UNIT_COUNT = {"type": "integer", "minimum": 1, "maximum": 1000}

OF_RECIPES: Refinements = {
    ("file", "precision"): {
        "type": "object",
        "properties": dict.fromkeys(RECORDED_ROLES, _PLACES),
        "anyOf": [{"required": ["forward"]}, {"required": [*RECORDED_ROLES[1:]]}],
        "additionalProperties": False,
    },
    ("file", ""): {
        "if": {"properties": {"calculator": {"const": False}}, "required": ["calculator"]},
        "then": {"not": {"anyOf": [{"required": ["precision"]}, {"required": ["scratch"]}]}},
        "else": {"required": ["precision"]},
    },
    ("ranges", ""): {"not": {"required": ["y", "upstream"]}},
    ("network", "sizes"): {"type": "array", "items": _UNIT_COUNT, "minItems": 2},
    ("network", "activations"): {
        "type": "array",
        "items": {"type": "string", "enum": [*FUNCTIONS, "softmax"]},
        "minItems": 1,
    },
    ("network", "loss"): {"type": "string", "enum": [*LOSSES, NO_LOSS]},
    ("recurrent", "steps"): {"type": "integer", "minimum": FEWEST_STEPS, "maximum": MOST_STEPS},
    ("recurrent", "cell"): {"type": "string", "enum": [*CELLS]},
    ("recurrent", "function"): {"type": "string", "enum": [*FUNCTIONS]},
    ("recurrent", "output"): {"type": "string", "enum": [*FUNCTIONS, STATE]},
    ("recurrent", "loss"): {"type": "string", "enum": [*LOSSES, NO_LOSS]},
    ("network", "softmax"): {"type": "string", "enum": [*get_args(SoftmaxRule)]},
    ("network", ""): {
        # A softmax that is a step of its own says which of its terms count.
        "if": {
            "properties": {"activations": {"contains": {"const": "softmax"}}, "combined": {"const": False}},
            "required": ["activations"],
        },
        "then": {"required": ["softmax"]},
        "else": {"not": {"required": ["softmax"]}},
    },
    ("rubric", ""): {
        "allOf": [
            {"not": {"required": ["marks", "weights"]}},
            {"not": {"required": ["weights", "per_path"], "properties": {"per_path": {"const": True}}}},
        ]
    },
}


def schema_line(kind: str) -> str:
    """The first line of a file, by which an editor finds its schema.

    >>> schema_line("recipe")
    '#:schema ./.schema/recipe.json'
    """
    return f"#:schema ./{SCHEMAS}/{kind}.json"


def json_schema(
    model: type[BaseModel], tables: Sequence[DescribedTable], refinements: Refinements, *, title: str
) -> Schema:
    """The schema of a file whose top is that model, with the meaning, the default and an example of each key."""
    whole = _plain(model.model_json_schema(by_alias=True, ref_template="#/definitions/{model}"))
    definitions = whole.pop("$defs", {})
    for table in tables:
        name = table.model.__name__
        described = whole if table.model is model else definitions[name]
        refined = refinements.get((table.place, ""), {})
        described |= refined
        for other, part in definitions.items():
            if other == name or _inherits(other, table, tables):
                _describe(part, table, refinements)
        if table.model is model:
            _describe(whole, table, refinements)
    # Docstrings are for who reads the code.
    for part in (whole, *definitions.values()):
        part.pop("description", None)
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": title}
    return {**head, **{key: value for key, value in whole.items() if key != "title"}, "definitions": definitions}


def _inherits(name: str, table: DescribedTable, tables: Sequence[DescribedTable]) -> bool:
    return any(other.model.__name__ == name and issubclass(other.model, table.model) for other in tables)


def _describe(part: Schema, table: DescribedTable, refinements: Refinements) -> None:
    properties = part["properties"]
    for key in table.keys:
        found = refinements.get((table.place, key.name), properties[key.name])
        if "$ref" in found:
            # Beside a reference draft 7 reads nothing.
            found = {"allOf": [{"$ref": found["$ref"]}]}
        properties[key.name] = {**found, **_words(key, properties[key.name])}


def _words(key: DescribedKey, found: Schema) -> Schema:
    default = {"default": found["default"]} if key.default.startswith("`") and "default" in found else {}
    meaning = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", key.meaning)
    return {"description": f"{meaning}\nexample: {key.name} = {key.example}", **default}


def _plain(part: Any) -> Any:
    """Without what only pydantic's own draft knows, titles made of keys, and null, which TOML has not."""
    if isinstance(part, list):
        return [_plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {name: _plain(value) for name, value in part.items() if not (name == "title" and isinstance(value, str))}
    if "prefixItems" in found:
        found |= {"items": found.pop("prefixItems"), "additionalItems": False}
    if "anyOf" in found:
        choices = [choice for choice in found["anyOf"] if choice != {"type": "null"}]
        if len(choices) == 1:
            del found["anyOf"]
            found |= choices[0]
        else:
            found["anyOf"] = choices
    if found.get("default", 0) is None:
        del found["default"]
    return found
