"""A number written by one hand into one box: characters set beside, into and onto each other as people do."""

from dataclasses import dataclass

import cv2
import numpy as np

from scripts.handwriting import strokes
from scripts.handwriting.sources import Digits

HEIGHT, WIDTH = 40, 168
"""The box in pixels at 5 to the millimetre."""


@dataclass(frozen=True, slots=True)
class Hand:
    """How one person writes: whose digits, how high, how far apart, slanted, with which pen."""

    digits: Digits | None
    height: float
    pen: float
    slant: float
    gap: float
    nesting: float
    wobble: float
    joins: float
    shapes: int


def hand(rng: np.random.Generator, sources: tuple[Digits, ...]) -> Hand:
    """A person, drawn at random."""
    chosen = rng.choice(len(sources) + 1, p=[0.36, 0.12, 0.34, 0.18] if len(sources) == 3 else None)
    return Hand(
        digits=None if chosen == len(sources) else sources[chosen],
        height=float(np.clip(rng.normal(21, 4.5), 11, 34)),
        pen=float(np.clip(rng.lognormal(np.log(2.1), 0.32), 1.1, 4.5)),
        slant=float(rng.normal(0.05, 0.16)),
        gap=float(rng.normal(1.6, 2.2)),
        nesting=float(rng.uniform(0, 1)),
        wobble=float(rng.uniform(0.01, 0.05)),
        joins=float(rng.choice([0.0, 0.25], p=[0.75, 0.25])),
        shapes=int(rng.integers(1 << 30)),
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A character's ink, its left edge, and the row of the picture that its first row comes to."""

    ink: np.ndarray
    top: int


def written(text: str, writer: Hand, rng: np.random.Generator, room: tuple[int, int] = (HEIGHT, WIDTH)) -> np.ndarray:
    """The ink (float32, 0 to 1) of a text in a box of the given height and width."""
    return written_with_owners(text, writer, rng, room)[0]


def written_with_owners(
    text: str, writer: Hand, rng: np.random.Generator, room: tuple[int, int] = (HEIGHT, WIDTH)
) -> tuple[np.ndarray, np.ndarray]:
    """The ink of a text, and for each pixel the character (counted from 1) that it belongs to, 0 for paper."""
    height, width = room
    tall = max(2 * height, 80)
    base = tall * 0.6
    canvas = np.zeros((tall, 60 + 40 * len(text)), np.float32)
    right: np.ndarray | None = None
    edge, raised = 12, False
    owners = np.zeros(canvas.shape, np.uint8)
    for place, character in enumerate(text):
        raised = raised or text[max(0, place - 3) : place] == "x10"
        piece = _inside(_piece(character, writer, rng, base, raised), tall)
        rows = slice(piece.top, piece.top + piece.ink.shape[0])
        present = piece.ink > 0.3
        left = np.where(present.any(axis=1), present.argmax(axis=1), 10_000)
        start = edge
        if right is not None:
            near = cv2.dilate(right.astype(np.float32)[:, None], np.ones((7, 1)))[rows, 0] - left
            nested = near.max() if near.max() > -500 else edge
            start = writer.nesting * nested + (1 - writer.nesting) * edge + writer.gap + rng.normal(0, 1.0)
            if character in ".," or text[place - 1] in ".,":
                start = max(start, edge - 3)
        start = int(np.clip(round(start), 2, canvas.shape[1] - piece.ink.shape[1] - 2))
        region = canvas[rows, start : start + piece.ink.shape[1]]
        np.maximum(region, piece.ink, out=region)
        owners[rows, start : start + piece.ink.shape[1]][piece.ink > 0.3] = place + 1
        if right is not None and rng.random() < writer.joins and character.isdigit() and text[place - 1].isdigit():
            _join(canvas, right, rows, start + left, writer.pen, rng)
        right = np.full(tall, -1000)
        right[rows] = np.where(present.any(axis=1), start + present.shape[1] - present[:, ::-1].argmax(axis=1), -1000)
        edge = int(right.max())
    return _placed(canvas, owners, rng, height, width)


def _piece(character: str, writer: Hand, rng: np.random.Generator, base: float, raised: bool) -> Piece:
    scale = (rng.uniform(0.5, 0.8) if raised else 1.0) * np.exp(rng.normal(0, 0.06))
    height = writer.height * scale
    base = base - (writer.height * rng.uniform(0.45, 0.7) if raised else 0) + rng.normal(0, 0.6)
    if character.isdigit() and writer.digits is not None:
        examples = writer.digits.of[int(character)]
        example = examples[rng.integers(len(examples))]
        if not writer.digits.traced:
            ink = _rescaled(example, height, writer, rng)
            return Piece(ink, round(base - ink.shape[0]))
        wide = rng.uniform(0.5, 0.85)
        lines = [example * [wide, 1.0]]
    else:
        # One hand gives a character one shape; only the wobble differs from time to time.
        own = np.random.default_rng(writer.shapes + ord(character))
        lines = [
            line + rng.normal(0, writer.wobble / 2, line.shape) for line in strokes.shape(character, own, writer.wobble)
        ]
    lines = [np.column_stack([line[:, 0] - writer.slant * (line[:, 1] - 1), line[:, 1]]) for line in lines]
    ink, top = strokes.draw(lines, height, writer.pen)
    return Piece(_trimmed(ink), round(base - height - top) + int(np.nonzero(ink.max(axis=1) > 0.05)[0][0]))


def _inside(piece: Piece, tall: int) -> Piece:
    """A piece moved so that it lies within the rows of the canvas."""
    ink = piece.ink[:tall]
    return Piece(ink, int(np.clip(piece.top, 0, tall - ink.shape[0])))


def _trimmed(ink: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(ink > 0.05)
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _rescaled(example: np.ndarray, height: float, writer: Hand, rng: np.random.Generator) -> np.ndarray:
    """A bitmap at the hand's height and slant, its strokes about as thick as the hand's pen."""
    up = height / example.shape[0]
    wide = up * np.exp(rng.normal(0, 0.12))
    lean = (writer.slant + rng.normal(0, 0.05)) * 1.0
    margin = 4 + abs(lean) * height
    size = (int(np.ceil(example.shape[1] * wide + 2 * margin)), int(np.ceil(height + 8)))
    matrix = np.array([[wide, -lean * up, margin + max(0.0, lean * height) / 2], [0, up, 4]], np.float32)
    ink = cv2.warpAffine(example, matrix, size, flags=cv2.INTER_LINEAR if up > 0.6 else cv2.INTER_AREA)
    area, length = (
        float(ink.sum()),
        float((cv2.erode((ink > 0.4).astype(np.uint8), np.ones((3, 3))) ^ (ink > 0.4)).sum()),
    )
    thickness = 2 * area / max(length, 1.0)
    softened = cv2.GaussianBlur(ink, (0, 0), 0.9)
    # The wider the pen against the strokes as they are, the lower the level at which ink begins.
    level = min(np.clip(0.45 - 0.16 * (writer.pen - thickness), 0.16, 0.62), 0.7 * float(softened.max()))
    return _trimmed(np.clip((softened - level) * 4 + 0.5, 0, 1).astype(np.float32))


def _join(
    canvas: np.ndarray, right: np.ndarray, rows: slice, left: np.ndarray, pen: float, rng: np.random.Generator
) -> None:
    """A stroke from the last digit to this one, as who does not lift the pen draws it."""
    from_row = int(rng.choice(np.nonzero(right > -500)[0]))
    to_row = rows.start + int(rng.choice(np.nonzero(left < 5_000)[0]))
    ends = [(int(right[from_row]) - 1, from_row), (int(left[to_row - rows.start]), to_row)]
    if abs(ends[1][0] - ends[0][0]) < 14 and abs(from_row - to_row) < 12:
        cv2.line(canvas, ends[0], ends[1], 1.0, max(1, round(pen * 0.8)), cv2.LINE_AA)


def _placed(
    canvas: np.ndarray, owners: np.ndarray, rng: np.random.Generator, height: int, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """The ink somewhere in the box, made smaller where it would not fit, and its owners with it."""
    rows, columns = np.nonzero(canvas > 0.05)
    inside = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    ink, owners = canvas[inside], owners[inside]
    fits = min(1.0, (height - 1) / ink.shape[0], (width - 3) / ink.shape[1])
    if fits < 1:
        size = (max(1, int(ink.shape[1] * fits)), max(1, int(ink.shape[0] * fits)))
        ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
        owners = cv2.resize(owners, size, interpolation=cv2.INTER_NEAREST)
    free_rows, free_columns = height - ink.shape[0], width - ink.shape[1]
    top = int(np.clip(round(rng.normal(free_rows / 2, free_rows / 6 + 0.1)), 0, free_rows))
    left = int(rng.integers(0, free_columns + 1) * (rng.random() ** 0.7))
    box, owned = np.zeros((height, width), np.float32), np.zeros((height, width), np.uint8)
    place = np.s_[top : top + ink.shape[0], left : left + ink.shape[1]]
    box[place], owned[place] = ink, owners
    return box, owned
