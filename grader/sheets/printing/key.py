"""The key: what is stamped into the boxes of a sheet, and where it stands in its class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median

from grader.sheets.content.box_marks import equal_parts
from grader.sheets.content.sheet import Sheet, SheetQuestion
from grader.sheets.typeset.layout import Place
from grader.sheets.typeset.pages import Typeset, fraction_operators, route_pieces
from grader.sheets.typeset.stamp import TextPiece, box_piece, note_pieces, text_operators, text_width, tick_operators
from grader.sheets.typography.fonts import DIGIT_HEIGHT
from grader.sheets.typography.numbers import printed_number
from grader.sheets.typography.rendering import words
from question_bank.expressions.names import Name
from question_bank.expressions.precision import EXACT_UNIT, Places, exact_number
from question_bank.language.words import _, decimal
from question_bank.misconceptions import CATALOGUE, by_id
from question_bank.networks.notation import in_letters
from question_bank.questions.question import Question

_VALUE, _SMALL, _ROUTE = 9.5, 6.0, 8.0

Difficulties = Mapping[str, tuple[float, float, float]]
"""By question (`q1`): the easiest, the median and the hardest that the class got."""


def difficulties(sheets: Iterable[Sheet]) -> dict[str, tuple[float, float, float]]:
    """How hard each question was for a class, where its certificates say so."""
    found: dict[str, list[float]] = {}
    for sheet in sheets:
        for question in sheet.questions:
            hardness = _difficulty(question.question)
            if hardness is not None:
                found.setdefault(question.name, []).append(hardness)
    return {name: (min(values), median(values), max(values)) for name, values in found.items()}


def _difficulty(question: Question) -> float | None:
    value = (question.certificate or {}).get("difficulty")
    return float(value) if isinstance(value, int | float) else None


@dataclass
class KeyLayer:
    """Operators of a page: what stands in each box, by its slot; the routes found; and the certificate's line."""

    values: dict[int, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    note: str = ""


def key_layer(made: Typeset, question: SheetQuestion, hardness: Difficulties | None = None) -> list[KeyLayer]:
    """For each page every value with its accepted range and its marks, and the certificate's line."""
    solved = question.question
    worths = _worths(question)
    pages = [KeyLayer() for _page in range(made.pages)]
    for at, (slot, form) in enumerate(zip(solved.slots, solved.derivation.forms, strict=True)):
        if slot.spare:
            continue
        place = made.boxes[slot.name]
        if form == "tick":
            if solved.value(slot.step) == 1:
                pages[place.page].values[at] = tick_operators(place.left, place.bottom, place.right, place.top)
            continue
        span = accepted_range(solved, slot.step)
        filled = _filled(place, printed_number(solved.printed(slot.step)), span, worths.get(slot.name))
        pages[place.page].values[at] = text_operators(filled)
    text = certificate_line(solved, hardness.get(question.name) if hardness else None)
    if text:
        pages[-1].note = text_operators(note_pieces(text, made.layout.width))
    with solved.derivation.naming():
        for page, operators in _found(made):
            pages[page].found.append(operators)
    return pages


def _worths(question: SheetQuestion) -> dict[str, str]:
    """What a number's box is worth: its marks, or its parts of the question's where marks are no short numbers."""
    marks = {slot: each for slot, each in (question.slot_marks or {}).items() if each}
    solved = question.question
    forms = zip(solved.slots, solved.derivation.forms, strict=True)
    ticks = [slot.name for slot, form in forms if form == "tick" and slot.name in marks]
    # A set of ticks is one of the parts, as the sheet says it.
    of_set = [sum(marks.pop(tick) for tick in ticks)] if ticks else []
    parts = equal_parts((*marks.values(), *of_set))
    if parts is None:
        return {slot: decimal(f"{each:.3g}") for slot, each in marks.items()}
    return {slot: f"{each}/{parts.count}" for slot, each in zip(marks, parts.boxes, strict=False)}


def _filled(place: Place, value: str, span: str, worth: str | None) -> Iterator[TextPiece]:
    """What stands in a box: the value, its range below it, its marks in the corner."""
    if span:
        yield box_piece(place.left, place.right, place.bottom + 11.2, _VALUE, value)
        yield box_piece(place.left, place.right, place.bottom + 3.6, _SMALL, span)
    else:
        # A digit's middle comes to the box's.
        baseline = (place.bottom + place.top - DIGIT_HEIGHT * _VALUE) / 2
        yield box_piece(place.left, place.right, baseline, _VALUE, value)
    if worth:
        yield TextPiece(place.right - 1.8 - text_width(worth, _SMALL), place.top - 6.5, _SMALL, worth)


def _found(made: Typeset) -> Iterator[tuple[int, str]]:
    """Routes and factors, where the sheet leaves them to be found."""
    paths = made.key.derivation.paths
    for name, place in made.layout.blanks.items():
        column, _dot, row = name.partition(".")
        if int(column) > len(paths):
            continue
        path = paths[int(column) - 1]
        if row and int(row) > len(path.factors):
            continue  # a spare box: all columns have those of the longest path
        if row:
            factor = path.factors[int(row) - 1]
            yield place.page, fraction_operators(factor, (place.left + place.right) / 2, place.bottom)
        else:
            room = place.right - place.left
            route = route_pieces(path.route, place.left, place.bottom + 2.5, _ROUTE, room)
            yield place.page, text_operators(route)


def accepted_range(question: Question, step: Name) -> str:
    """The honest range as the key prints it, a digit finer than what is asked; empty where it is a point."""
    low, high = question.range(step)
    if low == high:
        return ""
    places = question.places(step)
    finer = Places(places.count + 1, places.kind)
    return words("accepted", low=printed_number(finer.format(low)), high=printed_number(finer.format(high)))


def certificate_line(question: Question, of_class: tuple[float, float, float] | None = None) -> str:
    """Widest range, nearest mistake, difficulty against the class's (easiest, median, hardest).

    Empty for a question that was not certified.
    """
    if not question.certificate:
        return ""
    apart = _nearest_apart(question)
    line = words(
        "certificate",
        c=question.certificate,
        difficulty=_difficulty(question),
        of_class=of_class,
        apart=apart,
        mistake=_nearest_mistake(question),
    )
    return " ".join(decimal(_MINUS.sub("−", line)).split())


_MINUS = re.compile(r"-(?![^\W\d_]{2})")
"""What is no hyphen: those have a word behind them."""


def _nearest_mistake(question: Question) -> str:
    """What was done in the mistake that comes nearest; of one that is in no catalogue of ours its name."""
    found = re.match(r"\w+", str((question.certificate or {}).get("nearest_mistake") or ""))
    if found is None:
        return ""
    entry = by_id(CATALOGUE).get(found[0])
    with question.derivation.naming():
        return found[0].replace("_", " ") if entry is None else in_letters(_(entry.instructor)).rstrip(".")


def _nearest_apart(question: Question) -> str | None:
    """How far the nearest mistake lies from an exact answer."""
    units = (question.certificate or {}).get("nearest_units")
    exact = question.precision.exact and isinstance(units, int | float)
    return exact_number(float(units) * EXACT_UNIT) if exact else None  # type: ignore[arg-type]
