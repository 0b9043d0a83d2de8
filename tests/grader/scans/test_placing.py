"""Where boxes are found, against the truth that is known of the warp by which a picture was made."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2")
pytest.importorskip("zxingcpp")

from grader.scans.blank import BlankSheets
from grader.scans.by_print import Feet
from grader.scans.codes import codes_on
from grader.scans.geometry import apply, even_light
from grader.scans.registering import NotPlaced, PlacedPage, place
from grader.sheets.content.page_code import PageCode
from tests.degraded_pages import Degraded, boxes_of, drawn, office_scan, phone_photo, written_on

pytestmark = pytest.mark.usefixtures("one_printer", "without_plots")

FARTHEST = 0.3
"""Millimetres that no corner of a box may lie off."""


def worst(placed: PlacedPage, picture: Degraded, truth) -> float:
    def corners(left, top, right, bottom):
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])

    found = 0.0
    for at in placed.boxes:
        box = at.box
        true = corners(*truth[f"{box.question}.{box.slot}"])
        there = picture.to_picture(true)
        got = apply(at.to_image, corners(box.left, box.top, box.right, box.bottom)) - 0.5
        pixels = np.linalg.norm(there[1] - there[0]) / (true[1, 0] - true[0, 0])
        found = max(found, float(np.linalg.norm(got - there, axis=1).max() / pixels))
    return found


def blanks(handed) -> BlankSheets:
    return BlankSheets({sheet: handed.folder / "sheets" / f"{who}.pdf" for who, sheet in handed.sheets.items()})


def pictured(handed, kind: str, seed: int):
    """A page with its truth, as it comes back."""
    rng = np.random.default_rng([seed, len(kind)])
    student = ("s1", "s2", "s3")[seed % 3]
    pages = [page for page in blanks(handed).of(handed.sheets[student]) if page.boxes]
    blank = pages[seed % len(pages)]
    pdf = handed.pdf(student)
    truth = boxes_of(pdf, blank.number - 1)
    page = written_on(drawn(pdf, blank.number - 1), list(truth.values()), rng)
    if kind == "photo":
        return blank, truth, phone_photo(page, rng, float(rng.uniform(2.5, 8)), bend=1.0)
    return blank, truth, office_scan(page, rng, int(kind))


KINDS = ("150", "300", "photo")


@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        pytest.param(kind, seed, marks=[] if seed == 1 else [pytest.mark.slow])
        for seed in range(1, 11)
        for kind in KINDS
    ],
)
def test_a_page_is_put_down_to_its_student_and_its_boxes_are_found(handed_out, kind: str, seed: int) -> None:
    blank, truth, picture = pictured(handed_out, kind, seed)
    evened = even_light(picture.grey)
    codes = [one for one in codes_on(picture.grey, evened) if one.says is not None]
    for code in codes:
        assert code.says == PageCode(blank.sheet_id, blank.number)
    # On a photograph the code may lie outside of the picture.
    placed = place(evened, blank, codes[0].corners) if codes else Feet(blanks(handed_out)).whose(evened)
    assert isinstance(placed, PlacedPage), placed
    assert (placed.blank.sheet_id, placed.blank.number) == (blank.sheet_id, blank.number)
    assert worst(placed, picture, truth) < FARTHEST


def test_a_page_is_not_placed_on_the_picture_of_another(handed_out) -> None:
    """Neither where another page of the same sheet is asked for, nor where there is no print at all."""
    blank, _truth, picture = pictured(handed_out, "150", 1)
    other = next(page for page in blanks(handed_out).of(blank.sheet_id) if page.boxes and page.number != blank.number)
    assert isinstance(place(even_light(picture.grey), other, None), NotPlaced)
    assert isinstance(place(np.full((1700, 1200), 240, np.uint8), blank, None), NotPlaced)


def test_half_a_page_is_refused(handed_out) -> None:
    """Cut off in the middle of its boxes: too many frames are gone."""
    blank, _truth, picture = pictured(handed_out, "150", 2)
    evened = even_light(picture.grey)
    middle = evened.shape[0] // 2
    for half in (evened[:middle], evened[middle:]):
        found = place(np.ascontiguousarray(half), blank, None)
        assert isinstance(found, NotPlaced), found
