"""How misreadings are tried: what each given is taken for, and which steps speak for a misreading and against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from grader.marking.batch import Batch
from grader.marking.misreadings import Misreading, TakenGiven, misreadings
from grader.marking.questions_as_arrays import key_of, read_answers, reference_of
from grader.marking.tried import MisreadTrial, _readings, as_read, worth_trying
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import BoolArray
from question_bank.questions.question import Question
from tests.grader.marking.pupil import GIVENS, work
from tests.grader.marking.pupil import question as two_paths

Table = Callable[[Derivation], tuple[Misreading, ...]]


def batch_of(question: Question, *papers: dict[str, str]) -> Batch:
    key = key_of([question] * len(papers))
    texts = [[paper[slot.name] for slot in question.slots] for paper in papers]
    answers = read_answers(texts, question.derivation.forms)
    return Batch(answers, key, reference_of([question] * len(papers), key).take(np.arange(len(papers))))


def only(*some: Misreading) -> Table:
    return lambda derivation: some


def at(question: Question, *names: str) -> BoolArray:
    """True at these slots: (1, slots)."""
    return np.array([[slot.name in names for slot in question.slots]])


def turned(question: Question, given: str) -> Misreading:
    return next(one for one in misreadings(question.derivation) if (one.kind, one.of) == ("sign_turned", given))


@pytest.mark.parametrize(
    ("printed", "taken", "read"),
    [
        (-0.7, TakenGiven(0, "without_sign"), 0.7),
        (0.7, TakenGiven(0, "without_sign"), 0.7),
        (-0.7, TakenGiven(0, "turned"), 0.7),
        (-0.7, TakenGiven(0, "left_out"), 0.0),
        (-0.7, TakenGiven(0, "as_printed"), -0.7),
        (-0.7, TakenGiven(0, "with_digit", 1, -1), -0.1),
        (0.7, TakenGiven(0, "with_digit", 1, -1), 0.1),
        (0.75, TakenGiven(0, "with_digit", 1, -2), 0.71),
        (1.75, TakenGiven(0, "with_digit", 2, 0), 2.75),
        (0.75, TakenGiven(0, "with_digit", 2, 0), 0.75),  # there are no ones
        (12.0, TakenGiven(0, "with_digit", 3, 1), 32.0),
        (10.0, TakenGiven(0, "with_digit", 3, 1), 30.0),
        (9.0, TakenGiven(0, "with_digit", 3, 1), 9.0),
        (3.0, TakenGiven(0, "with_digit", 5, -1), 3.5),  # one place more than is printed, and not two
        (3.0, TakenGiven(0, "with_digit", 5, -2), 3.0),
        (0.7, TakenGiven(0, "with_digit", 5, -2), 0.75),
        (12.0, TakenGiven(0, "with_digit", 7, 0), 17.0),
        (-3.0, TakenGiven(0, "with_digit", 0, 0), -3.0),  # nothing would be left, which is no digit misread
        (0.3, TakenGiven(0, "with_digit", 3, -1), 0.3),
        (0.0, TakenGiven(0, "with_digit", 3, -1), 0.0),
    ],
)
def test_what_a_given_is_taken_for(printed: float, taken: TakenGiven, read: float) -> None:
    paper = batch_of(two_paths(), work())
    column = np.array([printed])
    low, high = as_read(paper, taken, [(column, column)])
    assert low.tolist() == high.tolist() == pytest.approx([read], abs=1e-12)


@pytest.mark.parametrize(
    ("reading", "ends"), [("without_sign", (0.69, 0.71)), ("turned", (0.69, 0.71)), ("left_out", (0.0, 0.0))]
)
def test_a_printed_number_that_was_rounded_is_taken_for_a_range(reading: str, ends: tuple[float, float]) -> None:
    paper = batch_of(two_paths(), work())
    low, high = as_read(paper, TakenGiven(0, reading), [(np.array([-0.71]), np.array([-0.69]))])  # type: ignore[arg-type]
    assert (low[0], high[0]) == ends


def test_what_is_copied_into_a_box_is_what_was_read_and_the_printed_number_where_it_is_blank() -> None:
    asked = two_paths()
    box = [slot.name for slot in asked.slots].index("path_1.da1_3/dw1_31")
    papers = (work() | {"path_1.da1_3/dw1_31": text} for text in ("5", ""))
    low, high = as_read(batch_of(asked, *papers), TakenGiven(box, "as_copied"), [])
    assert low.tolist() == high.tolist() == [5.0, GIVENS["x_1"]]


BOXES = ("path_1.da1_3/dw1_31", "path_2.da1_3/dw1_31")
"""In both the first input is copied."""


@pytest.mark.parametrize(
    ("sound", "blank", "against"),
    [
        (BOXES, (), 1),
        (BOXES[:1], (), 0),
        (BOXES[1:], (), 0),
        (BOXES[:1], BOXES[1:], 1),
        (BOXES[1:], BOXES[:1], 1),
        ((), (), 0),
        ((), BOXES, 0),
    ],
)
def test_a_step_in_two_boxes_speaks_against_a_misreading_where_all_that_stands_there_is_sound(
    sound: tuple[str, ...], blank: tuple[str, ...], against: int
) -> None:
    """x₁ is copied as it is printed, so that nobody took it for -2, but where another number stands beside it."""
    asked = two_paths()
    texts = {box: "" if box in blank else "2" if box in sound else "7" for box in BOXES}
    paper = batch_of(asked, work() | texts)
    assert MisreadTrial(paper, only(turned(asked, "x_1"))).count(at(asked), at(asked, *sound)).tolist() == [[-against]]


def test_a_step_in_two_boxes_counts_once_and_where_it_is_struck_in_one() -> None:
    """The input copied as -2, and as -3."""
    asked = two_paths()
    for struck in (BOXES, BOXES[:1], BOXES[1:]):
        papers = batch_of(asked, *(work() | dict.fromkeys(BOXES, text) for text in ("-2", "-3")))
        here = np.repeat(at(asked, *struck), 2, axis=0)
        assert MisreadTrial(papers, only(turned(asked, "x_1"))).count(here, np.zeros_like(here)).tolist() == [[1, 0]]
        assert [rows.tolist() for rows, _ in worth_trying(papers, here, only(turned(asked, "x_1")), 1)] == [[0]]


@pytest.mark.parametrize("given", ["x_1", "x_2", "b1", "b2"])
def test_a_sheet_is_worth_trying_where_a_misreading_gives_enough_of_it(given: str) -> None:
    """All boxes that hang on the given are written as it is with its sign turned; of two, the second is as printed."""
    asked = two_paths()
    misread = turned(asked, given)
    papers = batch_of(asked, work(read={given: -GIVENS[given]}), work())
    struck = ~papers.key.holds(papers.answers.values)
    count = int(MisreadTrial(papers, only(misread)).count(struck, np.zeros_like(struck))[0, 0])
    assert count >= 2
    assert [rows.tolist() for rows, _ in worth_trying(papers, struck, only(misread), count)] == [[0]]
    assert not list(worth_trying(papers, struck, only(misread), count + 1))


def test_how_many_givens_a_misreading_changes() -> None:
    asked = two_paths()
    table = misreadings(asked.derivation)
    found = MisreadTrial(batch_of(asked, work()), misreadings).changed()
    counts = {(one.kind, one.of): int(count) for one, count in zip(table, found[:, 0], strict=True)}
    assert counts["sign_turned", "x_1"] == 1
    for name in ("x", "w1"):
        below = sum(value < 0 for given, value in GIVENS.items() if given.startswith(name))
        assert counts["signs_not_seen", name.replace("w", "W")] == below > 0
    assert counts["exchanged", "x_1 and x_2"] == 2
    assert counts["signs_not_seen", "b"] == 1


def test_a_digit_is_misread_at_both_ends_of_what_a_printed_number_may_be() -> None:
    """Of -0.72, printed to a hundredth, the tenths are read as 5, and as 9; a number that is exact stays one."""
    paper = batch_of(two_paths(), work())
    readings = [TakenGiven(0, "with_digit", 5, -1), TakenGiven(0, "turned"), TakenGiven(0, "with_digit", 9, -1)]
    ends = np.array([-0.725]), np.array([-0.715])
    around = replace(paper, reference=replace(paper.reference, ranges={0: ends}))
    low, high = _readings(around, 0, readings)
    assert low.ravel().tolist() == pytest.approx([-0.725, -0.525, 0.715, -0.925])
    assert high.ravel().tolist() == pytest.approx([-0.715, -0.515, 0.725, -0.915])
    exact = replace(paper, reference=replace(paper.reference, ranges={0: (ends[0], ends[0])}))
    low, high = _readings(exact, 0, readings[:1])
    assert low is high
    assert low.ravel().tolist() == pytest.approx([-0.725, -0.525])
