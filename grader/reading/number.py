"""What a student's characters mean as a number, or why they mean none.

A response is one real number in any spelling that has a single meaning:

- `-0.0032`, `.5`, `5.`, `+3`; a decimal comma, `0,5`, counts as a point. Answers here are small, so `1,234` is
  1.234 and never one thousand. Two marks in one response (`1,234.5`, `1.234,5`, `1.2.3`) have no single meaning.
- a minus as the sign −, a dash, a raised or a full-width sign; blanks of any width at the ends and around signs, `/`,
  `×` and `^`. Characters that only steer the direction of writing count as nothing, wherever they stand: calculators
  put them around what is copied.
- groups of digits, parted by one blank or apostrophe throughout: of any length after the decimal mark
  (`0.003 19`, `-0,946 8`); before it of three, `1'234`, where the blank keeps the groups together (no-break or thin) or
  a decimal mark follows (`1 234.5`). `1 2` and `1 234` may be two numbers and are refused, and so is `1'23`.
- powers of ten: `-3.19e-3`, `-3.19×10^-3`, `3.19*10^(-3)`, `3.19·10⁻³`, `10^-3`.
- a fraction of two such numbers without powers: `2/3`, `-0,5/2`, `½`. `1 2/3` and `1½` are refused.
- in front an apostrophe, which spreadsheets and platforms put before a sign, or an equals or about sign: `≈ 0.5`.
- parentheses around the whole, as a negative factor is written: `(-0.46)`; `(0.46)` is 0.46 to some and, in
  bookkeeping, -0.46 to others, and is refused.
- only a dash: blank, as learning platforms export an empty response.

Digits are 0 to 9, full width included; digits of other scripts are refused with a reason that says so, so that whoever
checks the marks sees the digits that were marked. `nan`, `inf`, hexadecimal, `1_000`, percent signs, text, more than 40
characters and exponents beyond ±99 are no responses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import compress
from typing import Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from grader.files.safe_names import printable
from question_bank.language.words import N_, _

READ: Final = 0
BLANK: Final = 1
UNREADABLE: Final = 2

LONGEST: Final = 40
"""Characters of a response, without the blanks around it."""

LARGEST_EXPONENT: Final = 99
"""With 40 digits at most, every reading and the square of every reading stays a finite float."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A response that is a number: the float nearest to what was written."""

    value: float


@dataclass(frozen=True, slots=True)
class Blank:
    """A response that says nothing."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A response that is no number: what it was, why not, and at which of its characters (0-based) that shows."""

    text: str
    reason: str
    position: int

    def pointed(self) -> str:
        """Two lines for a terminal: the response, and a caret under the character in question.

        >>> print(read("0.5.2").pointed())
        0.5.2
           ^
        """
        start = max(0, self.position - LONGEST)
        line = printable(self.text[start : start + 2 * LONGEST])
        return f"{line}\n{' ' * (self.position - start)}^"


def read(text: str) -> Reading | Blank | Unreadable:
    """What one response means; never raises.

    >>> read("−3,19 × 10⁻³")
    Reading(value=-0.00319)
    >>> read(" ")
    Blank()
    >>> read("1/0")
    Unreadable(text='1/0', reason='division by zero', position=2)
    """
    body = text.strip(_BLANKS)
    if not body:
        return Blank()
    start = text.index(body[0])
    if len(body) > LONGEST:
        return Unreadable(text, _("longer than {count} characters").format(count=LONGEST), start + LONGEST)
    # Without what has no width, and where each character stood: a position is one in the response.
    places = [at for at, char in enumerate(body) if char not in _NO_WIDTH]
    bare = body if len(places) == len(body) else "".join(body[at] for at in places)
    scanner = _Scanner(bare)
    if scanner.text == "-":
        return Blank()
    try:
        return Reading(scanner.number())
    except Stopped as refused:
        # A reason speaks of the character that was written, not of the one that it was taken for.
        reason = refused.reason or _why_not(bare[refused.position])
        return Unreadable(text, reason, start + places[refused.position])


def alike(text: str) -> str:
    """The text with every character that looks or acts like a plainer one replaced by that, one for one.

    >>> alike("−0,46 × 2")
    '-0,46 * 2'
    """
    return text.translate(_ALIKE)


def without_width(text: str) -> str:
    r"""The text without characters of no width, such as those that steer the direction of writing.

    >>> without_width("\u202d0429\u202c")
    '0429'
    """
    return "".join(char for char in text if char not in _NO_WIDTH)


