"""LTI in a real Chromium: the tool within a frame of the platform's page, on another site."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request
from playwright.sync_api import BrowserContext, Page, expect

from grader.practice.serving import set_teacher_password
from grader.practice.web import platform_launch
from grader.practice.web.responses import set_framed_cookie
from tests.grader.practice.course_visits import Tool, registration, tool_at
from tests.grader.practice.platform_standin import Link, Standin
from tests.grader.practice.visits import nothing_serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def framed(tmp_path: Path, course_folder: Path, standin: Standin) -> Iterator[Tool]:
    """The platform is at 127.0.0.1 and the tool at localhost: two sites to a browser."""
    with tool_at(tmp_path, course_folder, host="localhost") as running:
        standin.tool = running.address
        running.site.platforms.save(registration(standin), running.clock())
        standin.links = {
            "homework": Link("r1", {"gradpath": f"assignment:{next(iter(running.site.assignments))}"}),
            "lesson": Link("r2", {"gradpath": "lesson:local"}),
            "choose": Link("", deep=True),
        }
        yield running


def seen(page: Page, name: str) -> None:
    """A picture for whoever wants to look at it."""
    if folder := os.environ.get("GRADPATH_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_a_sheet_is_answered_within_the_platforms_page(page: Page, framed: Tool, standin: Standin) -> None:
    page.goto(f"{standin.course}?person=ada&link=homework")
    tool = page.frame_locator("iframe")
    expect(tool.get_by_role("heading", name="Homework 3")).to_be_visible()
    seen(page, "sheet")
    tool.get_by_role("link", name="Work on it").click()
    box = tool.locator('[name="s:gradient"]')
    box.fill("0.25")
    tool.get_by_role("button", name="Hand in").click()
    expect(tool.locator("#said")).to_contain_text("Handed in")
    seen(page, "handed in")
    # The cookies of the frame are apart: in a window of one's own nobody is logged in.
    sheet = tool.locator("form#work").get_attribute("action")
    other = page.context.new_page()
    other.goto(f"{standin.tool}{sheet}")
    expect(other.get_by_text("opened by its PIN")).to_be_visible()
    # Who logs out in the frame is nobody there either.
    tool.get_by_role("button", name="Log out").click()
    expect(tool.get_by_role("heading", name="Logged out")).to_be_visible()


def test_a_link_is_chosen_within_the_platforms_page(page: Page, framed: Tool, standin: Standin) -> None:
    page.goto(f"{standin.course}?person=lee&link=choose")
    tool = page.frame_locator("iframe")
    tool.get_by_label("Homework 3").check()
    seen(page, "choose")
    tool.get_by_role("button", name="Put it into the course").click()
    expect(tool.get_by_text("Taken into the course.")).to_be_visible()
    assert (len(standin.answers), standin.refusals) == (1, [])


def test_whoever_leads_the_course_sees_how_it_stands(page: Page, framed: Tool, standin: Standin) -> None:
    page.goto(f"{standin.course}?person=lee&link=homework")
    tool = page.frame_locator("iframe")
    tool.get_by_role("link", name="Compare the course").click()
    expect(tool.get_by_text("Without a sheet: Eve")).to_be_visible()
    seen(page, "course")


def test_another_sites_page_frames_nothing(context: BrowserContext, framed: Tool, standin: Standin) -> None:
    """What is framed is the platform's alone: the same page by another address of the machine shows nothing."""
    page = context.new_page()
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(f"{standin.course.replace('127.0.0.1', 'localhost')}?person=ada&link=homework")
    assert page.frame_locator("iframe").get_by_role("heading", name="Homework 3").count() == 0


def test_where_cookies_are_refused_a_window_is_opened(
    page: Page, framed: Tool, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unless_framed(request: Request, *others: Any) -> None:
        # As with a browser that keeps no cookies within frames, partitioned or not.
        if request.headers.get("sec-fetch-dest") != "iframe":
            set_framed_cookie(request, *others)

    monkeypatch.setattr(platform_launch, "set_framed_cookie", unless_framed)
    page.goto(f"{standin.course}?person=ada&link=homework")
    link = page.frame_locator("iframe").get_by_role("link", name="Open it in a new window")
    expect(link).to_be_visible()
    seen(page, "window")
    with page.context.expect_page() as opened:
        link.click()
    expect(opened.value.get_by_role("heading", name="Homework 3")).to_be_visible()


def test_the_administrators_page_says_what_to_paste_where(page: Page, framed: Tool, standin: Standin) -> None:
    set_teacher_password(framed.url, "correct horse battery")
    page.goto(f"{standin.tool}/teacher")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Moodle, Canvas").click()
    expect(page.get_by_text(f"{standin.tool}/lti/login")).to_be_visible()
    page.get_by_role("button", name="Make an invitation").click()
    expect(page.locator("#invitation")).to_contain_text("/lti/register/")
    nothing_serious(page, "platforms")
    if folder := os.environ.get("GRADPATH_PICTURES"):
        page.screenshot(path=f"{folder}/platforms.png", full_page=True)
