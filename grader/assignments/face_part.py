"""`[face]` and `[pages]` in assignment.toml: how sheets look, and what there is on them besides the questions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from grader.sheets.content.face import ExtraPages, Room
from question_bank.questions.document import StrictDocument

_File = Annotated[str, Field(min_length=1, max_length=200)]


_OF_PAGES = frozenset({"working_pages", "working_after"})
"""Keys of whole pages for working."""


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
    working_below: Annotated[float, Field(ge=2, le=25)] | None = None
    by_hand: bool = False

    @model_validator(mode="after")
    def _has_working(self) -> PagesPart:
        alone = self.model_fields_set & {"working_below", *_OF_PAGES}
        if self.working is None and alone:
            raise ValueError(f'{" and ".join(sorted(alone))} without working = "ruled", "squared" or "blank"')
        if self.working_below is not None and self.model_fields_set & _OF_PAGES == {"working_after"}:
            raise ValueError("working_after says where pages stand: with working_below it needs working_pages")
        return self

    @property
    def extra(self) -> ExtraPages:
        """The pages, as sheets have them."""
        # Room below the questions takes the place of pages, unless these are asked for as well.
        below_alone = self.working_below is not None and "working_pages" not in self.model_fields_set
        pages = 0 if below_alone else self.working_pages
        return ExtraPages(
            self.cover, self.formulas, self.working, pages, self.working_after, self.working_below, self.by_hand
        )
