"""Answer boxes as form fields: `q1.<slot>` by name, in the order of working, with the symbol in words as tooltip."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from grader.sheets.pdf.sheet_identity import BOXES, SHEET_FIELD, TICKED
from grader.sheets.pdf.stream import FIELD_FONT, PdfStream, pdf_text
from grader.sheets.typeset.layout import Place
from grader.sheets.typeset.pages import Typeset
from grader.sheets.typeset.stamp import tick_operators
from grader.sheets.typography.rendering import words
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.derivations.kinds import AnswerForm
from question_bank.expressions.names import GRADIENT, UPDATED, Derived, Symbol
from question_bank.language.words import language
from question_bank.networks.lettering import notation_in_force
from question_bank.networks.links import PATHS, Links, tick_of
from question_bank.networks.notation import plain_name, plain_target
from question_bank.networks.notations import Notation

_PRINT, _HIDDEN, _READ_ONLY = 4, 2, 1
_SIZE = 10
_TYPED = f"/DA(/{FIELD_FONT} {_SIZE} Tf 0 g)"


class Field(NamedTuple):
    """A field: the names above its own, its page in the question, and its dictionary but for the parent."""

    above: tuple[str, ...]
    page: int
    body: str
    tick: tuple[float, float] | None = None
    """Of a box to be ticked its width and height."""


def fields_of(typeset: Typeset) -> tuple[Field, ...]:
    """A question's fields in the order of working."""
    derivation = typeset.key.derivation
    name = typeset.key.heading.name
    return tuple(
        _field(f"{name}.{slot.name}", tooltip(derivation, slot), typeset.boxes[slot.name], form)
        for slot, form in zip(derivation.slots, derivation.forms, strict=True)
    )


def _field(name: str, tip: str, place: Place, form: AnswerForm) -> Field:
    # Dots in names make the levels that PDF asks for.
    *above, last = name.split(".")
    rectangle = f"{place.left:.2f} {place.bottom:.2f} {place.right:.2f} {place.top:.2f}"
    # From the left: of a number longer than its box the sign and the first digits are seen.
    # The whole name a second time: programs that take a sheet apart page by page lose the levels above a field.
    named = f"/T {pdf_text(last)}/TU {pdf_text(tip)}/NM {pdf_text(name)}"
    if form == "tick":
        body = f"/Type/Annot/Subtype/Widget/FT/Btn{named}/Rect[{rectangle}]/V/Off/AS/Off/MK<</CA(4)>>/F {_PRINT}"
        return Field(
            tuple(above), place.page, body, (round(place.right - place.left, 2), round(place.top - place.bottom, 2))
        )
    return Field(
        tuple(above),
        place.page,
        f"/Type/Annot/Subtype/Widget/FT/Tx{named}/Rect[{rectangle}]{_TYPED}/Q 0/F {_PRINT}",
    )


def tooltip(derivation: Derivation, slot: Slot) -> str:
    """What goes into a box, for a viewer's tooltip and a screen reader."""
    return _tooltip(derivation, slot, language().code, notation_in_force())


@lru_cache(maxsize=65536)
def _tooltip(derivation: Derivation, slot: Slot, code: str, notation: Notation) -> str:
    # What is kept is a sentence of one language, with symbols of one notation.
    with derivation.naming():
        return _tip(derivation, slot)


def _tip(derivation: Derivation, slot: Slot) -> str:
    if derivation.solution is not None and slot in derivation.slots[:2]:
        return words(f"{slot.name}_field")  # which step it is, is to be found
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
    links = derivation.model.conventions().links
    if links is not None and isinstance(slot.step, Symbol):
        return _of_links(links, slot.step)
    if slot.path is None:
        return words("field", symbol=plain_target(slot.step, derivation.parameter, derivation.graph.loss))
    find = derivation.layout.paths == "find"
    if isinstance(slot.step, Derived):
        return words("product_found" if find else "product_field", number=slot.path)
    if find:
        column = [each for each in derivation.slots if each.path == slot.path]
        return words("factor_found", row=column.index(slot) + 1, number=slot.path)
    return words("path_field", symbol=plain_name(slot.step), number=slot.path)


def _of_links(links: Links, step: Symbol) -> str:
    """What is ticked or counted: a connection, a unit, all paths, or a path's weights."""
    counted = step.of
    if counted is None:
        return words("paths_field") if step == PATHS else words("length_field", which=step.letter)
    if step == tick_of(counted):
        link = links.link(counted)
        return words("tick_field", symbol=plain_name(counted), tail=plain_name(link.tail), head=plain_name(link.head))
    return words("ways_field", unit=plain_name(counted))


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
        self._looks: dict[tuple[float, float], str] = {}

    def add(
        self, fields: tuple[Field, ...], page: int, new_key: Callable[[], int]
    ) -> tuple[list[int], dict[int, tuple[int, int]]]:
        """Write those fields of a question that lie on this page of it: their numbers, for the page, and by slot.

        By slot come the number and the key by which the tree knows the field.
        """
        by_slot: dict[int, tuple[int, int]] = {}
        for slot, field in enumerate(fields):
            if field.page == page:
                key = new_key()
                looks = self._ticked(field.tick) if field.tick else ""
                by_slot[slot] = (self._attach(field.above, f"{field.body}{looks}/StructParent {key}"), key)
        numbers = [number for number, _key in by_slot.values()]
        return [*numbers, self._mark(len(numbers))], by_slot

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

    def _ticked(self, size: tuple[float, float]) -> str:
        """How a box looks with a tick and without one; boxes of one size share that."""
        if size not in self._looks:
            width, height = size
            ticked = self._stream.write_look(tick_operators(0.0, 0.0, width, height), width, height)
            empty = self._stream.write_look("", width, height)
            self._looks[size] = f"/AP<</N<</{TICKED} {ticked} 0 R/Off {empty} 0 R>>>>"
        return self._looks[size]

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
