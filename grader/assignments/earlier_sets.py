"""earlier.json: what was handed out in the terms that an assignment goes on from, so that none of it is drawn again.

It holds digests of networks with their numbers, and neither students nor keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from grader.assignments.question_set import HandedQuestion
from grader.files.files import write_text
from question_bank.errors import InputError
from question_bank.questions.document import Document, validation_error
from question_bank.toml_text import read_text

FILE_NAME = "earlier.json"
_LETTERS = 32


class _Earlier(Document):
    format: Literal[1] = 1
    questions: tuple[Annotated[str, Field(pattern=f"^[0-9a-f]{{{_LETTERS}}}$")], ...] = ()


def digest(handed: HandedQuestion) -> str:
    """What two questions share that have the same network with the same numbers, whatever is asked of it."""
    numbers = json.dumps(handed.written.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(numbers.encode()).hexdigest()[:_LETTERS]


def load_earlier(folder: Path) -> frozenset[str]:
    """The digests of what earlier terms were handed; none without the file. Raises InputError if it is broken."""
    path = folder / FILE_NAME
    if not path.exists():
        return frozenset()
    try:
        return frozenset(_Earlier.model_validate_json(read_text(path)).questions)
    except ValidationError as error:
        complaint = validation_error(error, str(path), InputError)
        complaint.remedy = "take it from a backup, or away: then questions of earlier terms may come again"
        raise complaint from error


def save_earlier(digests: Iterable[str], folder: Path) -> None:
    """Keep the digests in a folder."""
    rows = ",\n".join(f'"{each}"' for each in sorted(set(digests)))
    write_text(folder / FILE_NAME, f'{{"format":1,"questions":[\n{rows}\n]}}\n', private=True)
