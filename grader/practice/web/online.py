"""Assignments answered online: saved slot by slot, handed in as often as allowed, answers shown once they are due."""

from __future__ import annotations

import json
from datetime import datetime
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from grader.practice import tutor
from grader.practice.assignments import OnlineAssignment
from grader.practice.storage.online import Online
from grader.practice.tutor import Entry, Play
from grader.practice.web.guard import Rates, Refused
from grader.practice.web.learning import changed_responses
from grader.practice.web.question_page import question_context
from grader.practice.web.requests import Here, Sent, Who
from grader.practice.web.responses import page
from grader.practice.web.site import Site
from grader.question_set import HandedQuestion

router = APIRouter()
_NO_SHEET = "There is no such sheet. Type its id as it is printed, such as 7F3K-2QXM-9ABC-DE2G."
_USED_UP = "Every attempt that is allowed was used. What was handed in before counts."


@router.get("/work")
def door(request: Request, visitor: Who) -> Response:
    """Where a sheet's id is typed."""
    return page(request, "door.html")


@router.post("/work")
def enter(request: Request, site: Here, visitor: Who, form: Sent) -> Response:
    """To a sheet by its id."""
    sheet = "-".join(form.get("sheet").upper().replace("-", " ").split())
    _find(request, site, sheet)
    return RedirectResponse(f"/work/{sheet}", status_code=303)


def _find(request: Request, site: Site, sheet: str) -> tuple[OnlineAssignment, list[HandedQuestion]]:
    for assignment in site.assignments.values():
        if sheet in assignment.by_sheet:
            return assignment, assignment.by_sheet[sheet]
    guesses: Rates = request.app.state.doors
    if not guesses.take(request.client.host if request.client else "?"):
        raise Refused(429, "Too many ids were tried from here. Wait a minute.", wait=60)
    raise Refused(404, _NO_SHEET)


@router.get("/work/{sheet}")
def overview(request: Request, site: Here, visitor: Who, sheet: str) -> Response:
    """A sheet's questions and how far each is."""
    assignment, questions = _find(request, site, sheet)
    online = Online(site.database, assignment.id)
    student = questions[0].student
    attempts = online.attempts(student)
    last = {one.question: dict(one.responses) for one in attempts}
    saved = {handed.question: online.saved(student, handed.question) for handed in questions}
    now = site.clock()
    return page(
        request,
        "assignment.html",
        assignment=assignment.assignment,
        sheet=sheet,
        over=assignment.is_due(now),
        due=_due_words(assignment),
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
    assignment, found, online = _question(request, site, sheet, name)
    return page(request, "online.html", **_context(site, assignment, found, online, just=handed))


def _question(request: Request, site: Site, sheet: str, name: str) -> tuple[OnlineAssignment, HandedQuestion, Online]:
    assignment, questions = _find(request, site, sheet)
    found = next((handed for handed in questions if handed.question == name), None)
    if found is None:
        raise Refused(404, "This sheet has no such question.")
    return assignment, found, Online(site.database, assignment.id)


def _context(
    site: Site, assignment: OnlineAssignment, handed: HandedQuestion, online: Online, *, just: int = 0
) -> dict[str, Any]:
    over = assignment.is_due(site.clock())
    mine = [one for one in online.attempts(handed.student) if one.question == handed.question]
    saved = online.saved(handed.student, handed.question)
    allowed = assignment.attempts(handed.question)
    left = None if allowed is None else max(0, allowed - len(mine))
    closed = over or left == 0
    # What counts is shown where nothing can be written any more.
    shown = dict(mine[-1].responses) if closed and mine else saved
    changed = bool(mine) and not closed and dict(mine[-1].responses) != saved
    return {
        **question_context(_play(handed, shown, over=over)),
        "closed": closed,
        "assignment": assignment.assignment,
        "handed": handed,
        "sheet": handed.sheet_id,
        "over": over,
        "due": _due_words(assignment),
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
    assignment, handed, online = _question(request, site, sheet, name)
    now = site.clock()
    if assignment.is_due(now):
        raise Refused(403, "The due time has passed: nothing more is taken. What was saved before is safe.")
    do = form.get("do")
    if do not in ("save", "hand_in"):
        raise Refused(400, "These pages have no such button.")
    allowed = assignment.attempts(name)
    slots = frozenset(handed.slots.names)
    written = {
        slot: text.strip()[: tutor.LONGEST_RESPONSE] for slot, text in changed_responses(form).items() if slot in slots
    }
    used = sum(one.question == name for one in online.attempts(handed.student))
    if written and allowed is not None and used >= allowed:
        raise Refused(403, _USED_UP)
    online.save(handed.student, name, written, now)
    number: int | None = 0
    if do == "hand_in":
        responses = online.saved(handed.student, name)
        if not responses:
            raise Refused(422, "Nothing is written in this question yet, so that there is nothing to hand in.")
        number = online.hand_in(handed.student, name, responses, now, allowed)
        if number is None:
            raise Refused(403, _USED_UP)
    if request.headers.get("x-part") == "work":
        context = _context(site, assignment, handed, online, just=number or 0)
        return page(request, "online_parts.html", **context)
    return RedirectResponse(f"/work/{sheet}/{name}" + (f"?handed={number}" if number else ""), status_code=303)


def _due_words(assignment: OnlineAssignment) -> str:
    if assignment.due_at is None:
        return assignment.assignment.due_text
    return f"{datetime.fromtimestamp(assignment.due_at):%A, %d %B %Y, %H:%M}"
