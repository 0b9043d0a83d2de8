"""`gradpath check`: a recipe tried out on a thousand draws, in words for whoever wants to give it to a class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
import typer

from grader.commands.bank import console_and_width
from grader.commands.progress import bar, counted
from grader.files.files import replacing
from question_bank.errors import RELAX, InputError, RecipeError, strictest_rule
from question_bank.misconceptions import CATALOGUE
from question_bank.networks.notation import in_letters
from question_bank.questions.about import About
from question_bank.questions.draws import CANDIDATE_LIMIT, draw
from question_bank.questions.recipe import Recipe, load_recipe
from question_bank.questions.switches import switched
from question_bank.questions.trial import Form, Trial, forms_of, told_apart, try_out

if TYPE_CHECKING:
    from question_bank.derivations.derivation import Derivation

CLASS = 1_000
"""The students of whom it is said how likely two equal sheets are."""
_MANY, _FEW = 0.01, 10 / CANDIDATE_LIMIT
"""Which part of the draws is enough to be quick, and below which part some student may get no sheet at all."""
_NAMED, _WORTH_NAMING = 3, 0.001
"""So many mistakes are named of a reason, if they reject this part of the draws."""
_BINS = 40
_BARS = " ▁▂▃▄▅▆▇█"

_REASONS = {
    "rule 0": "a divisor is 0, or a number is too large to be worked with",
    "rule 3": "a factor is 0 or nearly ±1, or a function is flat there: a step would not show",
    "rule 4": "a value lies so near a kink or a division by 0 that rounding could cross it",
    "rule 5: paths": "the paths nearly cancel each other",
    "rule 5: negative": "too many or too few factors are below 0",
    "rule 5: inactive": "too many or too few units are off",
    "rule 5": "the numbers are easier or harder to work with than the band allows",
    "rule 1: a number": "an exact number is too long to work with by hand, or is a 0 or 1, which shows no work",
    "rule 1": "rounding alone could move some box too far, or over 0",
    "rule 2": "a known mistake would give the right number, or one that rounding gives",
}
"""What the tests of certification mean to a lecturer, the more special ones first."""
_LIKE_SLIPS = "a known mistake would be written like a slip of the pen"


def check(name: str, *, draws: int, png: Path | None) -> int:
    """Try a recipe out and say what came of it; the exit code is 1 if no draw can be used."""
    recipe = load_recipe(name)
    if png is not None and png.suffix.lower() != ".png":
        raise InputError(str(png), place="--png", expected="the name of a .png file")
    one = About.of(name, recipe)
    with bar("drawing and certifying", draws) as progress:
        trial = try_out(recipe, draws, progress)
    _print(one, trial)
    if not trial.certified:
        return 1
    if png is not None:
        _picture(recipe, name, png)
    return 0


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence, and what stands before it: where it goes on below, it is indented by as much."""

    text: str
    before: str = ""


def _print(one: About, trial: Trial) -> None:
    from rich.text import Text

    console, width = console_and_width()
    console.print(Text(f"{one.recipe.title} ({one.name})", style="bold"))
    sections = list(_sections(one, trial))
    widest = max(len(heading) for heading, _ in sections) + 2
    for heading, lines in sections:
        below = " " * widest
        wrapped = [
            part
            for line in lines
            for part in wrap(
                line.text,
                width,
                initial_indent=below + line.before,
                subsequent_indent=below + " " * len(line.before),
                break_on_hyphens=False,
            )
        ]
        first = Text(heading, style="bold").append(wrapped[0][len(heading) :], style="not bold")
        console.print(first, soft_wrap=True)
        for text in wrapped[1:]:
            console.print(Text(text), soft_wrap=True)


def _sections(one: About, trial: Trial) -> Iterator[tuple[str, list[_Line]]]:
    recipe = one.recipe
    yield "draws", [_Line(text) for text in _acceptance(trial)]
    if rejected := list(_rejected(trial)):
        yield "not used", rejected
    yield "work", [_Line(text) for text in _work(forms_of(recipe))]
    if trial.certified:
        yield "difficulty", [_Line(text) for text in _difficulty(recipe, trial)]
        chance = trial.chance_of_equal_sheets(CLASS)
        yield "equal sheets", [_Line(f"in a class of {CLASS:,}, two with the same numbers: {_likely(chance)}")]
    yield "mistakes", list(_mistakes(trial.derivation, trial))
    if recipe.switches:
        yield "switches", [_Line(text) for text in _switches(recipe)]


def _acceptance(trial: Trial) -> Iterator[str]:
    part = trial.certified / trial.tried
    if not trial.certified:
        yield f"None of {trial.tried:,} draws of numbers can be used: nobody would get a sheet."
    else:
        one_in = round(1 / part)
        every = "nearly every one" if one_in <= 1 else f"one in {one_in:,}"
        yield f"{trial.certified:,} of {trial.tried:,} draws of numbers can be used: {every}."
    if part >= _MANY:
        yield "That is enough: a class is drawn quickly."
        return
    if part >= _FEW:
        yield "That is few: drawing takes its time."
    elif trial.certified:
        yield f"That is too few: of {CANDIDATE_LIMIT:,} draws, after which it is given up, a student may get none."
    rule = strictest_rule(trial.tried, trial.rejections)
    yield f"What would change most: {RELAX[rule]} ({_reason(rule)})."


