"""A set as Gradescope gets it: what follows from the givens is left out, and worked out when it is built there.

A class's numbers would be the larger part of the archive otherwise. What an older set has of its own stays in.
"""

from __future__ import annotations

import json
import lzma
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate, honest_ranges
from question_bank.expressions.precision import Array, Places
from question_bank.questions.plain_form import from_plain

Plain = dict[str, Any]

SET = "set.json"
PACKED = "set.json.xz"
_NUMBERS = ("value", "low", "high", "unit")
_SAME = 1e-9
"""Of a unit, what one machine's numbers may differ from another's by; comparisons give a thousand times as much."""


def packed(handed_out: Plain) -> bytes:
    """The set without what can be worked out, packed."""
    text = json.dumps(_without_worked(handed_out), ensure_ascii=False, separators=(",", ":"))
    return lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)


def unpack(source: Path) -> None:
    """Write the whole set beside the packed one."""
    with lzma.open(source / PACKED) as file:
        written = json.loads(file.read())
    whole = _with_worked(written)
    (source / SET).write_text(json.dumps(whole, ensure_ascii=False, separators=(",", ":")), "utf-8")


def _without_worked(handed_out: Plain) -> Plain:
    questions = [dict(question) for question in handed_out["questions"]]
    for several, worked in _by_kind(handed_out["kinds"], questions):
        for row, question in enumerate(several):
            stored = {name: np.array(question[name]) for name in _NUMBERS}
            slack = _SAME * stored["unit"]
            if all(np.all(abs(stored[name] - worked[name][row]) <= slack) for name in _NUMBERS):
                for name in _NUMBERS:
                    del question[name]
    return {**handed_out, "questions": questions}


def _with_worked(written: Plain) -> Plain:
    questions = [dict(question) for question in written["questions"]]
    for several, worked in _by_kind(written["kinds"], [each for each in questions if "value" not in each]):
        for row, question in enumerate(several):
            question |= {name: worked[name][row].tolist() for name in _NUMBERS}
    return {**written, "questions": questions}


def _by_kind(kinds: Sequence[Plain], questions: Sequence[Plain]) -> list[tuple[list[Plain], dict[str, Array]]]:
    """The questions of each kind, with their numbers worked from the givens: (questions, slots) each."""
    alike: defaultdict[int, list[Plain]] = defaultdict(list)
    for question in questions:
        alike[question["kind"]].append(question)
    return [(several, _worked(kinds[kind], several)) for kind, several in alike.items()]


def _worked(kind: Plain, questions: Sequence[Plain]) -> dict[str, Array]:
    derivation = derive(*(from_plain(kind[part]) for part in ("model", "asked", "layout")))
    positions = [derivation.index[slot.step] for slot in derivation.slots]
    givens = np.array([question["givens"] for question in questions], float)
    value = evaluate(derivation, givens)[:, positions]
    low, high = (ends[:, positions] for ends in honest_ranges(derivation, givens, from_plain(kind["precision"])))
    unit = np.array([Places.parse(text).unit(column) for text, column in zip(kind["places"], value.T, strict=True)]).T
    return {"value": value, "low": low, "high": high, "unit": unit}
