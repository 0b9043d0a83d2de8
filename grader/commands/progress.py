"""Progress bars and sentences, on stderr, so that what a command prints can be piped."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

_SECONDS_UNTIL_SHOWN = 1.0


@contextlib.contextmanager
def bar(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A function to call with how many more are done; after a second it shows a bar, on terminals only."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = progress.add_task(what, total=total)
    begun = time.monotonic()

    def advance(count: int) -> None:
        progress.advance(task, count)
        if not progress.live.is_started and time.monotonic() - begun > _SECONDS_UNTIL_SHOWN:
            progress.start()

    try:
        yield advance
    finally:
        progress.stop()


def counted(number: int, noun: str) -> str:
    """How many there are, in words for a person.

    >>> counted(1, "student"), counted(2_000, "student")
    ('1 student', '2,000 students')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def tell(sentence: str) -> None:
    """A sentence for whoever watches."""
    import typer

    typer.echo(sentence, err=True)
