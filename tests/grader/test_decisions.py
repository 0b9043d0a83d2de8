"""Decisions about questions and totals: what they come to, where they are said, and which contradict each other."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from grader.assignments.assignment import load_assignment, make
from grader.assignments.decisions import load_decisions
from grader.assignments.question_set import QuestionSet
from grader.commands import app
from question_bank.errors import InputError

pytestmark = pytest.mark.usefixtures("without_plots", "read_here")

QUESTION = '[[questions]]\nrecipe = "first"\nparameter = "w1_11"\nmarks = 4\n'
ASSIGNMENT = 'title = "A set"\n' + 3 * QUESTION
STUDENTS = ("ann", "ben", "cleo", "dora")
RIGHT = {"ann": ("q1", "q2", "q3"), "ben": ("q1",), "cleo": (), "dora": ("q2", "q3")}
"""What each handed in, and right; ben's q2 came back empty, and of cleo nothing."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, QuestionSet]:
    folder = tmp_path_factory.mktemp("made")
    (folder / "assignment.toml").write_text(ASSIGNMENT)
    questions = make(load_assignment(folder), folder, STUDENTS).questions
    (folder / "roster.csv").write_text("id,name\n" + "".join(f"{one},{one.title()}\n" for one in STUDENTS))
    rows = [
        f"{one.student},{one.question},{slot.slot},{slot.value!r}\n"
        for one in questions.questions
        for slot in one.slots
        if one.question in RIGHT[one.student]
    ]
    (folder / "all.csv").write_text("student,question,slot,response\n" + "".join(rows) + "ben,q2,gradient,\n")
    return folder, questions


@pytest.fixture
def folder(tmp_path: Path, made: tuple[Path, QuestionSet]) -> Path:
    for name in ("assignment.toml", "questions.json", "roster.csv"):
        (tmp_path / name).write_bytes((made[0] / name).read_bytes())
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "all.csv").write_bytes((made[0] / "all.csv").read_bytes())
    return tmp_path


def run(command: str, folder: Path, decisions: str) -> Result:
    (folder / "overrides.toml").write_text(decisions)
    return CliRunner().invoke(app, [command, str(folder)])


def grades(folder: Path, decisions: str) -> dict[str, list[str]]:
    result = run("grade", folder, decisions)
    assert result.exit_code == 0, result.output
    with (folder / "grades.csv").open() as file:
        return {row["student"]: [row["q1"], row["q2"], row["q3"], row["total"]] for row in csv.DictReader(file)}


DROP = '[[drop]]\nquestion = "q2"\nwhy = "a"\n'
FULL = '[[full_marks]]\nstudent = "*"\nquestion = "q2"\nwhy = "a"\n'
MARKS = '[[override]]\nstudent = "ann"\nquestion = "q2"\nslot = "*"\nmarks = 1\nwhy = "a"\n'
BONUS = '[[bonus]]\nstudent = "ann"\nmarks = 1\nwhy = "a"\n'

PLAIN = {
    "ann": ["4.00", "4.00", "4.00", "12.00"],
    "ben": ["4.00", "0.00", "", "4.00"],
    "cleo": ["", "", "", ""],
    "dora": ["", "4.00", "4.00", "8.00"],
}


