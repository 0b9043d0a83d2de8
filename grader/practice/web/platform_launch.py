"""Where learning platforms send people: sign-in, launch, and the choice of what a link shows, by LTI 1.3."""

from __future__ import annotations

import hmac
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import ClientDisconnect

from grader.practice.learning import lessons as curriculum
from grader.practice.lti.fetching import PlatformTrouble
from grader.practice.lti.id_tokens import BadMessage, DeepLinkRequest, LtiMessage, read_message
from grader.practice.lti.matching import student_by
from grader.practice.lti.registering import content_item, tool_addresses
from grader.practice.lti.services import CourseMember, PlatformServices
from grader.practice.lti.signing import deep_link_answer, key_set
from grader.practice.storage.assignments import OnlineAssignment
from grader.practice.storage.course_links import ASSIGNMENT, LESSON, CourseLink
from grader.practice.storage.platforms import SIGN_IN_SECONDS, Platform, origin_of, ticket_hash
from grader.practice.web.guard import Rates, RequestRefused, origin
from grader.practice.web.learning import begun
from grader.practice.web.lesson_scores import LESSON_MARKS
from grader.practice.web.requests import MOST_FIELDS, Here, Sent, Who, known_visitor
from grader.practice.web.responses import page, set_framed_cookie, table
from grader.practice.web.sessions import PLATFORM_COOKIE, PLATFORM_SECONDS, Visitor, grant_key
from grader.practice.web.site import PracticeSite
from question_bank.errors import InputError
from question_bank.language.spoken import speaking
from question_bank.language.words import N_, _

router = APIRouter(prefix="/lti")
BROWSER_COOKIE = "gradpath_browser"
_BROWSER_SECONDS = 3600
_HINTS = ("iss", "client_id", "login_hint", "lti_message_hint", "target_link_uri", "lti_deployment_id")
_LONGEST_HINT = 5000
"""All of them together: signed and in an address they must pass a proxy, nginx's 8 kB."""
_CHOICE_SECONDS = 3600

_UNKNOWN = N_("This learning platform is not registered here. Tell whoever set it up.")
_ELSEWHERE = N_("This link leads to another address than this server’s. Tell whoever set it up.")
_OUTDATED = N_(
    "This sign-in was begun too long ago, in another browser, or twice. Open the link in your course once more."
)
_UNSAID = N_("The learning platform could not be asked just now. Try again in a moment.")
_UNCHOSEN = N_("This link does not show anything yet: your instructor has to open it first and choose.")
_GONE = N_("What this link shows is not here any more. Tell your instructor.")
_NOT_LISTED = N_(
    "Your account does not tell which sheet of this assignment is yours. Tell your instructor, who compares your "
    "number and e-mail address with the roster."
)
_TAKEN = N_("The sheet that seems to be yours was opened by another account. Tell your instructor, who can release it.")
_ONLY_LEADING = N_("This page is for whoever leads the course. Open the link in your course once more.")


async def _said(request: Request) -> Mapping[str, str]:
    """What came in the address or in a form that a platform's page has sent."""
    crowd: Rates = request.app.state.crowd
    if not crowd.take(origin(request)):
        raise RequestRefused(429, _("That was very fast. Wait a moment and try again; what was saved is safe."), wait=2)
    if request.method != "POST":
        return dict(request.query_params)
    if getattr(request.state, "too_large", False):
        raise RequestRefused(413, _("That is more than any of these pages sends."))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise RequestRefused(415, _("Only the forms of these pages are understood."))
    try:
        body = (await request.body()).decode("utf-8")
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except (ValueError, ClientDisconnect) as error:
        raise RequestRefused(400, _("The form did not come in full.")) from error


FromPlatform = Annotated[Mapping[str, str], Depends(_said)]


def root_of(request: Request) -> str:
    """This server's own address, without a slash at its end."""
    return str(request.base_url).rstrip("/")


@router.get("/keys.json")
def keys(site: Here, said: FromPlatform) -> Response:
    """Our public keys."""
    text = json.dumps(key_set(site.platforms, site.clock()))
    return Response(text, media_type="application/json", headers={"Cache-Control": "public, max-age=300"})


