"""Marking where nothing is rounded: what is equal is right, and nothing else is nearly right but what was rounded."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from grader.marking import Verdict, mark, mark_questions
from question_bank.questions.question import Question
from question_bank.questions.written import problem_from

NETWORK = {
    "sizes": [2, 2, 1],
    "activations": ["relu", "linear"],
    "loss": "half_squared_error",
    "W1": [[0.5, 1.5], [-2, 0.25]],
    "W2": [[2.5, 3]],
    "b": [[0.5, 1], [-3]],
    "x": [3, -0.5],
    "y": [4],
}


def question(**changes: object) -> Question:
    network = {**NETWORK, **changes}
    ask = {"parameter": "w1_11", "quantity": "updated", "learning_rate": 0.25}
    return problem_from({"network": network, "ask": ask, "precision": "exact"}).solve()


def changed(solved: Question, changes: Mapping[str, str]) -> dict[str, Verdict]:
    named = {slot.name: solved.printed(slot.step) for slot in solved.slots} | dict(changes)
    done = mark_questions([solved], [[named[slot.name] for slot in solved.slots]], worth=(1,) * len(solved.slots))
    return {slot.name: Verdict(int(found)) for slot, found in zip(solved.slots, done.verdicts[0], strict=True)}


def test_the_numbers_of_this_page() -> None:
    """Worked by hand: a1 = 0.5·3 + 1.5·(-0.5) + 0.5, and so on."""
    solved = question()
    forward = {"a1_1": "1.25", "a1_2": "-5.125", "h1_1": "1.25", "h1_2": "0", "a2_1": "0.125", "yhat_1": "0.125"}
    assert {name: solved.printed(name) for name in forward} == forward
    assert (solved.printed("dL/dyhat_1"), solved.printed("gradient")) == ("-3.875", "-29.0625")
    assert solved.printed("updated") == "497/64"  # 0.5 + 0.25 * 29.0625 has six decimals


@pytest.mark.parametrize("text", ["1/8", ".125", "0.1250", "0,125", "2/16", "+0.125", "1.25e-1", "⅛", "= 0.125"])
def test_what_is_equal_is_correct(text: str) -> None:
    assert changed(question(), {"a2_1": text})["a2_1"] is Verdict.CORRECT


@pytest.mark.parametrize("text", ["-41/8", "-5.125", "-5 1/8", "−41/8"])
def test_fractions_below_0(text: str) -> None:
    found = changed(question(), {"a1_2": text})["a1_2"]
    assert found is (Verdict.UNREADABLE if " " in text else Verdict.CORRECT)


@pytest.mark.parametrize(
    ("slot", "text", "verdict"),
    [
        ("a2_1", "0.13", Verdict.ROUNDED_EARLY),
        ("a2_1", "0.12", Verdict.ROUNDED_EARLY),
        ("a2_1", "0.1", Verdict.WRONG),  # a fifth away
        ("a2_1", "0.14", Verdict.WRONG),
        ("a1_2", "-5.1", Verdict.ROUNDED_EARLY),
        ("a1_2", "-5.13", Verdict.ROUNDED_EARLY),
        ("a1_2", "-5.2", Verdict.WRONG),  # rounded, it would be -5.1
        ("a1_2", "-5.05", Verdict.WRONG),  # and to two places -5.13
        ("a1_2", "-5", Verdict.WRONG),  # to a whole number nothing is rounded
        ("a1_1", "1.24999", Verdict.WRONG),
        ("a1_1", "1.2500001", Verdict.WRONG),
        ("gradient", "-29.06", Verdict.ROUNDED_EARLY),
        ("gradient", "-29", Verdict.WRONG),
        ("gradient", "-28.9", Verdict.WRONG),  # cut to one place, it would be -29.0
        ("gradient", "-29.1", Verdict.ROUNDED_EARLY),
        ("gradient", "-29.2", Verdict.WRONG),
    ],
)
def test_a_rounded_number_is_none_of_the_exact_ones(slot: str, text: str, verdict: Verdict) -> None:
    assert changed(question(), {slot: text})[slot] is verdict


def test_what_follows_from_own_numbers_follows_exactly() -> None:
    # A wrong a1_1 of 1/3: 2.5/3 - 3 = -13/6, and so on, none of which has an end as a decimal.
    own = {
        "a1_1": "1/3",
        "h1_1": "1/3",
        "a2_1": "-13/6",
        "yhat_1": "-13/6",
        "path_1.dL/dyhat_1": "-37/6",
        "gradient": "-46.25",
        "updated": "193/16",
    }
    found = changed(question(), own)
    assert found.pop("a1_1") is Verdict.WRONG
    follows = {name for name in own if name != "a1_1"}
    assert {name for name, verdict in found.items() if verdict is Verdict.FOLLOW_THROUGH} == follows
    assert all(verdict is Verdict.CORRECT for name, verdict in found.items() if name not in follows)
    assert changed(question(), {**own, "a2_1": "-2.17"})["a2_1"] is Verdict.ROUNDED_EARLY
    assert changed(question(), {**own, "a2_1": "-2.2"})["a2_1"] is Verdict.ROUNDED_EARLY
    assert changed(question(), {**own, "a2_1": "-7/3"})["a2_1"] is Verdict.WRONG


@pytest.mark.parametrize(
    ("slot", "text", "names"),
    [
        ("a1_1", "0.75", ("forward_no_bias",)),
        ("a1_1", "1/4", ("forward_bias_subtracted",)),
        ("h1_2", "-5.125", ("forward_linear",)),
        ("h1_2", "41/8", ("forward_relu_absolute",)),
        ("path_1.dL/dyhat_1", "3.875", ("loss_sign", "loss_difference")),
        ("path_1.dL/dyhat_1", "-7.75", ("loss_two_forgotten",)),
        ("updated", "-6.765625", ("update_plus",)),
    ],
)
def test_a_known_mistake_is_what_is_equal_to_it(slot: str, text: str, names: tuple[str, ...]) -> None:
    solved = question()
    named = {each.name: solved.printed(each.step) for each in solved.slots} | {slot: text}
    done = mark_questions([solved], [[named[each.name] for each in solved.slots]], worth=(1,) * len(solved.slots))
    at = [each.name for each in solved.slots].index(slot)
    assert Verdict(int(done.verdicts[0, at])) is Verdict.MISCONCEPTION
    assert set(done.blames[0, at].misconceptions) == set(names)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("29.0625", Verdict.MISCONCEPTION),  # a lost sign is known as well
        ("-92.0625", Verdict.SLIP),  # exchanged
        ("-290.625", Verdict.SLIP),
        ("-29.0925", Verdict.SLIP),  # one of six figures
        ("-9.0625", Verdict.SLIP),  # dropped
        ("-39.0625", Verdict.SLIP),
    ],
)
def test_a_slip_of_the_pen_is_told_by_the_figures_beside_it(text: str, verdict: Verdict) -> None:
    assert changed(question(), {"gradient": text})["gradient"] is verdict


@pytest.mark.parametrize("text", ["3", "3.5", "2.5", "-3.5", "5"])
def test_a_short_number_is_no_slip_of_another_short_one(text: str) -> None:
    """Of 4, half of all whole numbers are one digit off."""
    solved = question(W1=[[0.5, 1], [-2, 0.25]], x=[6, -1], b=[[2, 1], [-3]])
    assert solved.printed("a1_1") == "4"
    found = changed(solved, {"a1_1": text})["a1_1"]
    assert found is Verdict.WRONG


def test_two_figures_exchanged_are_a_slip() -> None:
    solved = question(W1=[[2.5, 1], [-2, 0.25]], x=[6, -1], b=[[-2, 1], [-3]])
    assert solved.printed("a1_1") == "12"
    assert changed(solved, {"a1_1": "21"})["a1_1"] is Verdict.SLIP
    assert changed(solved, {"a1_1": "1.2"})["a1_1"] is Verdict.SLIP
    assert changed(solved, {"a1_1": "13"})["a1_1"] is Verdict.WRONG


@pytest.mark.parametrize(("loss", "beside", "paid"), [("0", {}, True), ("0", {"h1_2": "1"}, False), ("0.7", {}, True)])
def test_an_exact_0_that_comes_of_a_written_0_is_paid_if_it_is_one(
    loss: str, beside: dict[str, str], paid: bool
) -> None:
    """2.5 · 3 times what nothing explains, which is 0 by one mistake, or one of several bare numbers."""
    solved = question()
    product = f"{7.5 * float(loss):g}"
    paper = {slot.name: solved.printed(slot.step) for slot in solved.slots}
    paper |= {"path_1.dL/dyhat_1": loss, "gradient": product, **beside}
    marked = {slot.slot: slot for slot in mark(solved, paper).slots}
    assert marked["gradient"].verdict is Verdict.FOLLOW_THROUGH
    assert (marked["gradient"].ticks > 0) is paid


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("1.3", Verdict.ROUNDED_EARLY),
        ("1.2", Verdict.ROUNDED_EARLY),
        ("1.24", Verdict.WRONG),  # a whole unit of its last place from 1.25, which cut off to it would be 1.25
        ("1.249", Verdict.WRONG),
    ],
)
def test_what_ends_at_a_place_is_not_cut_off_to_it(text: str, verdict: Verdict) -> None:
    assert changed(question(), {"a1_1": text})["a1_1"] is verdict
