"""End to end in a real Chromium against a running server: learning, keyboard, no scripts, teaching, due time, axe."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx2
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from typer.testing import CliRunner

from grader.commands import app
from grader.practice.learning.stock import Stock
from grader.practice.learning.tokens import new_ref, question_of, sign
from grader.practice.serving import set_teacher_password
from grader.practice.storage.assignments import open_assignment
from grader.practice.storage.database import open_database
from grader.practice.web.app import create_app
from grader.practice.web.guard import Rates
from grader.practice.web.site import Site, open_assignments
from question_bank.questions.question import Question
from tests.grader.practice.visitors import Clock, right_answers
from tests.grader.small_set import unprinted

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PASSWORD = "correct horse battery"
DUE = datetime(2030, 1, 31, 12, 0).timestamp()

# A busy machine is no failure.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)"),
]


@dataclass
class Running:
    address: str
    site: Site
    clock: Clock
    folder: Path

    def link(self, recipe: str, seed: str) -> tuple[str, Question]:
        ref = new_ref(recipe, seed)
        return f"{self.address}/link/{sign(ref, self.site.database.secret)}", question_of(ref)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("homework")
    (folder / "roster.csv").write_text("id,name\ns1,Ada\n")
    (folder / "assignment.toml").write_text(
        'title = "Homework"\ndue = 2030-01-31T12:00:00\n[[questions]]\nrecipe = "first"\nmarks = 4\nattempts = 2\n'
    )
    with unprinted():
        assert CliRunner().invoke(app, ["make", str(folder)]).exit_code == 0
    url = f"sqlite:///{tmp_path_factory.mktemp('data') / 'practice.db'}"
    set_teacher_password(url, PASSWORD)
    database = open_database(url)
    clock = Clock()
    clock.now = DUE - 86_400
    site = Site(database, clock=clock, stock=Stock(batch=1), assignments=open_assignments([folder]))
    application = create_app(site)
    application.state.rates = application.state.crowd = application.state.passwords = Rates(1e6, 10**6)
    running = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off"))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield Running(f"http://127.0.0.1:{listening.getsockname()[1]}", site, clock, folder)
    running.should_exit = True
    thread.join(timeout=10)
    listening.close()
    database.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    # What the content security policy forbids is reported here.
    opened.on("console", lambda message: complaints.append(message.text) if "Security Policy" in message.text else None)
    yield opened
    assert complaints == []


def begin(page: Page, server: Running, seed: str, recipe: str = "two-paths-given") -> Question:
    link, question = server.link(recipe, seed)
    page.goto(link)
    page.get_by_role("button", name="Work on it").click()
    page.wait_for_url("**/q/*")
    return question


def box(page: Page, slot: str):
    return page.locator(f'input[name="s:{slot}"]')


def fill_all(page: Page, answers: Mapping[str, str]) -> None:
    """Fill boxes at once: as if typed, but none is left, so that not each is saved by itself."""
    page.evaluate(
        """answers => {
          for (const [slot, text] of Object.entries(answers)) {
            const box = document.getElementsByName(`s:${slot}`)[0];
            box.value = text;
            box.dispatchEvent(new Event("input", {bubbles: true}));
          }
        }""",
        dict(answers),
    )


def feedback(page: Page, slot: str):
    return page.locator(f"#f-{box(page, slot).get_attribute('id')}")


def nothing_serious(page: Page, where: str, **options: object) -> None:
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    serious = [(one["id"], one["nodes"][0]["html"][:120]) for one in found if one["impact"] in ("serious", "critical")]
    assert serious == [], where


def nothing_serious_by_day_and_night(page: Page, where: str) -> None:
    """A dark page is the light one in other colours."""
    nothing_serious(page, where)
    page.emulate_media(color_scheme="dark")
    nothing_serious(page, f"{where}, dark", runOnly=["color-contrast"])
    page.emulate_media(color_scheme="light")


def test_a_student_solves_a_question(page: Page, server: Running) -> None:
    page.goto(server.address)
    page.get_by_role("button", name=re.compile("Start")).click()
    page.wait_for_url("**/q/*")
    question = begin(page, server, "solves")
    for name, text in right_answers(question).items():
        box(page, name).fill(text)
    page.get_by_role("button", name="Check all").click()
    expect(page.locator("#said")).to_contain_text("All steps are right")
    expect(page.locator(".tally")).to_contain_text("13 of 13 right")
    solved = page.url
    page.get_by_role("button", name="Another like this").click()
    page.wait_for_url(lambda address: "/q/" in address and address != solved)
    # Another parameter may be asked for, one with fewer boxes.
    expect(page.locator(".tally")).to_contain_text(re.compile(r"^\s*0 of \d+ right"))
    page.goto(f"{server.address}/progress")
    expect(page.locator(".skills polyline").first).to_be_visible()


def test_a_mistake_is_named_and_what_follows_is_right_for_the_numbers_carried(page: Page, server: Running) -> None:
    question = begin(page, server, "mistake")
    answers = right_answers(question)
    answers["path_1.dL/dyhat_1"] = f"{question.value('dL/dyhat_1') / 2:.4f}"
    product = 1.0
    for key in question.derivation.paths[0].factors:
        product *= float(answers[f"path_1.{key}"])
    answers["path_1.product"] = f"{product:.6f}"
    for name, text in answers.items():
        if name.startswith("path_1."):
            box(page, name).fill(text)
    page.get_by_role("button", name="Check path 1").click()
    expect(feedback(page, "path_1.dL/dyhat_1")).to_contain_text("look again")
    expect(feedback(page, "path_1.product")).to_contain_text("Right for the numbers you carried")
    page.get_by_role("button", name="Replay with my numbers").click()
    expect(page.locator(".replay")).to_contain_text("It begins here")
    # With the formula, and with the numbers put in.
    expect(page.locator(".replay .follow_through .working")).to_contain_text(answers["path_1.product"].lstrip("-"))
    assert page.locator(".replay .follow_through .working mfrac").count() == 5
    expect(page.locator(".replay")).to_contain_text(answers["path_1.product"].replace("-", "−"))


def test_hints_go_one_rung_at_a_time_and_the_focus_stays(page: Page, server: Running) -> None:
    question = begin(page, server, "hints")
    button = page.get_by_role("button", name="A hint for Product of path 1")
    for rungs in range(1, 5):
        button.click()
        expect(feedback(page, "path_1.product").locator(".hints li")).to_have_count(rungs)
        expect(button).to_be_focused()
    expect(feedback(page, "path_1.product")).to_contain_text(question.printed("path_1.product").replace("-", "−"))


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


def test_with_the_keyboard_only(page: Page, server: Running) -> None:
    """From the top of the page by tabs into the first box; the return key checks the step one is at."""
    question = begin(page, server, "keyboard")
    answers = right_answers(question)
    first = "path_1.dL/dyhat_1"
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == f"s:{first}":
            break
    expect(box(page, first)).to_be_focused()
    page.keyboard.type(answers[first])
    page.keyboard.press("Enter")
    expect(feedback(page, first)).to_contain_text("Right")
    expect(page.locator("#said")).to_contain_text("∂L/∂ŷ₁ in path 1: Right")
    expect(box(page, first)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(feedback(page, first).locator(".hints li")).to_have_count(1)


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


def seen(page: Page, selector: str) -> bool:
    """Whether the last of these elements lies in the window, and nothing over it."""
    return bool(
        page.locator(selector).last.evaluate(
            """one => {
              const box = one.getBoundingClientRect();
              const left = box.left + Math.min(box.width / 2, 60);
              const middle = document.elementFromPoint(left, (box.top + box.bottom) / 2);
              return box.top >= -1 && box.bottom <= innerHeight + 1 && Boolean(middle) && one.contains(middle);
            }"""
        )
    )


def heard(page: Page) -> str:
    """What the live region says in the accessibility tree."""
    return page.get_by_role("status").aria_snapshot()


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["wide", "phone"])
def test_what_a_button_finds_is_in_sight_and_heard(chromium: Browser, server: Running, size: tuple[int, int]) -> None:
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    question = begin(page, server, f"in sight {size}")
    answers = right_answers(question) | {"path_1.dL/dyhat_1": "7.7", "path_2.product": "0.5"}
    fill_all(page, answers)
    live = page.locator("#said").element_handle()
    everything = page.get_by_role("button", name="Check all")
    everything.click()
    expect(page.locator("#said")).to_contain_text("right")
    expect(everything).to_be_focused()
    assert page.evaluate("scrollY") > 0
    assert seen(page, "#said")
    assert seen(page, "#looks li")
    expect(page.locator("#looks")).to_contain_text("Product of path 2")
    assert " right" in heard(page)
    # The region that is listened to stays the same element.
    assert page.evaluate("one => one === document.getElementById('said')", live)
    step = page.get_by_role("button", name="Check Product of path 2")
    step.click()
    expect(page.locator("#said")).to_contain_text("Product of path 2: Not yet")
    assert seen(page, f"#f-{box(page, 'path_2.product').get_attribute('id')} .verdict")
    assert "Product of path 2" in heard(page)
    path = page.get_by_role("button", name="Check path 1")
    path.click()
    expect(page.locator("#told-1")).to_contain_text("Path 1:")
    assert seen(page, "#told-1")
    for part in ("chain rule", "Its formula", "With your numbers"):
        page.get_by_role("button", name="A hint for Product of path 1").click()
        expect(page.locator("#said")).to_contain_text(part)
        assert seen(page, f"#f-{box(page, 'path_1.product').get_attribute('id')} .hints li")
        assert part in heard(page)
    clipped = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1 && one.offsetHeight <= one.clientHeight)"
    assert page.eval_on_selector_all(".hints li", clipped) == []
    page.get_by_role("button", name="Replay with my numbers").click()
    expect(page.locator("#replay h2")).to_be_visible()
    assert seen(page, "#replay h2")
    assert page.eval_on_selector_all(".replay .working", clipped) == []
    context.close()


def test_what_is_typed_and_not_left_survives_a_reload(page: Page, server: Running) -> None:
    begin(page, server, "typed")
    box(page, "gradient").press_sequentially("0.125")
    page.reload()
    expect(box(page, "gradient")).to_have_value("0.125")
    # It was saved as well, not only kept in this tab.
    with page.expect_response(lambda response: response.request.method == "POST"):
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


def test_without_javascript(chromium: Browser, server: Running) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    link, question = server.link("two-paths-given", "no scripts")
    page.goto(link)
    page.get_by_role("button", name="Work on it").click()
    answers = right_answers(question)
    for name, text in answers.items():
        box(page, name).fill(text)
    box(page, "gradient").fill("0.5")
    page.get_by_role("button", name="Check all").click()
    expect(page.locator("#said")).to_contain_text("12 right, 1 not yet")
    page.get_by_role("button", name=re.compile("^A hint for Gradient")).click()
    expect(page.locator(".hints li")).to_have_count(1)
    box(page, "gradient").fill(answers["gradient"])
    box(page, "gradient").press("Enter")
    expect(page.locator("#said")).to_contain_text("All steps are right")
    context.close()


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


def test_an_assignment_until_it_is_due(page: Page, server: Running) -> None:
    handed = open_assignment(server.folder).questions.questions[0]
    question = handed.solved()
    page.goto(f"{server.address}/work")
    page.get_by_label("The id at the top of your sheet").fill(handed.sheet_id)
    page.get_by_role("button", name="Open it").click()
    page.wait_for_url(f"**/work/{handed.sheet_id}")
    nothing_serious(page, "assignment")
    page.get_by_role("link", name=re.compile("Work on it")).click()
    fill_all(page, right_answers(question))
    box(page, "gradient").press("Tab")
    expect(page.locator("#said")).to_contain_text("boxes are saved")
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("#said")).to_contain_text("Handed in, attempt 1")
    expect(page.locator(".verdict")).to_have_count(0)
    nothing_serious(page, "online question")
    server.clock.now, before = DUE + 60, server.clock.now
    page.reload()
    expect(page.locator(".feedback.correct")).to_have_count(len(question.slots))
    expect(page.locator("#solution")).to_be_visible()
    server.clock.now = before


def test_a_visit_that_has_run_out_goes_on_with_the_sheet(page: Page, context: BrowserContext, server: Running) -> None:
    handed = open_assignment(server.folder).questions.questions[0]
    page.goto(f"{server.address}/work/{handed.sheet_id}/q1")
    context.clear_cookies()
    with page.expect_response(lambda response: response.request.method == "POST" and response.ok):
        box(page, "gradient").fill("0.625")
        box(page, "gradient").press("Enter")
    page.reload()
    expect(box(page, "gradient")).to_have_value("0.625")


def test_axe_finds_nothing_serious(page: Page, server: Running) -> None:
    for path in ("/", "/progress", "/teacher", "/work", "/nowhere"):
        page.goto(server.address + path)
        nothing_serious_by_day_and_night(page, path)
    begin(page, server, "axe", "two-paths")
    nothing_serious_by_day_and_night(page, "fresh question")
    box(page, "gradient").fill("0.5")
    box(page, "path_1.product").fill("x")
    page.get_by_role("button", name="Check all").click()
    expect(page.locator("#said")).to_contain_text("not yet")
    page.get_by_role("button", name="A hint for Product of path 1").click()
    page.get_by_role("button", name="Replay with my numbers").click()
    expect(page.locator("#replay h2")).to_be_visible()
    nothing_serious_by_day_and_night(page, "checked question")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Show the solution").click()
    expect(page.locator("#solution")).to_be_visible()
    nothing_serious_by_day_and_night(page, "solution")
    page.goto(f"{server.address}/progress")
    nothing_serious_by_day_and_night(page, "progress with plots")


WIDTHS = (320, 390, 768)
"""320 pixels are also what 400 % zoom leaves of a screen of 1280."""


def test_narrow_screens_scroll_in_one_direction_only(page: Page, server: Running) -> None:
    def too_wide() -> list[int]:
        found = []
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 700})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(width)
        return found

    for path in ("/", "/progress", "/teacher"):
        page.goto(server.address + path)
        assert too_wide() == [], path
    for recipe in ("two-paths", "deep"):
        begin(page, server, "narrow", recipe)
        assert too_wide() == [], recipe
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 700})
            small = page.eval_on_selector_all(
                "#work button:not(.default)",
                "all => all.map(one => one.getBoundingClientRect())"
                ".filter(b => Math.min(b.width, b.height) < 24).length",
            )
            assert small == 0
        # On a telephone the drawing is another one; wider, nothing is there that axe has not seen above.
        page.set_viewport_size({"width": 320, "height": 700})
        nothing_serious(page, recipe)


COVERED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return !(top && one.contains(top)) && (one.name || one.textContent).trim();
}"""


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


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


@pytest.mark.parametrize(
    ("width", "height"), [(390, 844), (360, 640), (390, 420), (844, 390), (320, 640), (320, 256), (800, 600)]
)
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


def test_without_javascript_a_phone_has_the_drawing_too(chromium: Browser, server: Running) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640})
    page = context.new_page()
    begin(page, server, "phone without scripts")
    box(page, "path_1.product").fill("0.5")
    page.get_by_role("button", name="Check path 1").click()
    expect(feedback(page, "path_1.product")).to_contain_text("Not yet")
    box(page, "path_1.product").focus()
    expect(page.locator("#strip svg")).to_be_in_viewport(ratio=1)
    context.close()


def test_the_command_serves_on_a_free_port(tmp_path: Path) -> None:
    program = "from grader.commands import main; main()"
    command = [
        sys.executable,
        "-u",
        "-c",
        program,
        "practice",
        "--no-browser",
        "--database",
        f"sqlite:///{tmp_path}/c.db",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert address, said
        assert "Gradients, path by path" in httpx2.get(address[0], timeout=10).text
    finally:
        process.terminate()
        process.communicate(timeout=20)
