"""An instructor's own words: what they may hold, where they stand, in which language."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader

from grader.assignments.assignment import load_assignment
from grader.sheets.typography.own_words import set_words
from question_bank.errors import InputError
from question_bank.language.spoken import speaking
from tests.grader.command_line import run

pytestmark = pytest.mark.usefixtures("one_printer")

QUESTIONS = '[[questions]]\nrecipe = "first"\nmarks = 4\n[[questions]]\nrecipe = "first"\nmarks = 4\n'
TEXTS = """\
[texts]
task = "The net of lecture four."
instructions = "Write into the boxes."
allowed = "A calculator."
honour = "All of it is mine."
[texts.de]
instructions = "In die Kästen schreiben."
"""


def folder_with(folder: Path, text: str, top: str = "") -> Path:
    (folder / "assignment.toml").write_text(f'title = "A set"\n{top}{text}{QUESTIONS}')
    (folder / "roster.csv").write_text("id,name\ns1,Ada\ns2,Bo\n")
    return folder


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb\n\n\n c", "<p>a b</p>\n<p>c</p>"),
        ("*a* **b** 2 * 3 * 4", "<p><em>a</em> <strong>b</strong> 2 * 3 * 4</p>"),
        ("- a\n  b\n- *c*", "<ul><li>a b</li><li><em>c</em></li></ul>"),
        (r"\*a\* 5 \$ \\", "<p>*a* 5 $ \\</p>"),
        ("<script>&x;</script>", "<p>&lt;script&gt;&amp;x;&lt;/script&gt;</p>"),
        ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
        ("x*y*z", "<p>x*y*z</p>"),
    ],
)
def test_markup_is_paragraphs_lists_emphasis_and_nothing_else(text: str, html: str) -> None:
    assert set_words(text) == html


def test_a_formula_is_set_as_the_sheet_sets_its_own_with_the_decimal_sign_of_the_language() -> None:
    with speaking("de"):
        found = set_words(r"$\eta = 0.5$")
    assert "<i>η</i>" in found
    assert "0,5" in found
    assert 'class="ix"' not in set_words("$w_{12}$")  # nothing is stamped there


@pytest.mark.parametrize(
    ("texts", "complaints"),
    [
        ('[texts]\ntaks = "a"\n', ["texts: unknown key taks", "did you mean task", "Did you mean task"]),
        ('[texts.fr]\ntask = "a"\n', ["texts: unknown key fr", "en, de"]),
        ('[texts.de]\nhonor = "a"\n', ["texts.de.honor: unknown key", "honour"]),
        ('[texts]\nde = "a"\n', ["de is no text", "[texts.de]"]),
        ('[texts]\ntask = ""\n', ["texts.task"]),
        ('[texts]\ntask = "a\\u0007"\n', ["texts.task", "control characters"]),
        ('[texts]\ntask = "costs 5 $"\n', ["texts.task", "a $ that no other one closes"]),
        ("[texts]\ntask = '$\\frac{1}$'\n", ["texts.task", "no formula"]),
        (f"[texts]\ntask = '${'x' * 500}$'\n", ["texts.task", "no formula"]),
        ("[texts]\nallowed = 5\nhonour = ['a']\n", ["texts.allowed", "texts.honour", "text in quotation marks"]),
        (f'[texts]\ntask = "{"a" * 4001}"\n', ["texts.task"]),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_key(tmp_path: Path, texts: str, complaints: list[str]) -> None:
    with pytest.raises(InputError) as error:
        load_assignment(folder_with(tmp_path, texts))
    found = str(error.value)
    assert [said for said in complaints if said.lower() not in found.lower()] == []
    assert "assignment.toml" in found


def test_each_text_stands_where_it_is_read(tmp_path: Path) -> None:
    folder_with(tmp_path, TEXTS)
    own = f'[[questions]]\nrecipe = "first"\nmarks = 4\ntexts.task = "Mine alone."\n{QUESTIONS}'
    (tmp_path / "assignment.toml").write_text(f'title = "A set"\n{TEXTS}{own}')
    assert run("make", tmp_path).exit_code == 0
    pages = [page.extract_text() for page in PdfReader(tmp_path / "sheets" / "s1.pdf").pages]
    assert [text.count("Write into the boxes.") for text in pages] == [1, 0, 0]
    assert [text.count("A calculator.") for text in pages] == [1, 0, 0]
    assert [text.count("The net of lecture four.") for text in pages] == [0, 1, 1]
    assert [text.count("Mine alone.") for text in pages] == [1, 0, 0]
    assert [text.count("All of it is mine.") for text in pages] == [0, 0, 1]
    assert [text.count("Signature") for text in pages] == [0, 0, 1]
    assert pages[0].index("Write into") < pages[0].index("Mine alone.") < pages[0].index("Work out")
    key = "".join(page.extract_text() for page in PdfReader(tmp_path / "key.pdf").pages)
    assert key.count("All of it is mine.") == 2


def test_a_language_has_its_own_and_what_it_lacks_is_said_as_it_stands_without_one(tmp_path: Path) -> None:
    assert run("make", folder_with(tmp_path, TEXTS, 'language = "de"\n')).exit_code == 0
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "sheets" / "s1.pdf").pages)
    assert "In die Kästen schreiben." in text
    assert "Write into the boxes." not in text
    assert "Erlaubt: A calculator." in text


def test_sheets_are_printed_anew_where_the_words_change_and_with_the_same_numbers(tmp_path: Path) -> None:
    run("make", folder_with(tmp_path, ""))
    before = (tmp_path / "questions.json").read_bytes()
    assert "0 printed, 2 kept" in run("make", tmp_path).stdout
    said = run("make", folder_with(tmp_path, TEXTS))
    assert "2 printed, 0 kept" in said.stdout
    assert "2 sheets printed anew with the same numbers" in said.stderr
    assert (tmp_path / "questions.json").read_bytes() == before
    assert "Write into the boxes." in PdfReader(tmp_path / "sheets.pdf").pages[0].extract_text()
    assert "0 printed, 2 kept" in run("make", tmp_path).stdout
