"""The sheet's drawing with a track for every path: side by side where paths share an edge, like lines on a city map."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from grader.feedback.content import Fate, QuestionFeedback
from grader.marking import Verdict
from grader.sheets.content.number_boxes import printed_givens
from grader.sheets.network_picture.boxes import Box, Rectangle
from grader.sheets.network_picture.drawing import draw_network
from grader.sheets.network_picture.grids import Caption
from grader.sheets.network_picture.shapes import RADIUS, Drawing, Edge, Label, Unit
from grader.sheets.typography.fonts import Face, font
from grader.sheets.typography.numbers import printed_number
from grader.sheets.typography.symbols import symbol_parts, symbol_width
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import Name, Symbol
from question_bank.questions.question import Question

Medium = Literal["screen", "paper"]

SIZES: dict[Medium, tuple[float, float]] = {"paper": (150.0, 62.0), "screen": (112.0, 76.0)}
"""Width and height: squarer on a screen, so that a phone shows it whole."""

_MARGIN = RADIUS + 1.5
"""Room above the highest and below the lowest unit: of a chain, nothing is drawn beyond."""

_BESIDE_A_LINE = 1.0
"""Room above the highest and below the lowest line: a track is wide."""

_GAP, _MOST_SPREAD = 1.5, 3.6
_BADGE = 3.6
_STATIONS = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78, 0.15, 0.85)
_SYMBOL, _VALUE = 3.5, 2.5
_CHORD = 6.6
_CELL_ASIDE = 0.8
"""Millimetres left free beside a number in a cell, both sides together."""
_ON_STEM = 3.1


@dataclass(frozen=True, slots=True)
class Text:
    """Characters at a baseline, turned by `angle` degrees about a point; sizes in millimetres."""

    x: float
    y: float
    size: float
    face: Face
    text: str
    angle: float = 0.0
    about: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Track:
    """A stretch of one path along one edge, as its factors there went."""

    path: int
    fate: Fate
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Badge:
    """A path's number on its track."""

    path: int
    fate: Fate
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Circle:
    """A unit, or with a `side` a grid's cell; `look` where something in its forward pass is to be looked at."""

    x: float
    y: float
    look: bool
    side: float = 0.0


@dataclass(frozen=True, slots=True)
class PathsPicture:
    """Everything that the template draws, in the order in which it is drawn."""

    width: float
    top: float
    height: float
    radius: float
    thin: tuple[Edge, ...]
    tracks: tuple[Track, ...]
    covers: tuple[tuple[tuple[float, float], ...], ...]
    """The corners of what lies under the labels, so that no line runs through them."""
    asked: tuple[Box, ...]
    """The frame of the asked parameter's label."""
    badges: tuple[Badge, ...]
    circles: tuple[Circle, ...]
    texts: tuple[Text, ...]
    zeros: tuple[Rectangle, ...] = ()
    """The cells of a border of zeros."""
    marked: tuple[Rectangle, ...] = ()
    """A window, and what becomes of it."""

    @property
    def look(self) -> bool:
        """Whether any unit is marked."""
        return any(circle.look for circle in self.circles)


@lru_cache(maxsize=256)
def _drawing(derivation: Derivation, medium: Medium) -> Drawing:
    return draw_network(derivation, *SIZES[medium], reveal=True)


@lru_cache(maxsize=256)
def _stretches(derivation: Derivation, medium: Medium) -> tuple[tuple[int, int, float, float, float, float], ...]:
    """(path, edge, x1, y1, x2, y2) of every stretch, those of a path one after the other."""
    found = []
    drawing = _drawing(derivation, medium)
    for number, edge in enumerate(drawing.edges):
        length = math.hypot(edge.x2 - edge.x1, edge.y2 - edge.y1)
        x, y = (edge.x2 - edge.x1) / length, (edge.y2 - edge.y1) / length
        before, behind = _reach(drawing, edge.x1, edge.y1), _reach(drawing, edge.x2, edge.y2)
        for path in edge.paths:
            dx, dy = _off_the_middle(edge, path)
            ends = edge.x1 + dx - before * x, edge.y1 + dy - before * y
            found.append((path, number, *ends, edge.x2 + dx + behind * x, edge.y2 + dy + behind * y))
    return tuple(sorted(found))


