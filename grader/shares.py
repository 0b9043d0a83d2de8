"""What part of a slot's worth a verdict earns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Shares:
    """The parts (0 to 1) of a slot's worth that verdicts other than `correct` earn.

    `swapped` is the part of what a column earns that stands under another path's heading. With `working = "optional"` a
    right answer alone earns all marks of its question.
    """

    follow_through: float = 1.0
    misconception: float = 0.0
    rounded_early: float = 0.5
    swapped: float = 0.5
    working: Literal["required", "optional"] = "required"
