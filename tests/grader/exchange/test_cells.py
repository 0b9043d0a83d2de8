"""Single cells written into a table, and all else byte for byte as it was."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.exchange.cells import DELIMITERS, encoded, rows, with_cells
from question_bank.errors import InputError

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
TABLES = st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1, max_size=4)


@given(
    table=TABLES, delimiter=st.sampled_from(DELIMITERS), ends=st.sampled_from(["\n", "\r\n"]), all_quoted=st.booleans()
)
def test_cells_are_what_the_csv_module_wrote(table, delimiter, ends, all_quoted):
    written = io.StringIO()
    writer = csv.writer(
        written, delimiter=delimiter, lineterminator=ends, quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    )
    writer.writerows(table)
    # A lone blank in front of a quotation mark is passed over, and so such a cell is not written unquoted.
    table = [row for row in table if all(not cell.lstrip(" \t").startswith('"') or cell[:1] == '"' for cell in row)]
    if len(table) == written.getvalue().count(ends) and not any(
        end in cell for row in table for cell in row for end in "\r\n"
    ):
        assert [[cell.text for cell in row.cells] for row in rows(written.getvalue(), delimiter)] == table


@given(data=st.binary(max_size=200))
def test_every_file_comes_back_byte_for_byte(data):
    file = encoded(data)
    assert file.bytes_of(file.text) == data


@given(table=TABLES, written=TEXTS)
def test_only_the_cell_is_other(table, written):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table)
    before = text.getvalue()
    cell = next(rows(before, ",")).cells[1]
    after = with_cells(before, {cell: written}, ",")
    assert after.startswith(before[: cell.start])
    assert after.endswith(before[cell.end :])
    assert next(csv.reader(io.StringIO(after, newline="")))[1] == written


def test_a_row_knows_its_line():
    table = 'id,said\r\n1,"two\r\nlines"\r\n\r\n2,x\n'
    assert [(row.line, row.text(0)) for row in rows(table, ",")] == [(1, "id"), (2, "1"), (5, "2")]


def test_an_open_quotation_mark_is_an_error_with_its_line():
    with pytest.raises(InputError, match=r"line 2.*never closed"):
        list(rows('id,said\n1,"open\n2,x\n', ","))
