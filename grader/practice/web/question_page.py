"""What a question's page shows: the sheet's own context, and for every slot what has been said about it so far.

Whatever leaves the server about a slot's value passes through here: the last rung of a hint, or the worked solution
once it was asked for. Nothing else on the page holds an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from grader.feedback.replay import Worked
from grader.marking import Verdict
from grader.practice.learning.hints import Hint, Rung, ladder
from grader.practice.learning.tutor import Entry, Play, Replayed, replay, ticks
from grader.practice.web.rendering import Renderer
from grader.sheets.content.drawn_network import PaperFit
from grader.sheets.content.number_boxes import Shape, printed_givens, shape_of
from grader.sheets.content.page import Page, texts_of
from grader.sheets.content.task import precision_words
from grader.sheets.content.worked_lines import planted_said
from grader.sheets.network_picture.shapes import circles_apart, overlapping
from grader.sheets.pdf.forms import tooltip
from grader.sheets.printing.worked import routes_found, worked_step
from grader.sheets.typography.numbers import printed_number
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.derivations.kinds import KINDS
from question_bank.derivations.layer_tables import forward_steps, layer_tables
from question_bank.expressions.names import Derived
from question_bank.expressions.plain_latex import plain_latex
from question_bank.language.words import _, language
from question_bank.misconceptions import CATALOGUE, by_id
from question_bank.networks.lettering import notation_in_force
from question_bank.networks.notation import latex_name, plain_name
from question_bank.networks.notations import Notation
from question_bank.questions.question import Question

WIDTH, HEIGHT = 120.0, 88.0
"""Of the drawing, in the sheet's millimetres: squarer than on paper, since the slots stand beside it."""
_SMALL = ((88.0, 46.0), (104.0, 60.0), (120.0, 66.0))
"""Of the drawing that stays in sight on a narrow screen: the less there is to shrink, the larger its numbers."""
_LEAST_APART = 1.2
"""Between two circles: as much as shows that an edge runs there."""
_LEAST_CELL = 6.0
"""Of a grid's cell: what shows a number that can be read."""
_MOST_CAUSES = 2
_ROOM = (3, 4)
_PLACES = 2


@dataclass(frozen=True, slots=True)
class SlotOnPage:
    """A slot on the page; `id` is safe in addresses, `label` is its mathematics in words, `symbol` as LaTeX.

    Nothing is the `symbol` of what is to be found or ticked; `path` is the number of the column that it stands in.

    Where numbers are `exact`, none is to be rounded. `newer` is what stands on the server, where the response was typed
    on a page that did not know of it.
    """

    name: str
    id: str
    label: str
    symbol: str
    path: int | None
    response: str
    verdict: str
    sentences: tuple[str, ...]
    slips: tuple[str, ...]
    reason: str
    hints: tuple[Hint, ...]
    may_hint: bool
    exact: bool = False
    newer: str | None = None
    tick: bool = False

    @property
    def ticked(self) -> bool:
        """Whether it is a box with a tick in it."""
        return self.tick and self.response == "1"


@lru_cache(maxsize=512)
def _pages(derivation: Derivation, shape: Shape, code: str, notation: Notation) -> tuple[Page, Page, dict[str, Any]]:
    # `code` and `notation`: the context has sentences and symbols, which are of one language and one notation.
    page = Page(derivation, shape, PaperFit(HEIGHT), width=WIDTH)
    small = _small(derivation, shape)
    return page, small, {**page.context(), "small": small.context()["drawing"]}


def _small(derivation: Derivation, shape: Shape) -> Page:
    """The smallest in which paths have their labels and circles lie apart, else the largest of the small ones."""
    for width, height in _SMALL:
        page = Page(derivation, shape, PaperFit(height), width=width)
        labelled = {label.name for label in page.drawing.labels}
        shown = all(edge.weight in labelled for edge in page.drawing.edges if edge.heavy and edge.weight)
        shown &= all(unit.side == 0 or unit.side >= _LEAST_CELL for unit in page.drawing.units)
        if shown and circles_apart(page.drawing) >= _LEAST_APART and not overlapping(page.drawing):
            break
    return page


