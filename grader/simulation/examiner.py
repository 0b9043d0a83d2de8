"""The project's own marking, as the check of it wants it: many questions at once, slot by slot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from grader.marking import Verdict, mark_questions
from grader.rubrics.rubric import Rubric
from grader.simulation.marked import SlotMark
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import Precision
from question_bank.questions.question import Question

_MARKS = 10.0


def examine(questions: Sequence[Question], responses: Sequence[Mapping[str, str]]) -> list[list[SlotMark]]:
    """Mark submissions, one for each question; those that share a derivation together."""
    groups: defaultdict[tuple[Derivation, Precision], list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        groups[question.derivation, question.precision].append(number)
    marked: dict[int, list[SlotMark]] = {}
    for numbers in groups.values():
        done = _together([questions[number] for number in numbers], [responses[number] for number in numbers])
        marked |= dict(zip(numbers, done, strict=True))
    return [marked[number] for number in range(len(questions))]


def _together(questions: Sequence[Question], responses: Sequence[Mapping[str, str]]) -> list[list[SlotMark]]:
    derivation = questions[0].derivation
    written = [[one.get(slot.name, "") for slot in derivation.slots] for one in responses]
    worth = Rubric().slot_worth(derivation, _MARKS)
    marked = mark_questions(questions, written, worth=worth)
    return [
        [
            SlotMark(Verdict(verdict), paid, most, blame.causes if (blame := marked.blames.get((row, at))) else ())
            for at, (verdict, paid, most) in enumerate(zip(*arrays, strict=True))
        ]
        for row, arrays in enumerate(
            zip(marked.verdicts.tolist(), marked.ticks.tolist(), marked.worth.tolist(), strict=True)
        )
    ]
