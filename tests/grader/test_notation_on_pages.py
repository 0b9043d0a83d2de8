"""What people see in a notation: no letter that it does not define, on any page of any recipe; and the same marks."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from math import isclose
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unicodedata import normalize

import pytest
from typer.testing import CliRunner

from grader.commands import app
from grader.commands.worked_text import worked_lines
from grader.feedback import feedback_for
from grader.feedback.pages import feedback_html
from grader.grading.grading import grade
from grader.marking.typed_working import expand
from grader.practice.learning import tutor
from grader.practice.learning.hints import Rung
from grader.practice.learning.tutor import Entry
from grader.practice.web.question_page import question_context, task_paragraphs
from grader.practice.web.rendering import Renderer
from grader.report.page import class_page
from grader.report.summary import summarise
from grader.sheets.content.face import PLAIN
from grader.sheets.content.number_boxes import printed_givens, shape_of
from grader.sheets.content.sheet import Sheet, SheetQuestion
from grader.sheets.export.targets import svg
from grader.sheets.export.written import WrittenOut
from grader.sheets.pdf.forms import tooltip
from grader.sheets.printing.worked import worked_page
from grader.sheets.typeset.layout import LayoutKey, SheetHeading, natural_fit, page_of, question_entry
from grader.sheets.typography.rendering import render
from grader.submissions import Collected, Submission
from question_bank.misconceptions import CATALOGUE
from question_bank.networks.lettering import in_notation
from question_bank.networks.notation_presets import PRESETS, preset
from question_bank.networks.notations import Notation
from question_bank.questions.draws import draw
from question_bank.questions.notation_part import NotationPart, require_unlike_names
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe
from tests.grader.feedback.classroom import STUDENT, question_set, write_folder
from tests.grader.small_set import unplotted
from tests.recipes import recipes

PAGES = Renderer()
OTHERS = [name for name in PRESETS if name not in ("gradpath", "iitm")]
TRIED = ("nielsen", "mazur", "fausett")
"""Letters with the layer above, words, a letter for each layer."""
ON_SCREEN = [pytest.param(each, marks=[] if each == "nielsen" else pytest.mark.bank) for each in OTHERS]
OWN_ALONE = {"pre_activation": "a", "output": "h", "network_output": "ŷ", "target": "y", "loss": "L", "rate": "η"}
"""What gradpath itself calls these: where a notation calls them otherwise, and nothing else so, nobody may see it."""


@cache
def question(name: str) -> Question:
    recipe = load_recipe(name)
    (found,) = draw(recipe, [b"notation"], quantity=recipe.usually_asked, forms="same", name=name)
    return found


class Letters(HTMLParser):
    """The letters that stand on the line in formulas: none of an index, and no word of a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in ("br", "input", "img", "meta", "wbr", "hr", "link", "mspace"):
            self._open.append((tag, dict(attributes).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, text: str) -> None:
        tags = [tag for tag, _ in self._open]
        if "i" in tags and not {"sub", "sup"} & {*tags} and not any("under" in kind for _, kind in self._open):
            self.found.add(text)


class ScreenLetters(HTMLParser):
    """The same of pages for a browser: letters of MathML that are no index, and what names in drawings begin with."""

    _WITH_INDICES = ("msub", "msup", "msubsup", "munder", "munderover")

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._open: list[list[Any]] = []
        self._under = ""
        """The letter that stands under an accent, which comes behind it."""
        self._size = self._name = 0.0
        """Of a drawing's text that is read, and of the last name in it: an index is set at seven tenths of that."""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if self._open:
            self._open[-1][1] += 1
        if tag not in ("br", "input", "img", "meta", "wbr", "hr", "link", "mspace"):
            self._open.append([tag, 0])
        if tag == "text":
            self._size = float(dict(attributes).get("font-size") or 0)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, text: str) -> None:
        tags, said = [tag for tag, _ in self._open], text.strip()
        if not said or not tags:
            return
        below = any(tag in self._WITH_INDICES and count > 1 for tag, count in self._open)
        if tags[-1] == "mi" and not below and "mover" not in tags:
            self.found.add(said)
        if "mover" in tags and not below:
            # Behind the letter comes what stands over it: a hat, or something else.
            if said == "^":
                self.found.add(normalize("NFC", f"{self._under}\N{COMBINING CIRCUMFLEX ACCENT}"))
            self._under = said
        if tags[-1] == "text" and said[0].isalpha() and not isclose(self._size, 0.7 * self._name, rel_tol=1e-3):
            self._name = self._size
            if len(said) == 1 or not said[1].isalpha():
                self.found.add(said[:1])


def letters_on_screen(html: str) -> set[str]:
    reader = ScreenLetters()
    reader.feed(html)
    return reader.found


def practice_pages(solved: Question, pages: Renderer) -> str:
    """What practice shows of a question: drawing and givens, boxes with every hint, and the solution."""
    fresh = tutor.begin(solved)
    entries = {name: Entry(rung=Rung.FORMULA) for name in fresh.asked if name not in tutor.ticks(fresh)}
    shown = []
    for play in (replace(fresh, entries=MappingProxyType(entries)), replace(fresh, revealed=True)):
        with solved.derivation.naming():
            context = question_context(play) | {"said": "", "at": ""}
            parts = (pages.page(part, **context) for part in ("look.html", "slots.html", "shown.html"))
            shown.append("".join(parts))
    return "".join(shown)


