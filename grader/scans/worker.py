"""The process that opens what came from a scanner or a phone: PDFs, pictures, archives of them.

It answers requests: which pages, or files, there are in a file (as JSON); or one page, as grey pixels. What it may
compute and address is bounded by the system, and one that died is replaced. No picture is understood here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import sys
import time
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from grader.files.messages import receive, send
from grader.files.safe_names import printable, shown
from grader.scans import limits
from grader.sheets.pdf.sheet_identity import PRODUCER
from grader.submissions.bundle import FileRefused, OfficeDocument, is_link, is_zip, members, open_file

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2
    from numpy.typing import NDArray

_HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", b"ftypavif")
_AGAIN = "scan or photograph it again"
_PIECE = 1 << 20


@dataclass(slots=True)
class _Opened:
    """A file that is open: itself, and as what."""

    place: tuple[str, tuple[int, ...]]
    file: BinaryIO
    kind: str
    pdf: pypdfium2.PdfDocument | None = None


class PageFiles:
    """Opens files, one at a time; the last one stays open."""

    def __init__(self) -> None:
        self._opened: _Opened | None = None

    def listed(self, path: str, inside: tuple[int, ...], *, named: bool) -> dict[str, Any]:
        """What a file holds: so many pages, or other files. Raises FileRefused, and whatever the libraries raise."""
        file = self._file(path, inside, named=named)
        head = file.read(32)
        if is_zip(head):
            return self._archive(file, path, inside)
        digest = hashlib.sha256()
        file.seek(0)
        while piece := file.read(_PIECE):
            digest.update(piece)
        opened = self._open(path, inside, file, head)
        if opened.pdf is not None:
            count = len(opened.pdf)
            _refuse_own(opened.pdf)
        else:
            with _picture(file, opened.kind) as picture:
                count = int(getattr(picture, "n_frames", 1)) if opened.kind == "TIFF" else 1
        if not count:
            raise FileRefused("a file without a page", _AGAIN)
        if count > limits.MOST_PAGES:
            raise FileRefused(f"{count:,} pages, where {limits.MOST_PAGES:,} is the limit", "scan it as several files")
        return {"pages": count, "digest": digest.hexdigest()}

    def page(self, path: str, inside: tuple[int, ...], number: int, *, named: bool) -> NDArray[np.uint8]:
        """A page, from 0, upright as the file says, in greys."""
        opened = self._opened
        if opened is None or opened.place != (path, inside):
            file = self._file(path, inside, named=named)
            head = file.read(32)
            opened = self._open(path, inside, file, head)
        if opened.pdf is not None:
            return _drawn(opened.pdf, number)
        return _grey(opened.file, opened.kind, number)

    def close(self) -> None:
        """Close what is open."""
        if self._opened is not None:
            if self._opened.pdf is not None:
                self._opened.pdf.close()
            self._opened.file.close()
            self._opened = None

    def _open(self, path: str, inside: tuple[int, ...], file: BinaryIO, head: bytes) -> _Opened:
        self.close()
        file.seek(0)
        kind = _kind(head)
        opened = _Opened((path, inside), file, kind)
        if kind == "PDF":
            opened.pdf = _pdf(file)
        self._opened = opened
        return opened

    def _file(self, path: str, inside: tuple[int, ...], *, named: bool) -> BinaryIO:
        file = open_file(Path(path), named=named)
        size = os.fstat(file.fileno()).st_size
        if size > limits.LARGEST_FILE:
            file.close()
            raise FileRefused(f"larger than {limits.LARGEST_FILE / 1e9:.0f} GB", "scan it as several files")
        for depth, number in enumerate(inside):
            with file:
                archive, listed = members(file, "")
                with archive:
                    file_inside = _unpacked(archive, listed[number])
            file = BytesIO(file_inside)
            if depth >= limits.DEEPEST:
                raise FileRefused(f"archives inside archives, more than {limits.DEEPEST} deep", "unpack it first")
        return file

    def _archive(self, file: BinaryIO, path: str, inside: tuple[int, ...]) -> dict[str, Any]:
        if len(inside) >= limits.DEEPEST:
            raise FileRefused(f"archives inside archives, more than {limits.DEEPEST} deep", "unpack it first")
        file.seek(0)
        with file:
            archive, listed = members(file, path if not inside else "")
            with archive:
                return {
                    "members": [{"name": printable(one.orig_filename)[:1000], "link": is_link(one)} for one in listed]
                }


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(member) as opened:
            data = opened.read(limits.LARGEST_PACKED + 1)
    except MemoryError:
        raise
    except Exception as error:  # a damaged file of any of zip's methods
        locked = bool(member.flag_bits & 1)
        found = "an encrypted file" if locked else f"a damaged file ({shown(str(error))})"
        raise FileRefused(found, "unpack the archive, and name the folder") from error
    if len(data) > limits.LARGEST_PACKED:
        raise FileRefused(f"larger than {limits.LARGEST_PACKED / 1e6:.0f} MB, unpacked", "no scan of a page is")
    return data


_MAGICS = {b"%PDF-": "PDF", b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"II*\0": "TIFF", b"MM\0*": "TIFF"}


def _kind(head: bytes) -> str:
    if not head.strip(b"\0 \r\n"):
        raise FileRefused("an empty file", _AGAIN)
    if head[4:12] in _HEIC:
        return "HEIF"
    for magic, kind in _MAGICS.items():
        if head.startswith(magic) or (kind == "PDF" and magic in head):
            return kind
    raise FileRefused("no scan or photograph", "scan to PDF, TIFF, PNG or JPEG")


def _pdf(file: BinaryIO) -> pypdfium2.PdfDocument:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise FileRefused("a PDF that is locked with a password", "save it without one") from error
        raise FileRefused("a damaged PDF", _AGAIN) from error


def _refuse_own(pdf: pypdfium2.PdfDocument) -> None:
    """Raise FileRefused for what gradpath itself has printed: its boxes are blank, or filled in as fields."""
    if pdf.get_metadata_value("Producer") == PRODUCER or pdf.get_metadata_value("GradpathSheet"):
        raise FileRefused(
            "a PDF that gradpath has printed, and no scan of one",
            "gradpath grade reads sheets that were filled in on a screen",
        )


def _drawn(pdf: pypdfium2.PdfDocument, number: int) -> NDArray[np.uint8]:
    import numpy as np
    import pypdfium2

    try:
        page = pdf[number]
        width, height = page.get_size()
        # No sharper than 300 dpi: what a scanner has put into the PDF is seldom more.
        scale = min(300 / 72, (limits.LARGEST_PICTURE / max(1.0, width * height)) ** 0.5)
        if not scale * min(width, height) > 0.01 or scale * max(width, height) > 60_000:
            raise FileRefused(f"a page of {width:,.0f} × {height:,.0f} points", _AGAIN)
        grey = page.render(scale=scale, grayscale=True).to_numpy()
    except pypdfium2.PdfiumError as error:
        raise FileRefused("a damaged page", _AGAIN) from error
    return np.ascontiguousarray(grey.reshape(grey.shape[0], grey.shape[1]))


def _picture(file: BinaryIO, kind: str) -> Any:
    """The picture as Pillow opens it; its size is looked at before a pixel is."""
    from PIL import Image

    if kind == "HEIF":
        try:
            import pillow_heif  # type: ignore[import-not-found,unused-ignore]
        except ImportError:
            raise FileRefused(
                "a photograph (HEIC), for which a library is missing here",
                "pip install pillow-heif, or save it as JPEG",
            ) from None
        pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None  # it has a limit of its own
    file.seek(0)
    try:
        picture = Image.open(file, formats=(kind,))
    except MemoryError:
        raise
    except Exception as error:
        raise FileRefused(f"a damaged picture ({kind})", _AGAIN) from error
    width, height = picture.size
    if width * height > limits.MOST_PIXELS:
        raise FileRefused(f"{width:,} × {height:,} pixels, more than are read", "scan it at 300 dpi")
    return picture


def _grey(file: BinaryIO, kind: str, number: int) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image, ImageOps

    with _picture(file, kind) as picture:
        try:
            if number:
                picture.seek(number)
                if picture.width * picture.height > limits.MOST_PIXELS:
                    raise FileRefused(f"{picture.width:,} × {picture.height:,} pixels", "scan it at 300 dpi")
            factor = (picture.width * picture.height / limits.LARGEST_PICTURE) ** 0.5
            if kind == "JPEG" and factor > 2:
                picture.draft("L", (int(picture.width / factor), int(picture.height / factor)))
            turned = ImageOps.exif_transpose(picture)
        except (MemoryError, FileRefused):
            raise
        except Exception as error:
            raise FileRefused(f"a damaged picture ({kind})", _AGAIN) from error
        grey = _on_white(turned)
    factor = (grey.width * grey.height / limits.LARGEST_PICTURE) ** 0.5
    if factor > 1:
        size = max(1, int(grey.width / factor)), max(1, int(grey.height / factor))
        grey = grey.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    return np.asarray(grey, dtype=np.uint8)


def _on_white(picture: Any) -> Any:
    from PIL import Image

    if picture.mode.startswith(("I", "F")):
        # Sixteen bits a pixel, of which eight are seen.
        return (
            picture.point(lambda value: value / 256).convert("L")
            if picture.mode.startswith("I")
            else picture.convert("L")
        )
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        shown_ = picture.convert("RGBA")
        white = Image.new("RGBA", shown_.size, "white")
        white.alpha_composite(shown_)
        picture = white
    return picture.convert("L")


def answer_page_requests() -> None:
    """Answer one request after another from stdin on stdout, until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the parent that deals with Ctrl-C
    _limit_memory()
    files = PageFiles()
    with open(0, "rb", buffering=0, closefd=False) as asking:
        while (asked := receive(asking)) is not None:
            request = json.loads(asked)
            said, pixels = _answer(files, request)
            send(sys.stdout.buffer, json.dumps(said | {"computed": time.process_time()}).encode())
            if pixels is not None:
                send(sys.stdout.buffer, pixels)


