"""Questions of an assignment that are networks of the instructor's own, in files beside assignment.toml."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.assignments.question_set import QuestionSet
from question_bank.questions.own_network import OwnNetwork, read_own_network
from question_bank.toml_text import read_text

if TYPE_CHECKING:
    from grader.assignments.assignment import QuestionPart

_LARGEST_FILE = 1_000_000


def own_network(part: QuestionPart, folder: Path) -> OwnNetwork:
    """The network of a question; raises InputError with its file, TooManyPaths."""
    path = folder / part.source
    return read_own_network(
        read_text(path, _LARGEST_FILE),
        str(path),
        parameter=part.own_parameter,
        quantity=part.ask,
        working=part.working,
        paths=part.own_paths,
    )


def is_same_for_all(part: QuestionPart, folder: Path) -> bool:
    """Whether a question is a network of which nothing is drawn."""
    return part.network is not None and own_network(part, folder).same_for_all


@dataclass(frozen=True, slots=True)
class Warned:
    """What certification found on such a network, in words: of which question, its file, and on whose numbers."""

    question: str
    source: str
    students: tuple[str, ...]
    everybody: bool
    said: str


def warnings_of(questions: QuestionSet) -> list[Warned]:
    """All that was found, each sentence once, in the order of the set."""
    of_question = Counter(handed.question for handed in questions.questions)
    found: dict[tuple[str, str, str], list[str]] = {}
    for handed in questions.questions:
        for sentence in handed.warnings:
            found.setdefault((handed.question, handed.recipe, sentence), []).append(handed.student)
    return [
        Warned(question, source, tuple(whose), len(whose) == of_question[question], said)
        for (question, source, said), whose in found.items()
    ]


def remarks_of_warnings(questions: QuestionSet) -> list[str]:
    """The same as remarks of `gradpath make`."""
    return [f"{one.question} ({one.source}){_of_whom(one)}: {one.said.rstrip('.')}" for one in warnings_of(questions)]


def _of_whom(one: Warned) -> str:
    if one.everybody:
        return ""
    return f" of {one.students[0]}" if len(one.students) == 1 else f" of {len(one.students):,} students"
