"""The page in a real browser: no barrier that axe knows, in light and dark, and no line wider than a telephone."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_axe_finds_no_barrier(browser: Browser, folder: Path) -> None:
    page = browser.new_page(color_scheme="light", viewport={"width": 390, "height": 800})
    page.goto((folder / "class.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.emulate_media(color_scheme="dark")  # which changes nothing but colours
    found = Axe().run(page, options={"runOnly": ["color-contrast", "link-in-text-block"]})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
