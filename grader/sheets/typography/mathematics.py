r"""LaTeX set as HTML and CSS: stacked fractions, subscripts, hats, in the serif of the text.

latex2mathml reads the LaTeX; here its tree becomes spans whose shapes `mathematics.css` describes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from question_bank.language.formula_words import formula_words, spoken_in
from question_bank.language.words import decimal, language

if TYPE_CHECKING:
    from markupsafe import Markup

_ACCENTS = {"^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303"}
_RELATIONS = frozenset("=≈<>≤≥→∈")
_BINARY = frozenset("+−±×")
_SEPARATORS = frozenset(",;")
"""Between numbers with a decimal comma stands a semicolon."""
_OPENING = frozenset("([{|") | _SEPARATORS
_BREAK, _NO_BREAK = "\N{ZERO WIDTH SPACE}", "\N{WORD JOINER}"
_DIGITS = re.compile(r"(?<!\d)(?<!class=\"ix\">)\d+")
"""Numbers of a subscript, but those of one within it, which are marked already."""
_FRACTION = '<span class="frac">'
_ABOVE = {"\u0302": "ˆ", "\u0303": "˜"}


def set_latex(latex: str) -> Markup:
    r"""The formula as HTML, its numbers with the decimal sign of the language.

    >>> print(set_latex("h_{13}"))
    <span class="m"><i>h</i><sub><span class="ix">13</span></sub></span>
    >>> from question_bank.language.words import Language, using
    >>> with using(Language("de", decimal=",")):
    ...     print(set_latex("(0.5, -1)"))
    <span class="m">(0,5<span class="comma">;</span>−1)</span>
    """
    return _set(latex, language().decimal, spoken_in(latex))


@lru_cache(maxsize=8192)
def _set(latex: str, sign: str, code: str) -> Markup:
    # `sign`, and where there are words `code`: what is kept is right for the languages that share them.
    from latex2mathml.converter import convert_to_element
    from markupsafe import Markup

    return Markup(f'<span class="m">{_row(list(convert_to_element(latex)))}</span>')  # noqa: S704


def with_breaks(latex: str) -> Markup:
    """The formula as HTML that may break before a plus or minus, or before a product's sign where it has neither."""
    from markupsafe import Markup

    html = str(set_latex(latex))
    plus, minus, dot, cross = (f'<span class="bin">{sign}' for sign in "+−·×")
    for start in (plus, minus) if plus in html or minus in html else (dot, cross):
        html = html.replace(start, f"{_BREAK}{start}{_NO_BREAK}")
    return Markup(html)  # noqa: S704


def _row(elements: list[Element]) -> str:
    parts: list[str] = []
    before: str | None = None
    inside = False  # the bars of a magnitude
    flat = _flat(elements)
    tall = _around_fractions(flat)
    semicolons = decimal("0.5") == "0,5" and any(element.tag == "mn" and "." in _text(element) for element in flat)
    for at, element in enumerate(flat):
        text = _text(element)
        if element.tag == "mo":
            shown = _operator(";" if semicolons and text == "," else text, before)
            parts.append(f'<span class="tall">{shown}</span>' if at in tall else shown)
            opens = text in _OPENING
            if text == "|":
                opens = inside = not inside
            before = "" if opens or text in _BINARY | _RELATIONS or text == "·" else text
            continue
        parts.append(_element(element))
        # A number's sign may follow a word.
        before = "" if element.tag == "mtext" and _ends_open(element) else text or "x"
    return "".join(parts)


def _ends_open(words: Element) -> bool:
    return unescape(words.text or "")[-1:].isspace()


def _flat(elements: list[Element]) -> list[Element]:
    flat: list[Element] = []
    for element in elements:
        if element.tag == "mrow":
            flat += _flat(list(element))
        else:
            flat.append(element)
    return flat


