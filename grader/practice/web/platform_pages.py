"""The teacher's pages about learning platforms: what to paste where, who is registered, whose sheet is whose."""

from __future__ import annotations

import json
import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from grader.practice.lti.fetching import PlatformTrouble
from grader.practice.lti.registering import canvas_configuration, register_with, tool_addresses
from grader.practice.storage.assignments import OnlineAssignment
from grader.practice.storage.platforms import INVITATION_SECONDS, Platform, checked_platform
from grader.practice.web.guard import RequestRefused
from grader.practice.web.platform_launch import root_of
from grader.practice.web.requests import Here, PostedForm, Sent, Who
from grader.practice.web.responses import page
from grader.practice.web.site import PracticeSite
from grader.practice.web.teaching import TEACHER_ONLY, assignment_of
from question_bank.errors import InputError
from question_bank.language.words import N_, _

router = APIRouter()
_LONGEST = 1000
_FIELDS = {
    "issuer": N_("Issuer"),
    "client_id": N_("Client ID"),
    "sign_in": N_("Authentication request URL"),
    "token": N_("Access token URL"),
    "key_set": N_("Public keyset URL"),
    "sites": N_("The platform’s own address"),
    "deployments": N_("Deployment ID"),
}
_INVITATION = N_("This invitation was used already, or is too old. Make another one on the teacher’s page.")
_NOT_REGISTERED = N_("The platform could not be registered: {why}. Make another invitation, or fill in the form.")


@router.get("/teacher/platforms", dependencies=TEACHER_ONLY)
def platforms(request: Request, site: Here) -> Response:
    """What to paste where, and what is registered."""
    return _platforms(request, site)


def _platforms(
    request: Request,
    site: PracticeSite,
    status: int = 200,
    *,
    wrong: str = "",
    typed: Platform | None = None,
    on: str = "",
) -> Response:
    links = site.course_links
    return page(
        request,
        "platforms.html",
        status,
        own=tool_addresses(root_of(request)),
        root=root_of(request),
        secure=request.url.scheme == "https",
        platforms=site.platforms.all(),
        fields=_FIELDS,
        typed=typed,
        wrong=wrong,
        invitation=on,
        ties={name: sorted(links.ties(name)) for name in site.assignments},
        titles={name: one.assignment.title for name, one in site.assignments.items()},
        key=site.platforms.signing_key(site.clock())[0],
    )


@router.post("/teacher/platforms", dependencies=TEACHER_ONLY)
def register(request: Request, site: Here, form: Sent) -> Response:
    """Register a platform by what its administrator's page shows."""
    typed = _typed(form)
    try:
        checked = checked_platform(typed, near=site.options.near)
    except InputError as error:
        wrong = _("“{field}” is not what it should be.").format(field=_(_FIELDS.get(error.place or "", "?")))
        return _platforms(request, site, 422, wrong=wrong, typed=typed)
    site.platforms.save(checked, site.clock())
    return RedirectResponse("/teacher/platforms#registered", status_code=303)


def _typed(form: PostedForm) -> Platform:
    def text(name: str) -> str:
        return form.get(name, _LONGEST).strip()

    def several(name: str) -> tuple[str, ...]:
        return tuple(text(name).split())

    return Platform(
        title=(text("title") or text("issuer"))[:120],
        issuer=text("issuer"),
        client_id=text("client_id"),
        sign_in=text("sign_in"),
        token=text("token"),
        key_set=text("key_set"),
        audience=text("audience"),
        sites=tuple(site.rstrip("/") for site in several("sites")),
        deployments=several("deployments"),
    )


@router.post("/teacher/platforms/remove", dependencies=TEACHER_ONLY)
def remove(site: Here, form: Sent) -> Response:
    """Delete a registration."""
    if form.get("sure") == "yes":
        site.platforms.remove(form.get("platform"))
    return RedirectResponse("/teacher/platforms#registered", status_code=303)


@router.post("/teacher/platforms/deployment", dependencies=TEACHER_ONLY)
def deployment(site: Here, form: Sent) -> Response:
    """Register one more deployment of a platform."""
    name = form.get("deployment", 255).strip()
    if name and not any(sign.isspace() for sign in name):
        site.platforms.add_deployment(form.get("platform"), name)
    return RedirectResponse("/teacher/platforms#registered", status_code=303)


@router.post("/teacher/platforms/key", dependencies=TEACHER_ONLY)
def another_key(site: Here, form: Sent) -> Response:
    """Sign with a fresh key from now on."""
    site.platforms.new_key(site.clock())
    return RedirectResponse("/teacher/platforms#keys", status_code=303)


@router.post("/teacher/platforms/invitation", dependencies=TEACHER_ONLY)
def invite(request: Request, site: Here, form: Sent) -> Response:
    """Show an address by which a platform may register once."""
    ticket = site.platforms.give_ticket("invitation", site.clock())
    return _platforms(request, site, on=f"{root_of(request)}/lti/register/{ticket}")


Handed = Annotated[OnlineAssignment, Depends(assignment_of)]


@router.post("/teacher/platforms/release/{assignment}", dependencies=TEACHER_ONLY)
def release(site: Here, form: Sent, assignment: Handed) -> Response:
    """Untie a student's sheet from the account that opened it."""
    site.course_links.release(assignment.id, form.get("student"))
    return RedirectResponse("/teacher/platforms#ties", status_code=303)


@router.get("/lti/config.json")
def configuration(request: Request) -> Response:
    """What Canvas reads where an address is pasted into its developer key."""
    return Response(json.dumps(canvas_configuration(root_of(request)), indent=1), media_type="application/json")


@router.get("/lti/register/{ticket}")
def registered(
    request: Request,
    site: Here,
    visitor: Who,
    ticket: str,
    openid_configuration: str = "",
    registration_token: str = "",
) -> Response:
    """What a platform opens that registers by itself: tell it about us, and keep what it tells about itself."""
    if site.platforms.take_ticket("invitation", ticket, site.clock() - INVITATION_SECONDS) is None:
        raise RequestRefused(403, _(_INVITATION))
    try:
        found = register_with(root_of(request), openid_configuration, registration_token, site.fetcher)
    except (PlatformTrouble, InputError) as error:
        logging.getLogger("gradpath").warning("a platform is not registered: %s", error)
        raise RequestRefused(400, _(_NOT_REGISTERED).format(why=str(error)[:200])) from error
    site.platforms.save(found, site.clock())
    request.state.framed_by = found.origins
    request.state.tells_opener = True
    return page(request, "platform_registered.html", platform=found)
