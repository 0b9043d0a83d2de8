r"""Questions as quizzes for Canvas (Classic Quizzes): QTI 1.2 in a zip. Its converter was run.

What Canvas does, and what is written because of it:

- Only `vargte` together with `varlte` makes a range of which both ends are kept. The score of a condition is not looked
  at: a wrong answer as a second condition would be accepted, so there is none.
- The quiz page rounds what is typed to four decimals. A box whose unit is too fine for that is asked in thousandths or
  millionths, and its range is wider by what that rounding moves.
- There is no cloze question of numbers: a sheet becomes a text and a question a box.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from html import escape
from typing import BinaryIO
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from grader.exchange.boxes import RangeBox
from grader.exchange.question_html import PICTURE, Variant, before_boxes, in_order, lead_in
from question_bank.language.words import _

_PAGE_DECIMALS = 4
_HALF_OF_PAGE = 0.5 * 10.0**-_PAGE_DECIMALS
_PART_OF_A_UNIT = 0.01
"""By how much of a recorded unit a range may become wider; mistakes are farther from it than a whole one."""
_SCALES = (1, 1_000, 1_000_000)
_QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
_PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_WHEN = (1980, 1, 1, 0, 0, 0)


def write_quizzes(to: BinaryIO, stem: str, variants: Sequence[Variant]) -> None:
    """An archive for Canvas's import: a quiz a variant, with its drawing."""
    files: dict[str, bytes] = {}
    for number, variant in enumerate(variants, 1):
        files[f"{number}/quiz.xml"] = quiz_xml(variant, f"{number}/{PICTURE}")
        files[f"{number}/{PICTURE}"] = variant.drawing.encode()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"imsmanifest.xml": _manifest(stem, len(variants)), **files}.items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)


def quiz_xml(variant: Variant, picture: str) -> bytes:
    """One variant as a quiz: its text, then a numerical question for each box."""
    root = Element("questestinterop", xmlns=_QTI)
    assessment = SubElement(root, "assessment", ident=variant.idnumber, title=variant.name)
    section = SubElement(assessment, "section", ident="root_section")
    text = before_boxes(variant, f"$IMS-CC-FILEBASE$/{picture}", typing_in_canvas())
    _item(section, f"{variant.idnumber}-0", variant.name, "text_only_question", 0, text)
    for number, (heading, box) in enumerate(in_order(variant), 1):
        said = f"<p>{heading}{lead_in(box)}{escape(_in_units(_scale(box)))}</p>"
        item = _item(section, f"{variant.idnumber}-{number}", f"{number}", "numerical_question", box.weight, said)
        _range(item, box)
    indent(root)
    return _bytes(root)


def scale_of(box: RangeBox) -> int | None:
    """By what a box's number is multiplied before it is typed, so that the page's four decimals cost nothing; or None.

    >>> scale_of(RangeBox("h", "h", "number", "0.6230", 0.6225, 0.6235, 1e-4, 1))
    1000
    >>> scale_of(RangeBox("h", "h", "number", "-0.25", -0.25, -0.25, 1e-5, 1, exact=True))
    1
    """
    if box.exact:
        return 1 if round(box.low, _PAGE_DECIMALS) == box.low else None
    return next((scale for scale in _SCALES if _PART_OF_A_UNIT * scale * box.unit >= _HALF_OF_PAGE), None)


def bounds(box: RangeBox) -> tuple[float, float]:
    """The range as Canvas gets it: scaled, and wider by what its page's rounding moves."""
    scale = _scale(box)
    wider = scale * box.slack + (0.0 if box.exact else _HALF_OF_PAGE)
    return scale * box.low - wider, scale * box.high + wider


def _scale(box: RangeBox) -> int:
    scale = scale_of(box)
    if scale is None:
        raise ValueError(f"{box.slot}: no unit in which Canvas keeps the digits of {box.shown}")
    return scale


def accepted_by_canvas(box: RangeBox, typed: str) -> bool:
    """Whether Canvas accepts what an honest student, who has `typed` in mind, types into a box in its unit."""
    scale = scale_of(box)
    if scale is None:
        return False
    low, high = (float(_bound(end)) for end in bounds(box))
    return low <= round(float(typed) * scale, _PAGE_DECIMALS) <= high


def _bound(end: float) -> str:
    return f"{end:.12g}"


def typing_in_canvas() -> str:
    """What is to be known of Canvas's boxes."""
    said = _(
        "Write numbers with a point. The page keeps four decimals of what is typed: where a unit such as {unit} stands "
        "beside a box, write how many of these the value is, so {typed} for {value}."
    )
    return said.format(unit="10⁻³", typed="65.57", value="0.06557")


def _in_units(scale: int) -> str:
    exponent = {1: "", 1_000: "⁻³", 1_000_000: "⁻⁶"}[scale]
    return " " + _("in units of {unit}").format(unit=f"10{exponent}") if exponent else ""


def _item(section: Element, ident: str, title: str, kind: str, points: int, text: str) -> Element:
    item = SubElement(section, "item", ident=ident, title=title)
    fields = SubElement(SubElement(item, "itemmetadata"), "qtimetadata")
    for label, entry in (("question_type", kind), ("points_possible", f"{float(points)}")):
        field = SubElement(fields, "qtimetadatafield")
        SubElement(field, "fieldlabel").text = label
        SubElement(field, "fieldentry").text = entry
    material = SubElement(SubElement(item, "presentation"), "material")
    SubElement(material, "mattext", texttype="text/html").text = text
    return item


def _range(item: Element, box: RangeBox) -> None:
    presentation = item.find("presentation")
    assert presentation is not None  # every item has one
    response = SubElement(presentation, "response_str", ident="response1", rcardinality="Single")
    SubElement(SubElement(response, "render_fib", fibtype="Decimal"), "response_label", ident="answer1")
    processing = SubElement(item, "resprocessing")
    SubElement(
        SubElement(processing, "outcomes"), "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal"
    )
    condition = SubElement(processing, "respcondition", {"continue": "No"})
    both = SubElement(condition, "conditionvar")
    low, high = bounds(box)
    SubElement(both, "vargte", respident="response1").text = _bound(low)
    SubElement(both, "varlte", respident="response1").text = _bound(high)
    SubElement(condition, "setvar", action="Set", varname="SCORE").text = "100"


def _manifest(stem: str, count: int) -> bytes:
    root = Element("manifest", identifier=f"gradpath-{stem}", xmlns=_PACKAGE)
    metadata = SubElement(root, "metadata")
    SubElement(metadata, "schema").text = "IMS Content"
    SubElement(metadata, "schemaversion").text = "1.1.3"
    SubElement(root, "organizations")
    resources = SubElement(root, "resources")
    for number in range(1, count + 1):
        quiz = SubElement(resources, "resource", identifier=f"quiz-{number}", type="imsqti_xmlv1p2")
        SubElement(quiz, "file", href=f"{number}/quiz.xml")
        picture = SubElement(
            resources, "resource", identifier=f"picture-{number}", type="webcontent", href=f"{number}/{PICTURE}"
        )
        SubElement(picture, "file", href=f"{number}/{PICTURE}")
    indent(root)
    return _bytes(root)


def _bytes(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return written
