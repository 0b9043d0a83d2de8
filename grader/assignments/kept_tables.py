"""Tables that an instructor keeps in an assignment's folder: received.csv, extensions.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.files.tables import Rows, decode, find_table, plain_heading
from question_bank.errors import InputError

LARGEST = 50_000_000
"""Bytes."""


@dataclass(frozen=True, slots=True)
class KeptTable:
    """The lines of such a table: (number of the line, cell by column); a column that is not there is empty."""

    lines: tuple[tuple[int, Mapping[str, str]], ...]
    remarks: tuple[str, ...]


def read_kept_table(
    path: Path, needed: Mapping[str, Sequence[str]], further: Mapping[str, Sequence[str]], example: str
) -> KeptTable:
    """The lines of a table with these columns, each by the headings that it may have, the first of them our own.

    Raises InputError for what cannot be read or is too large, and for a needed column that is missing or twice there.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=str(path)) from error
    if data is None:
        raise InputError(f"larger than {LARGEST / 1e6:.0f} MB", file=str(path))
    text, remark = decode(data)
    known = frozenset(name for names in (*needed.values(), *further.values()) for name in names)
    table = find_table(text, lambda heading: plain_heading(heading) in known)
    headings = [plain_heading(heading) for heading in table.header] if table else []
    columns: dict[str, int] = {}
    for wanted, names in needed.items():
        found = next((name for name in names if name in headings), wanted)
        if headings.count(found) != 1:
            raise InputError(
                f"no column {wanted!r}" if found not in headings else f"two columns {found!r}",
                file=str(path),
                expected=",".join(needed),
                remedy=f"a line such as {example}",
            )
        columns[wanted] = headings.index(found)
    assert table is not None  # else there would be no headings
    for wanted, names in further.items():
        if (at := next((headings.index(name) for name in names if name in headings), None)) is not None:
            columns[wanted] = at
    rows = Rows(table, lambda row: len(row) == len(table.header))
    lines = []
    for row in rows:
        cells = [*(cell.strip() for cell in row), *[""] * len(headings)]
        absent = dict.fromkeys((*needed, *further), "")
        lines.append((rows.line, {**absent, **{name: cells[at] for name, at in columns.items()}}))
    return KeptTable(tuple(lines), (f"{path}: {remark}",) if remark else ())
