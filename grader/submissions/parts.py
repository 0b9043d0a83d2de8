"""The files in which a student's sheet came back: what none of them has a field for must not pass for blank."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from grader.safe_names import printable
from grader.submissions.names import Names
from grader.submissions.pdf_form import ASK_FOR_FILE
from grader.submissions.records import Part, Problem

_TYPE = "type their answers into a CSV file"


class Parts:
    """Takes every signed file, then says what is missing."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._by_student: dict[str, list[Part]] = {}

    def add(self, part: Part) -> None:
        """Take one file."""
        self._by_student.setdefault(part.student, []).append(part)

    def problems(self, typed: Collection[tuple[str, str]] = ()) -> list[Problem]:
        """One problem for each student some of whose boxes came back without a field, or on no page at all.

        Programs print or flatten a page at a time. A page that is merely left out of a file is no loss if it came in
        another one; a page that is there without its fields is, whatever other files hold: it may be the newer one.
        `typed` are (student, question) whose answers were typed by the instructor: for those this is settled.
        """
        return [
            problem
            for student, parts in self._by_student.items()
            for problem in self._of(student, parts, {question for who, question in typed if who == student})
        ]

    def _of(self, student: str, parts: Sequence[Part], typed: Collection[str]) -> list[Problem]:
        printed = self._names.boxes(student)
        boxes = {question: slots for question, slots in printed.items() if question not in typed}
        torn = [part for part in parts if part.torn and _absent(boxes, [part])]
        missing = _absent(boxes, parts)
        lost = {
            question: max(_absent(boxes, some).get(question, 0) for some in (parts, *([part] for part in torn)))
            for question in boxes
        }
        lost = {question: count for question, count in lost.items() if count}
        if not lost:
            return []
        concerned = torn or parts
        sheet = f"the sheet of {printable(student)}"
        if not torn or any(part.boxes for part in torn):
            how = "printed to PDF, scanned or flattened" if torn else "pages were left out"
            found = f"{sheet} lacks the fields of {_listed(lost, boxes)}: {how}"
        else:
            found = f"{sheet}, but printed to PDF, scanned or flattened: there are no fields"
            if missing and len(torn) < len(parts):
                found += f", and no other file has those of {_listed(missing, boxes)}"
        others = [part.source for part in parts if part.boxes and part not in torn]
        if not torn:
            remedy = f"ask for the other pages, in files of their own or in one; or {_TYPE}"
        elif missing or not others:
            remedy = f"look at the page; {ASK_FOR_FILE}"
        else:
            remedy = f"what is in {others[-1]} counts; if this one is newer, {ASK_FOR_FILE}"
        return [Problem(_some(concerned), ", ".join(lost), found, remedy, True, student)]


def _absent(boxes: Mapping[str, Sequence[str]], parts: Sequence[Part]) -> dict[str, int]:
    """How many boxes of each question none of the files has a field for; only questions with any."""
    counts = {
        question: sum(not any(slot in part.boxes.get(question, ()) for part in parts) for slot in slots)
        for question, slots in boxes.items()
    }
    return {question: count for question, count in counts.items() if count}


def _listed(counts: Mapping[str, int], boxes: Mapping[str, Sequence[str]]) -> str:
    said = []
    for question, count in counts.items():
        total = len(boxes[question])
        said.append(f"{f'all {total}' if count == total else f'{count} of the {total}'} boxes of {question}")
    return " and of ".join((", of ".join(said[:-1]), said[-1]) if len(said) > 1 else said)


def _some(parts: Sequence[Part]) -> str:
    sources = list(dict.fromkeys(part.source for part in parts))
    return ", ".join(sources[:3]) + (f" and {len(sources) - 3} more files" if len(sources) > 3 else "")
