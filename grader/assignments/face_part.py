"""`[face]` in assignment.toml: the line and the picture above every question, a style and templates of one's own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from question_bank.questions.document import StrictDocument

_File = Annotated[str, Field(min_length=1, max_length=200)]


class FacePart(StrictDocument):
    """The table `[face]`; files are named as they lie below the folder of assignment.toml."""

    header: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    logo: _File | None = None
    css: Annotated[str, Field(max_length=200, pattern=r"\.css$")] | None = None

    @field_validator("header")
    @classmethod
    def _is_a_line(cls, value: str | None) -> str | None:
        if value is not None and not value.isprintable():
            raise ValueError("expected one line of text without control characters")
        return value
