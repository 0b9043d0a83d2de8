"""How well the readers read: ``python -m scripts.handwriting.evaluate FOLDER [--count 1000]``.

Numbers of writers that nobody learned from, set by set, and ink that is no number: the share read exactly, and of those
that a threshold would accept without a person the share that is wrong.
"""

import argparse
from pathlib import Path

import numpy as np

from grader.scans.reading.boxes import BoxPicture, BoxReading, Inside, picture_name
from grader.scans.reading.reading import read_boxes
from scripts.handwriting.examples import example
from scripts.handwriting.sources import Digits, held_back

MARGIN = 10


def framed(inner: np.ndarray) -> BoxPicture:
    """A box's picture with its frame and margin, as it is cut out of a page."""
    paper = int(np.percentile(inner, 70))
    around = MARGIN + 2
    grey = np.pad(inner, around, constant_values=paper)
    printed = np.full(grey.shape, 255, np.uint8)
    for picture, level in ((grey, paper // 4), (printed, 0)):
        for side in (np.s_[MARGIN], np.s_[-MARGIN - 1], np.s_[:, MARGIN], np.s_[:, -MARGIN - 1]):
            edge = picture[side]
            edge[MARGIN : len(edge) - MARGIN] = level
    inside = Inside(MARGIN, MARGIN, grey.shape[1] - MARGIN, grey.shape[0] - MARGIN)
    return BoxPicture(picture_name(grey), grey, printed, inside, 5.0, "number")


def tried(rng: np.random.Generator, source: Digits, count: int) -> tuple[list[str], list[BoxReading]]:
    """Texts and readings of boxes written with one set's digits."""
    drawn = [example(rng, (source,)) for _ in range(count)]
    return [text for _, text in drawn], read_boxes([framed(box) for box, _ in drawn])


def main() -> None:
    """Draw, read, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    pairs: list[tuple[str, BoxReading]] = []
    for source in held_back(options.folder):
        texts, readings = tried(rng, source, options.count)
        some = [(text.replace("x10", "×10^"), reading) for text, reading in zip(texts, readings, strict=True)]
        numbers = [(text, reading) for text, reading in some if text and "#" not in text]
        right = np.mean([text == reading.text for text, reading in numbers])
        agreed = np.mean([text == reading.text and not reading.unsure for text, reading in numbers])
        print(f"{source.name:<10} {len(numbers):>5} numbers, read {right:.1%}, without a doubt {agreed:.1%}")
        pairs += some
    numbers_in_all = sum(1 for text, _ in pairs if text and "#" not in text)
    for threshold in (0.5, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99):
        accepted = [(t, r) for t, r in pairs if r.kind == "number" and not r.unsure and r.probability >= threshold]
        wrong = [(text, reading) for text, reading in accepted if text != reading.text]
        junk = sum("#" in text or not text for text, _ in wrong)
        share = len(accepted) / numbers_in_all
        print(f"from {threshold} on: accepted {share:.1%}, wrong {len(wrong)} of {len(accepted)}, no numbers {junk}")
        if threshold == 0.9:
            print("   ", [(text, reading.text, round(reading.probability, 3)) for text, reading in wrong[:12]])
    for low in np.arange(0, 1, 0.1):
        some = [(t, r) for t, r in pairs if r.kind == "number" and low <= r.probability < low + 0.1 + 1e-9]
        if some:
            right = np.mean([text == reading.text for text, reading in some])
            said = np.mean([reading.probability for _, reading in some])
            print(f"said {said:.2f}: right {right:.2f} of {len(some)}")


if __name__ == "__main__":
    main()
