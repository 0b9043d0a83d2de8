"""Feedback as a page for the browser and as a PDF: one template, two ways of setting its mathematics."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING, Any

from grader.feedback.content import QuestionFeedback, StudentFeedback, marks_text
from grader.feedback.network import Medium, paths_picture
from grader.feedback.said import advice_said, as_above, lead_said, note_said, question_said, verdict_said
from grader.feedback.webfont import webfont_css
from grader.sheets.content.formats import Paper
from grader.sheets.typeset.weasy import TAGGED, laid_out
from grader.sheets.typography.mathematics import set_latex
from grader.sheets.typography.mathml import breakable, mathml, relation
from grader.sheets.typography.numbers import printed_number
from grader.sheets.typography.rendering import render
from question_bank.language.formula_words import spoken_in
from question_bank.language.words import language

if TYPE_CHECKING:
    from markupsafe import Markup


def feedback_html(feedback: StudentFeedback) -> str:
    """One page that needs nothing but itself: no network, no script."""
    return _filled(feedback, "screen")


def feedback_pdf(feedback: StudentFeedback) -> bytes:
    """The same for paper, in the assignment's format."""
    return paper_pdf(paper_html(feedback), feedback.paper)


def paper_html(feedback: StudentFeedback) -> str:
    """What is laid out for paper: a text, so that it can be sent to another process."""
    return _filled(feedback, "paper")


def paper_pdf(html: str, paper: Paper) -> bytes:
    """The laid-out text, tagged; most of the time that feedback takes is spent here."""
    written: bytes = laid_out(html, _paper_css(paper)).write_pdf(**TAGGED)
    return written


@lru_cache(maxsize=2)
def _paper_css(paper: Paper) -> str:
    return unescape(render("feedback/paper.html", paper=paper))


def _filled(feedback: StudentFeedback, medium: Medium) -> str:
    screen = medium == "screen"
    return render(
        "feedback/page.html",
        medium=medium,
        feedback=feedback,
        questions=[_context(question, medium) for question in feedback.questions],
        maths=mathml if screen else set_on_paper,
        long_maths=breakable if screen else set_on_paper,
        as_image=_data_uri,
        equals=relation if screen else _relation_on_paper,
        marks=marks_text,
        number=printed_number,
        said_of=_SAID,
        webfonts=_webfonts() if screen else "",
    )


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


_SPACED = {
    re.compile(r'<span class="ix">([^<]*)</span>'): r"\1",
    re.compile(r'<span class="(?:bin|rel)">([^<]*)</span>'): "\N{NO-BREAK SPACE}\\1 ",
}


def set_on_paper(latex: str) -> Markup:
    r"""A formula with blanks about its signs, where the sheet has boxes: every box costs time to lay out.

    >>> print(set_on_paper("h_{13} + 1").replace(chr(160), "_"))
    <span class="m"><i>h</i><sub>13</sub>_+ 1</span>
    """
    return _set_on_paper(latex, language().decimal, spoken_in(latex))


@lru_cache(maxsize=8192)
def _set_on_paper(latex: str, sign: str, code: str) -> Markup:
    from markupsafe import Markup

    html = str(set_latex(latex))
    for pattern, spaced in _SPACED.items():
        html = pattern.sub(spaced, html)
    return Markup(html)  # noqa: S704


def _relation_on_paper(sign: str) -> str:
    return f"{sign}\N{NO-BREAK SPACE}"


_SAID = {"note": note_said, "verdict": verdict_said}


def _advice(question: QuestionFeedback) -> dict[str, str]:
    """What to look at, by slot; the same words again are not said in full."""
    told: set[str] = set()
    found = {}
    for group in question.groups:
        for slot in group.slots if group.kind != "ticks" else ():
            said = advice_said(slot, no_working=question.no_working)
            found[slot.slot] = as_above() if said in told else said
            if said:
                told.add(said)
    return found


def _webfonts() -> Markup:
    from markupsafe import Markup

    return Markup(webfont_css())  # noqa: S704


def _context(question: QuestionFeedback, medium: Medium) -> dict[str, Any]:
    lines = [line for group in question.groups for line in group.lines]
    return {
        "of": question,
        "picture": paths_picture(question, medium) if question.groups else None,
        "said": question_said(question),
        "advice": _advice(question),
        "lines": lines,
        "start": next((line for line in lines if line.first), None),
        "lead": lead_said(question),
    }
