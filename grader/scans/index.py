"""What was scanned: `scans/` in the assignment's folder, an index of pages and the pictures that it names.

    scans/index.json        every page that was seen: where it came from, whose it is, where its boxes' pictures lie
    scans/boxes/….png       a box's picture, called by its digest, and the same place of the blank page
    scans/pages/….jpg       a whole page put straight, to see a box in

Whose a page is stands there as the sheet's id, so that a student's new id changes nothing. A page that was read stays
as it was read, whatever comes later.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from grader.files.files import replacing, write_text
from grader.scans.reading.boxes import BoxPicture, Grey, Inside, picture_name
from question_bank.errors import InputError

FOLDER = "scans"
_INDEX = "index.json"
_FORMAT = 1
_QUALITY = 70
"""Of a page's JPEG."""

Status = Literal["read", "doubled", "refused", "foreign", "blank", "key"]
"""What became of a page: its boxes were cut out, for the first time or once more; it could not be placed; it is none
of this assignment's; there is nothing on it; it is of the key."""


@dataclass(frozen=True, slots=True)
class CutBox:
    """A box that was cut out: its question and slot, its pictures' digests, and how well its frame was found."""

    question: str
    slot: str
    picture: str
    printed: str
    inside: tuple[float, float, float, float]
    pixels: float
    form: Literal["number", "tick"]
    frame: float
    """The part of its frame that was found; little where much is written over it."""


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """A page of a file that came back, and what became of it.

    `origin` is the file by its digest, with the page; `part` counts the pages on one picture. `sheet` and `page` say
    whose it is, as far as that is known, and `by` how that is known.
    """

    origin: str
    source: str
    status: Status
    part: int = 0
    sheet: str = ""
    page: int = 0
    by: Literal["", "code", "print", "person"] = ""
    reason: str = ""
    followed: int = 0
    residual: float = 0.0
    picture: str = ""
    boxes: tuple[CutBox, ...] = ()


@dataclass(slots=True)
class ScanIndex:
    """The pages of an assignment's scans, in the order in which they came."""

    folder: Path
    pages: list[ScannedPage] = field(default_factory=list)

    @classmethod
    def load(cls, assignment: Path) -> ScanIndex:
        """What was scanned before; raises InputError where the index is not as it was written."""
        folder = assignment / FOLDER
        path = folder / _INDEX
        if not path.exists():
            return cls(folder)
        try:
            told = json.loads(path.read_text("utf-8"))
            if told["format"] != _FORMAT:
                raise ValueError(f"format {told['format']}")
            return cls(folder, [_page_of(page) for page in told["pages"]])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                "an index of scans that is not as it was written",
                file=str(path),
                remedy="take it from a backup, or move the folder away and scan everything again",
            ) from error

    def save(self) -> None:
        """Write the index, all of it or nothing, a line a page."""
        rows = ",\n".join(json.dumps(_plain(page), ensure_ascii=False) for page in self.pages)
        write_text(self.folder / _INDEX, f'{{"format":{_FORMAT},"pages":[\n{rows}\n]}}\n', private=True)

    def was_read(self, origin: str) -> bool:
        """Whether a page of a file needs not be opened again."""
        return any(page.origin == origin and page.status in ("read", "doubled") for page in self.pages)

    def counting(self) -> Mapping[tuple[str, int], ScannedPage]:
        """Of each sheet's pages the one that counts: the first that was read."""
        return {(page.sheet, page.page): page for page in reversed(self.pages) if page.status == "read"}

    def replace(self, origin: str, pages: list[ScannedPage]) -> None:
        """Put what became of a file's page in the place of what was said of it before."""
        self.pages = [page for page in self.pages if page.origin != origin] + pages

    def without(self, sheets: Collection[str]) -> None:
        """Forget the pages of these sheets, with their pictures, as far as no other page has the same."""
        gone = [page for page in self.pages if page.sheet in sheets]
        self.pages = [page for page in self.pages if page.sheet not in sheets]
        kept = {name for page in self.pages for name in _pictures(page)}
        for name in {name for page in gone for name in _pictures(page)} - kept:
            (self.folder / name).unlink(missing_ok=True)
        if gone:
            self.save()

    def keep_box(self, grey: Grey) -> str:
        """Keep a picture; what it is called by."""
        name = picture_name(grey)
        self._keep(f"boxes/{name}.png", grey)
        return name

    def keep_page(self, grey: Grey) -> str:
        """Keep a whole page."""
        name = picture_name(grey)
        self._keep(f"pages/{name}.jpg", grey)
        return name

    def _keep(self, name: str, grey: Grey) -> None:
        import cv2

        path = self.folder / name
        if path.exists():
            return
        options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY] if path.suffix == ".jpg" else []
        _done, data = cv2.imencode(path.suffix, grey, options)
        with replacing(path, private=True) as file:
            file.write(data.tobytes())

    def box_picture(self, box: CutBox) -> BoxPicture:
        """A box as its reader takes it."""
        return BoxPicture(
            box.picture, self._grey(box.picture), self._grey(box.printed), Inside(*box.inside), box.pixels, box.form
        )

    def _grey(self, name: str) -> Grey:
        import cv2

        path = self.folder / "boxes" / f"{name}.png"
        found = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
        if found is None:
            raise InputError("a picture of a box that is not as it was written", file=str(path))
        return np.asarray(found, np.uint8)


def _pictures(page: ScannedPage) -> Iterator[str]:
    if page.picture:
        yield f"pages/{page.picture}.jpg"
    for box in page.boxes:
        yield f"boxes/{box.picture}.png"
        yield f"boxes/{box.printed}.png"


def _plain(page: ScannedPage) -> dict[str, Any]:
    return {key: value for key, value in asdict(page).items() if value not in ("", 0, 0.0, ())}


def _page_of(told: dict[str, Any]) -> ScannedPage:
    boxes = tuple(CutBox(**box | {"inside": tuple(box["inside"])}) for box in told.get("boxes", ()))
    return ScannedPage(**told | {"boxes": boxes})
