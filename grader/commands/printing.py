"""The PDFs of an assignment: a sheet for every student, all sheets for the printer, the key, worked solutions."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

from grader.assignments import question_set
from grader.commands.progress import bar
from grader.files.files import keep_from_others, replacing, require_pdf_name
from grader.files.safe_names import file_name, printable, shown
from grader.sheets.pdf.sheet_identity import (
    FACE_KEY,
    NOTATION_KEY,
    ORDER_KEY,
    PERSON_KEY,
    PRODUCER,
    SHEET_KEY,
    face_mark,
    notation_mark,
    person,
)
from question_bank.networks.lettering import notation_in_force

if TYPE_CHECKING:
    from grader.assignments.assignment import Assignment, Made
    from grader.assignments.question_set import HandedQuestion
    from grader.sheets import Paper, Printer, Sheet
    from grader.sheets.content.face import Face
    from question_bank.questions.question import Question

SHEETS = "sheets"
_MOST_NAMED = 10


def write_worked_solution(question: Question, title: str, path: Path, paper: Paper) -> None:
    """The worked solution of one question as a PDF; raises InputError if the path is that of another kind of file."""
    from grader.sheets import worked_solution

    require_pdf_name(path)
    pdf = worked_solution(question, title, paper)
    with replacing(path) as file:
        file.write(pdf)


def sheet_path(folder: Path, student: str) -> Path:
    """Where a student's sheet lies."""
    return folder / SHEETS / f"{file_name(student)}.pdf"


def print_sheets(
    folder: Path,
    made: Made,
    names: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
    tagged: Collection[str] = (),
) -> None:
    """Print what is missing: sheets of the students in `names`, then sheets.pdf and key.pdf, and a file a group.

    A sheet that is there stays as it is, unless it is one of another draw, or shows another name or id than its student
    has now, or is in another notation: then it is printed anew with the same numbers, and that is said. The common
    files are printed anew when questions.json, a name or the notation has changed, or what they hold and in which
    order. `groups` are the students' by the column that sheets are collated by. Whose sheet is to be `tagged` gets one
    that a screen reader reads out.
    """
    files = _files_of_many(folder, made.assignment, names, groups or {})
    common = [*(one.path for one in files), folder / "key.pdf"]
    by_student = made.questions.by_student()
    ids = {student: handed[0].sheet_id for student, handed in by_student.items()}
    missing, others, in_other_letters, of_other_looks = [], {}, [], []
    mark = notation_mark(notation_in_force())
    face, texts = made.assignment.face_in(folder), made.assignment.own_texts
    for student, name in names.items():
        printed = _printed(sheet_path(folder, student))
        if printed is None or printed.is_another(ids[student], tagged=student in tagged):
            missing.append(student)
        elif printed.sheet_id is not None and printed.notation != mark:
            in_other_letters.append(student)
        elif printed.sheet_id is not None and printed.face != face_mark(
            face, texts, [made.assignment.task_of(handed.question) for handed in by_student[student]]
        ):
            of_other_looks.append(student)
        elif printed.person not in (None, person(student, name)):
            others[student] = printed.person
    if others:
        _say_reprinted(others, names)
    _say_changed("the notation has changed", in_other_letters)
    _say_changed("[texts], [face] or [pages] have changed", of_other_looks)
    missing += [*others, *in_other_letters, *of_other_looks]
    status = (folder / question_set.FILE_NAME).stat()
    # One that was set aside and is put back has its old date of writing, but a new one of renaming.
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    # Where clocks are coarse, the same time may be before or after.
    changed_all = bool(others or in_other_letters or of_other_looks)
    stale = [path for path in common if changed_all or not path.exists() or path.stat().st_mtime_ns <= changed]
    stale += [one.path for one in files if one.path not in stale and one.is_other()]
    if missing or stale:
        from grader.sheets import Printer

        for remark in (*_unwritable(made.assignment, names), *remarks_on_style(made.assignment, face)):
            typer.echo(f"Note: {remark}", err=True)

        sheets = _sheets(made, names, face)
        printer = Printer(sheets.values())
        # Before any sheet is written.
        printer.require_usable(sheets.values(), tagged)
        if unroomed := printer.without_room(sheets.values()):
            full = f"no room for working below {', '.join(unroomed)}: the page is full there; working_pages adds one"
            typer.echo(f"Note: {full}", err=True)
        with bar("printing sheets", len(missing)) as progress:
            for student in missing:
                with replacing(sheet_path(folder, student), private=True) as file:
                    if student in tagged:
                        file.write(printer.accessible(sheets[student]))
                    else:
                        printer.write_student(sheets[student], file)
                progress(1)
        writers: dict[Path, Callable[[BinaryIO, Callable[[int], None]], object]] = {
            one.path: partial(_write_many, one, sheets, printer) for one in files
        }
        writers[folder / "key.pdf"] = lambda file, progress: printer.write_key_to(
            _Watched(list(sheets.values()), progress), file
        )
        for path, write in writers.items():
            if path in stale:
                with (
                    bar(f"printing {path.name}", None) as progress,
                    replacing(path, private=True) as file,
                ):
                    write(file, progress)
    for path in _left_over(folder, common):
        path.unlink()
        typer.echo(f"Note: {path} is taken away: nobody's sheets belong there any more", err=True)
    # Those of earlier versions everybody could read: with its id a sheet can be handed in.
    for path in (folder / SHEETS, *common):
        keep_from_others(path)
    typer.echo(f"{folder / SHEETS}: {len(missing):,} printed, {len(names) - len(missing):,} kept")
    for path in common:
        typer.echo(f"{path}{'' if path in stale else ' (kept)'}")


