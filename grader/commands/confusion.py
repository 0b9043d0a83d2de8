"""What the check of the marking came to, for a terminal of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.marking import Verdict
from grader.simulation.check import AMBIGUOUS, ANOTHER, EXACT, UNNAMED, CheckReport, KindRow, MisconceptionRow
from grader.simulation.marked import Promise

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_WIDTH = 80
_OUTCOMES = {EXACT: "exact", AMBIGUOUS: "tied", ANOTHER: "other", UNNAMED: "not"}


def show(report: CheckReport) -> None:
    """Print both tables and the lines."""
    from rich.console import Console

    console = Console(width=_WIDTH, highlight=False)
    console.print("What was simulated, and what its slots were marked, in percent:\n", markup=False)
    console.print(_kinds(report.kinds))
    if report.misconceptions:
        console.print("\nMisconceptions made alone, and how many students' were named how:\n", markup=False)
        console.print(_misconceptions(report.misconceptions))
    console.print()
    for line in report.lines:
        _show_line(console, line)
    if not report.lines:
        console.print("Marking promises nothing about these kinds.")


def whole_percent(part: int, whole: int) -> str:
    """A share in whole percent; never 0 or 100 where that would hide an exception.

    >>> (
    ...     whole_percent(0, 5000),
    ...     whole_percent(1, 5000),
    ...     whole_percent(4999, 5000),
    ...     whole_percent(5000, 5000),
    ...     whole_percent(1, 3),
    ... )
    ('', '<1', '>99', '100', '33')
    """
    if part == 0:
        return ""
    rounded = round(100 * part / whole)
    if rounded == 0:
        return "<1"
    return ">99" if rounded == 100 and part < whole else str(rounded)


def _kinds(rows: tuple[KindRow, ...]) -> Table:
    table = _table("simulated", "stu-\ndents", *(verdict.record.heading for verdict in Verdict), "paid")
    for row in rows:
        slots = sum(row.verdicts.values())
        cells = [whole_percent(row.verdicts.get(verdict, 0), slots) for verdict in Verdict]
        table.add_row(row.kind, f"{row.students}", *cells, f"{100 * row.marks:.0f}")
    return table


def _misconceptions(rows: tuple[MisconceptionRow, ...]) -> Table:
    table = _table("misconception", *_OUTCOMES.values())
    table.add_column(" most often instead", overflow="fold")
    for row in rows:
        cells = [f"{row.outcomes[outcome]:,}" if row.outcomes.get(outcome) else "" for outcome in _OUTCOMES]
        table.add_row(row.misconception, *cells, f" {row.instead}")
    return table


def _table(first: str, *others: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    table.add_column(first, no_wrap=True)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True, vertical="bottom")
    return table


def _show_line(console: Console, line: Promise) -> None:
    needed = f"{100 * line.least:g} %"
    measured = f"{line.kept:,} of {line.of:,}, {_exactly(line)} (needed: {needed})" if line.of else "not tried"
    console.print(f"{'pass' if line.passed else 'FAIL'}  {line.sentence}\n      {measured}", markup=False)


def _exactly(line: Promise) -> str:
    # Rounded down: 99.996 % is not all.
    return f"{int(10_000 * line.share) / 100:.2f} %"
