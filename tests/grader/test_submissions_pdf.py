"""Filled sheets: whose they are, what is in them, and PDFs that are something else."""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pikepdf
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.reading.number import Reading
from grader.reading.number import read as read_number
from grader.submissions import collect
from grader.submissions.filled_pdf import read
from grader.submissions.names import Names
from grader.submissions.pdf_form import LARGEST, MOST_FIELDS, read_form
from grader.submissions.records import Content
from tests.grader.submission_files import SHEET_1, SHEET_2, TWO, collected, form_pdf, pdf, said, written

pytestmark = pytest.mark.usefixtures("read_here")

FIELDS = {"q1.h1_3": "−0,5", "q1.path_1.dL/dyhat_1": "0.25", "q2.updated": "7", "name": "Ann", "q1.zzz": ""}
RESPONSES = {("s1", "q1"): {"h1_3": "−0,5", "path_1.dL/dyhat_1": "0.25"}, ("s1", "q2"): {"updated": "7"}}


@pytest.mark.parametrize(
    "data",
    [
        form_pdf(FIELDS, sheet_id=SHEET_1),
        form_pdf(FIELDS, information=SHEET_1),
        form_pdf(FIELDS, sheet_id=SHEET_1, information=SHEET_1),
        form_pdf(FIELDS, sheet_id="", information=SHEET_1),
        form_pdf(FIELDS, sheet_id="7f3k 2qxm 9abc de2g"),
        form_pdf(FIELDS, sheet_id=SHEET_1) + b"\r\n\0\0\n",
        b"\n" + form_pdf(FIELDS, sheet_id=SHEET_1),
    ],
)
@pytest.mark.parametrize("name", ["sheet.pdf", "s2.pdf", "no ending", "wrong.csv"])
def test_the_sheet_id_decides_whose_it_is(tmp_path: Path, data: bytes, name: str) -> None:
    result = collected(tmp_path, data, name=name)
    assert written(result) == RESPONSES
    assert said(result) == []


def test_fields_in_a_hierarchy_are_joined_by_dots(tmp_path: Path) -> None:
    data = pdf(
        [
            "<</Type/Catalog/AcroForm<</Fields[2 0 R 3 0 R]>>>>",
            "<</T(q1)/Kids[<</T(path_1)/Kids[<</T(product)/V(0.1)>>]>> 4 0 R]>>",
            f"<</T(sheet_id)/V({SHEET_1})>>",
            "<</T(gradient)/V(7)/Kids[<</Subtype/Widget>>]>>",
        ]
    )
    assert written(collected(tmp_path, data)) == {("s1", "q1"): {"path_1.product": "0.1", "gradient": "7"}}


def test_what_pypdf_and_pikepdf_save_is_read(tmp_path: Path) -> None:
    blank = form_pdf(dict.fromkeys(FIELDS, ""), sheet_id=SHEET_1)
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(blank))
    for reference in writer.root_object["/AcroForm"]["/Fields"]:  # type: ignore[index]
        field = reference.get_object()
        value = FIELDS.get(field["/T"])
        if value:
            field[pypdf.generic.NameObject("/V")] = pypdf.generic.TextStringObject(value)
    filled = io.BytesIO()
    writer.write(filled)
    assert written(collected(tmp_path, filled.getvalue())) == RESPONSES
    with pikepdf.open(filled) as document:
        saved = io.BytesIO()
        document.save(saved, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert written(collected(tmp_path, saved.getvalue())) == RESPONSES


def test_an_update_at_the_end_counts(tmp_path: Path) -> None:
    blank = form_pdf(dict.fromkeys(FIELDS, ""), sheet_id=SHEET_1)
    reader = pypdf.PdfReader(io.BytesIO(blank))
    writer = pypdf.PdfWriter(reader, incremental=True)
    field = writer.root_object["/AcroForm"]["/Fields"][0].get_object()  # type: ignore[index]
    field[pypdf.generic.NameObject("/V")] = pypdf.generic.TextStringObject("0.7")
    updated = io.BytesIO()
    writer.write(updated)
    assert len(updated.getvalue()) > len(blank)
    assert written(collected(tmp_path, updated.getvalue()))["s1", "q1"]["h1_3"] == "0.7"
    cut = updated.getvalue()[: len(blank) + 5000]
    # Cut inside a long update, the file would still read as the blank sheet that it was before.
    padded = blank + b"9 0 obj\n<<>>\nendobj\n" * 200
    assert said(collected(tmp_path, padded)) == [("", "a PDF that is cut off: its end is missing", True)]
    assert cut.startswith(blank)


def encrypted(user: str = "u", strength: Literal[4, 6] = 6) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(form_pdf(FIELDS, sheet_id=SHEET_1))) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="o", user=user, R=strength))
    return out.getvalue()


