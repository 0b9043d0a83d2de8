"""Promises of fair marks: what an honest mistake may cost at most, and a sheet that nobody worked earn at most.

The measure is an examiner who takes off each box in which a mistake was made, once, and pays for all else; and for
sheets that nobody worked, one who pays what is right in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

import numpy as np

from grader.marking import Verdict
from grader.simulation.marked import MarkedStudent, Promise, SlotMark
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.expressions.names import GRADIENT, Name
from question_bank.expressions.precision import COMPARISON_SLACK

_AT_WORST, _ON_AVERAGE = 0.15, 0.05
"""What a sheet that nobody worked may earn beyond what is right in it, as a part of all marks."""

_INSIDE = 9.5
"""Units of its last place by which a number is off, at the least, where a digit in front of the last one is another."""

_LAST_DIGIT = 1.5
"""The same in units of the last digit that was written and is no zero."""

_TELLING_FIGURES = 4

_NAMES = (Verdict.SLIP, Verdict.MISCONCEPTION)
"""A lost sign may be a known mistake as well as a slip."""


def fairness_lines(marked: Sequence[MarkedStudent]) -> Iterable[Promise]:
    """The promises about marks."""
    cut = [one.paid == one.worth for one in marked if one.simulated.truth.kind == "cut off"]
    yield Promise.counted("values cut off instead of rounded: full marks", cut)
    misread = [one for one in marked if one.family == "misreadings"]
    # None misreads anything where the forward values are printed and the gradient of a last layer's weight is asked.
    if misread:
        # Beside a number that is taken for a 1, an exact product is as large as another factor.
        least = 0.98 if any(one.question.precision.exact for one in misread) else 1.0
        # Of a wrong 0 that enters it, a unit that can be off or a scale makes another, which shows no work.
        least = min(least, 0.9) if any(_makes_0_of_0(one) for one in misread) else least
        yield Promise.counted(
            "misread givens: no more lost than the boxes where that strikes", _no_more(misread), least
        )
    mistaken = [one for one in marked if one.family == "mistakes" and not _is_a_swap(one)]
    # Where no path is shown, two mistakes may leave nothing that speaks for a sheet.
    least = 1.0 if any(one.question.derivation.paths for one in mistaken) else 0.99
    yield Promise.counted("one mistake or two: no more lost than the boxes that they strike", _no_more(mistaken), least)
    slips = [one for one in marked if one.family == "slips"]
    yield Promise.counted("slips of the pen: no more lost than that box", _no_more(slips))
    # Few sheets come to that; on questions of which none does there is nothing to promise.
    if zero := [slot.paid == slot.worth for one in (*misread, *mistaken, *slips) for slot in _sums_of_0(one)]:
        yield Promise.counted("sums that come to 0 by own numbers: paid", zero)
    said = [slot.verdict for one in slips for slot in _written_otherwise(one) if _tells(one)]
    # What still lies in the honest range, or is cut off, shows nothing of a slip.
    shown = [verdict for verdict in said if verdict not in (Verdict.CORRECT, Verdict.CUT_OFF)]
    # Short exact numbers never tell.
    if shown or not all(one.question.precision.exact for one in slips):
        yield Promise.counted("slips of the pen: named", [verdict in _NAMES for verdict in shown], 0.75)
    digits = [one for one in slips if one.simulated.truth.kind in ("one digit wrong", "digits exchanged")]
    early = [slot.verdict != Verdict.ROUNDED_EARLY for one in digits for slot in _different_inside(one)]
    yield Promise.counted("digits inside a number wrong or exchanged: not taken for rounding", early, 0.95)
    borrowed = [one for one in marked if one.family == "borrowed"]
    worst = [_gift(one) <= _AT_WORST for one in borrowed]
    # A short number is right by chance now and then, and what is made of it with care is then paid.
    least = 0.95 if any(one.question.precision.exact for one in borrowed) else 1.0
    yield Promise.counted("sheets that nobody worked: at most 15 % beyond what is right", worst, least)
    by_kind: defaultdict[str, list[float]] = defaultdict(list)
    for one in borrowed:
        by_kind[one.simulated.truth.kind].append(_gift(one))
    average = [sum(gifts) / len(gifts) <= _ON_AVERAGE for gifts in by_kind.values()]
    yield Promise.counted("kinds of such sheets: at most 5 % beyond that on average", average)


def _makes_0_of_0(one: MarkedStudent) -> bool:
    graph = one.question.derivation.graph
    off = (node.kind == "activation" and 0.0 in graph.rule(node.name).levels for node in graph.nodes.values())
    return any(off) or any(node.kind == "scaled_score" for node in graph.nodes.values())


def _no_more(some: Iterable[MarkedStudent]) -> list[bool]:
    return [one.worth - one.paid <= _struck_worth(one) for one in some]


def _is_a_swap(one: MarkedStudent) -> bool:
    """Whether all that went wrong is right in another column: of two classes, a lost sign and the other path's weight.

    Nobody can tell that from columns that were exchanged, which cost what the rubric says.
    """
    struck = [mark.verdict for slot, mark in one.pairs if slot.step in one.struck]
    return bool(struck) and all(verdict == Verdict.CORRECT for verdict in struck)


def _struck_worth(one: MarkedStudent) -> int:
    """What an examiner takes off: the boxes in which something went wrong, not those that carry it on."""
    struck, slips = one.struck | one.named_though_hardly_seen, one.simulated.truth.slots
    forms = one.question.derivation.forms
    # A wrong tick costs as much as a right one earns.
    of_ticks = [mark.worth for mark, form in zip(one.slots, forms, strict=True) if form == "tick" and mark.worth]
    lost = [
        max(mark.worth, *of_ticks) if form == "tick" else mark.worth
        for (slot, mark), form in zip(one.pairs, forms, strict=True)
        if slot.step in struck or slot.name in slips
    ]
    return sum(lost)


def _written_otherwise(one: MarkedStudent) -> Iterable[SlotMark]:
    return (mark for slot, mark in one.pairs if slot.name in one.simulated.truth.slots)


def _tells(one: MarkedStudent) -> bool:
    """Whether a slip can be told from a wrong number: of an exact one, by the figures beside the wrong one."""
    if not one.question.precision.exact:
        return True
    written = (one.simulated.responses[slot] for slot in one.simulated.truth.slots)
    return all(sum(char.isdigit() for char in text) >= _TELLING_FIGURES for text in written)


def _sums_of_0(one: MarkedStudent) -> Iterable[SlotMark]:
    """The gradient where it was written as 0, is something else, and nothing went wrong in adding up."""
    struck, slips = one.struck, one.simulated.truth.slots
    for slot, mark, value in () if one.question.derivation.layout.one_box else one.read:
        here = slot.step == GRADIENT and GRADIENT not in struck and slot.name not in slips
        if here and value == 0 and not _lies(value, one.question.range(GRADIENT)):
            yield mark


def _different_inside(one: MarkedStudent) -> Iterable[SlotMark]:
    """Those of which another digit than the last is wrong; at the end of a number it may be rounding.

    Zeros may have been left off there: -0.7010 is what -0.7 comes to as well if it is rounded to three places.
    """
    for slot, mark, value in one.read:
        right = one.question.value(slot.step)
        unit = float(one.question.places(slot.step).unit(np.array(right)))
        least = max(_INSIDE * unit, _LAST_DIGIT * 10.0 ** -_decimals(value))
        if slot.name in one.simulated.truth.slots and abs(value - right) > least:
            yield mark


def _decimals(value: float) -> int:
    """How many decimals a number has without the zeros at its end."""
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _gift(one: MarkedStudent) -> float:
    """What a sheet earns beyond what is right in it, as a part of all marks."""
    right = 0
    for slot, mark, value in one.read:
        steps = asked_of(slot, one.question.derivation)
        right += mark.worth if any(_lies(value, one.question.range(step)) for step in steps) else 0
    return (one.paid - right) / one.worth


def _lies(value: float, interval: tuple[float, float]) -> bool:
    low, high = interval
    slack = COMPARISON_SLACK * max(abs(low), abs(high))
    return low - slack <= value <= high + slack


def asked_of(slot: Slot, derivation: Derivation) -> Sequence[Name]:
    """The steps that a slot may rightly hold: where paths are to be found, that row of any path."""
    if slot.path is None or derivation.layout.paths == "given":
        return (slot.step,)
    products = [path.product for path in derivation.paths]
    if slot.step in products:
        return products
    rows = [path.factors for path in derivation.paths]
    return next(
        [row[at] for row in rows if at < len(row)] for own in rows for at, step in enumerate(own) if step == slot.step
    )
