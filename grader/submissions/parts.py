"""The files in which a student's sheet came back: what none of them has a field for must not pass for blank."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from grader.files.safe_names import printable
from grader.submissions.names import Names
from grader.submissions.pdf_form import ASK_FOR_FILE
from grader.submissions.records import FileProblem, SheetPart

LOOK_AT = "look_at"
"""The folder, beside the marks, of pictures of the pages that a person must see."""

_TYPE = "type their answers into a CSV file"


class Parts:
    """Takes every signed file, then says what is missing."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._by_student: dict[str, list[SheetPart]] = {}

    def add(self, part: SheetPart) -> None:
        """Take one file."""
        self._by_student.setdefault(part.student, []).append(part)

    def __len__(self) -> int:
        """Of how many students something of a sheet came."""
        return len(self._by_student)

    def problems(self, typed: Collection[tuple[str, str]] = (), blank: Collection[str] = ()) -> list[FileProblem]:
        """One problem for each student some of whose boxes came back without a field, or on no page at all.

        Programs print or flatten a page at a time. A page that is merely left out of a file is no loss if it came in
        another one; a page that is there without its fields is, whatever other files hold: it may be the newer one.
        `typed` are (student, question) whose answers were typed by the instructor: for those this is settled. `blank`
        are students who have not written anything into their boxes.
        """
        problems: list[FileProblem] = []
        settled: dict[str, set[str]] = {}
        for student, question in typed:
            settled.setdefault(student, set()).add(question)
        for student, parts in self._by_student.items():
            questions = settled.get(student, set())
            found = [*self._of(student, parts, questions), *self._written_over(student, parts, questions)]
            problems += found or self._blank(student, parts, student in blank)
        return problems

    def _written_over(self, student: str, parts: Sequence[SheetPart], typed: Collection[str]) -> Iterator[FileProblem]:
        """A problem for each file in which something is written over a field that is blank; a remark for the others."""
        for part in parts:
            counts = {question: len(slots) for question, slots in part.covered.items() if question not in typed}
            sheet = f"the sheet of {printable(student)}"
            if counts:
                found = f"{sheet}: text, ink or a stamp lies over {_listed(counts, self._names.boxes(student))}"
                found += ", which are blank themselves"
                remedy = (
                    f"{_look_at(part)}{_TYPE} and name that after the others, or ask for it with its boxes filled in"
                )
                yield FileProblem(part.source, ", ".join(counts), found, remedy, True, student)
            elif part.marked and not part.covered:
                pages = ", ".join(map(str, part.marked))
                found = f"{sheet}: something is written on page {pages} beside the boxes"
                yield FileProblem(part.source, "", found, f"{_look_at(part)}it was not read", False, student)
            elif part.extra and not _absent(self._names.boxes(student), [part]):
                pages = ", ".join(map(str, part.extra))
                found = f"{sheet}: page {pages} is none of the sheet's"
                yield FileProblem(part.source, "", found, f"{_look_at(part)}it was not read", False, student)

    def _blank(self, student: str, parts: Sequence[SheetPart], is_blank: bool) -> Iterator[FileProblem]:
        """A remark that a sheet came back as it was handed out."""
        if is_blank:
            found = f"the sheet of {printable(student)} is wholly blank"
            remedy = f"{_look_at(parts[-1])}ask whether it is the file that was meant"
            yield FileProblem(_some(parts), "", found, remedy, False, student)

    def _of(self, student: str, parts: Sequence[SheetPart], typed: Collection[str]) -> list[FileProblem]:
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
            remedy = f"{_look_at(concerned[-1]) or 'look at the page; '}{ASK_FOR_FILE}"
        else:
            remedy = f"what is in {others[-1]} counts; if this one is newer, {ASK_FOR_FILE}"
        return [FileProblem(_some(concerned), ", ".join(lost), found, remedy, True, student)]


def _look_at(part: SheetPart) -> str:
    return f"look at its pages in the folder {LOOK_AT}; " if part.pictures else ""


def _absent(boxes: Mapping[str, Sequence[str]], parts: Sequence[SheetPart]) -> dict[str, int]:
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


def _some(parts: Sequence[SheetPart]) -> str:
    sources = list(dict.fromkeys(part.source for part in parts))
    return ", ".join(sources[:3]) + (f" and {len(sources) - 3} more files" if len(sources) > 3 else "")
