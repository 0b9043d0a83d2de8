"""A folder or a zip archive of files, as learning platforms hand out what a class has uploaded.

Names in it are shown and never used: nothing is written to disk, so that `../` and absolute names go nowhere, and
whose a sheet is does not depend on them (Moodle: `Ann Lee_123_assignsubmission_file_/sheet.pdf`; Canvas:
`leeann_123_456_sheet.pdf`). Files come in the order of their names, numbers by their value and a name before the
same name with something added, so that Canvas's `sheet-1.pdf`, the second attempt, comes after `sheet.pdf`.
"""

from __future__ import annotations

import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from grader.safe_names import printable, shown
from grader.submissions.records import Content, Problem

MOST_FILES = 100_000
LARGEST_FILE = 64_000_000
LARGEST_TABLE = 1_000_000_000
"""Bytes of a file that was named on the command line, which the instructor made, not a student."""

LARGEST_TOTAL = 4_000_000_000
"""Bytes of all files of one folder or archive, unpacked."""

LARGEST_DIRECTORY = 32_000_000
"""Bytes of a zip archive's list of files, which is read into memory as a whole."""

DEEPEST = 3
"""Archives inside archives: students zip their pages, platforms zip what students zipped."""

SIMULATED = "simulated-"
"""How the names begin under which `gradpath simulate` writes what simulated students handed in."""

_SIMULATED = re.compile(rf"{SIMULATED}[a-z]+\.(csv|json)")
_LITTER = re.compile(r"(?i)__macosx|(?!\.\.?$)\..*|thumbs\.db|desktop\.ini|~\$.*")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_END_OF_ZIP = b"PK\x05\x06"


def open_path(path: Path) -> Iterator[Content | Problem]:
    """The files that a path stands for (itself, or those inside), and a problem for each that cannot be read."""
    try:
        if path.is_dir():
            yield from _folder(path)
        elif not path.is_file():
            yield _no_file(str(path), "no ordinary file")
        elif _is_zip(path):
            yield from _archive_at(path, str(path))
        else:
            yield _file(path, str(path), LARGEST_TABLE)
    except OSError as error:
        yield _unreadable(str(path), error)


def is_zip(data: bytes) -> bool:
    """Whether bytes begin like a zip archive."""
    return data.startswith(_ZIP)


def _file(path: Path, source: str, largest: int) -> Content | Problem:
    with path.open("rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        if size > largest:
            return _too_large(source, largest)
        return Content(source, opened.read(largest + 1))


def _is_zip(path: Path) -> bool:
    with path.open("rb") as opened:
        return is_zip(opened.read(4))


def _folder(folder: Path) -> Iterator[Content | Problem]:
    names: list[str] = []
    closed: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not _LITTER.fullmatch(name)]
        inside = os.path.relpath(parent, folder)
        # A link to a folder is not followed, and is named like one to a file.
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        found = [*links, *(name for name in files if not _LITTER.fullmatch(name))]
        names.extend(os.path.normpath(os.path.join(inside, name)) for name in found)
        if len(names) > MOST_FILES:
            yield _too_many(str(folder))
            return
    for error in closed:
        yield _unreadable(str(error.filename or folder), error)
    simulated = sorted(filter(_SIMULATED.fullmatch, names))
    if 0 < len(simulated) < len(names):
        # It would earn marks for whoever handed in nothing, and replace what others did.
        said = f"what simulated students handed in lies beside what others did: {', '.join(simulated)}"
        yield Problem(printable(str(folder)), "", said, "it was left out; delete it", False)
        names = [name for name in names if name not in simulated]
    total = 0
    for name in sorted(names, key=_in_order):
        path = folder / name
        source = str(path)
        try:
            mode = path.lstat().st_mode
            if not stat.S_ISREG(mode):
                yield _no_file(source, "a link" if stat.S_ISLNK(mode) else "no ordinary file")
            elif _is_zip(path):
                yield from _archive_at(path, source)
            else:
                opened = _file(path, source, LARGEST_FILE)
                total += len(opened.data) if isinstance(opened, Content) else 0
                if total > LARGEST_TOTAL:
                    yield _too_much(str(folder))
                    return
                yield opened
        except OSError as error:
            yield _unreadable(source, error)


@dataclass(slots=True)
class _Left:
    """How many files and bytes may still come out of one archive, and of the archives inside it."""

    files: int
    bytes: int


