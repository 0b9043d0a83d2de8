"""Simulated students: what each kind hands in, and that the truth says so."""

from __future__ import annotations

import random

import pytest

from grader.reading.number import Blank, Reading, Unreadable, read
from grader.simulation.check import to_be_found
from grader.simulation.kinds import BY_NAME, KINDS, Wanted
from grader.simulation.students import Seat, work
from grader.simulation.truth import Simulated
from question_bank.misconceptions import CATALOGUE
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe
from question_bank.questions.written import read_problem


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return draw(load_recipe("two-paths"), [b"%d" % number for number in range(6)], parameter="w1_31")


def simulated(questions: list[Question], name: str, count: int = 30, misconception: str = "") -> list[Simulated]:
    seats = [
        Seat(
            str(n),
            "q1",
            questions[n % len(questions)],
            random.Random(f"{name} {n}"),
            (BY_NAME[name],),
            questions[(n + 1) % len(questions)],
        )
        for n in range(count)
    ]
    return [one for one in work(seats, Wanted(misconception=misconception)) if one is not None]


SLIPS = [each.name for each in KINDS if each.family == "slips"]


def number(text: str) -> float:
    reading = read(text)
    assert isinstance(reading, Reading)
    return reading.value


def holds(question: Question, slot: str, text: str) -> bool:
    """Whether a response lies in the honest range of its slot."""
    step = next(each.step for each in question.slots if each.name == slot)
    low, high = question.range(step)
    return low - 1e-9 <= number(text) <= high + 1e-9


@pytest.mark.parametrize("name", [each.name for each in KINDS if each.family == "honest"])
def test_honest_students_stay_in_the_honest_ranges(questions: list[Question], name: str) -> None:
    for one in simulated(questions, name):
        question = questions[int(one.student) % len(questions)]
        assert all(holds(question, slot, text) for slot, text in one.responses.items())
        assert one.truth == type(one.truth)(name)


@pytest.mark.parametrize("name", [each.name for each in KINDS])
def test_every_kind_says_something_about_every_slot(questions: list[Question], name: str) -> None:
    asked = [to_be_found(question) for question in questions] if name == "permuted columns" else questions
    done = simulated(asked, name)
    assert len(done) == 30
    for one in done:
        question = asked[int(one.student) % len(asked)]
        assert list(one.responses) == [slot.name for slot in question.slots]
        assert one.truth.kind == name


def test_a_slip_strikes_one_step_and_the_rest_follows_from_it(questions: list[Question]) -> None:
    """Half of the loss's derivative on the first path: that column's product is halved too, nothing else changes."""
    done = [
        one
        for one in simulated(questions, "misconception", 60, "loss_two_forgotten")
        if [strike.step.key for strike in one.truth.struck[0]] == ["dL/dyhat_1"]
    ]
    assert done
    for one in done:
        question = questions[int(one.student) % len(questions)]
        assert one.truth.misconceptions == ("loss_two_forgotten",)
        assert "loss_two_forgotten" in one.truth.struck[0][0].names
        ratio = number(one.responses["path_1.dL/dyhat_1"]) / question.value("dL/dyhat_1")
        assert ratio == pytest.approx(0.5, rel=1e-2)
        assert number(one.responses["path_1.product"]) / question.value("path_1.product") == pytest.approx(
            0.5, rel=0.05
        )
        assert holds(question, "path_2.product", one.responses["path_2.product"])
        parts = number(one.responses["path_1.product"]) + number(one.responses["path_2.product"])
        assert number(one.responses["gradient"]) == pytest.approx(parts, abs=1.01e-6)


def test_a_habit_strikes_every_step_of_its_role(questions: list[Question]) -> None:
    struck = {len(one.truth.struck[0]) for one in simulated(questions, "misconception", 60, "loss_two_forgotten")}
    assert struck == {1, 2}


def test_every_misconception_that_a_question_has_a_place_for_can_be_had(questions: list[Question]) -> None:
    had = {one.truth.misconceptions[0] for one in simulated(questions, "misconception", 1500)}
    possible = {entry.id for entry in CATALOGUE if simulated(questions, "misconception", 1, entry.id)}
    assert len(had) >= 20
    assert had >= possible


def test_two_misconceptions_are_two_at_different_steps(questions: list[Question]) -> None:
    for one in simulated(questions, "two misconceptions"):
        first, second = one.truth.misconceptions
        assert first != second
        assert {strike.step for strike in one.truth.struck[0]}.isdisjoint(strike.step for strike in one.truth.struck[1])


