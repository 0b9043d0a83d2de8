"""One thing that certification finds on numbers that somebody wrote down: what a certificate keeps of it."""

from __future__ import annotations

from typing import Literal, get_args

from question_bank.questions.document import Document, Number

Test = Literal[
    "error_hidden",
    "two_errors",
    "endless",
    "hidden",
    "zero",
    "one",
    "wide",
    "kink",
    "saturated",
    "cancels",
    "long",
    "near",
    "slip",
]
"""What may be found, what weighs most first."""
UNFAIR: frozenset[Test] = frozenset({"error_hidden", "two_errors", "endless"})
"""What would have honest students marked down, whatever is allowed."""
TESTS: tuple[Test, ...] = get_args(Test)


class Finding(Document):
    """One thing that was found: by which test, at which steps (their keys), of which misconception.

    `zeros` are givens that are 0 and hide it; `share` is half the widest range over its value, or what is left of the
    paths' sum as a part of its terms.
    """

    test: Test
    steps: tuple[str, ...] = ()
    misconception: str | None = None
    zeros: tuple[str, ...] = ()
    share: Number | None = None
