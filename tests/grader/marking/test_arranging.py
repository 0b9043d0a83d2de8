"""Which column is taken for which path where paths are to be found: what explains most, as a person would see it."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import permutations, product

import numpy as np
import pytest

from grader.marking import MarkedQuestion, Verdict, mark, mark_questions
from grader.marking.batch import Batch
from grader.marking.coarse import CoarseRanges
from grader.marking.columns import column_slots
from grader.marking.fit import fit
from grader.marking.questions_as_arrays import key_of, read_answers, reference_of
from grader.rubrics.shares import Shares
from grader.simulation.kinds import BY_NAME, Wanted
from grader.simulation.students import Seat
from grader.simulation.students import work as simulated
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.grader.marking.pupil import found_columns, question, work
from tests.grader.marking.test_unequal_columns import GIVENS as SKIPPING
from tests.question_bank.handmade import SKIP


def paths_of(marked: MarkedQuestion) -> list[int | None]:
    return [column.path for column in marked.columns]


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 1, 0), (0, 1, 2), (2, 0, 1)])
def test_a_paper_rounded_early_is_worth_the_same_in_any_order(order: tuple[int, ...]) -> None:
    """With two decimals for four, hardly a number is right: which path is meant shows all the same."""
    paper = work(places={"factor": 2, "product": 4})
    marked = mark(question("find"), found_columns(paper, order))
    assert paths_of(marked) == [path or None for path in order]
    in_order = mark(question("find"), found_columns(paper, (1, 2, 0)))
    assert marked.ticks == in_order.ticks
    assert Verdict.ROUNDED_EARLY in {slot.verdict for slot in marked.slots}


SOFTMAX_GIVENS = {
    **{f"x_{n}": value for n, value in enumerate((2.0, -1.0, 3.0), 1)},
    **{
        f"w1_{to}{source}": value
        for to, row in enumerate(((0.3, -0.5, 0.2), (-0.4, 0.6, 0.1), (0.8, 0.9, -0.3)), 1)
        for source, value in enumerate(row, 1)
    },
    **{
        f"w2_{to}{source}": value
        for to, row in enumerate(((0.7, -0.8, 0.6), (-0.2, 0.4, -0.9), (0.5, 0.3, -0.1)), 1)
        for source, value in enumerate(row, 1)
    },
}
PLACES = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d", "gradient": "6d", "update": "6d"})


def softmax_question() -> Question:
    """w2_21 of a 3-3-3 network whose second output is the right one; the forward values are printed."""
    given = dict(SOFTMAX_GIVENS) | {"y_1": 0.0, "y_2": 1.0, "y_3": 0.0}
    for to in (1, 2, 3):
        given[f"a1_{to}"] = round(sum(given[f"w1_{to}{n}"] * given[f"x_{n}"] for n in (1, 2, 3)), 4)
        given[f"h1_{to}"] = round(1 / (1 + math.exp(-given[f"a1_{to}"])), 4)
    for to in (1, 2, 3):
        given[f"a2_{to}"] = round(sum(given[f"w2_{to}{n}"] * given[f"h1_{n}"] for n in (1, 2, 3)), 4)
    total = sum(math.exp(given[f"a2_{n}"]) for n in (1, 2, 3))
    for to in (1, 2, 3):
        given[f"yhat_{to}"] = round(math.exp(given[f"a2_{to}"]) / total, 4)
    network = Architecture((3, 3, 3), ("sigmoid", "softmax"), "cross_entropy", "full", ("none", "none"))
    layout = Layout(forward="given", quantity="gradient", paths="find")
    return solve(derive(network, "w2_21", layout), given, PLACES)


def softmax_paper(asked: Question, loss_at: Mapping[int, int]) -> dict[str, str]:
    """All three paths in order; at output n the loss's derivative at output `loss_at[n]` is written."""
    yhat = {n: asked.value(f"yhat_{n}") for n in (1, 2, 3)}
    written: dict[str, str] = {}
    total = 0.0
    for n in (1, 2, 3):
        loss = round(-asked.value(f"y_{loss_at[n]}") / yhat[loss_at[n]], 4)
        slope = round(yhat[n] * (1 - yhat[n]) if n == 2 else -yhat[n] * yhat[2], 4)
        together = round(loss * slope * asked.value("h1_1"), 6)
        total += together
        numbers = [f"{loss:.4f}", f"{slope:.4f}", str(asked.value("h1_1")), f"{together:.6f}"]
        written |= {f"path_{n}.{row}": text for row, text in zip(ROWS, numbers, strict=True)}
    return written | {"gradient": f"{total:.6f}"}


ROWS = ("factor_1", "factor_2", "factor_3", "product")


