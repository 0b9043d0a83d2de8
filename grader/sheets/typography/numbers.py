"""How a number is printed: the one place that knows its signs."""

from __future__ import annotations

from question_bank.language.words import decimal, language


def printed_number(text: str) -> str:
    """A number with a real minus sign, and the decimal sign of the language.

    >>> from question_bank.language.words import Language, using
    >>> with using(Language("de", decimal=",")):
    ...     printed_number("-0.25")
    '−0,25'
    """
    return decimal(text.replace("-", "−"))


def grouped_number(text: str) -> str:
    r"""A whole number whose thousands are set apart by commas, as the language sets them apart: by a blank.

    >>> from question_bank.language.words import Language, using
    >>> with using(Language("de", decimal=",")):
    ...     grouped_number("12,345") == "12\N{NO-BREAK SPACE}345"
    True
    """
    return text if language().decimal == "." else text.replace(",", "\N{NO-BREAK SPACE}")
