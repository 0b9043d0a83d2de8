"""The examiner: each mistake is taken off once, and nothing else; or what is right is counted, and nothing else."""

from __future__ import annotations

from random import Random

from tests.classroom.paper import Paper
from tests.classroom.working import Habits, Sheet, twins, work

STEP = 2520 * 1000
"""What a step is worth; a factor that stands in up to ten columns splits into whole numbers."""

_NEAR = 0.002
"""How far rounding takes an honest number from the exact one, at the most, beside a unit of its last place."""


def worth(paper: Paper) -> list[int]:
    """What each box is worth: all steps the same, the gradient twice as much, a shared factor once in all."""
    return [STEP * (2 if box == "gradient" else 1) // len(twins(paper, box)) for box in paper.boxes]


def deserved_loss(paper: Paper, sheet: Sheet) -> int:
    """What an examiner takes off: every box in which a mistake was made."""
    return sum(ticks for box, ticks in zip(paper.boxes, worth(paper), strict=True) if box in sheet.struck)


def right_boxes(paper: Paper, written: dict[str, str]) -> frozenset[str]:
    """Boxes in which the right number stands, give or take honest rounding."""
    return near(work(paper, Habits(), Random(0)).written, written)


def near(exact: dict[str, str], written: dict[str, str]) -> frozenset[str]:
    """Boxes of the exact working in which its number stands, give or take honest rounding."""
    found = set()
    for box, should in exact.items():
        try:
            value = float(written.get(box, ""))
        except ValueError:
            continue
        unit = 10.0 ** -len(should.partition(".")[2]) if "." in should else 1e-9
        if abs(value - float(should)) <= unit * 1.000001 + _NEAR * abs(float(should)):
            found.add(box)
    return frozenset(found)


def deserved_for_right(paper: Paper, written: dict[str, str]) -> int:
    """What the right boxes of a sheet are worth."""
    found = right_boxes(paper, written)
    return sum(ticks for box, ticks in zip(paper.boxes, worth(paper), strict=True) if box in found)
