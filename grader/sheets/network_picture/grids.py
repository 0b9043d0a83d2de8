"""Where grids lie, as lecturers draw them: side by side, a convolution's window marked, zeros around."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from grader.sheets.network_picture.boxes import Rectangle
from question_bank.expressions.names import Symbol
from question_bank.networks.model import CellGrid, Model, grids_of

LARGEST_CELL = 10.0
"""Millimetres."""
TITLE = 5.0
"""Above a grid, for its symbol."""
_SIGN_GAP, _LEAST_LINES, _MOST_LINES = 1.1, 1.6, 3.2
"""In cells, between two grids with a sign between them, or with lines from cell to cell."""
_TO_LOSS = 1.5
"""Between the middles of the last two circles."""
_SIGNS = {"k": "∗", "z": "=", "h": "=", "p": "→"}
"""What stands before a grid; before an input it is the kernel's sign where that stands on the left."""


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands in the picture beside cells: a grid's symbol above it, a sign between two grids."""

    x: float
    y: float
    text: str | Symbol


@dataclass(frozen=True, slots=True)
class PlacedGrids:
    """The middles of cells and of circles, the side of a cell, and what stands around them.

    `sides` are the left and the right edge of the grid in which a cell lies: lines run between grids and not in them.
    `followed` are cells to which lines lead from all rows of the grid before.
    `zeros` are the cells of borders, `marked` what is shown as a window, or as what becomes of it.
    """

    side: float
    cells: Mapping[Symbol, tuple[float, float]]
    circles: Mapping[Symbol, tuple[float, float]]
    sides: Mapping[Symbol, tuple[float, float]]
    followed: Collection[Symbol]
    captions: tuple[Caption, ...]
    zeros: tuple[Rectangle, ...]
    marked: tuple[Rectangle, ...]
    lines: bool

    def has(self, source: Symbol, target: Symbol) -> bool:
        """Whether a line may run from the one to the other."""
        return self.lines or source in self.circles or target in self.circles

    def joins(self, source: Symbol, target: Symbol) -> bool:
        """Whether it may where no path runs: only from a single column of cells to another one, with none between."""
        (left, right), (far_left, far_right) = self.sides[source], self.sides[target]
        thin = far_right - far_left <= 1.01 * self.side and (
            right - left <= 1.01 * self.side or target in self.followed
        )
        beside = not any(right < other < far_left for other, _ in self.sides.values())
        return self.lines and thin and beside

    def line(self, source: Symbol, target: Symbol, radius: float) -> tuple[float, float, float, float]:
        """From middle to middle, between the grids or circles in which the two lie."""
        places = {**self.cells, **self.circles}
        (x1, y1), (x2, y2) = places[source], places[target]
        length = math.hypot(x2 - x1, y2 - y1)
        start = (self.sides[source][1] - x1) / (x2 - x1) if source in self.cells else radius / length
        end = (x2 - self.sides[target][0]) / (x2 - x1) if target in self.cells else radius / length
        ends = ((x1 + t * (x2 - x1), y1 + t * (y2 - y1)) for t in (start, 1 - end))
        (a, b), (c, d) = ends
        return a, b, c, d


def grids_height(model: Model) -> float:
    """Millimetres that the picture is high where there is room."""
    top, bottom = _rows(grids_of(model))
    return TITLE + 1 + LARGEST_CELL * (bottom - top)


