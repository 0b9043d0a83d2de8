"""What values are called: a symbol, a local derivative of two of them, or what is worked from those.

A name is what the program knows a value by; in files it is written as its key, and this is the only module that takes
keys apart: `letter[layer][_i[,j…]][@time][#example][~round]` for a symbol, `dKEY/dKEY[:use]` for a local derivative,
`path_N.product`, `gradient` and `updated` for the rest, with the value's own key before them where several have one:
`w1_31.gradient`, `a1_3.gradient`, `w1_31.updated`, and of a velocity `w1_31.v~2`. A letter may be a word: `yhat`, or
what a person calls a value of a circuit. An error term is `a1_3.error`, what comes back to its unit `h1_3.back`, and
the part of a derivative that comes through one use of a value `x.via.q`. A gradient is checked by `raised`, `lowered`
and `quotient`. A worked solution with an error in it prints the values `line_1`, `line_2`, …; which of them is wrong is
`wrong_line`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, TypeVar

_SYMBOL = re.compile(r"([a-z]+|L|[A-Z](?!\d))(\d+)?(?:_(\d+(?:,\d+)*))?(?:@(-?\d+))?(?:#(\d+))?(?:~(\d+))?")
_PACKED = ("w", "u")
"""Letters that have two indices, which are written without a comma where both are below 10."""
_ALL: dict[tuple[object, ...], Any] = {}
"""Every name that was made, by its parts: those of a symbol, of a derivative and of the rest are not as many."""


class _Once(type):
    """Equal names are one object: known by identity, they cost a dictionary little more than strings."""

    def __call__(cls, *parts: Any, **named_parts: Any) -> Any:
        made = super().__call__(*parts, **named_parts)
        return _ALL.setdefault(made.__reduce__()[1], made)  # a single operation, so that threads get the same object


class _Name(metaclass=_Once):
    __slots__ = ()
    __match_args__: tuple[str, ...]

    @property
    def key(self) -> str:
        """The name in files.

        >>> Symbol("w", 1, (3, 1)).key, Symbol("w", 1, (12, 1)).key, Symbol("h", 2, (12,), time=3).key
        ('w1_31', 'w1_12,1', 'h2_12@3')
        >>> Local(Symbol("a", 2, (1,)), Symbol("h", 1, (3,))).key, Local(Symbol("L"), Symbol("yhat", None, (1,)), 2).key
        ('da2_1/dh1_3', 'dL/dyhat_1:2')
        """
        return _written(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple([getattr(self, part) for part in self.__match_args__])


@dataclass(frozen=True, slots=True, eq=False)
class Symbol(_Name):
    """A value of the network, or a given: `index` is its unit, or a weight's two units (to, from).

    `of` is the parameter for which an update carries it, where several parameters are updated.
    """

    letter: str
    layer: int | None = None
    index: tuple[int, ...] = ()
    time: int | None = None
    example: int | None = None
    round: int | None = None
    of: Symbol | None = None

    @property
    def family(self) -> tuple[str, int | None]:
        """Letter and layer, which a matrix's weights have in common, and a layer's biases and units."""
        return self.letter, self.layer


@dataclass(frozen=True, slots=True, eq=False)
class Local(_Name):
    """The derivative of one value with respect to an input of it; `use` counts where it is an input more than once."""

    above: Symbol
    below: Symbol
    use: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Derived(_Name):
    """What is worked from local derivatives: a path's product, a gradient, or a parameter's new value.

    `of` is what the loss is differentiated with respect to, or what has a new value; None where only one is asked for.
    An `error` is a unit's error term, and `back` the sum that comes back to the output of the unit. A `part` is what
    comes `through` one node, of several that use a value; `use` counts where that one reads it more than once. To
    check a gradient there is the output with the parameter `raised` by ε, and `lowered` by it, and the difference
    `quotient` of the two. Of a worked solution there is the number of its `wrong_line`.
    """

    what: What
    path: int | None = None
    of: Symbol | None = None
    through: Symbol | None = None
    use: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class General(_Name):
    """A name that stands for any value of a kind, in what a page says before its numbers; no file has a key of it.

    `at` are the letters of its unit, as LaTeX; `above` is that of its time or example.
    """

    letter: str
    at: str = ""
    layer: int | None = None
    above: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Letter(_Name):
    """What a formula counts by, or says by itself what it stands for: as LaTeX, the same in every notation."""

    text: str


What = Literal["product", "gradient", "updated", "error", "back", "part", "raised", "lowered", "quotient", "wrong_line"]
Name = Symbol | Local | Derived | General | Letter
_Some = TypeVar("_Some", Symbol, Local, Derived)

GRADIENT = Derived("gradient")
UPDATED = Derived("updated")
RAISED, LOWERED, QUOTIENT = Derived("raised"), Derived("lowered"), Derived("quotient")
WRONG_LINE = Derived("wrong_line")
_OF_A_CHECK = {name.what: name for name in (RAISED, LOWERED, QUOTIENT, WRONG_LINE)}

_LINE = "line"


def printed_line(number: int) -> Symbol:
    """The value that a line of a worked solution prints.

    >>> printed_line(3).key
    'line_3'
    """
    return Symbol(_LINE, None, (number,))


def is_line(name: Name) -> bool:
    """Whether it is what a line of a worked solution prints."""
    return isinstance(name, Symbol) and name.letter == _LINE


@cache
def _written(name: _Name) -> str:
    match name:
        case Local(above, below, use):
            return f"d{above.key}/d{below.key}" + (f":{use}" if use > 1 else "")
        case Derived("part", of=Symbol() as of, through=Symbol() as through, use=use):
            return f"{of.key}.via.{through.key}" + (f":{use}" if use > 1 else "")
        case Derived(what, path, of):
            return what if path is None and of is None else f"{f'path_{path}' if of is None else of.key}.{what}"
        case Symbol(letter, layer, index):
            packed = letter in _PACKED and len(index) > 1 and max(index) < 10
            numbers = ("" if packed else ",").join(map(str, index))
            parts = (("@", name.time), ("#", name.example), ("~", name.round))
            rest = "".join(f"{sign}{number}" for sign, number in parts if number is not None)
            before = "" if name.of is None else f"{name.of.key}."
            return f"{before}{letter}{'' if layer is None else layer}{'_' if numbers else ''}{numbers}{rest}"
    raise TypeError(f"{name!r} is no name")


_DERIVED = re.compile(r"path_(\d+)\.product|(?:([^./]+)\.)?(gradient|updated)|([^./]+)\.(error|back)")
_DERIVED_WORDS: dict[str, What] = {"gradient": "gradient", "updated": "updated", "error": "error", "back": "back"}
_PART = re.compile(r"([^./]+)\.via\.([^./:]+)(?::(\d+))?")


@lru_cache(maxsize=65536)
def named(key: str) -> Name:
    """The name that a key writes; raises ValueError where it writes none, or not as files have it.

    >>> named("h1_3"), named("b2")
    (Symbol(letter='h', layer=1, index=(3,), ...), Symbol(letter='b', layer=2, index=(), ...))
    >>> named("da2_1/dh1_3").below.layer, named("path_2.product"), named("b2.updated").of
    (1, Derived(what='product', path=2, ...), Symbol(letter='b', layer=2, index=(), ...))
    >>> named("a1_3.error").what, named("x.via.q").through.key, named("x.via.q:2").use
    ('error', 'q', 2)
    """
    if key in _OF_A_CHECK:
        return _OF_A_CHECK[key]
    if derived := _DERIVED.fullmatch(key):
        path, of, what, unit, term = derived.groups()
        if path is not None:
            return _as_written(Derived("product", int(path)), key)
        if term is not None:
            return _as_written(Derived(_DERIVED_WORDS[term], None, symbol(unit)), key)
        return _as_written(Derived(_DERIVED_WORDS[what], None, symbol(of) if of else None), key)
    if part := _PART.fullmatch(key):
        of, through, use = part.groups()
        return _as_written(Derived("part", None, symbol(of), symbol(through), int(use or 1)), key)
    if "/" in key:
        above, _, below = key.partition("/")
        below, _, use = below.partition(":")
        if above[:1] == below[:1] == "d" and (not use or use.isdigit()):
            return _as_written(Local(symbol(above[1:]), symbol(below[1:]), int(use or 1)), key)
        raise ValueError(f"{key!r} is no step's key")
    return symbol(key)


@lru_cache(maxsize=65536)
def symbol(key: str) -> Symbol:
    """The symbol that a key writes; raises ValueError where it writes none, or not as files have it.

    >>> symbol("yhat_12").index, symbol("w1_12,1").index, symbol("eta")
    ((12,), (12, 1), Symbol(letter='eta', layer=None, index=(), ...))
    >>> symbol("w1_31.v~2").of == symbol("w1_31")
    True
    """
    before, _, own = key.rpartition(".")
    of = symbol(before) if before else None
    match = _SYMBOL.fullmatch(own)
    if match is None:
        raise ValueError(f"{key!r} is no step's key")
    letter, layer, index, *rest = match.groups()
    if index is None:
        numbers: tuple[int, ...] = ()
    elif letter in _PACKED and "," not in index:
        numbers = tuple(map(int, index))
    else:
        numbers = tuple(map(int, index.split(",")))
    time, example, round_ = (None if each is None else int(each) for each in rest)
    return _as_written(Symbol(letter, None if layer is None else int(layer), numbers, time, example, round_, of), key)


def symbol_or_none(key: str) -> Symbol | None:
    """The symbol that a key writes, None where it writes none."""
    try:
        return symbol(key)
    except ValueError:
        return None


def _as_written(name: _Some, key: str) -> _Some:
    if name.key != key:
        raise ValueError(f"{key!r} is no step's key")
    return name


def as_name(name: Name | str) -> Name:
    """A name, or the one that a key writes: for people who look a value up by what they read in a file.

    Raises KeyError, like a lookup, for what is no key.
    """
    try:
        return named(name) if isinstance(name, str) else name
    except ValueError:
        raise KeyError(name) from None


def slot_parts(name: str) -> tuple[int | None, str]:
    """The column's number of a slot's name, None outside the columns, and what is written there.

    >>> slot_parts("path_2.da2_1/dh1_3"), slot_parts("path_1.factor_3"), slot_parts("w1_31.gradient")
    ((2, 'da2_1/dh1_3'), (1, 'factor_3'), (None, 'w1_31.gradient'))
    >>> slot_parts("path_of.mine")  # what somebody made up
    (None, 'path_of.mine')
    """
    column, _, what = name.partition(".")
    number = column.removeprefix(_COLUMN)
    inside = column.startswith(_COLUMN) and number.isdecimal() and len(number) < _DIGITS_OF_COLUMNS
    return (int(number), what) if inside else (None, name)


def slot_name(column: int | None, what: str) -> str:
    """The name of a slot in a path's column, or outside the columns.

    >>> slot_name(2, "factor_3"), slot_name(None, "h1_3")
    ('path_2.factor_3', 'h1_3')
    """
    return what if column is None else f"{_COLUMN}{column}.{what}"


_COLUMN = "path_"
_DIGITS_OF_COLUMNS = 10
WORKING = "working"
"""The name under which the whole working may be typed; of one column it stands behind that one's number."""
