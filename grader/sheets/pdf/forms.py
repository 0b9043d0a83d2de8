"""Answer boxes as form fields: `q1.<slot>` by name, in the order of working, with the symbol in words as tooltip."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from grader.sheets.pdf.sheet_identity import BOXES, SHEET_FIELD
from grader.sheets.pdf.stream import FIELD_FONT, PdfStream, pdf_text
from grader.sheets.typeset.layout import Place
from grader.sheets.typeset.pages import Typeset
from grader.sheets.typography.rendering import words
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.expressions.names import GRADIENT, UPDATED, Derived, Symbol, slot_parts
from question_bank.networks.notation import plain_name, plain_target

_PRINT, _HIDDEN, _READ_ONLY = 4, 2, 1
_SIZE = 10
_TYPED = f"/DA(/{FIELD_FONT} {_SIZE} Tf 0 g)"


class Field(NamedTuple):
    """A text field: the names above its own, its page in the question, and its dictionary but for the parent."""

    above: tuple[str, ...]
    page: int
    body: str


def fields_of(typeset: Typeset) -> tuple[Field, ...]:
    """A question's fields in the order of working."""
    derivation = typeset.key.derivation
    name = typeset.key.heading.name
    return tuple(
        _field(f"{name}.{slot.name}", tooltip(derivation, slot), typeset.boxes[slot.name]) for slot in derivation.slots
    )


def _field(name: str, tip: str, place: Place) -> Field:
    # Dots in names make the levels that PDF asks for.
    *above, last = name.split(".")
    rectangle = f"{place.left:.2f} {place.bottom:.2f} {place.right:.2f} {place.top:.2f}"
    # From the left: of a number longer than its box the sign and the first digits are seen.
    # The whole name a second time: programs that take a sheet apart page by page lose the levels above a field.
    named = f"/T {pdf_text(last)}/TU {pdf_text(tip)}/NM {pdf_text(name)}"
    return Field(
        tuple(above),
        place.page,
        f"/Type/Annot/Subtype/Widget/FT/Tx{named}/Rect[{rectangle}]{_TYPED}/Q 0/F {_PRINT}",
    )


@lru_cache(maxsize=65536)
def tooltip(derivation: Derivation, slot: Slot) -> str:
    """What goes into a box, for a viewer's tooltip and a screen reader."""
    if slot.step == GRADIENT:
        output = None if derivation.graph.has_loss else plain_name(derivation.graph.loss)
        return words("gradient_field", parameter=plain_name(derivation.parameter), output=output)
    if slot.step == UPDATED:
        return words("updated_field", parameter=plain_name(derivation.parameter))
    match slot.step:
        case Derived("updated", of=Symbol() as of):
            return words("updated_field", parameter=plain_name(of))
        case Derived("gradient", of=Symbol() as of):
            output = None if derivation.graph.has_loss else plain_name(derivation.graph.loss)
            return words("gradient_field", parameter=plain_name(of), output=output)
    if slot.path is None:
        return words("field", symbol=plain_target(slot.step, derivation.parameter, derivation.graph.loss))
    find = derivation.layout.paths == "find"
    if isinstance(slot.step, Derived):
        return words("product_found" if find else "product_field", number=slot.path)
    if find:
        _, last = slot_parts(slot.name)
        return words("factor_found", row=last.partition("_")[2], number=slot.path)
    return words("path_field", symbol=plain_name(slot.step), number=slot.path)


class FormWriter:
    """The form of one document, written while its pages are.

    Every page has a hidden field, `sheet_id`, `sheet_id_2` and so on, that says whose sheet it is of and how many
    boxes were printed on it: pages may come back one by one, and one that was flattened must not pass for one without.
    """

    def __init__(self, stream: PdfStream, sheet_id: str) -> None:
        self._stream = stream
        self._sheet_id = sheet_id
        self._top: list[int] = []
        self._marks: list[int] = []
        self._parents: dict[tuple[str, ...], tuple[int, list[int]]] = {}

    def add(self, fields: tuple[Field, ...], page: int) -> list[int]:
        """Write those fields of a question that lie on this page of it; their numbers, for the page."""
        numbers = [self._attach(field.above, field.body) for field in fields if field.page == page]
        return [*numbers, self._mark(len(numbers))]

    def _mark(self, boxes: int) -> int:
        """Write the next page's hidden field."""
        number = self._stream.reserve()
        self._marks.append(number)
        name = SHEET_FIELD if len(self._marks) == 1 else f"{SHEET_FIELD}_{len(self._marks)}"
        self._stream.write(
            number,
            f"<</Type/Annot/Subtype/Widget/FT/Tx/T({name})/TU {pdf_text(words('sheet_field'))}/NM({BOXES}{boxes})"
            f"/V {pdf_text(self._sheet_id)}/Ff {_READ_ONLY}/F {_HIDDEN}/Rect[0 0 0 0]{_TYPED}>>",
        )
        return number

    def _attach(self, above: tuple[str, ...], body: str) -> int:
        number = self._stream.reserve()
        parent, kids = self._parent(above)
        kids.append(number)
        self._stream.write(number, f"<<{body}/Parent {parent} 0 R>>")
        return number

    def _parent(self, names: tuple[str, ...]) -> tuple[int, list[int]]:
        found = self._parents.get(names)
        if found is None:
            found = self._parents[names] = (self._stream.reserve(), [])
            if len(names) == 1:
                self._top.append(found[0])
            else:
                self._parent(names[:-1])[1].append(found[0])
        return found

    def close(self) -> int:
        """Write what stands above the fields; the number of the form's dictionary."""
        for names, (number, kids) in self._parents.items():
            above = f"/Parent {self._parents[names[:-1]][0]} 0 R" if len(names) > 1 else ""
            self._stream.write(number, f"<</T {pdf_text(names[-1])}/Kids[{_listed(kids)}]{above}>>")
        form = self._stream.reserve()
        # The pages' own fields come last, after those to be filled in.
        listed = _listed(self._top + self._marks)
        self._stream.write(form, f"<</Fields[{listed}]/DR{self._stream.form_fonts()}{_TYPED}>>")
        return form


def _listed(numbers: list[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)
