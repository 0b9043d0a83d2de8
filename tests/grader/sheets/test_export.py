"""A question for other documents: LaTeX that a real TeX takes, SVG that is XML, Markdown; nothing is given away."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from grader.commands import app
from grader.sheets.export.targets import TARGETS, svg, tex_document, tex_text, tikz
from grader.sheets.export.written import WrittenOut
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe
from tests.question_bank.test_own_network import LECTURE
from tests.recipes import recipes

TEX = shutil.which("pdflatex")


def question(name: str, **asked: str) -> Question:
    recipe = load_recipe(name)
    return draw(recipe, [b"one"], quantity=recipe.usually_asked, forms="same", **asked)[0]  # type: ignore[arg-type]


@pytest.mark.skipif(TEX is None, reason="no TeX is installed (Debian: texlive-latex-recommended, texlive-pictures)")
@pytest.mark.parametrize("name", recipes(lambda recipe: True))
def test_a_real_tex_takes_it_without_a_complaint(name: str, tmp_path: Path) -> None:
    (tmp_path / "it.tex").write_text(tex_document(WrittenOut(question(name), load_recipe(name).title)))
    command = [str(TEX), "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "it.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:].decode("utf-8", "replace")
    assert (tmp_path / "it.pdf").stat().st_size > 10_000


@pytest.mark.parametrize("name", recipes(lambda recipe: True))
def test_every_given_number_and_every_box_is_there(name: str) -> None:
    """Numbers as the sheet prints them; a line to write on for each box, a value in the solution for each answer."""
    asked = question(name)
    written = WrittenOut(asked, "It")
    text = "\n".join(written.givens)
    for table in asked.derivation.model.tables() if table_is_printed(name) else ():
        for given in table.symbols:
            assert asked.printed(given).lstrip("-").partition("/")[0] in text
    lines = [line for section in written.asked for line in section.lines]
    assert len(lines) == sum(not slot.spare for slot in asked.slots)
    assert all(section.blank for section in written.asked)
    solution = [line for section in written.solution for line in section.lines]
    assert len(solution) >= len(asked.derivation.answers)


def table_is_printed(name: str) -> bool:
    return name not in ("which-paths", "softmax-gradient", "softmax-combined", "softmax-layer", "batch-softmax")


def test_the_drawing_is_xml_with_a_circle_for_each_unit() -> None:
    one = question("two-paths")
    root = ET.fromstring(svg(WrittenOut(one, "It")))  # noqa: S314  our own
    tags = [element.tag.rpartition("}")[2] for element in root]
    units = sum(len(column) for column in one.derivation.model.picture())
    assert tags.count("circle") == units
    shown = "".join(root.itertext())
    assert all(one.printed(f"w2_{to}{source}").replace("-", "−") in shown for to in (1, 2) for source in (1, 2, 3, 4))
    assert tikz(WrittenOut(one, "It")).count("circle[") == units


def test_paths_that_are_to_be_found_are_not_given_away() -> None:
    written = WrittenOut(question("two-paths", paths="find"), "It")
    for target in TARGETS.values():
        for ending, text in target.files(written, "it").items():
            if ending not in target.private and ending != ".tex":
                assert r"\partial a_{2" not in text.replace(r"\frac{\partial L}{\partial a}", "")
                assert "Path 1" not in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("50 % & #1", r"50 \% \& \#1"),
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("a_1^2", r"a\_1\textasciicircum{}2"),
    ],
)
def test_a_title_is_no_command(text: str, said: str) -> None:
    assert tex_text(text) == said
    written = WrittenOut(question("chain"), text)
    assert said in TARGETS["tex"].files(written, "it")["-question.tex"]
    assert text not in TARGETS["markdown"].files(written, "it")[".md"] or "_" not in text + "\\"


def test_the_command_writes_what_is_asked_and_keeps_solutions_private(tmp_path: Path) -> None:
    (tmp_path / "lecture.toml").write_text(LECTURE)
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["export", str(tmp_path / "lecture.toml"), str(out), "--tex", "--svg", "--markdown"])
    assert done.exit_code == 0, done.output
    names = {path.name for path in out.iterdir()}
    parts = {"lecture.tex", "lecture-question.tex", "lecture-solution.tex", "lecture-drawing.tex"}
    assert names == parts | {"lecture.svg", "lecture.md", "lecture-solution.md"}
    assert {path.stat().st_mode & 0o077 for path in out.glob("*-solution.*")} == {0}
    # Mazur prints 0.000438568; the file asks for six figures.
    assert "0.000438568" in (out / "lecture-solution.md").read_text()
    assert not re.search(r"0\.00043", (out / "lecture.md").read_text() + (out / "lecture-question.tex").read_text())


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["export", "chain"], "nothing to export to; expected --tex or --svg or --markdown"),
        (["export", "chian", "--svg"], "no recipe 'chian'"),
        (["export", "chain", "--svg", "--language", "xx"], "xx"),
        (["solve", "one.toml", "--tex", "one.pdf"], "expected a name that ends in .tex"),
    ],
)
def test_what_cannot_be_exported_is_refused(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(LECTURE)
    arguments = [str(tmp_path / part) if part.startswith("one.") else part for part in arguments]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert complaint in done.output


def test_solve_writes_latex_as_well(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(LECTURE)
    done = CliRunner().invoke(app, ["solve", str(tmp_path / "one.toml"), "--tex", str(tmp_path / "one.tex")])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "one.tex").read_text()
    assert text.startswith(r"\documentclass")
    assert "0.000438568" in text


def test_formulas_have_the_decimal_sign_of_the_language(tmp_path: Path) -> None:
    """In braces, for TeX sets a blank behind a comma; what is given and what is worked out alike."""
    done = CliRunner().invoke(app, ["export", "first", str(tmp_path), "--tex", "--markdown", "--language", "de"])
    assert done.exit_code == 0, done.output
    for name in ("first.md", "first-solution.md", "first-solution.tex"):
        text = (tmp_path / name).read_text()
        assert re.search(r"\d\{,\}\d", text), name
        assert not re.search(r"\d[.,]\d", text), name
    assert (tmp_path / "first-solution.md").read_text().partition("\n")[0].endswith(": Lösung")