def picture(question: Question) -> tuple[dict[str, Any], dict[str, str]]:
    """The sheet's context of a question and the texts of its numbers; the layouts are made once a derivation.

    `small` in the context is the drawing for a narrow screen.
    """
    givens = printed_givens(question)
    room = _roomy(shape_of(question.derivation, givens))
    page, small, context = _pages(question.derivation, room, language().code, notation_in_force())
    return context, texts_of(page, givens) | texts_of(small, givens)


def _roomy(shape: Shape) -> Shape:
    """The same room for all draws: on the page only the labels on the edges have a width, and they hold weights."""
    return tuple(
        (kind, True, before, max(after, _PLACES)) if kind in ("weights", "biases") else (kind, True, *_ROOM)
        for kind, _other, before, after in shape
    )


def slot_ids(derivation: Derivation) -> dict[str, str]:
    """An identifier for every slot's name: names have slashes and dots."""
    return {slot.name: f"slot-{number}" for number, slot in enumerate(derivation.slots, 1)}


def slot_views(play: Play, late: Mapping[str, str] = MappingProxyType({})) -> dict[str, SlotOnPage]:
    """Every asked slot by name; `late` was typed where something newer stands and was not taken."""
    ids = slot_ids(play.question.derivation)
    views = {slot.name: _view(play, slot, ids[slot.name]) for slot in play.slots}
    for name, text in late.items():
        view = views[name]
        views[name] = replace(view, response=text, newer=view.response, verdict="", sentences=(), slips=(), reason="")
    return views


def _view(play: Play, slot: Slot, identifier: str) -> SlotOnPage:
    entry = play.entry(slot.name)
    verdict = entry.current
    hints = ladder(play.question, slot, play.responses, entry.rung) if entry.rung else ()
    return SlotOnPage(
        slot.name,
        identifier,
        tooltip(play.question.derivation, slot),
        _symbol(play, slot),
        slot.path,
        entry.response,
        "" if verdict is None else verdict.word,
        _sentences(entry),
        entry.causes if verdict is Verdict.SLIP else (),
        entry.reason if verdict in (Verdict.UNREADABLE, Verdict.WRONG) else "",
        tuple(hint for hint in hints if hint.rung <= entry.rung),
        entry.rung < Rung.VALUE and not play.revealed,
        play.question.precision.exact,
        tick=slot.name in ticks(play),
    )


def _symbol(play: Play, slot: Slot) -> str:
    found = slot.path is not None and play.question.derivation.layout.paths == "find"
    return "" if found or slot.name in ticks(play) else play.question.symbol(slot.step)


def _sentences(entry: Entry) -> tuple[str, ...]:
    if entry.current is not Verdict.MISCONCEPTION:
        return ()
    known = by_id(CATALOGUE)
    return tuple(_(known[cause].student) for cause in entry.causes[:_MOST_CAUSES] if cause in known)


def look_at(play: Play, names: Iterable[str]) -> list[SlotOnPage]:
    """Those of these slots that are checked and not right."""
    views = slot_views(play)
    return [views[name] for name in names if views[name].verdict and not play.entry(name).right]


def hint_said(renderer: Renderer, play: Play, name: str) -> str:
    """The last hint of a slot as plain text, for the terminal and for whoever listens to the page."""
    slot = next(slot for slot in play.slots if slot.name == name)
    hint = ladder(play.question, slot, play.responses, play.entry(name).rung, plain=True)[-1]
    if hint.rung is Rung.NAME:
        with play.question.derivation.naming():
            below = plain_name(hint.below) if hint.below else ""
            return _(KINDS[hint.kind].hint).format(above=plain_name(hint.above), below=below)
    if hint.among is not None:
        return renderer.words("hint_among", among=hint.among)
    if not hint.text:
        return renderer.words("hint_no_line")
    said = renderer.words("hint_repeats", constant=hint.constant) if hint.repeats else hint.text
    return f"{renderer.words('rung_name', rung=int(hint.rung))}: {said}"


def task_paragraphs(renderer: Renderer, question: Question) -> list[str]:
    """What the sheet says of the task and its conventions, as plain text."""
    context = picture(question)[0]
    precision = precision_words(question.precision, question.derivation)
    return renderer.paragraphs("task.html", page=context, precision=precision)


