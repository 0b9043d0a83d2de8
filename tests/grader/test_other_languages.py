"""Pages in a made-up language: every sentence went through a catalogue, and none is cut or runs off the paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from grader.feedback import feedback_html
from grader.practice.storage.database import open_database
from grader.practice.web.site import Options, PracticeSite
from grader.report import write_report
from grader.report.plots import scatter
from grader.sheets import Printer, Sheet, SheetQuestion
from grader.sheets.content.box_marks import EqualParts, worth_text
from grader.sheets.printing.worked import worked_page
from question_bank import draw, load_recipe
from question_bank.language import spoken
from question_bank.language.words import using
from tests.grader.feedback.classroom import feedback
from tests.grader.marking.pupil import work
from tests.grader.report.classes import made, marked, responses
from tests.pseudo_language import CLOSES, OPENS, left_in_english, pseudo_language


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak the made-up language, also where a server asks for it by its code."""
    monkeypatch.setattr(spoken, "language_of", lambda code: pseudo_language())
    with using(pseudo_language()):
        yield


def sheet(name: str) -> Sheet:
    recipe = load_recipe(name)
    (question,) = draw(recipe, [b"made up"], quantity=recipe.usually_asked, forms="same", name=name)
    marks = {slot.name: 0.5 for slot in question.slots}
    asked = SheetQuestion(1, 1, question, 4.0, marks, show_marks=True)
    return Sheet("", "Set", "s1001", "Ada", "7F3K-2QXM-9ABC-DE2G", (asked,))


def test_a_worked_solution_has_no_english_left() -> None:
    (asked,) = sheet("two-paths-given").questions
    assert left_in_english(worked_page(asked.question)) == set()


def test_feedback_has_no_english_left() -> None:
    mixed = work({"h1_3": lambda _: 0.4321}) | {"h1_2": "", "path_1.product": "what?"}
    assert left_in_english(feedback_html(feedback(mixed))) == set()


def test_the_page_about_the_class_has_no_english_left(tmp_path: Path) -> None:
    handed = made(tmp_path, 6, ("chain",))
    graded = marked(handed, responses(handed, honest=0.2))
    write_report(tmp_path, handed, graded, [], {"s001": "Ada"})
    assert left_in_english((tmp_path / "class.html").read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("path", ["/", "/progress", "/teacher", "/work", "/nowhere", "question"])
def test_practice_has_no_english_left(path: str, tmp_path: Path) -> None:
    from tests.grader.practice.visitors import Browser, renderer

    site = PracticeSite(
        open_database(f"sqlite:///{tmp_path / 'practice.sqlite'}"), Options(language="qps"), renderer=renderer()
    )
    browser = Browser(site)
    if path == "question":
        browser.open()
    else:
        browser.get(path)
    assert left_in_english(browser.page.text) == set()


@pytest.mark.parametrize("name", ["two-paths-given"])
def test_no_sentence_of_a_sheet_is_cut_or_runs_off_the_paper(name: str) -> None:
    pdf = pypdfium2.PdfDocument(BytesIO(Printer().student(sheet(name))))
    text = ""
    for page in pdf:
        layer = page.get_textpage()
        text += layer.get_text_range()
        width, height = page.get_size()
        boxes = [layer.get_charbox(at) for at in range(layer.count_chars())]
        assert all(left >= 0 and right <= width and low >= 0 and high <= height for left, low, right, high in boxes)
    assert text.count(OPENS) == text.count(CLOSES) > 0
    assert "…" not in text


def test_numbers_beside_a_plot_have_the_sign_of_the_language() -> None:
    with spoken.speaking("de"):
        plot = str(scatter(np.array([0.11, 0.145]), np.array([0.5, 1.0]), "difficulty", "Schwierigkeit"))
    assert re.search(r">\s*0,1", plot)
    assert not re.search(r">\s*\d+\.\d", plot)


def test_what_boxes_are_worth_has_the_sign_of_the_language() -> None:
    with spoken.speaking("de"):
        assert worth_text(0.222222, 4.0, EqualParts(9, (2, 7))) == "0,5"
        assert worth_text(0.333333, 4.0, None) == "0,33"
