"""What all files that people write have in common: no key that nobody knows, no number that is none, and complaints."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Strict, ValidationError
from pydantic_core import ErrorDetails

from question_bank.errors import InputError, NetworkError, entries, found_text, together

Number = Annotated[float, Strict()]
"""A finite number; neither text nor true."""
Whole = Annotated[int, Strict()]
"""A whole number; neither 1.0, text nor true."""
Flag = Annotated[bool, Strict()]
"""True or false; neither 1, 0 nor text."""


class Document(BaseModel):
    """A table of a file, in which whatever is not foreseen is refused."""

    # Built with what it stands in, when that is first read: to build each by itself as well takes as long again.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

    table_name: ClassVar[str]
    """What tables of this kind are called in a reference, where they stand in several places of a file."""


class StrictDocument(Document):
    """The same where a text is not taken for a number, nor a number for a text."""

    model_config = ConfigDict(strict=True)


def require_known(keys: Collection[object], known: Collection[str], place: str | None) -> None:
    """Raise NetworkError for a key that is none of those, with the one that was meant."""
    for key in keys:
        if key not in known:
            near = get_close_matches(str(key), known, 1)
            raise NetworkError(
                f"unknown key {found_text(key)}",
                place=place,
                expected=", ".join(known),
                remedy=f"did you mean {near[0]!r}?" if near else None,
            )


_WANTED = re.compile(r"(?:Input|List|String) should (?:be|have) (?:a valid |a )?(.*?)(?: after validation.*)?")
"""How pydantic says what it wanted; a valid number to it is a number to us."""

_NOUNS = {
    "number": "a number",
    "number, unable to parse string as a number": "a number",
    "finite number": "a finite number",
    "integer": "a whole number",
    "integer, unable to parse string as an integer": "a whole number",
    "integer, got a number with a fractional part": "a whole number",
    "string": "text in quotation marks",
    "boolean": "true or false",
    "boolean, unable to interpret input": "true or false",
    "list": "a list",
    "tuple": "a list",
    "dictionary": "a table",
}


def validation_error(error: ValidationError, file: str | None, kind: type[InputError]) -> InputError:
    """The first complaint of pydantic, with file and key, as one of ours; what is one of ours keeps its words."""
    complaints = error.errors()
    # What is missing may only be misspelt: an unknown key is said first.
    first = next((each for each in complaints if each["type"] == "extra_forbidden"), complaints[0])
    return _as_ours(first, complaints, file, kind)


def validation_errors(error: ValidationError, file: str | None, kind: type[InputError]) -> InputError:
    """All complaints of pydantic together, one for each key; of what is missing where a key is unknown, none."""
    complaints = error.errors()
    misspelt = {each["loc"][:-1] for each in complaints if each["type"] == "extra_forbidden"}
    found: dict[str | None, InputError] = {}
    for each in complaints:
        if each["type"] != "missing" or each["loc"][:-1] not in misspelt:
            said = _as_ours(each, complaints, file, kind)
            found.setdefault(said.place, said)
    return together(list(found.values()))


_Table = TypeVar("_Table", bound=BaseModel)


def validated(model: type[_Table], written: object, kind: type[InputError], name: str) -> _Table:
    """A table of a file, by its name there; raises all complaints together, with their places in the file."""
    try:
        return model.model_validate(written)
    except ValidationError as error:
        complaints = validation_errors(error, None, kind).all
        raise together([each.at(place=_within(name, each.place)) for each in complaints]) from error


def _within(name: str, place: str | None) -> str:
    if place is None or place.partition(".")[0] == name:
        return place or name
    return f"{name}.{place}"


def _as_ours(
    first: ErrorDetails, complaints: list[ErrorDetails], file: str | None, kind: type[InputError]
) -> InputError:
    location = first["loc"]
    of_types = _of_several_types(first, complaints)
    if of_types:
        # None of them fits: what is wrong inside a list says more than that it is one.
        depth = len(location) - 1
        first = max(of_types, key=lambda each: len(each["loc"]))
        location = first["loc"][:depth] + first["loc"][depth + 1 :]
    # pydantic counts from 0; people count entries from 1.
    steps = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    place = "".join(steps).removeprefix(".") or None
    if first["type"] == "extra_forbidden":
        return kind("unknown key", file=file, place=place, remedy="take it away, or mend its spelling")
    if first["type"] == "missing":
        return kind("missing", file=file, place=place)
    complaint = in_our_words(first, place, kind)
    if of_types and len(first["loc"]) == depth + 1:
        wanted = dict.fromkeys(in_our_words(each, place, kind).expected for each in of_types)
        complaint.expected = " or ".join(filter(None, wanted)) or None
    return complaint.in_file(file) if file else complaint


def _of_several_types(first: ErrorDetails, complaints: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """The complaints of a value that may be of several types, each of which the place goes on with; else none."""
    depth = len(first["loc"]) - 1
    found = [
        each for each in complaints if len(each["loc"]) > depth >= 0 and each["loc"][:depth] == first["loc"][:depth]
    ]
    return found if any("[" in str(each["loc"][depth]) for each in found) else []


def in_our_words(details: ErrorDetails, place: str | None, kind: type[InputError]) -> InputError:
    """One of pydantic's complaints about a value, as one of ours; what is one of ours keeps its words."""
    own = details.get("ctx", {}).get("error")
    if isinstance(own, InputError):
        first, *others = (
            kind(one.found, file=one.file, place=one.place or place, expected=one.expected, remedy=one.remedy)
            for one in own.all
        )
        return together([first, *others])
    if details["type"] == "int_parsing_size":
        return kind(_found(details["input"]), place=place, expected="a whole number")
    wanted = _WANTED.fullmatch(details["msg"])
    if wanted:
        expected = _NOUNS.get(wanted[1], wanted[1]).replace("'", '"')
        if expected.startswith("dictionary"):
            expected = "a table"
        elif expected.startswith(("less", "greater")):
            expected = f"a number {expected}"
        return kind(_found(details["input"]), place=place, expected=expected)
    message = details["msg"].removeprefix("Value error, ")
    found = "" if isinstance(details["input"], dict) else f" (found {details['input']!r})"
    return kind(message + (found if len(found) < 80 else ""), place=place)


def _found(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, (list, tuple)):
        return entries(len(value)) if value else "an empty list"
    return found_text(value)
