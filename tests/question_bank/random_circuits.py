"""Random circuits, and the truth about them: the same formulas run as Python over HIPS autograd's numbers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad


def _apart(x: Any, y: Any) -> Any:
    """Whether the first is larger; where they are nearly equal there is no slope, as there is no quotient by 0."""
    if anp.any(abs(x - y) < 1e-3):
        raise ZeroDivisionError
    return x > y


FUNCTIONS: dict[str, Any] = {
    "exp": anp.exp,
    "ln": anp.log,
    "square": lambda x: x * x,
    "sigmoid": lambda x: 1 / (1 + anp.exp(-x)),
    "tanh": anp.tanh,
    "relu": lambda x: anp.where(x > 0, x, 0.0),
    "leaky_relu": lambda x: anp.where(x > 0, x, 0.1 * x),
    "softplus": lambda x: anp.log(1 + anp.exp(x)),
    "max": lambda x, y: anp.where(_apart(x, y), x, y),
    "min": lambda x, y: anp.where(_apart(x, y), y, x),
}
_OF_ONE = (
    "-{0}",
    "{0} + {c}",
    "{0} - {c}",
    "{c} - {0}",
    "{c} * {0}",
    "{0} / {c}",
    "{c} / {0}",
    "1 / {0}",
    "{0}**2",
    "square({0})",
    "exp({0})",
    "ln({0})",
    "sigmoid({0})",
    "tanh({0})",
    "relu({0})",
    "leaky_relu({0})",
    "softplus({0})",
    "max(0, {0})",
)
_OF_TWO = ("{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / {1}", "max({0}, {1})", "min({0}, {1})")
_OF_THREE = ("({0} + {1}) * {2}", "{0} * {1} + {2}", "max({0}, {1}) - {2}", "exp({0} * {1}) / {2}")
FORMS = (*_OF_ONE, *_OF_TWO, *_OF_THREE)


@dataclass(frozen=True)
class Example:
    """A circuit in words, its numbers, and how often every form of formula stands in it."""

    inputs: Mapping[str, float]
    nodes: Mapping[str, str]

    def value(self, name: str, inputs: Mapping[str, float]) -> Any:
        values: dict[str, Any] = {**FUNCTIONS, **inputs}
        for node, formula in self.nodes.items():
            values[node] = eval(formula, {"__builtins__": {}}, values)  # noqa: S307  our own text
            if node == name:
                break
        return values[name]

    @property
    def output(self) -> str:
        return [*self.nodes][-1]

    def gradients(self) -> dict[str, float]:
        names = list(self.inputs)
        numbers = [float(self.inputs[name]) for name in names]

        def output(*given: float) -> float:
            return self.value(self.output, dict(zip(names, given, strict=True)))

        return {name: float(grad(output, at)(*numbers)) for at, name in enumerate(names)}


def random_example(chance: random.Random) -> Example:
    """A circuit of one to four inputs in which every value leads to the output, many of them by several ways."""
    inputs = {name: round(chance.uniform(-2, 2), 2) or 0.5 for name in ("x", "y", "z", "w0")[: chance.randint(1, 4)]}
    nodes: dict[str, str] = {}
    unread, known = list(inputs), list(inputs)
    while len(nodes) < 8:
        forms = chance.choice((_OF_ONE, _OF_TWO, _OF_TWO, _OF_THREE))
        chance.shuffle(unread)
        read = [unread[-1 - n] if n < len(unread) and chance.random() < 0.8 else chance.choice(known) for n in range(3)]
        form = chance.choice(forms)
        if form[:3] in ("max", "min") and read[0] == read[1]:
            continue
        constant = round(chance.uniform(0.2, 3), 1) * chance.choice((1, -1))
        name = f"n{len(nodes)}"
        nodes[name] = form.format(
            *read, c=f"{constant:g}" if constant > 0 or form.startswith("{c}") else f"({constant:g})"
        )
        unread = [value for value in unread if value not in read or f"{{{read.index(value)}}}" not in form] + [name]
        known.append(name)
        if len(unread) == 1 and len(nodes) > 1 and chance.random() < 0.5:
            break
    while len(unread) > 1:
        name = f"n{len(nodes)}"
        nodes[name] = f"{unread.pop()} + {unread.pop()}"
        unread.insert(0, name)
    return Example(inputs, nodes)


def tame(example: Example) -> bool:
    """Whether numbers stay small, slopes too, and nothing stands near a kink or a division by 0."""
    with np.errstate(all="ignore"):
        try:
            values = [example.value(node, example.inputs) for node in example.nodes]
        except (ZeroDivisionError, OverflowError):
            return False
        if not all(np.isfinite(value) and 1e-2 < abs(value) < 50 for value in values):
            return False
        here = example.gradients()
        moved = Example({name: value * (1 + 1e-7) for name, value in example.inputs.items()}, example.nodes).gradients()
    small = all(np.isfinite(g) and abs(g) < 1e3 for g in here.values())
    return small and all(abs(moved[name] - g) < 1e-4 * (1 + abs(g)) for name, g in here.items())
