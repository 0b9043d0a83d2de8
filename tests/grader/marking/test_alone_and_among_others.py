"""Nobody's marks hang on whose sheets are marked at the same time: all kinds of students together, and each alone."""

from __future__ import annotations

import random

import pytest

from grader.marking import MarkedBatch, mark_questions
from grader.simulation.kinds import KINDS, Wanted
from grader.simulation.students import Seat, work
from question_bank.derivations.layout import PathsShown
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe
from tests.grader.marking import pupil

ALL = [kind for kind in KINDS if kind.family != "borrowed"]


def sheets(question: Question, first: int) -> list[list[str]]:
    """One of every third kind of student, to the same question."""
    seats = [Seat(kind.name, "", question, random.Random(kind.name), (kind,)) for kind in ALL[first::3]]
    return [[one.responses[slot.name] for slot in question.slots] for one in work(seats, Wanted()) if one is not None]


def said(marked: MarkedBatch, row: int) -> list[object]:
    blames = sorted((at, blame.causes, blame.tied) for (of, at), blame in marked.blames.items() if of == row)
    arrays = marked.verdicts, marked.ticks, marked.worth, marked.arrangement.sources, marked.arrangement.notes
    return [*(array[row].tolist() for array in arrays), blames, marked.misread.get(row), marked.unsupported[row]]


@pytest.mark.parametrize(("paths", "first"), [("given", 0), ("find", 1)])
def test_a_sheet_is_marked_alike_alone_and_among_all_kinds_of_others(paths: PathsShown, first: int) -> None:
    asked = pupil.question(paths)
    written = sheets(asked, first)
    together = mark_questions([asked] * len(written), written)
    assert len(written) > 12
    for row, sheet in enumerate(written):
        assert said(together, row) == said(mark_questions([asked], [sheet]), 0), sheet


def test_so_is_one_whose_forward_values_are_printed() -> None:
    asked = draw(load_recipe("two-paths-given"), [b"alone"], parameter="w1_21", quantity="updated")[0]
    written = sheets(asked, 2)
    together = mark_questions([asked] * len(written), written)
    for row, sheet in enumerate(written):
        assert said(together, row) == said(mark_questions([asked], [sheet]), 0), sheet
