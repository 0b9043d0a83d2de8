"""The worked solution: every step in symbols, then with numbers put in, then its value as the sheet asks for it."""

from __future__ import annotations

import math
from typing import Any

from grader.sheets.layout import html_document
from grader.sheets.page import Page, printed_givens, shape_of, texts_of
from grader.sheets.rendering import render
from question_bank.notation import latex_symbol
from question_bank.question import Question


def worked_solution(question: Question, title: str = "") -> bytes:
    """One question worked out, as a PDF."""
    derivation = question.derivation
    givens = printed_givens(question)
    page = Page(derivation, shape_of(derivation, givens))
    context = page.context()
    paths = [
        {
            "number": path.number,
            "route": [latex_symbol(key) for key in path.route],
            "steps": [worked_step(question, key) for key in (*path.factors, path.product)],
        }
        for path in derivation.paths
    ]
    endings = ["gradient", "updated"] if derivation.layout.rate else ["gradient"]
    html = render(
        "worked.html",
        title=title,
        page=context,
        texts=texts_of(page, givens),
        forward=[worked_step(question, step.key) for step in derivation.steps if step.role == "forward"],
        paths=paths,
        endings=[worked_step(question, key) for key in endings],
    )
    written: bytes = html_document(html).write_pdf()
    return written


def worked_step(question: Question, key: str) -> dict[str, Any]:
    """A line of the solution as LaTeX; numbers are left out where they would only repeat the value."""
    value = question.printed(key)
    numbers = question.numbers_latex(key)
    symbols = question.formula_latex(key)
    # A float's last digits are no rounding that anybody did.
    exact = math.isclose(float(value), question.value(key), rel_tol=1e-12, abs_tol=1e-12)
    plain = numbers.replace(r"\left(", "").replace(r"\right)", "")
    return {
        "symbol": question.symbol(key),
        "symbols": symbols if symbols not in (value, numbers) else None,
        "numbers": numbers if plain != value else None,
        "relation": "=" if exact else r"\approx",
        "value": value,
    }
