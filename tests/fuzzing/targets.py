"""What is tried: every reader of what somebody else wrote, with the input that it begins from.

A target takes bytes and gives a word about what came of them; an input of which the word is new is kept. The project's
own errors are what a reader is for; any other exception is a crash.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote_from_bytes, urlencode

from grader.assignments import assignment as assignments
from grader.assignments import question_set
from grader.assignments.decisions import load_decisions
from grader.assignments.example import example_assignment
from grader.assignments.extensions import load_extensions
from grader.assignments.late import Received, late_factor, read_received
from grader.assignments.question_set import QuestionSet
from grader.assignments.roster import read_roster
from grader.assignments.student_ids import StudentIds
from grader.grading import grading, results
from grader.grading.grading import expected
from grader.grading.mark_changes import compare, read_document
from grader.marking.typed_working import expand
from grader.reading.number import Reading, read, read_many
from grader.reading.typed_line import Working, parse
from grader.rubrics.rubric import Rubric
from grader.submissions import Collected, Submission, collecting, json_rows, long_csv, wide_csv
from grader.submissions.bundle import FoundFile
from grader.submissions.names import Names
from grader.submissions.pdf_form import NotReadable, read_form
from grader.submissions.records import Content, FileProblem
from question_bank.errors import GradpathError, InputError
from question_bank.questions.own_misconceptions import load_misconceptions
from question_bank.questions.recipe import FOLDER, load_recipe
from question_bank.questions.rubric_part import RubricPart
from question_bank.questions.written import read_problem
from tests.grader.small_set import SMALL
from tests.grader.submission_files import TWO, ReadHere, form_pdf

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Target:
    """A reader: what it is called, what it does with bytes, what its first inputs are, and how those are changed."""

    name: str
    run: Callable[[bytes], str]
    seeds: Callable[[], list[bytes]]
    kind: str = "text"
    share: float = 1.0
    """Of the time, against the others': what each input of it costs and how much there is to find."""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _kinds(*things: object) -> str:
    return " ".join(type(thing).__name__ for thing in things)


