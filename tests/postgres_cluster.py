"""A private PostgreSQL for a test run or a benchmark: its own folder and port, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, where Debian puts them or on the path; None if it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return Path(there).resolve().parent if there else None


@contextlib.contextmanager
def cluster(*settings: str) -> Iterator[str]:
    """A running cluster's URL; raises RuntimeError with PostgreSQL's own words if it does not start."""
    folder = programs()
    if folder is None:
        raise RuntimeError("PostgreSQL is not installed")
    home = Path(tempfile.mkdtemp(prefix="gradpath-postgres-"))
    # PostgreSQL refuses to run as root; Debian's package brings a user of its own.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(home, "postgres")

    def run(*command: str) -> None:
        done = subprocess.run([*as_user, *command], cwd=home, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stdout[-400:]}{done.stderr[-400:]}")

    data = home / "data"
    try:
        run(str(folder / "initdb"), "-D", str(data), "-U", "gradpath", "--auth=trust", "--no-sync", "-E", "UTF8")
        # Asked for last: the longer a port is free, the likelier somebody else takes it.
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200"
        for setting in settings:
            options += f" -c {setting}"
        run(str(folder / "pg_ctl"), "-D", str(data), "-l", str(home / "log"), "-w", "-o", options, "start")
        try:
            yield f"postgresql://gradpath@127.0.0.1:{port}/postgres"
        finally:
            run(str(folder / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
