"""The network with the class's success on it: every step stands somewhere, and no box hides another."""

from __future__ import annotations

from itertools import combinations

import pytest

from grader.report.network import steps_picture
from question_bank.derivations.layout import Quantity
from question_bank.networks.notation import plain_target
from question_bank.questions.recipe import load_recipe

RECIPES = (
    "chain",
    "first",
    "two-paths",
    "two-paths-given",
    "textbook",
    "softmax",
    "softmax-combined",
    "logistic-neuron",
    "deep",
    "bptt-last",
    "lstm-gate",
    "gru-gate",
    "batch",
)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_asked_step_is_drawn_once_with_its_number(recipe: str) -> None:
    loaded = load_recipe(recipe)
    for parameter in loaded.parameters():
        derivation = loaded.derivation(parameter, "updated")
        steps = list(dict.fromkeys(slot.step for slot in derivation.slots))
        drawn = steps_picture(derivation, {step: number / len(steps) for number, step in enumerate(steps)})
        rows = [row for card in drawn.cards for row in card.rows] + list(drawn.rest)
        assert sorted(row.symbol for row in rows) == sorted(plain_target(step, derivation.parameter) for step in steps)
        assert all(row.number.endswith("\N{NO-BREAK SPACE}%") for row in rows)
        for number, card in enumerate(drawn.cards):
            assert not any(card.box.meets(other.box) for other in drawn.cards[number + 1 :]), (parameter, card.rows)
            assert drawn.x <= card.box.x
            assert card.box.x + card.box.width <= drawn.x + drawn.width


@pytest.mark.parametrize(("recipe", "quantity"), [("again-all", "updated"), ("circuit-edges", "gradient")])
def test_a_picture_is_spread_where_boxes_of_several_values_would_meet(recipe: str, quantity: Quantity) -> None:
    loaded = load_recipe(recipe)
    derivation = loaded.derivation(loaded.parameters(), quantity)
    drawn = steps_picture(derivation, {slot.step: 1.0 for slot in derivation.slots})
    assert not any(one.box.meets(other.box) for one, other in combinations(drawn.cards, 2))


def test_boxes_on_crossing_lines_make_room_for_each_other() -> None:
    """Nine derivatives of a softmax between three scores and three weights."""
    loaded = load_recipe("attention-gradients")
    derivation = loaded.derivation(loaded.parameters(), "gradient")
    drawn = steps_picture(derivation, {slot.step: 1.0 for slot in derivation.slots})
    crossing = [card for card in drawn.cards if not card.name]
    assert len(crossing) == 9
    assert not any(one.box.meets(other.box) for one, other in combinations(drawn.cards, 2))


def test_a_circuits_derivatives_are_those_of_its_output() -> None:
    loaded = load_recipe("circuit-edges")
    derivation = loaded.derivation(loaded.parameters(), "gradient")
    drawn = steps_picture(derivation, {slot.step: 1.0 for slot in derivation.slots})
    symbols = {row.symbol for card in drawn.cards for row in card.rows}
    assert {"∂f/∂x", "∂f/∂p"} <= symbols
    assert not any("L" in symbol for symbol in symbols)


def test_a_loss_that_is_not_worked_stands_behind_no_grid() -> None:
    loaded = load_recipe("conv-kernel")
    derivation = loaded.derivation(loaded.parameters(), "gradient")
    drawn = steps_picture(derivation, {slot.step: 1.0 for slot in derivation.slots})
    assert {card.name for card in drawn.cards} >= {"x₁₁", "k₁₁", "z₁₁"}
    assert "L" not in {card.name for card in drawn.cards}


@pytest.mark.parametrize("recipe", ["attention", "attention-back", "attention-gradients", "conv-forward"])
def test_grids_stand_close_enough_for_their_letters_to_be_read(recipe: str) -> None:
    """The page has 1,152 pixels for a picture: of 280 millimetres, letters of 2.7 are 11 pixels high."""
    loaded = load_recipe(recipe)
    derivation = loaded.derivation(loaded.choices()[0], loaded.usually_asked)
    drawn = steps_picture(derivation, {slot.step: 1.0 for slot in derivation.slots})
    assert drawn.width <= 280
    assert not any(one.box.meets(other.box) for one, other in combinations(drawn.cards, 2))


def test_values_that_no_line_leads_from_stand_before_those_that_lines_join() -> None:
    loaded = load_recipe("attention-back")
    derivation = loaded.derivation("k_2,2", "gradient")
    drawn = steps_picture(derivation, {slot.step: 1.0 for slot in derivation.slots})
    at = {card.name: card.box.x for card in drawn.cards if card.name}
    assert max(at["q₁₂"], at["v₁₁"]) < at["k₁₁"] < at["s₁₁"] < at["z₁₁"] < at["α₁₁"] < at["o₁₁"] < at["L"]
