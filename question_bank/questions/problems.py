"""Everything that is wrong with a file that a person wrote, as one complaint with a line for each key."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from question_bank.errors import InputError, together
from question_bank.questions.described_keys import (
    DescribedKey,
    DescribedTable,
    Words,
    described_tables,
    name_in_file,
    title_of,
)
from question_bank.questions.document import in_our_words

_CLOSE = 0.7
"""How alike (1 is the same) a key must be to the one that may be meant."""


@dataclass(frozen=True, slots=True)
class _Located:
    """One of pydantic's complaints: the place as a person counts, and the table that the last key stands in."""

    place: str
    table: type[BaseModel]
    details: ErrorDetails

    @property
    def last(self) -> str:
        return self.place.rpartition(".")[2].partition("[")[0]


def every_problem(
    error: ValidationError, file: str | None, kind: type[InputError], model: type[BaseModel], words: Words
) -> InputError:
    """All that pydantic and our own checks complain of, a line a key, with the valid keys or an example."""
    tables = described_tables(model, words)
    located = [_located(details, model) for details in error.errors()]
    unknown = {id(one): _meant(one) for one in located if one.details["type"] == "extra_forbidden"}
    meant = {(one.table, near) for one in located if (near := unknown.get(id(one)))}
    problems: list[InputError] = []
    for some in _by_place(located):
        first = some[0]
        if first.details["type"] == "extra_forbidden":
            problems.append(_unknown_key(first, unknown[id(first)], tables, kind))
        elif first.details["type"] != "missing":
            problems += _wrong_value(some, kind)
        elif (first.table, first.last) not in meant:
            problems.append(kind("missing", place=first.place or None, remedy=_how_to_write(first, tables)))
    return together([problem.in_file(file) if file else problem for problem in problems])


def _located(details: ErrorDetails, model: type[BaseModel]) -> _Located:
    place, table = "", model
    current: tuple[Any, ...] = (model,)
    for part in details["loc"]:
        if len(current) > 1:
            # Of a union pydantic names the member that it tried, which nobody wrote.
            named = [
                each for each in current if isinstance(each, type) and re.search(rf"\b{each.__name__}\b", str(part))
            ]
            holders = [each for each in current if get_origin(each) in (list, tuple, dict)]
            # Where it tells them apart by a tag, the tag: what has keys of its own is the table among them.
            tables = [each for each in current if isinstance(each, type) and issubclass(each, BaseModel)]
            current = tuple([*named, *holders, *tables, object][:1])
            continue
        if part == "[key]":
            continue
        inside = current[0]
        if isinstance(inside, type) and issubclass(inside, BaseModel):
            table = inside
            fields = {name_in_file(name, field): field for name, field in inside.model_fields.items()}
            current = _members(fields[str(part)].annotation) if part in fields else (object,)
        else:
            held = get_args(inside)
            at = part if isinstance(part, int) and get_origin(inside) is tuple and part < len(held) else -1
            current = _members(held[at if held[at] is not Ellipsis else 0]) if held else (object,)
        # pydantic counts from 0; people count entries from 1.
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return _Located(place.removeprefix("."), table, details)


def _members(annotation: object) -> tuple[Any, ...]:
    """What may stand there: the members of a union but None, or that one type."""
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__  # type: ignore[attr-defined]
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(each for part in get_args(annotation) for each in _members(part) if each is not types.NoneType)
    return (annotation,)


def _by_place(located: Sequence[_Located]) -> Iterator[list[_Located]]:
    """Complaints of one place together; none of a table or list as such where something in it is complained of."""
    groups: dict[tuple[str, bool], list[_Located]] = {}
    for one in located:
        own = one.details["type"] == "value_error"
        groups.setdefault((one.place, own), []).append(one)
    places = [place for place, _ in groups]
    for (place, own), some in groups.items():
        whole = isinstance(some[0].details["input"], dict | list)
        within = any(other.startswith((f"{place}.", f"{place}[")) for other in places if place)
        if not own and whole and (within or (place, True) in groups):
            continue
        yield some


def _wrong_value(some: Sequence[_Located], kind: type[InputError]) -> Iterable[InputError]:
    said = [in_our_words(one.details, one.place or None, kind) for one in some]
    if len(said) == 1 or some[0].details["type"] == "value_error":
        return [part for each in said for part in each.all]
    # A value that may be one thing or another was tried as each.
    wanted = dict.fromkeys(each.expected for each in said if each.expected)
    said[0].expected = " or ".join(wanted) or None
    return [said[0].at()]


def _unknown_key(
    one: _Located, near: str | None, tables: Sequence[DescribedTable], kind: type[InputError]
) -> InputError:
    elsewhere = [table for table in tables if one.last in {key.name for key in table.keys}]
    if near:
        remedy = f"did you mean {near}?"
    elif elsewhere:
        remedy = f"it belongs {title_of(elsewhere[0])}"
    else:
        remedy = "take it away"
    return kind("unknown key", place=one.place, expected=", ".join(_keys(one.table)), remedy=remedy)


def _how_to_write(one: _Located, tables: Sequence[DescribedTable]) -> str | None:
    key = _described(one, tables)
    if key is None:
        return None
    table = next((table for table in tables if table.model is key.field.annotation), None)
    if table is not None:
        needed = [each.name for each in table.keys if each.field.is_required()]
        example = f"such as {one.last} = {key.example}"
        return f"write a table [{one.place}]{' with ' + ', '.join(needed) if needed else ', ' + example}"
    return f"write it, such as {one.last} = {key.example}"


def _meant(one: _Located) -> str | None:
    return next(iter(get_close_matches(one.last, _keys(one.table), 1, _CLOSE)), None)


def _keys(table: type[BaseModel]) -> list[str]:
    return [name_in_file(name, field) for name, field in table.model_fields.items()]


def _described(one: _Located, tables: Sequence[DescribedTable]) -> DescribedKey | None:
    keys = (key for table in tables if issubclass(one.table, table.model) for key in table.keys)
    return next((key for key in keys if key.name == one.last), None)
