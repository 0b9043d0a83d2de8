"""Classes for the benchmarks that need one: of one question with 25 slots each, and of mixed parameters."""

from __future__ import annotations

from functools import cache

from grader.assignments.question_set import QuestionSet, hand_out
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe


@cache
def questions(count: int) -> list[Question]:
    """Certified textbook questions about an updated value: 25 slots."""
    recipe = load_recipe("textbook")
    found = draw(recipe, [b"class %d" % n for n in range(count)], parameter="w1_31", quantity="updated")
    assert len(found[0].slots) == 25
    return found


@cache
def any_parameter(recipe: str, count: int) -> list[Question]:
    """Certified questions of a recipe, each about whichever parameter was drawn for its student."""
    return draw(load_recipe(recipe), [b"class %d" % n for n in range(count)])


def handed(count: int) -> QuestionSet:
    """The same as a set that was handed out to students `s0`, `s1` and so on."""
    empty = QuestionSet.begin("benchmark")
    out = tuple(
        hand_out(question, student=f"s{n}", number="q1", sheet_id=empty.sheet_id(f"s{n}"), recipe="textbook", marks=8)
        for n, question in enumerate(questions(count))
    )
    return empty.model_copy(update={"questions": out})
