"""Stacks of pages, from files to boxes: whose each is, and what is said of those that are nobody's."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2")
pytest.importorskip("zxingcpp")

from PIL import Image

from grader.scans.index import ScanIndex
from grader.scans.readings import BoxReadings
from tests.degraded_pages import PIXELS, Grey, boxes_of, drawn, office_scan, phone_photo, written_on

pytestmark = pytest.mark.usefixtures("one_printer", "without_plots")


def page_of(handed, student: str, number: int, seed: int = 0) -> Grey:
    pdf = handed.pdf(student)
    rng = np.random.default_rng(seed)
    return written_on(drawn(pdf, number - 1), list(boxes_of(pdf, number - 1).values()), rng)


def scanned(page: Grey, seed: int = 0, dpi: int = 150) -> Image.Image:
    return Image.fromarray(office_scan(page, np.random.default_rng(seed), dpi).grey)


def without_code(page: Grey) -> Grey:
    torn = page.copy()
    torn[: int(40 * PIXELS), int(165 * PIXELS) :] = 255
    return torn


def statuses(folder: Path) -> list[tuple[str, str, int]]:
    whose = {"": ""}
    return [(page.status, whose.get(page.sheet, page.sheet), page.page) for page in ScanIndex.load(folder).pages]


def test_a_stack_in_any_order_is_put_down_to_its_students_and_a_rerun_changes_nothing(copied, scan, tmp_path) -> None:
    ada, bo = copied.sheets["s1"], copied.sheets["s2"]
    first, *others = [
        scanned(page_of(copied, "s2", 2), 1),
        scanned(page_of(copied, "s1", 1), 2),
        Image.new("L", (1240, 1754), 250),
        scanned(page_of(copied, "s2", 1), 3),
    ]
    first.save(tmp_path / "stack.pdf", save_all=True, append_images=others, resolution=150)
    done = scan(copied.folder, tmp_path / "stack.pdf")
    assert done.exit_code == 0, done.output
    assert statuses(copied.folder) == [("read", bo, 2), ("read", ada, 1), ("blank", "", 0), ("read", bo, 1)]
    assert "3 pages read; in all 3 pages of 2 students" in done.stdout
    assert "Nothing yet of: s3 Zoë Ng" in done.stderr
    assert "s1 Ada Byron (page" in done.stderr  # has come, not as a whole
    kept = {path: path.read_bytes() for path in (copied.folder / "scans").rglob("*") if path.is_file()}
    (tmp_path / "stack.pdf").rename(tmp_path / "again.pdf")
    done = scan(copied.folder, tmp_path / "again.pdf")
    assert "0 pages read, 3 read before" in done.stdout
    assert {path: path.read_bytes() for path in kept if path.suffix != ".json"} == {
        path: data for path, data in kept.items() if path.suffix != ".json"
    }
    assert statuses(copied.folder)[0] == ("read", bo, 2)


def test_the_key_is_refused_and_that_is_said_loudly_also_where_its_code_is_torn(copied, scan, tmp_path) -> None:
    key = drawn((copied.folder / "key.pdf").read_bytes(), 1)
    scanned(key).save(tmp_path / "key.png")
    scanned(without_code(key)).save(tmp_path / "torn.png")
    done = scan(copied.folder, tmp_path / "key.png", tmp_path / "torn.png")
    assert done.exit_code == 1
    assert "THE KEY IS AMONG THE SCANS" in done.stderr
    assert {status for status, _sheet, _page in statuses(copied.folder)} == {"key"}
    assert not list((copied.folder / "scans").glob("boxes/*"))


@pytest.mark.slow
def test_a_page_whose_code_is_torn_is_known_by_its_foot_and_without_that_a_person_says_whose_it_is(
    copied, scan, tmp_path
) -> None:
    page = without_code(page_of(copied, "s3", 1))
    scanned(page).save(tmp_path / "torn.png")
    assert scan(copied.folder, tmp_path / "torn.png").exit_code == 0
    assert statuses(copied.folder) == [("read", copied.sheets["s3"], 1)]
    page = without_code(page_of(copied, "s2", 1))
    page[-int(25 * PIXELS) :] = 255
    scanned(page).save(tmp_path / "footless.png")
    assert "does not say for certain whose it is" in scan(copied.folder, tmp_path / "footless.png").stderr
    assert scan(copied.folder, tmp_path / "footless.png", "--sheet", "footless.png=s2/1").exit_code == 0
    assert statuses(copied.folder)[1:] == [("read", copied.sheets["s2"], 1)]
    assert ScanIndex.load(copied.folder).pages[1].by == "person"


@pytest.mark.slow
def test_a_page_that_came_before_is_kept_and_the_second_one_said(copied, scan, tmp_path) -> None:
    scanned(page_of(copied, "s1", 1, 1)).save(tmp_path / "a.png")
    scanned(page_of(copied, "s1", 1, 2)).save(tmp_path / "b.png")
    scan(copied.folder, tmp_path / "a.png")
    before = ScanIndex.load(copied.folder).counting()
    done = scan(copied.folder, tmp_path / "b.png")
    assert "read before, from" in done.stderr
    assert ScanIndex.load(copied.folder).counting() == before
    assert [status for status, _sheet, _page in statuses(copied.folder)] == ["read", "doubled"]


@pytest.mark.slow
def test_two_pages_on_one_picture_are_two_pages(copied, scan, tmp_path) -> None:
    both = np.hstack([page_of(copied, "s1", 1), page_of(copied, "s2", 1)])
    scanned(both, dpi=150).save(tmp_path / "both.png")
    assert scan(copied.folder, tmp_path / "both.png").exit_code == 0
    assert sorted(statuses(copied.folder)) == sorted(("read", copied.sheets[who], 1) for who in ("s1", "s2"))


@pytest.mark.slow
def test_what_is_no_page_of_this_set_is_said_and_costs_nobody_a_page(copied, scan, tmp_path) -> None:
    other = page_of(copied, "s1", 1)
    mine = page_of(copied, "s2", 1)
    stack = tmp_path / "stack"
    stack.mkdir()
    scanned(mine).save(stack / "z.png")
    Image.new("L", (1240, 1754), 5).save(stack / "black.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (900, 700), dtype=np.uint8)).save(stack / "noise.png")
    (stack / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (stack / "notes.txt").write_text("hello")
    (stack / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(300))
    (stack / "form.pdf").write_bytes(copied.pdf("s1"))
    questions = (copied.folder / "questions.json").read_text().replace(copied.sheets["s1"], "0000-0000-0000-0000")
    (copied.folder / "questions.json").write_text(questions)
    scanned(other).save(stack / "other.png")
    done = scan(copied.folder, stack)
    assert done.exit_code == 1
    for said in (
        "black.png: a black page",
        "broken.pdf: a damaged PDF",
        "notes.txt: no scan or photograph",
        "cut.jpg: a damaged picture",
        "form.pdf: a PDF that gradpath has printed",
        "other.png: of another assignment",
        "noise.png: ",
    ):
        assert said in done.stderr
    assert [page for page in statuses(copied.folder) if page[0] == "read"] == [("read", copied.sheets["s2"], 1)]


@pytest.mark.slow
def test_a_photo_that_is_turned_by_its_exif_and_an_archive_in_an_archive_are_read(copied, scan, tmp_path) -> None:
    photo = Image.fromarray(phone_photo(page_of(copied, "s2", 2), np.random.default_rng(4), 3.0, bend=1.0).grey)
    turned = photo.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(tmp_path / "photo.jpg", exif=exif)
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as inner:
        inner.write(tmp_path / "photo.jpg", "photos/photo.jpg")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(tmp_path / "inner.zip", "inner.zip")
    done = scan(copied.folder, tmp_path / "outer.zip")
    assert done.exit_code == 0, done.output
    assert statuses(copied.folder) == [("read", copied.sheets["s2"], 2)]


@pytest.mark.slow
def test_an_older_sheet_whose_code_has_no_page_is_still_read(copied, scan, tmp_path) -> None:
    """Its code is drawn over with one that says the sheet's id alone, as sheets had it."""
    import segno

    page = page_of(copied, "s1", 1)
    code = np.kron(
        1 - np.array([list(row) for row in segno.make(copied.sheets["s1"], error="m").matrix]), np.ones((9, 9))
    )
    right, top = int((210 - 16) * PIXELS), int(16 * PIXELS)
    page[top : top + 190, right - 190 : right] = 255
    page[top : top + code.shape[0], right - code.shape[1] : right] = code * 255
    scanned(page, dpi=200).save(tmp_path / "old.png")
    done = scan(copied.folder, tmp_path / "old.png")
    assert done.exit_code == 0, done.output
    assert statuses(copied.folder) == [("read", copied.sheets["s1"], 1)]


def test_forgetting_a_student_takes_their_pages_out(copied, scan, tmp_path) -> None:
    from typer.testing import CliRunner

    from grader.commands import app

    scanned(page_of(copied, "s1", 1)).save(tmp_path / "a.png")
    scanned(page_of(copied, "s2", 1)).save(tmp_path / "b.png")
    scan(copied.folder, tmp_path / "a.png", tmp_path / "b.png")
    before = len(list((copied.folder / "scans").rglob("*.*")))
    assert CliRunner().invoke(app, ["forget", str(copied.folder), "s1", "--yes"]).exit_code in (0, 1)
    assert statuses(copied.folder) == [("read", copied.sheets["s2"], 1)]
    left = {path.stem for path in (copied.folder / "scans").rglob("*.*")} - {"index", "readings"}
    index = ScanIndex.load(copied.folder)
    assert left == {name for page in index.pages for box in page.boxes for name in (box.picture, box.printed)} | {
        page.picture for page in index.pages
    }
    assert set(BoxReadings.load(index).by_picture) <= left
    assert len(left) + 2 < before
