"""Pages on which an instructor types what was written by hand: a question's boxes, its drawing beside them.

A page is a list of boxes, each with its value and room for a picture: of a sheet on paper there is none, of a scan it
is what was written there. Only this machine is served, and on it only the browser that was opened with the key.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from grader.assignments.question_set import HandedQuestion
from grader.assignments.student_ids import StudentIds
from grader.practice.learning import tutor
from grader.practice.learning.tutor import Entry, Play
from grader.practice.web.guard import Guard, RequestRefused
from grader.practice.web.languages import SpeaksTheReaders
from grader.practice.web.question_page import SlotOnPage, question_context, slot_views
from grader.practice.web.rendering import FILES, Renderer, file_bytes
from grader.submissions.typing_desk import TypingDesk
from question_bank.errors import InputError
from question_bank.language.words import _
from question_bank.networks.lettering import in_notation
from question_bank.networks.notations import OWN, Notation
from question_bank.questions.question import Question

COOKIE = "gradpath_typing"
_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
_LONGEST = 10_000
_MOST_BOXES = 600


@dataclass(frozen=True, slots=True)
class TypedBox:
    """A box of the list: where it stands, what is in it, and, of a scan, a picture of what was written (`data:`)."""

    slot: SlotOnPage
    value: str
    picture: str = ""


@dataclass(frozen=True)
class TypingSite:
    """What is typed, where it goes, the key that the browser is opened with, the sheets' language and their letters."""

    title: str
    questions: Sequence[HandedQuestion]
    names: Mapping[str, str]
    ids: StudentIds
    desk: TypingDesk
    key: str
    language: str = "en"
    notation: Notation = OWN
    renderer: Renderer = field(default_factory=Renderer)

    def find(self, written: str) -> int | None:
        """The number of the page, from 1, on which a sheet begins, by its id or its student's."""
        plain = "-".join(written.upper().replace("-", " ").split())
        student = self.ids.find(written).student
        return next(
            (
                number
                for number, one in enumerate(self.questions, 1)
                if one.sheet_id == plain or (student is not None and one.student == student)
            ),
            None,
        )


def create_typing_app(site: TypingSite) -> FastAPI:
    """The application for one folder."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.typing = site
    app.add_api_route("/", _start, methods=["GET"])
    app.add_api_route("/find", _find, methods=["GET"])
    app.add_api_route("/boxes/{number}", _boxes, methods=["GET"])
    app.add_api_route("/boxes/{number}", _save, methods=["POST"])
    app.add_api_route("/files/{fingerprint}/{name}", _file, methods=["GET"])
    app.add_api_route("/health", _health, methods=["GET"])
    app.add_exception_handler(RequestRefused, _refused)
    app.add_exception_handler(InputError, _in_use)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS, www_redirect=False)
    app.add_middleware(SpeaksTheReaders, code=site.language)
    app.add_middleware(Guard)
    return app


def _site(request: Request) -> TypingSite:
    """The site; raises RequestRefused for whoever was not let in, and for what another site's page sends."""
    site: TypingSite = request.app.state.typing
    if not hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), site.key.encode()):
        raise RequestRefused(403, _("Open this page by the address that gradpath typing has printed."))
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise RequestRefused(403, _("Another site's page cannot do this."))
    return site


def _start(request: Request, key: str = "") -> Response:
    """Let the browser in that has the key; the first page of which a box is empty."""
    site: TypingSite = request.app.state.typing
    if key:
        if not hmac.compare_digest(key.encode(), site.key.encode()):
            raise RequestRefused(403, _("The key is another one: gradpath typing prints a new address each time."))
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(COOKIE, key, httponly=True, samesite="strict", path="/")
        return response
    site = _site(request)
    typed = site.desk.typed()
    number = next(
        (
            number
            for number, one in enumerate(site.questions, 1)
            if not all(typed.get((one.student, one.question, name), "").strip() for name in one.slots.names)
        ),
        1,
    )
    return RedirectResponse(f"/boxes/{number}", status_code=303)


def _find(request: Request, sheet: str = "") -> Response:
    site = _site(request)
    number = site.find(sheet[:100].strip())
    if number is None:
        return _page(request, site, 1, status=404, unknown=sheet[:100])
    return RedirectResponse(f"/boxes/{number}", status_code=303)


def _boxes(request: Request, number: int) -> Response:
    return _page(request, _site(request), number)


def _page(request: Request, site: TypingSite, number: int, status: int = 200, unknown: str = "") -> Response:
    if not 1 <= number <= len(site.questions):
        raise RequestRefused(404, _("There is no such page."))
    handed = site.questions[number - 1]
    question = handed.solved()
    with in_notation(site.notation), question.derivation.naming():
        html = site.renderer.page("typing.html", **_context(site, handed, question, number), unknown=unknown)
    return HTMLResponse(html, status_code=status)


def _context(site: TypingSite, handed: HandedQuestion, question: Question, number: int) -> dict[str, Any]:
    typed = site.desk.typed()
    mine = {name: typed.get((handed.student, handed.question, name), "") for name in handed.slots.names}
    fresh = tutor.begin(question)
    entries = {name: Entry(response=text) for name, text in mine.items() if name in fresh.asked}
    play = Play(fresh.question, fresh.asked, MappingProxyType(entries))
    views = slot_views(play)
    whole = len(site.desk.boxes)
    return {
        **question_context(play),
        "title": site.title,
        "handed": handed,
        "name": site.names.get(handed.student, ""),
        "boxes": [TypedBox(views[name], mine[name]) for name in handed.slots.names if name in views],
        "number": number,
        "of": len(site.questions),
        "filled": sum(bool(text.strip()) for text in typed.values()),
        "whole": whole,
    }


async def _save(request: Request, number: int) -> Response:
    """Keep the boxes that come; a page without scripts is sent on to the next question."""
    site = _site(request)
    if not 1 <= number <= len(site.questions):
        raise RequestRefused(404, _("There is no such page."))
    handed = site.questions[number - 1]
    try:
        pairs = parse_qsl((await request.body()).decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_BOXES)
    except ValueError as error:
        raise RequestRefused(422, _("That is no form of this page.")) from error
    answers = {(handed.student, handed.question, name[2:]): text for name, text in pairs if name.startswith("s:")}
    if any(box not in site.desk.boxes or len(text) > _LONGEST for box, text in answers.items()):
        raise RequestRefused(422, _("There is no such box, or no number is as long."))
    site.desk.put(answers)
    if request.headers.get("accept", "").startswith("application/json"):
        return JSONResponse({"saved": len(answers)})
    return RedirectResponse(f"/boxes/{min(number + 1, len(site.questions))}", status_code=303)


def _file(fingerprint: str, name: str) -> Response:
    if name not in FILES:
        raise RequestRefused(404, _("There is no such file."))
    return Response(file_bytes(name), media_type=FILES[name][1])


def _health() -> Response:
    return Response("ok", media_type="text/plain")


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefused)
    return Response(f"{error.reason}\n", status_code=error.status, media_type="text/plain; charset=utf-8")


def _in_use(request: Request, error: Exception) -> Response:
    """The table cannot be read or written just now: what was typed is still in the page."""
    said = _("Not saved, and still in the page: {why}").format(why=error)
    return Response(f"{said}\n", status_code=HTTPStatus.SERVICE_UNAVAILABLE, media_type="text/plain; charset=utf-8")


def address_with(address: str, key: str) -> str:
    """The address that lets a browser in."""
    return f"{address}?key={quote(key)}"