@lru_cache(maxsize=256)
def placed_grids(model: Model, width: float, height: float, circles: tuple[Symbol, ...], *, lines: bool) -> PlacedGrids:
    """Grids from left to right, then the circles, in so many millimetres; `lines` run from cell to cell."""
    columns = [list(some) for _, some in groupby(grids_of(model), lambda grid: grid.heading.letter)]
    if lines:
        # Nothing stands between cells that lines join: k ∗ x in the place of x ∗ k.
        last_aside = [columns.pop()] if columns[-1][0].aside else []
        columns.sort(key=lambda some: some[0].heading.letter != "k" and not some[0].aside)
        columns = last_aside + columns
    wide = [max(_columns(grid)[1] - _columns(grid)[0] for grid in some) for some in columns]
    joined = [lines and _joined(one, other) for one, other in pairwise(columns)]
    top, bottom = _rows(grids_of(model))
    ends = [_MOST_LINES if circles[1:] or not lines else _TO_LOSS][: len(circles)] + [_TO_LOSS] * (len(circles) - 1)
    fixed = sum(wide) + sum(_SIGN_GAP for each in joined if not each) + 0.5 * bool(circles) + sum(ends)
    side = min(
        LARGEST_CELL,
        (height - TITLE - 1) / (bottom - top),
        (width - 2) / (fixed + _LEAST_LINES * sum(joined)),
    )
    line_gap = min(_MOST_LINES, ((width - 2) / side - fixed) / max(1, sum(joined)))
    gaps = [line_gap if each else _SIGN_GAP for each in joined]
    x = (width - side * (fixed - sum(_SIGN_GAP for each in joined if not each) + sum(gaps))) / 2
    down = TITLE + (height - TITLE - side * (bottom - top)) / 2 - side * top
    made = _Made(side, down)
    for at, some in enumerate(columns):
        if at and not joined[at - 1]:
            made.sign(columns[at - 1], some, x - side * gaps[at - 1] / 2, down + side * (top + bottom) / 2)
        for grid in some:
            made.place(grid, x)
        x += side * (wide[at] + (gaps[at] if at < len(gaps) else 0))
    for circle, step in zip(circles, ends, strict=True):
        x += side * step
        made.circles[circle] = (x, down + side * (top + bottom) / 2)
    return PlacedGrids(
        side,
        made.cells,
        made.circles,
        made.sides,
        frozenset(made.followed),
        tuple(made.captions),
        tuple(made.zeros),
        tuple(made.marked),
        lines,
    )


def _joined(one: Sequence[CellGrid], other: Sequence[CellGrid]) -> bool:
    """Whether lines run from one grid to the next: from an input to its map, and from a map to the pooled one."""
    if other[0].after is not None:
        return other[0].after == one[0].heading
    return one[0].heading.letter != "k" and other[0].heading.letter in ("z", "h", "p")


def _rows(grids: Sequence[CellGrid]) -> tuple[float, float]:
    """The first row of all grids, and the end of the last."""
    return (
        min(row - grid.border for grid in grids for _, row, _ in grid.cells),
        max(row + 1 + grid.border for grid in grids for _, row, _ in grid.cells),
    )


def _columns(grid: CellGrid) -> tuple[float, float]:
    columns = [column for _, _, column in grid.cells]
    beside = grid.border if max(columns) else 0
    return min(columns) - beside, max(columns) + 1 + beside


class _Made:
    """Grids placed so far."""

    def __init__(self, side: float, down: float) -> None:
        self._side, self._down = side, down
        self.cells: dict[Symbol, tuple[float, float]] = {}
        self.circles: dict[Symbol, tuple[float, float]] = {}
        self.sides: dict[Symbol, tuple[float, float]] = {}
        self.followed: set[Symbol] = set()
        self.captions: list[Caption] = []
        self.zeros: list[Rectangle] = []
        self.marked: list[Rectangle] = []

    def sign(self, before: Sequence[CellGrid], some: Sequence[CellGrid], x: float, y: float) -> None:
        letter = some[0].heading.letter
        usual = "∗" if letter == "x" and before[0].heading.letter == "k" else _SIGNS.get(letter)
        sign = some[0].sign or (None if before[0].aside else usual)
        if sign:
            self.captions.append(Caption(x, y, sign))

    def place(self, grid: CellGrid, left: float) -> None:
        side, (first, last) = self._side, _columns(grid)
        rows = [row for _, row, _ in grid.cells]
        for cell, row, column in grid.cells:
            self.cells[cell] = (left + side * (column - first + 0.5), self._down + side * (row + 0.5))
            self.sides[cell] = (left, left + side * (last - first))
            self.followed |= {cell} if grid.after is not None else set()
        self.captions.append(
            Caption(left + side * (last - first) / 2, self._down + side * (min(rows) - grid.border) - 2.3, grid.heading)
        )
        self._border(grid, left)
        if grid.marked:
            places = [self.cells[cell] for cell in grid.marked]
            x, y = (min(place[axis] for place in places) - side / 2 for axis in (0, 1))
            right, bottom = (max(place[axis] for place in places) + side / 2 for axis in (0, 1))
            self.marked.append(Rectangle(x, y, right - x, bottom - y))

    def _border(self, grid: CellGrid, left: float) -> None:
        side, border = self._side, grid.border
        if not border:
            return
        rows, columns = sorted({row for _, row, _ in grid.cells}), sorted({column for _, _, column in grid.cells})
        beside = border if len(columns) > 1 else 0
        for at in range(-border, len(rows) + border):
            for column in range(-beside, len(columns) + beside):
                if not (0 <= at < len(rows) and 0 <= column < len(columns)):
                    x, y = left + side * (column + beside), self._down + side * (rows[0] + at)
                    self.zeros.append(Rectangle(x, y, side, side))
