"""Feedback for machines: the same content as JSON; docs/feedback.md says what every key means."""

from __future__ import annotations

import json
from typing import Any

from grader.feedback.content import Group, QuestionFeedback, ReplayLine, SlotFeedback, StudentFeedback
from grader.feedback.said import advice_said, fate_said, note_said, question_said, verdict_said
from grader.rubrics.slot_marks import TICKS

FORMAT = 1


def feedback_json(feedback: StudentFeedback) -> str:
    """One student's feedback, readable by people as well."""
    return json.dumps(feedback_dict(feedback), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def feedback_dict(feedback: StudentFeedback) -> dict[str, Any]:
    """The same as plain dictionaries and lists."""
    return {
        "format": FORMAT,
        "course": feedback.course,
        "title": feedback.title,
        "student": feedback.student,
        "name": feedback.name,
        "marks": feedback.earned / TICKS,
        "out_of": feedback.out_of / TICKS,
        "decided": list(feedback.decided),
        "questions": [
            _question(question) | {"counts": feedback.counts(question.name)} for question in feedback.questions
        ],
    }


def _question(of: QuestionFeedback) -> dict[str, Any]:
    said = question_said(of)
    return {
        "question": of.name,
        "handed_in": bool(of.groups),
        "marks": of.earned / TICKS,
        "out_of": of.out_of / TICKS,
        "parameter": of.question.derivation.parameter.key,
        **_several(of),
        "summary": said.opening,
        "remarks": list(said.remarks),
        "misreading": _misreading(of),
        "unsupported": of.unsupported.word,
        "kept_after_lateness": of.kept,
        "extended_to": None if of.extension is None else of.extension.text,
        "attempts": of.attempts,
        "decided_by_a_person": of.decided,
        "bonus": 0.0 if of.bonus is None else of.bonus.marks,
        "paths": [
            {
                "path": number,
                "route": [value.key for value in of.question.derivation.paths[number - 1].route],
                "how": fate.value,
                "words": fate_said(fate),
            }
            for number, fate in of.fates.items()
        ]
        if of.groups
        else [],
        "groups": [_group(group, of) for group in of.groups],
    }


def _misreading(of: QuestionFeedback) -> str | None:
    with of.question.derivation.naming():
        return None if of.misreading is None else of.misreading.phrase


def _several(of: QuestionFeedback) -> dict[str, Any]:
    derivation = of.question.derivation
    return {} if derivation.paths else {"parameters": [value.key for value in derivation.asked]}


def _group(group: Group, of: QuestionFeedback) -> dict[str, Any]:
    column = {"column": group.column, "path": group.path, "note": group.note} if group.kind == "column" else {}
    column |= {"layer": group.layer} if group.kind == "layer" else {}
    return {
        "group": group.kind,
        **column,
        "words": note_said(group, len(of.question.derivation.paths)),
        "slots": [_slot(slot, of.no_working) for slot in group.slots],
        "replay": [_line(line) for line in group.lines],
    }


def _slot(slot: SlotFeedback, no_working: bool) -> dict[str, Any]:
    return {
        "slot": slot.slot,
        "step": slot.step.key,
        "symbol": slot.plain,
        "latex": slot.symbol,
        "response": slot.response,
        "reading": slot.reading,
        "verdict": slot.verdict.word,
        "words": verdict_said(slot, no_working=no_working),
        "advice": advice_said(slot, no_working=no_working),
        "reason": slot.reason,
        "misconceptions": list(slot.causes),
        "tied": slot.tied,
        "slips": list(slot.slips),
        "counted": slot.counted,
        "marks": slot.ticks / TICKS,
        "out_of": slot.out_of / TICKS,
        "decided_by_a_person": slot.decided,
        "low": slot.low,
        "high": slot.high,
    }


def _line(line: ReplayLine) -> dict[str, Any]:
    worked = line.worked
    return {
        "step": worked.step.key,
        "slot": None if line.slot is None else line.slot.slot,
        "first": line.first,
        "latex": worked.symbol,
        "formula": worked.symbols,
        "numbers": worked.numbers,
        "gives": worked.value,
        "gives_text": worked.gives,
        "reference_text": line.reference,
        "borrowed": list(worked.borrowed),
    }
