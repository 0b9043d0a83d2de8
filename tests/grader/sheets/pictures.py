"""Sheets as poppler shows them: pictures to compare, and where words stand."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from grader.sheets import Printer, Sheet


def pictures(pdf: bytes, folder: Path, name: str, resolution: int = 100) -> list[np.ndarray]:
    (folder / f"{name}.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-gray", "-r", str(resolution), str(folder / f"{name}.pdf"), str(folder / name)]
    subprocess.run(command, check=True)
    return [np.asarray(Image.open(path), dtype=float) for path in sorted(folder.glob(f"{name}-*.pgm"))]


def worst(one: np.ndarray, other: np.ndarray) -> float:
    """The greatest difference in the mean grey of 8 × 8 pixels, a millimetre at 200 to the inch."""

    def coarse(picture: np.ndarray) -> np.ndarray:
        rows, columns = (size // 8 * 8 for size in picture.shape)
        return picture[:rows, :columns].reshape(rows // 8, 8, columns // 8, 8).mean(axis=(1, 3))

    return float(np.abs(coarse(one) - coarse(other)).max())


SAME = 12.0
"""Measured: at most 10 (a hairline that falls on another row of pixels) where nothing differs, 14 and more where one
digit of a subscript does."""


def compared(printer: Printer, sheet: Sheet, folder: Path) -> float:
    """How a stamped sheet differs from the same laid out whole."""
    stamped = pictures(printer.student(sheet), folder, "stamped", 200)
    whole = pictures(printer.accessible(sheet), folder, "whole", 200)
    assert [one.shape for one in stamped] == [one.shape for one in whole]
    return max(worst(one, other) for one, other in zip(stamped, whole, strict=True))


@dataclass(frozen=True)
class Word:
    """A word of a page, in points from its lower left corner; `middle` is that of its height."""

    text: str
    page: int
    left: float
    middle: float
    right: float


def words_of(pdf: bytes, folder: Path) -> list[Word]:
    """Every word and where it stands."""
    (folder / "words.pdf").write_bytes(pdf)
    command = ["pdftotext", "-bbox", str(folder / "words.pdf"), str(folder / "words.html")]
    subprocess.run(command, check=True)
    space = "{http://www.w3.org/1999/xhtml}"
    found = []
    for number, page in enumerate(ElementTree.parse(folder / "words.html").iter(f"{space}page")):  # noqa: S314
        height = float(page.attrib["height"])
        for word in page.iter(f"{space}word"):
            left, top, right, bottom = (float(word.attrib[name]) for name in ("xMin", "yMin", "xMax", "yMax"))
            found.append(Word(word.text or "", number, left, height - (top + bottom) / 2, right))
    return found
