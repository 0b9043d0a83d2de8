"""A question in words, formulas and numbers, without a page: what every export of it sets in its own way.

The words are those of the sheet: its templates are filled in with formulas kept as LaTeX, and what is left of them
without their tags is a row of paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

from grader.sheets.content.number_boxes import printed_givens, shape_of
from grader.sheets.content.page import Page, texts_of
from grader.sheets.content.task import precision_words
from grader.sheets.export.primitives import Primitive, primitives
from grader.sheets.printing.worked import gradient_matrices, worked_step
from grader.sheets.typography.rendering import environment
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.derivations.layer_tables import forward_steps, layer_tables
from question_bank.expressions.latex import number_latex
from question_bank.expressions.names import Name
from question_bank.language.words import _, language
from question_bank.networks.notation import latex_name
from question_bank.questions.question import Question

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Around a formula while its paragraph is HTML: characters of nobody's."""
_WIDTH = 174.0


@dataclass(frozen=True, slots=True)
class WordsOrFormula:
    """Words, or a formula in LaTeX."""

    text: str
    formula: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of LaTeX under a heading, or under none; with a `blank` there is something to write behind each."""

    heading: str
    lines: tuple[str, ...]
    route: str = ""
    blank: bool = False


@dataclass(frozen=True, slots=True)
class BoxGroup:
    """Boxes under a heading, or under none: of a path, those of its column."""

    heading: str
    slots: tuple[Slot, ...]
    route: str = ""


class WrittenOut:
    """One question for an export: `title` is a line of text."""

    def __init__(self, question: Question, title: str) -> None:
        self.title = title
        self._question = question
        self._derivation = question.derivation
        self._givens = printed_givens(question)
        self._page = Page(self._derivation, shape_of(self._derivation, self._givens), width=_WIDTH)

    @cached_property
    def _context(self) -> dict[str, Any]:
        return self._page.context()

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        self._context  # noqa: B018  the page knows its numbers when it has been filled in
        return texts_of(self._page, self._givens)

    @property
    def drawing(self) -> list[Primitive]:
        """The network as strokes and texts."""
        return list(primitives(self._page, self._context["drawing"], self._texts))

    @property
    def size(self) -> tuple[float, float]:
        """How wide and high that is, in millimetres."""
        shape = self._context["drawing"]["shape"]
        return shape.width, shape.height

    @property
    def task(self) -> list[list[WordsOrFormula]]:
        """What is asked, which conventions hold and how many places are written: paragraphs."""
        exported = environment().overlay()
        exported.filters = {**exported.filters, "tex": lambda latex: f"{_OPEN}{latex}{_CLOSE}"}
        html = exported.get_template("task.html").render(
            page=self._context, precision=precision_words(self._question.precision, self._derivation), on_paper=True
        )
        return _paragraphs(html)

    @property
    def givens(self) -> list[str]:
        """Every table of givens, and printed forward values, as equations."""
        found = []
        for given in self._context["givens"]:
            if "rows" in given:
                rows = [[self._number(n.id) for n in row] for row in given["rows"]]
                found.append(f"{given['symbol']} = {matrix(rows)}")
            else:
                found.append(f"{given['symbol']} = {self._number(given['number'].id)}")
        for row in self._context["forward"]:
            found += [f"{cell['symbol']} = {self._number(cell['number'].id)}" for cell in row if cell.get("number")]
        return found

    def _number(self, box: str) -> str:
        return _latex_of(self._texts[box])

    @property
    def lines(self) -> list[str]:
        """Of a worked solution with an error every line, as an equation."""
        return [
            f"{line['symbol']} = {line['formula']} = {self._number(line['value'].id)}"
            for line in self._context["solution"]
        ]

    @property
    def boxes(self) -> list[BoxGroup]:
        """The boxes to write in, under their headings; where paths are to be found, nothing says which they are."""
        derivation = self._derivation
        find = derivation.layout.paths == "find"
        groups: dict[int | None, list[Slot]] = {}
        for slot in derivation.slots:
            if not slot.spare and not (find and slot.path is not None):
                groups.setdefault(slot.path, []).append(slot)
        before, after = _around_the_paths(derivation, groups.pop(None, []))
        found = [BoxGroup("", tuple(before))] if before else []
        for number, slots in groups.items():
            path = next(each for each in derivation.paths if each.number == number)
            found.append(BoxGroup(_("Path {number}").format(number=number), tuple(slots), _route(path.route)))
        return [*found, BoxGroup("", tuple(after))] if after else found

    @property
    def asked(self) -> list[Section]:
        """What is to be written, box by box."""
        forms = dict(zip(self._derivation.slots, self._derivation.forms, strict=True))

        def line(slot: Slot) -> str:
            symbol = self._question.symbol(slot.step)
            return rf"\square\; {symbol}" if forms[slot] == "tick" else f"{symbol} ="

        return [Section(group.heading, tuple(map(line, group.slots)), group.route, blank=True) for group in self.boxes]

    @property
    def solution(self) -> list[Section]:
        """Every step in symbols, with numbers put in, and its value."""
        derivation = self._derivation
        found = [Section(_("Forward pass"), tuple(self._worked(step.name) for step in forward_steps(derivation)))]
        for path in derivation.paths:
            steps = tuple(map(self._worked, path.steps))
            found.append(Section(_("Path {number}").format(number=path.number), steps, _route(path.route)))
        if derivation.paths:
            found.append(Section(_("Answer"), tuple(map(self._worked, derivation.endings))))
        found += (
            Section(table.heading, tuple(self._worked(step.name) for step in table.steps))
            for table in layer_tables(derivation)
        )
        matrices = tuple(
            f"{one['symbol']} = {matrix([[*map(_latex_of, row)] for row in one['rows']])}"
            for one in gradient_matrices(self._question)
        )
        found.append(Section(_("All gradients"), matrices))
        return [section for section in found if section.lines]

    def _worked(self, step: Name) -> str:
        line = worked_step(self._question, step)
        sides = [line["symbol"], *filter(None, (line["symbols"], line["numbers"]))]
        relation = line["relation"] if len(sides) > 1 else "="
        return _signed(f"{' = '.join(sides)} {relation} {number_latex(line['value'])}")


def _latex_of(number: str) -> str:
    """A number as a page prints it."""
    return _signed(number_latex(_COMMA.sub(".", number.replace("−", "-"))))


_COMMA = re.compile(r"(?<=\d),(?=\d)")
_POINT = re.compile(r"(?<=\d)\.(?=\d)")


def _signed(latex: str) -> str:
    """Formulas with the decimal sign of the language: in braces, since a bare comma is set with a blank behind it."""
    return latex if language().decimal == "." else _POINT.sub("{,}", latex)


def matrix(rows: list[list[str]]) -> str:
    r"""Rows in brackets.

    >>> matrix([["1", "2"], ["3", "4"]])
    '\\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}'
    """
    written = r" \\ ".join(" & ".join(row) for row in rows)
    return rf"\begin{{bmatrix}} {written} \end{{bmatrix}}"


def _around_the_paths(derivation: Derivation, slots: list[Slot]) -> tuple[list[Slot], list[Slot]]:
    """The boxes before the columns of paths, and those after them; all of them before, where there are none."""
    first = next((at for at, slot in enumerate(derivation.slots) if slot.path is not None), len(derivation.slots))
    early = frozenset(derivation.slots[:first])
    return [slot for slot in slots if slot in early], [slot for slot in slots if slot not in early]


def _route(route: Any) -> str:
    return r" \to ".join(map(latex_name, route))


class _Paragraphs(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "p" or not self.found:
            self.found.append("")

    def handle_data(self, data: str) -> None:
        if not self.found:
            self.found.append("")
        self.found[-1] += data


def _paragraphs(html: str) -> list[list[WordsOrFormula]]:
    parser = _Paragraphs()
    parser.feed(html)
    parser.close()
    paragraphs = (list(_pieces(" ".join(text.split()))) for text in parser.found)
    return [paragraph for paragraph in paragraphs if paragraph]


def _pieces(text: str) -> Iterator[WordsOrFormula]:
    for number, part in enumerate(text.replace(_CLOSE, _OPEN).split(_OPEN)):
        if part.strip() or (part and number % 2):
            yield WordsOrFormula(part, formula=number % 2 == 1)
        elif part:
            yield WordsOrFormula(" ")
