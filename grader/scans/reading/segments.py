"""The second reader, of another kind: take ink apart into marks, and put marks together to characters in the best way.

A mark is a connected stroke, or a part of one where it may be two characters that touch. Each group of neighbouring
marks is described by the directions of its edges (a histogram of oriented gradients, Dalal and Triggs 2005), its ink on
a coarse grid and its size and place against the whole number; a small layered network says how likely it is each
character, or none. Of all ways to group them, dynamic programming finds the likeliest. It shares neither weights,
features nor alignment with the net that reads a box at once, so that both seldom fall for the same trap.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import exp

import cv2
import numpy as np
from numpy.typing import NDArray

from grader.scans.reading.ink import INK
from grader.scans.reading.net import ALPHABET

Array = NDArray[np.float32]
Labels = NDArray[np.int32]

GRID = 16
"""Rows and columns that a group is brought to."""

WIDEST = 1.5
"""A character's greatest width, in heights of the number."""

MOST_MARKS = 6
"""InkMarks, or parts of them, that one character may consist of."""

SLANTS = np.linspace(-0.2, 0.6, 9)
"""Columns to the right for each row upwards that writing may lean by."""

GAP = 2
"""Empty columns that one character may have between its strokes."""

THIN, SPACING = 7, 6
"""Pixels of ink in a column up to which a stroke may be cut there, and the width from which it may be cut anywhere."""

NONE = len(ALPHABET)
"""The class of a group that is no whole character."""

FEATURES = 8 * 16 + 64 + 6
"""Numbers that describe a group."""


@dataclass(frozen=True, slots=True)
class MarkClassifier:
    """One hidden layer: features to hidden to characters and none."""

    first: Array
    first_shift: Array
    second: Array
    second_shift: Array


@dataclass(frozen=True, slots=True)
class InkMarks:
    """A box's ink, taken apart: ``labels`` (rows, columns) is 0 for paper, otherwise the mark, 1 being the leftmost."""

    ink: Array
    labels: Labels
    count: int


@dataclass(frozen=True, slots=True)
class CutReading:
    """The string of the likeliest grouping and the probability of its least likely character."""

    text: str
    weakest: float


@cache
def shipped_classifier() -> MarkClassifier:
    """The classifier that ships with the program."""
    with (files(__package__) / "segments.npz").open("rb") as file, np.load(file) as arrays:
        return classifier_from({name: arrays[name] for name in arrays.files})


def classifier_from(arrays: dict[str, NDArray[np.float16]]) -> MarkClassifier:
    """The classifier of arrays as the training writes them (float16)."""
    first, first_shift, second, second_shift = (
        arrays[name].astype(np.float32) for name in ("first", "first_shift", "second", "second_shift")
    )
    return MarkClassifier(first, first_shift, second, second_shift)


def cut_reading(classifier: MarkClassifier, ink: Array) -> CutReading:
    """Read a box's ink (rows, columns; without print) by its marks; an empty string where there is no ink."""
    marks = ink_marks(upright(ink))
    if not marks.count:
        return CutReading("", 1.0)
    groups = possible_groups(marks)
    logs = (
        group_log_probabilities(classifier, group_features(marks, groups))
        if groups
        else np.zeros((0, NONE + 1), np.float32)
    )
    best = [0.0] + [-np.inf] * marks.count
    through: list[tuple[int, int, float] | None] = [None] * (marks.count + 1)
    for (start, end), scores in zip(groups, logs, strict=True):
        # Groups come in the order of their starts, so that the way to each start is known.
        choice = int(np.argmax(scores[:NONE]))
        total = best[start] + float(scores[choice])
        if total > best[end]:
            best[end], through[end] = total, (start, choice, float(scores[choice]))
    characters, weakest, place = [], 0.0, marks.count
    while place and (step := through[place]) is not None:
        start, choice, score = step
        characters.append(ALPHABET[choice])
        weakest, place = min(weakest, score), start
    if place:
        return CutReading("#", 0.0)
    return CutReading("".join(reversed(characters)), exp(weakest))


def upright(ink: Array) -> Array:
    """The ink sheared so that its strokes stand upright: of some slants the one whose columns differ most."""
    height, width = ink.shape
    sheared = []
    for slant in SLANTS:
        matrix = np.array([[1, slant, -slant * height / 2], [0, 1, 0]], np.float32)
        sheared.append(cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR).astype(np.float32))
    return max(sheared, key=lambda candidate: float((np.clip(candidate, 0, 1).sum(axis=0) ** 2).sum()))


