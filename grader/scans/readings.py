"""What was read in boxes, kept by their pictures: `scans/readings.json`, a line a picture.

A reading belongs to pixels. Whose page it is may be corrected later, and nothing is read again; the same picture is
read once. No reading is a mark's ground before a person has seen it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from grader.files.files import write_text
from grader.scans.index import CutBox, ScanIndex
from grader.scans.reading.boxes import BoxReading, Reader
from question_bank.errors import InputError

_FILE = "readings.json"
_FORMAT = 1
_AT_A_TIME = 64
"""Boxes whose pictures are in memory at a time."""


@dataclass(slots=True)
class BoxReadings:
    """The readings of an assignment's scans, by the digests of the boxes' pictures."""

    path: Path
    by_picture: dict[str, BoxReading] = field(default_factory=dict)

    @classmethod
    def load(cls, index: ScanIndex) -> BoxReadings:
        """What was read before; raises InputError where the file is not as it was written."""
        path = index.folder / _FILE
        if not path.exists():
            return cls(path)
        try:
            told = json.loads(path.read_text("utf-8"))
            if told["format"] != _FORMAT:
                raise ValueError(f"format {told['format']}")
            readings = [BoxReading(**one | {"unsure": tuple(one["unsure"])}) for one in told["readings"]]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                "a file of readings that is not as it was written",
                file=str(path),
                remedy="take it from a backup, or move it away: then every box is read again",
            ) from error
        return cls(path, {reading.key: reading for reading in readings})

    def save(self) -> None:
        """Write the readings, all of them or nothing."""
        rows = ",\n".join(json.dumps(asdict(one), ensure_ascii=False) for one in self.by_picture.values())
        write_text(self.path, f'{{"format":{_FORMAT},"readings":[\n{rows}\n]}}\n', private=True)

    def read_new(self, index: ScanIndex, reader: Reader, progress: Callable[[int], None] = lambda boxes: None) -> int:
        """Read the boxes of pages that count, as far as their pictures were not read before; how many were."""
        new = 0
        for some in _batches(index, self.by_picture):
            for reading in reader([index.box_picture(box) for box in some]):
                self.by_picture[reading.key] = reading
            new += len(some)
            progress(len(some))
        if new:
            self.save()
        return new

    def kept_only(self, index: ScanIndex) -> None:
        """Forget the readings of pictures that the index has no longer."""
        named = {box.picture for page in index.pages for box in page.boxes}
        gone = self.by_picture.keys() - named
        if gone:
            self.by_picture = {key: one for key, one in self.by_picture.items() if key in named}
            self.save()

    def kinds(self) -> Mapping[str, int]:
        """How many boxes were read as what, a number with a doubt counted apart as "unsure"."""
        return Counter(
            "unsure" if one.kind == "number" and one.unsure else one.kind for one in self.by_picture.values()
        )


def _batches(index: ScanIndex, known: Mapping[str, BoxReading]) -> Iterator[list[CutBox]]:
    fresh = {box.picture: box for page in index.counting().values() for box in page.boxes if box.picture not in known}
    boxes = list(fresh.values())
    for start in range(0, len(boxes), _AT_A_TIME):
        yield boxes[start : start + _AT_A_TIME]
