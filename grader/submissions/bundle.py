"""A folder or a zip archive of files, as learning platforms hand out what a class has uploaded.

Names in it are shown and never used: nothing is written to disk, so that `../` and absolute names go nowhere, and
whose a sheet is does not depend on them (Moodle: `Ann Lee_123_assignsubmission_file_/sheet.pdf`; Canvas:
`leeann_123_456_sheet.pdf`). Files come in the order of their names, numbers by their value and a name before the
same name with something added, so that Canvas's `sheet-1.pdf`, the second attempt, comes after `sheet.pdf`.

Folders are walked by the program itself; what is inside of files, archives as well, is looked at in `worker` only.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeAlias

from grader.files.safe_names import printable
from grader.submissions import limits
from grader.submissions.records import FileProblem
from question_bank.language.remark import Remark
from question_bank.language.words import N_

SIMULATED = "simulated-"
"""How the names begin under which `gradpath simulate` writes what simulated students handed in."""

_SIMULATED = re.compile(rf"{SIMULATED}[a-z]+\.(csv|json)")
_LITTER = re.compile(r"(?i)__macosx|(?!\.\.?$)\..*|thumbs\.db|desktop\.ini|~\$.*")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_END_OF_ZIP = b"PK\x05\x06"
NOT_FOLLOWED = Remark.of(N_("it was not followed; put the file itself there"))
CAN_BE_OPENED = Remark.of(N_("see that the file can be opened"))
A_LINK = Remark.of(N_("a link"))
_NOT_ORDINARY = Remark.of(N_("no ordinary file"))
_AS_FOLDERS = Remark.of(N_("hand them in as several folders"))
_OFFICE = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".numbers", ".pages", ".key")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that a path stands for: itself (`named`), or one inside; `simulated`: of students of gradpath's own."""

    path: Path
    named: bool
    simulated: bool = False


class FileRefused(Exception):
    """Something that is not read: what was found, and what to do."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found, remedy)
        self.found = found
        self.remedy = remedy


class OfficeDocument(FileRefused):
    """A workbook and its like: a zip archive, but no folder of files. Whether one is read, `kinds` knows."""

    def __init__(self) -> None:
        super().__init__(
            Remark.of(N_("a document of an office program")), Remark.of(N_("save a table as CSV, a sheet as PDF"))
        )


def walk(path: Path) -> Iterator[FoundFile | FileProblem]:
    """The files that a path stands for (itself, or those inside), and a problem for each that is none."""
    try:
        if path.is_dir():
            yield from _folder(path)
        elif not path.is_file():
            yield _no_file(str(path), _NOT_ORDINARY)
        else:
            yield FoundFile(path, named=True)
    except OSError as error:
        yield unreadable(str(path), error)


def open_file(path: Path, *, named: bool) -> BinaryIO:
    """An ordinary file opened for reading; a link only where a person has named it.

    Raises OSError, and Refused if it has become something else meanwhile.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | (0 if named else getattr(os, "O_NOFOLLOW", 0))
    opened = os.fdopen(os.open(path, flags), "rb")
    if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        opened.close()
        raise FileRefused(_NOT_ORDINARY, NOT_FOLLOWED)
    return opened


def is_zip(data: bytes) -> bool:
    """Whether bytes begin like a zip archive."""
    return data.startswith(_ZIP)


def members(opened: BinaryIO, source: str) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """An archive and its files in their order, without litter.

    Raises Document or FileRefused for what is none, and whatever zipfile raises.
    """
    if PurePosixPath(source).suffix.lower() in _OFFICE:
        raise OfficeDocument
    size, told = _sizes(opened)
    if told > limits.LARGEST_DIRECTORY:
        raise too_many()
    archive = zipfile.ZipFile(opened)
    listed = [member for member in archive.infolist() if not member.filename.endswith("/")]
    if len(listed) > limits.MOST_FILES_PACKED:
        raise too_many()
    if any(member.filename in ("[Content_Types].xml", "mimetype") for member in listed):
        raise OfficeDocument
    if sum(member.compress_size for member in listed) > size:
        found = Remark.of(N_("an archive whose files lie over one another"))
        raise FileRefused(found, Remark.of(N_("no program makes such; ask for the files")))
    kept = [m for m in listed if not any(map(_LITTER.fullmatch, re.split(r"[/\\]", m.filename)))]
    return archive, sorted(kept, key=lambda member: _in_order(member.filename))


def is_link(member: zipfile.ZipInfo) -> bool:
    """Whether a file in an archive is a link."""
    return stat.S_ISLNK(member.external_attr >> 16)


