"""The web application: routes, and a page with the right status for everything that can go wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from grader.practice.learning.tokens import BadToken, ChangedSince
from grader.practice.storage.errors import StorageError
from grader.practice.web import learning, online, platform_launch, platform_pages, teaching
from grader.practice.web.guard import Guard, Rates, RequestRefused
from grader.practice.web.languages import SpeaksTheReaders
from grader.practice.web.rendering import FILES, file_bytes
from grader.practice.web.requests import known_visitor
from grader.practice.web.responses import page
from grader.practice.web.site import PracticeSite
from question_bank.language.spoken import speaking
from question_bank.language.words import ENGLISH_CODE, N_, _
from question_bank.networks.lettering import in_notation

_PER_SECOND, _AT_ONCE = 12.0, 60
_CROWD_PER_SECOND, _CROWD_AT_ONCE = 60.0, 600
_TRIES_A_SECOND, _TRIES_AT_ONCE = 1 / 6, 10
_CROWDS_TRIES_A_SECOND, _CROWDS_TRIES_AT_ONCE = 5.0, 300
_A_YEAR = 31_536_000
_WORTH_COMPRESSING = 800
_COMPRESSION = 6
_SECRETS = {"password", "pin"}
_TITLES = {
    400: N_("That did not work"),
    403: N_("Not from here"),
    404: N_("Nothing here"),
    405: N_("Not that way"),
    410: N_("No longer here"),
    413: N_("Too much at once"),
    415: N_("Not understood"),
    422: N_("Not understood"),
    429: N_("A moment, please"),
    500: N_("Our mistake"),
    503: N_("Not just now"),
    507: N_("No room left"),
}


def create_app(site: PracticeSite, monotonic: Callable[[], float] = time.monotonic) -> FastAPI:
    """The application for one site; `monotonic` tells the seconds that rate limits count."""

    @asynccontextmanager
    async def open_for_business(_: FastAPI) -> AsyncIterator[None]:
        yield
        site.stock.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, lifespan=open_for_business)
    app.state.site = site
    app.state.rates = Rates(_PER_SECOND, _AT_ONCE, monotonic)
    app.state.crowd = Rates(_CROWD_PER_SECOND, _CROWD_AT_ONCE, monotonic)
    app.state.passwords = Rates(_TRIES_A_SECOND, _TRIES_AT_ONCE, monotonic)
    app.state.wrong_ids = (
        Rates(_TRIES_A_SECOND, _TRIES_AT_ONCE, monotonic),
        Rates(_CROWDS_TRIES_A_SECOND, _CROWDS_TRIES_AT_ONCE, monotonic),
    )
    app.state.pins = Rates(_TRIES_A_SECOND, _TRIES_AT_ONCE, monotonic)
    for part in (learning, teaching, online, platform_launch, platform_pages):
        app.include_router(part.router, dependencies=[Depends(_in_its_words)])
    app.add_api_route("/files/{fingerprint}/{name}", _file, methods=["GET"])
    app.add_api_route("/health", _health, methods=["GET"])
    app.add_exception_handler(RequestRefused, _refused)
    app.add_exception_handler(BadToken, _bad_token)
    app.add_exception_handler(StorageError, _storage_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    for exhausted in (OSError, MemoryError):
        app.add_exception_handler(exhausted, _exhausted)
    app.add_exception_handler(Exception, _unexpected)
    # What a page holds and nobody else may guess by its compressed size (BREACH) is masked anew each time: `Sessions`.
    app.add_middleware(GZipMiddleware, minimum_size=_WORTH_COMPRESSING, compresslevel=_COMPRESSION)
    if site.options.hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(site.options.hosts), www_redirect=False)
    app.add_middleware(SpeaksTheReaders, code=site.options.language)
    app.add_middleware(Guard)
    return app


async def _in_its_words(request: Request) -> AsyncIterator[None]:
    """A request is answered in the notation of the site's lessons; about a sheet, in its language and notation."""
    site: PracticeSite = request.app.state.site
    assignment = site.of_sheet(request.path_params.get("sheet", ""))
    if assignment is None:
        with in_notation(site.options.notation):
            yield
        return
    request.state.language = site.language_of(assignment)
    with speaking(request.state.language), in_notation(assignment.notation):
        yield


def _file(fingerprint: str, name: str) -> Response:
    if name not in FILES:
        raise RequestRefused(404, _("There is no such file."))
    headers = {"Cache-Control": f"public, max-age={_A_YEAR}, immutable"}
    return Response(file_bytes(name), media_type=FILES[name][1], headers=headers)


def _health(request: Request) -> Response:
    site: PracticeSite = request.app.state.site
    return Response(site.database.secret and "ok", media_type="text/plain")


def _trouble(request: Request, status: int, reason: str, *, wait: int | None = None) -> Response:
    """A page that says what happened and what to do, in the language of the request; it needs no database."""
    with speaking(getattr(request.state, "language", ENGLISH_CODE)):
        return _trouble_said(request, status, reason, wait)


def _trouble_said(request: Request, status: int, reason: str, wait: int | None) -> Response:
    reason = _(reason)
    site: PracticeSite = request.app.state.site
    if not hasattr(request.state, "visitor"):
        try:
            request.state.visitor = known_visitor(request, site)
        except StorageError:
            html = site.renderer.page("trouble_plain.html", status=status, title=_title(status), reason=reason)
            return Response(html, status_code=status, media_type="text/html")
    again = _to_send_again(request) if status >= 500 else {}
    about = {"title": _title(status), "reason": reason, "code": status, "again": again}
    response = page(request, "trouble.html", status, action=quote(request.url.path), **about)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def _to_send_again(request: Request) -> Mapping[str, str]:
    """What an honest form brought, so that nothing typed is gone with the page; nothing if it held a secret."""
    posted: Mapping[str, str] = getattr(request.state, "posted", {})
    return {} if _SECRETS & posted.keys() else posted


def _title(status: int) -> str:
    return _(_TITLES.get(status, N_("That did not work")))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefused)
    return _trouble(request, error.status, error.reason, wait=error.wait)


def _bad_token(request: Request, error: Exception) -> Response:
    return _trouble(request, 410 if isinstance(error, ChangedSince) else 404, str(error))


def _storage_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StorageError)
    logging.getLogger("gradpath").error("%s %s: %s", request.method, request.url.path, error)
    return _trouble(request, error.status, error.on_a_page, wait=5)


def _exhausted(request: Request, error: Exception) -> Response:
    """No memory, no open file left, a file that cannot be read: of the machine, and perhaps soon over."""
    logging.getLogger("gradpath").error("%s %s", request.method, request.url.path, exc_info=error)
    return _trouble(request, 503, N_("The server has no room for this just now. Try again in a moment."), wait=5)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    reasons = {
        404: N_("This address leads nowhere."),
        405: N_("This address is there, but not for that kind of request."),
    }
    response = _trouble(request, error.status_code, reasons.get(error.status_code, str(error.detail)))
    response.headers.update(error.headers or {})
    return response


def _invalid(request: Request, error: Exception) -> Response:
    return _trouble(request, 400, N_("A part of the address or of the form is missing or is not what it should be."))


def _unexpected(request: Request, error: Exception) -> Response:
    return _trouble(request, 500, N_("Something went wrong on our side. What was saved is safe; try again."))
