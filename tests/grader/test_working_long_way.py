"""Typed working that takes the long way to an error at the output, ∂L/∂ŷ · ∂ŷ/∂a where the sheet has ∂L/∂a."""

from __future__ import annotations

from random import Random

import pytest

from grader.marking import Verdict, mark
from grader.marking.typed_working import expand
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe

WAYS = ("all digits", "four decimals", "in three")
QUESTIONS = 12


def long_way(question: Question, path: int, way: str) -> list[str]:
    """The factors of a path, its first one as the loss's derivative by an output and that output's by the logit."""
    derivation = question.derivation
    own = derivation.paths[path - 1].factors[0].below.index[0]
    count = len(derivation.graph.outputs)
    # Printed or written with four decimals; a single output may be wrong or right, of several outputs one is.
    outputs = {unit: float(question.printed(f"yhat_{unit}")) for unit in range(1, count + 1)}
    if count == 1:
        yhat = outputs[1]
        loss, slope = (-1 / yhat if question.value("y_1") else 1 / (1 - yhat)), yhat * (1 - yhat)
        pieces = f"-1/{yhat:.4f}" if question.value("y_1") else f"1/{1 - yhat:.4f}", f"{yhat:.4f}", f"1 - {yhat:.4f}"
    else:
        right = next(unit for unit in outputs if question.value(f"y_{unit}") == 1)
        loss, yhat = -1 / outputs[right], outputs[right]
        slope = yhat * (1 - yhat) if right == own else -yhat * outputs[own]
        second = (f"{yhat:.4f}", f"1 - {yhat:.4f}") if right == own else (f"-{yhat:.4f}", f"{outputs[own]:.4f}")
        pieces = f"-1/{yhat:.4f}", *second
    places = 4 if way == "four decimals" else 10
    first = list(pieces) if way == "in three" else [f"{loss:.{places}f}", f"{slope:.{places}f}"]
    for name in derivation.paths[path - 1].factors[1:]:
        if way == "in three" and derivation.step(name).kind == "slope":
            h = question.printed(name.above)
            first += [h, f"1 - {h}"]
        else:
            first.append(question.printed(name))
    return first


def typed(question: Question, path: int, way: str, order: Random) -> str:
    factors = long_way(question, path, way)
    order.shuffle(factors)
    return " · ".join(f"({factor})" for factor in factors)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["softmax-combined", "logistic-neuron"])
def test_the_long_way_is_right(name: str, way: str) -> None:
    keys = [b"long way %d" % number for number in range(QUESTIONS)]
    for number, question in enumerate(draw(load_recipe(name), keys, quantity="updated")):
        columns = {
            f"path_{path.number}.working": f"{typed(question, path.number, way, Random(number))}"
            f" = {question.printed(path.product)}"
            for path in question.derivation.paths
        }
        beside = {slot.name: question.printed(slot.step) for slot in question.slots if slot.path is None}
        slots, remarks = expand(question, columns | beside)
        marked = mark(question, slots)
        assert {slot.slot: slot.verdict for slot in marked.slots} == dict.fromkeys(
            (slot.name for slot in question.slots), Verdict.CORRECT
        ), columns
        assert all("taken as one factor" in remark for remark in remarks)


def test_a_whole_working_the_long_way_finds_its_columns() -> None:
    (question,) = draw(load_recipe("softmax-combined"), [b"whole"])
    terms = [typed(question, path, "four decimals", Random(path)) for path in (2, 3, 1)]
    slots, _ = expand(question, {"working": f"{' + '.join(terms)} = {question.printed('gradient')}"})
    wanted = {slot.name: slot for slot in question.slots if not slot.name.endswith("product")}
    assert slots.keys() == wanted.keys()
    for name, slot in wanted.items():
        low, high = question.range(slot.step)
        assert low <= float(slots[name]) <= high, name


def test_factors_that_were_rounded_too_early_are_not_the_error() -> None:
    """Two decimals where four are asked: -1/ŷ · ŷ(1 - ŷ) is no longer ŷ - 1, and nothing makes it so."""
    (question,) = draw(load_recipe("logistic-neuron"), [b"early"], parameter="w1_11")
    loss, slope, *rest = long_way(question, 1, "all digits")
    early = [f"{float(loss):.1f}", f"{float(slope):.1f}"]
    slots, _ = expand(question, {"path_1.working": " · ".join(f"({factor})" for factor in [*early, *rest])})
    low, high = question.range("dL/da1_1")
    assert not low <= float(slots["path_1.dL/da1_1"]) <= high


def test_a_wrong_long_way_stays_wrong() -> None:
    """The slope taken for h(1 + h): no rounding explains that."""
    (question,) = draw(load_recipe("logistic-neuron"), [b"wrong"], parameter="w1_11")
    loss, _, *rest = long_way(question, 1, "all digits")
    yhat = question.value("yhat_1")
    slots, _ = expand(
        question, {"path_1.working": " · ".join(f"({factor})" for factor in [loss, f"{yhat * (1 + yhat):.4f}", *rest])}
    )
    assert float(slots["path_1.dL/da1_1"]) == pytest.approx(float(loss) * yhat * (1 + yhat), rel=1e-3)
