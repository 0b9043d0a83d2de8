"""Answer boxes as form fields: `q1.<slot>` by name, in the order of working, with the symbol in words as tooltip."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from grader.sheets.document import FIELD_FONT, PdfStream, pdf_text
from grader.sheets.layout import Place
from grader.sheets.rendering import words
from grader.sheets.typeset import Typeset
from question_bank.derivation import Derivation, Slot
from question_bank.notation import plain_symbol

SHEET_FIELD = "sheet_id"

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
    named = f"/T {pdf_text(last)}/TU {pdf_text(tip)}"
    return Field(
        tuple(above),
        place.page,
        f"/Type/Annot/Subtype/Widget/FT/Tx{named}/Rect[{rectangle}]{_TYPED}/Q 1/F {_PRINT}",
    )


@lru_cache(maxsize=65536)
def tooltip(derivation: Derivation, slot: Slot) -> str:
    """What goes into a box, for a viewer's tooltip and a screen reader."""
    if slot.step == "gradient":
        return words("gradient_field", parameter=plain_symbol(derivation.parameter))
    if slot.step == "updated":
        return words("updated_field", parameter=plain_symbol(derivation.parameter))
    if slot.path is None:
        return words("field", symbol=plain_symbol(slot.step))
    last = slot.name.partition(".")[2]
    if derivation.layout.paths == "find":
        if last == "product":
            return words("product_found", number=slot.path)
        return words("factor_found", row=last.partition("_")[2], number=slot.path)
    if last == "product":
        return words("product_field", number=slot.path)
    return words("path_field", symbol=plain_symbol(slot.step), number=slot.path)


class Form:
    """The form of one document, written while its pages are."""

    def __init__(self, stream: PdfStream, sheet_id: str) -> None:
        self._stream = stream
        self._top: list[int] = []
        self._parents: dict[tuple[str, ...], tuple[int, list[int]]] = {}
        # The read-only field that says whose sheet this is.
        self._sheet: int | None = self._attach((), self._sheet_body(sheet_id))

    @staticmethod
    def _sheet_body(sheet_id: str) -> str:
        return (
            f"/Type/Annot/Subtype/Widget/FT/Tx/T({SHEET_FIELD})/TU {pdf_text(words('sheet_field'))}"
            f"/V {pdf_text(sheet_id)}/Ff {_READ_ONLY}/F {_HIDDEN}/Rect[0 0 0 0]{_TYPED}"
        )

    def add(self, fields: tuple[Field, ...], page: int) -> list[int]:
        """Write those fields of a question that lie on this page of it; their numbers, for the page."""
        numbers = [self._attach(field.above, field.body) for field in fields if field.page == page]
        if self._sheet is not None:
            numbers.append(self._sheet)
            self._sheet = None
        return numbers

    def _attach(self, above: tuple[str, ...], body: str) -> int:
        number = self._stream.reserve()
        if above:
            parent, kids = self._parent(above)
            kids.append(number)
            self._stream.write(number, f"<<{body}/Parent {parent} 0 R>>")
        else:
            self._top.append(number)
            self._stream.write(number, f"<<{body}>>")
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
        # The sheet's field comes last, after those to be filled in.
        listed = _listed(self._top[1:] + self._top[:1])
        self._stream.write(form, f"<</Fields[{listed}]/DR{self._stream.form_fonts()}{_TYPED}>>")
        return form


def _listed(numbers: list[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)
