"""Typed working on a question whose numbers are known: what goes to which slot."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.marking.typed_factors import FactorRanges
from grader.marking.typed_working import _some, expand
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.networks.dense import Architecture
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.grader.marking.pupil import PRECISION


@pytest.fixture(scope="module")
def question() -> Question:
    return draw(load_recipe("two-paths"), [b"a key"], parameter="w1_31")[0]


@pytest.fixture(scope="module")
def finding() -> Question:
    return draw(load_recipe("two-paths"), [b"a key"], parameter="w1_31", paths="find")[0]


def factors(question: Question, path: int) -> list[str]:
    return [question.printed(step) for step in question.derivation.paths[path - 1].factors]


def product(question: Question, path: int) -> str:
    return question.printed(f"path_{path}.product")


def printed(question: Question, column: int) -> dict[str, str]:
    return {slot.name: question.printed(slot.step) for slot in question.slots if slot.path == column}


def line(question: Question, path: int, order: random.Random | None = None) -> str:
    texts = factors(question, path)
    if order is not None:
        order.shuffle(texts)
    return f"({' * '.join(texts)})"


def numbers(slots: Mapping[str, str]) -> dict[str, float]:
    return {name: float(text) for name, text in slots.items()}


@given(order=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_factors_may_stand_in_any_order(question: Question, order: random.Random) -> None:
    written = f"{line(question, 2, order)} = {product(question, 2)}"
    slots, remarks = expand(question, {"path_2.working": written})
    assert numbers(slots) == numbers(printed(question, 2))
    assert remarks == ()


@given(order=st.randoms(use_true_random=False), wrong=st.integers(0, 4), sign=st.booleans())
@settings(deadline=None, max_examples=40)
def test_any_order_of_wrong_factors_gives_the_same_slots(
    question: Question, order: random.Random, wrong: int, sign: bool
) -> None:
    texts = factors(question, 1)
    texts[wrong] = "0.7777"
    texts.append("1")
    shuffled = texts.copy()
    order.shuffle(shuffled)
    first, again = (
        expand(question, {"path_1.working": ("-" if sign else "") + f"({' * '.join(each)})"})
        for each in (texts, shuffled)
    )
    assert first == again


@given(order=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=20)
def test_a_whole_working_goes_to_the_paths_in_any_order(question: Question, order: random.Random) -> None:
    paths = [1, 2]
    order.shuffle(paths)
    terms = " + ".join(line(question, path, order) for path in paths)
    results = " + ".join(f"({product(question, path)})" for path in paths)
    slots, remarks = expand(question, {"working": f"{terms} = {results} = {question.printed('gradient')}"})
    wanted = printed(question, 1) | printed(question, 2) | {"gradient": question.printed("gradient")}
    assert numbers(slots) == numbers(wanted)
    assert remarks == ()


def test_a_sum_line_fills_products_and_gradient(question: Question) -> None:
    written = f"{product(question, 2)} + ({product(question, 1)}) = {question.printed('gradient')}"
    slots, _ = expand(question, {"working": written})
    assert numbers(slots) == numbers(
        {
            "path_1.product": product(question, 1),
            "path_2.product": product(question, 2),
            "gradient": question.printed("gradient"),
        }
    )


def test_of_an_update_worked_in_several_parts_the_last_is_the_value() -> None:
    (updating,) = draw(load_recipe("two-paths"), [b"a key"], parameter="w1_31", quantity="updated")
    old, rate, gradient = (updating.printed(name) for name in ("w1_31", "eta", "gradient"))
    step = f"{float(rate) * float(gradient):.6f}"
    slots, _ = expand(
        updating, {"working": f"{old} - {rate}*({gradient}) = {old} - ({step}) = {updating.printed('updated')}"}
    )
    assert float(slots["updated"]) == float(updating.printed("updated"))


def test_an_update_line_fills_the_updated_value() -> None:
    updating = draw(load_recipe("two-paths"), [b"a key"], parameter="w1_31", quantity="updated")[0]
    gradient, rate = updating.printed("gradient"), updating.printed("eta")
    lines = [
        f"{line(updating, 1)} + {line(updating, 2)} = {gradient}",
        f"{updating.printed('w1_31')} - {rate}*({gradient}) = {updating.printed('updated')}",
    ]
    slots, remarks = expand(updating, {"working": "\n".join(lines)})
    wanted = printed(updating, 1) | printed(updating, 2)
    wanted |= {name: updating.printed(name) for name in ("gradient", "updated")}
    del wanted["path_1.product"], wanted["path_2.product"]
    assert numbers(slots) == numbers(wanted)
    assert remarks == ()


def test_lines_below_each_other_are_one_working(question: Question) -> None:
    written = "\n".join(
        [
            f"{line(question, 1)} = {product(question, 1)}",
            f"{line(question, 2)} = {product(question, 2)}",
            f"{product(question, 1)} + ({product(question, 2)}) = {question.printed('gradient')}",
        ]
    )
    slots, _ = expand(question, {"working": written})
    wanted = printed(question, 1) | printed(question, 2) | {"gradient": question.printed("gradient")}
    assert numbers(slots) == numbers(wanted)


def test_a_minus_before_a_product_goes_to_a_factor_that_lacks_it(question: Question) -> None:
    texts = factors(question, 1)
    at = next(at for at, text in enumerate(texts) if text.startswith("-"))
    texts[at] = texts[at][1:]
    slots, _ = expand(question, {"path_1.working": f"-({'*'.join(texts)}) = {product(question, 1)}"})
    assert numbers(slots) == numbers(printed(question, 1))


def test_a_missing_factor_leaves_its_slot_blank(question: Question) -> None:
    texts = factors(question, 1)
    slots, remarks = expand(question, {"path_1.working": "*".join(texts[:2] + texts[3:])})
    wanted = printed(question, 1)
    missing = question.derivation.paths[0].factors[2]
    del wanted[f"path_1.{missing.key}"], wanted["path_1.product"]
    assert numbers(slots) == numbers(wanted)
    assert remarks == ()


def test_a_factor_too_many_is_reported(question: Question) -> None:
    slots, remarks = expand(question, {"path_1.working": f"{line(question, 1)} * 77 = {product(question, 1)}"})
    assert numbers(slots) == numbers(printed(question, 1))
    assert remarks == ("path_1.working: factor of no step here: 77",)


def test_a_path_too_many_is_reported(question: Question) -> None:
    slots, remarks = expand(question, {"working": f"{line(question, 1)} + 7*8*9 + {line(question, 2)}"})
    wanted = printed(question, 1) | printed(question, 2)
    del wanted["path_1.product"], wanted["path_2.product"]
    assert numbers(slots) == numbers(wanted)
    assert remarks == ("working: a product of no path here: 7 × 8 × 9",)


def test_slots_win_over_working_and_a_columns_line_over_the_whole(question: Question) -> None:
    responses = {
        "working": f"{line(question, 1)} + {line(question, 2)} = 5 + 6 = 11",
        "path_1.working": "= 7",
        "gradient": "0,5",
        "path_2.product": " ",
    }
    slots, _ = expand(question, responses)
    assert (slots["path_1.product"], slots["gradient"], slots["path_2.product"]) == ("7", "0,5", "6")
    assert not any("working" in name for name in slots)


def test_working_that_cannot_be_read_is_shown_to_somebody(question: Question) -> None:
    slots, remarks = expand(question, {"path_2.working": "0.5 * see my notes", "h1_1": "0.5"})
    assert slots == {"h1_1": "0.5", "path_2.product": "0.5 * see my notes"}
    assert remarks[0].startswith("path_2.working cannot be read: text where a number belongs")
    assert remarks[0].endswith("      ^")
    slots, remarks = expand(question, {"path_1.working": "0.5*0.2 + 0.3*0.4"})
    assert "a sum where the product of one path belongs" in remarks[0]


def test_characters_stay_as_they_were_written(question: Question) -> None:
    text = product(question, 1).replace(".", ",").replace("-", "−")
    slots, _ = expand(question, {"path_1.working": f"2*3 = {text}"})
    assert slots["path_1.product"] == text


def test_where_paths_are_to_be_found_columns_are_as_written(finding: Question) -> None:
    """The second path typed in the first column: its factors stand there, in the order of that path."""
    for responses in (
        {f"path_{3 - n}.working": f"{line(finding, n, random.Random(n))} = {product(finding, n)}" for n in (1, 2)},
        {"working": f"{line(finding, 2, random.Random(1))} + {line(finding, 1)}"},
    ):
        slots, remarks = expand(finding, responses)
        for column, path in ((1, 2), (2, 1)):
            written = [text for name, text in slots.items() if name.startswith(f"path_{column}.factor_")]
            in_order = [slots[f"path_{column}.factor_{at}"] for at in range(1, len(written) + 1)]
            assert in_order == factors(finding, path)
        assert remarks == ()


def test_without_working_nothing_changes(question: Question) -> None:
    responses = {"h1_1": "0.5", "gradient": ""}
    assert expand(question, responses) == (responses, ())


@given(text=st.text(st.sampled_from("0123456789.,+-*()= \n"), max_size=80))
@settings(deadline=None, max_examples=100)
def test_no_working_raises(question: Question, text: str) -> None:
    expand(question, {"working": text, "path_1.working": text})


def test_in_range_comes_before_near() -> None:
    """5 lies in the second range, though it is nearer to the first value than 7 is."""
    low, high, value = np.array([3.9, 4.0]), np.array([4.1, 9.0]), np.array([4.0, 8.9])
    ranges = FactorRanges(low, high, value, np.full(2, 0.1))
    matched = ranges.match([5.0, 7.0])
    assert sorted(matched.slots) == [0, 1]  # type: ignore[type-var]
    assert ranges.match([5.0, 4.0]).slots == (1, 0)
    assert ranges.match([5.0]).slots == (None, 0)


def test_the_name_of_the_gradient_may_stand_before_it(question: Question) -> None:
    bare = expand(question, {"working": f"{line(question, 1)} + {line(question, 2)} = 0.0137"})
    assert expand(question, {"working": f"dL/dw1_31 = {line(question, 1)} + {line(question, 2)} = 0.0137"}) == bare


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("split", ["first", "last"])
def test_a_factor_may_be_written_in_two(question: Question, split: str, negative: bool) -> None:
    """As 2·(ŷ − y) is, and h·(1 − h)."""
    steps = question.derivation.paths[0].factors
    texts = factors(question, 1)
    at = {"first": 0, "last": len(texts) - 2}[split]
    half = f"{float(texts[at]) / 2:.10g}"
    written = [*texts[:at], "2", half, *texts[at + 1 :]]
    if negative:
        written[0] = f"{-float(written[0]):.10g}"
    sign = "-" if negative else ""
    slots, remarks = expand(question, {"path_1.working": f"{sign}({' * '.join(written)})"})
    assert len(steps) == len(texts)
    wanted = {name: float(text) for name, text in printed(question, 1).items() if not name.endswith("product")}
    assert numbers(slots) == pytest.approx(wanted)
    assert [remark.split(": ")[1].endswith("taken as one factor") for remark in remarks] == [True]


def test_of_a_single_path_what_its_line_comes_to_is_the_gradient(question: Question) -> None:
    (single,) = draw(load_recipe("chain"), [b"a key"], parameter="w1_11", quantity="gradient")
    slots, _ = expand(single, {"working": f"{line(single, 1)} = {single.printed('gradient')}"})
    assert slots["gradient"] == single.printed("gradient")
    assert "path_1.product" not in slots
    slots, _ = expand(question, {"working": f"{line(question, 1)} = {product(question, 1)}"})
    assert slots["path_1.product"] == product(question, 1)
    assert "gradient" not in slots


def test_what_lines_come_to_says_of_which_path_they_are(question: Question) -> None:
    """Their factors are of no path."""
    lines = [f"7 * 8 * 9 = {product(question, path)}" for path in (2, 1)]
    slots, _ = expand(question, {"working": "\n".join(lines)})
    for path in (1, 2):
        assert slots[f"path_{path}.product"] == product(question, path)


def test_a_factor_of_one_or_a_foreign_one_is_joined_to_nothing(question: Question) -> None:
    texts = factors(question, 1)
    for foreign in ("1", "0.3333"):
        slots, remarks = expand(question, {"path_1.working": f"({' * '.join([*texts, foreign])})"})
        wanted = {name: text for name, text in printed(question, 1).items() if not name.endswith("product")}
        assert numbers(slots) == numbers(wanted)
        assert [foreign in remark and "of no step here" in remark for remark in remarks] == [True]


def crossed(paths: str) -> Question:
    """Linear units: what the loss gives and the weight are 5.5 and 2 on the first path, 2.2 and 5 on the second."""
    layout = Layout(paths=paths)  # type: ignore[arg-type]
    derivation = derive(Architecture((1, 1, 2), ("linear", "linear"), "squared_error"), "w1_11", layout)
    givens = {"x_1": 3.0, "w1_11": 0.5, "w2_11": 2.0, "w2_21": 5.0, "y_1": 0.25, "y_2": 6.4}
    return solve(derivation, givens, PRECISION)


@pytest.mark.parametrize(("paths", "first", "third"), [("given", "5", "2.2"), ("find", "2.2", "5")])
def test_a_columns_line_is_of_the_path_that_is_printed_over_it_or_where_none_is_of_the_one_that_it_fits(
    paths: str, first: str, third: str
) -> None:
    """The second path's line in the first column: 5 is next to 5.5 there, and 2.2 to 2."""
    question = crossed(paths)
    slots, _ = expand(question, {"path_1.working": "3 * 5 * 2.2 = 33"})
    names = [slot.name for slot in question.slots if slot.path == 1]
    assert (slots[names[0]], slots[names[2]], slots["path_1.product"]) == (first, third, "33")


@pytest.mark.parametrize("lines", [10, 11])
def test_of_many_more_products_than_columns_none_is_taken(lines: int) -> None:
    """Up to eight over are named one by one."""
    question = crossed("given")
    slots, remarks = expand(question, {"working": "\n".join(f"3 * {n} * 7 = {21 * n}" for n in range(30, 30 + lines))})
    if lines == 10:
        assert len(remarks) == 8
        assert all("a product of no path here" in remark for remark in remarks)
        assert any(name.endswith("product") for name in slots)
    else:
        assert remarks == ("working: 11 products, more than there are columns; none of them was taken",)
        assert not any(name.endswith("product") for name in slots)


@pytest.mark.parametrize(("count", "shown"), [(12, 12), (13, 12)])
def test_of_many_numbers_a_remark_shows_twelve(count: int, shown: int) -> None:
    texts = [str(number) for number in range(count)]
    assert _some(texts, ", ") == ", ".join(texts[:shown]) + (" …" if count > shown else "")
