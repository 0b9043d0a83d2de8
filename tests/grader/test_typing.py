"""The table to type handwritten answers into: every box once, read back as the instructor's word."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from grader.assignments.question_set import load
from tests.grader.command_line import done, run
from tests.grader.small_set import SMALL

pytestmark = pytest.mark.usefixtures("without_plots", "without_sheets", "read_here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set that was handed out and lies as a table for typing."""
    (tmp_path / "assignment.toml").write_text(SMALL)
    (tmp_path / "roster.csv").write_text("id,name\n007,Zoë\n=s2,Bo\ns3,Cy\n")
    done("make", tmp_path)
    done("typing", tmp_path)
    return tmp_path


def rows(folder: Path) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO((folder / "typed.csv").read_text("utf-8")))]


def type_right(folder: Path, student: str, question: str, delimiter: str = ",") -> None:
    """Fill in the right values, and save as a spreadsheet program does."""
    keys = {
        (one.student, one.question, slot.slot): repr(slot.value)
        for one in load(folder / "questions.json").questions
        for slot in one.slots
    }
    found = rows(folder)
    for row in found:
        whose = row["student"].removeprefix("'")
        if (whose, row["question"]) == (student, question):
            row["response"] = keys[whose, question, row["slot"]]
    text = io.StringIO()
    writer = csv.DictWriter(text, found[0].keys(), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(found)
    (folder / "typed.csv").write_text("\ufeff" + text.getvalue(), "utf-8", newline="")


def marks(folder: Path) -> dict[tuple[str, str], float]:
    document = json.loads((folder / "marks.json").read_text("utf-8"))
    return {(one["student"], one["question"]): one["marks"] for one in document["questions"]}


def test_there_is_a_row_for_every_box_in_the_order_of_the_sheets(folder: Path) -> None:
    handed = load(folder / "questions.json").questions
    found = rows(folder)
    assert [(row["sheet"], row["question"], row["slot"]) for row in found] == [
        (one.sheet_id, one.question, slot.slot) for one in handed for slot in one.slots
    ]
    assert {row["student"] for row in found} == {"007", "'=s2", "s3"}
    assert [*found[0]][-1] == "response"
    assert {row["response"] for row in found} == {""}
    # What is printed at a box tells it from the others of its question.
    mine = [row["label"] for row in found if (row["student"], row["question"]) == ("s3", "q1")]
    assert len(set(mine)) == len(mine)
    assert (folder / "typed.csv").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_is_typed_is_marked_and_who_was_not_typed_has_handed_in_nothing(folder: Path, delimiter: str) -> None:
    assert run("grade", folder).exit_code == 2  # nothing is typed yet
    type_right(folder, "=s2", "q1", delimiter)
    done("grade", folder)
    assert marks(folder) == {("=s2", "q1"): 4, ("=s2", "q2"): 0}


def test_it_outranks_what_lies_among_the_submissions(folder: Path) -> None:
    (folder / "submissions").mkdir()
    wrong = "student,question,slot,response\n" + "".join(
        f"{one.student},{one.question},{slot.slot},77\n"
        for one in load(folder / "questions.json").questions
        if one.student == "s3"
        for slot in one.slots
    )
    # Where nothing is typed it stands, whatever the order of their names.
    (folder / "submissions" / "zz.csv").write_text(wrong)
    done("grade", folder)
    assert marks(folder) == {("s3", "q1"): 0, ("s3", "q2"): 0}
    type_right(folder, "s3", "q1")
    done("grade", folder)
    assert marks(folder) == {("s3", "q1"): 4, ("s3", "q2"): 0}


def test_written_anew_it_keeps_what_was_typed_and_adds_who_came_later(folder: Path) -> None:
    type_right(folder, "007", "q2", ";")
    (folder / "roster.csv").write_text("id,name\ns4,Di\n007,Zoë\n=s2,Bo\ns3,Cy\n")
    done("make", folder)
    done("rename", folder, "007", "n7")
    text = (folder / "typed.csv").read_text("utf-8-sig")
    before = [row["response"] for row in csv.DictReader(io.StringIO(text), delimiter=";")]
    done("typing", folder)
    found = rows(folder)
    assert list(dict.fromkeys(row["student"] for row in found)) == ["s4", "n7", "'=s2", "s3"]
    assert [row["response"] for row in found if row["student"] == "n7"] == before[: len(before) // 3]
    assert not any(row["response"] for row in found if row["student"] != "n7")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("s3,", "s99,", "'s99', who was handed nothing"),
        (",gradient,", ",gradeint,", "no box of theirs"),
        ("response", "answers", "a column of the table is missing"),
    ],
)
def test_what_would_be_lost_is_refused(folder: Path, old: str, new: str, said: str) -> None:
    type_right(folder, "s3", "q1")
    path = folder / "typed.csv"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    before = path.read_bytes()
    result = run("typing", folder)
    assert result.exit_code == 2
    assert said in result.stderr
    assert path.read_bytes() == before


