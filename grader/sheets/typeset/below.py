"""Room for working below a question's last box: stamped on what is left of its page, so that nothing moves for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from grader.sheets.content.face import Room
from grader.sheets.content.formats import MARGIN, MILLIMETRES_A_POINT, POINTS_A_MILLIMETRE, page_width

if TYPE_CHECKING:
    from grader.sheets.typeset.pages import Typeset

SQUARE, LINE = 5.0, 8.0
"""Millimetres between lines."""
_WIDTH, _GREY = 0.15, 0xB0
_GAP, _SPARE = 3.0, 1.0
"""Millimetres between the boxes and the room, and those kept free below it, for what rounds."""
LEAST = 16.0
"""Millimetres below which there is no room worth drawing: two lines."""


@dataclass(frozen=True, slots=True)
class RuledField:
    """Lines to write on, in millimetres from the upper left corner of their field."""

    width: float
    height: float
    lines: tuple[tuple[float, float, float, float], ...]

    @property
    def path(self) -> str:
        """The lines as SVG has them."""
        return "".join(f"M{x1:g} {y1:g}L{x2:g} {y2:g}" for x1, y1, x2, y2 in self.lines)


def ground(kind: Room | None, width: float, height: float) -> RuledField:
    """The lines of a field that is at most so wide and high; a blank one has none.

    >>> ground("squared", 12.0, 9.0)
    RuledField(width=10.0, height=5.0, lines=((0.0, 0, 0.0, 5.0), (5.0, 0, 5.0, 5.0), (10.0, 0, 10.0, 5.0), \
(0, 0.0, 10.0, 0.0), (0, 5.0, 10.0, 5.0)))
    """
    match kind:
        case "squared":
            across, down = int(width / SQUARE), int(height / SQUARE)
            width, height = across * SQUARE, down * SQUARE
            upright = [(at * SQUARE, 0, at * SQUARE, height) for at in range(across + 1)]
            level = [(0, at * SQUARE, width, at * SQUARE) for at in range(down + 1)]
            return RuledField(width, height, (*upright, *level))
        case "ruled":
            lines = [(0, at * LINE, width, at * LINE) for at in range(1, int(height / LINE) + 1)]
            return RuledField(width, height, tuple(lines))
        case _:
            return RuledField(width, height, ())


@dataclass(frozen=True, slots=True)
class RoomBelow:
    """The room on one page of a question: its upper left corner, in points from the page's lower left one."""

    page: int
    left: float
    top: float
    ground: RuledField

    @property
    def operators(self) -> str:
        """What draws it."""
        k = POINTS_A_MILLIMETRE
        place = f"q {k:.6f} 0 0 {-k:.6f} {self.left:.3f} {self.top:.3f} cm {_GREY / 255:.3f} G {_WIDTH} w"
        drawn = (f"{x1:.2f} {y1:.2f} m {x2:.2f} {y2:.2f} l" for x1, y1, x2, y2 in self.ground.lines)
        return "\n".join((place, *drawn, "S Q"))

    @property
    def style(self) -> str:
        """The same as CSS of a block that follows the question's end: a background, which no reader reads out."""
        # Half a line's width lies outside of the field.
        out = _WIDTH / 2
        wide, high = self.ground.width + 2 * out, self.ground.height + 2 * out
        drawn = (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='{-out:g} {-out:g} {wide:g} {high:g}'>"
            f"<path d='{self.ground.path}' fill='none' stroke='#{_GREY:02x}{_GREY:02x}{_GREY:02x}' "
            f"stroke-width='{_WIDTH}'/></svg>"
        )
        left = self.left * MILLIMETRES_A_POINT - MARGIN - out
        return (
            f"width:{wide:g}mm;height:{high:g}mm;margin:{_GAP - out:g}mm 0 0 {left:.3f}mm;"
            f"background:url(data:image/svg+xml,{quote(drawn)}) no-repeat 0 0/100% 100%"
        )


def room_below(made: Typeset) -> RoomBelow | None:
    """The room below a question: as high as is asked for, or what is left of its page; None where that is little."""
    pages, layout = made.key.face.pages, made.layout
    end = layout.marks.get("end")
    if pages.working_below is None or end is None or end.page != layout.pages - 1:
        return None
    # A style of one's own may set boxes lower than where the text ends.
    lowest = min([end.bottom, *(box.bottom for box in layout.boxes if box.page == end.page)])
    left_over = lowest * MILLIMETRES_A_POINT - MARGIN - _GAP - _SPARE
    height = min(10 * pages.working_below, left_over)
    if height < LEAST:
        return None
    across = page_width(made.key.paper)
    drawn = ground(pages.working, across, height)
    if not drawn.lines:
        corners = ((0.0, 0.0), (across, 0.0), (across, height), (0.0, height))
        drawn = RuledField(across, height, tuple((*one, *corners[n - 3]) for n, one in enumerate(corners)))
    left = MARGIN + (across - drawn.width) / 2
    return RoomBelow(end.page, left * POINTS_A_MILLIMETRE, lowest - _GAP * POINTS_A_MILLIMETRE, drawn)
