"""The example that `gradpath new` writes: an assignment that can be made as it is, and a roster."""

from __future__ import annotations

from pathlib import Path

from grader.assignments.assignment import FILE_NAME, ROSTER_NAME
from grader.files.files import create_text
from question_bank.language.spoken import languages
from question_bank.language.words import ENGLISH_CODE
from question_bank.questions.json_schema import schema_line
from question_bank.questions.recipe import Recipe, load_recipe, recipe_names


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
    proposed: dict[bool, str] = {}
    for name in sorted(shorter, key=lambda name: recipes[name].minutes):
        proposed.setdefault(recipes[name].difficulty.paths[1] > 1, name)  # the shortest of one path, and of several
    questions = "\n\n".join(
        f'[[questions]]\nrecipe = "{name}"\nask = "gradient"           # or "updated": the value after one step\n'
        f'parameter = "any"          # or one for everybody, such as "{recipes[name].parameters()[0].key}"\n'
        f"marks = {marks}"
        for name, marks in zip(proposed.values(), (4, 6), strict=False)
    )
    return f"""\
{schema_line("assignment")}
# An assignment. Edit this file and roster.csv, then run `gradpath make` on this folder.
# A rerun changes nothing that was handed out; it adds what is missing.

title = "Backpropagation, path by path"
course = "Introduction to neural networks"
due = 2030-01-31               # a date, a date with a time, or any text in quotation marks; may be left out
paper = "A4"                   # or "Letter"
language = "en"                # of what is printed; also {_others()}
marks_step = 0.5               # a question's marks are rounded once, half up; without it they are not
# show_marks = true            # the sheet says what its boxes are worth
# pins = true                  # answering online takes a PIN besides the sheet's id; `make` writes them to pins.csv

# Words and looks of your own (docs/face.md):
# [texts]
# instructions = "Show *all* working."
# allowed = "A calculator."
# [face]
# header = "Institute of Computing"
# logo = "logo.svg"            # PNG, JPEG or SVG, a file in this folder
# [pages]
# cover = true                 # instructions, and a table of marks
# formulas = true              # the functions and losses of the questions, on the last page
# working = "squared"          # or "ruled", "blank": a page behind each question

# One [[questions]] table for each question, in the order of the sheet. The recipes that come with gradpath:
{listed}
# A recipe of your own: recipe = "mine.toml", a file in this folder. A network of your own, with its numbers, the same
# for everybody or with some of them redrawn: network = "lecture.toml" in place of recipe (docs/own.md).
# More keys of a question: paths = "find" leaves the columns without headings, so that the paths are to be found;
# parameters = "all", "layer 1" or ["w1_31", "b1"] asks for several at once, in a table;
# forms = "mixed" lets students who are asked for "any" have more or fewer boxes than others;
# attempts = 3 is how often it may be answered online (without it: as often as one likes).

{questions}

# How marks are earned. Each line shows what holds without it; take the # away to change it. docs/marking.md explains
# all. `gradpath grade` goes by what stands here now, also for what was handed out already.
# [rubric]
# follow_through = 1.0         # part of a box's marks where it is right by the student's own earlier numbers
# cut_off = 1.0                # where it was cut off instead of rounded
# misconception = 0.0          # where it is what a known mistake gives
# slip = 0.0                   # where it is a slip of the pen: a sign, the point, a digit, the box beside it
# misreading = 0.1             # of the whole question: what misread givens cost, once
# rounded_early = 0.5          # where it was rounded too early
# swapped = 0.5                # where a path stands in another path's column
# working = "required"         # or "optional": a right answer alone earns all marks
# submissions = "last"         # or "best", of several submissions
# [rubric.weights]             # what a step of each role weighs; or [rubric.marks], marks that add up to the question's
# forward = 1
# factor = 1
# product = 1
# gradient = 2
# update = 1
# [rubric.late]                # without this table lateness costs nothing; due must be a date
# per_day = 0.1                # part of the marks for every day begun
# at_most = 0.5
# grace_minutes = 10
# One question's own rubric: [questions.rubric], with the same keys, below its [[questions]] table.
# Once questions are handed out, a table is known by its place: to take one away or move one, give those that stay
# their ids, such as id = "q2", and see that recipe, ask, parameter, paths and marks stay as they were handed out.
"""


def _others() -> str:
    quoted = [f'"{code}"' for code in languages() if code != ENGLISH_CODE]
    return " or ".join(", ".join(quoted).rsplit(", ", 1))


def _size(recipe: Recipe) -> str:
    slots = len(recipe.derivation(recipe.choices()[0], recipe.usually_asked).slots)
    return f"{slots:>2} slots, about {recipe.minutes} minutes"
