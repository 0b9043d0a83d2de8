"""HTTP connections that nobody can hold open, so that no number of idle ones keeps anybody out.

uvicorn by itself waits for the end of a request as long as the connection lasts, and counts it among those that it
serves. Here a request must be whole within seconds and its response taken within minutes; and where there are too many
connections, the one that has been quiet longest makes room for the newest. A browser opens another when it needs one.
"""

from __future__ import annotations

import asyncio
import contextlib
from weakref import WeakKeyDictionary

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

REQUEST_SECONDS = 10.0
"""From a request's first byte, or the connection's beginning, to its last byte."""
RESPONSE_SECONDS = 120.0
"""From a request's last byte to the response's."""
MOST_CONNECTIONS = 900
"""So many at once in one process, if the system lets it open that many files."""
_OTHER_FILES = 100

_Quiet = dict["TimedProtocol", None]
_quiet_on: WeakKeyDictionary[asyncio.AbstractEventLoop, _Quiet] = WeakKeyDictionary()


class TimedProtocol(H11Protocol):
    """uvicorn's connection with a limit on its time, and a place in the order in which connections make room."""

    _limit: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin: the first request is awaited."""
        super().connection_made(transport)
        quiet = self._quiet()
        quiet[self] = None
        self._within(REQUEST_SECONDS)
        while len(self.connections) > most_connections() and len(quiet) > 1:
            longest = next(iter(quiet))
            longest.drop()
            # uvicorn hears of it a little later, and counts it until then.
            self.connections.discard(longest)

    def data_received(self, data: bytes) -> None:
        """Some of a request."""
        if self._limit is None:
            self._within(REQUEST_SECONDS)
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """The response is written, though perhaps not taken; the next request may be here already."""
        waiting = self.transport.get_write_buffer_size()
        super().on_response_complete()
        self._within(None)
        if waiting and self._taking is None:
            self._taking = self.loop.call_later(RESPONSE_SECONDS, self._drop_if_untaken)
        if not self.transport.is_closing():
            self._quiet()[self] = None
            self._look()

    def _drop_if_untaken(self) -> None:
        self._taking = None
        if self.transport.get_write_buffer_size():
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end."""
        self._within(None)
        if self._taking is not None:
            self._taking.cancel()
        self._quiet().pop(self, None)
        super().connection_lost(exc)

    def drop(self) -> None:
        """End it at once, whatever was still to be sent."""
        self._within(None)
        self._quiet().pop(self, None)
        self.transport.abort()

    def _look(self) -> None:
        """Set the limit by how far the request has come."""
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            quiet = self._quiet()
            if self in quiet and not cycle.more_body:
                del quiet[self]
                self._within(RESPONSE_SECONDS)
        elif self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            # Between two requests: uvicorn's own limit holds.
            self._within(None)
            if self.timeout_keep_alive_task is None and cycle is not None:
                self.timeout_keep_alive_task = self.loop.call_later(
                    self.timeout_keep_alive, self.timeout_keep_alive_handler
                )

    def _within(self, seconds: float | None) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = None if seconds is None else self.loop.call_later(seconds, self.drop)

    def _quiet(self) -> _Quiet:
        return _quiet_on.setdefault(self.loop, {})


def most_connections() -> int:
    """How many connections a process keeps, fewer where the system allows it few open files."""
    return max(10, min(MOST_CONNECTIONS, _open_files() - _OTHER_FILES))


def _open_files() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return MOST_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS + _OTHER_FILES if soft == resource.RLIM_INFINITY else soft


def allow_open_files() -> None:
    """Take as many open files as are needed and the system lets a process have."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST_CONNECTIONS + _OTHER_FILES
        if soft != resource.RLIM_INFINITY and soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
