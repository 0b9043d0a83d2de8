"""A problem: a derivation and the numbers to solve it on, as a person wrote them down."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from question_bank.derivations.derivation import Derivation
from question_bank.errors import NetworkError
from question_bank.expressions.precision import Precision
from question_bank.networks.functions import PROBABILITIES
from question_bank.networks.gates import GATES, require_defined
from question_bank.networks.losses import LOSSES
from question_bank.networks.rules import outputs_and_targets
from question_bank.questions.question import Question, solve


@dataclass(frozen=True, slots=True)
class Problem:
    """A derivation and the numbers to solve it on; `precision` is None where values are to be exact."""

    derivation: Derivation
    givens: Mapping[str, float]
    precision: Precision | None

    def solve(self) -> Question:
        """The problem solved; raises NetworkError where a value is not finite (a division by 0, an overflow)."""
        question, at = solve(self.derivation, self.givens, self.precision), self.derivation.found_at
        for node in self.derivation.graph.nodes.values():
            if node.rule in GATES:  # a wide network has many others
                require_defined(node, [question.value(at(value)) for value in node.inputs])
        for step, value in zip(self.derivation.steps, question.values, strict=True):
            if not math.isfinite(value):
                raise NetworkError(
                    f"{step.key} is {value}",
                    expected="a finite number",
                    remedy=None
                    if step.role == "given"
                    else "a divisor is 0, or a number is too large to be worked with",
                )
        self._require_probabilities(question)
        return question

    def _require_probabilities(self, question: Question) -> None:
        # A cross-entropy's derivative is a number also where its logarithm is none: that would be no gradient.
        graph = self.derivation.graph
        if not graph.has_loss:
            return
        loss, name_of_loss = graph.nodes[graph.loss], graph.rule(graph.loss).function
        if not LOSSES[name_of_loss].probabilities:
            return
        for yhat, y in outputs_and_targets(loss):
            for name, lowest in ((y.name, 0.0), (yhat.name, math.ulp(0.0))):
                value = question.value(self.derivation.found_at(name))
                if not lowest <= value <= 1.0:
                    raise NetworkError(
                        f"{name.key} is {value:.6g}",
                        expected=f"a probability, from 0 to 1, under {name_of_loss}",
                        remedy="write targets from 0 to 1"
                        if name == y.name
                        else f"end in {' or '.join(PROBABILITIES)}, or take another loss",
                    )