@cache
def _folder() -> Path:
    """A place for files that are read by name; in memory where there is such a place."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="gradpath-fuzz-", dir=memory if memory.is_dir() else None))


def _file(name: str, data: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(data)
    return path


@cache
def _small() -> tuple[QuestionSet, Path]:
    """A set that was made: what overrides and times are about."""
    folder = _folder() / "small"
    folder.mkdir()
    (folder / assignments.FILE_NAME).write_text(SMALL)
    assignment = assignments.load_assignment(folder)
    return assignments.make(assignment, folder, ["s1", "s2"]).questions, folder / question_set.FILE_NAME


@cache
def _asked() -> dict[str, dict[str, object]]:
    return {student: {one.question: one for one in held} for student, held in _small()[0].by_student().items()}


@cache
def _names() -> Names:
    return Names(TWO)


_BATCH = 32
_waiting: list[str] = []


def _number(data: bytes) -> str:
    """By itself, and with others in an array, as a class is read: the two readers are one language."""
    text = _text(data)[:2000]
    found = read(text)
    _waiting.append(text)
    if len(_waiting) == _BATCH:
        texts = [*_waiting]
        _waiting.clear()
        values, statuses = read_many(texts)
        assert values.shape == statuses.shape == (_BATCH,), "as many as texts"
        for one, value in zip(texts, values.tolist(), strict=True):
            alone = read(one)
            assert not isinstance(alone, Reading) or abs(alone.value - value) <= 1e-12 * abs(value), "two readings"
    return f"{_kinds(found)} {_outline(getattr(found, 'reason', ''))}"


def _outline(text: str) -> str:
    """A sentence without what it quotes."""
    return re.sub(r"'[^']*'|[^a-z ]+", "#", text)[:60]


def _working(data: bytes) -> str:
    text = _text(data)[:2000]
    found = parse(text)
    if not isinstance(found, Working):
        return f"{_kinds(found)} {_outline(found.reason)}"
    question = _small()[0].questions[0].solved()
    filled, remarks = expand(question, {"working": text, "path_1.working": text, "gradient": "0.5"})
    return f"{_kinds(found)} {len(filled)} {len(remarks)}"


def _report(report: Any) -> str:
    found = {re.sub(r"[0-9]+|'[^']*'|“[^”]*”", "", problem.found)[:50] for problem in report.problems}
    return f"{min(len(report.submissions), 3)} {sorted(found)[:6]}"


def _table(reader: Any) -> Callable[[bytes], str]:
    def run(data: bytes) -> str:
        content = Content("class.csv", data)
        known = reader.recognises(content)
        return f"{known} {_report(reader.read(content, _names())) if known else ''}"

    return run


def _pdf(data: bytes) -> str:
    try:
        form = read_form(data)
    except NotReadable as error:
        return re.sub(r"[0-9]+", "", str(error))[:60]
    return f"{_kinds(form)} {len(getattr(form, 'fields', ()))}"


_UNFORESEEN = re.compile(r"cannot be read \((?P<kind>\w+)\)")


def _all_foreseen(problems: Iterable[FileProblem]) -> None:
    """What only the boundary has caught is a crash as well: no reader had thought of it."""
    for problem in problems:
        if caught := _UNFORESEEN.fullmatch(problem.found):
            raise AssertionError(f"{caught['kind']} in {problem.source.rpartition('upload')[2]}")


def _zip(data: bytes) -> str:
    path = _file("upload.zip", data)
    with ReadHere(TWO, Names(TWO)) as boundary:
        found = list(boundary.read(FoundFile(path, named=True), str(path)))
    problems = [problem for report in found for problem in report.problems]
    _all_foreseen(problems)
    said = {re.sub(r"\(.*|[0-9]+", "", problem.found)[:40] for problem in problems}
    return f"{len(found)} {sorted(said)}"


_DUE = datetime(2030, 1, 31, 12)
_LATE = Rubric.of(RubricPart.model_validate({"late": {"per_day": 0.1}}))


def _collected(data: bytes) -> str:
    """A whole upload, and what its lateness costs; read in this process, since starting one would take all the time."""
    name = "upload.zip" if data[:2] == b"PK" else "upload.pdf" if data[:4] == b"%PDF" else "upload.csv"
    with mock.patch.object(collecting, "Boundary", ReadHere):
        result = collecting.collect([_file(name, data)], TWO)
    _all_foreseen(result.problems)
    kept = set()
    for one in result.submissions:
        with contextlib.suppress(InputError):  # a time with a zone
            kept.add(late_factor(_LATE, _DUE, Received().when(one.student, one.question, one.submitted)))
    return f"{len(result.submissions)} {len(kept)} {len({problem.found for problem in result.problems})}"


def _roster(data: bytes) -> str:
    found = read_roster(_file("roster.csv", data))
    return f"{min(len(found.students), 4)} {len(found.notices)}"


def _received(data: bytes) -> str:
    found = read_received(_file("received.csv", data), _asked())
    return f"{len(found.times)}"


def _extensions(data: bytes) -> str:
    path = _file("extensions.csv", data)
    found = load_extensions(path.parent, _DUE, [], StudentIds(_asked()), "assignment.toml")
    path.unlink()
    return f"{len(found)} {_kinds(*(one.due for one in found.values()))}"


def _overrides(data: bytes) -> str:
    return f"{len(load_decisions(_file('overrides.toml', data), _small()[0]).overrides)}"


def _assignment(data: bytes) -> str:
    folder = _folder() / "assignment"
    folder.mkdir(exist_ok=True)
    (folder / assignments.FILE_NAME).write_bytes(data)
    found = assignments.load_assignment(folder)
    return f"{len(found.questions)} {_kinds(found.due)}"


def _recipe(data: bytes) -> str:
    _file("mine.toml", data)
    recipe = load_recipe("mine.toml", _folder())
    choices = recipe.choices()
    derivation = recipe.derivation(choices[0], recipe.least_asked)
    return f"{len(choices) > 5} {len(derivation.slots) // 10}"


def _questions(data: bytes) -> str:
    """Read, solved again, and marked: whoever edits the file by hand meets the error where it is read."""
    found = question_set.load(_file("questions.json", data))
    submissions = []
    for handed in found.questions[:2]:
        question = handed.solved()
        responses = {slot.name: question.printed(slot.step) for slot in question.slots}
        submissions.append(Submission(handed.student, handed.question, responses, "x"))
    document = results.marks_json(found, grading.grade(found, Collected(tuple(submissions), ())), ())
    return f"{len(found.questions)} {len(document) // 1000} {len(expected(found).slots)}"


def _solve(data: bytes) -> str:
    problem = read_problem(_text(data), "network.toml" if data.lstrip()[:1] != b"{" else "network.json")
    return f"{len(problem.solve().slots)}"


def _misconceptions(data: bytes) -> str:
    return f"{len(load_misconceptions(_file('misconceptions.toml', data)))}"


@cache
def _marked() -> bytes:
    """A marks.json, as `gradpath grade` writes it."""
    questions = _small()[0]
    rows = "".join(f"s1,q1,{slot},0.5\n" for slot in questions.questions[0].slots.names)
    collected = collecting.collect(
        [_file("class.csv", f"student,question,slot,response\n{rows}".encode())], expected(questions)
    )
    graded = grading.grade(questions, collected)
    return results.marks_json(questions, graded, list(collected.problems)).encode()


def _marks(data: bytes) -> str:
    found = read_document(_file("marks.json", data))
    return f"{None if found is None else len(compare(found, json.loads(_marked())))}"


@cache
def _practice() -> Any:
    """A server without sockets, a visitor with a question and one with a sheet."""
    from grader.practice.learning.stock import Stock
    from grader.practice.storage.assignments import OnlineAssignment
    from grader.practice.storage.database import open_database
    from grader.practice.storage.platforms import Platform, Platforms
    from grader.practice.web.guard import Rates
    from grader.practice.web.site import PracticeSite
    from tests.grader.practice.visitors import Browser

    questions, path = _small()
    online = OnlineAssignment(path.parent, assignments.load_assignment(path.parent), questions)
    database = open_database(f"sqlite:///{_folder() / 'practice.db'}")
    browser = Browser(PracticeSite(database, stock=Stock(batch=1), assignments={online.id: online}))
    # Who has tried too often is not listened to.
    state = browser.client.app.state  # type: ignore[attr-defined]
    state.wrong_ids = (Rates(1e6, 10**6), Rates(1e6, 10**6))
    state.pins = state.passwords = Rates(1e6, 10**6)
    at = "https://a.example"
    Platforms(database).save(Platform("A", at, "c", f"{at}/auth", f"{at}/token", f"{at}/keys"), 0.0)
    page, _ = browser.open("first")
    return browser, page, f"/work/{questions.questions[0].sheet_id}"


def _form(data: bytes) -> str:
    """A form for a question, a sheet, a lesson or a link: whole requests, as the server passes them to the pages."""
    browser, page, sheet = _practice()
    which, _, body = data.partition(b"\n")
    paths = {
        b"0": page,
        b"1": f"{sheet}/q1",
        b"2": "/new",
        b"3": "/work",
        b"4": "/progress/delete",
        b"5": "/teacher/login",
        b"6": "/lti/login",
        b"7": "/lti/launch",
        b"8": "/lti/choose",
    }
    path = paths.get(which[:1], page)
    token = urlencode({"form_token": browser.token}).encode()
    sent = browser.client.post(
        path,
        content=token + b"&" + body,
        headers={"content-type": "application/x-www-form-urlencoded", "x-part": "work"},
        follow_redirects=False,
    )
    assert sent.status_code < 500, f"status {sent.status_code}"
    return f"{which[:1]!r} {sent.status_code} {len(re.findall('class=.feedback', sent.text))}"


def _address(data: bytes) -> str:
    """An address, with cookies and headers of the visitor's own making."""
    browser, *_ = _practice()
    path, _, cookie = data.partition(b"\n")
    sent = browser.client.get(
        "/" + quote_from_bytes(path[:3000], safe="/?&=%").lstrip("/"),
        headers={"cookie": re.sub(r"[^ -~]", "?", cookie[:3000].decode("latin-1"))},
        follow_redirects=False,
    )
    assert sent.status_code < 500, f"status {sent.status_code}"
    return f"{sent.status_code}"


