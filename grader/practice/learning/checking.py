"""One question's responses marked while the student is still at it: what of `grader.marking` practice needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from grader.marking import Verdict, mark
from grader.marking.misreadings import Misread
from grader.marking.verdict import SILENT, SOUND
from question_bank.expressions.expression import references
from question_bank.expressions.names import Name
from question_bank.questions.question import Question

RIGHT = frozenset(SOUND)
"""Verdicts on a step that was worked as it should be, whatever numbers it was worked with."""

STANDING = frozenset(Verdict).difference(SOUND, SILENT)
"""Verdicts on a mistake that stands in a box."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is said about one slot; `earns` says whether what follows counts.

    `tells` is false where nothing is told of how well the step is known: text in a number's place, or givens that were
    misread, after the first box in which they were. `reason` says in words what could not be read, or how was misread.
    """

    verdict: Verdict
    reason: str
    causes: tuple[str, ...]
    earns: bool
    tells: bool


def check_responses(
    question: Question, responses: Mapping[str, str], wanted: Collection[str] | None = None
) -> dict[str, Checked]:
    """A verdict for every wanted slot (all, unless said otherwise); a slot that is not in `responses` is blank.

    For a few slots only they and the numbers that they are worked from are marked, which is several times as quick.
    Of all together it is also tried whether givens were misread. Whoever marks takes the numbers as they were read;
    here they can still be looked at again: a box in which they were misread is wrong, and the reason says how.
    What follows from zeros is said to follow and earns nothing: `grader.marking` explains why.
    """
    derivation = question.derivation
    if wanted is not None and derivation.layout.paths == "given":
        near = _near(question, responses, wanted)
        responses = {name: text for name, text in responses.items() if name in near}
    marked = mark(question, responses, only=wanted)
    found = {
        slot.slot: Checked(
            slot.verdict, slot.reason, slot.causes, slot.ticks > 0, slot.verdict is not Verdict.UNREADABLE
        )
        for slot in marked.slots
    }
    return found if marked.misread is None else found | _misread(marked.misread, found)


def _misread(misread: Misread, found: Mapping[str, Checked]) -> dict[str, Checked]:
    """The boxes in which givens were misread; it was done once, and so only the first counts as missed."""
    names = list(found)
    made = [names[at] for at in misread.slots if found[names[at]].verdict is Verdict.FOLLOW_THROUGH]
    phrase = misread.misreading.phrase
    return {name: Checked(Verdict.WRONG, phrase, (), False, name == made[0]) for name in made}


def _near(question: Question, responses: Mapping[str, str], wanted: Collection[str]) -> set[str]:
    """The wanted slots and those that they are worked from: the own column's, where that is blank every column's."""
    if question.derivation.solution is not None:
        return {slot.name for slot in question.slots}
    near = set(wanted)
    for slot in question.slots:
        if slot.name not in wanted:
            continue
        for step in inputs_of(question, slot.step):
            every = [other for other in question.slots if other.step == step]
            own = [other for other in every if other.path == slot.path and responses.get(other.name, "").strip()]
            near |= {other.name for other in own or every}
    return near


def inputs_of(question: Question, step: Name) -> frozenset[Name]:
    """The steps that a step's formula reads."""
    formula = question.derivation.shown(step)
    return frozenset() if formula is None else frozenset(references(formula))
