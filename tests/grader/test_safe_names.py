"""Names, cells and messages made from hostile text."""

from __future__ import annotations

import os
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.files.safe_names import file_name, printable, shown, spreadsheet_safe


@pytest.mark.parametrize(
    ("student", "name"),
    [
        ("S1234567", "S1234567"),
        ("ann.lee@uni.edu", "ann.lee@uni.edu"),
        ("a_b-c+d", "a_b-c+d"),
        ("12/345", "12%2F345"),
        ("..", "%2E%2E"),
        (".hidden", "%2Ehidden"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        ("C:\\x", "C%3A%5Cx"),
        ("=cmd()", "%3Dcmd%28%29"),
        ("-rf", "%2Drf"),
        ("a b", "a%20b"),
        ("a.", "a%2E"),
        ("100%", "100%25"),
        ("Müller", "M%C3%BCller"),
        ("a\x00b", "a%00b"),
        ("CON", "%43ON"),
        ("nul.txt", "%6Eul.txt"),
        ("console", "console"),
        ("", "%"),
    ],
)
def test_file_names(student: str, name: str) -> None:
    assert file_name(student) == name


@given(st.text(max_size=200))
def test_a_file_name_never_leaves_its_folder(student: str) -> None:
    name = f"{file_name(student)}.pdf"
    assert name.isascii()
    assert len(name) <= 130
    assert os.path.basename(name) == name
    assert PurePosixPath(name).name == PureWindowsPath(name).name == name
    assert name.strip(" ") == name
    assert not name.startswith((".", "-"))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_a_short_id_comes_back_from_its_file_name(student: str) -> None:
    name = file_name(student)
    if "~" not in name:
        assert unquote(name, errors="strict") == student


def test_long_ids_keep_names_of_their_own() -> None:
    names = {file_name("x" * 500 + end) for end in ("a", "b", "/")}
    assert len(names) == 3
    assert all(len(name) <= 120 for name in names)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=cmd()", "'=cmd()"),
        ("+1+cmd()", "'+1+cmd()"),
        ("-cmd()", "'-cmd()"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("-2-3", "'-2-3"),
        ("-", "'-"),
        ("-0.0032", "-0.0032"),
        ("-0,5", "-0,5"),
        ("+.5", "+.5"),
        ("-3.19e-3", "-3.19e-3"),
        ("−0.5", "−0.5"),
        ("Ann", "Ann"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_cells_that_would_run_are_neutralised(cell: str, safe: str) -> None:
    assert spreadsheet_safe(cell) == safe


@given(st.text())
def test_what_is_shown_is_one_bounded_printable_line(text: str) -> None:
    for line in (shown(text), printable(text)):
        assert line.isprintable()
    assert len(printable(text)) == len(text)


def test_long_text_is_shown_cut() -> None:
    assert shown("x" * 1000, longest=5) == "'xxxx…'"
