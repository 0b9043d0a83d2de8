"""Paths of unequal lengths: blank columns as long as the longest, and swaps among those of one length."""

from __future__ import annotations

from itertools import permutations
from typing import Literal

import pytest

from grader.marking import MarkedQuestion, Note, Verdict, mark
from grader.marking.columns import of_one_length
from grader.rubrics.shares import Shares
from grader.rubrics.slot_marks import by_weights
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.questions.question import Question, solve
from tests.question_bank.handmade import SKIP

PRECISION = Precision.parse({"forward": "5d", "factor": "5d", "product": "6d"})
GIVENS = {"w": 0.7, "u": -0.4, "v": 1.3, "p": 0.9, "q": -1.1, "r": 0.6, "x_1": 1.2, "y_1": 1.0}
MARKS = 12.0


def asked(paths: Literal["given", "find"]) -> Question:
    return solve(derive(SKIP, "w", Layout(paths=paths)), GIVENS, PRECISION)


def marked(question: Question, written: dict[str, str]) -> MarkedQuestion:
    return mark(question, written, worth=by_weights(question.derivation, MARKS, {}))


def outside_columns(question: Question) -> dict[str, str]:
    return {slot.name: question.printed(slot.step) for slot in question.slots if slot.path is None}


def columns(question: Question) -> list[list[str]]:
    """What a student writes in the column of each path: its factors from above, and its product."""
    return [[question.printed(step) for step in path.steps] for path in question.derivation.paths]


def written_in(question: Question, order: tuple[int | None, ...]) -> dict[str, str]:
    """The sheet where column i holds path `order[i]`, with blanks below a short path's factors."""
    written = outside_columns(question)
    contents = columns(question)
    for number, path in enumerate(order, 1):
        if path is not None:
            *factors, product = contents[path]
            written |= {f"path_{number}.factor_{box}": text for box, text in enumerate(factors, 1)}
            written[f"path_{number}.product"] = product
    return written


def test_blank_columns_are_as_long_as_the_longest_path() -> None:
    question = asked("find")
    assert [len(path.factors) for path in question.derivation.paths] == [7, 7, 5]
    names = [slot.name for slot in question.slots if slot.path is not None]
    boxes = [*(f"factor_{number}" for number in range(1, 8)), "product"]
    assert names == [f"path_{column}.{box}" for column in range(1, 5) for box in boxes]


@pytest.mark.parametrize("order", [*permutations((0, 1, 2, None))])
def test_whatever_the_order_of_the_columns_a_right_sheet_has_all_marks(order: tuple[int | None, ...]) -> None:
    question = asked("find")
    found = marked(question, written_in(question, order))
    assert found.ticks == found.out_of == MARKS * 1_000_000
    assert [column.path for column in found.columns] == [None if path is None else path + 1 for path in order]


def test_boxes_below_a_short_path_are_worth_nothing_and_may_be_blank() -> None:
    question = asked("find")
    worth = dict(zip((slot.name for slot in question.slots), by_weights(question.derivation, MARKS, {}), strict=True))
    assert worth["path_3.factor_5"] > 0
    assert {worth[f"path_3.factor_{box}"] for box in (6, 7)} == {0}
    sheet = written_in(question, (0, 1, 2, None))
    scribbled = marked(question, {**sheet, "path_3.factor_6": "0.123", "path_3.factor_7": "7"})
    assert scribbled.ticks == MARKS * 1_000_000


def test_a_short_path_is_found_where_it_stands() -> None:
    """In blank columns the short path may come first: the long one stands where its own numbers are."""
    question = asked("find")
    sheet = written_in(question, (2, 0, None, None))
    found = marked(question, sheet)
    assert [column.path for column in found.columns[:2]] == [3, 1]


def test_columns_of_one_length_may_be_swapped_and_others_stay() -> None:
    question = asked("given")
    first, second, short = question.derivation.paths
    assert of_one_length(question.derivation) == [[0, 1], [2]]
    sheet = {slot.name: question.printed(slot.step) for slot in question.slots}
    for here, there in ((first, second), (second, first)):
        texts = [question.printed(step) for step in there.steps]
        names = [f"path_{here.number}.{factor.key}" for factor in here.factors]
        sheet |= dict(zip((*names, here.product.key), texts, strict=True))
    found = marked(question, sheet)
    assert [(column.path, column.note) for column in found.columns] == [
        (2, Note.SWAPPED.word),
        (1, Note.SWAPPED.word),
        (3, ""),
    ]
    verdicts = {slot.slot: slot.verdict for slot in found.slots}
    assert set(verdicts.values()) == {Verdict.CORRECT}
    worth = dict(zip((slot.name for slot in question.slots), by_weights(question.derivation, MARKS, {}), strict=True))
    columns_worth = sum(ticks for name, ticks in worth.items() if name.startswith(("path_1.", "path_2.")))
    lost = MARKS * 1_000_000 - found.ticks
    assert lost == pytest.approx(columns_worth * (1 - Shares().swapped), abs=len(worth))
    assert short.number == 3
