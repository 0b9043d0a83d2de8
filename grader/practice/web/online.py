"""Assignments answered online: saved slot by slot, handed in as often as allowed, answers shown once they are due."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from grader.assignments.assignment import Assignment
from grader.assignments.question_set import HandedQuestion
from grader.practice.learning import tutor
from grader.practice.learning.tutor import Entry, Play
from grader.practice.storage.assignments import OnlineAssignment
from grader.practice.storage.grants import TEACHER
from grader.practice.storage.online import Online, UsedUp
from grader.practice.web.guard import Rates, RequestRefused, origin
from grader.practice.web.question_page import question_context
from grader.practice.web.requests import Here, PostedForm, Sent, Who
from grader.practice.web.responses import page
from grader.practice.web.sessions import TEACHER_SECONDS, Visitor, grant_key
from grader.practice.web.site import PracticeSite
from grader.practice.web.typed import typed
from grader.sheets.typography.mathml import mathml
from grader.sheets.typography.own_words import set_words
from question_bank.language.spoken import speaking, written_day
from question_bank.language.words import N_, _

router = APIRouter()
_NO_SHEET = N_("There is no such sheet. Type its id as it is printed, such as 7F3K-2QXM-9ABC-DE2G.")
_USED_UP = N_("Every attempt that is allowed was used. What was handed in before counts.")


@router.get("/work")
def door(request: Request, site: Here, visitor: Who) -> Response:
    """The form for a sheet's id and its PIN."""
    return _door(request, site)


def _door(request: Request, site: PracticeSite, status: int = 200, *, sheet: str = "", wrong: bool = False) -> Response:
    pins = any(assignment.assignment.pins for assignment in site.assignments.values())
    return page(request, "door.html", status, pins=pins, sheet=sheet, wrong=wrong)


@router.post("/work")
def enter(request: Request, site: Here, visitor: Who, form: Sent) -> Response:
    """Open a sheet by its id, and by its PIN if it has one."""
    sheet = "-".join(form.get("sheet").upper().replace("-", " ").split())
    assignment, questions = _find(request, site, visitor, sheet)
    request.state.language = site.language_of(assignment)
    with speaking(request.state.language):
        return _opened(request, site, visitor, form, sheet, assignment.pin(questions[0].student))


def _opened(
    request: Request, site: PracticeSite, visitor: Visitor, form: PostedForm, sheet: str, pin: str | None
) -> Response:
    """The sheet, or its door once more where the PIN is another one; raises RequestRefused after too many."""
    if pin is not None and not _is_open(site, visitor, sheet, pin):
        pins: Rates = request.app.state.pins
        # Counted for this sheet from here, so that nobody is locked out by what others try for theirs.
        if not pins.take(f"{origin(request)} {sheet}"):
            raise RequestRefused(429, _("Too many PINs were tried for this sheet. Wait a minute."), wait=60)
        if not hmac.compare_digest(_plain_pin(form.get("pin")), _plain_pin(pin)):
            return _door(request, site, 403, sheet=sheet, wrong=True)
        site.grants.open(visitor.learner, sheet, grant_key(pin), site.clock())
    return RedirectResponse(f"/work/{sheet}", status_code=303)


def _plain_pin(text: str) -> bytes:
    """A PIN as it may be typed: in small letters, without the hyphen, with O for 0 and I or L for 1."""
    letters = text.upper().translate(str.maketrans("OIL", "011"))
    return "".join(letter for letter in letters if letter.isalnum()).encode()


def _is_open(site: PracticeSite, visitor: Visitor, sheet: str, pin: str | None) -> bool:
    return pin is None or site.grants.is_open(visitor.learner, sheet, grant_key(pin))


def _find(
    request: Request, site: PracticeSite, visitor: Visitor, sheet: str
) -> tuple[OnlineAssignment, list[HandedQuestion]]:
    if (assignment := site.of_sheet(sheet)) is not None:
        return assignment, assignment.by_sheet[sheet]
    one, crowd = request.app.state.wrong_ids
    teaches = site.grants.opened_since(visitor.learner, TEACHER, site.clock() - TEACHER_SECONDS)
    # Each browser is counted by itself: nobody is locked out by what others at the same address mistype.
    if not teaches and not (one.take(f"{origin(request)} {visitor.learner}") and crowd.take(origin(request))):
        raise RequestRefused(429, _("Too many wrong ids were tried from here. Wait a minute."), wait=60)
    raise RequestRefused(404, _(_NO_SHEET))


@router.post("/work/{sheet}/close")
def close(site: Here, visitor: Who, form: Sent, sheet: str) -> Response:
    """Revoke access to a sheet: it takes the PIN again."""
    site.grants.close(visitor.learner, sheet, site.clock())
    return RedirectResponse("/work", status_code=303)


@router.get("/work/{sheet}")
def overview(request: Request, site: Here, visitor: Who, sheet: str) -> Response:
    """A sheet's questions and how far each is."""
    assignment, questions = _find(request, site, visitor, sheet)
    online = Online(site.database, assignment.id)
    student = questions[0].student
    if not _is_open(site, visitor, sheet, assignment.pin(student)):
        return _door(request, site, sheet=sheet)
    stored_as = assignment.stored_as(student)
    attempts = online.attempts(stored_as)
    last = {one.question: dict(one.responses) for one in attempts}
    saved = {handed.question: online.saved(stored_as, handed.question) for handed in questions}
    now = site.clock()
    return page(
        request,
        "assignment.html",
        assignment=assignment.assignment,
        sheet=sheet,
        pins=assignment.assignment.pins,
        over=assignment.is_due(now, student),
        due=_due_words(assignment, student),
        texts=_own_words(assignment.assignment),
        questions=[
            {
                "name": handed.question,
                "marks": f"{handed.marks:g}",
                "slots": len(handed.slots),
                "saved": len(saved[handed.question]),
                "handed_in": sum(one.question == handed.question for one in attempts),
                "changed": last.get(handed.question, saved[handed.question]) != saved[handed.question],
                "allowed": assignment.attempts(handed.question),
            }
            for handed in questions
        ],
    )


