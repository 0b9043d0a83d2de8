"""Practice in a real Chromium: on wide screens and narrow ones all is in sight, and nothing hides what one is at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.grader.practice.visits import COVERED, Running, begin, box, nothing_serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_path_lights_up_for_the_column_being_filled(page: Page, server: Running) -> None:
    begin(page, server, "light")
    edge = page.locator(".edge.p2:not(.p1)").first
    page.mouse.move(0, 0)
    plain = edge.evaluate("one => getComputedStyle(one).strokeWidth")
    box(page, "path_2.product").focus()
    expect(edge).not_to_have_css("stroke-width", plain)
    box(page, "path_1.product").focus()
    expect(edge).to_have_css("stroke-width", plain)
    # The pointer may rest anywhere: the column that is being filled is the one that counts.
    page.locator(".c2 legend").hover()
    expect(edge).to_have_css("stroke-width", plain)
    page.locator("#status").click(position={"x": 1, "y": 1})
    page.locator(".c2 legend").hover()
    expect(edge).not_to_have_css("stroke-width", plain)


def test_a_first_question_is_less_than_100_kilobytes(context: BrowserContext, server: Running) -> None:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    begin(page, server, "light as a feather", "two-paths-given")
    page.wait_for_load_state("networkidle")
    # Two pages, style, script and three fonts; a font that came twice would not go in.
    assert 80_000 < sum(sizes) < 100_000
    assert page.evaluate("[...document.fonts].filter(one => one.status === 'loaded').length") == 3


WIDTHS = (320, 390, 768)
"""320 pixels are also what 400 % zoom leaves of a screen of 1280."""


def too_wide(page: Page) -> list[int]:
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(width)
    return found


def test_narrow_screens_scroll_in_one_direction_only(page: Page, server: Running) -> None:
    for path in ("/", "/progress", "/teacher"):
        page.goto(server.address + path)
        assert too_wide(page) == [], path


@pytest.mark.parametrize("recipe", ["two-paths", "deep"])
def test_a_question_fits_narrow_screens_and_fingers(page: Page, server: Running, recipe: str) -> None:
    begin(page, server, "narrow", recipe)
    assert too_wide(page) == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        small = page.eval_on_selector_all(
            "#work button:not(.default)",
            "all => all.map(one => one.getBoundingClientRect()).filter(b => Math.min(b.width, b.height) < 24).length",
        )
        assert small == 0
    # On a telephone the drawing is another one; wider, nothing is there that axe has not seen elsewhere.
    page.set_viewport_size({"width": 320, "height": 700})
    nothing_serious(page, recipe)


def test_on_a_phone_the_drawing_stays_in_sight_and_lights_up(phone: Page, server: Running) -> None:
    begin(phone, server, "phone")
    drawing = phone.locator("#strip svg")
    edge = drawing.locator(".edge.p2:not(.p1)").first
    plain = edge.evaluate("one => getComputedStyle(one).strokeWidth")
    box(phone, "path_2.product").focus()
    expect(drawing).to_be_in_viewport(ratio=1)
    expect(edge).not_to_have_css("stroke-width", plain)
    expect(phone.locator("#strip summary")).to_contain_text("Path 2")
    expect(phone.locator(".network.large")).not_to_be_visible()


def test_the_drawing_folds_up_where_one_is_and_stays_so(phone: Page, server: Running) -> None:
    begin(phone, server, "fold")
    last = box(phone, "path_2.product")
    last.focus()
    before = last.bounding_box()
    phone.locator("#strip summary").click()
    expect(phone.locator("#strip svg")).not_to_be_visible()
    expect(last).to_be_focused()
    after = last.bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) < 8
    begin(phone, server, "fold again")
    expect(phone.locator("#strip svg")).not_to_be_visible()
    phone.locator("#strip summary").focus()
    phone.keyboard.press("Enter")
    expect(phone.locator("#strip svg")).to_be_in_viewport()


@pytest.fixture(scope="module")
def open_phone(chromium: Browser, server: Running) -> Iterator[Page]:
    """A question that is looked at and not answered."""
    context = chromium.new_context()
    page = context.new_page()
    begin(page, server, "looked at")
    yield page
    context.close()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (390, 420), (844, 390), (320, 640), (320, 256), (800, 600)])
def test_what_has_the_focus_is_never_covered(open_phone: Page, width: int, height: int) -> None:
    """On phones, with the keyboard of one on the screen, on its side, and at 400 %; down the page and up again."""
    open_phone.set_viewport_size({"width": width, "height": height})
    covered = []
    for key in ("Tab", "Shift+Tab"):
        open_phone.locator("#work input:visible, .onward .quiet").nth(0 if key == "Tab" else -1).focus()
        for _ in range(45):
            covered.append(open_phone.evaluate(COVERED))
            open_phone.keyboard.press(key)
    assert [name for name in covered if name] == []