def replayed_text(worked: Worked) -> str:
    """A step of the replay as a line of plain text."""
    parts = [worked.symbol, *filter(None, (worked.symbols, worked.numbers))]
    line = " = ".join(map(plain_latex, parts))
    if worked.gives is not None:
        return f"{line} {worked.relation} {worked.gives}"
    missing = ", ".join(map(plain_latex, worked.borrowed))
    said = _("{line}: {missing} not worked yet") if missing else _("{line}: no finite number")
    return said.format(line=line, missing=missing)


def replay_lines(play: Play) -> list[dict[str, Any]]:
    """The steps that a first mistake reached, with what the student's own numbers give there."""
    question = play.question
    ids = slot_ids(question.derivation)
    return [
        {
            "id": ids[line.slot.name],
            "label": tooltip(question.derivation, line.slot),
            "symbol": question.symbol(line.slot.step),
            "path": line.slot.path,
            "response": printed_number(line.response),
            "worked": line.worked,
            "first": line.first,
            "verdict": line.verdict.word,
            "apart": _is_apart(question, line),
        }
        for line in replay(play)
    ]


def _is_apart(question: Question, line: Replayed) -> bool:
    """Whether a right step is right by itself: the numbers that were carried to it give another value."""
    if line.verdict is not Verdict.CORRECT or line.worked is None or line.worked.value is None:
        return False
    low, high = question.range(line.slot.step)
    return not low <= line.worked.value <= high


def shown_solution(play: Play) -> dict[str, Any] | None:
    """The worked solution, step by step: only once it was asked for."""
    if not play.revealed:
        return None
    question = play.question
    derivation = question.derivation
    steps = {slot.step for slot in play.slots}
    paths = [[worked_step(question, step) for step in path.steps if step in steps] for path in derivation.paths]
    return {
        "routes": routes_found(question),
        "planted": planted_said(question),
        "forward": [worked_step(question, step.name) for step in forward_steps(derivation)],
        "paths": paths,
        "layers": [
            {
                "heading": table.heading,
                "steps": [
                    worked_step(question, step.name)
                    for step in table.steps
                    if derivation.solution or step.name in steps
                ],
            }
            for table in layer_tables(derivation)
        ],
        "endings": [worked_step(question, step) for step in derivation.endings if step in steps and derivation.paths],
    }


def counts(play: Play, names: tuple[str, ...]) -> dict[str, int]:
    """How many of these slots have each verdict; `blank` for those without a response, `new` for those not checked."""
    found = {verdict.word: 0 for verdict in Verdict} | {"new": 0}
    for name in names:
        entry = play.entry(name)
        if not entry.response:
            found["blank"] += 1
        elif entry.current is None:
            found["new"] += 1
        else:
            found[entry.current.word] += 1
    return found


def columns(play: Play) -> list[dict[str, Any]]:
    """The path columns as they stand on the page; where paths are to be found, a column says nothing of its path."""
    with play.question.derivation.naming():
        return _columns(play)


def _columns(play: Play) -> list[dict[str, Any]]:
    derivation = play.question.derivation
    given = derivation.layout.paths == "given"
    found: dict[int, list[dict[str, Any]]] = {}
    for slot in play.slots:
        if slot.path is not None:
            product = isinstance(slot.step, Derived)
            hidden = latex_name(slot.step) if product else ""
            symbol = play.question.symbol(slot.step) if given else hidden
            found.setdefault(slot.path, []).append({"slot": slot.name, "symbol": symbol, "product": product})
    routes = {path.number: path.route for path in derivation.paths} if given else {}
    return [{"number": number, "route": routes.get(number, ()), "cells": cells} for number, cells in found.items()]


def question_context(play: Play, late: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """All that the template asks for about the question and where the student is with it."""
    context, texts = picture(play.question)
    derivation = play.question.derivation
    return {
        "tools": not play.revealed,
        "closed": play.revealed,
        "columns": columns(play),
        "find": derivation.layout.paths == "find",
        "page": context,
        "texts": texts,
        "precision": precision_words(play.question.precision, derivation),
        "slots": slot_views(play, late),
        "looks": [],
        "paths": derivation.paths,
        "play": play,
        "replay": [],
        "solution": shown_solution(play),
    }