@pytest.mark.parametrize("outputs", [{1: 2, 2: 1, 3: 3}, {1: 2, 2: 3, 3: 2}, {1: 1, 2: 3, 3: 2}])
def test_losses_of_other_outputs_do_not_turn_columns_into_other_paths(outputs: dict[int, int]) -> None:
    """A 0 in the wrong column earns a product of 0 elsewhere; the slopes say where the columns belong."""
    asked = softmax_question()
    marked = mark(asked, softmax_paper(asked, outputs))
    assert paths_of(marked) == [1, 2, 3, None]
    for slot in marked.slots:
        if slot.slot.endswith(("factor_2", "factor_3")) and slot.response:
            assert slot.verdict is Verdict.CORRECT
        if slot.slot.endswith("factor_1") and slot.response:
            n = int(slot.slot[len("path_")])
            right = outputs[n] == n or 2 not in (outputs[n], n)
            assert (slot.verdict, "loss_other_output" in slot.causes) == (
                (Verdict.CORRECT, False) if right else (Verdict.MISCONCEPTION, True)
            )


def test_a_sum_that_is_one_of_its_terms_is_paid_whichever_term_that_is() -> None:
    """The right sum is path 2's product, since only that output has a target; by own numbers it is path 1's."""
    asked = softmax_question()
    paper = softmax_paper(asked, {1: 2, 2: 1, 3: 3})
    assert float(paper["gradient"]) == float(paper["path_1.product"]) != 0
    (total,) = [slot for slot in mark(asked, paper).slots if slot.slot == "gradient"]
    assert (total.verdict, total.ticks) == (Verdict.FOLLOW_THROUGH, total.out_of)


@pytest.mark.parametrize("order", list(permutations((0, 1, 2, 3))))
def test_one_mistake_is_worth_the_same_in_any_order(order: tuple[int, ...]) -> None:
    """The slope of one path without its minus, on a sheet of which two paths are 0."""
    asked = softmax_question()
    paper = softmax_paper(asked, {1: 1, 2: 2, 3: 3})
    paper["path_3.factor_2"] = paper["path_3.factor_2"].removeprefix("-")
    in_columns = {
        f"path_{column}.{row}": paper[f"path_{path}.{row}"]
        for column, path in enumerate(order, 1)
        if path
        for row in ROWS
    }
    marked = mark(asked, {**in_columns, "gradient": paper["gradient"]})
    assert paths_of(marked) == [path or None for path in order]
    assert marked.ticks == mark(asked, paper).ticks


DEEP_GIVENS = {
    "x_1": 3.0,
    "x_2": -2.0,
    "x_3": -3.0,
    "y_1": 1.0,
    "y_2": 1.0,
    "w1_11": 0.9,
    "w1_12": -0.6,
    "w1_13": -0.8,
    "w1_21": 0.3,
    "w1_22": 0.5,
    "w1_23": 0.7,
    "w1_31": 0.6,
    "w1_32": -0.7,
    "w1_33": 0.4,
    "w2_11": 0.7,
    "w2_12": -0.7,
    "w2_13": 0.3,
    "w2_21": 0.8,
    "w2_22": -0.1,
    "w2_23": 0.6,
    "w3_11": -0.9,
    "w3_12": -0.8,
    "w3_21": -0.4,
    "w3_22": -0.9,
    "a1_1": 6.3,
    "a1_2": -2.2,
    "a1_3": 2.0,
    "h1_1": 0.9982,
    "h1_2": 0.09975,
    "h1_3": 0.8808,
    "a2_1": 0.8931,
    "a2_2": 1.317,
    "h2_1": 0.7129,
    "h2_2": 0.866,
    "a3_1": -1.334,
    "a3_2": -1.065,
    "yhat_1": 0.2084,
    "yhat_2": 0.2564,
}


def test_columns_that_one_habit_explains_stay_where_they_stand() -> None:
    """Each weight is that of the other path: two columns exchanged would have fewer boxes wrong, by two mistakes."""
    network = Architecture(
        (3, 3, 2, 2), ("sigmoid", "tanh", "sigmoid"), "squared_error", None, ("none", "none", "none")
    )
    layout = Layout(forward="given", quantity="gradient", paths="find")
    places = Precision.parse({"forward": "4s", "factor": "4s", "product": "4s", "gradient": "4s", "update": "6d"})
    given = DEEP_GIVENS
    asked = solve(derive(network, "w1_33", layout), given, places)

    def recorded(value: float) -> float:
        return float(f"{value:.4g}")

    paper: dict[str, str] = {}
    total = 0.0
    for column, (output, unit) in enumerate(((1, 1), (1, 2), (2, 1), (2, 2)), 1):
        yhat, upper, lower = given[f"yhat_{output}"], given[f"h2_{unit}"], given["h1_3"]
        factors = [
            recorded(-2 * (given[f"y_{output}"] - yhat)),
            recorded(yhat * (1 - yhat)),
            given[f"w3_{3 - output}{unit}"],
            recorded(1 - upper**2),
            given[f"w2_{3 - unit}3"],
            recorded(lower * (1 - lower)),
            given["x_3"],
        ]
        together = recorded(math.prod(factors))
        total += together
        paper |= {f"path_{column}.factor_{row}": repr(value) for row, value in enumerate(factors, 1)}
        paper[f"path_{column}.product"] = repr(together)
    paper["gradient"] = repr(recorded(total))
    marked = mark(asked, paper)
    assert paths_of(marked) == [1, 2, 3, 4, None]
    wrong = {slot.slot.partition(".")[2] for slot in marked.slots if slot.verdict is Verdict.MISCONCEPTION}
    assert wrong == {"factor_3", "factor_5"}