@dataclass(frozen=True, slots=True)
class _FileOfMany:
    """A file with the sheets of several students, for the printer; `heading` is what its cover says, if it has one."""

    path: Path
    students: tuple[str, ...]
    sides: int
    heading: str = ""

    @property
    def order(self) -> str:
        """What is in it and in which order, as a digest."""
        said = json.dumps([self.students, self.sides, self.heading])
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()

    def is_other(self) -> bool:
        """Whether what lies there holds something else; one of an earlier version says nothing, and has one side."""
        said = _order_in(self.path)
        return said != self.order and (said is not None or self.sides != 1)


def _files_of_many(
    folder: Path, assignment: Assignment, names: Mapping[str, str], groups: Mapping[str, str]
) -> list[_FileOfMany]:
    files = [_FileOfMany(folder / "sheets.pdf", tuple(names), assignment.sides)]
    if assignment.collate is None:
        return files
    students: defaultdict[str, list[str]] = defaultdict(list)
    for student in names:
        students[groups.get(student, "")].append(student)
    for group, some in students.items():
        name = file_name(group) if group else f"no-{file_name(assignment.collate)}"
        heading = f"{assignment.collate}: {group or '–'}"
        files.append(_FileOfMany(folder / f"{_OF_A_GROUP}{name}.pdf", tuple(some), assignment.sides, heading))
    return files


_OF_A_GROUP = "sheets-"


def _write_many(
    one: _FileOfMany,
    sheets: Mapping[str, Sheet],
    printer: Printer,
    file: BinaryIO,
    progress: Callable[[int], None],
) -> None:
    from grader.sheets.printing.cover import Cover

    some = _Watched([sheets[student] for student in one.students], progress)
    cover = Cover(one.heading) if one.heading else None
    printer.write_all_to(some, file, sides=one.sides, cover=cover, order=one.order)


def _left_over(folder: Path, common: Collection[Path]) -> Iterator[Path]:
    """Files of groups that there are no more; a file of somebody else's does not say of itself what it holds."""
    for path in folder.glob(f"{_OF_A_GROUP}*.pdf"):
        if path not in common and _order_in(path) is not None:
            yield path


def _order_in(path: Path) -> str | None:
    """What such a file says of itself; it stands at its end."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _END))
            return _said(file.read(), ORDER_KEY)
    except FileNotFoundError:
        return None


_END = 1_000_000
"""Bytes, in which the table of a PDF's objects and what comes before it lie."""


@dataclass(frozen=True, slots=True)
class _Printed:
    """What a sheet's file says of itself, None where it does not (an instructor's own edition, perhaps)."""

    sheet_id: str | None
    person: str | None
    notation: str | None
    face: str | None
    tagged: bool

    def is_another(self, sheet_id: str, *, tagged: bool) -> bool:
        """Whether it is one of another draw, or not of the kind that it should be."""
        return self.sheet_id is not None and (self.sheet_id, self.tagged) != (sheet_id, tagged)


def _printed(path: Path) -> _Printed | None:
    """What lies there; None if nothing does."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    sheet, whose, notation, face = (_said(data, key) for key in (SHEET_KEY, PERSON_KEY, NOTATION_KEY, FACE_KEY))
    # What is stamped names gradpath as its producer; sheets that are laid out as a whole do not.
    whole = b"/StructTreeRoot" in data and _said(data, "Producer") != PRODUCER
    return _Printed(sheet, whose, notation, face, whole)


def _said(data: bytes, key: str) -> str | None:
    said = re.search(rb"(?i)/%s <FEFF((?:[0-9A-F]{4})*)>" % key.encode(), data)
    return None if said is None else bytes.fromhex(said[1].decode()).decode("utf-16-be", "replace")


def _say_changed(what: str, students: Collection[str]) -> None:
    if students:
        count = f"{len(students):,} sheet{'' if len(students) == 1 else 's'}"
        typer.echo(f"Note: {what}: {count} printed anew with the same numbers.", err=True)


def _say_reprinted(before: Mapping[str, str | None], names: Mapping[str, str]) -> None:
    """Whose sheets are printed anew because a name or an id changed, and what stood there."""
    some = itertools.islice(before.items(), _MOST_NAMED)
    listed = ", ".join(f"{said} is now {person(student, names[student])}" for student, said in some)
    more = f" and {len(before) - _MOST_NAMED:,} more" if len(before) > _MOST_NAMED else ""
    typer.echo(
        f"Note: printed anew with the same numbers, since the name or the id changed: {printable(listed)}{more}. "
        "What was handed out before stays valid.",
        err=True,
    )


def try_face(folder: Path, assignment: Assignment, *, tagged: bool) -> None:
    """Lay out a sheet to look at, where its style or templates are one's own; raises InputError before any is made."""
    face = assignment.face_in(folder)
    if face.is_own:
        from grader.assignments.assignment import drawn_to_look_at
        from grader.sheets import Printer

        sheet = sheet_of(assignment, drawn_to_look_at(assignment, folder, 0), face)
        Printer().require_usable([sheet], [sheet.student_id] if tagged else [])


