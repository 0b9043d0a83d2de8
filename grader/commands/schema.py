"""`gradpath schema`: the keys of a file that an instructor writes, as a JSON Schema for editors or as Markdown."""

from __future__ import annotations

import json
from typing import get_args

import typer

from grader.assignments.editor_schema import Kind, editor_schema, keys_of
from question_bank.errors import InputError
from question_bank.questions.described_keys import keys_as_markdown


def print_keys(kind: str, *, markdown: bool) -> int:
    """Print every key of such a file, with its default, what it is for, and an example."""
    for known in get_args(Kind):
        if kind == known and markdown:
            typer.echo(keys_as_markdown(keys_of(known)))
            return 0
        if kind == known:
            typer.echo(json.dumps(editor_schema(known), indent=2, ensure_ascii=False))
            return 0
    raise InputError(f"no such kind of file: {kind!r}", expected=" or ".join(get_args(Kind)))
