"""What several rooms' tests share: a web browser, sets that are not printed, files read without another process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.grader.small_set import unplotted, unprinted
from tests.grader.submission_files import reading_here

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; a test that asks for it carries the mark `browser`."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
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
