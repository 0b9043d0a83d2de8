"""A question as the text that it is kept as, in the shape that `gradpath solve` reads, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache

from question_bank.questions.as_tables import question_table
from question_bank.questions.question import Question
from question_bank.questions.written import problem_from

_QUESTIONS_CACHED = 2048


def kept(question: Question) -> str:
    """The text: the network, what is asked, the places, the widths certified; later versions read the same from it."""
    table = question_table(question)
    if (limits := (question.certificate or {}).get("limits")) is not None:
        # By these, marking tells what may follow through: a recipe may set others than the usual ones.
        table["certificate"] = {"limits": limits}
    return json.dumps(table, separators=(",", ":"))


@lru_cache(maxsize=_QUESTIONS_CACHED)
def solved(text: str) -> Question:
    """The question that a text was made of; one that was kept without limits is marked by the usual ones."""
    table = {key: value for key, value in json.loads(text).items() if value is not None}
    certificate = table.pop("certificate", None)
    return replace(problem_from(table).solve(), certificate=certificate)
