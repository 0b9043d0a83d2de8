"""The few words that stand in formulas, in the language that is spoken.

The LaTeX of a formula is the same in every language, as its decimal points are; its words are looked up as it is set.
"""

from __future__ import annotations

import re

from question_bank.language.words import language, pgettext


def formula_words(text: str) -> str:
    r"""What a formula says between numbers and symbols: the text of a `\\text{...}`, its blanks kept.

    >>> formula_words(", else "), formula_words("new")
    (', else ', 'new')
    """
    if language().is_english:
        return text
    said = {
        "wrong line": pgettext("in a formula", "wrong line"),
        "class": pgettext("in a formula", "class"),
        "new": pgettext("in a formula", "new"),
        "if": pgettext("in a formula", "if"),
        "else": pgettext("in a formula", "else"),
    }
    return _WORDS.sub(lambda found: said.get(found[0].replace(_FIXED, " "), found[0]), text)


def spoken_in(latex: str) -> str:
    r"""The code of the language, if the formula has words: what is kept of one without is right in every language.

    >>> spoken_in(r"h^{\\text{new}}"), spoken_in("h")
    ('en', '')
    """
    return language().code if r"\text{" in latex else ""


_FIXED = "\N{NO-BREAK SPACE}"
_WORDS = re.compile(rf"[A-Za-z]+(?:[ {_FIXED}][A-Za-z]+)*")
