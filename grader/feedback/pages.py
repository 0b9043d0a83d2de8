"""Feedback as a page for the browser and as a PDF: one template, two ways of setting its mathematics."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from grader.feedback.content import ENDINGS, QuestionFeedback, StudentFeedback, marks_text
from grader.feedback.network import picture
from grader.feedback.said import advice_said, note_said, question_said, verdict_said
from grader.feedback.webfont import webfont_css
from grader.sheets.layout import html_document
from grader.sheets.mathematics import set_latex
from grader.sheets.mathml import mathml
from grader.sheets.page import printed_number
from grader.sheets.templates_folder import render

if TYPE_CHECKING:
    from markupsafe import Markup


def feedback_html(feedback: StudentFeedback) -> str:
    """One page that needs nothing but itself: no network, no script."""
    return _filled(feedback, "screen")


def feedback_pdf(feedback: StudentFeedback) -> bytes:
    """The same for paper, in the assignment's format."""
    written: bytes = html_document(_filled(feedback, "paper")).write_pdf()
    return written


def _filled(feedback: StudentFeedback, medium: str) -> str:
    screen = medium == "screen"
    return render(
        "feedback/page.html",
        medium=medium,
        feedback=feedback,
        questions=[_context(question) for question in feedback.questions],
        maths=mathml if screen else _set_on_paper,
        marks=marks_text,
        number=printed_number,
        said_of=_SAID,
        webfonts=_webfonts() if screen else "",
    )


def _set_on_paper(latex: str) -> Markup:
    return set_latex(latex)


_SAID = {"note": note_said, "verdict": verdict_said, "advice": advice_said}


@lru_cache(maxsize=1)
def _webfonts() -> Markup:
    from markupsafe import Markup

    return Markup(webfont_css())  # noqa: S704


def _context(question: QuestionFeedback) -> dict[str, Any]:
    return {
        "of": question,
        "picture": picture(question) if question.groups else None,
        "said": question_said(question),
        "carried": any(slot.reading is not None and slot.step not in ENDINGS for slot in question.slots),
        "borrowed": any(line.borrowed for group in question.groups for line in group.lines),
    }
