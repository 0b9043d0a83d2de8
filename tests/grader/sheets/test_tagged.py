"""Every document that is stamped is tagged: what is drawn belongs to its tree, in the order in which it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from grader.sheets import Printer, Sheet
from grader.sheets.content.face import ExtraPages, Face, OwnTexts
from grader.sheets.pdf.forms import tooltip
from grader.sheets.printing.cover import Cover
from question_bank.expressions.names import Symbol
from tests.grader.sheets.samples import LEAN, TINY, make_question, make_sheet, sheet_of
from tests.grader.tagged import elements, lacking


def of_two() -> Sheet:
    return make_sheet(make_question(LEAN, Symbol("w", 1, (1, 1))), make_question(TINY, Symbol("w", 1, (1, 1))))


def student(sheet: Sheet) -> bytes:
    return Printer().student(sheet)


def of_all(sheet: Sheet) -> bytes:
    out = BytesIO()
    Printer().write_all_to([sheet, sheet], out, sides=2, cover=Cover("room: A 101"))
    return out.getvalue()


def key(sheet: Sheet) -> bytes:
    out = BytesIO()
    Printer().write_key_to([sheet, sheet], out)
    return out.getvalue()


def filled(sheet: Sheet) -> bytes:
    out = BytesIO()
    Printer().write_filled(sheet, out)
    return out.getvalue()


def operations(page: Any) -> Iterator[tuple[Any, str]]:
    for instruction in pikepdf.parse_content_stream(page):
        yield instruction.operands, str(instruction.operator)


def marks_of(page: Any) -> tuple[list[int], list[str]]:
    """The marks of a page's content in the order in which they are drawn, and what is drawn outside of all."""
    marks: list[int] = []
    outside: list[str] = []
    depth = 0
    for operands, name in operations(page):
        if name == "BDC" and "/MCID" in (operands[1] if isinstance(operands[1], pikepdf.Dictionary) else {}):
            marks.append(int(operands[1]["/MCID"]))
        if name in ("BDC", "BMC"):
            depth += 1
        elif name == "EMC":
            depth -= 1
        elif not depth and name in ("Tj", "TJ", "Do", "S", "f", "f*", "B", "b", "sh"):
            outside.append(name)
    assert not depth
    return marks, outside


def owners(root: Any) -> dict[int, Any]:
    """By key what the tree from marks and fields to elements says."""
    found: dict[int, Any] = {}

    def read(node: Any) -> None:
        for kid in node.get("/Kids", []):
            read(kid)
        entries = list(node.get("/Nums", []))
        found.update(zip(map(int, entries[::2]), entries[1::2], strict=True))

    read(root["/ParentTree"])
    return found


def marks_in(element: Any) -> Iterator[int]:
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if not isinstance(kid, pikepdf.Object):
            yield int(kid)


def with_pages(sheet: Sheet) -> Sheet:
    from dataclasses import replace

    pages = ExtraPages(cover=True, formulas=True, working="squared")
    texts = OwnTexts(instructions="Show *all* of it.\n\n- One.\n- Two.", allowed="Nothing.", honour="Alone.")
    return replace(sheet, face=Face(pages=pages), texts=texts)


CASES = {
    "student": lambda: student(of_two()),
    "with other pages": lambda: student(with_pages(of_two())),
    "on two pages": lambda: student(sheet_of("textbook", "find")),
    "on edges": lambda: student(sheet_of("circuit-edges", "given")),
    "ticks": lambda: student(sheet_of("which-paths", "given")),
    "all": lambda: of_all(of_two()),
    "key": lambda: key(of_two()),
    "filled": lambda: filled(sheet_of("which-paths", "given")),
}


