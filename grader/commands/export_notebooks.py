"""What the exports of notebooks share: their options, and what a notebook loses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

LOSES = (
    "loses: whose a question is (a notebook is the same for everybody), classmates' numbers, and languages other than "
    "English in what is said of a box. It keeps: follow-through, the names of mistakes, parts of a box."
)
Folder = Annotated[Path | None, typer.Argument(metavar="[FOLDER]", help="Where to; RECIPE-notebook without.")]


def write(path: Path, data: bytes, *, private: bool = True) -> None:
    """Write one of the files, and say so."""
    from grader.files.files import replacing

    with replacing(path, private=private) as file:
        file.write(data)
    typer.echo(f"Wrote {path}")
