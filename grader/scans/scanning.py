"""From files of scans to boxes cut out: every page found by its code, placed, and kept in the index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from grader.files.safe_names import shown
from grader.scans.blank import BlankPage, BlankSheets, NoBlankSheet
from grader.scans.by_print import Feet, says_key
from grader.scans.codes import FoundCode, codes_on
from grader.scans.cropping import box_pictures, page_picture
from grader.scans.geometry import Grey, Points, even_light
from grader.scans.index import CutBox, ScanIndex, ScannedPage
from grader.scans.opening import LazyPage, Opener, SourcePage, Unopened
from grader.scans.registering import NotPlaced, PlacedPage, place, put_straight
from grader.sheets.content.page_code import PageCode

_SAVED_EACH = 25
_DARK, _INK, _LEAST_INK = 45, 150, 2e-4
"""The grey of a picture that is black; that of ink, and the part of a page that is ink if there is anything on it."""


@dataclass(slots=True)
class Scanned:
    """What a run saw: the pages that are new or were tried anew, those read before, and what could not be opened."""

    pages: list[ScannedPage] = field(default_factory=list)
    before: int = 0
    unopened: list[Unopened] = field(default_factory=list)


def scan(
    files: Sequence[Path],
    index: ScanIndex,
    sheets: BlankSheets,
    told: Mapping[tuple[str, int], PageCode],
    progress: Callable[[ScannedPage | Unopened | None], None] = lambda page: None,
) -> Scanned:
    """Read every page of these files that was not read before; one that cannot be costs no other.

    `told` says whose a file's page is, by its name and number, where a person knows better than its code. The index
    is written every few pages and at the end, so that a run which is stopped goes on where it was.
    """
    # One page keeps one processor busy; more would be taken from whoever else is at work.
    cv2.setNumThreads(1)
    seen = Scanned()
    feet = Feet(sheets)
    unsaved = 0
    with Opener() as opener:
        for path in files:
            for found in opener.pages(path):
                if isinstance(found, Unopened):
                    seen.unopened.append(found)
                    progress(found)
                    continue
                source, lazy = found
                if index.was_read(source.origin):
                    seen.before += 1
                    progress(None)
                    continue
                pages = list(_page(source, lazy, index, sheets, feet, told, seen))
                if not pages:
                    continue
                index.replace(source.origin, pages)
                seen.pages += pages
                unsaved += len(pages)
                if unsaved >= _SAVED_EACH:
                    index.save()
                    unsaved = 0
                for page in pages:
                    progress(page)
    index.save()
    return seen


def _page(
    source: SourcePage,
    lazy: LazyPage,
    index: ScanIndex,
    sheets: BlankSheets,
    feet: Feet,
    told: Mapping[tuple[str, int], PageCode],
    seen: Scanned,
) -> Iterator[ScannedPage]:
    grey = lazy.grey()
    if isinstance(grey, Unopened):
        seen.unopened.append(grey)
        yield ScannedPage(source.origin, str(source), "refused", reason=f"{grey.found}; {grey.remedy}")
        return
    if min(grey.shape) < _SMALLEST:
        yield ScannedPage(
            source.origin, str(source), "foreign", reason=f"a picture of {grey.shape[1]} × {grey.shape[0]}"
        )
        return
    evened = even_light(grey)
    person = _told(told, source)
    if person is not None:
        yield _of(source, 0, index, sheets, evened, person, "person", None)
        return
    codes = codes_on(grey, evened)
    ours = [code for code in codes if code.says is not None]
    for part, code in enumerate(ours):
        assert code.says is not None
        yield _of(source, part, index, sheets, evened, code.says, "code", code)
    if not ours:
        yield _without_code(source, index, feet, grey, evened, codes)


_SMALLEST = 200
"""Pixels; no page is read on a smaller picture."""


def _told(told: Mapping[tuple[str, int], PageCode], source: SourcePage) -> PageCode | None:
    names = {source.source, Path(source.source).name}
    return next((told[name, source.number] for name in names if (name, source.number) in told), None)


def _of(
    source: SourcePage,
    part: int,
    index: ScanIndex,
    sheets: BlankSheets,
    evened: Grey,
    says: PageCode,
    by: Literal["code", "person"],
    code: FoundCode | None,
) -> ScannedPage:
    """What becomes of a page of which it is known whose it is."""
    if says.sheet_id not in sheets.ids:
        reason = f"of another assignment, or of a set that was drawn anew: its code says {says.sheet_id}"
        return ScannedPage(source.origin, str(source), "foreign", part, reason=reason)
    page = ScannedPage(source.origin, str(source), "refused", part, says.sheet_id, says.page or 0, by)
    if says.of_key:
        return replace(page, status="key", reason="a page of the key")
    try:
        pages = sheets.of(says.sheet_id)
    except NoBlankSheet as error:
        return replace(page, reason=f"{error.found}; {error.remedy}")
    if page.page > len(pages):
        return replace(page, reason=f"its code says page {page.page}, and the sheet has {len(pages)}")
    corners = None if code is None else code.corners
    if page.page and not pages[page.page - 1].boxes:
        return _kept(index, replace(page, status="read"))
    if page.page:
        placed = place(evened, pages[page.page - 1], corners)
    else:
        placed = _best(evened, [one for one in pages if one.boxes], corners)
        if isinstance(placed, PlacedPage) and says_key(
            put_straight(evened, placed.to_image, placed.blank), placed.blank
        ):
            return replace(page, status="key", reason="its foot says that it is of the key")
    if isinstance(placed, NotPlaced):
        return replace(page, reason=placed.reason)
    return _kept(index, _cut(index, replace(page, status="read"), evened, placed))


def _best(evened: Grey, pages: Sequence[BlankPage], corners: Points | None) -> PlacedPage | NotPlaced:
    """Of a sheet's pages the one whose print is on the picture, where its code does not say which."""
    tried = [place(evened, page, corners if page.code is not None else None) for page in pages]
    placed = [one for one in tried if isinstance(one, PlacedPage)]
    if not placed:
        return next((one for one in tried if isinstance(one, NotPlaced)), NotPlaced("its sheet has no boxes"))
    return max(placed, key=lambda one: one.followed / max(1.0, one.residual))


