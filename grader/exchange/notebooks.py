"""Notebooks of a question: boxes as variables, a check that tells no answer, and tests that call gradpath's marking.

What is handed to students holds neither the key nor the seed. What marks it holds the question as plain data,
packed, and takes the marking from an archive beside it, from which Python imports: both graders copy it to where they
mark.
"""

from __future__ import annotations

import json
import re
import zipfile
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zlib import compress

from grader.exchange.prairielearn import package_files
from grader.exchange.question_html import Variant, lead_in
from question_bank.language.words import _
from question_bank.questions.plain_form import plain_question
from question_bank.questions.question import Question

PACKAGE = "gradpath_marking.zip"
_WHEN = (1980, 1, 1, 0, 0, 0)
_CHECK = "check-boxes"


@dataclass(frozen=True, slots=True)
class NotebookBox:
    """A box as a variable of the notebook."""

    variable: str
    slot: str
    symbol: str
    points: int


def notebook_boxes(variant: Variant) -> list[NotebookBox]:
    """The boxes in the order of working, each with a variable that no other has.

    A variable is the slot's name with what cannot stand in one as underscores.
    """
    found: list[NotebookBox] = []
    taken: set[str] = set()
    for section in variant.written.boxes:
        for slot in section.slots:
            plain = re.sub(r"\W+", "_", slot.name).strip("_")
            variable = plain if plain.isidentifier() else f"box_{plain}"
            while variable in taken:
                variable += "_"
            taken.add(variable)
            box = variant.boxes[slot]
            found.append(NotebookBox(variable, slot.name, lead_in(box), box.weight))
    return found


def otter_notebook(variant: Variant) -> str:
    """The students' notebook for Otter: it has no tests at all, they lie in the autograder."""
    boxes = notebook_boxes(variant)
    cells = [*_question_cells(variant, boxes), _code(_check(boxes), "check")]
    return _notebook(cells)


def otter_tests(variant: Variant, question: Question) -> str:
    """The hidden tests, two cases a box, for half of its points each: a case is all or nothing."""
    boxes = notebook_boxes(variant)
    lines = [
        "OK_FORMAT = False",
        "from otter.test_files import test_case",
        'name = "gradpath"',
        "points = None",
        _marking(boxes, question),
    ]
    for number, box in enumerate(boxes, 1):
        for part, least in enumerate((0.5, 1.0), 1):
            lines += [
                f"@test_case(name={f'{number:02}.{part} {box.variable}'!r}, points={box.points / 2}, hidden=True)",
                f"def test_{number:02}_{part}(env):",
                f"    share, said = _marked_of(env)[{box.slot!r}]",
                f"    assert share >= {least} - 1e-9, said",
                "",
            ]
    return "\n".join(lines)


def nbgrader_notebook(variant: Variant, question: Question) -> str:
    """The instructor's notebook for nbgrader, whose release has no hidden tests; the last expression is the points."""
    boxes = notebook_boxes(variant)
    points = sum(box.points for box in boxes)
    share = " + ".join(f"{box.points} * _found[{box.slot!r}][0]" for box in boxes)
    said = "for _slot, (_share, _said) in _found.items():\n    print(_slot, f'{_share:.0%}', _said)"
    tests = "\n".join(
        (
            _check(boxes),
            "### BEGIN HIDDEN TESTS",
            _marking(boxes, question),
            "_found = _marked_of(globals())",
            said,
            f"round({share}, 4)",
            "### END HIDDEN TESTS",
        )
    )
    tested = _code(tests, _CHECK)
    # The cell with the boxes is nobody's solution to nbgrader, which would take away what stands there.
    tested["metadata"] = {
        "nbgrader": {
            "cell_type": "code",
            "grade": True,
            "grade_id": _CHECK,
            "locked": True,
            "points": points,
            "schema_version": 3,
            "solution": False,
            "task": False,
        }
    }
    return _notebook([*_question_cells(variant, boxes), tested])


def package_archive() -> bytes:
    """The part of gradpath that marks, as an archive that Python imports from."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in package_files(""):
            entry = zipfile.ZipInfo(name.lstrip("/"), _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return written.getvalue()


def _question_cells(variant: Variant, boxes: Sequence[NotebookBox]) -> list[dict[str, Any]]:
    written = variant.written
    task = "\n\n".join(
        "".join(f"${each.text}$" if each.formula else each.text for each in paragraph) for paragraph in written.task
    )
    givens = "\n\n".join(f"${given}$" for given in written.givens)
    lines = "\n\n".join(f"({number}) ${line}$" for number, line in enumerate(written.lines, 1))
    picture = f"![{_('The network')}](data:image/svg+xml;base64,{b64encode(variant.drawing.encode()).decode('ascii')})"
    how = _("Put a number, or a text that is one, in the place of each None, and run the cell below it.")
    return [
        _markdown(f"## {written.title}\n\n{task}", "task"),
        _markdown(picture, "drawing"),
        _markdown("\n\n".join(filter(None, (givens, lines, how))), "givens"),
        _code("\n".join(_assignments(variant, boxes)), "boxes"),
    ]


def _assignments(variant: Variant, boxes: Sequence[NotebookBox]) -> Iterator[str]:
    by_slot = {box.slot: box for box in boxes}
    for number, section in enumerate(variant.written.boxes):
        if section.heading:
            yield f"# {section.heading}"
        elif number:
            yield ""
        for slot in section.slots:
            yield f"{by_slot[slot.name].variable} = None"


def _check(boxes: Sequence[NotebookBox]) -> str:
    """Says which boxes hold no number; nothing of what is right."""
    return "\n".join(
        (
            f"_boxes = {[box.variable for box in boxes]}",
            "_blank = [name for name in _boxes if globals().get(name) is None or not str(globals()[name]).strip()]",
            "print('blank:', ', '.join(_blank) if _blank else 'none')",
        )
    )


def _marking(boxes: Sequence[NotebookBox], question: Question) -> str:
    """What works out the verdicts: the packed question, and the marking from the archive."""
    packed = packed_question(question)
    names = {box.slot: box.variable for box in boxes}
    return "\n".join(
        (
            "def _marked_of(env):",
            "    import sys",
            f"    sys.path[:0] = [] if {PACKAGE!r} in sys.path else [{PACKAGE!r}]",
            "    from grader.exchange.marking_there import mark_there, typed_as, unpacked_question",
            f"    question = unpacked_question({packed!r})",
            f"    names = {json.dumps(names)}",
            "    typed = {slot: typed_as(env.get(name)) for slot, name in names.items()}",
            "    return {box.slot: (box.share, box.said) for box in mark_there(question, typed)}",
        )
    )


def packed_question(question: Question) -> str:
    """A question as one line of text."""
    return b64encode(compress(json.dumps(plain_question(question)).encode(), 9)).decode("ascii")


def _markdown(text: str, name: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def _code(text: str, name: str) -> dict[str, Any]:
    return {"cell_type": "code", "id": name, "metadata": {}, "source": text, "outputs": [], "execution_count": None}


def _notebook(cells: Sequence[Mapping[str, Any]]) -> str:
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    written = {"cells": list(cells), "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(written, indent=1, ensure_ascii=False) + "\n"
