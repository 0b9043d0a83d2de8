"""What a screen reader is told, from Chromium's own tree: names in the page's language, headings in their order."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page

from grader.practice.web.typing_pages import TypingSite, create_typing_app
from grader.report.page import class_page
from grader.report.summary import summarise
from question_bank.language.spoken import speaking
from question_bank.misconceptions import CATALOGUE
from tests.grader.practice.test_typing_page import KEY, site
from tests.grader.practice.visits import Running
from tests.grader.report.classes import made, marked, responses

__all__ = ["site"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMED = {"textbox", "checkbox", "radio", "combobox", "button", "link", "spinbutton", "searchbox", "image", "img"}
ENGLISH = re.compile(
    r"\b(the|of|and|with|your|hint|check|gradient of|loss|path|product|name|page|next|save|sheet)\b", re.I
)


@pytest.fixture
def german(chromium: Browser) -> Iterator[Page]:
    """A window whose browser asks for German."""
    context = chromium.new_context(locale="de-DE")
    yield context.new_page()
    context.close()


def nodes(page: Page) -> list[dict[str, Any]]:
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [node for node in tree if not node.get("ignored")]


def complaints(page: Page) -> list[str]:
    """Where a reader is left alone: a control or a picture without a name, an English one, a heading out of order."""
    found = []
    before = 0
    for node in nodes(page):
        role, name = node["role"]["value"], node.get("name", {}).get("value", "").strip()
        if role in NAMED and not name:
            found.append(f"{role} without a name")
        if role in NAMED | {"heading"} and ENGLISH.search(name):
            found.append(f"{role}: {name}")
        if role == "heading":
            level = next(one["value"]["value"] for one in node["properties"] if one["name"] == "level")
            if level > before + 1:
                found.append(f"heading {name} of level {level} after one of {before}")
            before = level
    if page.locator("html").get_attribute("lang") != "de":
        found.append("a page that does not say that it is German")
    return found


def test_a_tree_that_is_lacking_is_seen(german: Page) -> None:
    german.set_content(
        '<html lang="de"><h1>Eins</h1><h3>Drei</h3><input><img src="data:,"><button>Check the box</button>'
    )
    said = " ".join(complaints(german))
    for one in ("level 3 after one of 1", "textbox without", "button: Check the box"):
        assert one in said


@pytest.mark.parametrize("path", ["/", "/progress", "/teacher", "/work", "/nowhere"])
def test_pages_of_practice(german: Page, server: Running, path: str) -> None:
    german.goto(server.address + path)
    assert complaints(german) == []


def test_a_question(german: Page, server: Running) -> None:
    link, _question = server.link("two-paths", "tree")
    german.goto(link)
    german.locator("form button").first.click()
    german.wait_for_url("**/q/*")
    assert len([node for node in nodes(german) if node["role"]["value"] == "textbox"]) > 5
    assert complaints(german) == []


def test_the_page_for_typing(german: Page, site: TypingSite) -> None:
    server = uvicorn.Server(
        uvicorn.Config(create_typing_app(replace(site, language="de")), port=0, log_level="warning")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    german.goto(f"http://127.0.0.1:{port}/?key={KEY}")
    assert complaints(german) == []
    server.should_exit = True
    thread.join()


def test_the_page_about_the_class(german: Page, tmp_path: Path) -> None:
    handed = made(tmp_path, 8, ("chain", "which-paths"))
    with speaking("de"):
        page = class_page(summarise(handed, marked(handed, responses(handed)), []), {}, CATALOGUE)
    german.set_content(page)
    assert complaints(german) == []
