"""What a command says of the language that its pages will be in."""

from __future__ import annotations

from grader.commands.progress import tell
from question_bank.language.spoken import is_begun


def note_begun(code: str) -> None:
    """Say of a language whose catalogue is not complete that what is missing will be English."""
    if is_begun(code):
        tell(f"Note: the catalogue of the language {code} is not complete: what it lacks is printed in English.")
