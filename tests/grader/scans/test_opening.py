"""Files as they come from scanners and phones, and those that are none: opened within limits, or said why not."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest

pytest.importorskip("cv2")

from PIL import Image

from grader.scans import limits
from grader.scans.opening import Opener, Unopened


def opened(path: Path):
    with Opener() as opener:
        found = []
        for one in opener.pages(path):
            grey = one if isinstance(one, Unopened) else one[1].grey()
            found.append(grey.found if isinstance(grey, Unopened) else grey.shape)
        return found


def greys(path: Path) -> Any:
    """The pixels of a picture of one page."""
    with Opener() as opener:
        found: Any = list(opener.pages(path))
        return found[0][1].grey()


def png_of(width: int, height: int) -> bytes:
    """A picture of this size, one bit a pixel, of a few bytes."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    pixels = b"".join(packer.compress(row) for _ in range(min(height, 20_000))) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", pixels) + part(b"IEND", b"")


def test_a_locked_a_broken_and_an_empty_pdf_are_named_for_what_they_are(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    (tmp_path / "broken.pdf").write_bytes((tmp_path / "locked.pdf").read_bytes()[:60])
    (tmp_path / "empty.pdf").write_bytes(b"")
    said = [opened(tmp_path / f"{name}.pdf")[0] for name in ("locked", "broken", "empty")]
    assert said == ["a PDF that is locked with a password", "a damaged PDF", "an empty file"]


def test_a_panorama_is_made_smaller_and_a_picture_beyond_all_bounds_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "panorama.png").write_bytes(png_of(20_000, 4_000))
    (tmp_path / "bomb.png").write_bytes(png_of(60_000, 60_000))
    ((rows, columns),) = opened(tmp_path / "panorama.png")
    assert rows * columns <= limits.LARGEST_PICTURE
    assert columns / rows == pytest.approx(5, rel=0.01)
    assert opened(tmp_path / "bomb.png") == ["60,000 × 60,000 pixels, more than are read"]


def test_pages_of_a_tiff_come_in_their_order_and_colours_become_greys(tmp_path: Path) -> None:
    pages = [Image.new("L", (300, 400), 250), Image.new("L", (310, 400), 128), Image.new("L", (320, 400), 0)]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    assert opened(tmp_path / "pages.tif") == [(400, 300), (400, 310), (400, 320)]
    Image.new("RGBA", (300, 200), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.fromarray(np.full((200, 300), 40_000, np.uint16)).save(tmp_path / "deep.png")
    clear, deep = (greys(tmp_path / f"{name}.png") for name in ("clear", "deep"))
    assert (clear == 255).all()
    assert deep.mean() == pytest.approx(40_000 / 256, abs=1)


def test_an_archive_that_unpacks_without_end_is_named_and_what_follows_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("bomb.png", "w", force_zip64=True) as member:
            for _piece in range(limits.LARGEST_PACKED // 10_000_000 + 1):
                member.write(bytes(10_000_000))
        archive.writestr("page.png", png_of(300, 200))
    assert opened(tmp_path / "a.zip") == ["larger than 500 MB, unpacked", (200, 300)]


def test_a_page_of_which_reading_dies_costs_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (300, 400), 250).save(tmp_path / "a.png")
    Image.new("L", (300, 400), 250).save(tmp_path / "b.png")
    with Opener() as opener:
        pages: Any = iter(opener.pages(tmp_path))
        first, process = next(pages), opener._process
        assert process is not None
        process.kill()
        assert isinstance(first[1].grey(), Unopened)
        second: Any = next(pages)
        assert second[1].grey().shape == (400, 300)
