"""Pages besides the questions: in their order, shared by a class, the same laid out whole, and never in the key."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from typer.testing import Result

from grader.assignments.question_set import load
from grader.sheets import Printer, Sheet
from grader.sheets.content.face import ExtraPages, Face, Logo, OwnTexts
from grader.sheets.content.formula_sheet import formula_sections
from question_bank.derivations.deriving import derive
from question_bank.expressions.names import Symbol
from question_bank.language.spoken import speaking
from question_bank.networks.circuit import Circuit
from question_bank.networks.gates import GATES
from question_bank.networks.graph import Node
from question_bank.networks.lettering import in_notation
from question_bank.networks.notation_presets import preset
from question_bank.questions.recipe import load_recipe
from tests.grader.command_line import run
from tests.grader.sheets.pictures import SAME, compared
from tests.grader.sheets.samples import TINY, make_question, make_sheet

RED = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 2 1'%3E"
    "%3Crect width='2' height='1' fill='red'/%3E%3C/svg%3E"
)
TEXTS = OwnTexts("Show *all*: $h_{13} = 0.5$.", "A calculator.", "Mine alone.")
ALL = ExtraPages(cover=True, formulas=True, working="squared")
HEAD = 'title = "A set"\n'
QUESTION = '[[questions]]\nrecipe = "first"\nparameter = "w1_11"\nmarks = 4\n'


def own_sheet(pages: ExtraPages, paper: str = "A4", seed: int = 1) -> Sheet:
    sheet = make_sheet(
        make_question(TINY, "w1_11", seed=seed), make_question(TINY, "w1_11", seed=seed + 1), paper=paper
    )
    return replace(sheet, texts=TEXTS, face=Face("Institute of Nets", Logo(RED, 2.0), "h2 { color: navy }", pages))


def first_words(pdf: bytes, folder: Path) -> list[str]:
    (folder / "sheet.pdf").write_bytes(pdf)
    return [page.extract_text() for page in PdfReader(folder / "sheet.pdf").pages]


def make(folder: Path, pages: str, head: str = HEAD) -> Result:
    (folder / "assignment.toml").write_text(f"{head}{pages}\n{QUESTION}{QUESTION}")
    (folder / "roster.csv").write_text("id,name\ns1,Ada\ns2,Bo\n")
    return run("make", folder)


@pytest.mark.parametrize(
    ("pages", "which"),
    [
        (ExtraPages(), ["Question 1", "Question 2"]),
        (ExtraPages(cover=True), ["cover", "Question 1", "Question 2"]),
        (ExtraPages(working="blank"), ["Question 1", "room", "Question 2", "room"]),
        (
            ExtraPages(working="ruled", working_pages=2, working_after="last"),
            ["Question 1", "Question 2", "room", "room"],
        ),
        (ALL, ["cover", "Question 1", "room", "Question 2", "room", "formulas"]),
    ],
)
def test_the_pages_come_in_their_order(printer: Printer, tmp_path: Path, pages: ExtraPages, which: list[str]) -> None:
    texts = first_words(printer.student(own_sheet(pages)), tmp_path)
    known = {"cover": "Earned", "room": "Room for your own working", "formulas": "Formulas"}
    assert [known.get(each, f"{each} of 2") in text for each, text in zip(which, texts, strict=True)] == [True] * len(
        which
    )
    assert [f"page {n} of {len(texts)}" in text for n, text in enumerate(texts, 1)] == [True] * len(texts)
    # The words stand on the cover where there is one.
    assert [text.count("Mine alone.") for text in texts] == [
        int(each == ("cover" if pages.cover else "Question 2")) for each in which
    ]


@pytest.mark.parametrize(("paper", "code"), [("A4", "en"), ("Letter", "de")])
def test_a_stamped_sheet_with_all_of_it_looks_as_if_laid_out_whole(tmp_path: Path, paper: str, code: str) -> None:
    with speaking(code):
        assert compared(Printer(), own_sheet(ALL, paper), tmp_path) < SAME


def test_a_class_shares_what_was_laid_out_once() -> None:
    printer = Printer()
    printer.student(own_sheet(ALL))
    before = printer.layouts_made
    # Two questions, a cover, room behind each of them, formulas.
    assert before == 6
    for seed in (3, 5):
        printer.student(own_sheet(ALL, seed=seed))
    assert printer.layouts_made == before


def test_the_key_has_none_of_them_and_the_sheet_is_marked_like_any(tmp_path: Path) -> None:
    result = make(tmp_path, '[pages]\ncover = true\nformulas = true\nworking = "ruled"', f"{HEAD}sides = 2\n")
    assert result.exit_code == 0, result.output
    assert len(PdfReader(tmp_path / "sheets" / "s1.pdf").pages) == 6
    assert len(PdfReader(tmp_path / "sheets.pdf").pages) == 12
    key = "".join(page.extract_text() for page in PdfReader(tmp_path / "key.pdf").pages)
    assert ["Earned" in key, "Room for your own" in key, "Formulas" in key] == [False] * 3
    handed = load(tmp_path / "questions.json").by_student()["s1"]
    writer = PdfWriter(clone_from=PdfReader(tmp_path / "sheets" / "s1.pdf"))
    answers = {f"{one.question}.{slot.slot}": repr(slot.value) for one in handed for slot in one.slots}
    for page in writer.pages:
        writer.update_page_form_field_values(page, answers, auto_regenerate=False)
    (tmp_path / "submissions").mkdir()
    writer.write(tmp_path / "submissions" / "s1.pdf")
    graded = run("grade", tmp_path)
    assert graded.exit_code == 0, graded.output
    assert (tmp_path / "grades.csv").read_text().splitlines()[1] == "s1,Ada,4.00,4.00,8.00"


@pytest.mark.parametrize(
    ("pages", "complaints"),
    [
        ("[pages]\ncovers = true", ["pages.covers: unknown key", "did you mean cover", "Did you mean cover"]),
        ('[pages]\ncover = "yes"\nworking = "dotted"', ["pages.cover", "pages.working", '"squared"']),
        ("[pages]\nworking_pages = 2", ["working_pages without working"]),
        ('[pages]\nworking = "ruled"\nworking_pages = 11', ["pages.working_pages"]),
        ('[pages]\nworking = "ruled"\nworking_pages = 0', ["pages.working_pages"]),
    ],
)
def test_keys_that_cannot_be_used_are_said(tmp_path: Path, pages: str, complaints: list[str]) -> None:
    result = make(tmp_path, pages)
    assert result.exit_code == 2
    assert [said for said in complaints if said.lower() not in result.stderr.lower()] == []
    assert not (tmp_path / "questions.json").exists()


def formulas(recipe: str) -> set[str]:
    kind = load_recipe(recipe)
    derivation = kind.derivation(kind.choices()[0], kind.usually_asked)
    return {
        formula for section in formula_sections([derivation, derivation]) for line in section.lines for formula in line
    }


@pytest.mark.parametrize(
    ("recipe", "by_hand"),
    [
        (
            "two-paths",
            [
                r"h = \sigma\left(a\right) = \frac{1}{1 + e^{-a}}",
                r"\frac{\partial h}{\partial a} = h \cdot \left(1 - h\right)",
                r"\frac{\partial L}{\partial \hat{y}_{1}} = -2 \cdot \left(y_{1} - \hat{y}_{1}\right)",
            ],
        ),
        (
            "softmax",
            [
                r"\frac{\partial \hat{y}_{1}}{\partial a_{21}} = \hat{y}_{1} \cdot \left(1 - \hat{y}_{1}\right)",
                r"\frac{\partial \hat{y}_{1}}{\partial a_{22}} = -\hat{y}_{1} \cdot \hat{y}_{2}",
                r"L = -\sum_{k} y_{k} \cdot \ln\left(\hat{y}_{k}\right)",
            ],
        ),
        ("momentum", [r"\theta^{\text{new}} = \theta + v_{\theta}^{(1)}"]),
        (
            "circuit-two",
            [
                r"g = u \cdot v",
                r"\frac{\partial g}{\partial u} = v",
                r"\frac{\partial g}{\partial v} = u",
                r"\frac{\partial g}{\partial v} = 1",
            ],
        ),
        # Of its sums only the exponentials are given.
        ("softmax-by-hand", [r"L = -\sum_{k} y_{k} \cdot \ln\left(\hat{y}_{k}\right)"]),
        ("which-paths", []),
    ],
)
def test_the_formulas_are_those_of_the_question(recipe: str, by_hand: list[str]) -> None:
    assert set(by_hand) <= formulas(recipe)
    assert bool(by_hand) == bool(formulas(recipe))


def test_the_formulas_are_in_the_notation_and_forward_alone_has_no_derivatives() -> None:
    with in_notation(preset("nielsen")):
        assert r"\frac{\partial a}{\partial z} = a \cdot \left(1 - a\right)" in formulas("two-paths")
    assert not [formula for formula in formulas("forward-sigmoid") if r"\partial" in formula]


@pytest.mark.parametrize("name", sorted(GATES))
def test_an_operations_formulas_are_true(name: str) -> None:
    """Its derivatives on the page, worked out as Python has them, are the quotients of small differences."""
    gate = GATES[name]
    constant = len(gate.partials) < gate.value.__code__.co_argcount
    node = Node(
        Symbol("a"),
        name,
        (Symbol("b"), Symbol("d"))[: len(gate.partials)],
        "operation",
        constant=2.5 if constant else None,
    )
    circuit = Circuit((Symbol("b"), Symbol("d"))[: len(gate.partials)], (node,))
    sections = formula_sections([derive(circuit, "b")])
    (line,) = next(section.lines for section in sections if section.heading == "Operations")
    value, *slopes = map(worked, line)
    at = {"u": 1.7, "v": 0.6, "c": 2.5}
    f = value(at)
    assert len(slopes) == len(gate.partials)
    for letter, slope in zip("uv", slopes, strict=False):
        ahead, behind = (value(at | {letter: at[letter] + by}) for by in (1e-6, -1e-6))
        assert slope(at | {"f": f}) == pytest.approx((ahead - behind) / 2e-6, abs=1e-6)


def worked(latex: str) -> Callable[[dict[str, float]], float]:
    """The right side of an equation in LaTeX, as a function of its letters."""
    text = latex.split(" = ", 1)[1]
    text = re.sub(r"\\frac\{(\w)\}\{(\w(?:\^\{2\})?)\}", r"((\1)/(\2))", text)
    text = re.sub(r"e\^\{(\w)\}", r"exp(\1)", text)
    text = re.sub(r"\^\{(\w)\}", r"**\1", text)
    text = text.replace(r"\text{ if }", " if ").replace(r"\text{, else }", " else ").replace(r"\cdot", "*")
    text = re.sub(r"\\(?:left|right)?", "", text)
    return lambda letters: float(eval(text, {"max": max, "min": min, "ln": math.log, "exp": math.exp}, letters))  # noqa: S307
