"""The page and the files: whole by themselves, safe with whatever students write, readable without the pictures."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser

from grader import report
from grader.assignments.question_set import QuestionSet
from grader.grading.grading import Graded
from grader.report.page import _hardest, _mixed_words
from grader.report.summary import FormMarks
from question_bank.misconceptions import CATALOGUE, by_id
from question_bank.networks.notation import in_letters
from tests.grader.barriers import barriers, barriers_in_the_dark
from tests.grader.report.classes import HOSTILE, NAMES, PROBLEMS, STEERING, marked, responses


class Elements(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return (folder / "class.html").read_text(encoding="utf-8")


def test_the_page_asks_nothing_of_the_network_and_runs_nothing(html: str) -> None:
    assert not re.search(r"https?://|['\"]//|@import|<script|<link|<img|<iframe|<[^>]* on[a-z]+=", html)
    assert all(url.startswith(("data:", "#")) for url in re.findall(r"url\(['\"]?([^)'\"]*)", html))
    targets = [value for _, given in Elements(html).tags for name, value in given.items() if name in ("href", "src")]
    assert all(target and target.startswith("#") for target in targets)


def test_what_students_and_files_say_is_shown_as_text(html: str) -> None:
    words = Elements(html).words
    assert words.count(HOSTILE) > 2
    assert "=cmd()\\u0007\\u202e" in words
    assert "\u202e" not in html
    assert "&lt;b&gt; <b>bold</b>" in words


def test_ids_are_unique_and_links_lead_somewhere(html: str) -> None:
    tags = Elements(html).tags
    ids = Counter(given["id"] for _, given in tags if "id" in given)
    assert [name for name, count in ids.items() if count > 1] == []
    for _, given in tags:
        for name in ("href", "xlink:href"):
            assert (given.get(name) or "#main")[1:] in ids


def test_every_picture_has_words_and_every_table_a_caption(html: str) -> None:
    tags = Elements(html).tags
    assert all(given.get("aria-label") and given.get("role") == "img" for tag, given in tags if tag == "svg")
    assert sum(tag == "table" for tag, _ in tags) == sum(tag == "caption" for tag, _ in tags)


def test_headings_lead_down_one_level_at_a_time(html: str) -> None:
    levels = [int(tag[1]) for tag, _ in Elements(html).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_misconceptions_are_told_in_the_instructors_words(folder: Path, html: str) -> None:
    figures = json.loads((folder / "class.json").read_text(encoding="utf-8"))
    words, known = Elements(html).words, by_id(CATALOGUE)
    assert figures["misconceptions"]
    for cause in figures["misconceptions"]:
        for name in cause["misconceptions"]:
            assert ("A slip of the pen: " if name.startswith("slip_") else in_letters(known[name].instructor)) in words
    at_a_glance = Elements(html).words.partition("The commonest mistake")[2].partition("All ")[0]
    assert at_a_glance
    assert "slip_" not in at_a_glance


def test_no_formula_runs_in_the_spreadsheet_and_every_slot_has_a_row(folder: Path) -> None:
    rows = list(csv.reader(io.StringIO((folder / "items.csv").read_text(encoding="utf-8"))))
    figures = json.loads((folder / "class.json").read_text(encoding="utf-8"))
    assert len(rows) - 1 == sum(len(form["slots"]) for form in figures["items"])
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if re.match(r"[=+@]|-(?![\d.])", cell)]


def test_unreadable_boxes_are_listed_with_their_reason(folder: Path) -> None:
    listed = json.loads((folder / "class.json").read_text(encoding="utf-8"))["unreadable"]
    assert {HOSTILE, STEERING} <= {one["characters"] for one in listed}
    assert all(one["reason"] for one in listed)


@pytest.mark.parametrize(("count", "said"), [(1, "say little"), (0, "no figures")])
def test_a_class_of_one_and_a_class_of_none_have_a_page(
    handed: QuestionSet, tmp_path: Path, count: int, said: str
) -> None:
    written = dict(list(responses(handed, honest=1.0).items())[:count])
    report.write_report(tmp_path, handed, marked(handed, written), [], {})
    assert said in Elements((tmp_path / "class.html").read_text(encoding="utf-8")).words


def test_the_same_class_gives_the_same_page(
    handed: QuestionSet, hostile: list[Graded], folder: Path, tmp_path: Path
) -> None:
    report.write_report(tmp_path, handed, hostile, PROBLEMS, NAMES)
    assert (tmp_path / "class.html").read_bytes() == (folder / "class.html").read_bytes()


def test_a_form_that_few_were_asked_is_not_called_the_worst() -> None:
    def form(count: int, right: float) -> SimpleNamespace:
        return SimpleNamespace(
            form=SimpleNamespace(question=f"q{count}"), items=[SimpleNamespace(count=count, right=right)]
        )

    few, many = form(4, 0.25), form(14, 0.5)
    assert (_hardest(SimpleNamespace(forms=[few, many])) or ("",))[0] == "q14"  # type: ignore[arg-type]
    assert (_hardest(SimpleNamespace(forms=[few])) or ("",))[0] == "q4"  # type: ignore[arg-type]


def test_forms_of_unequal_work_are_told_plainly() -> None:
    def form(boxes: int, share: float | None, asked: str = "a weight of layer 1") -> FormMarks:
        return FormMarks("q1", asked, boxes, 1, 12, 12, 6.0, None if share is None else 6 * share, share, 0.3)

    assert (
        _mixed_words([form(13, 0.71), form(9, 0.78)])
        == "Who had 13 boxes got 71\xa0% of the marks, who had 9 boxes 78\xa0%."
    )
    same_size = [form(9, 0.5), form(9, 1.0, "a bias of layer 2")]
    assert _mixed_words(same_size) == (
        "Who was asked for a weight of layer 1 got 50\xa0% of the marks, who was asked for a bias of layer 2 100\xa0%."
    )
    assert _mixed_words([form(13, None), form(9, 0.78)]) == "Who had 9 boxes got 78\xa0% of the marks."
    assert _mixed_words([form(13, None)]) == ""


@pytest.mark.browser
def test_axe_finds_no_barrier(chromium: Browser, folder: Path) -> None:
    """In light and dark, and no line is wider than a telephone."""
    page = chromium.new_page(color_scheme="light", viewport={"width": 390, "height": 800})
    page.goto((folder / "class.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # One row of a table is like another.
    few = "document.querySelectorAll('tbody').forEach(one => [...one.rows].slice(4).forEach(row => row.remove()))"
    page.evaluate(few)
    assert barriers(page) == []
    assert barriers_in_the_dark(page) == []
    page.close()
