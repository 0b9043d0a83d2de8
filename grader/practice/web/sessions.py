"""Who is there: a signed cookie that holds a random number and nothing else, and the token that forms carry."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

COOKIE = "gradpath"
TEACHER_COOKIE = "gradpath_teacher"
KEPT_SECONDS = 180 * 86_400
TEACHER_SECONDS = 12 * 3600
PLATFORM_COOKIE = "gradpath_platform"
"""Of whoever a learning platform has sent; it goes before the browser's own."""
PLATFORM_SECONDS = 12 * 3600
_LONGEST_PLATFORM_COOKIE = 3500
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser: `number` is known to it alone, `learner` is what the database calls it.

    Whoever a learning platform has sent has the same number wherever they come from it; its `sites` may frame pages.
    """

    number: str
    fresh: bool
    sites: tuple[str, ...] = ()

    @property
    def learner(self) -> str:
        """The learner's id: nobody who reads the database can make a cookie of it."""
        return hashlib.blake2b(self.number.encode(), digest_size=15, person=b"learner").hexdigest()


class Sessions:
    """Makes and reads the cookies."""

    def __init__(self, secret: str, *, secure: bool = False) -> None:
        self._secret = secret
        self._signer = URLSafeSerializer(secret, salt="gradpath.practice.visitor")
        self._teachers = URLSafeSerializer(secret, salt="gradpath.practice.teacher")
        self._sent = URLSafeSerializer(secret, salt="gradpath.practice.platform")
        self.secure = secure

    def visitor(self, cookie: str | None) -> Visitor:
        """Who a cookie belongs to; somebody new if it is missing or not ours."""
        if cookie and len(cookie) < 200:
            try:
                held = self._signer.loads(cookie)
            except BadSignature:
                held = None
            if isinstance(held, str):
                return Visitor(held, fresh=False)
        return Visitor(secrets.token_urlsafe(18), fresh=True)

    def cookie(self, visitor: Visitor) -> str:
        """The cookie's value."""
        return str(self._signer.dumps(visitor.number))

    def sent_by(self, platform: str, subject: str, sites: tuple[str, ...]) -> Visitor:
        """Whom a platform has sent, by the number that it calls them by: nobody else can come to be them."""
        digest = hmac.digest(self._secret.encode(), f"platform:{platform}:{subject}".encode(), "sha256")
        return Visitor(f"platform:{digest.hex()}", fresh=False, sites=sites)

    def platform_cookie(self, visitor: Visitor, now: float) -> str:
        """The cookie of somebody whom a platform has sent; it is good for so many hours."""
        return str(self._sent.dumps([visitor.number, int(now), *visitor.sites]))

    def sent_visitor(self, cookie: str | None, now: float) -> Visitor | None:
        """Whom a platform has sent, as the cookie says; None where it is missing, old or not ours."""
        if not cookie or len(cookie) > _LONGEST_PLATFORM_COOKIE:
            return None
        try:
            number, since, *sites = self._sent.loads(cookie)
        except (BadSignature, ValueError, TypeError):
            return None
        if not now - PLATFORM_SECONDS < since:
            return None
        return Visitor(number, fresh=False, sites=tuple(sites))

    def form_token(self, visitor: Visitor) -> str:
        """What a form of this visitor's must carry, so that no other site can send it.

        No two are alike: pages are compressed, and the sizes of many would tell a token that stays the same.
        """
        pad = secrets.token_bytes(_TOKEN_BYTES)
        return (pad + _masked(self._form_secret(visitor), pad)).hex()

    def form_token_holds(self, visitor: Visitor, token: str) -> bool:
        """Whether a form's token is the visitor's own."""
        try:
            sent = bytes.fromhex(token)
        except ValueError:
            return False
        pad, masked = sent[:_TOKEN_BYTES], sent[_TOKEN_BYTES:]
        return len(masked) == _TOKEN_BYTES and hmac.compare_digest(_masked(masked, pad), self._form_secret(visitor))

    def _form_secret(self, visitor: Visitor) -> bytes:
        return hmac.digest(self._secret.encode(), f"form:{visitor.number}".encode(), "sha256")

    def teacher_cookie(self, visitor: Visitor) -> tuple[str, str]:
        """A cookie for whoever knew the password, and the key by which the server knows it again."""
        nonce = secrets.token_urlsafe(18)
        return str(self._teachers.dumps([visitor.number, nonce])), nonce

    def teacher_nonce(self, visitor: Visitor, cookie: str | None) -> str | None:
        """What a teacher's cookie says, if it was made here and for this visitor."""
        if not cookie or len(cookie) > 400:
            return None
        try:
            number, nonce = self._teachers.loads(cookie)
        except (BadSignature, ValueError, TypeError):
            return None
        return nonce if number == visitor.number and isinstance(nonce, str) else None


def grant_key(*parts: str) -> str:
    """What is kept of a nonce and a password's hash, or of a PIN: nobody who reads the database can make a cookie."""
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=18, person=b"grant").hexdigest()


def _masked(data: bytes, pad: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(data, pad, strict=True))
