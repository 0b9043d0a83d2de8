"""What else is wrong with a recipe whose keys are wrong: problems of the whole, which show once those are mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from question_bank.errors import InputError, RecipeError
from question_bank.questions.document import in_our_words
from question_bank.questions.model_parts.model_part import MODELS

_STAND_INS: dict[str, Any] = {"title": "-", "description": "-", "minutes": 1, "ranges": {}, "difficulty": {}}
"""What may be missing at the top without a bearing on anything else."""
_PLACES = {"forward": "6d"}
"""In the place of a precision that is none."""
_CLOSE = 0.7
"""How alike (1 is the same) a key must be to the one that may be meant."""


def behind(error: ValidationError, table: Mapping[str, Any], model: type[BaseModel]) -> list[InputError]:
    """Complaints of the recipe as a whole, were its keys as they are meant: misspelt ones renamed, wrong ones left out.

    Where the table of the model itself is wrong nobody knows what it was to be: then only what every recipe needs.
    """
    if not any(details["loc"] for details in error.errors()):
        return []  # every key is as it should be, and the whole has been looked at
    said = [".".join(map(str, details["loc"])) for details in error.errors()]
    mended = _mended(error, table, model)
    found = [] if mended is None else _of_the_whole(mended, model)
    if mended is None or any((problem.place or "").partition(".")[0] in MODELS for problem in found):
        found += _needed(table)
    return [problem for problem in found if not _said_already(problem.place or "", said)]


def _of_the_whole(mended: Mapping[str, Any], model: type[BaseModel]) -> list[InputError]:
    try:
        model.model_validate(mended)
    except ValidationError as error:
        own = [details for details in error.errors() if isinstance(details.get("ctx", {}).get("error"), InputError)]
        return [problem for details in own for problem in in_our_words(details, None, RecipeError).all]
    return []


def _said_already(place: str, said: Sequence[str]) -> bool:
    return not place or any(f"{one}.".startswith(f"{place}.") or f"{place}.".startswith(f"{one}.") for one in said)


def _needed(table: Mapping[str, Any]) -> Iterator[InputError]:
    """What is missing of a network's recipe, whatever network it is."""
    ranges = table.get("ranges")
    if isinstance(ranges, Mapping) and "network" in table:
        for name in sorted({"W", "x"} - {*ranges}):
            yield RecipeError("missing", place=f"ranges.{name}", remedy=f"write {name} = {{ low = -0.9, high = 0.9 }}")
    if "precision" not in table and table.get("calculator") is not False:
        yield RecipeError("missing", place="precision", expected='forward = "4d", or calculator = false')
    difficulty = table.get("difficulty")
    meant = isinstance(difficulty, Mapping) and get_close_matches("paths", [*map(str, difficulty)], 1, _CLOSE)
    if isinstance(difficulty, Mapping) and not meant and table.get("ask") != "forward":
        yield RecipeError("missing", place="difficulty.paths", expected="the fewest and the most, such as [1, 2]")


def _mended(error: ValidationError, table: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any] | None:
    """The table without what pydantic complains of; None where that is in the table of a model."""
    mended: dict[str, Any] = deepcopy(dict(table))
    # First what is misspelt: as it is meant it is not missing.
    for details in sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden"):
        *way, last = details["loc"] or ("",)
        inside = _at(mended, way)
        if details["type"] == "extra_forbidden" and isinstance(inside, dict):
            value = inside.pop(str(last), None)
            meant = get_close_matches(str(last), _keys(model, way), 1, _CLOSE)
            if meant and meant[0] not in inside:
                inside[meant[0]] = value
        elif isinstance(inside, dict) and details["type"] == "missing" and last in inside:
            continue
        elif not way and last in _STAND_INS:
            mended[str(last)] = _STAND_INS[str(last)]
        elif details["loc"][:1] == ("precision",):
            mended["precision"] = _PLACES
        elif not details["loc"] or details["loc"][0] in MODELS or details["type"] == "missing":
            return None
        elif isinstance(inside, dict):
            inside.pop(str(last), None)
    return mended


def _at(table: object, way: Sequence[int | str]) -> object:
    """What stands at a place; names of types, which pydantic puts in, are passed over."""
    for part in way:
        if isinstance(table, dict) and part in table:
            table = table[part]
    return table


def _keys(model: type[BaseModel], way: Sequence[int | str]) -> list[str]:
    """The keys of a table of the recipe."""
    for part in way:
        field = model.model_fields.get(str(part))
        inside = [field.annotation, *getattr(field.annotation, "__args__", ())] if field is not None else []
        model = next((one for one in inside if isinstance(one, type) and issubclass(one, BaseModel)), model)
    return [field.alias or name for name, field in model.model_fields.items()]
