"""The server that `gradpath practice` starts: one process for a person, several for a class.

The workers share nothing but the database, so any number of them serves it; whichever dies is started again.
"""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from grader.practice.connections import allow_open_files
from grader.practice.storage.assignments import open_assignment
from grader.practice.storage.database import open_database
from question_bank.errors import InputError
from question_bank.language.spoken import require_language
from question_bank.questions.notation_part import notation_of

if TYPE_CHECKING:
    from fastapi import FastAPI

    from grader.practice.web.site import PracticeSite
    from grader.practice.web.typing_pages import TypingSite

_ENVIRONMENT = "GRADPATH_PRACTICE"
_PROTOCOL = "grader.practice.connections:TimedProtocol"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ON_THIS_MACHINE = ("127.0.0.1", "::1")
_WAIT_SECONDS = 60.0
_TURN_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Server:
    """How to serve; port 0 is any free one.

    `language` is the code of all pages' language, None where each browser says its own.
    `public` is the address that students use where a proxy passes them on, `proxies` are the addresses of proxies whose
    X-Forwarded-For and X-Forwarded-Proto are believed: of those on this machine if none is named. Lessons are in the
    `notation`, a preset's name or a file. Learning platforms are on the public network, unless they are `near`.
    """

    host: str = "127.0.0.1"
    port: int = 0
    database: str | None = None
    workers: int = 1
    assignments: tuple[Path, ...] = ()
    secure: bool = False
    public: str | None = None
    proxies: tuple[str, ...] = ()
    language: str | None = None
    notation: str | None = None
    near_platforms: bool = False

    @property
    def behind_proxy(self) -> bool:
        """Whether somebody else's word about who asks is taken."""
        return self.secure or self.public is not None or bool(self.proxies)

    @property
    def hosts(self) -> list[str]:
        """The names that the server may be called by; none: any."""
        own = [*_LOOPBACK, "[::1]"]
        if self.public is not None:
            return [str(urlsplit(self.public).hostname), *own]
        return own if self.host in _LOOPBACK and not self.behind_proxy else []


def serve(server: Server, *, started: Callable[[str], None], browser: bool) -> None:
    """Serve until it is interrupted; `started` is told the address once pages come.

    Raises InputError where the port is taken, StorageError for a database that cannot be used.
    """
    import uvicorn

    server = _checked(server)
    notation_of(server.notation)
    # Here and not in the workers: one of them brings the schema up to date, and complaints come once.
    open_database(server.database).close()
    for folder in server.assignments:
        open_assignment(folder)
    listening = _listen(server)
    port = listening.getsockname()[1]
    shown = f"[{server.host}]" if ":" in server.host else server.host
    address = server.public or f"{'https' if server.secure else 'http'}://{shown}:{port}/"
    os.environ[_ENVIRONMENT] = json.dumps(
        {
            "database": server.database,
            "hosts": server.hosts,
            "assignments": [str(folder.resolve()) for folder in server.assignments],
            "secure": server.secure,
            "language": server.language,
            "class": server.workers > 1,
            "notation": server.notation,
            "near": server.near_platforms,
        }
    )
    config = uvicorn.Config(
        "grader.practice.serving:application",
        factory=True,
        host=server.host,
        port=port,
        workers=server.workers,
        log_level="warning",
        server_header=False,
        http=_PROTOCOL,
        ws="none",
        proxy_headers=server.behind_proxy,
        forwarded_allow_ips=list(server.proxies or _ON_THIS_MACHINE),
        timeout_keep_alive=65,
        timeout_graceful_shutdown=5,
    )
    allow_open_files()
    ready = threading.Thread(
        target=_when_ready, args=(f"http://{_reached_at(shown)}:{port}/health", address, started, browser), daemon=True
    )
    ready.start()
    if server.workers == 1:
        uvicorn.Server(config).run(sockets=[listening])
        return
    from uvicorn.supervisors import Multiprocess

    Multiprocess(config, sockets=[listening]).run()


