"""The table for typing as it is being filled in, box by box, by a page that may not be its only writer."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.assignments.student_ids import StudentIds
from grader.files.files import only_run, write_text
from grader.submissions.typing_table import Box, TypingRow, read_typed, typing_table


class TypingDesk:
    """What is typed into a table of these rows; the file is read again where another program has changed it."""

    def __init__(self, path: Path, rows: Sequence[TypingRow], ids: StudentIds) -> None:
        self._path, self._ids = path, ids
        self._turn = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._typed: dict[Box, str] = {}
        self.rows = tuple(rows)
        self.boxes = frozenset(row.box for row in rows)

    def typed(self) -> Mapping[Box, str]:
        """What stands in the boxes; raises InputError for a table that was damaged."""
        with self._turn:
            self._read()
            return dict(self._typed)

    def put(self, answers: Mapping[Box, str]) -> None:
        """Write answers into boxes of theirs, the whole table at once; raises InputError while it is in use."""
        with self._turn, only_run(self._path.parent, "gradpath command"):
            self._read()
            for box, text in answers.items():
                if box not in self.boxes:
                    raise KeyError(box)
                self._typed[box] = text
            write_text(self._path, typing_table(self.rows, self._typed), private=True)
            self._seen = self._stamp()

    def _read(self) -> None:
        if (now := self._stamp()) != self._seen:
            typed = read_typed(self._path.read_bytes(), str(self._path), self._ids) if now else {}
            self._typed, self._seen = typed, now

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_size
