"""Sentences that are kept in English and said again, in another language, where a page shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from question_bank.language.words import _


class Remark(str):
    """A sentence in English with what is put in, so that files and the command line have it as it stands.

    >>> Remark.of("{count} files", count="3"), said(Remark.of("{count} files", count="3"))
    ('3 files', '3 files')
    """

    sentence: str
    values: dict[str, str | Callable[[], str]]

    @classmethod
    def of(cls, sentence: str, **values: str | Callable[[], str]) -> Self:
        """A sentence marked with `N_`, and its values; remarks and functions among them are said again."""
        remark = cls(sentence.format(**{name: value() if callable(value) else value for name, value in values.items()}))
        remark.sentence, remark.values = sentence, values
        return remark


def said(text: str) -> str:
    """A remark in the language that is spoken just now; any other text as it is."""
    if not isinstance(text, Remark):
        return text
    return _(text.sentence).format(
        **{name: value() if callable(value) else said(value) for name, value in text.values.items()}
    )
