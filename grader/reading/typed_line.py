"""A line of working as it is typed: `(-0.46*0.1771*0.2) + (0.5)(0.3) = -0.0163 + 0.15 = 0.1337`.

    working = chain { (newline | ";") chain }
    chain   = [ name ] [ sum ] { "=" [ sum ] }      nothing may stand before the first and after the last =
    name    = what is worked out, with its =: `dL/dw =`, `∂L/∂w1_31 =`, `gradient:`, `path 1:`; after dL/dw also the
              product in symbols, `dL/dŷ · dŷ/da =`; by other letters where the sheet has such: `dC/dw^2_31 =`
    sum     = term { ("+" | "-") term }
    term    = factor { [ "*" ] factor }             the sign may be missing next to parentheses
    factor  = number | [ sign ] "(" sum ")"

Times is * × · ⋅ or x, parentheses may be brackets or braces, = may be ≈. A number is what `grader.reading.number.read`
takes, spelled as there: `0,5`, `−3.19×10⁻³`, `2/3`. Characters, factors and depth are bounded; nothing is run.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NoReturn

from grader.files.safe_names import printable
from grader.reading.number import Blank, Reading, Stopped, Unreadable, alike, read
from question_bank.language.words import _

LONGEST: Final = 4_000
"""Characters of a working."""

MOST_FACTORS: Final = 400
DEEPEST: Final = 10


@dataclass(frozen=True, slots=True)
class TypedFactor:
    """A number in a product: its characters, what they mean, and at which character of the working it begins.

    Where a sum in parentheses is one of the factors, as in `-2(1 - 0.73)`, the characters are those of its value.
    """

    text: str
    value: float
    position: int

    @property
    def negated(self) -> TypedFactor:
        """The same number with the other sign."""
        text = self.text.lstrip(" ")
        text = text[1:].lstrip(" ") if alike(text[:1]) in ("-", "+") else text
        return replace(self, text=f"-{text}" if self.value >= 0 else text, value=-self.value)


@dataclass(frozen=True, slots=True)
class Term:
    """A product of factors, taken off where `negative`."""

    factors: tuple[TypedFactor, ...]
    negative: bool = False

    @property
    def value(self) -> float:
        """What it comes to."""
        return math.prod(factor.value for factor in self.factors) * (-1 if self.negative else 1)


@dataclass(frozen=True, slots=True)
class TypedLetters:
    """What a loss may be called, and a parameter, where a working says what it works out."""

    losses: frozenset[str] = frozenset("L")
    parameters: frozenset[str] = frozenset("wb")


Sum = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Working:
    """What a working says: its chains, each the sums that its equals signs part; empty for a blank one."""

    chains: tuple[tuple[Sum, ...], ...]


def parse(text: str, letters: TypedLetters = TypedLetters()) -> Working | Unreadable:
    """What a typed working says, or at which character it stops making sense; never raises.

    `letters` are those of the sheet.

    >>> parse("(-0,46)(0.2) = -0.092")
    Working(chains=(((Term(factors=(TypedFactor(text='-0,46', value=-0.46, position=1), ...
    >>> print(parse("0.46 * (0.2 = 1").pointed())
    0.46 * (0.2 = 1
                ^
    """
    if len(text) > LONGEST:
        return Unreadable(text, _("longer than {count} characters").format(count=f"{LONGEST:,}"), LONGEST)
    if isinstance(read(text), Blank):
        return Working(())
    chains: list[tuple[Sum, ...]] = []
    left = MOST_FACTORS
    for line in re.finditer(r"[^\r\n;]+", text):
        parser = _Parser(text, line.start(), line.end(), left, _name(letters))
        try:
            chain = parser.chain()
        except Stopped as refused:
            return Unreadable(text, refused.reason, refused.position)
        left = parser.left
        if chain:
            chains.append(chain)
    return Working(tuple(chains))


_POWER = r"(?:\( *[+⁻-]? *[0-9]+ *\)|\{ *[+⁻-]? *[0-9]+ *\}|[+⁻-]? *[0-9]+)"
_RAISED = r"[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+"
# Where a number ends. Whether it is one is for `read` to say, so this takes what merely looks like one as well.
_GROUPS = r"[0-9]{1,3}(?:(?: [0-9]{3})+|(?:'[0-9]{3})+)"
_DECIMAL = rf"(?:(?:{_GROUPS}|[0-9]*)[.,][0-9]+(?:[ '][0-9]+)+(?![0-9.,])|{_GROUPS}(?![0-9])[.,]?[0-9]*|[0-9.,]+)"
_NUMBER = re.compile(
    rf"(?:{_DECIMAL}|[¼-¾⅐-⅞↉])"
    rf"(?: *\* *10 *(?:(?:\^|\*\*) *{_POWER}|{_RAISED})| *(?:\^|\*\*) *{_POWER}|{_RAISED}"
    rf"| *e *[+⁻-]? *[0-9]+| */ *{_DECIMAL})?"
)
_LAYER = r"(?:\^?[\[(]\d{1,2}[\])]|⁽[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}⁾|\^\d{1,2})?"
"""Of a parameter, above its letter: `[1]`, `^(1)`, `⁽¹⁾`, `^1`."""


@lru_cache(maxsize=64)
def _name(letters: TypedLetters) -> re.Pattern[str]:
    loss, parameter = ("|".join(map(re.escape, sorted(some))) for some in (letters.losses, letters.parameters))
    return re.compile(
        rf" *(?:(?P<slope>[d∂] ?(?:{loss}) *[/⁄∕÷] *[d∂] ?(?:{parameter}){_LAYER}[\w, ]{{0,12}}"
        r"|grad(?:ient)?[ \w]{0,12})|(?:path|column|product|sum)[ \w]{0,12}"
        rf"|(?:{parameter}){_LAYER}[\w,]{{0,8}} ?(?:new|['’′])) *(?P<sign>[=≈:])",
        re.IGNORECASE,
    )


# A letter, but for those of 0.5 x 2e-3, up to the next equals sign, and no decimal.
_IN_SYMBOLS = re.compile(r"(?=[^=≈;\n]*[^\W\d_xe])(?![^=≈;\n]*[0-9][.,][0-9])[^=≈;\n]{1,300}(?=[=≈])", re.IGNORECASE)
_EQUALS = frozenset("=≈≃≅≐≒⇒")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class _Parser:
    """Reads one line of a working; positions are those in the whole."""

    __slots__ = ("at", "end", "left", "name", "original", "text")

    def __init__(self, original: str, start: int, end: int, left: int, name: re.Pattern[str]) -> None:
        self.name = name
        self.original = original
        self.text = alike(original)
        self.at = start
        self.end = end
        self.left = left

    def chain(self) -> tuple[Sum, ...]:
        """The whole line."""
        self.skip_blanks()
        # Spreadsheets and learning platforms put an apostrophe before a sign.
        if self.here() == "'":
            self.at += 1
        self.skip_name()
        sums: list[Sum] = []
        first = True
        while True:
            self.skip_blanks()
            at_equals = self.here() in _EQUALS
            if at_equals and not first:
                self.refuse(_("nothing between two equals signs"))
            if self.here() and not at_equals:
                sums.append(self.sum(0))
            if not self.here():
                return tuple(sums)
            if self.here() not in _EQUALS:
                self.refuse()
            self.at += 1
            first = False

    def skip_name(self) -> None:
        """Move past what says what is worked out, and past its product in symbols."""
        found = self.name.match(self.original, self.at, self.end)
        if found is None:
            return
        self.at = found.end() - (found["sign"] != ":")
        while found["slope"] and (symbols := _IN_SYMBOLS.match(self.original, self.at + 1, self.end)):
            self.at = symbols.end()

    def sum(self, depth: int) -> Sum:
        """Terms between plus and minus signs."""
        terms = list(self.term(depth))
        while self.here() in ("+", "-"):
            minus = self.here() == "-"
            self.at += 1
            terms += _signed(self.term(depth), minus)
        return tuple(terms)

    def term(self, depth: int) -> Sum:
        """Factors; a sum in parentheses that is multiplied by nothing is no term but its terms."""
        factors = [self.factor(depth)]
        while True:
            self.skip_blanks()
            after_parenthesis = self.text[: self.at].rstrip(" ")[-1:] in _CLOSING.values()
            if self.here() == "*":
                self.at += 1
            elif self.here() not in _CLOSING and not (
                after_parenthesis and _NUMBER.match(self.text, self.at, self.end)
            ):
                break
            factors.append(self.factor(depth))
        if len(factors) == 1:
            return factors[0][0]
        flat: list[TypedFactor] = []
        negative = False
        for terms, position in factors:
            if len(terms) == 1:
                flat += terms[0].factors
                negative ^= terms[0].negative
            else:
                flat.append(self.worked_out(terms, position))
        return (Term(tuple(flat), negative),)

    def factor(self, depth: int) -> tuple[Sum, int]:
        """A number or parentheses, and where it begins."""
        self.skip_blanks()
        start = self.at
        minus = self.here() in ("-", "⁻")
        if minus or self.here() == "+":
            self.at += 1
            self.skip_blanks()
        closing = _CLOSING.get(self.here())
        if closing is None:
            return (Term((self.number(start),)),), start
        if depth >= DEEPEST:
            self.refuse(_("parentheses more than {count} deep").format(count=DEEPEST))
        self.at += 1
        inside = self.sum(depth + 1)
        if self.here() != closing:
            self.refuse(
                ""
                if self.here() and self.here() not in _EQUALS
                else _("a closing {parenthesis} is missing").format(parenthesis=closing)
            )
        self.at += 1
        self.skip_blanks()
        return _signed(inside, minus), start

    def number(self, start: int) -> TypedFactor:
        """A number whose sign stands at `start`."""
        found = _NUMBER.match(self.text, self.at, self.end)
        if found is None:
            self.refuse("" if self.here() else _("a number is missing here"))
        written = self.original[start : found.end()]
        reading = read(written)
        if not isinstance(reading, Reading):
            where = reading.position if isinstance(reading, Unreadable) else 0
            raise Stopped(reading.reason if isinstance(reading, Unreadable) else _("no number"), start + where)
        self.count(start)
        self.at = found.end()
        self.skip_blanks()
        return TypedFactor(written, reading.value, start)

    def worked_out(self, terms: Sum, position: int) -> TypedFactor:
        """A sum among factors as one number."""
        text = f"{sum(term.value for term in terms):.12g}"
        reading = read(text)
        if not isinstance(reading, Reading):
            raise Stopped("a sum that comes to no usable number", position)
        self.count(position)
        return TypedFactor(text, reading.value, position)

    def count(self, position: int) -> None:
        """One factor more."""
        self.left -= 1
        if self.left < 0:
            raise Stopped(f"more than {MOST_FACTORS} numbers", position)

    def skip_blanks(self) -> None:
        """Move past blanks."""
        while self.at < self.end and self.text[self.at] == " ":
            self.at += 1

    def here(self) -> str:
        """The character that comes next, empty at the end."""
        return self.text[self.at] if self.at < self.end else ""

    def refuse(self, reason: str = "") -> NoReturn:
        """Stop here; at the end, the last character is shown."""
        at = min(self.at, self.end - 1)
        raise Stopped(reason or _why_not(self.original[at], alike(self.original[at])), at)


def _signed(terms: Sum, minus: bool) -> Sum:
    if not minus:
        return terms
    return tuple(replace(term, negative=not term.negative) for term in terms)


def _why_not(char: str, plain: str) -> str:
    """Why a character has no place where it stands."""
    if _NUMBER.match(plain):
        return _("two numbers without a sign between them")
    if plain in "*+-/":
        return _("only one number can be divided by another") if plain == "/" else _("a sign where a number belongs")
    if plain in _CLOSING.values():
        return _("a closing parenthesis that none opens")
    if plain in _EQUALS:
        return _("an equals sign where a number belongs")
    if char.isalpha():
        return _("text where a number belongs")
    return _("{character} does not belong in a line of working").format(character=repr(printable(char)))
