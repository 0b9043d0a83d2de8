"""The message by which a platform sends somebody here: its signature and every claim checked, then taken apart.

By the 1EdTech Security Framework 1.0 (section 5.1.3) and LTI 1.3 (section 5): signed by a key of the registered
platform with RS256, meant for us, of now, for this sign-in, and of a deployment that is known.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.practice.lti.key_sets import KeySets
from grader.practice.storage.platforms import Platform, origin_of
from question_bank.errors import GradpathError
from question_bank.language.words import N_

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NAMES_AND_ROLES = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEMBERS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ALGORITHM = "RS256"
CHOICE = "gradpath"
"""The custom parameter that says what a link shows."""

_LONGEST_TOKEN = 48_000
_LONGEST = 255
_LEEWAY_SECONDS = 60
_OF_COURSES = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_LEADING = ("Instructor", "Administrator", "ContentDeveloper", "Manager")
"""Who leads a course, by LTI Core 1.3, appendix A.2.2; a teaching assistant is a sort of instructor there."""


class BadMessage(GradpathError):
    """A message that is not taken; its text is a sentence of the catalogues, `reason` is for the log."""

    def __init__(self, said: str, reason: str) -> None:
        self.reason = reason
        super().__init__(said)


_NOT_GENUINE = N_("The learning platform’s message could not be verified. Open the link in your course once more.")
_NOT_OURS = N_("The learning platform’s message was not meant for this server. Tell whoever set it up.")
_NO_DEPLOYMENT = N_("The learning platform’s deployment is not registered here. Tell whoever set it up.")
_NOT_KNOWN = N_("The learning platform asks for something that this server does not do.")
_ANONYMOUS = N_("The learning platform does not say who you are. Tell whoever set it up.")


@dataclass(frozen=True, slots=True)
class DeepLinkRequest:
    """Where the choice is sent, what goes along with it, and whether a column for marks may be asked for."""

    return_address: str
    data: str | None
    takes_links: bool
    takes_columns: bool


@dataclass(frozen=True, slots=True)
class LtiMessage:
    """A checked message: who came, from which link of which course, and what of the platform's services is there.

    `number` (of the person, in the institution) and `mail` are empty where the platform does not tell them; `chosen` is
    the custom parameter that says what the link shows.
    """

    platform: Platform
    deployment: str
    subject: str
    number: str
    mail: str
    leads: bool
    resource: str
    course: str
    target: str
    chosen: str
    line_item: str
    members: str
    deep_link: DeepLinkRequest | None


def read_message(token: str, platform: Platform, nonce: str, keys: KeySets) -> LtiMessage:
    """The message that a token holds; raises BadMessage for one that is not taken, PlatformTrouble without keys."""
    claims = _verified(token, platform, keys)
    if claims.get("nonce") != nonce:
        raise BadMessage(_NOT_GENUINE, "the nonce is not that of this sign-in")
    if claims.get(f"{CLAIM}version") != "1.3.0":
        raise BadMessage(_NOT_KNOWN, "the version is not 1.3.0")
    deployment = _text(claims, f"{CLAIM}deployment_id")
    if deployment not in platform.deployments:
        raise BadMessage(_NO_DEPLOYMENT, f"the deployment {deployment[:80]!r} is not registered for {platform.title}")
    kind = claims.get(f"{CLAIM}message_type")
    if kind not in ("LtiResourceLinkRequest", "LtiDeepLinkingRequest"):
        raise BadMessage(_NOT_KNOWN, f"the message is a {str(kind)[:60]!r}")
    subject = _text(claims, "sub")
    if not subject:
        raise BadMessage(_ANONYMOUS, "there is no sub")
    link = _table(claims, f"{CLAIM}resource_link")
    resource = _text(link, "id")
    if kind == "LtiResourceLinkRequest" and not resource:
        raise BadMessage(_NOT_KNOWN, "there is no resource_link")
    course = _table(claims, f"{CLAIM}context")
    return LtiMessage(
        platform=platform,
        deployment=deployment,
        subject=subject,
        number=_text(_table(claims, f"{CLAIM}lis"), "person_sourcedid"),
        mail="" if claims.get("email_verified") is False else _text(claims, "email"),
        leads=_leads(claims.get(f"{CLAIM}roles")),
        resource=resource,
        course=(_text(course, "title") or _text(course, "label") or _text(course, "id"))[:120],
        target=_text(claims, f"{CLAIM}target_link_uri", 2000),
        chosen=_text(_table(claims, f"{CLAIM}custom"), CHOICE)[:120],
        line_item=_own_address(platform, _scoring(_table(claims, GRADES)), "lineitem"),
        members=_own_address(platform, _table(claims, NAMES_AND_ROLES), "context_memberships_url"),
        deep_link=_deep_link(claims) if kind == "LtiDeepLinkingRequest" else None,
    )


def _verified(token: str, platform: Platform, keys: KeySets) -> dict[str, Any]:
    import jwt

    if len(token) > _LONGEST_TOKEN:
        raise BadMessage(_NOT_GENUINE, "the token is too long")
    try:
        head = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise BadMessage(_NOT_GENUINE, f"no token: {error}") from error
    name = head.get("kid")
    # Before a key is looked for: what the token says of its own algorithm is not to be believed.
    if head.get("alg") != ALGORITHM or not isinstance(name, str) or "crit" in head:
        raise BadMessage(_NOT_GENUINE, "it is not signed with RS256 by a named key")
    key = keys.key(platform, name)
    if key is None:
        raise BadMessage(_NOT_GENUINE, "the platform has no such key")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=platform.client_id,
            issuer=platform.issuer,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["iss", "aud", "exp", "iat", "nonce"]},
        )
    except (jwt.InvalidAudienceError, jwt.InvalidIssuerError) as error:
        raise BadMessage(_NOT_OURS, str(error)) from error
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadMessage(_NOT_GENUINE, str(error)) from error
    party = claims.get("azp")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if party != platform.client_id and (party is not None or several):
        raise BadMessage(_NOT_OURS, "the authorised party is somebody else")
    return claims


def _deep_link(claims: Mapping[str, Any]) -> DeepLinkRequest:
    asked = _table(claims, f"{DEEP_LINKING}deep_linking_settings")
    address = _text(asked, "deep_link_return_url", 4000)
    if not address.startswith(("https://", "http://")):
        raise BadMessage(_NOT_KNOWN, "deep linking without an address to return to")
    kinds = asked.get("accept_types")
    data = asked.get("data")
    return DeepLinkRequest(
        address,
        data if isinstance(data, str) else None,
        takes_links=isinstance(kinds, list) and "ltiResourceLink" in kinds,
        takes_columns=asked.get("accept_lineitem") is not False,
    )


def _leads(roles: object) -> bool:
    """Whether somebody leads the course: by a role in the course, not elsewhere in the institution."""
    listed = [each for each in roles if isinstance(each, str)] if isinstance(roles, list) else []
    in_course = [each.removeprefix(_OF_COURSES).lstrip("#/") for each in listed if each.startswith(_OF_COURSES)]
    # Short names are allowed for roles in the course.
    return any(each.partition("#")[0] in _LEADING for each in [*in_course, *(one for one in listed if ":" not in one)])


def _scoring(endpoint: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is said of the column for marks, if scores may be sent there."""
    scopes = endpoint.get("scope")
    return endpoint if isinstance(scopes, list) and SCORE_SCOPE in scopes else {}


def _own_address(platform: Platform, said: Mapping[str, Any], name: str) -> str:
    """An address of a service, if it is one of the platform's own: nothing else is ever asked for it."""
    address = _text(said, name, 2000)
    if address and not platform.has_address(address):
        logging.getLogger("gradpath").warning(
            "%s: its service at %s is not asked: name this as the platform's own address",
            platform.title,
            origin_of(address),
        )
        return ""
    return address


def _table(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = claims.get(name)
    return found if isinstance(found, dict) else {}


def _text(claims: Mapping[str, Any], name: str, longest: int = _LONGEST) -> str:
    """A claim that is text, of which a database can be asked; nothing if it is anything else, or too long."""
    found = claims.get(name)
    if not isinstance(found, str) or len(found) > longest or any("\ud800" <= sign <= "\udfff" for sign in found):
        return ""
    return found.replace("\x00", "")


def is_learner(roles: object) -> bool:
    """Whether a member of a course is one of its learners.

    >>> is_learner(["Learner"]), is_learner(["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"])
    (True, False)
    """
    listed = [each for each in roles if isinstance(each, str)] if isinstance(roles, list) else []
    return any(each.removeprefix(_OF_COURSES).lstrip("#/").partition("#")[0] == "Learner" for each in listed)
