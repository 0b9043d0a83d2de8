"""A question's numbers as people see them."""

from __future__ import annotations

from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe


def test_a_given_forward_value_keeps_its_recorded_places_wherever_it_is_printed() -> None:
    """The output's weight has the hidden unit's printed value for a factor: 0.8320 is no 0.832 on the key."""
    drawn = draw(load_recipe("chain"), [b"%d" % number for number in range(60)], parameter="w2_11")
    ending_in_zero = [question for question in drawn if f"{question.value('h1_1'):.4f}".endswith("0")]
    assert ending_in_zero
    for question in ending_in_zero:
        assert question.printed("h1_1") == f"{question.value('h1_1'):.4f}"
        assert question.printed("da2_1/dw2_11") == question.printed("h1_1")


def test_other_givens_are_printed_in_their_own_short_decimals() -> None:
    (question,) = draw(load_recipe("two-paths-given"), [b"a"], parameter="w1_31")
    weights = [given for given in question.derivation.givens if given.letter == "w"]
    assert {len(question.printed(weight).lstrip("-")) for weight in weights} == {3}
    assert question.printed("da1_3/dw1_31") == question.printed("x_1")


def test_exact_pre_activations_are_printed_in_their_own_short_decimals() -> None:
    for question in draw(load_recipe("two-paths"), [b"%d" % number for number in range(20)], parameter="w1_31"):
        assert all(len(question.printed(f"a1_{unit}").partition(".")[2]) <= 2 for unit in range(1, 5))