@pytest.mark.parametrize(
    ("decisions", "changed"),
    [
        ("", {}),
        (
            '[[drop]]\nquestion = "q2"\nwhy = "a misprint"\n',
            {
                "ann": ["4.00", "", "4.00", "8.00"],
                "ben": ["4.00", "", "", "4.00"],
                "dora": ["", "", "4.00", "4.00"],
            },
        ),
        # Everybody who handed in something, so not cleo.
        (
            '[[full_marks]]\nstudent = "*"\nquestion = "q2"\nwhy = "a misprint"\n',
            {"ben": ["4.00", "4.00", "", "8.00"]},
        ),
        (
            '[[full_marks]]\nstudent = ["cleo", "ben"]\nquestion = "q3"\nwhy = "no room"\n',
            {"ben": ["4.00", "0.00", "4.00", "8.00"], "cleo": ["", "", "4.00", "4.00"]},
        ),
        (
            '[[bonus]]\nstudent = "ann"\nmarks = 1.5\nwhy = "found the misprint"\n',
            {"ann": ["4.00", "4.00", "4.00", "13.50"]},
        ),
        (
            '[[bonus]]\nstudent = "*"\nquestion = "q1"\nmarks = 0.5\nwhy = "long"\n',
            {
                "ann": ["4.50", "4.00", "4.00", "12.50"],
                "ben": ["4.50", "0.00", "", "4.50"],
                "dora": ["0.50", "4.00", "4.00", "8.50"],
            },
        ),
        ('[[bonus]]\nstudent = "cleo"\nmarks = 2\nwhy = "oral"\n', {"cleo": ["", "", "", "2.00"]}),
        (
            '[total]\nbest = 2\nwhy = "two of three"\n',
            {"ann": ["4.00", "4.00", "4.00", "8.00"], "ben": ["4.00", "0.00", "", "4.00"]},
        ),
        (
            '[total]\ncap = 10\nfloor = 5\nwhy = "the faculty\'s rule"\n',
            {"ann": ["4.00", "4.00", "4.00", "10.00"], "ben": ["4.00", "0.00", "", "5.00"]},
        ),
        # Together: dropped, then the best of what is left, then the bonus, then the cap.
        (
            DROP.replace("q2", "q1") + BONUS.replace('"ann"', '"*"') + '[total]\nbest = 1\ncap = 4.5\nwhy = "c"\n',
            {
                "ann": ["", "4.00", "4.00", "4.50"],
                "ben": ["", "0.00", "", "1.00"],
                "dora": ["", "4.00", "4.00", "4.50"],
            },
        ),
        (
            # The gradient weighs 3 of the 8 that the boxes weigh, so that it is worth 1.5 marks.
            '[[override]]\nstudent = "*"\nquestion = "q1"\nslot = "gradient"\nverdict = "wrong"\nwhy = "x"\n',
            {
                "ann": ["2.50", "4.00", "4.00", "10.50"],
                "ben": ["2.50", "0.00", "", "2.50"],
                "dora": ["0.00", "4.00", "4.00", "8.00"],
            },
        ),
        (
            '[[override]]\nstudent = ["ann", "cleo"]\nquestion = "q1"\nslot = "*"\nmarks = 1\nwhy = "oral"\n',
            {"ann": ["1.00", "4.00", "4.00", "9.00"], "cleo": ["1.00", "", "", "1.00"]},
        ),
    ],
)
def test_what_a_decision_comes_to(folder: Path, decisions: str, changed: dict[str, list[str]]) -> None:
    assert grades(folder, decisions) == PLAIN | changed


@pytest.mark.parametrize(("cap", "total"), [("11.99", "11.99"), ("12", "12.00"), ("12.01", "12.00")])
def test_a_cap_holds_from_its_marks_on(folder: Path, cap: str, total: str) -> None:
    assert grades(folder, f'[total]\ncap = {cap}\nwhy = "so"\n')["ann"][-1] == total


@pytest.mark.parametrize(("floor", "total"), [("4.01", "4.01"), ("4", "4.00"), ("3.99", "4.00")])
def test_a_floor_holds_from_its_marks_on(folder: Path, floor: str, total: str) -> None:
    assert grades(folder, f'[total]\nfloor = {floor}\nwhy = "so"\n')["ben"][-1] == total


