"""Visits to a running server with a real browser: how a question is begun, its boxes are filled and axe is asked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page
from typer.testing import CliRunner

from grader.commands import app
from grader.practice.learning.stock import Stock
from grader.practice.learning.tokens import new_ref, sign
from grader.practice.serving import set_teacher_password
from grader.practice.storage.assignments import open_assignment
from grader.practice.storage.database import open_database
from grader.practice.web.site import PracticeSite, open_assignments
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe
from tests.grader.barriers import barriers, barriers_in_the_dark
from tests.grader.practice.served import served
from tests.grader.practice.visitors import Clock, question_of
from tests.grader.small_set import unprinted

PASSWORD = "correct horse battery"
DUE = datetime(2030, 1, 31, 12, 0).timestamp()
COVERED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return !(top && one.contains(top)) && (one.name || one.textContent).trim();
}"""
"""What has the focus, if it is not in sight."""


@dataclass
class Running:
    """A server with one assignment, and the clock that it goes by."""

    address: str
    site: PracticeSite
    clock: Clock
    folder: Path

    def link(self, recipe: str, seed: str) -> tuple[str, Question]:
        ref = new_ref(recipe, seed, quantity=load_recipe(recipe).least_asked)
        return f"{self.address}/link/{sign(ref, self.site.database.secret)}", question_of(ref)

    def sheet(self) -> tuple[str, Question]:
        """The id and the question of the one sheet that was handed out."""
        handed = open_assignment(self.folder).questions.questions[0]
        return handed.sheet_id, handed.solved()


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Running]:
    """In an empty folder."""
    homework = folder / "homework"
    homework.mkdir()
    (homework / "roster.csv").write_text("id,name\ns1,Ada\n")
    (homework / "assignment.toml").write_text(
        'title = "Homework"\ndue = 2030-01-31T12:00:00\n[[questions]]\nrecipe = "first"\nmarks = 4\nattempts = 2\n'
    )
    with unprinted():
        assert CliRunner().invoke(app, ["make", str(homework)]).exit_code == 0
    url = f"sqlite:///{folder / 'practice.db'}"
    set_teacher_password(url, PASSWORD)
    database = open_database(url)
    clock = Clock()
    clock.now = DUE - 86_400
    site = PracticeSite(database, clock=clock, stock=Stock(batch=1), assignments=open_assignments([homework]))
    with served(site) as port:
        yield Running(f"http://127.0.0.1:{port}", site, clock, homework)


def begin(page: Page, server: Running, seed: str, recipe: str = "two-paths-given") -> Question:
    link, question = server.link(recipe, seed)
    page.goto(link)
    page.get_by_role("button", name="Work on it").click()
    page.wait_for_url("**/q/*")
    return question


def box(page: Page, slot: str) -> Locator:
    return page.locator(f'[name="s:{slot}"]')


def fill_all(page: Page, answers: Mapping[str, str]) -> None:
    """Fill boxes at once: as if typed, but none is left, so that not each is saved by itself."""
    page.evaluate(
        """answers => {
          for (const [slot, text] of Object.entries(answers)) {
            const box = document.getElementsByName(`s:${slot}`)[0];
            box.value = text;
            box.dispatchEvent(new Event("input", {bubbles: true}));
          }
        }""",
        dict(answers),
    )


def feedback(page: Page, slot: str) -> Locator:
    return page.locator(f"#f-{box(page, slot).get_attribute('id')}")


def nothing_serious(page: Page, where: str) -> None:
    assert _serious(barriers(page)) == [], where


def nothing_serious_in_the_dark(page: Page, where: str) -> None:
    assert _serious(barriers_in_the_dark(page)) == [], where


def _serious(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in found if one["impact"] in ("serious", "critical")]
