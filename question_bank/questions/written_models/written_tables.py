"""A model with its numbers in files: its shape's keys, and one more for each of its tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import ConfigDict, Field, model_serializer, model_validator

from question_bank.errors import NetworkError, entries, found_text
from question_bank.expressions.names import Symbol
from question_bank.networks.model import GivenTable, Model
from question_bank.questions.document import require_known
from question_bank.questions.written_models.model_shape import ModelShape


class WrittenTables(ModelShape):
    """Beside the shape's fields, a key for each table of the model, by what heads it.

    A table is a list of rows, of one column a list of numbers, of a single given a number.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Any] = Field(init=False)

    place: ClassVar[str]
    """The table of the file in which it stands."""

    @property
    def shape(self) -> dict[str, Any]:
        """The fields of its shape that are not as they are without being said."""
        return {
            name: value
            for name, field in type(self).model_fields.items()
            if (value := getattr(self, name)) != field.get_default(call_default_factory=True)
        }

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        tables = {table.heading.key: table for table in self.model.tables()}
        require_known(self.__pydantic_extra__, [*type(self).model_fields, *tables], self.place)
        for name, table in tables.items():
            if name not in self.__pydantic_extra__:
                raise NetworkError(f"no {name}", place=f"{self.place}.{name}", expected=_size(table))
            _require_numbers(self.__pydantic_extra__[name], table, f"{self.place}.{name}")
        return self

    @model_serializer
    def _table(self) -> dict[str, Any]:
        return self.shape | self.__pydantic_extra__

    @classmethod
    def of(cls, shape: Mapping[str, Any], model: Model, givens: Mapping[Symbol, float]) -> Self:
        """A model, the fields of its shape, and its numbers, as they are written."""
        return cls(**shape, **{table.heading.key: _written(table, givens) for table in model.tables()})

    @property
    def outline(self) -> Hashable:
        """What questions whose boxes play the same parts have in common."""
        return self.model

    @property
    def numbers(self) -> list[float]:
        """Inputs, parameters and targets, in the order of the model's givens."""
        found: dict[Symbol, float] = {}
        for table in self.model.tables():
            written = self.__pydantic_extra__[table.heading.key]
            rows = [written] if _is_single(table) else written
            row = rows if len(table.cells[0]) == 1 else [number for row in rows for number in row]
            found |= zip(table.symbols, map(float, row), strict=True)
        return [found[given] for given in self.model.givens()]


def _written(table: GivenTable, givens: Mapping[Symbol, float]) -> object:
    if _is_single(table):
        return givens[table.heading]
    if len(table.cells[0]) == 1:
        return [givens[given] for given in table.symbols]
    return [[givens[given] for given in row] for row in table.cells]


def _is_single(table: GivenTable) -> bool:
    return table.cells == ((table.heading,),)


def _is_number(written: object) -> bool:
    return isinstance(written, (int, float)) and not isinstance(written, bool)


def _require_numbers(written: object, table: GivenTable, place: str) -> None:
    rows: Sequence[object] = [written] if _is_single(table) else written if isinstance(written, list) else ()
    columns = len(table.cells[0])
    fits = len(rows) == len(table.cells) and all(
        _is_number(row) if columns == 1 else isinstance(row, list) and len(row) == columns and all(map(_is_number, row))
        for row in rows
    )
    if not fits:
        found = entries(len(rows)) if isinstance(written, list) else found_text(written)
        raise NetworkError(found, place=place, expected=_size(table))


def _size(table: GivenTable) -> str:
    rows, columns = len(table.cells), len(table.cells[0])
    if _is_single(table):
        return "a number"
    return f"a list of {rows} numbers" if columns == 1 else f"{rows} rows of {columns} numbers"
