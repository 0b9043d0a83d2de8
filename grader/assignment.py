"""An assignment's folder: assignment.toml, the roster, and the questions that are drawn for every student."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader import question_set
from grader.files import create_text, read_text
from grader.question_set import HandedQuestion, QuestionSet, hand_out
from question_bank.draws import draw
from question_bank.errors import InputError, RecipeError
from question_bank.recipe import Recipe, load_recipe, recipe_names, validation_error

FILE_NAME = "assignment.toml"
ROSTER_NAME = "roster.csv"
_LARGEST_FILE = 1_000_000

Progress = Callable[[int], None]
"""Told how many more questions are drawn."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class QuestionPart(_Model):
    """One `[[questions]]` table."""

    recipe: str
    ask: Literal["gradient", "updated"] = "gradient"
    parameter: str = "any"
    marks: Annotated[float, Field(gt=0, le=1000)]


class Assignment(_Model):
    """assignment.toml."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    course: Annotated[str, Field(max_length=120)] = ""
    due: date | datetime | Annotated[str, Field(max_length=60)] | None = None
    paper: Literal["A4", "Letter"] = "A4"
    questions: Annotated[list[QuestionPart], Field(min_length=1, max_length=50)]

    @property
    def due_text(self) -> str:
        """The due date as a sheet prints it, empty without one."""
        if isinstance(self.due, datetime):
            return f"{self.due:%Y-%m-%d %H:%M}"
        return "" if self.due is None else str(self.due)


@dataclass(frozen=True, slots=True)
class Made:
    """What `make` came to: the whole set, how many of its questions are new, and what an instructor should know."""

    assignment: Assignment
    questions: QuestionSet
    drawn: int
    remarks: tuple[str, ...]


def load_assignment(folder: Path) -> Assignment:
    """Read and check a folder's assignment.toml, its recipes and parameters included.

    Raises InputError with file, key, what was found and what was expected.
    """
    path = folder / FILE_NAME
    if not path.exists():
        raise InputError("there is no such file", file=str(path), remedy=f"`gradpath new {folder}` writes an example")
    try:
        assignment = Assignment.model_validate(tomllib.loads(read_text(path, _LARGEST_FILE)))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not well formed: {error}", file=str(path), remedy="mend that place and try again") from error
    except ValidationError as error:
        complaint = validation_error(error, str(path), RecipeError)
        # pydantic counts from 0; people count the tables from 1.
        place = re.sub(r"\.(\d+)", lambda found: f"[{int(found[1]) + 1}]", complaint.place or "")
        raise RecipeError(
            complaint.found, file=complaint.file, place=place, expected=complaint.expected, remedy=complaint.remedy
        ) from error
    for number, part in enumerate(assignment.questions, 1):
        _check(part, number, folder, path)
    return assignment


def _check(part: QuestionPart, number: int, folder: Path, path: Path) -> None:
    try:
        recipe = load_recipe(part.recipe, folder)
        parameter = part.parameter if part.parameter != "any" else recipe.parameters()[0]
        recipe.derivation(parameter, part.ask)
    except InputError as error:
        if error.file:
            raise
        place = f"questions[{number}]" + (f".{error.place}" if error.place else "")
        raise RecipeError(
            error.found, file=str(path), place=place, expected=error.expected, remedy=error.remedy
        ) from error


def make(
    assignment: Assignment,
    folder: Path,
    students: Sequence[str],
    *,
    redraw: bool = False,
    progress: Progress = lambda count: None,
    before_saving: Callable[[Collection[str]], None] = lambda students: None,
) -> Made:
    """Draw what is missing for these students and keep it in questions.json.

    What was handed out stays as it is, also for students who have left. `redraw` sets all of that aside, in a file of
    its own, and draws anew with another secret. `before_saving` is told whose questions change while questions.json
    is still the old one. Raises InputError, DrawError.
    """
    path = folder / question_set.FILE_NAME
    before = question_set.load(path) if path.exists() else None
    base = QuestionSet.begin(assignment.title) if before is None or redraw else before
    kept = {(handed.student, handed.question): handed for handed in base.questions}
    fresh: dict[tuple[str, str], HandedQuestion] = {}
    for number, part in enumerate(assignment.questions, 1):
        name = f"q{number}"
        waiting = [student for student in students if (student, name) not in kept]
        if waiting:
            fresh |= _draw_for(waiting, name, part, base, folder, progress)
    if fresh:
        if before is not None and redraw:
            question_set.save(before, _set_aside(path))
            before_saving(before.by_student())
        before_saving({student for student, _ in fresh})
        everything = kept | fresh
        order = {student: at for at, student in enumerate(students)}
        ranked = sorted(everything, key=lambda pair: (order.get(pair[0], len(order)), int(pair[1][1:])))
        base = base.model_copy(update={"questions": tuple(everything[pair] for pair in ranked)})
        question_set.save(base, path)
    return Made(assignment, base, len(fresh), tuple(_remarks(assignment, students, kept)))


def _draw_for(
    students: Sequence[str], name: str, part: QuestionPart, base: QuestionSet, folder: Path, progress: Progress
) -> dict[tuple[str, str], HandedQuestion]:
    recipe = load_recipe(part.recipe, folder)
    keys = [base.draw_key(student, name) for student in students]
    drawn = draw(recipe, keys, parameter=part.parameter, quantity=part.ask, name=part.recipe, progress=progress)
    return {
        (student, name): hand_out(
            question,
            student=student,
            number=name,
            sheet_id=base.sheet_id(student),
            recipe=part.recipe,
            marks=part.marks,
            weights={str(role): weight for role, weight in recipe.marks.items()},
        )
        for student, question in zip(students, drawn, strict=True)
    }


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.stem}.before-redraw-{number}{path.suffix}")).exists():
        number += 1
    return aside


def _remarks(assignment: Assignment, students: Sequence[str], kept: dict[tuple[str, str], HandedQuestion]) -> list[str]:
    """Where what was handed out is no longer what assignment.toml and the roster say."""
    remarks = []
    changed = set()
    for handed in kept.values():
        number = int(handed.question[1:])
        if number > len(assignment.questions):
            changed.add(handed.question)
            continue
        part = assignment.questions[number - 1]
        asked = part.parameter in ("any", handed.ask["parameter"]) and part.ask == handed.ask["quantity"]
        if not asked or (part.recipe, part.marks) != (handed.recipe, handed.marks):
            changed.add(handed.question)
    if changed:
        names = ", ".join(sorted(changed, key=lambda name: int(name[1:])))
        remarks.append(
            f"{FILE_NAME} now says something else about {names} than was handed out; "
            "what was handed out stays (--redraw draws everything anew)"
        )
    left = {student for student, _ in kept} - set(students)
    if left:
        remarks.append(f"{len(left)} who got questions are no longer in {ROSTER_NAME}; their questions are kept")
    return remarks


def create(folder: Path) -> list[Path]:
    """Write an example assignment.toml and roster.csv where there are none; returns those written."""
    texts = {FILE_NAME: example_assignment(), ROSTER_NAME: EXAMPLE_ROSTER}
    return [folder / name for name, text in texts.items() if create_text(folder / name, text)]


EXAMPLE_ROSTER = "id,name\ns1001,Ada Example\ns1002,Ben Example\ns1003,Cleo Example\n"


def example_assignment() -> str:
    """A commented assignment.toml that can be made as it is; it asks the shorter recipes."""
    recipes = {name: load_recipe(name) for name in recipe_names()}
    width = max(map(len, recipes))
    listed = "\n".join(f"#   {name:<{width}}  {_size(recipe)}: {recipe.title}" for name, recipe in recipes.items())
    shorter = [name for name, recipe in recipes.items() if recipe.forward == "given"] or list(recipes)
    proposed = sorted(shorter, key=lambda name: recipes[name].minutes)[:2]
    questions = "\n\n".join(
        f'[[questions]]\nrecipe = "{name}"\nask = "gradient"           # or "updated": the value after one step\n'
        f'parameter = "any"          # or one for everybody, such as "{recipes[name].parameters()[0]}"\nmarks = {marks}'
        for name, marks in zip(proposed, (4, 6), strict=False)
    )
    return f"""\
# An assignment. Edit this file and roster.csv, then run `gradpath make` on this folder.
# A rerun changes nothing that was handed out; it adds what is missing.

title = "Backpropagation, path by path"
course = "Introduction to neural networks"
due = 2030-01-31               # a date, a date with a time, or any text in quotation marks; may be left out
paper = "A4"                   # or "Letter"

# One [[questions]] table for each question, in the order of the sheet. The recipes that come with gradpath:
{listed}
# A recipe of your own: recipe = "mine.toml", a file in this folder.

{questions}
"""


def _size(recipe: Recipe) -> str:
    slots = len(recipe.derivation(recipe.parameters()[0], "gradient").slots)
    return f"{slots:>2} slots, about {recipe.minutes} minutes"
