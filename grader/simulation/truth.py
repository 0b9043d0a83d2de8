"""What is true of a simulated submission, for whoever marks it to be held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from question_bank.expressions.names import Name

BLANK_COLUMN, FOREIGN_COLUMN, MERGED_COLUMN = 0, -1, -2
"""What may stand in a column in place of a path's number."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A step at which a mistake changed what was recorded.

    `seen` is the step in whose slots that shows: the same, or the next one if the step has no slot. `names` are the
    ids of the mistake's equivalence class there, any of which names it exactly; none for a slip that the catalogue
    lacks.
    """

    step: Name
    seen: Name
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """What one simulated student did.

    `misconceptions` are ids of the catalogue, "" for a slip that it does not list, and `struck[i]` says where the i-th
    struck. `columns` says for every column which path stands in it, or one of the codes above; it is empty where all
    stand as they should. `slots` are those in which something was written that had not been worked out. `misread` are
    givens that were taken for other numbers, a mistake without an id that comes last. `hardly` are steps at which a
    mistake was made that changed what was recorded by no more than a unit: right, or that mistake, whoever marks it.
    """

    kind: str
    misconceptions: tuple[str, ...] = ()
    struck: tuple[tuple[Struck, ...], ...] = ()
    columns: tuple[int, ...] = ()
    slots: tuple[str, ...] = ()
    misread: tuple[Name, ...] = ()
    hardly: tuple[Name, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        struck = [
            [{"step": one.step.key, "seen": one.seen.key, "names": one.names} for one in each] for each in self.struck
        ]
        plain = asdict(replace(self, struck=(), misread=(), hardly=()))
        del plain["hardly"]
        return plain | {"struck": struck, "misread": [given.key for given in self.misread]}


@dataclass(frozen=True, slots=True)
class Simulated:
    """One simulated submission: slot → what stands there, and the truth about it."""

    student: str
    question: str
    responses: Mapping[str, str]
    truth: Truth
