"""Encodings, delimiters and quoting of tables."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.files.tables import LONGEST_LINE, Rows, decode, find_table, plain_heading


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp1252", "latin-1"],
)
def test_every_usual_encoding_is_read(encoding: str) -> None:
    text = "id,name\r\ns1,Zoë Müller\r\n"
    decoded, remark = decode(text.encode(encoding))
    assert decoded == text
    assert (remark is None) == (encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"))


def test_one_odd_byte_costs_nobody_elses_minus_sign() -> None:
    data = "a,−0.5\n".encode() + b"Zo\xeb,1\n" + "b,−0.6\n".encode()
    assert decode(data) == ("a,−0.5\nZoë,1\nb,−0.6\n", "line 2 is not UTF-8; read as Windows-1252 (Latin-1)")
    assert decode(b"\xef\xbb\xbf" + data)[0] == "a,−0.5\nZoë,1\nb,−0.6\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "text",
    ["student;response{0}Zoë Angélique;–0,9468{0}Björn Müller;1{0}", "a;–0,5{0}b;–.5{0}", "name{0}José Ñandú{0}"],
)
@pytest.mark.parametrize("encoding", ["mac-roman", "cp1252"])
def test_mac_roman_and_windows_1252_are_told_apart(encoding: str, text: str, end: str) -> None:
    decoded, remark = decode(text.format(end).encode(encoding))
    assert decoded == text.format(end)
    assert remark
    assert remark.endswith("Mac Roman" if encoding == "mac-roman" else "Windows-1252 (Latin-1)")


@pytest.mark.parametrize("name", ["MÜLLER", "Ärger", "Øst Å", "Pål", "Weiß", "d’Été", "«x»"])
def test_names_in_windows_1252_stay_what_they_are(name: str) -> None:
    assert decode(f"id,name\ns1,{name}\n".encode("cp1252"))[0] == f"id,name\ns1,{name}\n"


def test_a_large_file_of_odd_bytes_takes_no_longer_than_another() -> None:
    text, remark = decode(b"\xe9\n" * 500_000)
    assert text == "é\n" * 500_000
    assert remark == "line 1 is not UTF-8; read as Windows-1252 (Latin-1)"


def test_bytes_that_windows_1252_leaves_out_are_read_too() -> None:
    assert decode(b"a\x81\xff\n")[0] == "a\x81ÿ\n"


def test_a_damaged_utf_16_file_is_read_as_far_as_it_goes() -> None:
    text, remark = decode("ab".encode("utf-16") + b"c")
    assert text.startswith("ab")
    assert remark == "damaged UTF-16 text"


@given(st.binary(max_size=300))
def test_any_bytes_are_some_text(data: bytes) -> None:
    text, _ = decode(data)
    assert isinstance(text, str)


@pytest.mark.parametrize(
    ("heading", "plain"),
    [
        ("SIS User ID", "sis user id"),
        (" student_id ", "student id"),
        ("E-Mail-Adresse", "e mail adresse"),
        ("Numéro d’identification", "numéro d identification"),
        ("ＩＤ", "id"),
        ("", ""),
    ],
)
def test_headings_are_compared_plainly(heading: str, plain: str) -> None:
    assert plain_heading(heading) == plain


def known(heading: str) -> bool:
    return heading.casefold() in ("student", "slot")


@pytest.mark.parametrize(
    ("text", "delimiter", "header", "line"),
    [
        ("student,slot\n", ",", ("student", "slot"), 1),
        ("student;slot;0,5\n", ";", ("student", "slot", "0,5"), 1),
        ("student\tslot\n", "\t", ("student", "slot"), 1),
        ("student|slot\n", "|", ("student", "slot"), 1),
        ("\n  \nstudent,slot\n", ",", ("student", "slot"), 3),
        ("sep=;\nstudent;slot\n", ";", ("student", "slot"), 2),
        (' Student , "slot"\n', ",", ("Student", "slot"), 1),
        ('"student","slot"', ",", ("student", "slot"), 1),
        ('student,"two\nlines"\n', ",", ("student", "two\nlines"), 1),
        ("just text\n", ",", ("just text",), 1),
    ],
)
def test_the_header_tells_the_delimiter(text: str, delimiter: str, header: tuple[str, ...], line: int) -> None:
    table = find_table(text, known)
    assert table is not None
    assert (table.delimiter, table.header, table.header_line) == (delimiter, header, line)


@pytest.mark.parametrize("text", ["", "\n\n", " \r\n\t"])
def test_blank_text_is_no_table(text: str) -> None:
    assert find_table(text, known) is None


def rows_of(text: str) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str, bool]]]:
    table = find_table(text, known)
    assert table is not None
    rows = Rows(table, lambda row: len(row) == len(table.header) and not any("\n" in cell for cell in row))
    return [(rows.line, row) for row in rows], rows.defects


def test_rows_know_their_lines() -> None:
    plain, _ = rows_of("student,slot\na,1\n\nb,2\r\nc,3")
    quoted, _ = rows_of('student,slot\n"a",1\n\nb,"2"\r\nc,3')
    assert plain == [(2, ["a", "1"]), (3, [""]), (4, ["b", "2"]), (5, ["c", "3"])]
    assert quoted == [(2, ["a", "1"]), (3, []), (4, ["b", "2"]), (5, ["c", "3"])]


def test_only_line_ends_end_a_line() -> None:
    for quote in ("", '"'):
        rows, _ = rows_of(f"student,slot\n{quote}a{quote},1\x0b\u20282\x85\nb,3\r\n")
        assert rows == [(2, ["a", "1\x0b\u20282\x85"]), (3, ["b", "3"])]


@pytest.mark.parametrize("blank", [" ", "  ", "\u00a0", "\u202f", "="])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_blank_before_a_quotation_mark_is_no_part_of_the_cell(delimiter: str, blank: str) -> None:
    lines = [f'a{delimiter}{blank}"0{delimiter}5"', f'{blank}"b"{delimiter}{blank}"say ""x"""', f"c{delimiter} 1"]
    rows, defects = rows_of(f"student{delimiter}{blank}slot\n" + "\n".join(lines) + "\n")
    assert rows == [(2, ["a", f"0{delimiter}5"]), (3, ["b", 'say "x"']), (4, ["c", " 1"])]
    assert not defects


