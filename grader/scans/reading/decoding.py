"""From a net's answers to a string: the likeliest strings with their probabilities, and where each character stands."""

from dataclasses import dataclass
from math import exp, inf, log

import numpy as np
from numpy.typing import NDArray

from grader.scans.reading.net import ALPHABET, STEP

BEAM = 12
"""Strings carried on from step to step; a wider beam changes less than one reading in a thousand."""


WEIGHED = 4
"""Of them those whose probability is worked out in full."""

LIKELY = -9.0
"""Logarithm of the probability from which on a step's character is followed up."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A string with its probability, the likeliest other string's, and the column at which each character peaks."""

    text: str
    probability: float
    runner_up: str
    runner_up_probability: float
    columns: tuple[float, ...]


def decoded(log_probabilities: NDArray[np.float32]) -> Decoded:
    """The likeliest string of a box's steps (steps, 1 + characters), by prefix beam search (Graves and Jaitly 2014)."""
    # For each prefix the logarithms of ending in no character and of ending in its last one.
    beam: dict[str, tuple[float, float]] = {"": (0.0, -inf)}
    for scores in log_probabilities.astype(float):
        likely = [index for index in range(1, len(scores)) if scores[index] > LIKELY]
        grown: dict[str, tuple[float, float]] = {}
        for prefix, (blank, last) in beam.items():
            _add(grown, prefix, _sum(blank, last) + scores[0], -inf)
            for index in likely:
                character = ALPHABET[index - 1]
                if prefix[-1:] == character:
                    _add(grown, prefix, -inf, last + scores[index])
                    _add(grown, prefix + character, -inf, blank + scores[index])
                else:
                    _add(grown, prefix + character, -inf, _sum(blank, last) + scores[index])
        beam = dict(sorted(grown.items(), key=lambda item: -_sum(*item[1]))[:BEAM])
    # The beam has lost some ways to each string on the way; its last strings are weighed once more in full.
    ranked = sorted(
        ((log_probability(prefix, log_probabilities), prefix) for prefix in list(beam)[:WEIGHED]), reverse=True
    )
    first, second = ranked[0], ranked[1] if len(ranked) > 1 else (-inf, "")
    return Decoded(first[1], exp(first[0]), second[1], exp(second[0]), _columns(first[1], log_probabilities))


def log_probability(text: str, log_probabilities: NDArray[np.float32]) -> float:
    """The logarithm of a string's probability: the sum over all its alignments with the steps (forward algorithm)."""
    states = _states(text)
    may_skip = np.array([i > 1 and state != 0 and state != states[i - 2] for i, state in enumerate(states)])
    emitted = log_probabilities[:, states].astype(float)
    reached = np.full(len(states), -np.inf)
    reached[:2] = emitted[0, :2]
    for step in emitted[1:]:
        from_last = np.concatenate([[-np.inf], reached[:-1]])
        from_before = np.where(may_skip, np.concatenate([[-np.inf, -np.inf], reached[:-2]])[: len(states)], -np.inf)
        reached = np.logaddexp(np.logaddexp(reached, from_last), from_before) + step
    return float(np.logaddexp.reduce(reached[-2:]))


def _states(text: str) -> list[int]:
    """A string's classes with no character before, between and after them."""
    states = [0]
    for character in text:
        states += [1 + ALPHABET.index(character), 0]
    return states


def _add(grown: dict[str, tuple[float, float]], prefix: str, blank: float, last: float) -> None:
    before = grown.get(prefix, (-inf, -inf))
    grown[prefix] = (_sum(before[0], blank), _sum(before[1], last))


def _sum(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return high if low == -inf else high + log(1 + exp(low - high))


def _columns(text: str, log_probabilities: NDArray[np.float32]) -> tuple[float, ...]:
    """Where each character stands: of its steps in the likeliest alignment (Viterbi) the surest, as a column."""
    if not text:
        return ()
    states = _states(text)
    steps, count = len(log_probabilities), len(states)
    best = np.full((steps, count), -inf)
    came = np.zeros((steps, count), int)
    best[0, :2] = log_probabilities[0, states[:2]]
    for step in range(1, steps):
        for state in range(count):
            choices = [best[step - 1, state], best[step - 1, state - 1] if state else -inf]
            if state > 1 and states[state] and states[state] != states[state - 2]:
                choices.append(best[step - 1, state - 2])
            back = int(np.argmax(choices))
            came[step, state] = back
            best[step, state] = choices[back] + log_probabilities[step, states[state]]
    state = count - 1 if best[-1, -1] >= best[-1, -2] else count - 2
    found: dict[int, tuple[float, int]] = {}
    for step in range(steps - 1, -1, -1):
        if states[state]:
            found[state] = max(found.get(state, (-inf, 0)), (float(log_probabilities[step, states[state]]), step))
        state -= came[step, state]
    return tuple((found[2 * place + 1][1] + 0.5) * STEP for place in range(len(text)))
