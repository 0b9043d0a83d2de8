"""From numbers to what stands in the boxes: spelling, slips of the pen, blanks, and boxes filled with anything.

A hand takes one student's paper and gives what is handed in, and the slots in which that is not what was worked out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import Places, short_decimal
from question_bank.misconceptions.mistakes import steps_inside
from question_bank.questions.question import Question

_WRITES_FRACTIONS = 0.4
"""Part of the students who write exact numbers as fractions."""
_TEXTS = ("?", "see back", "1.2.3", "n/a", "0.5 or 0.6")
_NUMBERS = ("0.0001", "0.1", "0.25", "-0.1", "0.001", "2", "-1", "0.9", "10", "0.3333")


@dataclass(frozen=True, slots=True)
class WorkedPaper:
    """What one student has worked out: the question, and slot → the number as it would be written."""

    question: Question
    worked: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """Slot → what stands there; `slots` are those where that is not what was worked out."""

    responses: dict[str, str]
    slots: tuple[str, ...] = ()


Hand = Callable[[WorkedPaper, random.Random], HandedIn]


def recorded_text(value: float, places: Places, *, copied: bool) -> str:
    """A recorded number as it is written: a copy in its own short decimals, any other in all its places."""
    if value != value:
        return ""
    if copied:
        return _copy(value)
    if places.kind in ("s", "exact"):
        return places.format(value)
    # Recorded already, so that nothing is rounded here; adding 0 takes the sign off a zero.
    return f"{value + 0.0:.{places.count}f}"


@lru_cache(maxsize=4096)
def _copy(value: float) -> str:
    return short_decimal(value)


def spelled(paper: WorkedPaper, rng: random.Random) -> HandedIn:
    """All that was worked out, as one person spells numbers."""
    if paper.question.precision.exact and rng.random() < _WRITES_FRACTIONS:
        return HandedIn({slot: _as_fraction(text) for slot, text in paper.worked.items()})
    return HandedIn(_spelled(paper.worked, rng))


def with_commas(paper: WorkedPaper, rng: random.Random) -> HandedIn:
    """Decimal commas throughout."""
    return HandedIn({slot: _with_comma(text) for slot, text in paper.worked.items()})


def _spelled(written: Mapping[str, str], rng: random.Random) -> dict[str, str]:
    spell = rng.choice((_as_it_is, _as_it_is, _with_comma, _without_zero, _with_minus_sign, _scientific))
    return {slot: spell(text) for slot, text in written.items()}


def _as_it_is(text: str) -> str:
    return text


def _with_comma(text: str) -> str:
    return text.replace(".", ",")


def _without_zero(text: str) -> str:
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _with_minus_sign(text: str) -> str:
    return text.replace("-", "−")


def _as_fraction(text: str) -> str:
    return str(Fraction(text)) if text else text


def _scientific(text: str) -> str:
    if not text or "/" in text:
        return text
    number = Decimal(text)
    if number == 0 or abs(number) >= Decimal("0.01"):
        return text
    mantissa, _, exponent = f"{number:e}".partition("e")
    return f"{mantissa}×10^{int(exponent)}"


def numbers_of(question: Question) -> list[str]:
    """The slots that hold a number: only there a pen slips."""
    forms = question.derivation.forms
    return [slot.name for slot, form in zip(question.slots, forms, strict=True) if form == "number"]


def _one_slot_changed(change: Callable[[str, random.Random], str]) -> Hand:
    """A hand that writes one number, of those that can be so, in another way than it was worked out."""

    def hand(paper: WorkedPaper, rng: random.Random) -> HandedIn:
        responses = dict(paper.worked)
        slots = numbers_of(paper.question)
        rng.shuffle(slots)
        for slot in slots:
            changed = change(responses[slot], rng)
            if changed != responses[slot]:
                return HandedIn(responses | {slot: changed}, (slot,))
        return HandedIn(responses)

    return hand


def _exchange(text: str, rng: random.Random) -> str:
    pairs = [at for at in range(len(text) - 1) if text[at : at + 2].isdigit() and text[at] != text[at + 1]]
    if not pairs:
        return text
    at = rng.choice(pairs)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _lose_point(text: str, rng: random.Random) -> str:
    # 0.0 without its point is the same number.
    return text.replace(".", "") if text.strip("-0.") else text


def _move_point(text: str, rng: random.Random) -> str:
    if "." not in text:
        return text
    at = text.index(".")
    digits, to = text.replace(".", ""), at + rng.choice((-1, 1))
    whole, rest = digits[:to], digits[to:]
    return f"{whole if whole.strip('-') else whole + '0'}.{rest}".removesuffix(".")


def _at_a_digit(change: Callable[[str, random.Random], str]) -> Callable[[str, random.Random], str]:
    """A change of one digit of a text, wherever one stands."""

    def changed(text: str, rng: random.Random) -> str:
        places = [at for at, char in enumerate(text) if char.isdigit()]
        if not places:
            return text
        at = rng.choice(places)
        return text[:at] + change(text[at], rng) + text[at + 1 :]

    return changed


def _another_digit(digit: str, rng: random.Random) -> str:
    return rng.choice([other for other in "0123456789" if other != digit])


def _another_number(change: Callable[[str, random.Random], str]) -> Callable[[str, random.Random], str]:
    """A change that is none where the number stays what it was, or is none any more."""

    def changed(text: str, rng: random.Random) -> str:
        new = change(text, rng)
        try:
            return new if Fraction(new) != Fraction(text) else text
        except (ValueError, ZeroDivisionError):
            return text

    return changed


digits_exchanged = _one_slot_changed(_exchange)
minus_lost = _one_slot_changed(lambda text, rng: text.removeprefix("-"))
minus_added = _one_slot_changed(_another_number(lambda text, rng: text if text.startswith("-") else f"-{text}"))
point_lost = _one_slot_changed(_lose_point)
point_moved = _one_slot_changed(_another_number(_move_point))
one_digit_wrong = _one_slot_changed(_another_number(_at_a_digit(_another_digit)))
digit_dropped = _one_slot_changed(_another_number(_at_a_digit(lambda digit, rng: "")))
digit_doubled = _one_slot_changed(_another_number(_at_a_digit(lambda digit, rng: 2 * digit)))
words = _one_slot_changed(lambda text, rng: rng.choice(_TEXTS))


def neighbouring_box(paper: WorkedPaper, rng: random.Random) -> HandedIn:
    """What belongs in the box before or after, in the same column: the next one begins at the top of the sheet."""
    column = {slot.name: slot.path for slot in paper.question.slots}
    beside = (pair for pair in pairwise(paper.worked) if column[pair[0]] == column[pair[1]])
    pairs = [pair for pair in beside if _differ(paper.worked[pair[0]], paper.worked[pair[1]])]
    if not pairs:
        return HandedIn(dict(paper.worked))
    one, other = rng.sample(rng.choice(pairs), 2)
    return HandedIn({**paper.worked, one: paper.worked[other]}, (one,))


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and Fraction(one) != Fraction(other)


def blanks(paper: WorkedPaper, rng: random.Random) -> HandedIn:
    """Some boxes left blank, at least one."""
    slots = list(paper.worked)
    left_out = {rng.choice(slots), *(slot for slot in slots if rng.random() < 0.2)}
    return _without(paper, left_out, rng)


def given_up(paper: WorkedPaper, rng: random.Random) -> HandedIn:
    """Right as far as it goes, then nothing."""
    slots = list(paper.worked)
    return _without(paper, set(slots[rng.randrange(len(slots)) :]), rng)


def answer_only(paper: WorkedPaper, rng: random.Random) -> HandedIn:
    """The last box alone."""
    *others, _ = paper.worked
    return _without(paper, set(others), rng)


def _without(paper: WorkedPaper, left_out: set[str], rng: random.Random) -> HandedIn:
    written = {slot: "" if slot in left_out else text for slot, text in paper.worked.items()}
    return HandedIn(_spelled(written, rng), tuple(slot for slot in written if slot in left_out))


def filled(text: str) -> Hand:
    """The same text in every box."""
    return lambda paper, rng: _fill(paper, lambda: text)


def one_given(paper: WorkedPaper, rng: random.Random) -> HandedIn:
    """One of the printed numbers in every box."""
    given = rng.choice(_printed(paper.question))
    return _fill(paper, lambda: given)


def any_givens(paper: WorkedPaper, rng: random.Random) -> HandedIn:
    """Any of the printed numbers in each box."""
    givens = _printed(paper.question)
    return _fill(paper, lambda: rng.choice(givens))


def same_number(paper: WorkedPaper, rng: random.Random) -> HandedIn:
    """One number in every box."""
    number = rng.choice(_NUMBERS)
    return _fill(paper, lambda: number)


def made_up_products(paper: WorkedPaper, rng: random.Random) -> HandedIn:
    """Products from nowhere, what is worked from them, and nothing before."""
    question = paper.question
    derivation = question.derivation
    columns = [np.array([value]) for value in question.values]
    responses = {}
    from_products: set[int] = set()
    for slot in derivation.slots:
        at = derivation.index[slot.step]
        step, places = derivation.steps[at], question.places(slot.step)
        program = derivation.programs[at]
        if step.is_product:
            made_up = rng.choice((-1, 1)) * rng.uniform(0.01, 0.5)
            made_up = np.ceil(80 * made_up) / 4 if places.exact else made_up
        elif program is not None and _rests_on(derivation, at, from_products):
            made_up = float(np.ravel(program.values(columns))[0])
        else:
            responses[slot.name] = ""
            continue
        responses[slot.name] = places.format(made_up)
        from_products.add(at)
        columns[at] = np.array([float(Fraction(responses[slot.name]))])
    return HandedIn(responses, tuple(responses))


def _rests_on(derivation: Derivation, at: int, positions: set[int]) -> bool:
    """Whether a gradient or a new value is worked from any of these, if only through steps inside its box."""
    inside = (at, *steps_inside(derivation, at))
    reads = {read for place in inside for read in derivation.program_of(place).reads}
    return derivation.steps[at].role in ("gradient", "update") and not positions.isdisjoint(reads)


def _fill(paper: WorkedPaper, text: Callable[[], str]) -> HandedIn:
    responses = {slot: text() for slot in paper.worked}
    return HandedIn(responses, tuple(responses))


def _printed(question: Question) -> list[str]:
    return [question.printed(given) for given in question.derivation.givens]
