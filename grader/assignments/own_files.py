"""Files that an assignment names: they lie in its folder, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from question_bank.errors import InputError


def file_inside(folder: Path, name: str) -> Path:
    """The file of that name below the folder; raises InputError where it lies elsewhere, or is none."""
    path = folder / name
    if Path(name).is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{name} lies outside of the folder {folder}", remedy="put it beside assignment.toml")
    if not path.exists():
        raise InputError("there is no such file", file=str(path))
    return path


def bytes_inside(folder: Path, name: str, most: int) -> bytes:
    """What stands in it; raises InputError also where that is more than so many bytes."""
    path = file_inside(folder, name)
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=str(path)) from error
    if len(data) > most:
        raise InputError("the file is too large", file=str(path), expected=f"at most {most:,} bytes")
    return data