def test_what_has_no_slot_is_seen_at_the_next_step(questions: list[Question]) -> None:
    """On two-paths the first layer's pre-activations are exact and no slots: a forgotten bias shows in the output."""
    strikes = [
        strike
        for one in simulated(questions, "misconception", 60, "forward_no_bias")
        for strike in one.truth.struck[0]
        if strike.step.key.startswith("a1_")
    ]
    assert strikes
    assert all(strike.seen.key == strike.step.key.replace("a", "h") for strike in strikes)
    assert all("forward_no_bias" in strike.names for strike in strikes)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("swapped columns", {(2, 1)}),
        ("doubled column", {(1, 1), (2, 2)}),
        ("missing column", {(0, 2), (1, 0)}),
        ("foreign column", {(-1, 2), (1, -1)}),
        ("merged columns", {(-2, 0)}),
    ],
)
def test_columns(questions: list[Question], name: str, columns: set[tuple[int, ...]]) -> None:
    """What stands in the columns is what the truth says, and the gradient is the sum of the products that are there."""
    done = simulated(questions, name)
    assert {one.truth.columns for one in done} == columns
    for one in done:
        question = questions[int(one.student) % len(questions)]
        products = [one.responses[f"path_{column}.product"] for column in (1, 2)]
        total = sum(number(text) for text in products if text)
        assert number(one.responses["gradient"]) == pytest.approx(total, abs=1.01e-6)
        for column, path in enumerate(one.truth.columns, 1):
            slope = one.responses[f"path_{column}.dyhat_{column}/da2_{column}"]
            if path > 0:
                assert number(slope) == pytest.approx(question.value(f"dyhat_{path}/da2_{path}"), rel=0.05)
                assert number(products[column - 1]) == pytest.approx(question.value(f"path_{path}.product"), rel=0.05)
            elif path == 0:
                assert slope == products[column - 1] == ""
            elif path == -1:
                input_factor = one.responses[f"path_{column}.da1_3/dw1_31"]
                assert number(input_factor) in [question.value(f"x_{n}") for n in range(1, 5)]
                own = [one.responses[f"path_{3 - column}.product"], question.printed(f"path_{column}.product")]
                assert products[column - 1] not in own


def test_permuted_columns_hold_every_path_once(questions: list[Question]) -> None:
    done = simulated([to_be_found(question) for question in questions], "permuted columns")
    assert {tuple(sorted(one.truth.columns)) for one in done} == {(0, 1, 2)}
    assert len({one.truth.columns for one in done}) == 6


def test_a_product_stands_in_the_box_for_it_behind_however_few_factors() -> None:
    text = """
    ask = "a"
    precision = "4d"
    [circuit]
    inputs = { a = 3.1, b = 2.7 }
    nodes = { p = "a * b", q = "p * 1.5", f = "q + a" }
    """
    done = simulated([to_be_found(read_problem(text, "mine.toml").solve())], "permuted columns")
    for one in done:
        products = [one.responses[f"path_{column}.product"] for column in (1, 2, 3)]
        by_path = {path: text for path, text in zip(one.truth.columns, products, strict=True) if path}
        assert {path: number(text) for path, text in by_path.items()} == {1: 4.05, 2: 1}
    assert len({one.truth.columns for one in done}) == 6


@pytest.mark.parametrize("name", [*SLIPS, "words"])
def test_a_slip_of_the_pen_changes_one_slot_and_nothing_after_it(questions: list[Question], name: str) -> None:
    for one in simulated(questions, name):
        question = questions[int(one.student) % len(questions)]
        (slot,) = one.truth.slots
        assert name != "words" or isinstance(read(one.responses[slot]), Unreadable)
        others = {each: text for each, text in one.responses.items() if each != slot}
        assert all(holds(question, each, text) for each, text in others.items())
        if name in ("minus lost", "minus added", "point lost", "point moved"):
            assert not holds(question, slot, one.responses[slot])


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_of_the_pen_is_another_number(questions: list[Question], name: str) -> None:
    rights = {one.student: one.responses for one in simulated(questions, "half up")}
    for one in simulated(questions, name):
        (slot,) = one.truth.slots
        other = number(one.responses[slot])
        assert other != pytest.approx(number(rights[one.student][slot]), rel=1e-9, abs=0)
        if name.startswith("minus"):
            assert other == pytest.approx(-number(rights[one.student][slot]), abs=1e-3)


@pytest.mark.parametrize("name", [each.name for each in KINDS if each.family == "misreadings"])
def test_a_misreading_strikes_where_the_givens_are_read(questions: list[Question], name: str) -> None:
    """Sums of the first layer are worked aside and seen at the unit's output; products and answers carry on."""
    for one in simulated(questions, name):
        (struck,) = one.truth.struck
        assert one.truth.misconceptions == ("",)
        assert {strike.seen.key[:2] for strike in struck} <= {"h1", "a2", "da"}
        assert not any(strike.names for strike in struck)
        question = questions[int(one.student) % len(questions)]
        slots = {slot.step: slot.name for slot in question.slots}
        for strike in struck:
            if strike.step == strike.seen:
                assert not holds(question, slots[strike.seen], one.responses[slots[strike.seen]])


def test_signs_unseen_are_magnitudes(questions: list[Question]) -> None:
    for one in simulated(questions, "weights' signs unseen"):
        question = questions[int(one.student) % len(questions)]
        assert one.truth.misread
        assert all(given.key[0] == "w" and question.value(given) < 0 for given in one.truth.misread)