def _without_code(
    source: SourcePage, index: ScanIndex, feet: Feet, grey: Grey, evened: Grey, codes: Sequence[FoundCode]
) -> ScannedPage:
    """A picture on which no code of a sheet could be read."""
    page = ScannedPage(source.origin, str(source), "foreign")
    if float(np.median(grey)) < _DARK:
        return replace(page, reason="a black page")
    rows, columns = (side // 20 for side in evened.shape)
    if float((evened[rows:-rows, columns:-columns] < _INK).mean()) < _LEAST_INK:
        return replace(page, status="blank", reason="nothing is on it")
    placed = feet.whose(evened)
    if isinstance(placed, NotPlaced):
        others = f"; there is another code on it ({shown(codes[0].text[:40])})" if codes else ""
        return replace(page, status="key" if placed.of_key else "foreign", reason=placed.reason + others)
    known = replace(page, status="read", sheet=placed.blank.sheet_id, by="print")
    return _kept(index, _cut(index, known, evened, placed))


def _cut(index: ScanIndex, page: ScannedPage, evened: Grey, placed: PlacedPage) -> ScannedPage:
    """The page with its boxes cut out and kept."""
    boxes = []
    for picture, at in zip(box_pictures(evened, placed), placed.boxes, strict=True):
        edges = picture.inside
        boxes.append(
            CutBox(
                at.box.question,
                at.box.slot,
                index.keep_box(picture.grey),
                index.keep_box(picture.printed),
                (edges.left, edges.top, round(edges.right, 2), round(edges.bottom, 2)),
                picture.pixels,
                picture.form,
                round(at.found, 2),
            )
        )
    return replace(
        page,
        page=placed.blank.number,
        followed=placed.followed,
        residual=round(placed.residual, 3),
        picture=index.keep_page(page_picture(evened, placed)),
        boxes=tuple(boxes),
    )


def _kept(index: ScanIndex, page: ScannedPage) -> ScannedPage:
    """The same, "doubled" where that page of the sheet was read before: what was read first counts."""
    first = index.counting().get((page.sheet, page.page))
    if first is None or first.origin == page.origin:
        return page
    return replace(page, status="doubled", reason=f"read before, from {first.source}: that one counts")
