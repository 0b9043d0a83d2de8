"""Which boxes lie beside a box, and which hold what its step is worked from."""

from __future__ import annotations

from functools import lru_cache

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import references
from question_bank.expressions.names import GRADIENT


@lru_cache(maxsize=4096)
def boxes_worked_from(derivation: Derivation, position: int) -> tuple[int, ...]:
    """The slots of what a step is worked from."""
    formula = derivation.shown(derivation.steps[position].name)
    assert formula is not None  # a slot's step is computed
    inputs = {*references(formula)}
    return tuple(at for at, slot in enumerate(derivation.slots) if slot.step in inputs)


@lru_cache(maxsize=4096)
def boxes_beside(derivation: Derivation, at: int) -> tuple[tuple[int, bool], ...]:
    """Numbers of the slots beside one, and whether they are worked from it.

    Beside it are those before and after it in its column, and in its row in the columns at its sides.
    """
    slots = derivation.slots
    mine = slots[at]
    group = [other for other, slot in enumerate(slots) if slot.path == mine.path]
    place = group.index(at)
    found = [group[near] for near in (place - 1, place + 1) if 0 <= near < len(group)]
    for path in () if mine.path is None else (mine.path - 1, mine.path + 1):
        column = [other for other, slot in enumerate(slots) if slot.path == path]
        if place < len(column):
            found.append(column[place])
    if mine.path is None:
        # Of a unit, what goes in and what comes out stand side by side, whichever is asked for first.
        position = derivation.index[mine.step]
        for other in group:
            there = derivation.index[slots[other].step]
            one, another = derivation.programs[there], derivation.programs[position]
            if (one is not None and one.reads == (position,)) or (another is not None and another.reads == (there,)):
                found.append(other)
    if derivation.layout.one_box:
        # The gradient ends its column, and what is worked from it comes below.
        near = [other for other in (at - 1, at + 1) if 0 <= other < len(slots)]
        found += [other for other in near if GRADIENT in (mine.step, slots[other].step)]
    own = (other for other in dict.fromkeys(found) if not slots[other].spare)
    after = derivation.cone(mine.step)
    return tuple(
        (other, derivation.index[slots[other].step] in after) for other in own if slots[other].step != mine.step
    )
