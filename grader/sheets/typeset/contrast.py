"""Whether a box is drawn in another colour than what is behind it, by the style that WeasyPrint has computed for it."""

from __future__ import annotations

from typing import Any

Colour = tuple[float, float, float]
"""Red, green and blue, from 0 to 1."""
WHITE: Colour = (1.0, 1.0, 1.0)
_LEAST = 0.05
"""By which one of the three must differ, or two colours are the same on paper."""
_EDGES = ("border_top", "border_right", "border_bottom", "border_left", "outline")


def colour_within(style: Any, behind: Colour) -> Colour:
    """The colour in front of which a box's contents stand."""
    return _seen(style, "background_color", behind)


def is_drawn(style: Any, behind: Colour) -> bool:
    """Whether an edge, the ground or a picture in it shows where a box is."""
    within = colour_within(style, behind)
    pictures = any(kind != "none" for kind, _which in style["background_image"])
    edges = [
        _seen(style, f"{edge}_color", behind)
        for edge in _EDGES
        if style[f"{edge}_style"] not in ("none", "hidden") and style[f"{edge}_width"] > 0
    ]
    # An edge in the colour of the page shows where the ground within it is another.
    return pictures or any(_differ(each, behind) for each in (within, *edges))


def _seen(style: Any, key: str, behind: Colour) -> Colour:
    colour = style[key]
    if colour == "currentcolor":
        colour = style["color"]
    red, green, blue = colour.to("srgb").coordinates
    return tuple(
        colour.alpha * front + (1 - colour.alpha) * back for front, back in zip((red, green, blue), behind, strict=True)
    )


def _differ(one: Colour, other: Colour) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) >= _LEAST
