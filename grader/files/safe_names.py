"""Text from outside made safe: as a file's name, a spreadsheet's cell, in a terminal, on a page."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable
from itertools import islice

_LONGEST_NAME = 120
_KEPT_OF_A_LONG_NAME = 80
_UNSAFE = re.compile(r"[^A-Za-z0-9_.@+-]")
_NAMES_OF_WINDOWS_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def file_name(student_id: str) -> str:
    """A file's name (without its ending) for a student's id: plain ASCII, never a path, one for each id.

    Letters, digits and `_ . @ + -` stay; everything else, a dot at either end, a hyphen at the start and the first
    letter of a name that Windows keeps for itself are written `%XX`, so that `urllib.parse.unquote` gives the id
    back. A name that would be too long ends in `~` and a digest instead. Two ids that differ only in case get names
    that differ only in case; `read_roster` refuses such ids, because some file systems would merge the files.

    >>> file_name("S1234567")
    'S1234567'
    >>> file_name("../../etc/passwd")
    '%2E.%2F..%2Fetc%2Fpasswd'
    """
    name = _UNSAFE.sub(_percent, student_id)
    name = re.sub(r"^[.-]|\.$", _percent, name)
    if _NAMES_OF_WINDOWS_DEVICES.match(name):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if len(name) > _LONGEST_NAME:
        digest = hashlib.sha256(student_id.encode("utf-8", "surrogatepass")).hexdigest()[:20]
        name = f"{name[:_KEPT_OF_A_LONG_NAME]}~{digest}"
    # An empty name would make the ending a hidden file's name; a lone % cannot come out of anything above.
    return name or "%"


def spreadsheet_safe(text: str) -> str:
    """A cell for a file that people open in a spreadsheet: what would run as a formula gets an apostrophe.

    Numbers stay as they are, negative ones too. The rule is OWASP's for CSV injection.

    >>> [spreadsheet_safe(cell) for cell in ("=cmd()", "-0.0032", "-1+cmd()", "Ann")]
    ["'=cmd()", '-0.0032', "'-1+cmd()", 'Ann']
    """
    if not text or text[0].isalnum():
        return text
    # Some programs drop leading spaces before they look for a formula.
    if (text.startswith(_STARTS_A_FORMULA) or text.lstrip().startswith(_STARTS_A_FORMULA)) and not _NUMBER.fullmatch(
        text
    ):
        return f"'{text}"
    return text


def shown(text: str, longest: int = 60) -> str:
    r"""Text in quotation marks for a message: one line, bounded, without characters that steer a terminal.

    >>> print(shown("a\x1b[31m"))
    'a\x1b[31m'
    """
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return repr(cut)


def listed(cells: Iterable[str]) -> str:
    """The first of some cells for a message."""
    return shown(", ".join(islice(cells, 12)), longest=100)


def printable(text: str) -> str:
    r"""The text with every character that a terminal might obey, or cannot show, replaced one for one.

    >>> printable("0.5\x1b[2J")
    '0.5�[2J'
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)


def command_line(command: str, folder: object) -> str:
    """A command for a person to type, its folder quoted where a shell would take it apart.

    >>> command_line("make", "my homework")
    "gradpath make 'my homework'"
    """
    return shlex.join(["gradpath", command, str(folder)])


def visible(text: str, longest: int = 60) -> str:
    r"""What somebody wrote, for a page: bounded, and what cannot be seen or turns the direction of writing as its code.

    >>> print(visible("\u202e0.5"))
    \u202e0.5
    """
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8", "surrogatepass"))
