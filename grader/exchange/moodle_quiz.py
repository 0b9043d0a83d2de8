r"""Questions as Moodle XML: cloze questions, a number a box, and numerical questions. Tried against Moodle 4.5.

What Moodle does, and what is written because of it:

- The first alternative that matches counts, and the first right one is shown as the right answer: so the number as a
  person writes it comes first, alone, then the range, then mistakes at 0 %.
- Keys are stored with 14 significant digits: they are printed with 12, and the half-width has the slack of every
  comparison added. A key has neither a plus nor a comma; `0,5` would be read as 5 without a word.
- In a feedback `}`, `~` and `#` end something: `\}`, `&#126;`, `\#`; a blank follows a backslash at its end.
- The box is as wide as the longest key: a last alternative that nobody writes makes all as wide.
- Weights are whole numbers; without a penalty Moodle takes a third.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from grader.exchange.boxes import RangeBox
from grader.exchange.question_html import PICTURE, Variant, before_boxes, formula, in_order, lead_in, solution_html
from question_bank.language.words import _

_WIDEST = "%0%-999999.999999:0"
_MOST_WEIGHT = 99_999
_STORED = 14
"""Significant digits that Moodle keeps of a key."""


def cloze_xml(category: str, variants: Sequence[Variant], tags: Sequence[str] = ()) -> bytes:
    """A category of cloze questions, all boxes of a variant in one question."""
    quiz = _quiz(category)
    for variant in variants:
        question = _question(quiz, "cloze", variant)
        _text(question, "questiontext", cloze_text(variant), variant.drawing)
        _ending(question, variant, tags)
    return _bytes(quiz)


def numerical_xml(category: str, variants: Sequence[Variant], tags: Sequence[str] = ()) -> bytes:
    """A category a variant: its text as a description, and a numerical question for each box."""
    quiz = Element("quiz")
    for variant in variants:
        _category(quiz, f"{category}/{_path_part(variant.name)}")
        description = _question(quiz, "description", variant)
        _text(
            description,
            "questiontext",
            before_boxes(variant, f"@@PLUGINFILE@@/{PICTURE}", typing_in_moodle()),
            variant.drawing,
        )
        SubElement(description, "idnumber").text = variant.idnumber
        for number, (heading, box) in enumerate(in_order(variant), 1):
            question = SubElement(quiz, "question", type="numerical")
            _text(question, "name", f"{variant.name}, {number:02}", html=False)
            _text(question, "questiontext", f"<p>{heading}{lead_in(box)} = ?</p>")
            SubElement(question, "defaultgrade").text = str(box.weight)
            SubElement(question, "penalty").text = "0"
            SubElement(question, "idnumber").text = f"{variant.idnumber}-{number}"
            for share, key, half, said in alternatives(box):
                answer = SubElement(question, "answer", fraction=str(share), format="plain_text")
                SubElement(answer, "text").text = key
                SubElement(answer, "tolerance").text = half
                _text(answer, "feedback", escape(said))
    return _bytes(quiz)


def cloze_text(variant: Variant) -> str:
    """The text of a cloze question as HTML: the task, and a table of boxes."""
    rows = []
    for section in variant.written.boxes:
        if section.heading:
            route = f" {formula(section.route)}" if section.route else ""
            rows.append(f'<tr><th colspan="2">{escape(section.heading)}{route}</th></tr>')
        elif rows:  # what belongs to no path
            rows.append('<tr><td colspan="2"><hr></td></tr>')
        for slot in section.slots:
            box = variant.boxes[slot]
            rows.append(f"<tr><td>{lead_in(box)}</td><td>{cloze(box)}</td></tr>")
    return f"{before_boxes(variant, f'@@PLUGINFILE@@/{PICTURE}', typing_in_moodle())}<table>{''.join(rows)}</table>"


def cloze(box: RangeBox) -> str:
    r"""A box in Moodle's braces.

    >>> cloze(RangeBox("gradient", "g", "number", "0.25", 0.2495, 0.2505, 0.01, 2))
    '{2:NUMERICAL:=0.25:0~=0.25:0.000500010002505~%0%-999999.999999:0}'
    """
    if box.weight > _MOST_WEIGHT:
        raise ValueError(f"{box.slot}: a weight of {box.weight}")
    found = []
    for share, key, half, said in alternatives(box):
        share_of = "=" if share == 100 else f"%{share}%"
        found.append(f"{share_of}{key}:{half}" + (f"#{in_braces(said)}" if said else ""))
    return f"{{{box.weight}:NUMERICAL:{'~'.join((*found, _WIDEST))}}}"


def alternatives(box: RangeBox) -> Iterator[tuple[int, str, str, str]]:
    """Per cent, key, tolerance and feedback, in the order in which Moodle tries them."""
    yield 100, moodle_key(float(box.shown)), "0", ""
    middle, half = (box.low + box.high) / 2, (box.high - box.low) / 2 + box.slack
    if half > 0:
        yield 100, moodle_key(middle), moodle_key(half), ""
    for mistake in box.mistakes:
        yield 0, moodle_key(mistake.value), moodle_key(mistake.half), mistake.said


def moodle_key(number: float) -> str:
    """A number as a key: twelve significant digits, no plus, and 1e-05 where it is that small.

    >>> moodle_key(-0.0656), moodle_key(0.000050000001), moodle_key(-0.0), moodle_key(1e20)
    ('-0.0656', '5.0000001e-05', '0', '1e20')
    """
    return f"{number or 0.0:.12g}".replace("e+", "e")


def in_braces(said: str) -> str:
    r"""A sentence for the feedback of a cloze alternative.

    >>> in_braces("[2} ~ #1 a < b\\")
    '[2\\} &#126; \\#1 a &lt; b\\ '
    """
    plain = escape(" ".join(said.split()), quote=False).replace("~", "&#126;")
    plain = plain.replace("}", r"\}").replace("#", r"\#").replace(r"&\#126;", "&#126;")
    return f"{plain} " if plain.endswith("\\") else plain


_TYPED = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_TIMES_TEN = re.compile(r"[x*×]10(?:\^|\*\*)(?=[+-]?[0-9])")


def read_by_moodle(typed: str) -> float | None:
    """The number that Moodle reads on an English site, where a comma parts thousands; what stands behind it is let be.

    >>> [read_by_moodle(typed) for typed in ("0.0656 or 0.07", ".065 6", "6.56 × 10^-2", "0,0656", "−0.0656")]
    [0.0656, 0.0656, 0.0656, 656.0, None]
    """
    number = _TYPED.match(_TIMES_TEN.sub("e", typed.replace(" ", "")).replace(",", ""))
    return None if number is None else float(number[1])


def accepted_by_moodle(box: RangeBox, typed: str) -> bool:
    """Whether Moodle, on an English site, gives full marks for what is typed into a box."""
    answer = read_by_moodle(typed)
    if answer is None:
        return False
    return any(
        abs(answer - _as_stored(key)) <= _as_stored(half)
        for share, key, half, _said in alternatives(box)
        if share == 100
    )


def _as_stored(key: str) -> float:
    return float(f"{float(key):.{_STORED}g}")


def typing_in_moodle() -> str:
    """What is to be known of Moodle's boxes; nothing of it is said there when an answer is marked wrong for it."""
    said = _(
        "Write numbers with a point and a plain hyphen, such as {number}. The platform reads {comma} as {without}, and "
        "takes a longer minus sign, a blank behind it, a bracket or a fraction for no number."
    )
    return said.format(number="-0.0656", comma="0,0656", without="656")


