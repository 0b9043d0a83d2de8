"""What a screen reader needs of a PDF, as PDF/UA-1 asks for it: the parts that a machine can check."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf


def elements(node: Any) -> Iterator[Any]:
    """Every element of a structure tree."""
    if isinstance(node, pikepdf.Array):
        for kid in node:
            yield from elements(kid)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node and node.get("/Type") != "/MCR":
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def lacking(pdf: bytes, language: str) -> list[str]:
    """In which ways a reader is left alone with it; nothing where it is not."""
    found = []
    with pikepdf.open(BytesIO(pdf)) as opened:
        root = opened.Root
        if "/StructTreeRoot" not in root or "/MarkInfo" not in root or not root["/MarkInfo"].get("/Marked"):
            return ["no tags"]
        if root.get("/Lang") != language:
            found.append(f"language {root.get('/Lang')}")
        if not str(opened.docinfo.get("/Title", "")) or not root["/ViewerPreferences"].get("/DisplayDocTitle"):
            found.append("no title")
        if b'pdfuaid:part="1"' not in root["/Metadata"].read_bytes():
            found.append("no PDF/UA")
        tree = list(elements(root["/StructTreeRoot"]["/K"]))
        found += ["a figure without a text" for one in tree if one["/S"] == "/Figure" and not str(one.get("/Alt", ""))]
        for table in (one for one in tree if one["/S"] == "/Table"):
            if not any(one["/S"] == "/TH" for one in elements(table["/K"])):
                found.append("a table without headings")
        levels = [
            int(str(one["/S"])[2:]) for one in tree if str(one["/S"])[1:2] == "H" and str(one["/S"])[2:].isdigit()
        ]
        found += [
            f"H{level} after H{before}"
            for before, level in zip([0, *levels], levels, strict=False)
            if level > before + 1
        ]
        # What is drawn on a page either belongs to the tree, or is marked as an artifact.
        found += [
            f"page {number} outside of the tree"
            for number, page in enumerate(opened.pages, 1)
            if "/StructParents" not in page
        ]
        fonts = (font for page in opened.pages for font in page.resources.get("/Font", {}).values())
        found += [f"{font['/BaseFont']} without its characters" for font in fonts if "/ToUnicode" not in font]
    return found
