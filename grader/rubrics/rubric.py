"""The rubric: what a question's slots are worth, what verdicts earn, which attempt counts, what lateness costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Literal

from grader.rubrics.shares import Shares
from grader.rubrics.slot_marks import TICKS, by_role, by_weights, share_out, to_ticks
from question_bank.derivations.derivation import Derivation
from question_bank.questions.rubric_part import RubricPart

__all__ = ["TICKS", "Late", "Rubric", "best_of", "share_out", "to_ticks"]

_Table = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Late:
    """What lateness costs: a part of the marks for every day begun, at most so much, after some minutes of grace."""

    per_day: float
    at_most: float
    grace_minutes: int


@dataclass(frozen=True, slots=True)
class Rubric:
    """How one question's marks are earned; `marks` and `weights` by role, the first of them not None in force.

    >>> Rubric.of(RubricPart(misconception=0.25)).shares.misconception
    0.25
    """

    shares: Shares = field(default_factory=Shares)
    marks: _Table | None = None
    weights: _Table = ()
    per_path: bool = False
    submissions: Literal["last", "best"] = "last"
    late: Late | None = None

    @classmethod
    def of(cls, *parts: RubricPart | None) -> Rubric:
        """What these tables come to, the nearest (to the question) first; None is an empty table."""
        said = merged(*parts)
        shares = {key.name: value for key in fields(Shares) if (value := getattr(said, key.name)) is not None}
        late = None if said.late is None else Late(said.late.per_day, said.late.at_most, said.late.grace_minutes)
        return cls(
            Shares(**shares),
            None if said.marks is None else tuple(sorted(said.marks.items())),
            tuple(sorted((said.weights or {}).items())),
            bool(said.per_path),
            said.submissions or "last",
            late,
        )

    def slot_worth(self, derivation: Derivation, marks: float) -> tuple[int, ...]:
        """Ticks of every slot of a question of so many marks, in the order of the slots; they sum to its marks.

        Raises RecipeError, with the sums, if marks by role do not add up to the question's.
        """
        return _slot_worth(derivation, marks, self.marks, self.weights, self.per_path)


def merged(*parts: RubricPart | None) -> RubricPart:
    """One table of several, the nearest first."""
    result = RubricPart()
    for part in parts:
        if part is not None:
            result = result.over(part)
    return result


@lru_cache(maxsize=4096)
def _slot_worth(
    derivation: Derivation, marks: float, roles: _Table | None, weights: _Table, per_path: bool
) -> tuple[int, ...]:
    if roles is not None:
        return by_role(derivation, marks, dict(roles), per_path=per_path)
    return by_weights(derivation, marks, dict(weights))


def best_of(earned: Sequence[int], submissions: Literal["last", "best"]) -> int:
    """Which of one student's attempts counts, given the ticks of each (lateness taken off), in the order they came.

    The best, and of several equally good ones the last; or the last.

    >>> best_of([3, 7, 7, 2], "best"), best_of([3, 7, 7, 2], "last")
    (2, 3)
    """
    if submissions == "last":
        return len(earned) - 1
    return max(range(len(earned)), key=lambda at: (earned[at], at))
