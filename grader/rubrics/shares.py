"""What part of a slot's worth a verdict earns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Shares:
    """The parts (0 to 1) of a slot's worth that verdicts other than `correct` earn.

    `swapped` is the part of what a column earns that stands under another path's heading. With `working = "optional"` a
    right answer alone earns all marks of its question. `misreading` is the part of a question's marks that a misreading
    of its givens costs, once; never more than the boxes are worth in which it was made.
    """

    follow_through: float = 1.0
    cut_off: float = 1.0
    misconception: float = 0.0
    slip: float = 0.0
    rounded_early: float = 0.5
    swapped: float = 0.5
    misreading: float = 0.1
    working: Literal["required", "optional"] = "required"

    def of(self, verdict: str) -> float:
        """The part that a verdict earns, by its word.

        >>> Shares().of("correct"), Shares().of("rounded_early"), Shares().of("wrong")
        (1.0, 0.5, 0.0)
        """
        return 1.0 if verdict == "correct" else float(getattr(self, verdict, 0.0))
