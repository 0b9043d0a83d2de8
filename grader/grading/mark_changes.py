"""Marking again: who has other marks than before, from what to what, and why. Compares two marks.json documents.

Besides each question's slots this reads what marking says of itself, where it does:

- of a document, `totals` (what was `decided` about them);
- of a document, `marked_by`: `rubrics` (question → rubric in force), `misconceptions` (ids of the instructor's own),
  `marks_step`;
- of a question, `late` (the part of its marks that it kept), `extension` (until when, and why) and `override` (why
  somebody set its marks);
- of a slot, `override` (why somebody set its verdict).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from grader.files.safe_names import spreadsheet_safe
from grader.files.tables import csv_text

WHOLE = "*"
"""The slot of a change that is about a whole question."""

TOTAL = "total"
"""The question of a change that is about a total."""

_HEADINGS = ("when", "student", "question", "slot", "verdict_before", "verdict", "marks_before", "marks", "why")
_EACH = 1e-9

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One slot, or one whole question (`slot` is `*`), whose verdict or marks are others than before.

    Marks are None where nothing was handed in; a whole question has no verdict.
    """

    student: str
    question: str
    slot: str
    verdict_before: str
    verdict: str
    marks_before: float | None
    marks: float | None
    why: str


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _Slot(_Model):
    slot: str
    response: str
    verdict: str
    marks: float | None
    misconceptions: list[str] = []
    override: str | None = None


class _Extension(_Model):
    due: str
    why: str


class _Bonus(_Model):
    marks: float
    why: str


class _Question(_Model):
    student: str
    question: str
    marks: float | None
    slots: list[_Slot]
    late: float = 1
    extension: _Extension | None = None
    override: str | None = None
    bonus: _Bonus | None = None


class _Total(_Model):
    student: str
    marks: float
    decided: list[str] = []


class _MarkedBy(_Model):
    rubrics: dict[str, Any] = {}
    misconceptions: list[str] = []
    marks_step: float | None = None


class _Document(_Model):
    """What is compared of a marks.json: one that has lost it, as after an edit by hand, is no earlier one."""

    questions: list[_Question]
    totals: list[_Total] = []
    marked_by: _MarkedBy = _MarkedBy()


def read_document(path: Path) -> Document | None:
    """The marks.json that was written before; None if there is none, or it is none that can be compared."""
    try:
        text = path.read_text("utf-8")
        _Document.model_validate_json(text)
        document: Document = json.loads(text)
    except (OSError, ValueError):  # of which pydantic's is one
        return None
    return document


def compare(before: Document, after: Document, former_ids: Mapping[str, str] | None = None) -> tuple[Change, ...]:
    """What changed: each question whose marks did, followed by each of its slots whose verdict or marks did.

    `former_ids` are ids that students had → those that they have: a changed id is no change of marks.

    >>> def slot(verdict, marks):
    ...     return {"slot": "gradient", "response": "1", "verdict": verdict, "marks": marks, "out_of": 2}
    >>> def document(verdict, marks, **said):
    ...     question = {"student": "ann", "question": "q1", "marks": marks, "slots": [slot(verdict, marks) | said]}
    ...     return {"questions": [question]}
    >>> changes = compare(document("wrong", 0), document("correct", 2, override="smudged"))
    >>> [(change.slot, change.verdict, change.marks, change.why) for change in changes]
    [('*', '', 2, 'override: smudged'), ('gradient', 'correct', 2, 'override: smudged')]
    """
    now = former_ids or {}
    old = {(now.get(student, student), question): one for (student, question), one in _by_question(before).items()}
    new = _by_question(after)
    changes: list[Change] = []
    # In the order of the later document, then what is gone.
    for key in dict.fromkeys((*new, *old)):
        changes += _question_changes(key, old.get(key), new.get(key), before, after)
    return (*changes, *_total_changes(before, after, now))


def _total_changes(before: Document, after: Document, now: Mapping[str, str]) -> Iterator[Change]:
    """Totals that changed because of what was decided about them; those that merely add up changes say nothing more."""
    old = {now.get(one["student"], one["student"]): one for one in before.get("totals", ())}
    for new in after.get("totals", ()):
        then = old.get(new["student"])
        decided, was = (() if one is None else one.get("decided", ()) for one in (new, then))
        if then is None or decided == was or not _differ(new["marks"], then["marks"]):
            continue
        said = [line for line in decided if line not in was]
        said += [f"taken back: {line}" for line in was if line not in decided]
        yield Change(new["student"], TOTAL, WHOLE, "", "", then["marks"], new["marks"], "; ".join(said))


