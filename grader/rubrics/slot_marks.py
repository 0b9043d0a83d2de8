"""What a right value in each slot is worth: a question's marks shared out over its slots.

Marks are counted in ticks of a millionth, so that the slots of a question sum exactly to its marks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from question_bank.derivations.derivation import Derivation, Slot
from question_bank.errors import RecipeError
from question_bank.expressions.names import GRADIENT, Name
from question_bank.expressions.precision import PAID_ROLES, PaidRole

TICKS = 1_000_000
"""Ticks in one mark."""

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"forward": 1, "factor": 1, "product": 1, "gradient": 2, "update": 1, "line": 1, "correction": 1}
)
"""What a step of each role weighs unless a rubric says otherwise."""

_IN_COLUMNS = ("factor", "product")


def by_weights(derivation: Derivation, marks: float, weights: Mapping[str, float]) -> tuple[int, ...]:
    """Ticks of every slot where each step earns by its role's weight; they sum to those of `marks`.

    A set of boxes to be ticked weighs as much as all other boxes together. A step that stands in several columns is
    worth once: its slots share that. A spare column is worth nothing by itself. One box for a single path's product and
    the gradient weighs what both do. Roles that `weights` does not name weigh what `WEIGHTS` says. Raises RecipeError
    if nothing can be earned.

    >>> from question_bank.networks.dense import Dense
    >>> from question_bank.derivations.deriving import derive
    >>> from question_bank.derivations.layout import Layout
    >>> chain = derive(Dense((1, 1), ("linear",), "squared_error"), "w1_11", Layout(forward="given"))
    >>> [slot.name for slot in chain.slots]
    ['path_1.dL/dyhat_1', 'path_1.dyhat_1/da1_1', 'path_1.da1_1/dw1_11', 'path_1.product', 'gradient']
    >>> by_weights(chain, 3, {})
    (500000, 500000, 500000, 500000, 1000000)
    >>> layout = Layout(forward="given", one_box=True)
    >>> by_weights(derive(Dense((1, 1), ("linear",), "squared_error"), "w1_11", layout), 3, {})
    (500000, 500000, 500000, 1500000)
    """
    chosen = {**WEIGHTS, **weights}
    uses = _uses(derivation)
    shares = [
        _of_set(derivation, at)
        * sum(Fraction(chosen[role]) for role in _worked_in(derivation, slot))
        / max(1, uses[slot.step])
        if not slot.spare
        else Fraction(0)
        for at, slot in enumerate(derivation.slots)
    ]
    if not any(shares):
        asked = _roles(derivation)
        raise RecipeError(
            "no marks for anything that this question asks",
            place="weights",
            expected=f"a weight for one of {', '.join(asked)}",
        )
    return tuple(share_out(to_ticks(marks), shares))


def by_role(derivation: Derivation, marks: float, roles: Mapping[str, float], *, per_path: bool) -> tuple[int, ...]:
    """Ticks of every slot where each role earns so many marks, shared by its steps equally.

    With `per_path`, factor and product are marks of every path. One box for a single path's product and the gradient
    has the marks of both. Raises RecipeError unless all add up to `marks`.

    >>> from question_bank.networks.dense import Dense
    >>> from question_bank.derivations.deriving import derive
    >>> from question_bank.derivations.layout import Layout
    >>> chain = derive(Dense((1, 1), ("linear",), "squared_error"), "w1_11", Layout(forward="given"))
    >>> by_role(chain, 3, {"factor": 1, "product": 0.5, "gradient": 1.5}, per_path=False)
    (333334, 333333, 333333, 500000, 1500000)
    >>> by_role(chain, 3, {"factor": 2, "forward": 1}, per_path=False)
    Traceback (most recent call last):
    ...
    question_bank.errors.RecipeError: marks: factor 2 = 2 (forward 1 cannot be earned: nothing of it is asked); expected
    3 in all, the question's marks. Change one of the two
    """
    uses = _uses(derivation)
    groups: defaultdict[tuple[PaidRole, int | None], list[int]] = defaultdict(list)
    for at, slot in enumerate(derivation.slots):
        for role in _worked_in(derivation, slot) if not slot.spare else ():
            groups[role, slot.path if per_path and role in _IN_COLUMNS else None].append(at)
    total = sum(to_ticks(roles.get(role, 0)) for role, _ in groups)
    if total != to_ticks(marks):
        raise _does_not_add_up(derivation, total, marks, roles, per_path=per_path)
    worth = [0] * len(derivation.slots)
    for (role, path), slots in groups.items():
        shares = [
            Fraction(1) if path else _of_set(derivation, at) / max(1, uses[derivation.slots[at].step]) for at in slots
        ]
        for at, ticks in zip(slots, share_out(to_ticks(roles.get(role, 0)), shares), strict=True):
            worth[at] += ticks
    return tuple(worth)


def _does_not_add_up(
    derivation: Derivation, total: int, marks: float, roles: Mapping[str, float], *, per_path: bool
) -> RecipeError:
    asked = _roles(derivation)
    paths = f" × {len(derivation.paths)} paths" if per_path and len(derivation.paths) > 1 else ""
    terms = [f"{role} {roles[role]:g}{paths if role in _IN_COLUMNS else ''}" for role in asked if roles.get(role)]
    lost = [f"{role} {worth:g}" for role, worth in roles.items() if worth and role not in asked]
    found = f"{' + '.join(terms) or 'nothing'} = {total / TICKS:g}"
    if lost:
        found += f" ({' and '.join(lost)} cannot be earned: nothing of it is asked)"
    return RecipeError(
        found, place="marks", expected=f"{marks:g} in all, the question's marks", remedy="change one of the two"
    )


def _roles(derivation: Derivation) -> list[PaidRole]:
    """The roles that slots have, in the order of working."""
    found = {role for slot in derivation.slots for role in _worked_in(derivation, slot)}
    return [role for role in PAID_ROLES if role in found]


def paid_for(derivation: Derivation, slot: Slot) -> PaidRole:
    """What a box is worth marks for: its step's role, or of a worked solution the wrong line and its correction."""
    if derivation.solution is not None and slot.name in _OF_AN_ERROR:
        return _OF_AN_ERROR[slot.name]
    role = derivation.step(slot.step).role
    assert role != "given"  # what has a box is worked
    return role


