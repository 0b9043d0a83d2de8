"""A person taken out of a folder, everybody after a term, and pseudonyms for research: nothing of them is left."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.assignments.question_set import load
from grader.assignments.taken_out import without_student
from grader.commands import app, forget
from grader.files.rows_taken_out import without_rows
from grader.history.record import load_record
from question_bank.errors import InputError
from tests.grader.command_line import done, run
from tests.grader.small_set import SMALL

pytestmark = pytest.mark.usefixtures("without_plots", "without_sheets", "read_here", "no_practice")

ANN, BO, CY = "ann7731", "bob8842", "cyd9953"
ROSTER = f"""ID number,First name,Last name,Email address
{ANN},Ann,"Quux,
Mrs",ann@x.org
{BO},Bo,Bizz,bo@x.org
{CY},Cy,Cozz,cy@x.org
"""
OVERRIDES = f"""# who was ill
supported.{ANN}.q1 = "seen"
supported.{BO}.q2 = "seen too"
[[override]]
student = ["{ANN}", "{CY}"]   # both
question = "q1"
slot = "gradient"
verdict = "correct"
why = "smudged"
[[full_marks]]
student = "{ANN}"
question = "q2"
why = "in my office"
"""
EXTENSION = '[[extension]]\nstudent = "{}"\ndue = 2030-02-07\nwhy = "was ill"\n'


@pytest.fixture(scope="module")
def no_practice() -> Iterator[None]:
    """No database of this machine's own is looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.practice.storage.database.default_url", lambda: "sqlite:////nowhere/practice.db")
        yield


def rows_of(folder: Path, *students: str, question: str = "", wrong: str = "") -> str:
    rows = [
        f"{one.student},{one.question},{slot.slot},{77 if slot.slot == wrong else slot.value!r}\n"
        for one in load(folder / "questions.json").questions
        if one.student in students and question in ("", one.question)
        for slot in one.slots
    ]
    return "".join(rows)


HEADING = "student,question,slot,response\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A term's folder in which Ann stands in every file that there is."""
    folder = tmp_path / "set"
    folder.mkdir()
    own, ahead = EXTENSION.format(ANN), "due = 2030-01-31\npins = true\n"
    (folder / "assignment.toml").write_text(ahead + SMALL + own + EXTENSION.format(CY))
    (folder / "roster.csv").write_text(ROSTER.replace(ANN, "ann0000"))
    # People can be named only once they are there.
    (folder / "assignment.toml").write_text(ahead + SMALL)
    done("make", folder)
    done("rename", folder, "ann0000", ANN)
    (folder / "roster.csv").write_text(ROSTER)
    (folder / "assignment.toml").write_text(ahead + SMALL + own + EXTENSION.format(CY))
    done("make", folder)
    places = {
        f"submissions/Ann Quux_77_assignsubmission_file_/{ANN}.csv": HEADING
        + rows_of(folder, ANN, question="q1", wrong="gradient"),
        "submissions/all.csv": HEADING + rows_of(folder, ANN, question="q2") + rows_of(folder, BO, CY),
        "received.csv": f"student,submitted\nann@x.org,2030-01-30T12:00\n{BO},2030-01-30T13:00\n",
        "typed.csv": f"student,name,question,slot,response\n{ANN},Quux,q1,gradient,\n{BO},Bo,q1,gradient,\n",
        f"sheets/{ANN}.pdf": "%PDF- theirs",
        f"sheets/{BO}.pdf": "%PDF- another's",
        "sheets.pdf": "%PDF- all",
        "key.pdf": "%PDF- all",
        f"feedback/{ANN}.html": "theirs",
        f"exported/mail/{ANN}.eml": f"To: {ANN}",
        "exported/feedback.zip": f"of {ANN} too",
        f"look_at/{ANN}-page-1.png": "theirs",
    }
    for name, text in places.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    done("grade", folder)
    (folder / "overrides.toml").write_text(OVERRIDES)
    done("grade", folder)
    done("history", folder, "--remark", "spoke to Quux, Mrs, Ann")
    done("research", folder, tmp_path / "away")
    return folder


