"""How numbers are written down, by decimal arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Literal

WAYS = {"half up": ROUND_HALF_UP, "half even": ROUND_HALF_EVEN, "cut off": ROUND_DOWN}
_CALCULATOR = "10s"


@dataclass(frozen=True)
class Rounding:
    """One student's habit: `more` places than asked, or all that the calculator shows.

    From `memory` one goes on with the calculator's number, else with what stands on the paper.
    """

    way: Literal["half up", "half even", "cut off"] = "half up"
    more: int = 0
    all_digits: bool = False
    memory: bool = False

    def text(self, value: float, asked: str) -> str:
        """A number as it is written where so many places are asked for.

        >>> Rounding("cut off").text(-0.66666, "4d"), Rounding().text(0.00123456, "4s"), Rounding().text(-0.00001, "4d")
        ('-0.6666', '0.001235', '0.0000')
        """
        places = _CALCULATOR if self.all_digits else asked
        exact = Decimal(f"{value:.13g}")  # 0.7 - 0.1 is 0.6, to whoever has no binary numbers
        more = 0 if self.all_digits else self.more
        count = int(places[:-1]) + more
        exponent = -count if places.endswith("d") or not exact else exact.adjusted() - count + 1
        rounded = exact.quantize(Decimal(1).scaleb(exponent), rounding=WAYS[self.way])
        return f"{rounded or abs(rounded):f}"


def short(value: float) -> str:
    """A number of few digits as one copies it."""
    number = Decimal(f"{value:.12g}")
    text = f"{number or abs(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