def test_a_blank_before_a_tabs_quotation_mark_may_be_a_tab_where_commas_delimit() -> None:
    assert rows_of('student,slot\na,\t"0,5"\n')[0] == [(2, ["a", "0,5"])]


def test_a_cell_over_two_lines_may_have_a_blank_before_it() -> None:
    table = find_table('student,slot\na, "1,\n2"\nb,3\n', known)
    assert table is not None
    assert list(Rows(table, lambda row: len(row) == 2)) == [["a", "1,\n2"], ["b", "3"]]


def test_a_quotation_mark_left_open_swallows_no_other_row() -> None:
    rows, defects = rows_of('student,slot\na,"1\nb,2\nc,"3"\nd,4\n')
    assert rows == [(2, ["a", '"1']), (3, ["b", "2"]), (4, ["c", "3"]), (5, ["d", "4"])]
    assert defects == [(2, "a quotation mark is never closed", False)]


@pytest.mark.parametrize("end", ["", 's1,d,"2\ns1,e,2\n'])
def test_rows_know_their_lines_beside_quotation_marks_that_are_closed_and_open(end: str) -> None:
    """Whether or not a later mark is left open, rows before it are the same ones on the same lines."""
    lines = ["id,slot,response\n", 's1,a,"0,5"\n', "\n", 's1,b"c,1\n', 's1,"d,e",""\n', "s1,c,2\n"]
    table = find_table("".join(lines) + end, known)
    assert table is not None
    assert table.closed == (not end)
    rows = Rows(table, lambda row: len(row) == len(table.header))
    expected = [
        (2, ["s1", "a", "0,5"]),
        (3, []),
        (4, ["s1", 'b"c', "1"]),
        (5, ["s1", "d,e", ""]),
        (6, ["s1", "c", "2"]),
    ]
    assert [(rows.line, row) for row in rows][:5] == expected
    assert [line for line, *_ in rows.defects] == ([7] if end else [])


def test_marks_that_come_in_pairs_may_be_left_open() -> None:
    table = find_table('id,slot,response\ns1,a"b,"c\ns1,d,1\n', known)
    assert table is not None
    assert not table.closed


def test_a_quotation_mark_left_open_at_the_end_swallows_nothing() -> None:
    many = "".join(f"s{n},{n}\n" for n in range(100))
    rows, defects = rows_of(f'student,slot\na,"1\n{many}')
    assert len(rows) == 101
    assert defects == [(2, "a quotation mark is never closed", False)]


def test_a_quotation_mark_left_open_in_the_last_column_swallows_nothing() -> None:
    """However wide the cell that it opens makes the row, the end of the file closes no quotation mark."""
    table = find_table('id,name\ns1,"Ann\ns2,Bob\n', known)
    assert table is not None
    rows = Rows(table, lambda row: len(row) == 2)
    assert list(rows) == [["s1", '"Ann'], ["s2", "Bob"]]
    assert rows.defects == [(2, "a quotation mark is never closed", False)]


def test_many_open_quotation_marks_take_no_longer_than_lines() -> None:
    rows, defects = rows_of("student,slot\n" + 'a,"1\n"b",2\n' * 3000)
    assert len(rows) == 6000
    assert [row for _, row in rows[:2]] == [["a", '"1'], ["b", "2"]]
    assert len(defects) == 3000


def test_a_line_beyond_all_measure_is_left_out_alone() -> None:
    long = "x" * (LONGEST_LINE + 1)
    rows, defects = rows_of(f'student,slot\na,1\n{long},2\nb,"2"\n')
    assert rows == [(2, ["a", "1"]), (4, ["b", "2"])]
    assert [(line, lost) for line, _, lost in defects] == [(3, True)]


cells = st.text(st.characters(exclude_characters="\r\n"), max_size=8)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=8), st.sampled_from([",", ";", "\t"]))
def test_what_pythons_csv_module_writes_comes_back(written: list[list[str]], delimiter: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(["student", "slot"])
    writer.writerows(written)
    rows, defects = rows_of(file.getvalue())
    as_text = [[re.sub(r'^="([^"]*)"$', r"\1", cell) for cell in row] for row in written]
    assert [row for _, row in rows] == as_text
    assert not defects


def test_what_a_spreadsheet_is_told_is_text_is_the_text() -> None:
    rows, _ = rows_of('student,slot\n"=""0429""",="0,5"\n"=""0,5""","=""a"" ""b"""\n')
    assert [row for _, row in rows] == [["0429", "0,5"], ["0,5", '="a" "b"']]