def _folder(folder: Path) -> Iterator[FoundFile | FileProblem]:
    names: list[str] = []
    closed: list[OSError] = []
    places = 0
    for parent, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not _LITTER.fullmatch(name)]
        inside = os.path.relpath(parent, folder)
        # A link to a folder is not followed, and is named like one to a file.
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        found = [*links, *(name for name in files if not _LITTER.fullmatch(name))]
        names.extend(found if inside == os.curdir else [f"{inside}/{name}" for name in found])
        places += 1 + len(folders)
        if len(names) + places > _MANY_TIMES * limits.MOST_FILES:
            yield as_problem(str(folder), too_many(limits.MOST_FILES))
            return
    for error in closed:
        yield unreadable(str(error.filename or folder), error)
    simulated = frozenset(filter(_SIMULATED.fullmatch, names))
    alone = len(simulated) == len(names)
    if simulated and not alone:
        # It would earn marks for whoever handed in nothing, and replace what others did.
        beside = Remark.of(
            N_("what simulated students handed in lies beside what others did: {files}"),
            files=", ".join(sorted(simulated)),
        )
        remedy = Remark.of(N_("it was left out; delete it"))
        yield FileProblem(printable(str(folder)), "", beside, remedy, False)
        names = [name for name in names if name not in simulated]
    names.sort(key=_in_order)
    if len(names) > limits.MOST_FILES:
        names, cut = _some_of_each(names)
        for inside, count in cut.items():
            where = printable(str(folder / inside))
            remedy = Remark.of(N_("name the folder {folder} by itself"), folder=where)
            found_here = Remark.of(
                N_("{count} files beyond its share of {most}, which were not opened"),
                count=count,
                most=limits.MOST_FILES,
            )
            yield FileProblem(where, "", found_here, remedy, True)
    root = str(folder)
    for name in names:
        path = folder / name
        try:
            mode = os.lstat(f"{root}/{name}").st_mode
            if stat.S_ISREG(mode):
                yield FoundFile(path, named=False, simulated=alone and bool(simulated))
            else:
                yield _no_file(str(path), A_LINK if stat.S_ISLNK(mode) else _NOT_ORDINARY)
        except OSError as error:
            yield unreadable(str(path), error)


_MANY_TIMES = 5
"""As many files as are looked at, for each that is read."""


def _some_of_each(names: list[str]) -> tuple[list[str], dict[str, int]]:
    """As many names of each folder as its share of all that are read, and how many of which folders are left out."""
    counts = Counter(map(os.path.dirname, names))
    share, left = 0, limits.MOST_FILES
    # What smaller folders leave of their shares the larger ones get.
    for place, count in enumerate(sorted(counts.values())):
        share = left // (len(counts) - place)
        left -= min(count, share)
    taken: Counter[str] = Counter()
    kept = []
    for name in names:
        inside = os.path.dirname(name)
        taken[inside] += 1
        if taken[inside] <= share:
            kept.append(name)
    return kept, {inside: count - share for inside, count in counts.items() if count > share}


def _sizes(opened: BinaryIO) -> tuple[int, int]:
    """Bytes of a zip archive, and of its list of files as its end record tells them; 0 if there is no such record."""
    opened.seek(0, os.SEEK_END)
    size = opened.tell()
    opened.seek(max(0, size - 65_557))
    tail = opened.read()
    at = tail.rfind(_END_OF_ZIP)
    return size, int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0


_Key: TypeAlias = tuple[list[tuple[int, int, str]], str]


def _in_order(name: str) -> tuple[_Key, ...]:
    """A key that sorts paths as a person would: by folder, numbers by value, the name's ending last."""
    inside, _, last = name.rpartition("/")
    return (*_folders_in_order(inside), _part_in_order(last)) if inside else (_part_in_order(last),)


@lru_cache(maxsize=1_000)
def _folders_in_order(inside: str) -> tuple[_Key, ...]:
    return tuple(map(_part_in_order, PurePosixPath(inside).parts))


def _part_in_order(part: str) -> _Key:
    stem, suffix = os.path.splitext(part)
    # Bounded, so that a name of a thousand digits is no number.
    pieces = _PIECES.findall(stem)
    return [(0, int(piece), "") if piece[0] in "0123456789" else (1, 0, piece.casefold()) for piece in pieces], suffix


_PIECES = re.compile(r"[0-9]{1,18}|[^0-9]+")


def as_problem(source: str, refused: FileRefused) -> FileProblem:
    """What is not read, as a problem of a file."""
    return FileProblem(printable(source), "", refused.found, refused.remedy, True)


def too_many(most: int | None = None) -> FileRefused:
    """More files than are read."""
    most = limits.MOST_FILES_PACKED if most is None else most
    return FileRefused(Remark.of(N_("more than {count} files"), count=most), _AS_FOLDERS)


def too_much() -> FileRefused:
    """More bytes than are read."""
    found = Remark.of(N_("more than {size} GB, unpacked"), size=round(limits.LARGEST_TOTAL / 1e9))
    return FileRefused(found, Remark.of(N_("the rest was not read; hand it in as several folders")))


def _no_file(source: str, what: str) -> FileProblem:
    return FileProblem(printable(source), "", what, NOT_FOLLOWED, True)


def unreadable(source: str, error: OSError) -> FileProblem:
    """A file that the system does not give."""
    return FileProblem(printable(source), "", error.strerror or str(error), CAN_BE_OPENED, True)
