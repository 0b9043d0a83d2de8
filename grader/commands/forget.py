"""`gradpath forget`: a person, or everybody of a term, taken out of a folder; and what is out of reach."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import typer

from grader import report
from grader.assignments import assignment as assignments
from grader.assignments import question_set
from grader.assignments.decisions import load_exchanges
from grader.assignments.earlier_sets import digest, load_earlier, save_earlier
from grader.assignments.exchanges import Exchange, exchanged
from grader.assignments.extensions import FILE_NAME as EXTENSIONS
from grader.assignments.late import FILE_NAME as RECEIVED
from grader.assignments.new_term import without_people
from grader.assignments.overrides import FILE_NAME as OVERRIDES
from grader.assignments.question_set import QuestionSet
from grader.assignments.student_ids import StudentIds, unique
from grader.assignments.submission_headings import STUDENT
from grader.assignments.taken_out import without_student
from grader.commands.export_people import EXPORTED
from grader.commands.feedback import ENDINGS, FEEDBACK, with_ending
from grader.commands.folder import PINS, SUBMISSIONS, TYPED, TYPED_WORKBOOK, roster
from grader.commands.grade import CHANGES
from grader.commands.practice import missing_packages
from grader.commands.printing import SHEETS
from grader.commands.progress import counted, tell
from grader.commands.recording import MARKS
from grader.commands.research import KEY, load_key
from grader.commands.simulate import TRUTH
from grader.files.files import on_disk, only_run, replacing, write_text
from grader.files.rows_taken_out import without_rows
from grader.files.safe_names import command_line, file_name, printable, shown
from grader.grading import results
from grader.grading.mark_changes import read_document
from grader.history import record
from grader.history.event import Part
from grader.scans.index import FOLDER as SCANS
from grader.scans.index import ScanIndex
from grader.scans.readings import BoxReadings
from grader.submissions import LOOK_AT, Expected, collect
from grader.submissions.workbook import csv_of, typed_workbook
from question_bank.errors import InputError
from question_bank.toml_text import read_text

_TABLES = (TYPED, EXTENSIONS, RECEIVED, PINS, results.GRADES, results.WITHDRAWN, CHANGES)
_FIGURES = (report.PAGE, report.FIGURES)
_OF_A_TERM = (
    SHEETS, "sheets*.pdf", "key.pdf", SCANS, PINS, FEEDBACK, LOOK_AT, EXPORTED, SUBMISSIONS, TYPED, TYPED_WORKBOOK,
    results.GRADES, results.WITHDRAWN, MARKS, CHANGES, *_FIGURES, EXTENSIONS, RECEIVED, OVERRIDES, TRUTH, KEY,
    "*.aside-*", assignments.ROSTER_NAME, "questions.before-redraw-*.json", question_set.FILE_NAME,
)  # fmt: skip
"""In the order in which they go: what tells who is who goes last, so that an interrupted run can be given again."""

_LARGEST_LOOKED_AT = 50_000_000
_PACKED = frozenset({".pdf", ".png", ".zip", ".jpg", ".jpeg"})
_SHORTEST_NUMBER = 5
"""Of an id that is looked for in texts: a shorter number stands there as something else."""

_SHORTEST_NAME = 3
_MARKUP = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)

_OUT_OF_REACH = (
    "what was printed, mailed or uploaded; copies and backups; gradebooks of a platform",
    "practice under a pseudonym, which nobody but the student can tell: it is deleted on their own progress page",
)


@dataclass(frozen=True, slots=True)
class _Removal:
    """A file, what is done to it in words, and the doing."""

    path: Path
    what: str
    do: Callable[[], object]


def forget(folder: Path, student: str | None, *, term: bool, yes: bool, database: str | None) -> int:
    """Take a student, or everybody, out of a folder; without `yes`, say what that would be.

    The exit code is 1 where something in the folder still names the student, 2 where `yes` was not said.
    Raises InputError, before anything is deleted, for nobody or both, for a stranger, and for what cannot be edited.
    """
    if (student is None) is not term:
        raise InputError("expected either a student or --term", remedy="gradpath forget DIR s1001, or DIR --term")
    with only_run(folder, "gradpath make"):
        plan = _Term(folder, database) if student is None else _OfAStudent(folder, student, database)
        removals = [*plan.removals()]
        typer.echo(f"{printable(plan.whom)}: " + ("taken out of" if yes else "would be taken out of"))
        for each in removals:
            typer.echo(printable(f"  {each.path}: {each.what}"))
        _say_out_of_reach(plan.beyond)
        if not yes:
            words = command_line("forget", folder).removeprefix("gradpath ")
            of = "--term" if student is None else shown(student)
            typer.echo(f"Nothing was deleted yet. If it is meant: gradpath {words} {of} --yes", err=True)
            return 2
        for each in removals:
            each.do()
        _record(folder, removals, students=plan.students)
    left = [*plan.left()]
    for line in left:
        tell(f"Still there: {printable(line)}")
    return 1 if left else 0


def _say_out_of_reach(beyond: Collection[str]) -> None:
    typer.echo("Out of reach:")
    for line in (*beyond, *_OUT_OF_REACH):
        typer.echo(printable(f"  {line}"))


def _record(folder: Path, removals: Collection[_Removal], *, students: int) -> None:
    """That somebody was forgotten, and how the files are now; not who."""
    changed = [each.path.name for each in removals if each.path.parent == folder]
    now = dict.fromkeys(changed, record.DELETED) | record.sha256_of_files(folder, changed)
    known = record.load_record(folder).lies
    record.append(
        folder,
        "forget",
        wrote={name: digest for name, digest in now.items() if name in known},
        said={"students": students, "files": len(removals)},
    )


class _OfAStudent:
    """One student: every id and name by which files may know them."""

    students = 1

    def __init__(self, folder: Path, student: str, database: str | None) -> None:
        self._folder = folder
        self._database = database
        path = folder / question_set.FILE_NAME
        self._questions = question_set.load(path) if path.exists() else None
        self._worked = self._questions
        former = {} if self._questions is None else self._questions.former_ids
        people = roster(folder, former) if (folder / assignments.ROSTER_NAME).exists() else []
        handed = {} if self._questions is None else self._questions.by_student()
        others = unique((other, each.id) for each in people for other in each.others)
        self._aliases = {**others, **former}
        self._ids = StudentIds(dict.fromkeys((*(each.id for each in people), *handed)), self._aliases)
        found = self._ids.find(student)
        if found.student is None:
            raise InputError(
                f"no student {shown(student)} stands on the roster or got questions",
                file=str(folder),
                expected="an id, as it is or was",
            )
        self.student = found.student
        self._names = {each.id: each.name for each in people}
        name = self._names.get(self.student, "")
        known = [other for other, whose in self._aliases.items() if whose == self.student]
        self._spellings = dict.fromkeys((self.student, *known))
        made = set() if self._questions is None else {self._questions.sheet_id(self.student)}
        self._exchanges: tuple[Exchange, ...] = ()
        if self._questions is not None:
            self._exchanges = load_exchanges(folder / OVERRIDES, self._questions)
            self._worked = exchanged(self._questions, self._exchanges)
        # Where sheets were exchanged, theirs is the one that they worked.
        handed = {} if self._worked is None else self._worked.by_student()
        self._sheets = {one.sheet_id for one in handed.get(self.student, ())}
        # Of exchanged sheets one stays the other's, and the other one names them both.
        self._anywhere = _anywhere((*self._spellings, *(self._sheets & made)), name, self._words_of_others())
        self.whom = f"{self.student} ({name})" if name else self.student
        self.beyond: list[str] = []

    def removals(self) -> Iterator[_Removal]:
        folder = self._folder
        for path in self._own_files():
            yield _file(path)
        for pattern in ("sheets*.pdf", "key.pdf"):
            for path in sorted(folder.glob(pattern)):
                yield _file(path, "the file; gradpath make prints it without them")
        for path in sorted(filter(Path.is_file, (folder / EXPORTED).glob("*"))):
            yield _file(path, "the file; gradpath export writes it without them")
        for name in _FIGURES:
            if (folder / name).exists():
                yield _file(folder / name, "the file; gradpath grade writes it without them")
        if (path := folder / TRUTH).exists():
            yield _file(path, "the file, about simulated submissions")
        key = load_key(folder)
        if self.student in key:
            text = json.dumps({one: key[one] for one in key if one != self.student}, ensure_ascii=False, indent=1)
            yield _Removal(
                folder / KEY, "their pseudonym", partial(write_text, folder / KEY, f"{text}\n", private=True)
            )
        yield from self._scanned()
        yield from self._submissions()
        if (removal := self._in_marks()) is not None:
            yield removal
        yield from self._in_the_record()
        yield from self._in_practice()
        yield from self._exchanged()
        for name in (OVERRIDES, assignments.FILE_NAME):
            yield from self._in_toml(folder / name)
        for name in (*_TABLES, assignments.ROSTER_NAME):
            yield from self._rows(folder / name)
        yield from self._in_workbook(folder / TYPED_WORKBOOK)
        for path in (*sorted(folder.glob("questions.before-redraw-*.json")), folder / question_set.FILE_NAME):
            yield from self._in_questions(path)

    def left(self) -> Iterator[str]:
        """Files that still name the student: somebody else's work, an instructor's own notes."""
        for path in sorted(self._folder.rglob("*")):
            inside = path.relative_to(self._folder)
            if not path.is_file() or inside.parts[0] == record.FOLDER or inside.parts[0].startswith("."):
                continue
            if self._mentions(str(inside)) or self._mentions(_text_of(path)):
                yield f"{path} names them: look at it, and take them out by hand"
        for event in record.load_record(self._folder).events:
            of = [part.student for part in event.kept if self._mentions(str(part.said))]
            if of:
                yield f"event {event.number} of the record names them in what it says of {', '.join(of)}"

    def _mentions(self, text: str) -> bool:
        return self._anywhere.search(text) is not None

    def _words_of_others(self) -> set[str]:
        """What stands in others' questions, whoever they are: an id that is such a word names nobody there."""
        questions = () if self._questions is None else self._questions.questions
        one_of_each = {one.question: one for one in questions if one.student != self.student}
        said = (one.model_dump_json(exclude={"student", "sheet_id"}) for one in one_of_each.values())
        return {word.lower() for text in said for word in re.findall(r"\w+", text)}

    def _is_theirs(self, cell: str) -> bool:
        return self._ids.find(cell).student == self.student

    def _own_files(self) -> Iterator[Path]:
        for each in self._spellings:
            stem = file_name(each)
            yield from filter(Path.is_file, [self._folder / SHEETS / f"{stem}.pdf"])
            yield from filter(Path.is_file, [self._folder / EXPORTED / "mail" / f"{stem}.eml"])
            yield from filter(Path.is_file, [with_ending(self._folder / FEEDBACK / stem, end) for end in ENDINGS])
            yield from sorted((self._folder / LOOK_AT).glob(f"{stem.replace('[', '[[]')}-page-*.png"))

    def _submissions(self) -> Iterator[_Removal]:
        """Their files; their lines in tables of several; and, out of reach, what else holds work of theirs."""
        place = self._folder / SUBMISSIONS
        if self._worked is None or not place.is_dir():
            return
        slots: dict[str, dict[str, tuple[str, ...]]] = {}
        for one in self._worked.questions:
            slots.setdefault(one.student, {})[one.question] = one.slots.names
        sheets = {one.sheet_id: one.student for one in self._worked.questions}
        collected = collect([place], Expected(slots, sheets, self._aliases, self._names))
        owners: defaultdict[Path, set[str]] = defaultdict(set)
        for found in (*collected.submissions, *collected.superseded):
            owners[on_disk(found.source)].add(found.student)
        for problem in collected.problems:
            if problem.student:
                owners[on_disk(problem.source)].add(problem.student)
        for path, students in sorted(owners.items()):
            if self.student not in students or not path.is_file():
                continue
            if students == {self.student}:
                yield _file(path)
            elif removals := [*self._rows(path)]:
                yield from removals
            else:
                others = counted(len(students) - 1, "other")
                self.beyond.append(f"{path}: work of theirs among that of {others}; take it out by hand")

    def _scanned(self) -> Iterator[_Removal]:
        """Their pages among the scans, and the pictures of their boxes."""
        index = ScanIndex.load(self._folder)
        theirs = {page.sheet for page in index.pages} & self._sheets
        count = sum(page.sheet in theirs for page in index.pages)
        if theirs:
            yield _Removal(index.folder, counted(count, "page"), partial(_forget_pages, index, theirs))

    def _rows(self, path: Path) -> Iterator[_Removal]:
        if not path.is_file():
            return
        shorter = without_rows(path.read_bytes(), STUDENT, self._is_theirs)
        if shorter is not None and shorter.rows:
            yield _Removal(path, counted(shorter.rows, "line"), partial(_write, path, shorter.data))

    def _in_workbook(self, path: Path) -> Iterator[_Removal]:
        if not path.is_file():
            return
        shorter = without_rows(csv_of(path.read_bytes()), STUDENT, self._is_theirs)
        if shorter is not None and shorter.rows:
            rows = csv.reader(io.StringIO(shorter.data.decode("utf-8", "surrogatepass"), newline=""))
            yield _Removal(path, counted(shorter.rows, "line"), partial(_write, path, typed_workbook(rows)))

    def _exchanged(self) -> Iterator[_Removal]:
        """The sheet that the other of an exchange worked becomes their own, so that their marks stay what they are."""
        with_them = [one for one in self._exchanges if self.student in one.students]
        if self._questions is None or not with_them:
            return
        self._questions = exchanged(self._questions, with_them)
        for other in (one for each in with_them for one in each.students if one != self.student):
            printed = self._folder / SHEETS / f"{file_name(other)}.pdf"
            if printed.is_file():
                yield _file(printed, f"the file, on which they worked; gradpath make prints the one of {other}")
            # An exchange that is done counts no more, so that it may stand in overrides.toml until that is written.
            path = self._folder / question_set.FILE_NAME
            do = partial(question_set.save, self._questions, path)
            yield _Removal(path, f"the exchange; the sheet that {other} worked is {other}'s from now on", do)

    def _in_toml(self, path: Path) -> Iterator[_Removal]:
        if not path.is_file():
            return
        text = read_text(path)
        left = without_student(text, str(path), self._is_theirs, self._sheets)
        if left != text:
            yield _Removal(
                path, "what it says of them", partial(write_text, path, left, private=path.name == OVERRIDES)
            )

    def _in_marks(self) -> _Removal | None:
        path = self._folder / MARKS
        document = read_document(path)
        if document is None or self.student not in str(document):
            return None
        text = results.without_marks_of(document, self.student, self._mentions)
        return _Removal(path, "their marks", partial(write_text, path, text, private=True))

    def _in_questions(self, path: Path) -> Iterator[_Removal]:
        if not path.is_file():
            return
        now = path.name == question_set.FILE_NAME
        questions = self._questions if now and self._questions is not None else question_set.load(path)
        if self.student in questions.by_student():
            without = questions.without(self.student)
            yield _Removal(path, "their questions", partial(question_set.save, without, path))

    def _in_the_record(self) -> Iterator[_Removal]:
        def theirs(part: Part) -> bool:
            said: Any = part.said
            return part.student in self._spellings or (not part.student and self._mentions(str(said)))

        events = record.load_record(self._folder).events
        count = sum(map(theirs, itertools.chain.from_iterable(event.kept for event in events)))
        if count:
            what = f"{counted(count, 'part')}, of which digests stay"
            yield _Removal(self._folder / record.FOLDER, what, partial(record.forget, self._folder, theirs))

    def _in_practice(self) -> Iterator[_Removal]:
        if self._questions is not None:
            stored = self._questions.first_id(self.student)
            yield from _of_practice(self._questions, self._database, stored, self._sheets, self.beyond)


