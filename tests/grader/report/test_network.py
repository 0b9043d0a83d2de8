"""The network with the class's success on it: every step stands somewhere, and no box hides another."""

from __future__ import annotations

import pytest

from grader.report.network import steps_picture
from question_bank.networks.notation import plain_name
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
)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_asked_step_is_drawn_once_with_its_number(recipe: str) -> None:
    loaded = load_recipe(recipe)
    for parameter in loaded.parameters():
        derivation = loaded.derivation(parameter, "updated")
        steps = list(dict.fromkeys(slot.step for slot in derivation.slots))
        drawn = steps_picture(derivation, {step: number / len(steps) for number, step in enumerate(steps)})
        rows = [row for card in drawn.cards for row in card.rows] + list(drawn.rest)
        assert sorted(row.symbol for row in rows) == sorted(map(plain_name, steps))
        assert all(row.number.endswith("\N{NO-BREAK SPACE}%") for row in rows)
        for number, card in enumerate(drawn.cards):
            assert not any(card.box.meets(other.box) for other in drawn.cards[number + 1 :]), (parameter, card.rows)
            assert drawn.x <= card.box.x
            assert card.box.x + card.box.width <= drawn.x + drawn.width
