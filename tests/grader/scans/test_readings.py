"""Readings are kept by pixels: read once, whoever's the page is, and the same whatever would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.scans.index import CutBox, ScanIndex, ScannedPage
from grader.scans.reading.boxes import BoxPicture, BoxReading
from grader.scans.reading.reading import read_boxes
from grader.scans.readings import BoxReadings
from question_bank.errors import InputError
from tests.grader.scans.handwritten import box_with

TEXTS = ("0.25", "-1.5", "")


def scanned(folder: Path) -> ScanIndex:
    """An index with a page of three boxes, the last of them twice."""
    index = ScanIndex(folder / "scans")
    boxes = []
    for slot, text in enumerate((*TEXTS, TEXTS[-1])):
        box = box_with(text)
        edges = (box.inside.left, box.inside.top, box.inside.right, box.inside.bottom)
        kept = (index.keep_box(box.grey), index.keep_box(box.printed))
        boxes.append(CutBox("q1", f"slot{slot}", *kept, edges, box.pixels, box.form, 1.0))
    index.pages.append(ScannedPage("file/1", "stack.pdf", "read", sheet="AAAA", page=1, boxes=tuple(boxes)))
    return index


def noted(seen: list[str]):
    """A reader that notes what it is shown."""

    def reader(boxes: list[BoxPicture]) -> list[BoxReading]:
        seen.extend(box.key for box in boxes)
        return [BoxReading(box.key, "number", "1.5", 0.5, ("ink at the edge",)) for box in boxes]

    return reader


def test_each_picture_is_read_once_and_kept(tmp_path: Path) -> None:
    index, seen = scanned(tmp_path), list[str]()
    first = BoxReadings.load(index)
    assert first.read_new(index, noted(seen)) == 3
    again = BoxReadings.load(index)
    assert again.by_picture == first.by_picture
    assert again.read_new(index, noted(seen)) == 0
    assert len(seen) == len(set(seen)) == 3
    assert again.kinds() == {"unsure": 3}


def test_a_corrected_owner_reads_nothing_again(tmp_path: Path) -> None:
    index, seen = scanned(tmp_path), list[str]()
    BoxReadings.load(index).read_new(index, noted(seen))
    (page,) = index.pages
    index.pages = [ScannedPage("file/1", "stack.pdf", "read", sheet="BBBB", page=2, boxes=page.boxes)]
    assert BoxReadings.load(index).read_new(index, noted(seen)) == 0


def test_pages_that_do_not_count_are_not_read(tmp_path: Path) -> None:
    index, seen = scanned(tmp_path), list[str]()
    (page,) = index.pages
    index.pages = [ScannedPage("file/1", "stack.pdf", "doubled", sheet="AAAA", page=1, boxes=page.boxes)]
    assert BoxReadings.load(index).read_new(index, noted(seen)) == 0


def test_readings_of_pictures_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    index = scanned(tmp_path)
    readings = BoxReadings.load(index)
    readings.read_new(index, noted([]))
    (page,) = index.pages
    index.pages = [ScannedPage("file/1", "stack.pdf", "read", sheet="AAAA", page=1, boxes=page.boxes[:1])]
    readings.kept_only(index)
    assert set(BoxReadings.load(index).by_picture) == {page.boxes[0].picture}


@pytest.mark.parametrize("damage", ['{"format":2,"readings":[]}', "{", '{"format":1,"readings":[{"key":"a"}]}', "[]"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    index = scanned(tmp_path)
    path = index.folder / "readings.json"
    path.write_text(damage)
    with pytest.raises(InputError, match=r"readings\.json"):
        BoxReadings.load(index)


def test_what_would_be_right_changes_no_reading(tmp_path: Path) -> None:
    """What an index knows of questions exchanged: byte for byte the same readings."""
    first, other = scanned(tmp_path / "one"), scanned(tmp_path / "other")
    (page,) = other.pages
    renamed = tuple(
        CutBox(f"q{place + 7}", "answer", box.picture, box.printed, box.inside, box.pixels, box.form, box.frame)
        for place, box in enumerate(reversed(page.boxes))
    )
    other.pages = [ScannedPage("file/1", "stack.pdf", "read", sheet="ZZZZ", page=3, boxes=renamed)]
    for index in (first, other):
        BoxReadings.load(index).read_new(index, read_boxes)
    texts = [(index.folder / "readings.json").read_text().removesuffix("\n]}\n") for index in (first, other)]
    lines = [sorted(line.removesuffix(",") for line in text.split("\n")) for text in texts]
    assert len(lines[0]) == 1 + len(TEXTS)
    assert lines[0] == lines[1]
