"""A sheet as a picture, its pages one below the other: for a page of the web, or to be looked at."""

from __future__ import annotations

from io import BytesIO

from grader.sheets.printing.single import sheet_pdf
from question_bank.questions.question import Question

_DOTS_AN_INCH = 110
_POINTS_AN_INCH = 72


def sheet_png(question: Question, title: str) -> bytes:
    """One question's sheet as a PNG.

    >>> from question_bank import draw, load_recipe
    >>> sheet_png(draw(load_recipe("chain"), [b"one"])[0], "One chain")[1:4]
    b'PNG'
    """
    from PIL import Image
    from pypdfium2 import PdfDocument

    document = PdfDocument(sheet_pdf([question], title=title))
    pages = [page.render(scale=_DOTS_AN_INCH / _POINTS_AN_INCH).to_pil().convert("RGB") for page in document]
    document.close()
    whole = Image.new("RGB", (max(page.width for page in pages), sum(page.height for page in pages)), "white")
    top = 0
    for page in pages:
        whole.paste(page, (0, top))
        top += page.height
    out = BytesIO()
    # A sheet is black on white: a few greys are enough.
    whole.convert("L").save(out, "PNG", optimize=True)
    return out.getvalue()
