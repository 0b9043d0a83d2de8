"""One question marked, with everything that feedback needs to say about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from grader.marking.columns import MarkedColumn, column_slots
from grader.marking.engine import mark_batch
from grader.marking.misreadings import Misread
from grader.marking.questions_as_arrays import key_of, read_answers, reference_of
from grader.marking.support import Unsupported
from grader.marking.verdict import Verdict
from grader.reading.number import READ, Unreadable
from grader.reading.other_forms import read_as
from grader.rubrics.shares import Shares
from question_bank.expressions.names import Name
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.mistakes import Catalogue
from question_bank.questions.question import Question


@dataclass(frozen=True, slots=True, eq=False)
class MarkedSlot:
    """One slot: what was written, and what is said about it.

    `step` is the step that it was marked as; `reason` says why a response is unreadable. `causes` are the ids of the
    misconceptions that give the response, or its kinds of slip of the pen, `tied` whether they can be told apart
    elsewhere.
    """

    slot: str
    step: Name
    response: str
    reading: float | None
    reason: str
    verdict: Verdict
    ticks: int
    out_of: int
    low: float
    high: float
    causes: tuple[str, ...]
    tied: bool


@dataclass(frozen=True, slots=True, eq=False)
class MarkedQuestion:
    """A question with every slot and column marked, which givens were `misread`, and why what follows is not paid."""

    question: Question
    slots: tuple[MarkedSlot, ...]
    columns: tuple[MarkedColumn, ...]
    misread: Misread | None
    unsupported: Unsupported

    @property
    def ticks(self) -> int:
        """Ticks earned."""
        return sum(slot.ticks for slot in self.slots)

    @property
    def out_of(self) -> int:
        """Ticks that could be earned."""
        return sum(slot.out_of for slot in self.slots)


def mark(
    question: Question,
    responses: Mapping[str, str],
    *,
    worth: Sequence[int] | None = None,
    shares: Shares | None = None,
    catalogue: Catalogue = CATALOGUE,
    only: Collection[str] | None = None,
) -> MarkedQuestion:
    """Mark one question: slot name → characters; slots that are left out are blank.

    `worth` are the slots' ticks in their order, a million each by default. With `only`, nothing is said about other
    slots than these, and the same about these in less time. Raises KeyError for an unknown slot.

    >>> from question_bank.questions.draws import draw
    >>> from question_bank.questions.recipe import load_recipe
    >>> question = draw(load_recipe("first"), [b"one"])[0]
    >>> slot = question.slots[-1]
    >>> marked = mark(question, {slot.name: question.printed(slot.step)})
    >>> marked.slots[-1].verdict, marked.slots[0].verdict
    (<Verdict.CORRECT: 0>, <Verdict.BLANK: 5>)
    """
    derivation = question.derivation
    names = [slot.name for slot in derivation.slots]
    if unknown := [name for name in responses if name not in names]:
        raise KeyError(f"no slot is called {unknown[0]!r}; there are {', '.join(names)}")
    written = [responses.get(name, "") for name in names]
    answers = read_answers([written], derivation.forms)
    key = key_of([question], worth)
    reference = reference_of([question], key)
    spoken_of = [at for at, name in enumerate(names) if only is None or name in only]
    few = None if only is None else spoken_of
    marked = mark_batch(derivation, answers, key, reference.take, shares, catalogue, few)
    values, statuses = answers.values[0], answers.statuses[0]
    paths = marked.arrangement.paths[0]
    step_at = _steps_as_marked(question, paths.tolist())
    slots = []
    for at in spoken_of:
        as_slot, step = step_at[at]
        blame = marked.blames.get((0, at))
        result = read_as(derivation.forms[at], written[at]) if statuses[at] != READ else None
        slots.append(
            MarkedSlot(
                slot=names[at],
                step=step,
                response=written[at],
                reading=float(values[at]) if statuses[at] == READ else None,
                reason=result.reason if isinstance(result, Unreadable) else "",
                verdict=Verdict(int(marked.verdicts[0, at])),
                ticks=int(marked.ticks[0, at]),
                out_of=int(marked.worth[0, at]),
                low=float(key.low[0, as_slot]),
                high=float(key.high[0, as_slot]),
                causes=blame.causes if blame else (),
                tied=blame.tied if blame else False,
            )
        )
    columns = marked.arrangement.columns(0, marked.path_count)
    return MarkedQuestion(
        question, tuple(slots), columns, marked.misread.get(0), Unsupported(int(marked.unsupported[0]))
    )


def _steps_as_marked(question: Question, paths: Sequence[int]) -> list[tuple[int, Name]]:
    """For every slot the slot of the path that its column was taken for, and that one's step."""
    slots = column_slots(question.derivation)
    as_slot = list(range(len(question.slots)))
    for column, path in enumerate(paths):
        for here, there in zip(slots[column], slots[path], strict=True):
            as_slot[here] = there
    return [(at, question.slots[at].step) for at in as_slot]
