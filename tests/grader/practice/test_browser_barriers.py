"""Practice in a real Chromium: axe finds no serious barrier, on a teacher's pages and in an assignment neither."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.grader.barriers import barriers
from tests.grader.practice.visitors import right_answers
from tests.grader.practice.visits import (
    DUE,
    PASSWORD,
    Running,
    begin,
    box,
    fill_all,
    nothing_serious,
    nothing_serious_in_the_dark,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_teacher_watches_a_class(page: Page, chromium: Browser, server: Running) -> None:
    page.goto(f"{server.address}/teacher")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Name of a new class").fill("Neural networks 1")
    page.get_by_role("button", name="Make the class").click()
    link = page.locator('a[href*="/join/"]').get_attribute("href")
    assert link
    other = chromium.new_context()
    student = other.new_page()
    student.goto(link)
    student.get_by_role("button", name="Join").click()
    question = begin(student, server, "class")
    box(student, "path_1.dL/dyhat_1").fill(f"{question.value('dL/dyhat_1') / 2:.4f}")
    student.get_by_role("button", name="Check all").click()
    expect(student.locator("#said")).to_contain_text("1 not yet")
    other.close()
    page.reload()
    expect(page.get_by_role("heading", name="Misconceptions of the last hour")).to_be_visible()
    expect(page.locator("body")).to_contain_text("1 student:")
    expect(page.locator("table").first).to_contain_text("Slope of the loss")
    nothing_serious(page, "class")
    page.goto(f"{server.address}/teacher")
    nothing_serious(page, "teacher")


def test_an_assignment_until_it_is_due(page: Page, server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet_id, question = server.sheet()
    page.goto(f"{server.address}/work")
    page.get_by_label("The id at the top of your sheet").fill(sheet_id)
    page.get_by_role("button", name="Open it").click()
    page.wait_for_url(f"**/work/{sheet_id}")
    nothing_serious(page, "assignment")
    page.get_by_role("link", name=re.compile("Work on it")).click()
    page.wait_for_url(f"**/work/{sheet_id}/q1")
    fill_all(page, right_answers(question))
    box(page, "gradient").press("Tab")
    expect(page.locator("#said")).to_contain_text("boxes are saved")
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("#said")).to_contain_text("Handed in, attempt 1")
    expect(page.locator(".verdict")).to_have_count(0)
    nothing_serious(page, "online question")
    monkeypatch.setattr(server.clock, "now", DUE + 60)
    page.reload()
    expect(page.locator(".feedback.correct")).to_have_count(len(question.slots))
    expect(page.locator("#solution")).to_be_visible()


def test_barriers_are_found(page: Page) -> None:
    """Also in a formula that stands where no other does."""
    formula = "<math><mn>0.25</mn></math>"
    page.set_content(f'<p>{formula}<p>{formula}<p class="pale" style="color: #ccc">{formula}<img src="data:,">')
    found = {one["id"]: one["html"] for one in barriers(page)}
    assert found["color-contrast"] == ["<mn>0.25</mn>"]
    assert "image-alt" in found


@pytest.mark.parametrize("path", ["/", "/progress", "/teacher", "/work", "/nowhere"])
def test_axe_finds_nothing_serious_on_a_page(page: Page, server: Running, path: str) -> None:
    page.goto(server.address + path)
    nothing_serious(page, path)
    nothing_serious_in_the_dark(page, path)


def test_axe_finds_nothing_serious_in_a_fresh_question(page: Page, server: Running) -> None:
    """With its forward values to be worked out and two paths. By night: see below, where boxes are left blank too."""
    begin(page, server, "axe", "two-paths")
    nothing_serious(page, "fresh question")


def test_axe_finds_nothing_serious_in_a_checked_question(page: Page, server: Running) -> None:
    """A question of one path: what is said of a box is the same in all."""
    begin(page, server, "axe", "first")
    box(page, "gradient").fill("0.5")
    box(page, "path_1.dL/dyhat_1").fill("x")
    page.get_by_role("button", name="Check all").click()
    expect(page.locator("#said")).to_contain_text("not yet")
    page.get_by_role("button", name=re.compile("^A hint for .*gradient", re.I)).click()
    page.get_by_role("button", name="Replay with my numbers").click()
    expect(page.locator("#replay h2")).to_be_visible()
    nothing_serious(page, "checked question")
    nothing_serious_in_the_dark(page, "checked question")


def test_axe_finds_nothing_serious_in_a_solution_and_what_it_leads_to(page: Page, server: Running) -> None:
    begin(page, server, "axe", "first")
    box(page, "gradient").fill("0.5")
    page.get_by_role("button", name="Check all").click()
    expect(page.locator("#said")).to_contain_text("not yet")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Show the solution").click()
    expect(page.locator("#solution")).to_be_visible()
    nothing_serious(page, "solution")
    nothing_serious_in_the_dark(page, "solution")
    page.goto(f"{server.address}/progress")
    # A line of one question is level, and so of no height.
    expect(page.locator(".skills polyline").first).to_be_attached()
    nothing_serious(page, "progress with plots")
    nothing_serious_in_the_dark(page, "progress with plots")
