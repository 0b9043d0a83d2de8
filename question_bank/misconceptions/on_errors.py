"""Mistakes in finding an error: another line named, or a correction that corrects nothing, or not all of it."""

from __future__ import annotations

from question_bank.expressions.expression import Const, Ref, references, substituted
from question_bank.expressions.names import Name, printed_line
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants


def _numbers(site: Site) -> dict[Name, int]:
    return {step.name: number for number, step in enumerate(site.derivation.lines, 1)}


def _following(site: Site) -> list[int]:
    """The lines that are worked from the wrong one, or from one that is, in order."""
    derivation = site.derivation
    assert derivation.solution is not None  # asked of worked solutions
    numbers = _numbers(site)
    after = (derivation.solution.steps[at].name for at in derivation.solution.cone(derivation.planted.step))
    return [numbers[name] for name in after if name in numbers]


def following_line_named(site: Site) -> Variants:
    """The first line that follows from the wrong one."""
    return tuple(Const(float(number)) for number in _following(site)[:1])


def last_line_named(site: Site) -> Variants:
    """The last line, where the solution's answer stands."""
    last = len(site.derivation.lines)
    return (Const(float(last)),) if last not in (site.derivation.wrong_line, *_following(site)[:1]) else ()


def line_before_named(site: Site) -> Variants:
    """A line that the wrong one reads: its value went wrong on the way, and stands there rightly."""
    derivation = site.derivation
    assert derivation.solution is not None  # asked of worked solutions
    formula = derivation.solution.step(derivation.planted.step).formula
    assert formula is not None  # a line is worked
    numbers = _numbers(site)
    read = dict.fromkeys(numbers[name] for name in references(formula) if name in numbers)
    return tuple(Const(float(number)) for number in read)


def error_kept(site: Site) -> Variants:
    """What the wrong line says."""
    return (Ref(printed_line(site.derivation.wrong_line)),)


def following_value(site: Site) -> Variants:
    """What the first line says that follows from the wrong one."""
    return tuple(Ref(printed_line(number)) for number in _following(site)[:1])


def gradient_kept(site: Site) -> Variants:
    """The gradient as it is printed."""
    return (Ref(printed_line(len(site.derivation.lines))),)


def correction_stopped(site: Site) -> Variants:
    """The last line over the printed lines, one of which follows from the wrong one, or is that."""
    derivation = site.derivation
    assert derivation.solution is not None  # asked of worked solutions
    name: Name = derivation.lines[-1].name
    last, numbers = derivation.step(name), _numbers(site)
    if last.formula is None or name == derivation.planted.step:
        return ()
    open_to = dict.fromkeys(read for read in references(last.formula) if read in numbers)
    if len(open_to) < 2:
        return ()
    return tuple(substituted(last.formula, {kept: Ref(printed_line(numbers[kept]))}) for kept in open_to)


_LINE, _CORRECTED, _GRADIENT = ("wrong_line",), ("corrected_line",), ("corrected_gradient",)

ON_ERRORS = (
    Misconception(
        "line_that_follows",
        _LINE,
        following_line_named,
        N_("Look at what this line is worked from: does it follow rightly from what is printed there?"),
        N_("Named the first line that follows from the wrong one."),
    ),
    Misconception(
        "last_line_named",
        _LINE,
        last_line_named,
        N_(
            "Look at how the last line comes of those above it: which is the first that does not follow from what is"
            " printed before it?"
        ),
        N_("Named the last line, whose value is wrong only because of what it is worked from."),
    ),
    Misconception(
        "line_before_named",
        _LINE,
        line_before_named,
        N_("Work this line's formula over what is printed before it; then look at where its value goes."),
        N_("Named a line that the wrong one is worked from, and that is right."),
    ),
    Misconception(
        "error_kept",
        _CORRECTED,
        error_kept,
        N_("Check the line's formula yourself, without looking at the value that is printed."),
        N_("Wrote the wrong line's value down once more as its correction."),
    ),
    Misconception(
        "correction_of_next",
        _CORRECTED,
        following_value,
        N_("Look at which line you have worked: the correction is what the wrong line itself should say."),
        N_("Wrote the value of a line that follows from the wrong one as its correction."),
    ),
    Misconception(
        "error_carried_on",
        _GRADIENT,
        gradient_kept,
        N_("Look at what the printed gradient is worked from: does the error still stand in it?"),
        N_("Left the gradient as it is printed, though it follows from the error."),
    ),
    Misconception(
        "correction_stopped",
        _GRADIENT,
        correction_stopped,
        N_("Follow the correction through every line that is worked from it, and from what follows."),
        N_("Worked the gradient from a line that is printed, and follows from the error."),
    ),
)