def slide(solved: Question) -> str:
    """The drawing as a file for slides."""
    with solved.derivation.naming():
        return svg(WrittenOut(solved, "title"))


def letters_in(html: str) -> set[str]:
    reader = Letters()
    reader.feed(html)
    return reader.found


def sheet_html(solved: Question) -> str:
    sheet = Sheet("", "title", "", "", "", (SheetQuestion(1, 1, solved),), paper="A4")
    heading = SheetHeading.of_question(sheet, sheet.questions[0])
    key = LayoutKey(
        solved.derivation, solved.precision, shape_of(solved.derivation, printed_givens(solved)), heading, "A4"
    )
    entry = question_entry(page_of(key, natural_fit(key)), key.precision, heading, "A4", texts=None, qr=None)
    return render("sheet.html", title="title", parts=[entry], fields=False, foot=None, face=PLAIN)


def undefined(notation: Notation, solved: Question) -> set[str]:
    """Letters of gradpath's own that the notation has replaced, unless it means something else by them."""
    conventions = solved.derivation.model.conventions()
    if conventions.own_names:
        return set()
    used = {value[:1] if "_" in value else value for value in map(notation.letter, OWN_ALONE)}
    used |= {notation.letter(role)[:1] for role in ("input", "output_pre_activation", "output_weight", "error_term")}
    gone = {letter for role, letter in OWN_ALONE.items() if notation.letter(role) != letter} - used
    # Where no layer tells an output from a hidden unit's, it keeps gradpath's letter.
    return gone if conventions.sizes or solved.derivation.model.graph().outputs[0].letter != "yhat" else gone - {"ŷ"}


@pytest.mark.parametrize("name", recipes())
@pytest.mark.parametrize("notation", ON_SCREEN)
def test_nor_on_a_page_of_practice_or_in_a_drawing(name: str, notation: str) -> None:
    solved = question(name)
    with in_notation(preset(notation)):
        seen = letters_on_screen(practice_pages(solved, PAGES)) | letters_on_screen(slide(solved))
    assert seen & undefined(preset(notation), solved) == set()


def what_comes_back(solved: Question) -> str:
    """Feedback and the page about the class, on a sheet with every second box wrong and every seventh left out."""
    off = (f"{2 * solved.value(slot.step) + 1:g}" for slot in solved.slots)
    ways = (("" if at % 7 == 6 else wrong if at % 2 else None) for at, wrong in enumerate(off))
    responses = {
        slot.name: solved.printed(slot.step) if written is None else written
        for slot, written in zip(solved.slots, ways, strict=True)
    }
    questions = question_set(solved)
    marked = grade(questions, Collected((Submission(STUDENT, "q1", responses, "sheet.csv"),), ()))
    told = feedback_for(questions.questions, {one.handed.question: one for one in marked}, title="Set 1")
    with unplotted():
        about = class_page(summarise(questions, marked, []), {}, CATALOGUE)
    return feedback_html(told) + about


@pytest.mark.parametrize("name", recipes())
@pytest.mark.parametrize("notation", ON_SCREEN)
def test_nor_in_feedback_or_on_the_page_about_a_class(name: str, notation: str) -> None:
    solved = question(name)
    with in_notation(preset(notation)):
        pages = what_comes_back(solved)
    assert (letters_in(pages) | letters_on_screen(pages)) & undefined(preset(notation), solved) == set()


def every_page(solved: Question) -> list[str]:
    return [sheet_html(solved), worked_page(solved)]


@pytest.mark.parametrize("name", recipes())
@pytest.mark.parametrize(
    "notation", [pytest.param(each, marks=[] if each in TRIED else pytest.mark.bank) for each in OTHERS]
)
def test_no_letter_stands_on_a_page_that_the_notation_does_not_define(name: str, notation: str) -> None:
    solved = question(name)
    require_unlike_names(preset(notation), solved.derivation)
    with in_notation(preset(notation)):
        seen = set().union(*map(letters_in, every_page(solved)))
        plain = " ".join([*(tooltip(solved.derivation, slot) for slot in solved.slots)])
        terminal = " ".join(line.text for line in worked_lines(solved, ranged=True, title=""))
        task = " ".join(task_paragraphs(Renderer(), solved))
    gone = undefined(preset(notation), solved)
    assert seen & gone == set()
    for letter in gone:
        standing = re.compile(rf"(?<![\w\\]){letter}[₀₁₂₃₄₅₆₇₈₉⁽]")
        assert not standing.search(f"{plain} {terminal} {task}"), letter
    assert not re.search(r"[\\{}]", f"{plain} {task}")