def _archive_at(path: Path, source: str) -> Iterator[Content | Problem]:
    with path.open("rb") as opened:
        yield from _archive(opened, source, _Left(MOST_FILES, LARGEST_TOTAL), depth=1)


def _archive(opened: BinaryIO, source: str, left: _Left, depth: int) -> Iterator[Content | Problem]:
    if PurePosixPath(source).suffix.lower() in _OFFICE:
        yield _office(source)
        return
    if _directory_size(opened) > LARGEST_DIRECTORY:
        yield _too_many(source)
        return
    try:
        with zipfile.ZipFile(opened) as archive:
            yield from _members(archive, source, left, depth)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        found = f"a damaged zip archive ({shown(str(error))})"
        yield Problem(printable(source), "", found, "download it again, or unpack it and name the folder", True)


def _members(archive: zipfile.ZipFile, source: str, left: _Left, depth: int) -> Iterator[Content | Problem]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    left.files -= len(members)
    if left.files < 0:
        yield _too_many(source)
        return
    if any(member.filename in ("[Content_Types].xml", "mimetype") for member in members):
        yield _office(source)
        return
    members = [m for m in members if not any(map(_LITTER.fullmatch, re.split(r"[/\\]", m.filename)))]
    for member in sorted(members, key=lambda member: _in_order(member.filename)):
        inside = f"{source}/{printable(member.filename)}"
        if stat.S_ISLNK(member.external_attr >> 16):
            yield _no_file(inside, "a link")
            continue
        try:
            with archive.open(member) as opened:
                data = opened.read(LARGEST_FILE + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            lzma.LZMAError,
            EOFError,
            OSError,
            NotImplementedError,
            ValueError,
            RuntimeError,
        ) as error:
            encrypted = member.flag_bits & 1
            found = "an encrypted file" if encrypted else f"a damaged file ({shown(str(error))})"
            yield Problem(inside, "", found, "ask for it again" + ", without a password" * encrypted, True)
            continue
        left.bytes -= len(data)
        if left.bytes < 0:
            yield _too_much(source)
            return
        if len(data) > LARGEST_FILE:
            yield _too_large(inside, LARGEST_FILE)
        elif not is_zip(data):
            yield Content(inside, data, archived=True)
        elif depth < DEEPEST:
            yield from _archive(BytesIO(data), inside, left, depth + 1)
        else:
            found = f"archives inside archives, more than {DEEPEST} deep"
            yield Problem(inside, "", found, "unpack it and name the folder", True)


_OFFICE = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".numbers", ".pages", ".key")


def _directory_size(opened: BinaryIO) -> int:
    """Bytes of a zip archive's list of files as its end record tells it; 0 if there is no such record."""
    opened.seek(0, os.SEEK_END)
    opened.seek(max(0, opened.tell() - 65_557))
    tail = opened.read()
    at = tail.rfind(_END_OF_ZIP)
    return int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0


def _in_order(name: str) -> list[tuple[list[tuple[int, int, str]], str]]:
    """A key that sorts paths as a person would: by folder, numbers by value, the name's ending last."""
    return [
        ([(0, int(part), "") if part[0] in "0123456789" else (1, 0, part.casefold()) for part in parts], suffix)
        for parts, suffix in map(_split_name, PurePosixPath(name).parts)
    ]


def _split_name(name: str) -> tuple[list[str], str]:
    stem, suffix = os.path.splitext(name)
    # Bounded, so that a name of a thousand digits is no number.
    return re.findall(r"[0-9]{1,18}|[^0-9]+", stem), suffix


def _office(source: str) -> Problem:
    found = "a document of an office program"
    return Problem(printable(source), "", found, "save a table as CSV, a sheet as PDF", True)


def _no_file(source: str, what: str) -> Problem:
    return Problem(printable(source), "", what, "it was not followed; put the file itself there", True)


def _too_large(source: str, largest: int) -> Problem:
    found = f"larger than {largest / 1e6:,.0f} MB"
    return Problem(printable(source), "", found, "no submission is; it was not read", True)


def _too_many(source: str) -> Problem:
    return Problem(printable(source), "", f"more than {MOST_FILES:,} files", "hand them in as several folders", True)


def _too_much(source: str) -> Problem:
    found = f"more than {LARGEST_TOTAL / 1e9:.0f} GB, unpacked"
    return Problem(printable(source), "", found, "the rest was not read; hand it in as several folders", True)


def _unreadable(source: str, error: OSError) -> Problem:
    return Problem(printable(source), "", error.strerror or str(error), "see that the file can be opened", True)
