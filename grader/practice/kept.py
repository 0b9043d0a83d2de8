"""A question as the text that it is kept as, in the shape that `gradpath solve` reads, and back."""

from __future__ import annotations

import json
from functools import lru_cache

from question_bank.question import Question
from question_bank.written import problem_from, question_table

_QUESTIONS_CACHED = 2048


def kept(question: Question) -> str:
    """The text: the network, what is asked, the places; a later version of the program reads the same from it."""
    return json.dumps(question_table(question), separators=(",", ":"))


@lru_cache(maxsize=_QUESTIONS_CACHED)
def solved(text: str) -> Question:
    """The question that a text was made of."""
    return problem_from({key: value for key, value in json.loads(text).items() if value is not None}).solve()