def test_a_letter_that_is_not_defined_is_seen() -> None:
    """The test above from its other side."""
    solved = question("two-paths")
    assert {"h", "ŷ", "L"} <= letters_in(sheet_html(solved)) & undefined(preset("nielsen"), solved) | {"ŷ"}
    with in_notation(preset("nielsen")):
        assert {"a", "z", "C"} <= letters_in(sheet_html(solved))
    screen, drawn = practice_pages(solved, PAGES), slide(solved)
    assert {"h", "ŷ", "L"} <= letters_on_screen(screen)
    assert {"h", "ŷ", "L"} <= letters_on_screen(drawn)
    assert {"h", "ŷ", "L"} <= letters_on_screen(what_comes_back(solved))
    with in_notation(preset("nielsen")):
        assert {"a", "z", "C"} <= letters_on_screen(practice_pages(solved, PAGES))
        assert {"a", "z", "C"} <= letters_on_screen(what_comes_back(solved))


def test_typed_working_names_what_it_works_out_in_the_sheets_letters() -> None:
    solved = question("two-paths")
    line = "0.5*0.2*0.3*0.4*0.1 + 0.1*0.2*0.3*0.4*0.5 = 0.0024"
    usual, remarks = expand(solved, {"working": f"dL/dw1_31 = {line}"})
    assert usual["gradient"] == "0.0024"
    for name in ("dC/dw^2_31", "∂C/∂w²₃₁", "dC/dw", "dL/dw1_31"):
        with in_notation(preset("nielsen")):
            assert expand(solved, {"working": f"{name} = {line}"}) == (usual, remarks), name
    with in_notation(preset("mazur")):
        assert expand(solved, {"working": f"dE/dw7 = {line}"}) == (usual, remarks)
    # A name that the sheet does not use is none.
    assert expand(solved, {"working": f"dC/dw^2_31 = {line}"})[0] != usual


RESPONSES = {"h1_1": "0.5", "a2_1": "0.123", "gradient": "0.1", "path_1.dL/dyhat_1": "-0.4"}


def graded(folder: Path, notation: str) -> tuple[bytes, str, str]:
    """The grades, the page about the class and a student's feedback."""
    write_folder(folder, "2020-01-01", RESPONSES)
    text = (folder / "assignment.toml").read_text("utf-8")
    (folder / "assignment.toml").write_text(f"{notation}\n{text}", "utf-8")
    with unplotted():
        for command in ("grade", "feedback"):
            found = CliRunner().invoke(app, [command, str(folder)])
            assert found.exit_code == 0, found.output
    (feedback,) = (folder / "feedback").glob("*.html")
    return (folder / "grades.csv").read_bytes(), (folder / "class.html").read_text("utf-8"), feedback.read_text("utf-8")


def test_marks_are_the_same_in_every_notation_and_pages_speak_it(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("own", "nielsen")]
    for folder in folders:
        folder.mkdir()
    own, in_nielsen = (graded(folder, said) for folder, said in zip(folders, ("", 'notation = "nielsen"'), strict=True))
    assert own[0] == in_nielsen[0]
    for page, other in zip(own[1:], in_nielsen[1:], strict=True):
        assert "h₁" in page or ">h</mi>" in page
        assert "h₁" not in other
        assert ">h</mi>" not in other
        assert "L₁" not in other


def test_an_unknown_or_clashing_notation_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("id,name\ns1,Ada\n", "utf-8")
    for said, complaint in (
        ('notation = "neilsen"', "notation: no notation 'neilsen'; expected one of gradpath, nielsen"),
        ('[notation]\noutput = "a"', "notation.output: a is both a pre-activation and a hidden unit’s output"),
        ('[notation]\nrat = "a"', "notation.rat: unknown key"),
        ('[notation]\nlayers = "letters"\nnetwork_output = "o"', "one name for two values"),
    ):
        table = said if said.startswith("[") else ""
        top = "" if table else said
        (tmp_path / "assignment.toml").write_text(
            f'title = "Set"\n{top}\n{table}\n[[questions]]\nrecipe = "two-paths"\nmarks = 4\n', "utf-8"
        )
        found = CliRunner().invoke(app, ["make", str(tmp_path)])
        assert found.exit_code == 2
        assert complaint in found.stderr
        assert "assignment.toml" in found.stderr
        assert not (tmp_path / "questions.json").exists()


@pytest.mark.usefixtures("one_printer")
def test_sheets_are_printed_anew_when_the_notation_changes(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("id,name\ns1,Ada\n", "utf-8")
    text = '[[questions]]\nrecipe = "first"\nmarks = 4\n'
    said = []
    for notation in ("gradpath", "nielsen", "nielsen"):
        (tmp_path / "assignment.toml").write_text(f'title = "Set"\nnotation = "{notation}"\n{text}', "utf-8")
        found = CliRunner().invoke(app, ["make", str(tmp_path)])
        assert found.exit_code == 0, found.output
        said.append("the notation has changed: 1 sheet printed anew" in found.stderr)
    assert said == [False, True, False]


def test_every_preset_and_key_stands_in_the_documentation() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "notation.md"
    if not page.exists():
        pytest.skip("an installation carries no docs/")
    text = page.read_text("utf-8")
    assert [name for name in PRESETS if text.count(f"| `{name}` |") != 2] == []
    assert [key for key in NotationPart.model_fields if f"| `{key}` |" not in text] == []
