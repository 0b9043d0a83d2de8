"""Tables as spreadsheets and learning platforms write them: any usual encoding, delimiter and quoting.

`decode` makes text of bytes, `find_table` finds the header and the delimiter, `Rows` goes through the rest. Nothing
here knows what the columns mean.
"""

from __future__ import annotations

import collections
import csv
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from operator import length_hint, methodcaller

from question_bank.language.remark import Remark
from question_bank.language.words import N_

DELIMITERS = (",", ";", "\t", "|")

LONGEST_LINE = 100_000
"""Characters; below the csv module's own limit for a cell, so that no cell can reach that."""

LONGEST_RECORD = 20
"""Lines that a quoted cell may run over before its quotation mark counts as never closed."""

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_BLANKS = " \t\u00a0" + "".join(map(chr, range(0x2000, 0x200C))) + "\u202f\u205f\u3000\ufeff"
_QUOTED = {
    delimiter: re.compile(rf'(^|{re.escape(delimiter)})[{_BLANKS.replace(delimiter, "")}]*=?("(?:[^"]|"")*"?)')
    for delimiter in DELIMITERS
}
_TEXT_OF_A_SPREADSHEET = {
    delimiter: re.compile(rf'(^|{re.escape(delimiter)})"=""([^"]*)"""(?={re.escape(delimiter)}|\r|\n|$)')
    for delimiter in DELIMITERS
}
_LINE_BREAKS_OF_STR_ONLY = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def decode(data: bytes) -> tuple[str, str | None]:
    """The text of a file, and a sentence on its encoding if that had to be guessed.

    UTF-8, UTF-16 and UTF-32, with a byte order mark or without. Bytes that are no UTF-8 are Windows-1252
    (Latin-1 with more letters), or Mac Roman where that makes better words and numbers of them; one odd byte does not
    garble everybody's minus signs.

    >>> decode("Zoë".encode("utf-16"))
    ('Zoë', None)
    >>> decode("Zoë".encode("latin-1"))
    ('Zoë', 'line 1 is not UTF-8; read as Windows-1252 (Latin-1)')
    >>> decode("Zoë Angélique".encode("mac-roman"))
    ('Zoë Angélique', 'line 1 is not UTF-8; read as Mac Roman')
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), None
            except UnicodeDecodeError:
                if encoding == "utf-8-sig":
                    return _decode_odd(data.removeprefix(mark))
                return data.decode(encoding, "replace"), Remark.of(
                    N_("damaged {encoding} text"), encoding=encoding.upper()
                )
    # Of plain text in UTF-16 every other byte is 0, in UTF-32 three of four; no other encoding of text has zeros.
    begins = data[:200]
    if (zeros := begins.count(0)) and zeros >= len(begins) // 3:
        bits, each = (32, 4) if zeros > len(begins) * 2 // 3 else (16, 2)
        order = "le" if begins[each - 1 :: each].count(0) >= begins[::each].count(0) else "be"
        return data.decode(f"utf-{bits}-{order}", "replace"), Remark.of(
            N_("no byte order mark; read as {encoding}"), encoding=f"UTF-{bits}"
        )
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        return _decode_odd(data)


# The bytes from 0x80 on. Windows-1252 leaves out five, which are control characters in Latin-1.
_WINDOWS = "".join(bytes([n]).decode("cp1252", "ignore") or chr(n) for n in range(128, 256))
_MAC = bytes(range(128, 256)).decode("mac-roman")
_ODD = re.compile("[\udc80-\udcff]+")
_MOST_LOOKED_AT = 2_000
"""Odd bytes by which the encoding is chosen."""


def _decode_odd(data: bytes) -> tuple[str, str]:
    """UTF-8 as far as it goes, and the rest in the encoding that suits it."""
    text = data.decode("utf-8", "surrogateescape")
    odd = list(itertools.islice(_ODD.finditer(text), _MOST_LOOKED_AT))
    windows, mac = (_sense(text, odd, letters) for letters in (_WINDOWS, _MAC))
    old_mac = "\r" in text and "\n" not in text
    letters, name = (_MAC, "Mac Roman") if mac > windows or (old_mac and mac == windows) else (_WINDOWS, _WINDOWS_NAME)
    before = text[: odd[0].start()]
    line = len(_LINE_END.findall(before)) + 1
    if len(odd) < _MOST_LOOKED_AT:
        text = _ODD.sub(lambda found: _in(letters, found[0]), text)
    else:
        text = text.translate({0xDC80 + at: letter for at, letter in enumerate(letters)})
    return text, Remark.of(N_("line {line} is not UTF-8; read as {encoding}"), line=str(line), encoding=name)


_WINDOWS_NAME = "Windows-1252 (Latin-1)"
_LINE_END = re.compile("\r\n|\n|\r")


def _in(letters: str, escaped: str) -> str:
    return "".join(letters[ord(char) - 0xDC80] for char in escaped)


def _sense(text: str, odd: list[re.Match[str]], letters: str) -> int:
    """How many of the odd characters, as these letters, make sense where they stand, less those that make none."""
    score = 0
    for found in odd:
        before = text[max(0, found.start() - 1) : found.start()]
        after = text[found.end() : found.end() + 1]
        written = _in(letters, found[0])
        for at, char in enumerate(written):
            score += _makes_sense(written[at - 1] if at else before, char, written[at + 1 : at + 2] or after)
    return score


_MINUS_SIGNS = frozenset("–—")
_RARE = frozenset("ªºƒıˆˇﬁﬂµΩπ∂∆")


def _makes_sense(before: str, char: str, after: str) -> int:
    """1 for a letter within a word or a minus before a number, -1 for anything else within a word, else 0."""
    if char in _MINUS_SIGNS:
        return 1 if after.isdecimal() or after in (".", ",") else 0
    beside = before.isalpha() or after.isalpha()
    if not char.isalpha() or char in _RARE:
        return -1 if beside or after.isdecimal() else 0
    if not beside:
        return -1 if after.isdecimal() else 0
    if char.isupper():
        # A capital begins a word, or stands among capitals.
        return -1 if before.isalpha() and (before.islower() or after.islower()) else 1
    return -1 if after.isupper() else 1


def plain_heading(heading: str) -> str:
    """A heading without its case, punctuation and width: what two spellings of it share.

    >>> plain_heading("SIS_User-ID ")
    'sis user id'
    """
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", heading).casefold().replace("_", " ")))


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the lines that follow it."""

    header: tuple[str, ...]
    header_line: int
    delimiter: str
    lines: tuple[str, ...] = field(repr=False)
    first: int
    """Index in `lines` of the first line after the header."""

    odd: bool
    """Whether there are quotation marks (then lines have their ends) or very long lines."""

    closed: bool = False
    """Whether every quotation mark is closed on its line, and no line is very long: then each line is a row."""


