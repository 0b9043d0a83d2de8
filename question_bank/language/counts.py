"""Small numbers in words, and lists in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from question_bank.language.words import N_, _

_NUMBERS = (
    N_("no"),
    N_("one"),
    N_("two"),
    N_("three"),
    N_("four"),
    N_("five"),
    N_("six"),
    N_("seven"),
    N_("eight"),
    N_("nine"),
    N_("ten"),
    N_("eleven"),
    N_("twelve"),
)


def number_word(count: int) -> str:
    """A number as a word up to twelve, above that in digits.

    >>> number_word(4), number_word(13)
    ('four', '13')
    """
    return _(_NUMBERS[count]) if count < len(_NUMBERS) else str(count)


def one_of_in_words(parts: Sequence[str]) -> str:
    """Several things of which one is meant.

    >>> one_of_in_words(["a"]), one_of_in_words(["a", "b"]), one_of_in_words(["a", "b", "c"])
    ('a', 'a or b', 'a, b or c')
    """
    if len(parts) < 2:
        return "".join(parts)
    return _("{others} or {last}").format(others=", ".join(parts[:-1]), last=parts[-1])


def listed_in_words(parts: Sequence[str]) -> str:
    """Several things in a sentence.

    >>> listed_in_words(["a"]), listed_in_words(["a", "b"]), listed_in_words(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(parts) < 2:
        return "".join(parts)
    return _("{others} and {last}").format(others=", ".join(parts[:-1]), last=parts[-1])
