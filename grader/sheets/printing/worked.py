"""The worked solution: every step in symbols, then with numbers put in, then its value as the sheet asks for it."""

from __future__ import annotations

import math
from typing import Any

from grader.sheets.content.formats import Paper
from grader.sheets.content.number_boxes import printed_givens, shape_of
from grader.sheets.content.page import SECOND_PASS, Page, texts_of
from grader.sheets.content.worked_lines import planted_said
from grader.sheets.typeset.weasy import TAGGED, laid_out
from grader.sheets.typography.fonts import font_css
from grader.sheets.typography.numbers import printed_number
from grader.sheets.typography.rendering import render, sheet_css
from question_bank.derivations.gradient_tables import gradient_tables
from question_bank.derivations.layer_tables import forward_steps, layer_tables
from question_bank.expressions.latex import number_latex
from question_bank.expressions.names import Derived, Name
from question_bank.expressions.precision import number_of
from question_bank.networks.notation import latex_derivative, latex_name
from question_bank.questions.question import Question

_MOST_COLUMNS = 8
"""Of so many numbers beside each other a matrix fits the page."""
_LITTLE = 0.4
"""A last page that is used down to so much of it is worth standing closer on those before."""


def worked_solution(question: Question, title: str = "", paper: Paper = "A4") -> bytes:
    """One question worked out, as a PDF; its lines stand closer where that saves a page with a few of them.

    >>> from question_bank import draw, load_recipe
    >>> worked_solution(draw(load_recipe("chain"), [b"one"])[0])[:5]
    b'%PDF-'
    """
    document = laid_out(_html(question, title), sheet_css(), paper)
    *before, last = document.pages
    if before and last.anchors["end"][1] < _LITTLE * last.height:
        closer = laid_out(_html(question, title, closer=True), sheet_css(), paper)
        document = min(document, closer, key=lambda made: len(made.pages))
    written: bytes = document.write_pdf(**TAGGED)
    return written


def worked_page(question: Question, title: str = "") -> str:
    """The same as a page for a browser, with all that it needs inside: nothing is laid out for it."""
    from markupsafe import Markup

    return _html(question, title, Markup(font_css() + sheet_css()))  # noqa: S704


def _html(question: Question, title: str, style: str = "", *, closer: bool = False) -> str:
    with question.derivation.naming():
        return _in_its_letters(question, title, style, closer)


def _in_its_letters(question: Question, title: str, style: str, closer: bool) -> str:
    derivation = question.derivation
    givens = printed_givens(question)
    page = Page(derivation, shape_of(derivation, givens))
    context = page.context()
    paths = [
        {
            "number": path.number,
            "route": [latex_name(value) for value in path.route],
            "steps": [worked_step(question, step) for step in path.steps],
        }
        for path in derivation.paths
    ]
    second = [step for step in derivation.endings if derivation.step(step).kind in SECOND_PASS]
    return render(
        "worked.html",
        title=title,
        style=style,
        closer=closer,
        exact=question.precision.exact,
        planted=planted_said(question),
        page=context,
        texts=texts_of(page, givens),
        routes=routes_found(question),
        forward=[worked_step(question, step.name) for step in forward_steps(derivation)],
        paths=paths,
        layers=[
            {"heading": table.heading, "steps": [worked_step(question, step.name) for step in table.steps]}
            for table in layer_tables(derivation)
        ],
        endings=[worked_step(question, step) for step in derivation.endings if step not in second],
        matrices=gradient_matrices(question),
        second=[worked_step(question, step) for step in second],
    )


def gradient_matrices(question: Question) -> list[dict[str, Any]]:
    """Where several derivatives are asked for, all of them in their parameters' tables: LaTeX, and rows of text."""
    derivation = question.derivation
    found = []
    for one in gradient_tables(derivation):
        if len(one.rows[0]) > _MOST_COLUMNS:
            continue  # they stand one by one in the layers
        heading = one.table.heading
        found.append(
            {
                "symbol": latex_derivative(derivation.graph.loss, heading)
                if one.what == "gradient"
                else latex_name(Derived("updated", of=heading)),
                "rows": [
                    ["–" if step is None else printed_number(question.worked(step)) for step in row] for row in one.rows
                ],
            }
        )
    return found


def routes_found(question: Question) -> dict[str, Any] | None:
    """Of routes what is to be ticked, and every path from unit to unit, as LaTeX."""
    model = question.derivation.model
    links = model.conventions().links
    if links is None:
        return None
    found = links.paths_along([name for name in model.givens() if question.value(name) == 1])
    on_path = {link.name for path in found for link in path} - {links.begins.name}
    end = model.picture()[-1][0]
    return {
        "ticked": [latex_name(name) for name in model.givens() if name in on_path],
        "paths": [[latex_name(unit) for unit in (path[0].tail, *(link.head for link in path), end)] for path in found],
    }


def worked_step(question: Question, step: Name) -> dict[str, Any]:
    """A line of the solution as LaTeX; numbers are left out where they would only repeat the value."""
    value = question.worked(step)
    numbers = question.numbers_latex(step)
    symbols = question.formula_latex(step)
    # A float's last digits are no rounding that anybody did.
    number = number_of(value)
    exact = number == 0 or math.isclose(number, question.value(step), rel_tol=1e-12)
    return {
        "symbol": question.symbol(step),
        "symbols": symbols if symbols not in (value, numbers) else None,
        "numbers": numbers if numbers != number_latex(value) else None,
        "relation": "=" if exact else r"\approx",
        "value": value,
    }
