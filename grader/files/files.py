"""Files written so that an interruption leaves the previous file whole."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from question_bank.errors import InputError

_MODE_OF_A_NEW_FILE = 0o666
_MODE_OF_A_PRIVATE_FOLDER = 0o700
_PREFIX, _SUFFIX = ".gradpath-", ".part"
_STALE_SECONDS = 3600.0
"""How long a half-written file is left alone: another run may still be writing it."""


@contextlib.contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends well, and vanishes when it does not.

    A private file can be read by its owner only, and so can a folder that is made for it. The bytes are on the disk
    before the name points at them, so that not even a power cut leaves half a file.
    """
    path.parent.mkdir(_MODE_OF_A_PRIVATE_FOLDER if private else 0o777, parents=True, exist_ok=True)
    _clear_away(path.parent)
    try:
        handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if not private:
                temporary.chmod(_mode(path))
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        # Of a full disk the system names no file, of one that is read-only the half-written file.
        if error.filename is None or Path(str(error.filename)).suffix == _SUFFIX:
            error.filename, error.filename2 = str(path), None
        raise


@contextlib.contextmanager
def only_run(folder: Path, command: str) -> Iterator[None]:
    """Keep every other run of this kind out of a folder until the block ends.

    Two that draw at the same time would print sheets of one draw and keep the key of the other. The system lets go of
    the lock with the process, however that ends. Raises InputError if another run is at work there.
    """
    path = folder / f"{_PREFIX}lock"
    try:
        handle = _locked(path)
    except BlockingIOError:
        raise InputError(
            f"another {command} is at work in this folder",
            file=str(folder),
            remedy="wait until it has ended, and run this again",
        ) from None
    try:
        yield
    finally:
        if handle is not None:
            path.unlink(missing_ok=True)
            os.close(handle)


def _locked(path: Path) -> int | None:
    """The locked file's handle, None where nothing can be locked; raises BlockingIOError if another process has it."""
    import fcntl

    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, _MODE_OF_A_NEW_FILE)
        except OSError:
            return None  # a folder that cannot be written to needs no guard
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise
        except OSError:  # a file system that knows no locks
            os.close(handle)
            return None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)  # it was taken away by the run before, after this one had opened it


@lru_cache(maxsize=256)
def _clear_away(folder: Path) -> None:
    """Remove what runs that were killed have left half-written in a folder; looked for once in a run."""
    oldest = time.time() - _STALE_SECONDS
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            # Each by itself: it may be somebody else's, or just have got its name.
            with contextlib.suppress(OSError):
                status = path.lstat()
                if stat.S_ISREG(status.st_mode) and status.st_mtime < oldest:
                    path.unlink()


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write UTF-8 text with the line ends that it has, all of it or nothing.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.txt"
    >>> write_text(file, "ŷ")
    >>> file.read_text("utf-8")
    'ŷ'
    """
    with replacing(path, private=private) as file:
        file.write(text.encode("utf-8", "surrogatepass"))


def create_whole(path: Path, text: str) -> None:
    """Write a new private file, all of it or nothing; raises FileExistsError where there is one of that name."""
    path.parent.mkdir(_MODE_OF_A_PRIVATE_FOLDER, parents=True, exist_ok=True)
    _clear_away(path.parent)
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "surrogatepass"))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # a second name, unlike a new one, takes no other file's place
        except OSError as error:
            if isinstance(error, FileExistsError) or path.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
            temporary.rename(path)  # a file system without second names
    finally:
        temporary.unlink(missing_ok=True)


def on_disk(source: str) -> Path:
    """The file on disk that a name means, which may be that of a file inside of an archive."""
    path = Path(source)
    return next((each for each in (path, *path.parents) if each.is_file()), path)


def require_pdf_name(path: Path) -> None:
    """Raise InputError if another kind of file lies there.

    `--pdf` may have been taken for a word that needs no file's name: the next word would be a network or a recipe.
    """
    if path.is_file():
        with path.open("rb") as file:
            begins = file.read(5)
        if begins not in (b"", b"%PDF-"):
            raise InputError("there is a file already, which is no PDF", file=str(path), expected="a PDF's name")


def set_aside(path: Path) -> Path:
    """Give a file another name, such as marks.aside-1.json, so that nothing is written over it; returns that name."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.aside-{number}{path.suffix}")).exists():
        number += 1
    path.rename(aside)
    return aside


def keep_from_others(path: Path) -> None:
    """Take away what people besides the owner and the group may do with a file or folder that somebody else made."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o007:
            path.chmod(mode & 0o770)


def create_text(path: Path, text: str) -> bool:
    """Write a new file; an existing one is left as it is. True if it was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _mode(path: Path) -> int:
    """The mode that the file has, or that a new file would get: mkstemp's own is too narrow to share."""
    with contextlib.suppress(OSError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return _MODE_OF_A_NEW_FILE & ~mask
