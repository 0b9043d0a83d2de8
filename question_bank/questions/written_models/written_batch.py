"""A network on several examples in files: what a recipe, a batch that a person wrote down and one handed out share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import model_validator

from question_bank.errors import NetworkError
from question_bank.expressions.names import Symbol
from question_bank.networks.batch import Minibatch, Reduction
from question_bank.networks.dense import BiasKind
from question_bank.questions.document import Whole
from question_bank.questions.written_models.model_shape import ModelShape
from question_bank.questions.written_models.written_network import NetworkShape, require_adding_up
from question_bank.questions.written_models.written_tables import WrittenTables


class BatchShape(NetworkShape, ModelShape):
    """A network's shape with its kinds of biases, how many examples there are, and what the loss is of theirs."""

    biases: list[BiasKind] | BiasKind = "none"
    examples: Whole
    reduction: Reduction

    @property
    def model(self) -> Minibatch:
        """The batch without its numbers; raises NetworkError where the parts do not fit."""
        kinds = [self.biases] * (len(self.sizes) - 1) if isinstance(self.biases, str) else self.biases
        try:
            network = self.network(kinds)
        except NetworkError as error:
            # The network's keys stand in the batch's table.
            raise error.at(place=(error.place or "batch").replace("network", "batch", 1)) from None
        return Minibatch(network, self.examples, self.reduction)


class WrittenBatch(BatchShape, WrittenTables):
    """A batch with its numbers: of inputs and targets a row for each example."""

    place: ClassVar[str] = "batch"

    @model_validator(mode="after")
    def _adds_up(self) -> WrittenBatch:
        if self.combined and self.model.network.has_softmax:
            for number, row in enumerate(self.__pydantic_extra__["y"], 1):
                require_adding_up(row, f"batch.y, row {number}")
        return self

    @classmethod
    def of_model(cls, model: Minibatch, givens: Mapping[Symbol, float]) -> WrittenBatch:
        """A batch and its numbers, as they are written."""
        network = model.network
        fields: dict[str, Any] = {
            "sizes": list(network.sizes),
            "activations": list(network.activations),
            "loss": network.loss,
            "softmax": network.softmax,
            "biases": list(network.biases),
            "constant": network.constant,
            "combined": network.combined,
            "keep": network.keep,
            "skip": [list(pair) for pair in network.skips] or None,
            "skip_added": network.skip_added,
            "examples": model.examples,
            "reduction": model.reduction,
        }
        return cls.of(fields, model, givens)
