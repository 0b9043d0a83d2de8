"""The ways in which a gradient is worked and written down: which derivatives have names and boxes of their own.

Each but the first goes back through the graph once, and works the same derivatives (`backward.py`): what differs is how
they are cut into steps, which of these are boxes, and how the boxes stand on a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from question_bank.language.words import N_

Working = Literal["paths", "table", "chain", "deltas", "matrices", "graph"]
Shape = Literal["columns", "layers", "lines", "arrays", "edges"]
"""How boxes stand on a page: in columns of paths, layer by layer, one formula a line, as vectors and matrices, or value
by value as below the edges of a graph."""


@dataclass(frozen=True, slots=True)
class WorkingKind:
    """One way of working.

    `title` says it in a few words, and `asked` what a task says of it. `several` values may be asked for; of the only
    one that may, `alone`, the chain is written down. With `errors` what is worked of a unit is its error term, and what
    comes back to its output a sum. With `factors` every local derivative is a step, also where it only copies a number;
    with `parts` so is what comes back through each use of a value that has several, and with `every` each derivative
    between what is asked for and the loss. Boxes have all `local` derivatives, all sums or (`joined`) only those of
    several terms.
    """

    id: Working
    title: str
    shape: Shape
    several: bool = True
    errors: bool = False
    factors: bool = False
    parts: bool = False
    every: bool = False
    local: bool = False
    joined: bool = False


_ALL = (
    WorkingKind("paths", N_("path by path"), "columns", several=False, local=True),
    WorkingKind("table", N_("layer by layer"), "layers", local=True),
    WorkingKind(
        "chain", N_("as one chain of derivatives"), "lines", several=False, factors=True, local=True, joined=True
    ),
    WorkingKind("deltas", N_("by error terms"), "layers", errors=True, joined=True),
    WorkingKind("matrices", N_("with vectors and matrices"), "arrays", errors=True),
    WorkingKind("graph", N_("edge by edge"), "edges", factors=True, parts=True, every=True),
)

ARRANGEMENTS: Mapping[str, WorkingKind] = MappingProxyType({one.id: one for one in _ALL})