def _checked(server: Server) -> Server:
    """The server as it will be; raises InputError for a language, a public address or a proxy that is none."""
    if server.language is not None:
        require_language(server.language)
    for proxy in server.proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            raise InputError(
                f"the proxy {proxy!r}",
                place="--proxy",
                expected="an address, such as 10.0.0.5 or 10.0.0.0/8",
            ) from None
    if server.public is None:
        return server
    try:
        parts = urlsplit(server.public)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise InputError(
            f"the address {server.public!r}", place="--public", expected="such as https://practice.example.org"
        )
    return replace(server, public=server.public.rstrip("/") + "/", secure=server.secure or parts.scheme == "https")


def serve_typing(site: TypingSite, port: int, *, started: Callable[[str], None], browser: bool) -> None:
    """Serve the pages for typing to this machine alone, until it is interrupted; InputError where the port is taken."""
    import uvicorn

    from grader.practice.web.typing_pages import address_with, create_typing_app

    listening = _listen(Server(port=port))
    root = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    config = uvicorn.Config(
        create_typing_app(site),
        log_level="warning",
        server_header=False,
        http=_PROTOCOL,
        ws="none",
        proxy_headers=False,
    )
    allow_open_files()
    shown = address_with(root, site.key)
    threading.Thread(target=_when_ready, args=(f"{root}health", shown, started, browser), daemon=True).start()
    uvicorn.Server(config).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    return host in _LOOPBACK


def _reached_at(host: str) -> str:
    """Where this machine finds a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)


def application() -> FastAPI:
    """What each worker runs."""
    from grader.practice.learning.drawing import DrawingProcess
    from grader.practice.learning.stock import Stock
    from grader.practice.lti.sending import keep_sending
    from grader.practice.web.app import create_app
    from grader.practice.web.site import Options, PracticeSite, open_assignments

    said = json.loads(os.environ[_ENVIRONMENT])
    folders = tuple(Path(folder) for folder in said["assignments"])
    options = Options(
        tuple(said["hosts"]), said["secure"], said["language"], notation_of(said["notation"]), said["near"]
    )
    database = open_database(said["database"], upgrade=False)
    stock = Stock(salt=database.secret, drawer=DrawingProcess())
    site = PracticeSite(database, options, stock=stock, assignments=open_assignments(folders))
    # The first page needs nearly all of it anyway, and would wait for it as long.
    site.renderer.compile()
    if said["class"]:
        # A class comes all at once, and other workers serve it while this one, begun anew, is not warm yet.
        site.warm_up()
    threading.Thread(target=_warm, args=(site, said["class"]), daemon=True, name="warm").start()
    keep_sending(site.sender)
    # Several requests are answered at a time: one that computes lets the others in after so many seconds.
    sys.setswitchinterval(_TURN_SECONDS)
    return create_app(site)


def _warm(site: PracticeSite, begun: bool) -> None:
    # Alone one gets a page at once; those of the first seconds only take longer.
    if not begun:
        site.warm_up()
    site.warm()


def _listen(server: Server) -> socket.socket:
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((server.host, server.port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise InputError(
            f"cannot listen on {server.host} port {server.port} ({getattr(error, 'strerror', None) or error})",
            place="--port",
            remedy="leave --port out for a free one, or stop what uses it",
        ) from error
    listening.set_inheritable(True)
    return listening


def _when_ready(health: str, address: str, started: Callable[[str], None], browser: bool) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < _WAIT_SECONDS:
        try:
            with urllib.request.urlopen(health, timeout=2):  # noqa: S310  an address of our own
                break
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    started(address)
    if browser:
        webbrowser.open(address)


def set_teacher_password(database: str | None, password: str) -> None:
    """Keep the hash of the teacher's password; raises InputError for one that is too short."""
    from argon2 import PasswordHasher

    if len(password) < 8:
        raise InputError("the teacher's password is too short", expected="at least 8 characters")
    opened = open_database(database)
    opened.set("teacher_password", PasswordHasher().hash(password))
    opened.close()