def test_what_was_decided_and_why_stands_everywhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.feedback.paper_pdf", lambda *_: b"%PDF-")
    grades(folder, "")
    assert "decided" not in (folder / "grades.csv").read_text().splitlines()[0]
    decided = (
        '[[drop]]\nquestion = "q2"\nwhy = "a misprint"\n'
        '[[full_marks]]\nstudent = "ben"\nquestion = "q3"\nwhy = "no room on the sheet"\n'
        '[[bonus]]\nstudent = ["ann"]\nquestion = "q1"\nmarks = 1\nwhy = "found it"\n'
        '[total]\ncap = 8.5\nwhy = "the rule"\n'
    )
    grades(folder, decided)
    with (folder / "grades.csv").open() as file:
        said = {row["student"]: row["decided"] for row in csv.DictReader(file)}
    assert said == {
        "ann": "bonus of 1 on q1: found it; q2 does not count: a misprint; "
        "9.00 marks, of which at most 8.5 count: the rule",
        "ben": "q3 has full marks: no room on the sheet; q2 does not count: a misprint",
        "cleo": "",
        "dora": "q2 does not count: a misprint",
    }
    marks = json.loads((folder / "marks.json").read_text())
    assert marks["dropped"] == {"q2": "a misprint"}
    by_student = {one["student"]: one for one in marks["totals"]}
    assert by_student["ann"] == {
        "student": "ann",
        "marks": 8.5,
        "out_of": 8,
        "counting": ["q1", "q3"],
        "decided": ["q2 does not count: a misprint", "9.00 marks, of which at most 8.5 count: the rule"],
    }
    (first,) = [one for one in marks["questions"] if (one["student"], one["question"]) == ("ann", "q1")]
    assert (first["marks"], first["bonus"]) == (5, {"marks": 1, "why": "found it"})
    changes = (folder / "changes.csv").read_text()
    assert "ann,q1,*,,,4,5,bonus: found it" in changes
    assert "ben,q3,*,,,,4,handed in since" in changes
    assert "dora,total,*,,,8,4,q2 does not count: a misprint" in changes
    report = json.loads((folder / "class.json").read_text())
    assert report["decided"] == [
        {"said": "q2 does not count: a misprint", "students": []},
        {"said": "total: at most 8.5 marks: the rule", "students": []},
        {"said": "q3 has full marks: no room on the sheet", "students": ["ben"]},
        {"said": "bonus of 1 on q1: found it", "students": ["ann"]},
    ]
    assert (report["total"]["out_of"], report["total"]["spread"]["highest"]) == (8, 8.5)
    assert "q2 does not count: a misprint" in (folder / "class.html").read_text()
    assert run("feedback", folder, decided).exit_code == 0
    for_ann, for_ben = (json.loads((folder / "feedback" / f"{one}.json").read_text()) for one in ("ann", "ben"))
    assert (for_ann["marks"], for_ann["out_of"]) == (8.5, 8)
    assert for_ann["decided"] == [
        "Question 2 does not count: a misprint.",
        "9.00 marks, of which at most 8.5 count: the rule.",
    ]
    assert [one["counts"] for one in for_ann["questions"]] == [True, False, True]
    assert "With a bonus of 1 mark: found it." in for_ann["questions"][0]["remarks"]
    assert "This question has full marks: no room on the sheet." in for_ben["questions"][2]["remarks"]
    assert "Question 2 does not count: a misprint." in (folder / "feedback" / "ben.html").read_text()
    # Taken back.
    assert grades(folder, "") == PLAIN
    assert "dora,total,*,,,4,8,taken back: q2 does not count: a misprint" in (folder / "changes.csv").read_text()


def test_a_decision_for_all_is_for_whom_it_can_mean(tmp_path: Path, made: tuple[Path, QuestionSet]) -> None:
    """Boxes that only some were asked: those have it; a box that nobody has is refused."""
    questions = made[1].of(("ann", "ben"))
    first, *others = questions.questions
    without = first.model_copy(update={"slots": type(first.slots).of(list(first.slots)[1:])})
    some = questions.model_copy(update={"questions": (without, *others)})
    path = tmp_path / "overrides.toml"
    text = '[[override]]\nstudent = "*"\nquestion = "q1"\nslot = "{}"\nverdict = "correct"\nwhy = "so"\n'
    path.write_text(text.format(first.slots.names[0]))
    (found,) = load_decisions(path, some).overrides
    assert (found.student, found.of_all) == ("ben", True)
    path.write_text(text.format("h9_9"))
    with pytest.raises(InputError, match=r"override\[1\]\.slot: no slot 'h9_9'"):
        load_decisions(path, some)