@pytest.mark.parametrize("case", CASES)
def test_a_reader_is_told_all_that_stands_on_paper(case: str, tmp_path: Path) -> None:
    pdf = CASES[case]()
    assert lacking(pdf, "en") == []
    with pikepdf.open(BytesIO(pdf)) as opened:
        root = opened.Root["/StructTreeRoot"]
        by_key = owners(root)
        for page in opened.pages:
            marks, outside = marks_of(page)
            assert outside == []
            of_page = by_key.get(int(page.get("/StructParents", -1)), [])
            assert sorted(marks) == list(range(len(of_page)))
            for mark, element in enumerate(of_page):
                assert mark in marks_in(element)
                assert element["/Pg"].objgen == page.objgen
            for field in page.get("/Annots", []):
                if not int(field["/F"]) & 2:
                    element = by_key[int(field["/StructParent"])]
                    assert (element["/S"], element["/K"]["/Obj"].objgen) == ("/Form", field.objgen)
                    assert str(field["/TU"])
        # All hang together: whose kid an element is, that one it names as what it belongs to.
        for element in elements(root["/K"]):
            kids = element.get("/K", [])
            for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
                if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                    assert kid["/P"].objgen == element.objgen
    pdfua = pytest.importorskip("pdfua", reason="the checker of PDF/UA is not installed")
    path = tmp_path / "made.pdf"
    path.write_bytes(pdf)
    assert list(pdfua.validate(path).findings) == []


def test_it_is_read_in_the_order_of_working() -> None:
    sheet = of_two()
    question = sheet.questions[0].question
    with pikepdf.open(BytesIO(student(sheet))) as opened:
        first = next(one for one in elements(opened.Root["/StructTreeRoot"]["/K"]) if one["/S"] == "/Sect")
        kinds = [str(one["/S"])[1:] for one in elements(first)]
        fields = [str(one["/K"]["/Obj"]["/TU"]) for one in elements(first) if one["/S"] == "/Form"]
        figure = next(one for one in elements(first) if one["/S"] == "/Figure")
        assert str(figure["/Alt"]).startswith("The network")
    assert kinds[1:3] == ["P", "H1"]
    assert kinds.index("H1") < kinds.index("Figure") < kinds.index("H2") < kinds.index("Form") < kinds.index("Table")
    assert sorted(fields) == sorted(tooltip(question.derivation, slot) for slot in question.slots)
    with question.derivation.naming():
        assert fields[0] == tooltip(question.derivation, question.slots[0])


def test_indices_and_fractions_are_said() -> None:
    sheet = make_sheet(make_question(LEAN, Symbol("w", 1, (2, 1))))
    with pikepdf.open(BytesIO(student(sheet))) as opened:
        said = [str(one["/ActualText"]) for one in opened.pages[0].Resources["/Properties"].values()]
    assert any("∂L/∂w_121" in one for one in said)
    assert any("1/(1+e^−a)" in one for one in said)
    assert any(one.startswith("h_11") for one in said)


def test_numbers_are_read_where_they_stand() -> None:
    """What is given, put together again from the tree: the matrix's letter, then its numbers."""
    question = make_question(LEAN, Symbol("w", 1, (1, 1)))
    with pikepdf.open(BytesIO(student(make_sheet(question)))) as opened:
        texts = texts_of(opened.pages[0])
        tree = list(elements(opened.Root["/StructTreeRoot"]["/K"]))
        given = next(at for at, one in enumerate(tree) if one["/S"] == "/H2")
        line = "".join(texts[mark] for mark in marks_in(tree[given + 1]))
    numbers = re.findall(r"−?[0-9.]+", line)
    assert numbers[:4] == [
        f"{question.value(Symbol('w', 1, at)) + 0.0:g}".replace("-", "−") for at in ((1, 1), (1, 2), (2, 1), (2, 2))
    ]


def texts_of(page: Any) -> dict[int, str]:
    """By mark the letters drawn under it, for those of the stamp's own face."""
    face = page.Resources["/Font"]["/GpR"]["/ToUnicode"].read_bytes().decode()
    letters = dict(re.findall(r"<([0-9A-F]{4})> <([0-9A-F]+)>", face))
    found: dict[int, str] = {}
    mark = -1
    for operands, operator in operations(page):
        if operator == "BDC" and isinstance(operands[1], pikepdf.Dictionary) and "/MCID" in operands[1]:
            mark = int(operands[1]["/MCID"])
            found[mark] = ""
        elif operator == "EMC":
            mark = -1
        elif operator == "Tj" and mark >= 0:
            glyphs = bytes(operands[0]).hex().upper()
            codes = [letters.get(glyphs[at : at + 4], "") for at in range(0, len(glyphs), 4)]
            found[mark] += "".join(bytes.fromhex(code).decode("utf-16-be") for code in codes)
    return found