def find_table(text: str, known: Callable[[str], bool]) -> Table | None:
    """The table in a text, None if the text is blank.

    The header is the first line that is not blank; Excel's `sep=;` line before it is obeyed. The delimiter is the one
    that gives most headings that are `known`, then most headings at all.
    """
    # A tuple of texts is none of the garbage collector's business; a list of a million it would visit again and again.
    lines = tuple(split_lines(text, keep_ends='"' in text))
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return None
    delimiters: tuple[str, ...] = DELIMITERS
    told = re.fullmatch(r"sep=([,;\t|])\s*", lines[first], re.IGNORECASE)
    if told and first + 1 < len(lines):
        delimiters = (told.group(1),)
        first += 1

    def score(delimiter: str) -> tuple[int, int]:
        header, _ = _header(lines, first, delimiter)
        return sum(map(known, header)), len(header)

    delimiter = max(delimiters, key=score)
    header, after = _header(lines, first, delimiter)
    before_marks = {piece[-1:] for piece in text.split('"')[:-1]}
    if not before_marks.isdisjoint(f"{_BLANKS}=".replace(delimiter, "")):
        lines = tuple(_closed_up(line, delimiter) for line in lines)
    long = max(map(len, lines)) > LONGEST_LINE
    quoted = '"' in text
    closed = quoted and not long and _is_closed(lines, delimiter)
    return Table(header, first + 1, delimiter, lines, after, quoted or long, closed)


