"""What certification finds, in words: with the notation's letters, and no place left unfilled."""

from typing import get_args

import pytest

from question_bank.misconceptions import CATALOGUE
from question_bank.networks.lettering import in_notation
from question_bank.networks.notation_presets import preset
from question_bank.questions.finding import Finding, Test
from question_bank.questions.finding_words import said_of_all


@pytest.mark.parametrize("name", ["gradpath", "nielsen"])
def test_every_mistake_is_said_in_the_letters_of_the_notation(name: str) -> None:
    with in_notation(preset(name)):
        said = [
            sentence
            for entry in CATALOGUE
            for test in get_args(Test)
            for sentence in said_of_all([Finding(test=test, steps=("gradient",), misconception=entry.id)])
        ]
    assert len(said) >= len(CATALOGUE)
    assert [sentence for sentence in said if "{" in sentence] == []