@router.api_route("/login", methods=["GET", "POST"])
def login(request: Request, site: Here, said: FromPlatform) -> Response:
    """Begin a sign-in that a platform asks for: see first whether this browser keeps a cookie for it."""
    _let_be_framed(request, site)
    _platform_of(site, said)
    target = said.get("target_link_uri", "")
    if target and not _is_ours(request, target):
        raise RequestRefused(400, _(_ELSEWHERE))
    hints = {name: said[name] for name in _HINTS if said.get(name)}
    if not hints.get("login_hint") or sum(map(len, hints.values())) > _LONGEST_HINT:
        raise RequestRefused(400, _("A part of the address or of the form is missing or is not what it should be."))
    browser = request.cookies.get(BROWSER_COOKIE, "")
    browser = browser if 20 <= len(browser) <= 60 and browser.isascii() else secrets.token_urlsafe(24)
    window = "1" if said.get("window") else ""
    on = _signer(site, "hints").dumps([ticket_hash(browser), int(site.clock()), window, hints])
    response = RedirectResponse(f"/lti/go?{urlencode({'on': on})}", status_code=303)
    set_framed_cookie(request, response, BROWSER_COOKIE, browser, _BROWSER_SECONDS, "/lti")
    return response


@router.get("/go")
def go(request: Request, site: Here, said: FromPlatform) -> Response:
    """Go on to the platform with a sign-in that this browser alone can end, or to a window of its own."""
    try:
        browser, since, window, hints = _signer(site, "hints").loads(said.get("on", ""))
    except (BadSignature, ValueError, TypeError) as error:
        raise RequestRefused(400, _(_OUTDATED)) from error
    if not site.clock() - SIGN_IN_SECONDS < since:
        raise RequestRefused(400, _(_OUTDATED))
    platform = _platform_of(site, hints)
    request.state.framed_by = platform.origins
    if not hmac.compare_digest(ticket_hash(request.cookies.get(BROWSER_COOKIE, "")), browser):
        request.state.visitor = known_visitor(request, site)
        request.state.framed_by = platform.origins
        again = "/lti/login?" + urlencode({**hints, "window": "1"})
        return page(request, "platform_window.html", again=again, window=bool(window), platform=platform.title)
    nonce = secrets.token_urlsafe(24)
    now = site.clock()
    state = site.platforms.give_ticket("sign-in", now, platform=platform.id, nonce=nonce, browser=browser)
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": tool_addresses(root_of(request))["launch"],
        "login_hint": hints["login_hint"],
        "state": state,
        "nonce": nonce,
        **({"lti_message_hint": hints["lti_message_hint"]} if "lti_message_hint" in hints else {}),
    }
    joint = "&" if "?" in platform.sign_in else "?"
    return RedirectResponse(f"{platform.sign_in}{joint}{urlencode(asked)}", status_code=303)


@router.post("/launch")
def launch(request: Request, site: Here, said: FromPlatform) -> Response:
    """End a sign-in: check the platform's message, and go to what it is about."""
    _let_be_framed(request, site)
    message = _checked(request, site, said)
    visitor = site.sessions.sent_by(message.platform.id, message.subject, message.platform.origins)
    request.state.visitor = visitor
    request.state.framed_by = visitor.sites
    now = site.clock()
    if message.deep_link is not None:
        response = _to_choose(request, site, visitor, message, message.deep_link)
    else:
        site.course_links.meet(message.platform.id, message.subject, visitor.learner, now)
        link = _link_of(request, site, message)
        response = _of_course(site, visitor, link) if message.leads else _of_student(site, visitor, message, link)
    set_framed_cookie(request, response, PLATFORM_COOKIE, site.sessions.platform_cookie(visitor, now), PLATFORM_SECONDS)
    return response


def _let_be_framed(request: Request, site: PracticeSite) -> None:
    """Let a page that says what went wrong be seen, whichever platform it is in: it holds nothing else."""
    request.state.framed_by = tuple(dict.fromkeys(each for one in site.platforms.all() for each in one.origins))


