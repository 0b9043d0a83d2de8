"""All that is wrong with a recipe is said in one round: misspelt keys, and what is missing of the whole."""

from __future__ import annotations

import pytest

from question_bank.errors import InputError
from question_bank.questions.recipe import recipe_of
from question_bank.toml_text import parse_toml

RECIPE = """
title = "Tanh, one path"
description = "One weight."
minutes = 10
forward = "given"

[network]
sizes = [2, 2, 1]
activations = ["tanh", "linear"]
loss = "half_squared_error"

[ranges]
W = { low = -0.9, high = 0.9 }
x = { low = -2, high = 2 }
y = { low = -1, high = 1, zero = true }

[precision]
forward = "4d"

[difficulty]
paths = [1, 1]
"""
WITHOUT_X = ("x = { low = -2, high = 2 }\n", "")


def places(*changes: tuple[str, str]) -> list[str | None]:
    text = RECIPE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(InputError) as caught:
        recipe_of(parse_toml(text, "mine.toml"), "mine.toml")
    return [problem.place for problem in caught.value.all]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("title =", "titel ="), "titel"),
        (("minutes = 10", 'minutes = "ten"'), "minutes"),
        (("high = 0.9", "hihg = 0.9"), "ranges.W.hihg"),
        (('forward = "4d"', 'forward = "4x"'), "precision.forward"),
        (("paths = [1, 1]", "pahts = [1, 1]"), "difficulty.pahts"),
        (('"half_squared_error"', '"mse"'), "network.loss"),
        (('["tanh", "linear"]', "7"), "network.activations"),
    ],
)
def test_a_missing_range_is_said_beside_a_wrong_key(change: tuple[str, str], place: str) -> None:
    assert sorted(map(str, places(change, WITHOUT_X))) == sorted([place, "ranges.x"])


def test_what_a_misspelt_key_was_to_say_counts() -> None:
    """With biases, as the misspelt key has it, their range is missing, too."""
    misspelt = ('loss = "half_squared_error"\n\n[ranges]', 'loss = "half_squared_error"\nbias = "unit"\n\n[ranges]')
    assert sorted(map(str, places(misspelt, WITHOUT_X))) == ["network.bias", "ranges.b", "ranges.x"]


@pytest.mark.parametrize(
    "change",
    [
        (("title =", "titel ="),),
        (("paths = [1, 1]", "pahts = [1, 1]"),),
        (('"half_squared_error"', '"mse"'),),
        (("minutes = 10\n", ""), ('forward = "given"\n', "")),
    ],
)
def test_a_wrong_key_alone_is_said_alone(change: tuple[tuple[str, str], ...]) -> None:
    assert len(places(*change)) == 1