def _reach(drawing: Drawing, x: float, y: float) -> float:
    """Millimetres that a track goes on at an end: a circle is drawn over it, so that one off the middle reaches it."""
    nearest = min(drawing.units, key=lambda unit: math.hypot(unit.x - x, unit.y - y))
    return 0.0 if nearest.side else 1.0


@lru_cache(maxsize=256)
def _factors_along(derivation: Derivation, medium: Medium) -> Mapping[tuple[int, int], frozenset[Name]]:
    """The factors along an edge of a path, by (path, edge): those into the edge's farther circle and through it."""
    drawing = _drawing(derivation, medium)
    found = {}
    for number, edge in enumerate(drawing.edges):
        if edge.source is not None and edge.target is not None and derivation.model.conventions().skips:
            # Along a skip connection, and through what the circle of the sum holds.
            behind = derivation.model.circle_of(edge.target) or edge.target
            for path in derivation.paths:
                if path.number in edge.paths:
                    near, far = path.route.index(edge.source), path.route.index(behind)
                    found[path.number, number] = frozenset[Name](
                        path.factors[len(path.factors) - far : len(path.factors) - near]
                    )
            continue
        if edge.source is not None:
            for path in derivation.paths:
                if path.number in edge.paths:
                    found[path.number, number] = frozenset[Name](
                        factor
                        for factor in path.factors
                        if factor.below == edge.source and edge.target in (None, factor.above)
                    )
            continue
        ends = [_circle_at(drawing, x, y) for x, y in ((edge.x1, edge.y1), (edge.x2, edge.y2))]
        for path in derivation.paths:
            if path.number not in edge.paths:
                continue
            # Where a path begins there is no circle of its own: the parameter's edge starts from an input, or a tag.
            near, far = sorted(path.route.index(end) if end in path.route else 0 for end in ends)
            found[path.number, number] = frozenset[Name](
                path.factors[len(path.factors) - far : len(path.factors) - near]
            )
    return found


def _circle_at(drawing: Drawing, x: float, y: float) -> Symbol | None:
    """The unit at whose circle an edge ends."""
    nearest = min(drawing.units, key=lambda unit: math.hypot(unit.x - x, unit.y - y))
    return nearest.name if math.hypot(nearest.x - x, nearest.y - y) < 1.5 * drawing.radius else None


@lru_cache(maxsize=256)
def _badge_places(derivation: Derivation, medium: Medium) -> Mapping[int, tuple[float, float]]:
    """Where each path's number stands: on its track, clear of circles and labels, where few others run."""
    drawing = _drawing(derivation, medium)
    taken = [label.box.bounds for label in drawing.labels]
    taken += [Rectangle(unit.x - RADIUS, unit.y - RADIUS, 2 * RADIUS, 2 * RADIUS) for unit in drawing.units]
    stretches = _stretches(derivation, medium)
    found: dict[int, tuple[float, float]] = {}
    for path in derivation.paths:
        candidates = []
        for edge in (edge for edge in drawing.edges if path.number in edge.paths):
            dx, dy = _off_the_middle(edge, path.number)
            for rank, t in enumerate(_STATIONS):
                x, y = edge.at(t)[0] + dx, edge.at(t)[1] + dy
                box = Rectangle(x - _BADGE / 2, y - _BADGE / 2, _BADGE, _BADGE)
                crowd = sum(box.meets(other, 0.3) for other in taken)
                near = sum(_runs_near(stretch, x, y) for stretch in stretches if stretch[0] != path.number)
                candidates.append((crowd, len(edge.paths), near, rank, x, y, box))
        best = min(candidates, key=lambda candidate: candidate[:4])
        found[path.number] = best[4], best[5]
        taken.append(best[6])
    return found


def _off_the_middle(edge: Edge, path: int) -> tuple[float, float]:
    """How far a path's track lies beside the middle of the edge."""
    count = len(edge.paths)
    gap = min(_GAP, _MOST_SPREAD / max(count - 1, 1))
    off = (edge.paths.index(path) - (count - 1) / 2) * gap
    length = math.hypot(edge.x2 - edge.x1, edge.y2 - edge.y1)
    return off * (edge.y1 - edge.y2) / length, off * (edge.x2 - edge.x1) / length


