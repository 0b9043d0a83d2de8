"""Feedback in a real browser: no barrier that axe knows, in light and dark, and no line wider than the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from grader.feedback import feedback_html
from tests.grader.barriers import barriers, barriers_in_the_dark
from tests.grader.feedback.classroom import feedback
from tests.grader.marking.pupil import work

pytestmark = pytest.mark.browser

MIXED = work({"h1_3": lambda _: 0.4321}) | {"h1_2": "", "h1_4": "x" * 10_000, "path_1.product": "see the back"}


def test_axe_finds_no_barrier(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "s1001.html").write_text(feedback_html(feedback(MIXED)), "utf-8")
    page = chromium.new_page(color_scheme="light", viewport={"width": 390, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "s1001.html").as_uri())
    assert barriers(page) == []
    assert barriers_in_the_dark(page) == []
    for width in (390, 700, 800):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.close()


BEYOND = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent.trim())"


def test_why_a_column_earns_less_stands_within_its_cell(chromium: Browser, tmp_path: Path) -> None:
    written = work()
    columns = [[slot for slot in written if slot.startswith(f"path_{number}.")] for number in (1, 2)]
    swapped = dict(written)
    for one, two in zip(*columns, strict=True):
        swapped |= {one: written[two], two: written[one]}
    (tmp_path / "s1001.html").write_text(feedback_html(feedback(swapped)), "utf-8")
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    page.goto((tmp_path / "s1001.html").as_uri())
    for width in (390, 800, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.locator(".boxes .marks .why").count() == 2
        assert page.eval_on_selector_all(".boxes .marks", BEYOND) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
