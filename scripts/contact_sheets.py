"""Contact sheets of a language: every recipe's sheet, key and worked solution as small pictures, to be looked at.

`make contact CODE=de` writes contact/de-01.png and so on; what is cut, glued together or has no room shows at a glance.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw

from grader.sheets import Printer, Sheet, SheetQuestion
from grader.sheets.printing.worked import worked_solution
from question_bank import draw, load_recipe, recipe_names
from question_bank.language.spoken import require_language, speaking
from question_bank.language.words import _
from question_bank.questions.question import Question

_WIDTH = 620
"""Pixels of one page."""
_COLUMNS, _ROWS = 4, 2
_LABEL = 22
_KINDS = ("sheet", "key", "solution")


def pages_of(pdf: bytes) -> Iterator[Image.Image]:
    """The pages of a file as pictures."""
    for page in pypdfium2.PdfDocument(pdf):
        yield page.render(scale=_WIDTH / page.get_width(), may_draw_forms=True).to_pil()


def pictures(printer: Printer, name: str, kinds: Sequence[str]) -> Iterator[tuple[str, Image.Image]]:
    """A recipe's pages of these kinds, each with what it is."""
    recipe = load_recipe(name)
    question: Question
    (question,) = draw(recipe, [b"contact"], quantity=recipe.usually_asked, forms="same", name=name)
    marks = {slot.name: 1.0 for slot in question.slots}
    asked = SheetQuestion(1, 1, question, float(len(marks)), marks, show_marks=True)
    sheet = Sheet("", _(recipe.title), "", "", "7F3K-2QXM-9ABC-DE2G", (asked,))
    for kind in kinds:
        out = BytesIO()
        if kind == "sheet":
            printer.write_student(sheet, out)
        elif kind == "key":
            printer.write_filled(sheet, out)
        else:
            out.write(worked_solution(question, _(recipe.title)))
        for number, page in enumerate(pages_of(out.getvalue()), 1):
            yield f"{name}: {kind} {number}", page


def put_together(pages: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """Pages side by side, each below its label."""
    height = max(page.height for _label, page in pages) + _LABEL
    rows = math.ceil(len(pages) / _COLUMNS)
    whole = Image.new("RGB", (_COLUMNS * _WIDTH, rows * height), "grey")
    pen = ImageDraw.Draw(whole)
    for at, (label, page) in enumerate(pages):
        left, top = at % _COLUMNS * _WIDTH, at // _COLUMNS * height
        pen.text((left + 4, top + 4), label, fill="white")
        whole.paste(page, (left, top + _LABEL))
    return whole


def main() -> int:
    """Write them into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("code", help="the language's code, such as de")
    parser.add_argument("recipes", nargs="*", help="only these")
    parser.add_argument("--kind", action="append", choices=_KINDS, help="only these pages")
    parser.add_argument("--to", type=Path, default=Path("contact"))
    options = parser.parse_args()
    options.to.mkdir(exist_ok=True)
    printer, many = Printer(), _COLUMNS * _ROWS
    with speaking(require_language(options.code)):
        pages: list[tuple[str, Image.Image]] = []
        names, number = options.recipes or recipe_names(), 0
        for name in names:
            pages += pictures(printer, name, options.kind or _KINDS)
            while len(pages) >= many or (pages and name == names[-1]):
                number += 1
                path = options.to / f"{options.code}-{number:02}.png"
                put_together(pages[:many]).save(path)
                print(path, flush=True)
                del pages[:many]
    return 0


if __name__ == "__main__":
    sys.exit(main())
