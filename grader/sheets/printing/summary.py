"""The key's first pages: all students and their answers, stamped in rows on one page that is laid out once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from grader.sheets.content.sheet import Sheet, SheetQuestion
from grader.sheets.pdf.stream import Piece, said_as
from grader.sheets.pdf.structure import PageTags, artifact, marked, page_tags, with_lines
from grader.sheets.printing.key import accepted_range
from grader.sheets.typeset.foreign_names import NAME_DROP, Foreign, foreign, writable
from grader.sheets.typeset.layout import HEAD_BOXES
from grader.sheets.typeset.pages import symbol_pieces
from grader.sheets.typeset.reading_order import letters_of
from grader.sheets.typeset.stamp import SIDE, TextPiece, fitted, foot_piece, text_operators, text_width
from grader.sheets.typeset.weasy import POINTS_A_PIXEL, laid_out, written_with_parts
from grader.sheets.typography.numbers import printed_number
from grader.sheets.typography.rendering import render, sheet_css, words
from question_bank.language.words import _

COLUMNS = 4
"""Questions side by side; more go into further lines of a student's row."""

_LINE, _GAP = 19.0, 4.0
_BIG, _SMALL = 8.5, 6.5
_BELOW = 8.0


class SummaryPage:
    """The shared page, under `piece`, and every page's operators."""

    def __init__(self, sheets: Collection[Sheet]) -> None:
        first = next(iter(sheets))
        self._students = len(sheets)
        most = max(len(sheet.questions) for sheet in sheets)
        columns = min(most, COLUMNS)
        self._lines = -(-most // COLUMNS)
        html = render(
            "summary.html", title=first.title, course=first.course, paper=first.paper, columns=columns, most=most
        )
        document = laid_out(html, sheet_css())
        page = document.pages[0]
        self.width, self.height = float(page.width) * POINTS_A_PIXEL, float(page.height) * POINTS_A_PIXEL
        left = {name: rectangle[0] * POINTS_A_PIXEL for name, rectangle in page.anchors.items()}
        self._student, self._columns = left["student"], [left[f"column:{n}"] for n in range(1, columns + 1)]
        self._top = self.height - page.anchors["rows"][1] * POINTS_A_PIXEL
        pdf, (self._parts,) = written_with_parts(document)
        self.piece = Piece("S", pdf, 0)
        self.said = said_as(letters_of(self._parts))

    def pages(self, sheets: Collection[Sheet], names: Sequence[Foreign]) -> Iterator[tuple[str, PageTags]]:
        """Operators of each page, a line a student; `names` are drawn, since the serif cannot write them."""
        head = page_tags(self._parts, "paper")
        numbers = {name: number for number, name in enumerate(names)}
        pitch = self._lines * _LINE + _GAP
        rows = max(1, int((self._top - SIDE) / pitch))
        total = -(-self._students // rows)
        at = 0
        parts: list[str] = []
        lines = 0
        for count, sheet in enumerate(sheets, 1):
            top = self._top - pitch * ((count - 1) % rows)
            row = list(self._row(sheet, top, numbers))
            drawn = [piece for piece in row if isinstance(piece, str)]
            written = text_operators([piece for piece in row if not isinstance(piece, str)])
            parts.append(marked("P", head.marks + lines, "\n".join((*drawn, written))))
            lines += 1
            rule = f"{SIDE:.2f} {top - pitch + 2:.2f} m {self.width - SIDE:.2f} {top - pitch + 2:.2f} l S"
            parts.append(artifact(f"0.3 w 0.25 G {rule}"))
            if count % rows == 0 or count == self._students:
                at += 1
                foot = words("summary_foot", page=at, pages=total)
                parts.append(artifact(text_operators([foot_piece(foot, self.width)])))
                yield "\n".join(parts), with_lines(head, ["P"] * lines)
                parts, lines = [], 0

    def _row(self, sheet: Sheet, top: float, numbers: Mapping[Foreign, int]) -> Iterator[TextPiece | str]:
        """Texts, and operators where a text is drawn."""
        baseline = top - _BIG
        name, identity = writable(sheet.student_name), writable(sheet.student_id)
        if (drawn := foreign(name, HEAD_BOXES["name"].width)) is not None:
            yield _drawn(numbers[drawn], self._student, baseline, _BIG)
        else:
            name, size = fitted(name, HEAD_BOXES["name"])
            yield TextPiece(self._student, baseline, min(size, _BIG), name)
        left, below = self._student, baseline - _BELOW
        if (drawn := foreign(identity, HEAD_BOXES["student"].width)) is not None:
            yield _drawn(numbers[drawn], left, below, _SMALL)
            left += HEAD_BOXES["student"].width * _SMALL / 10
            identity = ""
        identity, size = fitted(" · ".join(filter(None, (identity, sheet.sheet_id))), HEAD_BOXES["name"])
        yield TextPiece(left, below, min(size, _SMALL), identity)
        for question in sheet.questions:
            line, column = divmod(question.number - 1, COLUMNS)
            if line < self._lines:
                yield from _answer(question, self._columns[column], baseline - line * _LINE)


def _answer(question: SheetQuestion, left: float, baseline: float) -> Iterator[TextPiece]:
    solved = question.question
    answer, *others = solved.derivation.answers
    number = f"{question.number}:"
    yield TextPiece(left, baseline, _SMALL, number)
    with solved.derivation.naming():
        symbol, end = symbol_pieces(solved.derivation.parameter, left + text_width(number, _SMALL) + 3, baseline, _BIG)
    yield from symbol
    yield TextPiece(end + 4, baseline, _BIG, printed_number(solved.printed(answer)))
    if others:
        below = _("the first of {count} answers").format(count=len(others) + 1)
    else:
        below = accepted_range(solved, answer)
    yield TextPiece(left, baseline - _BELOW, _SMALL, below)


def _drawn(name: int, left: float, baseline: float, size: float) -> str:
    scale = size / 10
    return f"q {scale} 0 0 {scale} {left:.2f} {baseline - NAME_DROP * scale:.2f} cm /N{name} Do Q"