def read_many(texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """What many responses mean: values (n,), NaN where there is none, and statuses (n,) READ, BLANK or UNREADABLE.

    The same as `read` of each, at the price of `float` of each.

    >>> values, statuses = read_many(["0,5", "", "x"])
    >>> values.tolist(), statuses.tolist()
    ([0.5, nan, nan], [0, 1, 2])
    """
    values = np.full(len(texts), np.nan)
    statuses = np.zeros(len(texts), np.uint8)
    for start in range(0, len(texts), _BLOCK):
        stop = start + _BLOCK
        _read_block(texts[start:stop], values[start:stop], statuses[start:stop])
    return values, statuses


# Small enough that a block's arrays stay in the processor's cache.
_BLOCK = 8192
_NEWLINE = 10
_USUAL = b"0123456789.+- \n"
_UNUSUAL = np.ones(256, np.bool_)
_UNUSUAL[list(_USUAL)] = False
# What float() and read() agree on; two digits of exponent cannot exceed LARGEST_EXPONENT.
_SCIENTIFIC = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]{1,2}")


def _read_block(texts: Sequence[str], values: NDArray[np.float64], statuses: NDArray[np.uint8]) -> None:
    """Fill values and statuses (both (n,)) from texts: whole-block array work finds what float() may be given."""
    plain: Sequence[str] = texts
    joined = "\n".join(texts)
    if joined.count("\n") != len(texts) - 1:
        plain = [text.replace("\n", " ") for text in texts]
        joined = "\n".join(plain)
    if "," in joined or "−" in joined:
        joined = joined.replace(",", ".").replace("−", "-")
        plain = joined.split("\n")
    encoded = joined.encode("ascii", "replace")
    codes = np.frombuffer(encoded, np.uint8)
    ends = np.append(np.flatnonzero(codes == _NEWLINE), len(codes))
    lengths = np.diff(ends, prepend=-1) - 1
    statuses[lengths == 0] = BLANK
    unusual = lengths > LONGEST
    if encoded.translate(None, _USUAL):
        unusual[np.searchsorted(ends, np.flatnonzero(_UNUSUAL[codes]))] = True
    usual = ~unusual & (lengths > 0)
    remaining = np.flatnonzero(unusual).tolist()
    responses = plain if usual.all() else list(compress(plain, usual.tolist()))
    # float() takes what read() takes of these characters, and raises for "1.2.3", "- 1" or "+": left to read().
    try:
        values[usual] = np.fromiter(map(float, responses), np.float64, len(responses))
    except ValueError:
        for at in np.flatnonzero(usual).tolist():
            try:
                values[at] = float(plain[at])
            except ValueError:
                remaining.append(at)

    for at in remaining:
        if len(plain[at]) <= LONGEST and _SCIENTIFIC.fullmatch(plain[at]):
            values[at] = float(plain[at])
            continue
        result = read(texts[at])
        if isinstance(result, Reading):
            values[at] = result.value
        else:
            statuses[at] = BLANK if isinstance(result, Blank) else UNREADABLE


