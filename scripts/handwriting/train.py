"""Train the reader: ``python -m scripts.handwriting.train FOLDER WEIGHTS.npz --images 200000``.

FOLDER holds the digits named in docs/handwriting.md. Every image is new. The weights so far are written from time to
time, so that a run that is cut short leaves a reader.
"""

import argparse
import os
import queue
import threading
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from grader.scans.reading.ink import ink_of
from grader.scans.reading.net import ALPHABET
from scripts.handwriting.examples import example
from scripts.handwriting.net import folded, logits, start, unfolded
from scripts.handwriting.sources import Digits, learned_from

BATCH = 64
LONGEST = 20


def batch(rng: np.random.Generator, sources: tuple[Digits, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Ink (64, 40, 168) and characters (64, 20) as classes, 0 after the last."""
    boxes, texts = zip(*(example(rng, sources) for _ in range(BATCH)), strict=True)
    labels = np.zeros((BATCH, LONGEST), np.int32)
    for row, text in zip(labels, texts, strict=True):
        row[: len(text)] = [1 + ALPHABET.index(character) for character in text]
    return np.stack([ink_of(box) for box in boxes]), labels


def batches(seed: int, sources: tuple[Digits, ...], count: int):
    """Batches drawn ahead in a thread of their own."""
    ready: queue.Queue[tuple[np.ndarray, np.ndarray] | Exception] = queue.Queue(8)

    def draw() -> None:
        rng = np.random.default_rng(seed)
        for _ in range(count):
            try:
                ready.put(batch(rng, sources))
            except Exception as error:
                ready.put(error)
                return

    threading.Thread(target=draw, daemon=True).start()
    for _ in range(count):
        drawn = ready.get()
        if isinstance(drawn, Exception):
            raise drawn
        yield drawn


def main() -> None:
    """Draw, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--from", dest="begin", type=Path, help="weights to go on from, instead of random ones")
    options = parser.parse_args()
    sources = learned_from(options.folder)
    steps = options.images // BATCH
    if options.begin:
        weights, running = unfolded(dict(np.load(options.begin)), batch(np.random.default_rng(0), sources)[0])
    else:
        weights, running = start(options.seed)
    optimiser = optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.adamw(optax.cosine_onecycle_schedule(steps, options.rate, pct_start=0.15), weight_decay=1e-4),
    )
    state = optimiser.init(weights)

    @jax.jit
    def step(weights, running, state, boxes, labels):
        def loss(weights):
            scores, renewed = logits(weights, running, boxes, training=True)
            padded = (labels == 0).astype(jnp.float32)
            return optax.ctc_loss(scores, jnp.zeros(scores.shape[:2]), labels, padded).mean(), renewed

        (value, renewed), slope = jax.value_and_grad(loss, has_aux=True)(weights)
        change, state = optimiser.update(slope, state, weights)
        return optax.apply_updates(weights, change), renewed, state, value

    begun, recent = time.time(), []
    for index, (boxes, labels) in enumerate(batches(options.seed, sources, steps), start=1):
        weights, running, state, value = step(weights, running, state, boxes, labels)
        recent.append(float(value))
        if index % 100 == 0 or index == steps:
            print(f"{index * BATCH:>8} images  loss {np.mean(recent):.3f}  {time.time() - begun:.0f} s", flush=True)
            recent.clear()
            save(options.weights, folded(weights, running))


def save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write weights in one step."""
    with open(f"{path}.part", "wb") as file:
        np.savez_compressed(file, **arrays)
    os.replace(f"{path}.part", path)


if __name__ == "__main__":
    main()
