"""Practice in a real Chromium: a question is solved with mistakes and hints, by mouse, by keys, without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.grader.practice.visitors import right_answers
from tests.grader.practice.visits import Running, begin, box, feedback, fill_all

pytestmark = pytest.mark.browser


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
    for factor in question.derivation.paths[0].factors:
        product *= float(answers[f"path_1.{factor.key}"])
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
    expect(page.locator("#looks").get_by_role("link", name="Product of path 2")).to_be_visible()
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
    expect(page.locator("#said")).to_contain_text("The replay stands below, with your numbers. It begins at:")
    assert "It begins at: ∂L/∂ŷ₁ in path 1, Product of path 2." in heard(page)
    assert page.eval_on_selector_all(".replay .working", clipped) == []
    context.close()


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
