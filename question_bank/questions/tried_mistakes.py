"""Which mistakes are tried on a derivation, in which order, how many at once, and where each is seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import Array, BoolArray
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.mistakes import Mistake, alters, mistakes, steps_inside
from question_bank.questions.recipe import Fairness

SAME = 1e-9
_DUST = 1e-13
"""How far, and as what part of it, binary arithmetic may lead from a number that is the same."""
AT_ONCE = 4096
"""How many numbers an array of several mistakes' values may hold: up to so many, one operation costs about the same."""


def differs_from(one: Array, other: Array, dust: Array | None = None) -> BoolArray:
    """True where one number is not the other, up to the dust of binary floats: `dust_of` the other, if it is known."""
    differs: BoolArray = ~(np.abs(one - other) <= (dust_of(other) if dust is None else dust))
    return differs


def dust_of(values: Array) -> Array:
    """How far binary arithmetic may lead from a number that is the same."""
    return _DUST + SAME * np.abs(values)


@lru_cache(maxsize=256)
def by_rejection(derivation: Derivation) -> tuple[Mistake, ...]:
    """All mistakes of a derivation, those first that reject most; a mistake's number is its place here."""
    # What a slip at an off-path unit changes is small: those reject most, so they go first, and habits after slips; the
    # order is immaterial to which candidates pass, since all mistakes are tried on each of those.
    rank = {name: number for number, name in enumerate(_REJECTS_MOST)}

    def late(mistake: Mistake) -> tuple[int, bool]:
        return rank.get(mistake.misconception, len(rank)), len(mistake.exchanged) > 1

    return tuple(sorted(mistakes(derivation, CATALOGUE), key=late))


_REJECTS_MOST = (
    "forward_no_bias",
    "slope_other_unit",
    "slope_of_preactivation",
    "slope_one_minus",
    "slope_is_output",
    "forward_sigmoid_sign",
    "forward_transposed",
    "slope_square",
    "weight_other_path",
    "weight_is_value",
    "loss_left_out",
    "factor_left_out",
)
"""What rejects most on the recipes that come with gradpath, measured on the candidates that the other tests leave."""


def in_turn(derivation: Derivation, rows: int) -> Iterator[range]:
    """All mistakes by their numbers, as many at a time as an array may hold for so many rows."""
    count = len(by_rejection(derivation))
    # Powers of two, so that what is prepared for some can be used again for other numbers of rows.
    most = 1 << max(0, (AT_ONCE // rows).bit_length() - 1)
    for first in range(0, count, most):
        yield range(first, min(first + most, count))


def first_of_each(failed: BoolArray) -> list[int]:
    """How many candidates each mistake is the first to reject: failed (mistakes, candidates)."""
    some = failed[:, failed.any(axis=0)]
    counts: list[int] = np.bincount(some.argmax(axis=0), minlength=len(failed)).tolist()
    return counts


@lru_cache(maxsize=4096)
def seen_and_worked(derivation: Derivation, mistake: Mistake) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The slots in which a mistake is made, and what it makes wrong up to there.

    A step that is no slot is worked inside the box of another one.
    """
    slots: list[int] = []
    worked = set(mistake.exchanged)
    for position in sorted({derivation.index[slot.step] for slot in derivation.slots}):
        box = {position, *steps_inside(derivation, position)}
        if not box.isdisjoint(mistake.exchanged):
            slots.append(position)
            worked |= box.intersection(mistake.cone)
    return tuple(slots), tuple(worked)


def stays_in_a_box(mistake: Mistake, seen_in: Sequence[int]) -> bool:
    """Whether a mistake is made at one step, or at several that are worked in one box, where it is `seen_in`."""
    return len(mistake.exchanged) == 1 or len(seen_in) == 1


@lru_cache(maxsize=65536)
def shown_at(derivation: Derivation, mistake: Mistake) -> tuple[int, ...]:
    """The answers that ever show a mistake.

    An answer need not depend on the step at all, as on another output's value: then it is right all the same.
    """
    return tuple(answer for answer in derivation.answers_at if alters(derivation, mistake, answer))


def decisive_steps(derivation: Derivation, mistake: Mistake, fairness: Fairness) -> tuple[int, ...]:
    """By which steps it is told whether a mistake changes anything on some numbers."""
    shown = shown_at(derivation, mistake)
    # On an inactive path, whose product is 0, a mistake is seen at its own step only: there the answer does not tell.
    return shown if fairness.zero_paths and shown else tuple(mistake.exchanged)
