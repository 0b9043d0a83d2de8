"""A question with a set of ticks, and what is right to write on it."""

from __future__ import annotations

from functools import cache

from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe


@cache
def question() -> Question:
    return draw(load_recipe("which-paths"), [b"one"], quantity="forward")[0]


def ticks() -> dict[str, bool]:
    """Every box to be ticked, and whether it is to be."""
    forms = zip(question().slots, question().derivation.forms, strict=True)
    return {slot.name: question().value(slot.step) == 1 for slot, form in forms if form == "tick"}


def right() -> dict[str, str]:
    """What is right, ticks as an x."""
    made = {name: "x" if to_tick else "" for name, to_tick in ticks().items()}
    return {slot.name: made.get(slot.name, question().printed(slot.step)) for slot in question().slots}


TO_TICK = [name for name, to_tick in ticks().items() if to_tick]
OTHERS = [name for name, to_tick in ticks().items() if not to_tick]
