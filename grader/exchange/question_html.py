"""A question of a pool as HTML, with formulas as MathJax takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from grader.exchange.boxes import RangeBox
from grader.sheets.export.written import WordsOrFormula, WrittenOut
from question_bank.derivations.derivation import Slot
from question_bank.language.words import _

PICTURE = "network.svg"


@dataclass(frozen=True, slots=True)
class Variant:
    """One question of a pool: what it says, its boxes, and its drawing as SVG."""

    name: str
    idnumber: str
    written: WrittenOut
    boxes: Mapping[Slot, RangeBox]
    drawing: str


def before_boxes(variant: Variant, picture: str, how_to_type: str) -> str:
    """The task, how numbers are typed, the drawing (`picture` is where it lies) and the givens."""
    image = f'<p><img src="{picture}" alt="{escape(_("The network"))}" style="max-width:100%"></p>'
    return f"{task_html(variant)}<p>{escape(how_to_type)}</p>{image}{givens_html(variant)}"


def task_html(variant: Variant) -> str:
    """What is asked."""
    return "".join(f"<p>{''.join(map(_piece, paragraph))}</p>" for paragraph in variant.written.task)


def givens_html(variant: Variant) -> str:
    """The givens, and of a worked solution with an error its lines."""
    givens = "".join(f"<p>{formula(given)}</p>" for given in variant.written.givens)
    return givens + "".join(f"<p>({at}) {formula(line)}</p>" for at, line in enumerate(variant.written.lines, 1))


def solution_html(variant: Variant) -> str:
    """Every step, under the headings of its part."""
    found = []
    for section in variant.written.solution:
        route = f" {formula(section.route)}" if section.route else ""
        found.append(f"<p><b>{escape(section.heading)}</b>{route}</p>")
        found += (f"<p>{formula(line)}</p>" for line in section.lines)
    return "".join(found)


def _piece(piece: WordsOrFormula) -> str:
    return formula(piece.text) if piece.formula else escape(piece.text, quote=False)


def formula(latex: str) -> str:
    r"""A formula for MathJax.

    >>> formula("a < b")
    '\\(a &lt; b\\)'
    """
    return rf"\({escape(latex, quote=False)}\)"


def lead_in(box: RangeBox) -> str:
    """What stands before a box."""
    return f"{escape(box.lead)} {formula(box.symbol)}".lstrip()


def in_order(variant: Variant) -> Iterator[tuple[str, RangeBox]]:
    """The boxes in the order of working, each with the heading of its column."""
    for section in variant.written.boxes:
        heading = f"{escape(section.heading)}: " if section.heading else ""
        for slot in section.slots:
            yield heading, variant.boxes[slot]
