"""The server is away or cannot keep anything just now: what was typed stays, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route, expect

from grader.practice.storage.database import Database
from grader.practice.storage.errors import Busy
from tests.grader.practice.visits import Running, begin, box, feedback

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Once it is called, nothing can be written until the patch is undone."""

    def refused(_: Database) -> AbstractContextManager[None]:
        raise Busy("the database is held by somebody else (database is locked); try again in a moment")

    return lambda: monkeypatch.setattr(Database, "writing", refused)


@pytest.fixture
def plain(chromium: Chromium) -> Iterator[Page]:
    """The window of a visitor without scripts."""
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("button", ["Check all", "A hint for Product of path 1", "Replay with my numbers"])
def test_a_button_that_the_database_cannot_follow_is_pressed_again_by_itself(
    page: Page, server: Running, busy: Callable[[], None], monkeypatch: pytest.MonkeyPatch, button: str
) -> None:
    begin(page, server, f"busy {button}")
    busy()
    box(page, "gradient").fill("0.5")
    box(page, "path_1.product").fill("0.25")
    with page.expect_response(lambda answer: answer.status == 503) as answered:
        page.get_by_role("button", name=button).click()
    assert answered.value.headers["retry-after"] == "5"
    expect(page.locator("#said")).to_contain_text("Too many people write at once")
    page.reload()
    expect(box(page, "gradient")).to_have_value("0.5")
    expect(box(page, "path_1.product")).to_have_value("0.25")
    page.get_by_role("button", name=button).click()
    expect(page.locator("#said")).to_contain_text("Too many people write at once")
    monkeypatch.undo()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#said")).not_to_contain_text("Too many people write at once")
    expect(page.locator(".trouble-said")).to_have_count(0)
    page.reload()
    expect(box(page, "gradient")).to_have_value("0.5")
    expect(box(page, "path_1.product")).to_have_value("0.25")


def test_what_is_saved_by_itself_is_saved_once_the_database_is_there(
    page: Page, server: Running, busy: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(page, server, "busy save")
    busy()
    box(page, "gradient").press_sequentially("0.125")
    expect(page.locator("#said")).to_contain_text("Too many people write at once")
    monkeypatch.undo()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#said")).to_contain_text("there again")
    held = page.context.new_page()
    held.goto(page.url)
    expect(box(held, "gradient")).to_have_value("0.125")


def _cut_off(route: Route) -> None:
    route.fulfill(status=200, headers={"Content-Type": "text/html"}, body='<input id="was" value="{}">')


def _proxy(route: Route) -> None:
    route.fulfill(status=502, headers={"Content-Type": "text/html"}, body="<h1>502 Bad Gateway</h1>")


def _portal(route: Route) -> None:
    route.fulfill(status=200, headers={"Content-Type": "text/html"}, body="<h1>Log in to the network</h1>")


def _dropped(route: Route) -> None:
    route.abort("connectionreset")


@pytest.mark.parametrize("instead", [_cut_off, _proxy, _portal, _dropped])
def test_an_answer_that_is_not_the_servers_loses_nothing(
    page: Page, server: Running, instead: Callable[[Route], None]
) -> None:
    begin(page, server, f"instead {instead.__name__}")
    page.route("**/q/*", instead)
    box(page, "gradient").fill("0.5")
    box(page, "gradient").press("Enter")
    expect(page.locator("#said")).to_contain_text("cannot be reached")
    page.unroute("**/q/*")
    # Not by being asked for again alone: what is typed next is sent as well.
    box(page, "path_1.product").fill("0.25")
    box(page, "path_1.product").press("Enter")
    expect(feedback(page, "path_1.product")).to_contain_text("Not yet")
    expect(feedback(page, "gradient")).to_contain_text("Not yet")
    page.reload()
    expect(box(page, "gradient")).to_have_value("0.5")


def test_without_scripts_the_form_is_sent_again_from_the_page_that_says_why(
    plain: Page, server: Running, busy: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(plain, server, "busy plain")
    busy()
    box(plain, "gradient").fill("0.5<&")
    box(plain, "path_1.product").fill("0.25")
    plain.get_by_role("button", name="Check all").click()
    expect(plain.locator("#trouble")).to_contain_text("Too many people write at once")
    plain.get_by_role("button", name="Send it again").click()
    expect(plain.locator("#trouble")).to_contain_text("Too many people write at once")
    monkeypatch.undo()
    plain.get_by_role("button", name="Send it again").click()
    expect(box(plain, "gradient")).to_have_value("0.5<&")
    expect(box(plain, "path_1.product")).to_have_value("0.25")
    expect(feedback(plain, "path_1.product")).to_contain_text("Not yet")


def test_without_scripts_the_browser_sends_again_what_no_server_took(plain: Page, server: Running) -> None:
    begin(plain, server, "away plain")
    box(plain, "gradient").fill("0.5")
    plain.context.set_offline(True)
    plain.get_by_role("button", name="Check all").click()
    expect(plain.locator("#main")).to_have_count(0)
    plain.context.set_offline(False)
    plain.reload()
    expect(box(plain, "gradient")).to_have_value("0.5")


def test_without_scripts_a_sheet_is_sent_again_as_well(
    plain: Page, server: Running, busy: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet_id, _ = server.sheet()
    plain.goto(f"{server.address}/work/{sheet_id}/q1")
    busy()
    box(plain, "gradient").fill("0.375")
    plain.get_by_role("button", name="Save").click()
    expect(plain.locator("#trouble")).to_contain_text("Too many people write at once")
    monkeypatch.undo()
    plain.get_by_role("button", name="Send it again").click()
    expect(box(plain, "gradient")).to_have_value("0.375")