def naming(folder: Path, *words: str) -> list[str]:
    """Files that have any of these words in their name or bytes, whatever the case."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file()
        and any(word.lower() in f"{path.name} {path.read_bytes().decode('latin-1')}".lower() for word in words)
    )


WORDS = (ANN, "ann0000", "quux", "ann@x.org")


def test_without_yes_all_that_would_go_is_listed_and_nothing_goes(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    result = run("forget", folder, ANN)
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    listed = result.stdout
    for name in naming(folder, *WORDS):
        place = name if not name.startswith("history/") else "history"
        assert str(folder / place) in listed, name
    assert "backups" in listed


def test_a_person_is_taken_out_of_every_file(folder: Path) -> None:
    before = {
        name: (folder / name).read_text("utf-8") for name in ("grades.csv", "pins.csv", "roster.csv", "received.csv")
    }
    digests = [event.digest for event in load_record(folder).events]
    assert len(naming(folder, *WORDS)) > 15
    result = run("forget", folder, "ANN0000", "--yes")
    assert result.exit_code == 0, result.output
    assert naming(folder, *WORDS) == []
    # The others' lines are what they were.
    for name, text in before.items():
        gone = {"roster.csv": ROSTER.partition("\n")[2].partition(BO)[0]}.get(name)
        kept = "".join(line for line in text.splitlines(keepends=True) if not any(word in line for word in WORDS))
        assert (folder / name).read_text("utf-8") == (text.replace(gone, "") if gone else kept), name
    assert (folder / "overrides.toml").read_text() == OVERRIDES.replace(f'supported.{ANN}.q1 = "seen"\n', "").replace(
        f'"{ANN}", ', ""
    ).partition("[[full_marks]]")[0]
    assert EXTENSION.format(CY) in (folder / "assignment.toml").read_text()
    assert (folder / "sheets" / f"{BO}.pdf").exists()
    known = load_record(folder)
    assert known.wrong == ()
    assert [event.digest for event in known.events[:-1]] == digests
    assert "1 student taken out" in done("history", folder)
    # And the others are marked as before.
    done("make", folder)
    done("grade", folder)
    table = [row for row in csv.reader(before["grades.csv"].splitlines()) if row[0] != ANN]
    assert list(csv.reader((folder / "grades.csv").read_text().splitlines())) == table
    changes = (folder / "changes.csv").read_text()
    assert ANN not in changes


def test_what_cannot_be_taken_out_is_named(folder: Path) -> None:
    together = [
        {
            "student": one.student,
            "question": one.question,
            "answers": {slot.slot: str(slot.value) for slot in one.slots},
        }
        for one in load(folder / "questions.json").questions
    ]
    (folder / "submissions" / "zz.json").write_text(json.dumps(together))
    (folder / "notes.txt").write_text("Spoke to Ann7731 on Monday.")
    result = run("forget", folder, ANN, "--yes")
    assert result.exit_code == 1
    assert naming(folder, *WORDS) == ["notes.txt", "submissions/zz.json"]
    for name in naming(folder, *WORDS):
        assert f"Still there: {folder / name}" in result.stderr


class Killed(BaseException):
    pass


def die() -> None:
    raise Killed


def marks(folder: Path) -> dict[str, list[str]]:
    table = csv.reader((folder / "grades.csv").read_text("utf-8-sig").splitlines())
    return {row[0]: row[2:5] for row in table}


def worked_in_each_others_place(folder: Path) -> dict[str, str]:
    """Whose sheet is whose; each filled in, rightly, the one that was made for the other."""
    questions = load(folder / "questions.json")
    sheets = {student: questions.by_student()[student][0].sheet_id for student in (ANN, BO)}
    other = {ANN: BO, BO: ANN}
    work = folder / "submissions"
    shutil.rmtree(work)
    work.mkdir()
    for student in (ANN, BO):
        # Each filled in the sheet that was made for the other.
        answers = rows_of(folder, other[student]).replace(f"{other[student]},", f"{student},")
        (work / f"{student}.csv").write_text(HEADING + answers)
    (folder / "overrides.toml").write_text(
        f'[[exchange]]\nsheets = {json.dumps([*sheets.values()])}\nwhy = "one pile"\n[total]\ncap = 99\nwhy = "x"\n'
    )
    done("grade", folder)
    for student in (ANN, BO):
        assert float(marks(folder)[student][-1]) == sum(one.marks for one in questions.by_student()[student])
    return sheets


@pytest.mark.parametrize("gone", [ANN, BO])
def test_whose_sheet_was_exchanged_keeps_what_they_worked_and_their_marks(folder: Path, gone: str) -> None:
    stays = BO if gone == ANN else ANN
    work, sheets = folder / "submissions", worked_in_each_others_place(folder)
    before = marks(folder)
    done("forget", folder, gone, "--yes")
    assert not (work / f"{gone}.csv").exists()
    assert (work / f"{stays}.csv").exists()
    assert "exchange" not in (folder / "overrides.toml").read_text()
    assert "cap" in (folder / "overrides.toml").read_text()
    left = load(folder / "questions.json").by_student()
    assert gone not in left
    assert {one.sheet_id for one in left[stays]} == {sheets[gone]}
    assert naming(folder, gone) == []
    done("grade", folder)
    assert marks(folder) == {student: row for student, row in before.items() if student != gone}
    done("make", folder)
    assert {one.sheet_id for one in load(folder / "questions.json").by_student()[stays]} == {sheets[gone]}


@pytest.mark.parametrize("after", range(3))
def test_killed_around_an_exchange_nobody_has_other_marks(
    folder: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Killed before the sheets are exchanged for good, before that goes from overrides.toml, and after it."""
    sheets, before = worked_in_each_others_place(folder), marks(folder)
    removals = forget._OfAStudent.removals

    def dying(self: forget._OfAStudent) -> Iterator[forget._Removal]:
        each = [*removals(self)]
        first = next(at for at, one in enumerate(each) if one.path.name == "questions.json")
        each[first + after] = replace(each[first + after], do=die)
        yield from each

    with monkeypatch.context() as patch:
        patch.setattr(forget._OfAStudent, "removals", dying)
        with pytest.raises(Killed):
            CliRunner().invoke(app, ["forget", str(folder), ANN, "--yes"], catch_exceptions=False)
    done("grade", folder)
    assert marks(folder)[BO] == before[BO]
    done("forget", folder, ANN, "--yes")
    done("grade", folder)
    assert marks(folder) == {student: row for student, row in before.items() if student != ANN}
    left = load(folder / "questions.json").by_student()
    assert ANN not in left
    assert {one.sheet_id for one in left[BO]} == {sheets[ANN]}
    assert "exchange" not in (folder / "overrides.toml").read_text()


