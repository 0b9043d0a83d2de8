"""A course folder for PrairieLearn: a question a recipe, its certified variants, and what marks them.

Where the course has another layout, two folders are copied into it as they are: `questions/gradpath-…` and
`serverFilesCourse/gradpath`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import grader
import question_bank
from grader.exchange.question_html import Variant, formula, givens_html, lead_in, solution_html, task_html
from grader.sheets.typography.rendering import environment
from question_bank.questions.plain_form import plain_question
from question_bank.questions.question import Question

_SERVER = Path(__file__).with_name("prairielearn_server.py")
_NAMESPACE = uuid.UUID("6f0f1a5e-2d34-5c0e-9f4b-3f6f0c2a7d11")
"""Of the numbers by which PrairieLearn knows a question again: the same recipe and seed have the same."""

_MARKING = ("marking", "reading", "rubrics")
"""The rooms of grader that mark; the rest is not needed there."""
_SINGLE = (
    "__init__.py",
    "exchange/__init__.py",
    "exchange/marking_there.py",
    "files/__init__.py",
    "files/safe_names.py",
)
_NOT_THERE = ("recipes", "catalogues")
_QUESTIONS = ("__init__.py", "plain_form.py", "question.py")
"""Of `question_bank.questions`: the others draw, certify and write down."""


def course_files(
    stem: str, title: str, seed: int, variants: Sequence[Variant], questions: Sequence[Question]
) -> Iterator[tuple[str, str]]:
    """The files of a course with one question, by their paths: what they hold is text."""
    folder = f"questions/gradpath-{stem}"
    boxes = [_boxes(variant) for variant in variants]
    yield f"{folder}/info.json", _info(stem, title, seed)
    yield f"{folder}/question.html", environment().get_template("exchange/prairielearn.html").render(boxes=boxes[0])
    yield f"{folder}/server.py", _SERVER.read_text("utf-8")
    yield (
        f"{folder}/variants.json",
        json.dumps(
            [
                {
                    "page": _page(variant, own),
                    "boxes": own,
                    "question": plain_question(question),
                    "solution": solution_html(variant),
                }
                for variant, own, question in zip(variants, boxes, questions, strict=True)
            ],
            ensure_ascii=False,
        ),
    )
    yield from package_files("serverFilesCourse/gradpath")


def _boxes(variant: Variant) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, section in enumerate(variant.written.boxes):
        for at, slot in enumerate(section.slots):
            box = variant.boxes[slot]
            found.append(
                {
                    "name": f"box{len(found) + 1}",
                    "slot": slot.name,
                    "form": box.form,
                    "heading": f"heading{number}" if section.heading and at == 0 else "",
                }
            )
    return found


def _page(variant: Variant, boxes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What stands on the page, by the names of its template. What is asked, and nothing of what is right."""
    written = variant.written
    slots = {slot.name: slot for section in written.boxes for slot in section.slots}
    symbols = {f"{box['name']}_symbol": lead_in(variant.boxes[slots[box["slot"]]]) for box in boxes}
    headings = {
        f"heading{number}": escape(section.heading) + (f" {formula(section.route)}" if section.route else "")
        for number, section in enumerate(written.boxes)
        if section.heading
    }
    return {
        "task": task_html(variant),
        "drawing": variant.drawing,
        "givens": givens_html(variant),
        **headings,
        **symbols,
    }


def _info(stem: str, title: str, seed: int) -> str:
    info = {
        "uuid": str(uuid.uuid5(_NAMESPACE, f"{stem} {seed}")),
        "title": title,
        "topic": "Backpropagation",
        "tags": ["gradpath"],
        "type": "v3",
    }
    return json.dumps(info, indent=2, ensure_ascii=False) + "\n"


def package_files(folder: str, more: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """The part of gradpath that marks, which needs NumPy and no more; `more` are further files and rooms of grader."""
    bank, rooms = _root(question_bank), _root(grader)
    for path in sorted(bank.rglob("*.py")):
        part = path.relative_to(bank)
        if part.parts[0] not in _NOT_THERE and (part.parts[0] != "questions" or part.name in _QUESTIONS):
            yield f"{folder}/question_bank/{part.as_posix()}", path.read_text("utf-8")
    paths = []
    for name in (*_SINGLE, *_MARKING, *more):
        path = rooms / name
        paths += [path] if path.suffix else sorted(path.rglob("*.py"))
    for path in paths:
        yield f"{folder}/grader/{path.relative_to(rooms).as_posix()}", path.read_text("utf-8")


def _root(package: Any) -> Path:
    return Path(package.__file__).parent
