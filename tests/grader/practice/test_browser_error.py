"""A worked solution with an error in a real browser: the wrong line is chosen by keys, and corrected."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from tests.grader.practice.visitors import right_answers
from tests.grader.practice.visits import Running, begin, box, feedback, nothing_serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_wrong_line_is_chosen_from_the_lines_by_keys_and_kept(page: Page, server: Running) -> None:
    question = begin(page, server, "error", recipe="find-the-error")
    choice = page.get_by_label("Which line is wrong?")
    expect(choice.locator("option")).to_have_count(1 + len(question.derivation.lines))
    choice.focus()
    for _ in range(question.derivation.wrong_line):
        page.keyboard.press("ArrowDown")
    expect(choice).to_have_value(str(question.derivation.wrong_line))
    page.get_by_role("button", name="Check Number of the wrong line").click()
    expect(feedback(page, "line")).to_contain_text("Right")
    page.reload()
    expect(page.get_by_label("Which line is wrong?")).to_have_value(str(question.derivation.wrong_line))
    box(page, "corrected").fill(question.printed(f"line_{question.derivation.wrong_line}"))
    page.get_by_role("button", name="Check What the wrong line should say").click()
    expect(feedback(page, "corrected")).to_contain_text("without looking at the value that is printed")
    if os.environ.get("SHOT"):
        page.screenshot(path="/tmp/shot.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 800})
        page.screenshot(path="/tmp/shot2.png", full_page=True)
    nothing_serious(page, "a worked solution")
    box(page, "corrected").fill(right_answers(question)["corrected"])
    box(page, "gradient").fill(right_answers(question)["gradient"])
    page.get_by_role("button", name="Check all").click()
    expect(page.locator("#said")).to_contain_text("All steps are right")
