"""Whatever is wrong in the files of an assignment is said at once, before anything is drawn, printed or marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from grader.commands import app

pytestmark = pytest.mark.usefixtures("without_plots", "without_sheets", "read_here")

TITLE = 'title = "A set"\ndue = 2030-01-31\n'
QUESTION = '[[questions]]\nrecipe = "first"\nparameter = "w1_11"\nmarks = 4\n'
EXTENSION = '[[extension]]\nstudent = "{}"\ndue = {}\nwhy = "ill"\n'
DECISIONS = """
[[drop]]
question = "q1"
why = "a misprint"
[[full_marks]]
student = "*"
question = "q1"
why = "a misprint"
[[bonus]]
student = "s77"
marks = 1
why = "found it"
"""


def run(command: str, folder: Path, assignment: str) -> Result:
    (folder / "assignment.toml").write_text(assignment)
    return CliRunner().invoke(app, [command, str(folder)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "roster.csv").write_text("id,name\ns1,Ann\ns2,Ben\n")
    return tmp_path


def test_make_says_what_is_wrong_of_questions_letters_and_people(folder: Path) -> None:
    people = EXTENSION.format("nobody", "2030-02-07") + EXTENSION.format("s1", "2030-01-07")
    result = run(
        "make",
        folder,
        f'{TITLE}notation = "mine.toml"\naccessible = ["s9"]\nwithdrawn = ["s8"]\n{people}'
        + QUESTION.replace("first", "frist"),
    )
    assert result.exit_code == 2
    for said in (
        "mine.toml, notation: there is no such file",
        "questions[1]: no recipe 'frist'",
        "extension[1]: an extension for 'nobody'",
        "extension[2]: an extension to 2030-01-07, before",
        "withdrawn[1]: 's8' is nobody",
        "accessible[1]: 's9' is nobody",
    ):
        assert result.output.count(said) == 1, result.output
    assert not (folder / "questions.json").exists()


def test_of_a_language_and_of_letters_all_is_said(folder: Path) -> None:
    letters = '[notation]\npre_activation = "z"\noutput = "z"\nloss = "y"\n'
    result = run("make", folder, TITLE + 'language = "xx"\n' + letters + EXTENSION.format("s1", '"soon"') + QUESTION)
    assert result.exit_code == 2
    for said in (
        "language: 'xx' is no language of a catalogue; expected one of",
        "notation.output: z is both a pre-activation and",
        "notation.loss: y is both a target and the loss",
        "extension[1].due: expected a date such as",
    ):
        assert result.output.count(said) == 1, result.output


def test_grade_says_what_is_wrong_in_all_its_files_before_any_mark(folder: Path) -> None:
    assert run("make", folder, TITLE + QUESTION).exit_code == 0
    (folder / "submissions").mkdir()
    (folder / "submissions" / "a.csv").write_text("student,question,slot,response\ns1,q1,gradient,1\n")
    (folder / "overrides.toml").write_text(DECISIONS)
    (folder / "received.csv").write_text("student,submitted\ns1,soon\n")
    contradictions = (
        "full_marks[1].question: marks for q1",
        "bonus[1].student: no student 's77'",
        "received.csv, line 2",
    )
    people = 'withdrawn = ["s8"]\n' + EXTENSION.format("nobody", "2030-02-07")
    for assignment, found in (
        (f'{TITLE}notation = "mine.toml"\n{people}' + QUESTION, ("no such file", "for 'nobody'", "'s8' is nobody")),
        (f'{TITLE}language = "xx"\n' + QUESTION, ("language: 'xx'",)),
        (TITLE + QUESTION.replace("= 4", "= 5"), ("q1.marks: 5, where q1 was handed out with 4",)),
    ):
        result = run("grade", folder, assignment)
        assert result.exit_code == 2
        for said in (*contradictions, *found):
            assert result.output.count(said) == 1, result.output
    assert not (folder / "grades.csv").exists()
    assert len([*(folder / "history").glob("0*.json")]) == 1


def test_make_looks_at_files_beside_a_table_that_is_wrong(folder: Path) -> None:
    (folder / "logo.png").write_text("no picture")
    result = run(
        "make",
        folder,
        f'{TITLE}notation = "mine.toml"\nlanguage = "xx"\n'
        '[face]\nlogo = "logo.png"\ncss = "gone.css"\n[pages]\nworking = "dotted"\n' + QUESTION,
    )
    assert result.exit_code == 2
    for said in (
        "language: ",
        "pages.working: ",
        "face.logo: logo.png: ",
        "gone.css: there is no such file",
        "mine.toml",
    ):
        assert result.output.count(said) == 1, result.output


def test_a_face_that_is_wrong_is_complained_of_once(folder: Path) -> None:
    result = run("make", folder, f'{TITLE}[face]\nlogo = 3\ncss = "gone.css"\n{QUESTION}')
    assert (result.exit_code, result.output.count("face.logo"), result.output.count("gone.css")) == (2, 1, 0)


def test_what_is_wrong_beside_an_assignment_that_is_none_is_said_with_it(folder: Path) -> None:
    """Recipes, networks and the roster are looked at whatever assignment.toml says of languages."""
    (folder / "own.toml").write_text("title = 3\n")
    (folder / "net.toml").write_text("sizes = [\n")
    (folder / "roster.csv").write_text("id,name\ns1,Ann\nS1,Ben\n,Cid\n")
    asked = "".join(f"[[questions]]\n{said}\nmarks = 4\n" for said in ('recipe = "own.toml"', 'network = "net.toml"'))
    result = run("make", folder, f'{TITLE}language = "xx"\n{QUESTION.replace("first", "frist")}{asked}')
    assert result.exit_code == 2
    for said in (
        "language: 'xx'",
        "questions[1]: no recipe 'frist'",
        "own.toml, title: 3",
        "net.toml: not well formed",
        "roster.csv, line 3: the id 'S1' stands twice",
        "roster.csv, line 4: no 'id' for ', Cid'",
    ):
        assert result.output.count(said) == 1, result.output


def test_a_template_that_loops_is_said_with_what_is_wrong_of_the_roster(folder: Path) -> None:
    (folder / "roster.csv").write_text("id,name\ns1,Ann\ns1,Ben\n")
    (folder / "mine").mkdir()
    (folder / "mine" / "sheet.html").write_text("{% block head %}{{ range(1000000000) }}{% endblock %}")
    result = run("make", folder, f'{TITLE}[face]\ntemplates = "mine"\n{QUESTION}')
    assert result.exit_code == 2
    assert "sheet.html, line 1: Range too big" in result.output
    assert "roster.csv, line 3: the id 's1' stands twice" in result.output
