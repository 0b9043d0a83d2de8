"""Plots as SVG that stands inside a page: drawn by matplotlib, coloured and set by the page's style sheet.

matplotlib is imported here only, and only when a plot is drawn.
"""

from __future__ import annotations

import io
import logging
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from question_bank.expressions.precision import Array
from question_bank.language.words import _, decimal

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.ticker import Formatter

_WIDTH, _HEIGHT = 4.3, 2.1
_MOST_DOTS = 40
_BINS = 20

# matplotlib wants colours; the page wants its own, light and dark. These stand for its variables.
_INK, _SOFT, _RULE, _FILL, _ACCENT = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {_INK: "--ink", _SOFT: "--soft", _RULE: "--rule", _FILL: "--bar", _ACCENT: "--accent"}

_STYLE: Any = {
    "svg.fonttype": "none",
    "font.size": 8.0,
    "text.color": _INK,
    "axes.edgecolor": _SOFT,
    "axes.labelcolor": _SOFT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


def distribution(marks: Array, out_of: float, name: str, words: str) -> Markup:
    """How many students earned what: a dot for each in a small class, bars in a large one; a line at the mean."""
    from matplotlib.ticker import MaxNLocator

    edges = _edges(out_of)

    def draw(axes: Axes) -> None:
        place = np.clip(np.searchsorted(edges, marks, side="right") - 1, 0, len(edges) - 2)
        counts = np.bincount(place, minlength=len(edges) - 1)
        middles, width = (edges[:-1] + edges[1:]) / 2, edges[1] - edges[0]
        if len(marks) <= _MOST_DOTS:
            xs = np.repeat(middles, counts)
            ys = np.concatenate([np.arange(count) + 0.5 for count in counts])
            axes.scatter(xs, ys, s=26, color=_FILL, linewidths=0)
            axes.set_ylim(0, max(5.0, counts.max() + 0.6))
        else:
            axes.bar(middles, counts, width=width * 0.86, color=_FILL)
            axes.set_ylim(0, counts.max() * 1.12)
        axes.axvline(float(marks.mean()), color=_ACCENT, linewidth=1.2, linestyle=(0, (4, 2)))
        axes.set_xlim(edges[0] - width * 0.3, edges[-1] + width * 0.3)
        axes.set_xlabel(_("marks"))
        axes.set_ylabel(_("students"))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))

    return _svg(draw, name, words)


def _edges(out_of: float) -> Array:
    """Bins in round steps from 0 to full marks, which has its own bin's upper edge."""
    steps = [base * 10.0**power for power in range(-2, 4) for base in (1.0, 2.5, 5.0)]
    step = next((step for step in steps if out_of / step <= _BINS), out_of or 1.0)
    edges: Array = step * np.arange(max(1, math.ceil(out_of / step - 1e-9)) + 1.0)
    return edges


def scatter(difficulty: Array, shares: Array, name: str, words: str) -> Markup:
    """Certified difficulty against the share of the marks, a point a student, and the least-squares line."""

    def draw(axes: Axes) -> None:
        few = len(difficulty) <= 2 * _MOST_DOTS
        size, alpha = (20, 0.9) if few else (9, 0.55)
        axes.scatter(difficulty, 100 * shares, s=size, color=_FILL, linewidths=0, alpha=alpha)
        if len(difficulty) > 2 and np.ptp(difficulty) > 0:
            slope, start = np.polyfit(difficulty, 100 * shares, 1)
            ends = np.array([difficulty.min(), difficulty.max()])
            axes.plot(ends, np.clip(start + slope * ends, 0, 100), color=_ACCENT, linewidth=1.4)
        axes.set_ylim(-4, 104)
        axes.set_xlabel(_("certified difficulty of the sheet"))
        axes.set_ylabel(_("% of the marks"))

    return _svg(draw, name, words)


def _spoken_numbers() -> Formatter:
    """Numbers beside an axis as matplotlib writes them, with the decimal sign of the language."""
    from matplotlib.ticker import ScalarFormatter

    class Spoken(ScalarFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return decimal(super().__call__(x, pos))

    return Spoken()


def _svg(draw: Any, name: str, words: str) -> Markup:
    """The plot as an element that is described by `words`; ids begin with `name`, so that plots do not share any."""
    import matplotlib as mpl
    from markupsafe import Markup, escape
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it remarks on its own font cache
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(_spoken_numbers())
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'<!--.*?-->|<style.*?</style>| xmlns(?::\w+)?="[^"]*"', "", text, flags=re.DOTALL)
    text = re.sub(r' (?:width|height)="[\d.]+pt"', "", text, count=2)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    title = f'<svg class="plot" role="img" aria-label="{escape(words)}"'
    return Markup(text.replace("<svg", title, 1))  # noqa: S704
