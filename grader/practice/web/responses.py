"""Pages and files as responses: whoever comes for the first time gets a cookie along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from grader.files.safe_names import spreadsheet_safe
from grader.files.tables import csv_text
from grader.practice.web.sessions import COOKIE, KEPT_SECONDS, Visitor
from grader.practice.web.site import PracticeSite


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A template as a page, with the form token that its forms carry."""
    site: PracticeSite = request.app.state.site
    visitor: Visitor = request.state.visitor
    sessions = site.sessions
    context |= {"here": request.url.path, "sheets": bool(site.assignments), "from_platform": bool(visitor.sites)}
    # What is drawn is named by its network.
    play = context.get("play")
    with nullcontext() if play is None else play.question.derivation.naming():
        html = site.renderer.page(template, form_token=sessions.form_token(visitor), **context)
    response = HTMLResponse(html, status_code=status)
    if visitor.fresh:
        response.set_cookie(
            COOKIE,
            sessions.cookie(visitor),
            max_age=KEPT_SECONDS,
            httponly=True,
            samesite="lax",
            secure=sessions.secure,
            path="/",
        )
    return response


def set_framed_cookie(
    request: Request, response: Response, name: str, value: str, seconds: int, path: str = "/"
) -> None:
    """Set a cookie that comes back within a frame on another site's page too, apart for each such site.

    Browsers keep it so over HTTPS, and from this machine itself; else it is one for windows of its own.
    """
    framed = request.url.scheme == "https" or request.url.hostname == "localhost"
    kept = "; Secure; SameSite=None; Partitioned" if framed else "; SameSite=Lax"
    response.headers.append("Set-Cookie", f"{name}={value}; Max-Age={seconds}; Path={path}; HttpOnly{kept}")


def table(name: str, columns: Sequence[str], rows: Iterable[Iterable[str]]) -> Response:
    """Rows as a file that people open in a spreadsheet."""
    text = csv_text([columns, *([spreadsheet_safe(cell) for cell in row] for row in rows)])
    return attachment(text.encode("utf-8-sig"), "text/csv; charset=utf-8", name)


def attachment(data: bytes, kind: str, name: str) -> Response:
    """A file to keep."""
    return Response(data, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
