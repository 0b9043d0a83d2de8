"""New input from old: bytes changed at random, values put in the place of others, two inputs joined."""

from __future__ import annotations

import copy
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

LARGEST = 60_000

ODD = [
    *("", "0", "-0", "1", "-1", ".5", "1e999", "-1e-999", "1e-12", "9" * 400, "0." + "3" * 400, "1e5", "0x10", "1_000"),
    *("nan", "inf", "-Infinity", "true", "null", "½", "1/3", "−0,5", "-0.946 8", "1'234", "1.234,5", "2*(-0.114+0.9)"),
    *(
        "\x00",
        "\ufeff",
        "\u202a",
        "\u202c",
        "\u00a0",
        "\u2009",
        "\u2028",
        "\x85",
        "\x1c",
        "\ud7ff",
        "\U0010ffff",
        "e\u0301",
    ),
    *('"', "'", ",", ";", "\t", "\n", "\r", "\r\n", "\\", "[", "]", "{", "}", "(", ")", "<<", ">>", "/V", " 0 R", "#"),
    *(
        "[" * 300,
        "(" * 300,
        '"""',
        "'''",
        "=cmd()",
        "../../x",
        "/etc/passwd",
        "%00",
        "%s",
        "${x}",
        "<script>",
        "{{7*7}}",
    ),
    *("2030-01-31", "2030-01-31T23:59:00+14:00", "0000-00-00", "9999-12-31T23:59:60Z", "31/01/2030", "1e3-01-01"),
    *(
        "s1",
        "s2",
        "007",
        "7",
        "q1",
        "q2",
        "q99",
        "gradient",
        "path_1.product",
        "working",
        "student",
        "question",
        "slot",
    ),
    *("softmax", "relu", "sigmoid", "cross_entropy", "w1_21", "b1_1", "any", "0105", "105", "429.0", "s1@example.org"),
]
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2, 10**400, -(10**20), 1e308, -1e-308, 1e-13, 0.1, 1e16, "", "0.5", "x", "\ud800"),
    *([], {}, [[]], [None], {"": None}, [1] * 50, [[1.0, 2.0], [3.0]], "a" * 5000, "\x00", [0.5, "0.5"], {"id": "s1"}),
]


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document that holds something: its container and its key there."""
    waiting = [document]
    while waiting:
        at = waiting.pop()
        keys: Any = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        for key in keys:
            yield at, key
            waiting.append(at[key])


class Mutator:
    """Changes inputs, each time otherwise; the same seed gives the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._ways: list[Callable[[bytes], bytes]] = [
            *(self._flip, self._insert, self._insert, self._cut, self._double, self._swap, self._number, self._number),
            *(self._line, self._line, self._value, self._value, self._repeat, self._truncate),
        ]

    def __call__(self, corpus: Sequence[bytes], kind: str) -> bytes:
        """An input made of one or two of the corpus."""
        data = self.random.choice(corpus)
        for _ in range(1 + int(self.random.expovariate(1.0))):
            draw = self.random.random()
            if kind == "zip" and draw < 0.6:
                data = self._rezipped(data, corpus)
            elif kind == "json" and draw < 0.5:
                data = self._restructured(data)
            elif draw < 0.08:
                data = self._joined(data, self.random.choice(corpus))
            else:
                data = self.random.choice(self._ways)(data)
        return data[:LARGEST]

    def _odd(self) -> bytes:
        return self.random.choice(ODD).encode("utf-8", "surrogatepass")

    def _place(self, data: bytes) -> tuple[int, int]:
        start = self.random.randrange(len(data) + 1)
        return start, min(len(data), start + int(self.random.expovariate(0.1)))

    def _flip(self, data: bytes) -> bytes:
        if not data:
            return b"\xff"
        changed = bytearray(data)
        for _ in range(1 + int(self.random.expovariate(1))):
            changed[self.random.randrange(len(changed))] = self.random.randrange(256)
        return bytes(changed)

    def _insert(self, data: bytes) -> bytes:
        start, end = self._place(data)
        return data[:start] + self._odd() + data[end if self.random.random() < 0.5 else start :]

    def _cut(self, data: bytes) -> bytes:
        start, end = self._place(data)
        return data[:start] + data[end:]

    def _double(self, data: bytes) -> bytes:
        start, end = self._place(data)
        return data[:end] + data[start:end] + data[end:]

    def _swap(self, data: bytes) -> bytes:
        (a, b), (c, d) = sorted((self._place(data), self._place(data)))
        return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:] if b <= c else data

    def _repeat(self, data: bytes) -> bytes:
        start, end = self._place(data)
        return data[:start] + data[start:end] * self.random.choice((3, 30, 1000)) + data[end:]

    def _truncate(self, data: bytes) -> bytes:
        return data[: self.random.randrange(len(data) + 1)]

    def _joined(self, data: bytes, other: bytes) -> bytes:
        return data[: self.random.randrange(len(data) + 1)] + other[self.random.randrange(len(other) + 1) :]

    def _number(self, data: bytes) -> bytes:
        """Something else for one of the numbers."""
        found = list(re.finditer(rb"-?\d[\d.,]*", data[:20_000]))
        if not found:
            return self._insert(data)
        one = self.random.choice(found)
        return data[: one.start()] + self._odd() + data[one.end() :]

    def _line(self, data: bytes) -> bytes:
        """A line left out, doubled, moved, or without its end."""
        lines = data.split(b"\n")
        at = self.random.randrange(len(lines))
        match self.random.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[at])
            case 2:
                lines.insert(self.random.randrange(len(lines)), lines.pop(at))
            case 3:
                lines[at] = lines[at].rpartition(b",")[0]
            case _:
                cells = lines[at].split(b",")
                cells[self.random.randrange(len(cells))] = self._odd()
                lines[at] = b",".join(cells)
        return b"\n".join(lines)

    def _value(self, data: bytes) -> bytes:
        """Another value for a key, as TOML, JSON and forms write them."""
        found = list(re.finditer(rb"[=:]\s*([^\n&,}]*)", data[:20_000]))
        if not found:
            return self._insert(data)
        one = self.random.choice(found)
        if self.random.random() < 0.5:
            new = self.random.choice(found)[1]
        else:
            new = json.dumps(self.random.choice(VALUES)).encode()
        return data[: one.start(1)] + new + data[one.end(1) :]

    def _restructured(self, data: bytes) -> bytes:
        """JSON with a value replaced, a key renamed, left out or added."""
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            return self._flip(data)
        places = list(_places(document))
        if not places:
            return json.dumps(self.random.choice(VALUES)).encode()
        at, key = self.random.choice(places)
        match self.random.randrange(6):
            case 0:
                del at[key]
            case 1 if isinstance(at, dict):
                at[self.random.choice(ODD)] = at.pop(key)
            case 1 | 2:
                at[key] = self.random.choice(VALUES)
            case 3:
                other, taken = self.random.choice(places)
                at[key] = copy.deepcopy(other[taken])
            case _:
                at[key] = self._near(at[key])
        return json.dumps(document).encode()

    def _near(self, value: Any) -> Any:
        """A value of the same kind, if it may be."""
        if isinstance(value, (int, float)):
            return self.random.choice((-value, value * 10, value + 1, 0, 0.1 + 0.2, 1e-13, 1e300, str(value)))
        if isinstance(value, list):
            return self.random.choice((value[1:], value + value, value[::-1], [*value, None], []))
        if isinstance(value, dict):
            return dict(list(value.items())[1:])
        return self.random.choice((f"{value}x", f"{value}"[:-1], "", "q1", "s1", "gradient", "any"))

    def _rezipped(self, data: bytes, corpus: Sequence[bytes]) -> bytes:
        """An archive of the same members, one with another name, content or kind."""
        members: list[tuple[str, bytes]] = []
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = [(member.filename, archive.read(member)) for member in archive.infolist()[:20]]
        except Exception:
            return self._flip(data)
        if not members or self.random.random() < 0.2:
            members.append((self.random.choice(ODD), self.random.choice(corpus)[:2000]))
        at = self.random.randrange(len(members))
        name, held = members[at]
        match self.random.randrange(4):
            case 0:
                name = self.random.choice(ODD) + self.random.choice(
                    ("", "/", "/x.csv", "_123_assignsubmission_file_/a.csv")
                )
            case 1:
                held = self.random.choice(self._ways)(held)
            case 2:
                held = data
            case _:
                name += "/" + self.random.choice(ODD)
        members[at] = (name or "x", held[:LARGEST])
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", self.random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
            for name, held in members:
                info = zipfile.ZipInfo(name[:200].encode("utf-8", "replace").decode())
                info.external_attr = self.random.choice((0, 0, 0o120777 << 16, 0x10))
                archive.writestr(info, held)
        return made.getvalue()