def add_changes(record: str, changes: Sequence[Change], when: str) -> str:
    """changes.csv with what a run changed at a time added at its end; an empty record is begun.

    A run that was killed before it wrote marks.json finds the same changes again: they are not added twice.
    """
    rows = [_row(change) for change in changes]
    said = list(csv.reader(io.StringIO(record)))
    last = [row for row in said if row and row[0] == said[-1][0]] if said else []
    if rows and [row[1:] for row in last] == rows:
        return record
    return (record or csv_text([_HEADINGS])) + csv_text([when, *row] for row in rows)


def is_record(text: str) -> bool:
    """Whether a text is a changes.csv that can be added to."""
    return text.startswith(",".join(_HEADINGS) + "\n") and text.endswith("\n")


def _row(change: Change) -> list[str]:
    return [
        spreadsheet_safe(change.student),
        spreadsheet_safe(change.question),
        change.slot if change.slot == WHOLE else spreadsheet_safe(change.slot),
        change.verdict_before,
        change.verdict,
        _number(change.marks_before),
        _number(change.marks),
        spreadsheet_safe(change.why),
    ]


def _number(marks: float | None) -> str:
    return "" if marks is None else f"{marks:.6f}".rstrip("0").rstrip(".")


def _by_question(document: Document) -> dict[tuple[str, str], Document]:
    return {(one["student"], one["question"]): one for one in document["questions"]}


def _question_changes(
    whose: tuple[str, str], old: Document | None, new: Document | None, before: Document, after: Document
) -> Iterator[Change]:
    if old is None or new is None:
        why = "handed in since" if old is None else "no longer handed in"
        marks_before, marks = (None if one is None else one["marks"] for one in (old, new))
        yield Change(*whose, WHOLE, "", "", marks_before, marks, why)
        return
    slots = list(_slot_changes(whose, old, new, before, after))
    if _differ(old["marks"], new["marks"]):
        why = _about_the_whole(old, new) or "; ".join(dict.fromkeys(change.why for change in slots))
        yield Change(*whose, WHOLE, "", "", old["marks"], new["marks"], why or _general(whose[1], before, after))
    yield from slots


def _slot_changes(
    whose: tuple[str, str], old: Document, new: Document, before: Document, after: Document
) -> Iterator[Change]:
    was = {slot["slot"]: slot for slot in old["slots"]}
    resubmitted = {slot["slot"]: slot["response"] for slot in old["slots"]} != {
        slot["slot"]: slot["response"] for slot in new["slots"]
    }
    for slot in new["slots"]:
        earlier = was.get(slot["slot"], {"verdict": "", "marks": None})
        if slot["verdict"] == earlier["verdict"] and not _differ(slot["marks"], earlier["marks"]):
            continue
        why = (
            _about_override(earlier, slot)
            or ("submission changed" if resubmitted else "")
            or _about_misconceptions(earlier, slot, before, after)
            or _general(whose[1], before, after)
        )
        yield Change(*whose, slot["slot"], earlier["verdict"], slot["verdict"], earlier["marks"], slot["marks"], why)


def _about_the_whole(old: Document, new: Document) -> str:
    if why := _about_override(old, new):
        return why
    if old.get("bonus") != new.get("bonus"):
        bonus = new.get("bonus")
        return f"bonus: {bonus['why']}" if bonus else f"bonus taken back: {old['bonus']['why']}"
    if old.get("late", 1) != new.get("late", 1):
        if (extension := new.get("extension")) and extension != old.get("extension"):
            return f"extension to {extension['due']}: {extension['why']}"
        return f"late: keeps {new.get('late', 1):.0%} of its marks, {old.get('late', 1):.0%} before"
    return ""


def _about_override(old: Document, new: Document) -> str:
    if new.get("override") and new.get("override") != old.get("override"):
        return f"override: {new['override']}"
    if old.get("override") and not new.get("override"):
        return f"override taken back: {old['override']}"
    # The reason stayed, so that what changed is the decision.
    return f"override changed: {new['override']}" if new.get("override") else ""


def _about_misconceptions(old: Document, new: Document, before: Document, after: Document) -> str:
    known, now = (set(document.get("marked_by", {}).get("misconceptions", ())) for document in (before, after))
    named, now_named = (slot.get("misconceptions", ()) for slot in (old, new))
    if added := [name for name in now_named if name in now - known]:
        return f"misconception {', '.join(added)} added"
    if gone := [name for name in named if name in known - now]:
        return f"misconception {', '.join(gone)} taken away"
    return ""


def _general(question: str, before: Document, after: Document) -> str:
    rubrics = [document.get("marked_by", {}).get("rubrics", {}).get(question) for document in (before, after)]
    if rubrics[0] != rubrics[1]:
        return "rubric changed"
    steps = [document.get("marked_by", {}).get("marks_step") for document in (before, after)]
    return "marks_step changed" if steps[0] != steps[1] else "marked anew"


def _differ(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) > _EACH
