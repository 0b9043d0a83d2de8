"""The keys that a person may write in a file, with default, meaning and example: for documentation and editors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from question_bank.errors import InputError
from question_bank.questions.document import Document
from question_bank.toml_text import parse_toml, read_text

_TOP = "file"
_HEADINGS = {_TOP: "At the top of the file", "grid": "A grid of numbers"}
WORDS_OF_RECIPES = Path(__file__).with_name("recipe_keys.toml")

Words = Mapping[str, Mapping[str, tuple[str, str]]]
"""By table and key: what it is for, and an example of its value as TOML."""


@dataclass(frozen=True, slots=True)
class DescribedKey:
    """A key: its default as TOML (or in words), what it is for, an example of its value as TOML."""

    name: str
    default: str
    meaning: str
    example: str
    field: FieldInfo


@dataclass(frozen=True, slots=True)
class DescribedTable:
    """A table of a file: its place, such as `network`, or `file` at the top, and the keys it has."""

    place: str
    model: type[BaseModel]
    keys: tuple[DescribedKey, ...]


@lru_cache(maxsize=4)
def words_in(path: Path) -> Words:
    """What a file such as recipe_keys.toml says of each table's keys."""
    tables = parse_toml(read_text(path), str(path))
    return {place: {key: (str(says[0]), str(says[1])) for key, says in keys.items()} for place, keys in tables.items()}


def described_tables(model: type[BaseModel], words: Words) -> list[DescribedTable]:
    """All tables of a file, from its top on; raises InputError for a key without words, and words without a key."""
    found: list[DescribedTable] = []
    for place, part, fields in _tables(model, _TOP):
        said = words.get(place, {})
        for name in said.keys() ^ fields.keys():
            kind = "is in no model" if name in said else "has no words"
            raise InputError(f"{name} {kind}", place=f"[{place}]", remedy="say of each key what it is for")
        keys = (DescribedKey(name, _default(field), *said[name], field) for name, field in fields.items())
        found.append(DescribedTable(place, part, tuple(keys)))
    return found


def keys_as_markdown(tables: list[DescribedTable]) -> str:
    """A heading and a table of keys for each table, as docs/recipes.md holds them."""
    parts = []
    for table in tables:
        heading = _HEADINGS.get(table.place, f"`[{table.place}]`")
        rows = [
            f"| `{key.name}` | {key.default} | {key.meaning} | `{key.name} = {key.example}` |" for key in table.keys
        ]
        head = ["| key | without it | what it is | example |", "|---|---|---|---|"]
        parts.append("\n".join([f"### {heading}", "", *head, *rows]))
    return "\n\n".join(parts)


def title_of(table: DescribedTable) -> str:
    """Where a table's keys stand, as a sentence goes on."""
    return {_TOP: "at the top of the file", "grid": "to a grid"}.get(table.place, f"under [{table.place}]")


def name_in_file(name: str, field: FieldInfo) -> str:
    """What a person writes for a field."""
    return field.alias or name


def _tables(
    model: type[BaseModel], place: str, seen: set[type[BaseModel]] | None = None
) -> Iterator[tuple[str, type[BaseModel], dict[str, FieldInfo]]]:
    """The places of a file's tables and their keys, each table once, and each below the one that holds it."""
    seen = set() if seen is None else seen
    shared = next(
        (base for base in model.__mro__ if issubclass(base, Document) and "table_name" in vars(base)),
        None,
    )
    if shared is not None and shared not in seen:
        seen.add(shared)
        yield shared.table_name, shared, _fields(shared)
    if model in seen:
        return
    seen.add(model)
    inherited = () if shared is None else shared.model_fields.keys()
    fields = _fields(model)
    if own := {name: field for name, field in fields.items() if name not in inherited}:
        yield place, model, own
    for name, field in fields.items():
        below = name if place == _TOP else f"{place}.{name}"
        for part in _models_in(field.annotation):
            yield from _tables(part, below, seen)


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {name_in_file(name, field): field for name, field in model.model_fields.items()}


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    default = field.get_default(call_default_factory=True)
    if default is None or isinstance(default, BaseModel) or default == {}:
        return "—"
    return f"`{toml_value(default)}`"


def toml_value(value: Any) -> str:
    """A value as TOML writes it: text, numbers, truth and lists of these.

    >>> toml_value(("weight", "bias")), toml_value(True)
    ('["weight", "bias"]', 'true')
    """
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