@router.get("/work/{sheet}/{name}")
def question(request: Request, site: Here, visitor: Who, sheet: str, name: str, handed: int = 0) -> Response:
    """One question: to be answered until it is due, to be looked at afterwards."""
    assignment, found, online = _question(request, site, visitor, sheet, name)
    return page(request, "online.html", **_context(site, assignment, found, online, just=handed))


def _question(
    request: Request, site: PracticeSite, visitor: Visitor, sheet: str, name: str
) -> tuple[OnlineAssignment, HandedQuestion, Online]:
    assignment, questions = _find(request, site, visitor, sheet)
    if not _is_open(site, visitor, sheet, assignment.pin(questions[0].student)):
        raise RequestRefused(403, _("This sheet is opened by its PIN. Type it at /work, together with the sheet's id."))
    found = next((handed for handed in questions if handed.question == name), None)
    if found is None:
        raise RequestRefused(404, _("This sheet has no such question."))
    return assignment, found, Online(site.database, assignment.id)


def _context(
    site: PracticeSite,
    assignment: OnlineAssignment,
    handed: HandedQuestion,
    online: Online,
    *,
    just: int = 0,
    late: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    over = assignment.is_due(site.clock(), handed.student)
    stored_as = assignment.stored_as(handed.student)
    mine = [one for one in online.attempts(stored_as) if one.question == handed.question]
    saved = online.saved(stored_as, handed.question)
    allowed = assignment.attempts(handed.question)
    left = None if allowed is None else max(0, allowed - len(mine))
    closed = over or left == 0
    # What counts is shown where nothing can be written any more.
    shown = dict(mine[-1].responses) if closed and mine else saved
    changed = bool(mine) and not closed and dict(mine[-1].responses) != saved
    return {
        **question_context(_play(handed, shown, over=over), late),
        "at": "",
        "late": len(late),
        "closed": closed,
        "assignment": assignment.assignment,
        "own_task": set_words(assignment.assignment.task_of(handed.question), mathml),
        "handed": handed,
        "sheet": handed.sheet_id,
        "over": over,
        "due": _due_words(assignment, handed.student),
        "used": len(mine),
        "allowed": allowed,
        "left": left,
        "changed": changed,
        "just": just if just == len(mine) and not changed else 0,
        "was": json.dumps(shown, ensure_ascii=False, separators=(",", ":")),
        "saved": len(shown),
    }


def _play(handed: HandedQuestion, responses: dict[str, str], *, over: bool) -> Play:
    """The question with these responses; checked and revealed only once it is due."""
    fresh = tutor.begin(handed.solved())
    entries = {name: Entry(response=text) for name, text in responses.items() if name in fresh.asked}
    play = Play(fresh.question, fresh.asked, MappingProxyType(entries))
    return tutor.reveal(tutor.checks(play, play.asked)) if over else play


@router.post("/work/{sheet}/{name}")
def answer(request: Request, site: Here, visitor: Who, form: Sent, sheet: str, name: str) -> Response:
    """Save what changed; hand it in if the button says so."""
    assignment, handed, online = _question(request, site, visitor, sheet, name)
    now = site.clock()
    if assignment.is_due(now, handed.student):
        raise RequestRefused(403, _("The due time has passed: nothing more is taken. What was saved before is safe."))
    do = form.get("do")
    if do not in ("save", "hand_in"):
        raise RequestRefused(400, _("These pages have no such button."))
    brought = typed(form).only(handed.slots.names)
    taken = online.take(
        assignment.stored_as(handed.student),
        name,
        brought.against,
        now,
        limit=assignment.attempts(name),
        hand_in=do == "hand_in",
    )
    if isinstance(taken, UsedUp):
        raise RequestRefused(403, _(_USED_UP))
    if taken.empty:
        raise RequestRefused(422, _("Nothing is written in this question yet, so that there is nothing to hand in."))
    late, number = taken.late, taken.number
    if request.headers.get("x-part") == "work":
        return page(request, "online_parts.html", **_context(site, assignment, handed, online, just=number, late=late))
    if late:
        return page(request, "online.html", **_context(site, assignment, handed, online, late=late))
    return RedirectResponse(f"/work/{sheet}/{name}" + (f"?handed={number}" if number else ""), status_code=303)


def _own_words(assignment: Assignment) -> dict[str, Markup]:
    """What the instructor says before and behind the questions, in the language of its pages."""
    texts = assignment.own_texts
    said = {"instructions": texts.instructions, "allowed": texts.allowed, "honour": texts.honour}
    return {key: set_words(text, mathml) for key, text in said.items()}


def _due_words(assignment: OnlineAssignment, student: str) -> str:
    due = assignment.due_for(student)
    if isinstance(due, datetime):
        return f"{written_day(due.astimezone())}, {due.astimezone():{'%H:%M:%S' if due.second else '%H:%M'}}"
    return written_day(due) if isinstance(due, date) else assignment.assignment.due_text
