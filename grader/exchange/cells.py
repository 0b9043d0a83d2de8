"""A table of which single cells are written anew, and every other byte stays.

Platforms take their own files back, and are particular about them: a byte order mark, quotation marks, line ends and
the order of columns are as they were in all that is not written here.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from question_bank.errors import InputError

DELIMITERS = (",", ";", "\t", "|")
# UTF-32 goes first: its mark begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BLANKS = " \t"


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell: what it says, and the part of the text that it takes, with its quotation marks."""

    text: str
    start: int
    end: int
    quoted: bool


@dataclass(frozen=True, slots=True)
class Encoded:
    """The text of a file, and what makes the same bytes of it again."""

    text: str
    mark: bytes
    encoding: str

    def bytes_of(self, text: str) -> bytes:
        """A text in the file's encoding, with its byte order mark."""
        return self.mark + text.encode(self.encoding)


def encoded(data: bytes) -> Encoded:
    r"""The text of a file in UTF-8, UTF-16 or UTF-32, else in Windows-1252 or Latin-1, to be written back as it was.

    >>> encoded(b"\xef\xbb\xbfid\n")
    Encoded(text='id\n', mark=b'\xef\xbb\xbf', encoding='utf-8')
    >>> encoded("Zoë".encode("latin-1")).encoding
    'cp1252'
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            found = _as(data.removeprefix(mark), mark, encoding)
            if found is not None:
                return found
    tried = ("utf-16-le", "utf-16-be") if data[:200].count(0) else ("utf-8", "cp1252")
    for encoding in tried:
        found = _as(data, b"", encoding)
        if found is not None:
            return found
    return Encoded(data.decode("latin-1"), b"", "latin-1")


def _as(data: bytes, mark: bytes, encoding: str) -> Encoded | None:
    try:
        text = data.decode(encoding)
        return Encoded(text, mark, encoding) if text.encode(encoding) == data else None
    except UnicodeError:
        return None


@dataclass(frozen=True, slots=True)
class TableRow:
    """The cells of a row, and the line, from 1, on which it begins."""

    line: int
    cells: tuple[TableCell, ...]

    def text(self, column: int | None) -> str:
        """What a cell says, without blanks around it; nothing where the row has no such cell."""
        return self.cells[column].text.strip() if column is not None and column < len(self.cells) else ""


def rows(text: str, delimiter: str) -> Iterator[TableRow]:
    r"""The rows of a text that hold anything, by RFC 4180; blanks may stand before a quotation mark.

    Raises InputError where a quotation mark is never closed.

    >>> [[cell.text for cell in row.cells] for row in rows('a,"b ""c"" d"\r\n\r\n1,', ",")]
    [['a', 'b "c" d'], ['1', '']]
    """
    at, line = 0, 1
    while at < len(text):
        cells: list[TableCell] = []
        begun = line
        while True:
            cell = _cell(text, at, delimiter, begun)
            cells.append(cell)
            line += _line_ends(text, cell.start, cell.end)
            at = cell.end
            if text[at : at + 1] != delimiter:
                break
            at += 1
        at += 2 if text.startswith("\r\n", at) else 1
        line += 1
        if len(cells) > 1 or cells[0].text.strip():
            yield TableRow(begun, tuple(cells))


def _cell(text: str, start: int, delimiter: str, line: int) -> TableCell:
    first = start
    while text[first : first + 1] and text[first] in _BLANKS.replace(delimiter, ""):
        first += 1
    if text[first : first + 1] != '"':
        ends = (text.find(end, start) for end in (delimiter, "\n", "\r"))
        end = min((each for each in ends if each >= 0), default=len(text))
        return TableCell(text[start:end], start, end, quoted=False)
    closing = first + 1
    while True:
        closing = text.find('"', closing)
        if closing < 0:
            raise _open(line)
        if text[closing + 1 : closing + 2] != '"':
            break
        closing += 2
    end = closing + 1
    while end < len(text) and text[end] not in f"{delimiter}\r\n":
        if text[end] not in _BLANKS:  # what was meant to end the cell began the next one
            raise _open(line)
        end += 1
    return TableCell(text[first + 1 : closing].replace('""', '"'), start, end, quoted=True)


def _open(line: int) -> InputError:
    return InputError(
        "a quotation mark is never closed",
        place=f"line {line}",
        expected="the file as the platform gave it",
        remedy="download it again, and do not save it in a spreadsheet program",
    )


def _line_ends(text: str, start: int, end: int) -> int:
    piece = text[start:end]
    return piece.count("\n") + piece.count("\r") - piece.count("\r\n")


def with_cells(text: str, written: Mapping[TableCell, str], delimiter: str, left_out: Sequence[TableRow] = ()) -> str:
    r"""The text with other words in some of its cells, in quotation marks where they had some or need some.

    The rows that are `left_out` are taken out with their line ends.

    >>> text = "id,mark\r\n1, \r\n"
    >>> cell = [row.cells[1] for row in rows(text, ",")][1]
    >>> with_cells(text, {cell: "7,5"}, ",")
    'id,mark\r\n1,"7,5"\r\n'
    """
    gone = [(row.cells[0].start, _behind_line(text, row.cells[-1].end)) for row in left_out]
    pieces = [(cell.start, cell.end, _as_cell(words, cell, delimiter)) for cell, words in written.items()]
    pieces = [each for each in pieces if not any(start <= each[0] < end for start, end in gone)]
    pieces = sorted([*pieces, *((start, end, "") for start, end in gone)])
    kept = [text[before[1] : after[0]] for before, after in pairwise(((0, 0, ""), *pieces))]
    last = pieces[-1][1] if pieces else 0
    new = (words for _, _, words in pieces)
    return "".join(piece for pair in zip(kept, new, strict=True) for piece in pair) + text[last:]


def _behind_line(text: str, end: int) -> int:
    return end + (2 if text.startswith("\r\n", end) else 1 if end < len(text) else 0)


def _as_cell(words: str, cell: TableCell, delimiter: str) -> str:
    if cell.quoted or any(sign in words for sign in (delimiter, '"', "\n", "\r")):
        doubled = words.replace('"', '""')
        return f'"{doubled}"'
    return words