@pytest.mark.parametrize("strength", [4, 6])
def test_a_pdf_that_is_encrypted_and_opens_without_a_password_is_read(tmp_path: Path, strength: Literal[4, 6]) -> None:
    result = collected(tmp_path, encrypted(user="", strength=strength))
    assert written(result) == RESPONSES
    assert said(result) == []


@pytest.mark.parametrize(
    "value", ["<E2889230 2C35>".replace(" ", ""), "<EFBBBFE288922E35>", "<FEFF2212002E0035>", "(\\342\\210\\2220.5)"]
)
def test_utf_8_in_a_field_is_read_with_and_without_its_mark(tmp_path: Path, value: str) -> None:
    fields = [f"<</T(q1.h1_3)/V{value}>>", f"<</T(sheet_id)/V({SHEET_1})>>"]
    data = pdf(["<</Type/Catalog/AcroForm<</Fields[2 0 R 3 0 R]>>>>", *fields], "/Root 1 0 R")
    (response,) = written(collected(tmp_path, data))["s1", "q1"].values()
    assert read_number(response) == Reading(-0.5)


def test_a_field_in_pdfs_own_encoding_is_read(tmp_path: Path) -> None:
    fields = ["<</T(q1.h1_3)/V<852E35>>>", f"<</T(sheet_id)/V({SHEET_1})>>"]  # 85: an en dash
    data = pdf(["<</Type/Catalog/AcroForm<</Fields[2 0 R 3 0 R]>>>>", *fields], "/Root 1 0 R")
    assert written(collected(tmp_path, data)) == {("s1", "q1"): {"h1_3": "–.5"}}


def bomb() -> bytes:
    packer = zlib.compressobj(9)
    stream = b"".join(packer.compress(b" " * 1_000_000) for _ in range(100)) + packer.flush()
    out = b"%PDF-1.7\n"
    at = len(out)
    out += b"5 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream\nendobj\n" % (
        len(stream),
        stream,
    )
    table = len(out)
    entries = ((0, 0, 255), (2, 5, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0), (1, at, 0), (1, table, 0))
    rows = b"".join(bytes([kind]) + place.to_bytes(4, "big") + bytes([last]) for kind, place, last in entries)
    out += b"6 0 obj\n<</Type/XRef/Size 7/Root 1 0 R/W[1 4 1]/Length %d>>stream\n" % len(rows)
    return out + rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % table


def own_pdf(pages: int) -> bytes:
    """What sheets.pdf and key.pdf say of themselves."""
    information = "<</Title(Set)/Producer(gradpath)>>"
    return pdf(["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[]/Count {pages}>>", "<<>>", information])


