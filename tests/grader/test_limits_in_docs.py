"""The limits that docs/handing-in.md promises are those that the code goes by."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.submissions import limits, pdf_form

PAGE = Path(__file__).resolve().parents[2] / "docs" / "handing-in.md"
SECONDS = limits.Seconds(students=1).shared
UNPACKED, CELLS, PROBLEMS = limits.unpacked(), limits.cells(), limits.problems()


def mega(size: float) -> str:
    return f"{size / 1e6:g} MB"


@pytest.mark.skipif(not PAGE.exists(), reason="an installation carries no docs/")
@pytest.mark.parametrize(
    "promise",
    [
        f"| a folder | {limits.MOST_FILES:,} files; {limits.LARGEST_TOTAL / 1e9:g} GB unpacked |",
        (
            f"| {limits.MOST_FILES_PACKED:,} files; {limits.LARGEST_TOTAL / 1e9:g} GB unpacked; "
            f"archives {limits.DEEPEST} deep |"
        ),
        (
            f"| {mega(limits.LARGEST_FILE)} unpacked; a PDF {mega(pdf_form.LARGEST)}, {pdf_form.MOST_PAGES} pages, "
            f"{pdf_form.MOST_FIELDS:,} fields; a table or JSON file {mega(limits.LARGEST_TEXT)} and "
            f"{limits.MOST_LINES:,} lines"
        ),
        f"| {UNPACKED.each:g} times its packed size + {mega(UNPACKED.base)} |",
        (
            f"| computing | {SECONDS.base:g} s and {SECONDS.each * 1e6:g} s for every MB as it was handed in; "
            f"{limits.MOST_SECONDS:g} s for one file"
        ),
        f"| responses | {CELLS.base:,}, and one for every ten bytes",
        f"| the process that reads | {mega(limits.MEMORY)} of addresses",
        f"named on the command line | {mega(limits.LARGEST_FILE)}, {limits.MOST_LINES_NAMED:,} lines |",
        f"more than {limits.MOST_REMARKS:,} refuse the file",
        f"a file of {limits.SHEET / 1e3:g} KB or more, as sheets are, keeps half of its own seconds",
        f"| {limits.MOST_PICTURES} of a file, {limits.MOST_PICTURES_IN_ALL} in all |",
        (
            f"a reserve: {mega(UNPACKED.reserve)}, {SECONDS.reserve:g} seconds, {CELLS.reserve:,.0f} responses, "
            f"{PROBLEMS.reserve:,.0f} problems"
        ),
        (
            f"less than {SECONDS.small / 1e3:g} KB has as much less of its own seconds, "
            f"one of less than {CELLS.small / 1e3:g} KB"
        ),
    ],
)
def test_a_limit_is_the_one_that_the_page_names(promise: str) -> None:
    assert promise in " ".join(PAGE.read_text("utf-8").split())


def test_the_words_for_what_is_a_part() -> None:
    assert (CELLS.each, SECONDS.share, CELLS.share, PROBLEMS.share) == (1 / 10, 1 / 4, 1 / 4, 1 / 50)