def permuted(written: Sequence[str], asked: Question, order: Sequence[int]) -> list[str]:
    """What stands in column `order[c]` put into column c, the one to spare included."""
    slots = column_slots(asked.derivation)
    moved = list(written)
    for column, source in enumerate(order):
        for here, there in zip(slots[column], slots[source], strict=True):
            moved[here] = written[there]
    return moved


@cache
def papers(recipe: str, parameter: str, name: str) -> list[tuple[Question, list[str]]]:
    """What 120 simulated students of a kind wrote, in the order of the slots and with every path in its own column."""
    keys = [b"%d" % number for number in range(5)]
    questions = draw(load_recipe(recipe), keys, parameter=parameter, quantity="updated", paths="find")
    seats = [Seat(str(n), "", questions[n % 5], random.Random(f"{name} {n}"), (BY_NAME[name],)) for n in range(120)]
    done = [(seat.question, one) for seat, one in zip(seats, simulated(seats, Wanted()), strict=True) if one]
    assert len(done) > 100
    return [(asked, [one.responses[slot.name] for slot in asked.slots]) for asked, one in done]


CASES = [
    *product(
        ("misconception", "one place early", "cut off", "sign slip"),
        (("softmax", "w2_21"), ("two-paths-given", "w1_21")),
    ),
    # The same path in two columns: whichever path the second is taken for, marks are greatest.
    ("doubled column", ("deep", "w1_33")),
]


@pytest.mark.parametrize(("name", "asked"), CASES)
def test_marks_do_not_depend_on_the_order_of_the_columns(name: str, asked: tuple[str, str]) -> None:
    done = papers(*asked, name)
    rng = random.Random(1)
    columns = list(range(len(column_slots(done[0][0].derivation))))
    shuffled = [permuted(written, question, rng.sample(columns, len(columns))) for question, written in done]
    questions = [question for question, _ in done]
    in_order = mark_questions(questions, [written for _, written in done]).ticks.sum(axis=1)
    assert mark_questions(questions, shuffled).ticks.sum(axis=1).tolist() == in_order.tolist()


def test_of_equal_orders_that_of_the_student_stays() -> None:
    """A path worked in two columns may stand for its own path or, as poorly, for the one that is missing."""
    done = papers("deep", "w1_33", "doubled column")
    marked = mark_questions([question for question, _ in done], [written for _, written in done])
    sources = marked.arrangement.sources
    stays = (sources == np.arange(sources.shape[1])).all(axis=1)
    # Now and then one more number happens to be what a mistake gives on the other path: no equals, though marks are.
    assert stays.mean() > 0.99


def test_where_the_answer_alone_is_worth_something_columns_are_found_all_the_same() -> None:
    asked, order = question("find"), (2, 1, 0)
    worth = [1000 if slot.name == "updated" else 0 for slot in asked.slots]
    marked = mark(asked, found_columns(work(), order), worth=worth)
    assert paths_of(marked) == [2, 1, None]
    assert {slot.verdict for slot in marked.slots} == {Verdict.CORRECT, Verdict.BLANK}


def test_a_number_in_a_box_to_spare_is_explained_by_nothing_and_worth_nothing() -> None:
    asked = solve(derive(SKIP, "w", Layout(paths="find")), SKIPPING, PLACES)
    paper = {slot.name: "" if slot.spare else asked.printed(slot.step) for slot in asked.slots}
    key = key_of([asked, asked])
    assert [bool(worth) for worth in key.worth[0]] == [not slot.spare for slot in asked.slots]
    sheets = (paper, paper | {"path_3.factor_6": "7"})
    answers = read_answers([[sheet[slot.name] for slot in asked.slots] for sheet in sheets])
    batch = Batch(answers, key, reference_of([asked, asked], key).take(np.arange(2)))
    fitted = fit(batch, CoarseRanges(batch.reference), Shares())
    assert fitted.unexplained[:, 2, 2].tolist() == [0, 1]
    assert (fitted.earned[:, 2, 2] == fitted.whole[:, 2]).all()


def test_of_one_column_alone_the_path_is_found_also_where_nothing_else_is_asked() -> None:
    """The first column holds the second path, and the others nothing."""
    written = found_columns(work(), (2,))
    names = [name for name in written if name.startswith("path_1.")]
    few = mark(question("find"), written, only=names)
    assert [slot.slot for slot in few.slots] == names
    assert {slot.verdict for slot in few.slots} == {Verdict.CORRECT}
