"""The files in which a student's sheet came back: what none of them has a field for must not pass for blank."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from grader.files.safe_names import printable
from grader.submissions.names import Names
from grader.submissions.pdf_form import ASK_FOR_FILE
from grader.submissions.records import FileProblem, SheetPart
from question_bank.language.remark import Remark, all_of
from question_bank.language.words import N_

LOOK_AT = "look_at"
"""The folder, beside the marks, of pictures of the pages that a person must see."""


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
            whose = printable(student)
            if counts:
                found = Remark.of(
                    N_("the sheet of {student}: text, ink or a stamp lies over {boxes}, which are blank themselves"),
                    student=whose,
                    boxes=_boxes(counts, self._names.boxes(student)),
                )
                remedy = Remark.of(
                    N_(
                        "type their answers into a CSV file and name that after the others, or ask for it with its "
                        "boxes filled in"
                    )
                )
                yield FileProblem(part.source, ", ".join(counts), found, _looked_at(part, remedy), True, student)
            elif part.marked and not part.covered:
                pages = ", ".join(map(str, part.marked))
                found = Remark.of(
                    N_("the sheet of {student}: something is written on page {pages} beside the boxes"),
                    student=whose,
                    pages=pages,
                )
                yield FileProblem(part.source, "", found, _looked_at(part, _NOT_READ), False, student)
            elif part.extra and not _absent(self._names.boxes(student), [part]):
                pages = ", ".join(map(str, part.extra))
                found = Remark.of(
                    N_("the sheet of {student}: page {pages} is none of the sheet's"), student=whose, pages=pages
                )
                yield FileProblem(part.source, "", found, _looked_at(part, _NOT_READ), False, student)

    def _blank(self, student: str, parts: Sequence[SheetPart], is_blank: bool) -> Iterator[FileProblem]:
        """A remark that a sheet came back as it was handed out."""
        if is_blank:
            found = Remark.of(N_("the sheet of {student} is wholly blank"), student=printable(student))
            remedy = _looked_at(parts[-1], Remark.of(N_("ask whether it is the file that was meant")))
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
        whose = printable(student)
        if not torn or any(part.boxes for part in torn):
            lacks = (
                N_("the sheet of {student} lacks the fields of {boxes}: printed to PDF, scanned or flattened")
                if torn
                else N_("the sheet of {student} lacks the fields of {boxes}: pages were left out")
            )
            found = Remark.of(lacks, student=whose, boxes=_boxes(lost, boxes))
        elif missing and len(torn) < len(parts):
            found = Remark.of(
                N_(
                    "the sheet of {student}, but printed to PDF, scanned or flattened: there are no fields, and no "
                    "other file has those of {boxes}"
                ),
                student=whose,
                boxes=_boxes(missing, boxes),
            )
        else:
            found = Remark.of(
                N_("the sheet of {student}, but printed to PDF, scanned or flattened: there are no fields"),
                student=whose,
            )
        others = [part.source for part in parts if part.boxes and part not in torn]
        if not torn:
            remedy = Remark.of(
                N_("ask for the other pages, in files of their own or in one; or type their answers into a CSV file")
            )
        elif missing or not others:
            looked_at = Remark.of(N_("look at the page; {remedy}"), remedy=ASK_FOR_FILE)
            remedy = _looked_at(concerned[-1], ASK_FOR_FILE) if concerned[-1].pictures else looked_at
        else:
            remedy = Remark.of(
                N_("what is in {other} counts; if this one is newer, {remedy}"), other=others[-1], remedy=ASK_FOR_FILE
            )
        return [FileProblem(_some(concerned), ", ".join(lost), found, remedy, True, student)]


_NOT_READ = Remark.of(N_("it was not read"))


def _looked_at(part: SheetPart, remedy: Remark) -> Remark:
    """What to do, after a look at the pages that were drawn of it."""
    if not part.pictures:
        return remedy
    return Remark.of(N_("look at its pages in the folder {folder}; {remedy}"), folder=LOOK_AT, remedy=remedy)


def _absent(boxes: Mapping[str, Sequence[str]], parts: Sequence[SheetPart]) -> dict[str, int]:
    """How many boxes of each question none of the files has a field for; only questions with any."""
    counts = {
        question: sum(not any(slot in part.boxes.get(question, ()) for part in parts) for slot in slots)
        for question, slots in boxes.items()
    }
    return {question: count for question, count in counts.items() if count}


def _boxes(counts: Mapping[str, int], boxes: Mapping[str, Sequence[str]]) -> str:
    said = []
    for question, count in counts.items():
        total = len(boxes[question])
        of_all = N_("all {total} boxes of {question}")
        of_some = N_("{count} of the {total} boxes of {question}")
        values: dict[str, str | int] = {"total": total, "question": question}
        said.append(Remark.of(of_all, **values) if count == total else Remark.of(of_some, count=count, **values))
    return all_of(said)


def _some(parts: Sequence[SheetPart]) -> str:
    sources = list(dict.fromkeys(part.source for part in parts))
    return ", ".join(sources[:3]) + (f" (+ {len(sources) - 3})" if len(sources) > 3 else "")
