"""Misconceptions that an instructor writes down in TOML: `misconceptions.toml` in the assignment's folder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from question_bank.errors import FormulaError, InputError
from question_bank.expressions.expression import Expression, Ref
from question_bank.expressions.precision import RecordedRole
from question_bank.misconceptions.catalogue import CATALOGUE
from question_bank.misconceptions.entry import Entries, Misconception, Site, Variants
from question_bank.misconceptions.language import bind, parse_formula
from question_bank.misconceptions.vocabulary import FUNCTIONS_OF, STRUCK, WORDS, words_at
from question_bank.questions.document import validation_error
from question_bank.questions.own_misconceptions_check import check_differs
from question_bank.questions.recipe import Recipe
from question_bank.toml_text import parse_toml, read_text

FILE_NAME = "misconceptions.toml"
LARGEST_FILE = 200_000
MOST_ENTRIES = 200

_WITH_FUNCTION = ("activation", "slope", "softmax diagonal", "softmax cross term")
_WITH_LOSS = ("loss", "upstream", "output error")
_Sentence = Annotated[str, Field(min_length=10, max_length=240)]


_ID = re.compile("[a-z][a-z0-9_]{2,49}")


class _Written(BaseModel):
    """One [[misconceptions]] table."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str
    role: RecordedRole
    strikes: list[str] = []
    only: list[str] = []
    formula: str
    student: _Sentence
    instructor: _Sentence

    @field_validator("id")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not _ID.fullmatch(name):
            raise ValueError("3 to 50 small letters, digits and underscores were expected, a letter first")
        return name

    @field_validator("student", "instructor")
    @classmethod
    def _one_line(cls, sentence: str) -> str:
        if not sentence.isprintable():
            raise ValueError("a sentence on one line, without control characters, was expected")
        return sentence


@dataclass(frozen=True, slots=True)
class FormulaRule:
    """A parsed formula with the functions it is restricted to: what `Misconception.mistaken` is for a written entry."""

    formula: Expression
    only: frozenset[str] = frozenset()

    def __call__(self, site: Site) -> Variants:
        """The formula on the steps around the site; none where a name of it means nothing there."""
        if self.only and site.rule.function not in self.only:
            return ()
        derivation = site.derivation
        here = derivation.index[site.step.name]
        bound = bind(
            self.formula,
            lambda word: WORDS[word].at(site),
            # Only what is worked out before this step can have been put into it.
            lambda step: Ref(step) if derivation.index.get(step, here) < here else None,
        )
        return () if bound is None or isinstance(bound, tuple) else (bound,)


def catalogue_of(folder: Path, recipes: Sequence[Recipe] = ()) -> tuple[Misconception, ...]:
    """The built-in entries and, after them, those of the folder's misconceptions.toml, if it has one."""
    path = folder / FILE_NAME
    return Entries((*CATALOGUE, *load_misconceptions(path, recipes))) if path.exists() else CATALOGUE


def load_misconceptions(path: Path, recipes: Sequence[Recipe] = ()) -> tuple[Misconception, ...]:
    """The entries of a file, each one checked; `recipes` are those of the assignment, beside gradpath's own.

    Raises InputError with file, entry and key: for what is not well formed, a formula that cannot be read or names
    what its kind of step does not have, an id that is taken, and an entry that never shows (see `check_differs`).
    """
    entries = tuple(_entry(written, place, path) for place, written in _tables(path))
    _check_ids(entries, path)
    for number, entry in enumerate(entries, 1):
        try:
            check_differs([entry], recipes)
        except InputError as error:
            place = f"{_place(number, entry.id)}.formula"
            raise error.at(file=str(path), place=place) from error
    return entries


def _tables(path: Path) -> list[tuple[str, Mapping[str, Any]]]:
    table = parse_toml(read_text(path, LARGEST_FILE), str(path))
    wrong = next((key for key in table if key != "misconceptions"), None)
    if wrong is not None:
        raise InputError(f"unknown key {_quoted(wrong)}", file=str(path), expected="[[misconceptions]] tables alone")
    tables = table.get("misconceptions", [])
    if not isinstance(tables, list) or not all(isinstance(entry, dict) for entry in tables):
        raise InputError("no list of tables", file=str(path), place="misconceptions", expected="[[misconceptions]]")
    if len(tables) > MOST_ENTRIES:
        raise InputError(f"{len(tables)} entries", file=str(path), expected=f"at most {MOST_ENTRIES}")
    return [(_place(number, entry.get("id")), entry) for number, entry in enumerate(tables, 1)]


def _place(number: int, identifier: object) -> str:
    named = isinstance(identifier, str) and identifier.isprintable() and 0 < len(identifier) <= 50
    return f"misconceptions[{number}]" + (f" ({identifier})" if named else "")


def _entry(table: Mapping[str, Any], place: str, path: Path) -> Misconception:
    def complaint(found: str, key: str, expected: str, remedy: str | None = None) -> InputError:
        return InputError(found, file=str(path), place=f"{place}.{key}", expected=expected, remedy=remedy)

    try:
        written = _Written.model_validate(table)
    except ValidationError as error:
        mended = validation_error(error, str(path), InputError)
        mended.place = f"{place}.{mended.place}"
        raise mended from error
    strikes = written.strikes or [word for word, kind in STRUCK.items() if kind.role == written.role]
    if written.role in strikes and not written.strikes:
        strikes = [written.role]  # a new value, not what is carried to it
    if not written.strikes and len(strikes) > 1:
        raise complaint("missing", "strikes", f"a list of {', '.join(strikes)}")
    for word in strikes:
        if word not in STRUCK or STRUCK[word].role != written.role:
            kinds = [known for known, kind in STRUCK.items() if kind.role == written.role]
            raise complaint(f"no kind of {written.role} step: {_quoted(word)}", "strikes", ", ".join(kinds))
    for word in written.only:
        if word not in FUNCTIONS_OF:
            raise complaint(f"no activation function or loss: {_quoted(word)}", "only", ", ".join(FUNCTIONS_OF))
        fitting = _WITH_LOSS if FUNCTIONS_OF[word] == "loss" else _WITH_FUNCTION
        if not set(strikes) <= set(fitting):
            raise complaint(
                f"{word} says nothing of what is struck ({', '.join(strikes)})",
                "only",
                f"strikes among {', '.join(fitting)}",
                "take the word away, or make two entries",
            )
    shared = [words_at(word) for word in strikes]
    names = {word: name.many for word, name in shared[0].items() if all(word in other for other in shared)}
    try:
        formula = parse_formula(written.formula, names)
    except FormulaError as error:
        raise error.at(file=str(path), place=f"{place}.formula") from error
    return Misconception(
        id=written.id,
        kinds=tuple(STRUCK[word].id for word in dict.fromkeys(strikes)),
        mistaken=FormulaRule(formula, frozenset(written.only)),
        student=written.student,
        instructor=written.instructor,
    )


def _quoted(word: str) -> str:
    return repr(word[:60])


def _check_ids(entries: Sequence[Misconception], path: Path) -> None:
    taken = {entry.id: "gradpath's own catalogue" for entry in CATALOGUE}
    for number, entry in enumerate(entries, 1):
        if entry.id in taken:
            raise InputError(
                f"the id is taken by {taken[entry.id]}",
                file=str(path),
                place=f"{_place(number, entry.id)}.id",
                remedy="give it a name of its own: marks and reports tell entries apart by their ids",
            )
        taken[entry.id] = _place(number, entry.id)
