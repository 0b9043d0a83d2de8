"""The worked solution, read back by poppler: how its long lines break."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.sheets import worked_solution
from question_bank.derivations.deriving import derive
from question_bank.expressions.precision import Precision
from question_bank.language.spoken import speaking
from question_bank.networks.dense import Architecture
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.grader.sheets.samples import make_question
from tests.grader.tagged import lacking

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler")


def wide(inputs: int) -> Question:
    architecture = Architecture((inputs, 1), ("sigmoid",), "squared_error")
    givens = {f"w1_1{n}": -0.25 * n for n in range(1, inputs + 1)} | {f"x_{n}": 0.5 for n in range(1, inputs + 1)}
    return solve(derive(architecture, "w1_11"), {**givens, "y_1": 1.0}, Precision.parse({"forward": "4d"}))


def lines_of(question: Question, folder: Path) -> list[str]:
    pdf = folder / "worked.pdf"
    pdf.write_bytes(worked_solution(question))
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True).stdout.decode()
    shown = text.replace("\u200b", "").replace("\u2060", "")
    return [" ".join(line.split()) for line in shown.splitlines()]


def test_a_line_too_long_breaks_before_a_relation(tmp_path: Path) -> None:
    lines = lines_of(wide(5), tmp_path)
    numbers = " + ".join(f"(−{0.25 * n:g}) · 0.5" for n in range(1, 6))
    (first,) = (line for line in lines if line.startswith("a11"))
    assert first.endswith("· x5")
    assert any(line.startswith(f"= {numbers}") for line in lines)


def test_it_says_that_values_carry_all_digits(tmp_path: Path) -> None:
    """Else a reader who multiplies the rounded numbers takes the last place for a mistake."""
    assert "carry all digits" in " ".join(lines_of(wide(1), tmp_path))


def test_it_can_be_read_out_in_its_language() -> None:
    with speaking("de"):
        assert lacking(worked_solution(wide(1)), "de") == []


def test_its_sentences_stand_apart(tmp_path: Path) -> None:
    """Each of them, whichever of the conventions there are."""
    architecture = Architecture((1, 1, 2), ("relu", "softmax"), "squared_error", softmax="full")
    derivation = derive(architecture, "w1_11")
    question = solve(derivation, dict.fromkeys(derivation.givens, 0.5), Precision.parse({"forward": "4d"}))
    text = " ".join(lines_of(question, tmp_path))
    assert "count. At a = 0 the slope" in text
    assert "is 0. Values" in text


def test_a_side_too_long_for_a_line_breaks_between_its_terms(tmp_path: Path) -> None:
    lines = lines_of(wide(9), tmp_path)
    assert any(line.startswith("+ (−") for line in lines)
    assert not any(line.endswith(("+", "·", "−")) for line in lines)
    assert all(f"(−{0.25 * n:g}) · 0.5" in " ".join(lines) for n in range(1, 10))


CROSSED = Architecture((1, 2, 2), ("tanh", "softmax"), "cross_entropy", "full", ("unit", "unit"))
DEEP = Architecture((1, 1, 1, 1), ("relu", "tanh", "sigmoid"), "half_squared_error", biases=("none", "none", "layer"))


@pytest.mark.parametrize("architecture", [CROSSED, DEEP])
def test_the_worked_solution_shows_every_value(tmp_path: Path, architecture: object) -> None:
    question = make_question(architecture, "w1_11", seed=2)  # type: ignore[arg-type]
    text = "\n".join(lines_of(question, tmp_path))
    for slot in question.slots:
        shown = question.printed(slot.step)
        # A factor that is 0 is no row of zeros.
        assert (shown if float(shown) else "= 0").replace("-", "−") in text
    assert "≈" in text


def test_a_convention_behind_the_loss_stands_apart(tmp_path: Path) -> None:
    """Loss and output in one step: the sentence on that begins behind a space."""
    (question,) = draw(load_recipe("linear-neuron"), [b"one"])
    assert re.search(r"\. Loss and output are one step", " ".join(lines_of(question, tmp_path)))


def test_the_second_forward_pass_has_a_heading(tmp_path: Path) -> None:
    headings = {}
    for recipe in ("again", "first"):
        (question,) = draw(load_recipe(recipe), [b"one"], quantity="updated")
        lines = lines_of(question, tmp_path)
        headings[recipe] = "Second forward pass" in lines
    assert headings == {"again": True, "first": False}


def test_only_the_way_back_of_attention_speaks_of_cross_terms(tmp_path: Path) -> None:
    said = {}
    for recipe in ("attention", "attention-back"):
        kind = load_recipe(recipe)
        (question,) = draw(kind, [b"one"], quantity=kind.usually_asked)
        said[recipe] = "All cross terms of the softmax count." in " ".join(lines_of(question, tmp_path))
    assert said == {"attention": False, "attention-back": True}


def pages_of(recipe: str, folder: Path) -> list[str]:
    pdf = folder / "worked.pdf"
    pdf.write_bytes(worked_solution(draw(load_recipe(recipe), [b"preview 0"])[0], paper="Letter"))
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True).stdout.decode()
    return text.split("\f")[:-1]


def test_lines_stand_closer_where_that_saves_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum of three paths would stand on a page of its own."""
    assert len(pages_of("conv-1d", tmp_path)) == 1
    monkeypatch.setattr("grader.sheets.printing.worked._LITTLE", 0.0)
    assert len(pages_of("conv-1d", tmp_path)) == 2


def test_a_path_stands_on_one_page_and_the_last_with_the_sum(tmp_path: Path) -> None:
    first, second = pages_of("attention-back", tmp_path)
    assert "Path 2" in first
    assert "Path 3" not in first
    assert second.split()[:2] == ["Path", "3"]
    assert "Sum" in second
