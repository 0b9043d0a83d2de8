"""What a platform would do to an honest student's answer, and which boxes it therefore cannot have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from grader.exchange.boxes import RangeBox


@dataclass(frozen=True, slots=True)
class Refusal:
    """A box that a platform would mark wrong for an honest student, and what to do instead."""

    slot: str
    found: str
    way_out: str


Accepts = Callable[[RangeBox, str], bool]
"""Whether a platform gives full marks for what is typed into a box."""


def refusals(boxes: Iterable[RangeBox], accepts: Accepts) -> Iterator[Refusal]:
    """The boxes that cannot be exported, by the platform's own rules of reading and comparing."""
    for box in boxes:
        if box.form == "tick":
            yield Refusal(box.slot, "a box to be ticked", "choose a question that is answered by numbers")
        elif "/" in box.shown:
            yield Refusal(
                box.slot,
                f"the exact number {box.shown}, which has no decimals that end",
                "choose a recipe with decimals",
            )
        else:
            for typed in honest_answers(box):
                if not accepts(box, typed):
                    yield Refusal(
                        box.slot, f"{typed} is right and would be marked wrong", "choose another precision, or a recipe"
                    )
                    break


def honest_answers(box: RangeBox) -> Iterator[str]:
    """How honest students may write the answer: as printed, shortly and with more digits, and both ends of the range.

    >>> from grader.exchange.boxes import RangeBox
    >>> list(honest_answers(RangeBox("gradient", "g", "number", "0.2500", 0.2499, 0.2501, 1e-4, 1)))
    ['0.2500', '.2500', '2.500e-1', '0.2499', '0.2501', '0.25']
    """
    yield box.shown
    if box.shown.lstrip("-").startswith("0."):
        yield box.shown.replace("0.", ".", 1)
    yield _with_exponent(box.shown)
    for value in (box.low, box.high, (box.low + box.high) / 2):
        yield f"{value:.15g}"


def _with_exponent(text: str) -> str:
    digits = len(text.strip("-").replace(".", "").lstrip("0")) or 1
    mantissa, _, exponent = f"{float(text):.{digits - 1}e}".partition("e")
    return f"{mantissa}e{int(exponent)}"
