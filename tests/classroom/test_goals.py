"""What the marking owes a class, held against the examiner; `python -m tests.classroom` holds larger classes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from question_bank.questions.question import Question, solve
from tests.classroom.comparison import AT_WORST, ON_AVERAGE, Bench, Judged, bench, held, rows, unfair
from tests.classroom.paper import Paper
from tests.classroom.recipes import recipe
from tests.classroom.students import KINDS, Kind
from tests.classroom.working import Sheet

CLASSES = (("two-paths", "w1_31"), ("chain", "w1_11"), ("softmax", "w2_12"))
_STUDENTS = 3


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    benches = [bench(name, 3, parameters=[parameter], quantity="updated") for name, parameter in CLASSES]
    return [one for seats in benches for one in held(seats, KINDS, _STUDENTS, seed=1)]


def said(losing: list[Judged]) -> list[str]:
    return [f"{one.recipe}, {one.kind.name}, {one.number}: {100 * one.lost:.1f} %" for one in losing]


def cutting(kind: Kind) -> bool:
    return kind.name.startswith("cuts off")


LOSE_NOTHING: dict[str, Callable[[Kind], bool]] = {
    "honest, rounding": lambda kind: kind.family == "honest" and not cutting(kind),
    "honest, cutting off": lambda kind: kind.family == "honest" and cutting(kind),
    "misreading": lambda kind: kind.wrong == "misreading",
    "one mistake": lambda kind: kind.name.endswith((", habit", ", slip", ", box")),
    "two or three mistakes": lambda kind: kind.name in ("two mistakes", "three mistakes"),
    "slip of the pen": lambda kind: kind.wrong == "slip",
}


@pytest.mark.parametrize("group", LOSE_NOTHING)
def test_nobody_loses_more_than_an_examiner_takes(group: str, judged: list[Judged]) -> None:
    some = [one for one in judged if LOSE_NOTHING[group](one.kind)]
    assert len(some) > 15
    assert said(unfair(some)) == []


TRICKS = [kind.name for kind in KINDS if kind.family == "cunning"]


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_earn_what_is_right_in_them(trick: str, judged: list[Judged]) -> None:
    found = rows(one for one in judged if one.kind.name == trick)
    assert found
    assert [f"{row.recipe}: {100 * row.gift:.1f} %" for row in found if row.gift > ON_AVERAGE] == []
    assert [f"{row.recipe}: {100 * row.most_gift:.1f} %" for row in found if row.most_gift > AT_WORST] == []


NAMES = (
    "loss_error_itself",
    "loss_slope_of_error",
    "softmax_cross_as_own",
    "slope_of_preactivation",
    "update_plus",
    "update_gradient_only",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_has_a_name(name: str, judged: list[Judged]) -> None:
    some = [one for one in judged if one.kind.name in (f"{name}, habit", f"{name}, slip")]
    said = [verdict for one in some for verdict in one.struck_verdicts() if verdict != "correct"]
    assert len(said) > 5
    assert said.count("misconception") >= 0.75 * len(said)


def test_an_exponential_filled_with_what_it_is_taken_of_has_a_name() -> None:
    seats = bench("textbook", 1, parameters=["w1_11"], quantity="updated")
    one = by(seats, "exponential_is_preactivation, habit")
    assert set(one.struck_verdicts()) == {"misconception"}
    assert one.earned >= one.deserved


@pytest.mark.parametrize("kind", ["minus signs of a row unseen", "a row left out", "inputs exchanged"])
def test_units_that_die_of_a_misreading_carry_their_slope_of_0(kind: str, relu: Bench) -> None:
    """A ReLU that comes to 0 by own numbers has a slope of 0, by which everything after it is 0."""
    some = held(relu, [each for each in KINDS if each.name == kind], 24, seed=1)
    assert any(one.sheet.written["gradient"].strip("-0.") == "" for one in some)
    assert said(unfair(some)) == []


def test_an_invented_start_of_which_the_outputs_are_copies_earns_what_is_right(relu: Bench) -> None:
    """A ReLU and a linear output repeat the sum before them, whichever it is."""
    some = held(relu, [each for each in KINDS if "only the start" in each.name], 24, seed=1)
    (row,) = rows(some)
    assert (row.students, row.gift <= ON_AVERAGE, row.most_gift <= AT_WORST) == (24, True, True)


@pytest.fixture(scope="module")
def relu() -> Bench:
    return bench("relu", 4, parameters=["w1_13"], quantity="updated")


def test_slips_of_the_pen_have_names(judged: list[Judged]) -> None:
    said = [verdict for one in judged if one.kind.wrong == "slip" for verdict in one.struck_verdicts()]
    named = [verdict for verdict in said if verdict in ("slip", "misconception")]
    assert len(named) >= 0.75 * len([verdict for verdict in said if verdict != "correct"])


# Four sheets of real people's kind, with what an examiner gives.

PRINTED_CHAIN = {"x_1": 3, "w1_11": 0.4, "w2_11": 0.6, "eta": 0.5, "a1_1": 1.2, "h1_1": 0.8337, "a2_1": 0.5002}
PRINTED_CHAIN |= {"yhat_1": 0.5002}
SIGNS = {
    "w1": ["0.4 -0.4 -0.1 0.6", "0.3 -0.7 0.1 -0.5", "0.6 0.4 -0.5 -0.3", "-0.3 0.2 0.3 -0.6"],
    "w2": ["0.7 -0.4 -0.1 0.5", "-0.9 0.9 0.4 -0.6"],
}


def chain(**others: float) -> Bench:
    derivation = recipe("chain").derivation("w1_11", "updated")
    return only("chain", solve(derivation, {**PRINTED_CHAIN, **others}, recipe("chain").places))


def only(name: str, question: Question) -> Bench:
    return Bench(name, (question,), (Paper.of(question),))


def by(seats: Bench, name: str) -> Judged:
    (one,) = held(seats, [kind for kind in KINDS if kind.name == name], 1)
    return one


def test_the_slope_from_the_printed_sum_is_right() -> None:
    """1 - tanh²(1.2) = .3050 beside a printed h of .8337, from which it would be .3049."""
    one = by(chain(y_1=0.4), "slope from a")
    assert one.sheet.written["path_1.dh1_1/da1_1"] == "0.3050"
    assert one.earned == 1


def test_a_wrong_product_repeated_earns_nothing() -> None:
    seats = chain(y_1=0.1)
    answers = {"gradient": "0.2152"}
    sheet = Sheet(dict.fromkeys(seats.papers[0].boxes, "") | answers)
    kind = Kind("as written", "cunning", lambda paper, neighbour, rng: sheet)
    (one,) = held(seats, [kind], 1)
    assert one.deserved == one.earned == 0


def test_signs_unseen_cost_what_an_examiner_takes() -> None:
    """Every minus sign of W overlooked: eight of twenty-two equal steps are struck at the most."""
    givens = {"eta": 0.9, "b1": 0.1, "b2": 0.5, "y_1": 1.0, "y_2": 1.0}
    givens |= {f"x_{n}": float(x) for n, x in enumerate((-1, -3, -2, 2), 1)}
    for layer, matrix in SIGNS.items():
        for to, row in enumerate(matrix, 1):
            givens |= {f"{layer}_{to}{source}": float(text) for source, text in enumerate(row.split(), 1)}
    question = solve(recipe("two-paths").derivation("w1_33", "updated"), givens, recipe("two-paths").places)
    one = by(only("two-paths", question), "all minus signs of W unseen")
    assert 0.048 <= 1 - one.earned <= 1 - one.deserved <= 0.381
