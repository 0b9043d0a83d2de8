"""Answer boxes as form fields: `q1.<slot>` by name, in the order of working, with the symbol in words as tooltip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.sheets.layout import Layout
from grader.sheets.templates_folder import words
from question_bank.derivation import Derivation, Slot
from question_bank.notation import plain_symbol

if TYPE_CHECKING:
    import pikepdf

SHEET_FIELD = "sheet_id"

_PRINT, _HIDDEN, _READ_ONLY = 4, 2, 1
_SIZE = 10


@dataclass(frozen=True)
class AddedFields:
    """The form as it stands in a document: its dictionary, widgets by name, the sheet id's field."""

    form: Any
    widgets: tuple[tuple[str, Any], ...]
    sheet: Any


def fields_of(name: str, layout: Layout) -> list[dict[str, Any]]:
    """A question's fields in the order of working: name, page, rectangle, tooltip."""
    derivation = layout.key.derivation
    fields = []
    for slot in derivation.slots:
        place = layout.boxes[slot.name]
        rectangle = [round(edge, 2) for edge in (place.left, place.bottom, place.right, place.top)]
        fields.append(
            {
                "name": f"{name}.{slot.name}",
                "page": place.page,
                "rectangle": rectangle,
                "tooltip": tooltip(derivation, slot),
            }
        )
    return fields


def tooltip(derivation: Derivation, slot: Slot) -> str:
    """What goes into a box, for a viewer's tooltip and a screen reader."""
    if slot.step == "gradient":
        return words("gradient_field", parameter=plain_symbol(derivation.parameter))
    if slot.step == "updated":
        return words("updated_field", parameter=plain_symbol(derivation.parameter))
    if slot.path is None:
        return words("field", symbol=plain_symbol(slot.step))
    if slot.name == slot.step:
        return words("product_field", number=slot.path)
    return words("path_field", symbol=plain_symbol(slot.step), number=slot.path)


def add_fields(made: pikepdf.Pdf, fields: Sequence[Mapping[str, Any]], typeface: Any) -> AddedFields:
    """The fields as objects of a document; dots in names make the levels that PDF asks for."""
    import pikepdf

    top: list[Any] = []
    parents: dict[str, Any] = {}
    widgets: list[tuple[str, Any]] = []

    def attach(child: Any, path: list[str]) -> None:
        if not path:
            top.append(child)
            return
        name = ".".join(path)
        if name not in parents:
            parents[name] = made.make_indirect(pikepdf.Dictionary(T=pikepdf.String(path[-1]), Kids=pikepdf.Array()))
            attach(parents[name], path[:-1])
        child["/Parent"] = parents[name]
        parents[name]["/Kids"].append(child)

    for entry in fields:
        *above, last = entry["name"].split(".")
        widget = made.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T=pikepdf.String(last),
                TU=pikepdf.String(entry["tooltip"]),
                Rect=pikepdf.Array(entry["rectangle"]),
                DA=pikepdf.String(f"/GpF {_SIZE} Tf 0 g"),
                Q=1,
                F=_PRINT,
            )
        )
        attach(widget, above)
        widgets.append((entry["name"], widget))
    sheet = made.make_indirect(pikepdf.Dictionary(T=pikepdf.String(SHEET_FIELD)))
    top.append(sheet)
    form = made.make_indirect(
        pikepdf.Dictionary(
            Fields=pikepdf.Array(top),
            DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(GpF=typeface)),
            DA=pikepdf.String(f"/GpF {_SIZE} Tf 0 g"),
        )
    )
    return AddedFields(form, tuple(widgets), sheet)


def sheet_field(sheet_id: str) -> bytes:
    """The read-only field that says whose sheet this is."""
    from grader.sheets.document import pdf_text

    return (
        f"<</Type/Annot/Subtype/Widget/FT/Tx/T({SHEET_FIELD})/TU {pdf_text(words('sheet_field'))}"
        f"/V {pdf_text(sheet_id)}/Ff {_READ_ONLY}/F {_HIDDEN}/Rect[0 0 0 0]/DA(/GpF {_SIZE} Tf 0 g)>>"
    ).encode("ascii")
