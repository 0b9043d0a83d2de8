"""The answers of a derivation of several values as matrices, in the tables in which the parameters are printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import Name, Symbol
from question_bank.networks.model import GivenTable
from question_bank.networks.notation import is_transposed


@dataclass(frozen=True, slots=True)
class GradientTable:
    """Of a table of parameters the derivatives, or new values: the step of each cell, None where none is asked."""

    what: Literal["gradient", "updated"]
    table: GivenTable
    cells: tuple[tuple[Name | None, ...], ...]

    @property
    def transposed(self) -> bool:
        """Whether the notation in force prints the matrix, as that of its parameters, with its rows as columns."""
        return is_transposed(self.table)

    @property
    def rows(self) -> tuple[tuple[Name | None, ...], ...]:
        """The cells as they are printed."""
        return tuple(zip(*self.cells, strict=True)) if self.transposed else self.cells


def gradient_tables(derivation: Derivation) -> list[GradientTable]:
    """Every table of which something is asked, first with the gradients and then with the new values.

    There is none where one value is asked for, nor of the forward pass.
    """
    if not derivation.layout.arrangement.several or len(derivation.asked) < 2:
        return []
    if derivation.is_forward or derivation.is_local:
        return []
    found = _tables(derivation, "gradient", derivation.gradient_of)
    return [*found, *_tables(derivation, "updated", derivation.updated_of)] if derivation.update else found


def _tables(
    derivation: Derivation, what: Literal["gradient", "updated"], name_of: Callable[[Symbol], Name]
) -> list[GradientTable]:
    def step(given: Symbol) -> Name | None:
        name = name_of(given) if given in derivation.asked else None
        return name if name in derivation.index else None

    tables = []
    for table in derivation.model.tables():
        cells = tuple(tuple(map(step, row)) for row in table.cells)
        if any(each is not None for row in cells for each in row):
            tables.append(GradientTable(what, table, cells))
    return tables
