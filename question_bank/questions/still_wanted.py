"""How many candidates are still wanted: what comes after those need not be tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LIKELY = 0.5
"""Part of what is tried next that is expected to pass, before anything is known of it."""


@dataclass(frozen=True, slots=True)
class FirstFew:
    """Of every so many candidates only the first few that pass are wanted: `counts`, block by block."""

    block: int
    counts: Sequence[int]

    def first(self, rows: NDArray[np.intp]) -> list[int]:
        """Places of the wanted among rows that passed, which are in order."""
        places: list[int] = np.flatnonzero(self._number_in_block(rows) < self._counts_at(rows)).tolist()
        return places

    def next(self, untried: NDArray[np.intp], share: float) -> NDArray[np.intp]:
        """Places of those to try next if about that share passes, as many as a block may take; at 0, all of those."""
        lacking = self._counts_at(untried)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.flatnonzero(self._number_in_block(untried) < np.ceil(lacking / share))

    def without(self, passed: NDArray[np.intp]) -> FirstFew:
        """What is wanted beside those that passed."""
        found = np.bincount(passed // self.block, minlength=len(self.counts))
        return FirstFew(self.block, np.maximum(np.asarray(self.counts) - found, 0).tolist())

    def _counts_at(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        return np.asarray(self.counts, dtype=np.intp)[rows // self.block]

    def _number_in_block(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        blocks = rows // self.block
        return np.arange(len(blocks)) - np.searchsorted(blocks, blocks)
