"""Links: signed, and each reproduces exactly its question."""

from __future__ import annotations

import numpy as np
import pytest

from grader.practice.learning.tokens import BadToken, QuestionRef, new_ref, question_of, sign, unsign

SECRET = "a secret of this test"


@pytest.fixture(scope="module")
def ref() -> QuestionRef:
    return new_ref("first", "a seed", quantity="updated")


def test_a_link_reproduces_exactly_its_question(ref: QuestionRef) -> None:
    again = unsign(sign(ref, SECRET), SECRET)
    assert again == ref
    assert np.array_equal(question_of(again).values, question_of(ref).values)
    assert again.id == ref.id != new_ref("first", "another seed").id


@pytest.mark.parametrize("forged", ["", "x", "x" * 10_000, "WyJhIl0.abc"])
def test_what_was_not_signed_here_is_refused(forged: str) -> None:
    with pytest.raises(BadToken):
        unsign(forged, SECRET)


def test_no_character_of_a_link_can_be_changed(ref: QuestionRef) -> None:
    token = sign(ref, SECRET)
    body, _, signature = token.rpartition(".")
    for changed in (body[:-1] + ("A" if body[-1] != "A" else "B") + "." + signature, token[:-2], token + "A"):
        with pytest.raises(BadToken):
            unsign(changed, SECRET)
    with pytest.raises(BadToken):
        unsign(token, "another secret")


def test_a_recipe_that_has_changed_is_said_so(ref: QuestionRef) -> None:
    old = QuestionRef(ref.recipe, ref.parameter, ref.quantity, ref.seed, ref.asked, "00000000")
    with pytest.raises(BadToken, match="changed"):
        question_of(old)


def test_a_parameter_that_cannot_be_asked_is_refused() -> None:
    with pytest.raises(BadToken, match="drawn no longer"):
        question_of(new_ref("first", "s", parameter="w9_99"))
