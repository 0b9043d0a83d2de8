"""What every request passes and every response gets: bounded bodies, bounded rates, strict headers, HEAD as GET."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from question_bank.language.spoken import speaking
from question_bank.language.words import ENGLISH_CODE, N_, _

LARGEST_BODY = 64_000
_CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ENDS = N_("The server is being restarted. What was saved is safe; try again in a moment.")
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


_MOST_CALLERS = 20_000
"""Of whom it is remembered what they did; the one that was quiet longest is forgotten."""


def _open_for(state: Mapping[str, Any], headers: MutableHeaders) -> None:
    """Let a platform's page frame this one, take its form or hear of it, where whoever answered the request said so."""
    sites, goes_to = state.get("framed_by", ()), state.get("form_goes_to", "")
    if state.get("tells_opener", False):
        headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    if sites:
        del headers["X-Frame-Options"]
    policy = headers["Content-Security-Policy"]
    policy = policy.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(sites)}") if sites else policy
    policy = policy.replace("form-action 'self'", f"form-action 'self' {goes_to}") if goes_to else policy
    headers["Content-Security-Policy"] = policy


class RequestRefused(Exception):
    """A request that is turned away: the status and what to tell the person."""

    def __init__(self, status: int, reason: str, *, wait: int | None = None) -> None:
        self.status = status
        self.reason = reason
        self.wait = wait
        super().__init__(reason)


def origin(request: HTTPConnection) -> str:
    """Where a request comes from, for counting: an address, of IPv6 the network of one household."""
    host = request.client.host if request.client else "?"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host


class Rates:
    """Token buckets: each caller may do `burst` things at once and `rate` a second after that."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> bool:
        """Whether the caller may go on now."""
        now = self._clock()
        level, since = self._buckets.pop(who, (float(self._burst), now))
        level = min(float(self._burst), level + (now - since) * self._rate)
        allowed = level >= 1.0
        self._buckets[who] = (level - 1.0 if allowed else level, now)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        return allowed


class Guard:
    """The outermost layer: refuses what is too large, by its declared length and by its real one, and adds headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        too_large = not re.fullmatch("[0-9]{1,9}", declared) or int(declared) > LARGEST_BODY
        scope.setdefault("state", {})["too_large"] = too_large
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise RequestRefused(413, _("That is more than any of these pages sends."))
            return message

        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                _open_for(scope["state"], headers)
                headers.setdefault("Cache-Control", "no-store")
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # No database takes it, and no address of ours has it.
        for part in ("path", "query_string"):
            nul, other = ("\x00", "\ufffd") if part == "path" else (b"%00", b"%EF%BF%BD")
            scope = {**scope, part: scope[part].replace(nul, other)}
        # Whoever asks for the head of a page gets that of the page, whatever route answers it.
        head = scope["method"] == "HEAD"
        try:
            await self._app({**scope, "method": "GET"} if head else scope, bounded, with_headers)
        except asyncio.CancelledError:
            # The server ends and has waited as long as it may.
            if begun:
                raise
            with speaking(scope["state"].get("language", ENGLISH_CODE)):
                said = _(_ENDS)
            response = PlainTextResponse(f"{said}\n", status_code=503, headers={"Retry-After": "5"})
            await response(scope, bounded, with_headers)
