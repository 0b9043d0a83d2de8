"""What a question can be exported to: one entry a target, which says which files it makes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grader.sheets.export.primitives import Panel, PlacedText, Primitive, Stroke, UnitCircle
from grader.sheets.export.written import WordsOrFormula, WrittenOut
from grader.sheets.typography.rendering import environment
from question_bank.expressions.latex import number_latex
from question_bank.expressions.plain_latex import plain_latex

_POINTS = 72 / 25.4
_NUMBER = re.compile(r"[−-]?[0-9.,]+|10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|[−-]?\d+/\d+")


@dataclass(frozen=True, slots=True)
class Target:
    """A format: `files` makes the endings of the files' names and what stands in them; those of `private` hold answers.

    `loses` says what a question no longer has there.
    """

    name: str
    words: str
    files: Callable[[WrittenOut, str], Mapping[str, str]]
    loses: str
    private: tuple[str, ...] = ()


def tikz(written: WrittenOut) -> str:
    """The drawing as a tikzpicture, in millimetres."""
    return _render("drawing.tex", shapes=[_tikz(each) for each in written.drawing])


def svg(written: WrittenOut) -> str:
    """The drawing as an SVG of its own, which needs nothing else."""
    width, height = written.size
    return _render("drawing.svg", shapes=[_svg(each) for each in written.drawing], width=width, height=height)


def tex_document(written: WrittenOut, *, solved: bool = True) -> str:
    """A LaTeX document with the question and, where it is `solved`, its solution."""
    parts = [_tex_question(written), *([_tex_solution(written)] if solved else [])]
    return _render("document.tex", parts=parts)


def _tex_question(written: WrittenOut) -> str:
    return _render("question.tex", w=written, drawing=tikz(written), task=[_tex_words(each) for each in written.task])


def _tex_solution(written: WrittenOut) -> str:
    return _render("solution.tex", w=written)


def _tex(written: WrittenOut, name: str) -> Mapping[str, str]:
    return {
        "-question.tex": _tex_question(written),
        "-drawing.tex": tikz(written),
        "-solution.tex": _tex_solution(written),
        ".tex": _render("inputs.tex", name=name),
    }


def _markdown(written: WrittenOut, name: str) -> Mapping[str, str]:
    task = [_markdown_words(each) for each in written.task]
    return {
        ".md": _render("question.md", w=written, task=task, name=name),
        "-solution.md": _render("solution.md", w=written),
        ".svg": svg(written),
    }


TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target(
            "tex",
            "LaTeX with a TikZ drawing: a document, and its parts to be input elsewhere (amsmath, amssymb, tikz)",
            _tex,
            "boxes that can be read back and marked",
            ("-solution.tex",),
        ),
        Target(
            "svg",
            "the drawing as SVG",
            lambda written, name: {".svg": svg(written)},
            "everything but the drawing; its symbols are plain text",
        ),
        Target(
            "markdown",
            "Markdown with formulas in dollar signs and the drawing as SVG beside it",
            _markdown,
            "boxes that can be read back and marked",
            ("-solution.md",),
        ),
    )
}
"""By the name of the option that asks for it."""


def _render(template: str, **context: object) -> str:
    exported = environment().overlay(autoescape=False)
    exported.filters = {**exported.filters, "tex_text": tex_text, "markdown_text": _markdown_text}
    return exported.get_template(f"export/{template}").render(**context)


_TEX_SIGNS = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "%&#_{}$"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "·": r"$\cdot$",
    "×": r"$\times$",
    "→": r"$\to$",
    "≈": r"$\approx$",
    "…": r"\ldots{}",
    "“": "``",
    "”": "''",
    "’": "'",
    "–": "--",
    "\N{NO-BREAK SPACE}": "~",
}


def tex_text(text: str) -> str:
    r"""Words for LaTeX: what is a command there is a character.

    >>> tex_text("50 % of a_1 − b")
    '50 \\% of a\\_1 $-$ b'
    """
    return "".join(_TEX_SIGNS.get(character, character) for character in text)


def _tex_words(paragraph: list[WordsOrFormula]) -> str:
    return "".join(f"${piece.text}$" if piece.formula else tex_text(piece.text) for piece in paragraph)


_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]<>$])")


def _markdown_text(text: str) -> str:
    return _MARKDOWN_SIGNS.sub(r"\\\1", text)


def _markdown_words(paragraph: list[WordsOrFormula]) -> str:
    return "".join(f"${piece.text}$" if piece.formula else _markdown_text(piece.text) for piece in paragraph)


def _in_mathematics(text: str) -> str:
    """What stands in a drawing, as LaTeX: symbols are already, numbers and signs are not."""
    parts = text.split(" = ")
    return " = ".join(
        number_latex(part.replace("−", "-")) if _NUMBER.fullmatch(part) else _signs(part) for part in parts
    )


_SIGNS = {
    "→": r"\to ",
    "∗": r"\ast ",
    "×": r"\times ",
    "−": "-",
    "÷": r"\div ",
    "σ": r"\sigma ",
    "·": r"\cdot ",
    "²": "^{2}",
}
"""Of a circuit's nodes, those that LaTeX calls otherwise."""
_WORDS = ("exp", "ln", "max", "min", "tanh")