def _answer(files: PageFiles, request: dict[str, Any]) -> tuple[dict[str, Any], bytes | None]:
    path, inside, named = request["path"], tuple(request["members"]), request["named"]
    _end_after(limits.SECONDS)
    try:
        if request["page"] is None:
            return files.listed(path, inside, named=named), None
        grey = files.page(path, inside, request["page"], named=named)
        return {"shape": grey.shape}, grey.tobytes()
    except OfficeDocument as refused:
        return {"found": refused.found, "remedy": "scan to PDF, TIFF, PNG or JPEG"}, None
    except FileRefused as refused:
        return {"found": refused.found, "remedy": refused.remedy}, None
    except MemoryError:
        files.close()
        return {"found": "takes more memory than there is for one page", "remedy": "scan it at 300 dpi"}, None
    except OSError as error:
        return {"found": error.strerror or "a damaged file", "remedy": "see that the file can be opened"}, None
    except Exception as error:  # a reader fed with anything at all may raise anything at all
        return {"found": f"cannot be read ({type(error).__name__})", "remedy": _AGAIN}, None
    finally:
        _end_after(None)


def _end_after(seconds: float | None) -> None:
    """Let the system end this process when it has computed so much longer; Windows cannot."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_VIRTUAL, 0 if seconds is None else seconds)


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limits.MEMORY, limits.MEMORY))
