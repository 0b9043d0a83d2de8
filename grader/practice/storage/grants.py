"""Access granted to a browser: kept on the server, so that it can be revoked whatever cookie comes.

A door is what access is granted to: the teacher's pages by the password, a sheet by its PIN.
"""

from __future__ import annotations

import hmac

from sqlalchemy import delete, select

from grader.practice.storage.database import Database
from grader.practice.storage.models import Grant

TEACHER = "teacher"
_KEPT_SECONDS = 180 * 86_400


class Grants:
    """Who has access to what; times come from the caller."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, visitor: str, door: str, key: str, now: float) -> None:
        """Grant a visitor access; an earlier grant for the same door is replaced."""
        with self._database.writing() as connection:
            connection.execute(delete(Grant).where(Grant.at < now - _KEPT_SECONDS))
            made = self._database.insert(Grant).values(visitor=visitor, door=door, key=key, at=now)
            changed = {"key": key, "at": now}
            connection.execute(made.on_conflict_do_update(index_elements=["visitor", "door"], set_=changed))

    def close(self, visitor: str, door: str, now: float) -> None:
        """Revoke access; that there once was a grant stays known."""
        if self._row(visitor, door) is not None:
            self.open(visitor, door, "", now)

    def is_open(self, visitor: str, door: str, key: str, *, since: float = 0.0) -> bool:
        """Whether access was granted with this key, not before `since`, and not revoked."""
        row = self._row(visitor, door)
        return row is not None and bool(key) and hmac.compare_digest(row[0].encode(), key.encode()) and row[1] >= since

    def opened_since(self, visitor: str, door: str, since: float) -> bool:
        """Whether access was granted since then with any key, and not revoked."""
        row = self._row(visitor, door)
        return row is not None and bool(row[0]) and row[1] >= since

    def was_open(self, visitor: str, door: str) -> bool:
        """Whether access was ever granted."""
        return self._row(visitor, door) is not None

    def _row(self, visitor: str, door: str) -> tuple[str, float] | None:
        query = select(Grant.key, Grant.at).where(Grant.visitor == visitor, Grant.door == door)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else (row[0], row[1])