def _signs(text: str) -> str:
    if text in _WORDS:
        return f"\\{text}"
    return "".join(_SIGNS.get(character, character) for character in text)


def _tikz(shape: Primitive) -> str:
    match shape:
        case Stroke():
            grey = ", draw=black!75" if shape.grey else ""
            ends = f"({shape.x1:.2f},{shape.y1:.2f}) -- ({shape.x2:.2f},{shape.y2:.2f})"
            return rf"\draw[line width={shape.width:.2f}mm{grey}] {ends};"
        case UnitCircle():
            circle = f"({shape.x:.2f},{shape.y:.2f}) circle[radius={shape.radius:.2f}]"
            return rf"\filldraw[fill=white, line width=0.3mm] {circle};"
        case Panel():
            return _tikz_rectangle(shape)
        case PlacedText():
            anchor = "base west" if shape.left else "center"
            place = f"({shape.x:.2f},{shape.y + (1.0 if shape.left else 0.0):.2f})"
            turn = f", rotate={-math.degrees(shape.angle):.2f}" if shape.angle else ""
            size = rf"\fontsize{{{shape.size:g}}}{{{shape.size:g}}}\selectfont"
            return (
                rf"\node[anchor={anchor}, inner sep=0pt{turn}, font={size}] at {place} "
                rf"{{${_in_mathematics(shape.latex)}$}};"
            )


def _tikz_rectangle(shape: Panel) -> str:
    fill = {"white": "fill=white", "grey": "fill=black!14", "": ""}[shape.fill]
    line = {"solid": "draw, line width=0.25mm", "dashed": "draw=black!50, dashed, line width=0.2mm", "": ""}[shape.line]
    half = f"({-shape.width / 2:.2f},{-shape.height / 2:.2f}) rectangle ({shape.width / 2:.2f},{shape.height / 2:.2f})"
    turn = f", rotate={math.degrees(shape.angle):.2f}" if shape.angle else ""
    return rf"\path[shift={{({shape.x:.2f},{shape.y:.2f})}}{turn}, {', '.join(filter(None, (fill, line)))}] {half};"


def _svg(shape: Primitive) -> str:
    match shape:
        case Stroke():
            colour = "#404040" if shape.grey else "#000"
            return (
                f'<line x1="{shape.x1:.2f}" y1="{shape.y1:.2f}" x2="{shape.x2:.2f}" y2="{shape.y2:.2f}" '
                f'stroke="{colour}" stroke-width="{shape.width:.2f}"/>'
            )
        case UnitCircle():
            place = f'cx="{shape.x:.2f}" cy="{shape.y:.2f}" r="{shape.radius:.2f}"'
            return f'<circle {place} fill="#fff" stroke="#000" stroke-width="0.3"/>'
        case Panel():
            fill = {"white": "#fff", "grey": "#dcdcdc", "": "none"}[shape.fill]
            line = {
                "solid": ' stroke="#000" stroke-width="0.25"',
                "dashed": ' stroke="#808080" stroke-width="0.2" stroke-dasharray="0.8 0.8"',
                "": "",
            }[shape.line]
            return (
                f'<rect x="{-shape.width / 2:.2f}" y="{-shape.height / 2:.2f}" width="{shape.width:.2f}" '
                f'height="{shape.height:.2f}" fill="{fill}"{line} {_turned(shape.x, shape.y, shape.angle)}/>'
            )
        case PlacedText():
            size = shape.size / _POINTS
            anchor = "" if shape.left else ' text-anchor="middle"'
            return (
                f'<text {_turned(shape.x, shape.y, shape.angle)} y="{0.35 * size:.2f}" font-size="{size:.2f}"{anchor}>'
                f"{_svg_text(shape.latex)}</text>"
            )


def _turned(x: float, y: float, angle: float) -> str:
    turn = f" rotate({math.degrees(angle):.2f})" if angle else ""
    return f'transform="translate({x:.2f} {y:.2f}){turn}"'


def _svg_text(latex: str) -> str:
    from markupsafe import escape

    plain = " = ".join(part if _NUMBER.fullmatch(part) else plain_latex(part) for part in latex.split(" = "))
    return str(escape(plain))
