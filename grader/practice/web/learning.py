"""The student's pages: what to do next, a question, progress, one's own data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.responses import RedirectResponse

from grader.practice.learning import lessons as curriculum
from grader.practice.learning import tokens, tutor
from grader.practice.learning.kept import kept_text
from grader.practice.learning.mastery import (
    BY_ID,
    CLEAN_QUESTIONS,
    DAYS,
    MASTERED,
    SKILLS,
    choose,
    history,
    lesson_rates,
    standings,
)
from grader.practice.learning.plot import progress_plot
from grader.practice.learning.pseudonyms import pseudonym
from grader.practice.learning.tutor import Play
from grader.practice.storage.plays import StoredPlay
from grader.practice.web.guard import RequestRefused
from grader.practice.web.lesson_scores import score_after
from grader.practice.web.question_page import (
    counts,
    hint_said,
    look_at,
    question_context,
    replay_lines,
    slot_ids,
    slot_views,
)
from grader.practice.web.requests import Here, Sent, Who
from grader.practice.web.responses import attachment, page, set_framed_cookie, table
from grader.practice.web.sessions import COOKIE, PLATFORM_COOKIE, Visitor
from grader.practice.web.site import PracticeSite
from grader.practice.web.typed import typed
from question_bank.language.words import N_, _

router = APIRouter()
_GONE = N_("There is no such question here, or it belongs to another browser.")


@router.get("/")
def home(request: Request, site: Here, visitor: Who) -> Response:
    """What to do next, and everything that there is."""
    evidence = site.plays.evidence(visitor.learner)
    all_lessons = curriculum.lessons()
    choice = choose([(one.id, one.skills) for one in all_lessons], evidence, site.clock())
    return page(
        request,
        "home.html",
        choice=choice,
        chosen=curriculum.lesson(choice.lesson),
        skill=BY_ID[choice.skill] if choice.skill else None,
        lessons=all_lessons,
        rates=lesson_rates(evidence),
        recent=site.plays.recent(visitor.learner),
        titles={one.id: one.title for one in all_lessons},
        learner=site.plays.learner(visitor.learner),
        classroom=site.plays.class_of(visitor.learner),
    )


@router.post("/new")
def new(site: Here, visitor: Who, form: Sent) -> Response:
    """A fresh question of a lesson."""
    lesson = curriculum.lesson(form.get("lesson"))
    if lesson is None:
        raise RequestRefused(404, _("There is no such lesson."))
    ref, question = site.stock.take(lesson)
    play = begun(site, visitor, lesson.id, ref, question)
    return RedirectResponse(f"/q/{play}", status_code=303)


def begun(site: PracticeSite, visitor: Visitor, lesson: str, ref: tokens.QuestionRef, question: str) -> str:
    """A question in a visitor's hands, whom the database knows from then on; gives the play's id."""
    name = pseudonym(visitor.learner)
    return site.plays.start(visitor.learner, lesson, ref, question, site.clock(), pseudonym=name)


@router.get("/link/{token}")
def link(request: Request, site: Here, visitor: Who, token: str) -> Response:
    """The page that a shared link leads to; one's own play of it, if there is one."""
    ref = tokens.unsign(token, site.database.secret)
    play = site.plays.play_of(visitor.learner, ref)
    if play is not None:
        return RedirectResponse(f"/q/{play}", status_code=303)
    tokens.question_of(ref)
    return page(request, "link.html", token=token, lesson=lesson_of(ref), ref=ref)


@router.post("/link/{token}")
def take(site: Here, visitor: Who, form: Sent, token: str) -> Response:
    """Work on exactly the question of a link."""
    ref = tokens.unsign(token, site.database.secret)
    question = tokens.question_of(ref)
    lesson = lesson_of(ref)
    play = begun(site, visitor, lesson.id if lesson else ref.recipe, ref, kept_text(question))
    return RedirectResponse(f"/q/{play}", status_code=303)


