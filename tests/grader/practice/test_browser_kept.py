"""Practice in a real Chromium: nothing typed is lost, whatever happens to page, connection and visit."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.grader.practice.visits import COVERED, Running, begin, box, feedback, nothing_serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_is_typed_is_saved_without_a_check(page: Page, server: Running) -> None:
    begin(page, server, "saved")
    with page.expect_response(lambda response: response.request.method == "POST"):
        box(page, "gradient").fill("0.123")
        box(page, "path_1.product").focus()
    page.reload()
    expect(box(page, "gradient")).to_have_value("0.123")


def test_a_lost_connection_loses_nothing(page: Page, context: BrowserContext, server: Running) -> None:
    begin(page, server, "offline")
    context.set_offline(True)
    box(page, "gradient").fill("0.5")
    page.get_by_role("button", name="Check all").click()
    expect(page.locator("#said")).to_contain_text("cannot be reached")
    expect(box(page, "gradient")).to_have_value("0.5")
    # Nothing need be pressed: the check is made as soon as the connection is there again.
    context.set_offline(False)
    expect(page.locator("#said")).to_contain_text("1 not yet")
    expect(feedback(page, "gradient")).to_contain_text("Not yet")
    page.reload()
    expect(box(page, "gradient")).to_have_value("0.5")


def test_a_check_that_fails_as_the_connection_comes_back_is_made_at_once(page: Page, server: Running) -> None:
    """Leaving the box saves, and that fails; the browser is back while the check, sent next, is about to fail too."""
    begin(page, server, "just back")
    page.evaluate(
        """() => {
          // What failed is sent again after a while anyway; here never.
          const soon = window.setTimeout;
          window.setTimeout = (what, after, ...rest) => after < 5000 && soon(what, after, ...rest);
          const there = window.fetch;
          let sent = 0;
          window.fetch = (...what) => {
            sent += 1;
            if (sent === 2) window.dispatchEvent(new Event("online"));
            return sent < 3 ? Promise.reject(new TypeError("lost")) : there(...what);
          };
        }"""
    )
    box(page, "gradient").fill("0.5")
    box(page, "gradient").blur()
    expect(page.locator("#said")).to_contain_text("cannot be reached")
    page.get_by_role("button", name="Check all").click()
    expect(page.locator("#said")).to_contain_text("1 not yet")


def test_a_button_that_moves_away_under_the_pointer_is_not_missed(
    page: Page, context: BrowserContext, server: Running
) -> None:
    """Leaving the box saves; that this failed is said at the foot of the window, and the pressed button makes room."""
    begin(page, server, "moving")
    context.set_offline(True)
    box(page, "gradient").fill("0.5")
    button = page.get_by_role("button", name="Check all")
    button.evaluate("(one) => one.scrollIntoView({ block: 'end' })")
    place = button.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 5, place["y"] + place["height"] - 4)
    page.mouse.down()
    page.wait_for_timeout(200)
    page.mouse.up()
    expect(page.locator("#said")).to_contain_text("cannot be reached")
    context.set_offline(False)
    expect(page.locator("#said")).to_contain_text("1 not yet")


def test_what_is_typed_and_not_left_survives_a_reload(page: Page, server: Running) -> None:
    begin(page, server, "typed")
    box(page, "gradient").press_sequentially("0.125")
    page.reload()
    expect(box(page, "gradient")).to_have_value("0.125")
    # It was saved as well, not only kept in this tab; what was typed before may be saved by itself first.
    with page.expect_response(lambda response: "0.9%29" in (response.request.post_data or "")):
        box(page, "path_1.product").press_sequentially("2*(-0.114+0.9)")
    held = page.context.new_page()
    held.goto(page.url)
    expect(box(held, "path_1.product")).to_have_value("1.572")
    expect(box(held, "gradient")).to_have_value("0.125")
    # What is left shows the number that it comes to.
    box(page, "gradient").focus()
    box(page, "path_1.product").press("Tab")
    box(page, "path_1.product").press("Enter")
    expect(box(page, "path_1.product")).to_have_value("1.572")


def test_an_older_tab_is_told_what_is_newer(page: Page, server: Running) -> None:
    begin(page, server, "tabs")
    newer = page.context.new_page()
    newer.goto(page.url)
    box(newer, "gradient").fill("0.75")
    box(newer, "gradient").press("Enter")
    expect(feedback(newer, "gradient")).to_contain_text("Not yet")
    box(page, "gradient").fill("0.25")
    expect(feedback(page, "gradient")).to_contain_text("0.75 was written here since")
    newer.reload()
    expect(box(newer, "gradient")).to_have_value("0.75")
    box(page, "gradient").press("Enter")
    expect(page.locator("#said")).to_contain_text("not taken yet")
    box(page, "gradient").press("Enter")
    expect(feedback(page, "gradient")).to_contain_text("Not yet")
    newer.reload()
    expect(box(newer, "gradient")).to_have_value("0.25")


def test_a_visit_that_has_run_out_goes_on_with_the_sheet(page: Page, context: BrowserContext, server: Running) -> None:
    sheet_id, _ = server.sheet()
    page.goto(f"{server.address}/work/{sheet_id}/q1")
    context.clear_cookies()
    with page.expect_response(lambda response: response.request.method == "POST" and response.ok):
        box(page, "gradient").fill("0.625")
        box(page, "gradient").press("Enter")
    page.reload()
    expect(box(page, "gradient")).to_have_value("0.625")


def test_trouble_is_said_where_it_is_seen(phone: Page, server: Running) -> None:
    """Not at the end of a long page, and not on top of the box that one is at."""
    begin(phone, server, "trouble")
    phone.context.set_offline(True)
    first = box(phone, "path_1.dL/dyhat_1")
    first.fill("0.5")
    # Right at the foot of the window.
    first.evaluate("one => scrollTo(0, one.getBoundingClientRect().bottom + scrollY - innerHeight + 4)")
    first.press("Enter")
    expect(phone.locator("#said")).to_contain_text("cannot be reached")
    expect(phone.locator("#said")).to_be_in_viewport(ratio=1)
    expect(first).to_be_focused()
    assert not phone.evaluate(COVERED)
    nothing_serious(phone, "trouble")
    phone.context.set_offline(False)
    expect(feedback(phone, "path_1.dL/dyhat_1")).to_contain_text(re.compile("Not yet|Right|Nearly"))
    expect(phone.locator(".trouble-said")).to_have_count(0)
