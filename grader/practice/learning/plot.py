"""The progress plot: each skill's success rate over the questions that were tried, as coordinates for an inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.practice.learning.mastery import BY_ID, MASTERED
from question_bank.language.words import _

WIDTH, HEIGHT = 220.0, 56.0
_MARGIN = 4.0
_MOST_POINTS = 120


@dataclass(frozen=True, slots=True)
class SkillCurve:
    """One skill's small plot: `points` for a polyline, where it ends, and the rate there after so many questions."""

    skill: str
    title: str
    points: str
    end: tuple[float, float]
    percent: int
    questions: int


@dataclass(frozen=True, slots=True)
class Plot:
    """All skills that were tried, each drawn by itself on the same scale; `mastered` is the height of that mark."""

    width: float
    height: float
    mastered: float
    lines: tuple[SkillCurve, ...]


def progress_plot(history: Mapping[str, Sequence[tuple[float, float]]]) -> Plot:
    """The plot of a history as `mastery.history` gives it.

    >>> plot = progress_plot({"loss": [(0.0, 0.3), (5.0, 1.0)]})
    >>> plot.lines[0].points, plot.lines[0].percent
    ('4.0,52.0 110.0,37.6 216.0,4.0', 100)
    """
    return Plot(WIDTH, HEIGHT, _y(MASTERED), tuple(_line(skill, points) for skill, points in history.items()))


def _line(skill: str, points: Sequence[tuple[float, float]]) -> SkillCurve:
    # By number of questions, not by time: a pause of a week is no step.
    rates = [0.0, *(rate for _other, rate in points)][-_MOST_POINTS:]
    places = [(_x(n, len(rates)), _y(rate)) for n, rate in enumerate(rates)]
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return SkillCurve(skill, _(BY_ID[skill].title), text, places[-1], round(100 * rates[-1]), len(points))


def _x(number: int, count: int) -> float:
    return _MARGIN + (WIDTH - 2 * _MARGIN) * number / max(count - 1, 1)


def _y(rate: float) -> float:
    return _MARGIN + (HEIGHT - 2 * _MARGIN) * (1 - rate)
