"""How the columns of the paths stand on a page, in millimetres: the sum beside or below, their boxes and routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_SUM, _NARROW_SUM, _WIDE_SUM, _BETWEEN = 54.0, 43.0, 104.0, 3.5
"""Millimetres for the sum beside two columns, beside three, and in lines beside one; and before it."""
_STACKED = 4
"""The most boxes that stand below their formulas beside a single column, which is lower than more would be."""
_BESIDE = 2
"""The sum stands beside tables of so many columns where there is room enough, below others."""
_ROUTE_BESIDE, _SMALLER_BESIDE = 6, 8
"""The most symbols of a route that such a column has room for, and if they are set as small as labels."""
_TERMS_BESIDE = {_SUM: 4, _NARROW_SUM: 3}
"""The most terms that a sum of such a width has room for."""
_PARAMETER_BESIDE = 9.5
"""Millimetres that the parameter's symbol may be wide in the narrower one."""
_LEAD, _CELL_PADDING, _SMALLEST_BOX, _WIDEST_BOX = 15.2, 4.5, 24.1, 33.0
"""Of a column that has the sum beside it and two others: its factors' symbols, what is free, and its boxes."""
_SHORT_ROUTE = 4
"""Symbols of a route that has room enough beside its column's heading."""


@dataclass(frozen=True, slots=True)
class PathTable:
    """What decides it: columns of a table, symbols of the longest route, terms of the sum, the parameter's width."""

    across: int
    longest_route: int
    terms: int
    symbol: float
    found: bool
    """Routes and factors are to be found, hence blank."""
    answers: int = 1
    """Boxes of the sum and of the update; none where a single path's product is all that is asked for."""


def arranged(columns: PathTable, width: float, *, compact: bool) -> dict[str, Any]:
    """The arrangement as `question.html` takes it; `beside` is the sum's width, None where that stands below.

    >>> arranged(PathTable(2, 6, 2, 6.0, False), 178.0, compact=False)["beside"]
    54.0
    >>> [arranged(PathTable(3, 6, 3, 6.0, True), 183.9, compact=compact)["beside"] for compact in (False, True)]
    [None, 43.0]
    """
    beside: float | None = None
    box = None
    if columns.across <= _BESIDE and columns.longest_route <= (_SMALLER_BESIDE if compact else _ROUTE_BESIDE):
        beside = _SUM
    elif columns.across > _BESIDE and compact:
        each = (width - _NARROW_SUM - _BETWEEN) / columns.across
        box = min(each - _LEAD - _CELL_PADDING, _WIDEST_BOX)
        if box >= _SMALLEST_BOX and columns.symbol <= _PARAMETER_BESIDE:
            beside = _NARROW_SUM
    if beside is not None and (columns.terms > _TERMS_BESIDE[beside] or not columns.answers):
        beside = None
    tight = beside == _NARROW_SUM
    in_lines = beside == _SUM and columns.across == 1 and columns.answers > _STACKED
    if in_lines:
        beside = _WIDE_SUM
    return {
        "beside": beside,
        "left": None if beside is None else width - beside - _BETWEEN - 0.1,
        "tight": tight,
        "in_lines": in_lines,
        "box": box if tight else None,
        "small_routes": beside in (_SUM, _WIDE_SUM) and columns.longest_route > _ROUTE_BESIDE,
        "short_routes": columns.found and compact and columns.longest_route <= _SHORT_ROUTE,
    }
