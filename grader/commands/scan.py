"""`gradpath scan`: sheets filled in on paper, scanned or photographed, found page by page and cut into boxes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from grader.assignments.decisions import load_exchanges
from grader.assignments.exchanges import exchanged
from grader.assignments.overrides import FILE_NAME as OVERRIDES
from grader.assignments.question_set import QuestionSet
from grader.assignments.student_ids import StudentIds
from grader.commands.folder import handed_out, people
from grader.commands.printing import sheet_path
from grader.commands.progress import bar, counted, tell
from grader.files.files import only_run
from grader.files.safe_names import command_line, printable, shown
from grader.sheets.content.page_code import PageCode, read_page_code
from question_bank.errors import GradpathError, InputError

if TYPE_CHECKING:
    from grader.scans.blank import BlankPage
    from grader.scans.index import ScanIndex, ScannedPage
    from grader.scans.scanning import Scanned

_NEEDED = ("cv2", "pypdfium2", "zxingcpp")
_MOST_LISTED = 40


def scan(folder: Path, files: Sequence[Path], told: Sequence[str]) -> int:
    """Read scans into DIR/scans; the exit code is 1 where a page was not put down to a student."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise GradpathError(
            f"scans need more than the rest of gradpath ({', '.join(missing)}): pip install 'gradpath[scan]'"
        )
    for path in files:
        if not path.exists():
            raise InputError(
                "no such file", file=str(path), remedy="see how it is spelled, and in which folder you are"
            )
    from grader.scans.blank import BlankSheets
    from grader.scans.index import ScanIndex
    from grader.scans.reading.reading import read_boxes
    from grader.scans.readings import BoxReadings
    from grader.scans.scanning import scan as scan_files

    questions = handed_out(folder)
    worked = exchanged(questions, load_exchanges(folder / OVERRIDES, questions))
    names, aliases = people(folder, questions)
    whose = {one.sheet_id: one.student for one in worked.questions}
    sheets = BlankSheets({one.sheet_id: sheet_path(folder, one.student) for one in questions.questions})
    by_hand = _told(told, worked, aliases)
    with only_run(folder, "gradpath scan"):
        index = ScanIndex.load(folder)
        with bar("reading pages", None) as progress:
            seen = scan_files(files, index, sheets, by_hand, lambda page: progress(1))
        readings = BoxReadings.load(index)
        with bar("reading boxes", None) as progress:
            readings.read_new(index, read_boxes, progress)
    report = _Report(index, seen, whose, names)
    report.say(sheets.of, folder)
    _say_read(readings.kinds())
    return 1 if report.lost else 0


def _told(told: Sequence[str], questions: QuestionSet, aliases: Mapping[str, str]) -> dict[tuple[str, int], PageCode]:
    """What a person says of pages: `FILE:PAGE=ID`, the id a sheet's or a student's, perhaps with /2 for the page."""
    ids = StudentIds(questions.by_student(), {**aliases, **questions.former_ids})
    sheets = {one.student: one.sheet_id for one in questions.questions}
    found = {}
    for one in told:
        at, _, identity = one.rpartition("=")
        parts = re.fullmatch(r"(.+?)(?::([1-9][0-9]{0,4}))?", at)
        if parts is None or not identity:
            raise InputError(f"--sheet {shown(one)}", expected="FILE:PAGE=ID, such as stack.pdf:3=s1001")
        who, _, page = identity.partition("/")
        code = read_page_code(identity.upper())
        if code is None or code.sheet_id not in sheets.values():
            student = ids.find(who).student
            if student is None or student not in sheets or not re.fullmatch(r"|[1-9][0-9]?", page):
                raise InputError(
                    f"--sheet {shown(one)}: nobody was handed {shown(identity)}",
                    expected="a sheet's id as its foot has it, or a student's, perhaps with /2 for the page",
                )
            code = PageCode(sheets[student], int(page) if page else None)
        found[parts[1], int(parts[2] or 1)] = code
    return found


def _say_read(kinds: Mapping[str, int]) -> None:
    """What the boxes were read as, for a first look; nothing is marked by it."""
    numbers, unsure = kinds.get("number", 0) + kinds.get("unsure", 0), kinds.get("unsure", 0)
    others = {"empty": "empty", "struck": "struck out", "unreadable": "unreadable", "ticked": "ticked"}
    several = [f"{kinds[kind]:,} {words}" for kind, words in others.items() if kinds.get(kind)]
    if numbers:
        several.insert(0, counted(numbers, "number") + f" ({unsure:,} with a doubt)" * bool(unsure))
    if several:
        typer.echo(f"Read by machine: {', '.join(several)}. A person has to look at each; no mark rests on any.")


