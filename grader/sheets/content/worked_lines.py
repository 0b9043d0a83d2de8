"""A worked solution with an error, in words: its lines as plain text, and what was done in the wrong one."""

from __future__ import annotations

from collections.abc import Iterator

from grader.sheets.typography.rendering import words
from question_bank.expressions.names import printed_line
from question_bank.expressions.plain_text import plain_formula
from question_bank.language.words import _
from question_bank.misconceptions import CATALOGUE, by_id
from question_bank.networks.notation import in_letters
from question_bank.questions.question import Question


def solution_lines(question: Question) -> list[str]:
    """Each line without its number: what it works, its formula, and the value that is printed.

    >>> from question_bank import draw, load_recipe
    >>> solution_lines(draw(load_recipe("find-the-error"), [b"one"])[0])[2]
    'h₁₁ = σ(a₁₁) = 0.7841'
    """
    with question.derivation.naming():
        return [*_lines(question)]


def _lines(question: Question) -> Iterator[str]:
    for number, step in enumerate(question.derivation.lines, 1):
        assert step.formula is not None  # a line is worked
        formula = plain_formula(step.formula, question.plain)
        yield f"{question.plain(step.name)} = {formula} = {question.printed(printed_line(number))}"


def planted_said(question: Question) -> str:
    """Which line is wrong and what was done there, in the catalogue's words; empty where there is no error to find."""
    derivation = question.derivation
    if derivation.solution is None:
        return ""
    entry = by_id(CATALOGUE)[derivation.planted.misconception]
    with derivation.naming():
        instructor = in_letters(_(entry.instructor))
    return " ".join(
        words("planted", line=derivation.wrong_line, instructor=instructor, student=_(entry.student)).split()
    )
