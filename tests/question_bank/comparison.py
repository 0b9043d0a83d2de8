"""Random networks, and question_bank held to the oracle on them: used by the tests and by the mutation tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.networks.dense import Architecture
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.losses import LOSSES
from question_bank.questions.question import Question, solve
from tests import oracle

HIDDEN = tuple(FUNCTIONS)
RELATIVE = 1e-9
NOTHING = 1e-13
"""Part of the largest path that a gradient may miss: where paths cancel, a float cannot say more."""


SATURATED = 8.0
"""Further out the oracle subtracts floats so near 1 that its ninth digit is chance."""


@dataclass(frozen=True)
class Case:
    """A network with its numbers and the parameters that are asked for."""

    network: oracle.Network
    values: dict[str, float]
    asked: tuple[str, ...]

    @property
    def architecture(self) -> Architecture:
        n = self.network
        # What the oracle takes is any text; the network refuses what it does not know.
        named: dict[str, Any] = {
            "softmax": n.softmax,
            "biases": n.biases,
            "combined": n.combined,
            "keep": n.keep,
            "constant": n.constant,
            "skips": n.skips,
            "skip_added": n.skip_added,
        }
        return Architecture(n.sizes, n.activations, n.loss, **named)


def random_case(
    rng: np.random.Generator,
    *,
    depth: int | None = None,
    hidden: str | None = None,
    output: str | None = None,
    loss: str | None = None,
    bias: str | None = None,
    asked: int = 3,
) -> Case:
    """A network of depth 1 to 4 and up to 3 units a layer; what is not given is drawn."""
    depth = depth or int(rng.integers(1, 5))
    sizes = tuple(int(n) for n in rng.integers(1, 4, depth + 1))
    loss = loss or str(rng.choice(list(LOSSES)))
    probabilities = LOSSES[loss].probabilities
    outputs = ("sigmoid", "full", "diagonal") if probabilities else (*HIDDEN, "full", "diagonal")
    output = output or str(rng.choice(outputs))
    softmax = output if output in ("full", "diagonal") else None
    if softmax:
        sizes = (*sizes[:-1], int(rng.integers(2, 4)))
    activations = [hidden or str(rng.choice(HIDDEN)) for _ in range(depth - 1)]
    activations.append("softmax" if softmax else output)
    biases = tuple(bias or str(rng.choice(["none", "unit", "layer"])) for _ in range(depth))
    network = oracle.Network(sizes, tuple(activations), loss, softmax, biases)
    names = list(oracle.parameter_names(network))
    while True:
        values = {name: float(rng.normal(0.0, 0.9)) for name in names}
        values |= {f"x_{n}": float(rng.normal(0.0, 1.5)) for n in range(1, sizes[0] + 1)}
        values |= {oracle.target_name(network, n): float(rng.uniform(0.05, 0.95)) for n in range(1, sizes[-1] + 1)}
        inside = [value for key, value in oracle.forward(network, values).items() if key.startswith("a")]
        if max(map(abs, inside)) < SATURATED:
            break
    # Weights of the first layer have the most paths; biases and the last layer go with them.
    chosen = [names[0], names[-1], str(rng.choice(names))]
    chosen += [name for name in names if name.startswith("b") and "_" not in name]
    return Case(network, values, tuple(dict.fromkeys(chosen))[: asked + 2])


def random_cases(seed: int, count: int, **fixed: str | int | None) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield random_case(rng, **fixed)  # type: ignore[arg-type]


def solved(case: Case, parameter: str) -> Question:
    return solve(derive(case.architecture, parameter, Layout()), case.values)


def disagreements(case: Case) -> list[str]:
    """Where question_bank and the oracle differ: forward values, then each asked gradient."""
    truth = oracle.gradients(case.network, case.values)
    found = []
    for parameter in case.asked:
        question = solved(case, parameter)
        largest = max((abs(question.value(path.product)) for path in question.derivation.paths), default=0.0)
        got, want = question.value("gradient"), truth[parameter]
        if not abs(got - want) <= RELATIVE * abs(want) + NOTHING * largest:
            found.append(f"d L / d {parameter} is {got!r}, the oracle's {want!r}")
        found += _unlike_their_values(question)
    for key, want in oracle.forward(case.network, case.values).items():
        if key != "L" and not abs(question.value(key) - want) <= 1e-14 + 1e-12 * abs(want):
            found.append(f"{key} is {question.value(key)!r}, the oracle's {want!r}")
    return found


def _unlike_their_values(question: Question) -> list[str]:
    """Steps of which a formula, printed or equal to it, does not give the value: that may be worked by another one."""
    derivation, columns = question.derivation, [np.array([value]) for value in question.values]
    found = []
    for position, (step, printed) in enumerate(zip(derivation.steps, derivation.programs, strict=True)):
        if printed is None:
            continue
        value = question.value(step.key)
        for program in (printed, *derivation.others.get(position, ())):
            worked = float(np.ravel(program.values(columns))[0])
            if not abs(worked - value) <= 1e-12 + 1e-8 * abs(value):
                found.append(f"a formula of {step.key} gives {worked!r}, its value is {value!r}")
    return found
