"""The files of examples/deploy: nginx and Caddy before a real server, what systemd says of the unit, the container."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from grader.practice.serving import set_teacher_password

ROOT = Path(__file__).resolve().parents[3]
FILES = ROOT / "examples" / "deploy"
NAME = "practice.example.org"
PASSWORD = "correct horse battery"

needs_files = pytest.mark.skipif(not FILES.is_dir(), reason="an installation carries no examples/deploy")
pytestmark = needs_files


def needs(program: str) -> pytest.MarkDecorator:
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    return pytest.mark.skipif(found is None, reason=f"{program} is not installed (Debian: apt-get install {program})")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def reached(port: int, within: float = 30.0) -> None:
    until = time.monotonic() + within
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


@contextlib.contextmanager
def running(*command: str | Path, **options: object) -> Iterator[None]:
    process = subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    chain, key = folder / "fullchain.pem", folder / "privkey.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=practice.example.org"
    names = ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(key), "-out", str(chain)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return chain, key


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """`gradpath practice --public` as it is run behind a proxy: its port and its database."""
    file = tmp_path_factory.mktemp("practice") / "practice.db"
    set_teacher_password(f"sqlite:///{file}", PASSWORD)
    port = free_port()
    # Connections that send nothing are not closed by themselves as long as it is tried.
    code = (
        "from grader.practice import connections; connections.REQUEST_SECONDS = 600; from grader.commands import main"
    )
    program = [sys.executable, "-c", f"{code}; main()", "practice", "--no-browser"]
    options = ["--port", str(port), "--public", f"https://{NAME}", "--database", f"sqlite:///{file}"]
    with running(*program, *options, stdout=subprocess.DEVNULL):
        reached(port, 60)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(httpx2.HTTPError):
                if httpx2.get(f"http://127.0.0.1:{port}/health", timeout=30).status_code == 200:
                    break
            time.sleep(0.1)
        yield port, file


def behind(proxy: int, chain: Path, address: str) -> httpx2.Client:
    """A browser at an address that finds the name at the proxy; certificates are checked."""
    import ssl

    trusted = ssl.create_default_context(cafile=str(chain))

    class Here(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            where = request.url.copy_with(host="127.0.0.1", port=proxy)
            headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"host"]
            there = httpx2.Request(
                request.method,
                where,
                headers=[(b"Host", NAME.encode()), *headers],
                content=request.read(),
                extensions={**request.extensions, "sni_hostname": NAME},
            )
            return super().handle_request(there)

    return httpx2.Client(transport=Here(verify=trusted, local_address=address), base_url=f"https://{NAME}", timeout=30)


def works_behind(proxy: int, chain: Path, network: str) -> None:
    """Cookies, redirects, the client's address, the bounds: as a student and a teacher meet them."""
    # What a client says of its own address is not what it is counted by.
    with behind(proxy, chain, f"{network}.1") as client:
        client.get("/")
        statuses = [
            client.get(f"/work/GUESS-{n}", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(20)
        ]
        assert statuses[:10] == [404] * 10
        assert 429 in statuses
    # Whoever comes from elsewhere through the same proxy is not locked out with them.
    with behind(proxy, chain, f"{network}.2") as client:
        page = client.get("/")
        assert page.status_code == 200
        assert client.get("/work/GUESS-1").status_code == 404
        cookie = page.headers["set-cookie"]
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert page.headers["strict-transport-security"]
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)
        assert token is not None
        form = {"form_token": token[1]}
        sent = client.post("/new", data=form | {"lesson": "local"})
        assert sent.status_code == 303
        # The way leads on to where one came from, and never to the server behind the proxy.
        assert sent.headers["location"].startswith("/q/")
        question = client.get(sent.headers["location"])
        assert question.status_code == 200
        client.get("/teacher")
        entered = client.post("/teacher/login", data=form | {"password": PASSWORD}, follow_redirects=True)
        assert "Log out" in entered.text
        client.post("/teacher/classes", data=form | {"title": "Mine"})
        made = client.get("/teacher").text
        room = re.search(r'href="(/teacher/class/[^"]+)"', made)
        assert room is not None
        assert f"https://{NAME}/join/" in client.get(room[1]).text
        assert client.post("/new", data=form | {"lesson": "x" * 70_000}).status_code == 413


