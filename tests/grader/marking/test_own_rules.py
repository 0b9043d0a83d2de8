"""One wrong rule of one's own shows work; as many numbers out of the air do not.

Sheets are worked in plain Python, number by number, by nobody's formulas but those written here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

import numpy as np
import pytest

from grader.marking import MarkedQuestion, Unsupported, mark
from grader.marking.own_rules import _same_multiple, _Written, _wrong_inputs, by_own_rules
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.grader.marking.test_tried import batch_of

OUT_OF_THE_AIR = (0.3463, 0.3755, -0.5612, 0.8113, 0.8321, -0.8484, 0.9219, 0.3185, -0.1173)


def drawn(name: str, key: bytes = b"own rule 1") -> Question:
    return draw(load_recipe(name), [key])[0]


def losing(marked: MarkedQuestion) -> set[str]:
    return {slot.slot for slot in marked.slots if slot.ticks < slot.out_of}


SLOPES = [f"dalpha_1,{i}/dscore_1,{j}" for j in (1, 2, 3) for i in (1, 2, 3)]


def attention(question: Question, slopes: Sequence[float]) -> dict[str, str]:
    """Gradients of one query over three keys, worked on from these derivatives of the softmax."""
    get = question.value
    alpha = [round(get(f"alpha_1,{i}"), 4) for i in (1, 2, 3)]
    back = [get("g_1,1") * get(f"v_{i},1") for i in (1, 2, 3)]
    sheet = {f"alpha_1,{i}.gradient": f"{back[i - 1]:.5f}" for i in (1, 2, 3)}
    sheet |= {f"v_{i},1.gradient": f"{get('g_1,1') * alpha[i - 1]:.5f}" for i in (1, 2, 3)}
    sheet |= {name: f"{slope:.4f}" for name, slope in zip(SLOPES, slopes, strict=True)}
    written = [round(slope, 4) for slope in slopes]
    scores = [round(sum(b * s for b, s in zip(back, written[3 * j : 3 * j + 3], strict=True)), 5) for j in range(3)]
    sheet |= {f"score_1,{j}.gradient": f"{scores[j - 1]:.5f}" for j in (1, 2, 3)}
    for n in (1, 2):
        q = sum(score * get(f"k_{j},{n}") for j, score in enumerate(scores, 1))
        sheet[f"q_1,{n}.gradient"] = f"{q:.5f}"
        sheet |= {f"k_{j},{n}.gradient": f"{score * get(f'q_1,{n}'):.5f}" for j, score in enumerate(scores, 1)}
    return sheet


@pytest.mark.parametrize(("invented", "paid"), [(9, False), (8, False), (7, True), (4, True)])
def test_twice_as_many_numbers_out_of_the_air_as_others_are_gone_on_from_in_vain(invented: int, paid: bool) -> None:
    """Three derivatives of the weights are right, and those of the softmax that are not invented: 8 are 2 · (3 + 1)."""
    question = drawn("attention-gradients")
    slopes = [question.value(name) for name in SLOPES]
    slopes[:invented] = OUT_OF_THE_AIR[:invented]
    marked = mark(question, attention(question, slopes))
    assert ("q_1,1.gradient" not in losing(marked)) is paid
    assert (marked.unsupported is Unsupported.NO) is paid
    assert losing(marked) >= set(SLOPES[:invented])
    right = {f"alpha_1,{i}.gradient" for i in (1, 2, 3)} | {f"v_{i},1.gradient" for i in (1, 2, 3)}
    assert right.isdisjoint(losing(marked))


RULES: dict[str, Callable[[float, float, float], float]] = {
    "squared": lambda own, other, slope: own * own,
    "less than 1 by it, times the other": lambda own, other, slope: (1 - own) * -other,
    "thrice as much": lambda own, other, slope: 3 * slope,
    "less by a third, and an eighth more": lambda own, other, slope: slope * 2 / 3 + 0.125,
}


@pytest.mark.parametrize("rule", RULES)
def test_one_wrong_rule_at_many_steps_is_gone_on_from(rule: str) -> None:
    question = drawn("attention-gradients")
    alpha = [round(question.value(f"alpha_1,{i}"), 4) for i in (1, 2, 3)]
    slopes = [
        RULES[rule](alpha[i], alpha[j], question.value(SLOPES[3 * j + i])) if i != j or rule[0] in "tl" else slope
        for j in range(3)
        for i in range(3)
        for slope in [question.value(SLOPES[3 * j + i])]
    ]
    marked = mark(question, attention(question, slopes))
    assert losing(marked) <= set(SLOPES)
    assert len(losing(marked)) > 3
    assert marked.unsupported is Unsupported.NO


def first_layer(question: Question, slopes: Sequence[float]) -> dict[str, str]:
    """Error terms back to the first layer of a 2-2-2 network, worked on from these slopes: of ŷ, then of h."""
    get = question.value
    sheet: dict[str, str] = {}
    errors: list[float] = []
    for k in (1, 2):
        loss = round(round(get(f"yhat_{k}"), 4) - get(f"y_{k}"), 4)
        errors.append(round(loss * slopes[k - 1], 6))
        sheet |= {f"dL/dyhat_{k}": f"{loss:.4f}", f"dyhat_{k}/da2_{k}": f"{slopes[k - 1]:.4f}"}
        sheet[f"a2_{k}.gradient"] = f"{errors[-1]:.6f}"
    for n in (1, 2):
        back = round(sum(get(f"w2_{k}{n}") * errors[k - 1] for k in (1, 2)), 6)
        error = round(back * slopes[1 + n], 6)
        sheet |= {f"h1_{n}.gradient": f"{back:.6f}", f"dh1_{n}/da1_{n}": f"{slopes[1 + n]:.4f}"}
        sheet |= {f"a1_{n}.gradient": f"{error:.6f}", f"b1_{n}.gradient": f"{error:.6f}"}
        sheet |= {f"w1_{n}{m}.gradient": f"{error * get(f'x_{m}'):.6f}" for m in (1, 2)}
    return sheet


@pytest.mark.parametrize(("invented", "paid"), [(4, False), (3, True)])
def test_four_slopes_out_of_the_air_are_more_than_mistakes(invented: int, paid: bool) -> None:
    question = drawn("first-layer")
    names = ["dyhat_1/da2_1", "dyhat_2/da2_2", "dh1_1/da1_1", "dh1_2/da1_2"]
    slopes = [round(question.value(name), 4) for name in names]
    slopes[:invented] = OUT_OF_THE_AIR[:invented]
    marked = mark(question, first_layer(question, slopes))
    assert ("w1_11.gradient" not in losing(marked)) is paid
    assert marked.unsupported is (Unsupported.NO if paid else Unsupported.MADE_UP)


@pytest.mark.parametrize(
    ("values", "alike"),
    [
        # A plain multiple shows at two steps, any other at three; and one that is off speaks against few.
        ((0.5, 0.5), 2),
        ((3.7, 3.7), 0),
        ((3.7, 3.7, 3.7), 3),
        ((0.5, 0.5, 0.7), 0),
        ((0.5, 0.5, 0.5, 0.7), 3),
        ((0.5, 0.5, 0.5, 0.7, 0.9, 1.3), 0),
        ((3.7, 3.7, 3.7, 0.7), 0),
        ((3.7, 3.7, 3.7, 3.7, 0.7), 4),
    ],
)
def test_so_many_steps_show_a_rule(values: tuple[float, ...], alike: int) -> None:
    question = drawn("attention-gradients")
    # Those of one sort: the derivatives of a weight by another one's score.
    crossed = [name for name, number in zip(SLOPES, count()) if number % 4]
    written = {slot.name: question.printed(slot.step) for slot in question.slots}
    wrong = crossed[: len(values)]
    written |= {name: f"{times * question.value(name):.4f}" for name, times in zip(wrong, values, strict=True)}
    here = np.array([[slot.name in wrong for slot in question.slots]])
    assert np.count_nonzero(by_own_rules(batch_of(question, written), here)) == alike


@pytest.mark.parametrize(("bias", "output", "error"), [(1.0, "1", "-3.5"), (2.0, "2", "-2.5")])
def test_behind_a_unit_that_is_off_the_bias_is_all_that_there_is(bias: float, output: str, error: str) -> None:
    """x₂ of -6 is read as 6: the one sum is -7 for 5, nothing comes through, and ŷ = b₂, whether or not that is 1."""
    recipe = load_recipe("relu-chain")
    givens = {
        "x_1": 2.0,
        "x_2": -6.0,
        "w1_11": 2.0,
        "w1_12": -1.0,
        "b1_1": -5.0,
        "w2_11": 3.5,
        "b2_1": bias,
        "y_1": 4.5,
    }
    question = solve(recipe.derivation("b1_1", "gradient"), givens, recipe.places)
    written = {slot.name: question.printed(slot.step) for slot in question.slots}
    written |= dict.fromkeys(("h1_1", "path_1.dh1_1/da1_1", "gradient"), "0")
    written |= {"a1_1": "-7", "a2_1": output, "yhat_1": output, "path_1.dL/dyhat_1": error}
    assert losing(mark(question, written)) == {"a1_1"}


@pytest.mark.parametrize(
    ("first", "alike"), [(7 * 10.04, True), (7 * 10.07, True), (7 * 10.08, False), (7 * 9.92, False)]
)
def test_a_multiple_is_the_same_as_far_as_both_may_be_rounded(first: float, alike: bool) -> None:
    """Seven times what is 10 and 20, each ± 0.05: 7 * 0.05 / 10 + 7 * 0.05 / 20 apart at the most, as a part of 7."""
    written = [
        _Written(*(np.array([number]) for number in (value, 1e-9, right, 0.05)))
        for value, right in ((first, 10.0), (140.0, 20.0))
    ]
    for found in _same_multiple(written):
        assert found.all() == alike


def test_a_number_between_two_ends_is_taken_wrongly_between_two_ends() -> None:
    """Of y from 0.3 to 0.4: nothing, 1, its sign turned, its square, what it lacks to 1; and the other number."""
    derivation = drawn("first").derivation
    position = next(at for at, step in enumerate(derivation.steps) if step.is_product)
    program = derivation.program_of(position)
    first, *others = program.reads[:2]
    columns = {at: (np.array([0.3]), np.array([0.4])) for at in program.reads}
    columns |= {at: (np.array([2.0]), np.array([2.5])) for at in others}
    low, high = next(iter(_wrong_inputs(program, columns)))[first]
    assert low.ravel()[:6].tolist() == pytest.approx([0.0, 1.0, -0.4, 0.09, 0.6, 2.0])
    assert high.ravel()[:6].tolist() == pytest.approx([0.0, 1.0, -0.3, 0.16, 0.7, 2.5])
