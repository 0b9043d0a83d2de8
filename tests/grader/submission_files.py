"""A small assignment, and files that answer it: what the tests of the readers share."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from grader.submissions import Collected, Expected, collect, collecting
from grader.submissions.boundary import Boundary
from grader.submissions.names import Names
from grader.submissions.worker import Files, Request
from question_bank.language.remark import Remark
from question_bank.language.spoken import CATALOGUES, forms_said, read_catalogue

SLOTS = ("h1_3", "path_1.dL/dyhat_1", "path_1.product", "gradient")

ONE = Expected({"s1": {"q1": SLOTS}, "s2": {"q1": SLOTS}}, {})
"""Two students, one question."""

TWO = Expected(
    {
        "s1": {"q1": SLOTS, "q2": ("gradient", "updated")},
        "s2": {"q1": SLOTS, "q2": ("h1_1", "gradient")},
        "007": {"q1": SLOTS},
        "a/b": {"q1": SLOTS},
    },
    {"7F3K-2QXM-9ABC-DE2G": "s1", "0000-1111-2222-3333": "s2", "7777-7777-7777-7777": "007"},
)
"""Students whose second questions differ, and ids that need care."""

SHEET_1, SHEET_2, SHEET_007 = TWO.sheets


class ReadHere(Boundary):
    """Reads files in this process: starting one for each example would take most of the time."""

    _files: Files | None = None

    def _ask(self, request: Request) -> tuple[dict[str, Any], float]:
        self._files = self._files or Files(self._expected)
        return self._files.answer(request), 0.0  # what this process computes is counted anyway

    def _stop(self) -> int:
        if self._files is not None:
            self._files.close()
        return 0


@contextlib.contextmanager
def reading_here() -> Iterator[None]:
    """Meanwhile whatever collects files reads them in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collecting, "Boundary", ReadHere)
        yield


def collected(tmp_path: Path, text: str | bytes, expected: Expected = TWO, name: str = "class.csv") -> Collected:
    """What is collected from one file with this text."""
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return collect([path], expected)


def answers(result: Collected) -> dict[tuple[str, str], dict[str, str]]:
    """(Student, question) → responses."""
    return {(each.student, each.question): dict(each.responses) for each in result.submissions}


def written(result: Collected) -> dict[tuple[str, str], dict[str, str]]:
    """The same without the boxes of sheets that were left blank, and without questions that have no others."""
    touched = {asked: {slot: text for slot, text in found.items() if text} for asked, found in answers(result).items()}
    return {asked: responses for asked, responses in touched.items() if responses}


@cache
def sentences() -> frozenset[str]:
    """Every sentence of the catalogues."""
    return frozenset(forms_said(each.id)[0] for each in read_catalogue(CATALOGUES / "gradpath.pot"))


def said(result: Collected) -> list[tuple[str, str, bool]]:
    """Place, what was found and whether something is lost, for each problem; all of it can be said in any language."""
    for problem in result.problems:
        for text in (problem.found, problem.remedy):
            assert isinstance(text, Remark), text
            assert text.sentence in sentences(), text
    return [(problem.place, problem.found, problem.fatal) for problem in result.problems]


def form_pdf(
    fields: Mapping[str, str],
    *,
    sheet_id: str | None = None,
    information: str | None = None,
    catalogue: str = "",
    whole: bool = True,
) -> bytes:
    """A PDF with a form, written by hand so that no library is tested by itself.

    `sheet_id` goes into the field of that name, `information` under /GradpathSheet. A `whole` one has all the fields
    that the sheet was printed with, blank unless they are named.
    """
    owner = Names(TWO).student_of_sheet(sheet_id or information or "")
    printed = {f"{q}.{slot}": "" for q, slots in TWO.slots.get(owner or "", {}).items() for slot in slots}
    named = (printed if whole and fields else {}) | dict(fields) | ({} if sheet_id is None else {"sheet_id": sheet_id})
    kids = " ".join(f"{number} 0 R" for number in range(5, 5 + len(named)))
    info = "" if information is None else f"/GradpathSheet({information})"
    objects = [
        f"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{kids}]>>{catalogue}>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[{kids}]>>",
        f"<<{info}>>",
    ]
    for name, value in named.items():
        encoded = ("\ufeff" + value).encode("utf-16-be").hex()
        objects.append(f"<</Type/Annot/Subtype/Widget/FT/Tx/T({name})/V<{encoded}>/Rect[0 0 1 1]/P 3 0 R>>")
    return pdf(objects)


def sheet_pdf(
    pages: Sequence[Mapping[str, str] | None], *, sheet_id: str = SHEET_1, form: bool = True, ids: Sequence[str] = ()
) -> bytes:
    """Pages of a sheet as they are printed, each with the boxes that stand on it; None is a page that was flattened.

    Without `form` only the pages know of the fields, as some programs leave it that take a PDF apart. `ids` are the
    pages' own.
    """
    page_objects, widgets, listed, at = [], [], [], 4 + len(pages)
    for number, boxes in enumerate(pages):
        here = []
        for name, value in (boxes or {}).items():
            text = ("\ufeff" + value).encode("utf-16-be").hex()
            here.append(f"<</Type/Annot/Subtype/Widget/FT/Tx/T({name})/NM({name})/V<{text}>/Rect[0 0 1 1]>>")
        if boxes is not None:
            told = f"/T(sheet_id_{number})/NM(boxes: {len(boxes)})/V({(ids or [sheet_id] * len(pages))[number]})"
            here.append(f"<</Type/Annot/Subtype/Widget/FT/Tx/F 2{told}/Rect[0 0 0 0]>>")
        numbers = [f"{at + offset} 0 R" for offset in range(len(here))]
        at += len(here)
        page_objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[{' '.join(numbers)}]>>")
        widgets += here
        listed += numbers
    acroform = f"/AcroForm<</Fields[{' '.join(listed)}]>>" if form else ""
    kids = " ".join(f"{4 + number} 0 R" for number in range(len(pages)))
    return pdf(
        [
            f"<</Type/Catalog/Pages 2 0 R{acroform}>>",
            f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
            "<</Producer(another program)>>",
            *page_objects,
            *widgets,
        ],
        "/Root 1 0 R/Info 3 0 R",
    )


def pdf(objects: list[str], trailer: str = "/Root 1 0 R/Info 4 0 R") -> bytes:
    """A PDF of these objects, numbered from 1."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<</Size {len(objects) + 1}{trailer}>>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)


def zip_of(path: Path, members: Mapping[str, bytes | str]) -> Path:
    """A zip archive with these members, whatever their names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path