@pytest.mark.parametrize(
    ("decisions", "complaint"),
    [
        (DROP + FULL, r"full_marks\[1\].question: marks for q2, which is dropped"),
        (DROP + MARKS, r"override\[1\].question: marks for q2, which is dropped"),
        (DROP + BONUS.replace("marks", 'question = "q2"\nmarks'), r"bonus\[1\].question: marks for q2, which is dropp"),
        (DROP + DROP, r"drop\[2\].question: q2 is dropped already"),
        ("".join(DROP.replace("q2", each) for each in ("q1", "q2", "q3")), r"drop\[3\]: nothing is left that counts"),
        (MARKS + FULL, r"full_marks\[1\]: the same as override\[1\] is about \('ann', q2\)"),
        (FULL + FULL.replace('"*"', '["ben"]'), r"full_marks\[2\]: the same as full_marks\[1\] is about \('ben', q2\)"),
        (MARKS + MARKS.replace('"ann"', '["ben", "ann"]'), r"override\[2\]: the same as override\[1\] is about"),
        (BONUS + BONUS.replace('"ann"', '"*"'), r"bonus\[2\]: the same as bonus\[1\] is about \('ann'\)"),
        ('[total]\nfloor = 6\ncap = 5.5\nwhy = "a"\n', r"total.floor: 6, above the cap of 5.5"),
        ('[total]\nfloor = 12.5\nwhy = "a"\n', "total.floor: 12.5, more than can be earned; expected at most 12"),
        (DROP + '[total]\nbest = 3\nwhy = "a"\n', r"total.best: the best 3 of 2 questions; expected at most 2: q1, q3"),
        ('[total]\nbest = 0\nwhy = "a"\n', "total.best"),
        ('[total]\nwhy = "a"\n', "total: says nothing of the total; expected best, cap or floor"),
        ("[total]\nbest = 1\n", "total.why: missing"),
        ('[total]\nbest = 1\nwhy = " "\n', "total.why: no reason is given"),
        (DROP.replace("q2", "q7"), r"drop\[1\].question: no question 'q7'; expected q1, q2, q3"),
        (FULL.replace('"*"', '["ann", "bem"]'), r"full_marks\[1\].student\[2\]: no student 'bem'.*mean 'ben'"),
        (FULL.replace('"*"', '["ann", "ann"]'), r"full_marks\[1\].student\[2\]: 'ann' again"),
        (FULL.replace('"*"', '["ann", "*"]'), r'full_marks\[1\].student: ids beside "\*"'),
        (FULL.replace('"*"', "[]"), r"full_marks\[1\].student.*expected the id of a student"),
        (FULL.replace('"*"', "7"), r"full_marks\[1\].student.*expected the id of a student"),
        (BONUS.replace("marks = 1", "marks = 0"), r"bonus\[1\].marks"),
        (MARKS.replace("marks = 1", "marks = 4.5"), r"at most 4, the marks of q2; more is a \[\[bonus\]\]"),
        (DROP.replace('"a"', '" "'), r"drop\[1\].why: no reason is given"),
    ],
)
def test_contradictions_are_refused(
    tmp_path: Path, made: tuple[Path, QuestionSet], decisions: str, complaint: str
) -> None:
    path = tmp_path / "overrides.toml"
    path.write_text(decisions)
    with pytest.raises(InputError, match=complaint):
        load_decisions(path, made[1])


def test_the_best_are_of_questions_that_are_worth_the_same(tmp_path: Path, made: tuple[Path, QuestionSet]) -> None:
    other = made[1].model_copy(
        update={
            "questions": tuple(
                one.model_copy(update={"marks": 6.0}) if one.question == "q3" else one for one in made[1].questions
            )
        }
    )
    path = tmp_path / "overrides.toml"
    path.write_text('[total]\nbest = 2\nwhy = "a"\n')
    with pytest.raises(InputError, match="the best 2 of questions that are worth different marks"):
        load_decisions(path, other)
    path.write_text('[total]\nbest = 2\nwhy = "a"\n[[drop]]\nquestion = "q3"\nwhy = "b"\n')
    assert load_decisions(path, other).total.best == 2


def test_all_keys_that_are_wrong_are_said_together(tmp_path: Path, made: tuple[Path, QuestionSet]) -> None:
    """Of a key that is misspelt only that, and not that the right one is missing."""
    path = tmp_path / "overrides.toml"
    path.write_text(
        DROP.replace("question", "qestion")
        + FULL.replace('"*"', "7")
        + MARKS.replace("marks = 1", "marks = -1")
        + BONUS.replace('why = "a"\n', "")
    )
    with pytest.raises(InputError) as refusal:
        load_decisions(path, made[1])
    places = [each.place for each in refusal.value.all]
    assert places == ["override[1].marks", "drop[1].qestion", "full_marks[1].student", "bonus[1].why"]


def test_all_contradictions_are_said_together_before_any_mark(folder: Path) -> None:
    (folder / "received.csv").write_text("student,submitted\nann,soon\n")
    result = run("grade", folder, DROP + FULL + BONUS + BONUS + '[total]\nfloor = 6\ncap = 5\nwhy = "a"\n')
    assert result.exit_code == 2
    said = result.output
    for part in ("received.csv, line 2", "full_marks[1].question", "bonus[2]", "total.floor"):
        assert part in said
    assert not (folder / "grades.csv").exists()