def _kept(name: str, *more: bytes) -> Callable[[], list[bytes]]:
    def seeds() -> list[bytes]:
        folder = CASES / name
        found = [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []
        return [*more, *found]

    return seeds


def _recipes() -> list[bytes]:
    return [*(path.read_bytes() for path in sorted(FOLDER.glob("*.toml"))), *_kept("recipe")()]


def _archives() -> list[bytes]:
    found = []
    for members in ({"a.csv": b"x"}, {"Ann Lee_123_assignsubmission_file_/sheet.pdf": b"%PDF-1.4", "b/.DS_Store": b""}):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            for name, held in members.items():
                archive.writestr(name, held)
        found.append(made.getvalue())
    return [*found, *_kept("zip")()]


def _forms_pdf() -> list[bytes]:
    one = form_pdf({"q1.gradient": "0.5"}, sheet_id=next(iter(TWO.sheets)))
    return [one, form_pdf({}, information=next(iter(TWO.sheets)), whole=False), *_kept("pdf")()]


NUMBERS = (b"-0.0813", "−1,2345·10⁻³".encode(), b"1 234.5", b"2/3", b".5e-3", b"50%")
WORKING = ("dL/dw = 2·(ŷ−y) · 0.5 = 0.25".encode(), b"0.5*0.25 + -0.3 = .1", b"0.5 * 0.25 * -0.3 = -0.0375")
LONG = b"""student,question,slot,response,submitted
s1,q1,gradient,0.5,2030-01-31T10:00
s2,q1,h1_3,"0,5",
007,q1,gradient,-.5,
"""
WIDE = b"""Email,Time,q1.gradient,q1.h1_3
s1,31/01/2030 10:00,0.5,0.25
s2,30/01/2030 9:00,-0.946 8,"0,5"
"""
ROWS = b"""[{"student": "s1", "question": "q1", "responses": {"gradient": "0.5", "h1_3": 0.25},
"submitted": "2030-01-31T10:00"}]"""
ROSTERS = (b"id,name\ns1,Ada\ns2,Ben\n", b"Student;SIS User ID;E-Mail\nLee, Ann;0105;a@b.c\n")
RECEIVED = b"student,submitted\ns1,2030-01-31T23:59\ns2,2030-01-30\n"
EXTENDED = b"student;due;why\ns1;2031-02-07T18:00;ill\ns2;2031-02-07;late\n"
DECIDED = b"""[[drop]]
question = "q2"
why = "x"
[[full_marks]]
student = "*"
question = "q1"
why = "x"
[[bonus]]
student = ["s1", "s2"]
marks = 1.5
why = "x"
[total]
best = 1
cap = 4
floor = 1
why = "x"
"""
DECISION = b"""[[override]]
student = "s1"
question = "q1"
slot = "gradient"
verdict = "correct"
why = "x"
"""
OWN = b"""[[misconceptions]]
id = "slope_divided"
role = "factor"
strikes = ["slope"]
only = ["sigmoid"]
formula = "out / (1 - out)"
student = "Look at how the two parts of the slope are joined: by which operation?"
instructor = "Divided the output by 1-h in the place of multiplying."
"""
FORMS = [
    b"6\niss=https%3A%2F%2Fa.example&client_id=c&login_hint=1&lti_message_hint=%00",
    b"7\nid_token=eyJhbGciOiJub25lIn0.e30.&state=abc",
    b"8\non=WyJh.x&shows=lesson%3Alocal&marks=yes",
    b"0\nwas=%7B%7D&do=check%3Aall&s%3Agradient=0.5&s%3Apath_1.product=2*(-0.114%2B0.9)",
    b"0\nwas=%7B%22gradient%22%3A%220.5%22%7D&do=hint%3Agradient&s%3Agradient=",
    b"0\ndo=replay&s%3Agradient=1%2F3",
    b"0\ndo=save&version=3&s%3Agradient=1",
    b"1\nwas=%7B%7D&do=save&s%3Agradient=0.5",
    b"1\nwas=%7B%7D&do=hand_in&s%3Agradient=0.25",
    b"2\nlesson=local",
    b"3\nsheet=7F3K-2QXM-9ABC-DE2G&pin=K7FM-3XQ2",
    b"4\nsure=no",
]

ADDRESSES = (
    b"q/abc?at=slot:gradient&show=replay",
    b"link/eyJ.abc\ngradpath=Im1lIg.AAAA",
    b"work/7F3K-2QXM-9ABC-DE2G/q1?handed=1",
    b"files/x/practice.css",
    b"join/abc",
    b"teacher/class/x?recipe=first\ngradpath_teacher=WyJh.x",
    b"lti/login?iss=https://a.example&client_id=c&login_hint=1&target_link_uri=https://testserver/lti/launch",
    b"lti/go?on=WyJh.x\ngradpath_browser=abc",
    b"lti/course/x?people=1\ngradpath_platform=WyJwIl0.x",
    b"lti/register/x?openid_configuration=https://a.example/",
)


def _assignments() -> list[bytes]:
    return [SMALL.encode(), example_assignment().encode(), *_kept("assignment")()]


def _uploads() -> list[bytes]:
    return [LONG, WIDE, ROWS, *_archives(), *_kept("csv")(), *_kept("json")()]


def _networks() -> list[bytes]:
    return [(ROOT / "examples" / "textbook.toml").read_bytes(), *_kept("solve")()]


TARGETS = (
    Target("numbers", _number, _kept("numbers", *NUMBERS), share=4),
    Target("working", _working, _kept("working", *WORKING)),
    Target("long_csv", _table(long_csv), _kept("csv", LONG)),
    Target("wide_csv", _table(wide_csv), _kept("csv", WIDE)),
    Target("json", _table(json_rows), _kept("json", ROWS), "json", share=2),
    Target("pdf", _pdf, _forms_pdf, share=1.5),
    Target("zip", _zip, _archives, "zip", share=1.5),
    Target("collect", _collected, _uploads, "zip", share=0.6),
    Target("roster", _roster, _kept("roster", *ROSTERS)),
    Target("received", _received, _kept("received", RECEIVED)),
    Target("extensions", _extensions, _kept("extensions", EXTENDED), share=0.7),
    Target("overrides", _overrides, _kept("overrides", DECISION, DECIDED), share=0.7),
    Target("assignment", _assignment, _assignments),
    Target("recipe", _recipe, _recipes, share=0.7),
    Target("questions", _questions, lambda: [_small()[1].read_bytes()], "json", share=1.5),
    Target("solve", _solve, _networks),
    Target("misconceptions", _misconceptions, _kept("misconceptions", OWN), share=0.7),
    Target("marks", _marks, lambda: [_marked()], "json", share=0.3),
    Target("forms", _form, _kept("forms", *FORMS), share=2),
    Target("addresses", _address, _kept("addresses", *ADDRESSES), share=0.7),
)
"""Every reader of what somebody else wrote, and practice's forms and addresses."""

FORESEEN = (GradpathError,)


def put_away() -> None:
    """Take away what was written."""
    import shutil

    with contextlib.suppress(OSError):
        shutil.rmtree(_folder())
