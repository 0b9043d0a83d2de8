"""Simulated submissions with their marks, and the promises that are counted on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.marking import Verdict
from grader.marking.questions_as_arrays import read_answers
from grader.simulation.kinds import BY_NAME, Family
from grader.simulation.truth import Simulated
from question_bank.derivations.derivation import Slot
from question_bank.expressions.names import Name
from question_bank.questions.question import Question

_DUST = 1e-9
"""What binary floats make of a whole number."""


@dataclass(frozen=True, slots=True)
class SlotMark:
    """What became of one slot: `paid` and `worth` in ticks, `causes` the ids that it is put down to."""

    verdict: Verdict
    paid: int
    worth: int
    causes: tuple[str, ...]


Examiner = Callable[[Sequence[Question], Sequence[Mapping[str, str]]], Sequence[Sequence[SlotMark]]]
"""Marks submissions, one for each question, slot by slot in the question's order."""


@dataclass(frozen=True, slots=True)
class MarkedStudent:
    """One simulated student's question, what was handed in, and what it was marked."""

    question: Question
    simulated: Simulated
    slots: Sequence[SlotMark]

    @property
    def paid(self) -> int:
        """Ticks earned."""
        return sum(slot.paid for slot in self.slots)

    @property
    def worth(self) -> int:
        """Ticks that could be earned."""
        return sum(slot.worth for slot in self.slots)

    @property
    def family(self) -> Family:
        """The family of the student's kind."""
        return BY_NAME[self.simulated.truth.kind].family

    @property
    def struck(self) -> set[Name]:
        """The steps at which a mistake that was made can be seen."""
        return {strike.seen for struck in self.simulated.truth.struck for strike in struck}

    @property
    def named_though_hardly_seen(self) -> set[Name]:
        """The steps at which a mistake changed next to nothing and was named all the same."""
        truth = self.simulated.truth
        return {
            slot.step
            for slot, mark in self.pairs
            if slot.step in truth.hardly and set(mark.causes) & set(truth.misconceptions)
        }

    @property
    def pairs(self) -> Iterable[tuple[Slot, SlotMark]]:
        """Each slot and its mark."""
        return zip(self.question.slots, self.slots, strict=True)

    @property
    def read(self) -> Iterable[tuple[Slot, SlotMark, float]]:
        """Each slot, its mark, and the number written into it."""
        slots = self.question.slots
        written = [self.simulated.responses[slot.name] for slot in slots]
        values = read_answers([written], self.question.derivation.forms).values[0]
        return zip(slots, self.slots, values.tolist(), strict=True)


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise: of how many cases it was kept how often, and the least share that will do."""

    sentence: str
    kept: int
    of: int
    least: float

    @classmethod
    def counted(cls, sentence: str, kept: Sequence[bool], least: float = 1.0) -> Promise:
        """From one case each."""
        return cls(sentence, sum(kept), len(kept), least)

    @property
    def share(self) -> float:
        """The share of cases in which it was kept; 1 if there was none."""
        return self.kept / self.of if self.of else 1.0

    @property
    def passed(self) -> bool:
        """Whether that is enough; nothing is shown by no case at all.

        Where a share below all will do, one case of a few may be missed: of 13, one is more than 5 %.
        """
        return self.of > 0 and self.kept >= max(1, math.floor(self.least * self.of + _DUST))