def _runs_near(stretch: tuple[int, int, float, float, float, float], x: float, y: float) -> bool:
    _, _, x1, y1, x2, y2 = stretch
    length = math.hypot(x2 - x1, y2 - y1)
    along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length
    away = abs((x - x1) * (y2 - y1) - (y - y1) * (x2 - x1)) / length
    return 0 < along < length and away < _BADGE / 2


def paths_picture(feedback: QuestionFeedback, medium: Medium) -> PathsPicture:
    """The drawing of one question with its paths as they went."""
    with feedback.question.derivation.naming():
        return _picture(feedback, medium)


def _picture(feedback: QuestionFeedback, medium: Medium) -> PathsPicture:
    question = feedback.question
    derivation = question.derivation
    drawing = _drawing(derivation, medium)
    fates = feedback.fates
    troubled = _troubled(feedback)
    along = _factors_along(derivation, medium)
    texts = printed_givens(question)
    badges = [Badge(path, fates[path], x, y) for path, (x, y) in _badge_places(derivation, medium).items()]
    written = [piece for unit in drawing.units for piece in _unit_texts(unit, drawing.radius, texts)]
    for label in drawing.labels:
        written += _label_texts(label, texts[label.name])
    written += [piece for caption in drawing.captions for piece in _caption_texts(caption)]
    written += [
        _middle("0", area.x + area.width / 2, area.y + area.height / 2 + 0.9, _VALUE, "regular")
        for area in drawing.zeros
    ]
    around = [unit.y for unit in drawing.units] + [caption.y for caption in drawing.captions]
    around += [area.y + area.height for area in drawing.zeros]
    # Skip connections lead around the circles; grids have no lines.
    lines = [end for edge in drawing.edges for end in (edge.y1, edge.y2)]
    top = min([y - _MARGIN for y in around] + [y - _BESIDE_A_LINE for y in lines])
    bottom = max([y + _MARGIN for y in around] + [y + _BESIDE_A_LINE for y in lines])
    return PathsPicture(
        drawing.width,
        top,
        bottom - top,
        drawing.radius,
        tuple(edge for edge in drawing.edges if not edge.paths and _is_there(edge, texts)),
        (
            *(
                Track(path, feedback.fate_along(path, along[path, edge]), *ends)
                for path, edge, *ends in _stretches(derivation, medium)
            ),
            *_ticked(feedback, drawing),
        ),
        tuple(_corners(label.box) for label in drawing.labels),
        tuple(label.box for label in drawing.labels if label.framed),
        tuple(badges),
        tuple(
            Circle(unit.x, unit.y, _names(unit.name, question) & troubled != frozenset(), unit.side)
            for unit in drawing.units
            if unit.circled or unit.side
        ),
        (*written, *(_middle(str(badge.path), badge.x, badge.y + 0.92, 2.8, "bold") for badge in badges)),
        drawing.zeros,
        drawing.marked,
    )


def _is_there(edge: Edge, texts: Mapping[Symbol, str]) -> bool:
    """Whether an edge is drawn: a connection only where there is one, a stroke only across what is left out."""
    return not edge.optional or (edge.weight is not None and texts[edge.weight] == edge.drawn_at)


def _ticked(feedback: QuestionFeedback, drawing: Drawing) -> list[Track]:
    """Connections that lie on a path, or were ticked, as the ticks went: a wrong one though it is not there."""
    fates: dict[Name, Fate] = {}
    for group in feedback.groups:
        for slot in group.slots if group.kind == "ticks" else ():
            if isinstance(slot.step, Symbol) and slot.step.of is not None and not slot.says_nothing:
                right = slot.verdict is Verdict.CORRECT
                fates[slot.step.of] = Fate.RIGHT if right else Fate.WRONG if slot.ticked else Fate.UNFINISHED
    if fates:
        # Where the paths begin, nothing is asked.
        fates |= {edge.weight: Fate.RIGHT for edge in drawing.edges if edge.asked and edge.weight is not None}
    return [
        Track(0, fates[edge.weight], edge.x1, edge.y1, edge.x2, edge.y2)
        for edge in drawing.edges
        if edge.weight is not None and edge.weight in fates
    ]


