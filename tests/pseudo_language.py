"""A language that is made of the English: what stays English on a page in it never went through a catalogue.

Every sentence is accented, about a third longer, and in brackets, so that what is cut, glued together or has no room
shows as well.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

from question_bank.language.spoken import CATALOGUES, forms_said, read_catalogue
from question_bank.language.words import Language, Message

OPENS, CLOSES = "«", "»"
_ACCENTED = str.maketrans("aceinosuyzACEINOSUYZ", "åçéïñøšûÿžÅÇÉÏÑØŠÛÝŽ")
_LONGER = 1.35
_KEPT = re.compile(r"(%\(\w+\)s|%%|\{\w*\}|<[^>]*>|&\w+;|\$[^$]*\$)")
"""Places for what is put in, tags, entities, and formulas between dollars."""
_VOWELS = "åéïøû"


def pseudo(sentence: str) -> str:
    """A sentence in it.

    >>> pseudo("Path {number}: <b>its weights</b>")
    '«Påååth {number}: <b>ïïïtš wéééïghtš</b>»'
    """
    parts = _KEPT.split(sentence)
    letters = sum(len(part) for part in parts[::2])
    wanted = round(letters * (_LONGER - 1))
    said = []
    for place, part in enumerate(parts):
        if place % 2:
            said.append(part)
            continue
        text = ""
        for letter in part.translate(_ACCENTED):
            more = min(2, wanted) if letter in _VOWELS else 0
            wanted -= more
            text += letter * (1 + more)
        said.append(text)
    return f"{OPENS}{''.join(said)}{CLOSES}"


@lru_cache(maxsize=1)
def pseudo_language() -> Language:
    """The language, of all that gradpath.pot knows."""
    messages: dict[Message, str | tuple[str, ...]] = {}
    for message in read_catalogue(CATALOGUES / "gradpath.pot"):
        if not message.id:
            continue
        forms = forms_said(message.id)
        key: Message = (message.context, forms[0]) if message.context else forms[0]
        messages[key] = pseudo(forms[0]) if len(forms) == 1 else tuple(map(pseudo, forms))
    return Language("qps", messages, ",")


OF_PEOPLE = {
    "Ada",
    "Ben",
    "Set",
    "January",
    "February",
    "Thursday",
    "set",
    "what",
    "JSON",
    "CSV",
    "PIN",
    "QXM",
    "ABC",
    "DE",
}
"""Names, files and what people wrote themselves."""
OF_MATHEMATICS = {"tanh", "max", "exp", "softmax", "min", "any", "ln"}


_PLAIN = re.compile("[aceinosuyzACEINOSUYZ]")
_WORD = re.compile("[A-Za-zåçéïñøšûÿžÅÇÉÏÑØŠÛÝŽ]{3,}")


def left_in_english(html: str, fewest: int = 2) -> set[str]:
    """Words of a page that stand in no sentence of the catalogue, or were put into one as they are.

    Those that are shorter than `fewest` letters are symbols.

    >>> left_in_english("<p title='«Gîvén»'>«Påth <b>1</b>» and</p>"), left_in_english("<p>«Påth of»</p>")
    ({'and'}, set())
    >>> left_in_english("<p>«Påth øf the first»</p>") == {"the", "first"}
    True
    """
    html = re.sub("grad(<span>)?path(</span>)?", "", html)
    html = re.sub(r"<(style|script|code)\b.*?</\1>|<!--.*?-->", " ", html, flags=re.DOTALL)
    attributes = re.findall(
        r'(?:aria-label|title|alt|placeholder|data-sure|data-lost|data-found|data-kept)="([^"]*)"', html
    )
    texts = [unescape(text) for text in (re.sub(r"<[^>]*>", " ", html), *attributes)]
    found: set[str] = set()
    for text in texts:
        found |= {word for word in _WORD.findall(text) if _PLAIN.search(word)}
        before = ""
        while before != text:
            before, text = text, re.sub(f"{OPENS}[^{OPENS}{CLOSES}]*{CLOSES}", " ", text)
        found |= {" ".join(words.split()) for words in re.findall(rf"[A-Za-z]{{{fewest},}}(?:\s+[A-Za-z]+)*", text)}
    return found - OF_PEOPLE - OF_MATHEMATICS
