"""Each request in the language that its browser asks for, or in the one that the server was started with."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from question_bank.language.spoken import accepted, speaking


class SpeaksTheReaders:
    """Sets the language around a request; `code` is that of all pages, None leaves it to the browser."""

    def __init__(self, app: ASGIApp, code: str | None = None) -> None:
        self._app, self._code = app, code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        code = self._code or accepted(Headers(scope=scope).get("accept-language", ""))
        # Where something goes wrong further out, the page that says so asks for it here.
        scope.setdefault("state", {})["language"] = code
        with speaking(code):
            await self._app(scope, receive, send)