def test_an_interrupted_run_is_completed_by_the_same_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    removals = forget._OfAStudent.removals
    count = len([*removals(forget._OfAStudent(folder, ANN, None))])
    assert count > 12
    for after in range(3):

        def dying(self: forget._OfAStudent, after: int = after) -> Iterator[forget._Removal]:
            for at, each in enumerate([*removals(self)]):
                yield forget._Removal(each.path, each.what, die) if at == 2 + after else each

        with monkeypatch.context() as patch:
            patch.setattr(forget._OfAStudent, "removals", dying)
            with pytest.raises(Killed):
                CliRunner().invoke(app, ["forget", str(folder), ANN, "--yes"], catch_exceptions=False)

    # All but the questions, which are last.
    def last(self: forget._OfAStudent) -> Iterator[forget._Removal]:
        *others, questions = removals(self)
        assert questions.path.name == "questions.json"
        yield from others
        yield forget._Removal(questions.path, "", die)

    with monkeypatch.context() as patch:
        patch.setattr(forget._OfAStudent, "removals", last)
        with pytest.raises(Killed):
            CliRunner().invoke(app, ["forget", str(folder), ANN, "--yes"], catch_exceptions=False)
    done("forget", folder, ANN, "--yes")
    assert naming(folder, *WORDS) == []


@pytest.mark.parametrize(
    ("ids", "name", "text", "found"),
    [
        (["1234"], "", "1234", False),  # so short a number may be anything
        (["12345"], "", "a 12345.", True),
        (["12345"], "", "912345", False),
        (["s12"], "", "S12's", True),
        (["x99999"], "Lee Ann", "Ann, Lee", True),
        (["x99999"], "Lee Ann", "Lee, who is not Ann", False),
        (["x99999"], "Bo", "Bo", False),
        (["x99999"], "Boo", "boo", True),
    ],
)
def test_whom_a_text_names(ids: list[str], name: str, text: str, found: bool) -> None:
    assert (forget._anywhere(ids, name).search(text) is not None) is found


