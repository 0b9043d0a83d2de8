"""The sentences of feedback as plain text, from the macros of `feedback/words.html`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import NamedTuple

from grader.feedback.content import Fate, Group, QuestionFeedback, SlotFeedback, marks_text
from grader.marking import Verdict
from grader.sheets.content.worked_lines import planted_said
from grader.sheets.typography.rendering import environment
from question_bank.derivations.arrangements import ARRANGEMENTS
from question_bank.expressions.names import GRADIENT
from question_bank.language.spoken import written_date
from question_bank.language.words import language


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a question as a whole: first what was right, then what else is to be known about it.

    `why` stands beside the marks, where every box is right and yet they are not full.
    """

    opening: str
    remarks: tuple[str, ...]
    why: str = ""


def question_said(feedback: QuestionFeedback) -> Said:
    """What stands above a question's boxes."""
    with feedback.question.derivation.naming():
        return _question_said(feedback)


def _question_said(feedback: QuestionFeedback) -> Said:
    slots = feedback.slots
    counts = {verdict.word: count for verdict, count in feedback.counts.items()}
    written = sum(slot.verdict is not Verdict.BLANK for slot in slots)
    whole = [group_name(group) for group in feedback.groups if group.fate is Fate.RIGHT and group.is_counted]
    answer_alone = any(
        slot.step in feedback.question.derivation.answers and slot.verdict is Verdict.CORRECT
        for group in feedback.groups
        if group.kind in ("sum", "column") and group.fate is not Fate.RIGHT
        for slot in group.slots
    )
    if answer_alone:
        whole.append(_say("answer_alone"))
    opening = _say("opening", of=feedback, counts=counts, total=len(slots), written=written, whole=whole)
    remarks = []
    if feedback.misreading is not None:
        remarks.append(_say("misreading", phrase=feedback.misreading.phrase))
    if feedback.followed:
        layout = feedback.question.derivation.layout
        other = ARRANGEMENTS.get(feedback.followed)
        title = other.title if other else ""
        remarks.append(_say("other_layout", layout=layout, title=title))
    if feedback.unsupported:
        remarks.append(_say("unsupported", reason=feedback.unsupported.word))
    if feedback.question.derivation.solution is not None:
        remarks.append(planted_said(feedback.question))
    if feedback.for_answer:
        remarks.append(_say("for_answer"))
    if feedback.full:
        remarks.append(_say("full_marks", why=feedback.full))
    elif feedback.decided:
        remarks.append(_say("decided"))
    elif feedback.kept != 1:
        before, after = marks_text(feedback.ticks), marks_text(feedback.unrounded)
        remarks.append(_say("late", kept=feedback.kept, before=before, after=after))
    if feedback.is_rounded:
        remarks.append(_say("rounded", before=marks_text(feedback.unrounded), step=marks_text(feedback.step)))
    if feedback.bonus is not None:
        remarks.append(_say("bonus", marks=f"{feedback.bonus.marks:g}", why=feedback.bonus.why))
    if feedback.extension is not None:
        remarks.append(_say("extension", until=written_date(feedback.extension.due)))
    if feedback.attempts > 1:
        remarks.append(_say("attempts", count=feedback.attempts))
    all_right = bool(slots) and all(slot.is_right for slot in slots)
    lost = feedback.unrounded < feedback.out_of and not feedback.decided
    why = _say("why", of=feedback) if lost and all_right else ""
    return Said(opening, tuple(remarks), why)


def verdict_said(slot: SlotFeedback, *, no_working: bool = False) -> str:
    """The verdict in words; what is no working is not searched for mistakes."""
    told = _ToldOfVerdict(slot.verdict, slot.counted, bool(slot.misread), slot.exact)
    return _verdict_said(told, no_working, language().code)


class _ToldOfVerdict(NamedTuple):
    """All of a slot that its verdict's words hang on."""

    verdict: Verdict
    counted: bool
    misread: bool
    exact: bool


@lru_cache(maxsize=1024)
def _verdict_said(slot: _ToldOfVerdict, no_working: bool, code: str) -> str:
    # `code`: words are kept in the language in which they were said.
    return _say("verdict", slot=slot, no_working=no_working)


def advice_said(slot: SlotFeedback, *, no_working: bool) -> str:
    """What to look at; empty where the verdict says it all."""
    return _say("advice", slot=slot, no_working=no_working)


def lead_said(feedback: QuestionFeedback) -> str:
    """What the working under the boxes shows."""
    lines = [line for group in feedback.groups for line in group.lines]
    carried = not feedback.no_working and any(
        slot.reading is not None and slot.step not in (GRADIENT, *feedback.question.derivation.endings)
        for slot in feedback.slots
    )
    follows = [line for line in lines if line.slot and line.slot.verdict is Verdict.FOLLOW_THROUGH]
    borrowed = any(line.worked.borrowed for line in lines)
    exact = any(slot.exact for slot in feedback.slots)
    digits = not exact and (
        borrowed
        or any((gives := line.worked.gives) and line.slot and float(gives) != line.slot.reading for line in follows)
    )
    return _say("lead", carried=carried, borrowed=borrowed, digits=digits)


def as_above() -> str:
    """What stands where the same advice was given before."""
    return _say("as_above")


def note_said(group: Group, paths: int) -> str:
    """What is said of a column; empty where it simply stands in its place."""
    if group.kind != "column":
        return ""
    part = any(slot.verdict is Verdict.CORRECT and slot.ticks < slot.out_of for slot in group.slots)
    return _say("note", group=group, paths=paths, shared_marks=part)


def group_name(group: Group) -> str:
    """What a group of boxes is called within a sentence."""
    return _say("group_name", group=group)


def fate_said(fate: Fate) -> str:
    """How a path went, in words."""
    return _say("fate", word=fate.value)


def _say(name: str, **context: object) -> str:
    return " ".join(unescape(str(_macro(name, language().code)(**context))).split())


@lru_cache(maxsize=64)
def _macro(name: str, code: str) -> Callable[..., object]:
    # `code`: each language has an environment, hence macros, of its own.
    found: Callable[..., object] = getattr(environment().get_template("feedback/words.html").module, name)
    return found
