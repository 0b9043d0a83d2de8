"""What a request says, read and checked once: the visitor, and the form with its token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from grader.practice.storage.grants import TEACHER
from grader.practice.web.guard import Rates, RequestRefused, origin
from grader.practice.web.sessions import (
    COOKIE,
    PLATFORM_COOKIE,
    TEACHER_COOKIE,
    TEACHER_SECONDS,
    Visitor,
    grant_key,
)
from grader.practice.web.site import PracticeSite
from question_bank.language.words import N_, _

MOST_FIELDS = 600
FORM_TOKEN = "form_token"
_TEACHERS = "/teacher"
_OUTDATED = N_(
    "This page is from before your visit began, or your browser keeps no cookies. Go back, load the page again and "
    "repeat the last step; what was saved is safe."
)


# What computes nothing to speak of is a coroutine: a plain function would be handed to another thread and back.
async def site_of(request: Request) -> PracticeSite:
    """The site that a request came to."""
    site: PracticeSite = request.app.state.site
    return site


def known_visitor(request: Request, site: PracticeSite) -> Visitor:
    """Whose cookie came: whom a learning platform has sent goes before whoever uses the browser otherwise.

    Pages may then be framed by that platform's; a teacher's never are, and know the browser alone.
    """
    if not request.url.path.startswith(_TEACHERS):
        sent = site.sessions.sent_visitor(request.cookies.get(PLATFORM_COOKIE), site.clock())
        if sent is not None:
            request.state.framed_by = sent.sites
            return sent
    return site.sessions.visitor(request.cookies.get(COOKIE))


async def visitor_of(request: Request) -> Visitor:
    """Who asks; somebody new where the cookie is missing or forged. Raises Refused where they ask too often."""
    site: PracticeSite = request.app.state.site
    visitor = known_visitor(request, site)
    request.state.visitor = visitor
    rates: Rates = request.app.state.rates
    crowd: Rates = request.app.state.crowd
    # A whole class may share one address, so newcomers are counted apart and more generously.
    if not (crowd.take(origin(request)) if visitor.fresh else rates.take(visitor.number)):
        raise RequestRefused(429, _("That was very fast. Wait a moment and try again; what was saved is safe."), wait=2)
    return visitor


Here = Annotated[PracticeSite, Depends(site_of)]
Who = Annotated[Visitor, Depends(visitor_of)]


@dataclass(frozen=True, slots=True)
class PostedForm:
    """A form's fields; of one that comes several times the last counts."""

    fields: Mapping[str, str]

    def get(self, name: str, longest: int = 200) -> str:
        """A field, empty if it did not come; raises Refused if it is longer than any honest one."""
        text = self.fields.get(name, "")
        if len(text) > longest:
            raise RequestRefused(
                422,
                _("The field {name} is longer than {count} characters.").format(name=repr(name[:40]), count=longest),
            )
        return text


async def form_of(request: Request, site: Here, visitor: Who) -> PostedForm:
    """The form that came, if it carries this visitor's token; raises Refused otherwise."""
    if getattr(request.state, "too_large", False):
        raise RequestRefused(413, _("That is more than any of these pages sends."))
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise RequestRefused(403, _("This form came from another site."))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise RequestRefused(415, _("Only the forms of these pages are understood."))
    try:
        body = await request.body()
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ClientDisconnect as error:
        raise RequestRefused(400, _("The form did not come in full.")) from error
    except UnicodeDecodeError as error:
        raise RequestRefused(400, _("The form is not written in UTF-8.")) from error
    except ValueError as error:
        raise RequestRefused(413, _("The form has more than {count} fields.").format(count=MOST_FIELDS)) from error
    fields = {name: text.replace("\x00", "") for name, text in pairs}
    if visitor.fresh or not site.sessions.form_token_holds(visitor, fields.pop(FORM_TOKEN, "")):
        raise RequestRefused(403, _(_OUTDATED))
    request.state.posted = fields
    return PostedForm(fields)


Sent = Annotated[PostedForm, Depends(form_of)]


def teacher_of(request: Request, site: Here, visitor: Who) -> bool:
    """Whether a teacher asks: with today's password, of today, and not logged out since."""
    nonce = site.sessions.teacher_nonce(visitor, request.cookies.get(TEACHER_COOKIE))
    password = site.database.setting("teacher_password") if nonce is not None else None
    if nonce is None or password is None:
        return False
    since = site.clock() - TEACHER_SECONDS
    return site.grants.is_open(visitor.learner, TEACHER, grant_key(nonce, password), since=since)


Teaches = Annotated[bool, Depends(teacher_of)]