def _rejected(trial: Trial) -> Iterator[_Line]:
    """Why draws are not used, the commonest reason first, in parts of all draws."""
    reasons: Counter[str] = Counter()
    culprits: dict[str, Counter[str]] = {}
    for test, count in trial.rejections.items():
        reason = _reason(test)
        reasons[reason] += count
        if test.startswith("rule 2: "):
            mistake = test.removeprefix("rule 2: ").partition(",")[0]
            culprits.setdefault(reason, Counter())[mistake] += count
    for reason, count in reasons.most_common():
        yield _Line(reason, _percent(count / trial.tried))
        for mistake, times in culprits.get(reason, Counter()).most_common(_NAMED):
            if times / trial.tried >= _WORTH_NAMING:
                yield _Line(_sentence(mistake), "  " + _percent(times / trial.tried))


def _percent(part: float) -> str:
    return f"{100 * part:4.1f} %  " if part >= _WORTH_NAMING else " < 0.1 %  "[-8:]


def _reason(test: str) -> str:
    if test.startswith("rule 2") and test.endswith("as a slip of the pen"):
        return _LIKE_SLIPS
    return next((words for begins, words in _REASONS.items() if test.startswith(begins)), test)


def _sentence(mistake: str) -> str:
    """What the catalogue says of a mistake to the instructor."""
    return next((in_letters(entry.instructor) for entry in CATALOGUE if entry.id == mistake), mistake)


def _work(forms: Sequence[Form]) -> Iterator[str]:
    first, *others = forms
    yield f"{_size(first)}, the same for everybody: {_parameters(first)}"
    for form in others:
        yield f'with forms = "mixed" also {_size(form)}: {_parameters(form)}'


def _size(form: Form) -> str:
    boxes = "1 box" if form.boxes == 1 else f"{form.boxes} boxes"
    if form.paths:
        return f"{boxes} and {counted(form.paths, 'path')}"
    return f"{boxes} {form.manner}".strip()


def _parameters(form: Form) -> str:
    keys = [parameter.key for parameter in form.parameters]
    which = "all of" if form.together else "one of"
    return keys[0] if len(keys) == 1 else f"{which} {len(keys)}, {keys[0]} to {keys[-1]}"


def _difficulty(recipe: Recipe, trial: Trial) -> Iterator[str]:
    low, high = recipe.difficulty.score
    easy, middle, hard = np.quantile(trial.difficulty, (0.0, 0.5, 1.0))
    yield f"from {easy:.2f} to {hard:.2f}, half of the sheets below {middle:.2f}; the band is {low:g} to {high:g}"
    yield _histogram(trial)
    if len(trial.open_difficulty):
        tenth, ninetieth = np.quantile(trial.open_difficulty, (0.1, 0.9))
        yield f"without a band the middle 80 % would lie from {tenth:.2f} to {ninetieth:.2f}"


def _histogram(trial: Trial) -> str:
    """How many sheets there are of each difficulty, from 0 to 1."""
    counts = np.histogram(trial.difficulty, _BINS, (0.0, 1.0))[0]
    heights = np.ceil(counts / counts.max() * (len(_BARS) - 1)).astype(int)
    return f"0 |{''.join(_BARS[height] for height in heights)}| 1"


def _likely(chance: float) -> str:
    if chance >= 0.001:
        # Two digits of 99.6 would be written 1e+02.
        return f"a chance of {100 * chance:.{2 if chance < 0.995 else 3}g} % at the most"
    return (
        "hardly ever (less than 1 in 1,000,000)" if chance < 1e-6 else f"1 in {round(1 / chance, -3):,.0f} at the most"
    )


def _mistakes(derivation: Derivation, trial: Trial) -> Iterator[_Line]:
    apart = told_apart(derivation)
    every = len(apart.alone) + len({name for some in apart.alike for name in some})
    yield _Line(
        f"{counted(every, 'known mistake')} can happen here; {len(apart.alone)} of them are named by the box that they "
        "spoil (`gradpath misconceptions` explains the names)."
    )
    yield from _alike("In a box these give the same number, and are named together:", apart.alike)
    yield from _alike("Where nothing but the answer is written, so do these:", apart.alike_at_answer)
    if apart.hidden:
        yield _Line(f"These never change the answer and are seen in their box only: {', '.join(apart.hidden)}.")
    if trial.certified:
        yield _Line(f"By chance {trial.together:.1f} pairs give one number in their box, on an average sheet.")


def _alike(heading: str, groups: Sequence[Sequence[str]]) -> Iterator[_Line]:
    if groups:
        yield _Line(heading)
        yield from (_Line(" = ".join(names), "  ") for names in groups)


def _switches(recipe: Recipe) -> Iterator[str]:
    """Whether the values of its switches can be read; drawing with each is a check of its own."""
    wrong = 0
    for key, values in recipe.switches.items():
        for value in values:
            try:
                switched(recipe, key, value)
            except RecipeError as error:
                wrong += 1
                yield f"{key} = {value!r} does not fit: {error}"
    if not wrong:
        yield f"all {counted(sum(map(len, recipe.switches.values())), 'value')} of {', '.join(recipe.switches)} fit"


def _picture(recipe: Recipe, name: str, path: Path) -> None:
    from grader.sheets.printing.picture import sheet_png

    (question,) = draw(recipe, [b"gradpath check"], quantity=recipe.usually_asked, forms="same", name=name)
    picture = sheet_png(question, recipe.title)
    with replacing(path) as file:
        file.write(picture)
    typer.echo(f"Wrote {path}")
