"""A question on the instructor's own numbers: refused or allowed with warnings, kept, marked and reported."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.assignments.assignment import Made, load_assignment, make
from grader.assignments.new_term import begin_like
from grader.assignments.question_set import FILE_NAME, load
from grader.commands import app
from grader.marking import Verdict, mark
from grader.report.page import class_page
from grader.report.summary import summarise
from question_bank.errors import InputError
from question_bank.misconceptions import CATALOGUE
from tests.grader.report.classes import marked, responses
from tests.question_bank.test_own_network import LECTURE

PUPILS = ["s1", "s2", "s3"]
NO_BIAS = LECTURE.replace("b = [0.35, 0.6]", "b = [0, 0.6]")
TABLE = '[[questions]]\nnetwork = "{}.toml"\nmarks = 6\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lecture.toml").write_text(LECTURE)
    (tmp_path / "zero.toml").write_text(NO_BIAS)
    (tmp_path / "drawn.toml").write_text(
        LECTURE.replace("x = [0.05, 0.1]", 'x = "draw"').replace(
            "[network]", "[ranges.x]\nlow = -1\nhigh = 1\ndecimals = 3\n[network]"
        )
    )
    return tmp_path


def made(folder: Path, *tables: str) -> Made:
    (folder / "assignment.toml").write_text('title = "Own"\n' + "".join(tables))
    return make(load_assignment(folder), folder, PUPILS)


def test_everybody_gets_the_same_numbers_on_a_sheet_of_ones_own(folder: Path) -> None:
    """Nobody is told that the numbers are equal, which is what they are meant to be."""
    done = made(folder, TABLE.format("lecture"), TABLE.format("drawn"))
    first = [each for each in done.questions.questions if each.question == "q1"]
    assert len({each.written.model_dump_json() for each in first}) == 1
    assert len({each.sheet_id for each in first}) == len(PUPILS)
    assert {each.recipe for each in first} == {"lecture.toml"}
    assert done.remarks == ()
    others = {each.written.model_dump_json() for each in done.questions.questions if each.question == "q2"}
    assert len(others) == len(PUPILS)


def test_all_networks_that_cannot_be_certified_are_refused_at_once_and_nothing_is_written(folder: Path) -> None:
    (folder / "other.toml").write_text(NO_BIAS.replace('ask = "w1_11"', 'ask = "w1_22"'))
    with pytest.raises(InputError) as refused:
        made(folder, TABLE.format("zero"), TABLE.format("lecture"), TABLE.format("other"))
    assert [Path(each.file or "").name for each in refused.value.all] == ["zero.toml", "other.toml"]
    assert all("Left the bias out of the pre-activation" in str(each) for each in refused.value.all)
    assert not (folder / FILE_NAME).exists()


def test_warnings_are_kept_said_again_and_stand_on_the_class_page(folder: Path) -> None:
    done = made(folder, TABLE.format("zero") + 'certify = "warn"\n')
    (remark,) = done.remarks
    assert remark.startswith("q1 (zero.toml): Gives the right number here, cannot be told from a right answer")
    kept = load(folder / FILE_NAME)
    assert {sentence for each in kept.questions for sentence in each.warnings} == {f"{remark.partition(': ')[2]}."}
    assert make(load_assignment(folder), folder, PUPILS).remarks == done.remarks
    marks = marked(kept, responses(kept, honest=1.0))
    page = class_page(summarise(kept, marks, []), {}, CATALOGUE)
    assert "What certification found" in page
    assert page.count("Left the bias out of the pre-activation") == 1


def test_whoever_forgets_a_bias_of_0_is_marked_right(folder: Path) -> None:
    """Their working is the right one on these numbers: it earns everything, and no misconception is named."""
    handed = made(folder, TABLE.format("zero") + 'certify = "warn"\n').questions.questions[0]
    question = handed.solved()
    a = 0.15 * 0.05 + 0.2 * 0.1
    assert question.value("a1_1") == pytest.approx(a, rel=1e-15)
    written = {slot.name: question.printed(slot.step) for slot in question.slots}
    done = mark(question, written)
    assert {slot.verdict for slot in done.slots} == {Verdict.CORRECT}
    assert done.ticks == done.out_of


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("[[questions]]\nmarks = 1\n", "expected one of the two: recipe, or network"),
        ('[[questions]]\nrecipe = "first"\nnetwork = "lecture.toml"\nmarks = 1\n', "expected one of the two"),
        ('[[questions]]\nrecipe = "first"\ncertify = "warn"\nmarks = 1\n', 'certify = "warn" is of a network'),
        ('[[questions]]\nnetwork = "lecture.toml"\nparameter = "w9_11"\nmarks = 1\n', "lecture.toml, ask.parameter"),
        ('[[questions]]\nnetwork = "missing.toml"\nmarks = 1\n', "missing.toml"),
    ],
)
def test_a_table_that_cannot_be_asked_is_refused(folder: Path, table: str, complaint: str) -> None:
    with pytest.raises(InputError) as refused:
        made(folder, table)
    assert complaint in str(refused.value)


def test_broken_warnings_in_questions_json_are_refused(folder: Path) -> None:
    made(folder, TABLE.format("zero") + 'certify = "warn"\n')
    path = folder / FILE_NAME
    path.write_text(path.read_text().replace('"test":"hidden"', '"test":"harmless"'))
    with pytest.raises(InputError, match="expected warnings as `gradpath make` writes them"):
        load(path)


def test_the_lectures_network_goes_on_into_a_new_term(folder: Path, tmp_path: Path) -> None:
    made(folder, TABLE.format("lecture"), TABLE.format("drawn"))
    after = tmp_path / "next"
    begin_like(after, folder)
    again = make(load_assignment(after), after, PUPILS)
    before = {each.written.model_dump_json() for each in load(folder / FILE_NAME).questions if each.question == "q2"}
    now = {each.written.model_dump_json() for each in again.questions.questions if each.question == "q2"}
    assert now.isdisjoint(before)
    assert len([each for each in again.questions.questions if each.question == "q1"]) == len(PUPILS)


def test_a_check_of_such_a_set_says_so_and_honest_students_are_right_all_the_same(folder: Path) -> None:
    made(folder, TABLE.format("zero") + 'certify = "warn"\n')
    done = CliRunner().invoke(app, ["simulate", str(folder), "--check", "--count", "150"])
    assert "what certification found on q1 was allowed" in done.output
    lines = done.output.splitlines()
    (at,) = (number for number, line in enumerate(lines) if "honest students' slots" in line)
    assert lines[at].startswith("pass")
    assert "100.00 %" in lines[at + 1]
