"""The teacher's pages, behind a password: classes live, assignments, and both as tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from grader.marking import Verdict
from grader.practice.learning import lessons as curriculum
from grader.practice.learning.mastery import BY_ID
from grader.practice.learning.pseudonyms import pseudonym
from grader.practice.storage.assignments import OnlineAssignment, submissions_csv
from grader.practice.storage.classes import Classes
from grader.practice.storage.grants import TEACHER
from grader.practice.storage.online import Online
from grader.practice.web.class_picture import class_picture
from grader.practice.web.guard import Rates, RequestRefused, origin
from grader.practice.web.requests import Here, Sent, Teaches, Who
from grader.practice.web.responses import attachment, page, table
from grader.practice.web.sessions import TEACHER_COOKIE, TEACHER_SECONDS, grant_key
from question_bank.language.words import _
from question_bank.misconceptions import CATALOGUE, by_id
from question_bank.networks.notation import in_letters, plain_slot

router = APIRouter()
_HOUR = 3600.0
_LONGEST_TITLE = 80


async def require_teacher(teaches: Teaches) -> None:
    """Refuse whoever is not logged in as the teacher."""
    if not teaches:
        raise RequestRefused(403, _("This page is for the teacher. Log in at /teacher first."))


async def assignment_of(site: Here, assignment: str) -> OnlineAssignment:
    """The assignment that an address names."""
    if assignment not in site.assignments:
        raise RequestRefused(404, _("There is no such assignment."))
    return site.assignments[assignment]


def class_of(site: Here, code: str) -> Any:
    """The class that a join link leads to."""
    found = Classes(site.database).by_code(code)
    if found is None:
        raise RequestRefused(404, _("This join link leads to no class; ask your teacher for it again."))
    return found


TEACHER_ONLY = [Depends(require_teacher)]
Handed = Annotated[OnlineAssignment, Depends(assignment_of)]
Joining = Annotated[Any, Depends(class_of)]


@router.get("/teacher")
def teacher(request: Request, site: Here, teaches: Teaches) -> Response:
    """Classes and assignments, or the login form."""
    if not teaches:
        return page(request, "login.html", set_up=site.database.setting("teacher_password") is not None, wrong=False)
    return page(
        request,
        "teacher.html",
        classes=Classes(site.database).all(),
        assignments=site.assignments.values(),
        now=site.clock(),
        origin=str(request.base_url).rstrip("/"),
    )


@router.post("/teacher/login")
def login(request: Request, site: Here, visitor: Who, form: Sent) -> Response:
    """Log in with the password; how often one may guess is limited."""
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError

    passwords: Rates = request.app.state.passwords
    # A browser that knew the password once is counted by itself: nobody beside it can lock it out.
    known = site.grants.was_open(visitor.learner, TEACHER)
    if not passwords.take(f"{origin(request)} {visitor.learner}" if known else origin(request)):
        raise RequestRefused(429, _("Too many passwords were tried from here. Wait a minute."), wait=60)
    held = site.database.setting("teacher_password")
    try:
        right = held is not None and PasswordHasher().verify(held, form.get("password"))
    except (Argon2Error, InvalidHashError):
        right = False
    if held is None or not right:
        return page(request, "login.html", 403, set_up=held is not None, wrong=True)
    cookie, nonce = site.sessions.teacher_cookie(visitor)
    site.grants.open(visitor.learner, TEACHER, grant_key(nonce, held), site.clock())
    response = RedirectResponse("/teacher", status_code=303)
    response.set_cookie(
        TEACHER_COOKIE,
        cookie,
        max_age=TEACHER_SECONDS,
        httponly=True,
        samesite="strict",
        secure=site.sessions.secure,
        path="/teacher",
    )
    return response


@router.post("/teacher/logout")
def logout(site: Here, visitor: Who, form: Sent) -> Response:
    """Log out: the grant is revoked, so that no copy of the cookie opens anything any more."""
    site.grants.close(visitor.learner, TEACHER, site.clock())
    response = RedirectResponse("/teacher", status_code=303)
    response.delete_cookie(TEACHER_COOKIE, path="/teacher")
    return response


@router.post("/teacher/classes", dependencies=TEACHER_ONLY)
def create(site: Here, form: Sent) -> Response:
    """A new class."""
    title = form.get("title").strip()[:_LONGEST_TITLE]
    if not title:
        raise RequestRefused(422, _("A class needs a name."))
    return RedirectResponse(f"/teacher/class/{Classes(site.database).create(title, site.clock())}", status_code=303)


@router.get("/teacher/class/{classroom}", dependencies=TEACHER_ONLY)
def show(request: Request, site: Here, classroom: str, recipe: str = "") -> Response:
    """How a class is doing, now."""
    classes = Classes(site.database)
    found = classes.get(classroom)
    if found is None:
        raise RequestRefused(404, _("There is no such class."))
    now = site.clock()
    recipes = classes.recipes(classroom)
    chosen = recipe if recipe in recipes else (recipes[0] if recipes else "")
    known = by_id(CATALOGUE)
    return page(
        request,
        "classroom.html",
        classroom=found,
        link=f"{str(request.base_url).rstrip('/')}/join/{found.code}",
        recipes=recipes,
        chosen=chosen,
        picture=class_picture(chosen, classes.success(classroom, chosen)) if chosen else None,
        misconceptions=[
            {
                "count": count,
                "sentences": [in_letters(_(known[cause].instructor)) for cause in causes if cause in known][:3],
            }
            for causes, count in classes.misconceptions(classroom, now - _HOUR)
        ],
        stuck=[
            {"stuck": one, "step": plain_slot(one.step), "minutes": max(0, round((now - one.at) / 60))}
            for one in classes.stuck(classroom, now - _HOUR)
        ],
        titles={one.recipe: one.title for one in reversed(curriculum.lessons())},
        lessons={one.id: one.title for one in curriculum.lessons()},
    )


@router.get("/teacher/class/{classroom}/checks.csv", dependencies=TEACHER_ONLY)
def checks(site: Here, classroom: str) -> Response:
    """Every check of a class as a row."""
    columns = ("time", "student", "recipe", "slot", "skill", "what", "verdict", "misconceptions")
    rows = (
        [
            datetime.fromtimestamp(row.at, UTC).isoformat(timespec="seconds"),
            row.pseudonym,
            row.recipe,
            row.slot,
            BY_ID[row.skill].title,
            row.kind,
            "" if row.verdict is None else Verdict(row.verdict).word,
            row.causes,
        ]
        for row in Classes(site.database).rows(classroom)
    )
    return table("checks.csv", columns, rows)


@router.get("/teacher/assignment/{assignment}/submissions.csv", dependencies=TEACHER_ONLY)
def submissions(site: Here, assignment: Handed) -> Response:
    """What was handed in, as `gradpath grade` reads it."""
    text = submissions_csv(Online(site.database, assignment.id))
    return attachment(text.encode(), "text/csv; charset=utf-8", "online.csv")


@router.get("/teacher/assignment/{assignment}/links.csv", dependencies=TEACHER_ONLY)
def links(request: Request, assignment: Handed) -> Response:
    """Every student's own link."""
    origin = str(request.base_url).rstrip("/")
    rows = ([questions[0].student, sheet, f"{origin}/work/{sheet}"] for sheet, questions in assignment.by_sheet.items())
    return table("links.csv", ("student", "sheet", "link"), rows)


@router.get("/join/{code}")
def join(request: Request, visitor: Who, found: Joining) -> Response:
    """What joining a class means, before one does."""
    return page(request, "join.html", classroom=found, pseudonym=pseudonym(visitor.learner))


@router.post("/join/{code}")
def joined(site: Here, visitor: Who, form: Sent, found: Joining) -> Response:
    """Into the class, under a pseudonym."""
    site.plays.meet(visitor.learner, site.clock(), pseudonym=pseudonym(visitor.learner), classroom=found.id)
    return RedirectResponse("/", status_code=303)
