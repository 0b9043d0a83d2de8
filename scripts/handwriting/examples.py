"""Examples to learn from and to be tried on: a grey box and what stands in it."""

import numpy as np

from scripts.handwriting import junk, strings
from scripts.handwriting.paper import seen
from scripts.handwriting.sources import Digits
from scripts.handwriting.writing import HEIGHT, WIDTH, hand, written


def example(rng: np.random.Generator, sources: tuple[Digits, ...]) -> tuple[np.ndarray, str]:
    """A grey box (uint8, 40 by 168) and its text; ``#`` stands for what is struck out or no character at all."""
    kind = rng.random()
    writer = hand(rng, sources)
    if kind < 0.03:
        return seen(np.zeros((HEIGHT, WIDTH), np.float32), rng), ""
    if kind < 0.07:
        box = np.zeros((HEIGHT, WIDTH), np.float32)
        junk.scribble(box, writer.pen, rng)
        return seen(box, rng), "#"
    text = strings.number(rng)
    if kind < 0.82:
        return seen(written(text, writer, rng), rng), text
    if kind < 0.88:
        box = written(text, writer, rng)
        columns = np.nonzero(box.max(axis=0) > 0.3)[0]
        junk.strike(box, columns.min(), columns.max(), writer.pen, rng)
        return seen(box, rng), "#"
    if kind < 0.95:
        return seen(*_mended(text, writer, rng)), _MENDED + text
    place = int(rng.integers(len(text)))
    return seen(_one_struck(text, place, writer, rng), rng), text[:place] + "#" + text[place + 1 :]


_MENDED = "#"


def _mended(text, writer, rng):
    """A number struck out, and another one beside it."""
    before = strings.number(rng)[:7]
    share = int(WIDTH * len(before) / (len(before) + len(text)))
    first, second = (
        written(before, writer, rng, (HEIGHT, max(40, share))),
        written(text, writer, rng, (HEIGHT, max(40, WIDTH - share))),
    )
    columns = np.nonzero(first.max(axis=0) > 0.3)[0]
    junk.strike(first, columns.min(), columns.max(), writer.pen, rng)
    return np.concatenate([first, second], axis=1)[:, :WIDTH] if share <= WIDTH - 40 else np.concatenate(
        [first, second], axis=1
    )[:, -WIDTH:], rng


def _one_struck(text, place, writer, rng):
    """A number with one of its characters struck out."""
    parts = [text[:place], text[place], text[place + 1 :]]
    inks = [written(part, writer, rng, (HEIGHT, max(14, int(WIDTH * len(part) / len(text))))) for part in parts if part]
    struck = inks[0 if place == 0 else 1]
    columns = np.nonzero(struck.max(axis=0) > 0.3)[0]
    junk.strike(struck, columns.min(), columns.max(), writer.pen, rng)
    joined = np.concatenate(inks, axis=1)
    out = np.zeros((HEIGHT, WIDTH), np.float32)
    out[:, : min(WIDTH, joined.shape[1])] = joined[:, :WIDTH]
    return out
