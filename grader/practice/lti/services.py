"""A platform's services: access to them, scores into the gradebook, the people of a course.

By the Security Framework 1.0 (section 4.1), Assignment and Grade Services 2.0 and Names and Role Provisioning 2.0.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from grader.practice.lti.fetching import Fetcher, PlatformAnswer, PlatformTrouble
from grader.practice.lti.id_tokens import MEMBERS_SCOPE, SCORE_SCOPE, is_learner
from grader.practice.lti.signing import signed_message
from grader.practice.storage.course_links import ScoreToSend
from grader.practice.storage.platforms import Platform, Platforms

_FORM = "application/x-www-form-urlencoded"
_SCORE = "application/vnd.ims.lis.v1.score+json"
_MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_MOST_PAGES, _A_PAGE = 100, 200
_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)
_LEAST_KEPT = 60.0


@dataclass(frozen=True, slots=True)
class CourseMember:
    """Somebody of a course, as the platform names them; what it keeps to itself is empty."""

    subject: str
    name: str
    mail: str
    number: str
    learns: bool


@dataclass(slots=True)
class PlatformServices:
    """One platform's services, asked with access that is got when it is needed; `clock`: seconds since 1970."""

    platform: Platform
    platforms: Platforms
    fetcher: Fetcher
    clock: Callable[[], float] = time.time
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict)

    def send_score(self, score: ScoreToSend) -> float:
        """Put a score into its column; returns its time stamp, later than the last one's. Raises PlatformTrouble."""
        # To the millisecond, and rising: a platform takes no score that is not later than the last.
        stamp = round(max(self.clock(), score.after + 0.002), 3)
        said = {
            "userId": score.subject,
            # The most that there is to earn is all that a platform takes; a bonus goes beyond it.
            "scoreGiven": min(max(score.given, 0.0), score.most),
            "scoreMaximum": score.most,
            # A score that comes without one takes an earlier comment away.
            "comment": score.comment,
            "timestamp": datetime.fromtimestamp(stamp, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
        }
        parts = urlsplit(score.link.line_item)
        address = parts._replace(path=f"{parts.path.rstrip('/')}/scores").geturl()
        self._ask(SCORE_SCOPE, address, json.dumps(said).encode(), {"Content-Type": _SCORE})
        return stamp

    def members(self, address: str) -> list[CourseMember]:
        """The active people of a course, page after page; raises PlatformTrouble."""
        return [*self._members(address)]

    def _members(self, address: str) -> Iterator[CourseMember]:
        parts = urlsplit(address)
        query = "&".join(filter(None, (parts.query, urlencode({"limit": _A_PAGE}))))
        page = parts._replace(query=query).geturl()
        for _ in range(_MOST_PAGES):
            answer = self._ask(MEMBERS_SCOPE, page, None, {"Accept": _MEMBERS})
            document = answer.json()
            listed = document.get("members") if isinstance(document, dict) else None
            if not isinstance(listed, list):
                raise PlatformTrouble("the platform's list of people is none")
            yield from (_member(one) for one in listed if isinstance(one, dict) and one.get("status") != "Inactive")
            following = _NEXT.search(answer.headers.get("link", ""))
            if following is None:
                return
            page = urljoin(page, following[1])
        raise PlatformTrouble("the platform's list of people does not end")

    def _ask(self, scope: str, address: str, body: bytes | None, headers: dict[str, str]) -> PlatformAnswer:
        if not self.platform.has_address(address):
            raise PlatformTrouble("the address is not one of the platform's")
        access = {"Authorization": f"Bearer {self._access(scope)}"}
        try:
            return self.fetcher.ask(address, body=body, headers={**headers, **access})
        except PlatformTrouble as trouble:
            if trouble.status == HTTPStatus.UNAUTHORIZED:
                # Access ended before its time: the next try gets another.
                self._tokens.pop(scope, None)
            raise

    def _access(self, scope: str) -> str:
        now = self.clock()
        token, until = self._tokens.get(scope, ("", 0.0))
        if now < until:
            return token
        platform = self.platform
        claims = {
            "iss": platform.client_id,
            "sub": platform.client_id,
            "aud": platform.audience or platform.token,
            "jti": secrets.token_urlsafe(18),
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": signed_message(self.platforms, claims, now),
            "scope": scope,
        }
        answer = self.fetcher.ask(platform.token, body=urlencode(form).encode(), headers={"Content-Type": _FORM}).json()
        found = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(found, str) or not found or not found.isascii() or not found.isprintable():
            raise PlatformTrouble("the platform gave no access")
        lasts = answer.get("expires_in")
        kept = float(lasts) if isinstance(lasts, int | float) else _LEAST_KEPT
        self._tokens[scope] = (found, now + kept - _LEAST_KEPT / 2)
        return found


def _member(said: dict[str, Any]) -> CourseMember:
    def text(name: str) -> str:
        found = said.get(name)
        return found.strip() if isinstance(found, str) and len(found) <= 255 else ""

    name = text("name") or " ".join(filter(None, (text("given_name"), text("family_name"))))
    return CourseMember(
        text("user_id"), name, text("email"), text("lis_person_sourcedid"), learns=is_learner(said.get("roles"))
    )
