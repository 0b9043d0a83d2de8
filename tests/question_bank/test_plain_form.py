"""Questions as plain data: the same derivation, values and ranges, from any recipe; and no class that is not known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from question_bank.questions.draws import draw
from question_bank.questions.plain_form import from_plain, plain, plain_question, question_from_plain
from question_bank.questions.recipe import load_recipe, recipe_names

SOME = (
    "circuit-mixed",
    "conv-1d",
    "find-the-error",
    "neuron-adam",
    "two-paths",
    "lstm-forward",
    "batch",
    "which-paths",
)


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each in SOME else pytest.mark.slow) for each in recipe_names()]
)
def test_a_question_comes_back_from_plain_data(name):
    recipe = load_recipe(name)
    (question,) = draw(recipe, [b"plain"], quantity=recipe.usually_asked, name=name)
    back = question_from_plain(json.loads(json.dumps(plain_question(question))))
    assert back.derivation == question.derivation
    assert [step.key for step in back.derivation.steps] == [step.key for step in question.derivation.steps]
    assert back.precision == question.precision
    for part in ("values", "low", "high"):
        assert np.array_equal(getattr(back, part), getattr(question, part))


def test_no_other_class_is_ever_made():
    with pytest.raises(TypeError):
        plain(object())
    for name in ("Path", "Popen", "question_bank.networks.dense.Dense"):
        with pytest.raises((KeyError, TypeError)):
            from_plain({"class": name, "args": ["x"]})