def in_workbook(folder: Path, whose: str, question: str, *, numbers: bool = False) -> None:
    """Fill in the right values as a spreadsheet program does: texts, or cells of numbers where it made them such."""
    keys = {
        (one.student, one.question, slot.slot): slot.value
        for one in load(folder / "questions.json").questions
        for slot in one.slots
    }
    book = openpyxl.load_workbook(folder / "typed.xlsx")
    for row in book.active.iter_rows(min_row=2):
        box = (row[1].value, row[3].value, row[4].value)
        if box[:2] == (whose, question):
            row[-1].value = keys[box] if numbers else str(keys[box]).replace(".", ",")
    book.save(folder / "typed.xlsx")


def test_a_workbook_holds_the_same_as_text(folder: Path) -> None:
    table = rows(folder)
    done("typing", folder, "--xlsx")
    assert not (folder / "typed.csv").exists()
    assert (folder / "typed.xlsx").stat().st_mode & 0o777 == 0o600
    headings, *found = openpyxl.load_workbook(folder / "typed.xlsx").active.iter_rows()
    assert [cell.value for cell in headings] == [*table[0]]
    assert [[cell.value or "" for cell in row] for row in found] == [
        [value.removeprefix("'") for value in row.values()] for row in table
    ]
    # No program reads an id or an answer as anything else.
    assert {cell.number_format for row in found for cell in row} == {"@"}
    assert {cell.data_type for row in found for cell in row if cell.value} == {"s"}


@pytest.mark.parametrize("numbers", [False, True])
def test_what_is_typed_into_a_workbook_is_marked_like_the_table(folder: Path, numbers: bool) -> None:
    done("typing", folder, "--xlsx")
    in_workbook(folder, "=s2", "q1", numbers=numbers)
    in_workbook(folder, "007", "q2", numbers=numbers)
    done("grade", folder)
    expected = {("=s2", "q1"): 4, ("=s2", "q2"): 0, ("007", "q1"): 0, ("007", "q2"): 2.5}
    assert marks(folder) == expected
    # Written anew, into either kind, it keeps what was typed.
    done("typing", folder)
    done("grade", folder)
    assert marks(folder) == expected
    done("forget", folder, "=s2", "--yes")
    assert {row[1].value for row in openpyxl.load_workbook(folder / "typed.xlsx").active.iter_rows(min_row=2)} == {
        "007",
        "s3",
    }


def test_of_two_tables_and_of_dates_none_is_taken(folder: Path) -> None:
    table = (folder / "typed.csv").read_bytes()
    done("typing", folder, "--xlsx")
    (folder / "typed.csv").write_bytes(table)
    for command in ("typing", "grade"):
        result = run(command, folder)
        assert (result.exit_code, "which of them holds what was typed?" in result.stderr) == (2, True)
    (folder / "typed.csv").unlink()
    book = openpyxl.load_workbook(folder / "typed.xlsx")
    book.active.cell(3, 7).value = datetime(2030, 3, 8)
    book.save(folder / "typed.xlsx")
    for command, code in (("typing", 2), ("grade", 1)):
        result = run(command, folder)
        assert (result.exit_code, "a date or a time in row 3" in result.stderr) == (code, True), result.output


def test_labels_are_in_the_letters_of_the_sheets(folder: Path) -> None:
    """What is printed at the boxes is what is said of them, as the assignment's notation has it."""
    own = {row["slot"]: row["label"] for row in rows(folder)}
    assert own["path_1.dL/dyhat_1"] == "∂L/∂ŷ₁ in path 1"
    (folder / "assignment.toml").write_text('notation = "nielsen"\n' + SMALL)
    done("typing", folder)
    labels = {row["slot"]: row["label"] for row in rows(folder)}
    assert labels.keys() == own.keys()
    assert labels["path_1.dL/dyhat_1"] == "∂C/∂a³₁ in path 1"
    assert labels["path_1.da2_1/dh1_2"] == "∂z³₁/∂a²₂ in path 1"
    assert [label for label in labels.values() if "h₁" in label or "ŷ" in label] == []
