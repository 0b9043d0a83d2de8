"""What a sheet has of an assignment's own: words, a line and a picture above, style, pages besides the questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from grader.sheets.typography.own_templates import OwnTemplates


@dataclass(frozen=True, slots=True)
class OwnTexts:
    """Words of an instructor, as `own_words.set_words` takes them; what is empty is not said.

    `instructions` and what is `allowed` stand before the questions, the statement of `honour` behind them, with a line
    to sign; a question's own `task` stands with the question (`SheetQuestion.task`).
    """

    instructions: str = ""
    allowed: str = ""
    honour: str = ""


_HIGH, _WIDE = 9.0, 60.0
"""Millimetres that a logo may take of the upper margin."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that was looked at before: an address that is the picture itself, and how wide it is if 1 high."""

    address: str
    ratio: float

    @property
    def height(self) -> float:
        """In millimetres: as high as the margin has room, lower where it would be too wide.

        >>> Logo("", 2.0).width, Logo("", 12.0).height
        (18.0, 5.0)
        """
        return min(_HIGH, _WIDE / self.ratio)

    @property
    def width(self) -> float:
        """In millimetres."""
        return self.height * self.ratio


Room = Literal["ruled", "squared", "blank"]
"""What room for one's own working looks like."""


@dataclass(frozen=True, slots=True)
class ExtraPages:
    """Pages besides the questions: a `cover`, `formulas` at the end, so many of `working` behind each question or all.

    With a cover the words before and behind the questions stand on that.
    """

    cover: bool = False
    formulas: bool = False
    working: Room | None = None
    working_pages: int = 1
    working_after: Literal["each", "last"] = "each"
    working_below: float | None = field(default=None, repr=False)
    """Centimetres of room below each question. Told apart beside the rest (`face_mark`), so that sheets which were
    printed before there was any are not printed anew."""
    by_hand: bool = field(default=False, repr=False)
    """Whether it is written on by hand and scanned: higher boxes where the page has room for them, ticks in them, and a
    line that says how. Told apart like `working_below`."""


@dataclass(frozen=True, slots=True)
class Face:
    """How all sheets of an assignment look, apart from what is asked.

    `header` and `logo` stand in the upper margin; `css` comes behind the style of sheets.
    """

    header: str = ""
    logo: Logo | None = None
    css: str = ""
    pages: ExtraPages = ExtraPages()
    templates: OwnTemplates | None = None
    """What stands in the place of gradpath's own templates."""

    @property
    def is_own(self) -> bool:
        """Whether it can change where things stand, so that it is looked at whether all is there."""
        return bool(self.css or self.templates)


PLAIN = Face()
NO_TEXTS = OwnTexts()