def _checked(request: Request, site: PracticeSite, said: Mapping[str, str]) -> LtiMessage:
    """The message, if this browser has begun the sign-in that it ends, not long ago, and it is the first to end it."""
    ticket = site.platforms.take_ticket("sign-in", said.get("state", ""), site.clock() - SIGN_IN_SECONDS)
    browser = ticket_hash(request.cookies.get(BROWSER_COOKIE, ""))
    if ticket is None or not hmac.compare_digest(browser, ticket.browser):
        raise RequestRefused(403, _(_OUTDATED))
    platform = site.platforms.get(ticket.platform)
    if platform is None:
        raise RequestRefused(404, _(_UNKNOWN))
    if "error" in said:
        logging.getLogger("gradpath").warning("%s refuses a sign-in: %.100r", platform.title, said["error"])
        raise RequestRefused(403, _("The learning platform refuses this sign-in. Log in there once more."))
    try:
        message = read_message(said.get("id_token", ""), platform, ticket.nonce, site.key_sets)
    except BadMessage as error:
        logging.getLogger("gradpath").warning("%s: a message is not taken: %s", platform.title, error.reason)
        raise RequestRefused(403, _(str(error))) from error
    except PlatformTrouble as error:
        logging.getLogger("gradpath").warning("%s: %s", platform.title, error)
        raise RequestRefused(503, _(_UNSAID), wait=60) from error
    if message.target and not _is_ours(request, message.target):
        raise RequestRefused(400, _(_ELSEWHERE))
    return message


def _platform_of(site: PracticeSite, said: Mapping[str, str]) -> Platform:
    found = site.platforms.find(said.get("iss", ""), said.get("client_id", ""))
    if found is None:
        raise RequestRefused(404, _(_UNKNOWN))
    return found


def _is_ours(request: Request, address: str) -> bool:
    """Whether an address is one of this server's. It is only looked at: nobody is ever sent to it."""
    return origin_of(address) == origin_of(root_of(request)) and urlsplit(address).path.startswith("/lti/launch")


def _signer(site: PracticeSite, what: str) -> URLSafeSerializer:
    return URLSafeSerializer(site.database.secret, salt=f"gradpath.practice.platform.{what}")


def _link_of(request: Request, site: PracticeSite, message: LtiMessage) -> CourseLink:
    return site.course_links.seen(
        message.platform.id,
        message.deployment,
        message.resource,
        site.clock(),
        shows=message.chosen if _exists(site, message.chosen) else "",
        course=message.course,
        line_item=message.line_item,
        members=message.members,
    )


def _exists(site: PracticeSite, shows: str) -> bool:
    kind, _other, name = shows.partition(":")
    if f"{kind}:" == LESSON:
        return curriculum.lesson(name) is not None
    return f"{kind}:" == ASSIGNMENT and name in site.assignments


def _of_student(site: PracticeSite, visitor: Visitor, message: LtiMessage, link: CourseLink) -> Response:
    """To the student's own sheet, or to a question of the lesson."""
    if not link.shows:
        raise RequestRefused(404, _(_UNCHOSEN))
    if not _exists(site, link.shows):
        raise RequestRefused(404, _(_GONE))
    if link.shows.startswith(LESSON):
        site.course_links.expect(link.id, visitor.learner)
        return RedirectResponse(f"/q/{_play_of(site, visitor, link.shows.removeprefix(LESSON))}", status_code=303)
    assignment = site.assignments[link.shows.removeprefix(ASSIGNMENT)]
    sheet = _own_sheet(site, visitor, message, assignment)
    site.course_links.expect(link.id, visitor.learner)
    return RedirectResponse(f"/work/{sheet}", status_code=303)


def _play_of(site: PracticeSite, visitor: Visitor, name: str) -> str:
    """The question of the lesson that one was at, or a fresh one."""
    for play in site.plays.recent(visitor.learner):
        if play.lesson == name and play.finished_at is None and play.revealed_at is None:
            return str(play.id)
    lesson = curriculum.lesson(name)
    assert lesson is not None  # it exists, as was asked before
    ref, question = site.stock.take(lesson)
    return begun(site, visitor, lesson.id, ref, question)


