"""A recurrent network in files: what a recipe, one that a person wrote down and one handed out have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from question_bank.expressions.names import Symbol
from question_bank.networks.recurrent import Recurrent
from question_bank.questions.document import Flag, Whole
from question_bank.questions.written_models.model_shape import ModelShape
from question_bank.questions.written_models.written_tables import WrittenTables

STATE = "state"
"""The output where the states themselves are held against the targets."""


class RecurrentShape(ModelShape):
    """A cell and over how many steps it is unrolled; which of them have an output that goes into the loss."""

    steps: Whole
    cell: str = "plain"
    inputs: Whole = 1
    function: str = "tanh"
    output: str = "linear"
    loss: str
    loss_at: Literal["last", "every"] = "last"
    biases: Flag = False
    initial: Literal["zero", "given"] = "zero"
    truncation: Whole | None = None
    update_gate: Literal["old", "new"] = "old"
    reset: Literal["before", "after"] = "before"

    @property
    def model(self) -> Recurrent:
        """The network without its numbers; raises NetworkError where the parts do not fit."""
        return Recurrent(
            self.steps,
            self.loss,
            self.cell,
            self.inputs,
            self.function,
            None if self.output == STATE else self.output,
            self.loss_at == "every",
            self.biases,
            self.initial == "given",
            self.truncation,
            self.update_gate == "new",
            self.reset == "after",
        )


class WrittenRecurrent(RecurrentShape, WrittenTables):
    """A recurrent network with its numbers: those of inputs and targets step by step."""

    place: ClassVar[str] = "recurrent"

    @classmethod
    def of_network(cls, model: Recurrent, givens: Mapping[Symbol, float]) -> WrittenRecurrent:
        """A network and its numbers, as they are written."""
        fields: dict[str, Any] = {
            "steps": model.steps,
            "cell": model.cell,
            "inputs": model.inputs,
            "function": model.function,
            "output": STATE if model.output is None else model.output,
            "loss": model.loss,
            "loss_at": "every" if model.every else "last",
            "biases": model.biases,
            "initial": "given" if model.initial else "zero",
            "truncation": model.truncation,
            "update_gate": "new" if model.takes_new else "old",
            "reset": "after" if model.resets_after else "before",
        }
        return cls.of(fields, model, givens)
