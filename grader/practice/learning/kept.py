"""A question as the text that it is kept as, in the shape that `gradpath solve` reads, and back."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from question_bank.questions.question import Question
from question_bank.questions.written_question import WrittenQuestion, written_parts

_QUESTIONS_CACHED = 2048


class _Kept(WrittenQuestion):
    """With the widths certified, by which marking tells what may follow through: a recipe may set its own."""

    certificate: dict[str, Any] | None = None


def kept_text(question: Question) -> str:
    """The text: the network, what is asked, the places, the widths certified; later versions read the same from it."""
    limits = (question.certificate or {}).get("limits")
    certificate = None if limits is None else {"limits": limits}
    return _Kept(**written_parts(question), certificate=certificate).model_dump_json(exclude_none=True)


@lru_cache(maxsize=_QUESTIONS_CACHED)
def solved(text: str) -> Question:
    """The question that a text was made of; one that was kept without limits is marked by the usual ones."""
    found = _Kept.model_validate_json(text)
    return replace(found.problem().solve(), certificate=found.certificate)