def _own_sheet(site: PracticeSite, visitor: Visitor, message: LtiMessage, assignment: OnlineAssignment) -> str:
    """The id of the sheet of whom the message is about; it is theirs from the first time on, and nobody else's."""
    links, person = site.course_links, visitor.learner
    with speaking(site.language_of(assignment)):
        student = links.tied_student(assignment.id, person)
        if student is None:
            try:
                found = student_by(assignment.ids, message.number, message.mail)
            except InputError as error:
                logging.getLogger("gradpath").error("%s", error)
                found = None
            if found is None:
                raise RequestRefused(403, _(_NOT_LISTED))
            student = assignment.stored_as(found)
            if links.tie(assignment.id, student, person, site.clock()) != "tied":
                raise RequestRefused(403, _(_TAKEN))
        sheet = assignment.sheet_of(student)
        if sheet is None:
            raise RequestRefused(404, _(_GONE))
    # Who comes by a platform has shown who they are: the sheet takes no PIN of them.
    pin = assignment.pin(assignment.by_sheet[sheet][0].student)
    if pin is not None:
        site.grants.open(person, sheet, grant_key(pin), site.clock())
    return sheet


# What whoever leads a course sees.


def _door_of(link: str) -> str:
    return f"course:{link}"


def _of_course(site: PracticeSite, visitor: Visitor, link: CourseLink) -> Response:
    site.grants.open(visitor.learner, _door_of(link.id), grant_key("course", link.id), site.clock())
    return RedirectResponse(f"/lti/course/{link.id}", status_code=303)


def led_link(site: Here, visitor: Who, link: str) -> CourseLink:
    """A link whose course the visitor leads; raises RequestRefused for anybody else."""
    since = site.clock() - PLATFORM_SECONDS
    found = site.course_links.get(link)
    is_open = site.grants.is_open(visitor.learner, _door_of(link), grant_key("course", link), since=since)
    if found is None or not visitor.sites or not is_open:
        raise RequestRefused(403, _(_ONLY_LEADING))
    return found


Led = Annotated[CourseLink, Depends(led_link)]


@router.get("/course/{link}")
def course(request: Request, site: Here, link: Led, people: int = 0) -> Response:
    """What a link shows, and how everybody's score stands; with the platform's list of people, if it is asked for."""
    shown = _shown(site, link.shows)
    assignment = site.assignments.get(link.shows.removeprefix(ASSIGNMENT)) if shown else None
    scores = site.course_links.scores(link.id)
    members = [one for one in _members(site, link) if one.learns] if people and link.members else None
    return page(
        request,
        "platform_course.html",
        link=link,
        shown=shown,
        choices=_choices(site),
        handed_out=None if assignment is None else len(assignment.by_sheet),
        opened=None if assignment is None else len(site.course_links.ties(assignment.id)),
        came=len(scores),
        in_gradebook=sum(one.given is not None and not one.waits and not one.trouble for one in scores),
        waiting=sum(one.waits for one in scores),
        troubles=sorted({one.trouble for one in scores if one.trouble}),
        members=None if members is None else len(members),
        strangers=_strangers(assignment, members) if assignment and members is not None else [],
        absent=_absent(assignment, members) if assignment and members is not None else [],
    )


@router.post("/course/{link}")
def choose_here(site: Here, form: Sent, link: Led) -> Response:
    """Let a link show something."""
    shows = form.get("shows")
    if not _exists(site, shows):
        raise RequestRefused(422, _("Choose what the link is to show."))
    site.course_links.choose(link.id, shows)
    return RedirectResponse(f"/lti/course/{link.id}", status_code=303)


@router.get("/course/{link}/roster.csv")
def roster(site: Here, link: Led) -> Response:
    """The learners of the course as a roster."""
    rows = (
        [one.number or one.mail, one.name, one.mail]
        for one in _members(site, link)
        if one.learns and (one.number or one.mail)
    )
    return table("roster.csv", ("id", "name", "email"), rows)


