"""What a right value in each slot is worth: a question's marks shared out over its steps by their role.

Marks are counted in ticks of a millionth, so that the slots of a question sum exactly to its marks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from question_bank.derivation import Derivation
from question_bank.errors import RecipeError
from question_bank.precision import RECORDED_ROLES

TICKS = 1_000_000
"""Ticks in one mark."""

WEIGHTS: Mapping[str, float] = MappingProxyType({"forward": 1, "factor": 1, "product": 1, "gradient": 2, "update": 1})
"""What a step of each role weighs unless the recipe says otherwise."""


def slot_marks(derivation: Derivation, marks: float, weights: Mapping[str, float] | None = None) -> list[float]:
    """Marks of every slot, in the order of the slots; their ticks sum to those of `marks`.

    A step that stands in several columns is worth once: its slots share that. `weights` (role → weight) replaces
    those of `WEIGHTS` that it names. Raises RecipeError for an unknown role, a negative weight, or nothing to earn.

    >>> from question_bank.network import Architecture
    >>> from question_bank.derivation import Layout, derive
    >>> chain = derive(Architecture((1, 1), ("linear",), "squared_error"), "w1_11", Layout(forward="given"))
    >>> [slot.name for slot in chain.slots]
    ['path_1.dL/dyhat_1', 'path_1.dyhat_1/da1_1', 'path_1.da1_1/dw1_11', 'path_1.product', 'gradient']
    >>> slot_marks(chain, 3)
    [0.5, 0.5, 0.5, 0.5, 1.0]
    """
    chosen = {**WEIGHTS, **(weights or {})}
    unknown = sorted(set(chosen) - set(RECORDED_ROLES))
    if unknown:
        raise RecipeError(f"no role is called {unknown[0]!r}", place="marks", expected=", ".join(RECORDED_ROLES))
    if any(not 0 <= weight <= 1000 for weight in chosen.values()):
        raise RecipeError("a weight below 0 or above 1000", place="marks")
    spare = len(derivation.paths)
    uses = Counter(slot.step for slot in derivation.slots if (slot.path or 0) <= spare)
    shares = [
        Fraction(chosen[derivation.step(slot.step).role]) / uses[slot.step]
        if (slot.path or 0) <= spare
        else Fraction(0)
        for slot in derivation.slots
    ]
    if not any(shares):
        raise RecipeError("every slot weighs 0", place="marks", remedy="give at least one role that is asked a weight")
    return [ticks / TICKS for ticks in share_out(to_ticks(marks), shares)]


def share_out(total: int, shares: Sequence[Fraction]) -> list[int]:
    """A whole number in whole parts as near to the shares as possible (largest remainder, the earlier first).

    >>> share_out(100, [Fraction(1), Fraction(1), Fraction(1)])
    [34, 33, 33]
    """
    whole = sum(shares)
    exact = [total * share / whole for share in shares]
    parts = [int(part) for part in exact]
    order = sorted(range(len(shares)), key=lambda at: parts[at] - exact[at])
    for at in order[: total - sum(parts)]:
        parts[at] += 1
    return parts


def to_ticks(marks: float) -> int:
    """Marks in ticks."""
    return round(marks * TICKS)