def test_who_copies_factors_has_the_neighbours_beside_own_weights(questions: list[Question]) -> None:
    for one in simulated(questions, "neighbour's factors"):
        own, theirs = (questions[(int(one.student) + beside) % len(questions)] for beside in (0, 1))
        factors = [slot for slot in own.slots if slot.path == 1][:-1]
        for slot in factors:
            whose = theirs if slot.name in one.truth.slots else own
            assert number(one.responses[slot.name]) == pytest.approx(whose.value(slot.step), abs=6e-5)
        product = 1.0
        for slot in factors:
            product *= number(one.responses[slot.name])
        assert number(one.responses["path_1.product"]) == pytest.approx(product, abs=1e-4)


def test_a_neighbours_sheet_is_right_for_the_neighbour(questions: list[Question]) -> None:
    for one in simulated(questions, "neighbour's sheet"):
        theirs = questions[(int(one.student) + 1) % len(questions)]
        assert all(holds(theirs, slot, text) for slot, text in one.responses.items())


def test_easy_boxes_are_right_and_the_rest_is_invented(questions: list[Question]) -> None:
    for one in simulated(questions, "easy boxes"):
        question = questions[int(one.student) % len(questions)]
        copies = [slot for slot in question.slots if slot.step.key.startswith("da")]
        assert all(holds(question, slot.name, one.responses[slot.name]) for slot in copies)
        assert sum(holds(question, slot, one.responses[slot]) for slot in one.truth.slots) <= 1


def test_made_up_products_add_up_to_the_gradient(questions: list[Question]) -> None:
    for one in simulated(questions, "made-up products"):
        written = {slot: number(text) for slot, text in one.responses.items() if text}
        assert list(written) == ["path_1.product", "path_2.product", "gradient"]
        assert written["gradient"] == pytest.approx(written["path_1.product"] + written["path_2.product"], abs=2e-6)


def test_nobody_copies_who_sits_alone(questions: list[Question]) -> None:
    seats = [Seat("", "", questions[0], random.Random(0), (BY_NAME[name],)) for name in ("neighbour's sheet",)]
    assert work(seats, Wanted()) == [None]


@pytest.mark.parametrize(("name", "written"), [("blanks", None), ("given up", None), ("answer only", 1)])
def test_blanks_are_where_the_truth_says(questions: list[Question], name: str, written: int | None) -> None:
    for one in simulated(questions, name):
        blank = tuple(slot for slot, text in one.responses.items() if isinstance(read(text), Blank))
        assert blank == one.truth.slots
        assert blank
        if written is not None:
            assert len(one.responses) - len(blank) == written


@pytest.mark.parametrize(("name", "value"), [("zeros", 0.0), ("ones", 1.0), ("halves", 0.5)])
def test_filled_sheets(questions: list[Question], name: str, value: float) -> None:
    assert {number(text) for one in simulated(questions, name) for text in one.responses.values()} == {value}


def test_givens_are_numbers_of_the_question(questions: list[Question]) -> None:
    for one in simulated(questions, "givens"):
        question = questions[int(one.student) % len(questions)]
        givens = [question.value(key) for key in question.derivation.givens]
        assert all(number(text) in givens for text in one.responses.values())


def test_whoever_sits_beside_changes_nothing(questions: list[Question]) -> None:
    """A student's paper is a function of the student's own random numbers."""
    together = simulated(questions, "misconception", 12)
    kinds = (BY_NAME["misconception"],)
    seats = [Seat(str(n), "q1", questions[n % 6], random.Random(f"misconception {n}"), kinds) for n in range(12)]
    alone = [work([seat], Wanted())[0] for seat in seats]
    assert together == alone


def test_a_question_without_a_place_for_a_kind_gives_nobody(questions: list[Question]) -> None:
    """The routes are printed on these questions: no columns can be permuted."""
    assert simulated(questions, "permuted columns") == []
    one_path = draw(load_recipe("first"), [b"a"])
    assert simulated(one_path, "swapped columns", 1) == []


def test_of_a_unit_whose_row_is_left_out_the_bias_is_left() -> None:
    """Also in sums that are worked without what binary floats lose."""
    drawn = draw(load_recipe("forward-dense"), [b"row %d" % number for number in range(6)])
    done = simulated(drawn, "row left out")
    assert len(done) == 30
    for one in done:
        question = drawn[int(one.student) % len(drawn)]
        ((struck,),) = one.truth.struck
        assert number(one.responses[struck.seen.key]) == question.value(f"b{struck.seen.key[1:]}")


def test_what_belongs_in_the_box_beside_is_of_the_same_column(questions: list[Question]) -> None:
    """The next column begins at the top of the sheet: nobody writes its first number at the foot of this one."""
    found = 0
    for one in simulated(questions, "neighbouring box"):
        (slot,) = one.truth.slots
        column = slot.partition(".")[0] if slot.startswith("path_") else ""
        others = [name for name, text in one.responses.items() if name != slot and text == one.responses[slot]]
        found += 1
        assert any(name.startswith(column) if column else not name.startswith("path_") for name in others)
    assert found > 5
