"""Files with the sheets of many: for both sides of the paper, by room, with an outline."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pikepdf
import pytest
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from grader.assignments.question_set import load
from grader.commands import app
from grader.history.record import load_record

pytestmark = pytest.mark.usefixtures("one_printer")

HEAD = 'title = "A set"\n'
QUESTION = '[[questions]]\nrecipe = "first"\nparameter = "w1_11"\nmarks = 4\n'
ROSTER = "id,name,Room\ns1,Ada,A 1\ns2,Bo,B/2\ns3,Cy,A 1\ns4,Di,\n"


def make(folder: Path, head: str = HEAD, questions: int = 1, roster: str = ROSTER) -> Result:
    (folder / "assignment.toml").write_text(head + questions * QUESTION)
    (folder / "roster.csv").write_text(roster)
    result = CliRunner().invoke(app, ["make", str(folder)])
    assert result.exit_code == 0, result.output
    return result


def sheets_on(path: Path, folder: Path) -> list[str]:
    """Whose sheet each page is of; a page of nobody's is empty, a cover says its heading."""
    whose = {one.sheet_id: one.student for one in load(folder / "questions.json").questions}
    texts = [page.extract_text() for page in PdfReader(path).pages]
    return [
        next((student for sheet, student in whose.items() if sheet in text), text.split("\n")[1] if text else "")
        for text in texts
    ]


def outline(path: Path) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """Its lines, each with the number of the page that it leads to, and those below."""
    with pikepdf.open(path) as pdf, pdf.open_outline() as found:
        pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}

        def leads(item: pikepdf.OutlineItem) -> tuple[str, int]:
            assert isinstance(item.destination, pikepdf.Array)
            return item.title, pages[item.destination[0].objgen]

        assert pdf.check_pdf_syntax() == []
        return [(*leads(one), [*map(leads, one.children)]) for one in found.root]


@pytest.mark.parametrize(
    ("sides", "pages"), [(1, ["s1", "s2", "s3", "s4"]), (2, ["s1", "", "s2", "", "s3", "", "s4", ""])]
)
def test_on_two_sides_every_sheet_begins_on_its_own_paper(tmp_path: Path, sides: int, pages: list[str]) -> None:
    make(tmp_path, f"{HEAD}sides = {sides}\n")
    assert sheets_on(tmp_path / "sheets.pdf", tmp_path) == pages
    assert len(PdfReader(tmp_path / "sheets" / "s1.pdf").pages) == 1


def test_a_sheet_of_two_pages_needs_no_blank_one(tmp_path: Path) -> None:
    make(tmp_path, f"{HEAD}sides = 2\n", questions=2)
    assert sheets_on(tmp_path / "sheets.pdf", tmp_path) == ["s1", "s1", "s2", "s2", "s3", "s3", "s4", "s4"]


def test_each_room_has_its_file_with_a_cover(tmp_path: Path) -> None:
    make(tmp_path, f'{HEAD}collate = "room"\nsides = 2\n')
    found = {path.name: sheets_on(path, tmp_path) for path in tmp_path.glob("sheets-*.pdf")}
    assert found == {
        "sheets-A%201.pdf": ["room: A 1", "", "s1", "", "s3", ""],
        "sheets-B%2F2.pdf": ["room: B/2", "", "s2", ""],
        "sheets-no-room.pdf": ["room: –", "", "s4", ""],
    }
    cover = PdfReader(tmp_path / "sheets-A%201.pdf").pages[0].extract_text()
    assert ["s1  Ada" in cover, "s3  Cy" in cover, "Bo" in cover] == [True, True, False]
    assert outline(tmp_path / "sheets-A%201.pdf") == [("room: A 1", 0, []), ("s1 Ada", 2, []), ("s3 Cy", 4, [])]
    for path in tmp_path.glob("sheets*.pdf"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_outline_leads_to_every_student_and_question(tmp_path: Path) -> None:
    make(tmp_path, questions=2)
    assert outline(tmp_path / "sheets.pdf") == [
        (f"s{n} {name}", 2 * n - 2, [("q1", 2 * n - 2), ("q2", 2 * n - 1)])
        for n, name in enumerate(("Ada", "Bo", "Cy", "Di"), 1)
    ]
    key = outline(tmp_path / "key.pdf")
    first = key[1][1]
    assert first > 0
    later = [
        (title, first + page, [(name, first + there) for name, there in below])
        for title, page, below in outline(tmp_path / "sheets.pdf")
    ]
    assert key == [("A set", 0, []), *later]


def test_the_record_holds_the_digests_of_what_was_printed(tmp_path: Path) -> None:
    make(tmp_path, f'{HEAD}collate = "room"\n')
    event = load_record(tmp_path).events[-1]

    def digest(name: str) -> str:
        return hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()

    common = ("questions.json", "sheets.pdf", "key.pdf", "sheets-A%201.pdf", "sheets-B%2F2.pdf", "sheets-no-room.pdf")
    assert event.wrote == {name: digest(name) for name in common}
    for student in ("s1", "s2", "s3", "s4"):
        name = f"sheets/{student}.pdf"
        assert event.of(student)["wrote"] == {name: digest(name)}


def test_what_is_printed_anew_is_what_has_other_sheets_or_another_order(tmp_path: Path) -> None:
    head = f'{HEAD}collate = "room"\n'
    make(tmp_path, head)
    assert make(tmp_path, head).stdout.count("(kept)") == 5
    moved = ROSTER.replace("s3,Cy,A 1", "s3,Cy,C")
    said = make(tmp_path, head, roster=moved)
    kept = {line.removesuffix(" (kept)").rpartition("/")[2] for line in said.stdout.splitlines() if "(kept)" in line}
    assert kept == {"sheets.pdf", "key.pdf", "sheets-B%2F2.pdf", "sheets-no-room.pdf"}
    assert sheets_on(tmp_path / "sheets-A%201.pdf", tmp_path) == ["room: A 1", "s1"]
    assert sheets_on(tmp_path / "sheets-C.pdf", tmp_path) == ["room: C", "s3"]
    # A room of nobody's any more goes; what somebody else calls so stays.
    (tmp_path / "sheets-mine.pdf").write_bytes(b"%PDF-1.7 mine")
    said = make(tmp_path, head)
    assert "sheets-C.pdf is taken away" in said.stderr
    assert not (tmp_path / "sheets-C.pdf").exists()
    assert (tmp_path / "sheets-mine.pdf").exists()
    both = make(tmp_path, f"{HEAD}sides = 2\n")
    assert "sheets.pdf (kept)" not in both.stdout
    assert sheets_on(tmp_path / "sheets.pdf", tmp_path)[:2] == ["s1", ""]


def test_a_column_that_is_not_there_is_named_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text(f'{HEAD}collate = "group"\n{QUESTION}')
    (tmp_path / "roster.csv").write_text(ROSTER)
    result = CliRunner().invoke(app, ["make", str(tmp_path)])
    assert result.exit_code == 2
    assert "no column 'group'" in result.stderr
    assert not (tmp_path / "questions.json").exists()


def test_many_names_go_over_several_pages_and_each_stands_there_once(tmp_path: Path) -> None:
    from grader.sheets.printing.cover import Cover

    names = [f"s{number:04}" for number in range(150)]
    pages = [*Cover("room: A 1")._pages("A set", names, 595.0, 842.0)]
    boxes = [page.count(" re") for page in pages]
    assert sum(boxes) == 150
    assert len(pages) == 2
    assert boxes[0] % 2 == 0
