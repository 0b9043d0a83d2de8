"""Slips of the pen, made of a number's text character by character."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal


def slips_of(text: str) -> Iterator[Decimal]:
    """What a hand may write in place of a text: the point moved, or one digit changed, lost, twice, or exchanged."""
    last = Decimal(text).as_tuple().exponent
    assert isinstance(last, int)
    for places in range(1, 7):
        yield Decimal(text).scaleb(places)
        yield Decimal(text).scaleb(-places)
        # Recorded after the point had moved, if that leaves digits to know it by.
        recorded = Decimal(text).scaleb(-places).quantize(Decimal(1).scaleb(last), ROUND_HALF_UP)
        if abs(recorded.scaleb(-last)) >= 100:
            yield recorded
    for at, digit in enumerate(text):
        if not digit.isdigit():
            continue
        yield from (Decimal(text[:at] + other + text[at + 1 :]) for other in "0123456789" if other != digit)
        if text.strip("-") != digit:
            yield Decimal(text[:at] + text[at + 1 :])
        yield Decimal(text[: at + 1] + digit + text[at + 1 :])
        if text[at + 1 : at + 2].isdigit():
            yield Decimal(text[:at] + text[at + 1] + digit + text[at + 2 :])
