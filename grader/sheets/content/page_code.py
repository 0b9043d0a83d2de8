"""What a page's printed code says: whose sheet it is of, which page, and whether it is the key's.

    7F3K-2QXM-9ABC-DE2G/2      page 2 of a sheet
    7F3K-2QXM-9ABC-DE2G/K2     page 2 of the same sheet in the key
    7F3K-2QXM-9ABC-DE2G        a page of a sheet that was printed before codes said which

The id cannot be made up without the set's secret. In the small code of a page that goes on it stands without hyphens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LETTERS = "[0-9A-HJKMNP-TV-Z]"
_CODE = re.compile(
    rf"({_LETTERS}{{4}})-?({_LETTERS}{{4}})-?({_LETTERS}{{4}})-?({_LETTERS}{{4}})(?:/(K?)([1-9][0-9]?))?"
)


@dataclass(frozen=True, slots=True)
class PageCode:
    """The sheet's id, the page (from 1; None where the code is of an older sheet), and whether it is the key's."""

    sheet_id: str
    page: int | None
    of_key: bool = False

    @property
    def text(self) -> str:
        """As it is printed: letters of which a QR code holds many.

        >>> PageCode("7F3K-2QXM-9ABC-DE2G", 2, of_key=True).text
        '7F3K-2QXM-9ABC-DE2G/K2'
        """
        return self.sheet_id if self.page is None else f"{self.sheet_id}/{'K' * self.of_key}{self.page}"

    @property
    def short(self) -> str:
        """The same for a code with little room.

        >>> PageCode("7F3K-2QXM-9ABC-DE2G", 2).short
        '7F3K2QXM9ABCDE2G/2'
        """
        return self.text.replace("-", "")


def read_page_code(text: str) -> PageCode | None:
    """What a code says; None where it is none of a sheet's.

    >>> read_page_code("7F3K2QXM9ABCDE2G/12")
    PageCode(sheet_id='7F3K-2QXM-9ABC-DE2G', page=12, of_key=False)
    >>> read_page_code("https://example.org/7F3K2QXM9ABCDE2G/1") is None
    True
    """
    found = _CODE.fullmatch(text)
    if found is None:
        return None
    page = None if found[6] is None else int(found[6])
    return PageCode("-".join(found.group(1, 2, 3, 4)), page, found[5] == "K")
