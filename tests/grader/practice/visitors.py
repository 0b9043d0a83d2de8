"""A visitor with cookies and without scripts, a clock that a test can set, and the databases to test on."""

from __future__ import annotations

import re
from functools import cache
from html import unescape

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from grader.practice.learning import tokens
from grader.practice.learning.lessons import lessons
from grader.practice.learning.tokens import new_ref, sign
from grader.practice.web.app import create_app
from grader.practice.web.guard import Rates
from grader.practice.web.rendering import Renderer
from grader.practice.web.site import PracticeSite
from question_bank.questions.question import Question
from tests.recipes import marks_of

NOW = 1_800_000_000.0

on_every_database = pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
question_of = cache(tokens.question_of)
renderer = cache(Renderer)
"""For all sites: to compile its templates takes longer than most pages."""


def each_lesson() -> list[object]:
    """Lessons for `pytest.mark.parametrize`: those of the recipes that stand for all, the others behind the mark."""
    return [pytest.param(lesson, id=lesson.id, marks=marks_of(lesson.recipe)) for lesson in lessons()]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Browser:
    """A visitor with cookies and without scripts: it sends the forms that it was given."""

    def __init__(self, site: PracticeSite) -> None:
        self.site = site
        # No time passes for the limits on rates: how fast the machine is decides no test.
        app = create_app(site, monotonic=lambda: 0.0)
        app.state.rates = Rates(1e6, 10**6)
        app.state.crowd = Rates(1e6, 10**6)
        self.client = TestClient(app, follow_redirects=True, raise_server_exceptions=True)
        self.page = self.client.get("/")

    @property
    def token(self) -> str:
        found = re.search(r'name="form_token" value="([0-9a-f]+)"', self.page.text)
        assert found is not None
        return found[1]

    def get(self, path: str):
        self.page = self.client.get(path)
        return self.page

    def post(self, path: str, **fields: str):
        self.page = self.client.post(path, data={"form_token": self.token, **fields})
        return self.page

    def open(self, recipe: str = "two-paths-given", seed: str = "web") -> tuple[str, Question]:
        ref = new_ref(recipe, seed)
        self.get(f"/link/{sign(ref, self.site.database.secret)}")
        self.post(f"/link/{sign(ref, self.site.database.secret)}")
        assert self.page.status_code == 200
        return str(self.page.url.path), question_of(ref)

    def work(self, path: str, do: str, responses: dict[str, str] | None = None):
        was = unescape(re.search(r'id="was" value="([^"]*)"', self.page.text)[1])  # type: ignore[index]
        fields = {f"s:{name}": text for name, text in (responses or {}).items()}
        return self.post(path, do=do, was=was, **fields)

    def verdicts(self) -> list[str]:
        return re.findall(r'<div class="feedback (\w+)"', self.page.text)


def right_answers(question: Question) -> dict[str, str]:
    return {slot.name: question.printed(slot.step) for slot in question.slots}


def told(page: Response) -> str:
    """All that a response says, what led to it too: status lines, headers, bodies."""
    heads = (f"{one.reason_phrase}\n{one.headers.multi_items()}\n{one.text}" for one in (*page.history, page))
    return "\n".join(heads)