class Rows:
    """The rows of a table, quickly when nothing is odd, carefully when there are quotation marks.

    Iterate once. `line` is the line on which the present row begins. A quotation mark that is never closed would
    swallow the rows that follow it: where a row that runs over several lines is not `whole`, its first line is read
    as it stands and the next line begins a row. `defects` are (line, what was found, whether the line is lost).
    """

    def __init__(self, table: Table, whole: Callable[[list[str]], bool]) -> None:
        self.delimiter = table.delimiter
        self._table = table
        self._whole = whole
        self._plain = iter(table.lines)
        collections.deque(itertools.islice(self._plain, table.first), maxlen=0)
        self._start = table.first
        self._reader = csv.reader(self._plain, delimiter=table.delimiter)
        self.defects: list[tuple[int, str, bool]] = []

    @property
    def line(self) -> int:
        """Line number, from 1, on which the present row begins."""
        if self._table.odd:
            return self._start + (self._reader.line_num if self._table.closed else 1)
        return len(self._table.lines) - length_hint(self._plain)

    def __iter__(self) -> Iterator[list[str]]:
        if self._table.odd:
            return self._reader if self._table.closed else self._carefully()
        # Without quotation marks CSV is no more than this, and csv.reader takes half as long again.
        return map(methodcaller("split", self.delimiter), self._plain)

    def _carefully(self) -> Iterator[list[str]]:
        lines, delimiter = self._table.lines, self.delimiter
        upcoming = self._start

        def feed() -> Iterator[str]:
            nonlocal upcoming
            while upcoming < len(lines):
                if upcoming - self._start >= LONGEST_RECORD or len(lines[upcoming]) > LONGEST_LINE:
                    raise _NotARow
                upcoming += 1
                yield lines[upcoming - 1]

        while upcoming < len(lines):
            try:
                for row in csv.reader(feed(), delimiter=delimiter):
                    # A record's quotation marks come in pairs; the end of the file closes none.
                    several = lines[self._start : upcoming] if upcoming - self._start > 1 else ()
                    if several and ("".join(several).count('"') % 2 or not self._whole(row)):
                        raise _NotARow
                    yield row
                    self._start = upcoming
                return
            except (_NotARow, csv.Error):
                line = lines[self._start]
                if len(line) > LONGEST_LINE:
                    too_long = Remark.of(N_("a line of {count} characters"), count=len(line))
                    self.defects.append((self._start + 1, too_long, True))
                else:
                    never_closed = Remark.of(N_("a quotation mark is never closed"))
                    self.defects.append((self._start + 1, never_closed, False))
                    yield [_unquoted(cell) for cell in line.rstrip("\r\n").split(delimiter)]
                upcoming = self._start = self._start + 1


class _NotARow(Exception):
    """The lines fed since the last row cannot be one row."""


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    r"""Rows as CSV.

    >>> csv_text([("id", "name"), ("s1", "Lee, Ann")])
    'id,name\ns1,"Lee, Ann"\n'
    """
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def split_lines(text: str, *, keep_ends: bool) -> list[str]:
    r"""The lines of a text; only \n, \r\n and \r end a line."""
    if not any(char in text for char in _LINE_BREAKS_OF_STR_ONLY):
        return text.splitlines(keepends=keep_ends)
    lines = StringIO(text, newline="").readlines()
    return lines if keep_ends else [line.rstrip("\r\n") for line in lines]


def _closed_up(line: str, delimiter: str) -> str:
    """A line without the blanks, or the = of a spreadsheet, before a cell's quotation marks: `a, "0,5"`, `="0429"`.

    To the csv module such a mark is a character like any other, and the comma behind it ends the cell. Proper
    CSV has the = and its marks between marks once more.
    """
    if '"' not in line or len(line) > LONGEST_LINE:
        return line
    return _QUOTED[delimiter].sub(r"\1\2", _TEXT_OF_A_SPREADSHEET[delimiter].sub(r'\1"\2"', line))


def _is_closed(lines: Iterable[str], delimiter: str) -> bool:
    """Whether every quotation mark is closed on its line."""
    marked = [line for line in lines if '"' in line]
    try:
        rows = sum(1 for _ in csv.reader([*marked, _LAST_ROW], delimiter=delimiter))
    except csv.Error:
        return False
    return rows == len(marked) + 1


_LAST_ROW = "end"
"""A mark that is left open takes the next line for the same row."""


def _header(lines: tuple[str, ...], first: int, delimiter: str) -> tuple[tuple[str, ...], int]:
    """The header's cells, and the index of the line after it."""
    some = (_closed_up(line[:LONGEST_LINE], delimiter) for line in lines[first : first + LONGEST_RECORD])
    reader = csv.reader(some, delimiter=delimiter)
    try:
        cells = next(reader)
        return tuple(cell.strip().lstrip("\ufeff") for cell in cells), first + reader.line_num
    except csv.Error:
        return tuple(cell.strip() for cell in lines[first][:LONGEST_LINE].split(delimiter)), first + 1


def _unquoted(cell: str) -> str:
    return cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
