"""Attention as lecturers draw it: queries, keys and values as grids of numbers, scores, weights and outputs between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from question_bank.expressions.names import Symbol
from question_bank.networks.model import CellGrid

if TYPE_CHECKING:
    from question_bank.networks.attention import Attention

_HEADINGS = {"q": "Q", "k": "K", "v": "V", "score": "S", "scaled": "Z", "alpha": "A", "o": "O"}
_AFTER = {"score": "k", "scaled": "score", "o": "alpha"}
"""From which grid lines lead to one."""
_SIGNS = {"score": "→", "scaled": "→", "alpha": "→", "o": "→"}


def grids_of_attention(model: Attention) -> tuple[CellGrid, ...]:
    """From left to right in the order of working; of a single query all that belongs to a key stands in its row."""
    letters = ["q", "k", "score", *(["scaled"] if model.is_scaled else []), "alpha", "v", "o"]
    after = {**_AFTER, "alpha": "scaled" if model.is_scaled else "score"}
    tallest = max(model.queries, model.keys)
    found = []
    for letter in letters:
        rows = model.rows(letter)
        if model.queries == 1 and letter in ("score", "scaled", "alpha"):
            rows = [[value] for value in rows[0]]
        down = (tallest - len(rows)) / 2
        cells = tuple((value, down + i, float(j)) for i, row in enumerate(rows) for j, value in enumerate(row))
        heading = Symbol(_HEADINGS[letter])
        before = Symbol(_HEADINGS[after[letter]]) if letter in after else None
        found.append(CellGrid(heading, cells, sign=_SIGNS.get(letter, ""), after=before, aside=letter in ("q", "v")))
    return tuple(found)
