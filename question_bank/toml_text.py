"""Text that a person wrote, and TOML of it parsed, with complaints that name the file and the line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from question_bank.errors import InputError

_WITHOUT_SECONDS = re.compile(
    r"[^#=]+=\s*([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?\s*(?:#|$)"
)


def read_text(path: Path, largest: int = -1, kind: type[InputError] = InputError) -> str:
    """A file's text, UTF-8 with or without a byte order mark; raises `kind` with the file's name.

    A file of more than `largest` bytes is refused before it is read in full.
    """
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1 if largest >= 0 else -1)
        if 0 <= largest < len(data):
            raise kind("the file is too large", file=str(path), expected=f"at most {largest:,} bytes")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise kind(
            f"byte {error.start + 1} is not UTF-8", file=str(path), remedy="save the file as UTF-8 and try again"
        ) from error
    except OSError as error:
        raise kind(f"cannot be read ({error.strerror})", file=str(path)) from error


def parse_toml(text: str, file: str, kind: type[InputError] = InputError) -> dict[str, Any]:
    """The table that a text states; raises `kind` if it is not well formed.

    >>> parse_toml("marks = 4", "mine.toml")
    {'marks': 4}
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        for number, line in enumerate(text.splitlines(), 1):
            if found := _WITHOUT_SECONDS.match(line):
                raise kind(
                    f"{found[1]} is a time without seconds, which TOML does not know",
                    file=file,
                    place=f"line {number}",
                    remedy=f"write {found[1]}:00{found[2] or ''}",
                ) from error
        raise kind(f"not well formed: {error}", file=file, remedy="mend that place and try again") from error
    except RecursionError as error:
        raise kind("nested too deeply", file=file) from error
    except ValueError as error:
        # The only other complaint: an integer of thousands of digits.
        raise kind("a whole number of thousands of digits", file=file, expected="numbers to work with") from error
