"""Which values of a convolution are drawn as cells of which grid, and where in it they lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from question_bank.expressions.names import Symbol
from question_bank.networks.model import CellGrid, GivenTable

if TYPE_CHECKING:
    from question_bank.networks.convolution import Convolution

Shape = tuple[int, ...]
"""Entries along each dimension: one of a sequence, two (rows, columns) of a grid."""
_BETWEEN = 1.0
"""Between grids one below the other, in cells: for the symbol of the lower one."""


def places_in(shape: Shape) -> list[Shape]:
    """The places of a grid, row by row, counted from 1."""
    return list(product(*(range(1, along + 1) for along in shape)))


@lru_cache(maxsize=256)
def grids_of_convolution(model: Convolution) -> tuple[CellGrid, ...]:
    """Kernel and input, channel below channel, then the maps, and what the last one's entries are held against.

    A sequence stands upright, so that lines run from left to right, and each entry of a map beside the middle of its
    window. Grids of two dimensions are in the middle of the highest; there the input comes before its kernel.
    """
    flat = len(model.size) == 1
    first = next(iter(model.graph().nodes.values()))
    inputs = list(_tables(model, "x", set(first.inputs), model.padding))
    maps = list(_maps(model, {*first.inputs, first.name}))
    kernels = list(_tables(model, "k", set(), 0))
    if model.has_loss and not model.head:
        heading = replace(model.targets[0], index=())
        last = maps[-1].cells
        cells = zip(model.targets, last, strict=True)
        held = tuple((target, row, column) for target, (_, row, column) in cells)
        maps.append(CellGrid(heading, held, aside=True))
    columns = [kernels, inputs] if flat else [inputs, kernels]
    columns += [[each] for each in maps]
    heights = [(some, *_reach(some)) for some in columns if some]
    highest = max(bottom - top for _, top, bottom in heights)
    return tuple(
        _lowered(grid, (highest - (bottom - top)) / 2 - top) if not flat or some is kernels else _lowered(grid, 0.0)
        for some, top, bottom in heights
        for grid in some
    )


def _tables(model: Convolution, letter: str, marked: set[Symbol], border: int) -> Iterator[CellGrid]:
    """Grids of givens, one below the other."""
    flat, down = len(model.size) == 1, 0.0
    for table in model.tables():
        if table.heading.letter != letter:
            continue
        cells = tuple(_cells(table, flat=flat, down=down))
        yield CellGrid(table.heading, cells, tuple(cell for cell, _, _ in cells if cell in marked), border)
        down += len(table.columns if flat else table.cells) + 2 * border + _BETWEEN


def _cells(table: GivenTable, *, flat: bool, down: float) -> Iterator[tuple[Symbol, float, float]]:
    for row, line in enumerate(table.cells):
        for column, cell in enumerate(line):
            yield (cell, down + column, 0.0) if flat else (cell, down + row, float(column))


def _maps(model: Convolution, under: set[Symbol]) -> Iterator[CellGrid]:
    """The feature map and the pooled one; `under` are the first window and what becomes of it."""
    at: Mapping[Shape, tuple[float, float]] = {place: _plain(place) for place in places_in(model.map_shape)}
    if model.kernel:
        if len(model.size) == 1:
            middle = (model.kernel[0] - 1) / 2 - model.padding
            whole = model.size[0] + 2 * model.padding + _BETWEEN
            middle += (model.channels - 1) * whole / 2
            at = {place: (model.stride * (place[0] - 1) + middle, 0.0) for place in at}
        cells = tuple((Symbol(model.map_letter, None, place), *where) for place, where in at.items())
        first = cells[0][0]
        yield CellGrid(Symbol(model.map_letter), cells, (first,))
    if model.pooling:
        nodes = model.graph().nodes
        pooled = []
        for place in places_in(model.last_shape):
            p = Symbol("p", None, place)
            rows = [at[value.index][0] for value in nodes[p].inputs]
            pooled.append((p, *((sum(rows) / len(rows), 0.0) if len(model.size) == 1 else _plain(place))))
        yield CellGrid(Symbol("p"), tuple(pooled), () if model.kernel else (pooled[0][0],))


def _plain(place: Shape) -> tuple[float, float]:
    return (place[0] - 1.0, 0.0) if len(place) == 1 else (place[0] - 1.0, place[1] - 1.0)


def _reach(some: list[CellGrid]) -> tuple[float, float]:
    """The first row of grids one below the other, and the end of the last."""
    rows = [(row - grid.border, row + 1 + grid.border) for grid in some for _, row, _ in grid.cells]
    return min(top for top, _ in rows), max(bottom for _, bottom in rows)


def _lowered(grid: CellGrid, down: float) -> CellGrid:
    return replace(grid, cells=tuple((cell, row + down, column) for cell, row, column in grid.cells))
