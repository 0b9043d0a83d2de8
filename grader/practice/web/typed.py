"""What a page's boxes bring back, held against what stands on the server: a tab never takes back something newer."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.practice.web.guard import RequestRefused
from grader.practice.web.requests import PostedForm
from grader.reading.arithmetic import number_text
from question_bank.language.words import _

_LONGEST_STATE = 20_000


@dataclass(frozen=True, slots=True)
class Typed:
    """A page's boxes: what was `changed`, what they held as far as the page knows (`was`).

    `sent` is what the page has sent since then without hearing of it.
    """

    changed: Mapping[str, str]
    was: Mapping[str, str] = field(default_factory=dict)
    sent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def only(self, names: Collection[str]) -> Typed:
        """These boxes alone."""
        return replace(self, changed={name: text for name, text in self.changed.items() if name in names})

    def against(self, held: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """What is to be written, and what is not: the box holds something newer, from another tab or device."""
        written: dict[str, str] = {}
        late: dict[str, str] = {}
        for name, text in self.changed.items():
            now = held.get(name, "")
            if now == text:
                continue
            ours = now == self.was.get(name, "") or now in self.sent.get(name, ())
            (written if ours else late)[name] = text
        return written, late


def typed(form: PostedForm) -> Typed:
    """What a form brings; raises Refused for a damaged one."""
    was = _state(form, "was", str)
    sent = _state(form, "sent", list)
    boxes = {name[2:]: number_text(text) for name, text in form.fields.items() if name.startswith("s:")}
    return Typed(
        {name: text for name, text in boxes.items() if text != was.get(name, "")},
        was,
        {name: tuple(number_text(text) for text in texts if isinstance(text, str)) for name, texts in sent.items()},
    )


def _state(form: PostedForm, name: str, kind: type) -> dict[str, Any]:
    try:
        found = json.loads(form.get(name, _LONGEST_STATE) or "{}")
    except (ValueError, RecursionError) as error:
        raise RequestRefused(400, _("The form is damaged. Load the page again.")) from error
    if not isinstance(found, dict) or not all(isinstance(one, kind) for one in found.values()):
        raise RequestRefused(400, _("The form is damaged. Load the page again."))
    return found
