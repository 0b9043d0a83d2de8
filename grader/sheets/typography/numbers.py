"""How a number is printed: the one place that knows its signs."""

from __future__ import annotations

from question_bank.language.words import decimal


def printed_number(text: str) -> str:
    """A number with a real minus sign, and the decimal sign of the language.

    >>> from question_bank.language.words import Language, using
    >>> with using(Language("de", decimal=",")):
    ...     printed_number("-0.25")
    '−0,25'
    """
    return decimal(text.replace("-", "−"))
