"""Everything that can stop a command, in one tree.

GradpathError
├── InputError            something that a person wrote cannot be used (also a ValueError)
│   ├── NetworkError      a network whose numbers or shapes do not fit
│   ├── RecipeError       a recipe or assignment with a wrong key or value
│   ├── NotationError     letters that cannot be set, or that would mean two things
│   └── FormulaError      a formula that a person wrote: shows it with a caret under the offending character
├── TooManyPaths          the derivation would not fit on any page
└── DrawError             no candidate passed certification: carries the table of rejections
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Self, TypeVar

_LONGEST_FOUND = 80


def found_text(value: object) -> str:
    """What was found, as a person would write it, cut where it would fill the screen.

    >>> found_text([0.5] * 1000)
    '[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5…'
    """
    # Dates and times of TOML, by what they alone have: the core knows no clock.
    text = str(value) if hasattr(value, "isoformat") else repr(value)
    text = text.lower() if isinstance(value, bool) else text
    return text if len(text) <= _LONGEST_FOUND else text[:_LONGEST_FOUND].rstrip(", ") + "…"


def entries(count: int) -> str:
    """How many entries a list has.

    >>> entries(0), entries(1), entries(3)
    ('no entries', 'one entry', '3 entries')
    """
    return "one entry" if count == 1 else f"{count or 'no'} entries"


class GradpathError(Exception):
    """Anything gradpath stops for on purpose."""


class InputError(GradpathError, ValueError):
    """What a person wrote cannot be used: which file, which place, what was found and expected, what to do.

    `further` are complaints about other places of what was read, each a line of its own.
    """

    def __init__(
        self,
        found: str,
        *,
        file: str | None = None,
        place: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.found = found
        self.file = file
        self.place = place
        self.expected = expected
        self.remedy = remedy
        self.further: tuple[InputError, ...] = ()
        super().__init__(str(self))

    def __str__(self) -> str:
        return "\n".join([self._line(), *map(str, self.further)])

    @property
    def all(self) -> tuple[InputError, ...]:
        """This complaint and those about other places, each by itself."""
        alone = copy(self)
        alone.further = ()
        return (alone, *(each for one in self.further for each in one.all))

    def _line(self) -> str:
        where = ", ".join(part for part in (self.file, self.place) if part)
        text = f"{where}: {self.found}" if where else self.found
        if self.expected:
            text += f"; expected {self.expected}"
        if self.remedy:
            text += f". {self.remedy[0].upper()}{self.remedy[1:]}"
        return text

    def at(self, *, file: str | None = None, place: str | None = None, remedy: str | None = None) -> Self:
        """The same complaint with these said instead: the inner code knows neither its file nor its place there."""
        told = copy(self)
        told.file, told.place, told.remedy = file or self.file, place or self.place, remedy or self.remedy
        told.further = tuple(each.at(file=file) for each in self.further)
        return told

    def in_file(self, file: str) -> Self:
        """The same complaint with the file named, unless it names one."""
        told = self.at(file=self.file or file)
        told.further = tuple(each.in_file(file) for each in self.further)
        return told

    def __copy__(self) -> Self:
        told = type(self).__new__(type(self), *self.args)
        told.__dict__.update(self.__dict__)
        return told


_Complaint = TypeVar("_Complaint", bound=InputError)


def together(complaints: Sequence[_Complaint]) -> _Complaint:
    """Several complaints as one, which says each on a line of its own; the first gives it its kind.

    >>> print(together([InputError("missing", place="a"), InputError("missing", place="b")]))
    a: missing
    b: missing
    """
    first, *others = complaints
    told = copy(first)
    told.further = (*first.further, *others)
    return told


def refuse(problems: Iterable[InputError]) -> None:
    """Raise all of these complaints together, if there are any; one that is raised on the way is the last of them."""
    found: list[InputError] = []
    try:
        found.extend(problems)
    except InputError as last:
        found.append(last)
    if found:
        raise together(found)


@contextmanager
def gathered(problems: list[InputError]) -> Iterator[None]:
    """Put what is complained of inside with other complaints, so that all can be said at once; and go on behind it."""
    try:
        yield
    except InputError as problem:
        problems += problem.all


class NetworkError(InputError):
    """A network whose numbers, names or shapes do not fit together."""


class NotationError(InputError):
    """Letters that cannot be set, or of which one would mean two things."""


class RecipeError(InputError):
    """A recipe or an assignment with a key or value that cannot be used."""


class FormulaError(InputError):
    """A formula that cannot be read: `column` counts its characters from 1."""

    def __init__(
        self,
        found: str,
        *,
        formula: str,
        column: int,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.formula = formula
        self.column = column
        super().__init__(found, expected=expected, remedy=remedy)

    def _line(self) -> str:
        return f"{super()._line()}\n    {self.formula}\n    {' ' * (self.column - 1)}^ column {self.column}"


class TooManyPaths(GradpathError, ValueError):
    """A parameter reaches the loss along more paths than can be worked by hand."""

    def __init__(self, parameter: str, count: int, limit: int) -> None:
        self.parameter = parameter
        self.count = count
        self.limit = limit
        super().__init__(
            f"{parameter} reaches the loss along {count:,} paths; the limit is {limit:,}. "
            "Ask for a parameter of a later layer, or take a narrower network."
        )


RELAX = {
    "rule 0": "see which divisor can be 0, or take smaller numbers",
    "rule 1": "record more places, or raise answer or elsewhere under [fairness]; where numbers are exact, numerator"
    " or denominator",
    "rule 2": "record more places where numbers are rounded, or widen the number ranges",
    "rule 3": "take smaller numbers, lower saturation, or allow zero_paths under [fairness]",
    "rule 4": "record more places where numbers are rounded, or take finer number ranges",
    "rule 5": "widen that band under [difficulty]",
}
"""What to do about a rule of certification that rejects too many draws."""


def strictest_rule(tried: int, rejections: Mapping[str, int]) -> str:
    """The rule that passes the smallest part of what reaches it: the first ones see the most, hence reject the most."""
    rules: dict[str, int] = {}
    for name, count in rejections.items():  # in the order of the tests
        rules[name[:6]] = rules.get(name[:6], 0) + count
    passing: dict[str, float] = {}
    for rule, count in rules.items():
        # Laplace's rule of succession (one more that passes, one that does not): a rule that few reach says little.
        passing[rule] = (tried - count + 1) / (tried + 2)
        tried -= count
    return min(passing, key=passing.__getitem__)


class DrawError(GradpathError):
    """No candidate passed certification; `rejections` says which test rejected how many of `tried`."""

    def __init__(self, recipe: str, parameter: str, tried: int, rejections: Mapping[str, int]) -> None:
        self.recipe = recipe
        self.parameter = parameter
        self.tried = tried
        self.rejections = dict(rejections)
        rows = sorted(self.rejections.items(), key=lambda row: -row[1])
        width = max((len(name) for name, _ in rows), default=0)
        table = "\n".join(f"  {name:<{width}}  {count:>9,}" for name, count in rows)
        strictest = strictest_rule(tried, self.rejections)
        worst = max((name for name in self.rejections if name.startswith(strictest)), key=self.rejections.__getitem__)
        super().__init__(
            f"recipe {recipe!r}, asked for {parameter}: none of {tried:,} candidates passed certification.\n"
            f"Rejected by (each candidate counts at the first test that it fails):\n{table}\n"
            f"Hardly any that gets there passes {worst}. To relax it: {RELAX[strictest]}; or ask for another "
            "parameter."
        )