def lesson_of(ref: tokens.QuestionRef) -> curriculum.Lesson | None:
    """The lesson that a question belongs to."""
    return next((one for one in curriculum.lessons() if (one.recipe, one.asked) == (ref.recipe, ref.asked)), None)


@router.get("/q/{play_id}")
def question(request: Request, site: Here, visitor: Who, play_id: str, at: str = "", show: str = "") -> Response:
    """A question and where one is with it."""
    stored = _stored(site, visitor, play_id)
    return page(request, "question.html", **context(site, stored, at[:80], show))


def _stored(site: PracticeSite, visitor: Visitor, play_id: str) -> StoredPlay:
    stored = site.plays.load(play_id, visitor.learner)
    if stored is None:
        raise RequestRefused(404, _(_GONE))
    return stored


def context(
    site: PracticeSite, stored: StoredPlay, at: str, show: str, late: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """What question.html and its fragment show.

    `at` is the scope of the last action, `show` may be `replay`; `late` was typed where something newer stands.
    """
    play = stored.play
    after = curriculum.harder(stored.lesson)
    replayed = replay_lines(play) if show == "replay" else None
    return {
        **question_context(play, late),
        "at": at,
        "looks": look_at(play, tutor.scope(play, at)) if at in ("all", "ticks") or at.startswith("path:") else [],
        "stored": stored,
        "lesson": curriculum.lesson(stored.lesson),
        "harder": after,
        "token": tokens.sign(stored.ref, site.database.secret),
        "said": said(site, play, at, late, replayed),
        "replay": replayed or [],
        "replayed": replayed is not None,
        "was": json.dumps(play.responses, ensure_ascii=False, separators=(",", ":")),
    }


def said(
    site: PracticeSite,
    play: Play,
    at: str,
    late: Mapping[str, str],
    replayed: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """The last check, hint or replay in a sentence or two, for whoever listens to the page."""
    words = site.renderer.words
    newer = [words("conflict_said", count=len(late))] if late else []
    kind, _other, name = at.partition(":")
    names = tutor.scope(play, f"slot:{name}" if kind == "hint" else at)
    if not names:
        return " ".join(newer)
    if kind == "hint" and not play.entry(name).rung:
        return " ".join(newer)  # an address that says so, of a step of which no hint was asked
    if kind == "hint":
        return " ".join([*newer, f"{slot_views(play)[name].label}. {_spoken(hint_said(site.renderer, play, name))}"])
    if kind == "slot":
        return " ".join(newer) or words("slot_said", slot=slot_views(play)[names[0]])
    found = [*newer, words("scope_said", at=at, counts=counts(play, names), done=play.done)]
    if replayed is not None:
        begins = [line["label"] for line in replayed if line["first"]]
        found.append(words("replay_said", begins=begins, done=play.done))
    return " ".join(found)


def _spoken(text: str) -> str:
    """With minus signs, which are read out, where the terminal has hyphens."""
    return re.sub(r"(?<!\w)-", "−", text)


@router.post("/q/{play_id}")
def act(request: Request, site: Here, visitor: Who, form: Sent, play_id: str, tasks: BackgroundTasks) -> Response:
    """Save what was typed, and do what the button says: `check:all`, `hint:NAME`, `replay`, `reveal`, `save`."""
    what, _other, which = form.get("do").partition(":")
    boxes = typed(form)
    late: dict[str, str] = {}
    if what not in ("save", "check", "hint", "replay", "reveal"):
        raise RequestRefused(400, _("These pages have no such button."))

    def action(play: Play) -> Play:
        written, newer = boxes.against(play.responses)
        late.clear()
        late.update({} if play.revealed else {name: text for name, text in newer.items() if name in play.asked})
        play = tutor.write(play, written)
        match what:
            case "check":
                return tutor.checks(play, [name for name in tutor.scope(play, which) if name not in late])
            case "replay":
                return tutor.checks(play, [name for name in play.asked if name not in late])
            case "hint":
                return tutor.hint(play, which)
            case "reveal":
                return tutor.reveal(tutor.checks(play, tutor.scope(play, "all")))
        return play

    stored = site.plays.act(play_id, visitor.learner, action, site.clock())
    if stored is None:
        raise RequestRefused(404, _(_GONE))
    if visitor.sites and stored.finished_at is not None:
        score_after(site, visitor, stored, tasks)
    at = {"check": which, "hint": f"hint:{which}", "replay": "all", "reveal": "all"}.get(what, "")
    show = "replay" if what == "replay" else ""
    if request.headers.get("x-part") == "work":
        return page(request, "parts.html", **context(site, stored, at, show, late))
    if late:
        # Another page would show what stands here now, and what was typed would be gone.
        return page(request, "question.html", **context(site, stored, at, show, late))
    return RedirectResponse(address(stored, what, which, at, show), status_code=303)


def address(stored: StoredPlay, what: str, which: str, at: str, show: str) -> str:
    """Where a plain form leads back to: the same page, at the place of the last action."""
    ids = slot_ids(stored.play.question.derivation)
    slot = which.removeprefix("slot:") if what in ("check", "hint") else ""
    anchor = ids.get(slot, "replay" if show else "solution" if what == "reveal" else "status")
    if what == "check" and which.startswith("path:"):
        anchor = f"told-{quote(which[5:])}"
    query = "".join(f"&{name}={quote(text)}" for name, text in (("at", at), ("show", show)) if text)
    return f"/q/{stored.id}{'?' + query[1:] if query else ''}#{anchor}"


@router.get("/q/{play_id}/sheet.pdf")
def sheet(site: Here, visitor: Who, play_id: str) -> Response:
    """The question as a sheet of paper."""
    from grader.practice.web.printing import print_question

    stored = _stored(site, visitor, play_id)
    lesson = curriculum.lesson(stored.lesson)
    return attachment(print_question(stored, lesson.title if lesson else ""), "application/pdf", "question.pdf")


@router.get("/progress")
def progress(request: Request, site: Here, visitor: Who) -> Response:
    """How far one has come."""
    evidence = site.plays.evidence(visitor.learner)
    now = site.clock()
    return page(
        request,
        "progress.html",
        skills=SKILLS,
        standings=standings(evidence),
        lessons=curriculum.lessons(),
        rates=lesson_rates(evidence),
        mastered=round(100 * MASTERED),
        clean=CLEAN_QUESTIONS,
        days=DAYS,
        plot=progress_plot(history(evidence)),
        now=now,
        tried=len(evidence),
        learner=site.plays.learner(visitor.learner),
    )


@router.get("/progress/export.json")
def export_json(site: Here, visitor: Who) -> Response:
    """All that is kept about the visitor."""
    text = json.dumps(site.plays.everything(visitor.learner), ensure_ascii=False, indent=1)
    return attachment(text.encode(), "application/json", "gradpath-practice.json")


@router.get("/progress/export.csv")
def export_csv(site: Here, visitor: Who) -> Response:
    """Every answer as a row."""
    held = site.plays.everything(visitor.learner)
    lessons = {row["id"]: row["lesson"] for row in held["questions"]}
    columns = ("lesson", "play_id", "slot", "skill", "response", "verdict", "misses", "rung", "credit", "tried_at")
    answers = ({**row, "lesson": lessons.get(row["play_id"], "")} for row in held["answers"])
    rows = (["" if row[name] is None else str(row[name]) for name in columns] for row in answers)
    return table("gradpath-practice.csv", columns, rows)


@router.post("/progress/delete")
def delete(request: Request, site: Here, visitor: Who, form: Sent) -> Response:
    """Delete all that is kept about the visitor, and let the browser forget who it was."""
    if form.get("sure") != "yes":
        return RedirectResponse("/progress#data", status_code=303)
    site.plays.forget(visitor.learner)
    response = page(request, "deleted.html")
    response.delete_cookie(COOKIE, path="/")
    if visitor.sites:
        set_framed_cookie(request, response, PLATFORM_COOKIE, "", 0)
    return response
