"""An archive of files for students, the same bytes from the same files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

_WHEN = (1980, 1, 1, 0, 0, 0)
_MODE = 0o600 << 16
_MOST_ENTRIES = 100_000


def write_archive(to: BinaryIO, files: Iterable[tuple[str, Path]]) -> None:
    """Write files under their names; documents are packed already, so that they are stored as they are."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files:
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.external_attr = _MODE
            archive.writestr(entry, path.read_bytes())


def names_in(path: Path) -> list[str]:
    """The names in an archive; nothing is unpacked. Raises ValueError for what is none, or holds too many."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise ValueError("no archive that can be read") from error
    if len(names) > _MOST_ENTRIES:
        raise ValueError(f"an archive of {len(names):,} files")
    return names