# Blanks of any width, and characters of no width that text editors and right-to-left writing leave behind.
_NO_WIDTH = (
    "\u061c\u180e\u200b\u200c\u200d\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
_BLANKS = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + _NO_WIDTH
)
_KEEPING_TOGETHER = frozenset("\u00a0\u202f\u205f" + "".join(map(chr, range(0x2004, 0x200B))))
"""Blanks that part the groups of one number, and nobody puts between two."""
_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
# One character for one, so that positions stay what they are in the response.
_ALIKE = (
    _FULL_WIDTH
    | dict.fromkeys(map(ord, "−‐‑‒–—―﹘﹣－˗➖"), "-")
    | dict.fromkeys(map(ord, "×xX·⋅∙✕✖＊∗ｘＸ"), "*")
    | dict.fromkeys(map(ord, "⁄∕÷／"), "/")
    | dict.fromkeys(map(ord, "’‘＇ʼ′´`"), "'")
    | dict.fromkeys(map(ord, "E"), "e")
    | dict.fromkeys(map(ord, _BLANKS), " ")
)
_DIGITS = frozenset("0123456789")
_MARKS = frozenset(".,")
_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
_SUPERSCRIPT_SIGN = {"⁻": "-", "⁺": ""}
_CLOSING = {"(": ")", "{": "}"}
_EQUALS = frozenset("=≈≃≅≐≒~")
_GROUPED = re.compile(r"([0-9]{1,3})([ '])[0-9]{3}(?:\2[0-9]{3})*(?![0-9]|\2[0-9])")
_IN_PARENTHESES = re.compile(r"\( *[+-]")
_SECOND_MARK = N_("a second decimal mark; write one only, and none between thousands")
_BOTH_MARKS = N_("both a comma and a point; write one decimal mark, and none between thousands")
_GROUP = 3
_BREAKS = frozenset("\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_PARTING = frozenset(" '")
"""What may stand between groups of digits."""


class Stopped(Exception):
    """Reading stops at a character; without a reason, `_why_not` speaks of that character."""

    def __init__(self, reason: str, position: int) -> None:
        self.reason = reason
        self.position = position


class _Scanner:
    """Reads the number that a response consists of, by its characters made alike."""

    __slots__ = ("at", "loose", "text", "written")

    def __init__(self, written: str) -> None:
        self.written = written
        self.text = alike(written)
        self.at = 0
        self.loose: int | None = None  # where a group of digits begins that is no group of three

    def number(self) -> float:
        """The whole response: a sign, a decimal, then nothing, a denominator or a power of ten."""
        self.took("'")
        if self.here() in _EQUALS and self.here():
            self.at += 1
        self.skip_blanks()
        if _IN_PARENTHESES.match(self.text, self.at) and self.text.endswith(")"):
            self.at += 1
            self.text = self.text[:-1]
        sign = self.sign()
        if _is_ready_made_fraction(self.here()):
            return self.ready_made_fraction(sign)
        decimal, mark = self.decimal()
        self.skip_blanks()
        if self.at_power():
            # 10^-3 stands for itself; 2^3 is no spelling of a number here.
            if decimal != "10":
                self.refuse(_("only a power of ten can be read"))
            exponent = self.power()
            decimal = "1"
        elif self.took("/"):
            return self.fraction(sign, decimal, mark)
        else:
            exponent = self.scale()
        self.skip_blanks()
        if self.here():
            self.refuse()
        return float(f"{sign}{decimal}e{exponent}")

    def decimal(self) -> tuple[str, str]:
        """Digits with at most one decimal mark: as Python writes them, and the mark that was used."""
        whole = self.whole()
        mark = self.here() if self.here() in _MARKS else ""
        if not mark:
            if not whole:
                self.refuse("" if self.here() else _("a number is missing here"))
            return whole, mark
        self.at += 1
        part = self.digits()
        parted = None
        while part and self.at_group(parted):
            if self.loose is None and len(part) % _GROUP:
                self.loose = self.at
            parted = self.at
            self.at += 1
            part += self.digits()
        if parted is not None and self.here() in _MARKS and self.here():
            self.refuse("", parted)
        if self.here() in _MARKS and self.here():
            self.refuse(_(_SECOND_MARK if self.here() == mark else _BOTH_MARKS))
        if not whole and not part:
            self.refuse("" if self.here() else _("a decimal mark without digits"))
        return f"{whole or '0'}.{part}", mark

    def fraction(self, sign: str, numerator: str, mark: str) -> float:
        """What follows `/`: a decimal, with the same mark as the numerator's, and not zero."""
        self.skip_blanks()
        start = self.at
        denominator, other_mark = self.decimal()
        if self.loose is not None:
            # 0.5 1/3 may be a mixed number.
            self.refuse("", self.loose)
        if mark and other_mark and mark != other_mark:
            self.refuse(_(_BOTH_MARKS), start + denominator.index("."))
        if not Fraction(denominator):
            self.refuse(_("division by zero"), start)
        self.skip_blanks()
        if self.here():
            self.refuse()
        # One division of exact numbers, rounded once: what the fraction says.
        return float(Fraction(f"{sign}{numerator}") / Fraction(denominator))

    def ready_made_fraction(self, sign: str) -> float:
        """A fraction that is one character, as text editors make of 1/2; no such character has denominator 0."""
        numerator, _other, denominator = unicodedata.normalize("NFKC", self.here()).partition("⁄")
        self.at += 1
        self.skip_blanks()
        if self.here() or not denominator:
            self.refuse()
        return float(Fraction(f"{sign}{numerator}/{denominator}"))

    def scale(self) -> int:
        """The exponent after `e`, or after `× 10`; 0 if neither follows."""
        if self.took("e"):
            self.skip_blanks()
            return self.exponent(self.sign())
        if self.took("*"):
            self.skip_blanks()
            start = self.at
            ten = self.digits() == "10"
            self.skip_blanks()
            if not ten or not self.at_power():
                self.refuse(_("only a power of ten may follow “times”, as in 3.19×10^-3"), start)
            return self.power()
        return 0

    def at_power(self) -> bool:
        """Whether `^`, `**` or a superscript comes next."""
        here = self.here()
        return here == "^" or here in _SUPERSCRIPT or here in _SUPERSCRIPT_SIGN or self.text.startswith("**", self.at)

    def power(self) -> int:
        """The exponent after a 10, raised or behind `^` or `**`, in parentheses or without."""
        if self.here() in _SUPERSCRIPT or self.here() in _SUPERSCRIPT_SIGN:
            sign = _SUPERSCRIPT_SIGN.get(self.here())
            self.at += sign is not None
            return self.exponent(sign or "", _SUPERSCRIPT)
        self.at += 1 if self.here() == "^" else 2
        self.skip_blanks()
        closing = _CLOSING.get(self.here(), "")
        self.at += len(closing)
        self.skip_blanks()
        exponent = self.exponent(self.sign())
        self.skip_blanks()
        if closing and not self.took(closing):
            self.refuse("" if self.here() else _("a closing {parenthesis} is missing").format(parenthesis=closing))
        return exponent

    def exponent(self, sign: str, spelling: Mapping[str, str] | None = None) -> int:
        """The digits of an exponent, plain or superscript, within bounds."""
        start = self.at
        digits = self.digits(spelling)
        if not digits:
            self.refuse("" if self.here() else _("an exponent is missing here"))
        value = int(f"{sign}{digits}")
        if abs(value) > LARGEST_EXPONENT:
            self.refuse(_("an exponent beyond ±{most}").format(most=LARGEST_EXPONENT), start)
        return value

    def sign(self) -> str:
        """`-` or nothing, and the blanks around it."""
        self.skip_blanks()
        sign = "-" if self.took("-") or self.took("⁻") else ""
        if not sign:
            self.took("+")
        self.skip_blanks()
        return sign

    def digits(self, spelling: Mapping[str, str] | None = None) -> str:
        """The digits that come next, maybe none; `spelling` has other characters for them."""
        start = self.at
        while self.here() in (spelling or _DIGITS) and self.here():
            self.at += 1
        found = self.text[start : self.at]
        return found if spelling is None else "".join(spelling[c] for c in found)

    def whole(self) -> str:
        """The digits before a decimal mark, their groups of three joined where they can be one number only."""
        start = self.at
        found = _GROUPED.match(self.text, start)
        if found is None:
            return self.digits()
        blanks = (at for at, char in enumerate(found[0], start) if char == " ")
        kept = found[2] != " " or all(self.written[at] in _KEEPING_TOGETHER for at in blanks)
        if not kept and self.text[found.end() : found.end() + 1] not in _MARKS:
            return self.digits()
        self.at = found.end()
        return found[0].replace(found[2], "")

    def at_group(self, before: int | None) -> bool:
        """Whether a blank or apostrophe and a digit come next; the same as what parts the groups `before`, if any."""
        parting = self.here()
        return (
            parting in _PARTING
            and (before is None or self.text[before] == parting)
            and self.written[self.at] not in _BREAKS
            and self.text[self.at + 1 : self.at + 2] in _DIGITS
        )

    def skip_blanks(self) -> None:
        """Move past blanks."""
        while self.here() == " ":
            self.at += 1

    def took(self, char: str) -> bool:
        """Move past a character if it comes next."""
        if self.here() != char:
            return False
        self.at += 1
        return True

    def here(self) -> str:
        """The character that comes next, empty at the end."""
        return self.text[self.at : self.at + 1]

    def refuse(self, reason: str = "", position: int | None = None) -> NoReturn:
        """Stop at a position, by default here; at the end of the text the last character is shown."""
        at = self.at if position is None else position
        if not reason and at > 0 and self.text[at - 1] == " " and self.here() in _DIGITS | _MARKS:
            at -= 1
        raise Stopped(reason, min(at, len(self.text) - 1))


def _why_not(char: str) -> str:
    """Why a character has no place where it stands."""
    if char in _BLANKS:
        return _("a space inside the number, or two numbers")
    if char in "+-−":
        return _("a sign inside the number")
    if char.isdecimal() and char not in _DIGITS:
        if not char.isprintable():
            return _("a foreign digit")
        return _("{character} is a digit of another script; write 0 to 9").format(character=repr(char))
    if char == "_":
        return _("an underscore inside the number")
    if char in "()[]{}" and char:
        return _("a bracket where one number belongs; write what it comes to")
    if char == "%":
        return _("a percent sign; write the number itself, 0.5 for 50 percent")
    if _is_ready_made_fraction(char) and char != "⅟":
        return _("a mixed number; write one fraction or a decimal")
    if char.isalpha():
        return _("text where a number belongs")
    return _("{character} does not belong in a number").format(character=repr(printable(char)))


def _is_ready_made_fraction(char: str) -> bool:
    return char != "" and unicodedata.decomposition(char).startswith("<fraction>")
