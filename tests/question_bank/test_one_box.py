"""Where a single path's product is the gradient: which derivations have one box for it, and what of that is kept."""

from __future__ import annotations

import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout, PathsShown, Quantity
from question_bank.expressions.names import GRADIENT
from question_bank.networks.dense import Dense
from question_bank.questions.draws import draw
from question_bank.questions.question import solve
from question_bank.questions.recipe import load_recipe
from question_bank.questions.written import read_problem
from question_bank.questions.written_question import WrittenQuestion
from tests import oracle
from tests.question_bank.comparison import random_cases

CHAIN = Dense((1, 1, 1), ("tanh", "linear"), "squared_error")
MINE = """
{}
network = {{ sizes = [1, 1], activations = ["linear"], loss = "squared_error", W1 = [[3]], x = [2], y = [5] }}
"""


def names(text: str) -> list[str]:
    return [slot.name for slot in read_problem(text, "mine.toml").derivation.slots][-2:]


def test_the_gradient_is_the_product_with_the_value_of_autograd() -> None:
    cases = [case for case in random_cases(31, 60) if case.architecture.sizes[-1] == 1]
    tried = 0
    for case in cases:
        truth = oracle.gradients(case.network, case.values)
        for value in case.architecture.parameters():
            found = derive(case.architecture, value, Layout(one_box=True))
            if not found.layout.one_box:
                continue
            (path,) = found.paths
            step = found.step(GRADIENT)
            assert (path.product, step.kind, step.role) == (GRADIENT, "product", "gradient")
            assert solve(found, case.values).value(GRADIENT) == pytest.approx(truth[value.key], rel=1e-9, abs=1e-12)
            tried += 1
    assert tried > 20


@pytest.mark.parametrize(
    ("layout", "boxes"),
    [
        (Layout(one_box=True), ["path_1.da1_1/dw1_11", "gradient"]),
        (Layout(), ["path_1.product", "gradient"]),
        (Layout(one_box=True, paths="find"), ["path_2.product", "gradient"]),
        (Layout(one_box=True, working="chain"), ["da1_1/dw1_11", "w1_11.gradient"]),
        (Layout(one_box=True, quantity="local"), ["dh1_1/da1_1", "da1_1/dw1_11"]),
    ],
)
def test_one_box_is_where_one_printed_path_ends(layout: Layout, boxes: list[str]) -> None:
    found = derive(CHAIN, "w1_11", layout)
    assert [slot.name for slot in found.slots][-2:] == boxes
    assert found.layout.one_box == (boxes[0] == "path_1.da1_1/dw1_11")


def test_of_several_paths_the_layout_is_what_it_was() -> None:
    wide = Dense((1, 1, 2), ("tanh", "linear"), "squared_error")
    assert derive(wide, "w1_11", Layout(one_box=True)) is derive(wide, "w1_11", Layout())


def test_whoever_writes_a_network_down_has_one_box_unless_they_say_otherwise() -> None:
    assert names(MINE.format("ask = 'w1_11'")) == ["path_1.da1_1/dw1_11", "gradient"]
    assert names(MINE.format("ask = { parameter = 'w1_11', one_box = false }")) == ["path_1.product", "gradient"]


@pytest.mark.parametrize(
    ("recipe", "quantity", "paths", "kept"),
    [
        ("chain", "gradient", "given", True),
        ("neuron-adam", "updated", "given", True),
        ("nudge", "quotient", "given", True),
        ("chain", "gradient", "find", False),
        ("two-paths", "gradient", "given", False),
        ("find-the-error", "error", "given", False),
        ("forward-dense", "forward", "given", False),
    ],
)
def test_what_is_kept_says_it_and_is_read_as_it_was_drawn(
    recipe: str, quantity: Quantity, paths: PathsShown, kept: bool
) -> None:
    (question,) = draw(load_recipe(recipe), [b"one box"], quantity=quantity, paths=paths)
    written = WrittenQuestion.of(question).model_dump(mode="json", exclude_none=True)
    assert written["ask"].get("one_box", False) is kept
    again = WrittenQuestion.model_validate(written)
    assert again.derivation == question.derivation
    assert again.identity == WrittenQuestion.of(question).identity


def test_what_was_kept_before_has_a_box_for_each() -> None:
    (question,) = draw(load_recipe("chain"), [b"one box"], quantity="gradient")
    written = WrittenQuestion.of(question).model_dump(mode="json", exclude_none=True)
    del written["ask"]["one_box"]
    before = WrittenQuestion.model_validate(written)
    assert [slot.name for slot in before.derivation.slots][-2:] == ["path_1.product", "gradient"]
    assert before.identity != WrittenQuestion.of(question).identity
    assert before.problem().solve().value("gradient") == question.value("gradient")
