"""The process that fills in templates of an instructor's, one request after another.

What it is told comes from `templates_process` and may be pickled; what it says is JSON, since a template that should
ever break out of its sandbox is not to be trusted with more. It says three things to a request: that it has begun,
which line of code is which of the templates', and what came of it.
"""

from __future__ import annotations

import faulthandler
import json
import pickle
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from grader.files.messages import receive, send
from grader.sheets.typography.own_templates import OwnTemplates, fill_in_own, template_lines
from question_bank.errors import InputError
from question_bank.language.spoken import speaking
from question_bank.networks.lettering import in_notation
from question_bank.networks.notations import Notation

MEMORY = 1_000_000_000
"""Bytes that it may address, where the system can limit that."""


@dataclass(frozen=True, slots=True)
class Filling:
    """A template to be filled in: by which, with what, in which language and notation, and for how long at most."""

    own: OwnTemplates
    template: str
    context: Mapping[str, object]
    language: str
    notation: Notation
    seconds: float


def fill_in_what_comes() -> None:
    """Fill in what comes, until nothing more does."""
    _limit_memory()
    while (request := receive(sys.stdin.buffer)) is not None:
        asked: Filling = pickle.loads(request)  # noqa: S301  (of our own process)
        _say({"begun": True})
        # A thread that needs no Python: it also ends what is deep in some library, and says where that was.
        faulthandler.dump_traceback_later(asked.seconds, exit=True)
        told = _filled(asked)
        faulthandler.cancel_dump_traceback_later()
        _say(told)


def _filled(asked: Filling) -> dict[str, Any]:
    try:
        with speaking(asked.language), in_notation(asked.notation):
            _say({"lines": template_lines(asked.own)})
            return {"text": fill_in_own(asked.own, asked.template, asked.context)}
    except InputError as error:
        return {"found": error.found, "file": error.file, "place": error.place}


def _say(told: Mapping[str, Any]) -> None:
    send(sys.stdout.buffer, json.dumps(told).encode())


def _limit_memory() -> None:
    # Windows has no such limit, and macOS does not keep to it.
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
