"""What shows that a question was worked, by the verdicts on its boxes alone; all numbers else are out of the air."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

import numpy as np
import pytest

from grader.marking.stages import Blame, nobody_to_blame
from grader.marking.support import _is_worked, _shows_work_of_the_sheet
from grader.marking.verdict import Verdict
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import BoolArray
from question_bank.networks.dense import Architecture
from question_bank.questions.question import Question, solve
from tests.grader.marking.pupil import PRECISION
from tests.grader.marking.test_tried import batch_of

RIGHT, FOLLOWS, KNOWN, SLIP = Verdict.CORRECT, Verdict.FOLLOW_THROUGH, Verdict.MISCONCEPTION, Verdict.SLIP


@cache
def neuron() -> Question:
    """One sum of five terms, of which all else follows; five gradients, each by another input."""
    asked = tuple(f"w1_1{n}" for n in range(1, 6))
    derivation = derive(Architecture((5, 1), ("sigmoid",), "squared_error"), asked, Layout(working="table"))
    given = {f"x_{n}": x for n, x in enumerate((1.5, -2.5, 0.7, 3.2, -1.4), 1)}
    given |= {f"w1_1{n}": w for n, w in enumerate((0.3, -0.6, 0.8, 0.2, -0.4), 1)}
    return solve(derivation, given | {"y_1": 0.0}, PRECISION)


@cache
def network() -> Question:
    """Five sums that are worked from printed weights, the last of them from outputs as well."""
    derivation = derive(Architecture((2, 4, 1), ("sigmoid", "sigmoid"), "squared_error"), "w1_11", Layout())
    given = {"x_1": 1.5, "x_2": -2.5, "y_1": 0.0}
    given |= {f"w1_{to}{n}": 0.1 * to - 0.3 * n for to in (1, 2, 3, 4) for n in (1, 2)}
    given |= {f"w2_1{n}": 0.25 * n - 0.4 for n in (1, 2, 3, 4)}
    return solve(derivation, given, PRECISION)


def shows(
    question: Question,
    said: Mapping[str, Verdict],
    *,
    unexplained: Collection[str] = (),
    written: Mapping[str, str] | None = None,
    idle: Collection[str] = (),
    filled: Collection[str] = (),
    near: Collection[str] = (),
    causes: Mapping[str, str] | None = None,
) -> bool:
    """Boxes of which nothing is said are wrong; what is said explains a box. `idle` ones are said to need no work."""
    names = [slot.name for slot in question.slots]
    texts = {name: f"{7 + 0.1357 * at:.4f}" for at, name in enumerate(names)} | dict(written or {})
    batch = batch_of(question, texts)

    def at(some: Collection[str]) -> BoolArray:
        return np.array([[name in some for name in names]])

    verdicts = np.array([[said.get(name, Verdict.WRONG) for name in names]], np.uint8)
    blames = nobody_to_blame(verdicts.shape)
    for name, known in (causes or {}).items():
        blames[0, names.index(name)] = Blame(tuple(known))
    explained = at({*said} - {*unexplained})
    worked = batch.answers.read & np.array(_is_worked(question.derivation))
    found, twice = _shows_work_of_the_sheet(
        batch, verdicts, explained, worked & ~at(idle), at(filled), at(near), blames, None
    )
    assert not twice.any()
    return bool(found[0])


def test_numbers_that_nothing_explains_show_nothing() -> None:
    assert not shows(neuron(), {})
    assert not shows(network(), {})


@pytest.mark.parametrize("box", ["a1_1", "yhat_1", "a1_1.gradient", "w1_13.gradient"])
def test_one_right_number_does_unless_anybody_could_have_written_it(box: str) -> None:
    assert shows(neuron(), {box: RIGHT})
    assert not shows(neuron(), {box: RIGHT}, written={box: "1"})
    assert not shows(neuron(), {box: RIGHT}, filled=[box])
    assert not shows(neuron(), {box: RIGHT}, idle=[box])


@pytest.mark.parametrize("verdict", [FOLLOWS, Verdict.CUT_OFF])
def test_what_follows_does_where_it_follows_from_the_sheet_itself(verdict: Verdict) -> None:
    """A sum of printed numbers; an output where that is blank; no gradient of what stands above it."""
    assert shows(neuron(), {"a1_1": verdict})
    assert not shows(neuron(), {"yhat_1": verdict})
    assert shows(neuron(), {"yhat_1": verdict}, written={"a1_1": ""})
    assert not shows(neuron(), {"w1_13.gradient": verdict})
    assert not shows(neuron(), {"a1_1": verdict}, unexplained=["a1_1"])
    assert not shows(neuron(), {"a1_1": verdict}, filled=["a1_1"])
    # A given as it is printed may have been copied.
    assert shows(network(), {"a1_2": verdict})
    assert not shows(network(), {"a1_2": verdict}, written={"a1_2": "-2.5"})


def test_a_product_does_that_is_right_but_for_its_sign() -> None:
    question = neuron()
    right = question.value("a1_1.gradient")
    turned, other = ({"a1_1.gradient": f"{value:.6f}"} for value in (-right, -right * 1.01))
    assert shows(question, {}, written=turned)
    assert not shows(question, {}, written=other)
    assert not shows(question, {}, written=turned, filled=["a1_1.gradient"])
    output = question.value("yhat_1")
    assert not shows(question, {}, written={"yhat_1": f"{-output:.4f}"})


SUMS = ["a1_1", "a1_2", "a1_3", "a1_4", "a2_1"]


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ("abc--", True),  # three of five are half
        ("ab---", False),
        ("aa---", True),  # two by one mistake
        ("ab--b", True),
        ("a----", False),
        ("-----", False),
    ],
)
def test_known_mistakes_do_that_give_half_of_what_is_worked_from_the_sheet_or_one_that_gives_two(
    known: str, found: bool
) -> None:
    causes = {box: name for box, name in zip(SUMS, known, strict=True) if name != "-"}
    assert shows(network(), dict.fromkeys(causes, KNOWN), causes=causes) is found
    # Of numbers worked from other boxes nothing is counted.
    elsewhere = dict(zip(["h1_1", "h1_2", "h1_3", "h1_4", "yhat_1"], known, strict=True))
    causes = {box: name for box, name in elsewhere.items() if name != "-"}
    assert not shows(network(), dict.fromkeys(causes, KNOWN), causes=causes)


def test_a_bare_number_of_a_known_mistake_counts_as_one_and_shows_no_habit() -> None:
    two = dict.fromkeys(SUMS[:2], KNOWN)
    causes = dict.fromkeys(two, "a")
    assert shows(network(), two, causes=causes)
    assert not shows(network(), two, causes=causes, written=dict.fromkeys(SUMS[:1], "0"))
    three = dict.fromkeys(SUMS[:3], KNOWN)
    assert shows(network(), three, causes=dict(zip(three, "abc", strict=True)), written=dict.fromkeys(three, "0"))
    assert not shows(network(), three, causes=dict(zip(three, "abc", strict=True)), filled=three)


@pytest.mark.parametrize(
    ("explained", "near", "found"), [(3, 0, True), (2, 0, False), (2, 1, True), (0, 3, True), (0, 2, False)]
)
def test_most_of_what_is_worked_from_the_sheet_may_be_slips_or_near(explained: int, near: int, found: bool) -> None:
    slips, others = SUMS[:explained], SUMS[explained : explained + near]
    assert shows(network(), dict.fromkeys(slips, SLIP), near=others) is found


GRADIENTS = [f"w1_1{n}.gradient" for n in range(1, 6)]
AFTER = ["yhat_1", "dL/dyhat_1", "dyhat_1/da1_1", "a1_1.gradient", *GRADIENTS]


def test_so_does_it_to_go_on_from_one_number_in_five_steps_with_printed_ones() -> None:
    follows = dict.fromkeys(AFTER, FOLLOWS)
    assert shows(neuron(), follows)
    # Four of the gradients, the fifth of which is bare, fills boxes, is blank or wrong itself.
    fifth = GRADIENTS[4]
    assert not shows(neuron(), follows, written={fifth: "1"})
    assert not shows(neuron(), follows, filled=[fifth])
    assert not shows(neuron(), follows, written={fifth: ""})
    assert not shows(neuron(), follows, unexplained=[fifth])
    assert not shows(neuron(), follows | {fifth: KNOWN})
    # Two numbers that nothing explains.
    assert not shows(neuron(), {name: FOLLOWS for name in AFTER if name != "yhat_1"})
    # One that needs no work is not what all else was worked from.
    assert not shows(neuron(), follows, idle=["a1_1"])