def _members(site: PracticeSite, link: CourseLink) -> list[CourseMember]:
    platform = site.platforms.get(link.platform)
    if platform is None or not link.members:
        raise RequestRefused(404, _("The learning platform does not tell who is in this course."))
    try:
        return PlatformServices(platform, site.platforms, site.fetcher, site.clock).members(link.members)
    except PlatformTrouble as error:
        logging.getLogger("gradpath").warning("%s: %s", platform.title, error)
        raise RequestRefused(503, _(_UNSAID), wait=60) from error


def _strangers(assignment: OnlineAssignment, members: list[CourseMember]) -> list[str]:
    """Members of the course to whom no sheet belongs."""
    return [one.name or one.mail for one in members if student_by(assignment.ids, one.number, one.mail) is None]


def _absent(assignment: OnlineAssignment, members: list[CourseMember]) -> list[str]:
    """Students with a sheet who are no members of the course."""
    there = {student_by(assignment.ids, one.number, one.mail) for one in members}
    return [student for student in assignment.questions.by_student() if student not in there]


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """What a link can show; nothing is said `about` an assignment."""

    shows: str
    title: str
    about: str = ""


def _choices(site: PracticeSite) -> list[LinkChoice]:
    assignments = [LinkChoice(f"{ASSIGNMENT}{name}", one.assignment.title) for name, one in site.assignments.items()]
    lessons = [LinkChoice(f"{LESSON}{one.id}", _(one.title), _(one.description)) for one in curriculum.lessons()]
    return [*assignments, *lessons]


def _shown(site: PracticeSite, shows: str) -> str:
    """The title of what a link shows, empty where that is nothing."""
    return next((one.title for one in _choices(site) if one.shows == shows), "")


def _to_choose(
    request: Request, site: PracticeSite, visitor: Visitor, message: LtiMessage, asked: DeepLinkRequest
) -> Response:
    """The page to choose a link on, for a platform that asks for one."""
    if not message.leads:
        raise RequestRefused(403, _(_ONLY_LEADING))
    if not asked.takes_links:
        raise RequestRefused(400, _("The learning platform does not take links here."))
    held = [visitor.learner, int(site.clock()), message.platform.id, message.deployment, asked.return_address]
    token = _signer(site, "choice").dumps([*held, asked.data, asked.takes_columns])
    return page(request, "platform_choose.html", choices=_choices(site), on=token)


@router.post("/choose")
def choose(request: Request, site: Here, visitor: Who, form: Sent) -> Response:
    """Send the choice to the platform, which makes the link."""
    try:
        learner, since, name, deployment, address, data, columns = _signer(site, "choice").loads(form.get("on", 40_000))
    except (BadSignature, ValueError, TypeError) as error:
        raise RequestRefused(400, _(_OUTDATED)) from error
    now = site.clock()
    platform = site.platforms.get(name)
    if platform is None or learner != visitor.learner or not now - _CHOICE_SECONDS < since:
        raise RequestRefused(403, _(_OUTDATED))
    shows = form.get("shows")
    title = _shown(site, shows)
    if not title:
        raise RequestRefused(422, _("Choose what the link is to show."))
    most = _most(site, shows) if columns and form.get("marks") == "yes" else None
    items = [content_item(root_of(request), shows, title, most)]
    asked = DeepLinkRequest(address, data, takes_links=True, takes_columns=columns)
    token = deep_link_answer(site.platforms, platform, deployment, asked, items, now)
    request.state.form_goes_to = origin_of(address)
    return page(request, "platform_chosen.html", address=address, token=token, title=title)


def _most(site: PracticeSite, shows: str) -> float:
    if shows.startswith(LESSON):
        return LESSON_MARKS
    assignment = site.assignments[shows.removeprefix(ASSIGNMENT)]
    first = next(iter(assignment.by_sheet.values()))
    return float(sum(handed.marks for handed in first))


@router.post("/leave")
def leave(request: Request, visitor: Who, form: Sent) -> Response:
    """End the visit from a platform on this browser."""
    response = page(request, "platform_left.html")
    set_framed_cookie(request, response, PLATFORM_COOKIE, "", 0)
    return response
