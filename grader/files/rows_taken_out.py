"""Lines taken out of somebody's table, every other line as it was, whatever program wrote it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.files.tables import Rows, decode, find_table, plain_heading, split_lines

_MOST_LINES_ABOVE = 10
"""Lines that platforms write above the headings."""


@dataclass(frozen=True, slots=True)
class Shortened:
    """A table without some rows, as UTF-8, and how many those were."""

    data: bytes
    rows: int


def without_rows(data: bytes, headings: Sequence[str], is_theirs: Callable[[str], bool]) -> Shortened | None:
    r"""A table without the rows in which a cell under one of these headings is somebody's; None if there is no heading.

    >>> without_rows(b'id,name\ns1,"Lee,\nAnn"\ns2,s1\n', ["id"], lambda cell: cell == "s1")
    Shortened(data=b'id,name\ns2,s1\n', rows=1)
    >>> without_rows(b"no table of ids", ["id"], lambda cell: True) is None
    True
    """
    text, _ = decode(data)
    lines = split_lines(text, keep_ends=True)
    for above in range(min(_MOST_LINES_ABOVE, len(lines)) + 1):
        table = find_table("\n" * above + "".join(lines[above:]), lambda heading: plain_heading(heading) in headings)
        columns = (
            [] if table is None else [at for at, each in enumerate(table.header) if plain_heading(each) in headings]
        )
        if table is not None and columns:
            break
    else:
        return None
    width = len(table.header)
    rows = Rows(table, lambda row: len(row) == width)
    theirs, starts = [], []
    for row in rows:
        starts.append(rows.line - 1)
        theirs.append(any(is_theirs(row[at].strip()) for at in columns if at < len(row)))
    bounds = itertools.pairwise([*starts, len(lines)])
    gone = {line for (start, end), out in zip(bounds, theirs, strict=True) if out for line in range(start, end)}
    kept = "".join(line for at, line in enumerate(lines) if at not in gone)
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    return Shortened(mark + kept.encode("utf-8", "surrogatepass"), sum(theirs))