def _around_fractions(flat: list[Element]) -> set[int]:
    """Which of these are parentheses with a fraction between them: they are as tall as that."""
    tall: set[int] = set()
    opened: list[tuple[int, bool]] = []
    for at, element in enumerate(flat):
        text = _text(element) if element.tag == "mo" else ""
        if text == "(":
            opened.append((at, False))
        elif text == ")" and opened:
            start, holds = opened.pop()
            tall |= {start, at} if holds else set()
        elif element.tag == "mfrac":
            opened = [(start, True) for start, _ in opened]
    return tall


def _operator(text: str, before: str | None) -> str:
    text = {"-": "−", "*": "·", "⋅": "·"}.get(text, text)
    if text == "∂":
        return "<i>∂</i>"
    if text.isalpha() and len(text) > 1:
        return f'<span class="fn">{_escape(text)}</span>'
    # A sign with nothing to its left belongs to its number.
    if text in _BINARY and not before:
        return text
    if text in _BINARY or text == "·":
        return f'<span class="bin">{text}</span>'
    if text in _RELATIONS:
        return f'<span class="rel">{_escape(text)}</span>'
    if text in _SEPARATORS:
        return f'<span class="comma">{text}</span>'
    return _escape(text)


def _element(element: Element) -> str:
    children = list(element)
    text = _text(element)
    match element.tag:
        case "mi":
            if len(text) > 1 or text == "Δ":
                return f'<span class="fn">{_escape(text)}</span>'
            return f"<i>{_escape(text)}</i>"
        case "mn":
            return _escape(decimal(text))
        case "mtext":
            # Words keep the spaces around them.
            return _escape(formula_words(unescape(element.text or "")))
        case "mo":
            return _operator(text, "x")
        case "mfrac":
            above, below = children
            return f'{_FRACTION}<span>{_row([above])}</span><span class="below">{_row([below])}</span></span>'
        case "msub" | "munder" if _whole(children[0]) == "∑":
            return f'<span class="sum"><span>∑</span><span class="under">{_indices(children[1:])}</span></span>'
        case "msub" | "munder":
            return f"{_row(children[:1])}<sub>{_indices(children[1:])}</sub>"
        case "msup":
            return f"{_row(children[:1])}<sup>{_row(children[1:])}</sup>"
        case "msubsup" | "munderover":
            lower, upper = _indices(children[1:2]), _row(children[2:])
            return f'{_row(children[:1])}<span class="scripts"><sup>{upper}</sup><sub>{lower}</sub></span>'
        case "msqrt":
            inner = _row(children)
            if _FRACTION in inner:
                return (
                    f'<span class="root"><span class="tall">√</span><span class="radicand high">{inner}</span></span>'
                )
            return f'<span class="root">√<span class="radicand">{inner}</span></span>'
        case "mover":
            return _accented(children)
        case "mspace":
            return " "
        case _:
            return _row(children) if children else _escape(text)


def _indices(children: list[Element]) -> str:
    """A subscript, its numbers marked: they are what differs between questions of one layout."""
    return _DIGITS.sub(r'<span class="ix">\g<0></span>', _row(children))


def _accented(children: list[Element]) -> str:
    base = _whole(children[0])
    accent = _ACCENTS.get(_whole(children[1]))
    if accent is None:
        raise ValueError(f"no way to set {_whole(children[1])!r} over {base!r}")
    letter = unicodedata.normalize("NFC", base + accent)
    if len(letter) == 1:
        return f"<i>{_escape(letter)}</i>"
    # No letter with such an accent has a character of its own.
    return f'<span class="hat"><span>{_ABOVE[accent]}</span><i>{_escape(base)}</i></span>'


def _text(element: Element) -> str:
    # latex2mathml keeps its symbols as character references.
    return unescape(element.text or "").strip()


def _whole(element: Element) -> str:
    return unescape("".join(element.itertext())).strip()


def _escape(text: str) -> str:
    from markupsafe import escape

    return str(escape(text))
