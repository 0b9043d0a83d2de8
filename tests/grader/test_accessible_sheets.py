"""Sheets laid out by themselves for a screen reader: for whom the assignment names, handed in like any other."""

from __future__ import annotations

import json
from pathlib import Path

import pikepdf
import pytest
from pypdf import PdfReader, PdfWriter
from typer.testing import Result

from grader.assignments.question_set import load
from tests.grader.command_line import run

pytestmark = pytest.mark.usefixtures("one_printer", "without_plots")

QUESTION = '[[questions]]\nrecipe = "first"\nparameter = "w1_11"\nmarks = 4\n'

HIDDEN = 2


def make(folder: Path, accessible: str, name: str = "Zoë") -> Result:
    (folder / "assignment.toml").write_text(f'title = "A set"\naccessible = {accessible}\n{QUESTION}')
    (folder / "roster.csv").write_text(f"id,name\ns1,Ada\ns2,{name}\n")
    return run("make", folder)


def stands_alone(path: Path) -> bool:
    """Whether a sheet is laid out by itself; a screen reader reads out each."""
    with pikepdf.open(path) as pdf:
        assert pdf.Root["/MarkInfo"]["/Marked"]
        assert str(pdf.Root["/Lang"]) == "en"
        assert b'pdfuaid:part="1"' in pdf.Root["/Metadata"].read_bytes()
        assert str(pdf.docinfo["/Title"]) == "A set"
        fields = [field for page in pdf.pages for field in page["/Annots"] if not int(field["/F"]) & HIDDEN]
        # Each is named in words, and hangs in the tree of what is read.
        assert all(str(field["/TU"]) and "/StructParent" in field for field in fields)
        return str(pdf.docinfo["/Producer"]) != "gradpath"


def test_whom_the_assignment_names_gets_a_sheet_of_their_own_that_is_marked_like_any(tmp_path: Path) -> None:
    assert make(tmp_path, '["S2"]').exit_code == 0
    assert [stands_alone(tmp_path / "sheets" / f"s{n}.pdf") for n in (1, 2)] == [False, True]
    assert "0 printed, 2 kept" in make(tmp_path, '["S2"]').stdout
    reader = PdfReader(tmp_path / "sheets" / "s2.pdf")
    handed = load(tmp_path / "questions.json").by_student()["s2"]
    assert handed[0].sheet_id in "".join(page.extract_text() for page in reader.pages)
    writer = PdfWriter(clone_from=reader)
    answers = {f"{one.question}.{slot.slot}": repr(slot.value) for one in handed for slot in one.slots}
    for page in writer.pages:
        writer.update_page_form_field_values(page, answers, auto_regenerate=False)
    (tmp_path / "submissions").mkdir()
    writer.write(tmp_path / "submissions" / "whatever.pdf")
    assert run("grade", tmp_path).exit_code == 0
    marks = json.loads((tmp_path / "marks.json").read_text())["questions"]
    assert [(one["student"], one["marks"]) for one in marks] == [("s2", 4)]


def test_everybody_may_get_one(tmp_path: Path) -> None:
    assert make(tmp_path, '["*"]').exit_code == 0
    assert all(stands_alone(tmp_path / "sheets" / f"s{n}.pdf") for n in (1, 2))
    result = make(tmp_path, '["*", "s1"]')
    assert (result.exit_code, "'*' is nobody" in result.stderr) == (2, True)


def test_it_is_printed_anew_where_the_name_or_the_wish_changes(tmp_path: Path) -> None:
    make(tmp_path, '["s2"]')
    said = make(tmp_path, '["s2"]', name="Zoë Weiß")
    assert "s2 Zoë is now s2 Zoë Weiß" in said.stderr
    assert stands_alone(tmp_path / "sheets" / "s2.pdf")
    assert "1 printed, 1 kept" in make(tmp_path, "[]", name="Zoë Weiß").stdout
    assert not stands_alone(tmp_path / "sheets" / "s2.pdf")


def test_a_stranger_is_named_before_anything_is_made(tmp_path: Path) -> None:
    result = make(tmp_path, '["s2", "s9"]')
    assert result.exit_code == 2
    assert "accessible[2]" in result.stderr
    assert not (tmp_path / "questions.json").exists()
