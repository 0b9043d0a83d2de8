"""LaTeX as MathML for browsers: the counterpart of `mathematics`, which sets the same LaTeX for paper."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING

from question_bank.language.formula_words import formula_words, spoken_in
from question_bank.language.words import decimal, language

if TYPE_CHECKING:
    from markupsafe import Markup

# Without a mathematical font, browsers draw accents too large and take some italic letters from elsewhere: letters
# with a hat are characters of their own here, and single letters are marked for the style sheet's italic.
_HATTED = re.compile(r'<mover accent="true"><mrow><mi>(\w)</mi></mrow><mo>&#x0005E;</mo></mover>')
_CIRCUMFLEX = "\u0302"
# After an opening parenthesis or a comma a minus is a sign, not an operation: it stands close to its number.
_SIGN = re.compile(r"(?<=&#x00028;</mo>|&#x0002C;</mo>)<mo>(&#x02212;)</mo>")
_NUMBER = re.compile("<mn>[^<]*</mn>")
_FRACTIONAL = re.compile(r"<mn>[^<]*\.")
_SEPARATOR = re.compile("<msub(?:sup)?>.*?</msub(?:sup)?>|<mo>&#x0002C;</mo>")
"""A comma, or a symbol with its indices, whose commas stay."""
_TEXT = re.compile("(?<=<mtext>)[^<]*")
_LETTER = re.compile(r"<mi>(\w|&#x[0-9A-F]+;)</mi>")


def mathml(latex: str) -> Markup:
    r"""LaTeX as MathML, its numbers with the decimal sign of the language.

    >>> print(mathml("h_{13}"))
    <math ...<msub><mi class="v">h</mi><mrow><mn>13</mn></mrow></msub>...</math>
    >>> mathml(r"\max\left(-1, -2\right)").count('<mo form="prefix">'), mathml("3 - 1").count('form="prefix"')
    (2, 0)
    >>> from question_bank.language.words import Language, using
    >>> with using(Language("de", decimal=",")):
    ...     made = mathml("x_{1,2} = (0.5, 1)")
    >>> made.count("<mo>;</mo>"), made.count("&#x0002C;")
    (1, 1)
    """
    return _mathml(latex, language().decimal, spoken_in(latex))


@lru_cache(maxsize=16384)
def _mathml(latex: str, sign: str, code: str) -> Markup:
    # `sign`, and where there are words `code`: what is kept is right for the languages that share them.
    from latex2mathml.converter import convert
    from markupsafe import Markup

    made = _HATTED.sub(_hatted, convert(latex))
    made = _SIGN.sub(r'<mo form="prefix">\1</mo>', made)
    if decimal("0.5") == "0,5" and _FRACTIONAL.search(made):
        # Between numbers with a decimal comma stands a semicolon.
        made = _SEPARATOR.sub(lambda found: found[0] if found[0].startswith("<ms") else "<mo>;</mo>", made)
    made = _NUMBER.sub(lambda found: decimal(found[0]), made)
    made = _TEXT.sub(lambda found: escape(formula_words(unescape(found[0])), quote=False), made)
    return Markup(_LETTER.sub(r'<mi class="v">\1</mi>', made))  # noqa: S704


def _hatted(found: re.Match[str]) -> str:
    letter = unicodedata.normalize("NFC", found[1] + _CIRCUMFLEX)
    return f"<mi>{letter}</mi>" if len(letter) == 1 else found[0]


_SIGNS = {" + ": "+", " - ": "−", r" \cdot ": "·", r" \times ": "×"}


def breakable(latex: str) -> Markup:
    r"""MathML in pieces between which a narrow screen may break the line: browsers do not break inside.

    >>> str(breakable(r"a \cdot \left(b + c\right) + d")).count("<math")
    3
    """
    return _breakable(latex, language().decimal, spoken_in(latex))


@lru_cache(maxsize=4096)
def _breakable(latex: str, sign: str, code: str) -> Markup:
    from markupsafe import Markup

    depth, start, found = 0, 0, Markup()
    for at, character in enumerate(latex):
        depth += (character in "{(") - (character in "})")
        between = next((each for each in _SIGNS if latex.startswith(each, at)), None) if character == " " else None
        if between is not None and depth == 0 and at >= start:
            found += mathml(latex[start:at]) + Markup('<span class="bin"> {} </span>').format(_SIGNS[between])
            start = at + len(between)
    return found + mathml(latex[start:])


def relation(sign: str) -> Markup:
    """An equals sign with its room, between two pieces of MathML."""
    from markupsafe import Markup

    return Markup('<span class="rel">{}</span>').format(sign)