GOOD = form_pdf(FIELDS, sheet_id=SHEET_1)
REFUSED: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "no form": (pdf(["<</Type/Catalog>>"], "/Root 1 0 R"), "no form: not one of our sheets"),
    "another form": (form_pdf({"surname": "Lee"}), "a form without a sheet id"),
    "another assignment": (
        form_pdf(FIELDS, sheet_id="ZZZZ-ZZZZ-ZZZZ-ZZZZ"),
        "the sheet id 'ZZZZ-ZZZZ-ZZZZ-ZZZZ' is not",
    ),
    "flattened": (form_pdf({}, information=SHEET_1, catalogue="/AcroForm null"), "the sheet of s1, but printed"),
    "no answers": (
        form_pdf({"name": "Ann"}, sheet_id=SHEET_1, whole=False),
        "the sheet of s1 lacks the fields of all 4 boxes of q1 and all 2 boxes of q2: pages were left out",
    ),
    "two students": (form_pdf(FIELDS, sheet_id=SHEET_1, information=SHEET_2), "sheet ids of s1 and s2 in one file"),
    "sheets.pdf or key.pdf": (own_pdf(pages=600), "a PDF of gradpath's own in which nobody can have written"),
    "encrypted": (encrypted(), "an encrypted PDF"),
    "truncated": (GOOD[: len(GOOD) // 2], "a PDF that is cut off"),
    "enormous": (b"%PDF-1.7\n" + b" " * LARGEST + b"%%EOF", "20 MB, where 20 MB is the limit"),
    "garbage": (b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"%%EOF", "a damaged PDF"),
    "not a PDF": (b"hello", "no PDF, in spite of its name"),
    "a photograph": (b"\xff\xd8\xff\xe0JFIF", "a photograph (JPEG)"),
    "a web page": (b"<!DOCTYPE html><title>Log in</title>", "a web page"),
    "empty": (b"", "an empty file"),
    "bomb": (bomb, "a PDF of which a part unpacks to more than any sheet has"),
    "many pages": (
        pdf(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 501>>"], "/Root 1 0 R"),
        "501 pages, where 500 is the limit",
    ),
    "a ring of fields": (
        pdf(["<</Type/Catalog/AcroForm<</Fields[2 0 R]>>>>", "<</T(q1)/Kids[2 0 R 2 0 R]>>"], "/Root 1 0 R"),
        "more fields than any sheet has",
    ),
    "many fields": (
        pdf([f"<</Type/Catalog/AcroForm<</Fields[{'2 0 R ' * (MOST_FIELDS + 1)}]>>>>", "<</T(a)>>"], "/Root 1 0 R"),
        "more fields than any sheet has",
    ),
    "no catalogue": (pdf(["17"], "/Root 1 0 R"), "a damaged PDF"),
    "strange types": (
        pdf(
            ["<</Type/Catalog/Pages 3/AcroForm<</Fields[1 (a) [2 0 R] 2 0 R]>>>>", "<</T 7/V<</A 1>>/Kids 5>>"],
            "/Root 1 0 R",
        ),
        "no form: not one of our sheets",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_pdf_that_cannot_be_used_is_a_problem(tmp_path: Path, kind: str) -> None:
    made, found = REFUSED[kind]
    data = made() if callable(made) else made
    result = collected(tmp_path, data, name="sheet.pdf")
    (problem,) = result.problems
    assert problem.found.startswith(found)
    assert problem.fatal
    assert problem.remedy
    assert result.submissions == ()


def test_a_pdf_for_which_there_is_too_little_memory_is_not_called_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **words: object) -> None:
        raise MemoryError

    monkeypatch.setattr(pypdf, "PdfReader", full)
    with pytest.raises(MemoryError):
        read_form(GOOD)


def test_a_field_of_no_slot_is_named(tmp_path: Path) -> None:
    data = form_pdf({"q1.h1_3": "1", "q1.h1_33": "2", "q9.gradient": "3"}, sheet_id=SHEET_1)
    result = collected(tmp_path, data)
    assert written(result) == {("s1", "q1"): {"h1_3": "1"}}
    assert said(result) == [
        ("field 'q1.h1_33'", "s1 has no such slot", True),
        ("field 'q9.gradient'", "s1 has no question q9, but a response there", True),
    ]


def field_with(value: str) -> bytes:
    """A sheet on which the value of q1.gradient is this piece of PDF, object 7 being a stream that says 0.5."""
    fields = "/AcroForm<</Fields[4 0 R 5 0 R]>>"
    return pdf(
        [
            f"<</Type/Catalog/Pages 2 0 R{fields}>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            "<</Type/Page/Parent 2 0 R/Annots[4 0 R 5 0 R]>>",
            f"<</Type/Annot/Subtype/Widget/FT/Tx/Rect[0 0 1 1]/T(q1.gradient)/V {value}>>",
            f"<</Type/Annot/Subtype/Widget/FT/Tx/T(sheet_id)/V({SHEET_1})>>",
            "<<>>",
            "<</Length 3>>stream\n0.5\nendstream",
        ],
        "/Root 1 0 R",
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("(0.5)", "0.5"),
        ("0.5", "0.5"),
        ("7 0 R", "0.5"),
        ("<FEFF22120030002E0035>", "\N{MINUS SIGN}0.5"),
        ("<FFFE30002E003500>", "0.5"),
        ("<EFBBBF302E35>", "0.5"),
        ("/Yes", "/Yes"),
        ("null", ""),
        ("()", ""),
        ("9 0 R", ""),
    ],
)
def test_values_of_any_kind_that_says_something(tmp_path: Path, value: str, text: str) -> None:
    """PDF has strings in several encodings, and streams; some programs write plain numbers."""
    result = collected(tmp_path, field_with(value))
    assert [each.responses for each in result.submissions] == [{"gradient": text}]
    assert [place for place, _, fatal in said(result) if fatal] == ["q1, q2"]  # the boxes that are not there


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("[(0.5)]", "a value that is no text"),
        ("<</A (0.5)>>", "a value that is no text"),
        ("true", "a value that is no text"),
        ("(" + "9" * 100_000 + ")", "a text of 100,000 characters"),
    ],
)
def test_a_value_that_says_nothing_does_not_pass_for_blank(tmp_path: Path, value: str, what: str) -> None:
    problems = collected(tmp_path, field_with(value)).problems
    assert (problems[0].place, problems[0].student, problems[0].fatal) == ("field 'q1.gradient'", "s1", True)
    assert problems[0].found == f"{what} where a number belongs"


