"""Every recipe in every language: no sentence is missing, and sheet, key and solution have room for all on them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from grader.sheets import Printer, Sheet, SheetQuestion, worked_solution
from grader.sheets.network_picture.shapes import overlapping
from grader.sheets.printing.key import certificate_line
from grader.sheets.printing.worked import worked_page
from grader.sheets.typeset.layout import page_of
from question_bank.language.spoken import language_of, languages
from question_bank.language.words import Message, using
from question_bank.questions.recipe import recipe_names
from tests.grader.sheets.paper import MARGIN, check_boxes, check_words
from tests.grader.sheets.pictures import words_of
from tests.grader.sheets.samples import sheet_of
from tests.grader.sheets.test_key_on_paper import check_apart, check_key
from tests.grader.sheets.test_key_on_paper import drawn as certified

pytestmark = [
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed"),
    pytest.mark.bank,
]


class Missed(Mapping[Message, str | tuple[str, ...]]):
    """A catalogue that writes down what it was asked for and lacks."""

    def __init__(self, messages: Mapping[Message, str | tuple[str, ...]]) -> None:
        self._messages = messages
        self.missed: set[Message] = set()

    def __getitem__(self, message: Message) -> str | tuple[str, ...]:
        if message not in self._messages:
            self.missed.add(message)
        return self._messages[message]

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages)

    def __len__(self) -> int:
        return len(self._messages)


@pytest.fixture(scope="module", params=[code for code in languages() if code != "en"])
def catalogue(request: pytest.FixtureRequest) -> Iterator[Missed]:
    """A language, spoken."""
    spoken = language_of(request.param)
    found = Missed(dict(spoken.messages))  # type: ignore[arg-type]
    with using(replace(spoken, messages=found)):
        yield found


@pytest.mark.parametrize("recipe", recipe_names())
def test_a_recipe_is_said_wholly_and_has_room_on_its_paper(catalogue: Missed, recipe: str, tmp_path: Path) -> None:
    random = sheet_of(recipe, "given")
    (asked,) = random.questions
    marks = {slot.name: 1.0 for slot in asked.question.slots}
    sheet = replace(random, questions=(replace(asked, slot_marks=marks, marks=float(len(marks)), show_marks=True),))
    printer = Printer()
    # On how many pages is another matter: what is longer may need one more.
    made = printer.layout(sheet, sheet.questions[0])
    check_boxes(made)
    check_words(made, words_of(printer.student(sheet), tmp_path))
    solved = certified(recipe)
    _check_key(printer, replace(sheet, questions=(SheetQuestion(1, 1, solved),)), tmp_path)
    found = words_of(worked_solution(solved, recipe), tmp_path)
    check_apart(found)
    assert all(MARGIN < word.left < word.right < 595.3 - MARGIN and word.middle < 842 - MARGIN for word in found)
    worked_page(solved)
    assert catalogue.missed == set()


def _check_key(printer: Printer, sheet: Sheet, folder: Path) -> None:
    made = printer.layout(sheet, sheet.questions[0])
    key = BytesIO()
    printer.write_filled(sheet, key)
    check_boxes(made)
    assert not overlapping(page_of(made.key, made.fit).drawing)
    check_key(made, words_of(key.getvalue(), folder), certificate_line(sheet.questions[0].question))


def test_a_sentence_that_is_missing_is_noticed() -> None:
    from question_bank.language.words import _

    german = language_of("de")
    found = Missed({"Sum": "Summe"})
    with using(replace(german, messages=found)):
        assert (_("Sum"), _("Product")) == ("Summe", "Product")
    assert found.missed == {"Product"}
