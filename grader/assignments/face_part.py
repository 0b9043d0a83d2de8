"""`[face]` and `[pages]` in assignment.toml: how sheets look, and what there is on them besides the questions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from grader.sheets.content.face import ExtraPages, Room
from question_bank.questions.document import StrictDocument

_File = Annotated[str, Field(min_length=1, max_length=200)]


class FacePart(StrictDocument):
    """The table `[face]`; files are named as they lie below the folder of assignment.toml."""

    header: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    logo: _File | None = None
    css: Annotated[str, Field(max_length=200, pattern=r"\.css$")] | None = None
    templates: _File | None = None

    @field_validator("header")
    @classmethod
    def _is_a_line(cls, value: str | None) -> str | None:
        if value is not None and not value.isprintable():
            raise ValueError("expected one line of text without control characters")
        return value


class PagesPart(StrictDocument):
    """The table `[pages]`: what there is on a sheet besides its questions."""

    cover: bool = False
    formulas: bool = False
    working: Room | None = None
    working_pages: Annotated[int, Field(ge=1, le=10)] = 1
    working_after: Literal["each", "last"] = "each"

    @model_validator(mode="after")
    def _has_working(self) -> PagesPart:
        alone = self.model_fields_set & {"working_pages", "working_after"}
        if self.working is None and alone:
            raise ValueError(f'{" and ".join(sorted(alone))} without working = "ruled", "squared" or "blank"')
        return self

    @property
    def extra(self) -> ExtraPages:
        """The pages, as sheets have them."""
        return ExtraPages(self.cover, self.formulas, self.working, self.working_pages, self.working_after)
