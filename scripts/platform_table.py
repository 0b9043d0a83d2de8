"""The tables of docs/platforms.md: honest students, and some with one mistake, marked here and wherever questions go.

The notebooks are executed in .venv-notebooks (scripts/notebooks.sh), which takes minutes a recipe: of the recipes that
--notebooks names.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.grader.exchange.elsewhere import (
    HONEST,
    MISTAKEN,
    Class,
    class_of,
    here,
    in_canvas,
    in_moodle,
    in_notebooks,
    in_prairielearn,
    on_gradescope,
)

RECIPES = ("first", "chain", "two-paths", "deep", "textbook", "softmax")
PLACES = ("here", "Moodle", "Canvas", "Gradescope", "PrairieLearn", "nbgrader", "Otter")


def main() -> int:
    """Print the table; 1 if any honest student loses anything anywhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=200, help="of each kind")
    parser.add_argument("--recipes", nargs="+", default=RECIPES)
    parser.add_argument("--notebooks", nargs="*", default=["two-paths"], metavar="RECIPE")
    wanted = parser.parse_args()
    print(f"| recipe | students | {' | '.join(PLACES)} | other marks than here |")
    print(f"|{'---|' * (len(PLACES) + 3)}")
    lost = 0
    for recipe in wanted.recipes:
        for kinds, words in ((HONEST, "honest"), (MISTAKEN, "one mistake")):
            with tempfile.TemporaryDirectory() as folder:
                some = class_of(recipe, Path(folder), kinds, wanted.students)
                columns = _columns(some, with_notebooks=recipe in wanted.notebooks)
            if kinds is HONEST:
                lost += sum(share < 1 - 1e-9 for column in columns for share in column)
            means = " | ".join(f"{100 * sum(column) / len(column):.1f} %" if column else "" for column in columns)
            print(f"| {recipe} | {words} | {means} | {_others(columns)} |", flush=True)
    return int(lost > 0)


def _columns(some: Class, *, with_notebooks: bool) -> list[list[float]]:
    notebooks = in_notebooks(some) if with_notebooks else {"nbgrader": [], "otter": []}
    return [
        here(some),
        in_moodle(some),
        in_canvas(some),
        on_gradescope(some),
        in_prairielearn(some),
        notebooks["nbgrader"],
        notebooks["otter"],
    ]


def _others(columns: Sequence[Sequence[float]]) -> str:
    """Of how many students the marks are others than here, where gradpath itself marks."""
    ours, *_ = columns
    differ = {
        place: sum(abs(one - there) > 0.0015 for one, there in zip(ours, column, strict=False))
        for place, column in list(zip(PLACES, columns, strict=True))[3:]
    }
    return ", ".join(f"{place} {count}" for place, count in differ.items() if count) or "none"


if __name__ == "__main__":
    sys.exit(main())
