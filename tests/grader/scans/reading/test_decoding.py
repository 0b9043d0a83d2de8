"""The likeliest string against every alignment written out."""

from collections import defaultdict
from itertools import groupby, product
from math import exp

import numpy as np
import pytest

from grader.scans.reading.decoding import decoded
from grader.scans.reading.net import ALPHABET, STEP


def answers(seed: int, steps: int, characters: str) -> np.ndarray:
    """Logarithms of random probabilities of a few characters and none; every other character is impossible."""
    rng = np.random.default_rng(seed)
    logs = np.full((steps, 1 + len(ALPHABET)), -40.0, np.float32)
    possible = [0, *(1 + ALPHABET.index(character) for character in characters)]
    chances = rng.dirichlet(np.full(len(possible), 0.3), steps)
    logs[:, possible] = np.log(np.maximum(chances, 1e-6))
    return logs


def every_alignment(logs: np.ndarray, characters: str) -> dict[str, float]:
    """The probability of each string: the sum over all ways to say it, step by step."""
    found: dict[str, float] = defaultdict(float)
    for way in product(["", *characters], repeat=len(logs)):
        chance = exp(sum(logs[step, 1 + ALPHABET.index(c) if c else 0] for step, c in enumerate(way)))
        found["".join(character for character, _ in groupby(way))] += chance
    return found


@pytest.mark.parametrize("seed", range(12))
def test_the_likeliest_string_is_that_of_all_alignments_together(seed: int) -> None:
    logs = answers(seed, 6, "1-7")
    truth = sorted(every_alignment(logs, "1-7").items(), key=lambda item: -item[1])
    read = decoded(logs)
    assert (read.text, read.runner_up) == (truth[0][0], truth[1][0])
    assert read.probability == pytest.approx(truth[0][1], rel=1e-3)
    assert read.runner_up_probability == pytest.approx(truth[1][1], rel=1e-3)


def test_a_doubled_digit_needs_a_step_between() -> None:
    sure = np.full((5, 1 + len(ALPHABET)), -30.0, np.float32)
    for step, character in enumerate("77 77"):
        sure[step, 1 + ALPHABET.index(character) if character != " " else 0] = 0.0
    assert decoded(sure).text == "77"
    sure[2] = sure[1]
    assert decoded(sure).text == "7"


def test_a_character_stands_where_its_step_is_surest() -> None:
    logs = np.full((8, 1 + len(ALPHABET)), -30.0, np.float32)
    logs[:, 0] = -0.01
    for step, character, strength in ((1, "4", -0.5), (2, "4", -0.001), (5, "2", -0.001)):
        logs[step, 1 + ALPHABET.index(character)] = strength
        logs[step, 0] = -8.0
    read = decoded(logs)
    assert read.text == "42"
    assert read.columns == (2.5 * STEP, 5.5 * STEP)


def test_nothing_is_read_where_no_step_says_anything() -> None:
    logs = np.full((4, 1 + len(ALPHABET)), -30.0, np.float32)
    logs[:, 0] = 0.0
    read = decoded(logs)
    assert (read.text, read.columns) == ("", ())
    assert read.probability == pytest.approx(1.0)
