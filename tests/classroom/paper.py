"""What a student sees of a question: the network, the printed numbers, and the boxes to fill."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from question_bank.networks.dense import Dense
from question_bank.questions.question import Question

FACTORS = ("loss", "output_error", "slope", "softmax_own", "softmax_cross", "weight", "input", "bias")
FORWARD = ("preactivation", "exponential", "sum", "activation")


@dataclass(frozen=True)
class Step:
    """One number to be worked out: what sort it is, and at which layer and unit; `other` is the far end of a factor.

    `other` is an output for `loss` and `output_error`, another output for softmax's slopes, else the unit that a weight
    comes from.
    """

    key: str
    kind: str
    layer: int = 0
    unit: int = 0
    other: int = 0


@dataclass(frozen=True, eq=False)
class Paper:
    """A sheet before anything is written on it."""

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    biases: tuple[str, ...]
    parameter: str
    printed: dict[str, str]
    boxes: tuple[str, ...]
    asked: dict[str, str]
    """Role → places, such as "4d"."""

    @classmethod
    def of(cls, question: Question) -> Paper:
        network = question.derivation.model
        assert isinstance(network, Dense)
        return cls(
            tuple(network.sizes),
            tuple(network.activations),
            network.loss,
            tuple(network.biases),
            question.derivation.parameter.key,
            {given.key: question.printed(given) for given in question.derivation.givens},
            tuple(slot.name for slot in question.slots),
            {role: str(places) for role, places in question.precision.as_dict().items()},
        )

    @cached_property
    def numbers(self) -> dict[str, float]:
        """What is printed, as numbers."""
        return {key: float(text) for key, text in self.printed.items()}

    @property
    def last(self) -> int:
        return len(self.sizes) - 1

    def units(self, layer: int) -> range:
        return range(1, self.sizes[layer] + 1)

    def signal(self, layer: int, unit: int) -> str:
        """What a unit sends on."""
        return f"x_{unit}" if layer == 0 else f"yhat_{unit}" if layer == self.last else f"h{layer}_{unit}"

    def bias(self, layer: int, unit: int) -> str | None:
        return {"none": None, "layer": f"b{layer}", "unit": f"b{layer}_{unit}"}[self.biases[layer - 1]]

    @cached_property
    def forward(self) -> tuple[Step, ...]:
        """The whole forward pass, whether it is asked, printed or done on scratch paper."""
        steps = []
        for layer in range(1, self.last + 1):
            steps += [Step(f"a{layer}_{unit}", "preactivation", layer, unit) for unit in self.units(layer)]
            if self.activations[layer - 1] == "softmax":
                steps += [Step(f"e{layer}_{unit}", "exponential", layer, unit) for unit in self.units(layer)]
                steps.append(Step(f"s{layer}", "sum", layer))
            steps += [Step(self.signal(layer, unit), "activation", layer, unit) for unit in self.units(layer)]
        return tuple(steps)

    @cached_property
    def box_steps(self) -> dict[str, Step]:
        """Box → what belongs there; the boxes of a factor that stands in several columns hold the same step."""
        forward = {step.key: step for step in self.forward}
        return {box: forward.get(box) or self._behind(box.rpartition(".")[2]) for box in self.boxes}

    def _behind(self, key: str) -> Step:
        if key == "gradient" and self.one_box:
            return Step(key, "product")
        if key in ("product", "gradient", "updated"):
            return Step(key, {"updated": "update"}.get(key, key))
        above, below = re.fullmatch(r"d(.+)/d(.+)", key).groups()  # type: ignore[union-attr]
        if above == "L":
            kind = "output_error" if below[0] == "a" else "loss"
            return Step(key, kind, self.last, _unit(below), _unit(below))
        layer = _layer(below)
        if below[0] == "a":
            softmax = self.activations[layer - 1] == "softmax"
            own = _unit(above) == _unit(below)
            kind = "slope" if not softmax else "softmax_own" if own else "softmax_cross"
            return Step(key, kind, layer, _unit(below), _unit(above))
        if below[0] == "h":
            return Step(key, "weight", layer + 1, _unit(above), _unit(below))
        if below[0] == "w":
            return Step(key, "input", layer, _unit(above), _source(below))
        return Step(key, "bias", layer, _unit(above))

    @cached_property
    def columns(self) -> dict[int, list[str]]:
        """Column → its boxes, the product last."""
        found: dict[int, list[str]] = {}
        for box in self.boxes:
            if box.startswith("path_"):
                found.setdefault(column_of(box), []).append(box)
        if self.one_box:
            found[1].append("gradient")
        return found

    @cached_property
    def one_box(self) -> bool:
        """Whether there is a single path whose product has no box but the gradient's."""
        factors = [box for box in self.boxes if box.startswith("path_")]
        return bool(factors) and not any(box.endswith(".product") for box in factors)


def weight(layer: int, to: int, source: int) -> str:
    return f"w{layer}_{to}{source}"


def column_of(box: str) -> int:
    """The column that a box stands in; 0 outside the columns."""
    return int(box.partition(".")[0].removeprefix("path_")) if box.startswith("path_") else 0


def _unit(name: str) -> int:
    return int(name.rpartition("_")[2])


def _source(name: str) -> int:
    return int(name[-1])


def _layer(name: str) -> int:
    return int(re.match(r"[a-z]+(\d+)", name)[1])  # type: ignore[index]
