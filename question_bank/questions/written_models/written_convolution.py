"""A convolution in files: what a recipe, one that a person wrote down and one handed out have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from question_bank.expressions.names import Symbol
from question_bank.networks.convolution import Convolution
from question_bank.questions.document import Flag, Whole
from question_bank.questions.written_models.model_shape import ModelShape
from question_bank.questions.written_models.written_tables import WrittenTables


class ConvolutionShape(ModelShape):
    """Input, kernel and windows as lists of one or two lengths; what comes behind the feature map."""

    input: tuple[Whole, ...]
    kernel: tuple[Whole, ...] = ()
    channels: Whole = 1
    stride: Whole = 1
    padding: Whole = 0
    bias: Flag = False
    function: str = "linear"
    pooling: str | None = None
    window: tuple[Whole, ...] = ()
    pooling_stride: Whole | None = None
    head: Flag = False
    loss: str

    @property
    def model(self) -> Convolution:
        """The network without its numbers; raises NetworkError where the parts do not fit."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in ConvolutionShape.model_fields}
        return Convolution(fields.pop("input"), **fields)


class WrittenConvolution(ConvolutionShape, WrittenTables):
    """A convolution with its numbers: kernel, input and targets as rows, those of a sequence as one."""

    place: ClassVar[str] = "convolution"

    @classmethod
    def of_network(cls, model: Convolution, givens: Mapping[Symbol, float]) -> WrittenConvolution:
        """A network and its numbers, as they are written."""
        fields = {name: getattr(model, "size" if name == "input" else name) for name in ConvolutionShape.model_fields}
        return cls.of(fields, model, givens)
