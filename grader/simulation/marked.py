"""Simulated submissions with their marks, and the promises that are counted on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.marking import Verdict
from grader.simulation.truth import Simulated
from question_bank.questions.question import Question


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
        """Whether that is enough; nothing is shown by no case at all."""
        return self.of > 0 and self.share >= self.least
