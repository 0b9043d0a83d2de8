"""Templates of one's own: each block can be said anew, what goes wrong is said with its line, no box is ever lost."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import NoReturn

import pytest
from pypdf import PdfReader

from grader.sheets import Printer, Sheet
from grader.sheets.content.face import ExtraPages, Face
from grader.sheets.content.number_boxes import printed_givens, shape_of
from grader.sheets.printing.fit import first_layout
from grader.sheets.typeset.layout import LayoutKey, SheetHeading, page_of, skeleton_of
from grader.sheets.typography import templates_process
from grader.sheets.typography.own_templates import (
    OVERRIDABLE,
    OwnTemplates,
    blocks_of_ours,
    require_templates,
)
from grader.sheets.typography.templates_process import render_own
from question_bank.errors import InputError
from question_bank.expressions.names import named
from question_bank.language.spoken import speaking
from question_bank.networks.lettering import in_notation
from question_bank.networks.notations import Notation
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe
from tests.grader.command_line import run
from tests.grader.sheets.samples import TINY, make_question, make_sheet

QUESTION = '[[questions]]\nrecipe = "first"\nparameter = "w1_11"\nmarks = 4\n'
PLAIN = make_sheet(make_question(TINY, "w1_11"))
NONE = ExtraPages()
HEAD = '{% extends "gradpath/question.html" %}\n'


def templates(**sources: str) -> OwnTemplates:
    return OwnTemplates("mine", tuple((f"{name}.html", source) for name, source in sources.items()))


def own_sheet(css: str = "", own: OwnTemplates | None = None, pages: ExtraPages = NONE) -> Sheet:
    return replace(PLAIN, face=Face(css=css, templates=own, pages=pages))


def refused(sheet: Sheet) -> str:
    with pytest.raises(InputError) as error:
        Printer().student(sheet)
    return str(error.value)


def said_anew(name: str) -> str:
    blocks = "".join(f"{{% block {block} %}}{{{{ super() }}}}{{% endblock %}}" for block in blocks_of_ours()[name])
    return f'{{% extends "gradpath/{name}" %}}{blocks}'


ALL_SAID_ANEW = OwnTemplates("mine", tuple((name, said_anew(name)) for name in OVERRIDABLE))


@pytest.mark.parametrize(
    "recipe",
    [
        "two-paths",
        "deep",
        "which-paths",
        "find-the-error",
        "circuit-edges",
        "matrices",
        "momentum",
        "bptt-last",
        "nudge",
    ],
)
def test_every_block_said_anew_as_it_was_comes_to_the_same(recipe: str) -> None:
    kind = load_recipe(recipe)
    (question,) = draw(kind, [b"one"], quantity=kind.usually_asked)
    sheet = make_sheet(question)
    heading = SheetHeading.of_question(sheet, sheet.questions[0])
    shape = shape_of(question.derivation, printed_givens(question))
    key = LayoutKey(question.derivation, question.precision, shape, heading, "A4")

    def html(face: Face) -> str:
        with question.derivation.naming():
            own = replace(key, face=face)
            found = skeleton_of(own, page_of(own, first_layout(own))).html
        return re.sub(r"\s+", "", found.replace(" data-own", ""))

    ours = html(Face())
    assert html(Face(templates=ALL_SAID_ANEW)) == ours
    # A sheet with a face of one's own is refused where anything stands twice: so ours have nothing twice.
    assert [name for name, times in Counter(re.findall(r'id="([^"]*)"', ours)).items() if times > 1] == []


def test_the_pages_besides_the_questions_can_be_said_anew(tmp_path: Path) -> None:
    pages = ExtraPages(cover=True, formulas=True, working="squared")
    cover = '{% extends "gradpath/cover.html" %}{% block title %}<h1>ANEW {{ cover.title }}</h1>{% endblock %}'
    printer = Printer()
    made = printer.student(own_sheet(own=ALL_SAID_ANEW, pages=pages))
    assert len(PdfReader(BytesIO(made)).pages) == 4
    assert "ANEW" in render_own(
        templates(cover=cover),
        "cover.html",
        face=Face(),
        cover={
            **dict.fromkeys(("prefix", "course", "due", "instructions", "allowed", "honour", "qr"), ""),
            "title": "x",
            "tables": [],
            "texts": None,
            "boxes": own_templates_boxes(),
        },
    )


def own_templates_boxes() -> object:
    from grader.sheets.typeset.layout import HEAD_BOXES

    return HEAD_BOXES


@pytest.mark.parametrize(
    ("source", "line", "complaint"),
    [
        ("\n\n{{ 1 / 0 }}", 3, "division by zero"),
        ("\n{{ nowhere }}", 2, "'nowhere' is undefined"),
        ("\n{{ ''.__class__ }}", 2, "unsafe"),
        ("\n{{ [].append(1) }}", 2, "unsafe"),
        ("\n{{ 'a' * 10000000 }}", 2, "a text of more than"),
        ("\n{{ 10000000 * [1] }}", 2, "a text of more than"),
        ("\n{{ '%99999d' % 1 }}", 2, "a field of more than"),
        ("\n{{ '%99999d'|format(1) }}", 2, "a field of more than"),
        ("\n{{ 'a'.ljust(10) }}", 2, "unsafe"),
        ("\n{{ 2 ** 1000000 }}", 2, "a power of more than"),
        ("\n{% for a in range(10000000) %}{% endfor %}", 2, "Range too big"),
        ("\n{% include 'nowhere.html' %}", 2, "there is no template 'nowhere.html'"),
        ("\n{% include '../sheet.css' %}", 2, "there is no template"),
        ("\n{% include 'question.html' %}", 2, "in a circle"),
        ("{% for a in range(9999) %}\n{{ 'a' * 9999 }}{% endfor %}", 2, "characters"),
    ],
)
def test_what_goes_wrong_is_said_with_file_and_line(source: str, line: int, complaint: str) -> None:
    with pytest.raises(InputError) as error:
        render_own(templates(question=source), "question.html")
    assert complaint in str(error.value)
    assert (error.value.file, error.value.place) == ("mine/question.html", f"line {line}")


@pytest.mark.parametrize(
    ("source", "places"),
    [
        (
            "a\n{% for a in range(99999) %}{% for b in range(99999) %}\n{% set c = a %}{% endfor %}{% endfor %}",
            ("line 2", "line 3"),
        ),
        # One call of C that adds lists to each other, and meanwhile hears no signal and lets no thread run.
        ("a\n\n{% set n = ([[0]] * 1000000)|sum(start=[]) %}", ("line 3",)),
    ],
)
def test_what_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, source: str, places: tuple[str, ...]) -> None:
    monkeypatch.setattr(templates_process, "MOST_SECONDS", 0.5)
    begun = time.monotonic()
    with pytest.raises(InputError, match=r"does not come to an end within 0\.5 seconds") as error:
        render_own(templates(question=source), "question.html")
    assert time.monotonic() - begun < 4
    assert error.value.file == "mine/question.html"
    assert error.value.place in places
    assert render_own(templates(question="{{ 1 + 1 }}"), "question.html") == "2"


def test_where_it_cannot_end_itself_it_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates_process, "MOST_SECONDS", 60)
    monkeypatch.setattr(templates_process, "TO_SAY_WHERE", -59.5)
    source = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    with pytest.raises(InputError, match="does not come to an end") as error:
        render_own(templates(question=source), "question.html")
    assert error.value.file == "mine"


@pytest.mark.skipif(sys.platform != "linux", reason="no other system keeps to a limit of memory")
def test_what_takes_too_much_memory_is_refused() -> None:
    source = "{% set n = namespace(x=[0] * 999) %}{% for a in range(40) %}\n{% set n.x = n.x + n.x %}{% endfor %}"
    with pytest.raises(InputError, match="more than there is room for") as error:
        render_own(templates(question=source), "question.html")
    assert (error.value.file, error.value.place) == ("mine/question.html", "line 2")
    assert render_own(templates(question="{{ 1 + 1 }}"), "question.html") == "2"


def test_one_process_serves_all_and_one_that_has_died_is_replaced() -> None:
    own = templates(question="{{ face }}")
    assert render_own(own, "question.html", face="one") == "one"
    (first,) = templates_process._processes
    assert render_own(own, "question.html", face="<b>\N{GREEK SMALL LETTER DELTA}") == "&lt;b&gt;δ"
    assert templates_process._processes == [first]
    first.kill()
    first.wait()
    assert render_own(own, "question.html", face="three") == "three"
    assert templates_process._processes != [first]


def test_whoever_has_no_templates_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def start() -> NoReturn:
        raise AssertionError("a process")

    templates_process._end()
    monkeypatch.setattr(templates_process, "_start", start)
    Printer().student(own_sheet(".task { color: #222 }"))
    with pytest.raises(AssertionError, match="a process"):
        Printer().student(own_sheet(own=templates(question=HEAD)))


def test_language_and_notation_are_those_of_the_page() -> None:
    source = "{{ lang() }} {{ '0.5'|tex }} {{ name|plain }}"
    with speaking("de"), in_notation(Notation(output="o")):
        made = render_own(templates(question=source), "question.html", name=named("h1_3"))
    assert made == 'de <span class="m">0,5</span> o₁₃'


@pytest.mark.parametrize(
    ("sources", "complaints"),
    [
        ({"question": "{% block task %}"}, ["mine/question.html, line 1", "block"]),
        ({"question": "\n{% for %}"}, ["mine/question.html, line 2"]),
        ({"question": f"{HEAD}{{% block taks %}}{{% endblock %}}"}, ["line 2: no block is called taks", "mean task"]),
        ({"qestion": "x"}, ["mine/qestion.html", "no template has a use for it", "mean question.html"]),
        ({"number": "x"}, ["mine/number.html", "may be said anew"]),
        ({"question": "{% for %}", "cover": "{% if %}"}, ["mine/question.html", "mine/cover.html"]),
    ],
)
def test_what_can_be_seen_before_is_said_all_at_once(sources: dict[str, str], complaints: list[str]) -> None:
    with pytest.raises(InputError) as error:
        require_templates(templates(**sources))
    assert [said for said in complaints if said.lower() not in str(error.value).lower()] == []


def test_a_part_that_a_template_names_may_lie_beside_it() -> None:
    require_templates(
        templates(question=f"{HEAD}{{% block worth %}}{{% include 'mine.html' %}}{{% endblock %}}", mine="x")
    )


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ("{% block work %}{% endblock %}", "the box of gradient"),
        ("{% block work %}{{ super() }}{{ super() }}{% endblock %}", "there more than once"),
        ("{% block givens %}{% endblock %}", "left out"),
        ("{% block heading %}{% endblock %}", "the place of name"),
        ("{% block work %}<!-- {{ super() }} -->{% endblock %}", "left out"),
        ("{% block work %}<div style='display: none'>{{ super() }}</div>{% endblock %}", "left out"),
    ],
)
def test_a_template_that_loses_a_box_is_refused(block: str, complaint: str) -> None:
    found = refused(own_sheet(own=templates(question=HEAD + block)))
    assert complaint in found
    assert "your own templates" in found


@pytest.mark.parametrize(
    ("css", "complaint"),
    [
        (".box { display: none }", "left out"),
        (".work { visibility: hidden }", "hidden"),
        (".work { opacity: 0.1 }", "hidden"),
        (".box { border-color: #fff }", "the box of"),
        (".box { border-color: transparent; background: none }", "drawn in the colour of the page"),
        (".box { border: 0 }", "drawn in the colour of the page"),
        (".box { border-color: currentcolor; color: #fefefe }", "drawn in the colour of the page"),
        (".work { background: #ccc } .box { background: #ccc; border-color: #ccc }", "drawn in the colour of the page"),
        (".box { height: 3mm }", "too small to write in"),
        (".work { position: relative; left: -120mm }", "off the page"),
        (".box { position: absolute; left: 0; top: 0 }", "on each other"),
        (".qr { display: none }", "the place of qr"),
        ("header { display: none }", "the place of name"),
        ('[id="numbers"] { display: none }', "numbers"),
    ],
)
def test_a_style_that_loses_a_box_is_refused(css: str, complaint: str) -> None:
    assert complaint in refused(own_sheet(css))


@pytest.mark.parametrize(
    "css",
    [
        ".box { border: 0; background: #ddd }",
        ".box { border: 0; border-bottom: 1pt solid #888 }",
        ".box { border: 0; outline: 1pt solid #000 }",
        ".work { background: #ccc } .box { border-color: #ccc; background: #fff }",
        ".box { border-color: color-mix(in srgb, red, blue) }",
        ".box { border-color: hsl(200 50% 40%) }",
    ],
)
def test_a_box_that_can_be_seen_in_some_way_is_taken(css: str) -> None:
    assert Printer().student(own_sheet(css))[:5] == b"%PDF-"


def test_a_whole_sheet_of_ones_own_is_looked_at_too_and_fetches_nothing() -> None:
    whole = "<html><body>{% for part in parts %}{% with head = part.head, page = part.page, texts = part.texts, "
    whole += "precision = part.precision, slots = part.slots %}<div style='visibility: STYLE'>"
    whole += (
        "<img src='file:///etc/hostname'>{% include 'question.html' %}</div>{% endwith %}{% endfor %}</body></html>"
    )
    assert Printer().student(own_sheet(own=templates(sheet=whole.replace("STYLE", "visible"))))[:5] == b"%PDF-"
    assert "hidden" in refused(own_sheet(own=templates(sheet=whole.replace("STYLE", "hidden"))))


def test_a_sheet_that_is_read_out_keeps_its_fields() -> None:
    block = "{% block work %}{% if fields %}{% else %}{{ super() }}{% endif %}{% endblock %}"
    with pytest.raises(InputError, match="the field of gradient"):
        Printer().accessible(own_sheet(own=templates(question=HEAD + block)))
    assert Printer().accessible(own_sheet(own=templates(question=HEAD)))[:5] == b"%PDF-"


def test_make_refuses_before_anything_is_made_and_prints_what_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "assignment.toml").write_text(f'title = "A set"\n[face]\ntemplates = "templates"\n{QUESTION}')
    (tmp_path / "roster.csv").write_text("id,name\ns1,Ada\n")
    question = tmp_path / "templates" / "question.html"
    for source, complaint in (
        (
            f"{HEAD}{{% block worth %}}{{{{ 1 / 0 }}}}{{% endblock %}}",
            "templates/question.html, line 2: division by zero",
        ),
        (f"{HEAD}{{% block work %}}{{% endblock %}}", "the box of"),
        ("{% block", "templates/question.html, line 1"),
    ):
        question.write_text(source)
        result = run("make", tmp_path)
        assert result.exit_code == 2
        assert complaint in result.stderr
        assert not (tmp_path / "questions.json").exists()
    question.write_text(f"{HEAD}{{% block worth %}}<p>SAID ANEW</p>{{% endblock %}}")
    assert run("make", tmp_path).exit_code == 0
    assert (tmp_path / "sheets" / "s1.pdf").exists()
    assert "0 printed, 1 kept" in run("make", tmp_path).stdout
    question.write_text(HEAD)
    assert "1 printed, 0 kept" in run("make", tmp_path).stdout


def test_the_documentation_lists_every_block() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "face.md"
    if not page.is_file():
        pytest.skip("an installation carries no docs")
    rows = re.findall(r"^\| `(\w+\.html)` \| `(\w+)` \|", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert rows == [(name, block) for name, blocks in blocks_of_ours().items() for block in blocks]
