"""The key of one question, slot by slot, kept as columns.

A class of four thousand has a hundred thousand slots: as objects they cost more to load and to reach than to mark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, overload

import numpy as np
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from question_bank.errors import InputError
from question_bank.expressions.precision import Array, Places


class KeySlot(NamedTuple):
    """A slot with its key: places asked for, reference value, honest range, marks."""

    slot: str
    precision: str
    value: float
    low: float
    high: float
    marks: float


_TEXT, _NUMBER = core_schema.str_schema(), core_schema.float_schema(allow_inf_nan=False)
_WRITTEN = core_schema.typed_dict_schema(
    {
        name: core_schema.typed_dict_field(_TEXT if name in ("slot", "precision") else _NUMBER)
        for name in KeySlot._fields
    },
    extra_behavior="forbid",
)
"""A slot in questions.json."""
_IN_ORDER = itemgetter(*KeySlot._fields)

_SLACK = 1e-9
"""Of a value; what equivalent formulas differ by."""


@dataclass(frozen=True, slots=True, eq=False)
class KeySlots(Sequence[KeySlot]):
    """The slots of a question, in its order: a sequence of `KeySlot`, and their columns.

    `numbers` (4, slots) are values, lower and upper ends of the honest ranges, and marks.
    """

    names: tuple[str, ...]
    precisions: tuple[str, ...]
    numbers: Array

    @classmethod
    def of(cls, slots: Iterable[KeySlot]) -> KeySlots:
        """Slots put together as columns."""
        names, precisions, *numbers = zip(*slots, strict=True)
        return cls._of_columns(names, precisions, np.array(numbers))

    @classmethod
    def _of_columns(cls, names: tuple[str, ...], precisions: tuple[str, ...], columns: Array) -> KeySlots:
        columns.flags.writeable = False
        return cls(_shared(names), _shared(precisions), columns)

    @property
    def low(self) -> Array:
        """Lower ends of the honest ranges."""
        low: Array = self.numbers[1]
        return low

    @property
    def high(self) -> Array:
        """Upper ends of the honest ranges."""
        high: Array = self.numbers[2]
        return high

    @property
    def marks(self) -> Array:
        """Marks."""
        marks: Array = self.numbers[3]
        return marks

    @overload
    def __getitem__(self, at: int) -> KeySlot: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[KeySlot, ...]: ...

    def __getitem__(self, at: int | slice) -> KeySlot | tuple[KeySlot, ...]:
        if isinstance(at, slice):
            return tuple(self)[at]
        return KeySlot(self.names[at], self.precisions[at], *self.numbers[:, at].tolist())

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[KeySlot]:
        return map(KeySlot, self.names, self.precisions, *self.numbers.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeySlots) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type[Any], _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            cls._read,
            core_schema.list_schema(_WRITTEN, min_length=1),
            serialization=core_schema.plain_serializer_function_ser_schema(cls._write),
        )

    @classmethod
    def _read(cls, written: object, entries: core_schema.ValidatorFunctionWrapHandler) -> KeySlots:
        if isinstance(written, KeySlots):
            return written
        if (read := cls._as_written(written)) is not None:
            return read
        return cls.of(KeySlot(**slot) for slot in entries(written))

    @classmethod
    def _as_written(cls, written: object) -> KeySlots | None:
        """Slots that are as we write them, in less than half the time; of all others None, whatever is amiss there."""
        try:
            if {*map(len, written)} != {len(KeySlot._fields)}:  # type: ignore[call-overload]
                return None
            names, precisions, *columns = zip(*map(_IN_ORDER, written), strict=True)  # type: ignore[call-overload]
        except (TypeError, KeyError):
            return None
        numbers = [*chain.from_iterable(columns)]
        if {*map(type, names), *map(type, precisions)} != {str} or {*map(type, numbers)} != {float}:
            return None
        if not math.isfinite(sum(numbers)):
            return None
        return cls._of_columns(names, precisions, np.fromiter(numbers, float).reshape(len(columns), -1))

    def _write(self) -> list[dict[str, Any]]:
        return [slot._asdict() for slot in self]


def stacked(several: Sequence[KeySlots]) -> Array:
    """Values, lower and upper ends, marks of questions with the same slots: (4, questions, slots)."""
    together = np.concatenate([one.numbers for one in several]).reshape(len(several), 4, -1)
    return np.ascontiguousarray(together.transpose(1, 0, 2))


def require_values_in_range(several: Sequence[KeySlots]) -> None:
    """Raise InputError, with question and slot, for a value that is outside of its own range. Of all in one go."""
    value, low, high, _ = np.concatenate([np.zeros((4, 0)), *(one.numbers for one in several)], axis=1)
    slack = _SLACK * np.abs(value)
    outside = np.flatnonzero((value < low - slack) | (value > high + slack))
    if len(outside):
        whose = np.repeat(np.arange(len(several)), [len(one) for one in several])
        names = [name for one in several for name in one.names]
        raise InputError(
            f"the value of {names[outside[0]]!r} is outside of its own range, low to high",
            place=f"questions[{whose[outside[0]] + 1}].slots",
        )


def units(precisions: Sequence[str], values: Array) -> Array:
    """One unit of the last recorded place of every value (questions, slots)."""
    unit = np.empty(values.shape, order="F")
    for column, places in enumerate(precisions):
        unit[:, column] = Places.parse(places).unit(values[:, column])
    return unit


@lru_cache(maxsize=1024)
def _shared(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The same tuple for the same texts: a whole class has the same slots."""
    return texts
