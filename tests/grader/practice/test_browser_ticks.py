"""Boxes to be ticked in a real Chromium: by mouse and by keys, named for screen readers, kept over a reload."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from grader.practice.learning.tokens import new_ref, question_of, sign
from tests.grader.practice.visitors import right_answers
from tests.grader.practice.visits import Running, nothing_serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def box(page: Page, slot: str) -> Locator:
    return page.locator(f'.entry input[name="s:{slot}"]')


def test_a_set_is_ticked_checked_and_corrected(page: Page, server: Running) -> None:
    ref = new_ref("which-paths", "ticks", quantity="forward")
    answers = right_answers(question_of(ref))
    page.goto(f"{server.address}/link/{sign(ref, server.site.database.secret)}")
    page.get_by_role("button", name="Work on it").click()
    page.wait_for_url("**/q/*")
    to_tick = [name for name, text in answers.items() if name.endswith(".t") and text == "1"]
    others = [name for name, text in answers.items() if name.endswith(".t") and text == "0"]
    assert page.get_by_role("checkbox").count() == len(to_tick) + len(others) == 33
    expect(page.get_by_role("checkbox", name="Does w₂₂₁, from h₁₁ to h₂₂, lie on a path?")).to_be_visible()
    for name in (*to_tick[1:], others[0]):
        box(page, name).check()
    page.get_by_role("button", name="Check the ticks").click()
    expect(page.locator("#said")).to_contain_text("Ticks: 31 right, 2 not yet")
    assert page.locator(".looks li").count() == 2
    nothing_serious(page, "ticks")
    box(page, others[0]).uncheck()
    box(page, to_tick[0]).focus()
    page.keyboard.press("Space")
    for name, text in answers.items():
        if not name.endswith(".t"):
            box(page, name).fill(text)
    page.get_by_role("button", name="Check all").click()
    expect(page.locator("#said")).to_contain_text("All steps are right")
    page.reload()
    expect(box(page, to_tick[0])).to_be_checked()
    expect(box(page, others[0])).not_to_be_checked()
