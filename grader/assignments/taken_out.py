"""A student taken out of what a person wrote in TOML (assignment.toml, overrides.toml), comments as they are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection
from typing import Any

from question_bank.errors import InputError
from question_bank.toml_text import parse_toml

_TABLES = ("extension", "override", "full_marks", "bonus")
"""Arrays of tables of which each is about the students that its key `student` names."""

_EXCHANGE = "exchange"
"""The array of tables of which each is about two sheets."""

_LISTS = ("withdrawn", "accessible")

_BLOCK = re.compile(r"^(?=\s*\[)", re.MULTILINE)
_LIST = r"^(\s*{}\s*=\s*)\[([^\]]*)\]"
_ITEM = re.compile(r"""("(?:[^"\\\n]|\\.)*"|'[^'\n]*')\s*,?""")
_SUPPORTED = re.compile(r"^[ \t]*supported[ \t]*\.[^\n]*\n?", re.MULTILINE)


def without_student(
    text: str, file: str, is_theirs: Callable[[str], bool], sheets: Collection[str] = frozenset()
) -> str:
    r"""The text without a student, whom any id that `is_theirs` names, and without exchanges of any of the sheets.

    Raises InputError where it is written in a way in which that cannot be done.

    >>> text = 'withdrawn = ["s1", "s2"]\n[[extension]] # ill\nstudent = "s1"\n[[questions]]\nmarks = 4\n'
    >>> print(without_student(text, "assignment.toml", lambda one: one == "s1"), end="")
    withdrawn = ["s2"]
    [[questions]]
    marks = 4
    """
    said = parse_toml(text, file)
    wanted = _without(said, is_theirs, sheets)
    if wanted == said:
        return text
    blocks = (_shortened(block, is_theirs, sheets) for block in _BLOCK.split(text))
    left = "".join(block for block in blocks if block is not None)
    try:
        same = _without(tomllib.loads(left), lambda _: False, ()) == wanted
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        raise InputError(
            "the student is named in a way in which they cannot be taken out",
            file=file,
            expected='tables such as [[override]], and lines such as supported.s1001.q2 = "…" or withdrawn = ["s1001"]',
            remedy="take them out by hand, then run this again",
        )
    return left


def _without(said: dict[str, Any], is_theirs: Callable[[str], bool], sheets: Collection[str]) -> dict[str, Any]:
    """What the document should say; lists and tables that would be empty are left out, with or without a student."""
    left = dict(said)
    for name in _TABLES:
        kept = []
        for table in said.get(name, ()):
            whose = table.get("student")
            if isinstance(whose, list):
                whose = [one for one in whose if not is_theirs(str(one))]
                if whose:
                    kept.append({**table, "student": whose})
            elif not is_theirs(str(whose)):
                kept.append(table)
        left[name] = kept
    left[_EXCHANGE] = [table for table in said.get(_EXCHANGE, ()) if not _is_of(table, sheets)]
    for name in _LISTS:
        left[name] = [one for one in said.get(name, ()) if not is_theirs(str(one))]
    left["supported"] = {one: of for one, of in said.get("supported", {}).items() if not is_theirs(one)}
    return {
        name: value for name, value in left.items() if value or name not in (*_TABLES, _EXCHANGE, *_LISTS, "supported")
    }


def _is_of(table: dict[str, Any], sheets: Collection[str]) -> bool:
    """Whether an exchange has any of the sheets."""
    return not set(sheets).isdisjoint(map(str, table.get("sheets", ())))


def _shortened(block: str, is_theirs: Callable[[str], bool], sheets: Collection[str]) -> str | None:
    """What begins with a table's heading, or stands above the first; None where nothing is left of it."""
    heading = re.match(r"\s*\[\[\s*(\w+)\s*\]\]", block)
    if heading and heading[1] in (*_TABLES, _EXCHANGE):
        try:
            table = tomllib.loads(block)[heading[1]][0]
        except tomllib.TOMLDecodeError:
            return block
        if heading[1] == _EXCHANGE:
            return None if _is_of(table, sheets) else block
        whose = table.get("student")
        if isinstance(whose, list):
            if all(is_theirs(str(one)) for one in whose):
                return None
            return _without_items(block, "student", is_theirs)
        return None if is_theirs(str(whose)) else block
    without = _SUPPORTED.sub(lambda line: "" if _supports(line[0], is_theirs) else line[0], block)
    for name in _LISTS:
        without = _without_items(without, name, is_theirs)
    return without


def _supports(line: str, is_theirs: Callable[[str], bool]) -> bool:
    try:
        return all(map(is_theirs, tomllib.loads(line)["supported"]))
    except tomllib.TOMLDecodeError:
        return False


def _without_items(block: str, key: str, is_theirs: Callable[[str], bool]) -> str:
    """A block in which the list of this key has no item that is theirs."""

    def shortened(found: re.Match[str]) -> str:
        items = _ITEM.sub(
            lambda item: "" if is_theirs(str(tomllib.loads(f"x = {item[1]}")["x"])) else item[0], found[2]
        )
        return f"{found[1]}[{items.strip().rstrip(',').rstrip()}]"

    return re.sub(_LIST.format(key), shortened, block, flags=re.MULTILINE)
