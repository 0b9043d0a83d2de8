"""A practice site on a real port of this machine."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn

from grader.practice.web.app import create_app
from grader.practice.web.guard import Rates
from grader.practice.web.site import PracticeSite


@contextlib.contextmanager
def served(site: PracticeSite) -> Iterator[int]:
    """The port on which a site answers, without limits on how often it is asked; its database is closed at the end."""
    application = create_app(site)
    application.state.rates = application.state.crowd = application.state.passwords = Rates(1e6, 10**6)
    server = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off"))
    # Whoever connects before it serves waits until it does.
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=60)
        listening.close()
        site.database.close()
