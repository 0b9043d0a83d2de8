"""Sentences in the language that is spoken just now, and numbers with its decimal sign.

A sentence is looked up whole, by its English wording, with a named place for whatever is put in: the order of words is
another in every language. English needs no catalogue.

>>> _("Weighted sum of {unit}").format(unit="h")
'Weighted sum of h'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from string import Formatter
from types import MappingProxyType
from typing import Final

Message = str | tuple[str, str]
"""The English wording; where it has several meanings, after its context."""


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language: its code (BCP 47), its catalogue, its decimal sign, and which plural a count takes."""

    code: str
    messages: Mapping[Message, str | Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    decimal: str = "."
    plural: Callable[[int], int] = lambda count: int(count != 1)

    @property
    def is_english(self) -> bool:
        """Whether everything is said as it stands in the code."""
        return self.code == ENGLISH_CODE


ENGLISH_CODE: Final = "en"
ENGLISH: Final = Language(ENGLISH_CODE)
_SPOKEN: ContextVar[Language] = ContextVar("language", default=ENGLISH)


def language() -> Language:
    """The language that is spoken just now."""
    return _SPOKEN.get()


@contextmanager
def using(spoken: Language) -> Iterator[None]:
    """Speak a language for a while; `speaking` in `spoken.py` finds one by its code.

    >>> with using(Language("de", {"Sum": "Summe"}, ",")):
    ...     _("Sum"), decimal("0.5")
    ('Summe', '0,5')
    """
    token = _SPOKEN.set(spoken)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def _(message: str) -> str:
    """A sentence or word; as it stands where the catalogue lacks it."""
    said = _SPOKEN.get().messages.get(message, message)
    return said if isinstance(said, str) else said[0]


def pgettext(context: str, message: str) -> str:
    """A word of which the English has several meanings, such as `pgettext("verb", "Check")`."""
    said = _SPOKEN.get().messages.get((context, message), message)
    return said if isinstance(said, str) else said[0]


def ngettext(one: str, several: str, count: float) -> str:
    """A sentence that depends on a count, which may be put in as `{count}`; what is not whole takes the form of two.

    >>> ngettext("{count} path", "{count} paths", 3).format(count=3)
    '3 paths'
    """
    spoken = _SPOKEN.get()
    said = spoken.messages.get(one)
    if said is None or isinstance(said, str):
        return one if count == 1 else several
    return said[spoken.plural(int(count) if count == int(count) else 2)]


def N_(message: str) -> str:
    """Marks a sentence of a table for the catalogues; it is looked up where it is shown."""
    return message


def pieces(sentence: str) -> Iterator[tuple[str, str | None]]:
    """A sentence cut at its places: the words before each, and its name; None behind the last words.

    >>> [*pieces(_("the weight from {source} to {unit}"))]
    [('the weight from ', 'source'), (' to ', 'unit')]
    """
    for words, name, _format, _conversion in Formatter().parse(sentence):
        yield words, name


_POINT = re.compile(r"(?<=\d)\.(?=\d)")


def decimal(text: str) -> str:
    """Numbers with the decimal sign of the language, as everything that prints one writes them; files keep points.

    >>> decimal("-0.25"), decimal("3/32")
    ('-0.25', '3/32')
    >>> with using(Language("de", decimal=",")):
    ...     decimal("0.1 to 2.5 units.")
    '0,1 to 2,5 units.'
    """
    sign = _SPOKEN.get().decimal
    return text if sign == "." else _POINT.sub(sign, text)