def _anywhere(ids: Iterable[str], name: str, others: Collection[str] = frozenset()) -> re.Pattern[str]:
    """What finds a student in a text: the name, its words in either order, or an id.

    No id that is a short number, or one of the words that texts have for `others`, as `q1` is that of a question.
    """
    told = (one for one in ids if one.lower() not in others)
    listed = [re.escape(one) for one in told if len(one) >= _SHORTEST_NUMBER or not one.isdecimal()]
    words = [re.escape(word) for word in re.findall(r"\w+", name)]
    if len("".join(words)) >= _SHORTEST_NAME:
        listed += [r"\W+".join(turned) for turned in (words, [*words[1:], words[0]], [words[-1], *words[:-1]])]
    return re.compile(rf"(?<!\w)(?:{'|'.join(listed)})(?!\w)" if listed else r"(?!)", re.IGNORECASE)


class _Term:
    """Everybody: what is left is the assignment, and digests of what was asked."""

    def __init__(self, folder: Path, database: str | None) -> None:
        self._folder = folder
        self._database = database
        assignments.read_assignment(folder)
        path = folder / question_set.FILE_NAME
        self._questions = question_set.load(path) if path.exists() else None
        self.students = len(self._questions.by_student()) if self._questions else 0
        self.whom = counted(self.students, "student")
        self.beyond: list[str] = []

    def removals(self) -> Iterator[_Removal]:
        folder = self._folder
        path = folder / assignments.FILE_NAME
        text = read_text(path)
        left = without_people(text, str(path))
        if left != text:
            yield _Removal(path, "extensions and the withdrawn", partial(write_text, path, left))
        if self._questions is not None:
            digests = {*load_earlier(folder), *map(digest, self._questions.questions)}
            what = "digests of what was asked are kept there, so that it is not asked again"
            yield _Removal(folder / "earlier.json", what, partial(save_earlier, digests, folder))
            sheets = {one.sheet_id for one in self._questions.questions}
            yield from _of_practice(self._questions, self._database, None, sheets, self.beyond)
        count = sum(len(event.kept) for event in record.load_record(folder).events)
        if count:
            what = f"{counted(count, 'part')}, of which digests stay"
            yield _Removal(folder / record.FOLDER, what, partial(record.forget, folder, lambda part: True))
        for pattern in _OF_A_TERM:
            for found in sorted(folder.glob(pattern)):
                if found.is_dir():
                    files = [one for one in found.rglob("*") if not one.is_dir() or one.is_symlink()]
                    yield _Removal(found, counted(len(files), "file"), partial(_delete_folder, found))
                else:
                    yield _file(found)

    def left(self) -> Iterator[str]:
        """Nothing that can be told: nobody is known any more by whom to look."""
        return iter(())


