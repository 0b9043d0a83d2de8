"""Train the second reader's classifier: ``python -m scripts.handwriting.train_segments FOLDER SEGMENTS.npz``."""

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import jax
import jax.numpy as jnp
import numpy as np
import optax

from grader.scans.reading.ink import ink_of
from grader.scans.reading.marks import without_print
from grader.scans.reading.net import ALPHABET
from grader.scans.reading.segments import FEATURES, NONE, group_features, ink_marks, possible_groups
from scripts.handwriting import junk, strings
from scripts.handwriting.paper import seen
from scripts.handwriting.sources import Digits, learned_from
from scripts.handwriting.train import save
from scripts.handwriting.writing import hand, written_with_owners

HIDDEN = 192
WHOLE = 0.8
"""The part of a character's pixels that a group of marks must hold, and of the group's that must be the character's."""


def groups_of(rng: np.random.Generator, sources: tuple[Digits, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Descriptions and classes of groups of one number's marks: its characters, and groups that are none."""
    # The reader shears what it takes apart upright; so what it learns from stands upright.
    writer = replace(hand(rng, sources), slant=float(rng.normal(0, 0.05)))
    text = strings.number(rng)
    clean, owners = written_with_owners(text, writer, rng)
    if rng.random() < 0.1:
        place = int(rng.integers(len(text)))
        columns = np.nonzero((owners == place + 1).any(axis=0))[0]
        if len(columns):
            junk.strike(clean, int(columns[0]), int(columns[-1]), writer.pen, rng)
            text = text[:place] + "#" + text[place + 1 :]
    marks = ink_marks(without_print(ink_of(seen(clean, rng))))
    if not marks.count:
        return np.zeros((0, FEATURES), np.float32), np.zeros(0, int)
    # How many pixels of each mark belong to each character; the picture may have been moved by a pixel or two.
    near = cv2.dilate(owners, np.ones((3, 3), np.uint8))
    shared = np.zeros((marks.count + 1, len(text) + 1))
    np.add.at(shared, (marks.labels.ravel(), near.ravel()), 1)
    shared = shared[1:, 1:]
    chosen, classes = [], []
    for start, end in possible_groups(marks):
        inside = shared[start:end].sum(axis=0)
        character = int(inside.argmax())
        pure = inside[character] >= WHOLE * inside.sum()
        whole = inside[character] >= WHOLE * max(1.0, shared[:, character].sum())
        # A point is a few pixels: beside a 0 it would drown in a share of pixels.
        others = np.delete(inside > 0.5 * np.maximum(shared.sum(axis=0), 1), character)
        if inside.sum() and pure and whole and not others.any():
            chosen.append((start, end))
            classes.append(ALPHABET.index(text[character]))
        elif rng.random() < 0.35:
            chosen.append((start, end))
            classes.append(NONE)
    if not chosen:
        return np.zeros((0, FEATURES), np.float32), np.zeros(0, int)
    return group_features(marks, chosen), np.array(classes)


def main() -> None:
    """Draw, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--numbers", type=int, default=25_000)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    sources = learned_from(options.folder)
    drawn = [groups_of(rng, sources) for _ in range(options.numbers)]
    described = np.concatenate([some for some, _ in drawn])
    classes = np.concatenate([some for _, some in drawn])
    keys = jax.random.split(jax.random.PRNGKey(options.seed), 2)
    weights = {
        "first": jax.random.normal(keys[0], (described.shape[1], HIDDEN)) * np.sqrt(2 / described.shape[1]),
        "first_shift": jnp.zeros(HIDDEN),
        "second": jax.random.normal(keys[1], (HIDDEN, NONE + 1)) * np.sqrt(1 / HIDDEN),
        "second_shift": jnp.zeros(NONE + 1),
    }
    size = 256
    steps = options.epochs * (len(classes) // size)
    optimiser = optax.adamw(optax.cosine_onecycle_schedule(steps, 4e-3), weight_decay=1e-4)
    state = optimiser.init(weights)

    @jax.jit
    def step(weights, state, some, labels):
        def loss(weights):
            hidden = jax.nn.relu(some @ weights["first"] + weights["first_shift"])
            scores = hidden @ weights["second"] + weights["second_shift"]
            return optax.softmax_cross_entropy_with_integer_labels(scores, labels).mean()

        value, slope = jax.value_and_grad(loss)(weights)
        change, state = optimiser.update(slope, state, weights)
        return optax.apply_updates(weights, change), state, value

    for epoch in range(options.epochs):
        order = rng.permutation(len(classes))
        losses = []
        for start in range(0, len(order) - size + 1, size):
            some = order[start : start + size]
            weights, state, value = step(weights, state, described[some], classes[some])
            losses.append(float(value))
        print(f"round {epoch + 1}: loss {np.mean(losses):.3f} on {len(classes)} pieces", flush=True)
    save(options.weights, {name: np.asarray(array).astype(np.float16) for name, array in weights.items()})


if __name__ == "__main__":
    main()
