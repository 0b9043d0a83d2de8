"""Answers and marks for research: everybody under a random pseudonym, whose key is kept apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from grader.files.safe_names import spreadsheet_safe
from grader.files.tables import csv_text

REMOVED = "[removed]"
"""In the place of a student's own id or name, where it was written into a box."""

_ANSWERS = ("pseudonym", "question", "slot", "response", "reading", "verdict", "misconceptions", "marks", "out_of")
_MARKS = ("pseudonym", "question", "marks", "out_of", "late")


def pseudonyms(students: Iterable[str], known: Mapping[str, str], draw: Callable[[], str]) -> dict[str, str]:
    """Student → pseudonym: those that are known stay, others are drawn, none of them twice.

    >>> drawn = iter(["p1", "p2", "p2", "p3"])
    >>> pseudonyms(["ann", "bo", "cy"], {"bo": "p1"}, lambda: next(drawn))
    {'ann': 'p2', 'bo': 'p1', 'cy': 'p3'}
    """
    found: dict[str, str] = {}
    taken = set(known.values())
    for student in students:
        pseudonym = known.get(student)
        while pseudonym is None:
            drawn = draw()
            pseudonym = None if drawn in taken else drawn
        taken.add(pseudonym)
        found[student] = pseudonym
    return found


def research_tables(
    document: Mapping[str, Any], called: Mapping[str, str], words: Mapping[str, Iterable[str]]
) -> tuple[str, str]:
    """The answers (a row a box) and the marks (a row a question) of a marks.json, as CSV, ordered by pseudonym.

    `called` are pseudonyms by student: whoever has none is left out. `words` are each student's own id and name, which
    are taken out of what they wrote. There are no times, files, sheets' ids and other students' ids in it.
    """
    answers, marks = [], []
    listed = [one for one in document["questions"] if one["student"] in called]
    for one in sorted(listed, key=lambda one: (called[one["student"]], int(one["question"][1:]))):
        pseudonym, question = called[one["student"]], one["question"]
        own = _any_of(words.get(one["student"], ()))
        marks.append((pseudonym, question, _number(one["marks"]), _number(one["out_of"]), _number(one.get("late", 1))))
        for slot in one["slots"]:
            response = slot["response"] if own is None else own.sub(REMOVED, slot["response"])
            reading = slot["reading"]
            answers.append(
                (
                    pseudonym,
                    question,
                    slot["slot"],
                    spreadsheet_safe(response),
                    "" if reading is None else repr(reading),
                    slot["verdict"],
                    " ".join(slot.get("misconceptions", ())),
                    _number(slot["marks"]),
                    _number(slot["out_of"]),
                )
            )
    return csv_text([_ANSWERS, *answers]), csv_text([_MARKS, *marks])


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    listed = sorted(filter(None, words), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, listed))})(?!\w)", re.IGNORECASE) if listed else None


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
