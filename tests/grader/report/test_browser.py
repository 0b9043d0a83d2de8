"""The page in a real browser: no barrier that axe knows, in light and dark, and no line wider than a telephone."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from grader import report
from grader.question_set import QuestionSet
from tests.grader.report.classes import marked, responses

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(
    browser: Browser, handed: QuestionSet, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    report.write(tmp_path, handed, marked(handed, responses(handed, honest=0.2)), [], {})
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 800})
    page.goto((tmp_path / "class.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
