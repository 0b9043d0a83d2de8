"""How much typed working may hold before some of it is not shown, or not taken: one less and one more."""

from __future__ import annotations

from functools import cache

import pytest

from grader.marking.typed_working import expand
from grader.reading.number import LONGEST
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe


@cache
def question() -> Question:
    return draw(load_recipe("two-paths"), [b"a key"], parameter="w1_31")[0]


def line(path: int) -> str:
    return " * ".join(f"({question().printed(step)})" for step in question().derivation.paths[path - 1].factors)


def test_a_number_alone_is_what_a_path_comes_to_and_no_factor_of_it() -> None:
    product = question().printed("path_1.product")
    slots, remarks = expand(question(), {"path_1.working": product})
    assert slots == {"path_1.product": product}
    assert remarks == ()


def test_what_a_path_comes_to_may_stand_before_its_factors_as_well() -> None:
    product = question().printed("path_1.product")
    slots, remarks = expand(question(), {"path_1.working": f"{product} = {line(1)} = {product}"})
    wanted = {f"path_1.{step.key}": question().printed(step) for step in question().derivation.paths[0].factors}
    wanted["path_1.product"] = product
    assert {name: float(text) for name, text in slots.items()} == {name: float(text) for name, text in wanted.items()}
    assert remarks == ()


@pytest.mark.parametrize(("count", "shown"), [(12, 12), (13, 12)])
def test_a_dozen_numbers_are_shown_of_those_that_belong_nowhere(count: int, shown: int) -> None:
    foreign = [str(1000 + n) for n in range(count)]
    _, (remark,) = expand(question(), {"path_1.working": f"{line(1)} * {' * '.join(foreign)}"})
    assert remark == f"path_1.working: factors of no step here: {', '.join(foreign[:shown])}" + (
        " …" if count > shown else ""
    )


@pytest.mark.parametrize(("count", "taken"), [(8, True), (9, False)])
def test_eight_lines_more_than_there_are_paths_are_looked_through(count: int, taken: bool) -> None:
    lines = [line(1), line(2), *["7 * 8 * 9"] * count]
    slots, remarks = expand(question(), {"working": "\n".join(lines)})
    assert bool(slots) is taken
    assert len(remarks) == (count if taken else 1)
    assert remarks[0].endswith("7 × 8 × 9" if taken else "none of them was taken")


@pytest.mark.parametrize(("count", "joined"), [(12, True), (13, False)])
def test_two_of_a_dozen_factors_may_be_one_that_was_written_in_two(count: int, joined: bool) -> None:
    """The loss's factor as its half and 2, with the other four, and numbers that belong nowhere."""
    loss, *others = question().derivation.paths[0].factors
    half = float(question().printed(loss)) / 2
    foreign = [1000.5 + n for n in range(count - 6)]
    numbers = [2, half, *(question().printed(step) for step in others), *foreign]
    slots, remarks = expand(question(), {"path_1.working": " * ".join(f"({number})" for number in numbers)})
    found = float(slots.get(f"path_1.{loss.key}", "nan"))
    assert (abs(found - 2 * half) < 1e-9) is joined
    assert any("1000.5" in remark for remark in remarks)


@pytest.mark.parametrize("more", [0, 1, 9])
def test_of_what_cannot_be_read_one_character_more_stands_in_the_box_than_numbers_may_have(more: int) -> None:
    """So that nobody takes its beginning for a number."""
    text = "0." + "3" * (LONGEST - 1 + more) + "?"
    slots, remarks = expand(question(), {"path_1.working": text})
    assert slots == {"path_1.product": text[: LONGEST + 1]}
    assert len(remarks) == 1