def _of_practice(
    questions: QuestionSet, database: str | None, stored: str | None, sheets: Collection[str], beyond: list[str]
) -> Iterator[_Removal]:
    """What was answered online, in practice's database."""
    if missing_packages():
        beyond.append("answers given online: practice is not installed here")
        return
    from grader.practice.storage.database import default_url, open_database
    from grader.practice.storage.online import Online

    url = database or default_url()
    if database is None and not Path(url.removeprefix("sqlite:///")).exists():
        return
    if database is None:
        beyond.append("answers given online to another database than this machine's own: name it by --database")

    def do() -> None:
        opened = open_database(url)
        try:
            Online(opened, questions.assignment.id).forget(stored, sheets)
        finally:
            opened.close()

    place = "practice's database" if "@" in url else url
    yield _Removal(Path(place.removeprefix("sqlite:///")), "what was answered online", do)


def _text_of(path: Path) -> str:
    """What can be looked through of a file; what is packed, as in a PDF, only its student's own program could tell."""
    if path.suffix.lower() in _PACKED or path.stat().st_size > _LARGEST_LOOKED_AT:
        return ""
    text = path.read_bytes().decode("utf-8", "replace")
    return _MARKUP.sub(" ", text) if path.suffix.lower() == ".html" else text


def _file(path: Path, what: str = "the file") -> _Removal:
    return _Removal(path, what, partial(path.unlink, missing_ok=True))


def _forget_pages(index: ScanIndex, sheets: set[str]) -> None:
    """Take sheets' pages out of the scans, and what was read on them."""
    index.without(sheets)
    BoxReadings.load(index).kept_only(index)


def _write(path: Path, data: bytes) -> None:
    with replacing(path, private=True) as file:
        file.write(data)


def _delete_folder(folder: Path) -> None:
    """Delete a folder with all that is in it; links are deleted, not followed."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
    folder.rmdir()