def _worked_in(derivation: Derivation, slot: Slot) -> tuple[PaidRole, ...]:
    """The roles whose marks a box has: one, or of a single path's product that is the gradient both."""
    role = paid_for(derivation, slot)
    return ("product", role) if derivation.layout.one_box and slot.step == GRADIENT else (role,)


_OF_AN_ERROR: Mapping[str, PaidRole] = MappingProxyType({"line": "line", "corrected": "correction"})


def _of_set(derivation: Derivation, at: int) -> Fraction:
    """What a slot counts: one of a set of ticks so much that the set counts as much as all other boxes."""
    ticks = derivation.forms.count("tick")
    others = len(derivation.forms) - ticks
    return Fraction(max(1, others), ticks) if derivation.forms[at] == "tick" else Fraction(1)


def _uses(derivation: Derivation) -> Counter[Name]:
    # Whoever corrects the last line writes the gradient twice, and is paid for both.
    return Counter() if derivation.solution else Counter(slot.step for slot in derivation.slots if not slot.spare)


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


def rounded(ticks: int, step: int) -> int:
    """Ticks rounded to a multiple of a step, a half up; a step of 0 rounds nothing.

    A half is one that lacks a few ticks, too: those of a third of a mark are not quite a third.

    >>> rounded(749_990, 500_000), rounded(749_900, 500_000), rounded(1_000_000, 500_000), rounded(749_900, 0)
    (1000000, 500000, 1000000, 749900)
    """
    return (2 * (ticks + _SPARE_TICKS) + step) // (2 * step) * step if step else ticks


_SPARE_TICKS = 50
"""More than a question's boxes have lost by being whole ticks; far less than any half of a step."""
