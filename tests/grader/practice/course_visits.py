"""A tool on a real address for a platform to send people to, and how somebody follows a link in a course there."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2

from grader.practice.learning.stock import Stock
from grader.practice.storage.assignments import open_assignment
from grader.practice.storage.database import open_database
from grader.practice.storage.platforms import Platform
from grader.practice.web.site import Options, PracticeSite, open_assignments
from tests.grader.practice.platform_standin import Claims, Standin
from tests.grader.practice.served import served
from tests.grader.practice.visitors import renderer

ROSTER = (
    "id,name,email\ns1,Ada,ada@example.org\ns2,Ben,ben@example.org\ns3,Cy,\ns4,Di,both@example.org\n"
    "s5,Ed,both@example.org\n0042,Fay,fay@example.org\n"
)
ASSIGNMENT = (
    'title = "Homework 3"\ndue = 2040-01-31T12:00:00\npins = true\n[[questions]]\nrecipe = "first"\nmarks = 4\n'
)


def sheet_of(folder: Path, student: str) -> str:
    return open_assignment(folder).questions.by_student()[student][0].sheet_id


class Offset:
    """The time of day, as tokens tell it, and so much more."""

    def __init__(self) -> None:
        self.more = 0.0

    def __call__(self) -> float:
        return time.time() + self.more


@dataclass
class Tool:
    """A running tool."""

    address: str
    site: PracticeSite
    clock: Offset
    url: str


def registration(standin: Standin) -> Platform:
    """As its administrator types it in."""
    at = standin.address
    return Platform(
        "Stand-in", at, standin.client_id, f"{at}/auth", f"{at}/token", f"{at}/keys", deployments=(standin.deployment,)
    )


@contextlib.contextmanager
def tool_at(folder: Path, *assignments: Path, host: str = "127.0.0.1") -> Iterator[Tool]:
    url = f"sqlite:///{folder / 'practice.db'}"
    database, clock = open_database(url), Offset()
    site = PracticeSite(
        database,
        Options(near=True),
        clock=clock,
        stock=Stock(batch=1),
        renderer=renderer(),
        assignments=open_assignments(assignments),
    )
    with served(site) as port:
        yield Tool(f"http://{host}:{port}", site, clock, url)


class Account:
    """A browser in which somebody is logged in at the platform."""

    def __init__(self, standin: Standin, login: str) -> None:
        self.standin, self.login = standin, login
        self.client = httpx2.Client(follow_redirects=True, timeout=30)
        self.page = httpx2.Response(200)

    def __enter__(self) -> Account:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def begun(self, link: str, **others: str) -> dict[str, str]:
        """A sign-in as far as the platform's: what the tool has asked it for."""
        answer = self.client.get(self.standin.initiation(self.login, link, **others), follow_redirects=False)
        self.page = answer
        while answer.is_redirect and not answer.headers["location"].startswith(self.standin.address):
            answer = self.client.get(str(answer.request.url.join(answer.headers["location"])), follow_redirects=False)
        self.page = answer
        return dict(parse_qsl(urlsplit(answer.headers.get("location", "")).query))

    def ended(self, token: str, state: str) -> httpx2.Response:
        """The form that the platform's page sends."""
        self.page = self.client.post(f"{self.standin.tool}/lti/launch", data={"id_token": token, "state": state})
        return self.page

    def launch(
        self,
        link: str,
        change: Callable[[Claims], object] = lambda claims: None,
        **header: str,
    ) -> httpx2.Response:
        """A link in the course followed to its end; `change` is what the platform says otherwise than usual."""
        asked = self.begun(link)
        person, at = self.standin.people[self.login], self.standin.links[link]
        claims = self.standin.claims(person, at, asked["nonce"])
        change(claims)
        return self.ended(self.standin.token(claims, **header), asked["state"])

    def get(self, path: str) -> httpx2.Response:
        self.page = self.client.get(self.standin.tool + path)
        return self.page

    def post(self, path: str, **fields: str) -> httpx2.Response:
        token = field_of(self.page, "form_token")
        self.page = self.client.post(self.standin.tool + path, data={"form_token": token, **fields})
        return self.page

    def write(self, path: str, do: str, responses: dict[str, str]) -> httpx2.Response:
        """Fill in boxes of a question's page and press a button."""
        was = field_of(self.get(path), "was")
        return self.post(path, do=do, was=was, **{f"s:{name}": text for name, text in responses.items()})


def field_of(page: httpx2.Response, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page.text)
    assert found is not None, f"{page.url} {page.status_code} has no {name}: {page.text[:400]}"
    return unescape(found[1])
