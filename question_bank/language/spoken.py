"""Languages by their codes: a catalogue each, read when it is first spoken; dates as people write them there.

Whoever makes a page calls `speaking` once, around all of it. A catalogue is `catalogues/CODE.po`, and nothing else
says which languages there are.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from question_bank.errors import InputError, found_text
from question_bank.language.words import ENGLISH, ENGLISH_CODE, Language, Message, language, using

if TYPE_CHECKING:
    from babel import Locale
    from babel.messages.catalog import Catalog

CATALOGUES = Path(__file__).with_name("catalogues")
_BEGUN = "State: begun"
"""In the comment on top of a catalogue in which sentences are missing, which are English until then."""


def languages() -> tuple[str, ...]:
    """The codes of all languages, English first.

    >>> languages()[0]
    'en'
    """
    return (ENGLISH_CODE, *sorted(path.stem for path in CATALOGUES.glob("*.po")))


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language for a while; raises InputError for one that there is not.

    >>> from question_bank.language.words import language
    >>> with speaking("de"):
    ...     language().decimal
    ','
    """
    with using(language_of(code)):
        yield


def require_language(code: str) -> str:
    """The same; raises InputError, with the nearest one, for a code of which there is no catalogue.

    >>> require_language("de-AT")
    Traceback (most recent call last):
        ...
    question_bank.errors.InputError: 'de-AT' is no language of a catalogue; expected ... Did you mean 'de'?
    """
    there = languages()
    if code not in there:
        near = difflib.get_close_matches(code.lower().partition("-")[0], there, n=1, cutoff=_NEAR)
        raise InputError(
            f"{found_text(code)} is no language of a catalogue",
            expected=f"one of {', '.join(there)}",
            remedy=f"did you mean {near[0]!r}?" if near else None,
        )
    return code


_NEAR = 0.5
"""How alike (1 is the same) a code must be to the one that may be meant."""


@lru_cache(maxsize=64)
def language_of(code: str) -> Language:
    """A language with its catalogue; raises InputError, with the nearest one, for a code that is none."""
    if require_language(code) == ENGLISH_CODE:
        return ENGLISH
    from gettext import c2py

    from babel.numbers import get_decimal_symbol

    catalogue = read_catalogue(CATALOGUES / f"{code}.po")
    messages: dict[Message, str | tuple[str, ...]] = {}
    for message in catalogue:
        forms = forms_said(message.string)
        if not message.id or message.fuzzy or not all(forms):
            continue
        one = forms_said(message.id)[0]
        messages[(message.context, one) if message.context else one] = forms if len(forms) > 1 else forms[0]
    plural = c2py(catalogue.plural_expr)
    return Language(code, MappingProxyType(messages), get_decimal_symbol(_locale(code)), plural)


def _locale(code: str) -> Locale:
    """How Babel writes numbers and dates in a language; as in English where it does not know it."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code)
    except UnknownLocaleError:
        return Locale(ENGLISH_CODE)


def read_catalogue(path: Path) -> Catalog:
    """A .po file as Babel reads it."""
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file, locale=path.stem, abort_invalid=True)


def forms_said(said: str | Sequence[str] | None) -> tuple[str, ...]:
    """A sentence's forms, singular first, as Babel holds them: one text, or several."""
    return (said or "",) if isinstance(said, str | None) else tuple(said)


def is_begun(code: str) -> bool:
    """Whether a language's catalogue is not complete yet.

    >>> is_begun("en")
    False
    """
    if code == ENGLISH_CODE:
        return False
    with (CATALOGUES / f"{code}.po").open(encoding="utf-8") as file:
        comment = takewhile(lambda line: line.startswith("#"), file)
        return any(_BEGUN in line for line in comment)


@lru_cache(maxsize=1)
def complete_languages() -> frozenset[str]:
    """The codes of languages in which nothing is left in English."""
    return frozenset(code for code in languages() if not is_begun(code))


def accepted(header: str) -> str:
    """The first language of an Accept-Language header that there is a complete catalogue of, else English.

    >>> accepted("en-GB,en;q=0.8"), accepted("xx, *;q=0.5"), accepted("")
    ('en', 'en', 'en')
    """
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:_LONGEST_HEADER].split(",")):
        code, _, weight = part.partition(";")
        try:
            quality = float(weight.partition("=")[2]) if weight else 1.0
        except ValueError:
            continue
        if quality > 0:
            wanted.append((-quality, place, code.strip().lower().partition("-")[0]))
    there = complete_languages()
    return next((code for _, _, code in sorted(wanted) if code in there), ENGLISH_CODE)


_LONGEST_HEADER = 400


def written_day(when: date) -> str:
    """A day with its weekday, as the language writes it.

    >>> written_day(date(2030, 1, 31))
    'Thursday, 31 January 2030'
    >>> with speaking("de"):
    ...     written_day(date(2030, 1, 31))
    'Donnerstag, 31. Januar 2030'
    """
    spoken = language()
    if spoken.is_english:
        return f"{when:%A, %d %B %Y}"
    from babel.dates import format_date

    return format_date(when, "full", locale=_locale(spoken.code))


def written_date(when: date | datetime) -> str:
    """A date, or a date with its time, as the language writes it; in English as ISO 8601 does, without a T.

    >>> written_date(date(2030, 1, 31)), written_date(datetime(2030, 1, 31, 23, 59))
    ('2030-01-31', '2030-01-31 23:59')
    >>> with speaking("de"):
    ...     written_date(date(2030, 1, 31)), written_date(datetime(2030, 1, 31, 23, 59))
    ('31. Januar 2030', '31. Januar 2030, 23:59')
    """
    spoken = language()
    clock = f"{when:%H:%M %Z}".rstrip() if isinstance(when, datetime) else ""
    if spoken.is_english:
        return f"{when:%Y-%m-%d} {clock}".rstrip()
    from babel.dates import format_date

    day = format_date(when, "long", locale=_locale(spoken.code))
    return f"{day}, {clock}" if clock else day
