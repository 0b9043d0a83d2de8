"""How likely it is that of a class of 1,000 two students get the same question, for every recipe.

python -m benchmarks.equal_sheets [RECIPE...]
"""

from __future__ import annotations

import sys

from question_bank.questions.equal_sheets import estimate
from question_bank.questions.recipe import load_recipe, recipe_names

DRAWS = 200_000
CLASS = 1_000

if __name__ == "__main__":
    for name in sys.argv[1:] or recipe_names():
        found = estimate(load_recipe(name), DRAWS, CLASS)
        print(
            f"{name:16} {found.certified:>8,} certified, {found.equal_pairs:>3} equal pairs "
            f"({found.expected_pairs:.2g} expected): at most {found.chance:.2g} for {CLASS:,} students",
            flush=True,
        )