@pytest.mark.parametrize("value", ["<FEFFD8000030>", "<FEFF003000>", "(\033[2J0.5)", "(0.5\\000)"])
def test_values_with_odd_characters_stay_in_their_box(tmp_path: Path, value: str) -> None:
    (submission,) = collected(tmp_path, field_with(value)).submissions
    assert submission.responses["gradient"].strip()


def test_a_foreign_id_next_to_a_good_one_is_remarked(tmp_path: Path) -> None:
    result = collected(tmp_path, form_pdf(FIELDS, sheet_id=SHEET_1, information="AAAA"))
    assert written(result) == RESPONSES
    assert said(result) == [("", "a second sheet id, 'AAAA', is not of this assignment", False)]


names = Names(TWO)


@given(st.integers(0, len(GOOD)), st.binary(max_size=6), st.integers(0, 6))
def test_no_damaged_pdf_raises(at: int, replacement: bytes, gone: int) -> None:
    data = GOOD[:at] + replacement + GOOD[at + gone :]
    report = read(Content("sheet.pdf", data), names)
    assert report.submissions or any(problem.fatal for problem in report.problems)
    assert all(each.student == "s1" for each in report.submissions)


def test_a_flattened_sheet_is_put_down_to_its_student(tmp_path: Path) -> None:
    flattened, _ = REFUSED["flattened"]
    assert isinstance(flattened, bytes)
    (problem,) = collected(tmp_path, flattened, name="print.pdf").problems
    assert (problem.student, problem.fatal) == ("s1", True)


@pytest.mark.parametrize(
    ("left", "place", "gone"),
    [
        (["q2.gradient", "q2.updated"], "q1", "all 4 boxes of q1"),
        (["q1.h1_3", "q2.gradient"], "q1, q2", "3 of the 4 boxes of q1 and 1 of the 2 boxes of q2"),
    ],
)
def test_a_sheet_of_which_a_part_is_gone_is_put_down_to_its_student(
    tmp_path: Path, left: list[str], place: str, gone: str
) -> None:
    """What is left is marked, and what has no field any more does not pass for blank."""
    fields = dict.fromkeys(left, "0.5")
    result = collected(tmp_path, form_pdf(fields, sheet_id=SHEET_1, whole=False))
    assert {f"{question}.{slot}" for (_, question), found in written(result).items() for slot in found} == set(left)
    (problem,) = result.problems
    assert (problem.student, problem.fatal, problem.place) == ("s1", True, place)
    assert problem.found == f"the sheet of s1 lacks the fields of {gone}: pages were left out"


def test_a_folder_of_sheets_is_read_quickly(tmp_path: Path) -> None:
    """All by one process that is started once: 200 sheets take a second, most of it the start."""
    for number in range(200):
        (tmp_path / f"{number}.pdf").write_bytes(GOOD)
    begun = sum(os.times()[:4])
    assert len(collect([tmp_path], TWO).submissions) == 2
    # Of computing, that of the process included: a busy machine is no failure.
    assert sum(os.times()[:4]) - begun < 10


def test_pdfs_one_behind_the_other_are_said_to_be(tmp_path: Path) -> None:
    """Of such a file every reader of PDF sees the last one alone."""
    sheets = [form_pdf({"q1.gradient": value}, sheet_id=of) for value, of in (("1", SHEET_1), ("2", SHEET_2))]
    result = collected(tmp_path, b"\n".join(sheets), name="all.pdf")
    assert written(result) == {("s2", "q1"): {"gradient": "2"}}
    assert said(result) == [("", "2 PDFs one behind the other in one file, of which only the last can be read", True)]


def test_files_attached_to_a_sheet_are_said_not_to_be_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(form_pdf({"q1.gradient": "1"}, sheet_id=SHEET_1))) as document:
        document.attachments["other.pdf"] = form_pdf({"q1.gradient": "2"}, sheet_id=SHEET_2)
        document.save(out)
    result = collected(tmp_path, out.getvalue(), name="sheet.pdf")
    assert written(result) == {("s1", "q1"): {"gradient": "1"}}
    assert said(result) == [("", "other files are attached to this PDF", False)]


@pytest.mark.parametrize("value", ["\x1ben\x1b0.5", "\x1bdeCH\x1b0.5", "0.5\0", "\r0.5\r\n\0\0"])
def test_what_is_no_part_of_a_value_is_left_out(tmp_path: Path, value: str) -> None:
    """Its language, and the 0 with which some programs end a text."""
    result = collected(tmp_path, form_pdf({"q1.gradient": value}, sheet_id=SHEET_1), name="sheet.pdf")
    assert read_number(written(result)["s1", "q1"]["gradient"]) == Reading(0.5)
