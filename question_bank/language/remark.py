"""Sentences that are kept in English and said again, in another language, where a page shows them.

They travel between processes as plain data. What comes back of such data is checked, since whoever sent it may be
anybody by then: a sentence says nothing but what its catalogue has for it.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Sequence
from string import Formatter
from typing import Any, Self

from question_bank.language.words import N_, _, decimal, language

Value = str | float | Callable[[], str]
"""What is put into a sentence: text, a remark, a number, or a function that says it in the language of the moment."""

_MOST_VALUES = 12
_DEEPEST = 24
"""Remarks inside remarks: as many as a sheet has questions, which are all_of in a sentence."""

_LONGEST = 2_000
"""Characters of a sentence, and of a text; a longer one is cut off."""


class Remark(str):
    """A sentence in English with what is put in, so that files and the command line have it as it stands.

    >>> Remark.of("{count} files", count=3000), said(Remark.of("{count} files", count="3"))
    ('3,000 files', '3 files')
    """

    sentence: str
    values: dict[str, Value]

    @classmethod
    def of(cls, sentence: str, **values: Value) -> Self:
        """A sentence marked with `N_`, and its values; remarks, numbers and functions among them are said again."""
        remark = cls(sentence.format(**{name: _in_english(value) for name, value in values.items()}))
        remark.sentence, remark.values = sentence, values
        return remark


def said(text: str) -> str:
    """A remark in the language that is spoken just now, if it has the sentence; any other text as it is."""
    if not isinstance(text, Remark) or text.sentence not in language().messages:
        return str(text)
    return _(text.sentence).format(**{name: _said(value) for name, value in text.values.items()})


def is_said(text: str) -> bool:
    """Whether `said` gives a text in the language that is spoken just now."""
    return language().is_english or (isinstance(text, Remark) and text.sentence in language().messages)


def all_of(parts: Sequence[str]) -> str:
    """Several texts or remarks in a sentence.

    >>> all_of(["a"]), all_of(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    if len(parts) < 2:
        return parts[0] if parts else ""
    others = parts[0]
    for part in parts[1:-1]:
        others = Remark.of(N_("{others}, {next}"), others=others, next=part)
    return Remark.of(N_("{others} and {last}"), others=others, last=parts[-1])


def one_of(parts: Sequence[str]) -> str:
    """Texts of which one is meant.

    >>> one_of(["a"]), one_of(["a", "b", "c"])
    ('a', 'a, b or c')
    """
    if len(parts) < 2:
        return "".join(parts)
    return Remark.of(N_("{others} or {last}"), others=", ".join(parts[:-1]), last=parts[-1])


def as_plain(text: str) -> Any:
    """A text, or a remark, as data that JSON can hold.

    >>> as_plain(Remark.of("{count} files", count=3)), as_plain("files")
    ({'sentence': '{count} files', 'values': {'count': 3}}, 'files')
    """
    if not isinstance(text, Remark):
        return str(text)
    values = {name: value() if callable(value) else value for name, value in text.values.items()}
    return {
        "sentence": text.sentence,
        "values": {name: as_plain(value) if isinstance(value, str) else value for name, value in values.items()},
    }


def remark_of(plain: object) -> str:
    """The reverse of `as_plain`; what is none of its data is shown as it is, shortened.

    >>> remark_of({"sentence": "{count} files", "values": {"count": 3}})
    '3 files'
    >>> remark_of({"sentence": "{count.real} files", "values": {"count": 3}})
    "{'sentence': '{count.real} files', 'values': {'count': 3}}"
    """
    try:
        value = _checked(plain, 0)
    except (TypeError, ValueError, RecursionError):
        value = None
    return value if isinstance(value, str) else reprlib.repr(plain)


def _checked(plain: object, deep: int) -> str | float:
    """A text, a number or a remark; raises ValueError for anything else."""
    match plain:
        case str(text):
            cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
            return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in cut)
        case int() | float() if not isinstance(plain, bool) and deep:
            return plain
        case {"sentence": str(sentence), "values": dict(values), **others} if not others and deep < _DEEPEST:
            places = list(Formatter().parse(sentence))
            names = {name for _words, name, _form, _conversion in places if name is not None}
            bare = not any(form or conversion for _words, _name, form, conversion in places)
            if bare and all(map(str.isidentifier, names)) and names == values.keys() and len(values) <= _MOST_VALUES:
                inside = {name: _checked(value, deep + 1) for name, value in values.items()}
                if len(sentence) <= _LONGEST and sentence.isprintable():
                    return Remark.of(sentence, **inside)
    raise ValueError


def _in_english(value: Value) -> str:
    if isinstance(value, str):
        return value
    return value() if callable(value) else f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _said(value: Value) -> str:
    if isinstance(value, str):
        return said(value)
    if callable(value):
        return value()
    if not isinstance(value, int) or language().decimal == ".":
        return decimal(_in_english(value))
    # Where a comma begins the decimals it groups no thousands.
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")