class _Report:
    """What there is to say of the scans: of everybody by name, and of every page that is nobody's."""

    def __init__(self, index: ScanIndex, seen: Scanned, whose: Mapping[str, str], names: Mapping[str, str]) -> None:
        self._index, self._seen, self._whose, self._names = index, seen, whose, names
        self._of = defaultdict[str, "list[ScannedPage]"](list)
        for page in seen.pages:
            self._of[page.status].append(page)
        self.lost = bool(self._of["refused"] or self._of["foreign"] or self._of["key"] or seen.unopened)

    def say(self, pages_of: Callable[[str], Sequence[BlankPage]], folder: Path) -> None:
        """Print it."""
        if self._of["key"]:
            where = _listed(page.source for page in self._of["key"])
            tell(f"THE KEY IS AMONG THE SCANS: {where}. Nothing was read from it; take it out before somebody sees it.")
        for one in self._seen.unopened:
            place = f"{one.source}, page {one.number}" if one.number else one.source
            tell(f"{place}: {one.found}. {one.remedy[:1].upper()}{one.remedy[1:]}")
        for page in self._of["refused"]:
            tell(f"{page.source}: {self._who(page.sheet)}{f', page {page.page}' * bool(page.page)}: {page.reason}")
        for page in self._of["foreign"]:
            tell(f"{page.source}: {page.reason}")
        for page in self._of["doubled"]:
            tell(f"{page.source}: {self._who(page.sheet)}, page {page.page}, {page.reason}")
        hidden = [
            f"{self._who(page.sheet)}, {box.question} {box.slot}"
            for page in self._of["read"]
            for box in page.boxes
            if box.frame < 1 / 3
        ]
        if hidden:
            tell(f"Frames under ink, their boxes cut out by what is around them: {_listed(hidden)}")
        if blank := self._of["blank"]:
            tell(f"{counted(len(blank), 'page')} with nothing on it: {_listed(page.source for page in blank)}")
        self._say_missing(pages_of)
        counting = self._index.counting()
        boxes = sum(len(page.boxes) for page in counting.values())
        new = len(self._of["read"])
        before = f", {self._seen.before:,} read before" if self._seen.before else ""
        students = len({sheet for sheet, _page in counting})
        typer.echo(
            f"{self._index.folder}: {counted(new, 'page')} read{before}; in all {counted(len(counting), 'page')} of "
            f"{counted(students, 'student')}, {boxes:,} boxes"
        )
        asked = [page for page in (*self._of["refused"], *self._of["foreign"]) if "code" in page.reason]
        if asked:
            line = command_line("scan", folder)
            typer.echo(f"Whose is a page without a code? {line} FILE --sheet FILE:PAGE=ID")

    def _say_missing(self, pages_of: Callable[[str], Sequence[BlankPage]]) -> None:
        """Pages with boxes that have not come, by student."""
        from grader.scans.blank import NoBlankSheet

        counting = self._index.counting()
        come = {sheet for sheet, _page in counting}
        nothing, missing = [], []
        for sheet, student in self._whose.items():
            if sheet not in come:
                nothing.append(self._who(sheet))
                continue
            try:
                wanted = [page.number for page in pages_of(sheet) if page.boxes]
            except NoBlankSheet:
                continue
            gone = [number for number in wanted if (sheet, number) not in counting]
            if gone:
                pages = ", ".join(map(str, gone))
                missing.append(f"{self._name(student)} (page{'s' * (len(gone) > 1)} {pages})")
        if missing:
            tell(f"Pages missing: {_listed(missing)}")
        if nothing:
            tell(f"Nothing yet of: {_listed(nothing)}")

    def _who(self, sheet: str) -> str:
        return self._name(self._whose[sheet]) if sheet in self._whose else sheet or "nobody"

    def _name(self, student: str) -> str:
        return printable(f"{student} {self._names.get(student, '')}".strip())


def _listed(some: Iterable[str]) -> str:
    several = list(dict.fromkeys(some))
    more = f" and {len(several) - _MOST_LISTED:,} more" if len(several) > _MOST_LISTED else ""
    return ", ".join(several[:_MOST_LISTED]) + more
