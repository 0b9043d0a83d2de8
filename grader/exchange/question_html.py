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
    task = "".join(f"<p>{''.join(map(_piece, paragraph))}</p>" for paragraph in variant.written.task)
    image = f'<p><img src="{picture}" alt="{escape(_("The network"))}" style="max-width:100%"></p>'
    givens = "".join(f"<p>{formula(given)}</p>" for given in variant.written.givens)
    lines = "".join(f"<p>({number}) {formula(line)}</p>" for number, line in enumerate(variant.written.lines, 1))
    return f"{task}<p>{escape(how_to_type)}</p>{image}{givens}{lines}"


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
