"""Numbers in another layout than the sheet's: which boxes they go into, what is said, and what is not taken for it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from grader.feedback.said import question_said
from grader.marking import Verdict, mark
from grader.marking.batch import Answers, Key
from grader.marking.other_layouts import followed_layout, other_sign, with_own_sign
from grader.marking.typed_working import expand, layout_followed
from grader.reading.number import BLANK, READ
from grader.reading.typed_line import TypedFactor
from question_bank.derivations.arrangements import Working
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.grader.feedback.classroom import feedback


@cache
def asked_as(working: Working) -> Question:
    """One and the same question in a layout."""
    (question,) = draw(load_recipe("one-weight"), [b"a"])
    derivation = question.derivation
    layout = replace(derivation.layout, working=working)
    givens = {given: question.value(given) for given in derivation.givens}
    return solve(derive(derivation.model, derivation.asked, layout), givens, question.precision)


def by_paths() -> str:
    question = asked_as("paths")
    lines = [
        f"{' * '.join(f'({question.printed(factor)})' for factor in path.factors)} = {question.printed(path.product)}"
        for path in question.derivation.paths
    ]
    return "\n".join([*lines, f"gradient = {question.printed('gradient')}"])


def by_error_terms() -> str:
    question = asked_as("deltas")
    slots = [slot for slot in question.slots if slot.name.endswith((".error", ".back"))]
    (answer,) = question.derivation.answers
    lines = [f"delta = {question.printed(slot.step)}" for slot in slots]
    return "\n".join([*lines, f"gradient = {question.printed(answer)}"])


def test_a_chain_takes_the_factors_of_paths_and_says_so() -> None:
    question = asked_as("chain")
    slots, (remark,) = expand(question, {"working": by_paths()})
    factors = {slot.name for slot in question.slots if question.derivation.step(slot.step).role == "factor"}
    answer = f"{question.derivation.parameter.key}.gradient"
    assert slots.keys() == factors | {answer}
    assert all(slots[name] == question.printed(name) for name in slots)
    assert "worked path by path, where the sheet asks for it as one chain of derivatives" in remark
    assert layout_followed(question, {"working": by_paths()}) == "paths"


@pytest.mark.parametrize("working", ["chain", "paths", "graph"])
def test_error_terms_are_known_on_any_sheet(working: Working) -> None:
    question = asked_as(working)
    slots, _ = expand(question, {"working": by_error_terms()})
    assert slots
    assert all(slots[slot.name] == question.printed(slot.step) for slot in question.slots if slot.name in slots)
    assert layout_followed(question, {"working": by_error_terms()}) in (
        "deltas",
        None if working == "graph" else "deltas",
    )


def test_what_stands_in_a_box_wins_over_the_line() -> None:
    slots, _ = expand(asked_as("chain"), {"working": by_paths(), "dL/dyhat_1": "0.5"})
    assert slots["dL/dyhat_1"] == "0.5"


def test_paths_are_paths_also_where_they_are_wrong() -> None:
    """The last factor of each left out: the sum is then an error term, and yet nobody worked by those."""
    question = asked_as("paths")
    shorter = [path.factors[:-1] for path in question.derivation.paths]
    products = [float(np.prod([question.value(factor) for factor in factors])) for factors in shorter]
    lines = [
        f"{' * '.join(f'({question.printed(factor)})' for factor in factors)} = {product:.6f}"
        for factors, product in zip(shorter, products, strict=True)
    ]
    working = "\n".join([*lines, f"gradient = {sum(products):.6f}"])
    assert layout_followed(question, {"working": by_paths()}) is None
    assert layout_followed(question, {"working": working}) is None
    assert expand(question, {"working": working})[0]["path_1.product"] == f"{products[0]:.6f}"


def answers_of(values: list[float]) -> Answers:
    numbers = np.array([values])
    return Answers(numbers, np.where(np.isnan(numbers), BLANK, READ).astype(np.uint8))


def test_error_terms_of_the_other_sign_are_taken_for_that_where_the_gradients_are_right() -> None:
    (question,) = draw(load_recipe("three-two-one"), [b"a"])
    derivation = question.derivation
    at = [derivation.index[slot.step] for slot in derivation.slots]
    right = question.values[at]
    key = Key(
        question.low[at][None], question.high[at][None], np.full((1, len(at)), 1e-6), np.ones((1, len(at)), np.int64)
    )
    errors = np.array([slot.name.endswith(".error") for slot in derivation.slots])
    turned = np.where(errors, -right, right)

    def taken(values: np.ndarray) -> bool:
        return bool(other_sign(derivation, answers_of(values.tolist()), key)[0])

    assert taken(turned)
    assert not taken(right)
    one_right = np.where(np.cumsum(errors) == 1, right, turned)
    assert not taken(one_right)
    # Who carries the sign on has made a mistake, and who wrote no gradient may have.
    gradients = np.array([slot.name.endswith(".gradient") for slot in derivation.slots])
    assert taken(np.where(np.cumsum(errors) == 1, np.nan, turned))
    assert taken(np.where(np.cumsum(gradients) == 1, np.nan, turned))
    assert not taken(np.where((np.cumsum(gradients) == 1) & gradients, 0.777, turned))
    assert not taken(np.where(errors, np.nan, turned))
    assert not taken(np.where(gradients, -turned, turned))
    assert not taken(np.where(gradients, np.nan, turned))
    both = Answers(np.array([turned, turned]), np.full((2, len(at)), READ, np.uint8))
    back = with_own_sign(derivation, both, np.array([True, False]))
    np.testing.assert_array_equal(back.values, [right, turned])


def test_feedback_says_so_and_all_is_marked_as_it_was_meant() -> None:
    (question,) = draw(load_recipe("three-two-one"), [b"a"])
    responses = {slot.name: question.printed(slot.step) for slot in question.slots}
    turned = {name: negated(text) if name.endswith(".error") else text for name, text in responses.items()}
    made = feedback(turned, question)
    assert made.earned == made.out_of
    (remark,) = question_said(made.questions[0]).remarks
    assert remark.startswith("Your error terms are those of target minus output")
    assert question_said(feedback(responses, question).questions[0]).remarks == ()


def test_feedback_names_the_layout_of_a_typed_working() -> None:
    made = feedback({"working": by_paths()}, asked_as("chain"))
    (remark,) = question_said(made.questions[0]).remarks
    assert remark.startswith("You worked path by path, where this sheet asks for it as one chain of derivatives.")
    right = {slot.slot for group in made.questions[0].groups for slot in group.slots if slot.verdict == Verdict.CORRECT}
    assert {"dL/dyhat_1", "dL/dyhat_2"} < right


def negated(text: str) -> str:
    return text.removeprefix("-") if text.startswith("-") else f"-{text}"


@pytest.mark.parametrize("name", ["three-two-one", "matrices", "one-weight", "circuit-edges"])
@pytest.mark.parametrize("number", ["0", "1"])
def test_boxes_that_are_merely_filled_earn_nothing(name: str, number: str) -> None:
    """Also through what is worked inside a box, of which nothing is written."""
    (question,) = draw(load_recipe(name), [b"a"])
    marked = mark(question, {slot.name: number for slot in question.slots})
    # On a circuit two gradients are really 1.
    right = [slot for slot in marked.slots if slot.verdict == Verdict.CORRECT]
    assert sum(slot.ticks for slot in marked.slots) == sum(slot.ticks for slot in right)
    assert len(right) == (2 if (name, number) == ("circuit-edges", "1") else 0)


def test_a_zero_at_the_output_alone_is_carried_on_without_pay() -> None:
    (question,) = draw(load_recipe("three-two-one"), [b"a"])
    answers = {slot.name: question.printed(slot.step) for slot in question.slots}
    nothing = {slot.name: "0" for slot in question.slots if slot.name.endswith((".error", ".gradient"))}
    marked = mark(question, answers | nothing)
    assert all(slot.ticks == 0 for slot in marked.slots if slot.slot in nothing)


def test_one_number_of_another_layout_does_not_make_a_working_by_paths_one_of_that() -> None:
    question, errors = asked_as("paths"), asked_as("deltas")
    one, other = (f"delta = {errors.printed(key)}" for key in ("a2_1.error", "a2_2.error"))
    assert layout_followed(question, {"working": one}) is None
    assert layout_followed(question, {"working": f"{one}; {other}"}) == "deltas"


@pytest.mark.parametrize(
    ("also", "layout"),
    [
        ("0.1 * 0.2 * 0.3", "deltas"),
        ("0.1 * 0.2 * 0.3 * 0.4", None),  # as many factors as the shortest path has, or one less
        ("0.1 * 0.2 = -0.025909", None),  # what a path comes to
        ("0.1 * 0.2 = 0.025909", "deltas"),
    ],
)
def test_a_working_with_a_path_in_it_is_one_by_paths(also: str, layout: str | None) -> None:
    question = asked_as("paths")
    assert question.printed("path_1.product") == "-0.025909"
    assert [len(path.factors) for path in question.derivation.paths] == [5, 5]
    assert layout_followed(question, {"working": f"{by_error_terms()}\n{also}"}) == layout


@pytest.mark.parametrize("unfinished", ["0.1 + 0.3 * 0.2", "0.3 * 0.2 - 0.1", "0.3 * 0.2"])
def test_a_sum_with_a_product_in_it_has_come_to_nothing_yet(unfinished: str) -> None:
    """The answer is the last number that something came to: 0.25, and no factor."""
    slots, _ = expand(asked_as("chain"), {"working": f"0.1 * 0.2 = 0.25\n{unfinished}"})
    assert slots["w1_12.gradient"] == "0.25"


def test_a_line_without_a_number_fills_no_box() -> None:
    assert expand(asked_as("chain"), {"working": " ", "dL/dyhat_1": "0.5"}) == ({"dL/dyhat_1": "0.5"}, ())


def test_a_line_that_cannot_be_read_stands_in_the_answers_box_if_there_is_one_answer() -> None:
    line, box = "0.5 * see my notes", "w1_12.gradient"
    for own, shown in (({}, line), ({box: " "}, line), ({box: "0.25"}, "0.25")):
        slots, (remark,) = expand(asked_as("chain"), {"working": line, "h1_1": "0.3", **own})
        assert slots == {box: shown, "h1_1": "0.3"}
        assert remark.startswith("working cannot be read: text where a number belongs")
    (several,) = draw(load_recipe("three-two-one"), [b"a"])
    slots, (remark,) = expand(several, {"working": line, "h1_1": ""})
    assert slots == {"h1_1": ""}
    assert remark.startswith("working cannot be read: text where a number belongs")


@pytest.mark.parametrize(("units", "found"), [((8, 8), "paths"), ((5, 13), None)])
def test_of_up_to_64_paths_it_is_tried_whether_somebody_worked_by_them(
    units: tuple[int, int], found: str | None
) -> None:
    """Linear units: every path has a product of its own, which no box of a chain has."""
    network = Architecture((1, 1, *units, 1), ("linear",) * 4, "half_squared_error")
    derivation = derive(network, "w1_11", Layout(working="chain"))
    givens = {given.key: 1 + 0.01 * at for at, given in enumerate(derivation.givens)}
    question = solve(derivation, givens, Precision.parse({"forward": "9d", "factor": "9d", "product": "9d"}))
    by_paths = solve(derive(network, "w1_11", Layout()), givens, question.precision)
    product = by_paths.value("path_1.product")
    assert followed_layout(question, [TypedFactor(f"{product}", product, 0)]) == found


def test_of_several_values_in_a_table_each_may_be_worked_by_its_own_paths() -> None:
    """What a path's factors come to stands in no box of a table."""
    (table,) = draw(load_recipe("first-layer"), [b"a"])
    derivation = table.derivation
    givens = {given: table.value(given) for given in derivation.givens}
    for value in derivation.asked:
        by_its_paths = solve(derive(derivation.model, value, Layout()), givens, table.precision)
        products = [by_its_paths.value(path.product) for path in by_its_paths.derivation.paths]
        typed = [TypedFactor(f"{product}", product, at) for at, product in enumerate(products)]
        assert (followed_layout(table, typed) == "paths") is (len(products) > 1)


def test_a_graph_marks_where_a_step_without_a_box_is_a_plain_number() -> None:
    """Attention's scale 1/√d is worked inside a box from nothing that stands on the sheet."""
    (question,) = draw(load_recipe("attention-back"), [b"a"], parameter="k_2,2", quantity="gradient", working="graph")
    written = {slot.name: question.printed(slot.step) for slot in question.slots}
    for wrong in written:
        verdicts = {slot.slot: slot.verdict for slot in mark(question, written | {wrong: "77.1234"}).slots}
        assert [name for name, verdict in verdicts.items() if verdict != Verdict.CORRECT] == [wrong]
