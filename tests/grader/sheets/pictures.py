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
    return [np.asarray(Image.open(path), dtype=np.int16) for path in sorted(folder.glob(f"{name}-*.pgm"))]


def worst(one: np.ndarray, other: np.ndarray) -> float:
    """The most ink that one of two pictures has and the other has not: the mean of 8 × 8 pixels.

    That is a millimetre at 200 to the inch. Poppler sets letters and hairlines on whole pixels, and one that stands
    between two may fall on either: ink that the other picture has in a neighbouring pixel counts as the same.
    """

    def coarse(picture: np.ndarray) -> np.ndarray:
        rows, columns = (size // 8 * 8 for size in picture.shape)
        return picture[:rows, :columns].reshape(rows // 8, 8, columns // 8, 8).mean(axis=(1, 3))

    def spread(ink: np.ndarray) -> np.ndarray:
        beside = np.maximum.reduce([np.roll(ink, shift, axis=1) for shift in (-1, 0, 1)])
        return np.maximum.reduce([np.roll(beside, shift, axis=0) for shift in (-1, 0, 1)])

    inks = 255 - one, 255 - other
    missing = (np.maximum(ink - spread(of), 0) for ink, of in (inks, inks[::-1]))
    return max(float(coarse(found).max()) for found in missing)


SAME = 7.0
"""Measured: at most 4.3 where nothing differs (the corner of a QR code), 10.9 and more where one digit of a subscript
does."""


def compared(printer: Printer, sheet: Sheet, folder: Path) -> float:
    """How a stamped sheet differs from the same laid out whole."""
    stamped = pictures(printer.student(sheet), folder, "stamped", 200)
    whole = pictures(printer.accessible(sheet), folder, "whole", 200)
    assert [one.shape for one in stamped] == [one.shape for one in whole]
    return max(worst(one, other) for one, other in zip(stamped, whole, strict=True))


def text_of(pdf: bytes, folder: Path) -> str:
    """All that can be copied from it, in lines."""
    (folder / "text.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(folder / "text.pdf"), "-"], check=True, capture_output=True)
    return done.stdout.decode()


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
