"""Every recipe's key on both papers, and its worked solution: nothing runs over anything else, or off the page."""

from __future__ import annotations

import shutil
from itertools import combinations, product
from pathlib import Path
from typing import get_args

import pytest

from grader.sheets import Printer, Sheet, SheetQuestion, worked_solution
from grader.sheets.content.formats import Paper
from grader.sheets.network_picture.shapes import overlapping
from grader.sheets.printing.key import certificate_line
from grader.sheets.typeset.layout import Place, page_of
from grader.sheets.typeset.pages import Typeset
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe, recipe_names
from tests.grader.sheets.paper import MARGIN, POINT, check_boxes
from tests.grader.sheets.pictures import Word, words_of

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
QUICK = (("two-paths", "Letter"), ("circuit-edges", "A4"))
"""What `make test` tries."""
KEYS = [
    pytest.param(name, paper, marks=[] if (name, paper) in QUICK else [pytest.mark.bank])
    for name, paper in product(recipe_names(), get_args(Paper))
]


def drawn(recipe: str) -> Question:
    kind = load_recipe(recipe)
    (question,) = draw(kind, [b"looked at"], quantity=kind.usually_asked, name=recipe)
    return question


def inside(word: Word, box: Place) -> bool:
    beside = word.right <= box.left or box.right <= word.left
    return word.page == box.page and box.bottom < word.middle < box.top and not beside


def check_apart(words: list[Word]) -> None:
    """No two words of a line meet; a hat stands over its letter."""
    words = [word for word in words if word.text not in "ˆ˜"]
    for one, other in combinations(words, 2):
        same_line = one.page == other.page and abs(one.middle - other.middle) < 2
        assert not (same_line and one.left < other.right - 1 and other.left < one.right - 1), (one, other)


def check_key(made: Typeset, found: list[Word], certified: str) -> None:
    """Every value stands in its box, and within the margins all but what belongs there."""
    check_apart(found)
    width, height = made.layout.width, made.layout.height
    at_foot = set(certified.split())
    for word in found:
        boxes = [box for box in made.boxes.values() if inside(word, box)]
        assert len(boxes) <= 1, word
        for box in boxes:
            assert box.left < word.left, word
            assert word.right < box.right, word
        assert MARGIN < word.left < word.right < width - MARGIN, word
        head = word.page > 0 and word.middle > height - MARGIN
        foot = word.middle < MARGIN and (word.middle < 12 / POINT or word.text in at_foot)
        assert head or foot or MARGIN < word.middle < height - MARGIN, word


@pytest.mark.parametrize(("recipe", "paper"), KEYS)
def test_a_key_has_room_for_all_that_is_on_it(tmp_path: Path, recipe: str, paper: Paper) -> None:
    """And its sheet, whose drawing it shows: no two labels of that meet, no box crosses a page."""
    question, printer = drawn(recipe), Printer()
    sheet = Sheet("", recipe, "", "", "", (SheetQuestion(1, 1, question),), paper=paper)
    made = printer.layout(sheet, sheet.questions[0])
    path = tmp_path / "key.pdf"
    with path.open("wb") as file:
        printer.write_filled(sheet, file)
    check_boxes(made)
    assert not overlapping(page_of(made.key, made.fit).drawing)
    check_key(made, words_of(path.read_bytes(), tmp_path), certificate_line(question))


@pytest.mark.parametrize(
    "recipe", [pytest.param(name, marks=[] if name == "first" else [pytest.mark.bank]) for name in recipe_names()]
)
def test_a_solution_has_room_for_all_that_is_on_it(tmp_path: Path, recipe: str) -> None:
    found = words_of(worked_solution(drawn(recipe), recipe), tmp_path)
    check_apart(found)
    assert all(MARGIN < word.left < word.right < 595.3 - MARGIN for word in found)
    assert all(word.middle < 842 - MARGIN for word in found)


def test_the_checks_can_fail() -> None:
    """A word over another, and one that begins in a box and ends behind it."""
    box = Place(0, 100.0, 100.0, 150.0, 122.0)
    assert inside(Word("1.5", 0, 140.0, 110.0, 160.0), box)
    assert not inside(Word("1.5", 0, 151.0, 110.0, 160.0), box)
    with pytest.raises(AssertionError):
        check_apart([Word("a", 0, 10.0, 50.0, 20.0), Word("b", 0, 15.0, 50.5, 30.0)])