@pytest.mark.parametrize("student", ["q1", "h1", "x", "a1"])
def test_an_id_that_is_a_word_of_others_files_too_is_not_found_there(tmp_path: Path, student: str) -> None:
    """As the number of a question, a heading of HTML, a key of a network; the name is found, as ever."""
    (tmp_path / "assignment.toml").write_text('title = "t"\n[[questions]]\nrecipe = "chain"\nmarks = 4\n')
    (tmp_path / "roster.csv").write_text(f"id,name\nbo8842,Bo Bar\n{student},Cy Cox\n")
    done("make", tmp_path)
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "all.csv").write_text(HEADING + rows_of(tmp_path, "bo8842", student))
    done("grade", tmp_path)
    done("feedback", tmp_path)
    (tmp_path / "notes.txt").write_text("Cox, Cy was ill.")
    result = run("forget", tmp_path, student, "--yes")
    assert result.exit_code == 1
    assert [line for line in result.stderr.splitlines() if "Still there" in line] == [
        f"Still there: {tmp_path / 'notes.txt'} names them: look at it, and take them out by hand"
    ]


def test_of_a_term_the_assignment_is_left_and_what_was_asked_is_not_asked_again(folder: Path, tmp_path: Path) -> None:
    result = run("forget", folder, "--term")
    assert result.exit_code == 2
    assert (folder / "questions.json").exists()
    earlier = load(folder / "questions.json").questions
    assert run("forget", folder, "--term", "--yes").exit_code == 0
    left = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {name for name in left if not name.startswith("history/")} == {
        "assignment.toml",
        "earlier.json",
        "items.csv",
    }
    everybody = (*WORDS, BO, CY, "bizz", "cozz", "x.org", *(one.sheet_id for one in earlier))
    assert naming(folder, *everybody) == []
    assert load_record(folder).wrong == ()
    done("new", tmp_path / "next", "--like", folder)
    assert len(json.loads((tmp_path / "next" / "earlier.json").read_text())["questions"]) == len(earlier)


def test_answers_given_online_go_as_well(folder: Path, tmp_path: Path) -> None:
    from grader.practice.storage.database import open_database
    from grader.practice.storage.grants import Grants
    from grader.practice.storage.online import Online

    url = f"sqlite:///{tmp_path / 'practice.db'}"
    questions = load(folder / "questions.json")
    sheets = {one.student: one.sheet_id for one in questions.questions}
    database = open_database(url)
    online = Online(database, questions.assignment.id)
    other = Online(database, "another")
    for student in (ANN, BO):
        for of in (online, other):
            of.take(questions.first_id(student), "q1", lambda held: ({"gradient": "1"}, {}), 0.0, hand_in=True)
        Grants(database).open("visitor", sheets[student], "key", 1e12)
    assert run("forget", folder, ANN, "--yes", "--database", url).exit_code == 0
    assert [one.student for one in online.attempts()] == [BO]
    assert {student for student, _ in online.drafts()} == {BO}
    assert len(other.attempts()) == 2
    assert Grants(database).was_open("visitor", sheets[BO])
    assert not Grants(database).was_open("visitor", sheets[ANN])
    assert run("forget", folder, "--term", "--yes", "--database", url).exit_code == 0
    assert online.attempts() == []
    assert online.drafts() == {}
    assert len(other.attempts()) == 2
    database.close()


@pytest.mark.parametrize(
    ("words", "said"), [(["zed"], "no student 'zed'"), ([], "either a student or --term"), ([ANN, "--term"], "either")]
)
def test_whom_nobody_knows_cannot_be_forgotten(folder: Path, words: list[str], said: str) -> None:
    result = run("forget", folder, *words, "--yes")
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(naming(folder, *WORDS)) > 15


