"""What several rooms' tests share: a web browser, sets that are not printed, files read without another process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.grader.small_set import printed_by_one, unplotted, unprinted
from tests.grader.submission_files import reading_here

# What shows web pages without a window comes first: it is the quickest.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))), None
)
# By these a window of the whole browser draws suggestions for its address bar, three times the work of the page.
SUGGESTIONS = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    f"--disable-features={SUGGESTIONS}",
)
# A busy machine is no failure.
PATIENCE = 60_000


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium without a window, for all modules; a test that asks for it carries the mark `browser`.

    From then on a loop of asyncio is running in this thread, Playwright's: a test that needs another takes a thread.
    """
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=2 * PATIENCE)
        yield started
        started.close()


@pytest.fixture(scope="module")
def read_here() -> Iterator[None]:
    """Files are read in this process, not in one of their own."""
    with reading_here():
        yield


@pytest.fixture
def without_sheets() -> Iterator[None]:
    """For what is not about sheets."""
    with unprinted():
        yield


@pytest.fixture
def without_plots() -> Iterator[None]:
    """For what is not about the class's page."""
    with unplotted():
        yield


@pytest.fixture(scope="module")
def one_printer() -> Iterator[None]:
    """For commands: what a fresh printer does is asked in the room of sheets."""
    with printed_by_one():
        yield
