"""A page without its indices: questions whose skeletons are the same share a layout.

Numbers in subscripts (and those that name a unit in words) are what is left of a derivation once its indices are
renamed. They are hidden in the layout, which keeps their room, and stamped like a student's numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_INDEX = re.compile(r'<span class="ix">(\d+)</span>')
PREFIX = "ix:"


@dataclass(frozen=True, slots=True)
class Skeleton:
    """HTML with every index replaced by zeros, hidden and identified, and the indices in their order."""

    html: str
    indices: tuple[str, ...]


def skeleton(html: str) -> Skeleton:
    """The HTML of a page with its indices taken out.

    >>> skeleton('<i>h</i><sub><span class="ix">13</span></sub>').indices
    ('13',)
    >>> skeleton('<span class="ix">13</span>').html == skeleton('<span class="ix">42</span>').html
    True
    """
    found: list[str] = []

    def hide(match: re.Match[str]) -> str:
        found.append(match[1])
        return f'<span class="ix" id="{PREFIX}{len(found) - 1}" style="visibility:hidden">{"0" * len(match[1])}</span>'

    hidden = _INDEX.sub(hide, html)
    return Skeleton(hidden, tuple(found))