def ink_marks(ink: Array) -> InkMarks:
    """Take ink apart: connected strokes, each cut where it is thin or wide, in the order of their middles."""
    count, strokes, boxes, _ = cv2.connectedComponentsWithStats((ink > INK).astype(np.uint8), connectivity=8)
    parts: list[tuple[float, int, int, int]] = []
    for stroke in range(1, count):
        left, _, wide, _ = (int(value) for value in boxes[stroke, :4])
        own = strokes[:, left : left + wide] == stroke
        edges = [left + edge for edge in _cuts(own.sum(axis=0))]
        parts += [((start + end) / 2, stroke, start, end) for start, end in pairwise(edges)]
    labels = np.zeros(ink.shape, np.int32)
    for label, (_, stroke, start, end) in enumerate(sorted(parts), start=1):
        labels[:, start:end][strokes[:, start:end] == stroke] = label
    return InkMarks(ink, labels, len(parts))


def _cuts(per_column: NDArray[np.int_]) -> list[int]:
    """Columns at which a stroke may begin, be cut and end, given its ink in each column."""
    width = len(per_column)
    if width <= SPACING:
        return [0, width]
    cuts = [0]
    for column in range(2, width - 1):
        here = per_column[column]
        thin = here <= THIN and here <= per_column[column - 1] and here <= per_column[column + 1]
        if (thin and column - cuts[-1] >= 3) or column - cuts[-1] >= SPACING:
            cuts.append(column)
    if width - cuts[-1] < 2 and len(cuts) > 1:
        cuts.pop()
    return [*cuts, width]


def possible_groups(marks: InkMarks) -> list[tuple[int, int]]:
    """Runs of marks (first, one after the last; from 0), in the order of their starts, that may be one character."""
    (rows,) = np.nonzero(marks.labels.any(axis=1))
    widest = WIDEST * (rows[-1] - rows[0] + 1)
    inked = np.zeros((marks.count, marks.ink.shape[1]), bool)
    places, columns = np.nonzero(marks.labels)
    inked[marks.labels[places, columns] - 1, columns] = True
    groups = []
    for start in range(marks.count):
        together = np.zeros(marks.ink.shape[1], bool)
        for end in range(start + 1, min(marks.count, start + MOST_MARKS) + 1):
            together |= inked[end - 1]
            (own,) = np.nonzero(together)
            if own[-1] - own[0] + 1 > widest:
                break
            if np.diff(own).max(initial=1) <= GAP + 1:
                groups.append((start, end))
    return groups


def group_features(marks: InkMarks, groups: list[tuple[int, int]]) -> Array:
    """What the classifier sees of groups of marks (groups, features)."""
    (rows,) = np.nonzero(marks.labels.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    height = bottom - top
    grids = np.zeros((len(groups), GRID, GRID), np.float32)
    shapes = np.zeros((len(groups), 6), np.float32)
    for index, (start, end) in enumerate(groups):
        own = (marks.labels > start) & (marks.labels <= end)
        (inside,), (across,) = np.nonzero(own.any(axis=1)), np.nonzero(own.any(axis=0))
        high, low, left, right = int(inside[0]), int(inside[-1]) + 1, int(across[0]), int(across[-1]) + 1
        part = np.clip(marks.ink[high:low, left:right] * own[high:low, left:right], 0, 1)
        grids[index] = cv2.resize(part, (GRID, GRID), interpolation=cv2.INTER_LINEAR)
        shapes[index] = (
            (low - high) / height,
            (right - left) / height,
            (high - top) / height,
            (bottom - low) / height,
            float(part.mean()),
            height / 20,
        )
    return np.concatenate([_oriented(grids), _coarse(grids), shapes], axis=1)


def group_log_probabilities(classifier: MarkClassifier, described: Array) -> Array:
    """Logarithms of the probabilities of each character and of none (groups, characters + 1)."""
    hidden = np.maximum(described @ classifier.first + classifier.first_shift, 0)
    scores = hidden @ classifier.second + classifier.second_shift
    scores -= scores.max(axis=1, keepdims=True)
    normalised: Array = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return normalised


def _oriented(grids: Array) -> Array:
    """Strength of edges in eight directions in each of 4 by 4 cells, each group's scaled to length 1."""
    padded = np.pad(grids, ((0, 0), (1, 1), (1, 1)))
    down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    across = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    strength = np.hypot(down, across)
    direction = (np.arctan2(down, across) / (2 * np.pi) * 8) % 8
    lower = np.floor(direction).astype(int) % 8
    share = direction - np.floor(direction)
    cells = np.zeros((len(grids), 8, 4, 4), np.float32)
    for orientation in range(8):
        weight = strength * ((lower == orientation) * (1 - share) + ((lower + 1) % 8 == orientation) * share)
        cells[:, orientation] = weight.reshape(-1, 4, 4, 4, 4).sum(axis=(2, 4))
    flat = cells.reshape(len(grids), -1)
    scaled: Array = flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-3)
    return scaled


def _coarse(grids: Array) -> Array:
    coarse: Array = grids.reshape(-1, 8, 2, 8, 2).mean(axis=(2, 4)).reshape(len(grids), 64)
    return coarse
