"""Givens seen as other than they are printed, and terms of the sums not seen at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from tests.classroom.formulas import Look, terms
from tests.classroom.paper import Paper, Step, weight
from tests.classroom.working import Deed, Unworkable

Reading = dict[str, float]


def _matrix(paper: Paper, layer: int) -> list[str]:
    return [weight(layer, to, source) for to in paper.units(layer) for source in paper.units(layer - 1)]


def _weights(paper: Paper) -> list[str]:
    return [key for layer in range(1, paper.last + 1) for key in _matrix(paper, layer)]


def _unsigned(paper: Paper, keys: list[str]) -> Reading:
    return {key: abs(paper.numbers[key]) for key in keys}


def all_signs(paper: Paper, rng: Random) -> Reading:
    return _unsigned(paper, _weights(paper))


def signs_of_a_matrix(paper: Paper, rng: Random) -> Reading:
    return _unsigned(paper, _matrix(paper, rng.randint(1, paper.last)))


def signs_of_a_row(paper: Paper, rng: Random) -> Reading:
    layer = rng.randint(1, paper.last)
    to = rng.choice(paper.units(layer))
    return _unsigned(paper, [weight(layer, to, source) for source in paper.units(layer - 1)])


def signs_of_half(paper: Paper, rng: Random) -> Reading:
    negative = [key for key in _weights(paper) if paper.numbers[key] < 0]
    return _unsigned(paper, rng.sample(negative, (len(negative) + 1) // 2))


def signs_of_inputs(paper: Paper, rng: Random) -> Reading:
    return _unsigned(paper, [f"x_{unit}" for unit in paper.units(0)])


def transposed(paper: Paper, rng: Random) -> Reading:
    """Matrices taken as [from][to], one of them or all; what is printed row by row is read column by column."""
    layers = rng.choice([[layer] for layer in range(1, paper.last + 1)] + [list(range(1, paper.last + 1))])
    found = {}
    for layer in layers:
        printed = iter(_matrix(paper, layer))
        for source in paper.units(layer - 1):
            for to in paper.units(layer):
                found[weight(layer, to, source)] = paper.numbers[next(printed)]
    return found


def neighbours_row(paper: Paper, rng: Random) -> Reading:
    """A row of a matrix taken twice, and the one after it overlooked."""
    layer = rng.choice([layer for layer in range(1, paper.last + 1) if paper.sizes[layer] > 1])
    to = rng.choice(paper.units(layer))
    other = rng.choice([unit for unit in paper.units(layer) if unit != to])
    return {weight(layer, to, n): paper.numbers[weight(layer, other, n)] for n in paper.units(layer - 1)}


def neighbours_input(paper: Paper, rng: Random) -> Reading:
    one, other = rng.sample(paper.units(0), 2)
    return {f"x_{one}": paper.numbers[f"x_{other}"]}


def neighbours_weight(paper: Paper, rng: Random) -> Reading:
    keys = _matrix(paper, rng.randint(1, paper.last))
    at = rng.randrange(len(keys) - 1)
    one, other = keys[at : at + 2] if rng.random() < 0.5 else keys[at : at + 2][::-1]
    return {one: paper.numbers[other]}


def inputs_exchanged(paper: Paper, rng: Random) -> Reading:
    one, other = rng.sample(paper.units(0), 2)
    return {f"x_{one}": paper.numbers[f"x_{other}"], f"x_{other}": paper.numbers[f"x_{one}"]}


def targets_exchanged(paper: Paper, rng: Random) -> Reading:
    one, other = rng.sample(paper.units(paper.last), 2)
    return {f"y_{one}": paper.numbers[f"y_{other}"], f"y_{other}": paper.numbers[f"y_{one}"]}


def one_number(paper: Paper, rng: Random) -> Reading:
    """One digit of one given read as another."""
    key = rng.choice([key for key in paper.printed if key[0] in "wxb"])
    text = paper.printed[key]
    at = rng.choice([at for at, char in enumerate(text) if char in "123456789"])
    return {key: float(text[:at] + rng.choice("123456789") + text[at + 1 :])}


def one_sign(paper: Paper, rng: Random) -> Reading:
    key = rng.choice([key for key in paper.printed if key[0] in "wxb" and paper.numbers[key]])
    return {key: -paper.numbers[key]}


def bias_sign(paper: Paper, rng: Random) -> Reading:
    key = rng.choice([key for key in paper.printed if key[0] == "b"])
    return {key: -paper.numbers[key]}


MISREADINGS: dict[str, Callable[[Paper, Random], Reading]] = {
    "all minus signs of W unseen": all_signs,
    "minus signs of one matrix unseen": signs_of_a_matrix,
    "minus signs of a row unseen": signs_of_a_row,
    "half of the minus signs unseen": signs_of_half,
    "minus signs of x unseen": signs_of_inputs,
    "transposed": transposed,
    "a neighbour's row": neighbours_row,
    "a neighbour's input": neighbours_input,
    "a neighbour's weight": neighbours_weight,
    "inputs exchanged": inputs_exchanged,
    "targets exchanged": targets_exchanged,
    "one digit misread": one_number,
    "one sign misread": one_sign,
    "a bias's sign misread": bias_sign,
}


def read_as(name: str, paper: Paper, rng: Random) -> Reading:
    """The givens as one student misreads them; raises Unworkable where there is nothing to misread so."""
    try:
        reading = MISREADINGS[name](paper, rng)
    except (IndexError, KeyError, ValueError) as error:
        raise Unworkable from error
    changed = {key: value for key, value in reading.items() if value != paper.numbers[key]}
    if not changed:
        raise Unworkable
    return changed


def term_left_out(paper: Paper, rng: Random) -> Deed:
    """One place of every sum of one layer is overlooked: always the last term, say."""
    layer = rng.randint(1, paper.last)
    place = rng.choice((1, paper.sizes[layer - 1]))

    def formula(paper: Paper, step: Step, look: Look, box: str) -> float:
        parts = terms(paper, step, look)
        if step.layer == layer:
            parts[place - 1] = 0.0
        bias = paper.bias(step.layer, step.unit)
        return math.fsum([*parts, look(bias) if bias else 0.0])

    return Deed("a term left out", formula, ("preactivation",))


def row_left_out(paper: Paper, rng: Random) -> Deed:
    """One row of a matrix is not seen: nothing arrives at that unit."""
    layer = rng.randint(1, paper.last)
    unit = rng.choice(paper.units(layer))

    def formula(paper: Paper, step: Step, look: Look, box: str) -> float:
        parts = terms(paper, step, look) if (step.layer, step.unit) != (layer, unit) else []
        bias = paper.bias(step.layer, step.unit)
        return math.fsum([*parts, look(bias) if bias else 0.0])

    return Deed("a row left out", formula, ("preactivation",))


OMISSIONS: dict[str, Callable[[Paper, Random], Deed]] = {
    "a term left out": term_left_out,
    "a row left out": row_left_out,
}