def remarks_on_style(assignment: Assignment, face: Face) -> Iterator[str]:
    """What of a style sheet of one's own has no effect."""
    if face.css and assignment.face is not None:
        from grader.sheets.typeset.weasy import said_of_style

        yield from (f"{assignment.face.css}: {printable(said)}" for said in said_of_style(face.css))


def _unwritable(assignment: Assignment, names: Mapping[str, str]) -> Iterator[str]:
    """What cannot be printed for want of a font, and what is printed instead."""
    from grader.sheets.typeset.foreign_names import unprintable, writable

    remedy = "install a font that has them (such as Noto Sans CJK for Chinese)"
    texts = assignment.own_texts
    printed = {
        "the title": f"{assignment.course} {assignment.title} {assignment.due_text}",
        "[face] header": (assignment.face and assignment.face.header) or "",
        "[texts]": " ".join(
            (texts.instructions, texts.allowed, texts.honour, *map(assignment.task_of, assignment.by_id))
        ),
    }
    for what, text in printed.items():
        if characters := unprintable(" ".join(text.split())):
            yield f"no font on this machine has {shown(characters)} of {what}: they print as empty boxes; {remedy}"
    lacking = {student: f"{student} {name}" for student, name in names.items() if unprintable(f"{student}{name}")}
    if lacking:
        first = ", ".join(itertools.islice(lacking.values(), _MOST_NAMED))
        more = f" and {len(lacking) - _MOST_NAMED:,} more" if len(lacking) > _MOST_NAMED else ""
        blank = sum(not writable(names[student]) for student in lacking)
        instead = "these letters are left out"
        if blank:
            instead = f"{blank:,} of the names are left blank, to be written by hand" + (
                "" if blank == len(lacking) else "; in the others these letters are left out"
            )
        yield (
            f"no font on this machine has all letters of {printable(first)}{more}. On the sheets {instead}; "
            f"the sheet id says whose each is. To print them, {remedy}, take away {SHEETS} and make again"
        )


def forget_sheets(folder: Path, students: Collection[str]) -> None:
    """Take away the sheets of students whose questions change, so that no old sheet can be taken for the new one."""
    for student in students:
        sheet_path(folder, student).unlink(missing_ok=True)


def _sheets(made: Made, names: Mapping[str, str], face: Face) -> dict[str, Sheet]:
    by_student = made.questions.by_student()
    return {student: _sheet(made.assignment, by_student[student], names[student], face) for student in names}


def sheet_of(assignment: Assignment, questions: list[HandedQuestion], face: Face) -> Sheet:
    """A sheet that is nobody's, with room for a name."""
    return replace(_sheet(assignment, questions, "", face), student_id="", sheet_id="")


def _sheet(assignment: Assignment, questions: list[HandedQuestion], name: str, face: Face) -> Sheet:
    from grader.sheets import Sheet, SheetQuestion

    of = max(int(handed.question[1:]) for handed in questions)
    return Sheet(
        course=assignment.course,
        title=assignment.title,
        student_id=questions[0].student,
        student_name=name,
        sheet_id=questions[0].sheet_id,
        questions=tuple(
            SheetQuestion(
                number=int(handed.question[1:]),
                of=of,
                question=handed.solved(),
                marks=handed.marks,
                slot_marks=dict(zip(handed.slots.names, handed.slots.marks.tolist(), strict=True)),
                show_marks=assignment.show_marks,
                task=assignment.task_of(handed.question),
            )
            for handed in questions
        ),
        due=assignment.due_text,
        paper=assignment.paper,
        texts=assignment.own_texts,
        face=face,
    )


class _Watched(Collection["Sheet"]):
    """Sheets that tell a progress bar when one is taken; printers go through them more than once."""

    def __init__(self, sheets: Collection[Sheet], progress: Callable[[int], None]) -> None:
        self._sheets = sheets
        self._progress = progress

    def __iter__(self) -> Iterator[Sheet]:
        for sheet in self._sheets:
            yield sheet
            self._progress(1)

    def __len__(self) -> int:
        return len(self._sheets)

    def __contains__(self, sheet: object) -> bool:
        return sheet in self._sheets
