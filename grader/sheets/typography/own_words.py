r"""An instructor's own words on a page: paragraphs, lists, emphasis and formulas, and nothing else of HTML.

A blank line begins a paragraph, lines that begin with `- ` are a list; `*words*` are set in italics and `**words**` in
bold type, `$x^2$` is a formula in LaTeX; `\*` and `\$` are the signs themselves. All else stands as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from grader.sheets.typography.mathematics import set_latex
from question_bank.errors import InputError, found_text
from question_bank.language.words import language

if TYPE_CHECKING:
    from markupsafe import Markup

Formula = Callable[[str], "Markup"]
"""How a formula is set: `set_on_sheet` on paper, `mathml` in a browser."""

_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_ITEM = re.compile(r"[ \t]*- +")
_INLINE = re.compile(
    r"\\(?P<sign>[\\*$])"
    r"|\$(?P<formula>(?!\s)(?:\\.|[^$\\])+(?<!\s))\$"
    r"|\*\*(?P<strong>(?!\s)(?:\\.|[^\\])+?(?<!\s))\*\*"
    r"|(?<![\w*])\*(?P<em>(?!\s)(?:\\.|[^*\\])+(?<!\s))\*(?![\w*])",
    re.DOTALL,
)
_DOLLAR = re.compile(r"(?<!\\)(?:\\\\)*\$")
_INDEX = re.compile(r'<span class="ix">([^<]*)</span>')
_LONGEST_FORMULA = 400


def set_on_sheet(latex: str) -> Markup:
    r"""A formula of one's own: its indices stand as they are written, those of a question are stamped.

    >>> print(set_on_sheet("w_{13}"))
    <span class="m"><i>w</i><sub>13</sub></span>
    """
    from markupsafe import Markup

    return Markup(_INDEX.sub(r"\1", set_latex(latex)))  # noqa: S704


def set_words(text: str, formula: Formula = set_on_sheet) -> Markup:
    r"""The words as HTML, in which only what is described above is more than its characters.

    >>> print(set_words("Show *all* working: $w_1$ & <b>\n\n- a\n- b"))
    <p>Show <em>all</em> working: <span class="m"><i>w</i><sub>1</sub></span> &amp; &lt;b&gt;</p>
    <ul><li>a</li><li>b</li></ul>
    >>> print(set_words(r"2 * 3 * 4 costs 5 \$"))
    <p>2 * 3 * 4 costs 5 $</p>
    """
    return _set(text, formula, language().decimal)


@lru_cache(maxsize=256)
def _set(text: str, formula: Formula, sign: str) -> Markup:
    # `sign`: what is kept is right for the languages that share it.
    from markupsafe import Markup

    return Markup("\n").join(_block(part, formula) for part in _PARAGRAPHS.split(text.strip()) if part.strip())


def _block(text: str, formula: Formula) -> Markup:
    from markupsafe import Markup

    lines = text.strip().splitlines()
    if not _ITEM.match(lines[0]):
        return Markup("<p>{}</p>").format(_inline(" ".join(map(str.strip, lines)), formula))
    items: list[str] = []
    for line in lines:
        if begun := _ITEM.match(line):
            items.append(line[begun.end() :].strip())
        else:
            items[-1] += f" {line.strip()}"
    return Markup("<ul>{}</ul>").format(
        Markup("").join(Markup("<li>{}</li>").format(_inline(item, formula)) for item in items)
    )


def _inline(text: str, formula: Formula) -> Markup:
    from markupsafe import Markup, escape

    parts, at = [], 0
    for found in _INLINE.finditer(text):
        parts.append(escape(text[at : found.start()]))
        at = found.end()
        kind = found.lastgroup or ""
        if kind == "sign":
            parts.append(escape(found[kind]))
        elif kind == "formula":
            parts.append(formula(found[kind]))
        else:
            parts.append(Markup("<{0}>{1}</{0}>").format(kind, _inline(found[kind], formula)))
    return Markup("").join([*parts, escape(text[at:])])


def problems_of_words(text: str) -> Iterator[InputError]:
    r"""What cannot be set: formulas that are none, and dollar signs that nothing closes.

    >>> [*problems_of_words("costs 5 $")][0].found
    'a $ that no other one closes'
    """
    formulas = [found for found in _INLINE.finditer(text) if found["formula"]]
    for found in formulas:
        try:
            if len(found["formula"]) > _LONGEST_FORMULA:
                raise ValueError
            set_on_sheet(found["formula"])
        except Exception:  # whatever the reader of LaTeX stumbles over, it is this formula
            yield InputError(
                f"{found_text(found['formula'])} is no formula that can be set",
                expected=f"LaTeX of at most {_LONGEST_FORMULA} characters, such as $w_{{13}} = \\frac{{1}}{{2}}$",
            )
    left = _INLINE.sub(lambda found: "" if found["formula"] or found["sign"] else found[0], text)
    if _DOLLAR.search(left):
        yield InputError("a $ that no other one closes", remedy=r"write \$ for the sign itself")
