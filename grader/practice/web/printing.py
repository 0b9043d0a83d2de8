"""A question of practice as the sheet that the rest of gradpath prints."""

from __future__ import annotations

import threading
from functools import lru_cache

from grader.practice.storage.plays import StoredPlay
from grader.sheets import Printer, Sheet, SheetQuestion
from question_bank.language.words import _

_LOCK = threading.Lock()


@lru_cache(maxsize=1)
def _printer() -> Printer:
    return Printer()


def print_question(stored: StoredPlay, title: str) -> bytes:
    """The student's sheet as a PDF; its id is the question's, not an assignment's."""
    name = stored.ref.id[:16].upper()
    sheet_id = "-".join(name[at : at + 4] for at in range(0, len(name), 4))
    question = SheetQuestion(1, 1, stored.play.question)
    sheet = Sheet(_("Practice"), title, "", "", sheet_id, (question,))
    # Layouts are kept in the printer, which serves one at a time.
    with _LOCK:
        return _printer().student(sheet)