@pytest.mark.slow
def test_idle_connections_keep_nobody_out(practice: tuple[int, Path]) -> None:
    """The command itself: 1,100 connections that never finish their headers, and an honest visitor."""
    port, file = practice
    half = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
    with contextlib.ExitStack() as held:
        for _ in range(1100):
            held.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(half)
        assert httpx2.get(f"http://127.0.0.1:{port}/health", timeout=60).status_code == 200
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
@needs("nginx")
def test_practice_behind_nginx(practice: tuple[int, Path], certificate: tuple[Path, Path], tmp_path: Path) -> None:
    plain, secure = free_port(), free_port()
    text = (FILES / "nginx.conf").read_text()
    text = re.sub(r"listen \[::\]:.*\n", "", text)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("listen 443", f"listen 127.0.0.1:{secure}")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{practice[0]}")
    chain, key = certificate
    text = re.sub(r"/etc/letsencrypt\S+fullchain.pem", str(chain), text)
    text = re.sub(r"/etc/letsencrypt\S+privkey.pem", str(key), text)
    paths = "".join(
        f"{name}_temp_path {tmp_path / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"daemon off;\nmaster_process off;\npid {tmp_path / 'pid'};\nerror_log {tmp_path / 'error.log'};\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{paths}{text}}}\n"
    )
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx is not None
    with running(nginx, "-c", whole, "-p", tmp_path, stdout=subprocess.DEVNULL):
        reached(secure)
        works_behind(secure, chain, "127.0.1")
        moved = httpx2.get(f"http://127.0.0.1:{plain}/work?x=1", headers={"host": NAME})
        assert (moved.status_code, moved.headers["location"]) == (308, f"https://{NAME}/work?x=1")


@pytest.mark.slow
@needs("caddy")
def test_practice_behind_caddy(practice: tuple[int, Path], certificate: tuple[Path, Path], tmp_path: Path) -> None:
    secure = free_port()
    chain, key = certificate
    text = (FILES / "Caddyfile").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{practice[0]}")
    text = text.replace("{\n\tservers", "{\n\tadmin off\n\tauto_https disable_redirects\n\tservers", 1)
    text = text.replace(f"{NAME} {{\n", f"{NAME}:{secure} {{\n\tbind 127.0.0.1\n\ttls {chain} {key}\n", 1)
    file = tmp_path / "Caddyfile"
    file.write_text(text)
    home = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    command = ("caddy", "run", "--adapter", "caddyfile", "--config", file)
    with running(*command, stdout=subprocess.DEVNULL, env=home):
        reached(secure)
        works_behind(secure, chain, "127.0.2")


@pytest.mark.slow
@needs("systemd-analyze")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "gradpath.service"
    # The program need not be installed where this is looked at.
    unit.write_text((FILES / "gradpath.service").read_text().replace("/opt/gradpath/bin/gradpath", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "gradpath" in line]
    assert (done.returncode, complaints) == (0, [])


def command_of(text: str) -> list[str]:
    found = re.search(r"^ExecStart=((?:.*\\\n)*.*)$", text, re.MULTILINE)
    assert found is not None
    return shlex.split(found[1].replace("\\\n", " "))


def test_the_commands_of_unit_and_container_are_ours(practice_help: str) -> None:
    unit = command_of((FILES / "gradpath.service").read_text())
    image = (FILES / "Dockerfile").read_text()
    entry = json.loads(re.search(r"^ENTRYPOINT (.*)$", image, re.MULTILINE)[1])  # type: ignore[index]
    run = re.search(r"^# docker run .* gradpath (--.*)$", image, re.MULTILINE)
    assert run is not None
    for word in (*unit, *entry, *shlex.split(run[1])):
        assert not word.startswith("--") or word in practice_help, word
    assert (Path(unit[0]).name, unit[1]) == ("gradpath", "practice")
    assert entry[:2] == ["gradpath", "practice"]


@pytest.fixture
def practice_help() -> str:
    from typer.testing import CliRunner

    from grader.commands import app

    return CliRunner().invoke(app, ["practice", "--help"], env={"COLUMNS": "200"}).output


def test_the_container_copies_what_is_there_and_runs_as_nobody_in_particular() -> None:
    """A reading of the file: each instruction is known, what is copied exists, the last user is not root."""
    text = (FILES / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    known = {"FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT"}
    assert {name for name, _ in lines} <= known
    copied = [source for name, rest in lines if name == "COPY" for source in rest.split()[:-1]]
    assert copied
    assert [source for source in copied if not (ROOT / source).exists() and (ROOT / "grader").exists()] == []
    assert [rest for name, rest in lines if name == "USER"][-1] not in ("root", "0")
    setup = ROOT / "scripts" / "setup.sh"
    if not setup.exists():
        pytest.skip("an installation carries no scripts/")
    packages = re.search(r"pdf_packages='([^']+)'", setup.read_text())
    assert packages is not None
    assert set(packages[1].split()) <= set(text.split())


def test_a_backup_is_whole_while_the_server_writes(tmp_path: Path) -> None:
    """What docs/deploy.md says of SQLite: the backup holds what was committed and is still in the -wal file."""
    from grader.practice.storage.database import open_database

    database = open_database(f"sqlite:///{tmp_path / 'practice.db'}")
    secret = database.secret
    assert (tmp_path / "practice.db-wal").stat().st_size > 0
    source, target = (sqlite3.connect(tmp_path / name) for name in ("practice.db", "backup.db"))
    source.backup(target)
    source.close()
    target.close()
    restored = open_database(f"sqlite:///{tmp_path / 'backup.db'}")
    assert restored.secret == secret
    restored.close()
    database.close()
