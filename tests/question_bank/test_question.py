"""A question's numbers as people see them."""

from __future__ import annotations

import pytest

from question_bank.expressions.precision import number_of
from question_bank.questions.draws import draw
from question_bank.questions.question import solve
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


def test_a_small_power_of_ten_is_printed_as_one_in_every_reading() -> None:
    (question,) = draw(load_recipe("neuron-adam"), [b"power"], quantity="updated")
    assert question.printed("epsilon") == "10⁻⁸"
    assert "+ 10^{-8}" in question.numbers_latex("updated")
    assert "0000001" not in question.numbers_latex("updated")
    assert number_of(question.printed("epsilon")) == question.value("epsilon")


def test_exact_pre_activations_are_printed_in_their_own_short_decimals() -> None:
    for question in draw(load_recipe("two-paths"), [b"%d" % number for number in range(20)], parameter="w1_31"):
        assert all(len(question.printed(f"a1_{unit}").partition(".")[2]) <= 2 for unit in range(1, 5))


def test_a_step_is_asked_for_by_its_name_or_its_key_and_is_missed_as_in_a_mapping() -> None:
    (question,) = draw(load_recipe("first"), [b"a"])
    slope = question.derivation.paths[0].factors[0]
    assert question.derivation.step(slope) is question.derivation.step(slope.key)
    assert (question.value(slope), question.range(slope)) == (question.value(slope.key), question.range(slope.key))
    for missing in ("h7_7", "nonsense", ""):
        with pytest.raises(KeyError):
            question.value(missing)


def test_givens_are_told_by_symbol_or_by_key() -> None:
    (question,) = draw(load_recipe("first"), [b"a"])
    numbers = {given: question.value(given) for given in question.derivation.givens}
    by_symbol = solve(question.derivation, numbers)
    by_key = solve(question.derivation, {given.key: number for given, number in numbers.items()})
    assert by_symbol.values.tolist() == by_key.values.tolist() == question.values.tolist()
    with pytest.raises(KeyError, match="x_1"):
        solve(question.derivation, {given: number for given, number in numbers.items() if given.key != "x_1"})
