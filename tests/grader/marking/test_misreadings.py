"""Which misreadings are tried on a network, listed by hand: those of which two numbers of the sheet would come.

A row of a first layer's matrix belongs to one unit: whoever misreads that has one number wrong, which tells by itself.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from grader.marking.misreadings import (
    Misreading,
    _pairs_of,
    misread_digits,
    misreadings,
    one_step_misread,
    terms_left_out,
)
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.networks.dense import Architecture
from question_bank.questions.recipe import load_recipe


@cache
def network(*sizes: int, forward: str = "asked") -> Derivation:
    """Sigmoid units, one bias a layer; asked for the first weight."""
    layers = len(sizes) - 1
    units = Architecture(sizes, ("sigmoid",) * layers, "squared_error", None, ("layer",) * layers)  # type: ignore[arg-type]
    return derive(units, "w1_11", Layout(forward=forward))  # type: ignore[arg-type]


def called(one: Misreading) -> tuple[str, str, str]:
    return one.kind, one.of, one.instead


def of(derivation: Derivation, kind: str) -> set[tuple[str, str]]:
    return {(one.of, one.instead) for one in misreadings(derivation) if one.kind == kind}


def instead(derivation: Derivation, *name: str) -> dict[str, str]:
    """What is taken for what in one misreading, by kind, of, and perhaps instead."""
    (one,) = (one for one in misreadings(derivation) if called(one)[: len(name)] == name)
    return {derivation.givens[at].key: derivation.givens[taken.position].key for at, taken in one.taken.items()}


def changed(derivation: Derivation, *name: str) -> dict[str, str]:
    """How what is misread is read, by the same."""
    (one,) = (one for one in misreadings(derivation) if called(one)[: len(name)] == name)
    return {derivation.givens[at].key: taken.reading for at, taken in one.taken.items()}


W1 = ["w1_11", "w1_12", "w1_21", "w1_22"]


def test_signs_are_not_seen_of_all_of_a_kind_or_of_a_part_that_two_numbers_hang_on() -> None:
    asked = network(2, 2, 1)
    names = {name for name, _ in of(asked, "signs_not_seen")}
    whole = {"W", "x", "b", "W and x", "W and b", "W, b and x"}
    # Of the last layer one row is all there is; the first weight of its column is a factor as well.
    assert names == whole | {"W1", "column 1 of W1", "column 2 of W1", "W2", "column 1 of W2"}
    for name, letters in (("W", "w"), ("x", "x"), ("b", "b"), ("W and x", "wx"), ("W and b", "wb")):
        found = changed(asked, "signs_not_seen", name)
        assert set(found.values()) == {"without_sign"}
        assert set(found) == {given.key for given in asked.givens if given.key[0] in letters}
    assert set(changed(asked, "signs_not_seen", "W, b and x")) == {
        given.key for given in asked.givens if given.key != "y_1"
    }
    assert set(changed(asked, "signs_not_seen", "column 2 of W1")) == {"w1_12", "w1_22"}


@pytest.mark.parametrize(
    ("sizes", "line", "halves"),
    [
        ((2, 3, 1), "row", None),
        ((2, 4, 1), "row", (2, 2)),
        ((2, 5, 1), "row", (2, 3)),
        ((3, 2, 1), "column", None),
        ((4, 2, 1), "column", (2, 2)),
    ],
)
def test_the_first_half_of_a_matrix_or_the_last_may_be_read_without_signs_from_four_lines_on(
    sizes: tuple[int, ...], line: str, halves: tuple[int, int] | None
) -> None:
    asked, across = network(*sizes), 2
    for part, count in zip(("first", "last"), halves or (0, 0), strict=True):
        name = f"the {part} {line}s of W1"
        assert ((name, "") in of(asked, "signs_not_seen")) is (halves is not None)
        if halves:
            found = changed(asked, "signs_not_seen", name)
            assert len(found) == across * count
            number = {key[3] if line == "row" else key[4] for key in found}
            lines = range(1, count + 1) if part == "first" else range(halves[0] + 1, halves[0] + count + 1)
            assert number == set(map(str, lines))


def test_a_square_matrix_is_transposed_about_its_diagonal_and_another_is_read_by_columns() -> None:
    assert of(network(2, 2, 1), "transposed") == {("W1", "")}
    assert instead(network(2, 2, 1), "transposed", "W1") == {"w1_12": "w1_21", "w1_21": "w1_12"}
    # 3 rows of 2, whose six numbers are read down the first column, then down the second.
    assert instead(network(2, 3, 1), "transposed", "W1") == {
        "w1_21": "w1_12",
        "w1_31": "w1_21",
        "w1_12": "w1_22",
        "w1_22": "w1_31",
    }
    both = network(2, 2, 2, 1)
    assert of(both, "transposed") == {("W1 and W2", ""), ("W1", ""), ("W2", "")}
    assert len(instead(both, "transposed", "W1 and W2")) == 4


def test_a_line_is_taken_for_another_exchanged_with_the_next_or_skipped() -> None:
    asked = network(2, 3, 1)
    columns = {f"column {one} of W1" for one in (1, 2)}
    assert {(one, other) for one, other in of(asked, "taken_for_another") if "W1" in one} == {
        (one, other) for one in columns for other in columns if one != other
    }
    assert instead(asked, "taken_for_another", "column 1 of W1") == {
        "w1_11": "w1_12",
        "w1_21": "w1_22",
        "w1_31": "w1_32",
    }
    assert {one for one, _ in of(asked, "exchanged") if "W1" in one} == {
        "row 1 of W1 and row 2 of W1",
        "row 2 of W1 and row 3 of W1",
        "column 1 of W1 and column 2 of W1",
    }
    assert instead(asked, "exchanged", "row 2 of W1 and row 3 of W1") == {
        **{f"w1_2{n}": f"w1_3{n}" for n in (1, 2)},
        **{f"w1_3{n}": f"w1_2{n}" for n in (1, 2)},
    }
    # Whoever skips the first row reads the second in its place, and the third in that one's.
    assert instead(asked, "skipped", "row 1 of W1") == {
        **{f"w1_1{n}": f"w1_2{n}" for n in (1, 2)},
        **{f"w1_2{n}": f"w1_3{n}" for n in (1, 2)},
    }
    assert {one for one, _ in of(asked, "skipped") if "W1" in one} == {"row 1 of W1"}


def test_an_input_is_another_has_another_sign_or_is_left_out() -> None:
    asked = network(2, 2, 1)
    assert {pair for pair in of(asked, "taken_for_another") if pair[0].startswith("x")} == {
        ("x_1", "x_2"),
        ("x_2", "x_1"),
    }
    assert {one for one, _ in of(asked, "exchanged") if one.startswith(("x", "b"))} == {"x_1 and x_2", "b1 and b2"}
    # The second layer's bias is read by one unit alone, and so is each weight of the first layer.
    assert {one for one, _ in of(asked, "sign_turned")} == {"x_1", "x_2", "b1"}
    assert {one for one, _ in of(asked, "left_out")} == {
        "x_1",
        "x_2",
        "column 1 of W1",
        "column 2 of W1",
        "row 1 of W2",
        "column 1 of W2",
    }
    # What is copied on the way back shows what it was read as.
    assert {one for one, _ in of(asked, "misread")} == {"w2_11", "x_1"}


def test_of_two_outputs_the_targets_may_be_taken_for_each_other_and_the_shared_input_is_copied_once() -> None:
    asked = network(1, 1, 2)
    assert {pair for pair in of(asked, "exchanged") if pair[0].startswith("y")} == {("y_1 and y_2", "")}
    assert [called(one) for one in misreadings(asked) if one.kind == "misread"].count(("misread", "x_1", "")) == 1


def test_printed_forward_values_are_taken_for_others_of_their_layer_and_kind() -> None:
    asked = network(1, 1, 2, forward="given")
    pairs = of(asked, "exchanged")
    assert ("yhat_1 and yhat_2", "") in pairs
    assert not any("a2" in one and "yhat" in one for one, _ in pairs)


@pytest.mark.parametrize(("count", "pairs"), [(2, 2), (6, 30), (7, 12), (8, 14)])
def test_in_more_than_six_lines_only_neighbours_are_taken_for_each_other(count: int, pairs: int) -> None:
    found = _pairs_of(count)
    assert len(found) == len({*found}) == pairs
    assert all(abs(one - other) == 1 for one, other in found) is (count in (2, 7, 8))


def test_nothing_is_tried_twice() -> None:
    for asked in (network(2, 2, 1), network(2, 2, 2, 1), network(1, 1, 1)):
        for table in (misreadings, misread_digits, one_step_misread):
            effects = Counter(
                frozenset(
                    (at, taken)
                    for at, taken in one.taken.items()
                    if (taken.position, taken.reading) != (at, "as_printed")
                )
                for one in table(asked)
            )
            assert max(effects.values(), default=1) == 1
            assert frozenset() not in effects


def digits_of(derivation: Derivation, some: tuple[Misreading, ...]) -> dict[str, list[tuple[int, int]]]:
    """By given the places and digits that it may be misread in."""
    found: dict[str, list[tuple[int, int]]] = {}
    for one in some:
        for at, taken in one.taken.items():
            if taken.reading == "with_digit":
                found.setdefault(derivation.givens[at].key, []).append((taken.place, taken.digit))
    return found


def places(*some: int) -> list[tuple[int, int]]:
    return [(place, digit) for place in some for digit in range(10)]


def test_a_digit_is_misread_at_each_of_its_places_where_two_numbers_hang_on_it_and_none_copies_it() -> None:
    asked = network(2, 2, 1)
    assert digits_of(asked, misread_digits(asked)) == dict.fromkeys(("x_2", "b1"), places(1, 0, -1, -2))


def test_of_one_number_alone_any_digit_may_be_misread_and_a_weight_left_out_or_turned() -> None:
    asked = network(2, 2, 1)
    found = digits_of(asked, one_step_misread(asked))
    own = {given.key for given in asked.givens} - {"x_1", "w2_11", "y_1"}
    assert {key: found[key] for key in found if key != "y_1"} == dict.fromkeys(own, places(1, 0, -1, -2))
    assert found["y_1"] == places(0, -1, -2, -3, -4)
    terms = {(one.kind, one.of) for one in one_step_misread(asked) if one.of in W1 and one.kind != "misread"}
    assert terms == {(kind, weight) for kind in ("left_out", "sign_turned") for weight in W1}


def test_the_terms_of_a_single_neurons_sum_are_not_seen_one_by_one_or_all() -> None:
    recipe = load_recipe("logistic-neuron")
    neuron = recipe.derivation(recipe.choices()[0], "gradient")
    weights = [given.key for given in neuron.givens if given.key.startswith("w")]
    assert len(weights) > 1
    found = {one.of: sorted(neuron.givens[at].key for at in one.taken) for one in terms_left_out(neuron)}
    assert found == {**{weight: [weight] for weight in weights}, "W": weights}
    assert {taken.reading for one in terms_left_out(neuron) for taken in one.taken.values()} == {"left_out"}
    assert terms_left_out(network(2, 2, 1)) == ()
