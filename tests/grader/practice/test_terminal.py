"""Practice in the terminal: the same verdicts and hints."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.practice.learning.tokens import new_ref, question_of
from grader.practice.terminal import practise
from grader.practice.web.question_page import task_paragraphs
from grader.practice.web.rendering import Renderer
from question_bank.derivations.layout import Quantity
from question_bank.questions.recipe import load_recipe
from tests.recipes import recipes


def played(
    lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    assert practise(f"sqlite:///{tmp_path / 't.db'}") == 0
    return capsys.readouterr().out


def test_hints_go_up_the_ladder_and_the_value_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = played(["?", "?", "?", "?", "nonsense", "q"], tmp_path, monkeypatch, capsys)
    for part in ("How fast the loss", "Its formula: -", "(y₁ - ŷ₁)", "With your numbers", "Its value", "Not a number"):
        assert part in shown
    assert "Saved." in shown


@pytest.mark.parametrize("name", recipes())
def test_the_task_states_what_the_sheet_states(name: str) -> None:
    """Every convention of a recipe, the forward pass’s places and the updated value, with no LaTeX left over."""
    recipe = load_recipe(name)
    quantity: Quantity = "updated" if recipe.ranges.learning_rate is not None else recipe.usually_asked
    said = " ".join(task_paragraphs(Renderer(), question_of(new_ref(name, "terminal", quantity=quantity))))
    assert not re.search(r"[\\{}<>]|(?<![wuba])_\w", said), said
    if recipe.descent is not None:
        assert said.startswith("Take ")
        assert "beginning at x₀" in said
        assert re.search(r"Step 1: \w₁ = .* x₁ = x₀", said)
        return
    assert bool(re.search("its value new|(their|the) new values", said)) == (quantity == "updated")
    exact = not recipe.calculator
    # Counts need no saying so.
    assert ("every number is exact" in said) == (exact and recipe.routes is None)
    assert exact or "forward values" in said or recipe.forward == "given" or "in every box" in said
    if recipe.circuit is not None:
        assert "The circuit, node by node: " in said
        assert "loss" not in said
        return
    if recipe.recurrent is not None:
        assert "At every step t = 1, 2" in said
        return
    if recipe.convolution is not None:
        assert ("without flipping" in said) == bool(recipe.convolution.kernel)
        assert ("Pooling: " in said) == (recipe.convolution.pooling is not None)
        return
    if recipe.attention is not None:
        assert "A softmax over the keys makes the weights" in said
        return
    if recipe.batch is not None:
        assert ("example n alone at step n" if recipe.batch.reduction == "in_turn" else "for example n") in said
        return
    if recipe.routes is not None:
        assert "Which connections lie on a path from w₁₂₁ to L?" in said
        return
    if recipe.logits is not None:
        assert "A softmax makes probabilities of the logits" in said
        return
    network = recipe.network
    if recipe.is_forward:
        assert "Work out the forward pass" in said
        assert ("Loss:" in said) == (network.loss != "none")
        assert "cross terms" not in said
        return
    if network.combined:
        softmax, last = network.activations[-1] == "softmax", "₀₁₂₃"[len(network.sizes) - 1]
        assert f"Loss and softmax are one step, from the logits a{last}ₖ to L" in said or not softmax
        unit = "₁" if network.sizes[-1] == 1 else "ₖ"
        assert f"Loss and output are one step, from a{last}{unit} to L" in said or softmax
    elif "softmax" in network.activations:
        assert "no cross terms" in said or "all cross terms count" in said


def test_the_solution_and_the_end_of_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = played(["solution"], tmp_path, monkeypatch, capsys)
    assert len(re.findall(r"^  ∂\S+ = ", shown, flags=re.MULTILINE)) >= 2


def test_a_set_is_ticked_by_a_list_of_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = SimpleNamespace(lesson="which-paths")
    monkeypatch.setattr("grader.practice.terminal.choose", lambda *_: chosen)
    every = " ".join(f"w2_{to}{source}" for to in (1, 2, 3) for source in (1, 2, 3))
    shown = played(["w9_99", "-", f"{every},u3_11", "solution", "q"], tmp_path, monkeypatch, capsys)
    assert "There is no w9_99" in shown
    assert "Not yet" in shown
    # What is there is said by its two ends, since nothing is drawn.
    there = re.findall(r"(w[1-4]_\d\d|u3_\d\d): \S+ → \S+", shown)
    assert "w1_21" in there
    # A long list goes on in the next line.
    (ticked,) = re.findall(r"To be ticked: ((?:[wu]\d_\d\d,?\s+)+)", shown)
    named = re.findall(r"\w+", ticked)
    assert named
    assert {*named} <= {*there}
