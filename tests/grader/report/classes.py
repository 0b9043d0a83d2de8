"""Classes for the report's tests: sets that were handed out, and what simulated students handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.assignments.assignment import load_assignment, make
from grader.assignments.question_set import QuestionSet
from grader.grading.grading import Graded, grade
from grader.simulation import simulate
from grader.submissions import Collected, FileProblem, Submission

HOSTILE = "<script>alert('x')</script>"
STEERING = "=cmd()\x07\u202e"
PROBLEMS = [FileProblem(f"{HOSTILE}.csv", "line 3", "&lt;b&gt; <b>bold</b>", "mend it", True)]
NAMES = {f"s{number:03}": f"Ann {HOSTILE}" for number in range(40)}

Written = dict[tuple[str, str], dict[str, str]]


def made(folder: Path, students: int, recipes: Sequence[str], keys: str = "") -> QuestionSet:
    """A set for so many students, in a folder that is empty; `keys` are more lines of each question."""
    questions = "".join(f'[[questions]]\nrecipe = "{recipe}"\nmarks = 6\n{keys}' for recipe in recipes)
    (folder / "assignment.toml").write_text(f'title = "A set"\n{questions}')
    return make(load_assignment(folder), folder, [f"s{number:03}" for number in range(students)]).questions


def responses(handed: QuestionSet, *, seed: int = 0, honest: float = 0.5) -> Written:
    """What simulated students write: (student, question) → slot → characters."""
    return {(one.student, one.question): dict(one.responses) for one in simulate(handed, seed=seed, honest=honest)}


def marked(handed: QuestionSet, written: Mapping[tuple[str, str], dict[str, str]]) -> list[Graded]:
    """All of it marked."""
    submissions = tuple(Submission(*pair, slots, "class.csv") for pair, slots in written.items())
    return grade(handed, Collected(submissions, ()))