IS_ANN = "ann".__eq__


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('withdrawn = ["ann"]\ntitle = "a"\n', 'withdrawn = []\ntitle = "a"\n'),
        ("withdrawn = ['bo',\n  'ann',  # left\n  ]\n", None),
        ('withdrawn = ["bo", "ann"]\n', 'withdrawn = ["bo"]\n'),
        ('[[bonus]]\nstudent = "ann"\nmarks = 1\nwhy = "[x]"\n\n[total]\nbest = 1\n', "\n[total]\nbest = 1\n"),
        ('[[bonus]]\nstudent = ["ann", "bo"]\nmarks = 1\n', '[[bonus]]\nstudent = ["bo"]\nmarks = 1\n'),
        ('[[bonus]]\nstudent = ["ann"]\nmarks = 1\n', ""),
        ('supported.ann.q1 = "x"\nsupported."bo".q1 = "ann"\n', 'supported."bo".q1 = "ann"\n'),
        ('[supported]\nann = {q1 = "x"}\n', None),
        ('bonus = [{student = "ann", marks = 1}]\n', None),
        ('title = "ann"\n', 'title = "ann"\n'),
        ('[[exchange]]\nsheets = ["A-1", "B-2"]\nwhy = "seen"\n[total]\nbest = 1\n', "[total]\nbest = 1\n"),
        ('[[exchange]]\nsheets = ["C-3", "B-2"]\n', '[[exchange]]\nsheets = ["C-3", "B-2"]\n'),
        ('exchange = [{sheets = ["A-1", "B-2"]}]\n', None),
    ],
)
def test_a_student_in_toml_goes_or_the_file_is_refused(before: str, after: str | None) -> None:
    if after is None:
        with pytest.raises(InputError, match="by hand"):
            without_student(before, "x.toml", IS_ANN, {"A-1"})
    else:
        assert without_student(before, "x.toml", IS_ANN, {"A-1"}) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"id;name\nann;A\nbo;ann\n", b"id;name\nbo;ann\n"),
        ("\ufeffname,id\r\nA,ann\r\nB,bo\r\n".encode(), "\ufeffname,id\r\nB,bo\r\n".encode()),
        ("id\tname\nann\tZoë\nbo\tZoë\n".encode("utf-16"), "id\tname\nbo\tZoë\n".encode()),
        (b"Homework 3\n\nid,name\nann,A\n\nbo,B", b"Homework 3\n\nid,name\n\nbo,B"),
        (b'id,name\n"bo","x\nann,"\nann,"y\nz"\n', b'id,name\n"bo","x\nann,"\n'),
    ],
)
def test_lines_of_a_table_go_and_others_stay_as_they_are(before: bytes, after: bytes) -> None:
    shorter = without_rows(before, ["id"], IS_ANN)
    assert shorter is not None
    assert (shorter.data, shorter.rows) == (after, 1)


def test_research_gets_answers_and_marks_and_nobodys_name(folder: Path, tmp_path: Path) -> None:
    text = (folder / "submissions" / "all.csv").read_text()
    (folder / "submissions" / "all.csv").write_text(text + f"{BO},q1,gradient,see bob8842 Bo Bizz\n")
    done("grade", folder)
    to = tmp_path / "research"
    done("research", folder, to)
    assert naming(to, *WORDS, BO, CY, "bizz", "cozz", "x.org") == []
    assert {path.name for path in to.iterdir()} == {"answers.csv", "marks.csv"}
    key = json.loads((folder / "pseudonyms.json").read_text())
    assert (folder / "pseudonyms.json").stat().st_mode & 0o777 == 0o600
    with (to / "marks.csv").open() as file:
        marks = {(row["pseudonym"], row["question"]): float(row["marks"]) for row in csv.DictReader(file)}
    graded = json.loads((folder / "marks.json").read_text())["questions"]
    assert marks == {(key[one["student"]], one["question"]): pytest.approx(one["marks"], abs=1e-6) for one in graded}
    with (to / "answers.csv").open() as file:
        answers = {(row["pseudonym"], row["question"], row["slot"]): row["response"] for row in csv.DictReader(file)}
    assert answers.pop((key[BO], "q1", "gradient")) == "see [removed] [removed]"
    assert answers == {
        (key[one["student"]], one["question"], slot["slot"]): slot["response"]
        for one in graded
        for slot in one["slots"]
        if (one["student"], one["question"], slot["slot"]) != (BO, "q1", "gradient")
    }
    # In the pseudonyms' order, and the same ones again.
    names = [row.split(",")[0] for row in (to / "marks.csv").read_text().splitlines()[1:]]
    assert names == sorted(names)
    done("research", folder, to)
    assert json.loads((folder / "pseudonyms.json").read_text()) == key
    assert run("research", folder, folder).exit_code == 2
