"""The server with real connections: idle ones keep nobody out, and a proxy's word is taken from a proxy only."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import Request

from grader.practice import connections
from grader.practice.connections import MOST_CONNECTIONS, TimedProtocol, most_connections
from grader.practice.learning.stock import Stock
from grader.practice.serving import Server, serve
from grader.practice.storage.database import open_database
from grader.practice.web.app import create_app
from grader.practice.web.site import PracticeSite
from question_bank.errors import InputError

PATIENCE = 30.0
"""Seconds: a busy machine is no failure."""
HALF = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "


@contextlib.contextmanager
def serving(folder: Path, application: Any = None, *, at_once: bool = True, **options: object) -> Iterator[int]:
    """The application behind the protocol that `gradpath practice` uses; gives the port."""
    database = open_database(f"sqlite:///{folder / 'a.db'}")
    application = application or create_app(PracticeSite(database, stock=Stock(batch=1)))
    config = uvicorn.Config(
        application,
        log_level="error",
        lifespan="off",
        http=TimedProtocol,
        ws="none",
        **options,  # type: ignore[arg-type]
    )
    running = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        running.should_exit = True
        running.force_exit = at_once
        thread.join(10)
        listening.close()
        database.close()


def asked(port: int, request: bytes = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n") -> bytes:
    """All that the server answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        answer = b""
        while data := connection.recv(65536):
            answer += data
    return answer


def is_closed(connection: socket.socket, within: float) -> bool:
    connection.settimeout(within)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def test_connections_that_never_finish_their_headers_keep_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # None is closed by itself meanwhile.
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 20 * PATIENCE)
    with serving(tmp_path) as port, contextlib.ExitStack() as held:
        slow = [held.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(1100)]
        for connection in slow:
            connection.sendall(HALF)
        assert asked(port).startswith(b"HTTP/1.1 200")
        # They made room in the order in which they came.
        assert is_closed(slow[0], PATIENCE)
        assert not is_closed(slow[-1], 0.01)


def test_a_request_must_be_whole_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.3)
    body = b"POST /new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nform_token="
    with serving(tmp_path) as port, contextlib.ExitStack() as held:
        for begun in (b"", HALF, body):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(begun)
            started = time.monotonic()
            # A byte now and then buys no time.
            while time.monotonic() - started < PATIENCE and begun:
                with contextlib.suppress(OSError):
                    connection.sendall(b"x")
                if is_closed(connection, 0.05):
                    break
            assert is_closed(connection, PATIENCE)


def test_between_requests_a_connection_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.5)
    request = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with serving(tmp_path) as port, socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        for sent, pause in ((request, 0.7), (request[:9], 0.0), (request[9:], 0.0), (request + request, 0.7)):
            connection.sendall(sent)
            time.sleep(pause)
        assert connection.recv(65536).count(b"HTTP/1.1 200") == 4
        connection.sendall(request[:9])
        assert is_closed(connection, PATIENCE)


def test_a_response_that_nobody_takes_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = b"x" * 30_000_000

    async def application(scope: object, receive: object, send: Callable[[object], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": large})

    def taken(after: float) -> int:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            time.sleep(after)
            count = 0
            with contextlib.suppress(ConnectionError):
                while data := connection.recv(1 << 20):
                    count += len(data)
        return count

    with serving(tmp_path, application) as port:
        assert taken(0) > len(large)
        monkeypatch.setattr(connections, "RESPONSE_SECONDS", 0.2)
        assert taken(1.5) < len(large)


def test_few_open_files_are_few_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    for files, most in ((1024, MOST_CONNECTIONS), (256, 156), (50, 10)):
        monkeypatch.setattr(connections, "_open_files", lambda files=files: files)
        assert most_connections() == most


def test_a_proxys_word_is_taken_from_a_proxy_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks through a proxy is counted by the address that the proxy names; nobody else's word counts."""
    head = b"GET /work/GUESS HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Forwarded-For: %s\r\n\r\n"
    seen: list[str] = []

    def origin(request: Request) -> str:
        assert request.client is not None
        seen.append(request.client.host)
        return "?"

    monkeypatch.setattr("grader.practice.web.online.origin", origin)
    for trusted, expected in (("127.0.0.1", "203.0.113.7"), ("10.9.9.9", "127.0.0.1")):
        seen.clear()
        with serving(tmp_path, proxy_headers=True, forwarded_allow_ips=[trusted]) as port:
            assert asked(port, head % b"198.51.100.1, 203.0.113.7").startswith(b"HTTP/1.1 404")
        assert set(seen) == {expected}


@pytest.mark.parametrize(
    ("server", "place"),
    [
        (Server(public="practice.example.org"), "--public"),
        (Server(public="https://practice.example.org/sub/"), "--public"),
        (Server(public="https://a@practice.example.org"), "--public"),
        (Server(public="ftp://practice.example.org"), "--public"),
        (Server(public="https://[::1"), "--public"),
        (Server(public="https://x:99999"), "--public"),
        (Server(proxies=("my-proxy",)), "--proxy"),
        (Server(proxies=("10.0.0.1/8/8",)), "--proxy"),
    ],
)
def test_an_address_that_cannot_be_meant(server: Server, place: str) -> None:
    with pytest.raises(InputError, match=place):
        serve(server, started=lambda address: None, browser=False)


def test_names_that_the_server_answers_to() -> None:
    assert "127.0.0.1" in Server().hosts
    assert Server(host="0.0.0.0").hosts == []
    behind = Server(public="https://practice.example.org:8443/").hosts
    assert "practice.example.org" in behind
    assert "127.0.0.1" in behind


def test_the_command_serves_on_a_free_port(tmp_path: Path) -> None:
    program = "from grader.commands import main; main()"
    options = ["practice", "--no-browser", "--database", f"sqlite:///{tmp_path}/c.db"]
    command = [sys.executable, "-u", "-c", program, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert address, said
        assert "Gradients, path by path" in httpx2.get(address[0], timeout=60).text
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_who_is_not_answered_before_the_end_is_told_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is stopped waits some seconds for those that it serves, and then for nobody."""
    taken, held = threading.Event(), threading.Event()

    def wait(*_: object, **__: object) -> None:
        taken.set()
        held.wait(PATIENCE)

    with serving(tmp_path, at_once=False, timeout_graceful_shutdown=1) as port:
        monkeypatch.setattr("grader.practice.web.learning.choose", wait)
        answers: list[bytes] = []
        asking = threading.Thread(target=lambda: answers.append(asked(port, HALF + b"\r\n\r\n")))
        asking.start()
        assert taken.wait(PATIENCE)
    held.set()
    asking.join(PATIENCE)
    assert answers[0].startswith(b"HTTP/1.1 503")
    assert b"retry-after: 5" in answers[0].lower()
    assert b"restarted" in answers[0]
