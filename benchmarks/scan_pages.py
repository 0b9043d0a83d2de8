"""Pages that are written on, scanned and photographed by a program: how many are found, how well, and how fast.

`python -m benchmarks.scan_pages --pages 200` prints the figures of docs/paper.md. The truth, where each box lies on a
picture, is known from the warp that made it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.timing import Row

if TYPE_CHECKING:
    import numpy as np

    from tests.degraded_pages import Degraded

KINDS = ("scan 300 dpi", "scan 150 dpi", "photo 2-4 MP", "photo 4-8 MP")
_RECIPES = ("first", "textbook", "deep", "bptt-all", "which-paths")


@dataclass
class Figures:
    """Of one kind of picture."""

    pages: int = 0
    found: int = 0
    wrong: int = 0
    placed: int = 0
    by_print: int = 0
    worst: list[float] = field(default_factory=list)
    computed: float = 0.0
    reasons: list[str] = field(default_factory=list)


def rows() -> Iterator[Row]:
    """Pages a second, from a file to pictures of boxes."""
    figures = measured(pages=12, seed=1)
    pages, computed = sum(each.pages for each in figures.values()), sum(each.computed for each in figures.values())
    rate = pages / computed
    yield Row("scanned pages, from file to boxes", rate, "pages/s", "at least 1.5 pages/s", met=rate >= 1.5)


def measured(pages: int, seed: int, students: int = 6) -> dict[str, Figures]:
    """The figures of each kind of picture, over so many pages altogether."""
    import cv2
    import numpy as np

    from grader.assignments.question_set import load
    from grader.commands.folder import make
    from grader.scans.blank import BlankSheets
    from grader.scans.by_print import Feet
    from tests import degraded_pages as paper

    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    figures = {kind: Figures() for kind in KINDS}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        people = "".join(f"s{number},Student {number}\n" for number in range(students))
        (folder / "roster.csv").write_text(f"id,name\n{people}")
        asked = "".join(f'[[questions]]\nrecipe = "{recipe}"\nmarks = 4\n' for recipe in _RECIPES)
        (folder / "assignment.toml").write_text(f'title = "Scanned"\n{asked}')
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            make(folder, redraw=False)
        handed = load(folder / "questions.json").questions
        paths = {one.sheet_id: folder / "sheets" / f"{one.student}.pdf" for one in handed}
        sheets = BlankSheets(paths)
        feet = Feet(sheets)
        for number in range(pages):
            kind = KINDS[number % len(KINDS)]
            sheet = list(paths)[int(rng.integers(len(paths)))]
            blank = [page for page in sheets.of(sheet) if page.boxes][int(rng.integers(5))]
            pdf = paths[sheet].read_bytes()
            truth = paper.boxes_of(pdf, blank.number - 1)
            page = paper.written_on(paper.drawn(pdf, blank.number - 1), list(truth.values()), rng)
            _count(figures[kind], _degraded(page, kind, rng), (sheet, blank.number), truth, sheets, feet, folder)
    return figures


def _degraded(page: object, kind: str, rng: np.random.Generator) -> Degraded:
    from tests.degraded_pages import office_scan, phone_photo

    if kind.startswith("scan"):
        return office_scan(page, rng, int(kind.split()[1]))  # type: ignore[arg-type]
    low, high = kind.split()[1].split("-")
    return phone_photo(page, rng, float(rng.uniform(float(low), float(high))))  # type: ignore[arg-type]


def _count(
    figures: Figures,
    picture: Degraded,
    wanted: tuple[str, int],
    truth: dict[str, tuple[float, float, float, float]],
    sheets: object,
    feet: object,
    folder: Path,
) -> None:
    import cv2

    from grader.scans.codes import codes_on
    from grader.scans.cropping import box_pictures, page_picture
    from grader.scans.geometry import even_light
    from grader.scans.registering import NotPlaced, place
    from grader.scans.worker import PageFiles

    path = folder / "page.jpg"
    cv2.imwrite(str(path), picture.grey, [cv2.IMWRITE_JPEG_QUALITY, 90])
    files = PageFiles()
    begun = time.process_time()
    files.listed(str(path), (), named=True)
    grey = files.page(str(path), (), 0, named=True)
    evened = even_light(grey)
    codes = [code for code in codes_on(grey, evened) if code.says is not None]
    if codes:
        (code,) = codes
        found = code.says.sheet_id, code.says.page  # type: ignore[union-attr]
        placed = place(evened, sheets.of(found[0])[found[1] - 1], code.corners)  # type: ignore[attr-defined]
    else:
        figures.by_print += 1
        placed = feet.whose(evened)  # type: ignore[attr-defined]
        found = ("", 0) if isinstance(placed, NotPlaced) else (placed.blank.sheet_id, placed.blank.number)
    if not isinstance(placed, NotPlaced):
        list(box_pictures(evened, placed))
        page_picture(evened, placed)
    figures.computed += time.process_time() - begun
    files.close()
    figures.pages += 1
    figures.found += found == wanted
    figures.wrong += found not in (wanted, ("", 0))
    if isinstance(placed, NotPlaced):
        figures.reasons.append(placed.reason)
        return
    figures.placed += 1
    figures.worst.append(_worst(placed, picture, truth, (grey.shape[0] / picture.grey.shape[0])))


def _worst(
    placed: object, picture: Degraded, truth: dict[str, tuple[float, float, float, float]], scale: float
) -> float:
    """Millimetres that the worst corner of a page's boxes lies off."""
    import numpy as np

    from grader.scans.geometry import apply

    def corners(left: float, top: float, right: float, bottom: float) -> np.ndarray:
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])

    worst = 0.0
    for at in placed.boxes:  # type: ignore[attr-defined]
        box = at.box
        true = corners(*truth[f"{box.question}.{box.slot}"])
        there = picture.to_picture(true)
        got = apply(at.to_image, corners(box.left, box.top, box.right, box.bottom)) / scale - 0.5
        pixels = np.linalg.norm(there[1] - there[0]) / (true[1, 0] - true[0, 0])
        worst = max(worst, float(np.linalg.norm(got - there, axis=1).max() / pixels))
    return worst


def main() -> None:
    """Print a line a kind of picture."""
    import numpy as np

    asked = argparse.ArgumentParser()
    asked.add_argument("--pages", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    print("| pictures | pages | right student | wrong | placed | worst box: median, 99 %, all (mm) | s a page |")
    print("|---|---|---|---|---|---|---|")
    for kind, one in measured(given.pages, given.seed).items():
        off = np.array(one.worst or [np.nan])
        median, most, all_ = np.percentile(off, [50, 99, 100])
        print(
            f"| {kind} | {one.pages} | {one.found} ({one.by_print} without a code) | {one.wrong} | {one.placed} | "
            f"{median:.2f}, {most:.2f}, {all_:.2f}; {int((off > 0.3).sum())} pages above 0.3 | "
            f"{one.computed / max(1, one.pages):.2f} |",
            flush=True,
        )
        for reason in one.reasons:
            print(f"    {reason}")


if __name__ == "__main__":
    main()
