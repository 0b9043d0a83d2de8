"""The columns of the path table: which path each was taken for, and numbers put in the order of the paths."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Answers, Rows
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import BoolArray


class Note(IntEnum):
    """What is said about a column; the codes are those of the note arrays."""

    NONE = 0
    SWAPPED = 1
    MISSING = 2
    DOUBLED = 3
    FOREIGN = 4
    MERGED = 5

    @property
    def word(self) -> str:
        """The note as files and people read it, empty for none."""
        return "" if self is Note.NONE else self.name.lower()


@dataclass(frozen=True, slots=True, eq=False)
class MarkedColumn:
    """A column of the path table (from 1) and the path that it was taken for; None for the one to spare."""

    column: int
    path: int | None
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """`sources[n, p]` is the column (from 0) that stands for path p, a column to spare last; `notes` (n, columns)."""

    sources: NDArray[np.intp]
    notes: NDArray[np.uint8]

    @classmethod
    def as_written(cls, derivation: Derivation, count: int) -> Arrangement:
        """Every column where it stands."""
        columns = len(column_slots(derivation))
        return cls(np.tile(np.arange(columns), (count, 1)), np.zeros((count, columns), np.uint8))

    def put(self, rows: Rows, other: Arrangement) -> None:
        """Take over what was found for some of the submissions."""
        self.sources[rows], self.notes[rows] = other.sources, other.notes

    def columns(self, row: int, path_count: int) -> tuple[MarkedColumn, ...]:
        """What is said about the columns of one submission."""
        return tuple(
            MarkedColumn(column, path + 1 if path < path_count else None, Note(note).word)
            for column, (path, note) in enumerate(
                zip(np.argsort(self.sources[row]).tolist(), self.notes[row].tolist(), strict=True), 1
            )
        )

    @property
    def as_it_stands(self) -> bool:
        """Whether every column is the path that it stands for."""
        return _is_identity(self.sources)

    @property
    def paths(self) -> NDArray[np.intp]:
        """The path (from 0) that every column was taken for: (submissions, columns)."""
        return np.argsort(self.sources, axis=1)


def column_slots(derivation: Derivation) -> list[list[int]]:
    """Numbers of the slots of every column, a column to spare last."""
    columns: dict[int, list[int]] = {}
    for at, slot in enumerate(derivation.slots):
        if slot.path is not None:
            columns.setdefault(slot.path, []).append(at)
    return [columns[number] for number in sorted(columns)]


def own_slots(derivation: Derivation) -> list[list[int]]:
    """The same without spare ones: of each path its factors and its product, of a column to spare nothing."""
    return [[at for at in slots if not derivation.slots[at].spare] for slots in column_slots(derivation)]


def of_one_length(derivation: Derivation) -> list[list[int]]:
    """Columns (from 0) that can hold one another's paths: those with equally many boxes."""
    lengths: dict[int, list[int]] = {}
    for column, slots in enumerate(column_slots(derivation)):
        lengths.setdefault(len(slots), []).append(column)
    return list(lengths.values())


Element = TypeVar("Element", bound=np.generic)


def in_path_order(answers: Answers, derivation: Derivation, sources: NDArray[np.intp]) -> Answers:
    """Answers with every column's numbers in the slots of the path that it stands for."""
    if _is_identity(sources):
        return answers
    return Answers(_rearranged(answers.values, derivation, sources), _rearranged(answers.statuses, derivation, sources))


def in_written_order(array: NDArray[Element], derivation: Derivation, found: Arrangement) -> NDArray[Element]:
    """What was said of the paths' slots, put back to where it was written: (submissions, slots)."""
    return array if _is_identity(found.sources) else _rearranged(array, derivation, found.paths)


def _is_identity(sources: NDArray[np.intp]) -> bool:
    return bool((sources == np.arange(sources.shape[1])).all())


def _rearranged(array: NDArray[Element], derivation: Derivation, sources: NDArray[np.intp]) -> NDArray[Element]:
    slots = column_slots(derivation)
    rearranged = array.copy(order="K")
    for path, own in enumerate(slots):
        for column, others in enumerate(slots):
            here = sources[:, path] == column
            if column == path or not here.any():
                continue
            for at, other in zip(own, others, strict=True):
                np.copyto(rearranged[:, at], array[:, other], where=here)
    return rearranged


def answered_columns(answers: Answers, derivation: Derivation) -> BoolArray:
    """True for columns that hold any number: (submissions, columns)."""
    slots = column_slots(derivation)
    answered = np.zeros((len(answers.values), len(slots)), dtype=bool)
    for column, own in enumerate(slots):
        answered[:, column] = answers.read[:, own].any(axis=1)
    return answered


def note_missing(found: Arrangement, answered: BoolArray, path_count: int) -> None:
    """Say which paths' columns are blank where others are not."""
    missing = answered.any(axis=1, keepdims=True) & ~answered & (found.paths < path_count)
    found.notes[missing] = Note.MISSING