def _quiz(category: str) -> Element:
    quiz = Element("quiz")
    _category(quiz, category)
    return quiz


def _category(quiz: Element, path: str) -> None:
    question = SubElement(quiz, "question", type="category")
    SubElement(SubElement(question, "category"), "text").text = f"$course$/top/{path}"


def _path_part(name: str) -> str:
    """A name as one part of a category's path, in which a slash begins the next part."""
    return name.replace("/", "//")


def _question(quiz: Element, kind: str, variant: Variant) -> Element:
    question = SubElement(quiz, "question", type=kind)
    _text(question, "name", variant.name, html=False)
    return question


def _text(parent: Element, name: str, said: str, drawing: str = "", *, html: bool = True) -> None:
    element = SubElement(parent, name, {"format": "html"} if html else {})
    SubElement(element, "text").text = said
    if drawing:
        file = SubElement(element, "file", name=PICTURE, path="/", encoding="base64")
        file.text = b64encode(drawing.encode()).decode("ascii")


def _ending(question: Element, variant: Variant, tags: Sequence[str]) -> None:
    _text(question, "generalfeedback", solution_html(variant))
    SubElement(question, "penalty").text = "0"
    SubElement(question, "hidden").text = "0"
    SubElement(question, "idnumber").text = variant.idnumber
    if tags:
        holder = SubElement(question, "tags")
        for tag in tags:
            SubElement(SubElement(holder, "tag"), "text").text = tag


def _bytes(quiz: Element) -> bytes:
    indent(quiz)
    written: bytes = tostring(quiz, encoding="UTF-8", xml_declaration=True)
    return written
