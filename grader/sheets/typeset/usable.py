"""Whether a sheet with a style or templates of one's own still has everything that is stamped, read and marked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

from grader.sheets.content.face import Face
from grader.sheets.content.formats import PAPER_HEIGHT, PAPER_WIDTH, POINTS_A_MILLIMETRE, Paper
from grader.sheets.typeset.leaves import Leaf, Printed
from question_bank.errors import InputError, refuse

_ID = re.compile(r'\sid="([^"]*)"')
_NAME = re.compile(r'\sname="([^"]*)"')
_LEAST, _EDGE = 3.5 * POINTS_A_MILLIMETRE, 4.0 * POINTS_A_MILLIMETRE
"""A side of a box to write in, and how far in a page it lies, in points."""
_MOST_NAMED = 5


def require_usable(
    face: Face, html: str, pages: Printed, paper: Paper, numbers: Sequence[str], slots: Sequence[str]
) -> None:
    """Raise InputError for boxes that are missing, doubled, hidden, blank, too small, off the page or on each other."""
    refuse(_problems(face, html, pages, paper, numbers, slots))


def _problems(
    face: Face, html: str, pages: Printed, paper: Paper, numbers: Sequence[str], slots: Sequence[str]
) -> Iterator[InputError]:
    width, height = (side[paper] * POINTS_A_MILLIMETRE for side in (PAPER_WIDTH, PAPER_HEIGHT))
    if abs(pages.width - width) > 1 or abs(pages.height - height) > 1:
        yield _said(face, f"pages that are no {paper}")
        return
    boxes = {f"slot:{n}": f"the box of {name}" for n, name in enumerate(slots)}
    wanted = {**boxes, **{name: f"the place of {name.rpartition(':')[2]}" for name in numbers}}
    times = Counter(_ID.findall(html))
    there = {name for leaf in pages.leaves for name in leaf}
    yield from _named(face, "left out", [wanted[name] for name in wanted if name not in there])
    yield from _named(face, "there more than once", [wanted[name] for name in wanted if times[name] > 1])
    yield from _named(face, "hidden", [wanted[name] for name in wanted if name in pages.unseen])
    blank = [boxes[name] for name in boxes if name in pages.blank and name not in pages.unseen]
    yield from _named(face, "drawn in the colour of the page: its border or its ground must be another", blank)
    yield from _named(face, "too small to write in", [boxes[name] for name in boxes if _is_small(pages.leaves, name)])
    off = [boxes[name] for name in boxes if _is_off(pages.leaves, name, width, height)]
    yield from _named(face, "off the page", off)
    yield from _named(
        face,
        "on each other",
        [" and ".join(map(boxes.__getitem__, pair)) for pair in _on_each_other(pages.leaves, boxes)],
    )


def _is_small(leaves: Iterable[Leaf], name: str) -> bool:
    places = [leaf[name] for leaf in leaves if name in leaf]
    return any(min(right - left, bottom - top) < _LEAST for left, top, right, bottom in places)


def _is_off(leaves: Iterable[Leaf], name: str, width: float, height: float) -> bool:
    for leaf in leaves:
        if name in leaf:
            left, top, right, bottom = leaf[name]
            if left < _EDGE or top < _EDGE or right > width - _EDGE or bottom > height - _EDGE:
                return True
    return False


def _on_each_other(leaves: Iterable[Leaf], boxes: Iterable[str]) -> Iterator[tuple[str, str]]:
    for leaf in leaves:
        for one, other in combinations([name for name in boxes if name in leaf], 2):
            (left, top, right, bottom), (x, y, beyond, below) = leaf[one], leaf[other]
            if left < beyond - 1 and x < right - 1 and top < below - 1 and y < bottom - 1:
                yield one, other


def require_anchors(face: Face, there: Iterable[str], wanted: Iterable[str]) -> None:
    """Raise InputError where what a page is measured by is gone."""
    refuse(_named(face, "left out", [f'id="{name}"' for name in sorted({*wanted} - {*there})]))


def require_fields(face: Face, html: str, parts: Iterable[Any]) -> None:
    """Raise InputError where a sheet that is read out lacks a field of its form."""
    times = Counter(_NAME.findall(html))
    missing = [
        f"the field of {slot}"
        for part in parts
        if part is not None and part["kind"] == "question"
        for slot in part["slots"]
        if times[f"{part['head']['name']}.{slot}"] != 1
    ]
    refuse(_named(face, "left out, or there more than once", missing))


def _named(face: Face, what: str, names: Sequence[str]) -> Iterator[InputError]:
    if names:
        yield _said(face, f"{', '.join(names[:_MOST_NAMED])}{_more(names)}: {what}")


def _more(names: Sequence[str]) -> str:
    return f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""


def _said(face: Face, found: str) -> InputError:
    changed = " and ".join(filter(None, ("templates" if face.templates else "", "css" if face.css else "")))
    return InputError(
        f"on a sheet with your own {changed}: {found}",
        file=face.templates.folder if face.templates else None,
        place="[face]",
        remedy="without a box its mark is wrong: keep what stands in a block with {{ super() }}, and show every box",
    )
