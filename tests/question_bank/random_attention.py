"""Attention as array code, differentiated by HIPS autograd, and random ones of it; nothing here knows a derivative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad

from question_bank.networks.attention import Attention

LOSSES = ("squared_error", "half_squared_error", "mean_squared_error", "huber", "given_gradient")


@dataclass(frozen=True)
class Case:
    """An attention with its numbers, by name: `q_1,2`, `k_2,1`, `v_1,1`, and `y_1,1` or `g_1,1`."""

    model: Attention
    values: Mapping[str, float]

    def matrix(self, letter: str, rows: int, columns: int) -> np.ndarray:
        return np.array([[self.values[f"{letter}_{i},{j}"] for j in range(1, columns + 1)] for i in range(1, rows + 1)])

    @property
    def givens(self) -> list[np.ndarray]:
        m = self.model
        sizes = (("q", m.queries, m.width), ("k", m.keys, m.width), ("v", m.keys, m.values))
        return [self.matrix(*size) for size in sizes]

    def target(self) -> np.ndarray:
        letter = "g" if self.model.loss == "given_gradient" else "y"
        return self.matrix(letter, self.model.queries, self.model.values)

    def run(self, givens: list[Any]) -> dict[str, Any]:
        """Scores, scaled scores, weights and outputs: the rows are queries."""
        q, k, v = givens
        scores = anp.dot(q, k.T)
        by = {"root": np.sqrt(self.model.width), "none": 1.0}.get(str(self.model.scale)) or float(self.model.scale)
        scaled = scores / by
        powers = anp.exp(scaled)
        weights = powers / anp.sum(powers, axis=1, keepdims=True)
        return {"score": scores, "scaled": scaled, "alpha": weights, "o": anp.dot(weights, v)}

    def loss(self, givens: list[Any]) -> Any:
        y, o = self.target(), self.run(givens)["o"]
        error = y - o
        match self.model.loss:
            case "squared_error":
                return anp.sum(error**2)
            case "half_squared_error":
                return anp.sum(error**2) / 2
            case "mean_squared_error":
                return anp.mean(error**2)
            case "huber":
                return anp.sum(anp.where(anp.abs(error) < 1, error**2 / 2, anp.abs(error) - 0.5))
            case "given_gradient":
                return anp.sum(y * o)
        raise ValueError(self.model.loss)

    def forward(self) -> dict[str, float]:
        """Every value by name, and the loss where it has one."""
        found = {
            f"{letter}_{i + 1},{j + 1}": float(number)
            for letter, rows in self.run(self.givens).items()
            for (i, j), number in np.ndenumerate(rows)
        }
        return found if self.model.loss == "none" else found | {"L": float(self.loss(self.givens))}

    def gradients(self) -> dict[str, float]:
        """The gradient of every entry of Q, K and V, by name."""
        found = grad(self.loss)(self.givens)
        return {
            f"{letter}_{i + 1},{j + 1}": float(number)
            for letter, rows in zip("qkv", found, strict=True)
            for (i, j), number in np.ndenumerate(rows)
        }


def random_attention(rng: np.random.Generator, loss: str) -> Attention:
    """Sizes and scale at random."""
    queries, keys, width, values = (int(rng.integers(low, high + 1)) for low, high in ((1, 2), (2, 3), (1, 3), (1, 2)))
    scale = ("root", "none", 8.0, 2)[int(rng.integers(4))]
    return Attention(queries, keys, width, values, scale, loss)  # type: ignore[arg-type]


def random_numbers(model: Attention, rng: np.random.Generator) -> Case:
    """Numbers from -2 to 2."""
    return Case(model, {given.key: float(rng.uniform(-2, 2)) for given in model.givens()})