def _corners(box: Box) -> tuple[tuple[float, float], ...]:
    c, s = math.cos(box.angle), math.sin(box.angle)
    return tuple(
        (
            box.x + c * dx * box.width / 2 - s * dy * box.height / 2,
            box.y + s * dx * box.width / 2 + c * dy * box.height / 2,
        )
        for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    )


def _troubled(feedback: QuestionFeedback) -> frozenset[Name]:
    """Forward steps at which something went wrong first-hand."""
    forward = [slot for group in feedback.groups if group.kind == "forward" for slot in group.slots]
    first_hand = [slot.step for slot in forward if slot.verdict.record.first_hand]
    # What is counted for a unit is looked at there.
    of_units = [step.of for step in first_hand if isinstance(step, Symbol) and step.of is not None]
    return frozenset((*first_hand, *of_units))


def _names(circle: Symbol, question: Question) -> frozenset[Name]:
    """A circle's own name, and that of the pre-activation that it stands for as well."""
    derivation = question.derivation
    node = derivation.graph.nodes.get(circle)
    entering = node.inputs if node and len(node.inputs) == 1 else ()
    return frozenset({circle, *(value for value in entering if derivation.model.circle_of(value) == circle)})


def _unit_texts(drawn: Unit, radius: float, texts: Mapping[Symbol, str]) -> list[Text]:
    unit, x, y = drawn.name, drawn.x, drawn.y
    value = texts.get(unit)
    if drawn.side:
        if not value:
            return _symbol(unit, x, y + 1.1)
        size = min(_VALUE, (drawn.side - _CELL_ASIDE) / max(_width(value, "regular", 1.0), 0.1))
        return [_middle(value, x, y + 0.36 * size, size, "regular")]
    if drawn.stem:
        start = x + radius + 0.9
        if not drawn.sign:
            above = Text(start, y - 2.2, _ON_STEM, "regular", printed_number(value or ""))
            return [*_symbol(unit, x, y + 1.1), above]
        size = min(_SYMBOL, _CHORD / max(_width(drawn.sign, "regular", 1.0), 0.1))
        sign = _middle(drawn.sign, x, y + 0.33 * size, size, "regular")
        return [sign, *_symbol(unit, start, y - 2.2, _ON_STEM, middle=False)]
    if not value:
        return [_middle(drawn.sign, x, y + 1.1, _SYMBOL, "regular")] if drawn.sign else _symbol(unit, x, y + 1.1)
    size = min(_VALUE, _CHORD / max(_width(value, "regular", 1.0), 0.1))
    return [*_symbol(unit, x, y - 0.75), _middle(value, x, y + 2.45, size, "regular")]


def _caption_texts(caption: Caption) -> list[Text]:
    if isinstance(caption.text, Symbol):
        return _symbol(caption.text, caption.x, caption.y + 1.1)
    return [_middle(caption.text, caption.x, caption.y + 1.1, _SYMBOL, "regular")]


def _label_texts(label: Label, value: str) -> list[Text]:
    x, baseline = label.box.x, label.box.y + 0.85
    if not label.symbol:
        level = _middle(value, x, baseline, _VALUE, "regular")
        return [replace(level, angle=math.degrees(label.box.angle), about=(label.box.x, label.box.y))]
    if not label.number:
        return _symbol(label.name, x, baseline, 3.1)
    asked = label.name
    after = printed_number(f" = {value}")
    width = symbol_width(asked, 3.1) + _width(after, "regular", 2.9)
    left = x - width / 2
    symbol = _symbol(asked, left, baseline, 3.1, middle=False)
    # Blanks at the start of a text may be dropped, so that the sign stands where it would after them.
    start = left + width - _width(after.lstrip(), "regular", 2.9)
    return [*symbol, Text(start, baseline, 2.9, "regular", after.lstrip())]


def _symbol(name: Symbol, x: float, y: float, size: float = _SYMBOL, *, middle: bool = True) -> list[Text]:
    left = x - symbol_width(name, size) / 2 if middle else x
    written = []
    for face, own_size, text, width, drop in symbol_parts(name, size):
        written.append(Text(left, y + drop, own_size, face, text))
        left += width
    return written


def _middle(text: str, x: float, y: float, size: float, face: Face) -> Text:
    return Text(x - _width(text, face, size) / 2, y, size, face, printed_number(text))


def _width(text: str, face: Face, size: float) -> float:
    return font(face).width(printed_number(text)) * size
