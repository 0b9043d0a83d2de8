"""Random recurrent networks, and the truth about them: cells run in plain Python over HIPS autograd's numbers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import autograd.numpy as anp
from autograd import grad

from question_bank.networks.recurrent import Recurrent

FUNCTIONS: dict[str, Any] = {
    "sigmoid": lambda x: 1 / (1 + anp.exp(-x)),
    "tanh": anp.tanh,
    "relu": lambda x: anp.where(x > 0, x, 0.0),
    "leaky_relu": lambda x: anp.where(x > 0, x, 0.1 * x),
    "softplus": lambda x: anp.log(1 + anp.exp(x)),
    "linear": lambda x: x,
}
LOSSES: dict[str, Any] = {
    "squared_error": lambda pairs: sum((y - o) ** 2 for o, y in pairs),
    "half_squared_error": lambda pairs: sum((y - o) ** 2 for o, y in pairs) / 2,
    "mean_squared_error": lambda pairs: sum((y - o) ** 2 for o, y in pairs) / len(pairs),
    "binary_cross_entropy": lambda pairs: -sum(y * anp.log(o) + (1 - y) * anp.log(1 - o) for o, y in pairs),
    "given_gradient": lambda pairs: sum(g * o for o, g in pairs),
}


def random_model(chance: random.Random, cell: str) -> Recurrent:
    steps = chance.randint(2, 4)
    loss = chance.choice([loss for loss in LOSSES if cell != "lstm" or loss != "given_gradient"])
    output = chance.choice((None, "linear", "linear", "sigmoid", "tanh"))
    return Recurrent(
        steps,
        loss,
        cell,
        inputs=chance.choice((1, 1, 2)),
        function=chance.choice(("tanh", "tanh", "sigmoid", "relu", "linear", "softplus", "leaky_relu")),
        output="sigmoid" if loss == "binary_cross_entropy" else output,
        every=chance.random() < 0.5,
        biases=chance.random() < 0.6,
        initial=chance.random() < 0.5,
        truncation=chance.randint(1, steps - 1) if chance.random() < 0.25 else None,
        takes_new=cell == "gru" and chance.random() < 0.5,
        resets_after=cell == "gru" and chance.random() < 0.5,
    )


def random_givens(chance: random.Random, model: Recurrent) -> dict[str, float]:
    """Numbers of no great size; targets between 0 and 1."""
    return {
        given.key: chance.uniform(0.1, 0.9) if given.letter == "y" else chance.uniform(-1.2, 1.2)
        for given in model.givens()
    }


def gradients(model: Recurrent, givens: Mapping[str, float]) -> dict[str, float]:
    names = list(givens)

    def of(*numbers: Any) -> Any:
        return loss(model, dict(zip(names, numbers, strict=True)))

    every = grad(of, tuple(range(len(names))))(*map(float, givens.values()))
    return dict(zip(names, map(float, every), strict=True))


def loss(model: Recurrent, given: Mapping[str, Any]) -> Any:
    """The loss on these numbers; what is cut off goes on as a bare number."""
    h, c = given.get("h@0", 0.0), given.get("c@0", 0.0)
    pairs = []
    for t in range(1, model.steps + 1):
        # Truncated in chunks of so many steps, counted from the end.
        if model.truncation and t > 1 and (model.steps - (t - 1)) % model.truncation == 0:
            h, c = _bare(h), _bare(c)
        x = [given[f"x_{n}@{t}"] for n in range(1, model.inputs + 1)] if model.inputs > 1 else [given[f"x@{t}"]]

        def unit(gate: str, state: Any, x: Any = x) -> Any:
            w = [given[f"w{gate}_{n}"] for n in range(1, model.inputs + 1)] if model.inputs > 1 else [given[f"w{gate}"]]
            return (
                sum(a * b for a, b in zip(w, x, strict=True))
                + given.get(f"u{gate}", 0.0) * state
                + given.get(f"b{gate}", 0.0)
            )

        sigma = FUNCTIONS["sigmoid"]
        if model.cell == "plain":
            h = FUNCTIONS[model.function](unit("", h))
        elif model.cell == "lstm":
            i, f, o = (sigma(unit(gate, h)) for gate in "ifo")
            c = f * c + i * anp.tanh(unit("g", h))
            h = o * anp.tanh(c)
        else:
            r, z = (sigma(unit(gate, h)) if {f"w{gate}", f"w{gate}_1"} & given.keys() else 0.0 for gate in "rz")
            if model.resets_after:
                let_through = given.get("un", 0.0) * h + given.get("cn", 0.0)
                n = anp.tanh(unit("n", 0.0) + r * let_through)
            else:
                n = anp.tanh(unit("n", r * h))
            h = z * n + (1 - z) * h if model.takes_new else z * h + (1 - z) * n
        if model.every or t == model.steps:
            y = given[f"{'g' if model.loss == 'given_gradient' else 'y'}@{t}"]
            o = h if model.output is None else FUNCTIONS[model.output](given["v"] * h + given.get("by", 0.0))
            pairs.append((o, y))
    return LOSSES[model.loss](pairs)


def _bare(number: Any) -> float:
    while hasattr(number, "_value"):
        number = number._value
    return float(number)
