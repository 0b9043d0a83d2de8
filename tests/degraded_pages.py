"""Printed pages as they come back: written on, then scanned by an office's machine or photographed with a phone.

Of every picture it is known exactly where each point of the page lies on it (`to_picture`): that is the truth which the
scanner's placing of boxes is measured against. It shares no code with `grader.scans`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]
PIXELS = 300 / 25.4
"""A millimetre's, of the pages that are degraded, but for what `drawn` says."""


@dataclass(frozen=True, eq=False)
class Degraded:
    """A picture of a page; `to_picture` takes points in millimetres (n, 2) to its pixels."""

    grey: Grey
    to_picture: Callable[[Points], Points]


def drawn(pdf: bytes, page: int) -> Grey:
    """A page of a PDF at 300 dpi."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        wide, high = (side * 300 / 72 for side in document[page].get_size())
        grey = document[page].render(scale=300 / 72, grayscale=True, may_draw_forms=False, draw_annots=False).to_numpy()
    finally:
        document.close()
    grey = np.ascontiguousarray(grey.squeeze())
    # PDFium draws onto whole pixels, a fraction too large: back to exactly 300 dpi, pixels' middles on middles.
    across, down = wide / grey.shape[1], high / grey.shape[0]
    exact = np.array([[across, 0, 0.5 * across - 0.5], [0, down, 0.5 * down - 0.5]])
    return cv2.warpAffine(grey, exact, (grey.shape[1], grey.shape[0]), flags=cv2.INTER_CUBIC, borderValue=255)


def boxes_of(pdf: bytes, page: int) -> dict[str, tuple[float, float, float, float]]:
    """The boxes of a page by their names: left, top, right and bottom in millimetres from its upper left corner."""
    found = {}
    with pikepdf.open(BytesIO(pdf)) as opened:
        height = float(opened.pages[page].MediaBox[3])
        for field in opened.pages[page].get("/Annots", ()):
            if "." in str(field.get("/NM", "")):
                left, bottom, right, top = (float(side) for side in field.Rect)
                one = 25.4 / 72
                found[str(field.NM)] = left * one, (height - top) * one, right * one, (height - bottom) * one
    return found


def written_on(page: Grey, boxes: Sequence[tuple[float, float, float, float]], rng: np.random.Generator) -> Grey:
    """The page with what looks like numbers in its boxes (left, top, right, bottom in mm), and notes beside."""
    page = page.copy()
    for left, top, right, bottom in boxes:
        if rng.random() < 0.05:
            continue
        if right - left < 8:  # to be ticked
            middle = _pixel((left + right) / 2 - 0.4, bottom - 1)
            cv2.line(page, _pixel(left + 0.8, (top + bottom) / 2), middle, 40, 5, cv2.LINE_AA)
            cv2.line(page, middle, _pixel(right - 0.5 + rng.normal() * 0.3, top + 0.6), 40, 5, cv2.LINE_AA)
            continue
        text = f"{rng.normal():.{rng.integers(1, 5)}f}"
        height = (bottom - top) * rng.uniform(0.45, 0.8)
        x, y = left + rng.uniform(0.5, 3), bottom - (bottom - top - height) * rng.uniform(0.2, 0.8)
        _pen(page, text, x, y, height, rng)
        if rng.random() < 0.05:
            cv2.line(page, _pixel(x, y - height / 2), _pixel(x + 18, y - height / 2 + rng.normal()), 40, 4)
    for _note in range(rng.integers(0, 12)):
        _pen(page, f"{rng.normal():.3f} x", rng.uniform(15, 150), rng.uniform(110, 280), rng.uniform(3, 7), rng)
    return page


def _pixel(x: float, y: float) -> tuple[int, int]:
    return round(x * PIXELS), round(y * PIXELS)


def _pen(page: Grey, text: str, x: float, y: float, height: float, rng: np.random.Generator) -> None:
    face = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX)[rng.integers(3)]
    thickness = int(rng.integers(3, 8))
    for letter in text:
        at = _pixel(x, y + rng.normal() * 0.4)
        scale = height * PIXELS / 22 * rng.uniform(0.85, 1.1)
        cv2.putText(page, letter, at, face, scale, int(rng.integers(10, 90)), thickness, cv2.LINE_AA)
        x += height * rng.uniform(0.5, 0.8)


def office_scan(page: Grey, rng: np.random.Generator, dpi: int = 300) -> Degraded:
    """Fed a little askew and unevenly, grey, with streaks and specks, as a JPEG; perhaps upside down."""
    factor = dpi / 300
    height, width = page.shape
    angle = np.radians(rng.uniform(-2.5, 2.5) + 180 * (rng.random() < 0.3))
    stretch = 1 + rng.normal(0, 0.002, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag(stretch) * factor
    size = np.array([width, height]) * factor
    shift = size / 2 - turn @ (np.array([width, height]) / 2) + rng.normal(0, 3 * PIXELS * factor, 2) * 0.5
    map_ = np.column_stack([turn, shift])
    columns, rows = round(width * factor), round(height * factor)
    soft = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.4, 0.8) / factor)
    grey = _warped(soft, map_, (columns, rows), paper=int(rng.integers(235, 256)))
    ink, paper = rng.uniform(0, 60), rng.uniform(228, 255)
    grey = ink + grey * (paper - ink) / 255
    for _streak in range(rng.integers(0, 4)):
        at = int(rng.integers(0, columns - 3))
        grey[:, at : at + rng.integers(1, 3)] -= rng.uniform(15, 110)
    grey += rng.normal(0, rng.uniform(1, 6), grey.shape)
    for _speck in range(rng.integers(0, 60)):
        cv2.circle(grey, (int(rng.integers(columns)), int(rng.integers(rows))), int(rng.integers(1, 3)), 90.0, -1)
    picture = _jpeg(np.clip(grey, 0, 255).astype(np.uint8), int(rng.integers(55, 92)))

    def to_picture(points: Points) -> Points:
        # A millimetre's pixels are counted from their corners, OpenCV's from their middles.
        return (points * PIXELS - 0.5) @ map_[:, :2].T + map_[:, 2]

    return Degraded(picture, to_picture)


def phone_photo(page: Grey, rng: np.random.Generator, megapixels: float = 4.0, bend: float = 1.5) -> Degraded:
    """From an angle, on a table, unevenly lit, out of focus, shadowed; the paper `bend` millimetres from plane."""
    height, width = page.shape
    rows = round(np.sqrt(megapixels * 1e6 * 4 / 3))
    columns = round(rows * 3 / 4)
    fills = rng.uniform(0.8, 0.95)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    scale = fills * min(columns / width, rows / height)
    away = (corners - [width / 2, height / 2]) * scale
    tilt = rng.uniform(-0.08, 0.08, 2)
    away = away / (1 + (away @ tilt / (rows / 2)))[:, None]
    angle = np.radians(rng.normal(0, 3))
    away = away @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    away += np.array([columns, rows]) / 2 + rng.normal(0, 0.01, 2) * rows
    home = cv2.getPerspectiveTransform(corners.astype(np.float32), away.astype(np.float32)).astype(float)
    waves = rng.uniform(-1, 1, 2) * bend / 2 * PIXELS, rng.uniform(0, 2 * np.pi, 2), rng.uniform(0.4, 1.1, 2)

    def bent(points: Points) -> Points:
        """Where points of the bent page (its pixels) would lie on a plane one."""
        (across, down), phase, often = waves
        x, y = points[:, 0] / width, points[:, 1] / height
        off_x = across * np.sin(2 * np.pi * often[0] * y + phase[0])
        off_y = down * np.sin(2 * np.pi * often[1] * x + phase[1])
        return points + np.column_stack([off_x, off_y])

    # For each pixel of the picture the one of the page, found by going back: the bend is small.
    grid = np.stack(np.meshgrid(np.arange(columns, dtype=float), np.arange(rows, dtype=float)), -1).reshape(-1, 1, 2)
    plane = cv2.perspectiveTransform(grid, np.linalg.inv(home)).reshape(-1, 2)
    back = plane.copy()
    for _time in range(3):
        back += plane - bent(back)
    back = back.reshape(rows, columns, 2).astype(np.float32)
    shrinks = max(1.0, 1 / scale)
    soft = cv2.GaussianBlur(page, (0, 0), 0.45 * shrinks)
    grey = cv2.remap(soft, back[..., 0], back[..., 1], cv2.INTER_LINEAR, borderValue=0).astype(float)
    outside = (back[..., 0] < 0) | (back[..., 0] > width - 1) | (back[..., 1] < 0) | (back[..., 1] > height - 1)
    table = rng.uniform(30, 150) + 25 * _clouds(rows, columns, rng, 24)
    ink = rng.uniform(15, 60)
    grey = np.where(outside, table, ink + grey * (235 - ink) / 255)
    light = 0.78 + 0.2 * _clouds(rows, columns, rng, 3)
    if rng.random() < 0.6:  # the photographer's own shadow
        edge = np.linspace(-1, 1, columns)[None, :] * rng.normal() + np.linspace(-1, 1, rows)[:, None] * rng.normal()
        light = light * (1 - rng.uniform(0.2, 0.45) / (1 + np.exp(-18 * (edge - rng.uniform(-0.5, 0.5)))))
    grey = cv2.GaussianBlur(grey * light, (0, 0), rng.uniform(0.3, 1.1) * np.sqrt(megapixels / 4))
    grey += rng.normal(0, rng.uniform(1, 5), grey.shape)
    picture = _jpeg(np.clip(grey, 0, 255).astype(np.uint8), int(rng.integers(60, 92)))

    def to_picture(points: Points) -> Points:
        flat = bent(points * PIXELS - 0.5)
        return cv2.perspectiveTransform(flat.reshape(-1, 1, 2), home).reshape(-1, 2)

    return Degraded(picture, to_picture)


def _warped(page: Grey, map_: NDArray[np.float64], size: tuple[int, int], paper: int) -> NDArray[np.float64]:
    flags = cv2.INTER_AREA if map_[0, 0] ** 2 + map_[0, 1] ** 2 < 0.7 else cv2.INTER_LINEAR
    return cv2.warpAffine(page, map_, size, flags=flags, borderValue=paper).astype(float)


def _clouds(rows: int, columns: int, rng: np.random.Generator, cells: int) -> NDArray[np.float64]:
    """Something smooth between about -1 and 1."""
    return cv2.resize(rng.uniform(-1, 1, (cells, cells)), (columns, rows), interpolation=cv2.INTER_CUBIC)


def _jpeg(picture: Grey, quality: int) -> Grey:
    _done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
